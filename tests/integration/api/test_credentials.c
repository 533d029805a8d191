/*
 * test_credentials.c -- credentials over the API: who made them, where they are used, one call to try
 * them, and that they go although they are used only where that is forced.
 */
#include "house.h"
#include "support/http_server.h"

#include "base/limits.h"
#include "base/str.h"

#define WS     "/api/v1/workspaces/{ws}"
#define CANARY "sk-canary-71c2"

static const char *
made(const char *type, const char *data, const char *hosts)
{
	struct reply reply = ask("POST", WS "/credentials",
				 ty_arena_printf(fx.arena,
						 "{\"name\":\"C%s\",\"type\":\"%s\",\"hosts\":"
						 "\"%s\",\"data\":%s}",
						 ty_id_new().s, type, hosts, data));

	ck_assert_status(reply, 201);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "made_by"), "@"));
	ck_assert(json_is_null(json_object_get(reply.json, "used_at")));
	return text_of(&reply, "id");
}

static const char *
target(const char *id, const char *more)
{
	return ty_arena_printf(fx.arena, WS "/credentials/%s%s", id, more);
}

static size_t
count_of(const struct reply *reply, const char *list)
{
	return json_array_size(json_object_get(reply->json, list));
}

START_TEST(where_one_is_used_is_told)
{
	const char *id = made("webhook_secret", "{\"secret\":\"" CANARY "\"}", "");
	const char *graph = house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"token\",\"credential\":\"%s\"", id));
	const char *draft = house_draft(graph);
	struct reply reply = ask("GET", target(id, ""), NULL);

	ck_assert_status(reply, 200);
	ck_assert_uint_eq(count_of(&reply, "workflows"), 0);
	ck_assert_uint_eq(count_of(&reply, "drafts"), 1);
	ck_assert_uint_eq(count_of(&reply, "uses"), 0);
	house_sql("SELECT tyboo.use_credential('%s', '%s', 0, '%s')", house.ws_id.s, id, draft);
	reply = ask("GET", target(id, ""), NULL);
	ck_assert_uint_eq(count_of(&reply, "uses"), 1);
	ck_assert_str_eq(
		ty_json_str(json_array_get(json_object_get(reply.json, "uses"), 0), "id", ""),
		draft);
	ck_assert_str_eq(
		text_of(&reply, "used_at"),
		ty_json_str(json_array_get(json_object_get(reply.json, "uses"), 0), "used_at", ""));
}
END_TEST

START_TEST(one_that_is_used_goes_where_that_is_forced)
{
	const char *id = made("webhook_secret", "{\"secret\":\"" CANARY "\"}", "");
	struct reply reply;

	house_publish(house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"token\",\"credential\":\"%s\"", id)));
	reply = ask("DELETE", target(id, ""), NULL);
	ck_assert_status(reply, 409);
	ck_assert_uint_eq(count_of(&reply, "workflows"), 1);
	ck_assert_status(ask("DELETE", target(id, "?force=perhaps"), NULL), 422);
	ck_assert_status(ask("DELETE", target(id, "?force=false"), NULL), 409);
	ck_assert_status(ask("DELETE", target(id, "?force=true"), NULL), 204);
	ck_assert_status(ask("GET", target(id, ""), NULL), 404);
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.published_credentials WHERE "
				   "credential_id = '%s'",
				   id),
			 "0");
}
END_TEST

/* ---- one call with it ---- */

/* What came, and back; /long is more than is shown, /huge more than is read. */
static bool
serve(void *ctx, const struct http_server_request *r)
{
	static char text[TY_LIMIT_TRY_ANSWER_BYTES + 1];
	bool is_huge = strcmp(r->target, "/huge") == 0;

	if (is_huge || strcmp(r->target, "/long") == 0) {
		memset(text, 'x', sizeof(text));
		http_server_answer(r->fd, 200, "", text, is_huge ? sizeof(text) : 10000);
	} else if (strcmp(r->target, "/no") == 0) {
		http_server_answer(r->fd, 401, "Content-Type: text/plain\r\n", "no", 2);
	} else {
		http_server_answer(r->fd, 200, "Content-Type: text/plain\r\n", r->head,
				   strlen(r->head));
	}
	return true;
}

static struct http_server *
serve_here(void)
{
	struct http_server *server = http_server_new(serve, NULL);

	house.conf.http_allow = "127.0.0.1";
	return server;
}

static struct reply
try_it(const char *id, struct http_server *server, const char *path)
{
	return ask("POST", target(id, "/try"),
		   ty_arena_printf(fx.arena, "{\"url\":\"http://127.0.0.1:%d%s\"}",
				   http_server_port(server), path));
}

START_TEST(one_is_tried_by_a_call)
{
	const char *id = made("http_bearer", "{\"token\":\"" CANARY "\"}", "127.0.0.1");
	struct http_server *server = serve_here();
	struct reply reply = try_it(id, server, "/echo");

	ck_assert_status(reply, 200);
	ck_assert_int_eq((int)ty_json_int(reply.json, "status", 0), 200);
	ck_assert(ty_json_bool(reply.json, "ok", false));
	/* It was sent, and what came back says so without it. */
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "text"), "Bearer ********"));
	ck_assert_ptr_null(strstr(text_of(&reply, "text"), CANARY));
	reply = try_it(id, server, "/no");
	ck_assert_int_eq((int)ty_json_int(reply.json, "status", 0), 401);
	ck_assert(!ty_json_bool(reply.json, "ok", true));
	reply = try_it(id, server, "/long");
	ck_assert_uint_eq(strlen(text_of(&reply, "text")), TY_LIMIT_TRY_TEXT_BYTES);
	ck_assert_status(try_it(id, server, "/huge"), 413);
	http_server_free(server);
}
END_TEST

START_TEST(what_cannot_be_tried_is_told)
{
	const char *id = made("http_bearer", "{\"token\":\"" CANARY "\"}", "api.example.com");
	const char *hook = made("webhook_secret", "{\"secret\":\"" CANARY "\"}", "");
	struct person viewer = house_person("viewer", &house.ws_id);
	struct http_server *server = serve_here();
	struct reply reply = try_it(id, server, "/echo");

	ck_assert_status(reply, 403);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), "not for the host 127.0.0.1"));
	reply = try_it(hook, server, "/echo");
	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), "for no call"));
	ck_assert_status(ask("POST", target(id, "/try"), "{\"url\":\"no address\"}"), 422);
	ck_assert_status(ask("POST", target(id, "/try"), "{}"), 422);
	ck_assert_status(
		ask("POST", target(id, "/try"), "{\"url\":\"http://a.test\",\"method\":\"X\"}"),
		422);
	ck_assert_status(try_it(ty_id_new().s, server, "/echo"), 404);
	ck_assert_status(
		ask_as(&viewer, "POST", target(id, "/try"), "{\"url\":\"http://a\"}", NULL), 403);
	ck_assert_int_eq(http_server_connections(server), 0);
	/* Others hold all places. */
	atomic_store(&house.app->tries, TY_LIMIT_TRIES_COUNT);
	reply = try_it(id, server, "/echo");
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After:"));
	ck_assert_int_eq(atomic_load(&house.app->tries), TY_LIMIT_TRIES_COUNT);
	http_server_free(server);
}
END_TEST

HOUSE_MAIN("api credentials", {
	TEST(where_one_is_used_is_told);
	TEST(one_that_is_used_goes_where_that_is_forced);
	TEST(one_is_tried_by_a_call);
	TEST(what_cannot_be_tried_is_told);
})
