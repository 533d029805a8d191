/*
 * graph_check.c -- the check with the app's means, and its findings as a problem.
 */
#include "graph_check.h"

#include "app.h"

static enum ty_code
check(struct ty_api_call *call, const json_t *graph, enum ty_graph_purpose purpose,
      struct ty_graph_check *ret_check, struct ty_err *err)
{
	return ty_graph_check(call->tx, call->app->registry, call->app->checker, graph, purpose,
			      ret_check, err);
}

enum ty_code
api_graph_check(struct ty_api_call *call, const json_t *graph, struct ty_graph_check *ret_check,
		struct ty_err *err)
{
	return check(call, graph, TY_GRAPH_SAVE, ret_check, err);
}

enum ty_code
api_graph_require(struct ty_api_call *call, const json_t *graph, enum ty_graph_purpose purpose,
		  struct ty_graph_check *ret_check, struct ty_err *err)
{
	if (check(call, graph, purpose, ret_check, err) != TY_OK)
		return err->code;
	if (ret_check->error_count == 0)
		return TY_OK;
	call->findings = ret_check->findings;
	ty_err_set(err, TY_E_INVALID, "The workflow has %zu error%s", ret_check->error_count,
		   ret_check->error_count == 1 ? "" : "s");
	return ty_err_hint(err, "Each is in \"findings\", with its place and how to mend it.");
}
