/*
 * api_catalog.c -- what there is to build with.
 */
#include "api.h"

#include "app.h"
#include "catalog/catalog.h"
#include "graph/graph.h"

#include <string.h>

enum ty_code
api_catalog(struct ty_api_call *call, struct ty_err *err)
{
	return api_json(call, 200,
			ty_json_own(call->arena, ty_catalog_describe(call->app->registry)));
}

enum ty_code
api_expressions(struct ty_api_call *call, struct ty_err *err)
{
	return api_json(call, 200, ty_json_own(call->arena, ty_expressions_describe()));
}

enum ty_code
api_schema_workflow(struct ty_api_call *call, struct ty_err *err)
{
	call->response->status = 200;
	ty_http_response_header(call->response, "Content-Type", "application/schema+json");
	call->response->body = ty_graph_schema;
	call->response->body_len = strlen(ty_graph_schema);
	return TY_OK;
}
