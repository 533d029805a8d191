/*
 * data.html -- parts of a web page by CSS selectors, by gumbo in the jail of tyboo-parse.
 *
 * A selector that finds nothing gives null, or an empty list: pages change, and the run goes on.
 */
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

struct html_pick {
	const char *name, *selector, *give, *attribute;
	bool all;
};

struct html_params {
	const char *field, *into;
	struct ty_param_list picks;
	int64_t timeout_ms;
};

static const struct ty_choice html_gives[] = {
	{ "text", "Its text" },
	{ "html", "Its HTML" },
	{ "attribute", "An attribute" },
	{ NULL, NULL },
};

static const struct ty_param html_pick_rows[] = {
	TY_ROW_STRING(struct html_pick, name, 200, "Name", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "price"),
	TY_ROW_STRING(struct html_pick, selector, 1000, "Selector", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "table.prices td:nth-child(2)"),
	TY_ROW_WORD(struct html_pick, give, html_gives, "Give", .def = "text"),
	TY_ROW_STRING(struct html_pick, attribute, 200, "Attribute", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "href", .show_when = "give=attribute"),
	TY_ROW_BOOL(struct html_pick, all, "All of them", .def = "false",
		    .help = "On: a list of what each element gives. Off: the first."),
	TY_ROW_END,
};

static enum ty_code html_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code html_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_data_html = {
	TY_NODE_HEAD,
	.type = "data.html",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "HTML",
	.summary = "Take parts of a web page by CSS selectors",
	.icon = "file-code",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(NODE_FIELD_ROW(struct html_params),
			    TY_ROW_LIST(struct html_params, picks, html_pick_rows, struct html_pick,
					100, "Take", .flags = TY_PARAM_REQUIRED),
			    NODE_INTO_ROW(struct html_params, "result"),
			    NODE_TOOL_TIME_ROW(struct html_params)),
	.params_size = sizeof(struct html_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = html_exec,
	.resume = html_resume,
};

static enum ty_code
html_exec(struct ty_step *step, struct ty_err *err)
{
	const struct html_params *p = ty_step_params(step, 0);
	const struct html_pick *picks = p->picks.items;
	json_t *list = json_array();

	for (size_t i = 0; i < p->picks.count; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", picks[i].name, "selector",
				  picks[i].selector, "give", picks[i].give, "attribute",
				  picks[i].attribute != NULL ? picks[i].attribute : "", "all",
				  picks[i].all));
	return node_into_ask(step, "html",
			     json_pack("{s:s, s:o}", "field", p->field, "picks", list),
			     p->timeout_ms, err);
}

static enum ty_code
html_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct html_params *p = ty_step_params(step, 0);

	return node_into_answer(step, answer, p->into, err);
}
