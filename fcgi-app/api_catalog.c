/*
 * api_catalog.c -- what there is to build with: node types, signature schemes, permissions.
 */
#include "api.h"

#include "app.h"
#include "auth/permission.h"
#include "graph/graph.h"
#include "hook/verify.h"
#include "node/registry.h"

#include <string.h>

/* new reference */
static json_t *
schemes_json(void)
{
	json_t *list = json_array();

	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s?, s:s?}", "name",
						      s->name, "label", s->label, "needs_secret",
						      (int)s->needs_secret, "signature_header",
						      s->signature_header, "dedupe_header",
						      s->dedupe_header));
	}
	return list;
}

static json_t *
permissions_json(void)
{
	json_t *list = json_array();

	for (const struct ty_permission *p = ty_permissions; p->name != NULL; p++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "name", p->name, "text", p->text));
	return list;
}

enum ty_code
api_catalog(struct ty_api_call *call, struct ty_err *err)
{
	return api_json(
		call, 200,
		ty_json_own(call->arena,
			    json_pack("{s:o, s:o, s:o, s:o, s:o}", "categories",
				      ty_categories_describe(), "triggers", ty_triggers_describe(),
				      "nodes", ty_registry_describe(call->app->registry), "schemes",
				      schemes_json(), "permissions", permissions_json())));
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
