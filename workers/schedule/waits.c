/*
 * waits.c -- runs that are put down and whose wait is over: pushed again.
 *
 * They pass no limit of admission, because they were admitted when they began, but wait their turn in
 * the queue like any job.  So that a hundred thousand that end in one second hold up nobody, few of a
 * workspace are in the queue at a time: the next are pushed as workers take those.
 *
 * A pass where nothing is due is one look at the first entry of an index (sql/functions/park.sql).
 */
#include "scheduler.h"

#include "base/arena.h"
#include "base/time.h"
#include "intake/job.h"
#include "store/park.h"

#include <stdlib.h>

/* Runs of one workspace in the queue at a time, which gave 120 a second on two busy cores: with 16 a
 * delivery's way to its recorded run took six times as long at p99 while ten thousand waits ended, with
 * 4 one and a half times (docs/BENCHMARKS.md). */
#define ROOM 4
/* Runs of all workspaces in one pass. */
#define PASS_MAX 256
/* A run that nobody takes for so long, since its workspace is at its limit, is not counted any more. */
#define PUSHED_MAX_MS 5000

_Static_assert(SCHEDULER_PUSHED_MAX >= PASS_MAX + ROOM, "a pass has place for all that it pushes");

/* ---- what was pushed and is still in the queue ---- */

static enum ty_code
known_of(struct scheduler *scheduler, const struct ty_id *ids, size_t count,
	 enum ty_known **ret_known, struct ty_err *err)
{
	*ret_known = ty_arena_alloc_array(scheduler->arena, count + 1, sizeof(**ret_known));
	return count == 0 ? TY_OK
			  : ty_queue_sync_known(scheduler->queue, ids, count, *ret_known, err);
}

static enum ty_code
forget_taken(struct scheduler *scheduler, struct ty_err *err)
{
	struct ty_id *ids =
		ty_arena_alloc_array(scheduler->arena, scheduler->pushed_count + 1, sizeof(*ids));
	int64_t since_ms = ty_time_mono_ms() - PUSHED_MAX_MS;
	enum ty_known *known;
	size_t count = 0;

	for (size_t i = 0; i < scheduler->pushed_count; i++)
		ids[i] = scheduler->pushed[i].run_id;
	if (known_of(scheduler, ids, scheduler->pushed_count, &known, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < scheduler->pushed_count; i++)
		if (known[i] == TY_KNOWN_QUEUED && scheduler->pushed[i].at_ms > since_ms)
			scheduler->pushed[count++] = scheduler->pushed[i];
	scheduler->pushed_count = count;
	return TY_OK;
}

static void
remember(struct scheduler *scheduler, const struct ty_due *due)
{
	if (scheduler->pushed_count < SCHEDULER_PUSHED_MAX)
		scheduler->pushed[scheduler->pushed_count++] =
			(struct scheduler_pushed){ .run_id = due->run_id,
						   .workspace_id = due->workspace_id,
						   .at_ms = ty_time_mono_ms() };
}

/* Workspaces of which some are in the queue have room for fewer. */
static size_t
rooms_left(const struct scheduler *scheduler, struct ty_due_room *rooms)
{
	size_t count = 0, r;

	for (size_t i = 0; i < scheduler->pushed_count; i++) {
		for (r = 0; r < count; r++)
			if (ty_id_eq(&rooms[r].workspace_id, &scheduler->pushed[i].workspace_id))
				break;
		if (r == count)
			rooms[count++] = (struct ty_due_room){
				.workspace_id = scheduler->pushed[i].workspace_id, .room = ROOM
			};
		rooms[r].room--;
	}
	return count;
}

/* ---- pushing ---- */

static enum ty_code
delay(struct scheduler *scheduler, struct ty_tx *tx, const struct ty_id *ids, size_t count,
      struct ty_err *err)
{
	struct ty_store_query query;
	struct ty_rows rows;

	if (count == 0)
		return TY_OK;
	ty_store_due_delay_query(scheduler->arena, ids, count, &query);
	return ty_tx_run(tx, &query, &rows, err);
}

/* Wait for a job that is there already, because it would swallow the push; a leased one is about to go. */
static enum ty_code
push(struct scheduler *scheduler, struct ty_tx *tx, const struct ty_due *due, size_t count,
     struct ty_err *err)
{
	struct ty_id *ids = ty_arena_alloc_array(scheduler->arena, count, sizeof(*ids));
	struct ty_job *jobs = ty_arena_alloc_array(scheduler->arena, count, sizeof(*jobs));
	struct ty_admission *admissions =
		ty_arena_alloc_array(scheduler->arena, count, sizeof(*admissions));
	size_t job_count = 0, leased = 0;
	enum ty_known *known;

	for (size_t i = 0; i < count; i++)
		ids[i] = due[i].run_id;
	if (known_of(scheduler, ids, count, &known, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (known[i] == TY_KNOWN_NOTHING) {
			ty_due_to_job(scheduler->arena, &due[i], &jobs[job_count++]);
			remember(scheduler, &due[i]);
		} else if (known[i] == TY_KNOWN_LEASED) {
			ids[leased++] = due[i].run_id;
		}
	}
	if (delay(scheduler, tx, ids, leased, err) != TY_OK)
		return err->code;
	return job_count == 0
		       ? TY_OK
		       : ty_queue_sync_admit(scheduler->queue, jobs, job_count, admissions, err);
}

static enum ty_code
push_due(struct scheduler *scheduler, struct ty_tx *tx, size_t *ret_count, struct ty_err *err)
{
	struct ty_due_room *rooms =
		ty_arena_alloc_array(scheduler->arena, scheduler->pushed_count + 1, sizeof(*rooms));
	struct ty_store_query query;
	struct ty_rows rows;
	struct ty_due *due;

	ty_store_due_query(scheduler->arena, &scheduler->waits_after, rooms,
			   rooms_left(scheduler, rooms), ROOM, PASS_MAX, &query);
	if (ty_tx_run(tx, &query, &rows, err) != TY_OK)
		return err->code;
	if (ty_store_due_decode(scheduler->arena, &rows, &due, ret_count, err) != TY_OK)
		return err->code;
	/* Begin the next pass with the workspaces that a full one did not reach. */
	scheduler->waits_after =
		*ret_count >= PASS_MAX ? due[*ret_count - 1].workspace_id : (struct ty_id){ "" };
	return *ret_count == 0 ? TY_OK : push(scheduler, tx, due, *ret_count, err);
}

enum ty_code
scheduler_waits(struct scheduler *scheduler, size_t *ret_count, struct ty_err *err)
{
	struct ty_tx *tx;
	size_t count = 0;

	if (forget_taken(scheduler, err) != TY_OK ||
	    ty_tx_begin(scheduler->store, scheduler->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (push_due(scheduler, tx, &count, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	*ret_count = count;
	if (count > 0)
		ty_log_debug(scheduler->log, "runs whose wait is over were pushed", "count=%zu",
			     count);
	return ty_tx_commit(tx, err);
}
