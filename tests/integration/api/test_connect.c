/*
 * test_connect.c -- a person signs in at a provider for a credential: by the API, with a real token server.
 */
#include "house.h"
#include "support/http_server.h"

#include "auth/token.h"
#include "base/limits.h"
#include "base/str.h"
#include "service/connect.h"

#define WS	 "/api/v1/workspaces/{ws}"
#define CALLBACK "/api/v1/oauth2/callback"
#define SECRET	 "sesame/9f3b"

/* Its answer is the test's; what came is counted. */
static struct {
	const char *says;
	int status, count;
} provider = { "{\"access_token\":\"access-canary\",\"refresh_token\":\"refresh-canary\","
	       "\"expires_in\":3600}",
	       200, 0 };

static bool
serve(void *ctx, const struct http_server_request *r)
{
	provider.count++;
	http_server_answer(r->fd, provider.status, "Content-Type: application/json\r\n",
			   provider.says, strlen(provider.says));
	return true;
}

static struct http_server *server;

static const char *
credential(void)
{
	struct reply reply;

	house.conf.http_allow = "127.0.0.1";
	server = http_server_new(serve, NULL);
	reply = ask("POST", WS "/credentials",
		    ty_arena_printf(fx.arena,
				    "{\"name\":\"C\",\"type\":\"http_oauth2_code\",\"data\":{"
				    "\"authorization_url\":\"https://p.test/authorize\","
				    "\"token_url\":\"http://127.0.0.1:%d/token\","
				    "\"client_id\":\"me\",\"client_secret\":\"" SECRET "\"}}",
				    http_server_port(server)));
	ck_assert_status(reply, 201);
	ck_assert_str_eq(ty_json_str(json_object_get(reply.json, "connection"), "state", ""),
			 "none");
	return text_of(&reply, "id");
}

static const char *
target(const char *id, const char *more)
{
	return ty_arena_printf(fx.arena, WS "/credentials/%s%s", id, more);
}

static const char *
connection(const char *id, const char *member)
{
	struct reply reply = ask("GET", target(id, ""), NULL);

	ck_assert_status(reply, 200);
	return ty_json_str(json_object_get(reply.json, "connection"), member, "");
}

/* Begin as this person; the state in the address. */
static const char *
begin(const char *id)
{
	struct reply reply = ask("POST", target(id, "/connect"), NULL);
	const char *state;

	ck_assert_status(reply, 200);
	ck_assert(ty_str_has_prefix(text_of(&reply, "url"), "https://p.test/authorize?"));
	ck_assert_str_eq(text_of(&reply, "redirect_uri"), HOUSE_BASE_URL CALLBACK);
	state = strstr(text_of(&reply, "url"), "&state=") + 7;
	return ty_arena_strndup(fx.arena, state, strcspn(state, "&"));
}

static void
check_back(const struct person *who, const char *query, const char *location)
{
	struct reply reply =
		ask_as(who, "GET", ty_arena_printf(fx.arena, CALLBACK "?%s", query), NULL, NULL);

	ck_assert_status(reply, 303);
	ck_assert_msg(strstr(reply.headers,
			     ty_arena_printf(fx.arena, "Location: %s\r\n", location)) != NULL,
		      "%s", reply.headers);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Cache-Control: no-store"));
	ck_assert_ptr_nonnull(strstr(reply.headers, "Referrer-Policy: no-referrer"));
	ck_assert_ptr_null(strstr(reply.headers, "canary"));
}

static const char *
page(const char *outcome, const char *id)
{
	return ty_arena_printf(fx.arena, "/w/%s/credentials?connect=%s&credential=%s", house.ws,
			       outcome, id);
}

static const char *
query(const char *state, const char *more)
{
	return ty_arena_printf(fx.arena, "state=%s&iss=https%%3A%%2F%%2Fp.test&%s", state, more);
}

START_TEST(a_person_signs_in_and_comes_back)
{
	const char *id = credential(), *state = begin(id);

	check_back(&house.me, query(state, "code=code-canary&scope=a"), page("ok", id));
	ck_assert_int_eq(provider.count, 1);
	ck_assert_str_eq(connection(id, "state"), "connected");
	ck_assert_str_ne(connection(id, "expires_at"), "");
	/* Once. */
	check_back(&house.me, query(state, "code=code-canary"), "/connected?connect=unknown");
	ck_assert_int_eq(provider.count, 1);
	/* What fails later leaves the connection that there is. */
	check_back(&house.me, query(begin(id), "error=access_denied&error_description=no%20way%0A"),
		   page("failed", id));
	ck_assert_str_eq(connection(id, "state"), "connected");
	ck_assert_str_eq(connection(id, "problem"), "The provider says access_denied: no way?");
	http_server_free(server);
}
END_TEST

START_TEST(what_comes_back_wrongly_is_told)
{
	const char *id = credential(), *state;
	struct person other = house_person("owner", &house.ws_id), nobody = { NULL };
	struct person viewer = house_person("viewer", &house.ws_id);

	check_back(&house.me, query(begin(id), "error=server_error"), page("failed", id));
	ck_assert_str_eq(connection(id, "problem"), "The provider says server_error");
	check_back(&house.me, query(begin(id), ""), page("failed", id));
	ck_assert_str_eq(connection(id, "problem"), "The provider sent no code.");
	state = begin(id);
	check_back(&nobody, query(state, "code=x"), "/connected?connect=signed_out");
	check_back(&other, query(state, "code=x"), page("other_session", id));
	check_back(&house.me, query(state, "code=x"), "/connected?connect=unknown");
	check_back(&viewer, query(begin(id), "code=x"), "/connected?connect=other_session");
	state = begin(id);
	house_sql("UPDATE tyboo.oauth2_states SET expires_at = now()");
	check_back(&house.me, query(state, "code=x"), page("expired", id));
	check_back(&house.me, "", "/connected?connect=unknown");
	ck_assert_int_eq(provider.count, 0);
	provider.status = 400;
	provider.says =
		"{\"error\":\"invalid_grant\",\"error_description\":\"" SECRET " code-canary\"}";
	check_back(&house.me, query(begin(id), "code=code-canary"), page("failed", id));
	ck_assert_str_eq(connection(id, "state"), "none");
	ck_assert_str_eq(connection(id, "problem"),
			 "The provider gives no token: invalid_grant: ******** ********");
	http_server_free(server);
}
END_TEST

/* The operator's has no session: whoever is signed in comes back, but only who may change it. */
START_TEST(one_begun_by_the_operator_needs_the_right_to_change_it)
{
	const char *id = credential();
	struct person viewer = house_person("viewer", &house.ws_id);
	const char *state = begin(id);

	house_sql("UPDATE tyboo.oauth2_states SET session_hash = NULL");
	check_back(&viewer, query(state, "code=x"), "/connected?connect=denied");
	ck_assert_int_eq(provider.count, 0);
	state = begin(id);
	house_sql("UPDATE tyboo.oauth2_states SET session_hash = NULL");
	check_back(&house.me, query(state, "code=x"), page("ok", id));
	http_server_free(server);
}
END_TEST

START_TEST(only_people_connect_and_only_what_is_connected)
{
	const char *id = credential(), *bearer;
	struct person viewer = house_person("viewer", &house.ws_id);
	struct person key = { NULL };
	struct reply reply =
		ask("POST", WS "/api-keys", "{\"name\":\"k\",\"scopes\":[\"credential.write\"]}");

	ck_assert_status(reply, 201);
	key.key = text_of(&reply, "key");
	ck_assert_status(ask_as(&key, "POST", target(id, "/connect"), NULL, NULL), 403);
	ck_assert_status(ask_as(&viewer, "POST", target(id, "/connect"), NULL, NULL), 403);
	reply = ask("POST", WS "/credentials",
		    "{\"name\":\"B\",\"type\":\"http_bearer\",\"data\":{\"token\":\"x\"}}");
	ck_assert(json_is_null(json_object_get(reply.json, "connection")));
	bearer = text_of(&reply, "id");
	ck_assert_status(ask("POST", target(bearer, "/connect"), NULL), 422);
	ck_assert_status(ask("POST", target(ty_id_new().s, "/connect"), NULL), 404);
	ck_assert_status(ask("HEAD", CALLBACK "?state=x", NULL), 405);
	/* Another value is another connection. */
	check_back(&house.me, query(begin(id), "code=x"), page("ok", id));
	reply = ask("PUT", target(id, ""),
		    "{\"data\":{\"authorization_url\":\"https://p.test/a\",\"token_url\":"
		    "\"https://p.test/t\",\"client_id\":\"me\"}}");
	ck_assert_status(reply, 200);
	ck_assert_str_eq(connection(id, "state"), "none");
	atomic_store(&house.app->tries, TY_LIMIT_TRIES_COUNT);
	ck_assert_status(ask("GET", CALLBACK "?state=x", NULL), 503);
	http_server_free(server);
}
END_TEST

HOUSE_MAIN("api connect", {
	TEST(a_person_signs_in_and_comes_back);
	TEST(what_comes_back_wrongly_is_told);
	TEST(one_begun_by_the_operator_needs_the_right_to_change_it);
	TEST(only_people_connect_and_only_what_is_connected);
})
