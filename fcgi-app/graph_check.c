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

static enum ty_code
refuse_errors(struct ty_api_call *call, const struct ty_graph_check *checked, const char *what,
	      struct ty_err *err)
{
	if (checked->error_count == 0)
		return TY_OK;
	call->findings = checked->findings;
	ty_err_set(err, TY_E_INVALID, "%s %zu error%s", what, checked->error_count,
		   checked->error_count == 1 ? "" : "s");
	return ty_err_hint(err, "Each is in \"findings\", with its place and how to mend it.");
}

enum ty_code
api_graph_require(struct ty_api_call *call, const json_t *graph, enum ty_graph_purpose purpose,
		  struct ty_graph_check *ret_check, struct ty_err *err)
{
	if (check(call, graph, purpose, ret_check, err) != TY_OK)
		return err->code;
	return refuse_errors(call, ret_check, "The workflow has", err);
}

enum ty_code
api_graph_require_nodes(struct ty_api_call *call, const json_t *graph, const json_t *nodes,
			struct ty_err *err)
{
	struct ty_graph_check checked;

	if (check(call, graph, TY_GRAPH_RUN, &checked, err) != TY_OK)
		return err->code;
	ty_graph_check_only(call->arena, &checked, nodes);
	return refuse_errors(call, &checked, "The nodes to be run have", err);
}
