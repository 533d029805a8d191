/*
 * api_workflow.c -- workflows and their drafts.
 *
 * A save names the revision it changed (If-Match): two people at one workflow are told, not
 * merged.  A draft may be wrong in every way a graph can be; only publishing asks for more.
 */
#include "api_workflow.h"

#include "api_pause.h"
#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "graph/graph.h"
#include "graph/secret.h"
#include "graph_check.h"
#include "hook_cache.h"
#include "publish/outline.h"
#include "store/hook_admin.h"
#include "store/pause.h"
#include "store/workflow.h"
#include "vault/sealed_text.h"

#include <string.h>

#define EMPTY_GRAPH "{\"nodes\":[],\"edges\":[],\"settings\":{}}"

static json_t *
number_or_null(int64_t n)
{
	return n != 0 ? json_integer(n) : json_null();
}

/* Sets the ETag. */
static enum ty_code
workflow_json(struct ty_api_call *call, const struct ty_id *id, json_t **ret_body,
	      struct ty_err *err)
{
	struct ty_store_workflow *w;
	json_t *graph, *hooks;

	if (ty_store_workflow_load(call->tx, id, &w, err) != TY_OK ||
	    ty_store_hook_list(call->tx, id, &hooks, err) != TY_OK)
		return err->code;
	if (ty_json_parse(call->arena, w->graph, strlen(w->graph), &graph, err) != TY_OK)
		return ty_err_set(err, TY_E_INTERNAL, "the graph of workflow %s is damaged", id->s);
	graph = ty_graph_secrets_hide(call->arena, call->app->registry, graph);
	*ret_body =
		ty_json_own(call->arena,
			    json_pack("{s:s, s:s, s:I, s:I, s:b, s:o, s:s?, s:s, s:s, s:O, s:O}",
				      "id", w->id.s, "name", w->name, "revision",
				      (json_int_t)w->revision, "version", (json_int_t)w->version,
				      "published", (int)ty_id_is_set(&w->published_version_id),
				      "published_version", number_or_null(w->published_version),
				      "paused_at", w->paused_at, "created_at", w->created_at,
				      "updated_at", w->updated_at, "hooks", hooks, "graph", graph));
	ty_http_response_header(call->response, "ETag",
				ty_arena_printf(call->arena, "\"%lld\"", (long long)w->revision));
	return TY_OK;
}

enum ty_code
api_workflow_answer(struct ty_api_call *call, int status, const struct ty_id *id,
		    struct ty_err *err)
{
	json_t *body;

	if (workflow_json(call, id, &body, err) != TY_OK)
		return err->code;
	return api_json(call, status, body);
}

enum ty_code
api_workflow_off_answer(struct ty_api_call *call, const struct ty_id *id, struct ty_err *err)
{
	int64_t queued;
	json_t *body;

	if (workflow_json(call, id, &body, err) != TY_OK ||
	    ty_store_queued_count(call->tx, id, &queued, err) != TY_OK)
		return err->code;
	json_object_set_new(body, "queued", json_integer((json_int_t)queued));
	return api_json(call, 200, body);
}

enum ty_code
api_workflow_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_workflow_list *form = call->query;
	struct ty_store_workflow_filter filter = {
		.search = form->search,
		.published = form->published,
		.cursor = form->cursor,
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (api_check_id(form->cursor, "cursor", err) != TY_OK ||
	    ty_publish_workflow_list(call->tx, call->app->registry, &filter, &items, &next, err) !=
		    TY_OK)
		return err->code;
	return api_page(call, items, next);
}

/* The draft's document; NULL where there is none that can be read. */
static enum ty_code
stored_graph(struct ty_api_call *call, const struct ty_id *id, json_t **ret_graph,
	     struct ty_err *err)
{
	struct ty_store_workflow *w;

	if (ty_store_workflow_load(call->tx, id, &w, err) != TY_OK)
		return err->code;
	if (ty_json_parse(call->arena, w->graph, strlen(w->graph), ret_graph, err) != TY_OK) {
		ty_err_clear(err);
		*ret_graph = NULL;
	}
	return TY_OK;
}

/* The graph as text to keep, its secrets sealed; NULL where none was sent. */
static enum ty_code
graph_text(struct ty_api_call *call, const struct ty_id *id, const json_t *graph,
	   const json_t *stored, const char **ret_text, struct ty_err *err)
{
	const struct ty_vault_owner owner = { &call->workspace.id, id };
	json_t *sealed;
	size_t len;

	if (ty_graph_check_draft(graph, err) != TY_OK ||
	    ty_vault_graph_seal(call->app->vault, call->tx, call->app->registry, &owner, graph,
				stored, &sealed, err) != TY_OK)
		return err->code;
	*ret_text = ty_json_dump(call->arena, sealed, &len);
	if (len > TY_LIMIT_GRAPH_BYTES) {
		ty_err_set(err, TY_E_TOO_LARGE, "The graph is larger than %d bytes",
			   TY_LIMIT_GRAPH_BYTES);
		ty_err_hint(err, "Divide the workflow, or keep large texts outside of it.");
		return ty_err_at(err, "graph");
	}
	return TY_OK;
}

static bool
is_sent(const json_t *graph)
{
	return graph != NULL && !json_is_null(graph);
}

enum ty_code
api_workflow_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_workflow_new *form = call->body;
	struct ty_store_outline outline;
	const char *graph = EMPTY_GRAPH;
	struct ty_id id = ty_id_new();

	if (is_sent(form->graph) && graph_text(call, &id, form->graph, NULL, &graph, err) != TY_OK)
		return err->code;
	outline = ty_publish_outline(call->arena, call->app->registry, form->graph);
	if (ty_store_workflow_add(call->tx, &call->workspace.id, &id, form->name, graph, &outline,
				  &call->user_id, err) != TY_OK)
		return err->code;
	ty_http_response_header(call->response, "Location",
				ty_arena_printf(call->arena, "/api/v1/workspaces/%s/workflows/%s",
						call->workspace.slug, id.s));
	return api_workflow_answer(call, 201, &id, err);
}

enum ty_code
api_workflow_get(struct ty_api_call *call, struct ty_err *err)
{
	return api_workflow_answer(call, 200, &call->id, err);
}

/* "3" or 3.  A tag of another shape is none of ours, so it cannot match (RFC 9110, 13.1.1). */
static enum ty_code
read_if_match(struct ty_api_call *call, int64_t *ret_revision, struct ty_err *err)
{
	const char *tag = ty_http_header(call->request, "if-match");
	size_t len = tag != NULL ? strlen(tag) : 0;
	char *number;

	if (ty_str_is_blank(tag) || ty_str_eq(tag, "*")) {
		ty_err_set(err, TY_E_PRECONDITION_REQUIRED, "Say which revision you changed");
		return ty_err_hint(err, "Send If-Match with the ETag of the workflow you read.");
	}
	number = len > 2 && tag[0] == '"' && tag[len - 1] == '"'
			 ? ty_arena_strndup(call->arena, tag + 1, len - 2)
			 : ty_arena_strdup(call->arena, tag);
	if (!ty_str_parse_i64(number, 1, INT32_MAX, ret_revision))
		return ty_err_set(err, TY_E_PRECONDITION,
				  "If-Match names no revision of a workflow");
	return TY_OK;
}

enum ty_code
api_workflow_save(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_workflow_save *form = call->body;
	struct ty_store_workflow_change change = {
		.name = ty_str_or_null(form->name),
		.note = form->note,
	};
	json_t *stored;

	if (read_if_match(call, &change.revision, err) != TY_OK)
		return err->code;
	if (is_sent(form->graph) &&
	    (stored_graph(call, &call->id, &stored, err) != TY_OK ||
	     graph_text(call, &call->id, form->graph, stored, &change.graph, err) != TY_OK))
		return err->code;
	if (change.graph != NULL)
		change.outline = ty_publish_outline(call->arena, call->app->registry, form->graph);
	if (change.name == NULL && change.graph == NULL) {
		ty_err_set(err, TY_E_INVALID, "There is neither a name nor a graph to save");
		return ty_err_hint(err, "Send one of them, or both.");
	}
	if (ty_store_workflow_save(call->tx, &call->workspace.id, &call->id, &change,
				   &call->user_id, err) != TY_OK)
		return err->code;
	return api_workflow_answer(call, 200, &call->id, err);
}

enum ty_code
api_workflow_remove(struct ty_api_call *call, struct ty_err *err)
{
	if (api_pause_give_up(call, err) != TY_OK ||
	    ty_store_workflow_remove(call->tx, &call->id, err) != TY_OK ||
	    api_commit(call, err) != TY_OK)
		return err->code;
	ty_hook_cache_drop(call->app->hooks, &call->id);
	return api_empty(call, 204);
}

enum ty_code
api_workflow_validate(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_graph *form = call->body;
	struct ty_graph_check check;
	json_t *outputs = ty_json_own(
		call->arena, ty_graph_made_outputs(call->arena, call->app->registry, form->graph));

	if (api_graph_check(call, form->graph, &check, err) != TY_OK)
		return err->code;
	return api_json(
		call, 200,
		ty_json_own(call->arena,
			    json_pack("{s:b, s:O, s:O}", "valid", (int)(check.error_count == 0),
				      "findings", check.findings, "outputs", outputs)));
}
