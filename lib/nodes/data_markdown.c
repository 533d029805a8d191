/*
 * data.markdown -- a text in Markdown as HTML, by cmark-gfm in the jail of tyboo-parse.
 */
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

struct markdown_params {
	const char *field, *into;
	int64_t timeout_ms;
};

static enum ty_code markdown_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code markdown_resume(struct ty_step *step, const struct ty_answer *answer,
				    struct ty_err *err);

const struct ty_node_def ty_node_data_markdown = {
	TY_NODE_HEAD,
	.type = "data.markdown",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Markdown",
	.summary = "Make HTML of a text in Markdown",
	.icon = "file-text",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(NODE_FIELD_ROW(struct markdown_params),
			    NODE_INTO_ROW(struct markdown_params, "html"),
			    NODE_TOOL_TIME_ROW(struct markdown_params)),
	.params_size = sizeof(struct markdown_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = markdown_exec,
	.resume = markdown_resume,
};

static enum ty_code
markdown_exec(struct ty_step *step, struct ty_err *err)
{
	const struct markdown_params *p = ty_step_params(step, 0);

	return node_into_ask(step, "markdown", json_pack("{s:s}", "field", p->field), p->timeout_ms,
			     err);
}

static enum ty_code
markdown_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct markdown_params *p = ty_step_params(step, 0);

	return node_into_answer(step, answer, p->into, err);
}
