/*
 * core.respond -- say what the caller of the run is answered; items pass on.
 *
 * The parameters of the first item count, and in a run the first answer.  The answer is kept before it
 * leaves (lib/store/answer.h); whoever began the run waits for it where its trigger says so.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "hook/answer_header.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

#include <stdio.h>

enum { BODY_JSON, BODY_TEXT, BODY_NONE, BODY_ITEMS, BODY_FILE };

struct header {
	const char *name, *value;
};

struct respond_params {
	int64_t status;
	struct ty_param_list headers;
	int body_kind;
	json_t *body;
	const char *file;
};

static const struct ty_choice respond_kinds[] = {
	[BODY_JSON] = { "json", "JSON" },
	[BODY_TEXT] = { "text", "Text" },
	[BODY_NONE] = { "none", "None" },
	[BODY_ITEMS] = { "items", "All items as JSON" },
	[BODY_FILE] = { "file", "File of the first item" },
	{ NULL, NULL },
};

static const struct ty_param header_rows[] = {
	TY_ROW_STRING(struct header, name, 100, "Name", .flags = TY_PARAM_REQUIRED),
	TY_ROW_STRING(struct header, value, 8192, "Value", .flags = TY_PARAM_EXPR, .def = ""),
	TY_ROW_END,
};

static void respond_check(const struct ty_node_def *def, const json_t *params,
			  ty_param_finding_fn found, void *ctx);
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
		.text = "the webhook does not wait for this node, so its sender does not get this "
			"answer",
		.hint = "Let the webhook answer by_node, or expect the answer in the run's record "
			"only",
		.beside = TY_CLAIM(TY_TRIGGER_WEBHOOK),
		.unless_awaited = true,
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
			    .show_when = "body_kind=json,text", .placeholder = "={{ $json }}"),
		TY_ROW_STRING(struct respond_params, file, 200, "File of the item",
			      .flags = TY_PARAM_EXPR, .def = "data",
			      .show_when = "body_kind=file")),
	.params_size = sizeof(struct respond_params),
	.flags = TY_NODE_PURE | TY_NODE_IN_TURN | TY_NODE_ANSWERS,
	.check = respond_check,
	.exec = respond_exec,
};

static void
respond_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	      void *ctx)
{
	json_t *headers = json_object_get(params, "headers"), *header;
	size_t i;

	(void)def;
	json_array_foreach(headers, i, header)
	{
		const char *name = ty_json_str(header, "name", "");
		const char *hint, *fault = ty_hook_answer_header_fault(name, &hint);
		char path[48], text[300];

		if (name[0] == '\0' || fault == NULL)
			continue;
		snprintf(path, sizeof(path), "headers[%zu].name", i);
		snprintf(text, sizeof(text), "the header \"%.100s\" %s", name, fault);
		found(ctx, path, text, hint);
	}
}

/* ---- the body ---- */

static json_t *
all_items(struct ty_step *step)
{
	json_t *items = json_array();

	for (size_t i = 0; i < ty_step_input_count(step); i++)
		json_array_append(items, (json_t *)ty_step_json(step, i));
	return items;
}

static enum ty_code
put_file(struct ty_step *step, const struct respond_params *p, json_t *response, struct ty_err *err)
{
	const json_t *file = ty_step_file(step, 0, p->file);

	if (file == NULL) {
		ty_err_set(err, TY_E_INVALID, "The first item has no file \"%.100s\"", p->file);
		ty_err_at(err, "file");
		return ty_err_hint(err, "Look at the step before: its items name their files in "
					"binary.");
	}
	json_object_set(response, "file", (json_t *)file);
	return TY_OK;
}

static enum ty_code
put_body(struct ty_step *step, const struct respond_params *p, json_t *response, struct ty_err *err)
{
	static const char *const kinds[] = { [BODY_JSON] = "json",
					     [BODY_TEXT] = "text",
					     [BODY_NONE] = "none",
					     [BODY_ITEMS] = "json",
					     [BODY_FILE] = "file" };

	json_object_set_new(response, "kind", json_string(kinds[p->body_kind]));
	switch (p->body_kind) {
	case BODY_JSON:
		json_object_set(response, "body", p->body != NULL ? p->body : json_null());
		break;
	case BODY_TEXT:
		json_object_set_new(response, "body",
				    json_string(node_value_text(ty_step_arena(step), p->body)));
		break;
	case BODY_ITEMS:
		json_object_set_new(response, "body", all_items(step));
		break;
	case BODY_FILE:
		return put_file(step, p, response, err);
	default:
		break;
	}
	return TY_OK;
}

/* ---- the head ---- */

static enum ty_code
put_headers(const struct respond_params *p, json_t *response, struct ty_err *err)
{
	const struct header *headers = p->headers.items;
	json_t *map = json_object();

	json_object_set_new(response, "headers", map);
	for (size_t i = 0; i < p->headers.count; i++) {
		const char *hint = "Take the line breaks out of the value.";
		const char *fault = ty_hook_answer_value_fault(headers[i].value);

		if (fault == NULL)
			fault = ty_hook_answer_header_fault(headers[i].name, &hint);
		if (fault != NULL) {
			ty_err_set(err, TY_E_INVALID, "The header \"%.100s\" %s", headers[i].name,
				   fault);
			ty_err_at(err, "headers[%zu]", i);
			return ty_err_hint(err, "%s", hint);
		}
		json_object_set_new(map, headers[i].name, json_string(headers[i].value));
	}
	return TY_OK;
}

static enum ty_code
check_size(const json_t *response, struct ty_err *err)
{
	if (ty_json_size_bytes(response) <= TY_LIMIT_ANSWER_BYTES)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "The answer has more than %d bytes", TY_LIMIT_ANSWER_BYTES);
	ty_err_at(err, "body");
	return ty_err_hint(err, "Answer with less, or with a file.");
}

static enum ty_code
respond_exec(struct ty_step *step, struct ty_err *err)
{
	const struct respond_params *p = ty_step_params(step, 0);
	json_t *response = ty_json_own(ty_step_arena(step), json_object());

	json_object_set_new(response, "status", json_integer(p->status));
	if (put_headers(p, response, err) != TY_OK || put_body(step, p, response, err) != TY_OK ||
	    check_size(response, err) != TY_OK ||
	    ty_step_respond(step, json_incref(response), err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}
