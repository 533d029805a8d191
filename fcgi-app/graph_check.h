/*
 * graph_check.h -- everything that is wrong with a graph, as publishing sees it: the
 * validator's findings and those of its webhooks' addresses, in one list.
 */
#ifndef TY_APP_GRAPH_CHECK_H
#define TY_APP_GRAPH_CHECK_H

#include "api.h"
#include "store/hook_admin.h"

struct api_graph_check {
	json_t *findings; /* array; owned by the call's arena */
	bool has_errors;
	struct ty_store_hooks hooks; /* usable where has_errors is false */
};

/* Errors: those of ty_tx_* (a credential could not be looked up). */
enum ty_code api_graph_check(struct ty_api_call *call, const json_t *graph,
			     struct api_graph_check *ret_check, struct ty_err *err) TY_MUST_CHECK;

/* The same where an error ends the call: TY_E_INVALID with the findings in the problem. */
enum ty_code api_graph_require(struct ty_api_call *call, const json_t *graph,
			       struct api_graph_check *ret_check, struct ty_err *err) TY_MUST_CHECK;

#endif
