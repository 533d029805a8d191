/*
 * difference.h -- what two records of a workflow's steps differ in, step by step.
 *
 * Steps are the same where node, frame and attempt are; what differs from one machine to the next (timings,
 * notices) is not compared, as in the digest.
 */
#ifndef TY_ENGINE_DIFFERENCE_H
#define TY_ENGINE_DIFFERENCE_H

#include "base/defs.h"
#include "json/json.h"

/* Steps that are listed, and members that are named of each: more are counted, or not looked for. */
#define TY_DIFFERENCE_STEPS_MAX	  200
#define TY_DIFFERENCE_MEMBERS_MAX 5

/*
 * Compare two lists of records, as ty_run_result has them; owned by 'arena':
 *   { "same", "changed", "only_before", "only_after": counts, "first": row of the first step that is not
 *   the same, or null,
 *     "items": [ row ] }
 * A row: { "node", "name", "frame": null = the root, "attempt", "what": "changed", "only_before" or
 * "only_after",
 *   "before", "after": { "status", "items_in", "items_out" } or null,
 *   "differences": [ { "path", "before", "after": the start of its JSON, or null = not there } ] }
 */
json_t *ty_steps_difference(struct ty_arena *arena, const json_t *before, const json_t *after);

#endif
