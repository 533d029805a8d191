/*
 * test_faults.c -- each statement, command and start of a process in a worker's life fails in turn.
 *
 * A first worker counts how many there are while it runs one job; then each of as many workers
 * fails at another of them.  Whatever fails, every run ends well and is recorded and metered once, and so does
 * the one run that it calls.
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

#define CODE  NODE("c", "core.code", "\"code\":\"return items\"")
#define FIRST NODE("first", "http.request", "\"method\":\"PUT\",\"url\":\"%s/first\"")
#define CALL  NODE("call", "core.workflow.call", "\"workflow\":\"WORKFLOW\"")

static const char plain_graph[] = GRAPH(
	TRIGGER "," CODE "," FIRST "," NODE("end", "core.noop", ""),
	EDGE("t", "main", "c") "," EDGE("c", "main", "first") "," EDGE("first", "main", "end"), "");
static const char caller_graph[] =
	GRAPH(TRIGGER "," CALL "," NODE("end", "core.noop", ""),
	      EDGE("t", "main", "call") "," EDGE("call", "main", "end"), "");
static const char called_graph[] =
	GRAPH(NODE("c", "core.called", "") "," FIRST, EDGE("c", "main", "first"), "");

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

/* A workflow that calls another, or one that does the same itself; with how many runs each job ends. */
static struct house_flow
flow_new(int number, int64_t *ret_runs)
{
	struct house_flow called;

	*ret_runs = number == 0 ? 1 : 2;
	if (number == 0)
		return house_flow(plain_graph);
	called = house_callable(called_graph);
	/* Called runs whose job nobody has pushed are tyboo-reap's, ended waits tyboo-schedule's. */
	house_conf("reap_ms = 100\nreceipt_grace_ms = 1000\n");
	house_program("tyboo-reap", house.conf);
	house_program("tyboo-schedule", house.conf);
	return house_flow(house_calling(caller_graph, &called.workflow));
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
failures_of_one_life(const struct house_flow *flow, int64_t runs, struct failure *failures)
{
	size_t count = 0;
	pid_t worker = worker_that_fails("any", 0);

	house_job(flow, 0);
	await_finished(runs);
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
	int64_t jobs = 1, runs;
	struct house_flow flow = flow_new(_i, &runs);
	size_t total = failures_of_one_life(&flow, runs, failures);

	for (size_t first = 0; first < total; first += TOGETHER) {
		pid_t workers[TOGETHER];
		size_t count = total - first < TOGETHER ? total - first : TOGETHER;

		for (size_t i = 0; i < count; i++)
			workers[i] = worker_that_fails(failures[first + i].point,
						       failures[first + i].nth);
		for (size_t i = 0; i < 2 * count; i++)
			house_job(&flow, (int)jobs++);
		await_finished(jobs * runs);
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
			 jobs * runs);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = "
				     "'%s' AND parent_run_id IS NOT NULL",
				     house.workspace.s),
			 jobs * (runs - 1));
	for (size_t p = 0; p < TY_ARRAY_COUNT(points); p++)
		ck_assert_msg(
			house_log_has(ty_arena_printf(fx.arena, "fault: %s fails", points[p])),
			"%s did not fail", points[p]);
}
END_TEST

HOUSE_TEST_MAIN("run faults", 300,
		{ tcase_add_loop_test(tc, whatever_fails_every_run_ends_well_and_once, 0, 2); })
