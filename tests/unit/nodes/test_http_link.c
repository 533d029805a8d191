/*
 * test_http_link.c -- addresses that answers name: Link headers, references, whose they are.
 */
#include "nodes/http_parts.h"
#include "support/common.h"

static const struct {
	const char *header, *next;
} link_rows[] = {
	{ "<https://x.test/?page=2>; rel=\"next\", <https://x.test/?page=9>; rel=\"last\"",
	  "https://x.test/?page=2" },
	{ "<https://x.test/?page=1>; rel=prev,<https://x.test/?page=3>;rel=next",
	  "https://x.test/?page=3" },
	{ "</b?c=1,2>; title=\"a, \\\"b\\\"; rel=next\"; rel=\"last NEXT\"", "/b?c=1,2" },
	{ "<a>; REL = \"next\"", "a" },
	{ "<a>; rel=last; rel=next, <b>; rel=next", "b" }, /* section 3.3: the first counts */
	{ "<a>; rel=nextly", NULL },
	{ "<a>; rel", NULL },
	{ "<a>", NULL },
	{ "", NULL },
	{ "<a; rel=next", NULL },
	{ "a; rel=next", NULL },
	{ ", ,<a>;;rel=next", "a" },
	{ "<a>; rel=\"next", "a" },
};

START_TEST(link_is_found_by_its_relation)
{
	const char *next = http_link_find(fx.arena, link_rows[_i].header, "next");

	if (link_rows[_i].next == NULL)
		ck_assert_ptr_null(next);
	else
		ck_assert_str_eq(next, link_rows[_i].next);
}
END_TEST

/* RFC 3986, section 5.4, but that a fragment is left out. */
#define BASE "http://a/b/c/d;p?q"

static const struct {
	const char *reference, *url;
} reference_rows[] = {
	{ "g:h", "g:h" },
	{ "g", "http://a/b/c/g" },
	{ "./g", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/g/" },
	{ "/g", "http://a/g" },
	{ "//g", "http://g" },
	{ "?y", "http://a/b/c/d;p?y" },
	{ "g?y", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q" },
	{ "g#s", "http://a/b/c/g" },
	{ ";x", "http://a/b/c/;x" },
	{ "", "http://a/b/c/d;p?q" },
	{ ".", "http://a/b/c/" },
	{ "./", "http://a/b/c/" },
	{ "..", "http://a/b/" },
	{ "../", "http://a/b/" },
	{ "../g", "http://a/b/g" },
	{ "../..", "http://a/" },
	{ "../../g", "http://a/g" },
	{ "../../../g", "http://a/g" },
	{ "/./g", "http://a/g" },
	{ "/../g", "http://a/g" },
	{ "g.", "http://a/b/c/g." },
	{ "..g", "http://a/b/c/..g" },
	{ "./../g", "http://a/b/g" },
	{ "g/./h", "http://a/b/c/g/h" },
	{ "g/../h", "http://a/b/c/h" },
	{ "g?y/../x", "http://a/b/c/g?y/../x" },
};

START_TEST(reference_is_resolved_as_the_rfc_has_it)
{
	ck_assert_str_eq(http_link_resolve(fx.arena, BASE, reference_rows[_i].reference),
			 reference_rows[_i].url);
}
END_TEST

START_TEST(reference_needs_a_base)
{
	ck_assert_ptr_null(http_link_resolve(fx.arena, "/a", "b"));
	ck_assert_str_eq(http_link_resolve(fx.arena, "https://x.test", "b?c"),
			 "https://x.test/b?c");
	ck_assert_str_eq(http_link_resolve(fx.arena, "https://x.test?c=1", "?c=2"),
			 "https://x.test?c=2");
}
END_TEST

static const struct {
	const char *a, *b;
	bool is_same;
} origin_rows[] = {
	{ "https://x.test/a", "https://x.test/b?c", true },
	{ "https://X.test", "HTTPS://x.TEST:443/", true },
	{ "http://x.test:80", "http://x.test", true },
	{ "http://u:p@x.test:81/", "http://x.test:81/", true },
	{ "http://[::1]:8080/a", "http://[::1]:8080/b", true },
	{ "http://[::1]:8080/a", "http://[::1]:8081/b", false },
	{ "https://x.test", "http://x.test", false },
	{ "https://x.test", "https://x.test:8443", false },
	{ "https://x.test", "https://x.test.evil.test", false },
	{ "https://x.test", "https://x.test@evil.test/", false },
	{ "https://x.test", "https://x.test\\@evil.test/", false },
	{ "https://x.test", "https://evil.test\\@x.test/", false },
	{ "https://x.test", "https://evil.test @x.test/", false },
	{ "https://x.test", "javascript:alert(1)", false },
	{ "https://x.test", "//x.test/a", false },
	{ "ftp://x.test", "ftp://x.test", false },
};

START_TEST(origin_is_scheme_host_and_port)
{
	ck_assert_msg(http_link_is_same_origin(origin_rows[_i].a, origin_rows[_i].b) ==
			      origin_rows[_i].is_same,
		      "%s and %s", origin_rows[_i].a, origin_rows[_i].b);
}
END_TEST

static const struct {
	const char *url, *without;
} without_rows[] = {
	{ "https://x.test/a?page=1", "https://x.test/a" },
	{ "https://x.test/a?b=2&page=1&c=3", "https://x.test/a?b=2&c=3" },
	{ "https://x.test/a?page&b=%2", "https://x.test/a?b=%2" },
	{ "https://x.test/a?p%61ge=1&page=2", "https://x.test/a" },
	{ "https://x.test/a?pages=1&b", "https://x.test/a?pages=1&b" },
	{ "https://x.test/page=1", "https://x.test/page=1" },
};

START_TEST(parameter_is_taken_out_of_a_query)
{
	ck_assert_str_eq(http_link_without(fx.arena, without_rows[_i].url, "page"),
			 without_rows[_i].without);
	ck_assert(http_link_has(fx.arena, without_rows[_i].url, "page") ==
		  (strcmp(without_rows[_i].url, without_rows[_i].without) != 0));
}
END_TEST

TEST_MAIN("nodes.http_link", {
	TEST_LOOP(link_is_found_by_its_relation, link_rows);
	TEST_LOOP(reference_is_resolved_as_the_rfc_has_it, reference_rows);
	TEST(reference_needs_a_base);
	TEST_LOOP(origin_is_scheme_host_and_port, origin_rows);
	TEST_LOOP(parameter_is_taken_out_of_a_query, without_rows);
})
