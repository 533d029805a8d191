/*
 * Pauses in the queue follow Postgres, also after Redis lost its memory.
 */
#include "fixture.h"

#include "base/time.h"
#include "queue/pause.h"
#include "support/common.h"

static void
pass(void)
{
	ck_assert_msg(reap_pauses(reaper, &st.err) == TY_OK, "%s", st.err.msg);
}

/* A pause of all of the workspace, as Postgres has it. */
static void
pause_set(bool paused)
{
	if (paused)
		stage_cell(&st, "INSERT INTO tyboo.pauses (workspace_id) VALUES ('%s')",
			   st.workspace.s);
	else
		stage_cell(&st, "DELETE FROM tyboo.pauses WHERE workspace_id = '%s'",
			   st.workspace.s);
}

static bool
is_marked(void)
{
	const struct ty_queue_pause wanted = { .workspace_id = st.workspace };
	struct ty_queue_pause *list;
	size_t count;

	ck_assert_msg(ty_queue_sync_paused(st.queue, st.arena, &list, &count, &st.err) == TY_OK,
		      "%s", st.err.msg);
	for (size_t i = 0; i < count; i++)
		if (ty_queue_pause_eq(&list[i], &wanted))
			return true;
	return false;
}

START_TEST(the_queue_is_told_of_both_changes)
{
	pass();
	ck_assert(!is_marked());
	pause_set(true);
	pass();
	ck_assert(is_marked());
	pass();
	ck_assert(is_marked());
	pause_set(false);
	pass();
	ck_assert(!is_marked());
}
END_TEST

/* The pause is there before the receipt is pushed again. */
START_TEST(redis_without_memory_runs_nothing_that_is_paused)
{
	struct ty_receipt receipt = stage_receipt(&st, "k");
	struct ty_hold hold;
	int64_t deliveries;

	pause_set(true);
	pass();
	stage_submit(&st, &receipt);
	stage_redis(&st, "FLUSHALL");
	reap_until(stage_ready(&st) == 1);
	ck_assert(is_marked());
	ck_assert(!stage_lease(&st, 60000, &hold, &deliveries));
	pause_set(false);
	pass();
	ck_assert(stage_lease(&st, 60000, &hold, &deliveries));
	ck_assert(ty_id_eq(&hold.run_id, &receipt.id));
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(the_queue_is_told_of_both_changes);
	TEST(redis_without_memory_runs_nothing_that_is_paused);
}

REAP_TEST_MAIN("reap.pauses", tests)
