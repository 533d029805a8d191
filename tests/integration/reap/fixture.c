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

struct leasing {
	bool is_up, is_answered;
	size_t count;
	struct ty_hold hold;
	int64_t deliveries;
};

static void
on_state(void *ctx, const char *away)
{
	((struct leasing *)ctx)->is_up = away == NULL;
}

static void
on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct leasing *leasing = ctx;

	ck_assert_ptr_null(err);
	leasing->is_answered = true;
	leasing->count = count;
	if (count == 0)
		return;
	leasing->hold = (struct ty_hold){ .run_id = leases[0].run_id,
					  .workspace_id = leases[0].workspace_id,
					  .workflow_id = leases[0].workflow_id,
					  .token = leases[0].token };
	leasing->deliveries = leases[0].deliveries;
}

bool
reap_lease(int64_t lease_ms, struct ty_hold *ret_hold, int64_t *ret_deliveries)
{
	struct leasing leasing = { 0 };
	struct ty_queue *queue;
	uv_loop_t loop;

	uv_loop_init(&loop);
	queue = ty_queue_new(&loop, st.conf.redis_url, st.conf.lane, lease_ms, on_state, NULL,
			     &leasing);
	while (!leasing.is_up)
		uv_run(&loop, UV_RUN_ONCE);
	ty_queue_lease(queue, 1, on_leased, &leasing);
	while (!leasing.is_answered)
		uv_run(&loop, UV_RUN_ONCE);
	ty_queue_free(queue);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	*ret_hold = leasing.hold;
	*ret_deliveries = leasing.deliveries;
	return leasing.count == 1;
}

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
