/*
 * test_limits.c -- time, size and count: every limit of a run is hit here, by a fake clock and
 * by nodes that emit too much; and what is too large to stay in a run leaves it.
 */
#define TEST_TIMEOUT_S 60

#include "base/limits.h"
#include "crypto/crypto.h"
#include "node/node.h"
#include "base/str.h"
#include "unit/engine/flow.h"

/* ---- nodes of this test ---- */

struct many_params {
	int64_t count, bytes, depth, wait_ms, values;
};

static const struct ty_param many_table[] = {
	{ .name = "count",
	  .label = "Count",
	  .type = TY_PARAM_INT,
	  .def = "1",
	  .offset = offsetof(struct many_params, count) },
	{ .name = "bytes",
	  .label = "Bytes",
	  .type = TY_PARAM_INT,
	  .def = "1",
	  .offset = offsetof(struct many_params, bytes) },
	{ .name = "depth",
	  .label = "Depth",
	  .type = TY_PARAM_INT,
	  .def = "1",
	  .offset = offsetof(struct many_params, depth) },
	{ .name = "values",
	  .label = "Values",
	  .type = TY_PARAM_INT,
	  .def = "0",
	  .offset = offsetof(struct many_params, values) },
	{ .name = "wait_ms",
	  .label = "Wait",
	  .type = TY_PARAM_INT,
	  .def = "0",
	  .offset = offsetof(struct many_params, wait_ms) },
	{ .name = NULL },
};

static json_t *
nulls(int64_t count)
{
	json_t *list = json_array();

	while (count-- > 0)
		json_array_append_new(list, json_null());
	return list;
}

/* 'count' items of about 'bytes' bytes, which share one string, 'depth' levels deep. */
static enum ty_code
many_exec(struct ty_step *step, struct ty_err *err)
{
	const struct many_params *p = ty_step_params(step, 0);
	char *text = ty_arena_alloc(ty_step_arena(step), (size_t)p->bytes + 1);
	json_t *string;

	memset(text, 'x', (size_t)p->bytes);
	string = ty_json_own(ty_step_arena(step), json_string(text));
	for (int64_t i = 0; i < p->count; i++) {
		json_t *json = json_pack("{s:O}", "s", string);

		for (int64_t d = 1; d < p->depth; d++)
			json = json_pack("{s:o}", "d", json);
		if (p->values > 0)
			json_object_set_new(json, "v", nulls(p->values));
		if (ty_step_emit(step, 0, json, 0, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
wait_exec(struct ty_step *step, struct ty_err *err)
{
	const struct many_params *p = ty_step_params(step, 0);
	int64_t *waits = ty_step_state(step);

	if (*waits != 0)
		return ty_err_set(err, TY_E_INTERNAL, "a step's state begins as zeros");
	*waits = 1;
	return ty_step_wait(step, ty_step_now_ms(step) + p->wait_ms, NULL, err);
}

static enum ty_code
wait_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const int64_t *waits = ty_step_state(step);

	if (answer->value != NULL || answer->err != NULL)
		return ty_err_set(err, TY_E_INTERNAL, "a wait has no answer");
	if (*waits != 1)
		return ty_err_set(err, TY_E_INTERNAL, "a step's state outlives a wait");
	return ty_step_emit(step, 0, json_pack("{s:I}", "at", (json_int_t)ty_step_now_ms(step)), 0,
			    err);
}

/* Wraps the item's "big", reference or not, into something that is too large itself. */
static enum ty_code
nest_exec(struct ty_step *step, struct ty_err *err)
{
	const json_t *json = json_object_get(ty_step_item(step, 0), "json");
	char *pad = ty_arena_alloc(ty_step_arena(step), 40001);

	memset(pad, 'p', 40000);
	return ty_step_emit(step, 0,
			    json_pack("{s:{s:O, s:s, s:s}}", "box", "big",
				      json_object_get(json, "big"), "p", pad, "q", pad),
			    0, err);
}

#define TEST_NODE(name, type_, exec_, resume_)                                                     \
	static const struct ty_node_def name = {                                                   \
		TY_NODE_HEAD,                                                                      \
		.type = type_,                                                                     \
		.version = 1,                                                                      \
		.category = TY_CATEGORY_DATA,                                                      \
		.title = "T",                                                                      \
		.summary = "Of a test",                                                            \
		.inputs = ty_ports_one,                                                            \
		.outputs = ty_ports_one,                                                           \
		.params = many_table,                                                              \
		.params_size = sizeof(struct many_params),                                         \
		.state_size = sizeof(int64_t),                                                     \
		.flags = TY_NODE_PURE,                                                             \
		.exec = exec_,                                                                     \
		.resume = resume_,                                                                 \
	}
TEST_NODE(many_def, "test.many", many_exec, NULL);
TEST_NODE(wait_def, "test.wait", wait_exec, wait_resume);
TEST_NODE(nest_def, "test.nest", nest_exec, NULL);

/* One small item, with 'bytes' of memory taken on the way to it. */
static enum ty_code
hungry_exec(struct ty_step *step, struct ty_err *err)
{
	const struct many_params *p = ty_step_params(step, 0);

	ty_arena_alloc(ty_step_arena(step), (size_t)p->bytes);
	return ty_step_emit(step, 0, json_object(), 0, err);
}
TEST_NODE(hungry_def, "test.hungry", hungry_exec, NULL);

static const struct ty_node_def *const test_defs[] = { &many_def, &nest_def, &wait_def, &hungry_def,
						       NULL };

static struct fake_ops *
ops_new(void)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->nodes = test_defs;
	return f;
}

/* ---- sizes: TY_LIMIT_STEP_ITEMS, TY_LIMIT_STEP_BYTES, TY_LIMIT_STEP_VALUES, TY_LIMIT_RUN_BYTES ---- */

static const struct {
	const char *params;
	const char *code, *message;
} size_rows[] = {
	{ "`count`:10000", "", "" },
	{ "`count`:10001", "limit", "at most 10000 items" },
	{ "`count`:799,`bytes`:41900", "", "" },
	{ "`count`:810,`bytes`:41900", "limit", "at most 32 MiB" },
	/* an item here is of three values besides: itself, "s" and the list */
	{ "`count`:10,`values`:39997", "", "" },
	{ "`count`:10,`values`:39998", "limit", "at most 400000 values" },
	{ "`depth`:126", "", "" }, /* and { s: x } makes two more */
	{ "`depth`:128", "limit", "at most 128 deep" },
	{ "`depth`:5000", "limit", "at most 128 deep" },
};

START_TEST(a_step_may_emit_so_much_and_no_more)
{
	const char *flow =
		ty_arena_printf(fx.arena, FLOW(NODE("m", "test.many", "%s"), EDGE("start", "m")),
				size_rows[_i].params);
	const struct ty_run_result *r = fake_ops_run(ops_new(), flow, ONE_ITEM, NULL, &fx.err);

	ck_assert_str_eq(error_str(r, "code"), size_rows[_i].code);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), size_rows[_i].message));
	ck_assert_int_eq(error_str(r, "hint")[0] != '\0', size_rows[_i].code[0] != '\0');
	/* A retry does the same. */
	ck_assert(!ty_json_bool(r->error, "retryable", false));
}
END_TEST

/* What the sandbox gives back is judged as what a node emits: a retry does the same. */
START_TEST(code_that_gives_too_many_items_is_not_tried_again)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(
		f,
		FLOW(NODE_WITH(
			     "c", "core.code",
			     "`code`:`return Array.from({ length: 20000 }, () => ({ json: {} }))`",
			     ",`retry`:{`tries`:3,`backoff`:`fixed`,`base_ms`:1}"),
		     EDGE("start", "c")),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert(json_is_false(json_object_get(r->error, "retryable")));
	ck_assert_uint_eq(f->evals, 1);
}
END_TEST

/* A chain m0, m1 ... of some steps of one kind, then some of another, behind "start". */
struct link {
	const char *type, *params, *more;
	int count;
};

static const char *
chain(const struct link *links, size_t count)
{
	const char *nodes = "", *edges = "", *before = "start";
	int n = 0;

	for (size_t l = 0; l < count; l++)
		for (int i = 0; i < links[l].count; i++, n++) {
			const char *id = ty_arena_printf(fx.arena, "m%d", n);

			nodes = ty_arena_printf(
				fx.arena, "%s%s{`id`:`%s`,`type`:`%s`,`params`:{%s}%s}", nodes,
				n > 0 ? "," : "", id, links[l].type, links[l].params,
				links[l].more != NULL ? links[l].more : "");
			edges = ty_arena_printf(fx.arena, "%s%s{`from`:`%s`,`to`:`%s`}", edges,
						n > 0 ? "," : "", before, id);
			before = id;
		}
	return ty_arena_printf(fx.arena, FLOW("%s", "%s"), nodes, edges);
}

/* 33 MB of the 256 MiB: values that leave as references, so that records stay small. */
#define BIG_STEP "`count`:33,`bytes`:1000000"

START_TEST(all_steps_of_a_run_may_emit_so_much_together)
{
	const struct link links[] = { { "test.many", BIG_STEP, NULL, 9 } };
	const char *flow = chain(links, 1);
	const struct ty_run_result *r = fake_ops_run(ops_new(), flow, ONE_ITEM, NULL, &fx.err);

	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "all steps of a run"));
	ck_assert_str_eq(error_str(r, "node"), "m8");
}
END_TEST

static const struct {
	int bytes;
	const char *code;
} hungry_rows[] = { { TY_LIMIT_RUN_BYTES / 2, "" }, { TY_LIMIT_RUN_BYTES, "limit" } };

/* Memory that is taken for items counts, whatever the items themselves are counted as. */
START_TEST(what_is_taken_for_items_counts_too)
{
	const char *flow = ty_arena_printf(
		fx.arena, FLOW(NODE("m", "test.hungry", "`bytes`:%d"), EDGE("start", "m")),
		hungry_rows[_i].bytes);
	const struct ty_run_result *r = fake_ops_run(ops_new(), flow, ONE_ITEM, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_str_eq(error_str(r, "code"), hungry_rows[_i].code);
}
END_TEST

/* Passing an item on emits no new value, but takes memory: ten thousand items, step after step. */
START_TEST(passing_on_without_end_is_no_way_around_it)
{
	const struct link links[] = { { "test.many", BIG_STEP, NULL, 7 },
				      { "test.many", "`count`:10000", NULL, 1 },
				      { "core.noop", "", NULL, 8 } };
	const struct ty_run_result *r =
		fake_ops_run(ops_new(), chain(links, 3), ONE_ITEM, NULL, &fx.err);

	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "all steps of a run"));
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(r->steps, r->step_count - 1), "type")),
			 "core.noop");
}
END_TEST

START_TEST(what_a_failed_step_emitted_does_not_count)
{
	/* Each node fails at its last item and goes on: 12 times 32 MiB would be too much. */
	const struct link links[] = { { "test.many", "`count`:40,`bytes`:1000000",
					",`on_error`:`continue`", 12 } };
	const struct ty_run_result *r =
		fake_ops_run(ops_new(), chain(links, 1), ONE_ITEM, NULL, &fx.err);
	const json_t *error;

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	error = json_object_get(fake_step_record(r, "m11"), "error");
	ck_assert_ptr_nonnull(strstr(ty_json_str(error, "message", ""), "a step emits"));
}
END_TEST

/* Each item quotes a value of the first step: no item is large, together they are. */
START_TEST(parameters_of_all_items_may_take_so_much_together)
{
	struct fake_ops *f = ops_new();
	char *text = ty_arena_alloc(fx.arena, 1000001);
	const struct ty_run_result *r;

	memset(text, 'x', 1000000);
	r = fake_ops_run(f,
			 FLOW(NODE("m", "test.many", "`count`:200") "," NODE(
				      "h", "http.request",
				      "`url`:`https://x.test/`,`body_kind`:`text`,"
				      "`body_text`:`=!{{ $('start').item.json.s }}`"),
			      EDGE("start", "m") "," EDGE("m", "h")),
			 ty_arena_printf(fx.arena, "[{`json`:{`s`:`%s`}}]", text), NULL, &fx.err);
	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "parameters of all items"));
	ck_assert_uint_eq(f->calls, 0);
}
END_TEST

/* ---- payloads ---- */

#define PASS                                                                                       \
	FLOW(NODE("n", "core.noop",                                                                \
		  "") "," NODE("s", "core.set",                                                    \
			       "`assignments`:[{`name`:`copy`,`value`:`={{ $json.s }}`},"          \
			       "{`name`:`len`,`type`:`number`,`value`:`={{ $json.s.length }}`},"   \
			       "{`name`:`tail`,`value`:`={{ $json.s[51200] }}`}]"),                \
	     EDGE("start", "n") "," EDGE("n", "s"))

static const char *
items_with_text(size_t bytes)
{
	char *text = ty_arena_alloc(fx.arena, bytes + 1);

	memset(text, 'x', bytes);
	return ty_arena_printf(fx.arena, "[{`json`:{`s`:`%s`}}]", text);
}

START_TEST(a_value_of_fifty_kilobytes_stays)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, PASS, items_with_text(TY_LIMIT_INLINE_VALUE_BYTES), NULL, &fx.err);
	ck_assert_uint_eq(r->payload_count, 0);
	ck_assert_ptr_null(strstr(outputs_text(r, "n"), "$payload"));
}
END_TEST

START_TEST(a_larger_value_leaves_as_a_reference_and_is_whole_where_it_is_read)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	uint8_t sum[TY_SHA256_SIZE];
	char hex[65];
	const char *ref;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, PASS, items_with_text(TY_LIMIT_INLINE_VALUE_BYTES + 1), NULL, &fx.err);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(r->payload_count, 1); /* the copy is the same content */
	ck_assert_uint_eq(r->payloads[0].len, TY_LIMIT_INLINE_VALUE_BYTES + 1);
	ck_assert_str_eq(r->payloads[0].kind, "string");
	ty_sha256(r->payloads[0].data, r->payloads[0].len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	ck_assert_str_eq(r->payloads[0].hash, hex);
	ref = ty_arena_printf(fx.arena, "{`$payload`:`%s`,`bytes`:51201,`kind`:`string`}", hex);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, fake_step_record(r, "n"), NULL), quoted(ref)));
	ck_assert(json_equal(
		json_object_get(fake_step_record(r, "s"), "outputs"),
		fake_json(fx.arena,
			  ty_arena_printf(
				  fx.arena,
				  "{`main`:[{`json`:{`copy`:%s,`len`:51201,`tail`:`x`},`from`:0}]}",
				  ref))));
}
END_TEST

/* A text with an object put in, of which a member has left. */
START_TEST(a_reference_is_whole_in_a_text_too)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	char *text = ty_arena_alloc(fx.arena, 60001);
	const struct ty_run_result *r;

	memset(text, 'x', 60000);
	r = fake_ops_run(f,
			 FLOW(NODE("n", "core.noop", "") "," NODE(
				      "s", "core.set",
				      "`assignments`:[{`name`:`t`,`value`:`=v{{ $json.o }}`},"
				      "{`name`:`u`,`value`:`=v{{ $json.no || $json.o }}`}]"),
			      EDGE("start", "n") "," EDGE("n", "s")),
			 ty_arena_printf(fx.arena, "[{`json`:{`o`:{`s`:`%s`}}}]", text), NULL,
			 &fx.err);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	/* The text of the input, and v{"s":"..."}, which both are. */
	ck_assert_uint_eq(r->payload_count, 2);
	ck_assert_uint_eq(r->payloads[1].len, 60000 + 9);
}
END_TEST

/* A reference within something that is too large itself, twice over. */
START_TEST(a_reference_within_a_reference_is_whole_too)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	char *text = ty_arena_alloc(fx.arena, 60001), *pad = ty_arena_alloc(fx.arena, 30001);
	const struct ty_run_result *r;

	memset(text, 'a', 60000);
	memset(pad, 'b', 30000);
	fake_ops_use_sandbox(f);
	r = fake_ops_run(
		f,
		FLOW(NODE("s1", "core.set",
			  "`include_other`:true,`assignments`:["
			  "{`name`:`q`,`type`:`json`,`value`:1}]") "," NODE("s2", "core.set",
									    "`assignments`:[{`name`"
									    ":`box`,`type`:`json`,"
									    "`value`:{`big`:`={{ "
									    "$json.big "
									    "}}`,`p`:`={{ $json.p1 "
									    "}}`,`q`:`={{ $json.p2 "
									    "}}`}}]") "," NODE("s3",
											       "cor"
											       "e."
											       "se"
											       "t",
											       "`in"
											       "clu"
											       "de_"
											       "oth"
											       "er`"
											       ":tr"
											       "ue,"
											       "`as"
											       "sig"
											       "nme"
											       "nts"
											       "`:["
											       "{`"
											       "nam"
											       "e`:"
											       "`k`"
											       ",`"
											       "val"
											       "ue`"
											       ":1}"
											       "]") "," NODE("c",
													     "core.code",
													     "`code`:`const b = $json.box; return { n: b.big.length, "
													     "p: b.p.length, q: b.q.length }`"),
		     EDGE("start", "s1") "," EDGE("s1", "s2") "," EDGE("s2", "s3") "," EDGE("s3",
											    "c")),
		ty_arena_printf(fx.arena, "[{`json`:{`big`:`%s`,`p1`:`%s`,`p2`:`%s`}}]", text, pad,
				pad),
		NULL, &fx.err);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(r->payload_count, 2);
	ck_assert_str_eq(r->payloads[1].kind, "json");
	ck_assert_ptr_nonnull(strstr(r->payloads[1].data, r->payloads[0].hash));
	ck_assert_str_eq(outputs_text(r, "c"),
			 quoted("{`main`:[{`from`:0,`json`:{`n`:60000,`p`:30000,`q`:30000}}]}"));
}
END_TEST

START_TEST(a_reference_that_a_node_wrapped_is_whole_too)
{
	struct fake_ops *f = ops_new();
	char *text = ty_arena_alloc(fx.arena, 60001);
	const struct ty_run_result *r;

	memset(text, 'a', 60000);
	fake_ops_use_sandbox(f);
	r = fake_ops_run(f,
			 FLOW(NODE("n", "test.nest", "") "," NODE(
				      "c", "core.code",
				      "`code`:`const b = "
				      "$json.box; return { n: b.big.length, p: b.p.length }`"),
			      EDGE("start", "n") "," EDGE("n", "c")),
			 ty_arena_printf(fx.arena, "[{`json`:{`big`:`%s`}}]", text), NULL, &fx.err);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(r->payload_count, 2);
	ck_assert_str_eq(outputs_text(r, "c"),
			 quoted("{`main`:[{`from`:0,`json`:{`n`:60000,`p`:40000}}]}"));
}
END_TEST

START_TEST(a_forged_reference_stays_what_it_is)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *items = "[{`json`:{`s`:{`$payload`:`00`,`bytes`:9,`kind`:`string`}}}]";
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f,
			 FLOW(NODE("s", "core.set",
				   "`assignments`:[{`name`:`k`,`value`:`={{ $json.s.kind }}`}]"),
			      EDGE("start", "s")),
			 items, NULL, &fx.err);
	ck_assert_uint_eq(r->payload_count, 0);
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "s"), "\"k\":\"string\""));
}
END_TEST

/* ---- time: what TY_LIMIT_NODE_TIMEOUT_MS and TY_LIMIT_RUN_TIMEOUT_MS are the defaults of ---- */

#define CODE_1S NODE_WITH("c", "core.code", "`code`:`x`", ",`timeout_ms`:1000")

START_TEST(a_node_is_stopped_at_its_time_limit)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	uint64_t token;

	f->hold = FAKE_EVAL;
	fake_ops_run(f, FLOW(CODE_1S, EDGE("start", "c")), ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(f->wake_ms, FAKE_NOW_MS + 1000);
	token = f->pending[0].token;
	fake_ops_advance(f, 999);
	ck_assert_ptr_null(ty_run_result(f->run));
	fake_ops_advance(f, 1);
	r = ty_run_result(f->run);
	ck_assert_int_eq(r->status, TY_STATUS_TIMEOUT);
	ck_assert_str_eq(steps_text(r), "start ok, c timeout");
	ck_assert_str_eq(error_str(r, "code"), "timeout");
	ck_assert_ptr_nonnull(strstr(error_str(r, "hint"), "the node's timeout_ms"));
	ck_assert_uint_eq(f->abandoned, 1);
	ck_assert_int_eq(f->wake_ms, 0);
	/* An answer that comes all the same finds nobody. */
	ty_run_eval_done(f->run, token, fake_json(fx.arena, "{`ok`:true,`items`:[]}"), NULL);
	ck_assert_uint_eq(f->finished, 1);
}
END_TEST

/* ---- the sandbox's CPU time ---- */

#define DATE(name) "{`name`:`" name "`,`value`:`={{ new Date($json.n).getDay() }}`}"

/* Written out, because the numbers are what is promised. */
static const struct {
	const char *assignments;
	size_t items;
	int64_t limit_ms;
} values_cases[] = {
	{ DATE("a"), 1, 1000 },
	{ DATE("a"), 1000, 1500 },
	{ DATE("a"), 10000, 6000 },
	{ DATE("a") "," DATE("b"), 10000, 11000 },
	{ DATE("a") "," DATE("b") "," DATE("c") "," DATE("d") "," DATE("e") "," DATE("f") "," DATE(
		  "g"),
	  10000, 30000 },
};

START_TEST(expressions_have_time_for_each_of_their_values)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_buf items;

	ty_buf_init(&items, fx.arena, 0);
	for (size_t i = 0; i < values_cases[_i].items; i++)
		ty_buf_printf(&items, "%s{`json`:{`n`:%zu}}", i > 0 ? "," : "[", i);
	ty_buf_printf(&items, "]");
	f->hold = FAKE_EVAL;
	fake_ops_run(f,
		     ty_arena_printf(
			     fx.arena,
			     FLOW(NODE("s", "core.set", "`assignments`:[%s]"), EDGE("start", "s")),
			     values_cases[_i].assignments),
		     items.data, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 1);
	ck_assert_int_eq(f->pending[0].timeout_ms, values_cases[_i].limit_ms);
}
END_TEST

START_TEST(a_run_is_stopped_at_its_time_limit)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->hold = FAKE_EVAL;
	fake_ops_run(f, FLOW_WITH(CODE_1S, EDGE("start", "c"), "`timeout_ms`:500"), ONE_ITEM, NULL,
		     &fx.err);
	fake_ops_advance(f, 500);
	r = ty_run_result(f->run);
	ck_assert_int_eq(r->status, TY_STATUS_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "the run took longer"));
	ck_assert_ptr_nonnull(strstr(error_str(r, "hint"), "the workflow's settings"));
	ck_assert_uint_eq(f->abandoned, 1);
}
END_TEST

START_TEST(a_run_that_never_waits_is_stopped_between_steps)
{
	const struct link links[] = { { "core.noop", "", NULL, 20 } };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->tick_ms = 40000; /* every look at the clock costs that much; the limit is 300 s */
	r = fake_ops_run(f, chain(links, 1), ONE_ITEM, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_int_eq(r->status, TY_STATUS_TIMEOUT);
	ck_assert_uint_lt(r->step_count, 10);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(r->error, "trace"), 0)),
			 "engine: the run");
}
END_TEST

START_TEST(waiting_is_not_running)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;
	const char *flow = FLOW_WITH(
		NODE_WITH("w", "test.wait", "`wait_ms`:3600000", ",`timeout_ms`:1000") "," CODE_1S,
		EDGE("start", "w") "," EDGE("w", "c"), "`timeout_ms`:5000");

	f->hold = FAKE_EVAL;
	fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(f->wake_ms, FAKE_NOW_MS + 3600000);
	ty_run_wake(f->run); /* too early: asks again */
	ck_assert_int_eq(f->wake_ms, FAKE_NOW_MS + 3600000);
	fake_ops_advance(f, 3600000);
	ck_assert_uint_eq(f->pending_count, 1); /* on to the code, with all its time */
	fake_ops_advance(f, 999);
	ck_assert_ptr_null(ty_run_result(f->run));
	fake_ops_advance(f, 1);
	r = ty_run_result(f->run);
	ck_assert_str_eq(steps_text(r), "start ok, w ok, c timeout");
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "w"), "1700003600000"));
}
END_TEST

/* ---- being stopped ---- */

START_TEST(a_run_that_is_canceled_ends_once_with_the_reason)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->hold = FAKE_EVAL;
	fake_ops_run(f, FLOW(CODE_1S, EDGE("start", "c")), ONE_ITEM, NULL, &fx.err);
	ty_run_cancel(f->run, "the owner said so");
	ty_run_cancel(f->run, "and again");
	ty_run_wake(f->run);
	r = ty_run_result(f->run);
	ck_assert_int_eq(r->status, TY_STATUS_CANCELED);
	ck_assert_str_eq(error_str(r, "message"), "the owner said so");
	ck_assert_str_eq(steps_text(r), "start ok, c canceled");
	ck_assert_uint_eq(f->abandoned, 1);
	ck_assert_uint_eq(f->finished, 1);
}
END_TEST

START_TEST(a_run_canceled_before_its_start_ends_when_it_starts)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	struct ty_run_spec spec = { .input = fake_json(fx.arena, ONE_ITEM) };
	struct ty_run *run;

	ck_assert_ok(fake_ops_plan(f, FLOW(CODE_1S, EDGE("start", "c")), &spec.plan, &fx.err));
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &run, &fx.err));
	ty_run_cancel(run, "too late");
	ck_assert_uint_eq(f->finished, 0);
	ty_run_start(run);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert_int_eq(ty_run_result(run)->status, TY_STATUS_CANCELED);
	ck_assert_uint_eq(ty_run_result(run)->step_count, 0);
}
END_TEST

START_TEST(a_run_that_is_freed_lets_go_of_everything)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->hold = FAKE_EVAL;
	fake_ops_run(f, FLOW(CODE_1S, EDGE("start", "c")), ONE_ITEM, NULL, &fx.err);
	ck_assert_int_ne(f->wake_ms, 0);
	ty_run_free(f->run);
	ck_assert_uint_eq(f->abandoned, 1);
	ck_assert_uint_eq(f->finished, 0);
	ck_assert_int_eq(f->wake_ms, 0);
	ty_run_free(NULL);
}
END_TEST

TEST_MAIN("engine.limits", {
	TEST_LOOP(a_step_may_emit_so_much_and_no_more, size_rows);
	TEST(code_that_gives_too_many_items_is_not_tried_again);
	TEST(all_steps_of_a_run_may_emit_so_much_together);
	TEST_LOOP(what_is_taken_for_items_counts_too, hungry_rows);
	TEST(passing_on_without_end_is_no_way_around_it);
	TEST(what_a_failed_step_emitted_does_not_count);
	TEST(parameters_of_all_items_may_take_so_much_together);
	TEST(a_value_of_fifty_kilobytes_stays);
	TEST(a_larger_value_leaves_as_a_reference_and_is_whole_where_it_is_read);
	TEST(a_reference_is_whole_in_a_text_too);
	TEST(a_reference_within_a_reference_is_whole_too);
	TEST(a_reference_that_a_node_wrapped_is_whole_too);
	TEST(a_forged_reference_stays_what_it_is);
	TEST(a_node_is_stopped_at_its_time_limit);
	TEST_LOOP(expressions_have_time_for_each_of_their_values, values_cases);
	TEST(a_run_is_stopped_at_its_time_limit);
	TEST(a_run_that_never_waits_is_stopped_between_steps);
	TEST(waiting_is_not_running);
	TEST(a_run_that_is_canceled_ends_once_with_the_reason);
	TEST(a_run_canceled_before_its_start_ends_when_it_starts);
	TEST(a_run_that_is_freed_lets_go_of_everything);
})
