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
	struct ty_store_hooks hooks; /* usable where error_count is 0 */
	json_t *credentials; /* ids that its live nodes use: an array of text, the tx's arena's */
};

/*
 * 'graph' may be any JSON value.  The tx sees the workspace whose credentials count.  No finding has a
 * secret in it.  A mask in a graph that is kept ('is_stored') is a secret that is missing; in one that
 * is about to be saved over its workflow it will be filled in.
 * Errors: those of ty_tx_* (a credential could not be looked up: the answer would be a guess).
 */
enum ty_code ty_graph_check(struct ty_tx *tx, const struct ty_registry *registry,
			    struct ty_checker *checker, const json_t *graph, bool is_stored,
			    struct ty_graph_check *ret_check, struct ty_err *err) TY_MUST_CHECK;

#endif
