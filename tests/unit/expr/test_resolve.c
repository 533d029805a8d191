/*
 * test_resolve.c -- plain expressions give what JavaScript would give.
 */
#include "expr/expr.h"

#include "base/limits.h"
#include "support/common.h"

static struct {
	json_t *item, *vars, *execution, *workflow, *node, *payload;
	struct ty_expr_scope scope;
} scene;

static const json_t *
scene_node_item(void *ctx, const char *name)
{
	ck_assert_ptr_eq(ctx, &scene);
	return strcmp(name, "My Node") == 0 ? scene.node : NULL;
}

static const json_t *
scene_deref(void *ctx, const json_t *value)
{
	return json_object_get(value, "$payload") != NULL ? scene.payload : NULL;
}

static json_t *
parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	ck_assert_msg(json != NULL, "the test's own JSON is broken: %s", text);
	return json;
}

static void
scene_setup(void)
{
	scene.item = parse("{\"json\":{\"a\":1,\"b\":{\"c\":[10,{\"d\":\"deep\"},null]},"
			   "\"s\":\"h\xc3\xa9\xf0\x9f\x98\x80z\",\"n\":null,\"t\":true,\"f\":false,"
			   "\"r\":0.1,\"big\":9007199254740993,\"huge\":1e21,\"0\":\"zero\","
			   "\"length\":7,\"k x\":\"spaced\",\"\":\"unnamed\","
			   "\"o\":{\"b\":1,\"1\":2},\"ref\":{\"$payload\":\"h\"},\"link\":\"l\"}}");
	scene.vars = parse("{\"x\":\"v\",\"ref\":{\"$payload\":\"h\"}}");
	scene.execution = parse("{\"id\":\"e-1\",\"mode\":\"manual\"}");
	scene.workflow = parse("{\"id\":\"w-1\",\"name\":\"Flow\"}");
	scene.node = parse("{\"json\":{\"a\":\"from node\"}}");
	scene.payload = parse("{\"list\":[1,2,3]}");
	scene.scope = (struct ty_expr_scope){
		.item = scene.item,
		.index = 3,
		.vars = scene.vars,
		.execution = scene.execution,
		.workflow = scene.workflow,
		.node_item = scene_node_item,
		.deref = scene_deref,
		.ctx = &scene,
	};
}

static void
scene_teardown(void)
{
	json_decref(scene.item);
	json_decref(scene.vars);
	json_decref(scene.execution);
	json_decref(scene.workflow);
	json_decref(scene.node);
	json_decref(scene.payload);
}

#define UNDEFINED NULL

static const struct {
	const char *src, *json;
} cases[] = {
	{ "={{ $json.a }}", "1" },
	{ "={{ $json.b.c[0] }}", "10" },
	{ "={{ $json.b.c[\"1\"].d }}", "\"deep\"" },
	{ "={{ $json.b.c[2] }}", "null" },
	{ "={{ $json.b.c[3] }}", UNDEFINED },
	{ "={{ $json.b.c.x }}", UNDEFINED },
	{ "={{ $json.b.c[\"01\"] }}", UNDEFINED },
	{ "={{ $json.b.c }}", "[10,{\"d\":\"deep\"},null]" },
	{ "={{ $json[0] }}", "\"zero\"" },
	{ "={{ $json.length }}", "7" },
	{ "={{ $json.link }}", "\"l\"" },
	{ "={{ $json['k x'] }}", "\"spaced\"" },
	{ "={{ $json[''] }}", "\"unnamed\"" },
	{ "={{ $json.none }}", UNDEFINED },
	/* through undefined and null: undefined, where JavaScript would throw */
	{ "={{ $json.none.x.y }}", UNDEFINED },
	{ "={{ $json.n.x }}", UNDEFINED },
	{ "={{ $json.a.x }}", UNDEFINED },
	{ "={{ $json.t[0] }}", UNDEFINED },
	/* a text has characters, counted in UTF-16 */
	{ "={{ $json.s[0] }}", "\"h\"" },
	{ "={{ $json.s[1] }}", "\"\xc3\xa9\"" },
	{ "={{ $json.s[2] }}", "\"\xef\xbf\xbd\"" },
	{ "={{ $json.s[4] }}", "\"z\"" },
	{ "={{ $json.s[5] }}", UNDEFINED },
	{ "={{ $json.s.x }}", UNDEFINED },
	{ "={{ $json.big }}", "9007199254740993" },
	{ "={{ $itemIndex }}", "3" },
	{ "={{ $vars.x }}", "\"v\"" },
	{ "={{ $execution.id }}", "\"e-1\"" },
	{ "={{ $workflow }}", "{\"id\":\"w-1\",\"name\":\"Flow\"}" },
	{ "={{ $input.item.json.a }}", "1" },
	{ "={{ $('My Node').item.json.a }}", "\"from node\"" },
	{ "={{ $('Other').item.json.a }}", UNDEFINED },
	/* payload references are followed */
	{ "={{ $json.ref.list[2] }}", "3" },
	{ "={{ $json.ref }}", "{\"list\":[1,2,3]}" },
	{ "={{ $vars.ref.list }}", "[1,2,3]" },
	/* text */
	{ "=", "\"\"" },
	{ "=text", "\"text\"" },
	{ "=<{{ $json.a }}>", "\"<1>\"" },
	{ "=<{{ $json.n }}|{{ $json.none }}|{{ $json.none.x }}>", "\"<||>\"" },
	{ "=<{{ $json.t }}{{ $json.f }}>", "\"<truefalse>\"" },
	{ "=<{{ $json.r }} {{ $json.huge }} {{ $json.big }}>", "\"<0.1 1e+21 9007199254740993>\"" },
	{ "=<{{ $json.s }}>", "\"<h\xc3\xa9\xf0\x9f\x98\x80z>\"" },
	{ "=<{{ $json.o }}{{ $json.b.c }}>",
	  "\"<{\\\"1\\\":2,\\\"b\\\":1}[10,{\\\"d\\\":\\\"deep\\\"},null]>\"" },
	{ "={{ $json.a }}{{ $itemIndex }}", "\"13\"" },
};

START_TEST(a_plain_expression_gives_what_javascript_gives)
{
	const struct ty_expr *expr;
	json_t *value, *expected;

	ck_assert_ok(ty_expr_parse(fx.arena, cases[_i].src, &expr, &fx.err));
	ck_assert_ok(ty_expr_resolve(expr, fx.arena, &scene.scope, &value, &fx.err));
	if (cases[_i].json == UNDEFINED) {
		ck_assert_ptr_null(value);
		return;
	}
	expected = parse(cases[_i].json);
	ck_assert_msg(value != NULL && json_equal(value, expected), "%s gave %s", cases[_i].src,
		      value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : "undefined");
	json_decref(expected);
}
END_TEST

START_TEST(an_empty_scope_gives_undefined)
{
	static const char *const srcs[] = { "={{ $json.a }}", "={{ $vars.a }}", "={{ $execution }}",
					    "={{ $workflow.id }}", "={{ $('A').item.json.a }}" };
	struct ty_expr_scope empty = { 0 };

	for (size_t i = 0; i < TY_ARRAY_COUNT(srcs); i++) {
		const struct ty_expr *expr;
		json_t *value;

		ck_assert_ok(ty_expr_parse(fx.arena, srcs[i], &expr, &fx.err));
		ck_assert_ok(ty_expr_resolve(expr, fx.arena, &empty, &value, &fx.err));
		ck_assert_ptr_null(value);
	}
}
END_TEST

START_TEST(a_script_is_not_resolved_here)
{
	const struct ty_expr *expr;
	json_t *value = NULL;

	ck_assert_ok(ty_expr_parse(fx.arena, "={{ f(1) }}", &expr, &fx.err));
	ck_assert_code(ty_expr_resolve(expr, fx.arena, &scene.scope, &value, &fx.err),
		       TY_E_INVALID);
	ck_assert_ptr_null(value);
}
END_TEST

START_TEST(a_template_that_blows_a_value_up_is_refused)
{
	struct ty_expr_scope scope = { 0 };
	size_t len = TY_LIMIT_STEP_BYTES / 4;
	char *big = calloc(1, len + 1);
	const struct ty_expr *expr;
	json_t *value = NULL;

	memset(big, 'x', len);
	scope.item = json_pack("{s:{s:s}}", "json", "a", big);
	ck_assert_ok(ty_expr_parse(
		fx.arena, "={{ $json.a }}{{ $json.a }}{{ $json.a }}{{ $json.a }}{{ $json.a }}",
		&expr, &fx.err));
	ck_assert_code(ty_expr_resolve(expr, fx.arena, &scope, &value, &fx.err), TY_E_INVALID);
	ck_assert_ptr_null(value);
	json_decref((json_t *)scope.item);
	free(big);
}
END_TEST

TEST_MAIN("expr resolve", {
	tcase_add_checked_fixture(tc, scene_setup, scene_teardown);
	TEST_LOOP(a_plain_expression_gives_what_javascript_gives, cases);
	TEST(an_empty_scope_gives_undefined);
	TEST(a_script_is_not_resolved_here);
	TEST(a_template_that_blows_a_value_up_is_refused);
})
