/*
 * test_difference.c -- what two records of steps differ in.
 */
#include "engine/difference.h"
#include "support/common.h"
#include "support/fake_ops.h"

#define STEP(node, more) "{`node`:`" node "`,`name`:`" node "`,`status`:`ok`" more "}"

/* "same changed only_before only_after first | node what path before after, ..." */
static const struct {
	const char *before, *after, *text;
} cases[] = {
	{ STEP("a", ""), STEP("a", ""), "1 0 0 0 -" },
	{ STEP("a", ",`started_ms`:1,`duration_ms`:2,`notices`:[]"), STEP("a", ",`duration_ms`:9"),
	  "1 0 0 0 -" },
	{ STEP("a", ",`outputs`:{`main`:[{`json`:{`n`:1}}]}"),
	  STEP("a", ",`outputs`:{`main`:[{`json`:{`n`:2}}]}"),
	  "0 1 0 0 a | a changed outputs.main[0].json.n 1 2" },
	{ STEP("a", ",`outputs`:{`main`:[{`json`:{}}]}"), STEP("a", ",`outputs`:{`main`:[]}"),
	  "0 1 0 0 a | a changed outputs.main[0] {\"json\":{}} null" },
	{ STEP("a", "") "," STEP("b", ""), STEP("a", ""), "1 0 1 0 b | b only_before" },
	{ STEP("a", ""), STEP("a", "") "," STEP("c", ""), "1 0 0 1 c | c only_after" },
	{ STEP("a", ",`frame`:`L:0`") "," STEP("a", ",`frame`:`L:1`"),
	  STEP("a", ",`frame`:`L:0`") "," STEP("a", ",`frame`:`L:1`,`failed`:1"),
	  "1 1 0 0 a@L:1 | a@L:1 changed failed null 1" },
	{ STEP("a", ",`attempt`:2"), STEP("a", ""), "0 0 1 1 a | a only_before, a only_after" },
	{ STEP("b", "") "," STEP("c", ""), STEP("a", "") "," STEP("b", "") "," STEP("c", ",`x`:1"),
	  "1 1 0 1 a | c changed x null 1, a only_after" },
};

static json_t *
steps(const char *text)
{
	return fake_json(fx.arena, ty_arena_printf(fx.arena, "[%s]", text));
}

static const char *
row_name(const json_t *row)
{
	const char *frame = ty_json_str(row, "frame", NULL);

	if (!json_is_object(row))
		return "-";
	return ty_arena_printf(fx.arena, "%s%s%s", ty_json_str(row, "node", ""),
			       frame != NULL ? "@" : "", frame != NULL ? frame : "");
}

static const char *
text_of(const json_t *difference)
{
	const char *text = ty_arena_printf(fx.arena, "%d %d %d %d %s",
					   (int)ty_json_int(difference, "same", -1),
					   (int)ty_json_int(difference, "changed", -1),
					   (int)ty_json_int(difference, "only_before", -1),
					   (int)ty_json_int(difference, "only_after", -1),
					   row_name(json_object_get(difference, "first")));
	json_t *row, *member;
	size_t i, j;

	json_array_foreach(ty_json_arr(difference, "items"), i, row)
	{
		text = ty_arena_printf(fx.arena, "%s%s%s %s", text, i > 0 ? ", " : " | ",
				       row_name(row), ty_json_str(row, "what", ""));
		json_array_foreach(ty_json_arr(row, "differences"), j, member) text =
			ty_arena_printf(fx.arena, "%s %s %s %s", text,
					ty_json_str(member, "path", ""),
					ty_json_str(member, "before", "null"),
					ty_json_str(member, "after", "null"));
	}
	return text;
}

START_TEST(steps_are_compared_by_node_frame_and_attempt)
{
	ck_assert_str_eq(text_of(ty_steps_difference(fx.arena, steps(cases[_i].before),
						     steps(cases[_i].after))),
			 cases[_i].text);
}
END_TEST

START_TEST(lists_are_bounded_and_the_rest_is_counted)
{
	json_t *before = ty_json_own(fx.arena, json_array()), *difference;
	json_t *values = json_object();
	char name[16];

	for (int i = 0; i < 2 * TY_DIFFERENCE_STEPS_MAX; i++)
		json_array_append_new(before, json_pack("{s:s, s:i}", "node", "a", "attempt", i));
	for (int i = 0; i < 2 * TY_DIFFERENCE_MEMBERS_MAX; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		json_object_set_new(values, name, json_string("\xc3\xa4\xc3\xa4"));
	}
	json_array_insert_new(before, 0, values);
	difference = ty_steps_difference(fx.arena, before, steps("{}"));
	ck_assert_int_eq(ty_json_int(difference, "only_before", 0), 2 * TY_DIFFERENCE_STEPS_MAX);
	ck_assert_uint_eq(json_array_size(ty_json_arr(difference, "items")),
			  TY_DIFFERENCE_STEPS_MAX);
	ck_assert_uint_eq(
		json_array_size(ty_json_arr(ty_json_obj(difference, "first"), "differences")),
		TY_DIFFERENCE_MEMBERS_MAX);
}
END_TEST

START_TEST(the_start_of_a_long_value_is_shown_and_no_half_of_a_character)
{
	char text[601] = "a";
	json_t *difference, *member;

	for (int i = 0; i < 299; i++)
		memcpy(text + 1 + 2 * i, "\xc3\xa4", 2);
	difference = ty_steps_difference(
		fx.arena, ty_json_own(fx.arena, json_pack("[{s:s, s:s}]", "node", "a", "x", text)),
		steps("{`node`:`a`}"));
	member = json_array_get(ty_json_arr(ty_json_obj(difference, "first"), "differences"), 0);
	ck_assert_uint_lt(strlen(ty_json_str(member, "before", "")), 210);
	ck_assert_uint_gt(strlen(ty_json_str(member, "before", "")), 190);
}
END_TEST

TEST_MAIN("engine.difference", {
	tcase_add_loop_test(tc, steps_are_compared_by_node_frame_and_attempt, 0,
			    TY_ARRAY_COUNT(cases));
	TEST(lists_are_bounded_and_the_rest_is_counted);
	TEST(the_start_of_a_long_value_is_shown_and_no_half_of_a_character);
})
