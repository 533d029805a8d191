/*
 * hooks.h -- what Redis mirrors of the published hooks, for when Postgres is away.
 *
 * One hash, "{lane}:hooks".  What is in it comes whole from tyboo.mirrored_hooks (sql/functions/hooks.sql)
 * and is nothing but text here:
 *
 *	"<slug> <METHOD> <path>"   a claim; METHOD '*' is any
 *	" <slug>"                  a workspace (no address begins with a space)
 *	"  <slug>"                 its claims with parameters, as JSON: ["POST orders/:"], in their order
 *	"token"                    stands for all of it: another token, another content
 *	"as_of"                    when Postgres last said so, in the writer's wall clock (ms)
 *
 * Invariants:
 *   (1) A reader sees one content whole: a new one is written to a draft of its writer's own and
 *       takes the place of the old in one step.
 *   (2) The token is in the hash: a Redis that lost its memory is known not to have it.
 *   (3) A draft that nobody uses goes by itself.
 */
#ifndef TY_QUEUE_HOOKS_H
#define TY_QUEUE_HOOKS_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

struct ty_queue_sync;

struct ty_queue_hook {
	const char *field, *value;
};

/* Errors of all: TY_E_UNAVAILABLE. */

/* Is it this content?  Then it is so as of now. */
enum ty_code ty_queue_hooks_confirm(struct ty_queue_sync *queue, const char *token,
				    int64_t as_of_ms, bool *ret_same,
				    struct ty_err *err) TY_MUST_CHECK;
/* Write some of a new content; the caller bounds their bytes.  'draft' is a new id a content. */
enum ty_code ty_queue_hooks_put(struct ty_queue_sync *queue, const struct ty_id *draft,
				const struct ty_queue_hook *hooks, size_t count,
				struct ty_err *err) TY_MUST_CHECK;
/* Use a draft of which all 'count' hooks are there.  A draft that has lost some gives an error. */
enum ty_code ty_queue_hooks_use(struct ty_queue_sync *queue, const struct ty_id *draft,
				size_t count, const char *token, int64_t as_of_ms,
				struct ty_err *err) TY_MUST_CHECK;

/* Owned by the arena. */
struct ty_queue_hook_found {
	int64_t as_of_ms;
	const char *claim;     /* the value; that of the exact method before any; NULL = none */
	const char *workspace; /* NULL = none of that slug */
	const char *patterns;  /* claims with parameters of the workspace; NULL = none */
};
/* Errors also where there is no mirror. */
enum ty_code ty_queue_hooks_find(struct ty_queue_sync *queue, struct ty_arena *arena,
				 const char *slug, const char *method, const char *path,
				 struct ty_queue_hook_found *ret_found,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
