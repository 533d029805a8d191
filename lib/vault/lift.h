/*
 * lift.h -- the secrets that are written in a node's parameters, as one credential: for the
 * migration of drafts that are older than credentials.
 *
 * Knows the parameters of http.request, the only node that ever took secrets.
 */
#ifndef TY_VAULT_LIFT_H
#define TY_VAULT_LIFT_H

#include "base/defs.h"
#include "json/json.h"

struct ty_lift {
	const char *type; /* type of the credential; NULL = the node has no secret, or 'why' */
	json_t *data;	  /* data of the credential */
	json_t *params;	  /* the parameters without secrets, but with "credential" */
	const char *why;  /* reason why the secrets stay; NULL = they are lifted */
};

/*
 * 'params' (borrowed) has its secrets opened.  'used' is what the credential is made of that the node
 * has already, NULL = none: the new one has that too.  All is owned by 'arena'.
 */
struct ty_lift ty_vault_lift(struct ty_arena *arena, const json_t *params, const char *used_type,
			     const json_t *used);

#endif
