/*
 * outline.h -- what lists show of a version, derived from its graph when it is saved.
 *
 * lib/store keeps an outline beside the graph and reads neither.  A version that was saved by a release
 * without outlines has none: ty_publish_workflow_list derives it from the graph, and tybooctl migrate
 * fills in those of drafts, so that a list seldom has to.
 */
#ifndef TY_PUBLISH_OUTLINE_H
#define TY_PUBLISH_OUTLINE_H

#include "base/defs.h"
#include "json/json.h"
#include "node/registry.h"
#include "store/store.h"
#include "store/workflow.h"

/* Triggers that an outline names: a workflow that can be published has one that is live. */
#define TY_OUTLINE_TRIGGERS_MAX 20

/* Outline of any JSON, because a draft may be wrong in every way.  Owned by 'arena'. */
struct ty_store_outline ty_publish_outline(struct ty_arena *arena,
					   const struct ty_registry *registry, const json_t *graph);

/* ty_store_workflow_list with "node_count" and "triggers" in every item. */
enum ty_code ty_publish_workflow_list(struct ty_tx *tx, const struct ty_registry *registry,
				      const struct ty_store_workflow_filter *filter,
				      json_t **ret_items, const char **ret_next,
				      struct ty_err *err) TY_MUST_CHECK;

/*
 * Fill in the outlines of some drafts that have none, of all workspaces: the transaction is the owner's.
 * *ret_count 0 = none is left.
 */
enum ty_code ty_publish_outline_fill(struct ty_tx *tx, const struct ty_registry *registry,
				     size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

#endif
