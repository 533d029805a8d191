/*
 * core.respond -- say what the caller of the webhook is answered; items pass on.
 *
 * The parameters of the first item count, and in a run the first answer.
 */
#include "base/err.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

enum { BODY_JSON, BODY_TEXT, BODY_NONE };

struct header {
	const char *name, *value;
};

struct respond_params {
	int64_t status;
	struct ty_param_list headers;
	int body_kind;
	json_t *body;
};

static const struct ty_choice respond_kinds[] = {
	[BODY_JSON] = { "json", "JSON" },
	[BODY_TEXT] = { "text", "Text" },
	[BODY_NONE] = { "none", "None" },
	{ NULL, NULL },
};

static const struct ty_param header_rows[] = {
	TY_ROW_STRING(struct header, name, 100, "Name", .flags = TY_PARAM_REQUIRED),
	TY_ROW_STRING(struct header, value, 8192, "Value", .flags = TY_PARAM_EXPR, .def = ""),
	TY_ROW_END,
};

static enum ty_code respond_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_respond = {
	TY_NODE_HEAD,
	.type = "core.respond",
	.version = 1,
	.category = TY_CATEGORY_NETWORK,
	.title = "Respond",
	.summary = "Answer the caller of the webhook",
	.icon = "reply",
	.notices = TY_NOTICES({
		.text = "the sender of a webhook is answered 202 before the workflow runs, so this "
			"answer does not reach it yet",
		.hint = "Expect the answer in the run's record only",
		.beside = TY_CLAIM(TY_TRIGGER_WEBHOOK),
	}),
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_INT(struct respond_params, status, 200, 599, "Status",
			   .flags = TY_PARAM_EXPR, .def = "200"),
		TY_ROW_LIST(struct respond_params, headers, header_rows, struct header, 50,
			    "Headers"),
		TY_ROW_ENUM(struct respond_params, body_kind, respond_kinds, "Body", .def = "json"),
		TY_ROW_JSON(struct respond_params, body, "Content", .flags = TY_PARAM_EXPR,
			    .show_when = "body_kind=json,text", .placeholder = "={{ $json }}")),
	.params_size = sizeof(struct respond_params),
	.flags = TY_NODE_PURE | TY_NODE_IN_TURN,
	.exec = respond_exec,
};

static json_t *
respond_body(struct ty_step *step, const struct respond_params *p)
{
	if (p->body_kind == BODY_NONE)
		return json_null();
	if (p->body_kind == BODY_TEXT)
		return json_string(node_value_text(ty_step_arena(step), p->body));
	return p->body != NULL ? json_incref(p->body) : json_null();
}

static enum ty_code
respond_exec(struct ty_step *step, struct ty_err *err)
{
	const struct respond_params *p = ty_step_params(step, 0);
	const struct header *headers = p->headers.items;
	json_t *response = json_object(), *map = json_object();

	for (size_t i = 0; i < p->headers.count; i++)
		json_object_set_new(map, headers[i].name, json_string(headers[i].value));
	json_object_set_new(response, "status", json_integer(p->status));
	json_object_set_new(response, "headers", map);
	json_object_set_new(response, "body", respond_body(step, p));
	if (ty_step_respond(step, response, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
