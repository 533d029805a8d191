/*
 * family.h -- what began a run, and what it began (sql/functions/call.sql).
 */
#ifndef TY_STORE_FAMILY_H
#define TY_STORE_FAMILY_H

#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/* Children that one answer names; the list of runs has them all, by their parent. */
#define TY_STORE_CHILDREN_MAX 100

/*
 * Add to a run: "parent" ({ "id", "workflow_name", "status" } or null), "root_id", "depth", "children" (the
 * first, with the node that called), "child_count", "cost" ({ "runs", "steps", "items", "run_ms" } of the run
 * and all below it), "error_run_id" and "notice".  Owned by the tx's arena.
 */
enum ty_code ty_store_family_add(struct ty_tx *tx, const struct ty_id *id, json_t *execution,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
