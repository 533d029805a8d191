/*
 * graph_check.h -- everything that is wrong with a graph, as publishing sees it: the validator's
 * findings and those of its webhooks' addresses, in one list.
 *
 * The API and tybooctl judge alike because both ask here.
 */
#ifndef TY_PUBLISH_GRAPH_CHECK_H
#define TY_PUBLISH_GRAPH_CHECK_H

#include "base/defs.h"
#include "json/json.h"
#include "publish/checker.h"
#include "store/hook_admin.h"
#include "store/store.h"

struct ty_graph_check {
	json_t *findings;	     /* array, as ty_graph_validate's; owned by the tx's arena */
	size_t error_count;	     /* 0: it may be published */
	struct ty_store_hooks hooks; /* usable where error_count is 0, as are the next */
	struct ty_store_schedules schedules;
	json_t *credentials; /* ids that its live nodes use: an array of text, the tx's arena's */
	json_t *variables; /* names that its live nodes use, "*" = some by a computed name; the same */
};

/* Purpose that the graph is checked for. */
enum ty_graph_purpose {
	TY_GRAPH_SAVE, /* before a save over its workflow: masks will be filled in */
	TY_GRAPH_RUN, /* of a stored graph, which may be of before credentials: secrets are let through */
	TY_GRAPH_PUBLISH, /* of a stored graph: no secret may be in it */
};

/*
 * 'graph' may be any JSON value.  The tx sees the workspace whose credentials count.  No finding has a
 * secret in it.  A secret that is written in the graph is a finding, except to run it; a mask in a
 * graph that is stored is a secret that is missing.
 * Errors: those of ty_tx_* (a credential could not be looked up: the answer would be a guess).
 */
enum ty_code ty_graph_check(struct ty_tx *tx, const struct ty_registry *registry,
			    struct ty_checker *checker, const json_t *graph,
			    enum ty_graph_purpose purpose, struct ty_graph_check *ret_check,
			    struct ty_err *err) TY_MUST_CHECK;

/* Keep the findings about these nodes (ids) alone, of whom a run of a part of the workflow runs no other. */
void ty_graph_check_only(struct ty_arena *arena, struct ty_graph_check *check, const json_t *nodes);

#endif
