/*
 * test_backoff.c -- how long a node waits before it is called again, of which errors it is, and with
 * which Idempotency-Key.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ASK(more)                                                                                  \
	FLOW(NODE_WITH("h", "http.request", "`method`:`POST`,`url`:`https://x.test/`",             \
		       more) "," NODE("z", "core.noop", ""),                                       \
	     EDGE("start", "h") "," EDGE("h", "z"))
#define RETRY(more) ",`retry`:{" more "}"

/*
 * What each call gets: a status, "503/9000" with a Retry-After of so many ms, "!code" an error,
 * "!code/9000" one that says when.  The last is for every further call.
 */
static const char *const *script;
static size_t asked;
static const char *keys;

static json_t *
scripted(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *step = script[asked], *slash = strchr(step, '/');
	int64_t after_ms = slash != NULL ? atoll(slash + 1) : 0;
	const char *key = ty_json_str(request, "idempotency_key", "?");
	json_t *answer;

	if (script[asked + 1] != NULL)
		asked++;
	keys = ty_arena_printf(fx.arena, "%s%.4s ", keys, key);
	if (*step == '!') {
		enum ty_code code = TY_E_INTERNAL;

		ck_assert(ty_code_parse(
			ty_arena_strndup(fx.arena, step + 1, strcspn(step + 1, "/")), &code));
		ty_err_set(err, code, "scripted");
		err->retry_after_ms = after_ms;
		return NULL;
	}
	answer = json_pack("{s:i, s:{}, s:{}}", "status", atoi(step), "headers", "body");
	if (after_ms > 0)
		json_object_set_new(answer, "retry_after_ms", json_integer(after_ms));
	return answer;
}

/* To its end; the clock goes to what it waits for. */
static const struct ty_run_result *
run(struct fake_ops *f, const char *flow, const char *const *answers, const json_t *journal)
{
	const struct ty_plan *plan;

	script = answers;
	asked = 0;
	keys = "";
	f->on_call = scripted;
	ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, ONE_ITEM), journal, &fx.err));
	while (ty_run_result(f->run) == NULL)
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	return ty_run_result(f->run);
}

/* "1000 2000": the delays of the node's attempts, as they are recorded. */
static const char *
delays_text(const struct ty_run_result *r)
{
	const char *text = "";
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)r->steps, i, step)
	{
		int64_t ms = ty_json_int(step, "retry_ms", 0);

		if (ms > 0)
			text = ty_arena_printf(fx.arena, "%s%s%lld", text, *text != '\0' ? " " : "",
					       (long long)ms);
	}
	return text;
}

#define ONE(answer) ((const char *const[]){ answer, NULL })
#define NINETEEN(ms)                                                                               \
	ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms " " ms     \
	   " " ms " " ms " " ms " " ms " " ms " " ms

/* ---- how long ---- */

static const struct {
	const char *retry;
	const char *answers[4];
	const char *delays;
} delays[] = {
	{ "`tries`:3,`backoff`:`fixed`,`base_ms`:700", { "503" }, "700 700" },
	{ "`tries`:5,`backoff`:`linear`,`base_ms`:1000", { "503" }, "1000 2000 3000 4000" },
	{ "`tries`:5,`backoff`:`linear`,`base_ms`:1000,`max_ms`:2500",
	  { "503" },
	  "1000 2000 2500 2500" },
	/* The limits: twenty tries, a day. */
	{ "`tries`:20,`backoff`:`fixed`,`base_ms`:86400000", { "503" }, NINETEEN("86400000") },
	{ "`tries`:20,`backoff`:`linear`,`base_ms`:86400000", { "503" }, NINETEEN("86400000") },
	/* Retry-After is the least, whatever max_ms says, and a day the most. */
	{ "`tries`:3,`backoff`:`fixed`,`base_ms`:1000", { "503/9000", "503" }, "9000 1000" },
	{ "`tries`:3,`backoff`:`fixed`,`base_ms`:1000", { "429/500", "503" }, "1000 1000" },
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000,`max_ms`:2000", { "503/9000" }, "9000" },
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000", { "503/2592000000" }, "86400000" },
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000", { "503/86400001" }, "86400000" },
	/* It says that the failure passes, whatever the status. */
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000", { "413/9000" }, "9000" },
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000", { "413" }, "" },
	{ "`tries`:2,`backoff`:`fixed`,`base_ms`:1000", { "408" }, "1000" },
};

START_TEST(a_delay_is_what_backoff_and_server_say)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r =
		run(f, ty_arena_printf(fx.arena, ASK(RETRY("%s")), delays[_i].retry),
		    delays[_i].answers, NULL);

	ck_assert_str_eq(delays_text(r), delays[_i].delays);
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
}
END_TEST

/* Full jitter: between nothing and a bound that doubles up to max_ms; the same in the same run. */
START_TEST(an_exponential_delay_is_drawn_by_the_seed)
{
	static const int64_t bounds[] = { 1000, 2000, 4000, 8000, 8000, 8000 };
	const char *flow = ASK(RETRY("`tries`:7,`base_ms`:1000,`max_ms`:8000"));
	const struct ty_run_result *r = run(fake_ops_new(fx.arena), flow, ONE("503"), NULL);
	const char *text = delays_text(r);
	char *at = (char *)(uintptr_t)text;
	int64_t below_half = 0, sum = 0;

	for (size_t i = 0; i < TY_ARRAY_COUNT(bounds); i++) {
		int64_t ms = strtoll(at, &at, 10);

		ck_assert_int_ge(ms, 1);
		ck_assert_int_le(ms, bounds[i]);
		below_half += ms <= bounds[i] / 2;
		sum += ms;
	}
	/* Chance: not all at their bound, not all the same half. */
	ck_assert_int_gt(below_half, 0);
	ck_assert_int_lt(below_half, (int64_t)TY_ARRAY_COUNT(bounds));
	ck_assert_int_lt(sum, 31000);
	ck_assert_str_eq(delays_text(run(fake_ops_new(fx.arena), flow, ONE("503"), NULL)), text);
}
END_TEST

/* Another run draws other delays, all over the range. */
START_TEST(runs_do_not_come_back_at_one_moment)
{
	const char *flow = ASK(RETRY("`tries`:2,`base_ms`:10000"));
	int64_t quarters[4] = { 0 };

	for (int n = 0; n < 200; n++) {
		struct fake_ops *f = fake_ops_new(fx.arena);
		const struct ty_plan *plan;
		struct ty_run_spec spec;
		int64_t ms;

		script = ONE("503");
		asked = 0;
		keys = "";
		f->on_call = scripted;
		ck_assert_ok(fake_ops_plan(f, flow, &plan, &fx.err));
		spec = fake_ops_spec(plan, fake_json(fx.arena, ONE_ITEM), NULL);
		snprintf(spec.run_id.s, sizeof(spec.run_id.s), "01234567-89ab-7cde-8f01-%012d", n);
		ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &f->run, &fx.err));
		ty_run_start(f->run);
		while (ty_run_result(f->run) == NULL)
			fake_ops_advance(f, f->wake_ms - f->now_ms);
		ms = atoll(delays_text(ty_run_result(f->run)));
		ck_assert_int_ge(ms, 1);
		ck_assert_int_le(ms, 10000);
		quarters[(ms - 1) / 2500]++;
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(quarters); i++)
		ck_assert_int_gt(quarters[i], 25);
}
END_TEST

/* The next attempt is parked for where it is further away than 5 s. */
START_TEST(a_delay_over_five_seconds_is_put_down)
{
	static const struct {
		const char *retry;
		size_t rests;
	} rows[] = { { "`tries`:2,`backoff`:`fixed`,`base_ms`:5000", 0 },
		     { "`tries`:2,`backoff`:`fixed`,`base_ms`:5001", 1 } };

	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++) {
		struct fake_ops *f = fake_ops_new(fx.arena);

		(void)run(f, ty_arena_printf(fx.arena, ASK(RETRY("%s")), rows[i].retry), ONE("503"),
			  NULL);
		ck_assert_uint_eq(f->rests, rows[i].rests);
	}
}
END_TEST

/* ---- what was drawn is journaled ---- */

#define DRAWN ASK(RETRY("`tries`:3,`base_ms`:4000"))

/* "1200 300": delays as the journal has them, in order. */
static const char *
journaled_delays(const json_t *journal)
{
	const char *text = "";
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)journal, i, entry)
	{
		const json_t *value = ty_json_obj(ty_json_obj(entry, "answer"), "value");
		int64_t ms = ty_json_int(value, "delay_ms", 0);

		if (ms > 0)
			text = ty_arena_printf(fx.arena, "%s%s%lld", text, *text != '\0' ? " " : "",
					       (long long)ms);
	}
	return text;
}

static json_t *
journal_entry(const json_t *journal, const char *key)
{
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)journal, i, entry)
	{
		if (strcmp(ty_json_str(entry, "key", ""), key) == 0)
			return entry;
	}
	return NULL;
}

START_TEST(a_delay_that_was_drawn_is_in_the_journal)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = run(f, DRAWN, ONE("503"), NULL);
	json_t *journal = fake_ops_journal(f, fx.arena, SIZE_MAX);

	ck_assert_str_ne(delays_text(r), "");
	ck_assert_str_eq(journaled_delays(journal), delays_text(r));
	ck_assert_ptr_nonnull(journal_entry(journal, "h/1/delay"));
	ck_assert_ptr_nonnull(journal_entry(journal, "h/2/delay"));
	/* A delay without chance costs no entry. */
	f = fake_ops_new(fx.arena);
	(void)run(f, ASK(RETRY("`tries`:3,`backoff`:`fixed`,`base_ms`:700")), ONE("503"), NULL);
	ck_assert_str_eq(journaled_delays(fake_ops_journal(f, fx.arena, SIZE_MAX)), "");
}
END_TEST

/* The delay of the journal counts, whatever this release draws: for who takes over and for a proof; not for a
 * what-if, whose version may say another. */
START_TEST(a_journaled_delay_is_taken_as_it_is)
{
	static const enum ty_replay replays[] = { TY_REPLAY_NO, TY_REPLAY_PROOF,
						  TY_REPLAY_WHAT_IF };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const char *drawn = delays_text(run(f, DRAWN, ONE("503"), NULL));

	for (size_t i = 0; i < TY_ARRAY_COUNT(replays); i++) {
		json_t *journal = json_deep_copy(fake_ops_source(f, fx.arena));
		struct fake_ops *g = fake_ops_new(fx.arena);
		const struct ty_run_result *again;

		ty_json_own(fx.arena, journal);
		for (int attempt = 1; attempt <= 2; attempt++)
			json_object_set_new(
				ty_json_obj(journal_entry(journal,
							  ty_arena_printf(fx.arena, "h/%d/delay",
									  attempt)),
					    "answer"),
				"value", json_pack("{s:i}", "delay_ms", 4321 + attempt));
		g->replay = replays[i];
		again = run(g, DRAWN, ONE("200"), journal);
		ck_assert_uint_eq(g->calls, 0);
		ck_assert_str_eq(delays_text(again),
				 replays[i] == TY_REPLAY_WHAT_IF ? drawn : "4322 4323");
	}
}
END_TEST

/* A journal of a release that wrote no delays is proved, and taken over, all the same. */
START_TEST(a_journal_without_delays_gives_the_same_digest)
{
	static const enum ty_replay replays[] = { TY_REPLAY_NO, TY_REPLAY_PROOF };
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r = run(f, DRAWN, ONE("503"), NULL);
	json_t *journal = fake_ops_journal(f, fx.arena, SIZE_MAX), *old, *entry;
	size_t i;

	old = ty_json_own(fx.arena, json_array());
	json_array_foreach(journal, i, entry)
	{
		if (strstr(ty_json_str(entry, "key", ""), "/delay") == NULL)
			json_array_append(old, entry);
	}
	ck_assert_uint_eq(json_array_size(old), json_array_size(journal) - 2);
	for (i = 0; i < TY_ARRAY_COUNT(replays); i++) {
		struct fake_ops *g = fake_ops_new(fx.arena);

		g->replay = replays[i];
		ck_assert_str_eq(run(g, DRAWN, ONE("200"), old)->digest, r->digest);
		ck_assert_uint_eq(g->calls, 0);
	}
}
END_TEST

/* The delay begins only once it is journaled; one that the journal refuses ends the run. */
START_TEST(a_delay_begins_once_it_is_journaled)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_plan *plan;

	script = ONE("503");
	asked = 0;
	keys = "";
	f->on_call = scripted;
	f->hold = FAKE_JOURNAL;
	ck_assert_ok(fake_ops_plan(f, DRAWN, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, ONE_ITEM), NULL, &fx.err));
	for (int i = 0; i < 2; i++) /* intent and answer of the call */
		fake_ops_release(f, 0);
	ck_assert_str_ne(journaled_delays(f->entries), "");
	ck_assert_uint_eq(f->pending_count, 1);
	ck_assert(!ty_run_park(f->run, fx.arena, &(struct ty_run_parked){ 0 }));
	f->fail_at = f->ops + 1;
	fake_ops_release(f, 0);
	ck_assert_int_eq(ty_run_result(f->run)->status, TY_STATUS_CANCELED);
}
END_TEST

/* A breaker is closed by hand while the run waits for it: the journal says when, so that the run, who takes it over and
 * a proof go on at that time. */
START_TEST(a_delay_that_somebody_ended_ends_then)
{
	const char *const answers[] = { "!circuit_open/30000", "200", NULL };
	const char *flow = ASK(",`on_open_breaker`:`wait`");
	static const enum ty_replay replays[] = { TY_REPLAY_NO, TY_REPLAY_PROOF };
	struct fake_ops *f = fake_ops_new(fx.arena);
	json_t *journal;

	(void)run(f, flow, answers, NULL);
	journal = fake_ops_source(f, fx.arena);
	json_array_append_new(journal,
			      json_pack("{s:s, s:I, s:{s:{}}}", "key", "h/2/retry", "at_ms",
					(json_int_t)(FAKE_NOW_MS + 7000), "answer", "value"));
	/* The second call came then, too. */
	json_object_set_new(journal_entry(journal, "h/2/0"), "at_ms",
			    json_integer(FAKE_NOW_MS + 7000));
	for (size_t i = 0; i < TY_ARRAY_COUNT(replays); i++) {
		struct fake_ops *g = fake_ops_new(fx.arena);

		g->replay = replays[i];
		ck_assert_int_eq(run(g, flow, ONE("200"), journal)->status, TY_STATUS_OK);
		ck_assert_uint_eq(g->calls, 0);
		ck_assert_int_eq(g->now_ms - FAKE_NOW_MS, 7000);
	}
}
END_TEST

/* ---- of which errors ---- */

static const struct {
	const char *retry, *answers[3];
	size_t calls;
} codes[] = {
	/* Without a list: what may pass. */
	{ "`tries`:2", { "!upstream" }, 2 },
	{ "`tries`:2", { "!timeout" }, 2 },
	{ "`tries`:2", { "!denied" }, 1 },
	{ "`tries`:2", { "!circuit_open/1000" }, 1 },
	/* Of what may pass only what is named. */
	{ "`tries`:2,`on`:[`timeout`]", { "!timeout" }, 2 },
	{ "`tries`:2,`on`:[`timeout`]", { "!upstream" }, 1 },
	{ "`tries`:2,`on`:[`timeout`,`upstream`]", { "503" }, 2 },
	{ "`tries`:2,`on`:[`timeout`]", { "503" }, 1 },
	/* An answer of 404 is an upstream error that does not pass. */
	{ "`tries`:2,`on`:[`upstream`]", { "404" }, 1 },
	/* What never passes by itself is tried again where it is named. */
	{ "`tries`:2,`on`:[`denied`]", { "!denied" }, 2 },
	{ "`tries`:2,`on`:[`circuit_open`]", { "!circuit_open/1000" }, 2 },
};

START_TEST(a_node_is_tried_again_of_the_codes_it_names)
{
	static const char *const ends[] = { "", ",`on_error`:`continue`" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(ends); i++) {
		struct fake_ops *f = fake_ops_new(fx.arena);

		(void)run(
			f,
			ty_arena_printf(fx.arena, ASK(RETRY("%s") "%s"), codes[_i].retry, ends[i]),
			codes[_i].answers, NULL);
		ck_assert_uint_eq(f->calls, codes[_i].calls);
	}
}
END_TEST

/* ---- with which key ---- */

/* "aabb": which of the calls have the same key. */
static const char *
keys_pattern(void)
{
	const char *seen = "", *pattern = "";
	char next = 'a';

	for (const char *at = keys; *at != '\0'; at += 5) {
		const char *found = strstr(seen, ty_arena_strndup(fx.arena, at, 5));

		if (found == NULL) {
			seen = ty_arena_printf(fx.arena, "%s%.5s%c", seen, at, next++);
			found = strstr(seen, ty_arena_strndup(fx.arena, at, 5));
		}
		pattern = ty_arena_printf(fx.arena, "%s%c", pattern, found[5]);
	}
	return pattern;
}

static const struct {
	const char *more, *answers[6], *pattern;
} key_rows[] = {
	{ "", { "503", "!upstream", "500", "200" }, "aaaa" },
	/* A new one behind an answer; the same where none came. */
	{ ",`new_key`:true", { "503", "500", "502", "200" }, "abcd" },
	{ ",`new_key`:true", { "!upstream", "!timeout", "500", "200" }, "aaab" },
	{ ",`new_key`:true", { "503", "!upstream", "!timeout", "200" }, "abbb" },
};

START_TEST(a_call_is_made_again_with_its_first_key_or_a_new_one)
{
	const char *flow = ty_arena_printf(
		fx.arena, ASK(RETRY("`tries`:4,`backoff`:`fixed`,`base_ms`:9000%s")),
		key_rows[_i].more);
	struct fake_ops *f = fake_ops_new(fx.arena), *g = fake_ops_new(fx.arena);
	const struct ty_run_result *r = run(f, flow, key_rows[_i].answers, NULL);
	const struct ty_run_result *again;

	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(keys_pattern(), key_rows[_i].pattern);
	/* A worker that takes it over asks nothing, and waits as long by the run's own clock. */
	again = run(g, flow, key_rows[_i].answers, fake_ops_journal(f, fx.arena, SIZE_MAX));
	ck_assert_uint_eq(g->calls, 0);
	ck_assert_str_eq(again->digest, r->digest);
}
END_TEST

/* ---- an open breaker ---- */

#define WAITS ",`on_open_breaker`:`wait`"

static const struct {
	const char *more, *answers[5];
	size_t calls;
	enum ty_status status;
	int64_t least_ms, most_ms; /* that it took */
} waits[] = {
	/* At once, with the code. */
	{ "", { "!circuit_open/30000" }, 1, TY_STATUS_ERROR, 0, 0 },
	{ RETRY("`tries`:5"), { "!circuit_open/30000" }, 1, TY_STATUS_ERROR, 0, 0 },
	/* A wait is no try; it ends within a second behind the probe's time. */
	{ WAITS, { "!circuit_open/30000", "200" }, 2, TY_STATUS_OK, 30001, 31000 },
	{ WAITS,
	  { "!circuit_open/30000", "!circuit_open/60000", "200" },
	  3,
	  TY_STATUS_OK,
	  90002,
	  92000 },
	{ WAITS, { "!circuit_open/30000", "503" }, 2, TY_STATUS_ERROR, 30001, 31000 },
	{ WAITS RETRY("`tries`:2,`backoff`:`fixed`,`base_ms`:100"),
	  { "503", "!circuit_open/30000", "503", "200" },
	  3,
	  TY_STATUS_ERROR,
	  30101,
	  31100 },
	/* Twenty times at most. */
	{ WAITS, { "!circuit_open/30000" }, 21, TY_STATUS_ERROR, 600020, 620000 },
	{ WAITS ",`on_error`:`continue`",
	  { "!circuit_open/30000", "200" },
	  2,
	  TY_STATUS_OK,
	  30001,
	  31000 },
};

START_TEST(a_call_that_is_held_back_fails_or_waits)
{
	const char *flow = ty_arena_printf(fx.arena, ASK("%s"), waits[_i].more);
	struct fake_ops *f = fake_ops_new(fx.arena), *g = fake_ops_new(fx.arena);
	const struct ty_run_result *r = run(f, flow, waits[_i].answers, NULL), *again;
	const json_t *refusal = ty_json_obj(fake_step_record(r, "h"), "error");

	ck_assert_int_eq(r->status, waits[_i].status);
	ck_assert_uint_eq(f->calls, waits[_i].calls);
	ck_assert_int_ge(f->now_ms - FAKE_NOW_MS, waits[_i].least_ms);
	ck_assert_int_le(f->now_ms - FAKE_NOW_MS, waits[_i].most_ms);
	if (strcmp(waits[_i].answers[0], "!circuit_open/30000") == 0) {
		ck_assert_str_eq(ty_json_str(refusal, "code", ""), "circuit_open");
		ck_assert_int_eq(ty_json_int(refusal, "retry_after_ms", 0), 30000);
	}
	/* The refusal is the call's answer in the journal: a replay sees it, and asks nobody. */
	again = run(g, flow, ONE("200"), fake_ops_journal(f, fx.arena, SIZE_MAX));
	ck_assert_uint_eq(g->calls, 0);
	ck_assert_str_eq(again->digest, r->digest);
}
END_TEST

TEST_MAIN("engine.backoff", {
	TEST_LOOP(a_delay_is_what_backoff_and_server_say, delays);
	TEST(an_exponential_delay_is_drawn_by_the_seed);
	TEST(runs_do_not_come_back_at_one_moment);
	TEST(a_delay_over_five_seconds_is_put_down);
	TEST(a_delay_that_was_drawn_is_in_the_journal);
	TEST(a_journaled_delay_is_taken_as_it_is);
	TEST(a_journal_without_delays_gives_the_same_digest);
	TEST(a_delay_begins_once_it_is_journaled);
	TEST(a_delay_that_somebody_ended_ends_then);
	TEST_LOOP(a_node_is_tried_again_of_the_codes_it_names, codes);
	TEST_LOOP(a_call_is_made_again_with_its_first_key_or_a_new_one, key_rows);
	TEST_LOOP(a_call_that_is_held_back_fails_or_waits, waits);
})
