/*
 * test_expressions.c -- what parameters may say, in C and in the real sandbox, and what it costs.
 */
#include "engine/digest.h"
#include "engine/vars.h"
#include "unit/engine/flow.h"

#define SET_X(expr)                                                                                \
	FLOW(NODE("mid", "core.filter", "`condition`:`={{ $json.n < 3 }}`") "," NODE(              \
		     "s", "core.set",                                                              \
		     "`assignments`:[{`name`:`x`,`type`:`json`,`value`:[" expr "]}]"),             \
	     EDGE("start", "mid") "," EDGE("mid", "s"))

#define ID	"0198f3a1-0000-7000-8000-000000000001"
#define FLOW_ID "0198f3a1-0000-7000-8000-000000000003"

#define VARS "{`region`:`eu`,`__proto__`:`p`}"

/* Each over items n = 1, 2: 3 was filtered out by a formula, which asks no sandbox. */
static const struct {
	const char *expr, *first, *second;
	size_t evals;
} rows[] = {
	{ "`={{ $json.n }}`", "1", "2", 0 },
	{ "`={{ $json.a.b[1].c }}`", "`deep`", "`deep`", 0 },
	{ "`={{ $json.no.where }}`", "null", "null", 0 },
	{ "`={{ $input.item.json.n }}`", "1", "2", 0 },
	{ "`={{ $('start').item.json.n }}`", "1", "2", 0 },
	{ "`={{ $itemIndex }}`", "0", "1", 0 },
	{ "`={{ $vars.region }}`", "`eu`", "`eu`", 0 },
	{ "`={{ $vars['region'] + $vars?.none }}`", "`euundefined`", "`euundefined`", 0 },
	{ "`={{ $vars.none }}`", "null", "null", 0 },
	{ "`={{ Object.keys($vars).join() }}`", "`region,__proto__`", "`region,__proto__`", 1 },
	{ "`={{ [$vars.__proto__, typeof $vars.none] }}`", "[`p`,`undefined`]", "[`p`,`undefined`]",
	  1 },
	{ "`={{ $execution.id }}`", "`" ID "`", "`" ID "`", 0 },
	{ "`={{ $execution.mode }}`", "`manual`", "`manual`", 0 },
	{ "`={{ $workflow.name }}`", "`Flow`", "`Flow`", 0 },
	{ "`={{ $workflow.id }}`", "`" FLOW_ID "`", "`" FLOW_ID "`", 0 },
	{ "[`=n{{ $json.n }}`,`plain`,{`k`:`={{ $json.n }}`}]", "[`n1`,`plain`,{`k`:1}]",
	  "[`n2`,`plain`,{`k`:2}]", 0 },
	{ "`={{ $json.n + 1 }}`", "2", "3", 0 },
	{ "`={{ $input.all().length }}`", "2", "2", 1 },
	{ "`={{ $input.first().json.n }}`", "1", "1", 1 },
	{ "`={{ $input.last().json.n }}`", "2", "2", 1 },
	{ "`={{ $('start').all().length }}`", "3", "3", 1 },
	{ "`={{ $('start').item.json.n * 10 }}`", "10", "20", 0 },
	{ "`={{ $('start').last().json.n }}`", "3", "3", 1 },
	{ "`={{ $workflow.name.toUpperCase() }}`", "`FLOW`", "`FLOW`", 1 },
	{ "`={{ $workflow.name + $execution.mode }}`", "`Flowmanual`", "`Flowmanual`", 0 },
	{ "`={{ $now.toMillis() }}`", "1700000000000", "1700000000000", 1 },
	{ "`={{ DateTime.fromMillis(0).toUTC().toFormat('yyyy') }}`", "`1970`", "`1970`", 1 },
	{ "`={{ $json.n.isOdd() }}`", "true", "false", 1 },
	{ "`={{ $('start').all(0).length }}`", "3", "3", 1 },
	{ "`={{ $('mid').all(1).length }}`", "0", "0", 1 },
	{ "`={{ $node['start'].json.n }}`", "1", "2", 1 },
	{ "`={{ $node.start.json.n + $node['mid'].runIndex }}`", "1", "2", 1 },
	{ "`={{ $items('start').length + $items('mid', 0).length }}`", "5", "5", 1 },
	{ "`={{ $item(1).$node['start'].json.n }}`", "2", "2", 1 },
	{ "`={{ $prevNode }}`", "{`name`:`mid`,`outputIndex`:0,`runIndex`:0}",
	  "{`name`:`mid`,`outputIndex`:0,`runIndex`:0}", 1 },
	{ "`={{ $parameter.assignments.length + $nodeId }}`", "`1s`", "`1s`", 1 },
	{ "`={{ $('mid').context }}`", "{}", "{}", 1 },
	{ "`={{ Object.keys($input.params) }}`", "[]", "[]", 1 },
	{ "`={{ $rawParameter.assignments[0].name }}`", "`x`", "`x`", 1 },
	{ "`={{ $workflow.active }}`", "false", "false", 0 },
	{ "`={{ ({ a: [1, $json.n] }) }}`", "{`a`:[1,1]}", "{`a`:[1,2]}", 1 },
};

START_TEST(an_expression_gives_what_javascript_gives)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *workflow = ty_arena_printf(fx.arena, SET_X("%s"), rows[_i].expr);
	const struct ty_run_result *r;
	const char *expected = ty_arena_printf(
		fx.arena, "[{`json`:{`x`:[%s]},`from`:0},{`json`:{`x`:[%s]},`from`:1}]",
		rows[_i].first, rows[_i].second);
	const json_t *made;

	f->vars = fake_json(fx.arena, VARS);
	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, workflow,
			 "[" ITEM("{`n`:1,`a`:{`b`:[0,{`c`:`deep`}]}}") "," ITEM(
				 "{`n`:2,`a`:{`b`:[0,{`c`:`deep`}]}}") "," ITEM("{`n`:3}") "]",
			 NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s: %s", rows[_i].expr, error_str(r, "message"));
	made = json_object_get(json_object_get(fake_step_record(r, "s"), "outputs"), "main");
	ck_assert_msg(json_equal(made, fake_json(fx.arena, expected)), "%s gave %s", rows[_i].expr,
		      ty_json_dump(fx.arena, made, NULL));
	ck_assert_uint_eq(f->evals, rows[_i].evals);
}
END_TEST

START_TEST(all_items_and_scripts_of_a_step_go_over_in_one_message)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());
	const struct ty_run_result *r;

	for (int i = 0; i < 100; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", i));
	fake_ops_use_sandbox(f);
	r = fake_ops_run(
		f,
		FLOW(NODE("s", "core.set",
			  "`assignments`:[{`name`:`a`,`type`:`number`,`value`:`={{ "
			  "Math.abs($json.n + 1) }}`},"
			  "{`name`:`b`,`value`:`={{ $json.n }}`},"
			  "{`name`:`c`,`type`:`number`,`value`:`={{ Math.abs($json.n * 2) }}`}]"),
		     EDGE("start", "s")),
		ty_json_dump(fx.arena, items, NULL), NULL, &fx.err);
	ck_assert_uint_eq(f->evals, 1);
	ck_assert_uint_eq(json_array_size(json_object_get(f->last_eval, "items")), 100);
	ck_assert_uint_eq(json_array_size(json_object_get(f->last_eval, "scripts")), 2);
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "s"),
				     "{\"from\":99,\"json\":{\"a\":100,\"b\":\"99\",\"c\":198}}"));
}
END_TEST

START_TEST(what_is_the_same_for_all_items_is_evaluated_once)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	fake_ops_use_sandbox(f);
	fake_ops_run(f,
		     FLOW(NODE("s", "core.filter",
			       "`condition`:`={{ $workflow.name.startsWith('Fl') }}`"),
			  EDGE("start", "s")),
		     THREE_ITEMS, NULL, &fx.err);
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(f->last_eval, "indexes"), NULL),
			 "[0]");
	ck_assert_uint_eq(ty_run_result(f->run)->item_count, 6);
}
END_TEST

START_TEST(chance_is_the_runs_own_so_that_a_replay_sees_the_same)
{
	const char *flow =
		FLOW(NODE("c", "core.code", "`code`:`return { r: Math.random(), d: Date.now() }`"),
		     EDGE("start", "c"));
	struct fake_ops *f1 = fake_ops_new(fx.arena), *f2 = fake_ops_new(fx.arena);
	const struct ty_run_result *r1, *r2;

	fake_ops_use_sandbox(f1);
	fake_ops_use_sandbox(f2);
	f2->now_ms += 3600000;
	r1 = fake_ops_run(f1, flow, ONE_ITEM, NULL, &fx.err);
	r2 = fake_ops_run(f2, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(r1->status, TY_STATUS_OK);
	ck_assert_str_eq(outputs_text(r1, "c"), outputs_text(r2, "c"));
	ck_assert_str_eq(r1->digest, r2->digest);
}
END_TEST

/* ---- what the sandbox says is not believed ---- */

static const struct {
	const char *what, *answer;
	enum ty_code rc;
} odd_rows[] = {
	{ "not even ok", "{}", TY_E_UPSTREAM },
	{ "a list", "[]", TY_E_UPSTREAM },
	{ "no items", "{`ok`:true}", TY_E_UPSTREAM },
	{ "an item that is none", "{`ok`:true,`items`:[7]}", TY_E_UPSTREAM },
	{ "an item whose json is no object", "{`ok`:true,`items`:[{`json`:[]}]}", TY_E_UPSTREAM },
	{ "an item from beyond", "{`ok`:true,`items`:[{`json`:{},`from`:1}]}", TY_E_UPSTREAM },
	{ "an item from before", "{`ok`:true,`items`:[{`json`:{},`from`:-1}]}", TY_E_UPSTREAM },
	{ "an item from a name", "{`ok`:true,`items`:[{`json`:{},`from`:`a`}]}", TY_E_UPSTREAM },
	{ "an error without words", "{`ok`:false,`error`:{}}", TY_E_INVALID },
	{ "an error at no item", "{`ok`:false,`error`:{`message`:`m`,`item`:99}}", TY_E_INVALID },
	{ "fine", "{`ok`:true,`items`:[{`json`:{},`from`:0}],`logs`:[7]}", TY_OK },
};

static const char *odd_answer;

static json_t *
odd_eval(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_incref(fake_json(f->arena, odd_answer));
}

START_TEST(an_odd_answer_of_the_sandbox_is_an_error_of_the_step)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	odd_answer = odd_rows[_i].answer;
	f->on_eval = odd_eval;
	r = fake_ops_run(f, FLOW(NODE("c", "core.code", "`code`:`x`"), EDGE("start", "c")),
			 ONE_ITEM, NULL, &fx.err);
	ck_assert_str_eq(error_str(r, "code"),
			 odd_rows[_i].rc == TY_OK ? "" : ty_code_name(odd_rows[_i].rc));
	ck_assert(r->error == NULL || json_is_null(json_object_get(r->error, "item")));
}
END_TEST

static const char *const odd_values[] = {
	"{`ok`:true}",
	"{`ok`:true,`values`:[]}",
	"{`ok`:true,`values`:[[{`v`:true},{`v`:true}]]}",
	"{`ok`:true,`values`:[[{`v`:true}],[{`v`:true}]]}",
	"{`ok`:true,`values`:[7]}",
	"{`ok`:true,`values`:[[7]]}", /* undefined: refused as no condition */
	"{`ok`:true,`values`:[[{`e`:{`message`:`m`}}]]}",
};

START_TEST(odd_values_of_expressions_are_errors_of_the_step)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	odd_answer = odd_values[_i];
	f->on_eval = odd_eval;
	r = fake_ops_run(
		f,
		FLOW(NODE("c", "core.if", "`condition`:`={{ 1 + $json.n }}`"), EDGE("start", "c")),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "node"), "c");
}
END_TEST

/* An item of two parents comes from both: each node finds its own, in C and in the sandbox. */
static const char *const parents[] = {
	"`={{ $('A').item.json.x }}`,`={{ $('B').item.json.x }}`",
	"`={{ $('A').item.json.x.trim() }}`,`={{ $('B').item.json.x.trim() }}`",
};

/* Formulas in C, scripts and the parts of a template: what is thrown is undefined, with one notice. */
START_TEST(an_expression_that_throws_is_undefined_where_the_settings_say_so)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(
		f,
		FLOW_WITH(NODE("s", "core.set",
			       "`assignments`:[{`name`:`a`,`value`:`={{ $json.no.x + 1 }}`},"
			       "{`name`:`b`,`value`:`={{ nobody() }}`},"
			       "{`name`:`c`,`value`:`=c{{ $json.no.x + 1 }}d`},"
			       "{`name`:`d`,`value`:`=e{{ nobody() }}f{{ 1 + $json.n.abs() }}`}]"),
			  EDGE("start", "s"), "`expression_errors`:`undefined`"),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(
		outputs_text(r, "s"),
		quoted("{`main`:[{`from`:0,`json`:{`a`:null,`b`:null,`c`:`cd`,`d`:`ef2`}}]}"));
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, fake_step_record(r, "s"), NULL),
				     "expression_undefined"));
}
END_TEST

/* By the rules that it was begun with, so that its digest stays provable. */
START_TEST(a_run_of_before_the_dialect_goes_on_without_it)
{
	const char *flow =
		FLOW(NODE("s", "core.set",
			  "`assignments`:[{`name`:`x`,`value`:`={{ isNaN('a') + typeof fetch "
			  "}}`}]"),
		     EDGE("start", "s"));
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	f->digest_version = TY_DIGEST_PLACES;
	r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_uint_eq(ty_digest_version(r->digest), TY_DIGEST_PLACES);
	ck_assert_int_eq(ty_json_int(f->last_eval, "dialect", 0), 1);
	ck_assert_str_eq(outputs_text(r, "s"),
			 quoted("{`main`:[{`from`:0,`json`:{`x`:`trueundefined`}}]}"));
}
END_TEST

static const struct {
	const char *expression;
	unsigned version;
	enum ty_status status;
} reckoned[] = {
	{ "$('A' + '').first().json.x", TY_DIGEST_VERSION, TY_STATUS_OK },
	{ "$evaluateExpression('{{ $node.A.json.x }}')", TY_DIGEST_VERSION, TY_STATUS_OK },
	{ "$getPairedItem('A', null, { item: 0 }).json.x", TY_DIGEST_VERSION, TY_STATUS_OK },
	{ "$('A' + '').first().json.x", TY_DIGEST_STATICS, TY_STATUS_ERROR },
	{ "$getPairedItem('A', null, { item: 0 }).json.x", TY_DIGEST_STATICS, TY_STATUS_ERROR },
};

/* A name that only the script knows may be that of any node before it. */
START_TEST(a_node_whose_name_is_reckoned_is_seen)
{
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(NODE("A", "core.set",
			  "`assignments`:[{`name`:`x`,`value`:`seen`}]") "," NODE("s", "core.set",
										  "`assignments`:[{"
										  "`name`:`x`,"
										  "`value`:`={{ %s "
										  "}}`}]"),
		     EDGE("start", "A") "," EDGE("A", "s")),
		reckoned[_i].expression);
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	f->digest_version = reckoned[_i].version;
	r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_int_eq(r->status, reckoned[_i].status);
	if (r->status == TY_STATUS_OK)
		ck_assert_ptr_nonnull(strstr(outputs_text(r, "s"), "\"x\":\"seen\""));
}
END_TEST

#define SETS(id) NODE(id, "core.set", "`assignments`:[{`name`:`x`,`value`:`=" id "{{ $json.n }}`}]")

START_TEST(an_item_of_two_parents_knows_both)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *workflow = ty_arena_printf(
		fx.arena,
		FLOW(SETS("A") "," SETS("B") "," NODE(
			     "m", "core.merge",
			     "`mode`:`by_position`") "," NODE("s", "core.set",
							      "`assignments`:[{`name`:`x`,`type`:`"
							      "json`,`value`:[%s]}]"),
		     EDGE("start", "A") "," EDGE(
			     "start", "B") ",{`from`:`A`,`to`:`m`,`input`:`input1`},{`from`:`B`,"
					   "`to`:`m`,`input`:`input2`}," EDGE("m", "s")),
		parents[_i]);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, workflow, THREE_ITEMS, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(outputs_text(r, "s"),
			 quoted("{`main`:[{`from`:0,`json`:{`x`:[`A1`,`B1`]}},"
				"{`from`:1,`json`:{`x`:[`A2`,`B2`]}},"
				"{`from`:2,`json`:{`x`:[`A3`,`B3`]}}]}"));
}
END_TEST

/* What code writes to $vars is its own; a run of before there were variables has none. */
START_TEST(variables_are_what_the_run_was_begun_with)
{
	const char *flow = FLOW(
		NODE("c", "core.code",
		     "`code`:`try { $vars.region = 'us' } catch (e) {} return { r: $vars.region ?? "
		     "'none' }`") "," NODE("s", "core.set",
					   "`assignments`:[{`name`:`x`,`value`:`={{ $vars.region "
					   "?? 'none' }}`}]"),
		EDGE("start", "c") "," EDGE("c", "s"));

	for (unsigned version = TY_DIGEST_DIALECT; version <= TY_DIGEST_VARS; version++) {
		const char *is = version == TY_DIGEST_VARS ? "eu" : "none";
		struct fake_ops *f = fake_ops_new(fx.arena);
		const struct ty_run_result *r;

		f->vars = fake_json(fx.arena, VARS);
		f->digest_version = version;
		fake_ops_use_sandbox(f);
		r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
		ck_assert_msg(r != NULL && r->status == TY_STATUS_OK, "%s", fx.err.msg);
		ck_assert_ptr_nonnull(strstr(outputs_text(r, "c"),
					     ty_arena_printf(fx.arena, "{\"r\":\"%s\"}", is)));
		ck_assert_ptr_nonnull(strstr(outputs_text(r, "s"),
					     ty_arena_printf(fx.arena, "\"x\":\"%s\"", is)));
	}
}
END_TEST

static const struct {
	const char *expr, *names;
} asked[] = {
	{ "={{ $vars.a + $vars?.b }} {{ $vars['c'] }} {{ $vars.a }}", "[`a`,`b`,`c`]" },
	{ "={{ $vars[$json.n] }}", "[`*`]" },
	{ "={{ Object.keys($vars) }}", "[`*`]" },
	{ "={{ $json.vars }}", NULL },
};

START_TEST(a_plan_knows_which_variables_its_runs_may_ask_for)
{
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(NODE("s", "core.set", "`assignments`:[{`name`:`x`,`value`:`%s`}]"),
		     EDGE("start", "s")),
		asked[_i].expr);
	const struct ty_plan *plan;

	ck_assert_ok(fake_ops_plan(fake_ops_new(fx.arena), flow, &plan, &fx.err));
	if (asked[_i].names == NULL)
		ck_assert_ptr_null(ty_plan_vars(plan));
	else
		ck_assert_str_eq(ty_json_dump(fx.arena, ty_plan_vars(plan), NULL),
				 quoted(asked[_i].names));
}
END_TEST

TEST_MAIN("engine.expressions", {
	TEST(variables_are_what_the_run_was_begun_with);
	TEST_LOOP(a_plan_knows_which_variables_its_runs_may_ask_for, asked);
	TEST_LOOP(an_expression_gives_what_javascript_gives, rows);
	TEST(all_items_and_scripts_of_a_step_go_over_in_one_message);
	TEST(what_is_the_same_for_all_items_is_evaluated_once);
	TEST(chance_is_the_runs_own_so_that_a_replay_sees_the_same);
	TEST_LOOP(an_odd_answer_of_the_sandbox_is_an_error_of_the_step, odd_rows);
	TEST_LOOP(odd_values_of_expressions_are_errors_of_the_step, odd_values);
	TEST(a_run_of_before_the_dialect_goes_on_without_it);
	TEST_LOOP(a_node_whose_name_is_reckoned_is_seen, reckoned);
	TEST(an_expression_that_throws_is_undefined_where_the_settings_say_so);
	TEST_LOOP(an_item_of_two_parents_knows_both, parents);
})
