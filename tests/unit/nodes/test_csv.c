/*
 * test_csv.c -- data.csv: tables read into items, and items written as one.
 */
#include "unit/nodes/convert.h"

#define READ(more)  "{`value`:`={{ $json.data }}`" more "}"
#define WRITE(more) "{`action`:`write`" more "}"
#define CSV(text)   "[{`data`:`" text "`}]"

static const struct list_row rows[] = {
	GOOD("header and lines", READ(""), CSV("a,b\\n1,x\\n2,\\n"),
	     "[{`a`:`1`,`b`:`x`},{`a`:`2`,`b`:``}]"),
	GOOD("quotes", READ(""),
	     CSV("a,b\\r\\n\\`x,y\\`,\\`say \\`\\`hi\\`\\`\\`\\r\\n\\`l1\\nl2\\`,é"),
	     "[{`a`:`x,y`,`b`:`say \\`hi\\``},{`a`:`l1\\nl2`,`b`:`é`}]"),
	GOOD("a byte order mark", READ(""), CSV("\\ufeffa\\n1"), "[{`a`:`1`}]"),
	GOOD("semicolons are guessed", READ(""), CSV("\\`a,1\\`;b\\n1,5;2"),
	     "[{`a,1`:`1,5`,`b`:`2`}]"),
	GOOD("tabs", READ(",`delimiter`:`tab`"), CSV("a,1\\tb\\n1\\t2"), "[{`a,1`:`1`,`b`:`2`}]"),
	GOOD("no header", READ(",`header`:false"), CSV("1,2\\n3,4"),
	     "[{`column_1`:`1`,`column_2`:`2`},{`column_1`:`3`,`column_2`:`4`}]"),
	GOOD("blanks stay", READ(""), CSV("a\\n x "), "[{`a`:` x `}]"),
	GOOD("or are cut off", READ(",`trim`:true"), CSV(" a \\n x "), "[{`a`:`x`}]"),
	GOOD("names twice, and none", READ(""), CSV("a,a,,a_2\\n1,2,3,4"),
	     "[{`a`:`1`,`a_2`:`2`,`column_3`:`3`,`a_2_2`:`4`}]"),
	GOOD("names of prototypes", READ(""), CSV("__proto__,constructor\\n1,2"),
	     "[{`__proto__`:`1`,`constructor`:`2`}]"),
	GOOD("uneven lines are kept", READ(",`uneven`:`keep`"), CSV("a,b\\n1\\n1,2,3"),
	     "[{`a`:`1`},{`a`:`1`,`b`:`2`,`column_3`:`3`}]"),
	GOOD("empty lines are none", READ(""), CSV("a\\n\\n1\\n\\n"), "[{`a`:`1`}]"),
	GOOD("single quotes", READ(",`quote`:`single`"), CSV("a,b\\n'1,2',\\`"),
	     "[{`a`:`1,2`,`b`:`\\``}]"),
	GOOD("no quotes", READ(",`quote`:`off`"), CSV("a,b\\n\\`1,2"), "[{`a`:`\\`1`,`b`:`2`}]"),
	GOOD("a header alone", READ(""), CSV("a,b"), "[]"),
	GOOD("an empty text", READ(""), CSV(""), "[]"),
	{ "each item is read",
	  READ(""),
	  "[{`data`:`a\\n1\\n2`},{`data`:`b\\n3`}]",
	  TY_OK,
	  { { "main", "[{`a`:`1`},{`a`:`2`},{`b`:`3`}]" } },
	  NULL,
	  NULL,
	  "[0,0,1]" },
	/* written */
	{ "all fields",
	  WRITE(""),
	  "[{`a`:1,`b`:`x`},{`b`:true,`c`:null}]",
	  TY_OK,
	  { { "main", "[{`data`:`a,b,c\\n1,x,\\n,true,\\n`}]" } },
	  NULL,
	  NULL,
	  "[[0,1]]" },
	GOOD("what needs quotes", WRITE(""), "[{`a`:`x,y`,`b`:`\\``,`c`:`l\\nl`,`d`:` x`}]",
	     "[{`data`:`a,b,c,d\\n\\`x,y\\`,\\`\\`\\`\\`,\\`l\\nl\\`,\\` x\\`\\n`}]"),
	GOOD("columns by path", WRITE(",`columns`:[{`field`:`c.n`},{`field`:`a`}]"),
	     "[{`a`:1,`c`:{`n`:`x`}}]", "[{`data`:`c.n,a\\nx,1\\n`}]"),
	GOOD("objects are JSON", WRITE(",`header`:false"), "[{`a`:{`n`:[1]}}]",
	     "[{`data`:`\\`{\\`\\`n\\`\\`:[1]}\\`\\n`}]"),
	GOOD("formulas escaped", WRITE(",`escape_formulas`:true,`header`:false"),
	     "[{`a`:`=1+1`,`b`:`@x`,`c`:-5,`d`:`+49 30`,`e`:`-1.5e3`,`f`:`=\\`a,b\\``}]",
	     "[{`data`:`'=1+1,'@x,-5,'+49 30,-1.5e3,\\`'=\\`\\`a,b\\`\\`\\`\\n`}]"),
	GOOD("formulas as they are", WRITE(",`header`:false"), "[{`a`:`=1+1`}]",
	     "[{`data`:`=1+1\\n`}]"),
	GOOD("lines of Windows", WRITE(",`line_end`:`crlf`,`delimiter`:`semicolon`"),
	     "[{`a`:1,`b`:2}]", "[{`data`:`a;b\\r\\n1;2\\r\\n`}]"),
	GOOD("an empty cell alone", WRITE(""), "[{`a`:``}]", "[{`data`:`a\\n\\`\\`\\n`}]"),
	GOOD("into another field", WRITE(",`into`:`f.csv`"), "[{`a`:1}]",
	     "[{`f`:{`csv`:`a\\n1\\n`}}]"),
	GOOD("no items", WRITE(""), "[]", "[]"),
	/* refused */
	BAD("a line too long", READ(""), CSV("a,b\\n1,2\\n1,2,3"),
	    "line 3 has 3 cells, and the header 2"),
	BAD("a line too short", READ(""), CSV("a,b\\n\\`x\\ny\\`"), "line 2 has 1 cells"),
	BAD("a quote that is not closed", READ(""), CSV("a,b\\n1,\\`x\\n2,y"),
	    "line 2: a quote is never closed"),
	BAD("text behind a quote", READ(""), CSV("a,b\\n1,\\`x\\` y"),
	    "line 2: text stands behind a closing quote"),
	BAD("no text", READ(""), "[{`data`:{}}]", "an object, but a text is expected"),
	BAD("a missing field", READ(""), "[{}]", "value"),
	BAD("a broken path", WRITE(",`columns`:[{`field`:`a..b`}]"), "[{}]", "empty part"),
};

START_TEST(a_table_is_items)
{
	list_row_run(&ty_node_data_csv, &rows[_i]);
}
END_TEST

static const char *
table(size_t lines)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 1 << 16);
	ty_buf_add_str(&buf, "[{\"data\":\"n,t\\n");
	for (size_t i = 0; i < lines; i++)
		ty_buf_printf(&buf, "%zu,text\\n", i);
	ty_buf_add_str(&buf, "\"}]");
	return buf.data;
}

START_TEST(ten_thousand_lines_are_the_most)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_data_csv, table(10000));

	fake_step_params(s, quoted(READ("")));
	ck_assert_ok(fake_step_run(s, &fx.err));
	ck_assert_uint_eq(json_array_size(fake_json(fx.arena, fake_step_output(s, "main"))), 10000);
	s = fake_step_new(fx.arena, &ty_node_data_csv, table(10001));
	fake_step_params(s, quoted(READ("")));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(error_str(fake_step_result(s), "hint"), "Batches of a file"));
}
END_TEST

START_TEST(ten_thousand_items_are_written)
{
	struct fake_step *s =
		fake_step_new(fx.arena, &ty_node_data_csv, convert_items(10000, "text"));

	fake_step_params(s, quoted(WRITE("")));
	ck_assert_ok(fake_step_run(s, &fx.err));
	/* So large a text is kept beside the item: "n,t", and "<number>,text" for each. */
	ck_assert_ptr_nonnull(
		strstr(fake_step_output(s, "main"), "\"bytes\":98894,\"kind\":\"string\""));
}
END_TEST

/* Ten thousand such items would be a hundred million cells, in the process of all runs. */
START_TEST(a_table_of_nearly_empty_cells_alone_is_refused)
{
	struct fake_step *s;
	struct ty_buf items;

	ty_buf_init(&items, fx.arena, 1 << 16);
	for (size_t i = 0; i < 3000; i++)
		ty_buf_printf(&items, "%s{\"f%zu\":1}", i > 0 ? "," : "[", i);
	ty_buf_add_char(&items, ']');
	s = fake_step_new(fx.arena, &ty_node_data_csv, items.data);
	fake_step_params(s, quoted(WRITE("")));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(
		strstr(error_str(fake_step_result(s), "message"), "3000 columns and 3000 rows"));
}
END_TEST

START_TEST(a_field_in_many_columns_is_bounded)
{
	struct fake_step *s;
	struct ty_buf columns;
	char *text = ty_arena_alloc(fx.arena, 100001);

	memset(text, 'x', 100000);
	text[100000] = '\0';
	ty_buf_init(&columns, fx.arena, 1 << 14);
	for (size_t i = 0; i < 500; i++)
		ty_buf_add_str(&columns, i > 0 ? ",{`field`:`t`}" : "{`field`:`t`}");
	s = fake_step_new(fx.arena, &ty_node_data_csv,
			  ty_arena_printf(fx.arena, "[{\"t\":\"%s\"}]", text));
	fake_step_params(s,
			 quoted(ty_arena_printf(fx.arena, WRITE(",`columns`:[%s]"), columns.data)));
	ck_assert_int_eq(fake_step_run(s, &fx.err), TY_E_LIMIT);
	ck_assert_ptr_nonnull(
		strstr(error_str(fake_step_result(s), "message"), "more than 33554432 bytes"));
}
END_TEST

TEST_MAIN("nodes.csv", {
	TEST(a_table_of_nearly_empty_cells_alone_is_refused);
	TEST(a_field_in_many_columns_is_bounded);
	TEST_LOOP(a_table_is_items, rows);
	TEST(ten_thousand_lines_are_the_most);
	TEST(ten_thousand_items_are_written);
})
