/*
 * test_access.c -- who gets in, and how far: sign-in, CSRF, origin, roles, tenants, API keys.
 */
#include "house.h"

#include "auth/permission.h"
#include "auth/sign_in.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/zone.h"
#include "router.h"

static const struct person nobody;

static struct reply
sign_in(const char *email, const char *password, const char *header)
{
	const char *const headers[] = { header, NULL };

	return ask_as(&nobody, "POST", "/api/v1/sessions",
		      ty_arena_printf(fx.arena, "{\"email\":\"%s\",\"password\":\"%s\"}", email,
				      password),
		      headers);
}

/* ---- sign-in ---- */

START_TEST(the_right_password_gives_a_session)
{
	const char *email = house_user("owner", &house.ws_id), *cookie;
	struct reply reply = sign_in(email, HOUSE_PASSWORD, "Origin: " HOUSE_BASE_URL), me;
	struct person person = { 0 };

	ck_assert_status(reply, 201);
	cookie = strstr(reply.headers, "Set-Cookie: tyboo_session=");
	ck_assert_ptr_nonnull(cookie);
	ck_assert_ptr_nonnull(strstr(cookie, "; HttpOnly"));
	ck_assert_ptr_nonnull(strstr(cookie, "; Secure"));
	ck_assert_ptr_nonnull(strstr(cookie, "; SameSite=Lax"));
	ck_assert_ptr_nonnull(strstr(cookie, "; Path=/"));
	cookie += strlen("Set-Cookie: tyboo_session=");
	person.cookie = ty_arena_strndup(fx.arena, cookie, strcspn(cookie, ";"));
	person.csrf = text_of(&reply, "csrf_token");

	me = ask_as(&person, "GET", "/api/v1/me", NULL, NULL);
	ck_assert_status(me, 200);
	ck_assert_str_eq(ty_json_str(json_object_get(me.json, "user"), "email", ""), email);
	ck_assert_str_eq(text_of(&me, "csrf_token"), person.csrf);
	ck_assert_uint_eq(json_array_size(json_object_get(me.json, "workspaces")), 1);

	reply = ask_as(&person, "DELETE", "/api/v1/sessions/current", NULL, NULL);
	ck_assert_status(reply, 204);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Max-Age=0"));
	ck_assert_status(ask_as(&person, "GET", "/api/v1/me", NULL, NULL), 401);
}
END_TEST

START_TEST(an_unknown_address_and_a_wrong_password_read_the_same)
{
	struct reply unknown = sign_in("nobody@example.com", HOUSE_PASSWORD, NULL);
	struct reply wrong = sign_in(house_user("owner", &house.ws_id), "wrong horse", NULL);

	ck_assert_status(unknown, 401);
	ck_assert_status(wrong, 401);
	ck_assert_str_eq(text_of(&unknown, "detail"), text_of(&wrong, "detail"));
	ck_assert_ptr_null(strstr(wrong.headers, "Set-Cookie"));
}
END_TEST

START_TEST(a_disabled_user_does_not_get_in)
{
	const char *email = house_user("owner", &house.ws_id);

	house_sql("UPDATE tyboo.users SET disabled_at = now() WHERE email = '%s'", email);
	ck_assert_status(sign_in(email, HOUSE_PASSWORD, NULL), 401);
}
END_TEST

START_TEST(too_many_failures_lock_the_address_out)
{
	const char *email = house_user("owner", &house.ws_id);
	struct reply reply;

	house_sql("INSERT INTO tyboo.sign_in_failures (email) SELECT '%s' FROM "
		  "generate_series(1, %d)",
		  email, TY_SIGN_IN_FAILURES_MAX - 1);
	ck_assert_status(sign_in(email, "wrong horse", NULL), 401);
	reply = sign_in(email, HOUSE_PASSWORD, NULL);
	ck_assert_status(reply, 429);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: 900\r\n"));
}
END_TEST

START_TEST(nobody_signs_in_from_another_site)
{
	const char *email = house_user("owner", &house.ws_id);

	ck_assert_status(sign_in(email, HOUSE_PASSWORD, "Origin: https://evil.test"), 403);
	ck_assert_status(sign_in(email, HOUSE_PASSWORD, "Sec-Fetch-Site: cross-site"), 403);
}
END_TEST

START_TEST(a_sign_in_is_of_a_few_kilobytes)
{
	char *long_password = ty_arena_alloc(fx.arena, TY_LIMIT_SIGN_IN_BODY_BYTES + 1);

	memset(long_password, 'a', TY_LIMIT_SIGN_IN_BODY_BYTES);
	ck_assert_status(sign_in("a@b.c", long_password, NULL), 413);
}
END_TEST

/* Of another path, another domain or an earlier home. */
START_TEST(the_right_one_of_several_cookies_counts)
{
	struct person person = house.me;

	person.cookie = ty_arena_printf(fx.arena, "%043d; tyboo_session=x; tyboo_session=%s", 0,
					house.me.cookie);
	ck_assert_status(ask_as(&person, "GET", "/api/v1/me", NULL, NULL), 200);
	person.cookie = ty_arena_printf(
		fx.arena, "1; tyboo_session=2; tyboo_session=3; tyboo_session=4; tyboo_session=%s",
		house.me.cookie);
	ck_assert_status(ask_as(&person, "GET", "/api/v1/me", NULL, NULL), 401);
}
END_TEST

/* ---- CSRF and origin ---- */

static const struct {
	const char *method, *csrf; /* NULL = none, "right" = the session's */
	const char *header;
	int status;
} csrf_cases[] = {
	{ "POST", "right", NULL, 201 },
	{ "POST", "right", "Origin: " HOUSE_BASE_URL, 201 },
	{ "POST", "right", "Sec-Fetch-Site: same-origin", 201 },
	{ "POST", NULL, NULL, 403 },
	{ "POST", "wrong", NULL, 403 },
	{ "POST", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL, 403 }, /* as long as one */
	{ "POST", "", NULL, 403 },
	{ "POST", "right", "Origin: https://evil.test", 403 },
	{ "POST", "right", "Origin: null", 403 },
	{ "POST", "right", "Sec-Fetch-Site: same-site", 403 },
	{ "GET", NULL, "Origin: https://evil.test", 200 },
};

START_TEST(a_change_needs_our_origin_and_our_token)
{
	const char *const headers[] = { csrf_cases[_i].header, NULL };
	struct person person = house.me;
	bool post = strcmp(csrf_cases[_i].method, "POST") == 0;

	if (csrf_cases[_i].csrf == NULL || strcmp(csrf_cases[_i].csrf, "right") != 0)
		person.csrf = csrf_cases[_i].csrf;
	ck_assert_status(ask_as(&person, csrf_cases[_i].method, "/api/v1/workspaces/{ws}/workflows",
				post ? "{\"name\":\"W\"}" : NULL, headers),
			 csrf_cases[_i].status);
}
END_TEST

static const char *const bad_cookies[] = {
	"",
	"x",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	"' OR 1=1 --",
};

START_TEST(a_cookie_of_nobody_is_nobody)
{
	struct person person = { .cookie = bad_cookies[_i] };

	ck_assert_status(ask_as(&person, "GET", "/api/v1/me", NULL, NULL), 401);
}
END_TEST

START_TEST(a_session_that_is_over_is_over)
{
	house_sql("UPDATE tyboo.sessions SET expires_at = now() - interval '1 second' "
		  "WHERE csrf_token = '%s'",
		  house.me.csrf);
	ck_assert_status(ask("GET", "/api/v1/me", NULL), 401);
}
END_TEST

/* ---- roles ---- */

#define WS "/api/v1/workspaces/{ws}"

static const struct {
	const char *role, *method, *target, *body;
	int status;
} role_cases[] = {
	{ "viewer", "GET", WS, NULL, 200 },
	{ "viewer", "GET", WS "/workflows", NULL, 200 },
	{ "viewer", "GET", WS "/executions", NULL, 200 },
	{ "viewer", "GET", WS "/deliveries", NULL, 200 },
	{ "viewer", "GET", "/api/v1/catalog", NULL, 200 },
	{ "viewer", "POST", WS "/workflows", "{\"name\":\"W\"}", 403 },
	{ "viewer", "GET", WS "/credentials", NULL, 403 },
	{ "viewer", "GET", WS "/api-keys", NULL, 403 },
	{ "editor", "POST", WS "/workflows", "{\"name\":\"W\"}", 201 },
	{ "editor", "GET", WS "/credentials", NULL, 200 },
	{ "editor", "GET", WS "/api-keys", NULL, 403 },
	{ "editor", "POST", WS "/api-keys", "{\"name\":\"K\",\"scopes\":[\"workflow.run\"]}", 403 },
	{ "admin", "GET", WS "/api-keys", NULL, 200 },
	{ "owner", "POST", WS "/api-keys", "{\"name\":\"K\",\"scopes\":[\"workflow.run\"]}", 201 },
};

START_TEST(a_role_may_what_its_permissions_say)
{
	struct person person = house_person(role_cases[_i].role, &house.ws_id);

	ck_assert_status(ask_as(&person, role_cases[_i].method, role_cases[_i].target,
				role_cases[_i].body, NULL),
			 role_cases[_i].status);
}
END_TEST

START_TEST(a_viewer_may_change_nothing) /* over the whole table */
{
	struct person person = house_person("viewer", &house.ws_id);
	size_t tried = 0;

	for (const struct ty_route *r = ty_routes; r->name != NULL; r++) {
		const char *tail = strstr(r->pattern, "{ws}");
		const char *target;

		if (r->auth != TY_AUTH_WORKSPACE || strcmp(r->method, "GET") == 0 ||
		    strcmp(r->name, "workflow_validate") == 0 ||
		    strcmp(r->name, "schedule_preview") == 0) /* they change nothing */
			continue;
		target = ty_arena_printf(fx.arena, "/api/v1/workspaces/%s%s", house.ws, tail + 4);
		if (strstr(target, "{id}") != NULL)
			target = ty_arena_printf(fx.arena, "%.*s%s%s",
						 (int)(strstr(target, "{id}") - target), target,
						 ty_id_new().s, strstr(target, "{id}") + 4);
		ck_assert_status(ask_as(&person, r->method, target, NULL, NULL), 403);
		tried++;
	}
	ck_assert_uint_ge(tried, 13);
}
END_TEST

START_TEST(permissions_of_roles_and_of_the_program_are_the_same)
{
	const char *in_db = house_sql("SELECT string_agg(DISTINCT permission, ' ') FROM "
				      "tyboo.role_permissions");

	for (const struct ty_permission *p = ty_permissions; p->name != NULL; p++)
		ck_assert_msg(ty_permission_has(in_db, p->name), "no role has %s", p->name);
	for (const char *at = in_db; *at != '\0'; at += strcspn(at, " "), at += *at == ' ') {
		const char *name = ty_arena_strndup(fx.arena, at, strcspn(at, " "));

		ck_assert_msg(ty_permission_is_known(name), "nobody knows %s", name);
	}
}
END_TEST

/* ---- tenants ---- */

START_TEST(another_tenants_things_are_not_there)
{
	const char *other_slug, *mine = house_draft("{\"nodes\":[]}"), *id;
	struct ty_id other = house_workspace(&other_slug);
	struct person stranger = house_person("owner", &other);
	const char *secret = house_secret("{\"secret\":\"s\"}");
	const struct {
		const char *method, *path, *body;
	} asks[] = {
		/* by my workspace: none of theirs */
		{ "GET", ty_arena_printf(fx.arena, "%s/workflows/%s", house.ws, mine), NULL },
		{ "GET", house.ws, NULL },
		{ "GET", house.ws_id.s, NULL },
		/* by their own workspace: no such id in it */
		{ "GET", ty_arena_printf(fx.arena, "%s/workflows/%s", other_slug, mine), NULL },
		{ "DELETE", ty_arena_printf(fx.arena, "%s/workflows/%s", other_slug, mine), NULL },
		{ "POST", ty_arena_printf(fx.arena, "%s/workflows/%s/publish", other_slug, mine),
		  "{}" },
		{ "POST", ty_arena_printf(fx.arena, "%s/workflows/%s/run", other_slug, mine),
		  "{}" },
		{ "GET", ty_arena_printf(fx.arena, "%s/workflows/%s/versions", other_slug, mine),
		  NULL },
		{ "DELETE", ty_arena_printf(fx.arena, "%s/credentials/%s", other_slug, secret),
		  NULL },
		{ "GET", "no-such-workspace/workflows", NULL },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(asks); i++)
		ck_assert_status(
			ask_as(&stranger, asks[i].method,
			       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s", asks[i].path),
			       asks[i].body, NULL),
			404);
	id = ty_arena_printf(fx.arena, "/api/v1/workflows/%s/executions", mine);
	ck_assert_status(ask_as(&stranger, "POST", id, "{}", NULL), 404);
	ck_assert_status(ask("GET", ty_arena_printf(fx.arena, WS "/workflows/%s", mine), NULL),
			 200);
}
END_TEST

START_TEST(a_list_shows_only_the_workspaces_own)
{
	const char *other_slug;
	struct ty_id other = house_workspace(&other_slug);
	struct person stranger = house_person("owner", &other);
	struct reply reply;

	house_draft("{\"nodes\":[]}");
	reply = ask_as(&stranger, "GET",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/workflows", other_slug),
		       NULL, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 0);
	reply = ask_as(&stranger, "GET", "/api/v1/workspaces", NULL, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "items")), 1);
}
END_TEST

/* ---- API keys ---- */

static struct person
make_key(const char *scopes, struct reply *ret_reply)
{
	*ret_reply = ask("POST", WS "/api-keys",
			 ty_arena_printf(fx.arena, "{\"name\":\"K\",\"scopes\":%s}", scopes));
	return (struct person){ .key = ret_reply->status == 201 ? text_of(ret_reply, "key")
								: NULL };
}

START_TEST(a_key_may_what_its_scopes_say)
{
	struct reply reply;
	struct person key = make_key("[\"workflow.read\"]", &reply);

	ck_assert_status(reply, 201);
	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), 200);
	ck_assert_status(ask_as(&key, "POST", WS "/workflows", "{\"name\":\"W\"}", NULL), 403);
	ck_assert_status(ask_as(&key, "GET", WS "/executions", NULL, NULL), 403);
	ck_assert_status(ask_as(&key, "GET", "/api/v1/workspaces", NULL, NULL), 200);
	/* People's own affairs are not a program's. */
	ck_assert_status(ask_as(&key, "GET", "/api/v1/me", NULL, NULL), 403);
}
END_TEST

START_TEST(a_key_is_shown_once_and_kept_as_a_hash)
{
	struct reply reply, list;
	struct person key = make_key("[\"workflow.read\"]", &reply);

	list = ask("GET", WS "/api-keys", NULL);
	ck_assert_ptr_null(strstr(ty_json_dump(fx.arena, list.json, NULL), key.key));
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.api_keys k WHERE k::text LIKE "
				   "'%%%s%%'",
				   key.key + 13),
			 "0");
}
END_TEST

START_TEST(a_revoked_key_opens_nothing)
{
	struct reply reply;
	struct person key = make_key("[\"workflow.read\"]", &reply);
	const char *target = ty_arena_printf(fx.arena, WS "/api-keys/%s", text_of(&reply, "id"));

	ck_assert_status(ask("DELETE", target, NULL), 204);
	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), 401);
	ck_assert_status(ask("DELETE", target, NULL), 404);
}
END_TEST

START_TEST(a_key_is_of_one_workspace)
{
	struct reply reply;
	struct person key = make_key("[\"workflow.read\"]", &reply);
	const char *other_slug;

	house_workspace(&other_slug);
	ck_assert_status(
		ask_as(&key, "GET",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/workflows", other_slug),
		       NULL, NULL),
		404);
}
END_TEST

static const struct {
	const char *scopes;
	int status;
} scope_cases[] = {
	{ "[]", 422 },
	{ "\"workflow.run\"", 422 },
	{ "[\"no.such\"]", 422 },
	{ "[1]", 422 },
	{ "[\"workflow.run workflow.read\"]", 422 },
	{ "[\"workflow.run\",\"workflow.run\"]", 201 },
};

START_TEST(scopes_are_permissions)
{
	struct reply reply;

	make_key(scope_cases[_i].scopes, &reply);
	ck_assert_status(reply, scope_cases[_i].status);
}
END_TEST

START_TEST(a_key_cannot_make_a_stronger_one)
{
	struct reply reply;
	struct person key = make_key("[\"api_key.write\",\"workflow.read\"]", &reply);

	ck_assert_status(ask_as(&key, "POST", WS "/api-keys",
				"{\"name\":\"K\",\"scopes\":[\"workflow.read\"]}", NULL),
			 201);
	ck_assert_status(ask_as(&key, "POST", WS "/api-keys",
				"{\"name\":\"K\",\"scopes\":[\"workflow.write\"]}", NULL),
			 403);
}
END_TEST

static const char *const bad_keys[] = {
	"", "x", "tyb_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "tyb__", "' OR 1=1",
};

START_TEST(a_key_of_nobody_is_nobody)
{
	struct person key = { .key = bad_keys[_i] };

	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), 401);
}
END_TEST

START_TEST(the_right_prefix_with_a_wrong_secret_is_nobody)
{
	struct reply reply;
	struct person key = make_key("[\"workflow.read\"]", &reply);
	char *bad = ty_arena_strdup(fx.arena, key.key);

	bad[20] = bad[20] == 'A' ? 'B' : 'A';
	key.key = bad;
	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), 401);
}
END_TEST

/* What may become of whoever made a key, and what the key is worth then. */
static const struct {
	const char *sql; /* of the maker's id */
	int read, make, live;
} maker_cases[] = {
	{ "UPDATE tyboo.workspace_members SET role = 'viewer' WHERE user_id =", 200, 403, 1 },
	{ "UPDATE tyboo.workspace_members SET role = 'editor' WHERE user_id =", 200, 403, 1 },
	{ "UPDATE tyboo.workspace_members SET role = 'owner' WHERE user_id =", 200, 201, 1 },
	{ "DELETE FROM tyboo.workspace_members WHERE user_id =", 401, 401, 0 },
	{ "UPDATE tyboo.users SET disabled_at = now() WHERE id =", 401, 401, 0 },
	{ "DELETE FROM tyboo.users WHERE id =", 401, 401, 0 },
};

START_TEST(a_key_may_no_more_than_its_maker_now)
{
	struct person admin = house_person("admin", &house.ws_id), key;
	struct reply reply = ask_as(&admin, "POST", WS "/api-keys",
				    "{\"name\":\"K\",\"scopes\":[\"workflow.read\","
				    "\"api_key.write\"]}",
				    NULL);
	const char *key_id = text_of(&reply, "id"), *maker;
	json_t *item;
	size_t i;

	ck_assert_status(reply, 201);
	key = (struct person){ .key = text_of(&reply, "key") };
	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), 200);
	maker = house_sql("SELECT created_by FROM tyboo.api_keys WHERE id = '%s'", key_id);
	house_sql("%s '%s'", maker_cases[_i].sql, maker);
	ck_assert_status(ask_as(&key, "GET", WS "/workflows", NULL, NULL), maker_cases[_i].read);
	ck_assert_status(ask_as(&key, "POST", WS "/api-keys",
				"{\"name\":\"L\",\"scopes\":[\"workflow.read\"]}", NULL),
			 maker_cases[_i].make);
	reply = ask("GET", WS "/api-keys", NULL);
	json_array_foreach(json_object_get(reply.json, "items"), i, item)
	{
		if (ty_str_eq(ty_json_str(item, "id", ""), key_id))
			ck_assert_int_eq(json_is_true(json_object_get(item, "live")),
					 maker_cases[_i].live);
	}
}
END_TEST

/* ---- credentials ---- */

static const struct {
	const char *body;
	int status;
} credential_cases[] = {
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"secret\":\"s\"}}", 201 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"secrets\":[\"n\",\"o\"]}}",
	  201 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"secret\":\"\"}}", 422 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"secrets\":[]}}", 422 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"secrets\":[\"\"]}}", 422 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":{\"x\":\"s\"}}", 422 },
	{ "{\"name\":\"a\",\"type\":\"webhook_secret\",\"data\":\"s\"}", 422 },
	{ "{\"name\":\"a\",\"type\":\"no_such\",\"data\":{\"secret\":\"s\"}}", 422 },
	{ "{\"name\":\"\",\"type\":\"webhook_secret\",\"data\":{\"secret\":\"s\"}}", 422 },
};

START_TEST(a_credential_is_of_a_known_make)
{
	ck_assert_status(ask("POST", WS "/credentials", credential_cases[_i].body),
			 credential_cases[_i].status);
}
END_TEST

START_TEST(a_secret_goes_in_and_never_comes_out)
{
	const char *id = house_secret("{\"secret\":\"hunter2hunter2\"}"), *list;
	struct reply reply = ask("GET", WS "/credentials", NULL);

	list = ty_json_dump(fx.arena, reply.json, NULL);
	ck_assert_ptr_nonnull(strstr(list, id));
	ck_assert_ptr_null(strstr(list, "hunter2"));
	ck_assert_str_eq(house_sql("SELECT position('hunter2'::bytea IN sealed) FROM "
				   "tyboo.credentials WHERE id = '%s'",
				   id),
			 "0");
	ck_assert_status(ask("DELETE", ty_arena_printf(fx.arena, WS "/credentials/%s", id), NULL),
			 204);
	ck_assert_status(ask("DELETE", ty_arena_printf(fx.arena, WS "/credentials/%s", id), NULL),
			 404);
}
END_TEST

START_TEST(the_public_routes_ask_nobody)
{
	struct reply health = ask_as(&nobody, "GET", "/api/v1/health", NULL, NULL), schema;
	char zones[TY_ZONE_VERSION_SIZE];

	ck_assert_status(health, 200);
	ck_assert_str_eq(text_of(&health, "status"), "ok");
	ty_zone_version(zones);
	ck_assert_str_eq(text_of(&health, "zones"), zones);
	ck_assert_status(ask_as(&nobody, "GET", "/api/v1/openapi.json", NULL, NULL), 200);
	schema = ask_as(&nobody, "GET", "/api/v1/schemas/workflow", NULL, NULL);
	ck_assert_status(schema, 200);
	ck_assert_str_eq(text_of(&schema, "$schema"),
			 "https://json-schema.org/draft/2020-12/schema");
	ck_assert_ptr_nonnull(strstr(schema.headers, "Content-Type: application/schema+json"));
	ck_assert_status(ask_as(&nobody, "GET", "/api/v1/catalog", NULL, NULL), 401);
}
END_TEST

HOUSE_MAIN("api access", {
	TEST(the_right_password_gives_a_session);
	TEST(an_unknown_address_and_a_wrong_password_read_the_same);
	TEST(a_disabled_user_does_not_get_in);
	TEST(too_many_failures_lock_the_address_out);
	TEST(nobody_signs_in_from_another_site);
	TEST(a_sign_in_is_of_a_few_kilobytes);
	TEST(the_right_one_of_several_cookies_counts);
	TEST_LOOP(a_change_needs_our_origin_and_our_token, csrf_cases);
	TEST_LOOP(a_cookie_of_nobody_is_nobody, bad_cookies);
	TEST(a_session_that_is_over_is_over);
	TEST_LOOP(a_role_may_what_its_permissions_say, role_cases);
	TEST(a_viewer_may_change_nothing);
	TEST(permissions_of_roles_and_of_the_program_are_the_same);
	TEST(another_tenants_things_are_not_there);
	TEST(a_list_shows_only_the_workspaces_own);
	TEST(a_key_may_what_its_scopes_say);
	TEST(a_key_is_shown_once_and_kept_as_a_hash);
	TEST(a_revoked_key_opens_nothing);
	TEST(a_key_is_of_one_workspace);
	TEST_LOOP(a_key_may_no_more_than_its_maker_now, maker_cases);
	TEST_LOOP(scopes_are_permissions, scope_cases);
	TEST(a_key_cannot_make_a_stronger_one);
	TEST_LOOP(a_key_of_nobody_is_nobody, bad_keys);
	TEST(the_right_prefix_with_a_wrong_secret_is_nobody);
	TEST_LOOP(a_credential_is_of_a_known_make, credential_cases);
	TEST(a_secret_goes_in_and_never_comes_out);
	TEST(the_public_routes_ask_nobody);
})
