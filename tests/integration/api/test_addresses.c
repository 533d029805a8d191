/*
 * test_addresses.c -- which hook an address is, what it answers without a delivery, and which pages may call it.
 */
#include "deliveries.h"

#include "base/limits.h"
#include "intake/job.h"

/* ---- addresses ---- */

static const struct {
	const char *target;
	int status;
	const char *path; /* that is kept */
} address_cases[] = {
	{ "/hooks/{ws}/h", 202, "h" },
	{ "/hooks/{ws}/h/", 202, "h" },
	{ "/hooks/{ws}/%68", 202, "h" },
	{ "/hooks/{ws}//h", 404, "/h" },
	{ "/hooks/{ws}/h//", 404, "h/" },
	{ "/hooks/{ws}/h%2F", 404, "h%2F" },
	{ "/hooks/{ws}/H", 404, "H" },
	{ "/hooks/{ws}/x/../h", 404, "x/../h" },
	{ "/hooks/{ws}/x/%2e%2E/h", 404, "x/../h" },
};

START_TEST(an_address_is_matched_in_its_normal_form)
{
	struct raw raw = delivery("{}");

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw.target = address_cases[_i].target;
	ck_assert_status(ask_raw(&raw), address_cases[_i].status);
	ck_assert_str_eq(kept("path"), address_cases[_i].path);
}
END_TEST

/* "params" of the job that is made from what is kept: the same whoever makes it. */
static const char *
kept_params(void)
{
	const struct ty_receipt receipt = { .mode = "webhook",
					    .start_node = "hook",
					    .path = kept("path"),
					    .route = kept("route"),
					    .body = "" };
	const char *payload, *notices;
	json_t *job;
	const json_t *item;
	size_t len;

	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &payload, &len, &notices, &fx.err));
	ck_assert_ok(ty_json_parse(fx.arena, payload, len, &job, &fx.err));
	item = json_array_get(json_object_get(job, "items"), 0);
	return ty_json_dump(fx.arena, json_object_get(json_object_get(item, "json"), "params"),
			    NULL);
}

static const struct {
	const char *method, *target;
	int status;
	const char *params, *node; /* whose hook */
} route_cases[] = {
	{ "POST", "/hooks/{ws}/orders/17", 202, "{\"id\":\"17\"}", "orders/:id" },
	{ "POST", "/hooks/{ws}/orders/17/", 202, "{\"id\":\"17\"}", "orders/:id" },
	{ "POST", "/hooks/{ws}/orders/J%C3%BCrgen%2Fx", 202, "{\"id\":\"J\u00fcrgen/x\"}",
	  "orders/:id" },
	{ "POST", "/hooks/{ws}/orders/new", 202, "{}", "orders/new" },
	{ "POST", "/hooks/{ws}/orders/1/items/2", 202, "{\"id\":\"1\",\"item\":\"2\"}",
	  "orders/:id/items/:item" },
	{ "POST", "/hooks/{ws}/other/1", 202, "{\"any\":\"other\",\"id\":\"1\"}", ":any/:id" },
	{ "POST", "/hooks/{ws}/other/new", 202, "{\"any\":\"other\"}", ":any/new" },
	{ "POST", "/hooks/{ws}/orders", 404, NULL, NULL },
	{ "POST", "/hooks/{ws}/orders/", 404, NULL, NULL },
	{ "POST", "/hooks/{ws}/orders//items/2", 404, NULL, NULL },
	{ "PUT", "/hooks/{ws}/orders/new", 404, NULL, NULL },
};

/* Twice: from Postgres and from the cache; then as tyboo-reap would push it. */
START_TEST(parameters_of_a_path_are_filled)
{
	static const char *const paths[] = { "orders/:id", "orders/new", "orders/:id/items/:item",
					     ":any/:id", ":any/new" };
	struct raw raw = delivery("{}");

	for (size_t i = 0; i < TY_ARRAY_COUNT(paths); i++)
		house_publish(house_hook_graph(paths[i], "\"verify\":\"none\""));
	raw.method = route_cases[_i].method;
	raw.target = route_cases[_i].target;
	for (int i = 0; i < 2; i++) {
		struct reply reply = ask_raw(&raw);

		ck_assert_status(reply, route_cases[_i].status);
		if (route_cases[_i].params == NULL)
			continue;
		ck_assert_str_eq(kept_params(), route_cases[_i].params);
		ck_assert_str_eq(house_sql("SELECT coalesce(nullif(d.route, ''), d.path) FROM "
					   "tyboo.deliveries d WHERE d.id = '%s'",
					   text_of(&reply, "run_id")),
				 route_cases[_i].node);
	}
}
END_TEST

/* A path is another's the moment that one is published here, though a pattern took it before. */
START_TEST(a_path_of_its_own_goes_before_a_known_pattern)
{
	struct raw raw = delivery("{}");

	house_publish(house_hook_graph("orders/:id", "\"verify\":\"none\""));
	raw.target = "/hooks/{ws}/orders/new";
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("route"), "orders/:id");
	house_publish(house_hook_graph("orders/new", "\"verify\":\"none\""));
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("route"), "");
	raw.target = "/hooks/{ws}/orders/newer";
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("route"), "orders/:id");
	raw.target = "/hooks/{ws}/orders/new";
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("route"), "");
}
END_TEST

START_TEST(two_names_for_one_place_are_one_address)
{
	const char *id, *target;
	struct reply reply;

	house_publish(house_hook_graph("orders/:id", "\"verify\":\"none\""));
	id = house_draft(house_hook_graph("orders/:order", "\"verify\":\"none\""));
	target = ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/publish", id);
	reply = ask("POST", target, "{}");
	ck_assert_status(reply, 409);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"), "orders/:order is taken"));
}
END_TEST

static const struct {
	const char *path, *at;
} unreachable_cases[] = {
	{ "x/..", "nodes[0].params.path" },
	{ "a/../b", "nodes[0].params.path" },
	{ "./c", "nodes[0].params.path" },
	{ "%2e%2e/c", "nodes[0].params.path" },
	{ "orders/:id/:id", "nodes[0].params.path" },
	{ "orders/:", "nodes[0].params.path" },
};

START_TEST(a_path_that_nothing_reaches_is_refused_at_publish)
{
	const char *id =
		house_draft(house_hook_graph(unreachable_cases[_i].path, "\"verify\":\"none\""));
	const char *target =
		ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/publish", id);
	struct reply reply = ask("POST", target, "{}");
	const json_t *findings = json_object_get(reply.json, "findings");

	ck_assert_status(reply, 422);
	ck_assert_int_eq((int)json_array_size(findings), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(findings, 0), "path", ""),
			 unreachable_cases[_i].at);
}
END_TEST

/* ---- probes ---- */

static const struct {
	const char *claimed, *method;
	int status;
	const char *allow;
} probe_cases[] = {
	{ "POST", "GET", 200, "Allow: POST, HEAD, OPTIONS\r\n" },
	{ "POST", "HEAD", 200, "Allow: POST, HEAD, OPTIONS\r\n" },
	{ "POST", "OPTIONS", 204, "Allow: POST, HEAD, OPTIONS\r\n" },
	{ "GET", "HEAD", 200, "Allow: GET, HEAD, OPTIONS\r\n" },
	{ "GET", "OPTIONS", 204, "Allow: GET, HEAD, OPTIONS\r\n" },
	{ "ANY", "HEAD", 200, "Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n" },
	{ "ANY", "OPTIONS", 204, "Allow: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n" },
};

START_TEST(a_probe_is_answered_and_leaves_nothing)
{
	static const char *const paths[] = { "h", "o/:id" };
	static const char *const targets[] = { "/hooks/{ws}/h", "/hooks/{ws}/o/1" };
	int64_t ready = count_ready();

	for (size_t i = 0; i < TY_ARRAY_COUNT(paths); i++) {
		struct raw raw = delivery("");
		struct reply reply;

		house_publish(house_hook_graph(
			paths[i], ty_arena_printf(fx.arena, "\"verify\":\"none\",\"method\":\"%s\"",
						  probe_cases[_i].claimed)));
		raw.method = probe_cases[_i].method;
		raw.target = targets[i];
		reply = ask_raw(&raw);
		ck_assert_status(reply, probe_cases[_i].status);
		ck_assert_msg(strstr(reply.headers, probe_cases[_i].allow) != NULL, "%s",
			      reply.headers);
	}
	ck_assert_int_eq(count_kept("true"), 0);
	ck_assert_int_eq(count_ready(), ready);
}
END_TEST

START_TEST(a_get_hook_runs_on_get_and_a_head_hook_on_head)
{
	static const char *const claimed[] = { "GET", "HEAD" };
	struct raw raw = delivery("");

	house_publish(house_hook_graph(
		"h",
		ty_arena_printf(fx.arena, "\"verify\":\"none\",\"method\":\"%s\"", claimed[_i])));
	raw.method = claimed[_i];
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_int_eq(count_kept("verdict = 'accepted'"), 1);
}
END_TEST

START_TEST(a_probe_of_an_unclaimed_address_is_unclaimed)
{
	struct raw raw = delivery("");

	raw.method = "OPTIONS";
	ck_assert_status(ask_raw(&raw), 404);
	ck_assert_int_eq(count_kept("verdict = 'unclaimed'"), 1);
}
END_TEST

/* ---- origins ---- */

#define SHOP "https://shop.test:8443"

static struct raw
preflight(const char *origin, const char *method)
{
	struct raw raw = delivery("");

	raw.method = "OPTIONS";
	raw.headers[0] = ty_arena_printf(fx.arena, "Origin: %s", origin);
	raw.headers[1] = ty_arena_printf(fx.arena, "Access-Control-Request-Method: %s", method);
	raw.headers[2] = "Access-Control-Request-Headers: content-type,x-signature";
	return raw;
}

static void
publish_put(const char *origins)
{
	house_publish(
		house_hook_graph("h", ty_arena_printf(fx.arena,
						      "\"verify\":\"none\",\"method\":\"PUT\","
						      "\"allowed_origins\":\"%s\"",
						      origins)));
}

static void
has_header(const struct reply *reply, const char *line)
{
	ck_assert_msg(strstr(reply->headers, line) != NULL, "no %s in %s", line, reply->headers);
}

START_TEST(a_preflight_of_an_allowed_origin_passes)
{
	struct raw raw = preflight(SHOP, "PUT");
	struct reply reply;

	publish_put(SHOP);
	reply = ask_raw(&raw);
	ck_assert_status(reply, 204);
	has_header(&reply, "Access-Control-Allow-Origin: " SHOP "\r\n");
	has_header(&reply, "Access-Control-Allow-Methods: PUT\r\n");
	has_header(&reply, "Access-Control-Allow-Headers: content-type,x-signature\r\n");
	has_header(&reply, "Access-Control-Max-Age: ");
	has_header(&reply, "Vary: Origin\r\n");
	ck_assert_int_eq(count_kept("true"), 0);
}
END_TEST

static const struct {
	const char *origins, *origin, *method;
	int status;
} preflight_cases[] = {
	{ "", SHOP, "PUT", 403 },
	{ SHOP, "https://shop.test", "PUT", 403 },
	{ SHOP, "null", "PUT", 403 },
	{ SHOP, SHOP, "PATCH", 405 },
};

START_TEST(a_preflight_that_is_not_allowed_says_so)
{
	struct raw raw = preflight(preflight_cases[_i].origin, preflight_cases[_i].method);
	struct reply reply;

	publish_put(preflight_cases[_i].origins);
	reply = ask_raw(&raw);
	ck_assert_status(reply, preflight_cases[_i].status);
	ck_assert_ptr_null(strstr(reply.headers, "Access-Control-Allow-Origin"));
	if (reply.status == 403)
		ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "allowed_origins"));
	ck_assert_int_eq(count_kept("true"), 0);
}
END_TEST

/* An error that a page cannot read tells its author nothing. */
START_TEST(every_answer_carries_the_allowed_origin)
{
	static const struct {
		const char *body;
		int64_t declared;
		int status;
	} cases[] = { { "{}", -1, 202 }, { "{}", 10, 400 }, { "x", TY_LIMIT_BLOB_BYTES + 1, 413 } };

	publish_put(SHOP);
	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++) {
		struct raw raw = delivery(cases[i].body);
		struct reply reply;

		raw.method = "PUT";
		raw.declared = cases[i].declared;
		raw_add(&raw, "Origin: " SHOP);
		reply = ask_raw(&raw);
		ck_assert_status(reply, cases[i].status);
		has_header(&reply, "Access-Control-Allow-Origin: " SHOP "\r\n");
		has_header(&reply, "Vary: Origin\r\n");
		raw.headers[1] = "Origin: https://evil.test";
		reply = ask_raw(&raw);
		ck_assert_ptr_null(strstr(reply.headers, "Access-Control-Allow-Origin"));
		has_header(&reply, "Vary: Origin\r\n");
	}
}
END_TEST

START_TEST(an_origin_that_is_none_is_a_finding)
{
	const char *id = house_draft(
		house_hook_graph("h", "\"verify\":\"none\",\"allowed_origins\":\"shop.test\""));
	struct reply reply =
		ask("POST",
		    ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/publish", id),
		    "{}");

	ck_assert_status(reply, 422);
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, reply.json, NULL), "allowed_origins"));
}
END_TEST

HOUSE_MAIN("api addresses", {
	TEST_LOOP(an_address_is_matched_in_its_normal_form, address_cases);
	TEST_LOOP(parameters_of_a_path_are_filled, route_cases);
	TEST(a_path_of_its_own_goes_before_a_known_pattern);
	TEST(two_names_for_one_place_are_one_address);
	TEST_LOOP(a_path_that_nothing_reaches_is_refused_at_publish, unreachable_cases);
	TEST_LOOP(a_probe_is_answered_and_leaves_nothing, probe_cases);
	tcase_add_loop_test(tc, a_get_hook_runs_on_get_and_a_head_hook_on_head, 0, 2);
	TEST(a_probe_of_an_unclaimed_address_is_unclaimed);
	TEST(a_preflight_of_an_allowed_origin_passes);
	TEST_LOOP(a_preflight_that_is_not_allowed_says_so, preflight_cases);
	TEST(every_answer_carries_the_allowed_origin);
	TEST(an_origin_that_is_none_is_a_finding);
})
