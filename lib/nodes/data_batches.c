/*
 * data.batches -- a file of rows as files of so many rows each, for a loop: of a million rows a batch is in memory.
 *
 * Invariants:
 *   (1) One item for a batch, in the order of the rows, made from the item whose file it was.
 *   (2) A batch of CSV is CSV with the same header, one of a workbook or of JSON lines is JSON lines: nodes that read a
 *       file whole read it.
 *   (3) No row is in two batches, and none is left out but empty lines.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "nodes/parsing.h"

#include <string.h>

struct batches_params {
	const char *file, *format, *delimiter, *quote, *sheet, *into;
	bool header;
	int64_t rows, timeout_ms;
};

static const struct ty_choice batches_formats[] = {
	{ "csv", "CSV" },
	{ "lines", "JSON lines" },
	{ "xlsx", "Excel (.xlsx), as JSON lines" },
	{ NULL, NULL },
};

static const struct ty_choice batches_delimiters[] = {
	{ "auto", "As in the first line" }, { "comma", "Comma" },
	{ "semicolon", "Semicolon" },	    { "tab", "Tab" },
	{ "pipe", "Vertical bar" },	    { NULL, NULL },
};

static const struct ty_choice batches_quotes[] = {
	{ "double", "Double quote" },
	{ "single", "Single quote" },
	{ "off", "No quote means anything" },
	{ NULL, NULL },
};

static enum ty_code batches_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code batches_resume(struct ty_step *step, const struct ty_answer *answer,
				   struct ty_err *err);

const struct ty_node_def ty_node_data_batches = {
	TY_NODE_HEAD,
	.type = "data.batches",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Batches of a file",
	.summary = "Split a file of rows into files that a loop reads one by one",
	.icon = "split",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_STRING(struct batches_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary."),
		TY_ROW_WORD(struct batches_params, format, batches_formats, "Format", .def = "csv"),
		TY_ROW_INT(
			struct batches_params, rows, 1, TY_LIMIT_STEP_ITEMS, "Rows of a batch",
			.flags = TY_PARAM_EXPR, .def = "1000",
			.help = "The last one has the rest, and one whose rows are large fewer."),
		TY_ROW_BOOL(struct batches_params, header, "Header", .def = "true",
			    .show_when = "format!=lines",
			    .help = "The first line has the names of the columns, and each batch "
				    "begins with it."),
		TY_ROW_WORD(struct batches_params, delimiter, batches_delimiters, "Delimiter",
			    .def = "auto", .show_when = "format=csv"),
		TY_ROW_WORD(struct batches_params, quote, batches_quotes, "Quote", .def = "double",
			    .flags = TY_PARAM_ADVANCED, .show_when = "format=csv"),
		TY_ROW_STRING(struct batches_params, sheet, 100, "Sheet", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "Sheet1",
			      .show_when = "format=xlsx", .help = "Its name. Empty: the first."),
		TY_ROW_STRING(struct batches_params, into, 200, "File for the batch", .def = "data",
			      .flags = TY_PARAM_REQUIRED, .help = "Its name in binary."),
		TY_ROW_INT(struct batches_params, timeout_ms, 10, TY_LIMIT_SANDBOX_MAX_MS,
			   "Time limit", .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "30000",
			   .show_when = "format=xlsx",
			   .help = "It is stopped when it has used so much CPU time for a part "
				   "of the sheet.")),
	.params_size = sizeof(struct batches_params),
	.state_size = sizeof(size_t *),
	.flags = TY_NODE_EFFECT,
	.each = batches_each,
	.resume = batches_resume,
};

/* ---- asking ---- */

/* Sign that a word of the parameters stands for. */
static const char *
sign_of(const char *word)
{
	static const struct {
		const char *word, *sign;
	} signs[] = {
		{ "comma", "," }, { "semicolon", ";" }, { "tab", "\t" },
		{ "pipe", "|" },  { "double", "\"" },	{ "single", "'" },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(signs); i++)
		if (strcmp(word, signs[i].word) == 0)
			return signs[i].sign;
	return "";
}

static enum ty_code
ask_split(struct ty_step *step, const struct batches_params *p, const json_t *file,
	  struct ty_err *err)
{
	struct ty_call call = { .service = "split", .in_doubt = TY_IN_DOUBT_REPEAT };

	call.request = json_pack("{s:O, s:I, s:s, s:b, s:s, s:s}", "file", file, "rows",
				 (json_int_t)p->rows, "form", p->format, "header", p->header,
				 "delimiter", sign_of(p->delimiter), "quote", sign_of(p->quote));
	return ty_step_call(step, &call, err);
}

/* The rows behind the first 'skip' ones, as far as one call goes. */
static enum ty_code
ask_sheet(struct ty_step *step, const struct batches_params *p, const json_t *file, int64_t skip,
	  struct ty_err *err)
{
	struct node_parse ask = { .tool = "xlsx",
				  .timeout_ms = p->timeout_ms,
				  .is_next = skip > 0 };

	ask.files = json_pack("[O]", file);
	ask.options = json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:s}", "do", "batches", "which",
				p->sheet[0] != '\0' ? "named" : "first", "sheet", p->sheet,
				"header", p->header, "rows", (json_int_t)p->rows, "skip",
				(json_int_t)skip, "key", p->into);
	return node_parse_call(step, &ask, err);
}

static enum ty_code
batches_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct batches_params *p = ty_step_params(step, i);
	const json_t *file = node_parse_file(step, i, p->file, err);

	if (file == NULL)
		return err->code;
	return strcmp(p->format, "xlsx") == 0 ? ask_sheet(step, p, file, 0, err)
					      : ask_split(step, p, file, err);
}

/* ---- batches ---- */

/* Rows and batches of the item so far. */
struct so_far {
	json_int_t rows, batches;
};

static struct so_far *
so_far(struct ty_step *step, size_t i)
{
	struct so_far **all = ty_step_state(step);

	if (*all == NULL)
		*all = ty_arena_alloc_array(ty_step_arena(step), ty_step_input_count(step),
					    sizeof(**all));
	return &(*all)[i];
}

static enum ty_code
batch_emit(struct ty_step *step, const struct ty_answer *answer, json_int_t rows, json_t *binary,
	   struct ty_err *err)
{
	struct so_far *so = so_far(step, answer->item);
	json_t *json = json_pack("{s:I, s:I, s:I}", "batch", ++so->batches, "first_row",
				 so->rows + 1, "rows", rows);

	so->rows += rows;
	return ty_step_emit_files(step, 0, json, binary, answer->item, err);
}

static enum ty_code
parts_emit(struct ty_step *step, const struct batches_params *p, const struct ty_answer *answer,
	   struct ty_err *err)
{
	json_t *part;
	size_t i;

	json_array_foreach(ty_json_arr(answer->value, "parts"), i, part)
	{
		json_t *binary = json_object();

		json_object_set_new(binary, p->into, json_deep_copy(json_object_get(part, "file")));
		if (batch_emit(step, answer, ty_json_int(part, "rows", 0), binary, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
sheet_emit(struct ty_step *step, const struct batches_params *p, const struct ty_answer *answer,
	   struct ty_err *err)
{
	const json_t *items = node_parse_items(step, answer, err);
	bool is_more = false;
	json_t *item;
	size_t i;

	if (items == NULL)
		return err->code;
	json_array_foreach((json_t *)items, i, item)
	{
		const json_t *json = json_object_get(item, "json");

		is_more = ty_json_bool(json, "more", false);
		if (batch_emit(step, answer, ty_json_int(json, "rows", 0),
			       node_parse_binary(step, item, SIZE_MAX), err) != TY_OK)
			return err->code;
	}
	if (!is_more)
		return TY_OK;
	return ask_sheet(step, p, ty_step_file(step, answer->item, p->file),
			 so_far(step, answer->item)->rows, err);
}

static enum ty_code
batches_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct batches_params *p = ty_step_params(step, answer->item);

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	return strcmp(p->format, "xlsx") == 0 ? sheet_emit(step, p, answer, err)
					      : parts_emit(step, p, answer, err);
}
