/*
 * test_resolve.c -- a name that is not there stays so; a name server that is away may come back.
 *
 * This file's getaddrinfo is the one that libcurl and libuv call, so no DNS is asked.
 */
#include "unit/net/web.h"

#include <netdb.h>

static int looked_up; /* atomic, for it comes on other threads */

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	    struct addrinfo **list)
{
	__atomic_add_fetch(&looked_up, 1, __ATOMIC_RELAXED);
	if (strstr(name, "nodata") != NULL)
		return EAI_NODATA;
	return strstr(name, "nxdomain") != NULL ? EAI_NONAME : EAI_AGAIN;
}

static const struct {
	const char *host, *msg;
	bool retryable;
} rows[] = {
	{ "nxdomain.test", "There is no host of that name: http://nxdomain.test/x", false },
	/* DNS knows a name with other letters by its xn-- form, however the program's locale is set. */
	{ "b\u00fccher.nxdomain.test",
	  "There is no host of that name: http://xn--bcher-kva.nxdomain.test/x", false },
	{ "\u65e5\u672c.nxdomain.test",
	  "There is no host of that name: http://xn--wgv71a.nxdomain.test/x", false },
	{ "nodata.test", "There is no host of that name: http://nodata.test/x", false },
	{ "servfail.test", "The host's address could not be looked up: http://servfail.test/x",
	  true },
};

START_TEST(a_name_that_is_not_there_is_not_tried_again)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(
		request_for("/", ty_arena_printf(fx.arena, "{\"url\":\"http://%s/x?token=sesame\"}",
						 rows[_i].host)),
		10000);
	ck_assert_msg(out.answer == NULL, "no failure");
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert_str_eq(out.err.msg, rows[_i].msg);
	ck_assert_int_eq(out.err.retryable, rows[_i].retryable);
	ck_assert(out.err.no_answer);
	ck_assert_str_ne(out.err.hint, "");
	web_stop();
}
END_TEST

static const struct {
	const char *url, *host;
	int port;
} hosts[] = {
	{ "http://b\u00fccher.example/x", "xn--bcher-kva.example", 80 },
	{ "https://B\u00dcCHER.example:8443", "xn--bcher-kva.example", 8443 },
	{ "https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443 },
	{ "https://u:p@b\u00fccher.example/", "xn--bcher-kva.example", 443 },
	{ "http://\uff11\uff12\uff17.0.0.1:81/", "127.0.0.1", 81 },
	{ "http://127\u30020.0.1/", "127.0.0.1", 80 },
	{ "http://Example.com/", "Example.com", 80 },
	{ "http://[::1]:82/", "[::1]", 82 },
};

START_TEST(a_host_has_one_spelling)
{
	const char *host;
	int port;

	ck_assert_ok(ty_net_url_host(fx.arena, hosts[_i].url, &host, &port, &fx.err));
	ck_assert_str_eq(host, hosts[_i].host);
	ck_assert_int_eq(port, hosts[_i].port);
}
END_TEST

START_TEST(a_host_that_is_no_text_is_refused)
{
	const char *host;
	int port;

	ck_assert_code(ty_net_url_host(fx.arena, "http://b\xfc.example/", &host, &port, &fx.err),
		       TY_E_INVALID);
}
END_TEST

/* A call that is canceled leaves nothing behind, wherever its look-up is. */
START_TEST(a_call_is_canceled_while_its_name_is_looked_up)
{
	struct outcome out = { 0 };
	struct ty_net_call *call;

	web_start(NULL);
	for (int steps = 0; steps < 40; steps++) {
		call = ty_net_http(web.net,
				   request_for("/", "{\"url\":\"http://servfail.test/x\"}"), 10000,
				   told, &out);
		for (int i = 0; i < steps && out.told == 0; i++)
			uv_run(&web.loop, UV_RUN_NOWAIT);
		if (out.told == 0)
			ty_net_cancel(call);
		out = (struct outcome){ 0 };
	}
	web_stop();
}
END_TEST

TEST_MAIN("net.resolve", {
	TEST_LOOP(a_name_that_is_not_there_is_not_tried_again, rows);
	TEST_LOOP(a_host_has_one_spelling, hosts);
	TEST(a_host_that_is_no_text_is_refused);
	TEST(a_call_is_canceled_while_its_name_is_looked_up);
})
