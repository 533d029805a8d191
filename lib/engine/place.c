/*
 * place.c -- where an error is: node, frame, attempt, item, parameter, and the author's own line.
 *
 *	{ "node": "ask", "frame": "each:3", "iteration": 3, "attempt": 2, "item": 0,
 *	  "parameter": "url", "expression": "{{ $json.a.b }}", "line": 1, "column": 9 }
 *
 * One form wherever an error is: in a step's record, a run's, an item's, and what is made from these
 * (error workflows, dead letters, the API).  A member that says nothing is not there.  Lines and
 * columns are the script's own, because the sandbox takes its wrappers off (sandbox/message.h).
 *
 * Memory: a place borrows from its step.
 */
#include "engine/private.h"

#include <string.h>

/* Enough of an expression to know it again; each failed item has it. */
#define EXPRESSION_BYTES 500

/* ---- what a node says ---- */

void
ty_step_blame(struct ty_step *step, size_t item)
{
	step->blamed = item;
}

void
ty_step_error_detail(struct ty_step *step, const char *key, json_t *value)
{
	if (step->detail == NULL)
		step->detail = ty_json_own(step->arena, json_object());
	json_object_set_new(step->detail, key, value);
}

void
ty_step_error_more(struct ty_step *step, const char *key, json_t *value)
{
	if (step->more == NULL)
		step->more = ty_json_own(step->arena, json_object());
	json_object_set_new(step->more, key, value);
}

/* ---- the place ---- */

struct error_place
error_place(const struct ty_step *step, const struct ty_err *err)
{
	const struct hole *hole = step->blamed_hole;
	struct error_place place = {
		.node = step->plan->node->id,
		.frame = step->frame->path,
		.iteration = step->frame->path != NULL ? step->frame->iteration : SIZE_MAX,
		.attempt = step->attempt,
		.item = step->blamed,
	};

	if (hole != NULL) {
		place.parameter = hole->path;
		place.expression = hole->shown;
	} else if (err->path[0] != '\0') {
		place.parameter = err->path;
	}
	if (step->script_error != NULL) {
		place.line = ty_json_int(step->script_error, "line", 0);
		place.column = ty_json_int(step->script_error, "column", 0);
	}
	return place;
}

static void
add_text(json_t *json, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(json, name, record_text(text));
}

static void
add_expression(json_t *json, const char *text)
{
	size_t len = text != NULL ? ty_str_utf8_cut(text, strlen(text), EXPRESSION_BYTES) : 0;

	if (len > 0)
		json_object_set_new(json, "expression", json_stringn(text, len));
}

static void
add_count(json_t *json, const char *name, size_t count)
{
	if (count != SIZE_MAX)
		json_object_set_new(json, name, json_integer((json_int_t)count));
}

json_t *
error_place_json(const struct error_place *place)
{
	json_t *json = json_object();

	add_text(json, "node", place->node);
	add_text(json, "frame", place->frame);
	add_count(json, "iteration", place->iteration);
	if (place->attempt > 0)
		add_count(json, "attempt", place->attempt);
	add_count(json, "item", place->item);
	add_text(json, "parameter", place->parameter);
	add_expression(json, place->expression);
	if (place->line > 0)
		json_object_set_new(json, "line", json_integer(place->line));
	if (place->line > 0 && place->column > 0)
		json_object_set_new(json, "column", json_integer(place->column));
	return json;
}
