/*
 * test_redirect.c -- where a call may go, and what it takes along: the guard on what is really
 * connected, redirects, and secrets that are for one origin.
 */
#include "unit/net/web.h"

static const struct {
	const char *allow, *url;
} denied_cases[] = {
	{ "", "http://127.0.0.1:%d/echo" },
	{ "", "http://localhost:%d/echo" },
	{ "", "http://0x7f.1:%d/echo" },
	{ "", "http://2130706433:%d/echo" },
	{ "", "http://017700000001:%d/echo" },
	{ "", "http://0:%d/echo" },
	{ "", "http://[::1]:%d/echo" },
	{ "", "http://[::ffff:127.0.0.1]:%d/echo" },
	{ "", "http://169.254.169.254:%d/latest/meta-data/" },
	{ "127.0.0.1:1", "http://127.0.0.1:%d/echo" },
	{ "127.0.0.2", "http://127.0.0.1:%d/echo" },
};

START_TEST(a_refused_address_is_never_connected)
{
	struct outcome out;
	json_t *request;

	web_start(denied_cases[_i].allow);
	request = request_for("/", NULL);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	json_object_set_new(request, "url",
			    json_string(ty_arena_printf(fx.arena, denied_cases[_i].url, web.port)));
#pragma GCC diagnostic pop
	out = fetch(request, 5000);
	ck_assert_msg(out.answer == NULL, "it was fetched");
	ck_assert_msg(out.err.code == TY_E_DENIED, "%s", out.err.msg);
	ck_assert(!out.err.retryable);
	ck_assert_int_eq(http_server_connections(web.server), 0);
	web_stop();
}
END_TEST

static const struct {
	const char *target, *more;
	enum ty_code rc;
	const char *has; /* in the answer's method+head, or in the error */
} redirect_cases[] = {
	{ "/redirect/302//echo", "{\"redirects_max\":3}", TY_OK, "GET /echo" },
	{ "/redirect/302//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "GET /echo" },
	{ "/redirect/303//echo",
	  "{\"method\":\"PUT\",\"redirects_max\":3,\"body\":{\"kind\":\"text\","
	  "\"value\":\"x\"}}",
	  TY_OK, "GET /echo" },
	{ "/redirect/302//echo", "{\"method\":\"PUT\",\"redirects_max\":3}", TY_OK, "PUT /echo" },
	{ "/redirect/307//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "POST /echo" },
	{ "/redirect/308//echo", "{\"method\":\"POST\",\"redirects_max\":3}", TY_OK, "POST /echo" },
	{ "/redirect/302//loop", "{\"redirects_max\":0}", TY_OK, NULL },
	{ "/redirect/302/loop", "{\"redirects_max\":4}", TY_E_UPSTREAM, "more than 4" },
	/* TY_LIMIT_HTTP_REDIRECTS, whatever is asked for. */
	{ "/redirect/302/loop", "{\"redirects_max\":1000}", TY_E_UPSTREAM, "more than 10" },
	{ "/hops/3", "{\"redirects_max\":3}", TY_OK, "GET /echo" },
	{ "/hops/4", "{\"redirects_max\":3}", TY_E_UPSTREAM,
	  "/hops/1: The server redirected more than 3" },
	{ "/redirect/302//garbage", "{\"method\":\"POST\",\"redirects_max\":3}", TY_E_UPSTREAM,
	  "redirected to GET http://" },
	{ "/hops/10", "{\"redirects_max\":1000}", TY_OK, "GET /echo" },
	{ "/hops/11", "{\"redirects_max\":1000}", TY_E_UPSTREAM, "more than 10" },
	{ "/redirect/302/http://127.0.0.2:9/x", "{\"redirects_max\":4}", TY_E_DENIED,
	  "127.0.0.2:9" },
	{ "/redirect/302/http://[::1]:9/x", "{\"redirects_max\":4}", TY_E_DENIED, "[::1]:9" },
	{ "/redirect/302/http://169.254.169.254/x", "{\"redirects_max\":4}", TY_E_DENIED,
	  "169.254" },
	{ "/redirect/302/file:///etc/passwd", "{\"redirects_max\":4}", TY_E_UPSTREAM, "no http" },
	{ "/redirect/302/gopher://127.0.0.1:1/", "{\"redirects_max\":4}", TY_E_UPSTREAM,
	  "no http" },
};

START_TEST(a_redirect_is_followed_within_its_rules)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for(redirect_cases[_i].target, redirect_cases[_i].more), 5000);
	if (redirect_cases[_i].rc != TY_OK) {
		ck_assert_int_eq(out.err.code, redirect_cases[_i].rc);
		ck_assert_msg(strstr(out.err.msg, redirect_cases[_i].has) != NULL, "%s",
			      out.err.msg);
	} else if (redirect_cases[_i].has == NULL) {
		ck_assert_str_eq(answer_text(&out, "status"), "302");
	} else {
		ck_assert_msg(strncmp(echo_str(&out, "head"), redirect_cases[_i].has,
				      strlen(redirect_cases[_i].has)) == 0,
			      "%s", echo_str(&out, "head"));
		ck_assert(strstr(answer_text(&out, "url"), "/echo") != NULL);
		ck_assert_int_gt(atoi(answer_text(&out, "redirects")), 0);
		ck_assert_int_eq(strncmp(answer_text(&out, "method") + 1, redirect_cases[_i].has,
					 strcspn(redirect_cases[_i].has, " ")),
				 0);
	}
	web_stop();
}
END_TEST

/* The same scheme, host and port is the same origin; anything else is somebody else. */
START_TEST(what_is_for_one_origin_is_sent_to_no_other)
{
	const struct carried *carried = &carried_cases[_i];
	struct http_server *other;
	const char *here;

	web_start("127.0.0.1");
	other = http_server_new(serve, NULL);
	here = ty_arena_printf(fx.arena, "http://127.0.0.1:%d", web.port);
	check_carried(here, here, true, carried);
	check_carried(here,
		      ty_arena_printf(fx.arena, "http://127.0.0.1:%d", http_server_port(other)),
		      false, carried);
	check_carried(here, ty_arena_printf(fx.arena, "http://localhost:%d", web.port), false,
		      carried);
	http_server_free(other);
	web_stop();
}
END_TEST

/* Once dropped it stays dropped: not even the way back brings it along again. */
START_TEST(a_secret_does_not_come_back_with_the_way_back)
{
	struct http_server *other;
	struct outcome out;
	char *target;

	web_start("127.0.0.1");
	other = http_server_new(serve, NULL);
	target = ty_arena_printf(fx.arena,
				 "/redirect/302/http://127.0.0.1:%d/redirect/302/"
				 "http://127.0.0.1:%d/echo",
				 http_server_port(other), web.port);
	out = fetch(request_for(target, "{\"redirects_max\":2,\"headers\":[{\"name\":\"X-Api-Key\","
					"\"value\":\"s\",\"secret\":true}]}"),
		    0);
	ck_assert_ptr_null(strcasestr(echo_str(&out, "head"), "x-api-key"));
	http_server_free(other);
	web_stop();
}
END_TEST

/* Nor may one origin make us say a password of its choice to another. */
START_TEST(a_location_names_a_password_for_its_own_origin_only)
{
	struct http_server *other;
	struct outcome out;

	web_start("127.0.0.1");
	other = http_server_new(serve, NULL);
	out = fetch(request_for(ty_arena_printf(fx.arena,
						"/redirect/302/http://me:pass@127.0.0.1:%d/echo",
						http_server_port(other)),
				"{\"redirects_max\":1}"),
		    0);
	ck_assert_ptr_null(strcasestr(echo_str(&out, "head"), "authorization"));
	out = fetch(request_for(ty_arena_printf(fx.arena,
						"/redirect/302/http://me:pass@127.0.0.1:%d/echo",
						web.port),
				"{\"redirects_max\":1}"),
		    0);
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "head"), "Authorization: Basic bWU6cGFzcw=="));
	http_server_free(other);
	web_stop();
}
END_TEST

/* A server that redirects again and again, each time well within the time of the call. */
START_TEST(one_timeout_covers_hops_that_are_quick_each)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/hops/10", "{\"redirects_max\":10}"), 5 * HOP_MS);
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	web_stop();
}
END_TEST

START_TEST(one_timeout_covers_all_hops)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/redirect/302//slow", "{\"redirects_max\":3}"), 150);
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	web_stop();
}
END_TEST

TEST_MAIN("net redirect", {
	TEST_LOOP(a_refused_address_is_never_connected, denied_cases);
	TEST_LOOP(a_redirect_is_followed_within_its_rules, redirect_cases);
	TEST_LOOP(what_is_for_one_origin_is_sent_to_no_other, carried_cases);
	TEST(a_secret_does_not_come_back_with_the_way_back);
	TEST(a_location_names_a_password_for_its_own_origin_only);
	TEST(one_timeout_covers_hops_that_are_quick_each);
	TEST(one_timeout_covers_all_hops);
})
