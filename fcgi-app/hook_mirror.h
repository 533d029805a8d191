/*
 * hook_mirror.h -- Redis's mirror of the published hooks, asked by any thread while Postgres is away.
 *
 * One connection of its own, opened by the first question: a process that never sees Postgres away
 * has none.  Threads take turns; a question takes a fraction of a millisecond.  Where Redis does not
 * answer, whoever comes within the next second is told so at once, so that no queue of threads waits
 * for a time limit each.
 */
#ifndef TY_APP_HOOK_MIRROR_H
#define TY_APP_HOOK_MIRROR_H

#include "base/defs.h"
#include "hook_load.h"
#include "queue/hooks.h"

struct ty_conf;

struct ty_hook_mirror *ty_hook_mirror_new(const struct ty_conf *conf);
void ty_hook_mirror_free(struct ty_hook_mirror *mirror); /* takes NULL */

/* Owned by 'arena'.  Errors: TY_E_UNAVAILABLE (Redis is away, or has no mirror). */
enum ty_code ty_hook_mirror_find(struct ty_hook_mirror *mirror, struct ty_arena *arena,
				 const struct ty_hook_address *address,
				 struct ty_queue_hook_found *ret_found,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
