/*
 * test_jailed.c -- the processes that a worker gives hostile work to: none outlives it.
 */
#include "graphs.h"
#include "house.h"

#include "base/time.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define PIDS_MAX 16
#define WARM	 2 /* warm parents, one a program: the first children of a worker */

/* One that never ends, in each of the two programs. */
static const char scripts[] = GRAPH(
	TRIGGER "," NODE("code", "core.code", "\"code\":\"for (;;) {}\",\"timeout_ms\":30000"),
	EDGE("t", "main", "code"), "");
static const char tools[] =
	GRAPH(TRIGGER "," NODE("jq", "data.jq", "\"filter\":\"last(repeat(1))\""),
	      EDGE("t", "main", "jq"), "");

/* The children of a worker: a warm parent of each tool, and what those made. */
static size_t
jailed(pid_t worker, pid_t pids[PIDS_MAX])
{
	char path[64];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)worker, (int)worker);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (count < PIDS_MAX && fscanf(f, "%d", &pids[count]) == 1)
		count++;
	fclose(f);
	return count;
}

static int64_t
cpu_ms(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Until two of them are in the midst of what does not end. */
static size_t
await_two_at_work(pid_t worker, pid_t pids[PIDS_MAX])
{
	int64_t give_up_ms = ty_time_mono_ms() + test_patience_ms(20000);
	size_t count, busy = 0;

	do {
		ck_assert_msg(ty_time_mono_ms() < give_up_ms, "%zu of 2 are at work", busy);
		poll(NULL, 0, 10);
		count = jailed(worker, pids);
		busy = 0;
		for (size_t i = WARM; i < count; i++)
			busy += cpu_ms(pids[i]) > 100;
	} while (busy < 2);
	return count;
}

START_TEST(none_outlives_a_worker_that_is_killed)
{
	struct house_flow flows[] = { house_flow(scripts), house_flow(tools) };
	pid_t worker, pids[PIDS_MAX];
	size_t count;
	int status;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* they come to us */
	house.lease_ms = 1200000;
	house_conf("");
	for (size_t i = 0; i < TY_ARRAY_COUNT(flows); i++)
		house_job(&flows[i], 1);
	worker = house_worker();
	count = await_two_at_work(worker, pids);
	ck_assert_uint_eq(count, 4);
	house_worker_kill(worker, SIGKILL);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		/* A warm parent may see its closed socket before the signal, and leave. */
		ck_assert((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
			  (i < WARM && WIFEXITED(status) && WEXITSTATUS(status) == 0));
	}
}
END_TEST

HOUSE_TEST_MAIN("run jailed", 120, { TEST(none_outlives_a_worker_that_is_killed); })
