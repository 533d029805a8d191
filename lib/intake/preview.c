/*
 * preview.c -- see preview.h.
 */
#include "intake/preview.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/engine.h"
#include "intake/partial.h"
#include "json/json.h"
#include "nodes/templates.h"
#include "store/query.h"
#include "store/variable.h"

#include <string.h>

/* The field that the stand-in sets. */
#define FIELD "value"

struct ty_preview {
	struct ty_preview_ask ask;
	struct ty_partial partial;
	json_t *vars;
	/* The one edge into the node; NULL = there are several. */
	const char *from, *output, *from_name;
	size_t item_count;
	bool has_records;
};

/* ---- what an expression looks at ---- */

/* Names that say nothing of other items than the one at hand. */
static const char *const own_names[] = { "json",     "now",	"today",   "vars",  "execution",
					 "workflow", "if",	"ifEmpty", "not",   "min",
					 "max",	     "average", "str",	   "binary" };

static bool
name_is_own(const char *at, size_t len)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(own_names); i++)
		if (strlen(own_names[i]) == len && strncmp(own_names[i], at, len) == 0)
			return true;
	return false;
}

/* Does the expression see nothing but the item at hand?  In doubt not. */
static bool
sees_item_alone(const char *text)
{
	for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at, '$')) {
		size_t len = strspn(++at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_");

		/* A template within an expression: `${...}`. */
		if (len == 0 && *at == '{')
			continue;
		if (!name_is_own(at, len))
			return false;
	}
	return true;
}

static bool
all_see_item_alone(const json_t *expressions)
{
	const char *name;
	json_t *text;

	json_object_foreach((json_t *)expressions, name,
			    text) if (!sees_item_alone(json_string_value(text))) return false;
	return true;
}

/* ---- reading ---- */

static enum ty_code
expressions_check(const json_t *expressions, struct ty_err *err)
{
	const char *name;
	json_t *text;

	if (!json_is_object(expressions) ||
	    json_object_size(expressions) > TY_PREVIEW_EXPRESSIONS_MAX) {
		ty_err_set(err, TY_E_INVALID, "expressions is an object of at most %d texts",
			   TY_PREVIEW_EXPRESSIONS_MAX);
		return ty_err_at(err, "expressions");
	}
	json_object_foreach((json_t *)expressions, name, text)
	{
		const char *value = json_string_value(text);

		if (value != NULL && value[0] == '=' && strlen(value) == json_string_length(text))
			continue;
		ty_err_set(err, TY_E_INVALID, "\"%.80s\" is no expression", name);
		ty_err_hint(err, "An expression begins with \"=\": ={{ $json.name }}.");
		return ty_err_at(err, "expressions.%.100s", name);
	}
	return TY_OK;
}

/* NULL = there is no such node. */
static json_t *
graph_with(struct ty_arena *arena, const struct ty_preview_ask *ask, const char *expression)
{
	json_t *params = ty_json_own(arena, ty_nodes_setter_params(FIELD, expression));

	return ty_graph_stand_in(arena, ask->graph, ask->node, ty_nodes_setter(), params);
}

static void
find_edge(struct ty_preview *preview, const struct ty_graph *graph)
{
	size_t count = 0;

	for (size_t i = 0; i < ty_graph_edge_count(graph); i++) {
		const struct ty_graph_edge *edge = ty_graph_edge_at(graph, i);

		if (!ty_str_eq(edge->to->id, preview->ask.node))
			continue;
		count++;
		preview->from = edge->from->id;
		preview->output = edge->from->outputs[edge->output].name;
	}
	if (count != 1)
		preview->from = NULL;
}

static json_t *
record_of(const struct ty_preview *preview, const char *node)
{
	json_t *record;
	size_t i;

	json_array_foreach(preview->partial.taken, i, record)
	{
		if (ty_str_eq(ty_json_str(record, "node", ""), node))
			return record;
	}
	return NULL;
}

/*
 * Leave out all but the item at hand, where no expression sees another: ten thousand items would be loaded, sent and
 * computed for one value.
 */
static void
taken_trim(struct ty_arena *arena, struct ty_preview *preview)
{
	json_t *record = preview->from != NULL ? record_of(preview, preview->from) : NULL;
	json_t *items = ty_json_arr(ty_json_obj(record, "outputs"), preview->output), *item;

	preview->item_count = json_array_size(items);
	if (preview->item_count == 0 || !all_see_item_alone(preview->ask.expressions))
		return;
	if (preview->ask.item >= preview->item_count)
		preview->ask.item = preview->item_count - 1;
	item = json_array_get(items, preview->ask.item);
	preview->partial.taken =
		ty_json_own(arena, json_pack("[{s:s, s:O, s:{s:[O]}}]", "node", preview->from,
					     "status", json_object_get(record, "status"), "outputs",
					     preview->output, item));
	preview->ask.item = 0;
}

static enum ty_code
vars_read(struct ty_tx *tx, struct ty_preview *preview, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	json_t *names = ty_json_own(arena, json_pack("[s]", TY_STORE_VARIABLES_ALL));
	struct ty_store_query query;
	struct ty_rows rows;

	ty_store_variables_query(arena, &preview->ask.workspace_id, names, &query);
	if (ty_tx_run(tx, &query, &rows, err) != TY_OK)
		return err->code;
	return ty_store_variables_decode(arena, &rows, &preview->vars, err);
}

static enum ty_code
part_make(struct ty_arena *arena, struct ty_preview *preview, const struct ty_partial_known *known,
	  struct ty_err *err)
{
	const struct ty_graph_part part = { .kind = TY_PART_ONLY, .node = preview->ask.node };
	const json_t *graph = graph_with(arena, &preview->ask, "={{ 1 }}");
	const struct ty_graph *read;

	if (graph == NULL) {
		ty_err_set(err, TY_E_INVALID, "There is no node with this id in the draft");
		return ty_err_at(err, "node");
	}
	if (ty_graph_parse(arena, preview->ask.registry, graph, &read, err) != TY_OK)
		return err->code;
	find_edge(preview, read);
	return ty_partial_make(arena, read, &part, ty_run_mode_name(TY_RUN_MODE_PARTIAL), NULL,
			       known, &preview->partial, err);
}

enum ty_code
ty_preview_read(struct ty_tx *tx, const struct ty_preview_ask *ask,
		const struct ty_preview **ret_preview, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_preview *preview = ty_arena_new_of(arena, struct ty_preview);
	struct ty_partial_known known = { .pins = ask->pins,
					  .document_pins = ty_json_obj(ask->graph, "pins") };

	preview->ask = *ask;
	if (expressions_check(ask->expressions, err) != TY_OK ||
	    ty_partial_source_read(tx, ask->source_run_id, &ask->workflow_id, &known, err) !=
		    TY_OK ||
	    part_make(arena, preview, &known, err) != TY_OK)
		return err->code;
	taken_trim(arena, preview);
	if (ty_partial_values_fetch(tx, preview->partial.taken, err) != TY_OK ||
	    vars_read(tx, preview, err) != TY_OK)
		return err->code;
	*ret_preview = preview;
	return TY_OK;
}

/* ---- the run ---- */

struct world {
	struct ty_arena *arena;
	ty_preview_eval_fn eval;
	void *ctx;
	int64_t now_ms;
};

static int64_t
world_now_ms(void *ctx)
{
	return ((const struct world *)ctx)->now_ms;
}

static void
world_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *request, int64_t timeout_ms)
{
	const struct world *world = ctx;
	struct ty_err err = { TY_OK };
	json_t *answer;

	if (world->eval(world->ctx, world->arena, request, &answer, &err) == TY_OK)
		ty_run_eval_done(run, token, answer, NULL);
	else
		ty_run_eval_done(run, token, NULL, &err);
}

/* The stand-in calls nobody. */
static void
world_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct ty_err err = { TY_OK };

	ty_err_set(&err, TY_E_INTERNAL, "a preview makes no calls");
	ty_run_call_done(run, token, NULL, &err);
}

static void
world_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	ty_run_journal_done(run, token, NULL);
}

static void
world_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
}

static void
world_forget(void *ctx, struct ty_run *run, uint64_t token)
{
}

static void
world_finished(void *ctx, struct ty_run *run)
{
}

static const struct ty_engine_ops world_ops = {
	.now_ms = world_now_ms,
	.eval = world_eval,
	.call = world_call,
	.journal = world_journal,
	.wake_at = world_wake_at,
	.abandon = world_forget,
	.expire = world_forget,
	.finished = world_finished,
};

static struct ty_run_spec
spec_of(const struct ty_preview *preview, const struct ty_plan *plan, int64_t now_ms)
{
	const struct ty_preview_ask *ask = &preview->ask;
	struct ty_run_spec spec = {
		.run_id = ty_id_new(),
		.workspace_id = ask->workspace_id,
		.workflow_id = ask->workflow_id,
		.workflow_name = ask->workflow_name,
		.plan = plan,
		.mode = ty_run_mode_name(TY_RUN_MODE_PARTIAL),
		.accepted_at_ms = now_ms,
		.partial = preview->partial.partial,
		.taken = preview->partial.taken,
		.vars = preview->vars,
	};

	if (!ty_str_is_blank(ask->source_run_id))
		(void)ty_id_parse(ask->source_run_id, &spec.run_id);
	return spec;
}

/* ---- the answer ---- */

static json_t *
error_json(const json_t *error)
{
	const json_t *place = ty_json_obj(error, "place");
	json_t *json =
		json_pack("{s:s, s:s}", "message", ty_json_str(error, "message", "It failed"),
			  "hint", ty_json_str(error, "hint", ""));

	if (ty_json_int(place, "line", 0) > 0)
		json_object_set(json, "line", json_object_get(place, "line"));
	if (ty_json_int(place, "column", 0) > 0)
		json_object_set(json, "column", json_object_get(place, "column"));
	return json_pack("{s:o}", "error", json);
}

static json_t *
fault_json(const struct ty_err *err)
{
	return json_pack("{s:{s:s, s:s}}", "error", "message", err->msg, "hint", err->hint);
}

static json_t *
value_json(struct ty_arena *arena, json_t *value)
{
	size_t len;
	const char *text;

	if (value == NULL)
		return json_pack("{s:n}", "value");
	text = ty_json_dump(arena, value, &len);
	if (len <= TY_PREVIEW_VALUE_BYTES)
		return json_pack("{s:O}", "value", value);
	return json_pack("{s:s#, s:I}", "text", text,
			 ty_str_utf8_cut(text, len, TY_PREVIEW_VALUE_BYTES), "bytes",
			 (json_int_t)len);
}

/* The output item that was made of the input item with that index. */
static const json_t *
item_of(const json_t *items, size_t index)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item)
	{
		json_t *from = json_object_get(item, "from");

		if ((json_is_integer(from) ? (size_t)json_integer_value(from) : i) == index)
			return item;
	}
	return NULL;
}

static json_t *
outcome_json(struct ty_arena *arena, struct ty_preview *preview, const struct ty_run_result *result)
{
	const json_t *step = NULL, *json;
	json_t *record;
	size_t i;

	json_array_foreach((json_t *)result->steps, i, record)
	{
		if (ty_str_eq(ty_json_str(record, "node", ""), preview->ask.node))
			step = record;
	}
	json = ty_json_obj(
		item_of(ty_json_arr(ty_json_obj(step, "outputs"), "main"), preview->ask.item),
		"json");
	if (preview->item_count == 0)
		preview->item_count = (size_t)ty_json_int(step, "items_in", 0);
	/* An item that failed leaves as it came, with its error; one that did not has the value alone. */
	if (ty_json_obj(json, "error") != NULL)
		return error_json(ty_json_obj(json, "error"));
	if (json != NULL)
		return value_json(arena, json_object_get(json, FIELD));
	if (ty_json_obj(step, "error") != NULL || result->error != NULL)
		return error_json(ty_json_obj(step, "error") != NULL ? ty_json_obj(step, "error")
								     : result->error);
	return json_pack("{s:{s:s, s:s}}", "error", "message", "The node gets no item", "hint",
			 "Choose a run in which one came to it, or pin one.");
}

/* new reference */
static json_t *
compute(struct world *world, struct ty_preview *preview, const char *expression)
{
	const json_t *graph = graph_with(world->arena, &preview->ask, expression);
	struct ty_err err = { TY_OK };
	const struct ty_graph *read;
	const struct ty_plan *plan;
	struct ty_run_spec spec;
	struct ty_run *run;
	json_t *json;

	if (ty_graph_parse(world->arena, preview->ask.registry, graph, &read, &err) != TY_OK ||
	    ty_plan_new_partly(world->arena, read, &plan, &err) != TY_OK)
		return fault_json(&err);
	spec = spec_of(preview, plan, world->now_ms);
	if (ty_run_new(world->arena, &world_ops, world, &spec, &run, &err) != TY_OK)
		return fault_json(&err);
	ty_run_start(run);
	if (ty_run_result(run) == NULL)
		ty_run_cancel(run, "a preview waits for nothing");
	json = outcome_json(world->arena, preview, ty_run_result(run));
	ty_run_free(run);
	return json;
}

json_t *
ty_preview_compute(struct ty_arena *arena, const struct ty_preview *preview,
		   ty_preview_eval_fn eval, void *ctx)
{
	struct ty_preview own = *preview;
	struct world world = { .eval = eval, .ctx = ctx, .now_ms = ty_time_now_ms() };
	json_t *values = json_object(), *text;
	const char *name;

	json_object_foreach((json_t *)preview->ask.expressions, name, text)
	{
		world.arena = ty_arena_new(arena, "preview", 0);
		json_object_set_new(values, name, compute(&world, &own, json_string_value(text)));
		ty_arena_free(world.arena);
	}
	return ty_json_own(arena, json_pack("{s:I, s:o}", "items", (json_int_t)own.item_count,
					    "values", values));
}
