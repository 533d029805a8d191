/*
 * What circuit breakers did: from Redis to Postgres, each once, and away when it is past its retention.
 */
#include "fixture.h"

#include "base/time.h"
#include "intake/breaker_hand.h"
#include "json/json.h"
#include "queue/breakers.h"
#include "store/breaker.h"
#include "support/common.h"

#include <stdlib.h>

#define WHAT "http.request api.test"

static int64_t
events(const char *where)
{
	return atoll(stage_cell(&st, "SELECT count(*) FROM tyboo.breaker_events WHERE %s", where));
}

/* One database serves all tests of this program. */
static void
clean_up(void)
{
	stage_cell(&st, "DELETE FROM tyboo.breaker_events");
	stage_cell(&st, "DELETE FROM tyboo.breaker_holds");
}

static void
set(const char *scope, const char *action)
{
	ck_assert_ok(ty_queue_sync_breaker_set(reaper->queue, scope, WHAT, action, "me@x.test",
					       "maintenance", &fx.err));
}

START_TEST(transitions_are_recorded_each_once)
{
	const char *workspace = stage_cell(&st, "SELECT id FROM tyboo.workspaces LIMIT 1");
	const char **news;
	size_t count;

	set(workspace, "open");
	set(TY_BREAKER_OPERATOR, "open");
	set(workspace, "close");
	ck_assert_ok(
		ty_queue_sync_breaker_news(reaper->queue, fx.arena, 10, &news, &count, &fx.err));
	ck_assert_uint_eq(count, 3);
	reap_rounds(1);
	ck_assert_int_eq(events("true"), 3);
	ck_assert_int_eq(events("workspace_id IS NULL AND state = 'open'"), 1);
	ck_assert_int_eq(events("workspace_id IS NOT NULL AND state_from = 'open' AND "
				"state = 'closed' AND by_whom = 'me@x.test' AND "
				"why = 'maintenance' AND node_type = 'http.request' AND "
				"host = 'api.test' AND abs(extract(epoch FROM now() - at)) < 600"),
			 1);
	/* A tyboo-reap that died before it said so records them again: the same rows. */
	for (size_t i = 0; i < count; i++)
		stage_cell(&st, "SELECT tyboo.record_breakers(ARRAY['%s'])", news[i]);
	ck_assert_int_eq(events("true"), 3);
	/* What cannot be read keeps no other from it. */
	stage_cell(&st, "SELECT tyboo.record_breakers(ARRAY['nonsense', '{}', '%s'])", news[0]);
	ck_assert_int_eq(events("true"), 3);
	ck_assert_ok(
		ty_queue_sync_breaker_news(reaper->queue, fx.arena, 10, &news, &count, &fx.err));
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_workspace_sees_its_own_and_the_operators)
{
	const char *workspace = stage_cell(&st, "SELECT id FROM tyboo.workspaces LIMIT 1");
	struct ty_tx *tx;
	struct ty_id id;
	json_t *items;
	const char *next;

	set(workspace, "open");
	set(TY_BREAKER_OPERATOR, "open");
	set("00000000-0000-7000-8000-000000000009", "open");
	reap_rounds(1);
	ck_assert_int_eq(events("true"), 3);
	ck_assert(ty_id_parse(workspace, &id));
	ck_assert_ok(ty_tx_begin(reaper->store, fx.arena, &id, 1000, &tx, &fx.err));
	ck_assert_ok(ty_store_breaker_history(tx, NULL, 2, &items, &next, &fx.err));
	ck_assert_uint_eq(json_array_size(items), 2);
	ck_assert_ptr_null(next);
	/* Page by page. */
	ck_assert_ok(ty_store_breaker_history(tx, NULL, 1, &items, &next, &fx.err));
	ck_assert_str_eq(ty_json_str(json_array_get(items, 0), "scope", ""), "operator");
	ck_assert_ok(ty_store_breaker_history(tx, next, 1, &items, &next, &fx.err));
	ck_assert_str_eq(ty_json_str(json_array_get(items, 0), "scope", ""), "workspace");
	ck_assert_ptr_null(next);
	ty_tx_rollback(tx);
}
END_TEST

START_TEST(what_is_past_its_retention_goes)
{
	set(TY_BREAKER_OPERATOR, "open");
	reap_rounds(1);
	stage_cell(&st, "UPDATE tyboo.breaker_events SET at = now() - interval '10 years'");
	set(TY_BREAKER_OPERATOR, "close");
	reap_rounds(1);
	ck_assert_str_eq(stage_cell(&st, "SELECT tyboo.drop_breaker_events(now() - interval "
					 "'1 year', 100)"),
			 "1");
	ck_assert_int_eq(events("true"), 1);
}
END_TEST

/* ---- open by hand ---- */

static void
hold(const char *workspace, const char *action)
{
	struct ty_breaker_hand hand = { .scope = workspace,
					.what = WHAT,
					.action = action,
					.by = "me@x.test",
					.why = "maintenance" };
	enum ty_code code;
	struct ty_tx *tx;
	int64_t woken;

	ck_assert_ok(ty_tx_begin(reaper->store, fx.arena, NULL, 1000, &tx, &fx.err));
	code = ty_breaker_hand_do(tx, reaper->queue, &hand, &woken, &fx.err);
	ck_assert(code == TY_OK || code == TY_E_CONFLICT);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

/* The breaker of that scope, or NULL. */
static const struct ty_breaker *
breaker(const char *scope)
{
	struct ty_breaker *list;
	size_t count;

	ck_assert_ok(
		ty_queue_sync_breakers(reaper->queue, fx.arena, &scope, 1, &list, &count, &fx.err));
	return count > 0 ? &list[0] : NULL;
}

START_TEST(what_is_open_by_hand_outlives_the_memory_of_redis)
{
	const char *workspace = stage_cell(&st, "SELECT id FROM tyboo.workspaces LIMIT 1");
	const char *const scopes[] = { workspace, TY_BREAKER_OPERATOR };

	for (size_t i = 0; i < TY_ARRAY_COUNT(scopes); i++)
		hold(scopes[i], "open");
	stage_redis(&st, "FLUSHALL");
	for (size_t i = 0; i < TY_ARRAY_COUNT(scopes); i++)
		ck_assert_ptr_null(breaker(scopes[i]));
	reap_rounds(1);
	for (size_t i = 0; i < TY_ARRAY_COUNT(scopes); i++) {
		ck_assert_ptr_nonnull(breaker(scopes[i]));
		ck_assert_int_eq(breaker(scopes[i])->state, TY_BREAKER_OPEN);
		ck_assert_int_eq(breaker(scopes[i])->probe_at_ms, 0);
		ck_assert_str_eq(breaker(scopes[i])->by, "me@x.test");
		ck_assert_str_eq(breaker(scopes[i])->why, "maintenance");
	}
	/* One that was closed stays closed. */
	for (size_t i = 0; i < TY_ARRAY_COUNT(scopes); i++) {
		hold(scopes[i], i == 0 ? "close" : "reset");
		ck_assert_ptr_null(breaker(scopes[i]));
	}
	reap_rounds(2);
	for (size_t i = 0; i < TY_ARRAY_COUNT(scopes); i++)
		ck_assert_ptr_null(breaker(scopes[i]));
	ck_assert_str_eq(stage_cell(&st, "SELECT count(*) FROM tyboo.breaker_holds"), "0");
}
END_TEST

static void
tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, clean_up, NULL);
	TEST(transitions_are_recorded_each_once);
	TEST(a_workspace_sees_its_own_and_the_operators);
	TEST(what_is_past_its_retention_goes);
	TEST(what_is_open_by_hand_outlives_the_memory_of_redis);
}

REAP_TEST_MAIN("reap.breakers", tests)
