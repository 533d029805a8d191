/*
 * What code has beyond expressions: timers that fire without waiting, n8n's names, and words for what is not there.
 */
#include "integration/sandbox/fixture.h"

#define TWO   "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}}]"
#define SLEEP "const sleep = (ms) => new Promise((done) => setTimeout(done, ms)); "

/* clang-format off */
static const struct {
	const char *code, *json; /* of the first item */
} rows[] = {
	/* timers fire in the order of their times, and the clock moves on */
	{ SLEEP "const began = Date.now(); await sleep(1500); return { ms: Date.now() - began }", "{\"ms\":1500}" },
	{ SLEEP "await sleep(50000); return { at: new Date().toISOString() }", "{\"at\":\"2023-11-14T22:14:10.000Z\"}" },
	{ SLEEP "await sleep(2000); return { at: $now.toMillis(), lux: DateTime.now().toMillis() }",
	  "{\"at\":1700000002000,\"lux\":1700000002000}" },
	{ "const order = []; setTimeout(() => order.push('c'), 30); setTimeout(() => order.push('a'), 10); "
	  "setTimeout(() => order.push('b'), 10); setImmediate(() => order.push('i')); queueMicrotask(() => order.push('m')); "
	  "await new Promise((done) => setTimeout(done, 40)); return { order: order.join('') }", "{\"order\":\"miabc\"}" },
	{ "return new Promise((done) => setTimeout((a, b) => done({ sum: a + b }), 5, 1, 2))", "{\"sum\":3}" },
	{ "let n = 0; await new Promise((done) => { const t = setInterval(() => { if (++n === 3) { clearInterval(t); done(); } }, 100); }); "
	  "return { n, ms: Date.now() - 1700000000000 }", "{\"n\":3,\"ms\":300}" },
	{ SLEEP "let fired = false; const t = setTimeout(() => { fired = true; }, 5); clearTimeout(t); await sleep(10); return { fired }",
	  "{\"fired\":false}" },
	{ SLEEP "const t = setTimeout(() => 1, 5); return { t: [t.ref() === t, t.unref() === t, t.hasRef(), typeof +t].join() }",
	  "{\"t\":\"true,true,true,number\"}" },
	{ SLEEP "const late = sleep(90000).then(() => 'late'); return { first: await Promise.race([late, sleep(5).then(() => 'soon')]) }",
	  "{\"first\":\"soon\"}" },
	{ "const { setTimeout: wait } = require('node:timers/promises'); return { v: await wait(10, 'v') }", "{\"v\":\"v\"}" },
	{ "const wait = require('util').promisify(setTimeout); await wait(10); return { ms: Date.now() - 1700000000000 }",
	  "{\"ms\":10}" },
	{ SLEEP "const all = await Promise.all([1, 2, 3].map(async (n) => { await sleep(1000 * n); return n; })); "
	  "return { all, ms: Date.now() - 1700000000000 }", "{\"all\":[1,2,3],\"ms\":3000}" },
	{ "try { await new Promise((done, fail) => setTimeout(() => fail(new Error('no')), 5)); } catch (e) { return { e: e.message }; }",
	  "{\"e\":\"no\"}" },
	/* n8n's names */
	{ "return { n: $items().length, m: $items('A')[0].json.a, l: $node['A'].json.a, k: $('A').first().json.a }",
	  "{\"n\":2,\"m\":7,\"l\":7,\"k\":7}" },
	{ "return { n: $items.length, f: $items[0].json.n }", "{\"n\":2,\"f\":1}" },
	{ "return { a: $jmespath({ l: [1, 2] }, 'l[1]'), p: $position, d: $data.n, e: Object.keys($env).length }",
	  "{\"a\":2,\"p\":0,\"d\":1,\"e\":0}" },
	{ "return { v: $evaluateExpression('{{ $json.n + 1 }}', 1), t: $evaluateExpression('n: {{ $json.n }}') }",
	  "{\"v\":3,\"t\":\"n: 1\"}" },
	{ "return { v: $evaluateExpression(\"{{ 'a b'.toTitleCase() }}\"), own: typeof ''.toTitleCase }",
	  "{\"v\":\"A B\",\"own\":\"undefined\"}" },
	{ "return this.helpers.returnJsonArray([{ a: 1 }, { json: { b: 2 } }])[1].json", "{\"b\":2}" },
	{ "const zip = 1, $not = 2; return { zip, $not, a: $average(1, 3) }", "{\"zip\":1,\"$not\":2,\"a\":2}" },
};

static const struct {
	const char *code, *message;
	int line;
} errors[] = {
	{ "\n" SLEEP "\nawait sleep(61000); return {}", "more than a minute in all: put a core.wait node", 2 },
	{ SLEEP "for (let i = 0; i < 70; i++) await sleep(1000); return {}", "more than a minute", 1 },
	{ "await new Promise(() => setInterval(() => 0, 10000))", "more than a minute", 1 },
	{ "await new Promise(() => {\n  setTimeout(() => {\n    null.x;\n  }, 5);\n})", "null is not an object", 3 },
	{ "setTimeout('alert(1)', 5)", "setTimeout takes a function", 1 },
	{ "await new Promise(() => 0)", "no timer is left", 0 },
	{ "return this.helpers.httpRequest({ url: 'http://a.test' })", "Put a node of type http.request", 1 },
	{ "const buffer = await this.helpers.getBinaryDataBuffer(0, 'data')", "bytes of a file are not here", 1 },
	{ "return { v: $fromAI('city') }", "is filled in by an AI agent", 1 },
	{ "return $node['B'].json", "there is no data of a node \"B\"", 1 },
	{ "import x from 'y'", "import is not possible here", 1 },
	{ "return new Set([1])", "a Set (make it an array", 0 },
};

static const struct {
	const char *code, *log;
} logs[] = {
	{ "setTimeout(() => console.log('never'), 5); return []", "the code ended before 1 of its timers fired: await them" },
	{ "(async () => { throw new Error('lost'); })(); return []", "a promise was rejected and nobody awaited it: Error: lost" },
};
/* clang-format on */

static json_t *
request_of(const char *code, int dialect)
{
	json_t *request = box_code("code_all", code, TWO);

	json_object_set_new(request, "nodes",
			    json_pack("{s:{s:[{s:{s:i}}], s:[i, i], s:[i]}}", "A", "items", "json",
				      "a", 7, "pair", 0, 0, "ports", 1));
	if (dialect > 0)
		json_object_set_new(request, "dialect", json_integer(dialect));
	return request;
}

START_TEST(code_gives_what_it_gives_in_n8n)
{
	json_t *answer, *item;

	ck_assert_msg(box_ask(request_of(rows[_i].code, 0), 5000, &answer) == TY_OK, "%s: %s",
		      rows[_i].code, fx.err.msg);
	item = json_array_get(json_object_get(answer, "items"), 0);
	ck_assert_str_eq(box_text(json_object_get(item, "json")), rows[_i].json);
}
END_TEST

START_TEST(what_cannot_be_says_what_to_use_and_where)
{
	char place[32];
	json_t *answer;

	ck_assert_int_eq(box_ask(request_of(errors[_i].code, 0), 5000, &answer), TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, errors[_i].message) != NULL, "%s: %s", errors[_i].code,
		      fx.err.msg);
	snprintf(place, sizeof(place), "(line %d", errors[_i].line);
	ck_assert_msg((strstr(fx.err.msg, place) != NULL) == (errors[_i].line > 0), "%s: %s",
		      errors[_i].code, fx.err.msg);
	ck_assert_str_eq(box_value("1 + 1", ONE), "2");
}
END_TEST

START_TEST(what_nobody_awaited_is_told_in_the_log)
{
	json_t *answer;

	ck_assert_ok(box_ask(request_of(logs[_i].code, 0), 5000, &answer));
	ck_assert_msg(strstr(box_text(json_object_get(answer, "logs")), logs[_i].log) != NULL, "%s",
		      box_text(answer));
}
END_TEST

/* What a run of before saw, its replay sees. */
START_TEST(a_run_of_before_timers_has_none)
{
	static const char *const codes[] = { "setTimeout(() => 1, 5)", "$node['A'].json",
					     "require('timers')", "$evaluateExpression('1')",
					     "this.helpers.httpRequest()" };
	json_t *answer;

	for (size_t i = 0; i < TY_ARRAY_COUNT(codes); i++)
		ck_assert_int_eq(box_ask(request_of(codes[i], 2), 5000, &answer), TY_E_INVALID);
	ck_assert_ok(box_ask(request_of("return { n: $items.length, t: typeof setTimeout }", 2),
			     5000, &answer));
	ck_assert_ptr_nonnull(strstr(box_text(answer), "\"t\":\"undefined\""));
}
END_TEST

BOX_TEST_MAIN("sandbox.code", {
	TEST_LOOP(code_gives_what_it_gives_in_n8n, rows);
	TEST_LOOP(what_cannot_be_says_what_to_use_and_where, errors);
	TEST_LOOP(what_nobody_awaited_is_told_in_the_log, logs);
	TEST(a_run_of_before_timers_has_none);
})
