/*
 * forms_editor.c -- what the routes take by which an editor follows a run and tries expressions (see forms.c).
 */
#include "form_rows.h"

#include "base/limits.h"
#include "store/step_list.h"

#include <stddef.h>

/* Are the items of steps shown, or their numbers alone? */
static const struct ty_choice step_items[] = {
	{ "all", NULL },
	{ "count", NULL },
	{ NULL, NULL },
};

#define ITEMS_ROW(owner)                                                                           \
	TY_ROW_WORD(                                                                               \
		owner, items, step_items, "items", .flags = TY_PARAM_STRICT, .def = "all",         \
		.help = "count: outputs are empty, and counts has the number of items by port.")

static const struct ty_param execution_rows[] = {
	WAIT_ROW(struct form_execution),
	ITEMS_ROW(struct form_execution),
	TY_ROW_INT(struct form_execution, from, 0, INT32_MAX, "from", .def = "0",
		   .help = "Place in the run of the first step to be brought: a reader who has the "
			   "first ten asks from 10."),
	TY_ROW_END,
};
FORM(execution, struct form_execution, execution_rows);

static const struct ty_param step_list_rows[] = {
	TY_ROW_INT(struct form_step_list, limit, 1, TY_STORE_STEPS_MAX, "Limit", .def = "200",
		   .help = "Items a page."),
	CURSOR_ROW(struct form_step_list),
	TY_ROW_STRING(
		struct form_step_list, frame, 4000, "frame", .flags = TY_PARAM_STRICT,
		.help = "Steps of this frame: loop:3 is the fourth iteration of the node loop, "
			"root what is in no loop."),
	TY_ROW_STRING(struct form_step_list, node, 128, "node", .flags = TY_PARAM_STRICT,
		      .help = "Steps of the node with this id."),
	ITEMS_ROW(struct form_step_list),
	TY_ROW_END,
};
FORM(step_list, struct form_step_list, step_list_rows);

static const struct ty_param preview_rows[] = {
	TY_ROW_STRING(struct form_preview, node, 128, "Node", .flags = TY_PARAM_REQUIRED,
		      .help = "Id of the node that the expressions are written in."),
	TY_ROW_JSON(struct form_preview, expressions, "Expressions", .flags = TY_PARAM_REQUIRED,
		    .help = "{ name: text that begins with = }, 60 at most; names are yours."),
	TY_ROW_INT(struct form_preview, item, 0, TY_LIMIT_STEP_ITEMS - 1, "Item", .def = "0",
		   .help = "Index of the node's input item that the values are for."),
	TY_ROW_STRING(struct form_preview, source_run_id, 64, "Earlier run",
		      .help = "Run of this workflow whose steps the expressions see."),
	TY_ROW_JSON(struct form_preview, pins, "Pins",
		    .help = "{ node id: [ { json: {...} } ] }, on top of the draft's own pins."),
	TY_ROW_JSON(struct form_preview, graph, "Graph",
		    .help = "The draft as it is written now; absent: as it is saved."),
	TY_ROW_END,
};
FORM(preview, struct form_preview, preview_rows);
