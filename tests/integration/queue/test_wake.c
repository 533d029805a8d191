/*
 * Idle workers are woken by tokens of the wake list, long before they would ask by themselves.
 */
#include "lane.h"
#include "support/common.h"

#include "base/time.h"

#include <uv.h>

/* queue.c's WAKE_S: what has waited for less was woken by a token, or not at all. */
#define OWN_WAIT_MS 5000
#define IDLERS	    3
#define ROUNDS	    3

static struct lane lane;

struct idler {
	struct ty_queue *queue;
	int wakes, seen;
	bool answered;
};

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

static void
idler_on_wake(void *ctx)
{
	((struct idler *)ctx)->wakes++;
}

static void
idler_on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	((struct idler *)ctx)->answered = true;
}

/* Connected, and found nothing to do. */
static void
idler_open(struct idler *idler)
{
	*idler = (struct idler){ 0 };
	idler->queue = ty_queue_new(&lane.loop, lane.url, "t", 60000, NULL, idler_on_wake, idler);
	while (idler->wakes == 0 || !ty_queue_is_up(idler->queue))
		uv_run(&lane.loop, UV_RUN_ONCE);
	ty_queue_lease(idler->queue, 5, idler_on_leased, idler);
	while (!idler->answered)
		uv_run(&lane.loop, UV_RUN_ONCE);
	idler->seen = idler->wakes;
}

static int
blocked_clients(void)
{
	return (int)lane_command_int(&lane, "EVAL %s 0",
				     "return tonumber(string.match(redis.call('INFO', 'clients'), "
				     "'blocked_clients:(%d+)'))");
}

static int
idlers_woken(const struct idler *idlers)
{
	int woken = 0;

	for (int i = 0; i < IDLERS; i++)
		woken += idlers[i].wakes > idlers[i].seen;
	return woken;
}

static void
await_blocked(int count, int64_t end_ms)
{
	while (blocked_clients() != count && ty_time_mono_ms() < end_ms)
		uv_run(&lane.loop, UV_RUN_NOWAIT);
}

/* Idle workers and a burst: how many of them wake before they would ask by themselves. */
static int
burst_round(void)
{
	struct idler idlers[IDLERS];
	struct ty_admission admissions[40];
	struct ty_job jobs[40];
	int64_t end_ms;
	int woken;

	lane_command(&lane, "FLUSHALL");
	end_ms = ty_time_mono_ms() + OWN_WAIT_MS - 500; /* no wait begins before, so none is over */
	for (int i = 0; i < IDLERS; i++)
		idler_open(&idlers[i]);
	await_blocked(IDLERS, end_ms);
	for (int i = 0; i < 40; i++)
		jobs[i] = lane_job(1, 1);
	ck_assert_ok(ty_queue_sync_admit(lane.sync, jobs, 40, admissions, &fx.err));
	do {
		uv_run(&lane.loop, UV_RUN_NOWAIT);
		woken = idlers_woken(idlers);
	} while (woken < IDLERS && ty_time_mono_ms() < end_ms);
	for (int i = 0; i < IDLERS; i++)
		ty_queue_free(idlers[i].queue);
	return woken;
}

/* Again where not all woke, since a machine that stood still for seconds proves nothing. */
START_TEST(a_burst_wakes_several_idle_workers)
{
	int woken = 0;

	ty_queue_free(lane.queue); /* it would take a token too */
	lane.queue = NULL;
	for (int round = 0; round < ROUNDS && woken < IDLERS; round++) {
		await_blocked(0, INT64_MAX);
		woken = burst_round();
	}
	ck_assert_int_eq(woken, IDLERS);
}
END_TEST

START_TEST(a_released_place_wakes_the_next)
{
	int64_t end_ms = ty_time_mono_ms() + OWN_WAIT_MS - 500;
	struct ty_job jobs[2] = { lane_job(1, 1), lane_job(1, 1) };
	struct ty_hold hold;
	int before;

	for (int i = 0; i < 2; i++)
		jobs[i].limits.concurrent_max = 1;
	lane_admit(&lane, jobs, 2);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	hold = lane_hold(&lane.leases[0]);
	do /* until every token is taken and it waits again */
		lane_lease(&lane, 10);
	while (blocked_clients() == 0);
	before = lane.wakes;
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	while (lane.wakes == before)
		uv_run(&lane.loop, UV_RUN_ONCE);
	ck_assert_int_lt(ty_time_mono_ms(), end_ms); /* a token, not the end of its wait */
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
}
END_TEST

TEST_MAIN("queue.wake", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(a_burst_wakes_several_idle_workers);
	TEST(a_released_place_wakes_the_next);
})
