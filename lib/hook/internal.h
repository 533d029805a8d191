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
/* Literal text, time and body: no scheme signs more pieces. */
#define PARTS_MAX    8
#define MAC_SIZE_MAX TY_SHA256_SIZE

/*
 * What can be said without the body: the result where that settles it, TY_HOOK_OK where it does not or
 * nothing has to be checked.  *ret_header and *ret_time are of the signature.
 */
enum ty_hook_result verify_begin(const struct ty_hook_rule *rule,
				 const struct ty_secret *const *secrets, size_t secret_count,
				 const struct ty_hook_delivery *delivery, const char **ret_header,
				 struct span *ret_time);
/* Lay out "v0:{time}:{body}" as pieces, PARTS_MAX at most; the body's is d->body, maybe NULL. */
size_t signed_parts(const char *layout, struct span time, const struct ty_hook_delivery *d,
		    struct ty_bytes *parts);
/* Does any signature in the header equal 'mac'? */
bool signature_matches(const struct ty_hook_scheme *s, const char *header, const uint8_t *mac);
bool time_is_fresh(const struct ty_hook_scheme *s, struct span time, int64_t now_s);

/* Seconds or milliseconds since 1970, or RFC 3339 text. */
bool time_parse(struct span time, int64_t *ret_s);

/* The part of 'verify' that says when the sender is answered. */
void ty_hook_rule_parse_answers(const json_t *verify, struct ty_hook_rule *rule);

#endif
