/*
 * openapi.c -- the route table as OpenAPI 3.1.
 */
#include "openapi.h"

#include "base/arena.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "graph/graph.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM_REF "#/components/responses/Problem"

/* ---- forms ---- */

/* "sign_in" -> "SignInRequest": the schema of a body. */
static const char *
body_schema_name(struct ty_arena *arena, const struct ty_form *form)
{
	struct ty_buf buf;
	bool upper = true;

	ty_buf_init(&buf, arena, 32);
	for (const char *p = form->name; *p != '\0'; p++) {
		if (*p == '_') {
			upper = true;
			continue;
		}
		ty_buf_add_char(&buf, upper ? (char)toupper((unsigned char)*p) : *p);
		upper = false;
	}
	ty_buf_add_str(&buf, "Request");
	return buf.data;
}

static void
copy_member(json_t *dst, const char *to, const json_t *row, const char *from)
{
	json_t *value = json_object_get(row, from);

	if (value != NULL)
		json_object_set(dst, to, value);
}

/* new reference */
static json_t *
choice_values(const json_t *row)
{
	json_t *values = json_array(), *choice;
	size_t i;

	json_array_foreach(json_object_get(row, "choices"), i, choice)
		json_array_append(values, json_object_get(choice, "value"));
	return values;
}

/* JSON Schema of one row of ty_param_describe; new reference. */
static json_t *
row_schema(const json_t *row)
{
	const char *type = ty_json_str(row, "type", "");
	json_t *schema = json_object();

	if (strcmp(type, "int") == 0) {
		json_object_set_new(schema, "type", json_string("integer"));
		copy_member(schema, "minimum", row, "min");
		copy_member(schema, "maximum", row, "max");
	} else if (strcmp(type, "bool") == 0) {
		json_object_set_new(schema, "type", json_string("boolean"));
	} else if (strcmp(type, "id") == 0) {
		json_object_set_new(schema, "type", json_string("string"));
		json_object_set_new(schema, "format", json_string("uuid"));
	} else if (strcmp(type, "enum") == 0) {
		json_object_set_new(schema, "type", json_string("string"));
		json_object_set_new(schema, "enum", choice_values(row));
	} else if (strcmp(type, "json") != 0) {
		json_object_set_new(schema, "type", json_string("string"));
		copy_member(schema, "maxLength", row, "max");
	}
	copy_member(schema, "default", row, "default");
	copy_member(schema, "description", row, "help");
	return schema;
}

/* new reference */
static json_t *
form_schema(const struct ty_form *form)
{
	json_t *rows = ty_param_describe(form->table), *row;
	json_t *properties = json_object(), *required = json_array();
	json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
				   "additionalProperties", 0);
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *name = ty_json_str(row, "name", "");

		json_object_set_new(properties, name, row_schema(row));
		if (ty_json_bool(row, "required", false))
			json_array_append_new(required, json_string(name));
	}
	if (json_array_size(required) > 0)
		json_object_set(schema, "required", required);
	json_decref(required);
	json_decref(rows);
	return schema;
}

static void
add_query(json_t *parameters, const struct ty_form *form)
{
	json_t *rows = ty_param_describe(form->table), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_array_append_new(parameters,
				      json_pack("{s:s, s:s, s:b, s:o}", "name",
						ty_json_str(row, "name", ""), "in", "query",
						"required", 0, "schema", row_schema(row)));
	}
	json_decref(rows);
}

/* ---- one route ---- */

static const struct {
	const char *capture, *name, *text, *schema;
} captures[] = {
	{ "{ws}", "ws", "Slug or id of the workspace.", "{\"type\":\"string\"}" },
	{ "{workspace}", "workspace", "Slug of the workspace.", "{\"type\":\"string\"}" },
	{ "{id}", "id", "Its id.", "{\"type\":\"string\",\"format\":\"uuid\"}" },
	{ "{number}", "number", "Number of the version.", "{\"type\":\"integer\",\"minimum\":1}" },
	{ "{hash}", "hash", "SHA-256 in hexadecimal.",
	  "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}" },
	{ "{token}", "token", "The token of a wait for a call.", "{\"type\":\"string\"}" },
	{ "{path...}", "path", "Path of the webhook; may hold slashes.", "{\"type\":\"string\"}" },
};

static void
add_captures(json_t *parameters, const char *pattern)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(captures); i++) {
		if (strstr(pattern, captures[i].capture) == NULL)
			continue;
		json_array_append_new(parameters,
				      json_pack("{s:s, s:s, s:b, s:s, s:o}", "name",
						captures[i].name, "in", "path", "required", 1,
						"description", captures[i].text, "schema",
						json_loads(captures[i].schema, 0, NULL)));
	}
}

static void
add_header(json_t *parameters, const char *name, bool required, const char *text)
{
	json_array_append_new(parameters,
			      json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", name, "in",
					"header", "required", (int)required, "description", text,
					"schema", "type", "string"));
}

/* Headers that handlers read; they are few, so that no form has rows for them. */
static void
add_headers(json_t *parameters, const struct ty_route *route)
{
	if (ty_str_eq(route->name, "workflow_save"))
		add_header(parameters, "If-Match", true, "The revision that was changed: \"3\".");
	if (ty_str_eq(route->name, "blob_get"))
		add_header(parameters, "Range", false,
			   "One range: bytes=0-1023, bytes=1024-, bytes=-512.");
	if (ty_str_has_prefix(route->name, "execution_new") ||
	    ty_str_eq(route->name, "delivery_replay") || ty_str_eq(route->name, "execution_replay"))
		add_header(parameters, "Idempotency-Key", false,
			   "The same key gives the same run, for seven days.");
}

static json_t *
json_content(const char *type, json_t *schema)
{
	return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *
schema_ref(struct ty_arena *arena, const char *name)
{
	return json_pack("{s:s}", "$ref", ty_arena_printf(arena, "#/components/schemas/%s", name));
}

static void
add_body(struct ty_arena *arena, json_t *operation, const struct ty_route *route)
{
	json_t *schema;

	if (route->body_kind == TY_BODY_RAW) {
		json_object_set_new(operation, "requestBody",
				    json_pack("{s:b, s:o}", "required", 0, "content",
					      json_content("*/*", json_object())));
		return;
	}
	if (route->body_kind == TY_BODY_NONE)
		return;
	schema = route->body != NULL ? schema_ref(arena, body_schema_name(arena, route->body))
				     : json_object();
	json_object_set_new(operation, "requestBody",
			    json_pack("{s:b, s:o}", "required",
				      (int)(route->body_kind == TY_BODY_JSON), "content",
				      json_content("application/json", schema)));
}

static json_t *
responses_of(struct ty_arena *arena, const struct ty_route *route)
{
	json_t *responses = json_object();
	json_t *answer = json_pack("{s:s}", "description", route->summary);

	if (route->schema != NULL)
		json_object_set_new(answer, "content",
				    json_content(ty_str_eq(route->schema, "Bytes")
							 ? "application/octet-stream"
							 : "application/json",
						 schema_ref(arena, route->schema)));
	json_object_set_new(responses, ty_arena_printf(arena, "%d", route->status), answer);
	/* A start or a hook answers 200 at once where the result is known already. */
	if (route->status == 202 && ty_str_eq(route->schema, "Started"))
		json_object_set_new(responses, "200", json_deep_copy(answer));
	if (ty_str_eq(route->name, "hook"))
		json_object_set_new(responses, "200", json_deep_copy(answer));
	if (ty_str_eq(route->name, "blob_get"))
		json_object_set_new(responses, "206", json_deep_copy(answer));
	if (ty_str_eq(route->name, "health"))
		json_object_set_new(responses, "503", json_deep_copy(answer));
	json_object_set_new(responses, "default", json_pack("{s:s}", "$ref", PROBLEM_REF));
	return responses;
}

static json_t *
security_of(const struct ty_route *route)
{
	switch (route->auth) {
	case TY_AUTH_PUBLIC:
		return json_array();
	case TY_AUTH_SESSION:
		return json_pack("[{s:[], s:[]}]", "session", "csrf");
	default:
		return json_pack("[{s:[], s:[]}, {s:[]}]", "session", "csrf", "api_key");
	}
}

static json_t *
operation_of(struct ty_arena *arena, const struct ty_route *route, const char *method)
{
	json_t *operation = json_object(), *parameters = json_array();
	bool any = ty_str_eq(route->method, "*");

	json_object_set_new(operation, "operationId",
			    json_string(any ? ty_arena_printf(arena, "%s_%s", route->name, method)
					    : route->name));
	json_object_set_new(operation, "summary", json_string(route->summary));
	json_object_set_new(operation, "x-permission", json_string(route->permission));
	if (route->body_max_bytes > 0)
		json_object_set_new(operation, "x-body-max-bytes",
				    json_integer((json_int_t)route->body_max_bytes));
	add_captures(parameters, route->pattern);
	if (route->query != NULL)
		add_query(parameters, route->query);
	add_headers(parameters, route);
	if (json_array_size(parameters) > 0)
		json_object_set(operation, "parameters", parameters);
	json_decref(parameters);
	add_body(arena, operation, route);
	json_object_set_new(operation, "responses", responses_of(arena, route));
	json_object_set_new(operation, "security", security_of(route));
	return operation;
}

/* ---- the document ---- */

static const char *
path_of(struct ty_arena *arena, const char *pattern)
{
	const char *rest = strstr(pattern, "{path...}");

	return rest == NULL ? pattern
			    : ty_arena_printf(arena, "%.*s{path}", (int)(rest - pattern), pattern);
}

static void
add_route(struct ty_arena *arena, json_t *paths, const struct ty_route *route)
{
	static const char *const any[] = { "get", "post", "put", "patch", "delete", "head" };
	const char *path = path_of(arena, route->pattern);
	json_t *item = json_object_get(paths, path);
	char *method;

	if (item == NULL) {
		item = json_object();
		json_object_set_new(paths, path, item);
	}
	if (ty_str_eq(route->method, "*")) {
		for (size_t i = 0; i < TY_ARRAY_COUNT(any); i++)
			json_object_set_new(item, any[i], operation_of(arena, route, any[i]));
		return;
	}
	method = ty_arena_strdup(arena, route->method);
	for (char *p = method; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	json_object_set_new(item, method, operation_of(arena, route, method));
}

/* References within the schema of the document, as references within this one. */
static void
rebase_refs(struct ty_arena *arena, json_t *schema)
{
	const char *ref = ty_json_str(schema, "$ref", NULL), *key;
	json_t *value;
	size_t i;

	if (ref != NULL)
		json_object_set(
			schema, "$ref",
			json_object_get(
				ty_json_own(arena, schema_ref(arena, strrchr(ref, '/') + 1)),
				"$ref"));
	json_object_foreach(schema, key, value) rebase_refs(arena, value);
	json_array_foreach(schema, i, value) rebase_refs(arena, value);
}

/* The workflow document's schema (lib/graph) is a part of this one. */
static void
add_workflow_schema(struct ty_arena *arena, json_t *schemas)
{
	json_t *schema = ty_json_own(arena, json_loads(ty_graph_schema, 0, NULL));
	json_t *defs = json_object_get(schema, "$defs");

	TY_ASSERT(json_is_object(defs));
	rebase_refs(arena, defs);
	json_object_update(schemas, defs);
}

static json_t *
run_mode_names(void)
{
	json_t *names = json_array();

	for (const struct ty_run_mode *mode = ty_run_modes; mode->name != NULL; mode++)
		json_array_append_new(names, json_string(mode->name));
	return names;
}

json_t *
ty_openapi_answers(void)
{
	json_t *schemas = json_loads(ty_openapi_schemas, 0, NULL);

	TY_ASSERT(json_is_object(schemas));
	json_object_set_new(schemas, "RunMode", json_pack("{s:o}", "enum", run_mode_names()));
	return schemas;
}

static json_t *
components_of(struct ty_arena *arena, const struct ty_route *routes)
{
	json_t *schemas = ty_openapi_answers(), *components;

	add_workflow_schema(arena, schemas);
	for (const struct ty_route *r = routes; r->name != NULL; r++) {
		if (r->body != NULL)
			json_object_set_new(schemas, body_schema_name(arena, r->body),
					    form_schema(r->body));
	}
	components =
		json_pack("{s:o, s:{s:{s:s, s:o}}}", "schemas", schemas, "responses", "Problem",
			  "description", "What went wrong (RFC 9457)", "content",
			  json_content("application/problem+json", schema_ref(arena, "Problem")));
	json_object_set_new(components, "securitySchemes",
			    json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:{s:s, s:s}}",
				      "session", "type", "apiKey", "in", "cookie", "name",
				      "tyboo_session", "csrf", "type", "apiKey", "in", "header",
				      "name", "X-CSRF-Token", "api_key", "type", "http", "scheme",
				      "bearer"));
	return components;
}

json_t *
ty_openapi_document(struct ty_arena *arena, const struct ty_route *routes)
{
	json_t *paths = json_object();
	json_t *doc = ty_json_own(
		arena, json_pack("{s:s, s:{s:s, s:s, s:s}, s:o}", "openapi", "3.1.0", "info",
				 "title", "Tyboo Studio", "version", "1", "description",
				 "See docs/API.md for how it is used.", "paths", paths));

	for (const struct ty_route *r = routes; r->name != NULL; r++)
		add_route(arena, paths, r);
	json_object_set_new(doc, "components", components_of(arena, routes));
	return doc;
}

const char *
ty_openapi_text(struct ty_arena *arena, const struct ty_route *routes, bool pretty, size_t *ret_len)
{
	json_t *doc = ty_openapi_document(arena, routes);

	return pretty ? ty_json_dump_pretty(arena, doc, ret_len)
		      : ty_json_dump(arena, doc, ret_len);
}

enum ty_code
api_openapi(struct ty_api_call *call, struct ty_err *err)
{
	call->response->status = 200;
	ty_http_response_header(call->response, "Content-Type", "application/json");
	call->response->body = call->app->openapi;
	call->response->body_len = call->app->openapi_len;
	return TY_OK;
}
