/*
 * test_journal.c -- effects: intent before call, answer before use, and what a second worker
 * makes of what the first one left.
 */
#include "node/node.h"
#include "unit/engine/flow.h"

/* ---- order ---- */

START_TEST(a_call_comes_after_its_intent_and_its_use_after_its_answer)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->hold = FAKE_JOURNAL | FAKE_CALL;
	ck_assert_ptr_null(fake_ops_run(f,
					FLOW(HTTP("h", "") "," NODE("n", "core.noop", ""),
					     EDGE("start", "h") "," EDGE("h", "n")),
					ONE_ITEM, NULL, &fx.err));
	ck_assert_str_eq(f->log.data, "intent h/1/0\n");
	ck_assert_uint_eq(f->calls, 0);
	fake_ops_release(f, 0);
	ck_assert_str_eq(f->log.data, "intent h/1/0\ncall http https://x.test/h/1\n");
	fake_ops_release(f, 0);
	ck_assert_uint_eq(f->finished, 0); /* the answer is not used yet */
	fake_ops_release(f, 0);
	ck_assert_str_eq(f->log.data, "intent h/1/0\ncall http https://x.test/h/1\n"
				      "answer h/1/0\nfinished\n");
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, h ok, n ok");
}
END_TEST

START_TEST(a_call_carries_the_stable_key_of_its_intent)
{
	struct fake_ops *f1 = fake_ops_new(fx.arena), *f2 = fake_ops_new(fx.arena);
	const char *flow =
		FLOW(HTTP("h", "") "," HTTP("g", ""), EDGE("start", "h") "," EDGE("start", "g"));
	const char *key;
	json_t *count;

	fake_ops_run(f1, flow, THREE_ITEMS, NULL, &fx.err);
	fake_ops_run(f2, flow, THREE_ITEMS, NULL, &fx.err);
	ck_assert_uint_eq(json_object_size(f1->effects), 6); /* all different */
	ck_assert(json_equal(f1->effects, f2->effects));
	ck_assert(json_equal(f1->entries, f2->entries));
	json_object_foreach(f1->effects, key, count) ck_assert_uint_eq(strlen(key), 32);
}
END_TEST

/* Answers in any order give the same run. */
static const size_t orders[][3] = { { 0, 0, 0 }, { 2, 1, 0 }, { 1, 0, 0 },
				    { 2, 0, 0 }, { 1, 1, 0 }, { 0, 1, 0 } };

START_TEST(the_order_of_answers_changes_nothing)
{
	const char *flow = FLOW(HTTP("h", "") "," NODE("n", "core.noop", ""),
				EDGE("start", "h") "," EDGE("h", "n"));
	struct fake_ops *plain = fake_ops_new(fx.arena), *f = fake_ops_new(fx.arena);
	const char *digest = fake_ops_run(plain, flow, THREE_ITEMS, NULL, &fx.err)->digest;

	f->hold = FAKE_CALL;
	fake_ops_run(f, flow, THREE_ITEMS, NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 3);
	for (size_t i = 0; i < 3; i++)
		fake_ops_release(f, orders[_i][i]);
	ck_assert_str_eq(ty_run_result(f->run)->digest, digest);
}
END_TEST

START_TEST(at_most_ten_calls_of_a_step_are_under_way)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());

	for (int i = 0; i < 25; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", i));
	f->hold = FAKE_CALL;
	fake_ops_run(f, FLOW(HTTP("h", ""), EDGE("start", "h")),
		     ty_json_dump(fx.arena, items, NULL), NULL, &fx.err);
	ck_assert_uint_eq(f->pending_count, 10);
	fake_ops_release(f, 9); /* the first is not there: nothing is delivered, one may begin */
	ck_assert_uint_eq(f->pending_count, 10);
	fake_ops_drain(f);
	ck_assert_uint_eq(f->calls, 25);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
}
END_TEST

/* ---- taking over ---- */

#define SAFE ",`repeat_in_doubt`:`always`"
#define TAKEN_OVER                                                                                               \
	FLOW(NODE("h", "http.request", "`method`:`POST`,`url`:`=https://x.test/h/{{ $json.n }}`" SAFE) "," NODE( \
		     "c", "core.code",                                                                           \
		     "`code`:`return $input.all().map(i => ({ u: i.json.url, r: Math.random(), "                 \
		     "t: $now.toMillis() }))`") "," NODE("g", "http.request",                                    \
							 "`url`:`=https://x.test/g?u={{ $json.u "                \
							 "}}`") "," NODE("s", "core.set",                        \
									 "`assignments`:[{`name`:"               \
									 "`at`,`value`:`={{ "                    \
									 "$now.toISO() }}`}],"                   \
									 "`include_other`:true"),                \
	     EDGE("start", "h") "," EDGE("h", "c") "," EDGE("c", "g") "," EDGE("g", "s"))

static size_t
performed(const struct fake_ops *f, const char *key)
{
	return (size_t)ty_json_int(f->effects, key, 0);
}

static const struct ty_run_result *
take_over(struct fake_ops *f, const json_t *journal)
{
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, TAKEN_OVER, THREE_ITEMS, journal, &fx.err);
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(f->finished, 1);
	return r;
}

/* For each place where the first worker may have died. */
START_TEST(after_any_prefix_of_the_journal_the_run_ends_the_same)
{
	struct fake_ops *first = fake_ops_new(fx.arena);
	const char *digest = take_over(first, NULL)->digest;
	size_t count = json_array_size(first->entries);

	ck_assert_uint_eq(count, 12);
	for (size_t k = 0; k <= count; k++) {
		struct ty_arena *arena = ty_arena_new(fx.arena, "prefix", 0);
		struct fake_ops *f = fake_ops_new(arena);
		json_t *journal = fake_ops_journal(first, arena, k), *entry;
		size_t i;

		ck_assert_str_eq(take_over(f, journal)->digest, digest);
		ck_assert_uint_eq(json_object_size(f->effects), f->calls); /* none twice */
		json_array_foreach(journal, i, entry)
		{
			bool answered = json_is_object(json_object_get(entry, "answer"));

			ck_assert_uint_eq(performed(f, ty_json_str(entry, "idempotency_key", "")),
					  answered ? 0 : 1);
		}
		ty_arena_free(arena);
	}
}
END_TEST

START_TEST(a_replay_an_hour_later_gives_the_same_bytes_and_calls_nobody)
{
	struct fake_ops *first = fake_ops_new(fx.arena), *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r1, *r2;

	first->tick_ms = 3;
	r1 = take_over(first, NULL);
	f->now_ms += 3600000;
	r2 = take_over(f, fake_ops_journal(first, fx.arena, SIZE_MAX));
	ck_assert_uint_eq(f->calls, 0);
	ck_assert_uint_eq(f->intents + f->answers, 0);
	ck_assert_str_eq(r2->digest, r1->digest);
	ck_assert_str_eq(outputs_text(r2, "s"), outputs_text(r1, "s"));
	ck_assert_ptr_null(strstr(outputs_text(r1, "s"), "2023-11-14T22:13:20.000"));
}
END_TEST

/* ---- in doubt ---- */

static const struct {
	const char *params;
	bool repeats;
} doubt_rows[] = {
	{ "`method`:`POST`", false },
	{ "`method`:`PATCH`", false },
	{ "`method`:`POST`,`repeat_in_doubt`:`always`", true },
	{ "`method`:`GET`", true },
	{ "`method`:`PUT`", true },
	{ "`method`:`DELETE`", true },
	{ "`method`:`HEAD`", true },
	{ "`method`:`OPTIONS`", true },
	{ "`method`:`GET`,`repeat_in_doubt`:`never`", false },
};

START_TEST(an_attempt_in_doubt_is_repeated_only_where_that_is_safe)
{
	struct fake_ops *first = fake_ops_new(fx.arena), *f = fake_ops_new(fx.arena);
	const char *flow = ty_arena_printf(
		fx.arena,
		FLOW(NODE_WITH("h", "http.request", "`url`:`https://x.test/`,%s",
			       ",`on_error`:`continue`") "," NODE("n", "core.noop", ""),
		     EDGE("start", "h") "," EDGE("h", "n")),
		doubt_rows[_i].params);
	const struct ty_run_result *r;
	json_t *journal;

	fake_ops_run(first, flow, ONE_ITEM, NULL, &fx.err);
	journal = fake_ops_journal(first, fx.arena, 1); /* the intent alone */
	r = fake_ops_run(f, flow, ONE_ITEM, journal, &fx.err);
	ck_assert_int_eq(r->in_doubt, !doubt_rows[_i].repeats);
	ck_assert_uint_eq(f->calls, doubt_rows[_i].repeats);
	if (doubt_rows[_i].repeats) {
		ck_assert(json_equal(f->effects, first->effects));
		ck_assert_str_eq(f->log.data,
				 "call http https://x.test/\nanswer h/1/0\nfinished\n");
		return;
	}
	/* No on_error goes on over something that may have happened. */
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "code"), "in_doubt");
	ck_assert_str_eq(error_str(r, "node"), "h");
	ck_assert_str_eq(steps_text(r), "start ok, h error");
}
END_TEST

/* ---- failures ---- */

START_TEST(the_nth_op_may_fail_and_the_run_ends_once)
{
	for (size_t n = 1;; n++) {
		struct ty_arena *arena = ty_arena_new(fx.arena, "nth", 0);
		struct fake_ops *f = fake_ops_new(arena);
		const struct ty_run_result *r;
		bool journal;

		f->fail_at = n;
		fake_ops_use_sandbox(f);
		r = fake_ops_run(f, TAKEN_OVER, THREE_ITEMS, NULL, &fx.err);
		ck_assert_msg(r != NULL, "op %zu left the run suspended", n);
		ck_assert_uint_eq(f->finished, 1);
		ck_assert_uint_eq(f->pending_count, 0);
		if (f->ops < n) {
			ck_assert_int_eq(r->status, TY_STATUS_OK);
			ck_assert_uint_gt(n, 20);
			ty_arena_free(arena);
			return;
		}
		journal = strstr(error_str(r, "message"), "journal") != NULL;
		ck_assert_int_eq(r->status, journal ? TY_STATUS_CANCELED : TY_STATUS_ERROR);
		ck_assert_str_eq(error_str(r, "code"), journal ? "canceled" : "unavailable");
		if (_i == 0)
			ty_run_free(f->run); /* both ways out: by hand, or with its arena */
		ty_arena_free(arena);
	}
}
END_TEST

START_TEST(what_is_under_way_when_a_step_fails_is_abandoned)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->hold = FAKE_CALL;
	fake_ops_run(f, FLOW(HTTP("h", ""), EDGE("start", "h")), THREE_ITEMS, NULL, &fx.err);
	f->fail_at = f->ops + 1;
	fake_ops_release(f, 0);
	r = ty_run_result(f->run);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_int_eq(ty_json_int(r->error, "item", -1), 0);
	ck_assert_uint_eq(f->abandoned, 2);
	ck_assert_uint_eq(f->pending_count, 0);
}
END_TEST

/* ---- the node's deadline ---- */

#define SLOW                                                                                       \
	FLOW(NODE_WITH("h", "http.request", "`method`:`POST`,`url`:`https://x.test/`",             \
		       ",`timeout_ms`:1000,`on_error`:`continue`") "," NODE("g", "http.request",   \
									    "`url`:`https://"      \
									    "x.test/g`"),          \
	     EDGE("start", "h") "," EDGE("h", "g"))

START_TEST(a_deadline_is_journaled_so_that_a_replay_goes_the_same_way)
{
	struct fake_ops *f = fake_ops_new(fx.arena), *again = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	f->hold = FAKE_CALL;
	fake_ops_run(f, SLOW, THREE_ITEMS, NULL, &fx.err);
	fake_ops_release(f, 0);
	fake_ops_advance(f, 999);
	ck_assert_uint_eq(f->finished, 0);
	f->hold = 0;
	fake_ops_advance(f, 1);
	r = ty_run_result(f->run);
	ck_assert_str_eq(steps_text(r), "start ok, h timeout, g ok");
	ck_assert_uint_eq(f->abandoned, 2);
	/* The first item was answered: it is not the one to blame. */
	ck_assert(json_is_null(
		json_object_get(json_object_get(fake_step_record(r, "h"), "error"), "item")));
	r = fake_ops_run(again, SLOW, THREE_ITEMS, fake_ops_journal(f, fx.arena, SIZE_MAX),
			 &fx.err);
	ck_assert_uint_eq(again->calls, 0);
	ck_assert_str_eq(steps_text(r), "start ok, h timeout, g ok");
	ck_assert_str_eq(r->digest, ty_run_result(f->run)->digest);
}
END_TEST

START_TEST(an_intent_that_is_late_is_followed_by_no_call)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->hold = FAKE_JOURNAL;
	fake_ops_run(f, SLOW, ONE_ITEM, NULL, &fx.err);
	fake_ops_advance(f, 1000);
	ck_assert_uint_eq(f->finished, 0);
	fake_ops_release(f, 0); /* the intent is there now, and the node's time is over */
	ck_assert_uint_eq(f->calls, 0);
	fake_ops_drain(f);
	ck_assert_str_eq(f->log.data, "intent h/1/0\nanswer h/1/0\nintent g/1/0\n"
				      "call http https://x.test/g\nanswer g/1/0\nfinished\n");
}
END_TEST

START_TEST(answers_that_are_being_journaled_at_the_deadline_count)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());
	const json_t *error;

	/* Eleven items: ten are answered and being journaled, the last has not begun. */
	for (int i = 0; i < 11; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", i));
	f->hold = FAKE_CALL;
	fake_ops_run(f, SLOW, ty_json_dump(fx.arena, items, NULL), NULL, &fx.err);
	f->hold = FAKE_JOURNAL;
	for (size_t i = 0; i < 10; i++)
		fake_ops_release(f, 0);
	fake_ops_advance(f, 1000);
	ck_assert_uint_eq(f->abandoned, 0);
	f->hold = 0;
	fake_ops_drain(f);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert_uint_eq(f->calls, 10 + 11); /* the eleventh of h was never made */
	error = json_object_get(fake_step_record(ty_run_result(f->run), "h"), "error");
	ck_assert_str_eq(ty_json_str(error, "code", ""), "timeout");
}
END_TEST

/* ---- what the machine decides about a node that may be computed again ---- */

#define AFTER "," NODE("g", "http.request", "`url`:`=https://x.test/g/{{ $json.error.code }}`")
#define CODE                                                                                       \
	FLOW(NODE_WITH("c", "core.code", "`code`:`x`", ",`timeout_ms`:1000,`on_error`:`continue`") \
		     AFTER,                                                                        \
	     EDGE("start", "c") "," EDGE("c", "g"))
#define EXPRESSION                                                                                 \
	FLOW(NODE_WITH("c", "core.if", "`condition`:`={{ $json.n.f() }}`",                         \
		       ",`timeout_ms`:1000,`on_error`:`continue`") AFTER,                          \
	     EDGE("start", "c") "," EDGE_OUT("c", "true", "g"))
#define WAITS                                                                                      \
	FLOW(NODE_WITH("c", "test.slow", "", ",`timeout_ms`:1000,`on_error`:`continue`") AFTER,    \
	     EDGE("start", "c") "," EDGE("c", "g"))

/* An evaluation, then a wait of an hour that nobody should sit out once the time is over. */
static enum ty_code
slow_exec(struct ty_step *step, struct ty_err *err)
{
	if (ty_step_wait(step, ty_step_now_ms(step) + 3600000, NULL, err) != TY_OK)
		return err->code;
	return ty_step_eval(step, "x", false, 0, NULL, err);
}

static enum ty_code
slow_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	return TY_OK;
}

static const struct ty_node_def slow_def = {
	TY_NODE_HEAD,
	.type = "test.slow",
	.version = 1,
	.category = TY_CATEGORY_CODE,
	.title = "T",
	.summary = "Of a test",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.exec = slow_exec,
	.resume = slow_resume,
};
static const struct ty_node_def *const slow_defs[] = { &slow_def, NULL };

static json_t *
sandbox_stops_it(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	ty_err_set(err, TY_E_LIMIT, "The code used more memory than it may");
	return NULL;
}

/* A faster machine: whatever is asked is answered. */
static json_t *
sandbox_answers(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:b, s:[], s:[[{s:b}]]}", "ok", 1, "items", "values", "v", 1);
}

static const struct {
	const char *flow;
	bool node_deadline; /* else the sandbox's own limit */
	const char *log, *status, *code;
} verdict_rows[] = {
	{ CODE, true, "eval code_all\nabandon\nanswer c/1/0\n", "timeout", "timeout" },
	{ CODE, false, "eval code_all\nanswer c/1/0\n", "error", "limit" },
	{ EXPRESSION, true, "eval expressions\nabandon\nanswer c/1/params\n", "timeout",
	  "timeout" },
	{ EXPRESSION, false, "eval expressions\nanswer c/1/params\n", "error", "limit" },
	{ WAITS, true, "eval code_all\nanswer c/1/0\nabandon\nanswer c/1/1\n", "timeout",
	  "timeout" },
};

static const struct ty_run_result *
verdict_run(struct fake_ops *f, size_t row, const json_t *journal)
{
	const char *flow = verdict_rows[row].flow;

	f->nodes = slow_defs;
	fake_ops_run(f, flow, ONE_ITEM, journal, &fx.err);
	return ty_run_result(f->run);
}

static struct fake_ops *
verdict_first(size_t row)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->on_eval = sandbox_stops_it;
	f->hold = verdict_rows[row].node_deadline ? FAKE_EVAL : 0;
	verdict_run(f, row, NULL);
	if (verdict_rows[row].node_deadline)
		fake_ops_advance(f, 1000);
	return f;
}

START_TEST(what_stopped_a_node_is_journaled_before_the_run_goes_on)
{
	struct fake_ops *f = verdict_first((size_t)_i);
	const char *expected = ty_arena_printf(fx.arena,
					       "%sintent g/1/0\ncall http https://x.test/g/%s\n"
					       "answer g/1/0\nfinished\n",
					       verdict_rows[_i].log, verdict_rows[_i].code);

	ck_assert_str_eq(f->log.data, expected);
	ck_assert_str_eq(
		steps_text(ty_run_result(f->run)),
		ty_arena_printf(fx.arena, "start ok, c %s, g ok", verdict_rows[_i].status));
}
END_TEST

START_TEST(a_faster_machine_takes_the_verdict_and_computes_nothing)
{
	struct fake_ops *first = verdict_first((size_t)_i);
	size_t count = json_array_size(first->entries);

	/* From the verdict on, wherever the first worker died. */
	for (size_t k = count - 2; k <= count; k++) {
		struct fake_ops *f = fake_ops_new(fx.arena);
		const struct ty_run_result *r;

		f->on_eval = sandbox_answers;
		f->now_ms += 3600000;
		r = verdict_run(f, (size_t)_i, fake_ops_journal(first, fx.arena, k));
		ck_assert_uint_eq(f->evals, 0);
		ck_assert_str_eq(r->digest, ty_run_result(first->run)->digest);
		ck_assert_uint_eq(f->calls, k < count ? 1 : 0);
	}
}
END_TEST

/* The worker before had its answer in time, and what it did with it is in the journal. */
START_TEST(a_slower_machine_does_not_leave_the_way_of_the_journal)
{
	struct fake_ops *first = fake_ops_new(fx.arena), *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	first->on_eval = sandbox_answers;
	f->on_eval = sandbox_stops_it;
	ck_assert_str_eq(steps_text(verdict_run(first, 2, NULL)), "start ok, c ok, g ok");
	ck_assert_uint_eq(json_array_size(first->entries), 2); /* what goes well costs nothing */
	f->hold = verdict_rows[_i].node_deadline ? FAKE_EVAL : 0;
	verdict_run(f, 2, fake_ops_journal(first, fx.arena, _i == 0 ? 1 : 2));
	if (verdict_rows[_i].node_deadline)
		fake_ops_advance(f, 1000);
	r = ty_run_result(f->run);
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "code"), verdict_rows[_i].code);
	ck_assert_str_eq(error_str(r, "node"), "c");
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "went past this"));
	ck_assert_str_eq(steps_text(r), "start ok, c error");
	ck_assert_uint_eq(f->calls + f->intents + f->answers, 0);
	ck_assert_uint_eq(f->finished, 1);
}
END_TEST

/* What was not begun before the deadline leaves no intent, which would have to be looked into. */
START_TEST(after_the_deadline_no_effect_is_intended)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *items = ty_json_own(fx.arena, json_array());

	for (int i = 0; i < 11; i++)
		json_array_append_new(items, json_pack("{s:{s:i}}", "json", "n", i));
	f->hold = FAKE_CALL | FAKE_JOURNAL;
	fake_ops_run(f, FLOW(HTTP("h", ",`timeout_ms`:1000"), EDGE("start", "h")),
		     ty_json_dump(fx.arena, items, NULL), NULL, &fx.err);
	for (int i = 0; i < 20; i++) /* ten intents, ten calls: their answers are being journaled */
		fake_ops_release(f, 0);
	ck_assert_uint_eq(f->answers, 10);
	fake_ops_advance(f, 1000);
	fake_ops_drain(f);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_TIMEOUT);
	ck_assert_uint_eq(f->intents, 10);
	ck_assert_uint_eq(f->calls, 10);
	ck_assert_uint_eq(f->answers, 11); /* the deadline, as the eleventh's */
}
END_TEST

TEST_MAIN("engine.journal", {
	TEST(a_call_comes_after_its_intent_and_its_use_after_its_answer);
	TEST(a_call_carries_the_stable_key_of_its_intent);
	TEST_LOOP(the_order_of_answers_changes_nothing, orders);
	TEST(at_most_ten_calls_of_a_step_are_under_way);
	TEST(after_any_prefix_of_the_journal_the_run_ends_the_same);
	TEST(a_replay_an_hour_later_gives_the_same_bytes_and_calls_nobody);
	TEST_LOOP(an_attempt_in_doubt_is_repeated_only_where_that_is_safe, doubt_rows);
	tcase_add_loop_test(tc, the_nth_op_may_fail_and_the_run_ends_once, 0, 2);
	TEST(what_is_under_way_when_a_step_fails_is_abandoned);
	TEST(a_deadline_is_journaled_so_that_a_replay_goes_the_same_way);
	TEST(an_intent_that_is_late_is_followed_by_no_call);
	TEST(answers_that_are_being_journaled_at_the_deadline_count);
	TEST(after_the_deadline_no_effect_is_intended);
	TEST_LOOP(what_stopped_a_node_is_journaled_before_the_run_goes_on, verdict_rows);
	TEST_LOOP(a_faster_machine_takes_the_verdict_and_computes_nothing, verdict_rows);
	tcase_add_loop_test(tc, a_slower_machine_does_not_leave_the_way_of_the_journal, 0, 2);
})
