/*
 * test_pattern.c -- what a slow script's patterns found is told to be in doubt: such a script only.
 */
#include "unit/engine/flow.h"

#include "base/limits.h"

static int64_t used_ms;

static json_t *
slow_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	bool is_code = json_object_get(request, "code") != NULL;
	json_t *answer = fake_json(f->arena, is_code ? "{`ok`:true,`items`:[]}"
						     : "{`ok`:true,`values`:[[{`v`:1}]]}");

	if (used_ms > 0)
		json_object_set_new(answer, "cpu_ms", json_integer(used_ms));
	return json_incref(answer);
}

static const char *
notices_of(const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const json_t *notices;

	f->on_eval = slow_answer;
	r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	notices = ty_json_arr(fake_step_record(r, "c"), "notices");
	return notices != NULL ? ty_json_dump_canonical(fx.arena, notices, NULL) : "";
}

static const struct {
	const char *code;
	bool has_pattern;
} codes[] = {
	{ "return /(a+)+$/.exec(s)", true },
	{ "/^(a+)+$/.test(s)", true },
	{ "const found = s.replace(/(a+)+$/, '')", true },
	{ "if (ok) /(a+)+$/.test(s)", true },
	{ "return s.split( /,(x*)*y/ )", true },
	{ "x = {a: /b/}", true },
	{ "new RegExp(p)", true },
	{ "s.match(p)", true },
	{ "s['search'](p)", true },
	{ "return $json.a / 2 + rows[1] / 3", false },
	{ "// a comment\nreturn 1 /* and another */", false },
	{ "for (;;) n++", false },
	{ "", false },
};

START_TEST(slow_code_with_a_pattern_is_told)
{
	const char *flow = ty_arena_printf(
		fx.arena,
		"{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`c`,`type`:`core.code`,"
		"`params`:{`code`:%s}}],`edges`:[{`from`:`start`,`to`:`c`}]}",
		ty_json_dump(fx.arena,
			     ty_json_own(fx.arena, json_string(ty_arena_printf(fx.arena, "%s;",
									       codes[_i].code))),
			     NULL));

	used_ms = TY_LIMIT_SANDBOX_PATTERN_MS;
	ck_assert_msg((strstr(notices_of(flow), "slow_pattern") != NULL) == codes[_i].has_pattern,
		      "%s", codes[_i].code);
	used_ms = TY_LIMIT_SANDBOX_PATTERN_MS - 1;
	ck_assert_str_eq(notices_of(flow), "");
	used_ms = 0;
	ck_assert_str_eq(notices_of(flow), "");
}
END_TEST

START_TEST(slow_expressions_with_a_pattern_are_told)
{
	const char *flow =
		FLOW(NODE("c", "core.set",
			  "`assignments`:[{`name`:`a`,`value`:`={{ /(a+)+$/.test($json.s) }}`}]"),
		     EDGE("start", "c"));

	used_ms = 4321;
	ck_assert_ptr_nonnull(strstr(notices_of(flow), "4321 ms of CPU time"));
}
END_TEST

TEST_MAIN("engine.pattern", {
	TEST_LOOP(slow_code_with_a_pattern_is_told, codes);
	TEST(slow_expressions_with_a_pattern_are_told);
})
