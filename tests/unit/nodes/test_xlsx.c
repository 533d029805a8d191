/*
 * test_xlsx.c -- data.xlsx: what it asks of the service "parse", and what it makes of the answer.
 */
#include "unit/nodes/parsed.h"

#define A_FILE PARSED_FILE("a.xlsx")
#define MADE   PARSED_MADE
#define ITEMS  "[{`json`:{`n`:1},`binary`:{`data`:" A_FILE "}}]"
#define ASKED(options, files, more)                                                                \
	"{`tool`:`xlsx`,`options`:{" options "},`files`:[" files                                   \
	"],`cpu_ms`:10000,`now_ms`:0" more "}"
#define READ(more)                                                                                 \
	"`do`:`read`,`which`:`first`,`sheet`:``,`header`:true,`range`:``,`dates`:`iso`,`empty`:"   \
	"false,"                                                                                   \
	"`merged`:`first`,`hidden`:false,`sheet_field`:``" more
#define WRITE(columns)                                                                             \
	"`do`:`write`,`columns`:[" columns                                                         \
	"],`header`:true,`sheet`:`Sheet1`,`escape_formulas`:false,"                                \
	"`as_dates`:false,`name`:`table.xlsx`,`key`:`data`"
#define ONE "{`items`:[{`json`:{},`files`:[{`key`:`data`,`file`:" MADE "}]}],`tool`:`x`}"
#define TWO "[{`json`:{`a`:1,`b`:{`c`:`x`}}},{`json`:{`z`:null,`a`:[2]}}]"

static const struct parsed_row rows[] = {
	{ "rows", "", ITEMS,
	  "{`items`:[{`json`:{`a`:1},`files`:[]},{`json`:{`__proto__`:2},`files`:[]}],`tool`:`x`}",
	  ASKED(READ(""), A_FILE, ""),
	  "[{`json`:{`a`:1},`from`:0},{`json`:{`__proto__`:2},`from`:0}]", NULL },
	{ "no rows", "", ITEMS, "{`items`:[],`tool`:`x`}", NULL, "[]", NULL },
	{ "its sheets", "`action`:`sheets`", ITEMS,
	  "{`items`:[{`json`:{`name`:`A`},`files`:[]}],`tool`:`x`}",
	  ASKED("`do`:`sheets`", A_FILE, ""), "[{`json`:{`name`:`A`},`from`:0}]", NULL },
	{ "all sheets, a part of each",
	  "`which`:`all`,`range`:`=A1:B{{ $json.n "
	  "}}`,`header`:false,`dates`:`number`,`empty`:true,`merged`:`all`,`hidden`:true",
	  ITEMS, "{`items`:[],`tool`:`x`}",
	  ASKED("`do`:`read`,`which`:`all`,`sheet`:``,`header`:false,`range`:`A1:B1`,`dates`:`"
		"number`,`empty`:true,`merged`:`all`,"
		"`hidden`:true,`sheet_field`:`sheet`",
		A_FILE, ""),
	  "[]", NULL },
	{ "no such file", "`file`:`x`", ITEMS, NULL, NULL, NULL, "The item has no file \"x\"" },
	{ "no items", "", "[]", NULL, NULL, "", NULL },
	{ "written", "`action`:`write`", TWO, ONE,
	  ASKED(WRITE("`a`,`b`,`z`"), "",
		",`items`:[{`cells`:[1,{`c`:`x`},null]},{`cells`:[[2],null,null]}]"),
	  "[{`json`:{},`binary`:{`data`:" MADE "},`from`:[0,1]}]", NULL },
	{ "columns that are chosen, a sheet for each",
	  "`action`:`write`,`columns`:[{`field`:`b.c`}],`sheet_by`:`a`", TWO, ONE,
	  ASKED(WRITE("`b.c`"), "",
		",`items`:[{`cells`:[`x`],`sheet`:`1`},{`cells`:[null],`sheet`:`[2]`}]"),
	  NULL, NULL },
	{ "nothing to write", "`action`:`write`", "[]", NULL, NULL, "", NULL },
};

START_TEST(workbooks_are_read_and_written)
{
	struct parsed_row row = rows[_i];

	if (row.answer != NULL && row.leaves == NULL)
		row.leaves = "[{`json`:{},`binary`:{`data`:" MADE "},`from`:[0,1]}]";
	parsed_row_run("data.xlsx", &row);
}
END_TEST

START_TEST(every_item_is_asked_for)
{
	parsed_many("data.xlsx", "", 300, "{`items`:[{`json`:{`a`:1},`files`:[]}],`tool`:`x`}");
}
END_TEST

static const struct {
	size_t items, columns, bytes; /* columns 0: those of the items, each of which has another */
	const char *message;
} large[] = {
	{ 3000, 0, 1, "3000 columns and 3000 rows" },
	{ 1, 500, 100000, "more than 33554432 bytes" },
};

/* The rows are made in the process of all runs, before the parser's jail has a say. */
START_TEST(rows_that_are_larger_than_what_came_in_are_refused)
{
	struct parsed_row row = { .name = "large" };
	const struct ty_run_result *r;
	struct ty_buf items, columns;

	ty_buf_init(&items, fx.arena, 1 << 16);
	ty_buf_init(&columns, fx.arena, 1 << 14);
	for (size_t i = 0; i < large[_i].items; i++)
		ty_buf_printf(&items, "%s{\"json\":{\"f%zu\":\"%0*d\"}}", i > 0 ? "," : "[", i,
			      (int)large[_i].bytes, 0);
	ty_buf_add_char(&items, ']');
	ty_buf_add_str(&columns, "`action`:`write`,`columns`:[");
	for (size_t i = 0; i < large[_i].columns; i++)
		ty_buf_add_str(&columns, i > 0 ? ",{`field`:`f0`}" : "{`field`:`f0`}");
	ty_buf_add_char(&columns, ']');
	row.params = columns.data;
	r = parsed_run("data.xlsx", &row, items.data);
	ck_assert_int_ne(r->status, TY_STATUS_OK);
	ck_assert_msg(strstr(error_str(r, "message"), large[_i].message) != NULL, "%s",
		      error_str(r, "message"));
}
END_TEST

TEST_MAIN("nodes.xlsx", {
	TEST_LOOP(rows_that_are_larger_than_what_came_in_are_refused, large);
	TEST_LOOP(workbooks_are_read_and_written, rows);
	TEST(every_item_is_asked_for);
})
