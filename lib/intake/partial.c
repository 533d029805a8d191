/*
 * partial.c -- see partial.h.
 */
#include "intake/partial.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "json/json.h"
#include "store/execution_list.h"
#include "store/step_list.h"

#include <string.h>

/* ---- the earlier run ---- */

static enum ty_code
source_refuse(enum ty_code code, const char *what, const char *hint, struct ty_err *err)
{
	ty_err_set(err, code, "%s", what);
	ty_err_hint(err, "%s", hint);
	return ty_err_at(err, "source_run_id");
}

static enum ty_code
source_check(struct ty_tx *tx, const struct ty_id *id, const char *workflow, struct ty_err *err)
{
	const char *workflow_id, *status;

	if (ty_store_execution_brief(tx, id, &workflow_id, &status, err) != TY_OK)
		return ty_err_at(err, "source_run_id");
	if (!ty_str_eq(workflow_id, workflow))
		return source_refuse(TY_E_INVALID, "The run is of another workflow",
				     "Name a run of this workflow.", err);
	if (!ty_store_execution_is_over(status))
		return source_refuse(TY_E_INVALID, "The run is not over",
				     "Wait for its end, or name another.", err);
	return TY_OK;
}

/* Every step outside of loops. */
static enum ty_code
source_steps(struct ty_tx *tx, const struct ty_id *id, json_t **ret_steps, struct ty_err *err)
{
	json_t *steps;
	bool all;

	if (ty_store_step_list_whole(tx, id, "", SIZE_MAX, &steps, &all, err) != TY_OK)
		return err->code;
	if (json_array_size(steps) == 0)
		return source_refuse(
			TY_E_CONFLICT, "The items of the run are not kept",
			"Its workflow keeps none (settings.save), or its month is over: run it "
			"again with \"save\": \"all\", or pin items.",
			err);
	*ret_steps = steps;
	return TY_OK;
}

enum ty_code
ty_partial_source_read(struct ty_tx *tx, const char *run_id, const struct ty_id *workflow_id,
		       struct ty_partial_known *known, struct ty_err *err)
{
	struct ty_id *id;
	json_t *steps = NULL;

	if (ty_str_is_blank(run_id))
		return TY_OK;
	id = ty_arena_new_of(ty_tx_arena(tx), struct ty_id);
	if (!ty_id_parse(run_id, id))
		return source_refuse(TY_E_INVALID, "It is no id of a run", "Write its UUID.", err);
	if (source_check(tx, id, workflow_id->s, err) != TY_OK ||
	    source_steps(tx, id, &steps, err) != TY_OK)
		return err->code;
	known->records = steps;
	known->run_id = id->s;
	return TY_OK;
}

/* ---- values that had left it ---- */

/* NULL where 'value' is what it is. */
static enum ty_code
value_fetch(struct ty_tx *tx, json_t *value, json_t **ret_whole, struct ty_err *err)
{
	const char *hash = ty_json_str(value, "$payload", NULL);

	*ret_whole = NULL;
	if (hash == NULL || json_object_size(value) != 3 || strlen(hash) != 64)
		return ty_partial_values_fetch(tx, value, err);
	if (ty_store_payload_get(tx, hash, ret_whole, err) == TY_OK)
		return TY_OK;
	if (err->code != TY_E_NOT_FOUND)
		return err->code;
	return source_refuse(TY_E_CONFLICT, "A large value of the run is no longer stored",
			     "Run it again, or pin items.", err);
}

/* No deeper than what a run may record (TY_LIMIT_ITEM_DEPTH). */
enum ty_code
ty_partial_values_fetch(struct ty_tx *tx, json_t *value, struct ty_err *err)
{
	json_t *member, *whole;
	const char *key;
	size_t i;

	json_object_foreach(value, key, member)
	{
		if (value_fetch(tx, member, &whole, err) != TY_OK)
			return err->code;
		if (whole != NULL)
			json_object_set(value, key, whole);
	}
	json_array_foreach(value, i, member)
	{
		if (value_fetch(tx, member, &whole, err) != TY_OK)
			return err->code;
		if (whole != NULL)
			json_array_set(value, i, whole);
	}
	return TY_OK;
}

/* ---- the receipt ---- */

/* Given as those of a run by hand; new reference, NULL where they are none. */
static json_t *
items_of(const json_t *input)
{
	json_t *items, *item;
	size_t i;

	if (input == NULL || json_is_null(input))
		return json_pack("[{s:{}}]", "json");
	if (json_is_object(input))
		return json_pack("[{s:O}]", "json", input);
	if (!json_is_array(input))
		return NULL;
	items = json_array();
	json_array_foreach((json_t *)input, i, item)
	{
		if (json_is_object(item)) {
			json_array_append_new(items, json_pack("{s:O}", "json", item));
			continue;
		}
		json_decref(items);
		return NULL;
	}
	return items;
}

static enum ty_code
body_make(struct ty_tx *tx, const struct ty_partial_ask *ask, const struct ty_partial *partial,
	  struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	json_t *items = items_of(ask->input), *body;

	if (items == NULL) {
		ty_err_set(err, TY_E_INVALID, "the input is no object, and no list of objects");
		ty_err_hint(err, "Write { ... }, or [ { ... }, ... ]: one item each.");
		return ty_err_at(err, "input");
	}
	body = ty_json_own(arena, json_pack("{s:o, s:O}", "items", items, "taken", partial->taken));
	receipt->body = ty_json_dump(arena, body, &receipt->body_len);
	if (receipt->body_len <= TY_LIMIT_BODY_BYTES &&
	    ty_json_count(receipt->body, receipt->body_len) <= TY_LIMIT_STEP_VALUES)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "what is taken is over %d bytes or %d JSON values",
		   TY_LIMIT_BODY_BYTES, TY_LIMIT_STEP_VALUES);
	return ty_err_hint(err, "Pin fewer items, or begin at a node before those that give much.");
}

bool
ty_partial_is_asked(const struct ty_partial_ask *ask)
{
	return !ty_str_is_blank(ask->to) || !ty_str_is_blank(ask->only) ||
	       !ty_str_is_blank(ask->from) || !ty_str_is_blank(ask->source_run_id) ||
	       ask->pins != NULL;
}

static enum ty_code
part_of(const struct ty_partial_ask *ask, struct ty_graph_part *ret_part, struct ty_err *err)
{
	const struct ty_graph_part parts[] = {
		{ TY_PART_TO, ask->to },
		{ TY_PART_ONLY, ask->only },
		{ TY_PART_FROM, ask->from },
	};
	size_t count = 0;

	*ret_part = (struct ty_graph_part){ .kind = TY_PART_ALL };
	for (size_t i = 0; i < TY_ARRAY_COUNT(parts); i++) {
		if (ty_str_is_blank(parts[i].node))
			continue;
		*ret_part = parts[i];
		count++;
	}
	if (count <= 1)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"to\", \"only\" and \"from\" exclude each other");
	ty_err_hint(err, "Send one of them.");
	return ty_err_at(err, "to");
}

enum ty_code
ty_trigger_partial(struct ty_tx *tx, const struct ty_registry *registry, const json_t *graph,
		   const struct ty_partial_ask *ask, struct ty_receipt *receipt,
		   struct ty_partial *ret_partial, struct ty_err *err)
{
	struct ty_partial_known known = { .pins = ask->pins,
					  .document_pins = ty_json_obj(graph, "pins") };
	struct ty_arena *arena = ty_tx_arena(tx);
	const char *mode = ty_run_mode_name(TY_RUN_MODE_PARTIAL);
	const struct ty_graph *read;
	struct ty_graph_part part;
	json_t *source;

	if (part_of(ask, &part, err) != TY_OK ||
	    ty_graph_parse(arena, registry, graph, &read, err) != TY_OK ||
	    ty_partial_source_read(tx, ask->source_run_id, &receipt->workflow_id, &known, err) !=
		    TY_OK ||
	    ty_partial_make(arena, read, &part, mode, ask->trigger, &known, ret_partial, err) !=
		    TY_OK ||
	    ty_partial_values_fetch(tx, ret_partial->taken, err) != TY_OK ||
	    body_make(tx, ask, ret_partial, receipt, err) != TY_OK)
		return err->code;
	/* Make effects again even where the earlier run made them, because a partial run is a real one. */
	source = ty_json_own(
		arena, json_pack("{s:s, s:O}", "effects", "again", "part", ret_partial->partial));
	if (known.run_id != NULL)
		json_object_set_new(source, "run_id", json_string(known.run_id));
	receipt->mode = mode;
	receipt->source = ty_json_dump(arena, source, NULL);
	receipt->start_node = ret_partial->start != NULL ? ret_partial->start->id : "";
	return TY_OK;
}
