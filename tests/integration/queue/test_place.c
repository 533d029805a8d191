/*
 * Where a run is, and what keeps it there: every state that a job can be in (queue/place.h).
 */
#include "lane.h"
#include "support/common.h"

#include "base/time.h"
#include "queue/place.h"

static struct lane lane;

static void
setup(void)
{
	lane_open(&lane, 60000);
}

static void
teardown(void)
{
	lane_close(&lane);
}

static struct ty_queue_place
place_of(const struct ty_id *run_id)
{
	struct ty_queue_place place;

	ck_assert_ok(ty_queue_sync_place(lane.sync, fx.arena, run_id, &place, &fx.err));
	return place;
}

static void
assert_place(const struct ty_id *run_id, const char *state, int64_t deliveries)
{
	struct ty_queue_place place = place_of(run_id);

	ck_assert_str_eq(place.state, state);
	ck_assert_int_eq(place.deliveries, deliveries);
	ck_assert_str_eq(place.held_by, "");
	ck_assert_int_eq(place.limit, 0);
}

/* One job, leased. */
static struct ty_hold
lease_one(void)
{
	struct ty_job job = lane_job(1, 1);

	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	return lane_hold(&lane.leases[0]);
}

START_TEST(a_job_is_followed_from_admission_to_its_end)
{
	struct ty_job job = lane_job(1, 1);
	int64_t now_ms = ty_time_now_ms();
	struct ty_hold hold;

	assert_place(&job.run_id, "none", 0);
	lane_admit_one(&lane, &job);
	assert_place(&job.run_id, "ready", 0);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	assert_place(&job.run_id, "leased", 1);
	ck_assert_int_ge(place_of(&job.run_id).until_ms, now_ms + 60000);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	assert_place(&job.run_id, "done", 0);
}
END_TEST

START_TEST(a_delayed_one_tells_when_it_is_due)
{
	struct ty_hold hold = lease_one();

	ck_assert_int_eq(lane_retry(&lane, &hold, 3600000, false), TY_OK);
	assert_place(&hold.run_id, "delayed", 1);
	ck_assert_int_ge(place_of(&hold.run_id).until_ms, ty_time_now_ms() + 3500000);
}
END_TEST

static const int64_t waits[] = { 0, 4102444800000 };

START_TEST(a_waiting_one_tells_when_its_wait_ends)
{
	struct ty_hold hold = lease_one();

	ck_assert_int_eq(lane_wait(&lane, &hold, waits[_i]), TY_OK);
	assert_place(&hold.run_id, "waiting", 0); /* a wait is no delivery that failed */
	ck_assert_int_eq(place_of(&hold.run_id).until_ms, waits[_i]);
}
END_TEST

START_TEST(a_dead_one_tells_why)
{
	struct ty_hold hold = lease_one();

	ck_assert_int_eq(lane_bury(&lane, &hold, "cannot be read"), TY_OK);
	assert_place(&hold.run_id, "dead", 1);
	ck_assert_str_eq(place_of(&hold.run_id).reason, "cannot be read");
	ck_assert_int_gt(place_of(&hold.run_id).until_ms, 0);
}
END_TEST

static const struct {
	int64_t workspace_max, workflow_max;
	bool same_workflow;
	const char *held_by;
	int64_t limit;
} limits[] = {
	{ 2, 0, true, "workspace", 2 }, { 2, 0, false, "workspace", 2 },
	{ 2, 2, true, "workspace", 2 }, { 100, 2, true, "workflow", 2 },
	{ 100, 2, false, "", 0 },	{ 3, 0, true, "", 0 },
};

/* Two run; a third is ready: as it came, and once lease has looked at it and put it aside. */
START_TEST(a_ready_one_tells_which_limit_holds_it_back)
{
	struct ty_job jobs[3];
	struct ty_hold hold;

	for (int i = 0; i < 3; i++) {
		jobs[i] = lane_job(1, i == 2 && !limits[_i].same_workflow ? 2 : 1);
		jobs[i].limits.concurrent_max = limits[_i].workspace_max;
		jobs[i].workflow_max = limits[_i].workflow_max;
	}
	lane_admit(&lane, jobs, 2);
	ck_assert_uint_eq(lane_lease(&lane, 2), 2);
	hold = lane_hold(&lane.leases[0]);
	lane_admit(&lane, &jobs[2], 1);
	for (int looked = 0; looked < 2; looked++) {
		struct ty_queue_place place = place_of(&jobs[2].run_id);

		ck_assert_str_eq(place.state, "ready");
		ck_assert_str_eq(place.held_by, limits[_i].held_by);
		ck_assert_int_eq(place.limit, limits[_i].limit);
		if (limits[_i].limit == 0)
			return;
		ck_assert_uint_eq(lane_lease(&lane, 1), 0);
	}
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	assert_place(&jobs[2].run_id, "ready", 0);
}
END_TEST

TEST_MAIN("queue.place", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(a_job_is_followed_from_admission_to_its_end);
	TEST(a_delayed_one_tells_when_it_is_due);
	TEST_LOOP(a_waiting_one_tells_when_its_wait_ends, waits);
	TEST(a_dead_one_tells_why);
	TEST_LOOP(a_ready_one_tells_which_limit_holds_it_back, limits);
})
