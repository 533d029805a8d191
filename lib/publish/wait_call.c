/*
 * wait_call.c -- see wait_call.h.
 */
#include "publish/wait_call.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "graph/graph.h"
#include "json/json.h"
#include "store/store.h"

#include <string.h>

/* The node's raw parameters in the version's document; NULL where it has no such node. */
static const json_t *
params_find(struct ty_arena *arena, const struct ty_registry *registry, const char *text,
	    const char *node)
{
	struct ty_err ignored = { .code = TY_OK };
	const struct ty_graph *graph = NULL;
	const struct ty_graph_node *found;
	json_t *doc;

	if (text == NULL ||
	    ty_json_parse_stored(arena, text, strlen(text), &doc, &ignored) != TY_OK)
		return NULL;
	graph = ty_graph_read(arena, registry, doc);
	found = graph != NULL ? ty_graph_node_find(graph, node) : NULL;
	return found != NULL ? found->params : NULL;
}

enum ty_code
ty_wait_call_look(struct ty_tx *tx, const struct ty_registry *registry, struct ty_wait_call *call,
		  struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const json_t *params;

	if (ty_store_wait_call(tx, call->workspace, &call->run_id, call->key, NULL, &call->said,
			       err) != TY_OK)
		return err->code;
	params = params_find(arena, registry, call->said.graph, call->node);
	if (params == NULL || !ty_wait_page_read(arena, params, &call->page))
		call->page = (struct ty_wait_page){ .title = "", .text = "", .button = "" };
	if (call->page.title[0] == '\0' && call->said.workflow_name != NULL)
		call->page.title = call->said.workflow_name;
	return TY_OK;
}

enum ty_code
ty_wait_call_take(struct ty_tx *tx, struct ty_wait_call *call, json_t *value, struct ty_err *err)
{
	const struct ty_wait_page page = call->page;
	char now[TY_TIME_TEXT_SIZE];

	if (page.is_form) {
		ty_time_format(ty_time_now_ms(), now);
		json_object_set_new(value, TY_WAIT_SUBMITTED_AT, json_string(now));
	}
	return ty_store_wait_call(tx, call->workspace, &call->run_id, call->key,
				  ty_json_own(ty_tx_arena(tx), json_pack("{s:O}", "value", value)),
				  &call->said, err);
}

const json_t *
ty_wait_call_answer(const struct ty_wait_call *call)
{
	const json_t *answer = call->said.answer;

	return answer == NULL || call->page.is_form ? answer : json_object_get(answer, "body");
}

enum ty_code
ty_wait_call_refuse(const struct ty_wait_call *call, struct ty_err *err)
{
	char at[TY_TIME_TEXT_SIZE];

	ty_time_format(call->said.at_ms, at);
	switch (call->said.status) {
	case TY_CALL_ANSWERED:
		ty_err_set(err, TY_E_CONFLICT, "This was answered before, at %s", at);
		return ty_err_hint(err, "The first answer counts.");
	case TY_CALL_LATE:
		ty_err_set(err, TY_E_CONFLICT, "The time for an answer was over at %s", at);
		return ty_err_hint(err, "The run has gone on without one.");
	default:
		ty_err_set(err, TY_E_CONFLICT, "The run was over at %s", at);
		return ty_err_hint(err, "Nothing waits for an answer any more.");
	}
}
