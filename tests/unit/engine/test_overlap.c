/*
 * test_overlap.c -- steps that begin before their turn: which may, what they may pass, and what becomes
 * of them.  That they change no byte is test_overlap_law.c's.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "node/node.h"

#define POST(id)                                                                                   \
	NODE(id, "http.request",                                                                   \
	     "`method`:`POST`,`repeat_in_doubt`:`always`,`url`:`=https://x.test/" id               \
	     "/{{ $json.n }}`")
#define CODE(id, code) NODE(id, "core.code", "`code`:`" code "`")
#define OFF	       "`overlap`:`off`"

#define FIVE_NODES                                                                                 \
	HTTP("a", "")                                                                              \
	"," HTTP("b", "") "," HTTP("c", "") "," HTTP("d", "") "," HTTP("e", "") "," NODE(          \
		"m", "core.noop", "")
#define FIVE_EDGES                                                                                 \
	EDGE("start", "a")                                                                         \
	"," EDGE("start", "b") "," EDGE("start", "c") "," EDGE("start", "d") "," EDGE(             \
		"start",                                                                           \
		"e") "," EDGE("a", "m") "," EDGE("b",                                              \
						 "m") "," EDGE("c",                                \
							       "m") "," EDGE("d",                  \
									     "m") "," EDGE("e",    \
											   "m")
#define FIVE FLOW(FIVE_NODES, FIVE_EDGES)

static struct fake_ops *
held(unsigned kinds)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->hold = kinds;
	return f;
}

/* ---- which begin ---- */

START_TEST(five_reads_are_under_way_at_a_time_and_end_in_order)
{
	struct fake_ops *f = held(FAKE_CALL);

	ck_assert_ptr_null(fake_ops_run(f, FIVE, ONE_ITEM, NULL, &fx.err));
	ck_assert_uint_eq(f->pending_count, 5);
	while (f->pending_count > 0) {
		ck_assert_uint_eq(ty_run_steps_ready(f->run), 1);
		fake_ops_release(f, f->pending_count - 1);
	}
	ck_assert_str_eq(steps_text(ty_run_result(f->run)),
			 "start ok, a ok, b ok, c ok, d ok, e ok, m ok");
	ck_assert_str_eq(f->log.data + strlen(f->log.data) - strlen("finished\n"), "finished\n");
}
END_TEST

/* Each: what was asked before any answer came. */
static const struct {
	const char *flow, *items;
	size_t pending;
} begins[] = {
	{ FLOW_WITH(FIVE_NODES, FIVE_EDGES, OFF), ONE_ITEM, 1 },
	/* A read behind a read waits for it, one beside it does not. */
	{ FLOW(HTTP("a", "") "," HTTP("b", "") "," HTTP("c", ""),
	       EDGE("start", "a") "," EDGE("a", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 2 },
	/* No read passes an effect, a wait, an answer to the caller or a loop. */
	{ FLOW(HTTP("a", "") "," POST("b") "," HTTP("c", ""),
	       EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," NODE("b", "core.wait", "`amount`:1,`unit`:`seconds`") "," HTTP("c",
												""),
	       EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," NODE("b", "core.respond", "") "," HTTP("c", ""),
	       EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," NODE("b", "core.loop", "") "," HTTP("d", "") "," HTTP("c", ""),
	       EDGE("start", "a") "," EDGE("start", "b") "," EDGE_OUT("b", "loop", "d") "," EDGE(
		       "d", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 1 },
	/* Nor does one begin while an effect has its turn. */
	{ FLOW(POST("a") "," HTTP("b", ""), EDGE("start", "a") "," EDGE("start", "b")), ONE_ITEM,
	  1 },
	/* One that nothing comes to does nothing. */
	{ FLOW(NODE("i", "core.if",
		    "`condition`:true") "," HTTP("a", "") "," POST("b") "," HTTP("c", ""),
	       EDGE("start", "i") "," EDGE("start", "a") "," EDGE_OUT("i", "false",
								      "b") "," EDGE("start", "c")),
	  ONE_ITEM, 2 },
	/* A node that is named is waited for; a computed name, the iteration and static data are everything before. */
	{ FLOW(HTTP("a", "") "," CODE("b", "return $('a').all()"),
	       EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," CODE("b", "return $('c').all()") "," HTTP("c", ""),
	       EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c")),
	  ONE_ITEM, 3 },
	{ FLOW(HTTP("a", "") "," CODE("b", "return $(name).all()"),
	       EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," CODE("b", "return $runIndex"),
	       EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," CODE("b", "return $getWorkflowStaticData('global')"),
	       EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, 1 },
	{ FLOW(HTTP("a", "") "," CODE("b", "return []"), EDGE("start", "a") "," EDGE("start", "b")),
	  ONE_ITEM, 2 },
	/* In an iteration as in the run; a name outside of it has ended. */
	{ FLOW(NODE("b", "core.loop", "") "," HTTP("c", "") "," CODE(
		       "d", "return $('start').all()") "," NODE("e", "core.noop", ""),
	       EDGE("start", "b") "," EDGE_OUT("b", "loop", "c") "," EDGE_OUT(
		       "b", "loop", "d") "," EDGE("c", "e") "," EDGE("d", "e") "," EDGE("e", "b")),
	  ONE_ITEM, 2 },
	/* Calls of all steps together, TY_LIMIT_RUN_CALLS. */
	{ FIVE, THREE_ITEMS, TY_LIMIT_RUN_CALLS },
};

START_TEST(a_step_begins_before_its_turn_only_past_others_that_read)
{
	struct fake_ops *f = held(FAKE_CALL | FAKE_EVAL);

	ck_assert_ptr_null(fake_ops_run(f, begins[_i].flow, begins[_i].items, NULL, &fx.err));
	ck_assert_int_eq(fx.err.code, TY_OK);
	ck_assert_uint_eq(f->pending_count, begins[_i].pending);
}
END_TEST

START_TEST(a_run_has_so_many_steps_open_and_no_more)
{
	struct fake_ops *f = held(FAKE_CALL);
	struct ty_buf nodes, edges;

	ty_buf_init(&nodes, fx.arena, 100);
	ty_buf_init(&edges, fx.arena, 100);
	for (int i = 0; i < TY_LIMIT_RUN_OPEN_STEPS + 2; i++) {
		ty_buf_printf(
			&nodes,
			",{`id`:`g%d`,`type`:`http.request`,`params`:{`url`:`https://x.test/%d`}}",
			i, i);
		ty_buf_printf(&edges, "%s{`from`:`start`,`to`:`g%d`}", i > 0 ? "," : "", i);
	}
	fake_ops_run(
		f,
		ty_arena_printf(fx.arena,
				"{`nodes`:[{`id`:`start`,`type`:`core.manual`}%s],`edges`:[%s]}",
				nodes.data, edges.data),
		ONE_ITEM, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, TY_LIMIT_RUN_OPEN_STEPS);
	fake_ops_release(f, 1); /* answered, and still open */
	ck_assert_uint_eq(f->pending_count, TY_LIMIT_RUN_OPEN_STEPS - 1);
	fake_ops_release(f, 0);
	ck_assert_uint_eq(f->pending_count, TY_LIMIT_RUN_OPEN_STEPS);
	fake_ops_drain(f);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
}
END_TEST

/* ---- what is never reached ---- */

static json_t *
http_without_a(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	if (strstr(ty_json_str(request, "url", ""), "/a/") == NULL)
		return fake_http(f, request, err);
	return json_pack("{s:i, s:{}, s:s}", "status", 500, "headers", "body", "down");
}

/* 'a' fails, when the calls of others have been answered. */
static const struct ty_run_result *
five_fail(struct fake_ops *f, const json_t *journal)
{
	f->hold = FAKE_CALL;
	f->on_call = http_without_a;
	fake_ops_run(f, FIVE, ONE_ITEM, journal, &fx.err);
	while (f->pending_count > 1)
		fake_ops_release(f, f->pending_count - 1);
	fake_ops_drain(f);
	return ty_run_result(f->run);
}

#define UNUSED                                                                                     \
	"[{\"calls\":1,\"node\":\"b\"},{\"calls\":1,\"node\":\"c\"},"                              \
	"{\"calls\":1,\"node\":\"d\"},{\"calls\":1,\"node\":\"e\"}]"

static const char *
unused_text(const struct ty_run_result *r)
{
	const json_t *unused = json_object_get(r->error, "calls_unused");

	return unused != NULL ? ty_json_dump_canonical(fx.arena, unused, NULL) : "";
}

START_TEST(what_is_never_reached_is_in_no_record_and_told_on_the_run)
{
	struct fake_ops *f = fake_ops_new(fx.arena), *off = fake_ops_new(fx.arena);
	const struct ty_run_result *r = five_fail(f, NULL), *alone;

	off->on_call = http_without_a;
	alone = fake_ops_run(off, FLOW_WITH(FIVE_NODES, FIVE_EDGES, OFF), ONE_ITEM, NULL, &fx.err);
	ck_assert_str_eq(steps_text(r), "start ok, a error");
	ck_assert_str_eq(r->digest, alone->digest);
	ck_assert_str_eq(unused_text(r), UNUSED);
	ck_assert_str_eq(unused_text(alone), "");
	ck_assert_ptr_null(json_object_get(json_object_get(fake_step_record(r, "a"), "error"),
					   "calls_unused"));
}
END_TEST

START_TEST(calls_that_a_worker_before_made_ahead_are_told_once)
{
	struct fake_ops *first = fake_ops_new(fx.arena), *f = fake_ops_new(fx.arena);
	const json_t *journal;

	five_fail(first, NULL);
	journal = fake_ops_journal(first, fx.arena, json_array_size(first->entries) - 1);
	ck_assert_str_eq(unused_text(five_fail(f, journal)), UNUSED);
	f = fake_ops_new(fx.arena);
	f->on_call = http_without_a;
	ck_assert_str_eq(unused_text(fake_ops_run(f, FLOW_WITH(FIVE_NODES, FIVE_EDGES, OFF),
						  ONE_ITEM, journal, &fx.err)),
			 UNUSED);
}
END_TEST

START_TEST(a_cancel_and_a_time_limit_leave_no_record_of_steps_before_their_turn)
{
	struct fake_ops *f = held(FAKE_CALL);
	const struct ty_run_result *r;

	fake_ops_run(f, FIVE, ONE_ITEM, NULL, &fx.err);
	fake_ops_release(f, 2);
	if (_i == 0)
		ty_run_cancel(f->run, "enough");
	else
		fake_ops_advance(f, TY_LIMIT_RUN_TIMEOUT_MS + 1);
	r = ty_run_result(f->run);
	ck_assert_str_eq(steps_text(r), _i == 0 ? "start ok, a canceled" : "start ok, a timeout");
	ck_assert_str_eq(unused_text(r), UNUSED);
	ck_assert_uint_eq(f->pending_count, 0); /* all are abandoned */
}
END_TEST

/* ---- turns ---- */

START_TEST(a_time_limit_runs_from_the_turn_of_the_step)
{
	struct fake_ops *f = held(FAKE_CALL);

	fake_ops_run(f,
		     FLOW(HTTP("a", "") "," HTTP("b", ",`timeout_ms`:1000"),
			  EDGE("start", "a") "," EDGE("start", "b")),
		     ONE_ITEM, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 2);
	fake_ops_advance(f, 5000);
	fake_ops_release(f, 0);
	fake_ops_advance(f, 999);
	ck_assert_ptr_null(ty_run_result(f->run));
	fake_ops_advance(f, 1000);
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, a ok, b timeout");
}
END_TEST

/* By the rules of the digest: of version 3 a step sees the time of all that ended before it. */
static const struct {
	unsigned digest_version;
	const char *seen;
} clocks[] = {
	{ 4, "{\"main\":[{\"from\":0,\"json\":{\"at\":\"1700000000100\"}}]}" },
	{ 3, "{\"main\":[{\"from\":0,\"json\":{\"at\":\"1700000000200\"}}]}" },
};

START_TEST(the_clock_of_a_step_is_that_of_its_inputs)
{
	struct fake_ops *f = held(FAKE_CALL);

	f->digest_version = clocks[_i].digest_version;
	fake_ops_use_sandbox(f);
	fake_ops_run(
		f,
		FLOW(HTTP("a", "") "," HTTP("b", "") "," NODE("s", "core.set",
							      "`assignments`:[{`name`:`at`,"
							      "`value`:`={{ $now.toMillis() }}`}]"),
		     EDGE("start", "a") "," EDGE("start", "b") "," EDGE("a", "s")),
		ONE_ITEM, NULL, &fx.err);
	while (f->pending_count > 0) {
		f->now_ms += 100;
		fake_ops_release(f, 0);
	}
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, a ok, b ok, s ok");
	ck_assert_str_eq(outputs_text(ty_run_result(f->run), "s"), clocks[_i].seen);
}
END_TEST

/* ---- the journal ---- */

static json_t *
broken_sandbox(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	ty_err_set(err, TY_E_UPSTREAM, "the sandbox broke");
	return NULL;
}

static const struct {
	const char *flow;
	bool is_past;
} proofs[] = {
	/* A read beside the code may have been made ahead of it. */
	{ FLOW(CODE("c", "return []") "," HTTP("g", ""), EDGE("start", "c") "," EDGE("start", "g")),
	  false },
	/* One that is made from it was not. */
	{ FLOW(CODE("c", "return []") "," NODE("n", "core.noop", "") "," HTTP("g", ""),
	       EDGE("start", "c") "," EDGE("c", "n") "," EDGE("n", "g")),
	  true },
	{ FLOW(CODE("c", "return []") "," NODE(
		       "g", "http.request", "`url`:`=https://x.test/{{ $('c').first().json.n }}`"),
	       EDGE("start", "c") "," EDGE("start", "g")),
	  true },
	{ FLOW(CODE("c", "return []") "," NODE("g", "http.request",
					       "`method`:`POST`,`url`:`https://x.test/`"),
	       EDGE("start", "c") "," EDGE("start", "g")),
	  true },
};

START_TEST(an_early_answer_says_nothing_about_what_stands_before_it)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const json_t *journal = fake_json(
		fx.arena,
		"[{`key`:`g/1/0`,`at_ms`:1,`answer`:{`value`:{`status`:200,`body`:{}}}}]");
	const struct ty_run_result *r;

	f->on_eval = broken_sandbox;
	r = fake_ops_run(f, proofs[_i].flow, ONE_ITEM, journal, &fx.err);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_int_eq(strstr(error_str(r, "message"), "went past this") != NULL,
			 proofs[_i].is_past);
	ck_assert_uint_eq(f->answers, proofs[_i].is_past ? 0 : 1);
}
END_TEST

/* A run that a release with one clock began: nothing begins early, and the digest says so. */
START_TEST(a_run_goes_by_the_rules_of_its_digest)
{
	struct fake_ops *f = held(FAKE_CALL);

	f->digest_version = 3;
	fake_ops_run(f, FIVE, ONE_ITEM, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 1);
	fake_ops_drain(f);
	ck_assert_int_eq(strncmp(ty_run_result(f->run)->digest, "3:", 2), 0);
	ck_assert_uint_eq(ty_digest_version(ty_run_result(f->run)->digest), 3);
}
END_TEST

/* ---- what only its turn can decide ---- */

/* A node that reads, and answers the caller with what it read: it cannot know that it is the first. */
static enum ty_code
tell_exec(struct ty_step *step, struct ty_err *err)
{
	const struct ty_call call = { .service = "http",
				      .request = json_pack("{s:s}", "url", "https://x.test/tell"),
				      .in_doubt = TY_IN_DOUBT_REPEAT };

	return ty_step_call(step, &call, err);
}

static enum ty_code
tell_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	if (answer->err != NULL)
		return ty_err_set(err, TY_E_UPSTREAM, "%s", answer->err->msg);
	if (ty_step_respond(step, json_incref((json_t *)answer->value), err) != TY_OK)
		return err->code;
	return ty_step_emit(step, 0, json_incref((json_t *)answer->value), 0, err);
}

static bool
always_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

/* A node that gives as much as a step may, when code has answered: some 29 MB as a run counts them. */
#define BIG_VALUES 4000

static enum ty_code
big_exec(struct ty_step *step, struct ty_err *err)
{
	return ty_step_eval(step, "", false, 0, NULL, err);
}

static enum ty_code
big_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	json_t *json = json_object(), *list = json_array();
	enum ty_code rc = TY_OK;

	for (int i = 0; i < BIG_VALUES; i++)
		json_array_append_new(list, json_integer(0));
	json_object_set_new(json, "list", list);
	for (int i = 0; i < TY_LIMIT_STEP_VALUES / BIG_VALUES - 1 && rc == TY_OK; i++)
		rc = ty_step_emit(step, 0, json_incref(json), 0, err);
	json_decref(json);
	return rc;
}

static const struct ty_param no_params[] = { { .name = NULL } };

static const struct ty_node_def tell_def = {
	TY_NODE_HEAD,
	.type = "test.tell",
	.version = 1,
	.title = "Tell",
	.summary = "Read and answer",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = no_params,
	.flags = TY_NODE_EFFECT,
	.is_safe = always_safe,
	.exec = tell_exec,
	.resume = tell_resume,
};

static const struct ty_node_def big_def = {
	TY_NODE_HEAD,
	.type = "test.big",
	.version = 1,
	.title = "Big",
	.summary = "Give much",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = no_params,
	.flags = TY_NODE_PURE,
	.exec = big_exec,
	.resume = big_resume,
};

static const struct ty_node_def *const test_nodes[] = { &tell_def, &big_def, NULL };

static json_t *
counting_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:i}", "call", (int)f->calls);
}

START_TEST(a_step_that_is_put_back_makes_no_call_again)
{
	struct fake_ops *f = held(FAKE_CALL | FAKE_JOURNAL);
	const struct ty_run_result *r;

	f->nodes = test_nodes;
	f->on_call = counting_http;
	fake_ops_run(f,
		     FLOW(NODE("a", "test.tell", "") "," NODE("b", "test.tell", ""),
			  EDGE("start", "a") "," EDGE("start", "b")),
		     ONE_ITEM, NULL, &fx.err);
	/* The second one first, as far as it comes: intent, call, answer. */
	while (f->pending_count > 1)
		fake_ops_release(f, 1);
	ck_assert_uint_eq(ty_run_steps_ready(f->run), 1);
	fake_ops_drain(f);
	r = ty_run_result(f->run);
	ck_assert_str_eq(steps_text(r), "start ok, a ok, b ok");
	ck_assert_uint_eq(f->calls, 2);
	ck_assert_int_eq(ty_json_int(r->response, "call", 0), 2);
	ck_assert_str_eq(outputs_text(r, "b"), "{\"main\":[{\"from\":0,\"json\":{\"call\":1}}]}");
}
END_TEST

static json_t *
empty_sandbox(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:b, s:[]}", "ok", 1, "items");
}

#define BIG(id) NODE(id, "test.big", "")

/* Two that have not the room at a time before their turn; one whose turn comes when there is no more. */
static const struct {
	const char *nodes, *edges;
	size_t first; /* pending that are answered before all others */
} big_flows[] = {
	{ HTTP("a", "") "," BIG("b") "," BIG("c") "," BIG("d") "," HTTP("e", ""),
	  EDGE("start", "a") "," EDGE("start", "b") "," EDGE("start", "c") "," EDGE(
		  "start", "d") "," EDGE("start", "e"),
	  3 },
	{ BIG("b") "," BIG("c") "," BIG("d") "," BIG("e") "," BIG("f") "," BIG("g") "," BIG(
		  "i") "," BIG("j") "," BIG("k") "," BIG("z") "," NODE("n", "core.noop", ""),
	  EDGE("start", "b") "," EDGE("b", "c") "," EDGE("c", "d") "," EDGE("d", "e") "," EDGE(
		  "e",
		  "f") "," EDGE("f",
				"g") "," EDGE("g",
					      "i") "," EDGE("i",
							    "j") "," EDGE("j",
									  "k") "," EDGE("start",
											"z") "," EDGE("z",
												      "n"),
	  1 },
};

static const struct ty_run_result *
big_run(size_t row, const char *settings, size_t first)
{
	struct fake_ops *f = held(FAKE_CALL | FAKE_EVAL);

	f->nodes = test_nodes;
	f->on_eval = empty_sandbox;
	fake_ops_run(f,
		     ty_arena_printf(fx.arena,
				     "{`nodes`:[" NODE("start", "core.manual",
						       "") ",%s],`edges`:[%s],`settings`:{%s}}",
				     big_flows[row].nodes, big_flows[row].edges, settings),
		     ONE_ITEM, NULL, &fx.err);
	ck_assert_int_eq(fx.err.code, TY_OK);
	for (size_t i = 0; i < first; i++)
		fake_ops_release(f, 1);
	fake_ops_drain(f);
	return ty_run_result(f->run);
}

START_TEST(where_memory_is_short_nothing_fails_that_would_not_in_its_turn)
{
	const struct ty_run_result *r = big_run((size_t)_i, "", big_flows[_i].first);
	const struct ty_run_result *off = big_run((size_t)_i, OFF, 0);

	ck_assert_str_eq(steps_text(r), steps_text(off));
	ck_assert_str_eq(r->digest, off->digest);
	ck_assert_uint_eq(r->bytes, off->bytes);
	ck_assert_str_eq(error_str(r, "message"), error_str(off, "message"));
	ck_assert_int_eq(r->status, _i == 0 ? TY_STATUS_OK : TY_STATUS_ERROR);
}
END_TEST

/* ---- rest ---- */

static json_t *
busy_a(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *key = ty_json_str(request, "idempotency_key", "");

	if (strstr(ty_json_str(request, "url", ""), "/a/") != NULL &&
	    ty_json_int(f->effects, key, 0) <= 1)
		return json_pack("{s:i, s:{}, s:s}", "status", 503, "headers", "body", "busy");
	return fake_http(f, request, err);
}

START_TEST(a_run_is_put_down_only_when_nothing_but_waits_is_open)
{
	struct fake_ops *f = held(FAKE_CALL);
	struct ty_run_parked parked;

	f->on_call = busy_a;
	fake_ops_run(
		f,
		FLOW(HTTP("a", ",`retry`:{`tries`:2,`backoff`:`fixed`,`base_ms`:60000}") "," HTTP(
			     "b", ""),
		     EDGE("start", "a") "," EDGE("start", "b")),
		ONE_ITEM, NULL, &fx.err);
	fake_ops_release(f, 0);
	ck_assert(!ty_run_park(f->run, fx.arena, &parked));
	ck_assert_uint_eq(f->rests, 0);
	fake_ops_release(f, 0);
	ck_assert_uint_gt(f->rests, 0);
	ck_assert(ty_run_park(f->run, fx.arena, &parked));
	ck_assert_uint_eq(parked.wait_count, 1);
	fake_ops_advance(f, 60000);
	fake_ops_drain(f);
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, a error, a ok, b ok");
	ck_assert_uint_eq(f->calls, 3);
}
END_TEST

TEST_MAIN("engine.overlap", {
	TEST(five_reads_are_under_way_at_a_time_and_end_in_order);
	TEST_LOOP(a_step_begins_before_its_turn_only_past_others_that_read, begins);
	TEST(a_run_has_so_many_steps_open_and_no_more);
	TEST(what_is_never_reached_is_in_no_record_and_told_on_the_run);
	TEST(calls_that_a_worker_before_made_ahead_are_told_once);
	tcase_add_loop_test(
		tc, a_cancel_and_a_time_limit_leave_no_record_of_steps_before_their_turn, 0, 2);
	TEST(a_time_limit_runs_from_the_turn_of_the_step);
	TEST_LOOP(the_clock_of_a_step_is_that_of_its_inputs, clocks);
	TEST_LOOP(an_early_answer_says_nothing_about_what_stands_before_it, proofs);
	TEST(a_run_goes_by_the_rules_of_its_digest);
	TEST(a_step_that_is_put_back_makes_no_call_again);
	TEST_LOOP(where_memory_is_short_nothing_fails_that_would_not_in_its_turn, big_flows);
	TEST(a_run_is_put_down_only_when_nothing_but_waits_is_open);
})
