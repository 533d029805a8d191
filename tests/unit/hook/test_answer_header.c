/*
 * test_answer_header.c -- which answers are data, so that they need no policy.
 */
#include "hook/answer_header.h"
#include "support/common.h"

static const struct {
	const char *type;
	bool is_data;
} types[] = {
	{ "application/json", true },
	{ "text/plain", true },
	{ "Text/Plain; charset=utf-8", true },
	{ "application/json ;charset=utf-8", true },
	{ "text/html", false },
	{ "", false },
	/* Documents, as browsers see them. */
	{ "application/json+xml", false },
	{ "text/plain+xml", false },
	{ "application/jsonx", false },
	{ "text/plainhtml", false },
	{ "text/plain, text/html", false },
	{ "application/json;charset=utf-8,text/html", false },
	{ "text/plain;,text/html", false },
};

START_TEST(a_type_is_data_or_may_be_a_page)
{
	ck_assert_msg(ty_hook_answer_is_data(types[_i].type) == types[_i].is_data, "%s",
		      types[_i].type);
}
END_TEST

TEST_MAIN("hook.answer_header", { TEST_LOOP(a_type_is_data_or_may_be_a_page, types); })
