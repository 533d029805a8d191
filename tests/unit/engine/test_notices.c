/*
 * test_notices.c -- what a step tells though nothing failed: beside the record, outside the digest.
 */
#include "node/node.h"
#include "unit/engine/flow.h"

struct tell_params {
	int64_t count;
	const char *text;
};

static const struct ty_param tell_table[] = {
	{ .name = "count",
	  .label = "Count",
	  .type = TY_PARAM_INT,
	  .def = "1",
	  .offset = offsetof(struct tell_params, count) },
	{ .name = "text",
	  .label = "Text",
	  .type = TY_PARAM_STRING,
	  .def = "told",
	  .offset = offsetof(struct tell_params, text) },
	{ .name = NULL },
};

static bool tells_number; /* set before a run: does each notice differ from the last? */
static bool fails;

static enum ty_code
tell_exec(struct ty_step *step, struct ty_err *err)
{
	const struct tell_params *p = ty_step_params(step, 0);

	for (int64_t i = 0; i < p->count; i++)
		ty_step_notice(step, "test", "%s %d", p->text, tells_number ? (int)i : 0);
	if (fails)
		return ty_err_set(err, TY_E_INVALID, "it failed after that");
	return ty_step_pass(step, 0, 0, err);
}

static const struct ty_node_def tell_def = {
	TY_NODE_HEAD,		.type = "test.tell",
	.version = 1,		.category = TY_CATEGORY_DATA,
	.title = "Tell",	.summary = "Of a test",
	.inputs = ty_ports_one, .outputs = ty_ports_one,
	.params = tell_table,	.params_size = sizeof(struct tell_params),
	.flags = TY_NODE_PURE,	.exec = tell_exec,
};

static const struct ty_node_def *const tell_defs[] = { &tell_def, NULL };

static const struct ty_run_result *
run_tell(const char *params)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->nodes = tell_defs;
	return fake_ops_run(f,
			    ty_arena_printf(fx.arena,
					    FLOW(NODE("a", "test.tell", "%s"), EDGE("start", "a")),
					    params),
			    ONE_ITEM, NULL, &fx.err);
}

static const char *
notices_text(const struct ty_run_result *r)
{
	const json_t *notices = ty_json_arr(fake_step_record(r, "a"), "notices");

	return notices != NULL ? ty_json_dump_canonical(fx.arena, notices, NULL) : "none";
}

START_TEST(notice_is_in_the_record_once)
{
	tells_number = fails = false;
	ck_assert_str_eq(notices_text(run_tell("`count`:3")),
			 "[{\"code\":\"test\",\"text\":\"told 0\"}]");
}
END_TEST

START_TEST(step_without_a_notice_has_no_member_for_it)
{
	tells_number = fails = false;
	ck_assert_str_eq(notices_text(run_tell("`count`:0")), "none");
}
END_TEST

START_TEST(twenty_notices_are_kept)
{
	const json_t *notices;

	tells_number = true;
	fails = false;
	notices = ty_json_arr(fake_step_record(run_tell("`count`:30"), "a"), "notices");
	ck_assert_uint_eq(json_array_size(notices), 20);
	ck_assert_str_eq(ty_json_str(json_array_get(notices, 19), "text", ""), "told 19");
}
END_TEST

START_TEST(failed_step_keeps_its_notices)
{
	tells_number = false;
	fails = true;
	ck_assert_str_eq(notices_text(run_tell("`text`:`heard`")),
			 "[{\"code\":\"test\",\"text\":\"heard 0\"}]");
}
END_TEST

/* The run id seeds nothing here, so two runs differ in their notices alone. */
START_TEST(digest_leaves_notices_out)
{
	const struct ty_run_result *told, *silent;

	fails = tells_number = false;
	told = run_tell("`count`:1");
	silent = run_tell("`count`:0");
	ck_assert_str_ne(notices_text(told), notices_text(silent));
	ck_assert_str_eq(told->digest, silent->digest);
}
END_TEST

static json_t *
halved_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_incref(
		fake_json(f->arena, json_object_get(request, "code") != NULL
					    ? "{`ok`:true,`items`:[],`half_pairs`:2}"
					    : "{`ok`:true,`values`:[[{`v`:1}]],`half_pairs`:3}"));
}

static const char *
halved_notices(const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->on_eval = halved_answer;
	r = fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	return notices_text(r);
}

START_TEST(halves_of_pairs_that_a_script_gave_are_told)
{
	ck_assert_ptr_nonnull(
		strstr(halved_notices(FLOW(NODE("a", "core.code", "`code`:`return []`"),
					   EDGE("start", "a"))),
		       "\"half_pair_replaced\",\"text\":\"2 halves"));
	ck_assert_ptr_nonnull(strstr(
		halved_notices(FLOW(
			NODE("a", "core.set", "`assignments`:[{`name`:`a`,`value`:`={{ f() }}`}]"),
			EDGE("start", "a"))),
		"\"half_pair_replaced\",\"text\":\"3 halves"));
}
END_TEST

TEST_MAIN("engine.notices", {
	TEST(halves_of_pairs_that_a_script_gave_are_told);
	TEST(notice_is_in_the_record_once);
	TEST(step_without_a_notice_has_no_member_for_it);
	TEST(twenty_notices_are_kept);
	TEST(failed_step_keeps_its_notices);
	TEST(digest_leaves_notices_out);
})
