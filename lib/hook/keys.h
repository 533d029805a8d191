/*
 * keys.h -- keys that lie at an address of their issuer: which address may be asked, what of its answer is
 * kept, and for how long.
 *
 * Nothing here asks: a worker fetches (workers/run/key_fetch.c), Postgres keeps what came
 * (store/hook_keys.h), and whoever verifies is given it.
 */
#ifndef TY_HOOK_KEYS_H
#define TY_HOOK_KEYS_H

#include "base/defs.h"

#include <stddef.h>
#include <stdint.h>

/* Sets of the large issuers have 1 to 5 KB. */
#define TY_HOOK_KEYS_BYTES_MAX 65536
/* An answer may have more than is kept of it, such as certificates beside the keys. */
#define TY_HOOK_KEYS_ANSWER_BYTES_MAX (1024 * 1024)
#define TY_HOOK_KEYS_URL_BYTES_MAX    500
/* An issuer says for how long its answer counts (RFC 9111, 5.2.2.1), within these. */
#define TY_HOOK_KEYS_LIFETIME_MIN_S 300
#define TY_HOOK_KEYS_LIFETIME_MAX_S 86400
#define TY_HOOK_KEYS_LIFETIME_S	    3600 /* of an answer that does not say */
/* Time for which the last keys count after their end, while their issuer does not answer. */
#define TY_HOOK_KEYS_STALE_S 86400
/* Time between two questions to an address, whoever asks for one. */
#define TY_HOOK_KEYS_REST_S 60

/* Fault of an address of keys, as a sentence and how to mend it; NULL: none. */
const char *ty_hook_keys_url_fault(const char *url, const char **ret_hint);

/*
 * The usable keys of an issuer's answer (RFC 7517, 5), as a set without private members; owned by 'arena'.
 * Errors: TY_E_UPSTREAM.
 */
enum ty_code ty_hook_keys_read(struct ty_arena *arena, const char *text, size_t len,
			       const char **ret_text, size_t *ret_count,
			       struct ty_err *err) TY_MUST_CHECK;
/* Ids of the keys in such a set: "a, b"; owned by 'arena'. */
const char *ty_hook_keys_ids(struct ty_arena *arena, const char *text);

/* Seconds for which an answer counts, by its Cache-Control and Age; NULL = it has none. */
int64_t ty_hook_keys_lifetime_s(const char *cache_control, const char *age);

#endif
