/*
 * test_lists.c -- nodes that work on lists: what they make knows where it comes from, and they take as
 * many items as a step may have.
 */
#include "unit/nodes/lists.h"

#define AFTER(node)                                                                                \
	FLOW(node "," NODE("s", "core.set",                                                        \
			   "`assignments`:[{`name`:`x`,`type`:`any`,`value`:`={{ "                 \
			   "$('start').item.json.n }}`}]"),                                        \
	     EDGE("start", "c") "," EDGE("c", "s"))

/* Over items { n: 3, k: 1, l: [..] }, { n: 1, k: 1 }, { n: 2, k: 2 }; what each item of 's' says. */
static const struct {
	const char *what, *flow, *seen; /* NULL: the item is not known, which is an error */
} rows[] = {
	{ "sort", AFTER(NODE("c", "core.sort", "`fields`:[{`field`:`n`}]")),
	  "[{\"x\":1},{\"x\":2},{\"x\":3}]" },
	{ "limit", AFTER(NODE("c", "core.limit", "`max_items`:1,`keep`:`last`")), "[{\"x\":2}]" },
	{ "split out", AFTER(NODE("c", "core.split_out", "`field`:`l`")),
	  "[{\"x\":3},{\"x\":3},{\"x\":1},{\"x\":2}]" },
	{ "remove duplicates",
	  AFTER(NODE("c", "core.remove_duplicates",
		     "`compare`:`selected`,`fields`:[{`field`:`k`}]")),
	  "[{\"x\":3},{\"x\":2}]" },
	{ "rename keys", AFTER(NODE("c", "core.rename_keys", "`fields`:[{`from`:`n`,`to`:`m`}]")),
	  "[{\"x\":3},{\"x\":1},{\"x\":2}]" },
	{ "aggregate", AFTER(NODE("c", "core.aggregate", "`mode`:`items`")), NULL },
	{ "summarize", AFTER(NODE("c", "core.summarize", "`fields`:[{`operation`:`items`}]")),
	  NULL },
};

static const char *
jsons_text(const struct ty_run_result *r, const char *node)
{
	json_t *list = ty_json_own(fx.arena, json_array()), *item;
	size_t i;

	json_array_foreach(
		json_object_get(json_object_get(fake_step_record(r, node), "outputs"), "main"), i,
		item) json_array_append(list, json_object_get(item, "json"));
	return ty_json_dump(fx.arena, list, NULL);
}

START_TEST(an_item_knows_where_it_comes_from)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		fake_ops_run(f, rows[_i].flow,
			     "[" ITEM("{`n`:3,`k`:1,`l`:[1,2]}") "," ITEM(
				     "{`n`:1,`k`:1,`l`:[3]}") "," ITEM("{`n`:2,`k`:2,`l`:[4]}") "]",
			     NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (rows[_i].seen != NULL) {
		ck_assert_msg(r->status == TY_STATUS_OK, "%s: %s", rows[_i].what,
			      error_str(r, "message"));
		ck_assert_str_eq(jsons_text(r, "s"), rows[_i].seen);
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_ERROR, "%s gave %s", rows[_i].what,
		      jsons_text(r, "s"));
	ck_assert_str_eq(error_str(r, "code"), "invalid");
}
END_TEST

static const struct {
	const struct ty_node_def *def;
	const char *params;
	size_t out; /* items of the first output */
} large[] = {
	{ &ty_node_core_sort, "{`fields`:[{`field`:`n`,`order`:`descending`}]}", 10000 },
	{ &ty_node_core_limit, "{`max_items`:10000}", 10000 },
	{ &ty_node_core_split_out, "{`field`:`l`}", 10000 },
	{ &ty_node_core_aggregate, "{`fields`:[{`field`:`n`}]}", 1 },
	{ &ty_node_core_remove_duplicates, "{`compare`:`selected`,`fields`:[{`field`:`k`}]}", 10 },
	{ &ty_node_core_summarize,
	  "{`fields`:[{`operation`:`sum`,`field`:`n`}],`group_by`:[{`field`:`k`}]}", 10 },
	{ &ty_node_core_rename_keys, "{`fields`:[{`from`:`n`,`to`:`m`}]}", 10000 },
	{ &ty_node_core_compare_datasets, "{`keys`:[{`field_a`:`n`}]}", 10000 },
};

START_TEST(as_many_items_as_a_step_may_have)
{
	json_t *items = ty_json_own(fx.arena, json_array());
	const struct ty_node_def *def = large[_i].def;
	struct fake_step *s;

	for (int i = 0; i < 10000; i++)
		json_array_append_new(items,
				      json_pack("{s:i, s:i, s:[i]}", "n", i, "k", i % 10, "l", i));
	s = fake_step_new(fx.arena, def, ty_json_dump(fx.arena, items, NULL));
	fake_step_params(s, quoted(large[_i].params));
	ck_assert_msg(fake_step_run(s, &fx.err) == TY_OK, "%s: %s", def->type, fx.err.msg);
	ck_assert_uint_eq(
		json_array_size(fake_json(fx.arena, fake_step_output(s, def->outputs[0].name))),
		large[_i].out);
}
END_TEST

TEST_MAIN("nodes.lists", {
	TEST_LOOP(an_item_knows_where_it_comes_from, rows);
	TEST_LOOP(as_many_items_as_a_step_may_have, large);
})
