/*
 * http_ask.c -- the request that http.request makes for an item: net/http.h says what is in it.
 *
 * Memory: requests are the caller's; what they name is the step's.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/http_parts.h"

#include <string.h>

static void
pair_add(json_t *pairs, const char *name, const char *value)
{
	json_array_append_new(pairs, json_pack("{s:s, s:s}", "name", name, "value", value));
}

/* The texts of a list, in the way that the server reads lists. */
static void
list_add(json_t *pairs, const char *name, const json_t *list, int arrays)
{
	struct ty_arena *arena = ty_arena_new(NULL, "list", 0);
	struct ty_buf joined;

	ty_buf_init(&joined, arena, 100);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (arrays == ARRAYS_COMMA)
			ty_buf_printf(&joined, "%s%s", i > 0 ? "," : "", text);
		else if (arrays == ARRAYS_REPEAT)
			pair_add(pairs, name, text);
		else if (arrays == ARRAYS_BRACKETS)
			pair_add(pairs, ty_arena_printf(arena, "%s[]", name), text);
		else
			pair_add(pairs, ty_arena_printf(arena, "%s[%zu]", name, i), text);
	}
	if (arrays == ARRAYS_COMMA && json_array_size(list) > 0)
		pair_add(pairs, name, ty_arena_strndup(arena, joined.data, joined.len));
	ty_arena_free(arena);
}

static json_t *
values_json(const struct ty_param_list *list, int arrays)
{
	const struct pair_value *pairs = list->items;
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		if (json_is_array(pairs[i].value))
			list_add(array, pairs[i].name, pairs[i].value, arrays);
		else
			pair_add(array, pairs[i].name, json_string_value(pairs[i].value));
	return array;
}

json_t *
http_ask_query(const struct request_params *p)
{
	return values_json(&p->query, p->query_arrays);
}

static json_t *
headers_json(const struct request_params *p)
{
	const struct pair *pairs = p->headers.items;
	json_t *array = json_array();

	for (size_t i = 0; i < p->headers.count; i++)
		pair_add(array, pairs[i].name, pairs[i].value);
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
		json_object_set_new(body, "value", values_json(&p->body_form, p->form_arrays));
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
		json_object_set_new(request, "query", http_ask_query(p));
	json_object_set_new(request, "headers", headers_json(p));
	if (p->body_kind != BODY_NONE)
		json_object_set_new(request, "body", body_json(p));
	json_object_set_new(request, "redirects_max", json_integer(p->redirects));
	json_object_set_new(request, "response", json_string(request_responses[p->response].value));
	json_object_set_new(request, "verify_tls", json_boolean(p->verify_tls));
	if (!ty_str_is_blank(p->proxy))
		json_object_set_new(request, "proxy", json_string(p->proxy));
	return request;
}

static enum ty_in_doubt
in_doubt(const struct request_params *p)
{
	static const char *const idempotent[] = { "GET", "PUT", "DELETE", "HEAD", "OPTIONS" };

	if (p->repeat_in_doubt == REPEAT_ALWAYS)
		return TY_IN_DOUBT_REPEAT;
	for (size_t i = 0; p->repeat_in_doubt == REPEAT_AUTO && i < TY_ARRAY_COUNT(idempotent); i++)
		if (strcmp(request_methods[p->method].value, idempotent[i]) == 0)
			return TY_IN_DOUBT_REPEAT;
	return TY_IN_DOUBT_STOP;
}

enum ty_code
http_ask_call(struct ty_step *step, size_t i, struct ty_call *ret_call, struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, i);
	json_t *request = request_json(p);

	if (add_files(step, i, p, json_object_get(request, "body"), err) != TY_OK) {
		json_decref(request);
		return err->code;
	}
	*ret_call = (struct ty_call){ .service = "http",
				      .request = request,
				      .credential = p->credential,
				      .in_doubt = in_doubt(p),
				      .timeout_ms = p->timeout_ms };
	return TY_OK;
}

/* ---- the proxy, as it is written in the document ---- */

/* Refuse a password where everybody who reads the workflow sees it; what an expression gives is refused at the call. */
void
http_ask_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	       void *ctx)
{
	const char *proxy = ty_json_str(params, "proxy", ""), *host = strstr(proxy, "://");

	if (proxy[0] == '=' || host == NULL)
		return;
	host += 3;
	if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
		found(ctx, "proxy", "the proxy's URL has a user or a password in it",
		      "Only the operator's proxy may ask for them: they are in http_proxy in "
		      "tyboo.conf.");
}
