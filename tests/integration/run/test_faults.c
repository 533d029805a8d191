/*
 * test_faults.c -- each statement, command and start of a process in a worker's life fails in turn.
 *
 * A first worker counts how many there are while it runs one job; then each of as many workers
 * fails at another of them.  Whatever fails, every run ends well and is recorded and metered once.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Workers at a time: most of them wait for their timers. */
#define TOGETHER 6
/* Passes of one point in one life, at most. */
#define EACH_MAX 100

static const char graph[] = GRAPH(
	TRIGGER "," NODE("c", "core.code", "\"code\":\"return items\"") "," NODE(
		"first", "http.request",
		"\"method\":\"PUT\",\"url\":\"%s/first\"") "," NODE("end", "core.noop", ""),
	EDGE("t", "main", "c") "," EDGE("c", "main", "first") "," EDGE("first", "main", "end"), "");

static pid_t
worker_that_fails(const char *point, int64_t nth)
{
	pid_t pid;

	setenv("TYBOO_FAULT", ty_arena_printf(fx.arena, "%s:%lld", point, (long long)nth), 1);
	pid = house_worker();
	unsetenv("TYBOO_FAULT");
	return pid;
}

/* Jobs whose lease nobody knows of come back by themselves, as tyboo-reap would have it. */
static void
await_finished(int64_t count)
{
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);
	struct ty_queue_reaped reaped;

	while (house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s' AND"
			   " finished_at IS NOT NULL",
			   house.workspace.s) < count) {
		ck_assert_msg(ty_time_mono_ms() < give_up_ms, "the runs do not end");
		ck_assert_ok(ty_queue_sync_reap(house.queue, 8, 1000, &reaped, &fx.err));
		usleep(20000);
	}
}

static const char *const points[] = {
#define X(name, what) #name,
#include "base/fault.def"
#undef X
};

struct failure {
	const char *point;
	int64_t nth;
};

/* What can fail in the life of a worker that runs one job: each point, as often as it is passed. */
static size_t
failures_of_one_life(const struct house_flow *flow, struct failure *failures)
{
	size_t count = 0;
	pid_t worker = worker_that_fails("any", 0);

	house_job(flow, 0);
	await_finished(1);
	house_worker_drain(worker);
	for (size_t p = 0; p < TY_ARRAY_COUNT(points); p++)
		for (int64_t n = 1; n < EACH_MAX; n++)
			if (house_log_has(ty_arena_printf(fx.arena, "fault: passed %s %lld\n",
							  points[p], (long long)n)))
				for (int64_t i = 1; i <= n; i++)
					failures[count++] = (struct failure){ points[p], i };
	return count;
}

START_TEST(whatever_fails_every_run_ends_well_and_once)
{
	static struct failure failures[EACH_MAX * TY_ARRAY_COUNT(points)];
	struct house_flow flow = house_flow(graph);
	size_t total = failures_of_one_life(&flow, failures);
	int64_t jobs = 1;

	for (size_t first = 0; first < total; first += TOGETHER) {
		pid_t workers[TOGETHER];
		size_t count = total - first < TOGETHER ? total - first : TOGETHER;

		for (size_t i = 0; i < count; i++)
			workers[i] = worker_that_fails(failures[first + i].point,
						       failures[first + i].nth);
		for (size_t i = 0; i < 2 * count; i++)
			house_job(&flow, (int)jobs++);
		await_finished(jobs);
		for (size_t i = 0; i < count; i++)
			house_worker_drain(workers[i]);
	}
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id ="
				     " '%s' AND status <> 'ok'",
				     house.workspace.s),
			 0);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.usage_events WHERE workspace_id ="
				     " '%s'",
				     house.workspace.s),
			 jobs);
	for (size_t p = 0; p < TY_ARRAY_COUNT(points); p++)
		ck_assert_msg(
			house_log_has(ty_arena_printf(fx.arena, "fault: %s fails", points[p])),
			"%s did not fail", points[p]);
}
END_TEST

HOUSE_TEST_MAIN("run faults", 300, { TEST(whatever_fails_every_run_ends_well_and_once); })
