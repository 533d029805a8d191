/*
 * test_replay.c -- a run again from its journal: proved, or ended where the journal has no answer.
 */
#include "unit/engine/flow.h"

#define CALLS(set, url, more)                                                                      \
	FLOW(NODE("s", "core.set", "`assignments`:[{`name`:`x`,`value`:" set "}]") "," NODE_WITH(  \
		     "a", "http.request", "`url`:`" url "`", more) "," HTTP("b", ""),              \
	     EDGE("start", "s") "," EDGE("s", "a") "," EDGE("a", "b"))
#define URL   "https://x.test/a/1"
#define FIRST CALLS("1", URL, "")

static json_t *
journal_of(const struct fake_ops *f)
{
	/* As the store has it: the intent's digest beside the answer. */
	return fake_ops_source(f, fx.arena);
}

static struct fake_ops *
run_first(const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	while (ty_run_result(f->run) == NULL && f->wake_ms != 0)
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	ck_assert_uint_eq(f->finished, 1);
	return f;
}

static struct fake_ops *
replay(enum ty_replay kind, const char *flow, const json_t *journal)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->replay = kind;
	fake_ops_run(f, flow, ONE_ITEM, journal, &fx.err);
	for (int i = 0; i < 20 && ty_run_result(f->run) == NULL; i++)
		fake_ops_advance(f, f->wake_ms > f->now_ms ? f->wake_ms - f->now_ms : 0);
	ck_assert_uint_eq(f->finished, 1);
	ck_assert_uint_eq(f->calls, 0);
	return f;
}

static const char *
digest_of(const struct fake_ops *f)
{
	return ty_run_result(f->run)->digest;
}

static const char *
end_of(const struct fake_ops *f)
{
	const json_t *error = ty_run_result(f->run)->error;

	return ty_arena_printf(fx.arena, "%s at %s", ty_json_str(error, "code", "ok"),
			       ty_json_str(error, "node", "none"));
}

static const struct {
	const char *flow;
} proved[] = {
	{ FIRST },
	{ CALLS("1", URL, ",`retry`:{`tries`:3,`backoff`:`fixed`,`base_ms`:60000}") },
	{ FLOW(NODE("w", "core.wait", "`amount`:86400,`unit`:`seconds`") "," HTTP("a", ""),
	       EDGE("start", "w") "," EDGE("w", "a")) },
	{ FLOW(LOOP("L", "") "," HTTP("a", ""),
	       EDGE("start", "L") "," BODY("L", "a") "," EDGE("a", "L")) },
};

START_TEST(a_replay_gives_the_digest_and_asks_nobody)
{
	struct fake_ops *first = run_first(proved[_i].flow);
	struct fake_ops *again = replay(TY_REPLAY_PROOF, proved[_i].flow, journal_of(first));

	ck_assert_int_eq(ty_run_result(first->run)->status, TY_STATUS_OK);
	ck_assert_str_eq(digest_of(again), digest_of(first));
	ck_assert_uint_eq(again->intents + again->answers, 0);
}
END_TEST

START_TEST(a_what_if_ends_at_the_first_call_that_asks_something_else)
{
	struct fake_ops *f = replay(TY_REPLAY_WHAT_IF, CALLS("1", URL "?other", ""),
				    journal_of(run_first(FIRST)));

	ck_assert_str_eq(end_of(f), "no_answer at a");
	ck_assert_str_eq(steps_text(ty_run_result(f->run)), "start ok, s ok, a error");
}
END_TEST

START_TEST(a_what_if_goes_on_past_what_changes_no_call)
{
	struct fake_ops *first = run_first(FIRST);
	struct fake_ops *f = replay(TY_REPLAY_WHAT_IF, CALLS("2", URL, ""), journal_of(first));

	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
	ck_assert_str_ne(digest_of(f), digest_of(first));
}
END_TEST

START_TEST(a_call_that_the_run_had_not_come_to_has_no_answer)
{
	struct fake_ops *f =
		replay(TY_REPLAY_WHAT_IF, FIRST,
		       journal_of(run_first(
			       FLOW(NODE("s", "core.set", "`assignments`:[{`name`:`x`,`value`:1}]"),
				    EDGE("start", "s")))));

	ck_assert_str_eq(end_of(f), "no_answer at a");
}
END_TEST

START_TEST(a_journal_that_does_not_say_what_was_asked_is_enough_for_a_proof_alone)
{
	struct fake_ops *first = run_first(FIRST);
	json_t *journal = fake_ops_journal(first, fx.arena, SIZE_MAX), *entry;
	struct fake_ops *f;
	size_t i;

	json_array_foreach(journal, i, entry) json_object_del(entry, "request_digest");
	ck_assert_str_eq(digest_of(replay(TY_REPLAY_PROOF, FIRST, journal)), digest_of(first));
	f = replay(TY_REPLAY_WHAT_IF, FIRST, journal);
	ck_assert_str_eq(end_of(f), "no_answer at a");
	ck_assert_ptr_nonnull(
		strstr(ty_json_str(ty_run_result(f->run)->error, "message", ""), "does not say"));
}
END_TEST

START_TEST(a_what_if_waits_for_nothing)
{
	const char *before =
		FLOW(NODE("w", "core.wait", "`amount`:1,`unit`:`seconds`"), EDGE("start", "w"));
	const char *after =
		FLOW(NODE("w", "core.wait", "`amount`:86400,`unit`:`seconds`"), EDGE("start", "w"));
	struct fake_ops *f = replay(TY_REPLAY_WHAT_IF, after, journal_of(run_first(before)));

	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_OK);
}
END_TEST

/* Begin FIRST, let it make 'calls' calls, and cancel it then. */
static struct fake_ops *
run_canceled(const char *flow, size_t calls)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->hold = FAKE_CALL;
	fake_ops_run(f, flow, ONE_ITEM, NULL, &fx.err);
	while (calls-- > 0)
		fake_ops_release(f, 0);
	ty_run_cancel(f->run, "Canceled by a user");
	return f;
}

static struct fake_ops *
replay_canceled(const struct fake_ops *first, const char *flow)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->replay = TY_REPLAY_PROOF;
	f->ended = ty_run_result(first->run)->error;
	f->ended_at_ms = ty_run_result(first->run)->finished_at_ms;
	fake_ops_run(f, flow, ONE_ITEM, journal_of(first), &fx.err);
	for (int i = 0; i < 20 && ty_run_result(f->run) == NULL; i++)
		fake_ops_advance(f, f->wake_ms > f->now_ms ? f->wake_ms - f->now_ms : 0);
	return f;
}

START_TEST(a_run_that_was_canceled_is_proved_up_to_there)
{
	const char *flow = _i == 2 ? FLOW(NODE("w", "core.wait", "`amount`:60,`unit`:`seconds`"),
					  EDGE("start", "w"))
				   : FIRST;
	struct fake_ops *first = run_canceled(flow, _i == 2 ? 0 : (size_t)_i);
	struct fake_ops *f = replay_canceled(first, flow);

	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_CANCELED);
	ck_assert_str_eq(digest_of(f), digest_of(first));
	ck_assert_uint_eq(f->calls, 0);
}
END_TEST

TEST_MAIN("engine.replay", {
	tcase_add_loop_test(tc, a_replay_gives_the_digest_and_asks_nobody, 0,
			    TY_ARRAY_COUNT(proved));
	TEST(a_what_if_ends_at_the_first_call_that_asks_something_else);
	TEST(a_what_if_goes_on_past_what_changes_no_call);
	TEST(a_call_that_the_run_had_not_come_to_has_no_answer);
	TEST(a_journal_that_does_not_say_what_was_asked_is_enough_for_a_proof_alone);
	TEST(a_what_if_waits_for_nothing);
	tcase_add_loop_test(tc, a_run_that_was_canceled_is_proved_up_to_there, 0, 3);
})
