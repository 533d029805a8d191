/*
 * test_compare_datasets.c -- core.compare_datasets: what two lists share, and where they differ.
 */
#include "unit/nodes/lists.h"

#define KEY "{`keys`:[{`field_a`:`id`}]}"

static const struct {
	const char *what, *params, *a, *b;
	const char *in_a, *same, *different, *in_b; /* NULL = not looked at */
} rows[] = {
	{ "all four", KEY, "[{`id`:1,`v`:1},{`id`:2,`v`:1},{`id`:3,`v`:1}]",
	  "[{`id`:3,`v`:2},{`v`:1,`id`:2},{`id`:4}]", "[{`id`:1,`v`:1}]", "[{`id`:2,`v`:1}]",
	  "[{`keys`:{`id`:3},`same`:{},`different`:{`v`:{`input_a`:1,`input_b`:2}}}]",
	  "[{`id`:4}]" },
	{ "names of prototypes are data", "{`keys`:[{`field_a`:`__proto__`}]}",
	  "[{`__proto__`:1,`constructor`:1},{`__proto__`:2}]",
	  "[{`__proto__`:1,`constructor`:{}},{`constructor`:2}]", "[{`__proto__`:2}]", "[]",
	  "[{`keys`:{`__proto__`:1},`same`:{},`different`:{`constructor`:{`input_a`:1,`input_b`:{}}"
	  "}}]",
	  "[{`constructor`:2}]" },
	{ "what is the same is told beside what differs", KEY, "[{`id`:1,`v`:1,`w`:[1]}]",
	  "[{`id`:1,`v`:`1`,`w`:[1]}]", "[]", "[]",
	  "[{`keys`:{`id`:1},`same`:{`w`:[1]},`different`:{`v`:{`input_a`:1,`input_b`:`1`}}}]",
	  "[]" },
	{ "null and missing differ", KEY, "[{`id`:1,`v`:null}]", "[{`id`:1,`w`:2}]", "[]", "[]",
	  "[{`keys`:{`id`:1},`same`:{},`different`:{`v`:{`input_a`:null,`input_b`:null},"
	  "`w`:{`input_a`:null,`input_b`:2}}}]",
	  "[]" },
	{ "keys of one value pair in order, each once", KEY, "[{`id`:1,`v`:1},{`id`:1,`v`:2}]",
	  "[{`id`:1,`v`:1},{`id`:1,`v`:2},{`id`:1,`v`:3}]", "[]", "[{`id`:1,`v`:1},{`id`:1,`v`:2}]",
	  "[]", "[{`id`:1,`v`:3}]" },
	{ "1 and \"1\" are two keys", KEY, "[{`id`:1}]", "[{`id`:`1`}]", "[{`id`:1}]", "[]", "[]",
	  "[{`id`:`1`}]" },
	{ "a missing key pairs with nothing", KEY, "[{`v`:1}]", "[{`v`:1}]", "[{`v`:1}]", "[]",
	  "[]", "[{`v`:1}]" },
	{ "two keys, of other names in B",
	  "{`keys`:[{`field_a`:`a.id`,`field_b`:`nr`},{`field_a`:`k`}]}",
	  "[{`a`:{`id`:1},`k`:`x`}]", "[{`nr`:1,`k`:`x`},{`nr`:1,`k`:`y`}]", "[]", NULL, NULL,
	  "[{`nr`:1,`k`:`y`}]" },
	{ "fields that are not compared", "{`keys`:[{`field_a`:`id`}],`fields`:[{`field`:`at`}]}",
	  "[{`id`:1,`at`:1}]", "[{`id`:1,`at`:2}]", "[]", "[{`id`:1,`at`:1}]", "[]", "[]" },
	{ "input A's item", "{`keys`:[{`field_a`:`id`}],`give`:`a`}", "[{`id`:1,`v`:1}]",
	  "[{`id`:1,`v`:2}]", "[]", "[]", "[{`id`:1,`v`:1}]", "[]" },
	{ "input B's item", "{`keys`:[{`field_a`:`id`}],`give`:`b`}", "[{`id`:1,`v`:1}]",
	  "[{`id`:1,`v`:2}]", "[]", "[]", "[{`id`:1,`v`:2}]", "[]" },
	{ "nothing in A", KEY, "[]", "[{`id`:1}]", "[]", "[]", "[]", "[{`id`:1}]" },
	{ "nothing in B", KEY, "[{`id`:1}]", "[]", "[{`id`:1}]", "[]", "[]", "[]" },
};

static struct fake_step *
run(const char *params, const char *a, const char *b, enum ty_code rc)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_core_compare_datasets, quoted(a));

	fake_step_items(s, "b", quoted(b));
	fake_step_params(s, quoted(params));
	ck_assert_msg(fake_step_run(s, &fx.err) == rc, "%s", fx.err.msg);
	return s;
}

START_TEST(it_finds_what_two_lists_share)
{
	struct fake_step *s = run(rows[_i].params, rows[_i].a, rows[_i].b, TY_OK);
	const char *const outs[][2] = { { "in_a", rows[_i].in_a },
					{ "same", rows[_i].same },
					{ "different", rows[_i].different },
					{ "in_b", rows[_i].in_b } };

	for (size_t i = 0; i < TY_ARRAY_COUNT(outs); i++)
		if (outs[i][1] != NULL)
			ck_assert_msg(strcmp(fake_step_output(s, outs[i][0]), quoted(outs[i][1])) ==
					      0,
				      "%s: %s gave %s", rows[_i].what, outs[i][0],
				      fake_step_output(s, outs[i][0]));
}
END_TEST

START_TEST(a_pair_is_made_of_both)
{
	struct fake_step *s = run(KEY, "[{`id`:0},{`id`:1}]", "[{`id`:1}]", TY_OK);

	ck_assert_str_eq(fake_step_from(s, "same"), "[[[0,1],[1,0]]]");
	ck_assert_str_eq(fake_step_from(s, "in_a"), "[[[0,0]]]");
}
END_TEST

START_TEST(keys_of_several_types_are_told)
{
	struct fake_step *s = run(KEY, "[{`id`:1}]", "[{`id`:`1`}]", TY_OK);

	ck_assert(list_has_notice(fake_step_result(s), "mixed_types"));
}
END_TEST

START_TEST(keys_are_required)
{
	run("{}", "[{}]", "[{}]", TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "keys"));
}
END_TEST

TEST_MAIN("nodes.compare_datasets", {
	TEST_LOOP(it_finds_what_two_lists_share, rows);
	TEST(a_pair_is_made_of_both);
	TEST(keys_of_several_types_are_told);
	TEST(keys_are_required);
})
