/*
 * test_retry.c -- a node that failed is tried again: how often, when, of which errors, and what of
 * its calls is made again.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"

#include <stdlib.h>

#define RETRY(tries, base_ms) ",`retry`:{`tries`:" tries ",`backoff`:`fixed`,`base_ms`:" base_ms "}"
#define SEND(more)                                                                                 \
	FLOW(NODE_WITH("h", "http.request",                                                        \
		       "`method`:`POST`,`url`:`=https://x.test/{{ $json.n }}`",                    \
		       more) "," NODE("z", "core.noop", ""),                                       \
	     EDGE("start", "h") "," EDGE("h", "z"))

/* Item n is answered statuses[n][times that it was asked]. */
static const char *(*answers)[5];
static size_t asked[8];

static json_t *
scripted_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	int n = url[strlen(url) - 1] - '0';
	const char *status = answers[0][asked[n]++];

	f->now_ms += 10;
	if (n != 2)
		status = "200";
	if (strcmp(status, "down") == 0) {
		ty_err_set(err, TY_E_UNAVAILABLE, "no connection");
		return NULL;
	}
	return json_pack("{s:i, s:{s:s}, s:{s:i}}", "status", atoi(status), "headers",
			 "content-type", "application/json", "body", "n", n);
}

/* Until it is over; the clock goes to whatever it waits for. */
static const struct ty_run_result *
run(struct fake_ops *f, const char *flow, const char *items, const json_t *journal,
    const char *(*script)[5])
{
	const struct ty_plan *plan;

	answers = script;
	memset(asked, 0, sizeof(asked));
	f->on_call = scripted_http;
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, items), journal, &fx.err));
	for (int i = 0; i < 100 && ty_run_result(f->run) == NULL; i++) {
		if (f->pending_count > 0)
			fake_ops_drain(f);
		else
			fake_ops_advance(f, f->wake_ms - f->now_ms);
	}
	ck_assert_ptr_nonnull(ty_run_result(f->run));
	ck_assert_uint_eq(f->finished, 1);
	return ty_run_result(f->run);
}

/* "start, h error, h x2, z": with the attempt from the second on. */
static const char *
attempts_text(const struct ty_run_result *r)
{
	const char *text = "";
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)r->steps, i, step)
	{
		int64_t attempt = ty_json_int(step, "attempt", 0);

		text = ty_arena_printf(fx.arena, "%s%s%s", text, i > 0 ? ", " : "",
				       ty_json_str(step, "node", "?"));
		if (attempt > 0)
			text = ty_arena_printf(fx.arena, "%s x%lld", text, (long long)attempt);
		text = ty_arena_printf(fx.arena, "%s %s", text, ty_json_str(step, "status", "?"));
	}
	return text;
}

static const struct {
	const char *more, *answers[5], *steps;
	size_t calls; /* of all three items */
	int64_t ms;   /* that it took: calls take 10 each */
} rows[] = {
	{ RETRY("3", "1000"), { "503", "200" }, "start ok, h error, h x2 ok, z ok", 4, 1040 },
	{ RETRY("3", "1000"),
	  { "down", "429", "200" },
	  "start ok, h error, h x2 error, h x3 ok, z ok",
	  5,
	  2050 },
	{ RETRY("2", "1000"), { "503", "503" }, "start ok, h error, h x2 error", 3, 1030 },
	/* What a retry does not mend is not tried again. */
	{ RETRY("3", "1000"), { "404" }, "start ok, h error", 2, 20 },
	{ RETRY("1", "1000"), { "503" }, "start ok, h error", 2, 20 },
	{ "", { "503" }, "start ok, h error", 2, 20 },
	/* Before on_error has its say, single items are tried again, too. */
	{ RETRY("3", "1000") ",`on_error`:`continue`",
	  { "503", "200" },
	  "start ok, h error, h x2 ok, z ok",
	  4,
	  1040 },
	{ RETRY("2", "1000") ",`on_error`:`continue`",
	  { "503", "503" },
	  "start ok, h error, h x2 ok, z ok",
	  4,
	  1040 },
	{ RETRY("3", "1000") ",`on_error`:`continue`", { "404" }, "start ok, h ok, z ok", 3, 30 },
};

START_TEST(a_step_that_fails_is_tried_again)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *script[1][5];
	const struct ty_run_result *r;

	memcpy(script[0], rows[_i].answers, sizeof(script[0]));
	r = run(f, ty_arena_printf(fx.arena, SEND("%s"), rows[_i].more), THREE_ITEMS, NULL, script);
	ck_assert_str_eq(attempts_text(r), rows[_i].steps);
	ck_assert_uint_eq(f->calls, rows[_i].calls);
	ck_assert_int_eq(f->now_ms - FAKE_NOW_MS, rows[_i].ms);
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
}
END_TEST

/* Each call that is made again carries its first key; none that went well is made again. */
START_TEST(a_call_that_went_well_is_not_made_again)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *script[1][5] = { { "503", "503", "200" } };
	const struct ty_run_result *r;
	const char *key;
	json_t *count;
	size_t twice = 0, thrice = 0;

	/* All three are under way when the second one fails. */
	f->hold = FAKE_CALL;
	r = run(f, SEND(RETRY("3", "1000")), THREE_ITEMS, NULL, script);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_uint_eq(f->calls, 5);
	ck_assert_uint_eq(json_object_size(f->effects), 3);
	json_object_foreach(f->effects, key, count)
	{
		twice += json_integer_value(count) == 2;
		thrice += json_integer_value(count) == 3;
	}
	ck_assert_uint_eq(twice, 0);
	ck_assert_uint_eq(thrice, 1);
	ck_assert_ptr_nonnull(strstr(f->log.data, "intent h/1/2"));
	ck_assert_ptr_nonnull(strstr(f->log.data, "intent h/2/1"));
	ck_assert_ptr_nonnull(strstr(f->log.data, "intent h/3/1"));
	ck_assert_ptr_null(strstr(f->log.data, "intent h/2/0"));
	ck_assert_ptr_null(strstr(f->log.data, "intent h/2/2"));
}
END_TEST

/* What fails for good is not asked for again when another item is; it is told all the same. */
START_TEST(a_call_that_failed_for_good_is_not_made_again)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *script[1][5] = { { "503", "404", "200" } };
	const char *flow =
		FLOW(NODE_WITH("h", "http.request", "`method`:`POST`,`url`:`=https://x.test/2`",
			       RETRY("3", "1000") ",`on_error`:`continue`"),
		     EDGE("start", "h"));
	const struct ty_run_result *r =
		run(f, flow, "[" ITEM("{`n`:1}") "," ITEM("{`n`:2}") "]", NULL, script);

	/* The first item: 503, then 200.  The second: 404, once. */
	ck_assert_uint_eq(f->calls, 3);
	ck_assert_str_eq(attempts_text(r), "start ok, h error, h x2 ok");
	ck_assert_int_eq(ty_json_int(fake_step_record(r, "h"), "failed", -1), -1);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump_canonical(fx.arena, r->steps, NULL), "\"status\":404"));
}
END_TEST

/* The second attempt's last call went well beside its first, which failed; the one between them had its answer from
 * the first attempt.  Whoever takes over behind the failure finds both, and asks only for what is missing. */
START_TEST(a_call_behind_one_that_had_its_answer_is_taken_over)
{
	static const char items[] = "[" ITEM("{`n`:2}") "," ITEM("{`n`:1}") "," ITEM("{`n`:2}") "]";
	const char *script[1][5] = { { "503", "503", "503", "200", "200" } };
	struct fake_ops *f = fake_ops_new(fx.arena), *g = fake_ops_new(fx.arena);
	const struct ty_run_result *r, *again;

	f->hold = FAKE_CALL;
	r = run(f, SEND(RETRY("3", "1000")), items, NULL, script);
	ck_assert_str_eq(attempts_text(r), "start ok, h error, h x2 error, h x3 ok, z ok");
	ck_assert_uint_eq(f->calls, 6);
	again = run(g, SEND(RETRY("3", "1000")), items, fake_ops_journal(f, fx.arena, SIZE_MAX),
		    script);
	ck_assert_uint_eq(g->calls, 0);
	ck_assert_str_eq(again->digest, r->digest);
}
END_TEST

/* Taken over behind any entry of the journal: the same bytes, and only what is missing is asked. */
START_TEST(a_retry_is_taken_over_from_its_journal)
{
	const char *script[1][5] = { { "503", "503", "200" } };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	json_t *journal;

	f->hold = FAKE_CALL;
	r = run(f, SEND(RETRY("3", "1000")), THREE_ITEMS, NULL, script);
	journal = fake_ops_journal(f, fx.arena, SIZE_MAX);
	for (int64_t later_ms = 0; later_ms < 100000; later_ms += 40000) {
		struct fake_ops *g = fake_ops_new(fx.arena);
		const struct ty_run_result *again;

		g->now_ms += later_ms;
		again = run(g, SEND(RETRY("3", "1000")), THREE_ITEMS, journal, script);
		ck_assert_str_eq(again->digest, r->digest);
		ck_assert_uint_eq(g->calls, 0);
		ck_assert_uint_eq(g->intents, 0);
	}
}
END_TEST

/* A delay is no running time, however long it is; a cancel ends it. */
START_TEST(the_delay_is_no_running_time_and_ends_with_the_run)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *script[1][5] = { { "503", "200", "200", "200" } };
	const struct ty_plan *plan;
	const char *flow =
		FLOW_WITH(NODE_WITH("h", "http.request", "`url`:`=https://x.test/{{ $json.n }}`",
				    RETRY("3", "60000")),
			  EDGE("start", "h"), "`timeout_ms`:100");
	const struct ty_run_result *r;

	r = run(f, flow, THREE_ITEMS, NULL, script);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(attempts_text(r), "start ok, h error, h x2 ok");
	ck_assert_int_gt(f->now_ms - FAKE_NOW_MS, 60000);
	/* Canceled in the middle of it. */
	f = fake_ops_new(fx.arena);
	f->on_call = scripted_http;
	memset(asked, 0, sizeof(asked));
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, THREE_ITEMS), NULL, &fx.err));
	ck_assert_ptr_null(ty_run_result(f->run));
	ty_run_cancel(f->run, "stop it");
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_CANCELED);
	ck_assert_int_eq(f->wake_ms, 0);
}
END_TEST

/* The clock of the next attempt is that of the delay's end, whatever the wall's is. */
START_TEST(the_next_attempt_sees_the_time_of_its_delay)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *script[1][5] = { { "503", "200" } };
	const struct ty_run_result *r;

	fake_ops_use_sandbox(f);
	r = run(f,
		FLOW(NODE_WITH("h", "http.request", "`url`:`=https://x.test/{{ $json.n }}`",
			       RETRY("2", "5000")) "," NODE("s", "core.set",
							    "`assignments`:[{`name`:`t`,`type`:`"
							    "json`,`value`:`={{ $now.toMillis() - "
							    "1700000000000 }}`}]"),
		     EDGE("start", "h") "," EDGE("h", "s")),
		"[" ITEM("{`n`:2}") "]", NULL, script);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(outputs_text(r, "s"), quoted("{`main`:[{`from`:0,`json`:{`t`:5020}}]}"));
}
END_TEST

TEST_MAIN("engine.retry", {
	TEST_LOOP(a_step_that_fails_is_tried_again, rows);
	TEST(a_call_that_went_well_is_not_made_again);
	TEST(a_call_that_failed_for_good_is_not_made_again);
	TEST(a_call_behind_one_that_had_its_answer_is_taken_over);
	TEST(a_retry_is_taken_over_from_its_journal);
	TEST(the_delay_is_no_running_time_and_ends_with_the_run);
	TEST(the_next_attempt_sees_the_time_of_its_delay);
})
