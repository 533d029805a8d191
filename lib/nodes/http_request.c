/*
 * http.request -- one HTTP request per item.
 *
 * Invariants:
 *   (1) Answers are handled in item order, whatever order they came in; what fails is its item's
 *       failure alone.
 *   (2) Each answer gives one item, or one per element where the body is a list of objects.  A file
 *       keeps the input item's json.
 *   (3) A request whose answer was lost is sent again only where that is safe: methods
 *       that RFC 9110, section 9.2.2 calls idempotent, or the author's word.
 *
 * Knows no socket: it asks the "http" service (net/http.h says what goes in and out).
 */
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/http_failed.h"
#include "nodes/nodes.h"
#include "nodes/value.h"

#include <string.h>

enum { BODY_NONE, BODY_JSON, BODY_FORM, BODY_TEXT, BODY_MULTIPART, BODY_FILE };
enum { RESPONSE_AUTO, RESPONSE_JSON, RESPONSE_TEXT };
enum { REPEAT_AUTO, REPEAT_ALWAYS, REPEAT_NEVER };

struct pair {
	const char *name, *value;
};

struct part_file {
	const char *name, *file;
};

struct request_params {
	int method, body_kind, response, repeat_in_doubt;
	const char *url, *body_text, *content_type, *credential, *auth_header, *auth_value;
	const char *body_file, *response_file;
	struct ty_param_list query, headers, body_form, body_files;
	json_t *body_json;
	int64_t redirects, timeout_ms;
	bool full_response, fail_on_status, verify_tls;
};

static const struct ty_choice request_methods[] = {
	{ "GET", "GET" },	{ "POST", "POST" }, { "PUT", "PUT" },	      { "PATCH", "PATCH" },
	{ "DELETE", "DELETE" }, { "HEAD", "HEAD" }, { "OPTIONS", "OPTIONS" }, { NULL, NULL },
};

static const struct ty_choice request_bodies[] = {
	[BODY_NONE] = { "none", "None" },
	[BODY_JSON] = { "json", "JSON" },
	[BODY_FORM] = { "form", "Form" },
	[BODY_TEXT] = { "text", "Text" },
	[BODY_MULTIPART] = { "multipart", "Multipart form" },
	[BODY_FILE] = { "file", "File" },
	{ NULL, NULL },
};

static const struct ty_choice request_responses[] = {
	[RESPONSE_AUTO] = { "auto", "As its content type says" },
	[RESPONSE_JSON] = { "json", "JSON" },
	[RESPONSE_TEXT] = { "text", "Text" },
	{ "form", "Form" },
	{ "multipart", "Multipart form" },
	{ "bytes", "Bytes (base64)" },
	{ "file", "File" },
	{ NULL, NULL },
};

static const struct ty_choice request_repeats[] = {
	[REPEAT_AUTO] = { "auto", "Where the method is idempotent" },
	[REPEAT_ALWAYS] = { "always", "Yes: the receiver honours Idempotency-Key" },
	[REPEAT_NEVER] = { "never", "No: stop the run" },
	{ NULL, NULL },
};

static const struct ty_param pair_rows[] = {
	TY_ROW_STRING(struct pair, name, 500, "Name", .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_STRING(struct pair, value, 0, "Value",
		      .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED, .def = ""),
	TY_ROW_END,
};

static const struct ty_param part_file_rows[] = {
	TY_ROW_STRING(struct part_file, name, 500, "Field",
		      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_STRING(struct part_file, file, 200, "File of the item", .flags = TY_PARAM_EXPR,
		      .def = "data"),
	TY_ROW_END,
};

static void request_advise(const struct ty_node_def *def, const json_t *params,
			   ty_param_finding_fn found, void *ctx);
static bool request_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code request_each(struct ty_step *step, size_t i, struct ty_err *err);
static bool request_is_failure(struct ty_step *step, size_t i, const json_t *value);
static enum ty_code request_resume(struct ty_step *step, const struct ty_answer *answer,
				   struct ty_err *err);

const struct ty_node_def ty_node_http_request = {
	TY_NODE_HEAD,
	.type = "http.request",
	.version = 1,
	.category = TY_CATEGORY_NETWORK,
	.title = "HTTP request",
	.summary = "Send an HTTP request for each item",
	.icon = "globe",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct request_params, method, request_methods, "Method", .def = "GET"),
		TY_ROW_URL(struct request_params, url, 8192, "URL",
			   .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			   .placeholder = "=https://api.example.com/orders/{{ $json.id }}"),
		TY_ROW_LIST(struct request_params, query, pair_rows, struct pair, 100, "Query"),
		TY_ROW_LIST(struct request_params, headers, pair_rows, struct pair, 100, "Headers"),
		TY_ROW_CREDENTIAL(struct request_params, credential, "Credential",
				  .help = "Added to the request, and opened only when it is made."),
		TY_ROW_STRING(struct request_params, auth_header, 100, "Authorization header",
			      .def = "", .placeholder = "Authorization", .help = "Empty: none."),
		TY_ROW_STRING(struct request_params, auth_value, 8192, "Authorization value",
			      .flags = TY_PARAM_SECRET | TY_PARAM_EXPR, .def = "",
			      .placeholder = "Bearer ..."),
		TY_ROW_ENUM(struct request_params, body_kind, request_bodies, "Body",
			    .def = "none"),
		TY_ROW_JSON(struct request_params, body_json, "JSON",
			    .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED,
			    .show_when = "body_kind=json", .placeholder = "={{ $json }}"),
		TY_ROW_LIST(struct request_params, body_form, pair_rows, struct pair, 500, "Fields",
			    .show_when = "body_kind=form,multipart"),
		TY_ROW_LIST(struct request_params, body_files, part_file_rows, struct part_file,
			    100, "Files", .show_when = "body_kind=multipart"),
		TY_ROW_STRING(struct request_params, body_file, 200, "File of the item",
			      .flags = TY_PARAM_EXPR, .def = "data", .show_when = "body_kind=file",
			      .help = "Name of the file in the item's binary."),
		TY_ROW_TEXT(struct request_params, body_text, 0, "Text",
			    .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED, .def = "",
			    .show_when = "body_kind=text"),
		TY_ROW_STRING(struct request_params, content_type, 200, "Content type",
			      .flags = TY_PARAM_EXPR, .def = "text/plain; charset=utf-8",
			      .show_when = "body_kind=text"),
		TY_ROW_ENUM(struct request_params, response, request_responses,
			    "Read the answer as", .def = "auto"),
		TY_ROW_STRING(struct request_params, response_file, 200, "Name of the file",
			      .flags = TY_PARAM_EXPR, .def = "data", .show_when = "response=file",
			      .help = "In the item's binary."),
		TY_ROW_BOOL(struct request_params, full_response, "With status and headers",
			    .def = "false",
			    .help = "On: the item is { status, headers, body, url }."),
		TY_ROW_BOOL(struct request_params, fail_on_status, "Fail on status 400 and above",
			    .def = "true"),
		TY_ROW_INT(struct request_params, redirects, 0, 10, "Redirects",
			   .flags = TY_PARAM_ADVANCED, .def = "10",
			   .help = "Followed at most; 0: none."),
		TY_ROW_INT(struct request_params, timeout_ms, 1, 120000, "Time limit",
			   .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "30000"),
		TY_ROW_BOOL(struct request_params, verify_tls, "Check the server's certificate",
			    .flags = TY_PARAM_ADVANCED, .def = "true"),
		TY_ROW_ENUM(struct request_params, repeat_in_doubt, request_repeats,
			    "Send again if the answer was lost", .flags = TY_PARAM_ADVANCED,
			    .def = "auto",
			    .help = "When a worker died after sending and before recording the "
				    "answer.")),
	.params_size = sizeof(struct request_params),
	.credential_types = "http_bearer,http_basic,http_header,http_query,http_custom",
	.flags = TY_NODE_EFFECT,
	.advise = request_advise,
	.is_safe = request_is_safe,
	.each = request_each,
	.is_failure = request_is_failure,
	.resume = request_resume,
};

/* Warn of a header without a value, which is sent empty, and of a value without a header, which is not
 * sent. */
static void
request_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	       void *ctx)
{
	bool has_header = ty_json_str(params, "auth_header", "")[0] != '\0';
	bool has_value = ty_json_str(params, "auth_value", "")[0] != '\0';

	if (has_value && !has_header)
		found(ctx, "auth_header", "the authorization value is sent in no header",
		      "Name one, such as Authorization.");
	if (has_header && !has_value)
		found(ctx, "auth_value", "the authorization header is sent empty",
		      "Give it a value, or choose a credential instead.");
}

/* RFC 9110, section 9.2.1. */
static bool
request_is_safe(const struct ty_node_def *def, const json_t *params)
{
	const char *method = ty_json_str(params, "method", "GET");

	(void)def;
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* ---- the request ---- */

static json_t *
pairs_json(const struct ty_param_list *list)
{
	const struct pair *pairs = list->items;
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "name", pairs[i].name, "value",
						       pairs[i].value));
	return array;
}

static json_t *
headers_json(const struct request_params *p)
{
	json_t *array = pairs_json(&p->headers);

	if (p->auth_header != NULL && p->auth_header[0] != '\0')
		json_array_append_new(array, json_pack("{s:s, s:s, s:b}", "name", p->auth_header,
						       "value", p->auth_value, "secret", 1));
	return array;
}

static enum ty_code
find_file(struct ty_step *step, size_t i, const char *name, json_t **ret_file, struct ty_err *err)
{
	const json_t *file = ty_step_file(step, i, name);

	if (file == NULL) {
		ty_err_set(err, TY_E_INVALID, "The item has no file \"%.100s\"", name);
		return ty_err_hint(err,
				   "Look at the step before: its items name their files in "
				   "binary; a Set node keeps them only where it passes items on.");
	}
	*ret_file = json_incref((json_t *)file);
	return TY_OK;
}

/* Files into 'body', which a request with files has beside what body_json says. */
static enum ty_code
add_files(struct ty_step *step, size_t i, const struct request_params *p, json_t *body,
	  struct ty_err *err)
{
	const struct part_file *files = p->body_files.items;
	json_t *file = NULL, *list;

	if (p->body_kind == BODY_FILE) {
		if (find_file(step, i, p->body_file, &file, err) != TY_OK)
			return ty_err_at(err, "body_file");
		json_object_set_new(body, "value", file);
	}
	if (p->body_kind != BODY_MULTIPART || p->body_files.count == 0)
		return TY_OK;
	list = json_array();
	json_object_set_new(body, "files", list);
	for (size_t k = 0; k < p->body_files.count; k++) {
		if (find_file(step, i, files[k].file, &file, err) != TY_OK)
			return ty_err_at(err, "body_files[%zu].file", k);
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "name", files[k].name, "file", file));
	}
	return TY_OK;
}

static json_t *
body_json(const struct request_params *p)
{
	json_t *body = json_pack("{s:s}", "kind", request_bodies[p->body_kind].value);

	if (p->body_kind == BODY_FILE)
		return body;

	if (p->body_kind == BODY_JSON) {
		json_object_set_new(body, "value",
				    p->body_json != NULL ? json_incref(p->body_json) : json_null());
	} else if (p->body_kind == BODY_FORM || p->body_kind == BODY_MULTIPART) {
		json_object_set_new(body, "value", pairs_json(&p->body_form));
	} else {
		json_object_set_new(body, "value", json_string(p->body_text));
		json_object_set_new(body, "content_type", json_string(p->content_type));
	}
	return body;
}

static json_t *
request_json(const struct request_params *p)
{
	json_t *request = json_object();

	json_object_set_new(request, "method", json_string(request_methods[p->method].value));
	json_object_set_new(request, "url", json_string(p->url));
	if (p->query.count > 0)
		json_object_set_new(request, "query", pairs_json(&p->query));
	json_object_set_new(request, "headers", headers_json(p));
	if (p->body_kind != BODY_NONE)
		json_object_set_new(request, "body", body_json(p));
	json_object_set_new(request, "redirects_max", json_integer(p->redirects));
	json_object_set_new(request, "response", json_string(request_responses[p->response].value));
	json_object_set_new(request, "verify_tls", json_boolean(p->verify_tls));
	return request;
}

static enum ty_in_doubt
request_in_doubt(const struct request_params *p)
{
	static const char *const idempotent[] = { "GET", "PUT", "DELETE", "HEAD", "OPTIONS" };

	if (p->repeat_in_doubt == REPEAT_ALWAYS)
		return TY_IN_DOUBT_REPEAT;
	for (size_t i = 0; p->repeat_in_doubt == REPEAT_AUTO && i < TY_ARRAY_COUNT(idempotent); i++)
		if (strcmp(request_methods[p->method].value, idempotent[i]) == 0)
			return TY_IN_DOUBT_REPEAT;
	return TY_IN_DOUBT_STOP;
}

static enum ty_code
request_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, i);
	const struct ty_call call = { .service = "http",
				      .request = request_json(p),
				      .credential = p->credential,
				      .in_doubt = request_in_doubt(p),
				      .timeout_ms = p->timeout_ms };

	if (add_files(step, i, p, json_object_get(call.request, "body"), err) != TY_OK) {
		json_decref(call.request);
		return err->code;
	}
	return ty_step_call(step, &call, err);
}

/* ---- the answer ---- */

/* The line of the request that failed, for its error. */
static void
tell_request(struct ty_step *step, const struct request_params *p)
{
	json_t *query = pairs_json(&p->query);

	http_failed_request(step, ty_node_http_request.params, request_methods[p->method].value,
			    p->url, query);
	json_decref(query);
}

/* An answer from elsewhere is told: the address and method that gave it. */
static void
tell_redirect(struct ty_step *step, const struct request_params *p, const json_t *answer)
{
	const char *asked = request_methods[p->method].value;
	const char *method = json_string_value(json_object_get(answer, "method"));
	const char *url = json_string_value(json_object_get(answer, "url"));

	if (json_integer_value(json_object_get(answer, "redirects")) < 1 || method == NULL ||
	    url == NULL)
		return;
	/* Leave out what follows '?', because it may hold a signature made for one use. */
	if (strcmp(method, asked) == 0)
		ty_step_notice(step, "redirected",
			       "The server redirected: %s %.*s gave the answer.", method,
			       (int)strcspn(url, "?"), url);
	else
		ty_step_notice(
			step, "redirected",
			"The server redirected: %s %.*s gave the answer. %s became %s on the "
			"way, without the body: use the last address, or set Redirects to 0.",
			method, (int)strcspn(url, "?"), url, asked, method);
}

/* An empty body is null, whatever the status and the content type, but as text it is "". */
static json_t *
answer_body(const struct request_params *p, const json_t *answer)
{
	json_t *body = json_object_get(answer, "body");

	if (p->response != RESPONSE_TEXT && json_is_string(body) && json_string_length(body) == 0)
		return NULL;
	return body;
}

static bool
is_list_of_objects(const json_t *body)
{
	if (!json_is_array(body))
		return false;
	for (size_t i = 0; i < json_array_size(body); i++)
		if (!json_is_object(json_array_get(body, i)))
			return false;
	return true;
}

static enum ty_code
emit_body(struct ty_step *step, json_t *body, size_t item, struct ty_err *err)
{
	if (json_is_object(body))
		return ty_step_emit(step, 0, json_incref(body), item, err);
	if (!is_list_of_objects(body))
		return ty_step_emit(step, 0, json_pack("{s:O?}", "data", body), item, err);
	for (size_t i = 0; i < json_array_size(body); i++)
		if (ty_step_emit(step, 0, json_incref(json_array_get(body, i)), item, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
emit_full(struct ty_step *step, const struct request_params *p, const json_t *value, size_t item,
	  struct ty_err *err)
{
	static const char *const members[] = { "status", "headers", "body", "url" };
	json_t *json = json_object();

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++)
		if (json_object_get(value, members[i]) != NULL)
			json_object_set(json, members[i], json_object_get(value, members[i]));
	if (answer_body(p, value) == NULL)
		json_object_set_new(json, "body", json_null());
	return ty_step_emit(step, 0, json, item, err);
}

/* The file beside the input item's json, or beside what the answer says. */
static enum ty_code
emit_file(struct ty_step *step, const struct request_params *p, const json_t *value, size_t item,
	  struct ty_err *err)
{
	static const char *const members[] = { "status", "headers", "url" };
	json_t *binary = json_object(), *json;

	json_object_set_new(binary, p->response_file[0] != '\0' ? p->response_file : "data",
			    json_deep_copy(json_object_get(value, "file")));
	if (!p->full_response)
		return ty_step_emit_files(step, 0, json_incref((json_t *)ty_step_json(step, item)),
					  binary, item, err);
	json = json_object();
	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++)
		json_object_set(json, members[i], json_object_get(value, members[i]));
	return ty_step_emit_files(step, 0, json, binary, item, err);
}

/* Tell what was mended in the answer's body; it is part of the recorded answer, so that a replay tells the same. */
static void
tell_notices(struct ty_step *step, const json_t *value)
{
	const json_t *notices = json_object_get(value, "notices"), *notice;
	size_t i;

	json_array_foreach(notices, i, notice) ty_step_notice(
		step, ty_json_str(notice, "code", ""), "%s", ty_json_str(notice, "text", ""));
}

static bool
request_is_failure(struct ty_step *step, size_t i, const json_t *value)
{
	const struct request_params *p = ty_step_params(step, i);

	return p->fail_on_status && ty_json_int(value, "status", 0) >= 400;
}

static enum ty_code
request_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, answer->item);

	if (answer->err != NULL) {
		tell_request(step, p);
		*err = *answer->err;
		return err->code;
	}
	tell_notices(step, answer->value);
	tell_redirect(step, p, answer->value);
	if (request_is_failure(step, answer->item, answer->value)) {
		tell_request(step, p);
		return http_failed_status(step, answer->value, err);
	}
	if (json_object_get(answer->value, "file") != NULL)
		return emit_file(step, p, answer->value, answer->item, err);
	if (p->full_response)
		return emit_full(step, p, answer->value, answer->item, err);
	return emit_body(step, answer_body(p, answer->value), answer->item, err);
}
