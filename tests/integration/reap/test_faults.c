/*
 * test_faults.c -- each statement and each command of a pass of tyboo-reap fails in turn, on either side of
 * the wire.
 *
 * Before the pass there is something for each duty to do.  Whatever fails, the passes after it do the rest,
 * and nothing is done twice.
 */
#include "fixture.h"

#include "base/fault.h"
#include "base/time.h"
#include "support/common.h"

#include <unistd.h>

/* More points than a pass has, by far: the loop ends at the first that none reaches. */
#define POINTS_MAX 2000
/* Each takes its part of the points, so that none takes long. */
#define SHARES 12

/* What there is to do. */
struct chores {
	struct ty_id poison;   /* leased twice, and lost twice: a dead letter */
	struct ty_id late;     /* leased once, and lost */
	struct ty_id jobless;  /* a receipt whose job Redis has lost */
	struct ty_id owed;     /* a receipt that Postgres does not have */
	struct ty_id upload;   /* that nobody adds to */
	struct ty_id user;     /* whose session is over */
	struct ty_id workflow; /* that has a hook */
};

static struct ty_id
submitted(void)
{
	struct ty_receipt receipt = stage_receipt(&st, "");

	stage_submit(&st, &receipt);
	return receipt.id;
}

static void
lease_and_lose(const struct ty_id *id)
{
	struct ty_hold hold;
	int64_t deliveries;

	ck_assert(stage_lease(&st, 1, &hold, &deliveries));
	ck_assert_str_eq(hold.run_id.s, id->s);
	usleep(2000);
}

/* As the intake does while Postgres is away. */
static struct ty_id
owe(void)
{
	struct ty_receipt receipt = stage_receipt(&st, "");
	struct ty_admission admission;
	struct ty_job_text text;
	const char *notices;
	struct ty_job job;

	ck_assert_ok(ty_job_text(st.arena, &receipt, &text, &notices, &st.err));
	ty_receipt_to_job(&receipt, &text, &job);
	job.owed_receipt = ty_receipt_format(st.arena, &receipt);
	ck_assert_ok(ty_queue_sync_admit(st.queue, &job, 1, &admission, &st.err));
	return receipt.id;
}

static void
make_chores(struct chores *c)
{
	c->poison = submitted();
	lease_and_lose(&c->poison);
	reap_until(stage_ready(&st) == 1);
	lease_and_lose(&c->poison);
	c->late = submitted();
	lease_and_lose(&c->late);
	c->jobless = submitted();
	stage_redis(&st, "DEL {%s}:job:%s", st.conf.lane, c->jobless.s);
	c->owed = owe();
	c->upload = ty_id_new();
	stage_cell(&st,
		   "INSERT INTO tyboo.blob_uploads (workspace_id, id, is_verified, in_folder, "
		   "touched_at) VALUES ('%s', '%s', true, false, now() - interval '2 days')",
		   st.workspace.s, c->upload.s);
	c->user = ty_id_new();
	stage_cell(&st,
		   "INSERT INTO tyboo.users (id, email, name) VALUES ('%s', '%s@example.org', 'n')",
		   c->user.s, c->user.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, expires_at) VALUES"
		   " (sha256('a%s'), '%s', repeat('c', 32), now() - interval '1 second')",
		   c->user.s, c->user.s);
	c->workflow = ty_id_new();
	stage_cell(&st,
		   "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		   "published_version_id) VALUES ('%s', '%s', 'W', '%s', '%s')",
		   st.workspace.s, c->workflow.s, c->workflow.s, c->workflow.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, version_id, node_id, "
		   "method, path, verify, timeout_ms) VALUES ('%s', gen_random_uuid(), '%s', '%s', "
		   "'n', 'POST', '%s', '{}', 1000)",
		   st.workspace.s, c->workflow.s, c->workflow.s, c->workflow.s);
}

static int64_t
has_job(const struct ty_id *id)
{
	return stage_redis(&st, "EXISTS {%s}:job:%s", st.conf.lane, id->s);
}

/* What is not done yet; "" where all is. */
static const char *
undone(const struct chores *c)
{
	struct ty_receipt **owed;
	const struct {
		const char *what;
		int64_t is, shall_be;
	} rows[] = {
		{ "dead letter recorded",
		  stage_cell_int(&st,
				 "SELECT count(*) FROM tyboo.executions WHERE id = '%s' AND "
				 "status = 'error'",
				 c->poison.s),
		  1 },
		{ "dead letter told", stage_redis(&st, "ZCARD {%s}:dead_new", st.conf.lane), 0 },
		{ "owed written", strcmp(stage_verdict(&st, &c->owed), "accepted"), 0 },
		{ "owed forgotten", (int64_t)stage_owed(&st, &owed), 0 },
		{ "upload dropped",
		  stage_cell_int(&st, "SELECT count(*) FROM tyboo.blob_uploads WHERE id = '%s'",
				 c->upload.s),
		  0 },
		{ "session gone",
		  stage_cell_int(&st, "SELECT count(*) FROM tyboo.sessions WHERE user_id = '%s'",
				 c->user.s),
		  0 },
		{ "hook mirrored", stage_redis(&st, "EXISTS {%s}:hooks", st.conf.lane), 1 },
		{ "lost lease back", has_job(&c->late), 1 },
		{ "lost job made again", has_job(&c->jobless), 1 },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++)
		if (rows[i].is != rows[i].shall_be)
			return ty_arena_printf(st.arena, "%s: %lld", rows[i].what,
					       (long long)rows[i].is);
	return "";
}

/* Each job is leased once, whatever was pushed twice. */
static void
assert_each_once(const struct chores *c)
{
	const struct ty_id *const jobs[] = { &c->late, &c->jobless, &c->owed };
	int64_t deliveries, leased[TY_ARRAY_COUNT(jobs)] = { 0 };
	struct ty_queue_stats stats;
	struct ty_hold hold;

	ck_assert_ok(ty_queue_sync_stats(st.queue, &stats, &fx.err));
	ck_assert_int_eq(stats.dead, 1);
	while (stage_lease(&st, 60000, &hold, &deliveries))
		for (size_t i = 0; i < TY_ARRAY_COUNT(jobs); i++)
			leased[i] += ty_id_eq(&hold.run_id, jobs[i]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(jobs); i++)
		ck_assert_msg(leased[i] == 1, "job %zu was leased %lld times", i,
			      (long long)leased[i]);
}

static void
clear(void)
{
	static const char *const tables[] = { "executions", "deliveries", "hooks", "usage_events" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(tables); i++)
		stage_cell(&st, "DELETE FROM tyboo.%s", tables[i]);
	stage_redis(&st, "FLUSHALL");
	reap_rounds(2);
}

/* True where the nth point was passed. */
static bool
round_fails(int64_t nth)
{
	struct chores chores;
	bool has_failed;

	clear();
	make_chores(&chores);
	ty_fault_arm(TY_FAULT_ANY, nth);
	reap_rounds(1);
	has_failed = ty_fault_has_failed();
	ty_fault_arm(TY_FAULT_ANY, 0);
	for (int64_t until_ms = ty_time_mono_ms() + test_patience_ms(STAGE_DEADLINE_MS);
	     *undone(&chores) != '\0';) {
		ck_assert_msg(ty_time_mono_ms() < until_ms, "point %lld: %s", (long long)nth,
			      undone(&chores));
		reap_rounds(1);
	}
	assert_each_once(&chores);
	return has_failed;
}

START_TEST(whatever_fails_all_is_done_and_once)
{
	int64_t nth = _i + 1;

	st.conf.deliveries_max = 2;
	st.conf.receipt_grace_ms = 0;
	while (round_fails(nth)) {
		nth += SHARES;
		ck_assert_int_lt(nth, POINTS_MAX);
	}
	/* Ten duties, each with a statement or a command that can fail on either side. */
	ck_assert_int_gt(nth, 20);
}
END_TEST

static void
tests(TCase *tc)
{
	tcase_add_loop_test(tc, whatever_fails_all_is_done_and_once, 0, SHARES);
}

REAP_TEST_MAIN("reap faults", tests)
