/*
 * test_faults.c -- the real tyboo-api, whose every statement and command fails in turn, and which is killed
 * while it keeps a large body.
 *
 * Whatever happens: each request is answered or its connection ends, what was told to be accepted is kept,
 * and whoever was told nothing can come again.
 */
#include "fastcgi.h"

#include "crypto/crypto.h"
#include "intake/job.h"
#include "queue/sync.h"
#include "store/store.h"

#include <stdlib.h>

#define LARGE (TY_LIMIT_BODY_BYTES + 300000)
/* More points than the life of one process has, by far. */
#define POINTS_MAX 1000
/* Each takes its part of the points, so that none takes long. */
#define SHARES 6

static struct ty_store *owner;
static struct ty_id workspace;

/* One cell as the owner; "" where there is none. */
static const char *
cell(const char *sql)
{
	struct ty_tx *tx;
	struct ty_rows rows;
	const char *text;

	ck_assert_ok(ty_tx_begin(owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	text = rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
	return text != NULL ? text : "";
}

/* $WS in 'sql' is the workspace. */
static int64_t
number(const char *sql)
{
	const char *at = strstr(sql, "$WS");

	return atoll(cell(at == NULL ? sql
				     : ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - sql), sql,
						       workspace.s, at + 3)));
}

/* A workspace with a hook at "h" that anybody may call. */
static void
publish(void)
{
	owner = ty_store_new(svc.owner_database_url, 2, "test");
	workspace = ty_id_new();
	(void)cell(ty_arena_printf(
		fx.arena,
		"WITH w AS (INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%1$s', "
		"'w-' || right('%1$s', 12), 'W')), f AS (INSERT INTO tyboo.workflows "
		"(workspace_id, "
		"id, name, draft_version_id, published_version_id) VALUES ('%1$s', '%1$s', 'F', "
		"'%1$s', '%1$s')) INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, "
		"version_id, node_id, method, path, verify) VALUES ('%1$s', '%1$s', '%1$s', '%1$s',"
		" 'n', 'POST', 'h', '{\"scheme\":\"none\"}')",
		workspace.s));
}

static void
faults_teardown(void)
{
	if (owner != NULL)
		ty_store_free(owner);
	teardown();
}

static const char *
target(void)
{
	return ty_arena_printf(fx.arena, "/hooks/w-%s/h", workspace.s + 24);
}

static void
send_delivery(int fd, const char *type, const char *key, const char *body, size_t len)
{
	const struct head head = { .method = "POST",
				   .target = target(),
				   .length = ty_arena_printf(fx.arena, "%zu", len),
				   .type = type,
				   .header = key != NULL ? "IDEMPOTENCY_KEY" : NULL,
				   .value = key };

	put_head_of(fd, &head);
	put_body(fd, body, len);
}

/* The answer, or NULL where there is none. */
static const char *
deliver(const char *type, const char *key, const char *body, size_t len)
{
	int fd = dial();
	const char *answer;

	send_delivery(fd, type, key, body, len);
	answer = take_answer(fd);
	close(fd);
	return answer;
}

static int
status_of(const char *answer)
{
	const char *status = answer != NULL ? strstr(answer, "Status: ") : NULL;

	return status != NULL ? atoi(status + 8) : 0;
}

/* The run that an answer names. */
static struct ty_id
run_of(const char *answer)
{
	const char *at = strstr(answer, "\"run_id\":\"");
	struct ty_id id;

	ck_assert_msg(at != NULL, "%s", answer);
	ck_assert(ty_id_parse(ty_arena_strndup(fx.arena, at + 10, 36), &id));
	return id;
}

static bool
is_kept(const struct ty_id *id)
{
	struct ty_queue_sync *queue;
	char **texts, **ids;
	bool is_owed = false;
	size_t count;

	if (strcmp(cell(ty_arena_printf(fx.arena,
					"SELECT verdict FROM tyboo.deliveries WHERE id = '%s'",
					id->s)),
		   "accepted") == 0)
		return true;
	queue = ty_queue_sync_new(svc.redis_url, "main");
	ck_assert_ok(ty_queue_sync_owed(queue, fx.arena, 1000, &texts, &ids, &count, &fx.err));
	for (size_t i = 0; i < count; i++)
		is_owed |= strstr(texts[i], id->s) != NULL;
	ty_queue_sync_free(queue);
	return is_owed;
}

/* ---- each point ---- */

static void
start_with(const char *fault)
{
	api.log = ty_arena_printf(fx.arena, "%s/api.%d.log", svc.dir, (int)getpid());
	unlink(api.log);
	setenv("TYBOO_FAULT", fault, 1);
	start(1);
	unsetenv("TYBOO_FAULT");
}

static bool
log_has(const char *text)
{
	FILE *file = fopen(api.log, "r");
	char *log = ty_arena_alloc(fx.arena, 65536);

	ck_assert_ptr_nonnull(file);
	log[fread(log, 1, 65535, file)] = '\0';
	fclose(file);
	return strstr(log, text) != NULL;
}

static void
stop(void)
{
	ck_assert_int_eq(kill(api.pid, SIGTERM), 0);
	ck_assert_int_eq(wait_for_end(), 0);
	close(api.listen_fd);
	api.listen_fd = -1;
}

/* An answer that a client can go by: done, or come again. */
static const char *
ck_assert_answered(const char *answer, int64_t nth)
{
	int status = status_of(answer);

	ck_assert_msg(status == 200 || status == 202 || status == 503, "point %lld: %s",
		      (long long)nth, answer != NULL ? answer : "no answer");
	if (status == 503)
		ck_assert_has(answer, "Retry-After: ");
	return answer;
}

static const char form[] = "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
			   "bytes\r\n--b--\r\n";
#define FORM "multipart/form-data; boundary=b"

/* True where the nth point was passed in the process's life. */
static bool
life_fails(int64_t nth)
{
	const char *key = ty_arena_printf(fx.arena, "k%lld", (long long)nth);
	const char *told, *again;
	bool has_failed;
	int fd;

	start_with(ty_arena_printf(fx.arena, "any:%lld", (long long)nth));
	told = ck_assert_answered(deliver(NULL, key, "{\"n\":1}", 7), nth);
	ck_assert_answered(deliver(FORM, NULL, form, sizeof(form) - 1), nth);
	fd = dial();
	ck_assert_has(get(fd, false, "GET", "/api/v1/health"), "Status: 200");
	close(fd);
	if (status_of(told) == 202) {
		struct ty_id run = run_of(told);

		ck_assert_msg(is_kept(&run), "point %lld: told, and not kept", (long long)nth);
	}
	again = ck_assert_answered(deliver(NULL, key, "{\"n\":1}", 7), nth);
	stop();
	has_failed = log_has(" fails, number ");
	start_with("any:0");
	again = deliver(NULL, key, "{\"n\":1}", 7);
	ck_assert_msg(status_of(again) == 202 || status_of(again) == 200, "point %lld: %s",
		      (long long)nth, again);
	if (status_of(told) == 202)
		ck_assert_str_eq(run_of(again).s, run_of(told).s);
	stop();
	return has_failed;
}

START_TEST(whatever_fails_a_request_is_answered_and_kept_where_it_was_told_so)
{
	int64_t nth = _i + 1;

	publish();
	while (life_fails(nth)) {
		nth += SHARES;
		ck_assert_int_lt(nth, POINTS_MAX);
	}
	/* A look-up, a statement and an admission each, on either side. */
	ck_assert_int_gt(nth, 12);
}
END_TEST

/* ---- a crash while a large body is kept ---- */

static const struct {
	int64_t chunks;	   /* kept before it is held up */
	const char *table; /* whose lock holds it up */
	bool is_finished;  /* the statement goes on without its program, which does not commit it */
	int64_t uploads;   /* that are left behind */
} crashes[] = {
	{ 3, "blob_chunks", false, 1 }, /* before the last chunk */
	{ 0, "blobs", false, 1 },	/* between the last chunk and the commit */
	{ 0, "blobs", true, 1 },
	{ 0, "deliveries", false, 0 }, /* between the commit and the receipt */
};

static int
waiter_on(const char *table)
{
	return (int)atoll(cell(ty_arena_printf(
		fx.arena,
		"SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'tyboo.%s'::regclass",
		table)));
}

static void
await_nobody_of_it(void)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(WAIT_S * 1000);

	while (atoll(cell("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE "
			  "'tyboo-api%' AND state <> 'idle'")) > 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
}

static struct ty_tx *
lock_table(struct ty_store *store, const char *table)
{
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 60000, &tx, &fx.err));
	ck_assert_ok(ty_tx_exec(
		tx,
		ty_arena_printf(fx.arena, "LOCK TABLE tyboo.%s IN SHARE ROW EXCLUSIVE MODE", table),
		NULL, 0, &fx.err));
	return tx;
}

/* Start, begin to deliver 'body', and kill where the table is waited for. */
static void
crash(size_t i, const char *body)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(WAIT_S * 1000);
	struct ty_store *store = ty_store_new(svc.owner_database_url, 1, "test");
	struct ty_tx *tx = crashes[i].chunks == 0 ? lock_table(store, crashes[i].table) : NULL;
	int fd, pid;

	start(1);
	fd = dial();
	if (fork() == 0) { /* a sender of its own: it is not read to the end */
		api.may_end = true;
		send_delivery(fd, "image/png", "once", body, LARGE);
		_exit(0);
	}
	while (number("SELECT count(*) FROM tyboo.blob_chunks WHERE workspace_id = '$WS'") <
	       crashes[i].chunks)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	if (tx == NULL)
		tx = lock_table(store, crashes[i].table);
	while ((pid = waiter_on(crashes[i].table)) == 0)
		ck_assert_int_lt(ty_time_mono_ms(), until_ms);
	kill(api.pid, SIGKILL);
	waitpid(api.pid, NULL, 0);
	api.pid = 0;
	if (!crashes[i].is_finished)
		ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_ptr_null(take_answer(fd));
	close(fd);
	close(api.listen_fd);
	ty_tx_rollback(tx);
	ty_store_free(store);
	await_nobody_of_it();
}

START_TEST(a_crash_while_a_large_body_is_kept_loses_nothing_that_was_told)
{
	char *body = ty_arena_alloc(fx.arena, LARGE);
	const char *answer;
	struct ty_id run;

	ty_crypto_random(body, LARGE);
	publish();
	crash((size_t)_i, body);
	ck_assert_int_eq(number("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '$WS'"),
			 0);
	ck_assert_int_eq(
		number("SELECT count(*) FROM tyboo.blob_uploads WHERE workspace_id = '$WS'"),
		crashes[_i].uploads);
	ck_assert_int_eq(number("SELECT (unverified_bytes > 0)::int FROM tyboo.payload_usage WHERE "
				"workspace_id = '$WS'"),
			 crashes[_i].uploads);
	/* Its sender comes again. */
	start(1);
	answer = deliver("image/png", "once", body, LARGE);
	ck_assert_has(answer, "Status: 202");
	run = run_of(answer);
	ck_assert(is_kept(&run));
	ck_assert_int_eq(number("SELECT count(*) FROM tyboo.blobs WHERE workspace_id = '$WS'"), 1);
	/* What was left behind goes, and the quota of what is not verified is whole again. */
	number("WITH u AS (UPDATE tyboo.blob_uploads SET touched_at = now() - interval '2 hours' "
	       "WHERE workspace_id = '$WS' RETURNING 1) SELECT count(*) FROM u");
	(void)cell("SELECT 1 FROM tyboo.blob_forget(ARRAY(SELECT id FROM tyboo.blob_dropped('1 "
		   "hour', 100)))");
	ck_assert_int_eq(number("SELECT count(*) FROM tyboo.blob_uploads u JOIN "
				"tyboo.payload_usage p USING (workspace_id) WHERE workspace_id = "
				"'$WS'"),
			 0);
	ck_assert_int_eq(
		number("SELECT p.unverified_bytes + p.stored_bytes - b.stored_bytes FROM "
		       "tyboo.payload_usage p JOIN tyboo.blobs b USING (workspace_id) WHERE"
		       " workspace_id = '$WS'"),
		0);
}
END_TEST

SUITE_MAIN("api faults", 90, setup, faults_teardown,
	   services_start(&svc, SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED),
	   services_stop(&svc), {
		   tcase_add_loop_test(
			   tc, whatever_fails_a_request_is_answered_and_kept_where_it_was_told_so,
			   0, SHARES);
		   TEST_LOOP(a_crash_while_a_large_body_is_kept_loses_nothing_that_was_told,
			     crashes);
	   })
