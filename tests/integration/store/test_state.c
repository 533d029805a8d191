/*
 * test_state.c -- kept values in Postgres: operations of runs, once each; versions, quota, expiry, and what goes with what.
 */
#include "integration/store/fixture.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "store/limits.h"
#include "store/state.h"
#include "store/tidy.h"

#include <string.h>

/* A run that a worker has, with the intents of calls "s/1/<n>". */
struct run {
	struct ty_id id, workflow;
	int64_t fence;
};

static struct ty_id
workflow_new(const struct ty_id *workspace)
{
	struct ty_id id = ty_id_new();

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id) "
		       "VALUES ('%s', '%s', 'w', '%s')",
		       workspace->s, id.s, id.s));
	return id;
}

static struct run
run_new(const struct ty_id *workflow, int64_t fence, int calls)
{
	struct run run = { .id = ty_id_new(), .workflow = *workflow, .fence = fence };

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, "
		       "idempotency_key, intent_at) SELECT '%s', '%s', 's/1/' || n, %lld, 'k' || "
		       "n, now() FROM generate_series(0, %d) AS n",
		       ws_a.s, run.id.s, (long long)fence, calls - 1));
	return run;
}

static struct ty_state_ask
ask_new(const struct run *run, int call, const char *op, const char *value)
{
	return (struct ty_state_ask){ .workspace_id = ws_a,
				      .run_id = run->id,
				      .workflow_id = run->workflow,
				      .fence = run->fence,
				      .key = ty_arena_printf(fx.arena, "s/1/%d", call),
				      .op = op,
				      .value = value };
}

static const json_t **
ask_all(const struct ty_state_ask *asks, size_t count)
{
	const struct ty_state_ask *list[16];
	struct ty_store_query query;
	const json_t **answers;
	struct ty_rows rows;

	for (size_t i = 0; i < count; i++)
		list[i] = &asks[i];
	ty_store_states_query(fx.arena, list, count, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_states_decode(fx.arena, &rows, count, &answers, &fx.err));
	return answers;
}

/* The answer as compact text; "fenced" where there is none. */
static const char *
text_of(const json_t *answer)
{
	return answer != NULL ? ty_json_dump(fx.arena, answer, NULL) : "fenced";
}

static const char *
ask_one(const struct run *run, int call, const char *op, const char *value)
{
	struct ty_state_ask ask = ask_new(run, call, op, value);

	return text_of(ask_all(&ask, 1)[0]);
}

#define OP(act, key)	     "{\"do\":\"" act "\",\"scope\":\"workflow\",\"key\":\"" key "\"}"
#define OP_MORE(act, more)   "{\"do\":\"" act "\",\"scope\":\"workflow\",\"key\":\"a\"," more "}"
#define OF_WORKSPACE(act, k) "{\"do\":\"" act "\",\"scope\":\"workspace\",\"key\":\"" k "\"}"

/* A cell of the workspace's rows: 'sql' ends where its id comes. */
static const char *
cell(const char *sql)
{
	const char *text = db_cell(owner, NULL, ty_arena_printf(fx.arena, "%s'%s'", sql, ws_a.s));

	return text != NULL ? text : "";
}

#define USAGE "SELECT keys || ' ' || bytes FROM tyboo.state_usage WHERE workspace_id = "
#define SUMS                                                                                       \
	"SELECT count(*) || ' ' || coalesce(sum(bytes), 0) FROM tyboo.states WHERE workspace_id "  \
	"= "

START_TEST(a_value_is_put_got_listed_counted_with_and_deleted)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 12);

	ck_assert_str_eq(ask_one(&run, 0, OP("get", "a"), NULL),
			 "{\"outcome\":\"done\",\"found\":false,\"value\":null,\"version\":0}");
	ck_assert_str_eq(ask_one(&run, 1, OP("put", "a"), "{\"n\":1e400,\"t\":\"\\u0000\"}"),
			 "{\"outcome\":\"done\",\"version\":1,\"created\":true}");
	ck_assert_str_eq(ask_one(&run, 2, OP("get", "a"), NULL),
			 "{\"outcome\":\"done\",\"found\":true,\"value\":{\"n\":1e400,\"t\":"
			 "\"\\u0000\"},\"version\":1}");
	/* Another scope is another value. */
	ck_assert_str_eq(ask_one(&run, 3, OF_WORKSPACE("put", "a"), "2"),
			 "{\"outcome\":\"done\",\"version\":2,\"created\":true}");
	ck_assert_str_eq(ask_one(&run, 4, OP_MORE("increment", "\"by\":1"), NULL),
			 "{\"outcome\":\"no_number\",\"type\":\"object\"}");
	ck_assert_str_eq(ask_one(&run, 5, OP("put", "a"), "0.1"),
			 "{\"outcome\":\"done\",\"version\":3,\"created\":false}");
	ck_assert_str_eq(ask_one(&run, 6, OP_MORE("increment", "\"by\":0.2"), NULL),
			 "{\"outcome\":\"done\",\"value\":0.3,\"version\":4}");
	ck_assert_str_eq(ask_one(&run, 7, OP_MORE("increment", "\"by\":9007199254740991"), NULL),
			 "{\"outcome\":\"range\"}");
	ck_assert_str_eq(
		ask_one(&run, 8, "{\"do\":\"list\",\"scope\":\"workflow\",\"key\":\"\",\"max\":1}",
			NULL),
		"{\"outcome\":\"done\",\"keys\":[{\"key\":\"a\",\"version\":4,\"bytes\":4}],"
		"\"more\":false}");
	ck_assert_str_eq(cell(USAGE), cell(SUMS));
	ck_assert_str_eq(cell(USAGE), "2 6");
	ck_assert_str_eq(ask_one(&run, 9, OP("delete", "a"), NULL),
			 "{\"outcome\":\"done\",\"deleted\":true}");
	ck_assert_str_eq(ask_one(&run, 10, OP("delete", "a"), NULL),
			 "{\"outcome\":\"done\",\"deleted\":false}");
	ck_assert_str_eq(cell(USAGE), "1 2");
}
END_TEST

START_TEST(a_put_where_unchanged_needs_the_version_that_is_there)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 8);

	ck_assert_str_eq(ask_one(&run, 0, OP_MORE("put", "\"version\":3"), "1"),
			 "{\"outcome\":\"conflict\",\"version\":0}");
	ck_assert_str_eq(ask_one(&run, 1, OP_MORE("put", "\"version\":0"), "1"),
			 "{\"outcome\":\"done\",\"version\":1,\"created\":true}");
	ck_assert_str_eq(ask_one(&run, 2, OP_MORE("put", "\"version\":0"), "2"),
			 "{\"outcome\":\"conflict\",\"version\":1}");
	ck_assert_str_eq(ask_one(&run, 3, OP_MORE("put", "\"version\":1"), "2"),
			 "{\"outcome\":\"done\",\"version\":2,\"created\":false}");
	/* A key that was deleted and made again is another version. */
	ck_assert_str_eq(ask_one(&run, 4, OP("delete", "a"), NULL),
			 "{\"outcome\":\"done\",\"deleted\":true}");
	ck_assert_str_eq(ask_one(&run, 5, OP("put", "a"), "2"),
			 "{\"outcome\":\"done\",\"version\":3,\"created\":true}");
	ck_assert_str_eq(ask_one(&run, 6, OP_MORE("put", "\"version\":1"), "9"),
			 "{\"outcome\":\"conflict\",\"version\":3}");
	ck_assert_str_eq(ask_one(&run, 7, OP_MORE("delete", "\"version\":1"), NULL),
			 "{\"outcome\":\"conflict\",\"version\":3}");
}
END_TEST

/* Asked again, by the same worker or the next, by the same attempt or a retry: one write, one answer. */
START_TEST(a_call_writes_once_however_often_it_is_made)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 2), next;
	const char *first = ask_one(&run, 0, OP_MORE("increment", "\"by\":1"), NULL);
	struct ty_state_ask both[2] = { ask_new(&run, 1, OP_MORE("increment", "\"by\":1"), NULL) };
	const json_t **answers;

	ck_assert_str_eq(first, "{\"outcome\":\"done\",\"value\":1,\"version\":1}");
	ck_assert_str_eq(ask_one(&run, 0, OP_MORE("increment", "\"by\":1"), NULL), first);
	next = run;
	next.fence = 6;
	ck_assert_str_eq(ask_one(&next, 0, OP_MORE("increment", "\"by\":1"), NULL), first);
	/* The same call twice in one batch, of two leases. */
	both[1] = both[0];
	answers = ask_all(both, 2);
	ck_assert_str_eq(text_of(answers[0]), "{\"outcome\":\"done\",\"value\":2,\"version\":2}");
	ck_assert_str_eq(text_of(answers[1]), text_of(answers[0]));
	/* A retry has a key of its own, and the idempotency key of its first attempt. */
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, "
		       "idempotency_key, intent_at) VALUES ('%s', '%s', 's/2/0', 6, 'k0', now())",
		       ws_a.s, run.id.s));
	both[0] = ask_new(&next, 0, OP_MORE("increment", "\"by\":1"), NULL);
	both[0].key = "s/2/0";
	ck_assert_str_eq(text_of(ask_all(both, 1)[0]), first);
	ck_assert_str_eq(cell("SELECT value FROM tyboo.states WHERE workspace_id = "), "2");
}
END_TEST

START_TEST(a_run_of_another_worker_and_one_without_an_intent_write_nothing)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 2);

	ck_assert_str_eq(ask_one(&run, 9, OP("put", "a"), "1"), "fenced");
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, "
		       "mode, status, fence, deliveries, accepted_at, started_at) VALUES ('%s', "
		       "'%s', '%s', '%s', 'manual', 'running', 6, 2, now(), now())",
		       ws_a.s, run.id.s, workflow.s, workflow.s));
	ck_assert_str_eq(ask_one(&run, 0, OP("put", "a"), "1"), "fenced");
	ck_assert_str_eq(ask_one(&run, 1, OP("get", "a"), NULL), "fenced");
	ck_assert_str_eq(cell(SUMS), "0 0");
}
END_TEST

static void
limit_set(const char *name, int64_t n)
{
	struct ty_tx *tx = db_begin(owner, NULL);
	struct ty_limits limits;

	ck_assert_ok(
		ty_store_workspace_limit_set(tx, &ws_a, ty_limit_find(name), n, &limits, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

START_TEST(the_quota_of_keys_and_bytes_holds_and_what_takes_no_more_goes_on)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 12);

	limit_set("state_keys_max", 2);
	limit_set("state_bytes_max", 10);
	ask_one(&run, 0, OP("put", "a"), "1");
	ask_one(&run, 1, OP("put", "b"), "1");
	ck_assert_str_eq(ask_one(&run, 2, OP("put", "c"), "1"), "{\"outcome\":\"keys\"}");
	ck_assert_str_eq(
		ask_one(&run, 3,
			"{\"do\":\"increment\",\"scope\":\"workflow\",\"key\":\"c\",\"by\":1}",
			NULL),
		"{\"outcome\":\"keys\"}");
	ck_assert_str_eq(ask_one(&run, 4, OP("put", "a"), "12345678"), "{\"outcome\":\"bytes\"}");
	ck_assert_str_eq(ask_one(&run, 5, OP("put", "a"), "1234567"),
			 "{\"outcome\":\"done\",\"version\":3,\"created\":false}");
	/* Over the quota, since that was lowered: what is there may shrink and go. */
	limit_set("state_bytes_max", 3);
	ck_assert_str_eq(ask_one(&run, 6, OP("put", "a"), "123456"),
			 "{\"outcome\":\"done\",\"version\":4,\"created\":false}");
	ck_assert_str_eq(ask_one(&run, 7, OP("put", "a"), "1234567"), "{\"outcome\":\"bytes\"}");
	ck_assert_str_eq(ask_one(&run, 8, OP("delete", "b"), NULL),
			 "{\"outcome\":\"done\",\"deleted\":true}");
	ck_assert_str_eq(cell(USAGE), "1 7");
}
END_TEST

START_TEST(a_value_that_has_expired_is_not_there_and_is_cleared_away)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 8);
	struct ty_tidied tidied;
	struct ty_tx *tx;

	ask_one(&run, 0, OP_MORE("put", "\"expires_s\":60"), "1");
	ask_one(&run, 1, OP("put", "b"), "1");
	ck_assert_str_eq(ask_one(&run, 2, OP_MORE("increment", "\"by\":1"), NULL),
			 "{\"outcome\":\"done\",\"value\":2,\"version\":3}");
	ck_assert_str_eq(cell("SELECT count(*) FROM tyboo.states WHERE expires_at > now() AND "
			      "workspace_id = "),
			 "1");
	db_run(owner, NULL,
	       "UPDATE tyboo.states SET expires_at = now() WHERE expires_at IS NOT NULL");
	ck_assert_str_eq(ask_one(&run, 3, OP("get", "a"), NULL),
			 "{\"outcome\":\"done\",\"found\":false,\"value\":null,\"version\":0}");
	ck_assert_str_eq(ask_one(&run, 4, OP_MORE("put", "\"version\":0,\"expires_s\":60"), "5"),
			 "{\"outcome\":\"done\",\"version\":4,\"created\":true}");
	db_run(owner, NULL,
	       "UPDATE tyboo.states SET expires_at = now() WHERE expires_at IS NOT NULL");
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_tidy(tx, &tidied, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(tidied.states, 1);
	ck_assert_str_eq(cell(SUMS), "1 2");
	ck_assert_str_eq(cell(USAGE), "1 2");
}
END_TEST

START_TEST(what_is_a_workflows_goes_with_it_and_the_rest_with_the_workspace)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 8);

	ask_one(&run, 0, OP("put", "a"), "1");
	ask_one(&run, 1, OF_WORKSPACE("put", "a"), "1");
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.workflows SET deleted_at = now() WHERE id = '%s'",
			       workflow.s));
	ck_assert_str_eq(cell(SUMS), "1 2");
	ck_assert_str_eq(cell(USAGE), "1 2");
	ck_assert_str_eq(ask_one(&run, 2, OP("put", "a"), "1"), "{\"outcome\":\"gone\"}");
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.workflows WHERE workspace_id = '%s'",
			       ws_a.s));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena, "DELETE FROM tyboo.workspaces WHERE id = '%s'", ws_a.s));
	ck_assert_str_eq(cell(SUMS), "0 0");
	ck_assert_str_eq(cell(USAGE), "");
}
END_TEST

#define H(n) "\"000000000000000000000000000000" n "\""
#define SEE(hashes, max, keep)                                                                     \
	"{\"do\":\"see\",\"scope\":\"workflow\",\"node\":\"n\",\"key\":\"values\",\"hashes\":"     \
	"[" hashes "],\"max\":" max ",\"keep\":" keep "}"
#define GREATEST(by, keep)                                                                         \
	"{\"do\":\"see_greatest\",\"scope\":\"workflow\",\"key\":\"highest number\",\"by\":" by    \
	",\"keep\":" keep "}"
#define SAW(news) "{\"outcome\":\"done\",\"new\":\"" news "\"}"

START_TEST(a_list_tells_what_is_new_and_forgets_the_oldest)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 14);

	ck_assert_str_eq(ask_one(&run, 0, SEE(H("01"), "3", "false"), NULL), SAW("1"));
	ck_assert_str_eq(cell(SUMS), "0 0");
	/* Equal ones of one run go the same way, and are remembered once. */
	ck_assert_str_eq(ask_one(&run, 1, SEE(H("01") "," H("02") "," H("01"), "3", "true"), NULL),
			 SAW("111"));
	ck_assert_str_eq(ask_one(&run, 1, SEE(H("01") "," H("02") "," H("01"), "3", "true"), NULL),
			 SAW("111"));
	ck_assert_str_eq(ask_one(&run, 2, SEE(H("02") "," H("03"), "3", "true"), NULL), SAW("01"));
	/* 01 is the oldest, and goes. */
	ck_assert_str_eq(ask_one(&run, 3, SEE(H("04"), "3", "true"), NULL), SAW("1"));
	ck_assert_str_eq(ask_one(&run, 4,
				 SEE(H("01") "," H("02") "," H("03") "," H("04"), "3", "false"),
				 NULL),
			 SAW("1000"));
	ck_assert_str_eq(
		cell("SELECT entries || ' ' || bytes FROM tyboo.states WHERE workspace_id = "),
		"3 202");
	ck_assert_str_eq(cell("SELECT count(*) FROM tyboo.state_seen WHERE workspace_id = "), "3");
	ck_assert_str_eq(cell(USAGE), "1 202");
	/* A shorter history forgets at the next write. */
	ck_assert_str_eq(ask_one(&run, 5, SEE(H("05") "," H("06"), "1", "true"), NULL),
			 "{\"outcome\":\"history\",\"count\":2}");
	ck_assert_str_eq(ask_one(&run, 6, SEE(H("05"), "1", "true"), NULL), SAW("1"));
	ck_assert_str_eq(cell("SELECT count(*) FROM tyboo.state_seen WHERE workspace_id = "), "1");
	ck_assert_str_eq(cell(USAGE), "1 74");
	ck_assert_str_eq(
		ask_one(&run, 7, "{\"do\":\"forget\",\"scope\":\"workflow\",\"key\":\"\"}", NULL),
		"{\"outcome\":\"done\",\"deleted\":0}");
	ck_assert_str_eq(
		ask_one(&run, 8,
			"{\"do\":\"forget\",\"scope\":\"workflow\",\"node\":\"n\",\"key\":\"\"}",
			NULL),
		"{\"outcome\":\"done\",\"deleted\":1}");
	ck_assert_str_eq(cell("SELECT count(*) FROM tyboo.state_seen WHERE workspace_id = "), "0");
	ck_assert_str_eq(cell(USAGE), "0 0");
	limit_set("state_bytes_max", 100);
	ck_assert_str_eq(ask_one(&run, 9, SEE(H("01") "," H("02"), "3", "true"), NULL),
			 "{\"outcome\":\"bytes\"}");
	ck_assert_str_eq(ask_one(&run, 10, SEE(H("01"), "3", "true"), NULL), SAW("1"));
}
END_TEST

START_TEST(the_greatest_of_earlier_runs_is_told_and_replaced)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 8);

	ck_assert_str_eq(ask_one(&run, 0, GREATEST("7.5", "true"), NULL),
			 "{\"outcome\":\"done\",\"previous\":null}");
	ck_assert_str_eq(ask_one(&run, 1, GREATEST("3", "true"), NULL),
			 "{\"outcome\":\"done\",\"previous\":7.5}");
	ck_assert_str_eq(ask_one(&run, 2, GREATEST("100", "false"), NULL),
			 "{\"outcome\":\"done\",\"previous\":7.5}");
	ck_assert_str_eq(ask_one(&run, 3, GREATEST("1e3", "true"), NULL),
			 "{\"outcome\":\"done\",\"previous\":7.5}");
	ck_assert_str_eq(ask_one(&run, 4, GREATEST("0", "true"), NULL),
			 "{\"outcome\":\"done\",\"previous\":1000}");
}
END_TEST

START_TEST(ten_thousand_items_are_looked_for_at_once)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 3);
	const char *first, *second;
	struct ty_buf hashes;

	ty_buf_init(&hashes, fx.arena, 1 << 18);
	for (int i = 0; i < TY_LIMIT_STEP_ITEMS; i++)
		ty_buf_printf(&hashes, "%s\"%032x\"", i > 0 ? "," : "", i);
	for (int i = 0; i < 2; i++) {
		const char *op = ty_arena_printf(fx.arena, SEE("%s", "10000", "true"), hashes.data);

		*(i == 0 ? &first : &second) = ask_one(&run, i, op, NULL);
	}
	ck_assert_uint_eq(strlen(first), strlen(SAW("")) + TY_LIMIT_STEP_ITEMS);
	ck_assert_ptr_nonnull(strstr(first, "\"new\":\"1111"));
	ck_assert_ptr_nonnull(strstr(second, "\"new\":\"0000"));
	ck_assert_ptr_null(strchr(second, '1'));
}
END_TEST

static enum ty_code
put(const struct ty_id *workspace, const struct ty_id *workflow, const char *key, int64_t version)
{
	struct ty_state_put what = { .workflow_id = workflow,
				     .key = key,
				     .value = json_true(),
				     .version = version,
				     .expires_s = -1 };
	struct ty_tx *tx = db_begin(app, workspace);
	struct ty_id id;
	bool is_new;
	enum ty_code code = ty_store_state_put(tx, &what, &is_new, &id, &fx.err);

	if (code == TY_OK)
		ck_assert_ok(ty_tx_commit(tx, &fx.err));
	else
		ty_tx_rollback(tx);
	return code;
}

/* A change of "k0" to "k9999" in static data, each set to 'n'. */
static const char *
many_keys(int n)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 262144);
	ty_buf_add_str(&buf, "[{\"node\":\"\",\"set\":{");
	for (int i = 0; i < 10000; i++)
		ty_buf_printf(&buf, "%s\"k%d\":%d", i > 0 ? "," : "", i, n);
	ty_buf_add_str(&buf, "},\"gone\":[]}]");
	return buf.data;
}

/* Work that grew with the square of the keys held the workspace, and the others' asks of the batch, for half a minute. */
START_TEST(static_data_of_ten_thousand_keys_is_changed_at_once)
{
	struct ty_id workflow = workflow_new(&ws_a);
	struct run run = run_new(&workflow, 5, 2);
	int64_t begun_ms = ty_time_mono_ms();

	for (int call = 0; call < 2; call++)
		ck_assert_str_eq(ask_one(&run, call, "{\"do\":\"keep_static\",\"key\":\"\"}",
					 many_keys(call + 1)),
				 "{\"outcome\":\"done\"}");
	ck_assert_str_eq(
		cell("SELECT count(*) FROM tyboo.states s, json_each(s.value::json) e WHERE "
		     "s.kind = 'static' AND e.value::text = '2' AND s.workspace_id = "),
		"10000");
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, 5000);
}
END_TEST

START_TEST(a_hand_puts_in_its_own_workspace_only)
{
	struct ty_id workflow = workflow_new(&ws_a);

	ck_assert_ok(put(&ws_a, &workflow, "a", -1));
	ck_assert_code(put(&ws_b, &workflow, "a", -1), TY_E_NOT_FOUND);
	ck_assert_code(put(&ws_a, &workflow, "a", 0), TY_E_CONFLICT);
	ck_assert_ok(put(&ws_a, &workflow, "a", 1));
	ck_assert_ok(put(&ws_b, NULL, "a", 0));
	ck_assert_code(put(&ws_b, NULL, "", -1), TY_E_INVALID);
	ck_assert_str_eq(cell(SUMS), "1 5");
}
END_TEST

DB_TEST_MAIN("store.state", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_value_is_put_got_listed_counted_with_and_deleted);
	TEST(a_put_where_unchanged_needs_the_version_that_is_there);
	TEST(a_call_writes_once_however_often_it_is_made);
	TEST(a_run_of_another_worker_and_one_without_an_intent_write_nothing);
	TEST(the_quota_of_keys_and_bytes_holds_and_what_takes_no_more_goes_on);
	TEST(a_value_that_has_expired_is_not_there_and_is_cleared_away);
	TEST(what_is_a_workflows_goes_with_it_and_the_rest_with_the_workspace);
	TEST(a_list_tells_what_is_new_and_forgets_the_oldest);
	TEST(the_greatest_of_earlier_runs_is_told_and_replaced);
	TEST(ten_thousand_items_are_looked_for_at_once);
	TEST(static_data_of_ten_thousand_keys_is_changed_at_once);
	TEST(a_hand_puts_in_its_own_workspace_only);
})
