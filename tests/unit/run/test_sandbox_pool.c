/*
 * test_sandbox_pool.c -- turns, deadlines, memory and crashes, with the real tyboo-sandbox.
 */
#include "support/common.h"
#include "support/places.h"

#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "run/sandbox_pool.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

/* "within its limit + 100 ms", of CPU time */
#define KILL_SLACK_MS 100
#define TRIES	      5
#define CALLS_MAX     64

struct call {
	json_t *request;
	struct sandbox_request *handle;
	bool told;
	size_t place; /* in the order of answers, from 1 */
	int64_t told_ms;
	struct ty_err err;
	json_t *answer;
};

static struct {
	uv_loop_t loop;
	uv_timer_t tick; /* so that one turn of the loop ends: a timer's own does not */
	struct ty_log log;
	struct sandbox_pool *pool;
	struct ty_id a, b;
	struct call calls[CALLS_MAX];
	size_t told;
} p;

/* The linker puts this in the place of ty_time_mono_ms. */
static int64_t clock_ahead_ms;
int64_t __real_ty_time_mono_ms(void);
int64_t __wrap_ty_time_mono_ms(void);

int64_t
__wrap_ty_time_mono_ms(void)
{
	return __real_ty_time_mono_ms() + clock_ahead_ms;
}

static void
pool_open_hot(size_t share, size_t hot, const char *path)
{
	struct ty_sandbox_conf conf = { .path = path, .share_dir = TY_BUILD_DIR "/share" };

	p.pool = sandbox_pool_new(&p.loop, &conf, share, hot, &p.log);
}

static void
pool_open(size_t share, const char *path)
{
	pool_open_hot(share, 16, path);
}

static void
ticked(uv_timer_t *timer)
{
}

static void
setup(void)
{
	memset(&p, 0, sizeof(p));
	clock_ahead_ms = 0;
	uv_loop_init(&p.loop);
	uv_timer_init(&p.loop, &p.tick);
	uv_timer_start(&p.tick, ticked, 5, 5);
	ty_log_init(&p.log, "test", TY_LOG_ERROR);
	p.a = ty_id_new();
	p.b = ty_id_new();
}

static void
teardown(void)
{
	sandbox_pool_free(p.pool);
	uv_close((uv_handle_t *)&p.tick, NULL);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&p.loop), 0);
	for (size_t i = 0; i < CALLS_MAX; i++) {
		json_decref(p.calls[i].request);
		json_decref(p.calls[i].answer);
	}
}

static void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct call *call = ctx;

	ck_assert(!call->told);
	ck_assert((answer == NULL) != (err == NULL));
	call->told = true;
	call->place = ++p.told;
	call->told_ms = ty_time_mono_ms();
	call->answer = json_incref((json_t *)answer);
	if (err != NULL)
		call->err = *err;
}

static struct call *
submit_json(const struct ty_id *workspace, json_t *request, int64_t timeout_ms)
{
	struct call *call = p.calls;

	while (call->request != NULL)
		call++;
	ck_assert(call < p.calls + CALLS_MAX);
	call->request = request;
	call->handle = sandbox_pool_submit(p.pool, workspace, request, timeout_ms, told, call);
	return call;
}

static struct call *
submit(const struct ty_id *workspace, const char *code, int64_t timeout_ms)
{
	return submit_json(
		workspace,
		json_pack("{s:s, s:i, s:s, s:s, s:[{s:{}}], s:{}, s:{}, s:{}, s:{}, s:s}", "kind",
			  "code_all", "now_ms", 0, "seed", "00", "timezone", "UTC", "items", "json",
			  "nodes", "vars", "execution", "workflow", "code", code),
		timeout_ms);
}

static void
await(const struct call *call)
{
	while (!call->told && uv_run(&p.loop, UV_RUN_ONCE) != 0)
		;
	ck_assert(call->told);
}

static void
answered(const struct call *call, int n)
{
	json_t *item;

	await(call);
	ck_assert_msg(call->answer != NULL, "%s: %s", ty_code_name(call->err.code), call->err.msg);
	item = json_array_get(ty_json_arr(call->answer, "items"), 0);
	ck_assert_int_eq(ty_json_int(ty_json_obj(item, "json"), "n", -1), n);
}

static const char *
code(int n)
{
	return ty_arena_printf(fx.arena, "return [{ n: %d }];", n);
}

/* ---- the processes, as the kernel knows them ---- */

/* All that are not collected, oldest first: the first is the warm parent. */
static size_t
children(pid_t pids[CALLS_MAX])
{
	char path[64];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (count < CALLS_MAX && fscanf(f, "%d", &pids[count]) == 1)
		count++;
	fclose(f);
	return count;
}

/* Turn the loop until all that were killed are collected. */
static void
await_collected(void)
{
	pid_t pids[CALLS_MAX];

	while (children(pids) > 1 + sandbox_pool_count(p.pool))
		uv_run(&p.loop, UV_RUN_ONCE);
}

/* Turn the loop until 'count' processes are left; false where that does not come. */
static bool
processes_become(size_t count, int64_t within_ms)
{
	int64_t give_up_ms = __real_ty_time_mono_ms() + within_ms;

	while (sandbox_pool_count(p.pool) != count && __real_ty_time_mono_ms() < give_up_ms)
		uv_run(&p.loop, UV_RUN_ONCE);
	return sandbox_pool_count(p.pool) == count;
}

/* Those that serve, oldest first; killed ones may be among them, see await_collected. */
static size_t
processes(pid_t pids[CALLS_MAX])
{
	pid_t all[CALLS_MAX];
	size_t count = children(all);

	ck_assert_uint_ge(count, 1);
	memcpy(pids, all + 1, (count - 1) * sizeof(*pids));
	return count - 1;
}

static pid_t
only_process(void)
{
	pid_t pids[CALLS_MAX];

	await_collected();
	ck_assert_uint_eq(processes(pids), 1);
	return pids[0];
}

static int64_t
cpu_ms_of(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &used), 0);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* CPU time of all processes that have ended. */
static int64_t
ended_cpu_ms(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void
await_cpu_ms(pid_t pid, int64_t ms)
{
	while (cpu_ms_of(pid) < ms)
		uv_run(&p.loop, UV_RUN_ONCE);
}

/* So many looks of the watch at what goes on. */
static void
await_looks(int count)
{
	for (int i = 0; i < count * TY_SANDBOX_WATCH_MS / 5; i++)
		uv_run(&p.loop, UV_RUN_ONCE);
}

START_TEST(each_caller_gets_its_own_answer)
{
	struct call *calls[CALLS_MAX];

	pool_open(1 + (size_t)_i, TY_BUILD_DIR "/bin/tyboo-sandbox");
	for (int i = 0; i < CALLS_MAX; i++)
		calls[i] = submit(i % 2 == 0 ? &p.a : &p.b, code(i), 0);
	for (int i = 0; i < CALLS_MAX; i++)
		answered(calls[i], i);
	/* No process serves both, and neither has more than its share. */
	ck_assert_uint_ge(sandbox_pool_count(p.pool), 2);
	ck_assert_uint_le(sandbox_pool_count(p.pool), 2 * (1 + (size_t)_i));
}
END_TEST

START_TEST(no_workspace_waits_for_all_of_anothers_calls)
{
	struct call *late;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	/* Each takes longer than a process to start, so that places tell who waited for whom. */
	for (int i = 0; i < 40; i++)
		submit(&p.a, "let n = 0; while (n < 1e6) n++; return []", 0);
	late = submit(&p.b, code(99), 0);
	answered(late, 99);
	/* Two were with the process, one had its turn. */
	ck_assert_uint_le(late->place, 4);
}
END_TEST

static const struct {
	int64_t given_ms, limit_ms;
} deadlines[] = { { 300, 300 }, { 0, TY_LIMIT_SANDBOX_MS } };

/*
 * One loop with four others behind it: how much CPU time it had when it was told, and how many of
 * the others were answered by then.
 */
static int64_t
loop_until_killed(int64_t given_ms, int *ret_before)
{
	int64_t before_ms = cpu_ms_of(only_process()) + ended_cpu_ms();
	struct call *loop = submit(&p.a, "for (;;) {}", given_ms), *behind[4];
	int64_t used_ms;

	*ret_before = 0;
	for (int i = 0; i < 4; i++)
		behind[i] = submit(&p.b, code(10 + i), 0);
	await(loop);
	await_collected();
	used_ms = ended_cpu_ms() - before_ms;
	ck_assert_int_eq(loop->err.code, TY_E_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(loop->err.msg, "ms of CPU time"));
	ck_assert(!loop->err.retryable);
	for (int i = 0; i < 4; i++) {
		answered(behind[i], 10 + i);
		*ret_before += behind[i]->place < loop->place;
	}
	return used_ms;
}

/*
 * More than one late answer in a row is no busy machine, but a limit that does not hold.  What a
 * script used before the first look is not counted.
 */
START_TEST(a_loop_is_killed_at_its_deadline_while_others_go_on)
{
	int64_t limit_ms = deadlines[_i].limit_ms, used_ms = INT64_MAX;
	int before = 0;

	for (int i = 0; i < TRIES && (used_ms > limit_ms + KILL_SLACK_MS || before < 3); i++) {
		pool_open(2, TY_BUILD_DIR "/bin/tyboo-sandbox");
		answered(submit(&p.a, code(1), 0), 1); /* the process is there */
		used_ms = loop_until_killed(deadlines[_i].given_ms, &before);
		ck_assert_int_ge(used_ms, limit_ms);
		answered(submit(&p.a, code(20), 0), 20);
		sandbox_pool_free(p.pool);
		p.pool = NULL;
	}
	ck_assert_int_le(used_ms, limit_ms + KILL_SLACK_MS);
	ck_assert_int_ge(before, 3); /* all but the one that stood behind it in its process */
}
END_TEST

/* Some 0.2 s of CPU time, and some 1.2 s. */
#define WORK	  "let n = 0; for (let i = 0; i < 1e7; i++) n = i & 7; return [{ n }];"
#define LONG_WORK "let n = 0; for (let i = 0; i < 6e7; i++) n = i & 7; return [{ n }];"

/* The time limit is of CPU time: five seconds in which the process had none do not count. */
START_TEST(a_process_that_is_stopped_meanwhile_loses_no_time)
{
	struct call *work;
	pid_t pid;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 0), 1);
	pid = only_process();
	work = submit(&p.a, WORK, 1000);
	await_cpu_ms(pid, cpu_ms_of(pid) + 30);
	kill(pid, SIGSTOP);
	clock_ahead_ms = 5000;
	await_looks(5);
	ck_assert(!work->told);
	kill(pid, SIGCONT);
	answered(work, 7);
	ck_assert_int_eq(only_process(), pid);
	/* Long by the clock: the engine is told how long it was, and no lies. */
	ck_assert_int_lt(ty_json_int(work->answer, "cpu_ms", -1), 2000);
	/* What it used before the watch's first look is not counted: on a fast machine most of it. */
	ck_assert_int_ge(ty_json_int(work->answer, "cpu_ms", -1), 1);
}
END_TEST

START_TEST(code_that_gets_no_cpu_time_ends_by_the_walls_limit)
{
	struct call *work;
	pid_t pid;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 0), 1);
	pid = only_process();
	kill(pid, SIGSTOP);
	work = submit(&p.a, code(2), 1000);
	clock_ahead_ms = 1000 * TY_LIMIT_SANDBOX_WALL_FACTOR - 5000;
	await_looks(5);
	ck_assert(!work->told);
	clock_ahead_ms += 5000;
	await(work);
	ck_assert_int_eq(work->err.code, TY_E_TIMEOUT);
	ck_assert(work->err.retryable);
	ck_assert_ptr_nonnull(strstr(work->err.msg, "20000 ms by the clock"));
	answered(submit(&p.a, code(3), 0), 3);
}
END_TEST

/* It takes fifty milliseconds of CPU time, five times what the code is given. */
START_TEST(the_start_of_a_process_is_not_the_codes_time)
{
	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 10), 1);
}
END_TEST

/* Reading two megabytes takes more CPU time than the code itself is given. */
START_TEST(a_large_request_has_time_to_be_read)
{
	json_t *request = json_pack("{s:s, s:i, s:s, s:s, s:[], s:{}, s:{}, s:{}, s:{}, s:s}",
				    "kind", "code_all", "now_ms", 0, "seed", "00", "timezone",
				    "UTC", "items", "nodes", "vars", "execution", "workflow",
				    "code", "return [{ n: $input.all().length }]");
	json_t *items = json_object_get(request, "items");

	for (int i = 0; i < 10000; i++)
		json_array_append_new(items,
				      json_pack("{s:{s:[iiiiiiiiii], s:{s:s, s:f, s:s}}}", "json",
						"l", i, 1, 2, 3, 4, 5, 6, 7, 8, 9, "o", "name",
						"a text of some length, as people write it", "f",
						i / 7.0, "t", "2026-11-28T10:30:00.000Z"));
	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 0), 1);
	answered(submit_json(&p.a, request, 10), 10000);
}
END_TEST

/* ---- nobody holds the last process ---- */

#define LOOP "for (;;) {}"

/* Also where it is first put behind a loop, in a process that runs already. */
START_TEST(anothers_code_is_answered_while_six_loops_go_on)
{
	struct call *loops[6];
	pid_t pids[CALLS_MAX];

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	if (_i == 1)
		answered(submit(&p.a, code(1), 0), 1);
	for (int i = 0; i < 6; i++)
		loops[i] = submit(&p.a, LOOP, 30000);
	for (int i = 0; i < 20; i++)
		answered(submit(&p.b, code(i), 0), i);
	for (int i = 0; i < 6; i++)
		ck_assert(!loops[i]->told);
	/* One for the loops, one for the others: the third has nobody to be for. */
	ck_assert_uint_eq(processes(pids), 2);
}
END_TEST

START_TEST(a_workspace_starts_no_more_processes_than_its_share)
{
	pool_open(1 + (size_t)_i, TY_BUILD_DIR "/bin/tyboo-sandbox");
	for (int i = 0; i < 6; i++)
		submit(&p.a, LOOP, 30000);
	await_looks(30);
	ck_assert_uint_eq(sandbox_pool_count(p.pool), 1 + (size_t)_i);
}
END_TEST

/* As many workspaces have long code as there are processes. */
START_TEST(long_code_gives_the_last_process_to_short_code_and_is_begun_anew)
{
	struct ty_id c = ty_id_new(), d = ty_id_new();
	struct call *loops[2], *work;
	pid_t pids[CALLS_MAX];

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	loops[0] = submit(&p.a, LOOP, 3600000);
	loops[1] = submit(&p.b, LOOP, 3600000);
	while (processes(pids) < 2)
		uv_run(&p.loop, UV_RUN_ONCE);
	for (int i = 0; i < 2; i++)
		await_cpu_ms(pids[i], 300);
	work = submit(&c, LONG_WORK, 30000);
	for (int i = 0; i < 10; i++)
		answered(submit(&d, code(i), 0), i);
	ck_assert(!loops[0]->told && !loops[1]->told && !work->told);
	sandbox_pool_cancel(loops[0]->handle);
	answered(work, 7);
	ck_assert(!loops[1]->told);
	sandbox_pool_cancel(loops[1]->handle);
}
END_TEST

/* False: as an ordinary user, who may lower a priority and not raise it. */
static void
keep_right_to_raise(bool keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	const struct rlimit may_not = { 0, 0 };

	if (keep)
		return;
	ck_assert_int_eq(syscall(SYS_capget, &head, data), 0);
	data[0].effective &= ~(1U << CAP_SYS_NICE);
	data[0].permitted &= ~(1U << CAP_SYS_NICE);
	data[0].inheritable &= ~(1U << CAP_SYS_NICE);
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
	setrlimit(RLIMIT_NICE, &may_not);
}

/* A script of 100 ms of CPU time, but none that is shorter. */
START_TEST(long_code_gives_way_and_no_other_code_is_left_with_its_priority)
{
	bool may_raise = _i == 1 && geteuid() == 0;
	struct call *work;
	pid_t pid;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	keep_right_to_raise(may_raise);
	answered(submit(&p.a, code(1), 0), 1);
	pid = only_process();
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)pid), 0);
	work = submit(&p.a, LONG_WORK, 10000);
	while (!work->told && getpriority(PRIO_PROCESS, (id_t)pid) == 0)
		uv_run(&p.loop, UV_RUN_ONCE);
	ck_assert(!work->told);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)pid), 19);
	answered(work, 7);
	answered(submit(&p.a, code(2), 0), 2);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)only_process()), 0);
	ck_assert(may_raise == (only_process() == pid));
}
END_TEST

/* One workspace holds all that it may with loops: what was put behind those is answered by another. */
START_TEST(nobody_waits_behind_a_loop_while_a_process_is_free)
{
	struct call *loops[2], *good[8];

	pool_open(2, TY_BUILD_DIR "/bin/tyboo-sandbox");
	for (size_t i = 0; i < 2; i++)
		loops[i] = submit(&p.a, "for (;;) {}", 3600000);
	for (int i = 0; i < 8; i++)
		good[i] = submit(&p.b, code(10 + i), 3600000);
	for (int i = 0; i < 8; i++)
		answered(good[i], 10 + i);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(!loops[i]->told);
		sandbox_pool_cancel(loops[i]->handle);
	}
}
END_TEST

/* With one process what stood behind is made again in the next. */
START_TEST(what_stood_behind_a_killed_call_is_made_again)
{
	struct call *loop, *behind[4];

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	loop = submit(&p.a, "for (;;) {}", 100);
	for (int i = 0; i < 4; i++)
		behind[i] = submit(&p.a, code(i), 0);
	await(loop);
	ck_assert_int_eq(loop->err.code, TY_E_TIMEOUT);
	for (int i = 0; i < 4; i++)
		answered(behind[i], i);
}
END_TEST

static const struct {
	const char *name, *code;
} hungry_cases[] = {
	{ "an array", "const a = []; for (;;) a.push(new Array(100000).fill(7));" },
	{ "a string", "let s = 'x'.repeat(1e6); const a = []; for (let i = 0;; i++) a.push(s + i + "
		      "s.toUpperCase() + i);" },
	{ "a buffer", "const a = []; for (;;) a.push(new Uint8Array(10000000).fill(1));" },
};

START_TEST(too_much_memory_costs_the_process_and_no_other_call)
{
	struct call *hungry;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	hungry = submit(&p.a, hungry_cases[_i].code, 10000);
	await(hungry);
	/* JavaScriptCore may notice first: then the script fails and the process lives. */
	if (hungry->answer != NULL)
		ck_assert(!ty_json_bool(hungry->answer, "ok", true));
	else
		ck_assert_msg(hungry->err.code == TY_E_LIMIT, "%s: %s: %s", hungry_cases[_i].name,
			      ty_code_name(hungry->err.code), hungry->err.msg);
	answered(submit(&p.b, code(5), 0), 5);
}
END_TEST

START_TEST(code_may_give_back_so_many_values_and_no_more)
{
	struct call *greedy;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	greedy = submit(&p.a,
			ty_arena_printf(fx.arena, "return [{ v: Array(%d).fill(0) }];",
					TY_LIMIT_SANDBOX_VALUES),
			10000);
	await(greedy);
	ck_assert_int_eq(greedy->err.code, TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(greedy->err.msg, "values; 600000 may come at a time"));
	ck_assert(!greedy->err.retryable);
	ck_assert_str_ne(greedy->err.hint, "");
	answered(submit(&p.b, code(5), 0), 5);
}
END_TEST

/* Far below RLIMIT_DATA, the second line: only a look at its memory ends it before its time. */
START_TEST(the_watch_alone_stops_code_that_holds_twice_its_memory)
{
	struct call *hungry;
	int64_t begun_ms;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 0), 1);
	begun_ms = ty_time_mono_ms();
	hungry = submit(&p.a,
			ty_arena_printf(fx.arena,
					"const a = new Uint8Array(%d).fill(1); for (;;) a[0]++;",
					2 * TY_LIMIT_SANDBOX_BYTES),
			15000);
	await(hungry);
	ck_assert_int_eq(hungry->err.code, TY_E_LIMIT);
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, 10000);
	ck_assert_str_ne(hungry->err.hint, "");
	answered(submit(&p.b, code(5), 0), 5);
}
END_TEST

/* The clock is the test's (see CMakeLists.txt): a minute passes between two turns. */
START_TEST(a_process_that_idles_for_a_minute_is_closed_and_the_next_call_starts_one)
{
	struct call *calls[6];

	pool_open(2, TY_BUILD_DIR "/bin/tyboo-sandbox");
	for (int i = 0; i < 6; i++)
		calls[i] = submit(&p.a, code(i), 0);
	for (int i = 0; i < 6; i++)
		answered(calls[i], i);
	ck_assert_uint_eq(sandbox_pool_count(p.pool), 2);
	clock_ahead_ms = 50000;
	ck_assert(!processes_become(0, 2500)); /* two looks of the watch */
	ck_assert_uint_eq(sandbox_pool_count(p.pool), 2);
	/* A minute after the look before, when a slow process may have given its last answer. */
	clock_ahead_ms += 61000;
	ck_assert(processes_become(0, 10000));
	answered(submit(&p.a, code(7), 0), 7);
	ck_assert_uint_eq(sandbox_pool_count(p.pool), 1);
}
END_TEST

START_TEST(endless_recursion_fails_the_script)
{
	struct call *call;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	call = submit(&p.a, "const f = () => f() + 1; return f();", 0);
	await(call);
	ck_assert_ptr_nonnull(call->answer);
	ck_assert(!ty_json_bool(call->answer, "ok", true));
	answered(submit(&p.a, code(6), 0), 6);
}
END_TEST

/* One that waits and one that the process already has. */
START_TEST(a_canceled_call_is_never_told_and_the_next_gets_its_own_answer)
{
	struct call *first, *second, *third, *fourth;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	first = submit(&p.a, code(1), 0);
	second = submit(&p.a, code(2), 0);
	third = submit(&p.a, code(3), 0);
	fourth = submit(&p.a, code(4), 0);
	sandbox_pool_cancel(second->handle);
	sandbox_pool_cancel(third->handle);
	answered(first, 1);
	answered(fourth, 4);
	ck_assert(!second->told);
	ck_assert(!third->told);
}
END_TEST

/* The one its process works on, and the one that comes next: neither keeps the process. */
START_TEST(canceled_code_that_does_not_end_is_killed_and_others_go_on)
{
	struct call *loops[2], *behind[3];
	int64_t begun_ms;

	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	answered(submit(&p.a, code(1), 0), 1);
	begun_ms = ty_time_mono_ms();
	for (int i = 0; i < 2; i++)
		loops[i] = submit(&p.a, "for (;;) {}", 3600000);
	for (int i = 0; i < 3; i++)
		behind[i] = submit(&p.b, code(10 + i), 3600000);
	sandbox_pool_cancel(loops[1]->handle);
	sandbox_pool_cancel(loops[0]->handle);
	for (int i = 0; i < 3; i++)
		answered(behind[i], 10 + i);
	/* Two processes were replaced at most; a busy machine takes a second for that. */
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, 5000);
	ck_assert(!loops[0]->told);
	ck_assert(!loops[1]->told);
	/* The others may have been answered in a process of their own before it was killed. */
	ck_assert(processes_become(1, 5000));
}
END_TEST

START_TEST(data_over_the_message_limit_is_refused)
{
	size_t len = TY_LIMIT_SANDBOX_MESSAGE_BYTES + 1;
	char *big = malloc(len + 1);
	struct call *call;

	memset(big, 'x', len);
	big[len] = '\0';
	pool_open(1, TY_BUILD_DIR "/bin/tyboo-sandbox");
	call = submit_json(&p.a, json_pack("{s:s}", "code", big), 0);
	free(big);
	await(call);
	ck_assert_int_eq(call->err.code, TY_E_LIMIT);
	answered(submit(&p.a, code(7), 0), 7);
}
END_TEST

START_TEST(a_program_that_is_not_there_fails_all_that_wait)
{
	struct call *first, *second;

	p.log.level = TY_LOG_ERROR;
	p.log.fd = -1;
	pool_open(1, "/nonexistent/tyboo-sandbox");
	first = submit(&p.a, code(1), 0);
	second = submit(&p.b, code(2), 0);
	await(first);
	await(second);
	ck_assert_ptr_null(first->answer);
	ck_assert_ptr_null(second->answer);
	ck_assert_int_eq(first->err.code, TY_E_UNAVAILABLE);
	ck_assert_int_eq(second->err.code, TY_E_UNAVAILABLE);
}
END_TEST

START_TEST(a_program_that_crashes_fails_its_call)
{
	struct call *call;

	pool_open(1, "/bin/false");
	call = submit(&p.a, code(1), 0);
	await(call);
	ck_assert_int_eq(call->err.code, TY_E_UPSTREAM);
}
END_TEST

TEST_MAIN("run.sandbox_pool", {
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_caller_gets_its_own_answer, 0, 3);
	TEST(no_workspace_waits_for_all_of_anothers_calls);
	TEST_LOOP(a_loop_is_killed_at_its_deadline_while_others_go_on, deadlines);
	TEST(a_process_that_is_stopped_meanwhile_loses_no_time);
	TEST(code_that_gets_no_cpu_time_ends_by_the_walls_limit);
	TEST(the_start_of_a_process_is_not_the_codes_time);
	TEST(a_large_request_has_time_to_be_read);
	tcase_add_loop_test(tc, anothers_code_is_answered_while_six_loops_go_on, 0, 2);
	tcase_add_loop_test(tc, a_workspace_starts_no_more_processes_than_its_share, 0, 2);
	TEST(long_code_gives_the_last_process_to_short_code_and_is_begun_anew);
	tcase_add_loop_test(tc, long_code_gives_way_and_no_other_code_is_left_with_its_priority, 0,
			    2);
	TEST(nobody_waits_behind_a_loop_while_a_process_is_free);
	TEST(what_stood_behind_a_killed_call_is_made_again);
	TEST_LOOP(too_much_memory_costs_the_process_and_no_other_call, hungry_cases);
	TEST(code_may_give_back_so_many_values_and_no_more);
	TEST(the_watch_alone_stops_code_that_holds_twice_its_memory);
	TEST(a_process_that_idles_for_a_minute_is_closed_and_the_next_call_starts_one);
	TEST(endless_recursion_fails_the_script);
	TEST(a_canceled_call_is_never_told_and_the_next_gets_its_own_answer);
	TEST(canceled_code_that_does_not_end_is_killed_and_others_go_on);
	TEST(data_over_the_message_limit_is_refused);
	TEST(a_program_that_is_not_there_fails_all_that_wait);
	TEST(a_program_that_crashes_fails_its_call);
})
