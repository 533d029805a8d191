/*
 * Which scripts count as harmless, and that the realm which answers those is like a fresh one: the
 * same answers, whatever was asked before.
 *
 * A request of which one script is not harmless is answered in a fresh realm as a whole, so
 * the same scripts and FRESH are asked there.
 */
#include "integration/sandbox/fixture.h"

#include "base/buf.h"
#include "harmless.h"

/* A script that is not harmless, and gives a value. */
#define FRESH "`0`"

/* Random, but the same each time. */
struct dice {
	uint64_t state;
};

static unsigned int
roll(struct dice *dice, unsigned int sides)
{
	dice->state = dice->state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned int)(dice->state >> 33) % sides;
}

static bool
is_harmless(const char *script)
{
	unsigned short wide[4096];
	size_t len = strlen(script);

	ck_assert_uint_lt(len, TY_ARRAY_COUNT(wide));
	for (size_t i = 0; i < len; i++)
		wide[i] = (unsigned char)script[i];
	return harmless(wide, len);
}

static const char *const harmless_scripts[] = {
	"$json.body.amount > 100",
	"$json.a",
	"  $json . a\n\t.b\r\n",
	"$json?.a?.b",
	"$json['a'][\"b c\"][ 0 ]",
	"$json.a[0].b",
	"$json.a === 'x' && $json.b !== \"y\" || !$json.c",
	"($json.a + 1) * 2 - $json.b / 3 % 4",
	"$json.a >= 1 ? $json.b : $json.c",
	"$json.a?1:2",
	"$json.a ?? 'none'",
	"\"Hello \" + $str(($json.name)) + \"!\"",
	"$str ($json.a)",
	"$str($vars.a, $execution.id)",
	"$workflow.name + $itemIndex",
	"typeof $json.a === 'string'",
	"typeof ($json.a)",
	"true",
	"false",
	"null",
	"undefined",
	"5",
	"1.5",
	"'a//b`c${d}'",
	"!!$json.a",
	"-1 < $json.a",
	"$json.a == null",
	"'a' < 'b'",
	"$json.__proto__",
	"$json.constructor",
	"$json.name.trim().toUpperCase()",
	"$json.tags.includes('a')",
	"$json.tags.slice(1, 2).join(', ')",
	"'a,b'.split(',')[0]",
	"($json.name).startsWith('A')",
	"$json.a.toFixed(2)",
	"$json.a . trim ()",
	"$now.toISO()",
	"$today.toFormat('yyyy-MM-dd')",
	"$now.year + $now.month",
	"{ \"n\": $json.body.n }",
	"{}",
	" { } ",
	"[]",
	"[ ]",
	"[$json.a, 1, ['x'], { b: [] }]",
	"{ a: 1, 'b c': $json.b ? { $c: 2 } : null, \"d\": [1, 2][0] }",
	"{ a: $json.a }.a",
	"[$json.a, $json.b].join(', ')",
	"typeof {}",
	"$str({ a: 1 }) + $str([])",
	"($json.a ?? { a: [] }).a",
	"[1]",
	"({})",
	"$json.a, [1]",
	"{ a: (1, 2), b: 3 }",
};

START_TEST(each_of_these_is_harmless)
{
	ck_assert_msg(is_harmless(harmless_scripts[_i]), "%s", harmless_scripts[_i]);
}
END_TEST

/* At least one per construct; most are assignments, calls and escapes in some disguise. */
static const char *const other_scripts[] = {
	/* what assigns */
	"$json = 1",
	"$json.a = 1",
	"$json.a += 1",
	"$json.a **= 2",
	"$json.a >>= 1",
	"$json.a >>>= 1",
	"$json.a <<= 1",
	"$json.a &&= 1",
	"$json.a ||= 1",
	"$json.a ?"
	"?= 1",
	"$json.a |= 1",
	"$json.a /= 2",
	"$json.a++",
	"++$json.a",
	"$json.a--",
	"-- $json.a",
	"$json.a\n++",
	"delete $json.a",
	"[$json.a] = [1]",
	"({ a: $json.a } = { a: 1 })",
	"$json.a %= 2",
	"$json.a -= 1",
	"$json.a *= 2",
	"$json.a ^= 1",
	/* objects and lists that are more than values */
	"{ toJSON: $json.constructor }",
	"{ 'x': { \"toJSON\": ''.match } }",
	"'' + { 'toString': $json.constructor }",
	"{ valueOf: $json.constructor } + 1",
	"{ __proto__: $now }",
	"{ \"__proto__\": $now }",
	"{ then: $json.constructor }",
	"{ get a() { return 1 } }",
	"{ a() { return 1 } }",
	"{ async a() { return 1 } }",
	"{ *a() { } }",
	"{ a: 1, get b() { return 1 } }",
	"{ [$json.a]: 1 }",
	"{ ...$json }",
	"[...$json.a]",
	"{ $json }",
	"{ a }",
	"{ a: x }",
	"{ a: () => 1 }",
	"{ '\\u0074oJSON': 1 }",
	"{ a: 1; b: 2 }",
	"{ a: 1 } = 2",
	"[(1])",
	"{ a: (1} )",
	"$json.a { }",
	"{}()",
	"[]()",
	"{ 'a': 1, }",
	/* what makes code, or runs it */
	"() => 1",
	"x => 1",
	"(function () {})()",
	"function f() {}",
	"class A {}",
	"new Date()",
	"async () => 1",
	"eval('1')",
	"Function('1')()",
	"$json.constructor.constructor('1')()",
	"$json.a()",
	"$json.map($json.b)",
	"$json.a.toString()",
	"$json.a.push(1)",
	"$json['push'](1)",
	"$json['trim']()",
	"$json[0]()",
	"($json.a.trim)()",
	"$json.a.trim()()",
	"$json?.a?.(1)",
	"$json.a.trim?.()",
	"$json.a?.()",
	"5(1)",
	"'a'('b')",
	"true()",
	"$json(1)",
	"$json`a`",
	"`a`",
	"`${$json.a}`",
	"$json.a.trim`a`",
	"$json.a.call()",
	"$json.a.bind()",
	"$json.a.apply()",
	"$json.a.constructor('1')",
	"$json.a.replace('a', 'b')",
	"$json.a.sort()",
	"$json.a.reverse()",
	"$json.a.splice(0)",
	"$json.a.fill(0)",
	"$json.a.concat(1)",
	"$json.__defineGetter__('a', $str)",
	"$json.a.repeat(100)",
	"$str",
	"$str.a",
	"$str.constructor('1')",
	"$str()()",
	"import('fs')",
	"import.meta",
	"new.target",
	"super.a",
	"this",
	"this.a",
	"arguments",
	"arguments[0]",
	"await 1",
	"yield 1",
	"throw 1",
	"return 1",
	"void 0",
	"debugger",
	"$json in $json",
	"$json instanceof $json",
	/* names that are not the request's */
	"x",
	"globalThis",
	"Math.random()",
	"Date",
	"Object.prototype",
	"$now.startOf('day')",
	"$now.constructor.now()",
	"$now.setZone('utc')",
	"$today.startOf('day')",
	"$now.toLocaleString()",
	"$input.all()",
	"$('A')",
	"$items",
	"$jsonx",
	"json",
	"$",
	"console.log(1)",
	"RegExp.$1",
	"NaN",
	"luxon",
	"$json.a && x",
	"typeofx",
	"nullx",
	"Array",
	"JSON",
	"_",
	/* lists, objects, patterns, spread */
	"[...$json]",
	"$json.a[$json.b]",
	"$json.a[1 + 1]",
	"$json.a[-1]",
	"$json.a['b'",
	"$json.a[]",
	"$json.a['b']]",
	"$json.a[['b']]",
	"$json?.['a']",
	"$json.a[0, 1]",
	"$json.a[0x1]",
	"$json.a[`b`]",
	"$json.a['b' + 'c']",
	/* where a token ends is another question */
	"/a/",
	"/a/.test($json.a)",
	"($json.a) / /b/",
	"!/a/",
	"typeof /a/",
	"$json.a // b",
	"$json.a /* b */",
	"$json.a <!-- b",
	"$json.a\n--> b",
	"$json.a\n-->b",
	"$json.a <!--('b')",
	"'a\\'b'",
	"'a\\u0027'",
	"'a\nb'",
	"'a\rb'",
	"'a",
	"\"a'",
	"\\u0061",
	"$json.\\u0061",
	"$json.#a",
	"$json.a /\n/ 2",
	"$json. 5",
	"$json..a",
	".5",
	"5.",
	"5.a",
	"5..trim()",
	"1e5",
	"0x1",
	"1n",
	"1_000",
	"1.5.trim()",
	"$json.a?.5:1",
	"$json.a ?? .5",
	"$json.",
	"$json?.",
	"?.a",
	".a",
	"5a",
	"$json.a;",
	"a;b",
	"$json.a ; $json.b",
	"@",
	"#a",
	"$json.a & 1",
	"$json.a | 1",
	"~1",
	"$json.a ^ 1",
	"$json.a << 1",
	"$json.a >> 1",
	"$json.a >>> 1",
	"$json.a ** 2",
	"$json.a => 1",
	"$json.a === = 1",
	"$json.a ==== 1",
	"$json.a => $json.b",
	"$json.a ... $json.b",
	"$json.a<!$json.b",
	"$json.\xe9",
	"\xe9",
	"$json.a\xa0",
	"$json\v",
	"$json\f",
	"$json.a\x01",
	/* out of the wrapper */
	")",
	"(",
	"(()",
	"1); f(); (2",
	"1)}); f(); (function(){return(2",
	"(1))(",
	"}",
	"{",
	"$json.a) + ($json.b",
	")(",
	"('a'",
	"$json.a]",
	"[",
	"]",
	/* words of statements */
	"if (1) 2",
	"for (;;) 1",
	"while (1) 2",
	"do 1",
	"a: 1",
	"let x",
	"var x",
	"const x",
	"with (x) 1",
};

START_TEST(each_of_these_is_not)
{
	ck_assert_msg(!is_harmless(other_scripts[_i]), "%s", other_scripts[_i]);
}
END_TEST

START_TEST(no_character_but_these_is_harmless_on_its_own)
{
	for (unsigned int c = 0; c <= 0xffff; c++) {
		unsigned short script = (unsigned short)c;
		bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
		bool is_token = c < 128 && c != 0 && strchr("0123456789+-*%<>!?:,", (int)c) != NULL;

		ck_assert_msg(harmless(&script, 1) == (is_space || is_token), "U+%04X", c);
	}
}
END_TEST

/* Data with the names of what it could be mistaken for. */
#define ODD_ITEMS                                                                                  \
	"[{\"json\":{\"a\":1,\"b\":{\"c\":[1,\"x\",null,[2]],\"d\":-0.5},\"s\":\" Text "           \
	"\",\"n\":null,"                                                                           \
	"\"toString\":5,\"valueOf\":{},\"toJSON\":\"j\",\"__proto__\":{\"p\":1},\"length\":3,"     \
	"\"constructor\":\"k\",\"slice\":7,\"t\":true,\"l\":[\"q\",\"r\"]}},{\"json\":{}}]"

static const char *const leaves[] = {
	"$json.a",
	"$json.b.c",
	"$json.b.c[1]",
	"$json?.n?.x",
	"$json.n.x",
	"$json.s",
	"$json.l",
	"$json.b",
	"$json['toString']",
	"$json.__proto__",
	"$json.constructor.name",
	"$json.length",
	"$itemIndex",
	"$vars.k",
	"$execution.id",
	"$workflow.none",
	"true",
	"null",
	"undefined",
	"5",
	"0.25",
	"'te\"xt'",
	"\"\"",
	"$json",
	"$vars",
	"$json.b.c.length",
	"$json.l.constructor.constructor",
	"$json.toJSON",
	"$now",
	"$now.toISO()",
	"$today.toFormat('yyyy LLL')",
	"$now.weekday",
	"$now.zone.name",
	"$today.ts",
	"$now.c",
	"$now.constructor.name",
};
static const char *const binaries[] = { "+",  "-",  "*",   "/",	  "%",	"<",  ">",  "<=",
					">=", "==", "===", "!==", "&&", "||", "??", "!=" };
static const char *const calls[] = { ".trim()",	     ".toUpperCase()", ".includes(", ".slice(",
				     ".split(",	     ".indexOf(",      ".join(",     ".toFixed(",
				     ".startsWith(", ".charAt(" };

static void
grow(struct dice *dice, struct ty_buf *buf, int depth)
{
	unsigned int kind = depth <= 0 ? 0 : roll(dice, 8);
	const char *call;

	if (kind <= 1) {
		ty_buf_add_str(buf, leaves[roll(dice, TY_ARRAY_COUNT(leaves))]);
		return;
	}
	if (kind >= 6) {
		ty_buf_add_str(buf, kind == 6 ? "[" : "{ \"k\": ");
		grow(dice, buf, depth - 1);
		ty_buf_add_str(buf, kind == 6 ? ", " : ", a: ");
		grow(dice, buf, depth - 1);
		ty_buf_add_str(buf, kind == 6 ? "]" : " }");
		return;
	}
	ty_buf_add_str(buf, kind == 2 ? "$str(" : kind == 3 ? "!(" : "(");
	grow(dice, buf, depth - 1);
	if (kind == 4) {
		ty_buf_add_str(buf, ") ? (");
		grow(dice, buf, depth - 1);
		ty_buf_add_str(buf, ") : (");
		grow(dice, buf, depth - 1);
	}
	ty_buf_add_str(buf, ")");
	if (kind != 5)
		return;
	if (roll(dice, 2) == 0) {
		ty_buf_add_str(buf, " ");
		ty_buf_add_str(buf, binaries[roll(dice, TY_ARRAY_COUNT(binaries))]);
		ty_buf_add_str(buf, " (");
		grow(dice, buf, depth - 1);
		ty_buf_add_str(buf, ")");
		return;
	}
	call = calls[roll(dice, TY_ARRAY_COUNT(calls))];
	ty_buf_add_str(buf, call);
	if (strchr(call, ')') != NULL)
		return;
	grow(dice, buf, depth - 1);
	ty_buf_add_str(buf, ")");
}

/* The rows of a request's scripts; 'last' may be one more script, whose row is left out. */
static const char *
rows_of(json_t *scripts, const char *last)
{
	json_t *request = box_request("expressions", ODD_ITEMS), *answer, *rows;

	scripts = json_copy(scripts);
	if (last != NULL)
		json_array_append_new(scripts, json_string(last));
	json_object_set_new(request, "scripts", scripts);
	json_object_set_new(request, "vars", json_pack("{s:s}", "k", "v"));
	json_object_set_new(request, "execution", json_pack("{s:s}", "id", "e1"));
	ck_assert_ok(box_ask(request, 5000, &answer));
	rows = json_object_get(answer, "values");
	if (last != NULL)
		json_array_remove(rows, json_array_size(rows) - 1);
	return box_text(rows);
}

#define ROUNDS		  40
#define SCRIPTS_PER_ROUND 25

START_TEST(a_kept_realm_answers_as_a_fresh_one)
{
	struct dice dice = { .state = 20231114 };

	for (int round = 0; round < ROUNDS; round++) {
		json_t *scripts = ty_json_own(fx.arena, json_array());

		for (int i = 0; i < SCRIPTS_PER_ROUND; i++) {
			struct ty_buf buf;

			ty_buf_init(&buf, fx.arena, 256);
			do {
				buf.len = 0;
				grow(&dice, &buf, 4);
			} while (buf.len > 2000);
			ck_assert_msg(is_harmless(buf.data), "%s", buf.data);
			json_array_append_new(scripts, json_string(buf.data));
		}
		ck_assert_str_eq(rows_of(scripts, NULL), rows_of(scripts, FRESH));
	}
}
END_TEST

/* Pieces of what could be harmful, thrown together; now and then it parses. */
static const char *const pieces[] = {
	"$json",
	".a",
	"['b']",
	"=",
	" = 5",
	"(",
	")",
	"()",
	"[0]",
	".constructor",
	"+",
	"++",
	"--",
	"=>",
	"`",
	"$str",
	"delete ",
	"typeof ",
	"/",
	"'x'",
	"?.",
	"?",
	":",
	",",
	"!",
	".b",
	".push(9)",
	".c",
	"\n",
	"//",
	"/*",
	"*/",
	"<!--",
	"-->",
	"\\",
	"\"",
	"'",
	";",
	"{",
	"}",
	"{ a: ",
	"toJSON: ",
	"[",
	"]",
	"this",
	"$vars",
	".k",
	"5",
	".__proto__",
	"Object",
	".prototype",
	"x",
	"new ",
	"$json.b.c.pop()",
	"$json.__proto__.z = 1",
	"in",
	".trim",
	".slice(0)",
	".join()",
	"&&",
	"||",
	"??",
	"eval('y = 1')",
	"...",
	"[",
	"]",
	"$workflow",
};

static const char *const battery[] = {
	"$json.a",
	"$json.b",
	"$json.b.c",
	"$json.z",
	"$vars",
	"$vars.k",
	"$json.s.trim()",
	"$json.l.z",
	"$json.l.slice(0)",
	"$json.l.join()",
	"$str($json.b)",
	"$str(5)",
	"$workflow",
	"$json.l.constructor.z",
	"$json.l.__proto__.z",
	"'a'.z",
	"$json.b.c.constructor.name",
	"$itemIndex",
	"$execution.id",
	"$json.n.x",
	"$json.s.constructor.prototype.z",
};

START_TEST(nothing_thrown_together_changes_a_kept_realm)
{
	struct dice dice = { .state = 42 };
	json_t *asked = ty_json_own(fx.arena, json_array());
	const char *first;
	pid_t pid;

	for (size_t i = 0; i < TY_ARRAY_COUNT(battery); i++) {
		ck_assert_msg(is_harmless(battery[i]), "%s", battery[i]);
		json_array_append_new(asked, json_string(battery[i]));
	}
	first = rows_of(asked, NULL);
	pid = box.pid;
	for (int round = 0; round < 600; round++) {
		struct ty_buf buf;
		json_t *scripts = ty_json_own(fx.arena, json_array());

		ty_buf_init(&buf, fx.arena, 128);
		for (unsigned int n = 1 + roll(&dice, 6); n > 0; n--)
			ty_buf_add_str(&buf, pieces[roll(&dice, TY_ARRAY_COUNT(pieces))]);
		json_array_append_new(scripts, json_string(buf.data));
		ck_assert_str_eq(rows_of(scripts, NULL), rows_of(scripts, FRESH));
		if (round % 10 == 0)
			ck_assert_msg(strcmp(rows_of(asked, NULL), first) == 0, "%s", buf.data);
	}
	ck_assert_str_eq(rows_of(asked, NULL), first);
	ck_assert_int_eq(box.pid, pid);
}
END_TEST

/* More different scripts than are kept compiled, each twice, and one too long to be. */
START_TEST(many_scripts_get_their_own_answers)
{
	char *longest = ty_arena_alloc(fx.arena, 3001);

	for (int i = 0; i < 1200; i++) {
		const char *script = ty_arena_printf(fx.arena, "$json.n + %d", i % 600);
		const char *value = ty_arena_printf(fx.arena, "%d", i % 600 + 1);

		ck_assert_str_eq(box_value(script, "[{\"json\":{\"n\":1}}]"), value);
	}
	memset(longest, ' ', 3000);
	longest[2999] = '7';
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(box_value(longest, "[{\"json\":{}}]"), "7");
}
END_TEST

/* Facts of a request that the next does not bring. */
START_TEST(facts_are_not_kept)
{
	json_t *request = box_expressions("$vars.k + $execution.id", "[{\"json\":{}}]"), *answer;

	json_object_set_new(request, "vars", json_pack("{s:s}", "k", "secret"));
	json_object_set_new(request, "execution", json_pack("{s:s}", "id", "e1"));
	ck_assert_ok(box_ask(request, 2000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "values")), "[[{\"v\":\"secrete1\"}]]");
	ck_assert_str_eq(box_value("$vars.k", "[{\"json\":{}}]"), "{}");
	ck_assert_str_eq(box_value("$execution.id", "[{\"json\":{}}]"), "{}");
	ck_assert_str_eq(box_value("[$vars.k, $execution.id]", "[{\"json\":{}}]"), "[null,null]");
}
END_TEST

/* Each request has its own time and zone, in whichever order they come. */
START_TEST(the_time_and_its_zone_are_each_requests_own)
{
	static const struct {
		const char *zone;
		int64_t now_ms;
		const char *value;
	} rows[] = {
		{ "Europe/Berlin", BOX_NOW_MS, "2023-11-14T23:13:20.000+01:00 2023-11-14" },
		{ "UTC", BOX_NOW_MS, "2023-11-14T22:13:20.000Z 2023-11-14" },
		{ "Asia/Tokyo", BOX_NOW_MS, "2023-11-15T07:13:20.000+09:00 2023-11-15" },
		{ "Europe/Berlin", 0, "1970-01-01T01:00:00.000+01:00 1970-01-01" },
		{ "Nowhere/None", 1500, "1970-01-01T00:00:01.500Z 1970-01-01" },
		{ "Nowhere/None", 2500, "1970-01-01T00:00:02.500Z 1970-01-01" },
		{ "Asia/Tokyo", -1, "1970-01-01T08:59:59.999+09:00 1970-01-01" },
		{ "Europe/Berlin", 1720000000000, "2024-07-03T11:46:40.000+02:00 2024-07-03" },
	};

	for (size_t n = 0; n < 4 * TY_ARRAY_COUNT(rows); n++) {
		size_t i = n * 5 % TY_ARRAY_COUNT(rows);
		json_t *request = box_expressions("$now.toISO() + ' ' + $today.toISODate()",
						  "[{\"json\":{}}]");
		json_t *answer;

		json_object_set_new(request, "timezone", json_string(rows[i].zone));
		json_object_set_new(request, "now_ms", json_integer(rows[i].now_ms));
		if (n % 2 == 1) /* in a fresh realm */
			json_array_append_new(json_object_get(request, "scripts"),
					      json_string(FRESH));
		ck_assert_ok(box_ask(request, 2000, &answer));
		answer = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
		ck_assert_str_eq(ty_json_str(answer, "v", ""), rows[i].value);
	}
}
END_TEST

START_TEST(no_millisecond_is_lost)
{
	for (int i = -100; i < 400; i++) {
		json_int_t now_ms = i < 0 ? i : BOX_NOW_MS + 7919 * (json_int_t)i;
		json_t *request = box_expressions("$now.toMillis()", "[{\"json\":{}}]"), *answer;

		json_object_set_new(request, "now_ms", json_integer(now_ms));
		if (i % 10 == 0)
			json_object_set_new(request, "scripts",
					    json_pack("[s]", "new Date().getTime()"));
		ck_assert_ok(box_ask(request, 2000, &answer));
		answer = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
		ck_assert_int_eq(ty_json_int(answer, "v", 0), now_ms);
	}
}
END_TEST

BOX_TEST_MAIN("sandbox.harmless", {
	TEST_LOOP(each_of_these_is_harmless, harmless_scripts);
	TEST_LOOP(each_of_these_is_not, other_scripts);
	TEST(no_character_but_these_is_harmless_on_its_own);
	TEST(a_kept_realm_answers_as_a_fresh_one);
	TEST(nothing_thrown_together_changes_a_kept_realm);
	TEST(many_scripts_get_their_own_answers);
	TEST(facts_are_not_kept);
	TEST(the_time_and_its_zone_are_each_requests_own);
	TEST(no_millisecond_is_lost);
})
