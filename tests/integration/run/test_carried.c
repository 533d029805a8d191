/*
 * test_carried.c -- files that a job brings along: blobs before its run begins, whatever happens meanwhile.
 *
 * The jobs are made by lib/intake from receipts, as tyboo-api makes them.
 */
#include "graphs.h"
#include "house.h"

#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "intake/job.h"
#include "json/json.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Three chunks. */
#define BYTES (600 * 1024)

static const char sends[] =
	GRAPH(TRIGGER "," NODE("put", "http.request",
			       "\"method\":\"PUT\",\"url\":\"%s/put\",\"body_kind\":\"file\""),
	      EDGE("t", "main", "put"), "");

static char body[BYTES];

static const char *
body_hash(void)
{
	char *hex = ty_arena_alloc(fx.arena, 65);
	uint8_t sum[TY_SHA256_SIZE];

	ty_sha256(body, sizeof(body), sum);
	ty_str_hex(sum, sizeof(sum), hex);
	return hex;
}

/* The payload that tyboo-api makes of a delivery of 'body'. */
static const char *
payload_of(const struct house_flow *flow, const struct ty_id *run)
{
	const struct ty_receipt receipt = {
		.id = *run,
		.workspace_id = house.workspace,
		.workflow_id = flow->workflow,
		.version_id = flow->version,
		.start_node = "",
		.mode = "webhook",
		.method = "POST",
		.path = "p",
		.query = "",
		.headers = "{\"content-type\":\"image/png\"}",
		.body = body,
		.body_len = sizeof(body),
		.read_as = "auto_file",
		.received_at_ms = ty_time_now_ms(),
	};
	const char *text, *notices;
	size_t len;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)(i * 2654435761U >> 24);
	ck_assert_ok(ty_job_payload(fx.arena, &receipt, &text, &len, &notices, &fx.err));
	return text;
}

static struct ty_id
deliver(void)
{
	struct house_flow flow = house_flow(sends);
	struct ty_id run = ty_id_new();

	house_job_as(&flow, &run, payload_of(&flow, &run));
	return run;
}

static int64_t
rows_of(const char *table)
{
	return house_count("SELECT count(*) FROM tyboo.%s WHERE workspace_id = '%s'", table,
			   house.workspace.s);
}

/* One blob, which the run names and has sent on. */
static void
assert_whole(const struct ty_id *run)
{
	ck_assert_str_eq(house_status(run), "ok");
	ck_assert_str_eq(house_sql("SELECT b.hash FROM tyboo.blobs b JOIN tyboo.blob_uses u "
				   "USING (workspace_id, hash) WHERE u.owner_id = '%s' AND "
				   "b.size_bytes = %d",
				   run->s, BYTES),
			 body_hash());
	ck_assert_int_eq(rows_of("blobs"), 1);
	ck_assert_ptr_nonnull(strstr(house_steps(run), body_hash()));
	ck_assert_uint_ge(house_hits("/put"), 1);
}

START_TEST(a_file_is_a_blob_before_its_run_begins)
{
	struct ty_id run = deliver();
	pid_t worker = house_worker();

	house_await_finished(1);
	assert_whole(&run);
	ck_assert_int_eq(rows_of("blob_uploads"), 0);
	house_worker_drain(worker);
}
END_TEST

/* What Redis has may be damaged, and a workspace full. */
static const struct {
	const char *from, *to; /* in the payload */
	const char *limit;     /* of the workspace */
	const char *code, *message;
} failures[] = {
	{ "\"base64\":\"", "\"base64\":\"AAAA", NULL, "malformed", "others than its item names" },
	{ "\"base64\":\"", "\"base64\":\"?", NULL, "malformed", "no base64" },
	{ NULL, NULL, "payload_bytes_max", "limit", "not kept" },
	{ NULL, NULL, "blob_bytes_max", "too_large", "not kept" },
};

START_TEST(a_file_that_cannot_be_kept_ends_its_run_with_the_reason)
{
	struct house_flow flow = house_flow(sends);
	struct ty_id run = ty_id_new();
	const char *payload = payload_of(&flow, &run), *at;
	pid_t worker;

	if (failures[_i].from != NULL) {
		at = strstr(payload, failures[_i].from);
		payload = ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - payload), payload,
					  failures[_i].to, at + strlen(failures[_i].from));
	} else {
		house_sql("UPDATE tyboo.workspaces SET %s = 1000 WHERE id = '%s' RETURNING 1",
			  failures[_i].limit, house.workspace.s);
	}
	house_job_as(&flow, &run, payload);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_str_eq(house_sql("SELECT error::json->>'code' FROM tyboo.executions WHERE id ="
				   " '%s'",
				   run.s),
			 failures[_i].code);
	ck_assert_ptr_nonnull(
		strstr(house_sql("SELECT error FROM tyboo.executions WHERE id = '%s'", run.s),
		       failures[_i].message));
	ck_assert_uint_eq(house_hits("/put"), 0);
	/* Only bytes that are whole, whatever they are called, count until the run is forgotten. */
	ck_assert_int_eq(rows_of("blobs"), _i == 0);
	ck_assert_int_eq(rows_of("blob_uploads"), 0);
	house_worker_drain(worker);
}
END_TEST

/* ---- a crash between the last chunk and the commit ---- */

/* Nobody commits a blob until 'tx' is over. */
static struct ty_tx *
hold_commits(struct ty_store *store)
{
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 60000, &tx, &fx.err));
	ck_assert_ok(ty_tx_exec(tx, "LOCK TABLE tyboo.blobs IN SHARE ROW EXCLUSIVE MODE", NULL, 0,
				&fx.err));
	return tx;
}

static void
await_commit_under_way(void)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(HOUSE_WAIT_MS);

	while (house_count("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
			   "'tyboo.blobs'::regclass") == 0) {
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
		usleep(5000);
	}
}

/* _i 1: the statement goes with its worker; 0: it goes on, and the blob is there already. */
START_TEST(a_worker_dies_between_the_last_chunk_and_the_commit)
{
	struct ty_store *store = ty_store_new(house_services.owner_database_url, 1, "test");
	struct ty_id run = deliver();
	struct ty_tx *tx = hold_commits(store);
	pid_t first = house_worker(), second;

	await_commit_under_way();
	house_worker_kill(first, SIGKILL);
	if (_i == 1)
		ck_assert_int_eq(
			kill((pid_t)house_count("SELECT pid FROM pg_locks WHERE NOT granted"
						" AND relation = "
						"'tyboo.blobs'::regclass"),
			     SIGTERM),
			0);
	ty_tx_rollback(tx);
	ty_store_free(store);
	second = house_worker();
	house_reap(1, 8);
	house_await_finished(1);
	assert_whole(&run);
	ck_assert_uint_eq(house_hits("/put"), 1);
	/* What the first left behind is counted until tyboo-reap drops it. */
	ck_assert_int_eq(rows_of("blob_uploads"), _i);
	house_sql("UPDATE tyboo.blob_uploads SET touched_at = now() - interval '2 hours' "
		  "WHERE workspace_id = '%s' RETURNING 1",
		  house.workspace.s);
	house_sql("SELECT tyboo.blob_forget(ARRAY(SELECT id FROM tyboo.blob_dropped('1 hour', "
		  "100)))");
	ck_assert_int_eq(rows_of("blob_uploads"), 0);
	ck_assert_int_eq(house_count("SELECT u.stored_bytes - b.stored_bytes FROM "
				     "tyboo.payload_usage u JOIN tyboo.blobs b USING "
				     "(workspace_id) WHERE workspace_id = '%s'",
				     house.workspace.s),
			 0);
	house_worker_drain(second);
}
END_TEST

START_TEST(postgres_goes_away_while_a_file_is_kept)
{
	struct ty_store *store = ty_store_new(house_services.owner_database_url, 1, "test");
	struct ty_id run = deliver();
	struct ty_tx *tx = hold_commits(store);
	pid_t worker = house_worker();

	await_commit_under_way();
	svc_postgres_kill9(&house_services);
	ty_tx_rollback(tx);
	ty_store_free(store);
	svc_postgres_start(&house_services);
	house_await_finished(1);
	assert_whole(&run);
	ck_assert_uint_eq(house_hits("/put"), 1);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.carried", 120, {
	TEST(a_file_is_a_blob_before_its_run_begins);
	TEST_LOOP(a_file_that_cannot_be_kept_ends_its_run_with_the_reason, failures);
	tcase_add_loop_test(tc, a_worker_dies_between_the_last_chunk_and_the_commit, 0, 2);
	TEST(postgres_goes_away_while_a_file_is_kept);
})
