/*
 * test_pair.c -- a query is taken apart as the URL Standard says.
 */
#include "base/pair.h"

#include "base/buf.h"
#include "support/common.h"

/* What is read of each, as "name>value;". */
static const struct {
	const char *text, *pairs;
} cases[] = {
	{ "", "" },
	{ "a=1&b=2", "a>1;b>2;" },
	{ "a", "a>;" },
	{ "a=", "a>;" },
	{ "=1", ">1;" },
	{ "=", ">;" },
	{ "&&a=1&&&b&", "a>1;b>;" },
	{ "&", "" },
	{ "a=b=c", "a>b=c;" },
	{ "a%3D=%26", "a%3D>%26;" },
	{ "a;b=1", "a;b>1;" },
};

START_TEST(a_text_has_these_pairs)
{
	const char *at = cases[_i].text, *end = at + strlen(at);
	struct ty_pair pair;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 64);
	while (ty_pair_next(&at, end, &pair))
		ty_buf_printf(&buf, "%.*s>%.*s;", (int)pair.name_len, pair.name,
			      (int)pair.value_len, pair.value);
	ck_assert_str_eq(buf.data, cases[_i].pairs);
	ck_assert_ptr_eq(at, end);
}
END_TEST

START_TEST(nothing_behind_the_end_is_read)
{
	static const char text[] = "a=1&b=2";
	const char *at = text;
	struct ty_pair pair;

	ck_assert(ty_pair_next(&at, text + 2, &pair));
	ck_assert_uint_eq(pair.value_len, 0);
	ck_assert(!ty_pair_next(&at, text + 2, &pair));
}
END_TEST

TEST_MAIN("base pair", {
	TEST_LOOP(a_text_has_these_pairs, cases);
	TEST(nothing_behind_the_end_is_read);
})
