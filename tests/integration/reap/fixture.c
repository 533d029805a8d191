/*
 * fixture.c -- see fixture.h.
 */
#include "fixture.h"

#include "base/time.h"
#include "store/record.h"

#include <stdlib.h>
#include <time.h>

struct stage st;
struct reap *reaper;

void
reap_setup(void)
{
	stage_open(&st);
	/* Nothing of the tests before is to be pushed into this one's queue. */
	stage_cell(&st, "DELETE FROM tyboo.deliveries");
	stage_cell(&st, "DELETE FROM tyboo.executions");
	st.conf.reap_ms = 50;
	st.conf.heartbeat_ms = 50;
	st.conf.receipt_grace_ms = 200;
	st.conf.tidy_ms = 60000;
	st.conf.deliveries_max = 8;
	reaper = reap_new(&st.conf, &st.log);
}

void
reap_teardown(void)
{
	reap_free(reaper);
	stage_close(&st);
}

void
reap_step(void)
{
	int64_t ms = reap_once(reaper);

	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

void
reap_rounds(int n)
{
	while (n-- > 0) {
		for (size_t i = 0; i < DUTY__COUNT; i++)
			reaper->states[i].due_ms = 0;
		reap_once(reaper);
	}
}

/* ---- a worker's part ---- */

bool
reap_record(const struct ty_id *run_id, int64_t fence)
{
	struct ty_record_run run = { .run_id = *run_id,
				     .workspace_id = st.workspace,
				     .workflow_id = st.workspace,
				     .version_id = st.workspace,
				     .mode = "webhook",
				     .status = "ok",
				     .fence = fence,
				     .deliveries = 1,
				     .accepted_at_ms = ty_time_now_ms(),
				     .started_at_ms = ty_time_now_ms(),
				     .finished_at_ms = ty_time_now_ms() };
	struct ty_pack *pack = ty_pack_new();
	struct ty_record_outcome outcome;
	struct ty_store_query query;
	struct ty_rows rows;

	run.steps = json_array();
	ty_store_record_query(st.arena, pack, &run, 1, "test", &query);
	ck_assert_int_eq(reap_query(reaper, &query, &rows, &st.err), TY_OK);
	ck_assert_int_eq(ty_store_record_decode(&rows, 1, &outcome, &st.err), TY_OK);
	json_decref((json_t *)run.steps);
	ty_pack_free(pack);
	return outcome.written;
}
