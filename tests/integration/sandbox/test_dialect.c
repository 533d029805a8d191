/*
 * What scripts see and give, asked of the real program: values, items, errors with their places,
 * the fixed clock and chance.
 */
#include "integration/sandbox/fixture.h"

static const struct {
	const char *script, *items, *value;
} values[] = {
	/* plain data */
	{ "$json.a + 1", "[{\"json\":{\"a\":1}}]", "2" },
	{ "$json.name.toUpperCase();", "[{\"json\":{\"name\":\"é\"}}]", "\"É\"" },
	{ "({ a: [1, null, true] })", "[{\"json\":{}}]", "{\"a\":[1,null,true]}" },
	{ "$input.all().length", "[{\"json\":{}},{\"json\":{}}]", "2" },
	{ "$input.last().json.n", "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}}]", "2" },
	{ "$input.item.json.n + $itemIndex", "[{\"json\":{\"n\":1}}]", "1" },
	{ "$str(null) + $str({a:1}) + $str(new Date(0))", "[{\"json\":{}}]",
	  "\"{\\\"a\\\":1}1970-01-01T00:00:00.000Z\"" },
	/* what JSON has no word for */
	{ "undefined", "[{\"json\":{}}]", "{}" },
	{ "$json.no", "[{\"json\":{}}]", "{}" },
	{ "NaN", "[{\"json\":{}}]", "null" },
	{ "-1/0", "[{\"json\":{}}]", "null" },
	{ "[undefined, NaN, () => 1]", "[{\"json\":{}}]", "[null,null,null]" },
	{ "({ u: undefined, f() {}, n: 1 })", "[{\"json\":{}}]", "{\"n\":1}" },
	{ "new Date(0)", "[{\"json\":{}}]", "\"1970-01-01T00:00:00.000Z\"" },
	{ "new Date(NaN)", "[{\"json\":{}}]", "null" },
	{ "({ toJSON() { return 7; } })", "[{\"json\":{}}]", "7" },
	/* text that Postgres could not keep */
	{ "'a\\ud800b'", "[{\"json\":{}}]",
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "'\\udc00'", "[{\"json\":{}}]", "\"\xef\xbf\xbd\"" },
	{ "'\\ud83d\\ude00'", "[{\"json\":{}}]", "\"\xf0\x9f\x98\x80\"" },
	{ "({ ['\\ud800']: 1 })", "[{\"json\":{}}]", "{\"\xef\xbf\xbd\":1}" },
	{ "'\\\\u0000'", "[{\"json\":{}}]", "\"\\\\u0000\"" },
	/* numbers */
	{ "2**53", "[{\"json\":{}}]", "9007199254740992" },
	{ "1e300", "[{\"json\":{}}]", "1e+300" },
	{ "-0", "[{\"json\":{}}]", "0" },
	{ "0.1 + 0.2", "[{\"json\":{}}]", "0.30000000000000004" },
	/* luxon and the clock of the request */
	{ "$now.toISO()", "[{\"json\":{}}]", "\"2023-11-14T23:13:20.000+01:00\"" },
	{ "$now", "[{\"json\":{}}]", "\"2023-11-14T23:13:20.000+01:00\"" },
	{ "$today.toISO()", "[{\"json\":{}}]", "\"2023-11-14T00:00:00.000+01:00\"" },
	{ "DateTime.now().toMillis()", "[{\"json\":{}}]", "1700000000000" },
	{ "DateTime.fromISO('2020-02-29', { zone: 'utc' }).plus({ years: 1 }).toISODate()",
	  "[{\"json\":{}}]", "\"2021-02-28\"" },
	{ "Duration.fromObject({ hours: 2 }).as('minutes')", "[{\"json\":{}}]", "120" },
	{ "Interval.after($now, { days: 2 }).length('hours')", "[{\"json\":{}}]", "48" },
	{ "Date.now()", "[{\"json\":{}}]", "1700000000000" },
	{ "new Date().getTime()", "[{\"json\":{}}]", "1700000000000" },
	{ "new Date", "[{\"json\":{}}]", "\"2023-11-14T22:13:20.000Z\"" },
	{ "Date().slice(0, 15)", "[{\"json\":{}}]", "\"Tue Nov 14 2023\"" },
	{ "new Date(5) instanceof Date", "[{\"json\":{}}]", "true" },
	{ "new (class D extends Date { x() { return 1; } })(5).x()", "[{\"json\":{}}]", "1" },
	{ "new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format()", "[{\"json\":{}}]",
	  "\"11/14/2023\"" },
	{ "new Date(0).toLocaleDateString('de-DE', { timeZone: 'UTC' })", "[{\"json\":{}}]",
	  "\"1.1.1970\"" },
	/* However the words are made up. */
	{ "[]['con'+'structor']['con'+'structor']('return th'+'is')()['In'+'tl']"
	  ".DateTimeFormat('en', { timeZone: 'UTC' }).format()",
	  "[{\"json\":{}}]", "\"11/14/2023\"" },
	{ "(function*(){})['con'+'structor']('return th'+'is')().next().value['In'+'tl']"
	  ".DateTimeFormat('en', { timeZone: 'UTC' }).format()",
	  "[{\"json\":{}}]", "\"11/14/2023\"" },
	/* nothing outside of the language */
	{ "[typeof globalThis.fetch, typeof globalThis.XMLHttpRequest, typeof Bun, typeof Deno,"
	  " typeof globalThis.WebAssembly, typeof SharedArrayBuffer, typeof globalThis.setTimeout, "
	  "typeof performance,"
	  " typeof load, typeof readFile, typeof module, typeof WeakRef, typeof importScripts,"
	  " typeof ShadowRealm, typeof $vm].join()",
	  "[{\"json\":{}}]",
	  "\"undefined,undefined,undefined,undefined,undefined,undefined,undefined,undefined,"
	  "undefined,undefined,undefined,undefined,undefined,undefined,undefined\"" },
};

START_TEST(each_expression_gives_its_value)
{
	const char *text = box_value(values[_i].script, values[_i].items);

	ck_assert_msg(strcmp(text, values[_i].value) == 0, "%s\n  gives %s,\n  not   %s",
		      values[_i].script, text, values[_i].value);
}
END_TEST

static const struct {
	const char *script, *name, *message;
	int line, column;
} bad_expressions[] = {
	{ "1 +", "SyntaxError", "Unexpected end of the script", 1, 4 },
	{ "a b", "SyntaxError", "Unexpected identifier 'b'", 1, 3 },
	{ "$json.a.b", "TypeError", "undefined is not an object", 1, 0 },
	{ "1 +\n  nope", "ReferenceError", "Can't find variable: nope", 2, 3 },
	{ "(() => { throw new RangeError('mine') })()", "RangeError", "mine", 1, 0 },
	{ "(() => { throw null })()", "Error", "null", 0, 0 },
	{ "(() => { throw { message: 'x'.repeat(5000) } })()", "Error", "xxx", 0, 0 },
	{ "(() => { throw { get name() { throw 1 }, get message() { throw 1 } } })()", "Error",
	  NULL, 0, 0 },
	{ "10n", "TypeError", "BigInt", 0, 0 },
	{ "new Set([1])", "TypeError", "the result is a Set, not data", 0, 0 },
	{ "new Map([[1, 2]])", "TypeError", "the result is a Map, not data", 0, 0 },
	{ "(() => { throw new Error('top', { cause: new TypeError('root') }) })()", "Error",
	  "top; cause: TypeError: root", 1, 0 },
	{ "(() => { throw new Error('a', { cause: { cause: 5 } }) })()", "Error", "a; cause: {", 1,
	  0 },
	{ "({ a: 10n })", "TypeError", "BigInt", 0, 0 },
	{ "() => 1", "TypeError", "a function, not data", 0, 0 },
	{ "Symbol('x')", "TypeError", "a symbol, not data", 0, 0 },
	{ "(async () => 1)()", "TypeError", "promise", 0, 0 },
	{ "'a\\u0000b'", "TypeError", "NUL", 0, 0 },
	{ "({ 'a\\u0000': 1 })", "TypeError", "NUL", 0, 0 },
	{ "(() => { const a = {}; a.a = a; return a })()", "TypeError", "cycl", 0, 0 },
	{ "(() => { let a = 1; for (let i = 0; i < 129; i++) a = [a]; return a })()", "RangeError",
	  "more than 128 levels", 0, 0 },
	{ "(() => { let a = 1; for (let i = 0; i < 1e5; i++) a = [a]; return a })()", "RangeError",
	  NULL, 0, 0 },
	{ "(function f() { return f() + 1 })()", "RangeError", "Maximum call stack", 1, 0 },
	{ "$('Nobody').first()", "Error", "there is no data of a node \"Nobody\"", 1, 0 },
	{ "'x'.repeat(2**31)", "RangeError", NULL, 0, 0 },
	{ "\n\n  $json.x.y.z", "TypeError", "undefined is not an object", 3, 0 },
};

/* For a cell's or an answer's error: the name, a part of the message, and its place. */
static void
check_error(const char *script, json_t *e, const char *name, const char *message, int line,
	    int column)
{
	ck_assert_msg(e != NULL, "%s: no error", script);
	if (name != NULL)
		ck_assert_msg(strcmp(ty_json_str(e, "name", ""), name) == 0, "%s: %s", script,
			      box_text(e));
	if (message != NULL)
		ck_assert_msg(strstr(ty_json_str(e, "message", ""), message) != NULL, "%s: %s",
			      script, box_text(e));
	if (line > 0)
		ck_assert_msg(ty_json_int(e, "line", 0) == line, "%s: %s", script, box_text(e));
	if (line > 0)
		ck_assert_msg(ty_json_int(e, "column", 0) > 0, "%s: %s", script, box_text(e));
	if (column > 0)
		ck_assert_msg(ty_json_int(e, "column", 0) == column, "%s: %s", script, box_text(e));
	ck_assert(strlen(ty_json_str(e, "message", "")) <= 2003);
}

START_TEST(each_bad_expression_says_what_and_where)
{
	json_t *answer, *cell;

	ck_assert_ok(box_ask(box_expressions(bad_expressions[_i].script, "[{\"json\":{}}]"), 5000,
			     &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	check_error(bad_expressions[_i].script, json_object_get(cell, "e"),
		    bad_expressions[_i].name, bad_expressions[_i].message, bad_expressions[_i].line,
		    bad_expressions[_i].column);
	/* And the process goes on. */
	ck_assert_str_eq(box_value("1 + 1", "[{\"json\":{}}]"), "2");
}
END_TEST

#define TWO "[{\"json\":{\"n\":1}},{\"json\":{\"n\":2}}]"

static const struct {
	const char *kind, *code, *items, *answer; /* items of the answer */
} codes[] = {
	{ "code_all", "return items", TWO,
	  "[{\"json\":{\"n\":1},\"from\":0},{\"json\":{\"n\":2},\"from\":1}]" },
	{ "code_all", "const items = [{ a: $min(2, 1) }]; return items", TWO,
	  "[{\"json\":{\"a\":1}}]" },
	{ "code_each", "return { n: item.json.n + $runIndex }", TWO,
	  "[{\"json\":{\"n\":1},\"from\":0},{\"json\":{\"n\":2},\"from\":1}]" },
	{ "code_each", "return { n: $if($json.n > 1, 'b', 'a'), e: $ifEmpty([], $max(1, 2)) }", TWO,
	  "[{\"json\":{\"n\":\"a\",\"e\":2},\"from\":0},{\"json\":{\"n\":\"b\",\"e\":2},\"from\":1}"
	  "]" },
	{ "code_all", "return $input.all()", TWO,
	  "[{\"json\":{\"n\":1},\"from\":0},{\"json\":{\"n\":2},\"from\":1}]" },
	{ "code_all", "return $items.filter(i => i.json.n > 1)", TWO,
	  "[{\"json\":{\"n\":2},\"from\":1}]" },
	{ "code_all", "return [{ json: { a: 1 } }, { json: { a: 2 }, pairedItem: 1 }]", TWO,
	  "[{\"json\":{\"a\":1}},{\"json\":{\"a\":2},\"from\":1}]" },
	{ "code_all", "return [{ json: { a: 1 }, pairedItem: { item: 0 } }]", TWO,
	  "[{\"json\":{\"a\":1},\"from\":0}]" },
	{ "code_all", "return [{ json: { a: 1 }, pairedItem: [1, { item: 0 }, 7, 'x'] }]", TWO,
	  "[{\"json\":{\"a\":1},\"from\":[1,0]}]" },
	{ "code_all", "return [{ json: { a: 1 }, pairedItem: 7 }]", TWO, "[{\"json\":{\"a\":1}}]" },
	{ "code_all", "return { a: 1 }", TWO, "[{\"json\":{\"a\":1}}]" },
	{ "code_all", "return []", TWO, "[]" },
	{ "code_all", "", TWO, "[]" },
	{ "code_all", "const x = await Promise.resolve(5); return [{ x }]", TWO,
	  "[{\"json\":{\"x\":5}}]" },
	{ "code_all", "return Promise.all([1, 2].map(async x => ({ x })))", TWO,
	  "[{\"json\":{\"x\":1}},{\"json\":{\"x\":2}}]" },
	{ "code_all",
	  "let s = 0; for await (const x of [1, Promise.resolve(2)]) s += x; return { s }", TWO,
	  "[{\"json\":{\"s\":3}}]" },
	{ "code_all", "// only a comment", TWO, "[]" },
	{ "code_each", "return { m: $json.n * 2 }", TWO,
	  "[{\"json\":{\"m\":2},\"from\":0},{\"json\":{\"m\":4},\"from\":1}]" },
	{ "code_each", "return $json.n > 1 ? { json: $json } : null", TWO,
	  "[{\"json\":{\"n\":2},\"from\":1}]" },
	{ "code_each", "return { i: $itemIndex, n: await $json.n }", TWO,
	  "[{\"json\":{\"i\":0,\"n\":1},\"from\":0},{\"json\":{\"i\":1,\"n\":2},\"from\":1}]" },
	{ "code_each", "return { t: $now.toMillis() }", "[{\"json\":{}}]",
	  "[{\"json\":{\"t\":1700000000000},\"from\":0}]" },
};

START_TEST(each_code_gives_its_items)
{
	json_t *answer;
	enum ty_code code =
		box_ask(box_code(codes[_i].kind, codes[_i].code, codes[_i].items), 2000, &answer);

	ck_assert_ok(code);
	ck_assert_str_eq(box_text(json_object_get(answer, "items")), codes[_i].answer);
}
END_TEST

static const char *const going_on[] = {
	"if ($json.n === 1) throw new Error('one'); return { n: $json.n }",
	"await 0; if ($json.n === 1) throw new Error('one'); return { n: $json.n }",
	"if ($json.n === 1) throw new Error('one'); return Promise.resolve({ n: $json.n })",
	"return $json.n === 1 ? Promise.reject(new Error('one')) : { n: $json.n }",
};

START_TEST(code_that_goes_on_gives_the_error_of_each_item)
{
	json_t *request = box_code("code_each", going_on[_i], TWO), *answer, *items, *failed;

	json_object_set_new(request, "go_on", json_true());
	ck_assert_ok(box_ask(request, 5000, &answer));
	items = json_object_get(answer, "items");
	ck_assert_uint_eq(json_array_size(items), 2);
	failed = json_array_get(items, 0);
	ck_assert_str_eq(ty_json_str(json_object_get(failed, "e"), "message", ""), "one");
	ck_assert_int_eq(ty_json_int(failed, "from", -1), 0);
	ck_assert_str_eq(box_text(json_array_get(items, 1)), "{\"json\":{\"n\":2},\"from\":1}");
}
END_TEST

static const struct {
	const char *kind, *code, *message;
} bad_codes[] = {
	{ "code_all", "const a = 1;\nthrow new Error('here')", "Error: here (line 2, column " },
	{ "code_all", "\n\n  boom()",
	  "ReferenceError: Can't find variable: boom (line 3, column 3" },
	{ "code_all", "if (", "SyntaxError: Unexpected end of the script (line 1, column 5)" },
	{ "code_all", "let x = ;", "SyntaxError: Unexpected token ';' (line 1, column 9)" },
	{ "code_all", "return 5", "the code returned a number" },
	{ "code_all", "return [1]", "the code returned a number where an object belongs" },
	{ "code_all", "return [{ json: {} }, { a: 1 }]", "some returned items have \"json\"" },
	{ "code_all", "return [{ json: 5 }]", "\"json\" of a returned item is not an object" },
	{ "code_all", "return [{ a: 1n }]", "BigInt" },
	{ "code_all", "return [{ a: '\\u0000' }]", "NUL" },
	{ "code_all", "await new Promise(() => {})", "a promise that is never settled" },
	{ "code_all", "await Promise.reject(new TypeError('no'))", "TypeError: no" },
	{ "code_all", "return fetch('http://localhost')", "Can't find variable: fetch" },
	{ "code_all", "return require('fs')", "there is no module \"fs\" here" },
	{ "code_all", "const q = [];\nfor (const i of itemz) q.push(i);",
	  "itemz (line 2, column 17)" },
	{ "code_all", "import x from 'y'", "import is not possible here; use require('luxon')" },
	{ "code_all", "\nexport default []",
	  "export is not possible here; return the items (line 2" },
	{ "code_all", "return new Set([{ json: {} }])", "the code returned a Set" },
	{ "code_all", "return [new Map()]", "the result is a Map, not data" },
	{ "code_each", "return new Map()", "the result is a Map, not data" },
	{ "code_all", "return process.env", "Can't find variable: process" },
	{ "code_all", "return await import('fs')", NULL },
	{ "code_all", "throw { get message() { throw 1 } }", NULL },
	{ "code_each", "if ($json.n > 1) throw new Error('bad'); return {}",
	  "item 1: Error: bad (line 1" },
	{ "code_each", "await 0; if ($json.n > 1) throw new Error('bad'); return {}",
	  "item 1: Error: bad" },
	{ "code_each", "return [{}]", "item 0: TypeError: the code returned an array" },
};

START_TEST(each_bad_code_says_what_and_where)
{
	json_t *answer;

	ck_assert_msg(box_ask(box_code(bad_codes[_i].kind, bad_codes[_i].code, TWO), 5000,
			      &answer) == TY_E_INVALID,
		      "%s: %s %s", bad_codes[_i].code, fx.err.msg, box_text(answer));
	if (bad_codes[_i].message != NULL)
		ck_assert_msg(strstr(fx.err.msg, bad_codes[_i].message) != NULL, "%s: %s",
			      bad_codes[_i].code, fx.err.msg);
	ck_assert_str_eq(box_value("1 + 1", "[{\"json\":{}}]"), "2");
}
END_TEST

/* Errors of what is not there say what to write instead. */
static const struct {
	const char *code, *hint;
} hints[] = {
	{ "fetch('http://localhost')", "http.request" },
	{ "process.env.HOME", "as a field" },
	{ "$getWorkflowStaticData('global')", "Code has static data" },
	{ "moment()", "luxon" },
	{ "''.isEmpty()", "length === 0" },
	{ "'a'.toTitleCase()", "toUpperCase" },
	{ "'2026-01-01'.toDateTime()", "DateTime.fromISO" },
	{ "$now.format('yyyy')", "toFormat" },
	{ "new AbortController()", "http.request" },
	{ "new Blob(['a'])", "Buffer.from" },
	{ "$now.toISOString()", "toISO()" },
	{ "nobodys()", NULL },
};

START_TEST(each_thing_that_is_not_there_has_a_hint)
{
	json_t *answer;

	ck_assert_int_eq(box_ask(box_code("code_all", hints[_i].code, ONE), 5000, &answer),
			 TY_E_INVALID);
	if (hints[_i].hint == NULL)
		ck_assert_str_eq(fx.err.hint, "");
	else
		ck_assert_msg(strstr(fx.err.hint, hints[_i].hint) != NULL, "%s: %s", hints[_i].code,
			      fx.err.hint);
}
END_TEST

static const struct {
	const char *code, *logs;
} log_rows[] = {
	{ "async function f() { throw new Error('x') }\nf();",
	  "[\"a promise was rejected and nobody awaited it: Error: x\"]" },
	{ "Promise.reject(5); await 0;", "[\"a promise was rejected and nobody awaited it: 5\"]" },
	{ "Promise.reject(5).catch(() => 1);", "[]" },
	{ "queueMicrotask(() => console.log('later')); console.log('now'); await 0;",
	  "[\"now\",\"later\"]" },
};

START_TEST(each_code_leaves_its_log)
{
	json_t *answer;

	ck_assert_ok(box_ask(box_code("code_all", log_rows[_i].code, ONE), 5000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "logs")), log_rows[_i].logs);
}
END_TEST

START_TEST(all_items_and_scripts_go_in_one_message)
{
	json_t *items = ty_json_own(fx.arena, json_array()), *request, *answer, *rows;

	for (int i = 0; i < 1000; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", i));
	request = box_request("expressions", "[]");
	json_object_set(request, "items", items);
	json_object_set_new(
		request, "scripts",
		json_pack("[s, s, s]", "$json.n * 2", "$json.n === 500 ? no : 0", "$itemIndex +"));
	ck_assert_ok(box_ask(request, 5000, &answer));
	rows = json_object_get(answer, "values");
	ck_assert_int_eq((int)json_array_size(rows), 3);
	for (size_t i = 0; i < 1000; i++) {
		json_t *first = json_array_get(json_array_get(rows, 0), i);
		json_t *second = json_array_get(json_array_get(rows, 1), i);

		ck_assert_int_eq((int)ty_json_int(first, "v", -1), 2 * (int)i);
		ck_assert_int_eq(json_object_get(second, "e") != NULL, i == 500);
		ck_assert_ptr_nonnull(
			json_object_get(json_array_get(json_array_get(rows, 2), i), "e"));
	}
}
END_TEST

START_TEST(only_the_indexes_asked_for_are_evaluated)
{
	json_t *request = box_expressions("$json.n", TWO), *answer;

	json_object_set_new(request, "indexes", json_pack("[i]", 1));
	ck_assert_ok(box_ask(request, 2000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "values")), "[[{\"v\":2}]]");
}
END_TEST

static const struct {
	const char *script, *value;
} node_values[] = {
	{ "$('A').item.json.x", "20" },
	{ "$('A').first().json.x", "10" },
	{ "$('A').last().json.x", "20" },
	{ "$('A').all().length", "2" },
	{ "$('A').json.x", "20" },
	{ "$('B').first()", "{\"json\":{}}" },
	{ "$vars.k + $execution.id + $workflow.name", "\"vew\"" },
};

START_TEST(other_nodes_and_facts_are_there)
{
	json_t *request = box_expressions(node_values[_i].script, "[{\"json\":{}}]"), *answer;
	json_t *more = ty_json_own(
		fx.arena,
		json_pack("{s:{s:{s:[{s:{s:i}},{s:{s:i}}], s:[i]}, s:{s:[{s:{}}], s:[n]}},"
			  " s:{s:s}, s:{s:s}, s:{s:s}}",
			  "nodes", "A", "items", "json", "x", 10, "json", "x", 20, "pair", 1, "B",
			  "items", "json", "pair", "vars", "k", "v", "execution", "id", "e",
			  "workflow", "name", "w"));
	json_t *cell;

	json_object_update(request, more);
	ck_assert_ok(box_ask(request, 2000, &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	ck_assert_str_eq(box_text(json_object_get(cell, "v")), node_values[_i].value);
}
END_TEST

START_TEST(an_unknown_pair_is_an_error_that_says_what_to_do)
{
	json_t *request = box_expressions("$('B').item", "[{\"json\":{}}]"), *answer, *cell;

	json_object_set_new(request, "nodes",
			    json_pack("{s:{s:[{s:{}}], s:[n]}}", "B", "items", "json", "pair"));
	ck_assert_ok(box_ask(request, 2000, &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	check_error("$('B').item", json_object_get(cell, "e"), "PairedItemError",
		    "no item of \"B\" belongs to this item", 1, 0);
	json_object_set_new(json_object_get(json_object_get(request, "nodes"), "B"), "broken",
			    json_string("C"));
	ck_assert_ok(box_ask(request, 5000, &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	check_error("$('B').item", json_object_get(cell, "e"), "PairedItemError",
		    "because \"C\" gave its items without pairedItem", 1, 0);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_chance)
{
	const char *script = "[Math.random(), Math.random()]";
	json_t *request = box_expressions(script, "[{\"json\":{}}]"), *answer, *other;
	/* Come by without its name, it is not the request's, but the same each time. */
	const char *made_up =
		"[]['con'+'structor']['con'+'structor']('return th'+'is')()['Ma'+'th']"
		".random()";
	const char *first = box_value(script, "[{\"json\":{}}]");

	ck_assert_str_eq(box_value(script, "[{\"json\":{}}]"), first);
	ck_assert_str_eq(box_value(made_up, "[{\"json\":{}}]"),
			 box_value(made_up, "[{\"json\":{}}]"));
	json_object_set_new(request, "seed", json_string("another"));
	ck_assert_ok(box_ask(request, 2000, &answer));
	other = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	ck_assert_str_ne(box_text(json_object_get(other, "v")), first);
}
END_TEST

/* Strict readers refuse them, so they are replaced, and counted. */
START_TEST(halves_of_surrogate_pairs_are_told)
{
	json_t *answer;

	ck_assert_ok(
		box_ask(box_code("code_all", "return [{ a: 'x\\ud83dy', '\\udc00': [1e19] }]", ONE),
			5000, &answer));
	ck_assert_str_eq(
		box_text(json_object_get(answer, "items")),
		"[{\"json\":{\"a\":\"x\xef\xbf\xbdy\",\"\xef\xbf\xbd\":[10000000000000000000]}}]");
	ck_assert_int_eq(ty_json_int(answer, "half_pairs", 0), 2);
	ck_assert_ok(box_ask(box_expressions("'\\ud83d' + 'z'", ONE), 5000, &answer));
	ck_assert_int_eq(ty_json_int(answer, "half_pairs", 0), 1);
	ck_assert_ok(box_ask(box_expressions("'\\ud83d\\ude00'", ONE), 5000, &answer));
	ck_assert_ptr_null(json_object_get(answer, "half_pairs"));
}
END_TEST

static const struct {
	const char *script;
	bool is_body;
	int line, column; /* 0 = no error */
} checks[] = {
	{ "$json.a", false, 0, 0 },
	{ "$json.a;", false, 0, 0 },
	{ "({a:1})", false, 0, 0 },
	{ "return 1", false, 1, 1 },
	{ "return 1", true, 0, 0 },
	{ "return await x", true, 0, 0 },
	{ "1 + ", false, 1, 4 },
	{ "a;b", false, 1, 0 },
	{ "1); f(); (2", false, -1, 0 },
	{ "}); (function(){", true, -1, 0 },
	{ "const a = 1;\nlet a = 2;", true, 2, 0 },
	{ "if (x) {\n  y(\n}", true, 3, 1 },
};

START_TEST(check_looks_at_syntax_only)
{
	json_t *answer, *error;
	json_t *request = ty_json_own(fx.arena, json_pack("{s:s, s:[s], s:[b]}", "kind", "check",
							  "scripts", checks[_i].script, "bodies",
							  (int)checks[_i].is_body));

	ck_assert_ok(box_ask(request, 2000, &answer));
	error = json_array_get(json_object_get(answer, "errors"), 0);
	ck_assert_msg(json_is_null(error) == (checks[_i].line == 0), "%s: %s", checks[_i].script,
		      box_text(error));
	if (checks[_i].line > 0)
		check_error(checks[_i].script, error, "SyntaxError", NULL, checks[_i].line,
			    checks[_i].column);
}
END_TEST

START_TEST(the_log_is_kept_and_has_a_limit)
{
	json_t *answer, *logs;

	ck_assert_ok(box_ask(
		box_code("code_all", "console.log('a', { b: 1 }, null, undefined, 10n)", TWO), 2000,
		&answer));
	logs = json_object_get(answer, "logs");
	ck_assert_str_eq(box_text(logs), "[\"a { b: 1 } null undefined 10n\"]");
	ck_assert_ok(box_ask(box_code("code_all",
				      "for (let i = 0; i < 1e5; i++) console.log('x'.repeat(1000))",
				      TWO),
			     5000, &answer));
	logs = json_object_get(answer, "logs");
	ck_assert_int_lt((int)ty_json_size_bytes(logs), 70 * 1024);
	ck_assert_ptr_nonnull(strstr(box_text(logs), "64 KiB of log is the most"));
}
END_TEST

BOX_TEST_MAIN("sandbox.dialect", {
	TEST_LOOP(each_expression_gives_its_value, values);
	TEST_LOOP(each_bad_expression_says_what_and_where, bad_expressions);
	TEST_LOOP(each_code_gives_its_items, codes);
	TEST_LOOP(code_that_goes_on_gives_the_error_of_each_item, going_on);
	TEST_LOOP(each_bad_code_says_what_and_where, bad_codes);
	TEST_LOOP(each_thing_that_is_not_there_has_a_hint, hints);
	TEST(halves_of_surrogate_pairs_are_told);
	TEST_LOOP(each_code_leaves_its_log, log_rows);
	TEST(all_items_and_scripts_go_in_one_message);
	TEST(only_the_indexes_asked_for_are_evaluated);
	TEST_LOOP(other_nodes_and_facts_are_there, node_values);
	TEST(an_unknown_pair_is_an_error_that_says_what_to_do);
	TEST(the_same_seed_gives_the_same_chance);
	TEST_LOOP(check_looks_at_syntax_only, checks);
	TEST(the_log_is_kept_and_has_a_limit);
})
