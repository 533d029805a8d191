/*
 * test_xml.c -- the tool xml outside the jail.
 */
#include "unit/parse/asked.h"

#define MERGE  "{`field`:`data`}"
#define APART  "{`field`:`data`,`attributes`:`apart`}"
#define ALWAYS "{`field`:`data`,`lists`:`always`}"

static const struct asked_row rows[] = {
	{ MERGE, "<a>1</a>", "{`a`:`1`}" },
	{ MERGE, "<a/>", "{`a`:``}" },
	{ MERGE, "<a><b>1</b><b>2</b><c> x </c></a>", "{`a`:{`b`:[`1`,`2`],`c`:` x `}}" },
	{ MERGE, "<a>\n <b/>\n</a>", "{`a`:{`b`:``}}" },
	{ MERGE, "<a x='1'><x>2</x></a>", "{`a`:{`x`:[`1`,`2`]}}" },
	{ MERGE, "<a x='1'>t</a>", "{`a`:{`x`:`1`,`_`:`t`}}" },
	{ MERGE, "<a>one<b/>two</a>", "{`a`:{`b`:``,`_`:`onetwo`}}" },
	{ APART, "<a x='1'><x>2</x></a>", "{`a`:{`$`:{`x`:`1`},`x`:`2`}}" },
	{ ALWAYS, "<a><b>1</b></a>", "{`a`:{`b`:[`1`]}}" },
	{ MERGE, "<s:a xmlns:s='u'><s:b>é&amp;&#233;&lt;</s:b></s:a>",
	  "{`s:a`:{`xmlns:s`:`u`,`s:b`:`é&é<`}}" },
	{ MERGE, "<a><![CDATA[<b>]]></a>", "{`a`:`<b>`}" },
	{ MERGE, "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>", "{`a`:`é`}" },
	{ MERGE, "<a><__proto__>1</__proto__><constructor>2</constructor></a>",
	  "{`a`:{`__proto__`:`1`,`constructor`:`2`}}" },
	{ MERGE, "<!DOCTYPE a SYSTEM 'http://x.test/a.dtd'><a>1</a>", "{`a`:`1`}" },
	/* refused */
	{ MERGE, "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", NULL, "declares the entity \"x\"" },
	{ MERGE, "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", NULL,
	  "declares the entity \"x\"" },
	{ MERGE, "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://x.test/'> %x;]><a/>", NULL,
	  "declares the entity \"x\"" },
	{ MERGE, "<!DOCTYPE a SYSTEM 'http://x.test/a.dtd'><a>&x;</a>", NULL, "what &x; is" },
	{ MERGE, "<a>&nbsp;</a>", NULL, "line 1, column 4: the text is no XML: undefined entity" },
	{ MERGE, "<a>\n<b></a>", NULL, "line 2, column 6: the text is no XML: mismatched tag" },
	{ MERGE, "", NULL, "no XML: no element found" },
	{ MERGE, "<a/><b/>", NULL, "no XML: junk after document element" },
	{ "{`field`:`x`}", "<a/>", NULL, "\"x\" is not there" },
};

START_TEST(a_document_is_json)
{
	asked_row_run("xml", &rows[_i]);
}
END_TEST

static const json_t *
nested(size_t depth, const char **ret_message)
{
	const char *text =
		ty_arena_printf(fx.arena, "%s%s", repeated("<a>", depth), repeated("</a>", depth));

	return asked("xml", ALWAYS, text, strlen(text), ret_message);
}

START_TEST(depth_has_a_limit)
{
	const char *message;

	ck_assert_ptr_nonnull(nested(60, &message));
	ck_assert_ptr_null(nested(61, &message));
	ck_assert_str_eq(message, "The document is nested over 60 elements deep");
	ck_assert_ptr_null(nested(50000, &message));
}
END_TEST

START_TEST(elements_have_a_limit)
{
	const char *text = ty_arena_printf(fx.arena, "<a>%s</a>", repeated("<b/>", 200000)),
		   *message;

	ck_assert_ptr_null(asked("xml", MERGE, text, strlen(text), &message));
	ck_assert_ptr_nonnull(strstr(message, "over 200000 elements"));
}
END_TEST

TEST_MAIN("xml", {
	TEST_LOOP(a_document_is_json, rows);
	TEST(depth_has_a_limit);
	TEST(elements_have_a_limit);
})
