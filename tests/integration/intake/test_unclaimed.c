/*
 * test_unclaimed.c -- a flood of calls to no hook: the oldest go as they come, with no pass of the reaper.
 *
 * A submit is answered after the statements before it, so what is counted then is what is there.
 */
#include "stage.h"

#include "base/limits.h"
#include "support/common.h"

static struct stage st;

static void
setup(void)
{
	fx_setup();
	stage_open(&st);
}

static void
teardown(void)
{
	stage_close(&st);
	fx_teardown();
}

static struct ty_receipt
unclaimed_receipt(void)
{
	struct ty_receipt receipt = stage_receipt(&st, "");

	receipt.verdict = "unclaimed";
	receipt.workflow_id = receipt.version_id = (struct ty_id){ "" };
	return receipt;
}

/* So many, that came so many hours ago (each call has its own: ids are made of the time alone). */
static void
came_before(const struct ty_id *workspace, int hours, int count, int bytes)
{
	stage_cell(
		&st,
		"INSERT INTO tyboo.deliveries (workspace_id, id, mode, verdict, body, received_at) "
		"SELECT '%s', tyboo.uuid_at(now() - %d * interval '1 hour' "
		"- n * interval '1 millisecond'), 'webhook', 'unclaimed', "
		"convert_to(repeat('x', %d), 'UTF8'), now() FROM generate_series(1, %d) n",
		workspace->s, hours, bytes, count);
}

static int
kept(const struct ty_id *workspace)
{
	return (int)stage_cell_int(
		&st,
		"SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s' "
		"AND verdict = 'unclaimed'",
		workspace->s);
}

START_TEST(their_number_is_capped_as_they_come)
{
	struct ty_receipt last, accepted = stage_receipt(&st, "");
	struct ty_id other = ty_id_new();

	stage_cell(&st,
		   "INSERT INTO tyboo.workspaces (id, slug, name) "
		   "VALUES ('%s', 'o-' || right('%s', 12), 'o') RETURNING id",
		   other.s, other.s);
	came_before(&st.workspace, 1, TY_LIMIT_UNCLAIMED_COUNT, 0);
	came_before(&other, 2, TY_LIMIT_UNCLAIMED_COUNT + 5, 0);
	for (int i = 0; i < TY_LIMIT_UNCLAIMED_SLACK_COUNT; i++) {
		ck_assert_int_eq(kept(&st.workspace), TY_LIMIT_UNCLAIMED_COUNT + i);
		last = unclaimed_receipt();
		stage_submit(&st, &last);
	}
	stage_submit(&st, &accepted);
	ck_assert_int_eq(kept(&st.workspace), TY_LIMIT_UNCLAIMED_COUNT);
	ck_assert_str_eq(stage_verdict(&st, &last.id), "unclaimed");
	ck_assert_str_eq(stage_verdict(&st, &accepted.id), "accepted");
	/* Of workspaces that had some, and of no others. */
	ck_assert_int_eq(kept(&other), TY_LIMIT_UNCLAIMED_COUNT + 5);
}
END_TEST

/* However few they are: four of the largest fit. */
START_TEST(their_bytes_are_capped_as_they_come)
{
	struct ty_receipt accepted = stage_receipt(&st, ""), receipt = unclaimed_receipt();
	char *body = ty_arena_alloc(fx.arena, TY_LIMIT_BODY_BYTES);
	int fit = TY_LIMIT_UNCLAIMED_BYTES / TY_LIMIT_BODY_BYTES;

	came_before(&st.workspace, 3, fit, TY_LIMIT_BODY_BYTES);
	memset(body, 'x', TY_LIMIT_BODY_BYTES);
	receipt.body = body;
	receipt.body_len = TY_LIMIT_BODY_BYTES;
	stage_submit(&st, &receipt);
	stage_submit(&st, &accepted);
	ck_assert_int_eq(kept(&st.workspace), fit);
	ck_assert_str_eq(stage_verdict(&st, &receipt.id), "unclaimed");
}
END_TEST

/* What one cut leaves over (the release before capped nothing here) the next ones take. */
START_TEST(a_heap_of_old_ones_is_worked_off_some_at_a_time)
{
	int heap = TY_LIMIT_UNCLAIMED_COUNT + 5 * TY_LIMIT_UNCLAIMED_SLACK_COUNT;
	struct ty_receipt receipt;

	came_before(&st.workspace, 4, heap, 0);
	for (int i = 0; i < 2 * TY_LIMIT_UNCLAIMED_SLACK_COUNT; i++) {
		receipt = unclaimed_receipt();
		stage_submit(&st, &receipt);
	}
	receipt = stage_receipt(&st, "");
	stage_submit(&st, &receipt);
	ck_assert_int_eq(kept(&st.workspace), TY_LIMIT_UNCLAIMED_COUNT);
}
END_TEST

SUITE_MAIN("unclaimed", 60, setup, teardown, stage_servers_start(&st), stage_servers_stop(&st), {
	TEST(their_number_is_capped_as_they_come);
	TEST(their_bytes_are_capped_as_they_come);
	TEST(a_heap_of_old_ones_is_worked_off_some_at_a_time);
})
