/*
 * graph_check.h -- everything that is wrong with a graph, for a call (publish/graph_check.h).
 */
#ifndef TY_APP_GRAPH_CHECK_H
#define TY_APP_GRAPH_CHECK_H

#include "api.h"
#include "publish/graph_check.h"

/* Errors: those of ty_graph_check. */
enum ty_code api_graph_check(struct ty_api_call *call, const json_t *graph,
			     struct ty_graph_check *ret_check, struct ty_err *err) TY_MUST_CHECK;

/* api_graph_check() where an error ends the call: TY_E_INVALID with the findings in the problem. */
enum ty_code api_graph_require(struct ty_api_call *call, const json_t *graph,
			       enum ty_graph_purpose purpose, struct ty_graph_check *ret_check,
			       struct ty_err *err) TY_MUST_CHECK;

/* api_graph_require() for a run of these nodes (ids) alone: faults of others do not count. */
enum ty_code api_graph_require_nodes(struct ty_api_call *call, const json_t *graph,
				     const json_t *nodes, struct ty_err *err) TY_MUST_CHECK;

#endif
