/*
 * test_batches.c -- data.batches: what it asks of the services "split" and "parse", and what it makes of the answers.
 */
#include "unit/nodes/parsed.h"

#define A_FILE	    PARSED_FILE("a.csv")
#define MADE	    PARSED_MADE
#define ITEMS	    "[{`json`:{`n`:3,`s`:`S`},`binary`:{`data`:" A_FILE "}}]"
#define SPLIT(more) "{`file`:" A_FILE ",`now_ms`:0," more "}"
#define PART(rows)  "{`rows`:" rows ",`file`:" MADE "}"
#define BATCH(batch, first, rows)                                                                  \
	"{`json`:{`batch`:" batch ",`first_row`:" first ",`rows`:" rows "},`binary`:{`data`:" MADE \
	"},`from`:0}"
#define SHEET(skip)                                                                                \
	"{`tool`:`xlsx`,`options`:{`do`:`batches`,`which`:`named`,`sheet`:`S`,`header`:true,`"     \
	"rows`:"                                                                                   \
	"1000,`skip`:" skip ",`key`:`data`},`files`:[" A_FILE "],`cpu_ms`:30000,`now_ms`:0}"

static const struct parsed_row rows[] = {
	{ "CSV", "", ITEMS, "{`parts`:[" PART("1000") "," PART("2") "]}",
	  SPLIT("`rows`:1000,`form`:`csv`,`header`:true,`delimiter`:``,`quote`:`\\``"),
	  "[" BATCH("1", "1", "1000") "," BATCH("2", "1001", "2") "]", NULL },
	{ "CSV as it is said",
	  "`rows`:`={{ $json.n }}`,`delimiter`:`tab`,`quote`:`off`,`header`:false", ITEMS,
	  "{`parts`:[]}",
	  SPLIT("`rows`:3,`form`:`csv`,`header`:false,`delimiter`:`\\t`,`quote`:``"), "[]", NULL },
	{ "lines", "`format`:`lines`", ITEMS, "{`parts`:[" PART("7") "]}",
	  SPLIT("`rows`:1000,`form`:`lines`,`header`:true,`delimiter`:``,`quote`:`\\``"),
	  "[" BATCH("1", "1", "7") "]", NULL },
	{ "a sheet", "`format`:`xlsx`,`sheet`:`={{ $json.s }}`", ITEMS,
	  "{`items`:[{`json`:{`rows`:5},`files`:[{`key`:`data`,`file`:" MADE "}]}],`tool`:`x`}",
	  SHEET("0"), "[" BATCH("1", "1", "5") "]", NULL },
	{ "no file of that name", "`file`:`x`", ITEMS, NULL, NULL, NULL,
	  "The item has no file \"x\"" },
	{ "rows of the wrong type", "`rows`:`={{ $json.s }}`", ITEMS, NULL, NULL, NULL, "rows" },
	{ "no rows", "`rows`:`={{ 0 }}`", ITEMS, NULL, NULL, NULL, "rows" },
	{ "no items", "", "[]", NULL, NULL, "", NULL },
};

START_TEST(files_become_batches)
{
	parsed_row_run("data.batches", &rows[_i]);
}
END_TEST

START_TEST(every_item_is_asked_for)
{
	parsed_many("data.batches", "", 300, "{`parts`:[" PART("1") "]}");
}
END_TEST

static size_t calls;

/* The first call says that the sheet goes on, the second what is behind. */
static json_t *
answer_in_two(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	int64_t skip = ty_json_int(json_object_get(request, "options"), "skip", -1);

	calls++;
	ck_assert_int_eq(skip, calls == 1 ? 0 : 1500);
	if (calls == 1)
		return json_incref(fake_json(
			f->arena,
			quoted("{`items`:[{`json`:{`rows`:1000},`files`:[]},{`json`:{`rows`:500,"
			       "`more`:true},`files`:[]}],`tool`:`x`}")));
	return json_incref(fake_json(
		f->arena, quoted("{`items`:[{`json`:{`rows`:1},`files`:[]}],`tool`:`x`}")));
}

START_TEST(a_sheet_that_goes_on_is_asked_for_again)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const json_t *out;

	calls = 0;
	f->on_call = answer_in_two;
	r = fake_ops_run(f, FLOW(NODE("a", "data.batches", "`format`:`xlsx`"), EDGE("start", "a")),
			 ITEMS, NULL, &fx.err);
	ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
	ck_assert_uint_eq(calls, 2);
	out = json_object_get(json_object_get(fake_step_record(r, "a"), "outputs"), "main");
	ck_assert_uint_eq(json_array_size(out), 3);
	out = json_object_get(json_array_get(out, 2), "json");
	ck_assert_int_eq(ty_json_int(out, "first_row", 0), 1501);
	ck_assert_int_eq(ty_json_int(out, "batch", 0), 3);
}
END_TEST

TEST_MAIN("nodes.batches", {
	TEST_LOOP(files_become_batches, rows);
	TEST(every_item_is_asked_for);
	TEST(a_sheet_that_goes_on_is_asked_for_again);
})
