/*
 * explain.h -- which part of a delivery keeps its signature from matching?
 *
 * What people get wrong is tried, one thing at a time: another line end, JSON written anew, a blank in the
 * secret, the other hash or encoding, another address, another provider's scheme.  For the owner of the
 * secret alone: it says which secret or body would have matched.
 */
#ifndef TY_HOOK_EXPLAIN_H
#define TY_HOOK_EXPLAIN_H

#include "hook/verify.h"

/* A difference after which the signature is right. */
struct ty_hook_difference {
	/* "body", "secret", "signature", "address", "time", "scheme", "key" or "claims" */
	const char *part;
	const char *text; /* difference and what to do, one sentence each */
};

/*
 * The first difference that makes a delivery match which does not; false: none of those that are known, or
 * nothing has to be explained.  Owned by 'arena' or static.
 */
bool ty_hook_explain(struct ty_arena *arena, const struct ty_hook_rule *rule,
		     const struct ty_secret *const *secrets, size_t secret_count,
		     const struct ty_hook_delivery *delivery,
		     struct ty_hook_difference *ret_difference);

#endif
