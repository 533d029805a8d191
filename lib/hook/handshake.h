/*
 * handshake.h -- what a provider asks before it sends: is this address yours, and do you know the secret?
 *
 * Answered at once, without a run and without a delivery.  A handshake is one row: whose it is, by which
 * method it comes, whether its signature has to be right first, and what it is answered.  Facts are from
 * the providers' own documentation, see docs/API.md, "Hooks".
 */
#ifndef TY_HOOK_HANDSHAKE_H
#define TY_HOOK_HANDSHAKE_H

#include "hook/verify.h"

struct ty_hook_reply {
	const char *type; /* content type */
	const char *body;
};

/*
 * Is this the handshake of the rule's scheme?  The status of its answer is 200.  'query' is as it was sent;
 * 'is_verified': the delivery's signature was checked and is right, else only handshakes are looked for
 * that have none.  The reply is owned by 'arena' or static.
 */
bool ty_hook_handshake(struct ty_arena *arena, const struct ty_hook_rule *rule,
		       const struct ty_secret *const *secrets, size_t secret_count,
		       const struct ty_hook_delivery *delivery, const char *query, bool is_verified,
		       struct ty_hook_reply *ret_reply);

#endif
