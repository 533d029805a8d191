/*
 * test_remove_duplicates.c -- core.remove_duplicates: the first of each kind, and what earlier runs had.
 */
#include "unit/nodes/lists.h"

static const struct list_row rows[] = {
	{ "whole items, members in any order",
	  "{}",
	  "[{`a`:1,`b`:2},{`b`:2,`a`:1},{`a`:1}]",
	  TY_OK,
	  { { "main", "[{`a`:1,`b`:2},{`a`:1}]" }, { "duplicates", "[{`b`:2,`a`:1}]" } },
	  NULL,
	  NULL,
	  "[0,2]" },
	{ "some fields",
	  "{`compare`:`selected`,`fields`:[{`field`:`o.a`}]}",
	  "[{`o`:{`a`:1},`n`:1},{`o`:{`a`:1},`n`:2},{`o`:{`a`:2}}]",
	  TY_OK,
	  { { "main", "[{`o`:{`a`:1},`n`:1},{`o`:{`a`:2}}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "all but some",
	  "{`compare`:`except`,`fields`:[{`field`:`at`}]}",
	  "[{`n`:1,`at`:1},{`n`:1,`at`:2},{`n`:2,`at`:2}]",
	  TY_OK,
	  { { "main", "[{`n`:1,`at`:1},{`n`:2,`at`:2}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "1 and \"1\" are two, and that is told",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`}]}",
	  "[{`a`:1},{`a`:`1`},{`a`:1.0}]",
	  TY_OK,
	  { { "main", "[{`a`:1},{`a`:`1`}]" } },
	  NULL,
	  "mixed_types",
	  NULL },
	{ "missing and null are two",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`}]}",
	  "[{},{`a`:null},{`b`:1}]",
	  TY_OK,
	  { { "main", "[{},{`a`:null}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "values do not run into each other",
	  "{`compare`:`selected`,`fields`:[{`field`:`a`},{`field`:`b`}]}",
	  "[{`a`:`x,`},{`a`:`x`,`b`:``}]",
	  TY_OK,
	  { { "main", "[{`a`:`x,`},{`a`:`x`,`b`:``}]" } },
	  NULL,
	  NULL,
	  NULL },
	{ "no items", "{}", "[]", TY_OK, { { "main", "[]" } }, NULL, NULL, NULL },
	{ "fields are required",
	  "{`compare`:`selected`}",
	  "[{}]",
	  TY_E_INVALID,
	  { { NULL, NULL } },
	  "fields",
	  NULL,
	  NULL },
};

START_TEST(it_keeps_the_first_of_each_kind)
{
	list_row_run(&ty_node_core_remove_duplicates, &rows[_i]);
}
END_TEST

/* ---- across runs ---- */

static const struct seen_row {
	const char *what, *params, *items;
	const char *answer; /* NULL: the service is not asked */
	const char *asked;  /* with "#" for each hash */
	const char *main, *duplicates;
	const char *message; /* of its failure; NULL = none */
} seen_rows[] = {
	{ "values that were not seen",
	  "`against`:`new`,`compare`:`selected`,`fields`:[{`field`:`a`}]",
	  "[{`a`:1},{`a`:`1`},{`a`:1},{}]", "{`outcome`:`done`,`new`:`1010`}",
	  "{`do`:`see`,`hashes`:[`#`,`#`,`#`,`#`],`keep`:true,`key`:`values`,`max`:10000,`node`:`a`"
	  ",`scope`:"
	  "`workflow`}",
	  "[{`a`:1},{`a`:1}]", "[{`a`:`1`},{}]", NULL },
	{ "of the workflow, with a history", "`against`:`new`,`scope`:`workflow`,`history`:2",
	  "[{`a`:1}]", "{`outcome`:`done`,`new`:`0`}",
	  "{`do`:`see`,`hashes`:[`#`],`keep`:true,`key`:`values`,`max`:2,`scope`:`workflow`}", "[]",
	  "[{`a`:1}]", NULL },
	{ "a number above", "`against`:`higher`,`field`:`o.n`",
	  "[{`o`:{`n`:5}},{`o`:{`n`:7.5}},{`o`:{`n`:`7`}}]", "{`outcome`:`done`,`previous`:5}",
	  "{`by`:7.5,`do`:`see_greatest`,`keep`:true,`key`:`highest "
	  "number`,`node`:`a`,`scope`:`workflow`}",
	  "[{`o`:{`n`:7.5}},{`o`:{`n`:`7`}}]", "[{`o`:{`n`:5}}]", NULL },
	{ "the first run", "`against`:`higher`,`field`:`n`", "[{`n`:-1},{`n`:-2}]",
	  "{`outcome`:`done`,`previous`:null}",
	  "{`by`:-1,`do`:`see_greatest`,`keep`:true,`key`:`highest "
	  "number`,`node`:`a`,`scope`:`workflow`}",
	  "[{`n`:-1},{`n`:-2}]", "[]", NULL },
	{ "a date after", "`against`:`later`,`field`:`at`",
	  "[{`at`:`1970-01-01T00:00:01Z`},{`at`:2000},{`at`:`1970-01-01T02:00:03+02:00`}]",
	  "{`outcome`:`done`,`previous`:1000}",
	  "{`by`:3000,`do`:`see_greatest`,`keep`:true,`key`:`latest "
	  "date`,`node`:`a`,`scope`:`workflow`}",
	  "[{`at`:2000},{`at`:`1970-01-01T02:00:03+02:00`}]", "[{`at`:`1970-01-01T00:00:01Z`}]",
	  NULL },
	{ "clear passes on", "`against`:`clear`", "[{`a`:1},{`a`:1}]",
	  "{`outcome`:`done`,`deleted`:1}",
	  "{`do`:`forget`,`key`:``,`node`:`a`,`scope`:`workflow`}", "[{`a`:1},{`a`:1}]", "[]",
	  NULL },
	{ "no number", "`against`:`higher`,`field`:`n`", "[{`n`:1},{`n`:`x`}]", NULL, NULL, NULL,
	  NULL, "The field \"n\" of item 1 is no number" },
	{ "a yes is no number", "`against`:`higher`,`field`:`n`", "[{`n`:true}]", NULL, NULL, NULL,
	  NULL, "item 0 is no number" },
	{ "a list is no number", "`against`:`higher`,`field`:`n`", "[{`n`:[1]}]", NULL, NULL, NULL,
	  NULL, "item 0 is no number" },
	{ "null", "`against`:`higher`,`field`:`n`", "[{`n`:null}]", NULL, NULL, NULL, NULL,
	  "item 0 is null" },
	{ "missing", "`against`:`later`,`field`:`__proto__`", "[{`n`:1}]", NULL, NULL, NULL, NULL,
	  "item 0 is not there" },
	{ "no date", "`against`:`later`,`field`:`n`", "[{`n`:`2026-02-30`}]", NULL, NULL, NULL,
	  NULL, "item 0 is no date" },
	{ "the history is too short", "`against`:`new`,`history`:1", "[{`n`:1},{`n`:2}]",
	  "{`outcome`:`history`,`count`:2}",
	  "{`do`:`see`,`hashes`:[`#`,`#`],`keep`:true,`key`:`values`,`max`:1,`node`:`a`,`scope`:`"
	  "workflow`}",
	  NULL, NULL, "more of it is new than the history keeps" },
	{ "the quota", "`against`:`new`", "[{`n`:1}]", "{`outcome`:`bytes`}",
	  "{`do`:`see`,`hashes`:[`#`],`keep`:true,`key`:`values`,`max`:10000,`node`:`a`,`scope`:`"
	  "workflow`}",
	  NULL, NULL, "state_bytes_max" },
	{ "an answer that does not fit", "`against`:`new`", "[{`n`:1}]",
	  "{`outcome`:`done`,`new`:`01`}",
	  "{`do`:`see`,`hashes`:[`#`],`keep`:true,`key`:`values`,`max`:10000,`node`:`a`,`scope`:`"
	  "workflow`}",
	  NULL, NULL, "judged 2 of 1" },
	{ "no items", "`against`:`new`", "[]", NULL, NULL, "[]", "[]", NULL },
};

static const struct seen_row *row;
static const char *asked;
static json_t *hashes;

static json_t *
answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *bare = ty_json_own(f->arena, json_deep_copy((json_t *)request));
	size_t count = json_array_size(json_object_get(bare, "hashes"));

	if (count > 0)
		hashes = ty_json_own(f->arena, json_deep_copy(json_object_get(bare, "hashes")));
	for (size_t i = 0; i < count; i++)
		json_array_set_new(json_object_get(bare, "hashes"), i, json_string("#"));
	json_object_del(bare, "idempotency_key");
	json_object_del(bare, "timeout_ms");
	asked = ty_json_dump_canonical(f->arena, bare, NULL);
	ck_assert_ptr_nonnull(row->answer);
	return json_incref(fake_json(f->arena, quoted(row->answer)));
}

static const char *
items_of(const struct ty_run_result *r, const char *port)
{
	const json_t *outputs = json_object_get(fake_step_record(r, "a"), "outputs"), *item;
	json_t *list = ty_json_own(fx.arena, json_array());
	size_t i;

	json_array_foreach(json_object_get(outputs, port), i, item)
		json_array_append(list, json_object_get(item, "json"));
	return ty_json_dump(fx.arena, list, NULL);
}

static const struct ty_run_result *
run_row(struct fake_ops *f)
{
	json_t *items = ty_json_own(fx.arena, json_array()), *json;
	size_t i;

	json_array_foreach(fake_json(fx.arena, quoted(row->items)), i, json)
		json_array_append_new(items, json_pack("{s:O}", "json", json));
	asked = NULL;
	f->on_call = answer;
	return fake_ops_run(
		f,
		ty_arena_printf(fx.arena,
				FLOW(NODE("a", "core.remove_duplicates", "%s"), EDGE("start", "a")),
				row->params),
		ty_json_dump(fx.arena, items, NULL), NULL, &fx.err);
}

START_TEST(it_asks_what_earlier_runs_had)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	row = &seen_rows[_i];
	f->mode = "api";
	r = run_row(f);
	ck_assert_msg(r != NULL, "%s: %s", row->what, fx.err.msg);
	if (row->asked != NULL)
		ck_assert_str_eq(asked, quoted(row->asked));
	else
		ck_assert_ptr_null(asked);
	if (row->message != NULL) {
		ck_assert_int_eq(r->status, TY_STATUS_ERROR);
		ck_assert_msg(strstr(error_str(r, "message"), row->message) != NULL, "%s: %s",
			      row->what, error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s: %s", row->what, error_str(r, "message"));
	ck_assert_str_eq(items_of(r, "main"), quoted(row->main));
	ck_assert_str_eq(items_of(r, "duplicates"), quoted(row->duplicates));
}
END_TEST

/* 1 and 1.0 have one hash, and "1" another. */
START_TEST(a_hash_is_of_the_value)
{
	static const struct seen_row values = { "values",
						"`against`:`new`",
						"[{`a`:1},{`a`:1.0},{`a`:`1`}]",
						"{`outcome`:`done`,`new`:`000`}",
						NULL,
						NULL,
						NULL,
						NULL };

	row = &values;
	ck_assert_ptr_nonnull(run_row(fake_ops_new(fx.arena)));
	ck_assert(json_equal(json_array_get(hashes, 0), json_array_get(hashes, 1)));
	ck_assert(!json_equal(json_array_get(hashes, 0), json_array_get(hashes, 2)));
	ck_assert_uint_eq(json_string_length(json_array_get(hashes, 0)), 32);
}
END_TEST

START_TEST(a_run_by_hand_remembers_nothing_and_says_so)
{
	static const struct seen_row by_hand = { "by hand",   "`against`:`new`",
						 "[{`a`:1}]", "{`outcome`:`done`,`new`:`1`}",
						 NULL,	      NULL,
						 NULL,	      NULL };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	row = &by_hand;
	r = run_row(f);
	ck_assert_ptr_nonnull(strstr(asked, "\"keep\":false"));
	ck_assert(list_has_notice(r, "not_remembered"));
	f = fake_ops_new(fx.arena);
	f->mode = "api";
	r = run_row(f);
	ck_assert_ptr_nonnull(strstr(asked, "\"keep\":true"));
	ck_assert(!list_has_notice(r, "not_remembered"));
}
END_TEST

TEST_MAIN("nodes.remove_duplicates", {
	TEST_LOOP(it_keeps_the_first_of_each_kind, rows);
	TEST_LOOP(it_asks_what_earlier_runs_had, seen_rows);
	TEST(a_hash_is_of_the_value);
	TEST(a_run_by_hand_remembers_nothing_and_says_so);
})
