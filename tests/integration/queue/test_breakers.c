/*
 * A circuit breaker opens, is probed once and closes again, for all workers at once (queue/breakers.h).
 */
#include "lane.h"
#include "support/common.h"

#include "json/json.h"
#include "queue/breakers.h"

#include <string.h>

#define A    "aaaaaaaa-0000-7000-8000-000000000001"
#define B    "bbbbbbbb-0000-7000-8000-000000000002"
#define C    "cccccccc-0000-7000-8000-000000000003"
#define OP   TY_BREAKER_OPERATOR
#define WHAT "http.request api.test"
#define DOWN "status 503"

static struct lane lane;

/* Two workers, and what each knows: "<scope> <what>" -> "state failures". */
static struct ear {
	struct ty_queue_breakers *breakers;
	json_t *known;
	int changes, aways;
} ears[2];

static int granted, refused;
static json_t *held; /* by what */

static void
on_changed(void *ctx, const char *scope, const char *what, json_t *entry)
{
	struct ear *ear = ctx;
	struct ty_breaker breaker;
	char key[200], state[64];

	snprintf(key, sizeof(key), "%.40s %.100s", scope, what);
	ear->changes++;
	if (!ty_breaker_read(entry, scope, what, &breaker)) {
		json_object_del(ear->known, key);
		return;
	}
	snprintf(state, sizeof(state), "%s %d", ty_breaker_state_name(breaker.state),
		 (int)breaker.failures);
	json_object_set_new(ear->known, key, json_string(state));
}

static void
on_away(void *ctx)
{
	struct ear *ear = ctx;

	ear->aways++;
	json_object_clear(ear->known);
}

static const struct ty_queue_breaker_events events = { on_changed, on_away };

static const char *
known(const struct ear *ear, const char *scope, const char *what)
{
	char key[200];

	snprintf(key, sizeof(key), "%s %s", scope, what);
	return ty_json_str(ear->known, key, "none");
}

/* Until the worker knows it so. */
static void
await(struct ear *ear, const char *scope, const char *state)
{
	while (strcmp(known(ear, scope, WHAT), state) != 0)
		uv_run(&lane.loop, UV_RUN_ONCE);
}

static void
ear_open(struct ear *ear)
{
	*ear = (struct ear){ .known = json_object() };
	ear->breakers = ty_queue_breakers_new(&lane.loop, lane.url, "t", &events, ear);
}

static void
ear_close(struct ear *ear)
{
	ty_queue_breakers_free(ear->breakers);
	json_decref(ear->known);
}

static void
setup(void)
{
	lane_open(&lane, 60000);
	granted = refused = 0;
	held = json_object();
	for (int i = 0; i < 2; i++)
		ear_open(&ears[i]);
	/* Both hear once a change comes to each. */
	for (int i = 0; i < 2; i++)
		while (ears[i].changes == 0) {
			lane_command(&lane, "PUBLISH {t}:breaker "
					    "{\"scope\":\"x\",\"what\":\"y\",\"entry\":null}");
			uv_run(&lane.loop, UV_RUN_NOWAIT);
		}
}

static void
teardown(void)
{
	for (int i = 0; i < 2; i++)
		ear_close(&ears[i]);
	json_decref(held);
	lane_close(&lane);
}

static void
report(int worker, const char *workspace, int times)
{
	for (int i = 0; i < times; i++)
		ty_queue_breakers_report(ears[worker].breakers, workspace, WHAT, DOWN);
}

static void
answered(int worker, const char *workspace)
{
	ty_queue_breakers_report(ears[worker].breakers, workspace, WHAT, NULL);
}

static void
on_probe(void *ctx, const struct ty_breaker *holder)
{
	granted += holder == NULL;
	refused += holder != NULL;
	if (holder != NULL)
		json_object_set_new(held, "scope", json_string(holder->scope));
}

/* Ask for the probe; true where it is ours. */
static bool
probe(int worker, const char *workspace)
{
	const struct ty_breaker wanted[] = { { .scope = workspace, .what = WHAT },
					     { .scope = OP, .what = WHAT } };
	int before = granted, all = granted + refused;

	ty_queue_breakers_probe(ears[worker].breakers, 10000, wanted, 2, on_probe, NULL);
	while (granted + refused == all)
		uv_run(&lane.loop, UV_RUN_ONCE);
	return granted > before;
}

/* A member of a breaker in Redis; its times as if 'ms' had passed. */
static json_t *
stored(const char *scope)
{
	redisReply *reply = redisCommand(lane.redis, "HGET {t}:breakers:%s %s", scope, WHAT);
	json_t *json;

	ck_assert_int_eq(reply->type, REDIS_REPLY_STRING);
	json = ty_json_own(fx.arena, json_loads(reply->str, 0, NULL));
	freeReplyObject(reply);
	return json;
}

static void
age(const char *scope, int64_t ms)
{
	static const char *const times[] = { "at", "p", "u", "x" };
	json_t *json = stored(scope);

	for (size_t i = 0; i < TY_ARRAY_COUNT(times); i++)
		if (ty_json_int(json, times[i], 0) > 0)
			json_object_set_new(json, times[i],
					    json_integer(ty_json_int(json, times[i], 0) - ms));
	freeReplyObject(redisCommand(lane.redis, "HSET {t}:breakers:%s %s %s", scope, WHAT,
				     ty_json_dump(fx.arena, json, NULL)));
}

/* "closed>open open>probing": transitions of a scope that are to be recorded. */
static const char *
news(const char *scope)
{
	const char **list, *text = "";
	size_t count;

	ck_assert_ok(ty_queue_sync_breaker_news(lane.sync, fx.arena, 100, &list, &count, &fx.err));
	for (size_t i = 0; i < count; i++) {
		const json_t *json = ty_json_own(fx.arena, json_loads(list[i], 0, NULL));

		if (strcmp(ty_json_str(json, "scope", ""), scope) == 0)
			text = ty_arena_printf(fx.arena, "%s%s%s>%s", text, *text ? " " : "",
					       ty_json_str(json, "from", "?"),
					       ty_json_str(json, "to", "?"));
	}
	return text;
}

/* ---- tests ---- */

START_TEST(five_failures_in_a_row_open_it_for_every_worker)
{
	report(0, A, 4);
	await(&ears[1], A, "closed 4");
	ck_assert_str_eq(news(A), "");
	report(1, A, 1);
	await(&ears[0], A, "open 5");
	await(&ears[1], A, "open 5");
	ck_assert_str_eq(known(&ears[0], B, WHAT), "none");
	/* Not the operator's: one workspace alone has failed. */
	ck_assert_str_eq(known(&ears[0], OP, WHAT), "closed 2");
	ck_assert_str_eq(news(A), "closed>open");
	ck_assert_str_eq(ty_json_str(stored(A), "w", ""), DOWN);
	ck_assert_int_eq(ty_json_int(stored(A), "p", 0) - ty_json_int(stored(A), "at", 0), 30000);
}
END_TEST

START_TEST(an_answer_ends_the_row)
{
	report(0, A, 4);
	await(&ears[0], A, "closed 4");
	await(&ears[1], A, "closed 4");
	answered(1, A);
	await(&ears[0], A, "none");
	report(0, A, 4);
	await(&ears[0], A, "closed 4");
	ck_assert_str_eq(news(A), "");
	/* Nothing is left of it. */
	answered(0, A);
	await(&ears[0], A, "none");
	await(&ears[0], OP, "none");
	ck_assert_int_eq(lane_command_int(&lane, "EXISTS {t}:breakers:" A), 0);
	ck_assert_int_eq(lane_command_int(&lane, "ZCARD {t}:breakers"), 0);
}
END_TEST

START_TEST(one_probe_at_a_time_whose_delay_grows_until_it_is_answered)
{
	int64_t delay_ms = 30000;

	report(0, A, 5);
	await(&ears[0], A, "open 5");
	ck_assert(!probe(0, A)); /* not due */
	for (int i = 0; i < 9; i++) {
		age(A, delay_ms);
		ck_assert(probe(0, A));
		await(&ears[1], A, "probing 5");
		ck_assert(!probe(1, A));
		ck_assert_str_eq(ty_json_str(held, "scope", ""), A);
		report(0, A, 1);
		await(&ears[1], A, "open 5");
		delay_ms = delay_ms * 2 < 3600000 ? delay_ms * 2 : 3600000;
		ck_assert_int_eq(ty_json_int(stored(A), "d", 0), delay_ms);
	}
	age(A, delay_ms);
	ck_assert(probe(1, A));
	answered(1, A);
	await(&ears[0], A, "none");
	ck_assert_ptr_nonnull(strstr(news(A), "open>probing probing>closed"));
	/* Closed again: the next row of five has the first delay. */
	report(0, A, 5);
	await(&ears[0], A, "open 5");
	ck_assert_int_eq(ty_json_int(stored(A), "d", 0), 30000);
}
END_TEST

/* Its worker died: when the call's time is over another may probe. */
START_TEST(a_probe_that_nobody_answers_is_made_again)
{
	report(0, A, 5);
	await(&ears[0], A, "open 5");
	age(A, 30000);
	ck_assert(probe(0, A));
	ck_assert(!probe(1, A));
	age(A, 10000);
	ck_assert(probe(1, A));
}
END_TEST

/* No tenant closes a service to others: a workspace counts twice at most. */
START_TEST(the_operators_opens_by_failures_of_three_workspaces)
{
	report(0, A, 40);
	await(&ears[1], A, "open 5");
	await(&ears[1], OP, "closed 2");
	report(0, B, 40);
	await(&ears[1], OP, "closed 4");
	await(&ears[1], B, "open 5");
	ck_assert_str_eq(news(OP), "");
	report(1, C, 1);
	await(&ears[0], OP, "open 5");
	ck_assert_str_eq(news(OP), "closed>open");
	/* One of a fourth is held back, though nothing of it has failed. */
	ck_assert(!probe(0, "dddddddd-0000-7000-8000-000000000004"));
	ck_assert_str_eq(ty_json_str(held, "scope", ""), OP);
	/* The probe of one closes it for all. */
	age(OP, 30000);
	ck_assert(probe(0, "dddddddd-0000-7000-8000-000000000004"));
	answered(0, "dddddddd-0000-7000-8000-000000000004");
	await(&ears[1], OP, "none");
	await(&ears[1], A, "open 5");
}
END_TEST

START_TEST(an_answer_to_anybody_ends_the_operators_row)
{
	report(0, A, 2);
	report(0, B, 2);
	await(&ears[0], OP, "closed 4");
	answered(0, C);
	await(&ears[0], OP, "none");
	report(0, C, 1);
	await(&ears[0], OP, "closed 1");
	ck_assert_str_eq(news(OP), "");
}
END_TEST

START_TEST(by_hand_it_is_opened_closed_and_reset)
{
	enum ty_code rc;

	ck_assert_ok(ty_queue_sync_breaker_set(lane.sync, A, WHAT, "open", "me@x.test",
					       "maintenance", &fx.err));
	await(&ears[1], A, "open 0");
	rc = ty_queue_sync_breaker_set(lane.sync, A, WHAT, "open", "me@x.test", "", &fx.err);
	ck_assert_int_eq(rc, TY_E_CONFLICT);
	/* It is never due, never forgotten, and no answer closes it. */
	age(A, 3 * 86400000LL);
	ck_assert(!probe(0, A));
	answered(0, A);
	report(0, A, 9);
	ck_assert(!probe(0, A));
	ck_assert_int_eq(lane_command_int(&lane, "PTTL {t}:breakers:" A), -1);
	ck_assert_str_eq(ty_json_str(stored(A), "by", ""), "me@x.test");
	ck_assert_ok(
		ty_queue_sync_breaker_set(lane.sync, A, WHAT, "close", "me@x.test", "", &fx.err));
	await(&ears[0], A, "none");
	rc = ty_queue_sync_breaker_set(lane.sync, A, WHAT, "close", "me@x.test", "", &fx.err);
	ck_assert_int_eq(rc, TY_E_CONFLICT);
	ck_assert_str_eq(news(A), "closed>open open>closed");
	/* Close keeps the delay that has grown, reset does not. */
	for (int i = 0; i < 2; i++) {
		report(0, B, 5);
		await(&ears[0], B, "open 5");
		ck_assert_int_eq(ty_json_int(stored(B), "d", 0), i == 0 ? 30000 : 60000);
		ck_assert_ok(
			ty_queue_sync_breaker_set(lane.sync, B, WHAT, "close", "", "", &fx.err));
		await(&ears[0], B, "closed 0");
	}
	ck_assert_ok(ty_queue_sync_breaker_set(lane.sync, B, WHAT, "reset", "", "", &fx.err));
	await(&ears[0], B, "none");
	report(0, B, 5);
	await(&ears[0], B, "open 5");
	ck_assert_int_eq(ty_json_int(stored(B), "d", 0), 30000);
}
END_TEST

/* Keys go by themselves, and one workspace fills no more than its share. */
START_TEST(what_redis_keeps_is_bounded)
{
	struct ty_breaker *list;
	const char *const scopes[] = { A };
	size_t count;
	char what[64];

	for (int i = 0; i < 300; i++) {
		snprintf(what, sizeof(what), "http.request host%d.test", i);
		ty_queue_breakers_report(ears[0].breakers, A, what, DOWN);
	}
	report(0, A, 1);
	await(&ears[0], A, "closed 1");
	ck_assert_int_eq(lane_command_int(&lane, "HLEN {t}:breakers:" A), 200);
	ck_assert_int_eq(lane_command_int(&lane, "HLEN {t}:breakers:*"), 200);
	ck_assert_int_gt(lane_command_int(&lane, "PTTL {t}:breakers:" A), 0);
	ck_assert_int_le(lane_command_int(&lane, "PTTL {t}:breakers:" A), 3600000);
	ck_assert_ok(
		ty_queue_sync_breakers(lane.sync, fx.arena, scopes, 1, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 200);
	/* Failures that nothing followed for an hour are none. */
	age(A, 3600001);
	report(0, A, 1);
	await(&ears[0], A, "closed 1");
}
END_TEST

START_TEST(with_redis_away_nothing_is_held_back)
{
	int before;

	report(0, A, 5);
	await(&ears[0], A, "open 5");
	before = ears[0].aways;
	lane_server_kill();
	while (ears[0].aways == before || ears[1].aways == 0)
		uv_run(&lane.loop, UV_RUN_ONCE);
	ck_assert_uint_eq(json_object_size(ears[0].known), 0);
	ck_assert(probe(0, A)); /* nobody can be asked */
	/* Back with its file: known again. */
	lane_server_boot();
	await(&ears[0], A, "open 5");
	await(&ears[1], A, "open 5");
}
END_TEST

/* A transition is there until it is said that it is recorded, each once. */
START_TEST(transitions_are_kept_until_they_are_recorded)
{
	const char **list, **again;
	size_t count, left;

	report(0, A, 5);
	report(0, B, 5);
	await(&ears[0], B, "open 5");
	ck_assert_ok(ty_queue_sync_breaker_news(lane.sync, fx.arena, 100, &list, &count, &fx.err));
	ck_assert_uint_eq(count, 2);
	ck_assert_ok(ty_queue_sync_breaker_recorded(lane.sync, list, 1, &fx.err));
	ck_assert_ok(ty_queue_sync_breaker_recorded(lane.sync, list, 1, &fx.err));
	ck_assert_ok(ty_queue_sync_breaker_news(lane.sync, fx.arena, 100, &again, &left, &fx.err));
	ck_assert_uint_eq(left, 1);
	ck_assert_str_eq(again[0], list[1]);
}
END_TEST

TEST_MAIN("queue.breakers", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(five_failures_in_a_row_open_it_for_every_worker);
	TEST(an_answer_ends_the_row);
	TEST(one_probe_at_a_time_whose_delay_grows_until_it_is_answered);
	TEST(a_probe_that_nobody_answers_is_made_again);
	TEST(the_operators_opens_by_failures_of_three_workspaces);
	TEST(an_answer_to_anybody_ends_the_operators_row);
	TEST(by_hand_it_is_opened_closed_and_reset);
	TEST(what_redis_keeps_is_bounded);
	TEST(with_redis_away_nothing_is_held_back);
	TEST(transitions_are_kept_until_they_are_recorded);
})
