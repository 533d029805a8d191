/*
 * test_proxy_failure.c -- calls through a proxy that fail: at the proxy, or behind it, and who is told to be at
 * fault.
 */
#include "unit/net/web_proxy.h"

#include "support/tls.h"

/* ---- TLS, to the proxy and through it ---- */

static const struct {
	bool to_proxy, to_server, proxy_trusted, server_trusted, verify;
	const char *why; /* NULL = it goes */
} tls_rows[] = {
	{ false, true, true, true, true, NULL },
	{ true, false, true, true, true, NULL },
	{ true, true, true, true, true, NULL },
	{ true, true, false, true, true, "The operator's proxy shows a certificate" },
	/* The node's word is about the server, not about the proxy. */
	{ true, true, false, true, false, "The operator's proxy shows a certificate" },
	{ false, true, true, false, true, "The server's certificate is not trusted" },
	{ false, true, true, false, false, NULL },
};

START_TEST(tls_is_checked_with_the_proxy_and_with_the_server)
{
	struct tls_identity *ca = tls_identity_new(&(struct tls_wanted){ .names = "DNS:ca.test" });
	struct tls_wanted good = { .names = "IP:127.0.0.1", .issuer = ca };
	struct tls_wanted bad = { .names = "IP:127.0.0.1" };
	struct tls_identity *at_proxy = tls_identity_new(tls_rows[_i].proxy_trusted ? &good : &bad);
	struct tls_identity *at_server =
		tls_identity_new(tls_rows[_i].server_trusted ? &good : &bad);
	char *file = ty_arena_printf(fx.arena, "/tmp/tyboo-proxy-ca.%d", (int)getpid());
	struct ty_net_conf conf = { .allow = "127.0.0.1", .ca_file = file };
	struct tls_front *proxy_front, *server_front;
	struct outcome out;

	tls_identity_save(ca, file);
	servers_start();
	proxy_front = tls_front_new(at_proxy, proxy.port);
	server_front = tls_front_new(at_server, web.port);
	conf.proxy = tls_rows[_i].to_proxy
			     ? ty_arena_printf(fx.arena, "https://me:sesame@127.0.0.1:%d",
					       tls_front_port(proxy_front))
			     : proxy_at("me:sesame@");
	net_use(&conf);
	out = get(tls_rows[_i].to_server ? ty_arena_printf(fx.arena, "https://127.0.0.1:%d/echo",
							   tls_front_port(server_front))
					 : web_url("/echo"),
		  tls_rows[_i].verify ? NULL : "{\"verify_tls\":false}");
	if (tls_rows[_i].why == NULL) {
		ck_assert_str_eq(echo_str(&out, "target"), "/echo");
		ck_assert_ptr_nonnull(strstr(proxy.notes[0], "Basic bWU6c2VzYW1l\r\n"));
	} else {
		ck_assert_msg(out.answer == NULL, "it went");
		ck_assert_msg(strstr(out.err.msg, tls_rows[_i].why) != NULL, "%s", out.err.msg);
		ck_assert_ptr_null(strstr(out.err.msg, "sesame"));
		ck_assert(!out.err.retryable);
	}
	ty_net_free(web.net);
	ck_assert_ok(
		ty_net_new(&web.loop, &(struct ty_net_conf){ .allow = "" }, &web.net, &fx.err));
	tls_front_free(proxy_front);
	tls_front_free(server_front);
	servers_stop();
	unlink(file);
	tls_identity_free(at_proxy);
	tls_identity_free(at_server);
	tls_identity_free(ca);
}
END_TEST

/* ---- whose fault ---- */

static const struct {
	int status;
	bool retryable, no_answer;
	const char *what;
} faults[] = {
	{ 407, false, false, "wants another user and password" },
	{ 403, false, false, "refuses to connect there" },
	{ 405, false, false, "makes no tunnels" },
	{ 429, true, false, "asked too often" },
	{ 502, true, true, "could not connect there" },
	{ 504, true, true, "in time" },
	{ 418, false, false, "makes no tunnel there" },
	{ 302, false, false, "makes no tunnel there" },
};

/* no_answer is what the destination's circuit breaker counts. */
START_TEST(a_proxy_that_makes_no_tunnel_is_told_as_that)
{
	struct outcome out;

	for (int is_own = 0; is_own < 2; is_own++) {
		if (is_own)
			start_own();
		else
			start_operator("me:sesame@", "127.0.0.1", false);
		proxy.status = faults[_i].status;
		out = get(web_url("/echo?token=sesame"), is_own ? own() : NULL);
		ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
		ck_assert_msg(strstr(out.err.msg, faults[_i].what) != NULL, "%s", out.err.msg);
		ck_assert_ptr_nonnull(
			strstr(out.err.msg, is_own ? "The node's proxy" : "The operator's proxy"));
		ck_assert_ptr_nonnull(
			strstr(out.err.msg, ty_arena_printf(fx.arena, "%d", faults[_i].status)));
		ck_assert_ptr_null(strstr(out.err.msg, "sesame"));
		ck_assert_int_eq(out.err.retryable, faults[_i].retryable);
		ck_assert_int_eq(out.err.no_answer, !is_own && faults[_i].no_answer);
		ck_assert_uint_gt(strlen(out.err.hint), 0);
		ck_assert_int_eq(web.served, 0);
		servers_stop();
	}
}
END_TEST

START_TEST(a_proxy_that_is_away_is_told_as_that)
{
	struct ty_net_conf conf = { .allow = "127.0.0.1", .proxy = "http://127.0.0.1:1" };
	struct outcome out;

	servers_start();
	net_use(&conf);
	out = get(web_url("/echo"), NULL);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "The operator's proxy cannot be connected"));
	ck_assert(out.err.retryable && !out.err.no_answer);
	servers_stop();
}
END_TEST

/* Through a tunnel the destination's faults stay its own. */
START_TEST(what_fails_behind_the_tunnel_is_the_destinations)
{
	struct outcome out;

	start_operator("", "127.0.0.1", false);
	out = get(web_url("/close"), NULL);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert_ptr_null(strstr(out.err.msg, "proxy"));
	ck_assert(out.err.no_answer);
	out = get(web_url("/slow"), "{\"timeout_ms\":100}");
	ck_assert_int_eq(out.err.code, TY_E_TIMEOUT);
	ck_assert_ptr_null(strstr(out.err.msg, "proxy"));
	out = get("http://no-such-host.invalid/", NULL);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "host"));
	servers_stop();
}
END_TEST

START_TEST(a_call_that_is_canceled_while_its_name_is_looked_up_is_forgotten)
{
	struct outcome out = { 0 };
	struct ty_net_call *call;

	start_operator("", "127.0.0.1", false);
	call = ty_net_http(web.net, request_for("/echo", NULL), 0, told, &out);
	ty_net_cancel(call);
	ty_net_http(web.net, request_for("/echo", NULL), 0, told, &out);
	servers_stop();
	ck_assert_int_eq(out.told, 0);
}
END_TEST

TEST_MAIN("net proxy_failure", {
	TEST_LOOP(tls_is_checked_with_the_proxy_and_with_the_server, tls_rows);
	TEST_LOOP(a_proxy_that_makes_no_tunnel_is_told_as_that, faults);
	TEST(a_proxy_that_is_away_is_told_as_that);
	TEST(what_fails_behind_the_tunnel_is_the_destinations);
	TEST(a_call_that_is_canceled_while_its_name_is_looked_up_is_forgotten);
})
