/*
 * held.h -- deliveries that wait for their issuer's keys: kept by the API, judged once the keys have come.
 *
 * Pure but for what its callers give it: the API holds (fcgi-app/hook_held.c), a worker judges and settles
 * (workers/run/key_fetch.c).
 */
#ifndef TY_INTAKE_HELD_H
#define TY_INTAKE_HELD_H

#include "base/defs.h"
#include "store/hook_keys.h"

/*
 * Verdict on a held delivery, by its webhook's rule of today and the keys in 'due', as of the time when it was
 * received.  'token' is the header that was sealed; NULL = it has none, or it does not open.  'sns_hosts' is
 * conf's.  Of a subscription that is still to be confirmed the verdict is "awaiting_keys" again, and 'jwt' the
 * address to confirm it at.  Owned by 'arena'.
 */
struct ty_store_settled ty_held_judge(struct ty_arena *arena,
				      const struct ty_store_due_delivery *due, const char *token,
				      const char *sns_hosts);

#endif
