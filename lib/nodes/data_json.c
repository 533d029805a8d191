/*
 * data.json -- JSON that stands as text in a field, read; and any value written as JSON.
 *
 * Invariants:
 *   (1) A text is read whole or not at all: what follows the value is an error with its place.
 *   (2) Numbers keep all their digits both ways.
 *   (3) Lines: an item for each line that is not empty, made from the item whose text it was; a value that is no object
 *       is its field "value".
 *   (4) Names such as "__proto__" are members like any other.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <string.h>

enum { WAY_PARSE, WAY_WRITE, WAY_LINES };

struct json_params {
	int action;
	const json_t *value;
	bool pretty, sorted;
	const char *into;
};

static const struct ty_choice json_ways[] = {
	[WAY_PARSE] = { "parse", "Read the text" },
	[WAY_WRITE] = { "write", "Write a value as text" },
	[WAY_LINES] = { "lines", "Read JSON lines into items" },
	{ NULL, NULL },
};

static enum ty_code json_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_data_json = {
	TY_NODE_HEAD,
	.type = "data.json",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "JSON",
	.summary = "Read JSON from a text, or write a value as JSON",
	.icon = "braces",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct json_params, action, json_ways, "Do", .def = "parse"),
		TY_ROW_JSON(struct json_params, value, "Value", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.body }}",
			    .help = "To read: the text. To write: any value, ={{ $json }} for the "
				    "whole item."),
		TY_ROW_BOOL(struct json_params, pretty, "On several lines", .def = "false",
			    .show_when = "action=write"),
		TY_ROW_BOOL(struct json_params, sorted, "Sort names", .def = "false",
			    .show_when = "action=write",
			    .help = "On: equal values give equal texts, on one line."),
		TY_ROW_STRING(struct json_params, into, 500, "Field for the result",
			      .def = "result", .show_when = "action!=lines",
			      .help = "What the item has there is replaced; its other fields stay. "
				      "Dots lead into objects.")),
	.params_size = sizeof(struct json_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.each = json_each,
};

static json_t *
json_written(struct ty_arena *arena, const struct json_params *p)
{
	size_t len;
	const char *text = p->sorted   ? ty_json_dump_canonical(arena, p->value, &len)
			   : p->pretty ? ty_json_dump_pretty(arena, p->value, &len)
				       : ty_json_dump(arena, p->value, &len);

	return json_stringn_nocheck(text, len);
}

/* Read as strictly as texts from outside: depth, count of values, one value of a name. */
static enum ty_code
json_read(struct ty_arena *arena, const json_t *value, json_t **ret_value, struct ty_err *err)
{
	struct ty_json_read how = { .values_max = TY_LIMIT_JSON_VALUES };

	if (!json_is_string(value)) {
		char found[96];

		ty_param_words(value, found, sizeof(found));
		ty_err_set(err, TY_E_INVALID, "parameter \"value\" is %s, but a text is expected",
			   found);
		ty_err_hint(err, "What is no text is read already: take it as it is.");
		return ty_err_at(err, "value");
	}
	if (ty_json_read(arena, json_string_value(value), json_string_length(value), &how,
			 ret_value, err) == TY_OK)
		return TY_OK;
	if (err->code == TY_E_MALFORMED)
		err->code = TY_E_INVALID; /* the item's text, and no request of the sender's */
	ty_err_wrap(err, "the text is no JSON");
	ty_err_hint(err, "Look at the place that is named; text around the JSON is cut off by the "
			 "node Text or a regular expression.");
	return ty_err_at(err, "value");
}

/* ---- lines ---- */

static enum ty_code
line_emit(struct ty_step *step, size_t i, const char *line, size_t len, size_t number,
	  struct ty_err *err)
{
	struct ty_json_read how = { .foreign = true, .values_max = TY_LIMIT_JSON_VALUES };
	struct ty_arena *arena = ty_arena_new(NULL, "line", 0);
	json_t *value, *json = NULL;

	if (ty_json_read(arena, line, len, &how, &value, err) == TY_OK)
		json = json_is_object(value) ? json_incref(value)
					     : json_pack("{s:O}", "value", value);
	ty_arena_free(arena);
	if (json != NULL) {
		if (ty_step_emit(step, 0, json, i, err) == TY_OK || err->code != TY_E_LIMIT)
			return err->code;
		return ty_err_hint(err,
				   "A step makes %d items at most: read the file in batches "
				   "(the node Batches of a file, then a loop).",
				   TY_LIMIT_STEP_ITEMS);
	}
	if (err->code == TY_E_MALFORMED)
		err->code = TY_E_INVALID;
	ty_err_wrap(err, "line %zu is no JSON", number);
	ty_err_hint(err, "Each line is a value of its own. A text that is one value goes with "
			 "\"Read the text\".");
	return ty_err_at(err, "value");
}

static enum ty_code
lines_each(struct ty_step *step, size_t i, const struct json_params *p, struct ty_err *err)
{
	const char *text, *end;
	size_t len, number = 0;

	if (node_into_text(ty_step_arena(step), p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	end = text + len;
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t size;

		stop = stop != NULL ? stop : end;
		size = (size_t)(stop - text);
		number++;
		if (strspn(text, " \t\r") < size &&
		    line_emit(step, i, text, size, number, err) != TY_OK)
			return err->code;
		text = stop + 1;
	}
	return TY_OK;
}

static enum ty_code
json_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct json_params *p = ty_step_params(step, i);
	json_t *value = NULL;

	if (p->action == WAY_LINES)
		return lines_each(step, i, p, err);
	if (p->action == WAY_WRITE)
		return node_into_emit(step, i, p->into, json_written(ty_step_arena(step), p), err);
	if (json_read(ty_step_arena(step), p->value, &value, err) != TY_OK)
		return err->code;
	return node_into_emit(step, i, p->into, json_incref(value), err);
}
