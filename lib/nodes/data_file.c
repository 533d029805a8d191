/*
 * data.file -- the text of an item's file in a field, and a field as a file.
 *
 * Invariants:
 *   (1) The item keeps its other fields and its other files.
 *   (2) Bytes that are no text in the charset become U+FFFD, and the step says so; as base64 none is lost.
 */
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <string.h>

enum { DO_READ, DO_WRITE };
enum { AS_TEXT, AS_JSON, AS_BASE64 };

struct file_params {
	int action, form;
	const char *file, *charset, *mime, *name, *into;
	const json_t *value;
};

static const struct ty_choice file_actions[] = {
	[DO_READ] = { "read", "Read a file into a field" },
	[DO_WRITE] = { "write", "Write a value into a file" },
	{ NULL, NULL },
};

static const struct ty_choice file_forms[] = {
	[AS_TEXT] = { "text", "Text" },
	[AS_JSON] = { "json", "JSON" },
	[AS_BASE64] = { "base64", "Base64" },
	{ NULL, NULL },
};

static bool file_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code file_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code file_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_data_file = {
	TY_NODE_HEAD,
	.type = "data.file",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "File",
	.summary = "Read an item's file into a field, or write a field into a file",
	.icon = "file",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct file_params, action, file_actions, "Do", .def = "read"),
		TY_ROW_STRING(struct file_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary."),
		TY_ROW_ENUM(struct file_params, form, file_forms, "As", .def = "text"),
		TY_ROW_JSON(struct file_params, value, "Value", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.data }}", .show_when = "action=write"),
		TY_ROW_STRING(struct file_params, name, 200, "File name", .def = "",
			      .flags = TY_PARAM_EXPR, .placeholder = "report.csv",
			      .show_when = "action=write"),
		TY_ROW_STRING(struct file_params, mime, 120, "Type", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_ADVANCED, .placeholder = "text/csv",
			      .show_when = "action=write",
			      .help = "Empty: text/plain, application/json, or bytes."),
		TY_ROW_STRING(struct file_params, charset, 40, "Charset", .def = "",
			      .flags = TY_PARAM_EXPR | TY_PARAM_ADVANCED,
			      .placeholder = "windows-1252", .show_when = "form!=base64",
			      .help = "Empty: as the file's first bytes say, else UTF-8."),
		TY_ROW_STRING(struct file_params, into, 500, "Field for the result", .def = "data",
			      .show_when = "action=read",
			      .help = "What the item has there is replaced.")),
	.params_size = sizeof(struct file_params),
	.flags = TY_NODE_EFFECT,
	.is_safe = file_is_safe,
	.check = node_into_check,
	.advise = node_into_advise,
	.each = file_each,
	.resume = file_resume,
};

static bool
file_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", "read"), "write") != 0;
}

static enum ty_code
read_request(struct ty_step *step, const struct file_params *p, size_t i, json_t **ret_request,
	     struct ty_err *err)
{
	const json_t *file = ty_step_file(step, i, p->file);

	if (file == NULL) {
		ty_err_set(err, TY_E_INVALID, "The item has no file \"%.100s\"", p->file);
		ty_err_hint(err, "Look at the step before: its items name their files in binary.");
		return ty_err_at(err, "file");
	}
	*ret_request = json_pack("{s:s, s:O, s:s, s:s}", "do", "read", "file", file, "as",
				 p->form == AS_BASE64 ? "base64" : "text", "charset", p->charset);
	return TY_OK;
}

static enum ty_code
write_request(struct ty_step *step, const struct file_params *p, json_t **ret_request,
	      struct ty_err *err)
{
	static const char *const mimes[] = {
		[AS_TEXT] = "text/plain",
		[AS_JSON] = "application/json",
		[AS_BASE64] = "application/octet-stream",
	};
	const char *text;
	size_t len;

	if (p->form == AS_JSON)
		text = ty_json_dump(ty_step_arena(step), p->value != NULL ? p->value : json_null(),
				    &len);
	else if (node_into_text(ty_step_arena(step), p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	*ret_request =
		json_pack("{s:s, s:s%, s:s, s:s, s:s, s:s}", "do", "write", "text", text, len,
			  "from", p->form == AS_BASE64 ? "base64" : "text", "charset", p->charset,
			  "mime", p->mime[0] != '\0' ? p->mime : mimes[p->form], "name", p->name);
	return TY_OK;
}

static enum ty_code
file_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct file_params *p = ty_step_params(step, i);
	/* Equal bytes are the same file, so that what is in doubt is done again. */
	struct ty_call call = { .service = "file", .in_doubt = TY_IN_DOUBT_REPEAT };

	if ((p->action == DO_READ ? read_request(step, p, i, &call.request, err)
				  : write_request(step, p, &call.request, err)) != TY_OK)
		return err->code;
	return ty_step_call(step, &call, err);
}

/* ---- the answer ---- */

static enum ty_code
read_emit(struct ty_step *step, const struct file_params *p, const struct ty_answer *answer,
	  struct ty_err *err)
{
	struct ty_json_read how = { .foreign = true, .values_max = TY_LIMIT_JSON_VALUES };
	json_t *text = json_object_get(answer->value, "text"), *value = text;

	if (ty_json_bool(answer->value, "mended", false))
		ty_step_notice(step, "not_text",
			       "Bytes of the file are no text in its charset and became U+FFFD. "
			       "Choose the charset, or read it as base64.");
	if (p->form == AS_JSON &&
	    ty_json_read(ty_step_arena(step), json_string_value(text), json_string_length(text),
			 &how, &value, err) != TY_OK) {
		if (err->code == TY_E_MALFORMED)
			err->code = TY_E_INVALID; /* the file's fault, and no request's */
		ty_err_wrap(err, "the file is no JSON");
		return ty_err_at(err, "file");
	}
	return node_into_emit(step, answer->item, p->into, json_incref(value), err);
}

static enum ty_code
write_emit(struct ty_step *step, const struct file_params *p, const struct ty_answer *answer,
	   struct ty_err *err)
{
	const json_t *item = ty_step_item(step, answer->item);
	json_t *there = json_object_get(item, "binary");
	json_t *files = there != NULL ? json_copy(there) : json_object();

	json_object_set_new(files, p->file, json_deep_copy(json_object_get(answer->value, "file")));
	return ty_step_emit_files(step, 0, json_incref(json_object_get(item, "json")), files,
				  answer->item, err);
}

static enum ty_code
file_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct file_params *p = ty_step_params(step, answer->item);

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	return p->action == DO_READ ? read_emit(step, p, answer, err)
				    : write_emit(step, p, answer, err);
}
