/*
 * test_pdf.c -- data.pdf: what it asks of the service "parse", and what it makes of the answer.
 */
#include "unit/nodes/parsed.h"

#define A_FILE PARSED_FILE("a.pdf")
#define ITEMS  "[{`json`:{`n`:2,`p`:`a b`},`binary`:{`data`:" A_FILE "}}]"
#define ASKED(options, more)                                                                       \
	"{`tool`:`pdf`,`options`:{" options "},`files`:[" A_FILE                                   \
	"],`cpu_ms`:10000,`now_ms`:0" more "}"
#define TEXT "{`items`:[{`json`:{`text`:`a`,`pages`:[`a`],`has_text`:true},`files`:[]}],`tool`:`x`}"

static const struct parsed_row rows[] = {
	{ "text", "", ITEMS, TEXT, ASKED("`give`:`text`,`from`:1,`to`:0,`layout`:`reading`", ""),
	  "[{`json`:{`text`:`a`,`pages`:[`a`],`has_text`:true},`from`:0}]", NULL },
	{ "pages of an expression", "`give`:`pages`,`from`:`={{ $json.n }}`,`to`:3", ITEMS,
	  "{`items`:[{`json`:{`page`:2,`text`:`a`},`files`:[]},{`json`:{`page`:3,`text`:``},"
	  "`files`:[]}],`tool`:`x`}",
	  ASKED("`give`:`pages`,`from`:2,`to`:3,`layout`:`reading`", ""),
	  "[{`json`:{`page`:2,`text`:`a`},`from`:0},{`json`:{`page`:3,`text`:``},`from`:0}]",
	  NULL },
	{ "a password", "`give`:`info`,`password`:`={{ $json.p }}`", ITEMS,
	  "{`items`:[{`json`:{`page_count`:1,`info`:{}},`files`:[]}],`tool`:`x`}",
	  ASKED("`give`:`info`,`from`:1,`to`:0,`layout`:`reading`",
		",`secrets`:[{`name`:`password`,`value`:`a b`,`secret`:true}]"),
	  "[{`json`:{`page_count`:1,`info`:{}},`from`:0}]", NULL },
	{ "names as data", "", ITEMS,
	  "{`items`:[{`json`:{`text`:`a`,`info`:{`__proto__`:1,`constructor`:2}},`files`:[]}],"
	  "`tool`:`x`}",
	  NULL, "[{`json`:{`text`:`a`,`info`:{`__proto__`:1,`constructor`:2}},`from`:0}]", NULL },
	{ "no file of that name", "`file`:`x`", ITEMS, NULL, NULL, NULL,
	  "The item has no file \"x\"" },
	{ "no file at all", "", "[{`json`:{`data`:`x`}}]", NULL, NULL, NULL,
	  "The item has no file \"data\"" },
	{ "a page of the wrong type", "`from`:`={{ $json.p }}`", ITEMS, NULL, NULL, NULL, "from" },
	{ "page 0", "`from`:`={{ 0 }}`", ITEMS, NULL, NULL, NULL, "from" },
	{ "no items", "", "[]", NULL, NULL, "", NULL },
};

START_TEST(documents_become_items)
{
	parsed_row_run("data.pdf", &rows[_i]);
}
END_TEST

START_TEST(every_item_is_asked_for)
{
	parsed_many("data.pdf", "", 300, TEXT);
}
END_TEST

static const struct {
	const char *items, *notice; /* NULL: none */
} told[] = {
	{ "{`json`:{`text`:``,`pages`:[``],`has_text`:false},`files`:[]}", "no_text" },
	{ "{`json`:{`page`:1,`text`:``},`files`:[]},{`json`:{`page`:2,`text`:``},`files`:[]}",
	  "no_text" },
	{ "{`json`:{`page`:1,`text`:``},`files`:[]},{`json`:{`page`:2,`text`:`a`},`files`:[]}",
	  NULL },
	{ "{`json`:{`page_count`:1,`info`:{}},`files`:[]}", NULL },
	{ "{`json`:{`text`:`a`,`complaint`:`odd`},`files`:[]}", "damaged" },
};

START_TEST(what_a_reader_would_miss_is_told)
{
	const struct parsed_row row = {
		.name = "told",
		.params = "",
		.answer = ty_arena_printf(fx.arena, "{`items`:[%s],`tool`:`x`}", told[_i].items),
	};
	const struct ty_run_result *r = parsed_run("data.pdf", &row, ITEMS);
	const json_t *step = fake_step_record(r, "a");
	const char *notices = ty_json_dump(fx.arena, json_object_get(step, "notices"), NULL);

	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_ptr_null(strstr(outputs_text(r, "a"), "complaint"));
	ck_assert_msg((strstr(notices, "no_text") != NULL) ==
			      (told[_i].notice != NULL && strcmp(told[_i].notice, "no_text") == 0),
		      "%s", notices);
	ck_assert_msg((strstr(notices, "damaged") != NULL) ==
			      (told[_i].notice != NULL && strcmp(told[_i].notice, "damaged") == 0),
		      "%s", notices);
}
END_TEST

TEST_MAIN("nodes.pdf", {
	TEST_LOOP(documents_become_items, rows);
	TEST(every_item_is_asked_for);
	TEST_LOOP(what_a_reader_would_miss_is_told, told);
})
