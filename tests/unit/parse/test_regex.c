/*
 * test_regex.c -- the tool regex outside the jail.
 */
#include "unit/parse/asked.h"

#define DO(action, pattern, more)                                                                  \
	"{`field`:`data`,`action`:`" action "`,`pattern`:`" pattern "`" more "}"
#define REPLACE(pattern, by) DO("replace", pattern, ",`replacement`:`" by "`")

static const struct asked_row rows[] = {
	{ DO("match", "(?<y>\\\\d{4})-(\\\\d\\\\d)", ""), "é on 2026-02-09",
	  "{`match`:`2026-02`,`index`:5,`groups`:[`2026`,`02`],`named`:{`y`:`2026`}}" },
	{ DO("match", "x", ""), "abc", "null" },
	{ DO("match", "(a)|(b)", ""), "b",
	  "{`match`:`b`,`index`:0,`groups`:[null,`b`],`named`:{}}" },
	{ DO("match", "(?<__proto__>a)", ""), "a",
	  "{`match`:`a`,`index`:0,`groups`:[`a`],`named`:{`__proto__`:`a`}}" },
	{ DO("match_all", "[a-z]\\\\d", ""), "a1 é b2",
	  "[{`match`:`a1`,`index`:0,`groups`:[],`named`:{}},{`match`:`b2`,`index`:5,`groups`:[],`"
	  "named`:{}}]" },
	{ DO("match_all", "x*", ""), "é",
	  "[{`match`:``,`index`:0,`groups`:[],`named`:{}},{`match`:``,`index`:1,`groups`:[],`named`"
	  ":{}}]" },
	{ DO("test", "^É$", ",`ignore_case`:true"), "é", "true" },
	{ DO("test", "^b$", ""), "a\nb", "false" },
	{ DO("test", "^b$", ",`multiline`:true"), "a\nb", "true" },
	{ DO("test", "a.b", ",`dot_all`:true"), "a\nb", "true" },
	{ DO("test", "\\\\w+", ""), "é", "true" },
	{ REPLACE("(\\\\w+)@(\\\\w+)", "$2 at ${1}"), "ann@home bob@work",
	  "`home at ann work at bob`" },
	{ REPLACE("a", "$$"), "banana", "`b$n$n$`" },
	{ REPLACE("", "-"), "aé", "`-a-é-`" },
	{ DO("split", "\\\\s*[,;]\\\\s*", ""), "a , b;c", "[`a`,`b`,`c`]" },
	{ DO("split", "", ""), "aé😀", "[`a`,`é`,`😀`]" },
	{ DO("split", ",", ""), "", "[``]" },
	/* refused */
	{ DO("match", "(a", ""), "a", NULL,
	  "cannot be read at character 3: missing closing parenthesis" },
	{ DO("match", "\\\\C", ""), "a", NULL, "cannot be read" },
	{ DO("test", "^(a+)+$", ""), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
	  NULL, "too many steps" },
	{ REPLACE("a", "${x}"), "a", NULL, "What replaces it cannot be read" },
	{ DO("match_some", "a", ""), "a", NULL, "no action" },
	{ "{`field`:`other`,`action`:`test`,`pattern`:`a`}", "a", NULL, "\"other\" is not there" },
};

START_TEST(it_finds_and_replaces)
{
	asked_row_run("regex", &rows[_i]);
}
END_TEST

START_TEST(matches_have_a_limit)
{
	const char *text = repeated("a", 10001), *message;

	ck_assert_ptr_null(asked("regex", DO("match_all", "a", ""), text, 10001, &message));
	ck_assert_str_eq(message, "The pattern matches over 10000 times");
	ck_assert_ptr_nonnull(asked("regex", DO("match_all", "a", ""), text, 10000, &message));
}
END_TEST

START_TEST(a_replacement_may_be_larger_than_the_text)
{
	const char *text = repeated("a", 1000), *message;
	const json_t *value = asked("regex", REPLACE("a", "abcdefghij"), text, 1000, &message);

	ck_assert_uint_eq(json_string_length(value), 10000);
}
END_TEST

TEST_MAIN("regex", {
	TEST_LOOP(it_finds_and_replaces, rows);
	TEST(matches_have_a_limit);
	TEST(a_replacement_may_be_larger_than_the_text);
})
