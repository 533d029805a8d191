/*
 * test_sandbox_hot.c -- whose process a sandbox process is, how long it stays, and what it can see.
 *
 * The calls go to the real tyboo-sandbox, and where it matters what a process can get at, to spy.c
 * in the same jail.
 */
#include "support/common.h"
#include "support/places.h"

#include "base/str.h"
#include "json/json.h"
#include "run/sandbox_lane.h"
#include "run/sandbox_pool.h"
#include "sandbox/process.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#define SANDBOX	       TY_BUILD_DIR "/bin/tyboo-sandbox"
#define SPY	       TY_BUILD_DIR "/tests/sandbox-spy"
#define CALLS_MAX      512
#define WORKSPACES_MAX 64
#define TURN	       SANDBOX_TURN

struct call {
	json_t *request, *answer;
	struct sandbox_request *handle; /* until it is told */
	size_t workspace;
	bool told;
	size_t place; /* in the order of answers, from 1 */
};

static struct {
	uv_loop_t loop;
	struct ty_log log;
	struct sandbox_pool *pool;
	struct ty_id workspaces[WORKSPACES_MAX];
	struct call calls[CALLS_MAX];
	size_t count, told;
	size_t most;  /* processes at a time, as seen at each answer */
	bool is_tool; /* ask tyboo-parse */
} h;

/* The clock is the test's (see CMakeLists.txt). */
static int64_t clock_ahead_ms;
int64_t __real_ty_time_mono_ms(void);
int64_t __wrap_ty_time_mono_ms(void);

int64_t
__wrap_ty_time_mono_ms(void)
{
	return __real_ty_time_mono_ms() + clock_ahead_ms;
}

static void
setup(void)
{
	memset(&h, 0, sizeof(h));
	clock_ahead_ms = 0;
	uv_loop_init(&h.loop);
	ty_log_init(&h.log, "test", TY_LOG_ERROR);
	for (size_t i = 0; i < WORKSPACES_MAX; i++)
		h.workspaces[i] = ty_id_new();
}

static void
teardown(void)
{
	sandbox_pool_free(h.pool);
	uv_run(&h.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&h.loop), 0);
	for (size_t i = 0; i < h.count; i++) {
		json_decref(h.calls[i].request);
		json_decref(h.calls[i].answer);
	}
}

static void
pool_open(const char *path, size_t hot)
{
	struct ty_sandbox_conf conf = { .path = path, .share_dir = TY_BUILD_DIR "/share" };

	h.pool = sandbox_pool_new(&h.loop, &conf, 1, hot, &h.log);
}

static void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct call *call = ctx;
	size_t count = sandbox_pool_count(h.pool);

	ck_assert_msg(answer != NULL, "%s", err != NULL ? err->msg : "");
	call->told = true;
	call->place = ++h.told;
	call->answer = json_incref((json_t *)answer);
	if (count > h.most)
		h.most = count;
}

static struct call *
submit(size_t workspace, const char *code)
{
	struct call *call = &h.calls[h.count++];

	ck_assert_uint_le(h.count, CALLS_MAX);
	call->workspace = workspace;
	call->request =
		h.is_tool
			? json_pack("{s:s, s:s, s:{s:s}, s:i, s:[{s:{}}]}", "kind", "tool", "tool",
				    "jq", "options", "filter", ".", "now_ms", 0, "items", "json")
			: json_pack("{s:s, s:i, s:s, s:s, s:[{s:{}}], s:{}, s:{}, s:{}, s:{}, s:s}",
				    "kind", "code_all", "now_ms", 0, "seed", "00", "timezone",
				    "UTC", "items", "json", "nodes", "vars", "execution",
				    "workflow", "code", code);
	call->handle =
		sandbox_pool_submit(h.pool, &h.workspaces[workspace], call->request, 0, told, call);
	return call;
}

static void
await(const struct call *call)
{
	while (!call->told && uv_run(&h.loop, UV_RUN_ONCE) != 0)
		;
	ck_assert(call->told);
}

static void
await_all(void)
{
	for (size_t i = 0; i < h.count; i++)
		await(&h.calls[i]);
}

#define CODE "return [{ n: 1 }];"

static void
ask(size_t workspace)
{
	await(submit(workspace, CODE));
}

/* Our children that have not ended, oldest first, without the first, which is the warm parent. */
static size_t
processes(pid_t pids[CALLS_MAX])
{
	char path[64];
	size_t count = 0;
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; fscanf(f, "%d", &pid) == 1; i++)
		if (i > 0)
			pids[count++] = pid;
	fclose(f);
	return count;
}

/* All our children, the warm parent among them. */
static size_t
children(void)
{
	char path[64];
	size_t count = 0;
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fscanf(f, "%d", &pid) == 1)
		count++;
	fclose(f);
	return count;
}

/* Killed ones go a little later. */
static void
await_processes(size_t count, pid_t pids[CALLS_MAX])
{
	while (processes(pids) > count)
		uv_run(&h.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(processes(pids), count);
}

static const char *const tools[] = { SANDBOX, TY_BUILD_DIR "/bin/tyboo-parse" };

START_TEST(a_process_stays_hot_for_its_workspace)
{
	pid_t first[CALLS_MAX], then[CALLS_MAX];

	h.is_tool = _i == 1;
	pool_open(tools[_i], 8);
	for (size_t i = 0; i < 5; i++)
		ask(i);
	await_processes(5, first);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < 5; i++)
			ask(i);
	await_processes(5, then);
	ck_assert(ty_json_bool(h.calls[0].answer, "ok", false));
	ck_assert_mem_eq(first, then, 5 * sizeof(*first));
}
END_TEST

/* Four are hot; the latest that was asked is workspace 0's. */
static void
heat_four(pid_t ret_pids[CALLS_MAX])
{
	pool_open(SANDBOX, 4);
	for (size_t i = 0; i < 4; i++)
		ask(i);
	await_processes(4, ret_pids);
	clock_ahead_ms += 2; /* tells idle processes apart */
	ask(0);
}

START_TEST(the_latest_that_idles_is_replaced_where_another_workspace_comes)
{
	pid_t first[CALLS_MAX], then[CALLS_MAX];

	heat_four(first);
	ask(4);
	await_processes(4, then);
	ck_assert_mem_eq(then, first + 1, 3 * sizeof(*first));
	ck_assert_int_ne(then[3], first[0]);
}
END_TEST

START_TEST(one_that_was_not_asked_for_long_is_replaced_before)
{
	pid_t first[CALLS_MAX], then[CALLS_MAX];

	heat_four(first);
	clock_ahead_ms += 10000;
	ask(2);
	ask(3);
	ask(1); /* all but 0 */
	ask(4);
	await_processes(4, then);
	ck_assert_mem_eq(then, first + 1, 3 * sizeof(*first));
}
END_TEST

/* The longest idle is the one whose workspace comes next: replaced, it would be started each time. */
START_TEST(more_workspaces_in_turn_than_processes_find_some_hot)
{
	pid_t pids[CALLS_MAX], newest = 0;
	size_t starts = 0, count;

	pool_open(SANDBOX, 6);
	for (size_t i = 0; i < 96; i++) {
		clock_ahead_ms += 2;
		ask(i % 8);
		count = processes(pids);
		starts += newest != pids[count - 1];
		newest = pids[count - 1];
	}
	ck_assert_uint_ge(starts, 8);
	ck_assert_uint_le(starts, 48);
}
END_TEST

/* It has 4 MB of its own then, and would get more. */
START_TEST(one_that_has_grown_is_not_kept_while_it_idles)
{
	pid_t pids[CALLS_MAX];

	pool_open(SANDBOX, 4);
	ask(0);
	for (int i = 0; i < 2 * TURN + 1; i++)
		ask(1);
	await_processes(2, pids);
	clock_ahead_ms += 2000;
	await_processes(1, pids);
	ask(0);
	ck_assert_uint_eq(processes(pids), 1);
}
END_TEST

/* The places to work are always there. */
static const struct {
	size_t hot, most;
} bounds[] = { { 1, 3 }, { 3, 3 }, { 8, 8 } };

START_TEST(there_are_never_more_processes_than_the_bound)
{
	pool_open(SANDBOX, bounds[_i].hot);
	for (size_t i = 0; i < 150; i++)
		submit((i * 7) % 20, CODE);
	await_all();
	ck_assert_uint_eq(h.most, bounds[_i].most);
}
END_TEST

/* Two turns each, so twelve starts; with one for each change of workspaces they would take 192. */
START_TEST(a_workspace_keeps_its_process_for_a_turn)
{
	pid_t seen[CALLS_MAX], now[CALLS_MAX];
	size_t starts = 0;

	pool_open(SANDBOX, 3);
	for (int i = 0; i < 2 * TURN; i++)
		for (size_t workspace = 0; workspace < 6; workspace++)
			submit(workspace, CODE);
	while (h.told < h.count) {
		size_t count, known;

		uv_run(&h.loop, UV_RUN_ONCE);
		count = processes(now);
		for (size_t i = 0; i < count; i++) {
			for (known = 0; known < starts && seen[known] != now[i]; known++)
				;
			if (known == starts)
				seen[starts++] = now[i];
		}
	}
	ck_assert_uint_ge(starts,
			  6); /* some second turns find a process hot, or are one with the first */
	ck_assert_uint_lt(starts, 6 * 3);
}
END_TEST

/* Three workspaces that always have more to do, and as many processes. */
START_TEST(who_has_no_process_waits_for_turns_and_not_for_the_others_last_call)
{
	struct call *late;

	pool_open(SANDBOX, 3);
	for (int i = 0; i < 6 * TURN; i++)
		for (size_t workspace = 0; workspace < 3; workspace++)
			submit(workspace, CODE);
	late = submit(3, CODE);
	while (!late->handle->is_given)
		uv_run(&h.loop, UV_RUN_ONCE);
	ck_assert_uint_le(h.told, 3 * (TURN + 2));
	await(late);
}
END_TEST

START_TEST(a_warm_parent_that_ends_is_started_again)
{
	char path[64];
	pid_t zygote;
	FILE *f;

	pool_open(SANDBOX, 8);
	ask(0);
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	ck_assert_int_eq(fscanf(f, "%d", &zygote), 1);
	fclose(f);
	kill(zygote, SIGKILL);
	ask(0); /* its process lives on */
	/* Dead it answers nobody, and once more until the kernel says that it is. */
	for (size_t i = 1; i < 6; i++)
		ask(i);
	ck_assert_uint_eq(sandbox_pool_count(h.pool), 6);
}
END_TEST

/* ---- what a process can see ---- */

static const char *
secret_of(size_t workspace)
{
	return ty_arena_printf(fx.arena, "secret-w%zux", workspace);
}

/* How many secrets it told, after each was seen to be of its own workspace. */
static size_t
only_own_secrets(const struct call *call)
{
	const char *prefix = secret_of(call->workspace);
	json_t *seen = ty_json_arr(call->answer, "seen"), *secret;
	size_t i;

	json_array_foreach(seen, i, secret) ck_assert_msg(
		ty_str_has_prefix(json_string_value(secret), prefix), "workspace %zu was told %s",
		call->workspace, json_string_value(secret));
	return json_array_size(seen);
}

START_TEST(a_process_never_sees_another_workspaces_secret)
{
	size_t most = 0;

	pool_open(SPY, 4);
	for (size_t i = 0; i < 400; i++) {
		size_t workspace = (i * i + i / 7) % 12;

		submit(workspace, ty_arena_printf(fx.arena, "%sn%zu", secret_of(workspace), i));
	}
	await_all();
	for (size_t i = 0; i < h.count; i++) {
		size_t count = only_own_secrets(&h.calls[i]);

		ck_assert_uint_ge(count, 1); /* this request's */
		most = count > most ? count : most;
	}
	/* It sees what its own workspace left behind: so it would see another's. */
	ck_assert_uint_gt(most, 1);
}
END_TEST

/* The other way round: one process that serves two workspaces tells the second the first one's. */
START_TEST(the_spy_sees_what_an_earlier_request_left_in_its_process)
{
	struct ty_sandbox_conf conf = { .path = SPY, .share_dir = "/" };
	struct ty_sandbox_process process = { .pidfd = -1, .fd = -1 };
	json_t *request = ty_json_own(fx.arena, json_pack("{s:s}", "code", "secret-first"));
	json_t *answer;

	ck_assert_ok(
		ty_sandbox_request(&process, &conf, fx.arena, request, 1000, &answer, &fx.err));
	json_object_set_new(request, "code", json_string("secret-second"));
	ck_assert_ok(
		ty_sandbox_request(&process, &conf, fx.arena, request, 1000, &answer, &fx.err));
	ck_assert_uint_eq(json_array_size(ty_json_arr(answer, "seen")), 2);
	ty_sandbox_kill(&process);
}
END_TEST

/* Of tyboo-pdf nothing is there while no document is read. */
START_TEST(a_program_on_demand_leaves_nothing_when_it_idles)
{
	struct ty_sandbox_conf conf = { .path = tools[0],
					.share_dir = TY_BUILD_DIR "/share",
					.on_demand = true };

	h.pool = sandbox_pool_new(&h.loop, &conf, 1, 1, &h.log);
	for (int turn = 0; turn < 2; turn++) {
		ck_assert_uint_eq(children(), 0);
		ask(0);
		ck_assert_uint_eq(children(), 2);
		clock_ahead_ms += 61000;
		while (sandbox_pool_count(h.pool) > 0)
			uv_run(&h.loop, UV_RUN_ONCE);
		while (children() > 0)
			uv_run(&h.loop, UV_RUN_NOWAIT);
	}
}
END_TEST

TEST_MAIN("run.sandbox_hot", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST_LOOP(a_process_stays_hot_for_its_workspace, tools);
	TEST(the_latest_that_idles_is_replaced_where_another_workspace_comes);
	TEST(one_that_was_not_asked_for_long_is_replaced_before);
	TEST(more_workspaces_in_turn_than_processes_find_some_hot);
	TEST(one_that_has_grown_is_not_kept_while_it_idles);
	TEST(a_program_on_demand_leaves_nothing_when_it_idles);
	TEST_LOOP(there_are_never_more_processes_than_the_bound, bounds);
	TEST(a_workspace_keeps_its_process_for_a_turn);
	TEST(who_has_no_process_waits_for_turns_and_not_for_the_others_last_call);
	TEST(a_warm_parent_that_ends_is_started_again);
	TEST(a_process_never_sees_another_workspaces_secret);
	TEST(the_spy_sees_what_an_earlier_request_left_in_its_process);
})
