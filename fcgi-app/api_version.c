/*
 * api_version.c -- versions of a workflow: they never change once saved.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "graph/secret.h"
#include "store/workflow.h"

enum ty_code
api_version_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_page *form = call->query;
	const char *next, *cursor = ty_str_or_null(form->cursor);
	int64_t ignored;
	json_t *items;

	if (cursor != NULL && !ty_str_parse_i64(cursor, 1, INT32_MAX, &ignored)) {
		ty_err_set(err, TY_E_INVALID, "cursor is not the number of a version");
		ty_err_hint(err, "Send next_cursor as the answer before gave it.");
		return ty_err_at(err, "cursor");
	}
	if (ty_store_version_list(call->tx, &call->id, cursor, form->limit, &items, &next, err) !=
	    TY_OK)
		return err->code;
	return api_page(call, items, next);
}

enum ty_code
api_version_get(struct ty_api_call *call, struct ty_err *err)
{
	json_t *version, *graph;

	if (ty_store_version_get(call->tx, &call->id, call->number, &version, err) != TY_OK)
		return err->code;
	graph = ty_graph_secrets_hide(call->arena, call->app->registry,
				      json_object_get(version, "graph"));
	version = ty_json_own(call->arena, json_copy(version));
	json_object_set(version, "graph", graph);
	return api_json(call, 200, version);
}
