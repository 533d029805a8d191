/*
 * test_wait.c -- until when core.wait holds its items, and what it refuses.
 */
#include "support/common.h"
#include "support/fake_ops.h"
#include "unit/engine/flow.h"

#define WAITING(params)                                                                            \
	FLOW(NODE("w", "core.wait", params) "," NODE("z", "core.noop", ""),                        \
	     EDGE("start", "w") "," EDGE("w", "z"))
#define DAY_MS 86400000LL

static const struct {
	const char *params;
	int64_t ms;	   /* that it holds them; -1 = it is refused */
	const char *error; /* part of the message */
} rows[] = {
	{ "`amount`:90,`unit`:`seconds`", 90000, NULL },
	{ "`amount`:1.5,`unit`:`minutes`", 90000, NULL },
	{ "`amount`:2", 7200000, NULL },
	{ "`amount`:`={{ $json.n }}`,`unit`:`days`", DAY_MS, NULL },
	{ "`amount`:366,`unit`:`days`", 366 * DAY_MS, NULL },
	{ "`amount`:0", 0, NULL },
	{ "`mode`:`until`,`until`:`2023-11-14T22:13:30Z`", 10000, NULL },
	{ "`mode`:`until`,`until`:`2023-11-15T00:13:30+02:00`", 10000, NULL },
	{ "`mode`:`until`,`until`:`2020-01-01T00:00:00Z`", 0, NULL }, /* past */
	{ "`amount`:367,`unit`:`days`", -1, "from 0 to 366 days" },
	{ "`amount`:-1", -1, "from 0 to 366 days" },
	{ "`amount`:1e300,`unit`:`days`", -1, "from 0 to 366 days" },
	{ "`amount`:`=`", 3600000, NULL },  /* an emptied field: the default */
	{ "`amount`:null", 3600000, NULL }, /* not given: the default */
	{ "`amount`:`={{ $json.n ?? 1 }}`", 3600000, NULL },
	{ "`amount`:`={{ $json.nope }}`,`unit`:`days`", -1, "\"amount\" is empty, but a number" },
	{ "`amount`:`={{ null }}`", -1, "\"amount\" is empty, but a number" },
	{ "`amount`:`={{ NaN }}`", -1, "\"amount\" is empty, but a number" },
	{ "`amount`:`={{ 1 / 0 }}`", -1, "\"amount\" is empty, but a number" },
	{ "`amount`:`={{ Infinity }}`", -1, "\"amount\" is empty, but a number" },
	{ "`amount`:`={{ '' }}`", -1, "\"amount\" is the text \"\", but a number" },
	{ "`amount`:`={{ $json.nope }}{{ $json.nope }}`", -1, "\"amount\" is the text \"\"" },
	{ "`mode`:`until`,`amount`:`={{ NaN }}`,`until`:`2020-01-01T00:00:00Z`", 0, NULL },
	{ "`mode`:`until`,`until`:`tomorrow`", -1, "no date and time with an offset" },
	{ "`mode`:`until`,`until`:`2023-11-14T22:13:30`", -1, "no date and time with an offset" },
	{ "`mode`:`until`,`until`:`2025-01-01T00:00:00Z`", -1, "at most 366 days" },
};

START_TEST(items_are_held_until_the_wait_is_over)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	ck_assert_ok(fake_ops_plan(f, ty_arena_printf(fx.arena, WAITING("%s"), rows[_i].params),
				   &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, THREE_ITEMS), NULL, &fx.err));
	if (rows[_i].ms > 0) {
		ck_assert_int_eq(f->wake_ms - FAKE_NOW_MS, rows[_i].ms);
		fake_ops_advance(f, rows[_i].ms - 1);
		ck_assert_ptr_null(ty_run_result(f->run));
		fake_ops_advance(f, 1);
	} else if (rows[_i].ms == 0) {
		fake_ops_advance(f, 0);
	}
	r = ty_run_result(f->run);
	ck_assert_ptr_nonnull(r);
	if (rows[_i].error == NULL) {
		ck_assert_int_eq(r->status, TY_STATUS_OK);
		ck_assert_uint_eq(json_array_size(r->data), 3);
		return;
	}
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), rows[_i].error));
	ck_assert_str_ne(error_str(r, "hint"), "");
}
END_TEST

/* A wait is no running time, however long the workflow and the node may take. */
START_TEST(a_wait_outlasts_the_limits_of_time)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;

	ck_assert_ok(fake_ops_plan(f, WAITING("`amount`:30,`unit`:`days`"), &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, ONE_ITEM), NULL, &fx.err));
	fake_ops_advance(f, 30 * DAY_MS);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
}
END_TEST

TEST_MAIN("nodes.wait", {
	TEST_LOOP(items_are_held_until_the_wait_is_over, rows);
	TEST(a_wait_outlasts_the_limits_of_time);
})
