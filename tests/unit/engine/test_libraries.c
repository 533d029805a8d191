/*
 * Libraries of code: which a plan's runs may ask for, as of variables, and that code gets those that its run began with.
 */
#include "engine/libraries.h"
#include "engine/vars.h"
#include "unit/engine/flow.h"

#include "base/buf.h"
#include "base/time.h"

static const struct {
	const char *code, *names;
} rows[] = {
	{ "const d = require('dayjs'), s = require ( 'semver' );", "[`dayjs`,`semver`]" },
	{ "require('@scope/name'); require('@scope/name')", "[`@scope/name`]" },
	{ "require('crypto'); require('node:url'); require('timers/promises')", NULL },
	{ "require(name); required('x'); require('a' + b)", NULL },
	{ "require('unclosed", NULL },
};

START_TEST(a_plan_knows_the_libraries_that_its_code_names)
{
	const char *flow = ty_arena_printf(
		fx.arena, FLOW(NODE("c", "core.code", "`code`:`%s`"), EDGE("start", "c")),
		rows[_i].code);
	const struct ty_plan *plan;

	ck_assert_ok(fake_ops_plan(fake_ops_new(fx.arena), flow, &plan, &fx.err));
	if (rows[_i].names == NULL)
		ck_assert_ptr_null(ty_plan_libraries(plan));
	else
		ck_assert_str_eq(ty_json_dump(fx.arena, ty_plan_libraries(plan), NULL),
				 quoted(rows[_i].names));
}
END_TEST

/* Names of one code, and nodes of code. */
#define NAMES 1000
#define CODES 30

static const struct {
	const char *begin, *end;
	const json_t *(*names)(const struct ty_plan *plan);
} asks[] = {
	{ "require('", "')", ty_plan_libraries },
	{ "$vars['", "'];", ty_plan_vars },
};

static const char *
code_node(int kind, int nth)
{
	struct ty_buf code;

	ty_buf_init(&code, fx.arena, (size_t)NAMES * 20);
	for (int i = 0; i < NAMES; i++)
		ty_buf_printf(&code, "%s%d-%d%s", asks[kind].begin, nth, i, asks[kind].end);
	return ty_arena_printf(fx.arena, NODE("c%d", "core.code", "`code`:`%.*s`"), nth,
			       (int)code.len, code.data);
}

/* Each name compared with all before it held a worker for seconds. */
START_TEST(code_that_names_thousands_holds_nobody)
{
	const struct ty_plan *plan;
	const char *nodes = code_node(_i, 0);
	int64_t begun_ms;

	for (int i = 1; i < CODES; i++)
		nodes = ty_arena_printf(fx.arena, "%s,%s", nodes, code_node(_i, i));
	nodes = ty_arena_printf(fx.arena, FLOW("%s", EDGE("start", "c0")), nodes);
	begun_ms = ty_time_mono_ms();
	ck_assert_ok(fake_ops_plan(fake_ops_new(fx.arena), nodes, &plan, &fx.err));
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, 2500);
	ck_assert_uint_eq(json_array_size(asks[_i].names(plan)), NAMES * CODES);
}
END_TEST

/* A library has what code has; an error lists those that there are, by name. */
#define LIBRARIES                                                                                  \
	"{`two`:{`digest`:`2`,`source`:`module.exports = { n: 2, late: () => require(`},"          \
	"`one`:{`digest`:`1`,`source`:`exports.n = 1; exports.type = typeof process.env + typeof " \
	"global.Math; exports.hex = () => "                                                        \
	"Buffer.from([255]).toString(String.fromCharCode(104,101,"                                 \
	"120)); exports.fs = () => require(String.fromCharCode(102,115))`},"                       \
	"`other`:{`digest`:`3`}}"

static const struct {
	const char *code, *json, *message;
} runs[] = {
	{ "return { v: require('one').n }", "{\"v\":1}", NULL },
	{ "const a = require('one'); a.n++; return { v: require('one').n }", "{\"v\":2}", NULL },
	{ "return { v: require('one').type }", "{\"v\":\"objectobject\"}", NULL },
	{ "return { v: require('one').hex() }", "{\"v\":\"ff\"}", NULL },
	{ "return { v: require('one').fs() }", NULL,
	  "the library \"one\" wants the module \"fs\", which code does not have: there are no "
	  "files" },
	{ "return { v: require('none') }", NULL,
	  "util, and as libraries one, other, two. The operator can add it: tybooctl code-library "
	  "add none" },
	{ "return { v: require('http') }", NULL, "for code: there is no network" },
	{ "return { v: require('two').n }", NULL, "SyntaxError" },
	{ "const name = 'on' + 'e'; return { v: require(name) }", NULL, "no module \"one\" here" },
};

START_TEST(code_has_the_libraries_that_its_run_began_with)
{
	const char *flow = ty_arena_printf(
		fx.arena, FLOW(NODE("c", "core.code", "`code`:`%s`"), EDGE("start", "c")),
		runs[_i].code);
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->libraries = fake_json(fx.arena, LIBRARIES);
	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	if (runs[_i].json != NULL)
		ck_assert_msg(strstr(outputs_text(r, "c"), runs[_i].json) != NULL, "%s: %s",
			      outputs_text(r, "c"), error_str(r, "message"));
	else
		ck_assert_msg(strstr(error_str(r, "message"), runs[_i].message) != NULL, "%s",
			      error_str(r, "message"));
}
END_TEST

TEST_MAIN("engine.libraries", {
	TEST_LOOP(a_plan_knows_the_libraries_that_its_code_names, rows);
	TEST_LOOP(code_that_names_thousands_holds_nobody, asks);
	TEST_LOOP(code_has_the_libraries_that_its_run_began_with, runs);
})
