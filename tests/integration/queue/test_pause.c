/*
 * A pause of a workspace or a workflow: what waits, what goes on, and in which order afterwards
 * (queue/pause.h).
 */
#include "lane.h"
#include "support/common.h"

#include "queue/pause.h"
#include "queue/place.h"
#include "queue/repair.h"

static struct lane lane;

static void
setup(void)
{
	lane_open(&lane, 60000);
}

static void
teardown(void)
{
	lane_end(&lane);
}

static struct ty_queue_pause
pause_of(const struct ty_job *job, bool whole)
{
	struct ty_queue_pause pause = { .workspace_id = job->workspace_id };

	if (!whole)
		pause.workflow_id = job->workflow_id;
	return pause;
}

static void
assert_held_by(const struct ty_id *run_id, const char *by)
{
	struct ty_queue_place place;

	ck_assert_ok(ty_queue_sync_place(lane.sync, fx.arena, run_id, &place, &fx.err));
	ck_assert_str_eq(place.state, "ready");
	ck_assert_str_eq(place.held_by, by);
	ck_assert_int_eq(place.limit, 0);
}

static void
check_all(void)
{
	uint64_t cursor = 0;
	int64_t mended, sum = 0;

	do {
		ck_assert_ok(ty_queue_sync_check(lane.sync, &cursor, &mended, &fx.err));
		sum += mended;
	} while (cursor != 0);
	ck_assert_int_eq(sum, 0);
}

START_TEST(nothing_of_a_paused_workspace_is_leased)
{
	struct ty_job a = lane_job(1, 1), b = lane_job(2, 1);
	struct ty_queue_pause pause = pause_of(&a, true);

	ck_assert_ok(ty_queue_sync_pause(lane.sync, &pause, &fx.err));
	ck_assert_int_eq(lane_admit_one(&lane, &a), TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane_admit_one(&lane, &b), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &b.run_id));
	assert_held_by(&a.run_id, "pause");
	check_all();
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	ck_assert_ok(ty_queue_sync_unpause(lane.sync, &pause, &fx.err));
	assert_held_by(&a.run_id, "");
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &a.run_id));
}
END_TEST

START_TEST(the_end_of_a_run_lets_nothing_of_a_pause_go)
{
	struct ty_job jobs[4] = { lane_job(1, 1), lane_job(1, 2), lane_job(1, 1), lane_job(1, 2) };
	struct ty_queue_pause all = pause_of(&jobs[0], true), one = pause_of(&jobs[0], false);
	struct ty_hold holds[2];

	lane_admit(&lane, jobs, 4);
	ck_assert_uint_eq(lane_lease(&lane, 2), 2);
	for (size_t i = 0; i < 2; i++)
		holds[i] = lane_hold(&lane.leases[i]);
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &one, &fx.err));
	ck_assert_uint_eq(lane_lease(&lane, 10), 1); /* of the other workflow */
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[3].run_id));
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &all, &fx.err));
	ck_assert_int_eq(lane_release(&lane, holds, 2), TY_OK);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	assert_held_by(&jobs[2].run_id, "pause");
	ck_assert_ok(ty_queue_sync_unpause(lane.sync, &all, &fx.err));
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	ck_assert_ok(ty_queue_sync_unpause(lane.sync, &one, &fx.err));
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
}
END_TEST

/* More than one call brings back. */
START_TEST(what_waited_goes_on_in_the_order_in_which_it_came)
{
	enum { COUNT = 1201 };
	struct ty_job jobs[COUNT + 1];
	struct ty_queue_pause pause;

	for (int i = 0; i <= COUNT; i++) {
		jobs[i] = lane_job(1, 1);
		jobs[i].limits.concurrent_max = COUNT + 1;
	}
	pause = pause_of(&jobs[0], false);
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &pause, &fx.err));
	lane_admit(&lane, jobs, COUNT);
	for (int i = 0; i < 3; i++) /* a look goes over a thousand */
		ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	lane_admit_one(&lane, &jobs[COUNT]);
	ck_assert_ok(ty_queue_sync_unpause(lane.sync, &pause, &fx.err));
	ck_assert_uint_eq(lane_lease(&lane, COUNT + 1), COUNT + 1);
	for (int i = 0; i <= COUNT; i++)
		ck_assert(ty_id_eq(&lane.leases[i].run_id, &jobs[i].run_id));
}
END_TEST

START_TEST(the_walk_over_the_keys_leaves_a_pause_alone)
{
	struct ty_job a = lane_job(1, 1), b = lane_job(2, 2);
	struct ty_queue_pause all = pause_of(&a, true), one = pause_of(&b, false);

	ck_assert_ok(ty_queue_sync_pause(lane.sync, &all, &fx.err));
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &one, &fx.err));
	lane_admit_one(&lane, &a);
	lane_admit_one(&lane, &b);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	check_all();
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
}
END_TEST

START_TEST(the_list_has_both_kinds)
{
	struct ty_job a = lane_job(1, 1), b = lane_job(2, 2);
	struct ty_queue_pause all = pause_of(&a, true), one = pause_of(&b, false), *list;
	size_t count;

	ck_assert_ok(ty_queue_sync_paused(lane.sync, fx.arena, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 0);
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &all, &fx.err));
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &one, &fx.err));
	ck_assert_ok(ty_queue_sync_pause(lane.sync, &one, &fx.err));
	ck_assert_ok(ty_queue_sync_paused(lane.sync, fx.arena, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 2);
	ck_assert(ty_queue_pause_eq(&list[0], &all) || ty_queue_pause_eq(&list[1], &all));
	ck_assert(ty_queue_pause_eq(&list[0], &one) || ty_queue_pause_eq(&list[1], &one));
}
END_TEST

START_TEST(a_canceled_job_is_held_no_more)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_queue_pause pause = pause_of(&job, false);
	bool found;

	ck_assert_ok(ty_queue_sync_pause(lane.sync, &pause, &fx.err));
	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &job.run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_ok(ty_queue_sync_unpause(lane.sync, &pause, &fx.err));
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
}
END_TEST

TEST_MAIN("queue.pause", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(nothing_of_a_paused_workspace_is_leased);
	TEST(the_end_of_a_run_lets_nothing_of_a_pause_go);
	TEST(what_waited_goes_on_in_the_order_in_which_it_came);
	TEST(the_walk_over_the_keys_leaves_a_pause_alone);
	TEST(the_list_has_both_kinds);
	TEST(a_canceled_job_is_held_no_more);
})
