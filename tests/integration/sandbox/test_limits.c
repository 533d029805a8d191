/*
 * Hostile scripts against the real program: each ends within its limit, says why, and the next
 * request is served by a clean process; and nothing of one request is seen by the next.
 */
#include "integration/sandbox/fixture.h"

#include <sys/resource.h>
#include <time.h>

#define ONE_N "[{\"json\":{\"n\":1}}]"
/* CPU time that may pass between the limit and the end. */
#define GRACE_MS 100

static void
check_next_works(void)
{
	ck_assert_str_eq(box_value("$json.n + 1", ONE_N), "2");
}

/* More than one late answer is no busy machine, but a limit that does not hold. */
#define TRIES 3

static int64_t
cpu_ms(const struct timeval *user, const struct timeval *system)
{
	return (int64_t)(user->tv_sec + system->tv_sec) * 1000 +
	       (user->tv_usec + system->tv_usec) / 1000;
}

static int64_t
ended_cpu_ms(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &usage), 0);
	return cpu_ms(&usage.ru_utime, &usage.ru_stime);
}

static int64_t
box_cpu_ms(void)
{
	struct timespec used;
	clockid_t clock;

	if (box.pid == 0)
		return 0;
	ck_assert_int_eq(clock_getcpuclockid(box.pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &used), 0);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/*
 * Ask, and say how much CPU time it took: of up to TRIES times the first that was in time.  The start
 * of the process is not the script's time.
 */
static enum ty_code
ask_in_time(const char *code, int64_t timeout_ms, int64_t *ret_ms)
{
	enum ty_code result = TY_OK;
	json_t *answer;

	for (int i = 0; i < TRIES; i++) {
		int64_t before_ms;

		check_next_works();
		before_ms = box_cpu_ms() + ended_cpu_ms();
		result = box_ask(box_code("code_all", code, ONE_N), timeout_ms, &answer);
		*ret_ms = box_cpu_ms() + ended_cpu_ms() - before_ms;
		if (*ret_ms <= timeout_ms + GRACE_MS)
			break;
	}
	return result;
}

static const char *const endless[] = {
	"for (;;);",
	"while (true) { try { for (;;) {} } catch {} finally {} }",
	"await (async function f() { for (;;) await 0; })()",
	"const f = () => Promise.resolve().then(f); await f()",
	"/(a+)+$/.exec('a'.repeat(60) + 'b')",
	"return { get json() { for (;;); } }",
	"return { toJSON() { for (;;); } }",
	"throw { get message() { for (;;); } }",
	"[...(function* () { for (;;) yield; })()].length",
	"let a = 1n; for (;;) a = a * 3n + 1n",
};

START_TEST(code_that_never_ends_is_killed_at_its_limit)
{
	int64_t took_ms;
	enum ty_code code = ask_in_time(endless[_i], 300, &took_ms);

	/* A generator that is spread, or a number that grows, may meet the memory's end first. */
	ck_assert_msg(code == TY_E_TIMEOUT || (_i >= 8 && code == TY_E_LIMIT), "%s: %s",
		      endless[_i], fx.err.msg);
	if (code == TY_E_TIMEOUT) {
		ck_assert_int_ge(took_ms, 290);
		ck_assert_str_eq(fx.err.msg,
				 "The code ran for more than 300 ms of CPU time, and was stopped");
		ck_assert_str_ne(fx.err.hint, "");
	}
	ck_assert_int_le(took_ms, 300 + GRACE_MS);
	ck_assert_int_eq(box.pid, 0);
	check_next_works();
}
END_TEST

static const char *const greedy[] = {
	"const a = []; for (;;) a.push(new Array(1000).fill(1))",
	"const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)",
	"let s = 'x'; for (;;) { s += s; s.charCodeAt(5); }",
	"return { s: 'abc'.repeat(2 ** 29).split('') }",
	"const a = []; for (;;) a.push(new Uint8Array(50e6).fill(1))",
	"new Uint8Array(10e9).fill(1)",
	"new Array(4e9).fill(1)",
	"const a = []; for (let i = 0; i < 100; i++) a.push(new Float64Array(12.5e6).fill(i)); "
	"return a",
	"const m = new Map(); for (let i = 0;; i++) m.set(i, { i })",
	"const o = {}; for (let i = 0;; i++) o['k' + i] = i",
	"let a = []; for (;;) a = [a, new ArrayBuffer(1e6)]",
	"let f = () => {}; for (;;) f = f.bind(null, 'x'.repeat(1000).split(''))",
	"let s = ''; for (let i = 0; i < 1e9; i++) s = `${s}${i}`; return { s }",
	"let b = 1n; for (;;) b = b << 100000n",
	"return new Array(1e9).join('x').length",
	"JSON.stringify('\\u0001'.repeat(4e8))",
	"const e = []; for (;;) e.push(new Error('x'.repeat(1000)))",
	"for (let i = 0;; i++) Symbol.for('s' + i + 'x'.repeat(10000))",
};

/*
 * Ten gigabytes, in many ways: either the engine refuses (an ordinary error of the script), or it is
 * killed for its memory or its time.  It never holds more than its limit and what ten milliseconds
 * touch, and never lasts longer than its time.
 */
START_TEST(code_that_takes_all_memory_is_stopped)
{
	int64_t took_ms;
	enum ty_code code = ask_in_time(greedy[_i], 2000, &took_ms);

	ck_assert_int_le(took_ms, 2000 + GRACE_MS);
	ck_assert_msg(code == TY_E_LIMIT || code == TY_E_INVALID || code == TY_E_TIMEOUT,
		      "%s: %s %s", greedy[_i], ty_code_name(code), fx.err.msg);
	if (code == TY_E_LIMIT)
		ck_assert_ptr_nonnull(strstr(fx.err.msg, "memory"));
	else if (code == TY_E_INVALID)
		ck_assert_ptr_nonnull(strstr(fx.err.msg, "RangeError"));
	if (code != TY_E_INVALID)
		ck_assert_int_eq(box.pid, 0);
	check_next_works();
}
END_TEST

/*
 * Around TY_LIMIT_SANDBOX_BYTES, as it is where nothing else is configured.  Either goes on long
 * enough to be looked at: without a limit the first ends well, and the second by its time alone.
 */
static const struct {
	int percent;
	const char *then; /* with 'a', the memory */
	enum ty_code code;
} shares[] = {
	{ 50, "for (let i = 0; i < 200; i++) a.fill(i); return { n: a.length }", TY_OK },
	{ 200, "for (;;);", TY_E_LIMIT },
};

START_TEST(half_of_the_default_limit_is_given_and_twice_of_it_is_not)
{
	size_t taken = (size_t)TY_LIMIT_SANDBOX_BYTES / 100 * (size_t)shares[_i].percent;
	const char *code = ty_arena_printf(fx.arena, "const a = new Uint8Array(%zu).fill(1); %s",
					   taken, shares[_i].then);
	int64_t start, took_ms;
	json_t *answer;

	ck_assert_int_eq(box_conf.memory_bytes, 0);
	check_next_works();
	ck_assert_uint_lt(ty_sandbox_rss_bytes(&box), TY_SANDBOX_OWN_BYTES);
	start = ty_time_mono_ms();
	ck_assert_code(box_ask(box_code("code_all", code, ONE_N), 10000, &answer), shares[_i].code);
	took_ms = ty_time_mono_ms() - start;
	if (shares[_i].code == TY_OK) {
		ck_assert_int_gt(took_ms, TY_SANDBOX_WATCH_MS);
		ck_assert_str_eq(box_text(json_object_get(answer, "items")),
				 ty_arena_printf(fx.arena, "[{\"json\":{\"n\":%zu}}]", taken));
	} else {
		ck_assert_int_lt(took_ms, 2000);
		ck_assert_str_eq(fx.err.msg,
				 "The code used more memory than it may and was stopped");
		ck_assert_str_ne(fx.err.hint, "");
		ck_assert_int_eq(box.pid, 0);
	}
	check_next_works();
}
END_TEST

static const char *const deep[] = {
	"(function f() { return 1 + f(); })()",
	"const f = () => [1].map(f); f()",
	"const o = { get a() { return this.a; } }; o.a",
	"let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o",
	"let p = new Proxy({}, {}); for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return { "
	"v: p.x }",
	"eval('('.repeat(1e5) + '1' + ')'.repeat(1e5))",
	"eval('['.repeat(1e5) + ']'.repeat(1e5))",
	"JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
	"new RegExp('('.repeat(1e4) + ')'.repeat(1e4)).exec('')",
	"let a = []; for (let i = 0; i < 1e6; i++) a = [a]; a.flat(Infinity)",
	"let a = []; a[0] = a; a.toString(); return { s: String([[[a]]]) }",
};

START_TEST(code_that_recurses_without_end_is_an_error)
{
	int64_t took_ms;
	enum ty_code code = ask_in_time(deep[_i], 20000, &took_ms);

	ck_assert_int_le(took_ms, 20000 + GRACE_MS);
	/* Some are no fault at all for the engine; none may end the process. */
	ck_assert_msg(code == TY_OK || code == TY_E_INVALID, "%s: %s %s", deep[_i],
		      ty_code_name(code), fx.err.msg);
	if (_i < 3)
		ck_assert_msg(strstr(fx.err.msg, "RangeError: Maximum call stack") != NULL, "%s",
			      fx.err.msg);
	check_next_works();
}
END_TEST

/* Left behind by one request, looked for by the next: in the order of a table. */
static const struct {
	const char *leave, *look, *value;
} traces[] = {
	{ "globalThis.x = 5", "typeof x", "\"undefined\"" },
	{ "x = 5", "typeof x", "\"undefined\"" },
	{ "var x = 5; (0, eval)('var y = 6; let z = 7')", "typeof y + typeof z",
	  "\"undefinedundefined\"" },
	{ "Object.prototype.x = 5", "({}).x === undefined", "true" },
	{ "Array.prototype.map = () => ['mine']", "[1].map(x => x + 1)", "[2]" },
	{ "Array.prototype[Symbol.iterator] = null", "[...[1]]", "[1]" },
	{ "String.prototype.trim = () => 'mine'", "' a '.trim()", "\"a\"" },
	{ "JSON.stringify = () => '\"mine\"'", "JSON.stringify({})", "\"{}\"" },
	{ "Promise.prototype.then = null", "typeof (async () => 1)().then", "\"function\"" },
	{ "Function.prototype.call = null", "typeof (() => 1).call", "\"function\"" },
	{ "Math.random = () => 4; Date.now = () => 4", "Math.random() === 4 || Date.now() === 4",
	  "false" },
	{ "RegExp.prototype.exec = () => null; /(s)/.test('s')", "/a/.exec('a')[0] + RegExp.$1",
	  "\"a\"" },
	{ "/(secret)/.test('secret')", "RegExp.$1 + RegExp.lastMatch", "\"\"" },
	{ "DateTime.prototype.toISO = () => 'mine'; DateTime.now()", "$now.toISO() === 'mine'",
	  "false" },
	{ "Settings.defaultZone = 'Asia/Tokyo'; Settings.defaultLocale = 'fr'; DateTime.now()",
	  "$now.zoneName + $now.toLocaleString({ month: 'long' })", "\"Europe/BerlinNovember\"" },
	{ "luxon.mine = 1", "luxon.mine === undefined", "true" },
	{ "Promise.resolve().then(() => { globalThis.late = 1 })", "typeof late", "\"undefined\"" },
	{ "Symbol.for('s').description; Object.prototype[Symbol.for('s')] = 1",
	  "({})[Symbol.for('s')] === undefined", "true" },
	{ "$json.secret = 1; $input.first().json.secret = 1", "$json.secret === undefined",
	  "true" },
	{ "Error.stackTraceLimit = 0", "Error.stackTraceLimit > 0", "true" },
	{ "Object.freeze(Object.prototype); Object.freeze(globalThis)",
	  "Object.isFrozen(Object.prototype)", "false" },
	{ "Object.defineProperty(globalThis, 'undefinedd', { value: 1 })", "typeof undefinedd",
	  "\"undefined\"" },
	{ "console.log('of the first')", "1", "1" },
};

START_TEST(nothing_of_a_request_is_seen_by_the_next)
{
	json_t *answer;
	pid_t first;

	(void)box_ask(box_code("code_all", traces[_i].leave, ONE_N), 2000, &answer);
	first = box.pid;
	ck_assert_int_gt(first, 0); /* a script that spoils its realm does not end the process */
	ck_assert_str_eq(box_value(traces[_i].look, ONE_N), traces[_i].value);
	ck_assert_int_eq(box.pid, first); /* and it was the same process */
	ck_assert_ok(box_ask(box_code("code_all", "return []", ONE_N), 2000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "logs")), "[]");
}
END_TEST

/* More than the realms that a warm parent has made for its children. */
START_TEST(each_request_of_a_warm_child_is_alone_and_the_same)
{
	const char *code = "const was = [typeof globalThis.mine, typeof [].map, Math.random()];"
			   "globalThis.mine = 1; delete Array.prototype.map;"
			   "return [{ json: { was } }];";
	const char *first = NULL;
	json_t *answer;
	pid_t pid;

	bear_box();
	pid = box.pid;
	for (int i = 0; i < 20; i++) {
		const char *text;

		ck_assert_ok(box_ask(box_code("code_all", code, ONE), 2000, &answer));
		text = box_text(answer);
		ck_assert_msg(strstr(text, "[\"undefined\",\"function\"") != NULL, "%s", text);
		first = first != NULL ? first : text;
		ck_assert_str_eq(text, first);
	}
	ck_assert_int_eq(box.pid, pid);
}
END_TEST

/* A script that spoils what the prelude could use spoils its own answer at most. */
static const char *const spoilers[] = {
	"for (const k of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[k] } "
	"catch {} }",
	"for (const k of Object.getOwnPropertyNames(Array.prototype)) Array.prototype[k] = null",
	"for (const k of Object.getOwnPropertyNames(String.prototype)) { try { String.prototype[k] "
	"= null } catch {} }",
	"Object.prototype.toJSON = () => 'mine'",
	"Object.defineProperty(Object.prototype, 'v', { get() { throw 1 }, set() { throw 2 } })",
	"Object.setPrototypeOf(Array.prototype, null); Object.setPrototypeOf(Function.prototype, "
	"null)",
	"Object.defineProperty(Object.prototype, 'from', { get() { return 0 } })",
	"Object.defineProperty(Object.prototype, 'json', { get() { return { forged: 1 } } })",
};

START_TEST(a_spoiled_realm_is_no_answer_of_ours)
{
	json_t *answer;
	enum ty_code code = box_ask(box_code("code_all", spoilers[_i], ONE_N), 2000, &answer);

	ck_assert_msg(code == TY_OK || code == TY_E_INVALID, "%s: %s", spoilers[_i], fx.err.msg);
	check_next_works();
}
END_TEST

START_TEST(a_thousand_requests_do_not_grow_the_process)
{
	size_t first, last;

	for (int i = 0; i < 200; i++)
		ck_assert_str_eq(box_value("$now.year + [1, 2, 3].map(x => ({ x })).length", ONE_N),
				 "2026");
	first = ty_sandbox_rss_bytes(&box);
	for (int i = 0; i < 1000; i++)
		ck_assert_str_eq(box_value("$now.year + [1, 2, 3].map(x => ({ x })).length", ONE_N),
				 "2026");
	last = ty_sandbox_rss_bytes(&box);
	ck_assert_msg(last < first + 16 * 1024 * 1024, "%zu -> %zu", first, last);
}
END_TEST

START_TEST(a_result_over_the_limit_is_refused_by_name)
{
	json_t *answer;

	box_conf.memory_bytes = 512 * 1024 * 1024;
	ck_assert_code(
		box_ask(box_code("code_all", "return { s: 'x'.repeat(41 * 1024 * 1024) }", ONE_N),
			10000, &answer),
		TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "larger than 40 MiB"));
	box_conf.memory_bytes = 0;
	check_next_works();
}
END_TEST

START_TEST(a_request_over_the_limit_costs_no_process)
{
	char *big = malloc(TY_LIMIT_SANDBOX_MESSAGE_BYTES + 1);
	json_t *request, *answer;

	memset(big, 'x', TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	big[TY_LIMIT_SANDBOX_MESSAGE_BYTES] = '\0';
	request = box_code("code_all", "return []", ONE_N);
	json_object_set_new(request, "vars", json_pack("{s:s}", "big", big));
	free(big);
	ck_assert_code(box_ask(request, 2000, &answer), TY_E_LIMIT);
	ck_assert_int_eq(box.pid, 0);
	check_next_works();
}
END_TEST

START_TEST(many_megabytes_go_through)
{
	json_t *answer, *request = box_code("code_all", "return { n: $vars.big.length }", ONE_N);
	char *big = malloc(20 * 1024 * 1024 + 1);

	memset(big, 'x', 20 * 1024 * 1024);
	big[20 * 1024 * 1024] = '\0';
	json_object_set_new(request, "vars", json_pack("{s:s}", "big", big));
	free(big);
	ck_assert_ok(box_ask(request, 10000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "items")),
			 "[{\"json\":{\"n\":20971520}}]");
}
END_TEST

START_TEST(a_program_that_is_not_there_is_unavailable)
{
	json_t *answer;
	struct ty_sandbox_conf conf = { .path = "/nonexistent/tyboo-sandbox", .share_dir = "/" };

	ck_assert_code(ty_sandbox_request(&box, &conf, fx.arena, box_expressions("1", ONE_N), 1000,
					  &answer, &fx.err),
		       TY_E_UNAVAILABLE);
}
END_TEST

/* Any program that ends, or talks nonsense, is an error of ours, not of the script. */
START_TEST(a_program_that_is_no_sandbox_is_an_upstream_error)
{
	static const char *const paths[] = { "/bin/false", "/bin/true", "/bin/cat" };
	json_t *answer;
	struct ty_sandbox_conf conf = { .path = paths[_i], .share_dir = "/" };

	ck_assert_code(ty_sandbox_request(&box, &conf, fx.arena, box_expressions("1", ONE_N), 1000,
					  &answer, &fx.err),
		       TY_E_UPSTREAM);
	ck_assert_int_eq(box.pid, 0);
}
END_TEST

/* The kernel's count of a child's peak begins with the peak of whoever forked it. */
START_TEST(a_crash_under_a_large_parent_is_no_lack_of_memory)
{
	struct ty_sandbox_conf conf = { .path = "/bin/false", .share_dir = "/" };
	size_t len = 2 * ty_sandbox_memory_max_bytes(&conf, 0);
	char *ours = malloc(len);
	json_t *answer;

	ck_assert_ptr_nonnull(ours);
	memset(ours, 1, len);
	ck_assert_code(ty_sandbox_request(&box, &conf, fx.arena, box_expressions("1", ONE_N), 10000,
					  &answer, &fx.err),
		       TY_E_UPSTREAM);
	free(ours);
}
END_TEST

BOX_TEST_MAIN("sandbox.limits", {
	TEST_LOOP(code_that_never_ends_is_killed_at_its_limit, endless);
	TEST_LOOP(code_that_takes_all_memory_is_stopped, greedy);
	TEST_LOOP(half_of_the_default_limit_is_given_and_twice_of_it_is_not, shares);
	TEST_LOOP(code_that_recurses_without_end_is_an_error, deep);
	TEST_LOOP(nothing_of_a_request_is_seen_by_the_next, traces);
	TEST(each_request_of_a_warm_child_is_alone_and_the_same);
	TEST_LOOP(a_spoiled_realm_is_no_answer_of_ours, spoilers);
	TEST(a_thousand_requests_do_not_grow_the_process);
	TEST(a_result_over_the_limit_is_refused_by_name);
	TEST(a_request_over_the_limit_costs_no_process);
	TEST(many_megabytes_go_through);
	TEST(a_program_that_is_not_there_is_unavailable);
	TEST(a_crash_under_a_large_parent_is_no_lack_of_memory);
	tcase_add_loop_test(tc, a_program_that_is_no_sandbox_is_an_upstream_error, 0, 3);
})
