/*
 * router.c -- from a request to its handler.
 */
#include "router.h"

#include "access.h"
#include "answer.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "hook/address.h"
#include "json/budget.h"
#include "problem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A workflow document and the words around it. */
#define API_GRAPH_BODY_BYTES (TY_LIMIT_GRAPH_BYTES + 64 * 1024)

const struct ty_route ty_routes[] = {
#define X(handler_, method_, pattern_, permission_, auth_, limit_, kind_, query_, body_, status_,  \
	  schema_, summary_)                                                                       \
	{ .name = #handler_,                                                                       \
	  .method = method_,                                                                       \
	  .pattern = pattern_,                                                                     \
	  .permission = permission_,                                                               \
	  .auth = auth_,                                                                           \
	  .body_max_bytes = limit_,                                                                \
	  .body_kind = kind_,                                                                      \
	  .handler = api_##handler_,                                                               \
	  .query = query_,                                                                         \
	  .body = body_,                                                                           \
	  .status = status_,                                                                       \
	  .schema = schema_,                                                                       \
	  .summary = summary_ },
#include "routes.def"
#undef X
	{ .name = NULL }
};

/* ---- patterns ---- */

enum part_kind {
	PART_LITERAL,
	PART_WORKSPACE,
	PART_ID,
	PART_NUMBER,
	PART_HASH,
	PART_TOKEN,
	PART_REST
};

struct part {
	enum part_kind kind;
	const char *text;
};

struct compiled {
	const struct ty_route *route;
	struct part *parts;
	size_t part_count;
};

struct ty_router {
	struct compiled *list;
	size_t count;
};

static const struct {
	const char *text;
	enum part_kind kind;
} captures[] = {
	{ "{ws}", PART_WORKSPACE },  { "{workspace}", PART_WORKSPACE }, { "{id}", PART_ID },
	{ "{number}", PART_NUMBER }, { "{hash}", PART_HASH },		{ "{token}", PART_TOKEN },
	{ "{path...}", PART_REST },
};

static struct part
part_of(const char *text)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(captures); i++) {
		if (strcmp(captures[i].text, text) == 0)
			return (struct part){ captures[i].kind, text };
	}
	TY_ASSERT(strchr(text, '{') == NULL); /* a capture that nobody knows */
	return (struct part){ PART_LITERAL, text };
}

static void
compile(struct ty_arena *arena, const struct ty_route *route, struct compiled *out)
{
	char *copy = ty_arena_strdup(arena, route->pattern), *save, *word;

	out->route = route;
	out->parts = ty_arena_alloc_array(arena, TY_HTTP_SEGMENTS_MAX, sizeof(*out->parts));
	for (word = strtok_r(copy, "/", &save); word != NULL; word = strtok_r(NULL, "/", &save))
		out->parts[out->part_count++] = part_of(word);
}

static bool
permission_is_known(const char *permission)
{
	return ty_str_eq(permission, "public") || ty_str_eq(permission, "signed_in") ||
	       ty_permission_is_known(permission);
}

enum ty_code
ty_router_new(struct ty_arena *arena, const struct ty_route *routes,
	      const struct ty_router **ret_router, struct ty_err *err)
{
	struct ty_router *router = ty_arena_new_of(arena, struct ty_router);
	size_t count = 0;

	while (routes[count].name != NULL)
		count++;
	router->list = ty_arena_alloc_array(arena, count, sizeof(*router->list));
	for (size_t i = 0; i < count; i++) {
		const struct ty_route *r = &routes[i];

		if (!permission_is_known(r->permission) ||
		    ty_str_eq(r->permission, "public") != (r->auth == TY_AUTH_PUBLIC))
			return ty_err_set(err, TY_E_INTERNAL, "route %s %s has no known permission",
					  r->method, r->pattern);
		compile(arena, r, &router->list[i]);
	}
	router->count = count;
	*ret_router = router;
	return TY_OK;
}

/* ---- matching ---- */

static bool
is_hash(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static bool
part_matches(const struct part *part, const char *segment, struct ty_api_call *call)
{
	switch (part->kind) {
	case PART_LITERAL:
		return strcmp(part->text, segment) == 0;
	case PART_WORKSPACE:
		call->workspace_key = segment;
		return segment[0] != '\0';
	case PART_ID:
		return ty_id_parse(segment, &call->id);
	case PART_NUMBER:
		return ty_str_parse_i64(segment, 1, INT32_MAX, &call->number);
	case PART_HASH:
		call->hash = segment;
		return is_hash(segment);
	case PART_TOKEN:
		call->token = segment;
		return segment[0] != '\0';
	case PART_REST:
		break;
	}
	return false;
}

static bool
path_matches(const struct compiled *c, const struct ty_http_request *request,
	     struct ty_api_call *call)
{
	for (size_t i = 0; i < c->part_count; i++) {
		if (c->parts[i].kind == PART_REST) {
			call->rest = ty_hook_path_join(request->arena, &request->segments[i],
						       request->segment_count - i);
			return call->rest[0] != '\0';
		}
		if (i >= request->segment_count ||
		    !part_matches(&c->parts[i], request->segments[i], call))
			return false;
	}
	return c->part_count == request->segment_count;
}

static bool
method_matches(const char *route, const char *method)
{
	return strcmp(route, "*") == 0 || strcmp(route, method) == 0 ||
	       (strcmp(route, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* Errors: TY_E_NOT_FOUND, TY_E_METHOD (with an Allow header). */
static enum ty_code
find_route(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_router *router = call->app->router;
	struct ty_buf allow;

	ty_buf_init(&allow, call->arena, 32);
	for (size_t i = 0; i < router->count; i++) {
		const struct compiled *c = &router->list[i];

		if (!path_matches(c, call->request, call))
			continue;
		if (method_matches(c->route->method, call->request->method)) {
			call->route = c->route;
			return TY_OK;
		}
		ty_buf_printf(&allow, "%s%s", allow.len > 0 ? ", " : "", c->route->method);
	}
	if (allow.len == 0) {
		ty_err_set(err, TY_E_NOT_FOUND, "There is nothing at this address");
		return ty_err_hint(err, "GET /api/v1/openapi.json lists the addresses.");
	}
	ty_http_response_header(call->response, "Allow", allow.data);
	return ty_err_set(err, TY_E_METHOD, "This address takes %s", allow.data);
}

/* ---- what was sent ---- */

void
api_finding_add(void *ctx, const char *path, const char *msg, const char *hint)
{
	json_array_append_new(ctx,
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "path", path, "severity",
					"error", "code", "invalid", "message", msg, "hint",
					hint != NULL ? hint : "", "docs", "API.md#answers"));
}

/* Check all of it, then bind, so that a sender of three mistakes is told of three. */
static enum ty_code
bind_form(struct ty_api_call *call, const struct ty_form *form, const json_t *values,
	  const void **ret, struct ty_err *err)
{
	json_t *findings = ty_json_own(call->arena, json_array());
	void *dst = ty_arena_alloc(call->arena, form->size);

	if (!json_is_object(values))
		return ty_err_set(err, TY_E_INVALID, "The body must be a JSON object");
	if (ty_param_check(form->table, values, api_finding_add, findings) > 0) {
		const json_t *first = json_array_get(findings, 0);

		call->findings = findings;
		ty_err_set(err, TY_E_INVALID, "%s: %s", ty_json_str(first, "path", "?"),
			   ty_json_str(first, "message", ""));
		return ty_err_at(err, "%s", ty_json_str(first, "path", ""));
	}
	if (ty_param_bind(form->table, call->arena, values, dst, err) != TY_OK)
		return err->code;
	*ret = dst;
	return TY_OK;
}

/* A query's values are text; where a number is asked for, "5" is 5. */
static enum ty_code
bind_query(struct ty_api_call *call, struct ty_err *err)
{
	static const struct ty_form none = { .name = "none", .table = ty_params_none };
	const struct ty_form *form = call->route->query != NULL ? call->route->query : &none;
	json_t *values;

	if (call->route->body_kind == TY_BODY_RAW) /* a hook's query is its sender's own */
		return TY_OK;
	if (ty_http_query(call->arena, call->request->query, &values, err) != TY_OK)
		return err->code;
	for (const struct ty_param *p = form->table; p->name != NULL; p++) {
		const char *text = ty_json_str(values, p->name, NULL);
		int64_t n;

		if (text != NULL && text[0] == '\0')
			json_object_del(values, p->name);
		else if (text != NULL && p->type == TY_PARAM_INT &&
			 ty_str_parse_i64(text, INT32_MIN, INT32_MAX, &n))
			json_object_set_new(values, p->name, json_integer(n));
	}
	return bind_form(call, form, values, &call->query, err);
}

static bool
is_json(const char *content_type)
{
	size_t len = strlen("application/json");

	return content_type != NULL && strncasecmp(content_type, "application/json", len) == 0 &&
	       (content_type[len] == '\0' || content_type[len] == ';' || content_type[len] == ' ');
}

/* Make every row strict, because JSON has types and the API's description names them. */
static const struct ty_param *
strict_rows(struct ty_arena *arena, const struct ty_param *table)
{
	struct ty_param *rows;
	size_t count = 0;

	while (table[count].name != NULL)
		count++;
	rows = ty_arena_alloc_array(arena, count + 1, sizeof(*rows));
	memcpy(rows, table, (count + 1) * sizeof(*rows));
	while (count-- > 0)
		rows[count].flags |= TY_PARAM_STRICT;
	return rows;
}

static enum ty_code
bind_body(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_route *route = call->route;
	struct ty_form form;
	json_t *values;

	if (route->body_kind == TY_BODY_RAW || route->body_kind == TY_BODY_NONE)
		return TY_OK;
	if (ty_http_body(call->request, route->body_max_bytes, &call->body_raw, &call->body_raw_len,
			 err) != TY_OK)
		return err->code;
	if (call->body_raw_len == 0 && route->body_kind == TY_BODY_JSON) {
		ty_err_set(err, TY_E_MALFORMED, "The request needs a JSON body");
		return ty_err_hint(err, "Send an object, with Content-Type: application/json.");
	}
	if (call->body_raw_len > 0) {
		if (!is_json(ty_http_header(call->request, "content-type"))) {
			call->problem_status = 415; /* RFC 9110, 15.5.16 */
			ty_err_set(err, TY_E_MALFORMED,
				   "The body must be sent as application/json");
			return ty_err_hint(err, "Send the header Content-Type: application/json.");
		}
		if (ty_json_budget_text(call->arena, call->body_raw, call->body_raw_len, err) !=
		    TY_OK) {
			if (err->code == TY_E_LIMIT)
				call->problem_status = 422; /* sent again, refused again */
			return err->code;
		}
		if (ty_json_parse(call->arena, call->body_raw, call->body_raw_len, &call->body_json,
				  err) != TY_OK)
			return err->code;
	}
	if (route->body == NULL)
		return TY_OK;
	form = *route->body;
	if (!form.is_of_node)
		form.table = strict_rows(call->arena, form.table);
	values =
		call->body_json != NULL ? call->body_json : ty_json_own(call->arena, json_object());
	return bind_form(call, &form, values, &call->body, err);
}

/* ---- the whole way ---- */

static enum ty_code
check_length(struct ty_api_call *call, struct ty_err *err)
{
	int64_t length = call->request->content_length;

	/* A hook's too large delivery leaves a receipt: its handler looks itself.  A DELETE's means nothing (RFC 9110, 9.3.5). */
	if (call->route->body_kind == TY_BODY_RAW || call->route->body_kind == TY_BODY_NONE)
		return TY_OK;
	if (length > 0 && (uint64_t)length > call->route->body_max_bytes)
		return ty_http_too_large(call->route->body_max_bytes, err);
	return TY_OK;
}

static enum ty_code
serve(struct ty_api_call *call, const char *target, struct ty_err *err)
{
	if (call->request->has_more_headers) {
		call->problem_status = 431; /* RFC 6585, 5 */
		ty_err_set(err, TY_E_LIMIT, "The request has more than %d headers",
			   TY_LIMIT_HEADERS_COUNT);
		return ty_err_hint(err, "Send fewer.");
	}
	if (ty_http_request_parse(call->request, target, err) != TY_OK ||
	    find_route(call, err) != TY_OK || check_length(call, err) != TY_OK)
		return err->code;
	if (call->route->auth != TY_AUTH_PUBLIC && ty_access_check(call, err) != TY_OK)
		return err->code;
	if (bind_query(call, err) != TY_OK || bind_body(call, err) != TY_OK)
		return err->code;
	if (call->route->handler(call, err) != TY_OK)
		return err->code;
	return call->tx != NULL ? api_commit(call, err) : TY_OK;
}

static void
log_fault(const struct ty_api_call *call, const struct ty_err *err)
{
	char path[256], method[64];
	struct ty_log log;

	if (err->code != TY_E_INTERNAL && err->code != TY_E_UNAVAILABLE)
		return;
	log = ty_log_with(&call->app->log, "request=%s method=%s path=%s", call->request->id.s,
			  ty_log_quote(call->request->method, method, sizeof(method)),
			  ty_log_quote(call->request->path != NULL ? call->request->path : "", path,
				       sizeof(path)));
	ty_log_err(&log, TY_LOG_ERROR, "request failed", err);
}

static void
write_problem(const struct ty_api_call *call, const struct ty_err *err)
{
	ty_tx_rollback(call->tx);
	log_fault(call, err);
	ty_problem_write(call->request, call->response,
			 &(struct ty_problem){ .err = err,
					       .status = call->problem_status,
					       .title = call->problem_title,
					       .retry_after_ms = call->retry_after_ms,
					       .findings = call->findings,
					       .workflows = call->workflows,
					       .more = call->problem_more,
					       .verdict = call->verdict });
}

static void
dispatch(struct ty_api_call *call, const char *target)
{
	struct ty_err err = { TY_OK };

	ty_http_response_init(call->response, call->arena);
	ty_http_response_header(call->response, "X-Request-Id", call->request->id.s);
	ty_http_response_header(call->response, "Cache-Control", "no-store");
	if (serve(call, target, &err) != TY_OK)
		write_problem(call, &err);
}

void
ty_router_dispatch(struct ty_app *app, struct ty_http_request *request, const char *target,
		   struct ty_http_response *response)
{
	struct ty_api_call call = {
		.app = app, .arena = request->arena, .request = request, .response = response
	};

	request->id = ty_id_new();
	dispatch(&call, target);
}

/* The record of a run is answered as to whoever asks for it, with all checks of that. */
static void
resume_get(struct ty_api_call *call, const struct ty_wait *wait)
{
	if (!ty_str_eq(call->request->method, "HEAD"))
		call->request->method = "GET";
	dispatch(call, ty_answer_record_target(call->arena, wait));
}

void
ty_router_resume(struct ty_app *app, struct ty_http_request *request, struct ty_wait *wait,
		 struct ty_http_response *response)
{
	struct ty_api_call call = {
		.app = app, .arena = request->arena, .request = request, .response = response
	};
	struct ty_err err = { TY_OK };

	request->id = wait->request_id;
	if (wait->what == TY_WAITS_RUN && ty_answer_is_record(&call, wait)) {
		resume_get(&call, wait);
		return;
	}
	ty_http_response_init(response, request->arena);
	ty_buf_add_str(&response->headers, wait->headers);
	if (ty_answer_resume(&call, wait, &err) != TY_OK)
		write_problem(&call, &err);
}

/* ---- what handlers answer with ---- */

enum ty_code
api_json(struct ty_api_call *call, int status, json_t *body)
{
	ty_http_response_json(call->response, call->arena, status, body);
	return TY_OK;
}

enum ty_code
api_empty(struct ty_api_call *call, int status)
{
	call->response->status = status;
	return TY_OK;
}

enum ty_code
api_page(struct ty_api_call *call, json_t *items, const char *next)
{
	json_t *body = ty_json_own(call->arena, json_object());

	json_object_set(body, "items", items);
	json_object_set_new(body, "next_cursor", next != NULL ? json_string(next) : json_null());
	return api_json(call, 200, body);
}

enum ty_code
api_commit(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_tx *tx = call->tx;

	call->tx = NULL;
	return ty_tx_commit(tx, err);
}
