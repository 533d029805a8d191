/*
 * test_expr.c -- taking templates apart: what is text, what is a path, what needs the
 * script engine, and where the code between braces ends.
 */
#include "expr/expr.h"

#include "base/limits.h"
#include "support/common.h"

#define LITERAL	 TY_EXPR_LITERAL, true
#define PATH	 TY_EXPR_PATH, true
#define FORMULA	 TY_EXPR_FORMULA, true
#define SCRIPT	 TY_EXPR_SCRIPT, false
#define PLAIN	 TY_EXPR_TEMPLATE, true
#define TEMPLATE TY_EXPR_TEMPLATE, false

static const struct {
	const char *src;
	enum ty_expr_kind kind;
	bool plain;
	const char *script;
} kind_cases[] = {
	{ "=", LITERAL, "\"\"" },
	{ "=plain text", LITERAL, "\"plain text\"" },
	{ "=a \"b\" \\ \n }} { {", LITERAL, "\"a \\\"b\\\" \\\\ \\x0a }} { {\"" },
	/* paths */
	{ "={{ $json }}", PATH, "($json)" },
	{ "={{$json.a}}", PATH, "($json?.[\"a\"])" },
	{ "={{ $json.a.b[0][\"k x\"]['q'] }}", PATH,
	  "($json?.[\"a\"]?.[\"b\"]?.[\"0\"]?.[\"k x\"]?.[\"q\"])" },
	{ "={{ $json?.a?.[0]?.b }}", PATH, "($json?.[\"a\"]?.[\"0\"]?.[\"b\"])" },
	{ "={{ $input.item.json.a }}", PATH, "($json?.[\"a\"])" },
	{ "={{ $vars.x }}", PATH, "($vars?.[\"x\"])" },
	{ "={{ $execution.id }}", PATH, "($execution?.[\"id\"])" },
	{ "={{ $workflow.name }}", PATH, "($workflow?.[\"name\"])" },
	{ "={{ $itemIndex }}", PATH, "($itemIndex)" },
	{ "={{ $('My Node').item.json.a }}", PATH, "($(\"My Node\").item?.json?.[\"a\"])" },
	{ "={{ $(\"My \\\"Node\\\"\").item.json }}", PATH, "($(\"My \\\"Node\\\"\").item?.json)" },
	{ "={{ $json.a /* why */; }}", PATH, "($json?.[\"a\"])" },
	{ "={{ // what\n $json._a$1 }}", PATH, "($json?.[\"_a$1\"])" },
	{ "={{ $json[\"\"] }}", PATH, "($json?.[\"\"])" },
	{ "={{ $json['\\u00e9\\n'] }}", PATH, "($json?.[\"\xc3\xa9\\x0a\"])" },
	/* at the first step only what every object inherits is in doubt */
	{ "={{ $json.length }}", PATH, "($json?.[\"length\"])" },
	{ "={{ $json.link }}", PATH, "($json?.[\"link\"])" },
	{ "={{ $json.constructor }}", SCRIPT, "($json.constructor)" },
	{ "={{ $json.toString }}", SCRIPT, "($json.toString)" },
	{ "={{ $json['__proto__'] }}", SCRIPT, "($json['__proto__'])" },
	/* further down the value may be a list or a text */
	{ "={{ $json.a.length }}", SCRIPT, "($json.a.length)" },
	{ "={{ $json.a[\"length\"] }}", SCRIPT, "($json.a[\"length\"])" },
	{ "={{ $json.a.keys }}", SCRIPT, "($json.a.keys)" },
	{ "={{ $json.a.at.b }}", SCRIPT, "($json.a.at.b)" },
	{ "={{ $json.a.toString }}", SCRIPT, "($json.a.toString)" },
	{ "={{ $json.a.constructor }}", SCRIPT, "($json.a.constructor)" },
	{ "={{ $('A').item.json.length }}", PATH, "($(\"A\").item?.json?.[\"length\"])" },
	{ "={{ $('A').item.json.b.length }}", SCRIPT, "($('A').item.json.b.length)" },
	/* nearly paths */
	{ "={{ $json.a() }}", SCRIPT, "($json.a())" },
	{ "={{ $json.a + 1 }}", FORMULA, "($json.a + 1)" },
	{ "={{ $json.a + f(1) }}", SCRIPT, "($json.a + f(1))" },
	{ "={{ $json.a[-1] }}", SCRIPT, "($json.a[-1])" },
	{ "={{ $json.a[01] }}", SCRIPT, "($json.a[01])" },
	{ "={{ $json.a[1.5] }}", SCRIPT, "($json.a[1.5])" },
	{ "={{ $json.a[x] }}", SCRIPT, "($json.a[x])" },
	{ "={{ $json.a[`x`] }}", PATH, "($json?.[\"a\"]?.[\"x\"])" },
	{ "={{ $json.a[`${x}`] }}", SCRIPT, "($json.a[`${x}`])" },
	{ "={{ $json['\\ud800'] }}", SCRIPT, "($json['\\ud800'])" },
	{ "={{ $json['\\0'] }}", SCRIPT, "($json['\\0'])" },
	{ "={{ $json.\xc3\xa9 }}", SCRIPT, "($json.\xc3\xa9)" },
	{ "={{ $json. }}", SCRIPT, "($json.)" },
	{ "={{ $json..a }}", SCRIPT, "($json..a)" },
	{ "={{ $jsonx }}", SCRIPT, "($jsonx)" },
	{ "={{ $itemIndex.a }}", SCRIPT, "($itemIndex.a)" },
	{ "={{ $input.item }}", SCRIPT, "($input.item)" },
	{ "={{ $input.first().json.a }}", SCRIPT, "($input.first().json.a)" },
	{ "={{ $('A').first().json.a }}", SCRIPT, "($('A').first().json.a)" },
	{ "={{ $now }}", SCRIPT, "($now)" },
	{ "={{ 1 }}", FORMULA, "(1)" },
	{ "={{ a; b; }}", SCRIPT, "(a; b)" },
	/* where the code ends */
	{ "={{ {a:1}.a }}", SCRIPT, "({a:1}.a)" },
	{ "={{ {a:{b:1}} }}", SCRIPT, "({a:{b:1}})" },
	{ "={{ {a:{b:1}}}}", SCRIPT, "({a:{b:1}})" },
	{ "={{ \"}}\" }}", FORMULA, "(\"}}\")" },
	{ "={{ '\\'}}' }}", FORMULA, "('\\'}}')" },
	{ "={{ `}}` }}", FORMULA, "(`}}`)" },
	{ "={{ `a ${ {b:`}}`}.b } }}` }}", SCRIPT, "(`a ${ {b:`}}`}.b } }}`)" },
	{ "={{ a /* }} \" */ + b }}", SCRIPT, "(a /* }} \" */ + b)" },
	{ "={{ a // }} it's\n + b }}", SCRIPT, "(a // }} it's\n + b)" },
	{ "={{ a.replace(/}}\"/g, '') }}", SCRIPT, "(a.replace(/}}\"/g, ''))" },
	{ "={{ /[/}}\"]\\/'/.test(a) }}", SCRIPT, "(/[/}}\"]\\/'/.test(a))" },
	{ "={{ typeof /'/ }}", SCRIPT, "(typeof /'/)" },
	{ "={{ a / b + '/' }}", SCRIPT, "(a / b + '/')" },
	{ "={{ (a) / 2 + \"}}/\" }}", SCRIPT, "((a) / 2 + \"}}/\")" },
	{ "={{ a++ / 2 / '}}' }}", SCRIPT, "(a++ / 2 / '}}')" },
	{ "={{ x.in / '/' }}", SCRIPT, "(x.in / '/')" },
	{ "={{ a = / 1 }}", SCRIPT, "(a = / 1)" },
	{ "={{ a } b }}", SCRIPT, "(a } b)" },
	{ "={{ (x => { return {y: x} })(1).y }}", SCRIPT, "((x => { return {y: x} })(1).y)" },
	/* templates */
	{ "=Hello {{ $json.name }}!", PLAIN, "\"Hello \" + $str(($json?.[\"name\"])) + \"!\"" },
	{ "={{ $json.a }}{{ $json.b }}", PLAIN, "$str(($json?.[\"a\"])) + $str(($json?.[\"b\"]))" },
	/* blanks round a lone expression */
	{ "= {{ $json.a }}", PATH, "($json?.[\"a\"])" },
	{ "={{ $json.a > 5 }}\n", FORMULA, "($json.a > 5)" },
	{ "=\t{{ f() }} \r\n", SCRIPT, "(f())" },
	{ "= {{ $json.a }} {{ $json.b }}", PLAIN,
	  "\" \" + $str(($json?.[\"a\"])) + \" \" + $str(($json?.[\"b\"]))" },
	{ "=  ", LITERAL, "\"  \"" },
	{ "={{ $json.a.b }}-{{ a, b }}", TEMPLATE,
	  "$str(($json?.[\"a\"]?.[\"b\"])) + \"-\" + $str((a, b))" },
	{ "={{ 1 }}}", PLAIN, "$str((1)) + \"}\"" },
};

START_TEST(an_expression_is_classified_and_written_as_javascript)
{
	const struct ty_expr *expr;

	ck_assert_ok(ty_expr_parse(fx.arena, kind_cases[_i].src, &expr, &fx.err));
	ck_assert_msg(ty_expr_kind(expr) == kind_cases[_i].kind, "%s is of kind %d",
		      kind_cases[_i].src, ty_expr_kind(expr));
	ck_assert_int_eq(ty_expr_is_plain(expr), kind_cases[_i].plain);
	ck_assert_str_eq(ty_expr_script(expr), kind_cases[_i].script);
}
END_TEST

static const struct {
	const char *src, *msg;
} bad_cases[] = {
	{ "no equals sign", "begins with =" },
	{ "={{", "}} is missing for the {{ at column 2" },
	{ "={{ a", "}} is missing for the {{ at column 2" },
	{ "={{ a }", "}} is missing" },
	{ "=abc {{ {a:1 }}", "}} is missing for the {{ at column 6" },
	{ "=\xc3\xa9 {{ a", "at column 4" }, /* characters, not bytes */
	{ "={{ }}", "nothing between the braces at column 2" },
	{ "=x {{ /* only this */ ; }}", "nothing between the braces at column 4" },
	{ "={{ $json.a }} {{}}", "nothing between the braces at column 16" },
	{ "={{ it's }}", "quoted text is not closed that begins at column 7" },
	{ "={{ \"a\n\" }}", "quoted text is not closed that begins at column 5" },
	{ "={{ \"a\\", "quoted text is not closed" },
	{ "={{ `a ${b} }}", "template literal is not closed" },
	{ "={{ `a ${b", "}} is missing" },
	{ "={{ a // b }}", "comment hides the closing }} at column 7" },
	{ "={{ a /* b }}", "comment is not closed that begins at column 7" },
	{ "={{ a /*/ }}", "comment is not closed" },
	{ "={{ \xff }}", "not UTF-8" },
	{ "={{ $json['a }}", "quoted text" },
};

START_TEST(a_broken_expression_is_refused_with_the_column)
{
	const struct ty_expr *expr = NULL;

	ck_assert_code(ty_expr_parse(fx.arena, bad_cases[_i].src, &expr, &fx.err), TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, bad_cases[_i].msg) != NULL, "%s", fx.err.msg);
	ck_assert_ptr_null(expr);
}
END_TEST

START_TEST(an_expression_over_the_limit_is_refused)
{
	const struct ty_expr *expr;
	char *src = ty_arena_alloc(fx.arena, TY_LIMIT_EXPR_BYTES + 2);

	memset(src, 'x', TY_LIMIT_EXPR_BYTES);
	src[0] = '=';
	ck_assert_ok(ty_expr_parse(fx.arena, src, &expr, &fx.err));
	src[TY_LIMIT_EXPR_BYTES] = 'x';
	ck_assert_code(ty_expr_parse(fx.arena, src, &expr, &fx.err), TY_E_LIMIT);
}
END_TEST

START_TEST(braces_nested_without_end_are_refused)
{
	const struct ty_expr *expr;
	char *src = ty_arena_alloc(fx.arena, TY_LIMIT_EXPR_BYTES);

	memset(src, '{', TY_LIMIT_EXPR_BYTES - 1);
	src[0] = '=';
	ck_assert_code(ty_expr_parse(fx.arena, src, &expr, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "nested too deep"));
}
END_TEST

START_TEST(a_very_long_path_is_a_script)
{
	const struct ty_expr *expr;
	char *src = ty_arena_alloc(fx.arena, 8192);

	strcpy(src, "={{ $json");
	for (int i = 0; i < 2000; i++)
		strcat(src, ".a");
	strcat(src, " }}");
	ck_assert_ok(ty_expr_parse(fx.arena, src, &expr, &fx.err));
	ck_assert_int_eq(ty_expr_kind(expr), TY_EXPR_SCRIPT);
}
END_TEST

static const struct {
	const char *src, *names;
} name_cases[] = {
	{ "={{ $json.a }}", "" },
	{ "={{ $('A').item.json.x }}", "A" },
	{ "={{ $('A').all().length + $(\"B C\").first().json.n + $('A').last() }}", "A|B C" },
	{ "=x {{ $( 'A' ) }} y {{ `${ $(`B`).x }` }}", "A|B" },
	{ "={{ $('It\\'s \\u00e9') }}", "It's \xc3\xa9" },
	{ "={{ \"$('No')\" + '$(\"No\")' /* $('No') */ }}", "" },
	{ "={{ $(name) + a$('No') + $x('No') + x.$('No') }}", "" },
	{ "={{ $('A' + b) }}", "" },
	{ "={{ $node['A'].json.x + $node[\"B\"].json + $node.C.json }}", "A|B|C" },
	{ "={{ $items('A').length + $items( \"B\", 0 ) + $items() + $item(0).$node['C'] }}",
	  "A|B|C" },
	{ "={{ [...$('A').all(), ...$items('B')] }}", "A|B" },
	{ "={{ $node[name] + $items(name) + x.$items('No') + \"$node['No']\" }}", "" },
};

START_TEST(the_nodes_an_expression_names_are_listed_once)
{
	const struct ty_expr *expr;
	char names[256] = "";

	ck_assert_ok(ty_expr_parse(fx.arena, name_cases[_i].src, &expr, &fx.err));
	for (size_t i = 0; i < ty_expr_node_count(expr); i++) {
		if (i > 0)
			strcat(names, "|");
		strcat(names, ty_expr_node_name(expr, i));
	}
	ck_assert_str_eq(names, name_cases[_i].names);
}
END_TEST

START_TEST(only_a_string_with_an_equals_sign_is_an_expression)
{
	json_t *values = json_loads("[\"=a\",\"=\",\"a\",\"\",\" =\",5,null]", 0, NULL);
	static const bool is[] = { true, true, false, false, false, false, false };

	for (size_t i = 0; i < TY_ARRAY_COUNT(is); i++)
		ck_assert_int_eq(ty_expr_is(json_array_get(values, i)), is[i]);
	ck_assert(!ty_expr_is(NULL));
	json_decref(values);
}
END_TEST

static const struct {
	const char *src, *names;
} member_cases[] = {
	{ "={{ $vars.region }}", "region" },
	{ "={{ $json.a + $vars['b'] + $vars?.c + $vars?.[\"d\"] }}", "b|c|d" },
	{ "=a {{ $json.a }} b {{ $vars.x }} {{ $vars.x.length }}", "x|x" },
	{ "={{ `x${$vars.x}` }}", "x" },
	{ "={{ $vars[$json.a] + $vars['a' + 'b'] + Object.keys($vars) + {...$vars} }}", "?|?|?|?" },
	{ "={{ $json.$vars }}", "" },
	{ "={{ '$vars.x' }}", "" },
	{ "={{ /* $vars */ 1 }}", "" },
	{ "={{ $varsity }}", "" },
	{ "=costs $vars.x", "" },
	{ "return { a: $vars.x, b: $vars }", "x|?" },
	{ "if ($json.n) { return {} } }} return $vars.é", "é" },
	{ "// of $vars.x\nreturn '$vars.y'", "" },
};

static void
keep_member(void *ctx, const char *name)
{
	strcat(ctx, *(char *)ctx != '\0' ? "|" : "");
	strcat(ctx, name != NULL ? name : "?");
}

START_TEST(what_is_read_of_a_variable_is_told_where_it_is_a_variable)
{
	char names[256] = "";

	ty_expr_each_member(fx.arena, member_cases[_i].src, "$vars", keep_member, names);
	ck_assert_str_eq(names, member_cases[_i].names);
}
END_TEST

TEST_MAIN("expr", {
	TEST_LOOP(what_is_read_of_a_variable_is_told_where_it_is_a_variable, member_cases);
	TEST_LOOP(an_expression_is_classified_and_written_as_javascript, kind_cases);
	TEST_LOOP(a_broken_expression_is_refused_with_the_column, bad_cases);
	TEST(an_expression_over_the_limit_is_refused);
	TEST(braces_nested_without_end_are_refused);
	TEST(a_very_long_path_is_a_script);
	TEST_LOOP(the_nodes_an_expression_names_are_listed_once, name_cases);
	TEST(only_a_string_with_an_equals_sign_is_an_expression);
})
