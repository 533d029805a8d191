/*
 * test_proxy.c -- calls through a proxy: which way is taken, what the proxy gets to see, and what holds all the
 * same.
 */
#include "unit/net/web_proxy.h"

#include "net/internal.h"

/* ---- the table ---- */

static const struct {
	bool operators, own, resolves;
	enum net_way way;
} ways[] = {
	{ false, false, false, NET_WAY_STRAIGHT }, { false, false, true, NET_WAY_STRAIGHT },
	{ false, true, false, NET_WAY_OWN },	   { false, true, true, NET_WAY_OWN },
	{ true, false, false, NET_WAY_OPERATOR },  { true, false, true, NET_WAY_OPERATOR_RESOLVES },
	{ true, true, false, NET_WAY_OWN_LISTED }, { true, true, true, NET_WAY_OWN_LISTED },
};

START_TEST(the_way_is_what_the_table_says)
{
	const struct net_proxy any = { .url = "http://127.0.0.1:1" };
	const struct net_means means = { .proxy = ways[_i].operators ? &any : NULL,
					 .proxy_resolves = ways[_i].resolves };

	ck_assert_int_eq(net_way_choose(&means, ways[_i].own ? &any : NULL), ways[_i].way);
}
END_TEST

static const struct {
	const char *host;
	bool is_allowed;
} names[] = {
	{ "example.com", true },
	{ "example.com.", true },
	{ "locals.example", true },
	{ "mylocalhost.com", true },
	{ "93.184.216.34", true },
	{ "[2606:2800:220:1::1]", true },
	{ "10.1.1.7", true }, /* on the list */
	{ "10.1.1.8", false },
	{ "127.0.0.1", false },
	{ "127.0.0.1.", false },
	{ "[::1]", false },
	{ "[::ffff:10.1.1.8]", false },
	{ "169.254.169.254", false },
	{ "127.1", false },
	{ "0177.0.0.1", false },
	{ "2130706433", false },
	{ "localhost", false },
	{ "LOCALHOST.", false },
	{ "a.localhost", false },
	{ "printer.local", false },
	{ "metadata.google.internal", false },
	{ "intranet", false },
	{ "nas.lan", false },
	{ "x.home.arpa", false },
};

START_TEST(a_name_that_the_proxy_looks_up_is_judged_by_rule)
{
	const struct ty_net_guard *guard;

	ck_assert_ok(ty_net_guard_new(fx.arena, "10.1.1.7", &guard, &fx.err));
	ck_assert_msg(net_guard_allows_name(guard, names[_i].host, 80) == names[_i].is_allowed,
		      "%s", names[_i].host);
}
END_TEST

static const struct {
	const char *url;
	bool is_good;
} settings[] = {
	{ "http://proxy.example", true },
	{ "http://proxy.example/", true },
	{ "https://me:sesame@proxy.example:3128", true },
	{ "http://[2001:db8::1]:3128", true },
	{ "", true },
	{ "me:sesame@proxy.example:3128", false },
	{ "socks5://me:sesame@proxy.example", false },
	{ "http://me:sesame@proxy.example:3128/path", false },
	{ "http://me:sesame@proxy.example:0", false },
	{ "http://me:sesame@", false },
};

START_TEST(a_setting_that_is_no_proxy_is_told_without_its_password)
{
	const struct ty_net_conf conf = { .proxy = settings[_i].url };
	struct net_means means;

	if (settings[_i].is_good) {
		ck_assert_ok(net_means_init(fx.arena, &conf, &means, &fx.err));
		return;
	}
	ck_assert_code(net_means_init(fx.arena, &conf, &means, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "http_proxy"));
	ck_assert_ptr_null(strstr(fx.err.msg, "sesame"));
	ck_assert_ptr_null(strstr(fx.err.hint, "sesame"));
}
END_TEST

static const char *const refused_proxies[] = {
	"socks5://127.0.0.1",
	"http://me:sesame@127.0.0.1",
	"http://127.0.0.1/x",
	"",
};

START_TEST(a_request_whose_proxy_is_none_is_refused)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/echo", ty_arena_printf(fx.arena, "{\"proxy\":\"%s\"}",
							 refused_proxies[_i])),
		    0);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ck_assert_str_eq(out.err.path, "proxy");
	ck_assert_ptr_null(strstr(out.err.msg, "sesame"));
	ck_assert_int_eq(web.served, 0);
	web_stop();
}
END_TEST

/* ---- the operator's ---- */

START_TEST(the_operators_proxy_gets_the_address_that_was_looked_at)
{
	struct outcome out;

	start_operator("me:p%40ss@", "127.0.0.1", false);
	out = get(ty_arena_printf(fx.arena, "http://localhost:%d/echo?x=1", web.port),
		  "{\"headers\":[{\"name\":\"Authorization\",\"value\":\"Bearer s\"}]}");
	ck_assert_str_eq(echo_str(&out, "target"), "/echo?x=1");
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "head"),
				     ty_arena_printf(fx.arena, "Host: localhost:%d", web.port)));
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "head"), "\r\nAuthorization: Bearer s"));
	ck_assert_ptr_null(strcasestr(echo_str(&out, "head"), "proxy-"));
	ck_assert_ptr_null(strcasestr(answer_text(&out, "headers"), "x-of-proxy"));
	ck_assert_int_eq(noted(), 1);
	ck_assert_ptr_nonnull(strstr(proxy.notes[0],
				     ty_arena_printf(fx.arena, "CONNECT 127.0.0.1:%d ", web.port)));
	ck_assert_ptr_nonnull(
		strstr(proxy.notes[0], "\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n"));
	ck_assert_ptr_null(strstr(proxy.notes[0], "Bearer"));
	/* It is the same way for everybody, so a tunnel serves the next call too. */
	out = get(ty_arena_printf(fx.arena, "http://localhost:%d/echo", web.port), NULL);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo");
	ck_assert_int_eq(noted(), 1);
	servers_stop();
}
END_TEST

START_TEST(the_operators_proxy_may_look_names_up_itself)
{
	struct outcome out;

	start_operator("", "", true);
	out = get(ty_arena_printf(fx.arena, "http://shop.example:%d/echo", web.port), NULL);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo");
	ck_assert_ptr_nonnull(strstr(
		proxy.notes[0], ty_arena_printf(fx.arena, "CONNECT shop.example:%d ", web.port)));
	ck_assert_ptr_null(strstr(proxy.notes[0], "Proxy-Authorization"));
	servers_stop();
}
END_TEST

static const struct {
	const char *url;
	bool resolves;
} inner[] = {
	{ "http://10.1.1.7/", false },	 { "https://[fd00::1]/", false },
	{ "http://localhost/", false },	 { "http://2130706433/", false },
	{ "http://10.1.1.7/", true },	 { "https://[fd00::1]/", true },
	{ "http://localhost/", true },	 { "http://2130706433/", true },
	{ "https://x.internal/", true },
};

START_TEST(no_proxy_is_asked_for_an_address_that_is_refused)
{
	struct outcome out;

	start_operator("", "", inner[_i].resolves);
	out = get(inner[_i].url, NULL);
	ck_assert_int_eq(out.err.code, TY_E_DENIED);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "not on the public internet"));
	ck_assert_ptr_nonnull(strstr(out.err.hint, "http_allow"));
	ck_assert_int_eq(http_server_connections(proxy.server), 0);
	servers_stop();
}
END_TEST

START_TEST(a_redirect_is_looked_at_again)
{
	struct outcome out;

	start_operator("", NULL, inner[_i].resolves);
	out = get(web_url(ty_arena_printf(fx.arena, "/redirect/302/%s", inner[_i].url)),
		  "{\"redirects_max\":2}");
	ck_assert_int_eq(out.err.code, TY_E_DENIED);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "redirected to"));
	servers_stop();
}
END_TEST

/* ---- a request's own ---- */

START_TEST(a_tunnel_through_an_own_proxy_is_of_one_call)
{
	struct outcome out;

	start_own();
	for (int i = 1; i <= 3; i++) {
		out = get(web_url("/echo"), own());
		ck_assert_str_eq(echo_str(&out, "target"), "/echo");
		ck_assert_str_eq(answer_text(&out, "own_proxy"), "true");
		ck_assert_int_eq(noted(), i);
		ck_assert_ptr_null(strstr(proxy.notes[i - 1], "Proxy-Authorization"));
	}
	/* And what goes straight takes no tunnel. */
	out = get(web_url("/echo"), NULL);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo");
	ck_assert_str_eq(answer_text(&out, "own_proxy"), "null");
	ck_assert_int_eq(noted(), 3);
	servers_stop();
}
END_TEST

START_TEST(the_proxys_own_address_is_guarded)
{
	struct ty_net_conf conf = { .proxy = NULL };
	struct outcome out;

	servers_start();
	conf.allow = ty_arena_printf(fx.arena, "127.0.0.1:%d", web.port);
	net_use(&conf);
	out = get(web_url("/echo"), own());
	ck_assert_int_eq(out.err.code, TY_E_DENIED);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "The proxy's address 127.0.0.1:"));
	ck_assert_int_eq(http_server_connections(proxy.server), 0);
	servers_stop();
}
END_TEST

START_TEST(an_own_proxy_goes_round_the_operators_only_where_he_lists_it)
{
	struct outcome out;

	for (int is_listed = 0; is_listed < 2; is_listed++) {
		struct ty_net_conf conf = { .proxy = "http://127.0.0.1:1" };

		servers_start();
		conf.allow = ty_arena_printf(fx.arena, "127.0.0.1:%d,127.0.0.1:%d", web.port,
					     is_listed ? proxy.port : 1);
		net_use(&conf);
		out = get(web_url("/echo"), own());
		if (is_listed) {
			ck_assert_str_eq(echo_str(&out, "target"), "/echo");
		} else {
			ck_assert_int_eq(out.err.code, TY_E_DENIED);
			ck_assert_ptr_nonnull(strstr(out.err.msg, "the operator's proxy"));
		}
		servers_stop();
	}
}
END_TEST

static const struct {
	const char *more; /* members of the request */
	const char *user; /* in the URL */
	bool is_secret;
} shown[] = {
	{ "", "", false },
	{ ",\"headers\":[{\"name\":\"Host\",\"value\":\"x.example\"}]", "", false },
	{ ",\"headers\":[{\"name\":\"X-A\",\"value\":\"1\"}]", "", false },
	{ "", "me:sesame@", true },
	{ ",\"headers\":[{\"name\":\"authorization\",\"value\":\"Bearer s\"}]", "", true },
	{ ",\"headers\":[{\"name\":\"Cookie\",\"value\":\"s\"}]", "", true },
	{ ",\"headers\":[{\"name\":\"X-Key\",\"value\":\"s\",\"secret\":true}]", "", true },
	{ ",\"query\":[{\"name\":\"key\",\"value\":\"s\",\"secret\":true}]", "", true },
	{ ",\"method\":\"POST\",\"body\":{\"kind\":\"json\",\"value\":{},\"secret\":true}", "",
	  true },
};

START_TEST(a_secret_goes_plain_through_nobodys_proxy_but_the_operators)
{
	char *url;
	struct outcome out;

	start_own();
	url = ty_arena_printf(fx.arena, "http://%s127.0.0.1:%d/echo", shown[_i].user, web.port);
	out = get(url,
		  ty_arena_printf(fx.arena, "{\"proxy\":\"%s\"%s}", proxy_at(""), shown[_i].more));
	if (shown[_i].is_secret) {
		ck_assert_int_eq(out.err.code, TY_E_DENIED);
		ck_assert_str_eq(out.err.path, "proxy");
		ck_assert_ptr_nonnull(strstr(out.err.hint, "https://"));
		ck_assert_int_eq(http_server_connections(proxy.server), 0);
	} else {
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	}
	servers_stop();
	start_operator("", "127.0.0.1", false);
	url = ty_arena_printf(fx.arena, "http://%s127.0.0.1:%d/echo", shown[_i].user, web.port);
	out = get(url, ty_arena_printf(fx.arena, "{\"timeout_ms\":10000%s}", shown[_i].more));
	ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	servers_stop();
}
END_TEST

/* ---- the environment ---- */

START_TEST(the_environment_says_nothing_about_proxies)
{
	static const char *const bad[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy",
					   "ALL_PROXY" };
	struct outcome out;

	for (size_t i = 0; i < TY_ARRAY_COUNT(bad); i++)
		setenv(bad[i], "http://127.0.0.1:1", 1);
	setenv("NO_PROXY", "*", 1);
	setenv("no_proxy", "*", 1);
	start_operator("", "127.0.0.1", false);
	out = get(web_url("/echo"), NULL);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo");
	ck_assert_int_eq(noted(), 1);
	servers_stop();
	web_start(NULL);
	out = fetch(request_for("/echo", NULL), 0);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo");
	web_stop();
}
END_TEST

TEST_MAIN("net proxy", {
	TEST_LOOP(the_way_is_what_the_table_says, ways);
	TEST_LOOP(a_name_that_the_proxy_looks_up_is_judged_by_rule, names);
	TEST_LOOP(a_setting_that_is_no_proxy_is_told_without_its_password, settings);
	TEST_LOOP(a_request_whose_proxy_is_none_is_refused, refused_proxies);
	TEST(the_operators_proxy_gets_the_address_that_was_looked_at);
	TEST(the_operators_proxy_may_look_names_up_itself);
	TEST_LOOP(no_proxy_is_asked_for_an_address_that_is_refused, inner);
	TEST_LOOP(a_redirect_is_looked_at_again, inner);
	TEST(a_tunnel_through_an_own_proxy_is_of_one_call);
	TEST(the_proxys_own_address_is_guarded);
	TEST(an_own_proxy_goes_round_the_operators_only_where_he_lists_it);
	TEST_LOOP(a_secret_goes_plain_through_nobodys_proxy_but_the_operators, shown);
	TEST(the_environment_says_nothing_about_proxies);
})
