/*
 * test_zone.c -- a zone that the machine does not have is told where scripts run, and nowhere else.
 */
#include "unit/engine/flow.h"

static json_t *
any_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_incref(fake_json(f->arena, "{`ok`:true,`items`:[]}"));
}

static const char *
notices_in(const char *zone, const char *type, const char *params)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	const json_t *notices;

	f->on_eval = any_answer;
	r = fake_ops_run(f,
			 ty_arena_printf(fx.arena,
					 "{`nodes`:[{`id`:`start`,`type`:`core.manual`},{`id`:`c`,"
					 "`type`:`%s`,`params`:{%s}}],`edges`:[{`from`:`start`,"
					 "`to`:`c`}],`settings`:{`timezone`:`%s`}}",
					 type, params, zone),
			 ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	notices = ty_json_arr(fake_step_record(r, "c"), "notices");
	return notices != NULL ? ty_json_dump_canonical(fx.arena, notices, NULL) : "";
}

START_TEST(a_zone_that_is_not_there_is_told_where_a_script_runs)
{
	const char *told = notices_in("Nowhere/None", "core.code", "`code`:`return []`");

	ck_assert_ptr_nonnull(strstr(told, "unknown_zone"));
	ck_assert_ptr_nonnull(strstr(told, "Nowhere/None"));
	ck_assert_str_eq(notices_in("Europe/Berlin", "core.code", "`code`:`return []`"), "");
	ck_assert_str_eq(notices_in("Nowhere/None", "core.noop", ""), "");
}
END_TEST

TEST_MAIN("engine.zone", { TEST(a_zone_that_is_not_there_is_told_where_a_script_runs); })
