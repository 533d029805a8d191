/*
 * house.c -- see house.h.
 */
#include "house.h"

#include "auth/password.h"
#include "auth/token.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "router.h"
#include "schema.h"
#include "support/places.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct house house;
struct services house_services;
char house_password_hash[TY_PASSWORD_HASH_SIZE];

#define KEY_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* ---- the servers and the app ---- */

static const char *
master_key_file(void)
{
	static const char key[] = KEY_HEX "\n";
	const char *path =
		ty_arena_printf(fx.arena, "%s/master.%d", house_services.dir, (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, key, sizeof(key) - 1), sizeof(key) - 1);
	close(fd);
	return path;
}

void
house_open(void)
{
	struct ty_password *gate = ty_password_new(1);
	struct ty_err err;

	services_start(&house_services, SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED);
	if (ty_password_hash(gate, HOUSE_PASSWORD, house_password_hash, &err) != TY_OK)
		exit(99);
	ty_password_free(gate);
}

void
house_close(void)
{
	services_stop(&house_services);
}

void
house_setup(void)
{
	struct ty_log log;

	fx_setup();
	memset(&house, 0, sizeof(house));
	house.conf = (struct ty_conf){
		.database_url = house_services.database_url,
		.redis_url = house_services.redis_url,
		.base_url = HOUSE_BASE_URL,
		.master_key_file = master_key_file(),
		.sandbox_path = TY_BUILD_DIR "/bin/tyboo-sandbox",
		.sandbox_user = "",
		.share_dir = TY_BUILD_DIR "/share",
		.lane = "test",
		.api_threads = 1,
		.api_db_connections = 3,
		.session_s = 3600,
		.drain_ms = 5000,
		.receipt_grace_ms = 60000,
	};
	ty_log_init(&log, "test", TY_LOG_ERROR);
	ck_assert_ok(ty_app_new(&house.conf, &log, &house.app, &fx.err));
	house.owner = ty_store_new(house_services.owner_database_url, 1, "test");
	house.ws_id = house_workspace(&house.ws);
	house.me = house_person("owner", &house.ws_id);
}

void
house_teardown(void)
{
	fx_teardown(); /* requests are of its arena, and end before the program's parts */
	ty_app_free(house.app);
	ty_store_free(house.owner);
}

const char *
house_sql(const char *fmt, ...)
{
	struct ty_rows rows = { 0 };
	const char *sql, *text;
	struct ty_tx *tx;
	va_list ap;

	va_start(ap, fmt);
	sql = ty_arena_vprintf(fx.arena, fmt, ap);
	va_end(ap);
	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	text = rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
	return text != NULL ? text : "";
}

/* ---- people ---- */

struct ty_id
house_workspace(const char **ret_slug)
{
	struct ty_id id = ty_id_new();

	*ret_slug = ty_arena_printf(fx.arena, "ws-%s", id.s);
	house_sql("INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%s', '%s', 'Test')", id.s,
		  *ret_slug);
	return id;
}

const char *
house_user(const char *role, const struct ty_id *workspace_id)
{
	struct ty_id id = ty_id_new();
	const char *email = ty_arena_printf(fx.arena, "%s@example.com", id.s);

	house_sql("INSERT INTO tyboo.users (id, email, name, password_hash) "
		  "VALUES ('%s', '%s', 'Test', '%s')",
		  id.s, email, house_password_hash);
	if (role[0] != '\0')
		house_sql("INSERT INTO tyboo.workspace_members (workspace_id, user_id, role) "
			  "VALUES ('%s', '%s', '%s')",
			  workspace_id->s, id.s, role);
	return email;
}

struct person
house_person(const char *role, const struct ty_id *workspace_id)
{
	char token[TY_TOKEN_SIZE], csrf[TY_TOKEN_SIZE], hex[2 * TY_SHA256_SIZE + 1];
	const char *email = house_user(role, workspace_id);
	uint8_t hash[TY_SHA256_SIZE];

	ty_token_new(token);
	ty_token_new(csrf);
	ck_assert(ty_token_hash(token, hash));
	ty_str_hex(hash, sizeof(hash), hex);
	house_sql("INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, expires_at) SELECT "
		  "'\\x%s'::bytea, id, '%s', now() + interval '1 hour' FROM tyboo.users "
		  "WHERE email = '%s'",
		  hex, csrf, email);
	return (struct person){ .cookie = ty_arena_strdup(fx.arena, token),
				.csrf = ty_arena_strdup(fx.arena, csrf) };
}

/* ---- requests ---- */

struct body {
	const char *data;
	size_t len;
	int64_t declared;
};

static ssize_t
body_read(void *ctx, void *buf, size_t len)
{
	struct body *body = ctx;
	size_t n = len < body->len ? len : body->len;

	ck_assert_msg((uint64_t)body->declared <= TY_LIMIT_BLOB_BYTES,
		      "a body over the limit was read");
	if (n == 0)
		return 0;
	memcpy(buf, body->data, n);
	body->data += n;
	body->len -= n;
	return (ssize_t)n;
}

static void
header_add(struct ty_http_request *request, const char *line)
{
	const char *colon = strchr(line, ':');
	char *name;

	ck_assert_ptr_nonnull(colon);
	name = ty_arena_strndup(fx.arena, line, (size_t)(colon - line));
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	ty_http_request_add_header(request, name, colon + 1 + strspn(colon + 1, " "));
}

/* {ws} -> the workspace's slug */
static const char *
target_of(const char *target)
{
	const char *at = strstr(target, "{ws}");

	return at == NULL ? target
			  : ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - target), target,
					    house.ws, at + 4);
}

static bool
pattern_matches(const char *pattern, const char *target)
{
	for (;;) {
		size_t p = strcspn(pattern, "/"), t = strcspn(target, "/?");

		if (ty_str_has_prefix(pattern, "{path...}"))
			return true;
		if (pattern[0] != '{' && (p != t || memcmp(pattern, target, p) != 0))
			return false;
		pattern += p;
		target += t;
		if (*pattern == '\0' || *target != '/')
			return *pattern == '\0' && (*target == '\0' || *target == '?');
		pattern++;
		target++;
	}
}

static const char *
schema_of(const char *method, const char *target)
{
	for (const struct ty_route *r = ty_routes; r->name != NULL; r++) {
		if ((strcmp(r->method, "*") == 0 || strcmp(r->method, method) == 0) &&
		    pattern_matches(r->pattern, target))
			return r->schema;
	}
	return NULL;
}

/* Its own, or one with each finding. */
static bool
has_hint(const json_t *problem)
{
	const json_t *findings = ty_json_arr(problem, "findings");

	for (size_t i = 0; i < json_array_size(findings); i++) {
		if (ty_json_str(json_array_get(findings, i), "hint", "")[0] == '\0')
			return false;
	}
	return json_array_size(findings) > 0 || ty_json_str(problem, "hint", "")[0] != '\0';
}

/* As http.c sends it. */
static void
take_stream(const struct ty_http_response *response, struct reply *reply)
{
	char *bytes = ty_arena_alloc(fx.arena, response->body_len + 1);
	ssize_t n;

	while (reply->bytes_len < response->body_len &&
	       (n = response->read(response->read_ctx, bytes + reply->bytes_len, 65536)) > 0)
		reply->bytes_len += (size_t)n;
	reply->bytes = bytes;
}

static struct reply
dispatch(struct ty_http_request *request, const char *target, struct body *body)
{
	struct ty_http_response response;
	struct reply reply = { 0 };
	const char *schema, *found;

	request->read = body_read;
	request->read_ctx = body;
	request->content_length = body->declared;
	ty_router_dispatch(house.app, request, target, &response);
	reply.status = response.status;
	reply.headers = response.headers.data;
	if (response.read != NULL) {
		take_stream(&response, &reply);
		return reply;
	}
	if (response.body_len == 0) {
		ck_assert_msg(response.status == 204 || response.status == 303, "%d without a body",
			      response.status);
		return reply;
	}
	if (strstr(reply.headers, "Content-Type: text/html") != NULL) {
		reply.bytes = ty_arena_strndup(fx.arena, response.body, response.body_len);
		reply.bytes_len = response.body_len;
		return reply;
	}
	reply.json = json_loadb(response.body, response.body_len, JSON_DECODE_ANY, NULL);
	ck_assert_ptr_nonnull(reply.json);
	ty_json_own(fx.arena, reply.json);
	schema = response.status < 300 || json_object_get(reply.json, "code") == NULL
			 ? schema_of(request->method, target)
			 : "Problem";
	ck_assert_msg(schema != NULL, "no schema for %s %s", request->method, target);
	found = schema_misfit(fx.arena, schema, reply.json);
	ck_assert_msg(found == NULL, "%s %s: %s", request->method, target, found);
	/* Whoever asked wrongly is told how to ask. */
	if (reply.status >= 400 && reply.status < 500 && strcmp(schema, "Problem") == 0)
		ck_assert_msg(has_hint(reply.json), "%s %s: no hint with \"%s\"", request->method,
			      target, ty_json_str(reply.json, "detail", ""));
	return reply;
}

struct reply
ask_as(const struct person *who, const char *method, const char *target, const char *body_text,
       const char *const *headers)
{
	struct body body = { body_text, body_text != NULL ? strlen(body_text) : 0, 0 };
	struct ty_http_request request = {
		.arena = fx.arena,
		.method = method,
		.remote_addr = "192.0.2.1",
	};

	body.declared = (int64_t)body.len;
	if (body_text != NULL)
		header_add(&request, "Content-Type: application/json");
	if (who->cookie != NULL)
		header_add(&request,
			   ty_arena_printf(fx.arena, "Cookie: a=b; tyboo_session=%s", who->cookie));
	if (who->csrf != NULL)
		header_add(&request, ty_arena_printf(fx.arena, "X-CSRF-Token: %s", who->csrf));
	if (who->key != NULL)
		header_add(&request,
			   ty_arena_printf(fx.arena, "Authorization: Bearer %s", who->key));
	for (; headers != NULL && *headers != NULL; headers++)
		header_add(&request, *headers);
	return dispatch(&request, target_of(target), &body);
}

struct reply
ask(const char *method, const char *target, const char *body)
{
	return ask_as(&house.me, method, target, body, NULL);
}

struct reply
ask_raw(const struct raw *raw)
{
	struct body body = { raw->body, raw->len,
			     raw->declared < 0 ? (int64_t)raw->len : raw->declared };
	struct ty_http_request request = {
		.arena = fx.arena,
		.method = raw->method,
		.remote_addr = "192.0.2.1",
		.bodies = raw->bodies,
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(raw->headers) && raw->headers[i] != NULL; i++)
		header_add(&request, raw->headers[i]);
	return dispatch(&request, target_of(raw->target), &body);
}

const char *
text_of(const struct reply *reply, const char *member)
{
	return ty_json_str(reply->json, member, "");
}

/* ---- things ---- */

const char *
house_draft(const char *graph)
{
	struct reply reply = ask("POST", "/api/v1/workspaces/{ws}/workflows",
				 ty_arena_printf(fx.arena, "{\"name\":\"W\",\"graph\":%s}", graph));

	ck_assert_status(reply, 201);
	return text_of(&reply, "id");
}

const char *
house_publish(const char *graph)
{
	const char *id = house_draft(graph);
	struct reply reply =
		ask("POST",
		    ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/publish", id),
		    "{}");

	ck_assert_status(reply, 200);
	return id;
}

const char *
house_hook_graph(const char *path, const char *more)
{
	return ty_arena_printf(fx.arena,
			       "{\"nodes\":[{\"id\":\"hook\",\"name\":\"Hook\",\"type\":"
			       "\"core.webhook\",\"version\":1,\"params\":{\"path\":\"%s\",%s}},"
			       "{\"id\":\"end\",\"name\":\"End\",\"type\":\"core.noop\","
			       "\"version\":1,\"params\":{}}],"
			       "\"edges\":[{\"from\":\"hook\",\"output\":\"main\",\"to\":\"end\","
			       "\"input\":\"main\"}],\"settings\":{\"timeout_ms\":60000}}",
			       path, more);
}

const char *
house_secret(const char *secret)
{
	struct ty_id unique = ty_id_new();
	struct reply reply =
		ask("POST", "/api/v1/workspaces/{ws}/credentials",
		    ty_arena_printf(fx.arena,
				    "{\"name\":\"%s\",\"type\":\"webhook_secret\",\"data\":%s}",
				    unique.s, secret));

	ck_assert_status(reply, 201);
	return text_of(&reply, "id");
}
