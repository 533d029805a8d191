/*
 * test_breakers.c -- a breaker set by hand has the name that calls of its host have.
 */
#include "support/common.h"

#include "queue/breakers.h"

static const struct {
	const char *host, *what;
} good[] = {
	{ "api.example.com", "http.request api.example.com" },
	{ "API.Example.com:8443", "http.request api.example.com:8443" },
	{ "[::1]:80", "http.request [::1]:80" },
	{ "example.com.", "http.request example.com" },
	{ "Example.com.:8443", "http.request example.com:8443" },
	{ "[::ffff:127.0.0.1]", "http.request 127.0.0.1" },
	{ "[::FFFF:7f00:1]:81", "http.request 127.0.0.1:81" },
	{ "[0:0:0:0:0:0:0:1]", "http.request [::1]" },
	{ "XN--Bcher-kva.example", "http.request xn--bcher-kva.example" },
	{ "*", "http.request *" },
};

START_TEST(a_host_is_named_as_calls_name_it)
{
	const char *what;

	ck_assert_ok(ty_breaker_what(fx.arena, "http.request", good[_i].host, &what, &fx.err));
	ck_assert_str_eq(what, good[_i].what);
}
END_TEST

/* No call would ever be held back by any of these. */
static const char *const bad[] = { "",		"a b",	"a/b",	  "http://a", "b\u00fccher.example",
				   "a\tb",	"a\nb", "user@a", "a?b",      "*.example.com",
				   "\xff.test", "a,b" };

START_TEST(what_no_call_is_named_is_refused)
{
	const char *what;

	ck_assert_code(ty_breaker_what(fx.arena, "http.request", bad[_i], &what, &fx.err),
		       TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, "host");
	ck_assert_ptr_nonnull(strstr(fx.err.hint, "xn--"));
}
END_TEST

TEST_MAIN("queue.breakers", {
	TEST_LOOP(a_host_is_named_as_calls_name_it, good);
	TEST_LOOP(what_no_call_is_named_is_refused, bad);
})
