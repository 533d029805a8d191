/*
 * test_text.c -- data.text: split, join, replace, trim, letters, cut.
 */
#include "unit/nodes/convert.h"

#define TEXT(action, more) "{`value`:`={{ $json.t }}`,`action`:`" action "`,`into`:`r`" more "}"
#define CASE(letters)	   TEXT("case", ",`letters`:`" letters "`")

static const struct list_row rows[] = {
	GOOD("split", TEXT("split", ""), "[{`t`:`a, b,,c`}]",
	     "[{`t`:`a, b,,c`,`r`:[`a`,` b`,``,`c`]}]"),
	GOOD("split and tidy", TEXT("split", ",`trim`:true,`drop_empty`:true"),
	     "[{`t`:`a, b, ,c`}]", "[{`t`:`a, b, ,c`,`r`:[`a`,`b`,`c`]}]"),
	GOOD("split by lines", TEXT("split", ",`separator`:`\\\\n`"), "[{`t`:`a\\nb`}]",
	     "[{`t`:`a\\nb`,`r`:[`a`,`b`]}]"),
	GOOD("split into characters", TEXT("split", ",`separator`:``"), "[{`t`:`aé😀`}]",
	     "[{`t`:`aé😀`,`r`:[`a`,`é`,`😀`]}]"),
	GOOD("split nothing", TEXT("split", ""), "[{`t`:``}]", "[{`t`:``,`r`:[``]}]"),
	GOOD("join", TEXT("join", ",`separator`:`; `"), "[{`t`:[1,`b`,null,true,{`x`:1}]}]",
	     "[{`t`:[1,`b`,null,true,{`x`:1}],`r`:`1; b; ; true; {\\`x\\`:1}`}]"),
	GOOD("join what is there", TEXT("join", ",`drop_empty`:true"), "[{`t`:[`a`,``,null,`b`]}]",
	     "[{`t`:[`a`,``,null,`b`],`r`:`a,b`}]"),
	GOOD("replace", TEXT("replace", ",`search`:`.`,`replacement`:`$1`"), "[{`t`:`a.b.`}]",
	     "[{`t`:`a.b.`,`r`:`a$1b$1`}]"),
	GOOD("trim", TEXT("trim", ""), "[{`t`:` \\ta b\\n`}]", "[{`t`:` \\ta b\\n`,`r`:`a b`}]"),
	GOOD("small letters", CASE("lower"), "[{`t`:`ÄB`}]", "[{`t`:`ÄB`,`r`:`äb`}]"),
	GOOD("large letters", CASE("upper"), "[{`t`:`äß1`}]", "[{`t`:`äß1`,`r`:`ÄSS1`}]"),
	GOOD("camel", CASE("camel"), "[{`t`:`Foo bar-baz`}]",
	     "[{`t`:`Foo bar-baz`,`r`:`fooBarBaz`}]"),
	GOOD("snake", CASE("snake"), "[{`t`:`fooBar Baz`}]",
	     "[{`t`:`fooBar Baz`,`r`:`foo_bar_baz`}]"),
	GOOD("kebab", CASE("kebab"), "[{`t`:` Foo_Bar `}]", "[{`t`:` Foo_Bar `,`r`:`foo-bar`}]"),
	GOOD("cut", TEXT("cut", ",`length`:2"), "[{`t`:`é😀x`},{`t`:`a`}]",
	     "[{`t`:`é😀x`,`r`:`é😀`},{`t`:`a`,`r`:`a`}]"),
	GOOD("numbers are texts", TEXT("split", ",`separator`:`.`"), "[{`t`:1.5}]",
	     "[{`t`:1.5,`r`:[`1`,`5`]}]"),
	GOOD("no items", TEXT("trim", ""), "[]", "[]"),
	BAD("a missing field", TEXT("trim", ""), "[{}]", "empty, but a text is expected"),
	BAD("an object", TEXT("trim", ""), "[{`t`:{}}]", "an object, but a text is expected"),
	BAD("join no list", TEXT("join", ""), "[{`t`:`a`}]",
	    "the text \"a\", but a list is expected"),
	BAD("nothing to search", TEXT("replace", ""), "[{`t`:`a`}]", "search"),
	BAD("no length", TEXT("cut", ""), "[{`t`:`a`}]", "length"),
	BAD("no text", "{`action`:`trim`}", "[{}]", "value"),
};

START_TEST(it_changes_texts)
{
	list_row_run(&ty_node_data_text, &rows[_i]);
}
END_TEST

START_TEST(it_takes_ten_thousand_items)
{
	convert_takes_ten_thousand(&ty_node_data_text, TEXT("case", ""), "Some Text");
}
END_TEST

START_TEST(more_parts_than_a_step_has_items_are_refused)
{
	struct fake_step *s;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 256);
	ty_buf_add_str(&buf, "[{\"t\":\"");
	for (int i = 0; i < 10000; i++)
		ty_buf_add_char(&buf, ',');
	ty_buf_add_str(&buf, "\"}]");
	s = fake_step_new(fx.arena, &ty_node_data_text, buf.data);
	fake_step_params(s, quoted(TEXT("split", "")));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "over 10000 parts"));
}
END_TEST

TEST_MAIN("nodes.text", {
	TEST_LOOP(it_changes_texts, rows);
	TEST(it_takes_ten_thousand_items);
	TEST(more_parts_than_a_step_has_items_are_refused);
})
