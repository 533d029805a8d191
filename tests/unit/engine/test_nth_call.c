/*
 * test_nth_call.c -- the nth call of a workflow fails, for every n, in every way that a call can fail, and
 * its worker dies behind any entry of the journal: the run ends right, and no effect is there twice.
 *
 * The workflow has a call for each of three items, a loop whose iterations call and wait, and calls
 * behind it.  The world keeps the effect of each address with the Idempotency-Key that it came by: the same key is the
 * same effect, another key is a second one.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"

#define URL_LAST(url) ((url)[strlen(url) - 1] - '0')
#define TURNS_MAX     1000
#define CALLS	      9
#define SEND(id)                                                                                   \
	NODE_WITH(id, "http.request",                                                              \
		  "`method`:`POST`,`url`:`=https://x.test/" id                                     \
		  "/{{ $json.n }}`,`repeat_in_doubt`:`always`",                                    \
		  ",`retry`:{`tries`:3,`backoff`:`exponential`,`base_ms`:20000}")
#define FLOW_OF_CALLS                                                                              \
	FLOW(SEND("a") "," LOOP("l", "") "," SEND("b") "," NODE(                                   \
		     "w", "core.wait", "`amount`:20,`unit`:`seconds`") "," SEND("z"),              \
	     EDGE("start", "a") "," EDGE("a", "l") "," BODY("l", "b") "," EDGE("b", "w") "," EDGE( \
		     "w", "l") "," DONE("l", "z"))

enum way { REFUSED, DOWN, LOST, WAYS };

static struct world {
	enum way way;
	size_t made, fail_at; /* counted over all workers; 0 = none fails */
	bool for_good;	      /* the address of that call fails from then on */
	const char *failing;
	json_t *effects, *asked; /* address -> key of its effect; how often it was called */
} world;

static void
world_begin(enum way way, size_t fail_at, bool for_good)
{
	world = (struct world){ .way = way, .fail_at = fail_at, .for_good = for_good };
	world.effects = ty_json_own(fx.arena, json_object());
	world.asked = ty_json_own(fx.arena, json_object());
}

static void
effect_add(const char *url, const char *key)
{
	const char *before = ty_json_str(world.effects, url, key);

	ck_assert_msg(strcmp(before, key) == 0, "call %zu fails: a second effect at %s",
		      world.fail_at, url);
	json_object_set_new(world.effects, url, json_string(key));
}

static bool
is_to_fail(const char *url)
{
	world.made++;
	json_object_set_new(world.asked, url, json_integer(ty_json_int(world.asked, url, 0) + 1));
	if (world.made == world.fail_at)
		world.failing = ty_arena_strdup(fx.arena, url);
	if (world.failing == NULL)
		return false;
	return world.made == world.fail_at || (world.for_good && strcmp(url, world.failing) == 0);
}

static json_t *
world_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	const char *key = ty_json_str(request, "idempotency_key", "");
	bool fails = is_to_fail(url);

	f->now_ms += 10;
	if (fails && world.way == DOWN) {
		ty_err_set(err, TY_E_UNAVAILABLE, "no connection");
		return NULL;
	}
	if (!fails || world.way == LOST)
		effect_add(url, key);
	if (fails && world.way == LOST) {
		ty_err_set(err, TY_E_TIMEOUT, "no answer in time");
		return NULL;
	}
	return json_pack("{s:i, s:{s:s}, s:{s:i}}", "status", fails ? 503 : 200, "headers",
			 "content-type", "application/json", "body", "n", URL_LAST(url));
}

/* A worker with what the journal has, until the run is over or has written so many entries.  NULL: it died. */
static const struct ty_run_result *
work(struct fake_ops *f, const json_t *journal, size_t entries)
{
	const struct ty_plan *plan;

	f->on_call = world_http;
	f->hold = FAKE_JOURNAL;
	ck_assert_ok(fake_ops_plan(f, FLOW_OF_CALLS, &plan, &fx.err));
	ck_assert_ok(fake_ops_start(f, plan, fake_json(fx.arena, THREE_ITEMS), journal, &fx.err));
	for (int i = 0; i < TURNS_MAX && ty_run_result(f->run) == NULL; i++) {
		if (json_array_size(f->entries) >= entries)
			return NULL;
		if (f->pending_count > 0)
			fake_ops_release(f, 0);
		else
			fake_ops_advance(f, f->wake_ms - f->now_ms);
	}
	ck_assert_ptr_nonnull(ty_run_result(f->run));
	return ty_run_result(f->run);
}

static void
check_end(const struct ty_run_result *r)
{
	ck_assert_msg(r->status == TY_STATUS_OK, "call %zu fails: %s", world.fail_at,
		      error_str(r, "message"));
	ck_assert(ty_digest_is_of(fx.arena, r->steps, r->digest));
	ck_assert_uint_eq(json_object_size(world.effects), CALLS);
}

/* _i is the way of failing. */
START_TEST(a_run_ends_well_whichever_of_its_calls_fails_once)
{
	for (size_t n = 0; n <= CALLS; n++) {
		const struct ty_run_result *r;

		world_begin((enum way)_i, n, false);
		r = work(fake_ops_new(fx.arena), NULL, SIZE_MAX);
		check_end(r);
		ck_assert_uint_eq(world.made, n == 0 ? CALLS : CALLS + 1);
		ty_arena_clear(fx.arena);
	}
}
END_TEST

/* Three tries, and nothing behind them; what went well beside them is not asked again. */
START_TEST(a_run_ends_at_whichever_of_its_calls_fails_for_good)
{
	for (size_t n = 1; n <= CALLS; n++) {
		const struct ty_run_result *r;
		const char *url;
		json_t *times;

		world_begin((enum way)_i, n, true);
		r = work(fake_ops_new(fx.arena), NULL, SIZE_MAX);
		ck_assert_int_eq(r->status, TY_STATUS_ERROR);
		ck_assert_str_eq(error_str(r, "code"), _i == REFUSED ? "upstream"
						       : _i == DOWN  ? "unavailable"
								     : "timeout");
		ck_assert_int_eq(error_str(r, "node")[0], world.failing[strlen("https://x.test/")]);
		json_object_foreach(world.asked, url, times) ck_assert_int_eq(
			json_integer_value(times), strcmp(url, world.failing) == 0 ? 3 : 1);
		ty_arena_clear(fx.arena);
	}
}
END_TEST

/* A worker that dies behind each entry, whichever call failed before; the next one ends the run. */
START_TEST(a_worker_that_dies_takes_no_effect_along_and_makes_none_twice)
{
	size_t died = 0;

	for (size_t n = 0; n <= CALLS; n++) {
		bool is_over = false;

		for (size_t entries = 1; !is_over; entries++) {
			struct fake_ops *f = fake_ops_new(fx.arena);
			const struct ty_run_result *r;

			world_begin((enum way)_i, n, false);
			r = work(f, NULL, entries);
			is_over = r != NULL;
			if (!is_over) {
				json_t *journal = fake_ops_journal(f, fx.arena, SIZE_MAX);

				ty_run_free(f->run);
				f = fake_ops_new(fx.arena);
				f->now_ms += 3600000;
				r = work(f, journal, SIZE_MAX);
				died++;
			}
			check_end(r);
			ty_arena_clear(fx.arena);
		}
	}
	ck_assert_uint_gt(died, CALLS * CALLS);
}
END_TEST

TEST_MAIN("engine.nth_call", {
	tcase_add_loop_test(tc, a_run_ends_well_whichever_of_its_calls_fails_once, 0, WAYS);
	tcase_add_loop_test(tc, a_run_ends_at_whichever_of_its_calls_fails_for_good, 0, WAYS);
	tcase_add_loop_test(tc, a_worker_that_dies_takes_no_effect_along_and_makes_none_twice, 0,
			    WAYS);
})
