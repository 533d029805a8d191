/*
 * What console writes: as Node does, and JSON for runs that were begun before it did.
 */
#include "integration/sandbox/fixture.h"

/* clang-format off */
static const struct {
	const char *code, *logs;
} rows[] = {
	{ "console.log('plain', 1, true)", "[\"plain 1 true\"]" },
	{ "console.log()", "[\"\"]" },
	{ "console.log({ a: 1, b: 'x', c: [1, 'y'], d: {}, e: [] })", "[\"{ a: 1, b: 'x', c: [ 1, 'y' ], d: {}, e: [] }\"]" },
	{ "console.log({ a: { b: { c: { d: 1 } } } }, [[[[1]]]])", "[\"{ a: { b: { c: [Object] } } } [ [ [ [Array] ] ] ]\"]" },
	{ "console.log(new Map([['a', { b: 1 }]]), new Set([1, 'x']))", "[\"Map(1) { 'a' => { b: 1 } } Set(2) { 1, 'x' }\"]" },
	{ "console.log(new Date(0), new Date(NaN), /a+/g)", "[\"1970-01-01T00:00:00.000Z Invalid Date /a+/g\"]" },
	{ "console.log(-0, 10n, Symbol('q'), null, undefined)", "[\"-0 10n Symbol(q) null undefined\"]" },
	{ "console.log(() => 1, function f() {}, class A {}, class B extends Array {})",
	  "[\"[Function (anonymous)] [Function: f] [class A] [class B extends Array]\"]" },
	{ "console.log([\"it's\", 'say \"x\"', 'a\\n'])", "[\"[ \\\"it's\\\", 'say \\\"x\\\"', 'a\\\\n' ]\"]" },
	{ "const o = { a: 1 }; o.self = o; console.log(o)", "[\"<ref *1> { a: 1, self: [Circular *1] }\"]" },
	{ "console.log(new (class Foo { constructor() { this.a = 1 } })(), Object.create(null))", "[\"Foo { a: 1 } [Object: null prototype] {}\"]" },
	{ "console.log(Array.from({ length: 10 }, (_, i) => i))", "[\"[\\n  0, 1, 2, 3, 4,\\n  5, 6, 7, 8, 9\\n]\"]" },
	{ "console.log(new Array(101).fill(0).length, [1, , 2], Buffer.from('ab'))", "[\"101 [ 1, <1 empty item>, 2 ] <Buffer 61 62>\"]" },
	{ "console.log({ get a() { throw 1 }, set b(v) {}, 'x y': 1 })", "[\"{ a: [Getter], b: [Setter], 'x y': 1 }\"]" },
	{ "console.log(new Error('x', { cause: 'y' }))", "[\"Error: x\\n    at script (1:22) {\\n  [cause]: 'y'\\n}\"]" },
	{ "console.log('%s is %d', 'x', 5)", "[\"x is 5\"]" },
	{ "console.log('%s %s %s', { a: { b: 1 } }, [1, [2]], null)", "[\"{ a: [Object] } [ 1, [Array] ] null\"]" },
	{ "console.log('%i %f %j %o %c%% %z', '7.5', '1.5', { a: 1 }, 'b', 'css', 9)", "[\"7 1.5 {\\\"a\\\":1} 'b' % %z 9\"]" },
	{ "console.log('%o %O', [1], { a: { b: { c: {} } } })", "[\"[ 1, [length]: 1 ] { a: { b: { c: [Object] } } }\"]" },
	{ "console.log('100%', 5); console.log('%s'); console.log('%%')", "[\"100% 5\",\"%s\",\"%%\"]" },
	{ "console.group('g'); console.log('in\\nside'); console.groupEnd(); console.log('out')", "[\"g\",\"  in\\n  side\",\"out\"]" },
	{ "console.count(); console.count('x'); console.count(); console.countReset(); console.count()",
	  "[\"default: 1\",\"x: 1\",\"default: 2\",\"default: 1\"]" },
	{ "console.assert(1, 'no'); console.assert(0, 'is %s', 'x'); console.assert(false)", "[\"Assertion failed: is x\",\"Assertion failed\"]" },
	{ "console.time(); await new Promise(r => setTimeout(r, 1500)); console.timeEnd(); console.timeEnd()",
	  "[\"default: 1.500s\",\"Warning: No such label 'default' for console.time()\"]" },
	{ "console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.error('e', { a: 1 }); console.warn('w')",
	  "[\"{ a: [Object] }\",\"e { a: 1 }\",\"w\"]" },
	{ "console.table([{ a: 1, b: 'x' }, { a: 2 }])",
	  "[\"┌─────────┬───┬─────┐\\n│ (index) │ a │ b   │\\n├─────────┼───┼─────┤\\n│ 0       │ 1 │ 'x' │\\n│ 1       │ 2 │     │\\n└─────────┴───┴─────┘\"]" },
	{ "console.table(5); console.table([7])",
	  "[\"5\",\"┌─────────┬────────┐\\n│ (index) │ Values │\\n├─────────┼────────┤\\n│ 0       │ 7      │\\n└─────────┴────────┘\"]" },
	/* values that throw when they are looked at, and very deep ones */
	{ "console.log(new Proxy({}, { ownKeys() { throw 1 } }), 'after')", "[\"[object] after\"]" },
	{ "let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; console.dir(o, { depth: null }); console.log('after')", NULL },
};

static const struct {
	const char *code, *logs;
} before[] = {
	{ "console.log('%s is %d', 'x', 5)", "[\"x is 5\"]" },
	{ "console.log('%i %f %j %o %c %% %z', '7.5', '1.5', { a: 1 }, 'b', 'css', 9)",
	  "[\"7 1.5 {\\\"a\\\":1} \\\"b\\\"  % %z 9\"]" },
	{ "console.log('100%', 5); console.log('%s')", "[\"100% 5\",\"%s\"]" },
	{ "console.log(new Map([[1, 2], ['a', new Set([true])]]), new Date(0))",
	  "[\"Map(2) {1 => 2, 'a' => Set(1) {true}} 1970-01-01T00:00:00.000Z\"]" },
	{ "console.log({ a: [1, 'b'] }, null, undefined, 5n, new Date(NaN))",
	  "[\"{\\\"a\\\":[1,\\\"b\\\"]} null undefined 5 Invalid Date\"]" },
	{ "console.log(new Error('x', { cause: 'y' }))", "[\"Error: x; cause: y\"]" },
};
/* clang-format on */

static const char *
logs_of(const char *code, int dialect)
{
	json_t *request = box_code("code_all", code, ONE), *answer;

	if (dialect > 0)
		json_object_set_new(request, "dialect", json_integer(dialect));
	ck_assert_msg(box_ask(request, 5000, &answer) == TY_OK, "%s: %s", code, fx.err.msg);
	return box_text(json_object_get(answer, "logs"));
}

START_TEST(each_line_is_as_node_writes_it)
{
	const char *logs = logs_of(rows[_i].code, 0);

	if (rows[_i].logs != NULL)
		ck_assert_msg(strcmp(logs, rows[_i].logs) == 0, "%s\n  writes %s,\n  not    %s",
			      rows[_i].code, logs, rows[_i].logs);
	else
		ck_assert_ptr_nonnull(strstr(logs, "\"after\"]"));
}
END_TEST

START_TEST(a_run_of_before_has_the_json_that_it_had)
{
	ck_assert_str_eq(logs_of(before[_i].code, 3), before[_i].logs);
}
END_TEST

BOX_TEST_MAIN("sandbox.console", {
	TEST_LOOP(each_line_is_as_node_writes_it, rows);
	TEST_LOOP(a_run_of_before_has_the_json_that_it_had, before);
})
