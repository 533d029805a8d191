/*
 * Each script sees the data as it came: which scripts count as readers, and what the real program
 * shows to those that are none.
 */
#include "integration/sandbox/fixture.h"

#include "touch.h"

static enum touch
touch_of(const char *script)
{
	unsigned short wide[4096];
	size_t len = strlen(script);

	ck_assert_uint_lt(len, TY_ARRAY_COUNT(wide));
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)script[i];
	return touch(wide, len);
}

/* clang-format off */

static const char *const readers[] = {
	"$json.a", "", "  ", "$json.a.b[0]['c d'] ?? 'none'", "$json?.a?.[0]?.b",
	"$json.l.map(v => v)[0]", "$json.l.filter((v, i) => v > 1 && i < 3).length",
	"$json.l.reduce((a, v) => a + v.n, 0)", "$json.l.map(Number)", "$json.l.filter(Boolean)",
	"new Date($json.d).toLocaleDateString('de-DE')",
	"DateTime.fromISO($json.d).plus({ days: 1 }).toISO()",
	"`a ${$json.n} b ${`c ${$json.m.trim()}`}`",
	"/[/\"']+/g.test($json.s) ? 1 : 2", "$json.s.replace(/a\\/b/g, '-').split('/')",
	"$json.a / 2 / $json.b", "({ ...$json, a: 1, b: [1, [2, 3]] })", "[...$json.l, 4].length",
	"$json.x ? [1] : [2]",
	"Object.keys($json).length", "Object.entries($json).map(([k, v]) => `${k}=${v}`).join('&')",
	"JSON.stringify($json, null, 2)", "JSON.parse($json.s).a", "Math.max(...$json.l)",
	"$('start').first().json.l[0]", "$input.all().map(i => i.json.n)", "$json.l[$itemIndex]",
	"[...new Set($json.l)]", "new Map($json.l).get('a')", "Array.from({ length: 3 }, (_, i) => i)",
	"(() => { const { a, b } = $json; const [c] = $json.l; return a + b + c; })()",
	"(() => { let s = 0; for (const x of $json.l) s += x; return s; })()",
	"(function () { let n = 0; for (let i = 0; i < 3; i++) { n++; } return n; })()",
	"// a comment\n$json.a /* another */ + 1", "typeof $json.a === 'string' || void 0",
	"$json.l.toSorted((a, b) => a - b)[0]", "$json.l.toReversed()", "1.5.toFixed(1) + 0x1f",
	"(() => { try { return JSON.parse($json.s) } catch (e) { return e.message } })()",
	"const { issue, n } = $json.body;\nreturn { n, title: issue.title.toUpperCase() };",
	"$json.a?.5:1",
};

static const char *const changers[] = {
	"$json.l.reverse()[0]", "$json.l.splice(0, 1)", "$json.l.sort()", "$json.l.map(x => x).sort()",
	"[...$json.l].push(1)", "$json.l.push(...$json.m)", "$('a').first().json.l.pop()",
	"$json.l?.shift()", "$json.l . unshift (1)", "$json.l.fill(0)", "$json.l.copyWithin(0, 1)",
};

static const char *const others[] = {
	/* what assigns */
	"$json.a = 1", "$json['a'] = 1", "$json.a += 1", "$json.a++", "++$json.a", "$json.a--",
	"$json.a ||= 1", "a = $json.l", "a ?\?= $json.l", "delete $json.a", "[$json.a] = [1]",
	"({ a: $json.a } = { a: 1 })", "(() => { for ($json.a of [1]); })()", "x\n++$json.a",
	"(() => { for ($json.a in { b: 1 }); })()", "(a = $json.l) => a", "$json.l[0]++",
	/* functions that are not known */
	"f($json)", "$json.f()", "$json[$json.k]", "$json[$json.k]()", "$json['reverse']()",
	"$json['rev' + 'erse']()", "$json.l['reverse']", "$json.l.reverse", "$json.l['\\x72everse']()",
	"($json.l.reverse)()", "$json.l.reverse?.()", "$json.l.reverse`a`", "[].reverse.call($json.l)",
	"const { reverse } = $json.l", "[0].map([].reverse, $json.l)", "Reflect.apply(f, $json)",
	"Object.assign($json, { a: 1 })", "const f = Object.assign; f($json, {})", "Object",
	"[$json].map(Object.freeze)", "const { assign } = Object", "Object['assign']($json, {})",
	"({}).constructor.assign($json, {})", "({})['constructor'].assign($json, {})",
	"const C = {}['con' + 'structor']", "eval('1')", "Function('1')", "globalThis.x", "this.x",
	"const Number = 1", "((Number) => Number($json, { a: 1 }))(g)", "function Number(a) {}",
	"({ map(Number) { return Number($json) } })", "((String) => 1)(1)", "const Math = g",
	"const { Number } = g", "catch (Number) {}", "new Proxy($json, {})", "new f($json)",
	"class A {}", "async () => 1", "function* g() {}", "$json.__proto__", "$json['__proto__']",
	"({ ['slice']: 1 }).slice($json)", "arguments[0]", "import('a')", "with ($json) a",
	"Array.prototype.map", "$now.x = 1", "luxon.Settings", "Settings.defaultZone",
	/* where a token's end is in doubt */
	"1 <!-- a", "1 --> 0", "$json.a\\u0062", "'open", "`open", "/* open", "/open", "(1", "1)", "(1]",
	"if (1) /'/.a; '", "{} /'/.a; '", "\xa0", "$json.l\xa0.reverse()", "of / $json.l.reverse() / 1",
	"(() => { if (of / $json.l.reverse() / 1) 2 })()", "0x5.constructor", "1e5.constructor",
	"5..constructor", "$json.l.find(x => x)()",
};

/* clang-format on */

START_TEST(each_of_these_reads)
{
	ck_assert_msg(touch_of(readers[_i]) == TOUCH_READS, "%s", readers[_i]);
}
END_TEST

START_TEST(each_of_these_changes_arrays)
{
	ck_assert_msg(touch_of(changers[_i]) == TOUCH_CHANGES, "%s", changers[_i]);
}
END_TEST

START_TEST(each_of_these_may_do_anything)
{
	ck_assert_msg(touch_of(others[_i]) == TOUCH_ANY, "%s", others[_i]);
}
END_TEST

START_TEST(no_text_leads_out_of_bounds)
{
	static const char chars[] = "a.()[]{}'\"`$/\\*+-=<>!?:,; \n0of";
	uint64_t dice = 1;

	for (int round = 0; round < 20000; round++) {
		unsigned short *exact;
		size_t len = (size_t)round % 24;

		exact = malloc(len > 0 ? len * sizeof(*exact) : 1);
		for (size_t i = 0; i < len; i++) {
			dice = dice * 6364136223846793005U + 1442695040888963407U;
			exact[i] = (unsigned char)chars[(dice >> 33) % (sizeof(chars) - 1)];
		}
		ck_assert_int_le((int)touch(exact, len), TOUCH_ANY);
		free(exact);
	}
}
END_TEST

#define LIST  "{\"json\":{\"l\":[4,5,6],\"o\":{\"a\":[1]}}}"
#define THREE "[" LIST "," LIST "," LIST "]"

/* Asked together, over three items, and "start" has the same three. */
static const struct {
	const char *scripts[6], *values;
} shared[] = {
	{ { "$json.l.reverse()[0]", "$json.l.map(v => v)[0]", "$json.l.splice(0,1)[0]",
	    "$json.l.length" },
	  "[6,6,6][4,4,4][4,4,4][3,3,3]" },
	{ { "$('start').first().json.l.reverse()[0]", "$('start').last().json.l.push(7)",
	    "$('start').item.json.l.length" },
	  "[6,6,6][4,4,4][3,3,3]" },
	{ { "$input.all()[2].json.l.pop()", "$items[2].json.l.length", "$input.last().json.l[2]" },
	  "[6,6,6][3,3,3][6,6,6]" },
	{ { "$json.o.a[0]++", "$json.o.a[0]", "Object.assign($json.o, { b: 1 }).b", "$json.o.b" },
	  "[1,1,1][1,1,1][1,1,1][null,null,null]" },
	{ { "delete $json.l", "$json.l.length" }, "[true,true,true][3,3,3]" },
	{ { "$vars.list.push(1)", "$vars.list.length", "($workflow.name = 'x')", "$workflow.name" },
	  "[1,1,1][0,0,0][\"x\",\"x\",\"x\"][\"w\",\"w\",\"w\"]" },
	{ { "new Function('return $vars')().list.push(1)", "$vars.list.length" },
	  "[1,1,1][0,0,0]" },
	/* A builtin that one script changed is no way to the data of another. */
	{ { "(Object.prototype.toJSON = function () { return 1 }, 0)", "$json.l.push(8)" },
	  "[0,0,0][4,4,4]" },
	{ { "(Array.prototype.map = function () { return this.pop() }, 0)", "$json.l.map(x => x)",
	    "$json.l.length" },
	  "[0,0,0][6,6,6][3,3,3]" },
	{ { "(g = $json).l.push(1)", "(typeof g, $json.l.length)", "g.l.push(2)",
	    "$json.l.length" },
	  "[4,4,4][3,3,3][5,6,7][3,3,3]" },
	/* One evaluation sees its own changes, by whatever way. */
	{ { "($json.l.push(9), $input.item.json.l.length)", "$json === $input.item.json" },
	  "[4,4,4][true,true,true]" },
};

static json_t *
shared_request(size_t i)
{
	json_t *request = box_request("expressions", THREE), *scripts = json_array();

	for (size_t s = 0; s < TY_ARRAY_COUNT(shared[i].scripts) && shared[i].scripts[s] != NULL;
	     s++)
		json_array_append_new(scripts, json_string(shared[i].scripts[s]));
	json_object_set_new(request, "scripts", scripts);
	json_object_set_new(request, "nodes",
			    json_pack("{s:{s:O, s:[i, i, i]}}", "start", "items",
				      json_object_get(request, "items"), "pair", 0, 1, 2));
	json_object_set_new(request, "vars", json_pack("{s:[]}", "list"));
	json_object_set_new(request, "workflow", json_pack("{s:s}", "name", "w"));
	return request;
}

START_TEST(each_script_and_item_sees_the_data_as_it_came)
{
	json_t *answer, *row, *cell;
	char text[512] = "";
	size_t s, n;

	ck_assert_ok(box_ask(shared_request((size_t)_i), 2000, &answer));
	json_array_foreach(json_object_get(answer, "values"), s, row)
	{
		json_array_foreach(row, n, cell)
		{
			json_t *value = json_object_get(cell, "v");

			ck_assert_msg(json_object_get(cell, "e") == NULL, "%s", box_text(answer));
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 n > 0 ? "," : "[", value != NULL ? box_text(value) : "null");
		}
		strncat(text, "]", sizeof(text) - strlen(text) - 1);
	}
	ck_assert_str_eq(text, shared[_i].values);
}
END_TEST

static const struct {
	const char *code, *items;
} turns[] = {
	{ "return { n: $input.first().json.l.push(1) }", "4 4 4" },
	{ "$input.all().forEach(i => i.json.l.pop()); return { n: $json.l.length }", "2 2 2" },
	{ "await 0; $items[2].json.l.reverse(); return { n: $items[2].json.l[0] }", "6 6 6" },
	{ "$json.l.push(1); return { n: $json.l.length + $input.item.json.l.length }", "8 8 8" },
	{ "globalThis.all ?\?= []; all.push($json); all[0].l.push(1);"
	  " return { n: $input.first().json.l.length }",
	  "4 3 3" },
};

START_TEST(each_turn_of_code_sees_the_data_as_it_came)
{
	json_t *answer, *item;
	char text[64] = "";
	size_t i;

	ck_assert_ok(box_ask(box_code("code_each", turns[_i].code, THREE), 2000, &answer));
	json_array_foreach(json_object_get(answer, "items"), i, item)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i > 0 ? " " : "",
			 (int)ty_json_int(json_object_get(item, "json"), "n", -1));
	ck_assert_str_eq(text, turns[_i].items);
}
END_TEST

BOX_TEST_MAIN("sandbox.touch", {
	TEST_LOOP(each_of_these_reads, readers);
	TEST_LOOP(each_of_these_changes_arrays, changers);
	TEST_LOOP(each_of_these_may_do_anything, others);
	TEST(no_text_leads_out_of_bounds);
	TEST_LOOP(each_script_and_item_sees_the_data_as_it_came, shared);
	TEST_LOOP(each_turn_of_code_sees_the_data_as_it_came, turns);
})
