/*
 * test_json.c -- data.json: a text read as JSON, a value written as JSON.
 */
#include "unit/nodes/convert.h"

#include "base/limits.h"

#define PARSE	    "{`value`:`={{ $json.t }}`}"
#define LINES	    "{`action`:`lines`,`value`:`={{ $json.t }}`}"
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
	GOOD("lines", LINES,
	     "[{`t`:`{\\`a\\`:1}\\n\\n  "
	     "\\r\\n[2]\\r\\nnull\\n\\`x\\``},{`t`:``},{`t`:`{\\`__proto__\\`:{},"
	     "\\`constructor\\`:1}\\n`}]",
	     "[{`a`:1},{`value`:[2]},{`value`:null},{`value`:`x`},{`__proto__`:{},`constructor`:1}"
	     "]"),
	GOOD("lines behind a byte order mark", LINES, "[{`t`:`\xEF\xBB\xBF{\\`a\\`:1}`}]",
	     "[{`a`:1}]"),
	GOOD("no lines", LINES, "[{`t`:`\\n`}]", "[]"),
	BAD("a line that is no JSON", LINES, "[{`t`:`1\\n\\n{a}\\n`}]", "line 3 is no JSON"),
	BAD("a value on two lines", LINES, "[{`t`:`{\\n}`}]", "line 1 is no JSON"),
	BAD("lines of an object", LINES, "[{`t`:{}}]", "value"),
	BAD("lines of a missing field", LINES, "[{}]", "value"),
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

START_TEST(more_lines_than_a_step_has_items_are_refused_with_a_way)
{
	struct fake_step *s;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 65536);
	ty_buf_add_str(&buf, "[{\"t\":\"");
	for (int i = 0; i <= TY_LIMIT_STEP_ITEMS; i++)
		ty_buf_add_str(&buf, "1\\n");
	ty_buf_add_str(&buf, "\"}]");
	s = fake_step_new(fx.arena, &ty_node_data_json, buf.data);
	fake_step_params(s, quoted(LINES));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(error_str(fake_step_result(s), "hint"), "Batches of a file"));
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
	TEST(more_lines_than_a_step_has_items_are_refused_with_a_way);
	TEST(what_is_nested_too_deep_is_refused);
})
