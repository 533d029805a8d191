/*
 * failed.c -- what fails for one item alone, and how the item leaves.
 *
 * Invariants:
 *   (1) An item that failed leaves once: through the error port (error_output), or in its own
 *       place among the others (continue), with its own error.
 *   (2) Failed items leave in input order, and each before anything that a later item gives, so
 *       that the order of what leaves does not depend on when a failure was seen.
 *   (3) Where on_error is stop, and where a limit of the step is reached, no failure is an
 *       item's own: the step fails.
 *
 * Memory: errors are the frame's; the list of them is the step's.
 */
#include "engine/private.h"

#include <string.h>

bool
failed_are_own(const struct ty_step *step)
{
	return step->plan->node->on_error != TY_ON_ERROR_STOP;
}

bool
failed_has(const struct ty_step *step, size_t i)
{
	return step->failed != NULL && i != SIZE_MAX && step->failed[i] != NULL;
}

/* ---- leaving ---- */

static size_t
outlet_for_errors(const struct ty_step *step)
{
	const struct ty_graph_node *node = step->plan->node;

	if (node->on_error == TY_ON_ERROR_OUTPUT)
		for (size_t i = node->output_count; i-- > 0;)
			if (strcmp(node->outputs[i].name, "error") == 0)
				return i;
	return 0;
}

json_t *
failed_brief(struct ty_step *step, json_t *error)
{
	json_t *brief;

	if (json_object_get(error, "trace") == NULL)
		return error;
	brief = ty_json_own(step->arena, json_copy(error));
	json_object_del(brief, "trace");
	return brief;
}

enum ty_code
failed_emit(struct ty_step *step, struct ty_from from, json_t *brief, struct ty_err *err)
{
	json_t *json;

	if (step->outlet_count == 0)
		return TY_OK;
	json = json_copy(step->inputs[from.port].v[from.item]->json);
	json_object_set(json, "error", brief);
	return ty_step_emit_from(step, outlet_for_errors(step), json, &from, 1, err);
}

enum ty_code
failed_pass(struct ty_step *step, size_t end, struct ty_err *err)
{
	while (step->failed != NULL && step->failed_passed < end) {
		struct ty_from from = { .port = 0, .item = step->failed_passed++ };
		json_t *error = step->failed[from.item];

		if (error != NULL &&
		    failed_emit(step, from, failed_brief(step, error), err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* ---- failing ---- */

void
failed_begin(struct ty_step *step, size_t i)
{
	/* Answers of one item in a row, as of pages: all that was made of them is the item's. */
	if (step->at == i)
		return;
	step->at = i;
	step->mark = step->out;
}

/* Take back what was emitted for the item since failed_begin(). */
static void
emitted_take_back(struct ty_step *step, size_t i)
{
	const struct item *item = step->inputs[0].v[i];
	size_t left = step->at == i ? step->out.items - step->mark.items : 0;

	for (size_t out = 0; out < step->outlet_count && left > 0; out++) {
		struct outlet *outlet = &step->outlets[out];
		struct items *items = &outlet->items;

		for (; left > 0 && items->count > 0; left--, items->count--) {
			const struct item *last = items->v[items->count - 1];

			if (last->from_count == 0 || last->from[0] != item)
				break;
			json_array_remove(outlet->array, items->count - 1);
		}
	}
	if (step->at == i) {
		emit_take_back(step, step->out.new_bytes - step->mark.new_bytes);
		step->out = step->mark;
	}
}

enum ty_code
failed_add(struct ty_step *step, size_t i, struct ty_err *err)
{
	step->blamed = i;
	if (!failed_are_own(step) || step->is_full || journal_fails_whole(step))
		return err->code;
	emitted_take_back(step, i);
	if (step->failed == NULL)
		step->failed =
			ty_arena_alloc_array(step->arena, step->inputs[0].count, sizeof(json_t *));
	if (step->failed[i] == NULL)
		step->failed_count++;
	step->failed[i] = ty_json_own(step->keep, record_error(step, err, i == 0));
	step->blamed = SIZE_MAX;
	step->blamed_hole = NULL;
	step->script_error = NULL;
	step->detail = step->more = NULL;
	ty_err_clear(err);
	return TY_OK;
}

void
failed_clear(struct ty_step *step)
{
	step->failed = NULL;
	step->failed_count = step->failed_passed = 0;
}

json_t *
failed_all(const struct ty_step *step)
{
	return step->failed_count > 0 && step->failed_count == step->inputs[0].count
		       ? step->failed[0]
		       : NULL;
}
