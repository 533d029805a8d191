/*
 * internal.h -- how a signature and its time are read; private to lib/hook.
 */
#ifndef TY_HOOK_INTERNAL_H
#define TY_HOOK_INTERNAL_H

#include "hook/verify.h"

/* A piece of a header's value; not NUL-terminated. */
struct span {
	const char *s;
	size_t len;
};

/* Exactly the scheme's MAC as the scheme writes it; 'out' takes TY_SHA256_SIZE. */
bool signature_decode(const struct ty_hook_scheme *s, struct span text, uint8_t *out);
/* The time as it was sent (it is signed as text); an empty span where there is none. */
struct span find_time(const struct ty_hook_scheme *s, const struct ty_hook_delivery *d,
		      const char *signature);
/* Seconds or milliseconds since 1970, or RFC 3339 text. */
bool time_parse(struct span time, int64_t *ret_s);

#endif
