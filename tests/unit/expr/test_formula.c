/*
 * test_formula.c -- formulas against JavaScript itself: the real sandbox computes the same, for
 * every operator and every pair of awkward values, and both must give the same bytes.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "expr/expr.h"
#include "json/json.h"
#include "support/common.h"
#include "support/fake_sandbox.h"

#include <stdio.h>

#define ASK_MS 10000

/* JSON texts: what a value may be, and what JavaScript makes odd things of. */
static const char *const values[] = {
	"null",
	"true",
	"false",
	"0",
	"1",
	"-1",
	"1.5",
	"-0.0",
	"100",
	"1e21",
	"9007199254740992", /* beyond it more digits are kept: test_exact.c */
	"5e-324",
	"\"\"",
	"\" \"",
	"\"0\"",
	"\"1\"",
	"\" 1\\n\"",
	"\"01\"",
	"\"1e3\"",
	"\"0x1F\"",
	"\"0b11\"",
	"\"0o17\"",
	"\"0xg\"",
	"\"-0x1\"",
	"\".5\"",
	"\"5.\"",
	"\".\"",
	"\"+1\"",
	"\"1_0\"",
	"\"1n\"",
	"\"Infinity\"",
	"\"-Infinity\"",
	"\"infinity\"",
	"\"nan\"",
	"\"NaN\"",
	"\"true\"",
	"\"null\"",
	"\"\\u00a01\\ufeff\"",
	"\"\\u180e1\"",
	"\"\\u20031\\u2028\"",
	"\"a\"",
	"\"b\"",
	"\"ab\"",
	"\"A\"",
	"\"\\u00e9\"",
	"\"\\uffff\"",
	"\"\\ud83d\\ude00\"",
	"\"\\ue000\"",
	"\"[object Object]\"",
	"\"1,2\"",
	"[]",
	"[1]",
	"[1,2]",
	"[null]",
	"[[1,null],[]]",
	"[{\"a\":1}]",
	"{}",
	"{\"a\":1}",
	"{\"toString\":1}",
	"{\"valueOf\":1}",
	"[{\"toString\":null}]",
	"1152921504606846976.0",
	"0.1",
	"123456789012345680000.0",
};

static const char *const operators[] = { "===", "!==", "==", "!=", "<", ">",  "<=", ">=",
					 "+",	"-",   "*",  "/",  "%", "&&", "||", "??" };

/* Whole expressions over { a, b, n, s, o, l, u? }. */
static const char *const sources[] = {
	"1 + 2 * 3 - 4 / 2 % 3",
	"(1 + 2) * 3",
	"1 - 2 - 3",
	"2 * 3 % 4",
	"1 + 2 + 'x' + 1 + 2",
	"- - 1",
	"-'3'",
	"+''",
	"!!$json.s",
	"!$json.nothing",
	"-$json.o",
	"+$json.l",
	"$json.n > 100 && $json.s === 'text'",
	"$json.n>100&&$json.s==='text'",
	"$json.n > 100 || $json.missing.member",
	"$json.n < 0 && $json.missing.member",
	"$json.missing ?? 'default'",
	"$json.missing ?? $json.nil ?? 0 ?? 1",
	"($json.missing || 0) ?? 1",
	"$json.n ? 'yes' : 'no'",
	"$json.missing ? 1 : $json.nil ? 2 : 3",
	"$json.n ? $json.nil ? 1 : 2 : 3",
	"1 < 2 < 3",
	"3 > 2 > 1",
	"1 < 2 == true",
	"true == 1 === true",
	"$json.o === $json.o",
	"$json.o == $json['o']",
	"$json.o === $json.l",
	"$json.o != null",
	"$json.o.p + 1",
	"$json.missing?.member",
	"$json.missing?.member.deeper.still",
	"$json.missing?.member || 'x'",
	"$json.missing.member || 'x'",
	"$json.nil.member > 1",
	"$json.nil?.member > 1",
	"$json.l[1] * 2",
	"$json.l[7] + 1",
	"$json.l['7'].x + 1",
	"$json.s[0] + $json.s[1]",
	"$json.n.x.y > 1",
	"$json.missing + 1",
	"undefined + 'x'",
	"null + 1",
	"[object]",
	"'a' < 'b' ? \"less\" : `more`",
	"'\\u0041' + '\\x42'",
	"0.1 + 0.2",
	"1e3",
	"1 / 0",
	"-1 / 0",
	"0 / 0",
	"-0",
	"0 * -1",
	"1e400 + 1",
	"9007199254740992 + 1",
	"123456789012 * 123456789012",
	"5 % 0",
	"-5 % 3",
	"$itemIndex + 1",
	"$itemIndex === 0",
	"$vars.v + 1",
	"$execution.id + '/' + $workflow.name",
	"$json === $json",
	"$input.item.json.n === $json.n",
	"$('N').item.json.x + 1",
	"$('N').item.json.missing.x",
	"a ?? b || c",
	"1 || 2 ?? 3",
	"1 ?? 2 && 3",
	"(((((((((1)))))))))",
	"$json.n\n\t> 1",
	"$json . n",
};

/* These must be left to JavaScript: no formula at all. */
static const char *const scripts[] = {
	"f(1)",
	"$json.a = 1",
	"$json.a++",
	"++$json.a",
	"--$json.a",
	"1 - --$json.a",
	"$json.a--",
	"1 ++ 2",
	"x + 1",
	"1 + x",
	"1 +",
	"+ ",
	"()",
	"(1",
	"1)",
	"1 2",
	"01",
	"0x10",
	"1e3",
	"1_0",
	"1n",
	".5",
	"1.",
	"1 ?. 5",
	"1 ? 2",
	"1 ? 2 : ",
	"1, 2",
	"1; 2",
	"a ?? b || c",
	"1 ?? 2 || 3",
	"1 || 2 ?? 3",
	"1 && 2 ?? 3",
	"1 ** 2",
	"1 << 2",
	"1 >> 2",
	"1 >>> 2",
	"1 & 2",
	"1 | 2",
	"1 ^ 2",
	"~1",
	"1 &&= 2",
	"$json.a += 1",
	"x => x",
	"typeof 1",
	"void 0",
	"1 in $json",
	"[1]",
	"{}",
	"`${1}`",
	"/a/",
	"1 /* a */ + 2",
	"1 // a\n + 2",
	"$json.a.length > 1",
	"$json.a.constructor",
	"$json.a[1 + 1]",
	"$json.a()",
	"$jsonx > 1",
	"trues",
	"true.x",
	"nulls",
	"'a'.length",
	"'a' 'b'",
	"new Date",
	"await 1",
	"1 <!-- 2",
	"$json.a ?.5 : 1",
	"$json.a ?? = 1",
	"NaN",
	"Infinity",
	"this",
	"=== 1",
	"1 === ",
	"1 =",
	"1 == = 1",
	"! ",
	"$now > 1",
	"$input.first().json.a > 1",
	"'a\\0'",
};

static json_t *
asked(const json_t *items, json_t *sources_js)
{
	struct fake_sandbox *sandbox = fake_sandbox_new(fx.arena);
	json_t *request = json_pack("{s:s, s:i, s:s, s:s, s:O, s:{s:{s:[{s:{s:i}}], s:o}}, "
				    "s:{s:i}, s:{s:s}, s:{s:s}, s:o}",
				    "kind", "expressions", "now_ms", 0, "seed", "5eed", "timezone",
				    "UTC", "items", items, "nodes", "N", "items", "json", "x", 7,
				    "pair", json_array(), "vars", "v", 41, "execution", "id", "e1",
				    "workflow", "name", "w1", "scripts", sources_js);
	json_t *pair =
		json_object_get(json_object_get(json_object_get(request, "nodes"), "N"), "pair");
	json_t *answer;

	for (size_t i = 0; i < json_array_size(items); i++)
		json_array_append_new(pair, json_integer(0));
	answer = fake_sandbox_ask(sandbox, request, ASK_MS, &fx.err);
	ck_assert_msg(answer != NULL, "%s", fx.err.msg);
	ty_json_own(fx.arena, answer);
	json_decref(request);
	ck_assert(json_is_true(json_object_get(answer, "ok")));
	return json_object_get(answer, "values");
}

static const json_t *
node_item(void *ctx, const char *name)
{
	return strcmp(name, "N") == 0 ? ctx : NULL;
}

/* "v" as JSON, "undefined", or "error: name: message". */
static const char *
from_sandbox(const json_t *cell)
{
	const json_t *e = json_object_get(cell, "e"), *v = json_object_get(cell, "v");

	if (e != NULL)
		return ty_arena_printf(fx.arena, "error: %s: %s", ty_json_str(e, "name", ""),
				       ty_json_str(e, "message", ""));
	return v == NULL ? "undefined" : ty_json_dump(fx.arena, v, NULL);
}

/* What asked() tells JavaScript, without the item. */
static struct ty_expr_scope
scope_of_all(void)
{
	return (struct ty_expr_scope){
		.vars = ty_json_own(fx.arena, json_pack("{s:i}", "v", 41)),
		.execution = ty_json_own(fx.arena, json_pack("{s:s}", "id", "e1")),
		.workflow = ty_json_own(fx.arena, json_pack("{s:s}", "name", "w1")),
		.node_item = node_item,
		.ctx = ty_json_own(fx.arena, json_pack("{s:{s:i}}", "json", "x", 7)),
	};
}

static const char *
from_formula(const struct ty_expr *expr, struct ty_expr_scope *scope, const json_t *item,
	     size_t index)
{
	json_t *value = NULL;

	scope->item = item;
	scope->index = index;
	ty_err_clear(&fx.err);
	if (ty_expr_resolve(expr, fx.arena, scope, &value, &fx.err) != TY_OK)
		return ty_arena_printf(fx.arena, "error: %s", fx.err.msg);
	return value == NULL ? "undefined" : ty_json_dump(fx.arena, value, NULL);
}

/* The same number may be written 1.0 and 1: what was read is passed on as it was. */
static bool
is_same_answer(const char *a, const char *b)
{
	json_t *x, *y;
	bool same;

	if (strcmp(a, b) == 0)
		return true;
	x = json_loads(a, JSON_DECODE_ANY, NULL);
	y = json_loads(b, JSON_DECODE_ANY, NULL);
	same = json_is_number(x) && json_is_number(y) &&
	       json_number_value(x) == json_number_value(y);
	json_decref(x);
	json_decref(y);
	return same;
}

static const struct ty_expr *
parsed(const char *code)
{
	const struct ty_expr *expr;

	ck_assert_ok(ty_expr_parse(fx.arena, ty_arena_printf(fx.arena, "={{ %s }}", code), &expr,
				   &fx.err));
	return expr;
}

/* jansson has no whole number beyond 64 bits: such a one comes as a real, from JavaScript too. */
static json_t *
loaded(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	if (value == NULL)
		value = json_loads(text, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
	ck_assert_ptr_nonnull(value);
	return value;
}

static json_t *
pairs(void)
{
	size_t n = TY_ARRAY_COUNT(values);
	json_t *items = ty_json_own(fx.arena, json_array());

	for (size_t i = 0; i < n * n; i++)
		json_array_append_new(items,
				      json_pack("{s:{s:o, s:o}}", "json", "a",
						loaded(values[i / n]), "b", loaded(values[i % n])));
	return items;
}

/*
 * Both tests ask for all their rows at once and go through them in one process: a sandbox takes longer to
 * start than to answer, and so does the leak checker at the end of each process.
 */
static void
check_operator(const char *code, const json_t *items, const json_t *answers)
{
	const struct ty_expr *expr = parsed(code);
	struct ty_expr_scope scope = scope_of_all();

	ck_assert_int_eq(ty_expr_kind(expr), TY_EXPR_FORMULA);
	ck_assert_uint_eq(json_array_size(answers), json_array_size(items));
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *want = from_sandbox(json_array_get(answers, i));
		const char *have = from_formula(expr, &scope, item, i);

		ck_assert_msg(is_same_answer(have, want), "%s of %s: %s, JavaScript says %s", code,
			      ty_json_dump(fx.arena, item, NULL), have, want);
	}
}

START_TEST(every_operator_on_every_pair_gives_what_javascript_gives)
{
	json_t *items = pairs(), *codes = json_array(), *kept, *answers;

	for (size_t i = 0; i < TY_ARRAY_COUNT(operators); i++)
		json_array_append_new(
			codes,
			json_string(ty_arena_printf(fx.arena, "$json.a %s $json.b", operators[i])));
	kept = ty_json_own(fx.arena, json_copy(codes));
	answers = asked(items, codes);
	ck_assert_uint_eq(json_array_size(answers), TY_ARRAY_COUNT(operators));
	for (size_t i = 0; i < TY_ARRAY_COUNT(operators); i++)
		check_operator(json_string_value(json_array_get(kept, i)), items,
			       json_array_get(answers, i));
}
END_TEST

static void
check_source(const char *source, const json_t *item, const json_t *answers)
{
	const char *want = from_sandbox(json_array_get(answers, 0)), *have;
	const struct ty_expr *expr = parsed(source);
	struct ty_expr_scope scope = scope_of_all();

	if (!ty_expr_is_plain(expr))
		return; /* JavaScript's own */
	if (ty_expr_kind(expr) == TY_EXPR_PATH && strncmp(want, "error", 5) == 0)
		want = "undefined"; /* a path alone is kind, on purpose */
	have = from_formula(expr, &scope, item, 0);
	ck_assert_msg(is_same_answer(have, want), "%s: %s, JavaScript says %s", source, have, want);
}

START_TEST(a_whole_expression_gives_what_javascript_gives)
{
	static const char text[] =
		"[{\"json\":{\"a\":1,\"b\":\"2\",\"n\":120,\"s\":\"text\",\"nil\":null,"
		"\"o\":{\"p\":1},\"l\":[1,2]}}]";
	json_t *items = NULL, *codes = json_array(), *answers;

	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &items, &fx.err));
	for (size_t i = 0; i < TY_ARRAY_COUNT(sources); i++)
		json_array_append_new(codes, json_string(sources[i]));
	answers = asked(items, codes);
	ck_assert_uint_eq(json_array_size(answers), TY_ARRAY_COUNT(sources));
	for (size_t i = 0; i < TY_ARRAY_COUNT(sources); i++)
		check_source(sources[i], json_array_get(items, 0), json_array_get(answers, i));
}
END_TEST

START_TEST(what_is_more_than_a_formula_is_left_to_javascript)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(scripts); i++) {
		const struct ty_expr *expr;
		const char *src = ty_arena_printf(fx.arena, "={{ %s }}", scripts[i]);

		ty_err_clear(&fx.err);
		if (ty_expr_parse(fx.arena, src, &expr, &fx.err) == TY_OK)
			ck_assert_msg(!ty_expr_is_plain(expr), "%s", src);
	}
}
END_TEST

START_TEST(nesting_has_a_limit_and_is_a_script_beyond)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 64);
	for (int i = 0; i < 2000; i++)
		ty_buf_add_char(&buf, '(');
	ty_buf_add_char(&buf, '1');
	for (int i = 0; i < 2000; i++)
		ty_buf_add_char(&buf, ')');
	ck_assert_int_eq(ty_expr_kind(parsed(buf.data)), TY_EXPR_SCRIPT);
	ty_buf_init(&buf, fx.arena, 64);
	for (int i = 0; i < 2000; i++)
		ty_buf_add_str(&buf, "- ");
	ty_buf_add_char(&buf, '1');
	ck_assert_int_eq(ty_expr_kind(parsed(buf.data)), TY_EXPR_SCRIPT);
}
END_TEST

START_TEST(a_text_that_grows_over_the_limit_is_refused)
{
	const struct ty_expr *expr = parsed("$json.s + $json.s + $json.s + $json.s + $json.s");
	char *big = calloc(1, TY_LIMIT_STEP_BYTES / 4 + 1);
	json_t *item, *value;
	struct ty_expr_scope scope = { 0 };

	memset(big, 'x', TY_LIMIT_STEP_BYTES / 4);
	item = json_pack("{s:{s:s}}", "json", "s", big);
	scope.item = item;
	ck_assert_code(ty_expr_resolve(expr, fx.arena, &scope, &value, &fx.err), TY_E_INVALID);
	json_decref(item);
	free(big);
}
END_TEST

START_TEST(a_template_joins_formulas_as_javascript_does)
{
	static const struct {
		const char *src, *text;
	} rows[] = {
		{ "={{ 1 / 0 }} and {{ 0 / 0 }}", "Infinity and NaN" },
		{ "=<{{ $json.none ?? null }}>", "<>" },
		{ "=<{{ $json.none || undefined }}>", "<>" },
		{ "=<{{ $json.l || 1 }}>", "<[1,2]>" },
		{ "=<{{ 0.1 + 0.2 }}>", "<0.30000000000000004>" },
		{ "=<{{ $json.n > 1 }}>", "<true>" },
	};
	json_t *item =
		ty_json_own(fx.arena, json_pack("{s:{s:i, s:[i,i]}}", "json", "n", 2, "l", 1, 2));

	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++) {
		const struct ty_expr *expr;
		struct ty_expr_scope scope = { .item = item };
		json_t *value;

		ck_assert_ok(ty_expr_parse(fx.arena, rows[i].src, &expr, &fx.err));
		ck_assert_ok(ty_expr_resolve(expr, fx.arena, &scope, &value, &fx.err));
		ck_assert_str_eq(json_string_value(value), rows[i].text);
	}
}
END_TEST

TEST_MAIN("expr formula", {
	TEST(every_operator_on_every_pair_gives_what_javascript_gives);
	TEST(a_whole_expression_gives_what_javascript_gives);
	TEST(what_is_more_than_a_formula_is_left_to_javascript);
	TEST(nesting_has_a_limit_and_is_a_script_beyond);
	TEST(a_text_that_grows_over_the_limit_is_refused);
	TEST(a_template_joins_formulas_as_javascript_does);
})
