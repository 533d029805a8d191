/*
 * test_source.c -- a run that repeats another takes the answers that its effects got.
 */
#include "unit/engine/flow.h"

#define TWO_CALLS(more)                                                                            \
	FLOW(HTTP("a", more) "," HTTP("b", ""), EDGE("start", "a") "," EDGE("a", "b"))

/* Node b's server is down. */
static json_t *
b_is_down(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	if (strstr(ty_json_str(request, "url", ""), "/b/") == NULL)
		return fake_http(f, request, err);
	ty_err_set(err, TY_E_UPSTREAM, "the server is down");
	return NULL;
}

/* Every server fails at the first call to it. */
static json_t *
first_fails(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	if (f->calls > 1)
		return fake_http(f, request, err);
	ty_err_set(err, TY_E_UPSTREAM, "the server is down");
	err->retryable = true;
	return NULL;
}

static struct fake_ops *
run_first(fake_answer_fn on_call, const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->on_call = on_call;
	fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	if (f->wake_ms != 0)
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	ck_assert_uint_eq(f->finished, 1);
	return f;
}

static struct fake_ops *
run_again(const struct fake_ops *first, const char *flow, const char *items)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->source = fake_ops_source(first, fx.arena);
	ck_assert_ptr_nonnull(fake_ops_run(f, flow, items, NULL, &fx.err));
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
	return f;
}

START_TEST(a_repeated_run_makes_only_the_calls_that_failed)
{
	struct fake_ops *again =
		run_again(run_first(b_is_down, TWO_CALLS("")), TWO_CALLS(""), ONE_ITEM);

	ck_assert_uint_eq(again->calls, 1);
	ck_assert_ptr_nonnull(strstr(again->log.data, "call http https://x.test/b/"));
}
END_TEST

/* Node b's server answers, but with a status. */
static json_t *
b_is_busy(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *answer = fake_http(f, request, err);

	if (strstr(ty_json_str(request, "url", ""), "/b/") != NULL)
		json_object_set_new(answer, "status", json_integer(503));
	return answer;
}

START_TEST(a_call_whose_status_was_a_failure_is_made_again)
{
	struct fake_ops *again =
		run_again(run_first(b_is_busy, TWO_CALLS("")), TWO_CALLS(""), ONE_ITEM);

	ck_assert_uint_eq(again->calls, 1);
	ck_assert_ptr_nonnull(strstr(again->log.data, "call http https://x.test/b/"));
}
END_TEST

START_TEST(a_status_that_the_workflow_handles_is_an_answer)
{
	const char *flow =
		FLOW(NODE("b", "http.request",
			  "`url`:`https://x.test/b/`,`fail_on_status`:false") "," HTTP("c", ""),
		     EDGE("start", "b") "," EDGE("b", "c"));

	ck_assert_uint_eq(run_again(run_first(b_is_busy, flow), flow, ONE_ITEM)->calls, 0);
}
END_TEST

START_TEST(an_answer_that_is_taken_is_journaled_before_it_is_used)
{
	struct fake_ops *again =
		run_again(run_first(b_is_down, TWO_CALLS("")), TWO_CALLS(""), ONE_ITEM);
	struct fake_ops *taken_over = fake_ops_new(fx.arena);

	ck_assert_ptr_eq(strstr(again->log.data, "answer a/1/0\nintent b/1/0\n"), again->log.data);
	/* Whoever takes it over has no other run any more. */
	fake_ops_run(taken_over, TWO_CALLS(""), ONE_ITEM, fake_ops_journal(again, fx.arena, 1),
		     &fx.err);
	ck_assert_uint_eq(taken_over->calls, 1);
	ck_assert_str_eq(ty_run_result(taken_over->run)->digest, ty_run_result(again->run)->digest);
}
END_TEST

START_TEST(a_call_that_asks_something_else_is_made)
{
	struct fake_ops *again = run_again(run_first(b_is_down, TWO_CALLS("")), TWO_CALLS(""),
					   "[" ITEM("{`n`:2}") "]");

	ck_assert_uint_eq(again->calls, 2);
}
END_TEST

START_TEST(an_answer_is_taken_whatever_attempt_got_it)
{
	const char *flow = TWO_CALLS(",`retry`:{`tries`:2,`backoff`:`fixed`,`base_ms`:100}");
	struct fake_ops *first = run_first(first_fails, flow);

	ck_assert_uint_eq(first->calls, 3);
	ck_assert_uint_eq(run_again(first, flow, ONE_ITEM)->calls, 0);
}
END_TEST

START_TEST(a_run_of_a_release_without_digests_is_repeated_in_full)
{
	struct fake_ops *first = run_first(b_is_down, TWO_CALLS("")),
			*again = fake_ops_new(fx.arena);

	again->source =
		fake_ops_journal(first, fx.arena, SIZE_MAX); /* its answers, not what was asked */
	fake_ops_run(again, TWO_CALLS(""), ONE_ITEM, NULL, &fx.err);
	ck_assert_uint_eq(again->calls, 2);
}
END_TEST

TEST_MAIN("engine.source", {
	TEST(a_repeated_run_makes_only_the_calls_that_failed);
	TEST(a_call_whose_status_was_a_failure_is_made_again);
	TEST(a_status_that_the_workflow_handles_is_an_answer);
	TEST(an_answer_that_is_taken_is_journaled_before_it_is_used);
	TEST(a_call_that_asks_something_else_is_made);
	TEST(an_answer_is_taken_whatever_attempt_got_it);
	TEST(a_run_of_a_release_without_digests_is_repeated_in_full);
})
