/*
 * test_json.c -- data.json: a text read as JSON, a value written as JSON.
 */
#include "unit/nodes/convert.h"

#define PARSE	    "{`value`:`={{ $json.t }}`}"
#define WRITE(more) "{`action`:`write`,`value`:`={{ $json.v }}`" more "}"

static const struct list_row rows[] = {
	GOOD("an object", PARSE, "[{`t`:`{\\`a\\`:[1,null]}`}]",
	     "[{`t`:`{\\`a\\`:[1,null]}`,`result`:{`a`:[1,null]}}]"),
	GOOD("a number of many digits", PARSE, "[{`t`:`12345678901234567890`}]",
	     "[{`t`:`12345678901234567890`,`result`:12345678901234567890}]"),
	GOOD("names of prototypes", "{`value`:`={{ $json.t }}`,`into`:`r`}",
	     "[{`t`:`{\\`__proto__\\`:{\\`x\\`:1},\\`constructor\\`:2}`}]",
	     "[{`t`:`{\\`__proto__\\`:{\\`x\\`:1},\\`constructor\\`:2}`,`r`:{`__proto__`:{`x`:1},"
	     "`constructor`:2}}]"),
	GOOD("written", WRITE(""), "[{`v`:{`b`:1,`a`:[true]}}]",
	     "[{`v`:{`b`:1,`a`:[true]},`result`:`{\\`b\\`:1,\\`a\\`:[true]}`}]"),
	GOOD("sorted", WRITE(",`sorted`:true"), "[{`v`:{`b`:1,`a`:2}}]",
	     "[{`v`:{`b`:1,`a`:2},`result`:`{\\`a\\`:2,\\`b\\`:1}`}]"),
	GOOD("for people", WRITE(",`pretty`:true"), "[{`v`:{`b`:1}}]",
	     "[{`v`:{`b`:1},`result`:`{\\n  \\`b\\`: 1\\n}`}]"),
	GOOD("a text is quoted", WRITE(""), "[{`v`:`x`}]", "[{`v`:`x`,`result`:`\\`x\\``}]"),
	GOOD("no items", PARSE, "[]", "[]"),
	BAD("no JSON", PARSE, "[{`t`:`{a:1}`}]", "the text is no JSON"),
	BAD("two values", PARSE, "[{`t`:`{} {}`}]", "the text is no JSON"),
	BAD("twice one name", PARSE, "[{`t`:`{\\`a\\`:1,\\`a\\`:2}`}]", "the text is no JSON"),
	BAD("an empty text", PARSE, "[{`t`:``}]", "value"),
	BAD("an object is read already", PARSE, "[{`t`:{}}]", "an object, but a text is expected"),
	BAD("a missing field", PARSE, "[{}]", "value"),
};

START_TEST(it_reads_and_writes)
{
	list_row_run(&ty_node_data_json, &rows[_i]);
}
END_TEST

START_TEST(it_takes_ten_thousand_items)
{
	convert_takes_ten_thousand(&ty_node_data_json, PARSE, "[1,{}]");
}
END_TEST

START_TEST(what_is_nested_too_deep_is_refused)
{
	struct fake_step *s;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 256);
	ty_buf_add_str(&buf, "[{\"t\":\"");
	for (int i = 0; i < 65; i++)
		ty_buf_add_char(&buf, '[');
	for (int i = 0; i < 65; i++)
		ty_buf_add_char(&buf, ']');
	ty_buf_add_str(&buf, "\"}]");
	s = fake_step_new(fx.arena, &ty_node_data_json, buf.data);
	fake_step_params(s, quoted(PARSE));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "no JSON"));
}
END_TEST

TEST_MAIN("nodes.json", {
	TEST_LOOP(it_reads_and_writes, rows);
	TEST(it_takes_ten_thousand_items);
	TEST(what_is_nested_too_deep_is_refused);
})
