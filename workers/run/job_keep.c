/*
 * job_keep.c -- what is kept of a run that is not over: its steps in pieces, and all of it where it
 * is put down.
 *
 *	RUN  <--> RUN with a piece under way	[job_keep_piece, job_kept]
 *	RUN   --> PARK				[job_park: nothing but waits is open in the run]
 *	PARK  --> GONE				[job_parked: written, then its lease is given back]
 *	PARK  --> RUN				[job_parked: canceled meanwhile; job_kept: refused]
 *
 * Invariants:
 *   (1) One piece or park of a job is under way at a time; records that are taken from the engine
 *       are in it, in one that was kept, or in 'left'.
 *   (2) A run that is being put down is told nothing until the outcome is known.
 *   (3) A lease is given back only after Postgres has the run's waits, state and steps.
 *   (4) A cancel is never lost: it is looked for in the same script that gives the lease back.
 */
#include "job.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A run that lasts gives its records so often; the older it is the rarer, so that a run of a day does
 * not give a piece a second. */
/* tyboo.waits: waits_key_length. */
#define WAIT_KEY_MAX	300
#define PIECE_MS	1000
#define PIECE_AGE_SHARE 64
#define PIECE_MAX_MS	10000

static struct job *
job_of_entry(struct keeper_entry *entry)
{
	return (struct job *)((char *)entry - offsetof(struct job, keep.entry));
}

/* ---- what is taken from the engine ---- */

/* The values stay the run's, whose next call may free them. */
static void
keep_payloads(struct job *job)
{
	struct job_keep *keep = &job->keep;
	const struct ty_payload *payloads;
	struct ty_record_payload *copies;
	size_t count;

	ty_run_take_payloads(job->ops.run, &payloads, &count);
	copies = ty_arena_alloc_array(keep->arena, count + 1, sizeof(*copies));
	for (size_t i = 0; i < count; i++)
		copies[i] = (struct ty_record_payload){
			.hash = ty_arena_strdup(keep->arena, payloads[i].hash),
			.kind = payloads[i].kind,
			.data = ty_arena_memdup(keep->arena, payloads[i].data, payloads[i].len),
			.len = payloads[i].len,
		};
	keep->entry.piece.payloads = copies;
	keep->entry.piece.payload_count = count;
}

static void
keep_take(struct job *job)
{
	struct job_keep *keep = &job->keep;

	keep->entry.piece = (struct ty_piece){
		.run_id = job->hold.run_id,
		.workspace_id = job->hold.workspace_id,
		.fence = job->hold.token,
		.number = keep->pieces,
		.first_step = keep->steps,
		.save = job->plan->save,
		.steps = ty_json_own(keep->arena, ty_run_take_steps(job->ops.run)),
	};
	keep_payloads(job);
}

static void
keep_send(struct job *job)
{
	job->keep.is_under_way = true;
	job->keep.sent_ms = ty_time_mono_ms();
	job_ref(job); /* the keeper's */
	keeper_add(job->jobs->keeper, &job->keep.entry);
}

/* Free the text of an entry that Postgres has. */
static void
keep_done(struct job_keep *keep)
{
	ty_arena_free(keep->arena);
	keep->arena = NULL;
	keep->entry.park.run = NULL;
}

/* Put a refused piece into the run's record, because the engine does not have it any more. */
static void
keep_leave(struct job *job)
{
	struct job_keep *keep = &job->keep;
	const struct ty_piece *piece = &keep->entry.piece;

	keep->is_off = true;
	if (keep->left == NULL)
		keep->left = ty_json_own(job->arena, json_array());
	json_array_extend(keep->left, (json_t *)piece->steps);
	for (size_t i = 0; i < piece->payload_count; i++) {
		const struct ty_record_payload *from = &piece->payloads[i];

		keep->left_payloads =
			ty_arena_grow(job->arena, keep->left_payloads, keep->left_payload_count,
				      &keep->left_payload_cap, sizeof(*keep->left_payloads));
		keep->left_payloads[keep->left_payload_count++] = (struct ty_record_payload){
			.hash = ty_arena_strdup(job->arena, from->hash),
			.kind = from->kind,
			.data = ty_arena_memdup(job->arena, from->data, from->len),
			.len = from->len,
		};
	}
}

/* ---- pieces ---- */

static void
job_keep_piece(struct job *job)
{
	job->keep.arena = ty_arena_new(NULL, "keep", 0);
	job->keep.entry.park.run = NULL;
	keep_take(job);
	keep_send(job);
}

static bool
job_may_keep(const struct job *job)
{
	return job->state == JOB_RUN && job->is_marked && !job->keep.is_under_way &&
	       !job->keep.is_off;
}

void
job_steps_ready(struct job *job)
{
	if (job_may_keep(job))
		job_keep_piece(job);
	else
		job->is_long = true;
}

static bool
piece_is_due(const struct job *job, int64_t now_ms)
{
	int64_t pause_ms = PIECE_MS + (now_ms - job->leased_ms) / PIECE_AGE_SHARE;

	if (pause_ms > PIECE_MAX_MS)
		pause_ms = PIECE_MAX_MS;
	return now_ms - job->keep.sent_ms >= pause_ms && ty_run_steps_ready(job->ops.run) > 0;
}

/* ---- putting down ---- */

/* "<frame>/<node>/<attempt>/<number>", without the frame where it is the root. */
static void
wait_place(struct ty_arena *arena, const char *key, struct ty_park_wait *wait)
{
	const char *node = key, *slash = key, *ends[3] = { key, key, key };

	while ((slash = strchr(slash, '/')) != NULL) {
		ends[0] = ends[1];
		ends[1] = ends[2];
		ends[2] = slash++;
	}
	if (ends[0] != key)
		node = ends[0] + 1;
	wait->node = ty_arena_strndup(arena, node, ends[1] > node ? (size_t)(ends[1] - node) : 0);
	wait->frame = ty_arena_strndup(arena, key, (size_t)(ends[0] - key));
}

/* A retry's delay that lasts until a breaker's next probe names the breaker behind its key. */
static const char *
wait_key(struct ty_arena *arena, const char *key, const char *held_by)
{
	const char *end = strrchr(key, '/');

	if (*held_by == '\0' || end == NULL || strcmp(end, "/retry") != 0 ||
	    strlen(key) + 1 + strlen(held_by) > WAIT_KEY_MAX)
		return key;
	return ty_arena_printf(arena, "%s %s", key, held_by);
}

static const struct ty_park_wait *
keep_waits(struct ty_arena *arena, const struct ty_run_parked *parked, const char *held_by)
{
	static const char *const kinds[] = {
		[TY_WAIT_TIME] = "time", [TY_WAIT_CALL] = "call", [TY_WAIT_RUN] = "run"
	};
	struct ty_park_wait *waits =
		ty_arena_alloc_array(arena, parked->wait_count + 1, sizeof(*waits));

	for (size_t i = 0; i < parked->wait_count; i++) {
		const struct ty_run_wait *wait = &parked->waits[i];

		waits[i] = (struct ty_park_wait){
			.key = wait_key(arena, wait->key, held_by),
			.kind = kinds[wait->kind],
			.at_ms = wait->at_ms > 0 ? wait->at_ms : INT64_MAX,
			.token_hash = wait->token_hash,
		};
		wait_place(arena, wait->key, &waits[i]);
	}
	return waits;
}

static void
job_park(struct job *job)
{
	struct job_keep *keep = &job->keep;
	struct ty_record_run *run = &job->entry.run;
	struct ty_run_parked parked;

	keep->may_park = false;
	keep->arena = ty_arena_new(NULL, "park", 0);
	if (!ty_run_park(job->ops.run, keep->arena, &parked)) {
		keep_done(keep);
		return;
	}
	keep_take(job);
	run->started_at_ms = parked.started_at_ms;
	run->step_count = parked.step_count;
	run->item_count = parked.item_count;
	keep->entry.park = (struct ty_park){
		.run = run,
		.start_node = job->said.start_node != NULL ? job->said.start_node : "",
		.running_ms = job_running_ms(job, ty_time_now_ms()),
		.state = parked.state,
		.piece_count =
			keep->pieces + (json_array_size(keep->entry.piece.steps) > 0 ? 1 : 0),
		.waits = keep_waits(keep->arena, &parked, job->ops.held_by),
		.wait_count = parked.wait_count,
	};
	job->state = JOB_PARK;
	job->ops.is_quiet = true;
	keep_send(job);
}

/* The run goes on here, as if it had not been tried. */
static void
job_unpark(struct job *job)
{
	job->state = JOB_RUN;
	job->ops.is_quiet = false;
	if (job->is_canceled)
		job_cancel(job);
	else
		ty_run_wake(job->ops.run);
}

static void
job_parked(void *ctx, const bool *canceled, size_t count, const struct ty_err *err)
{
	struct job *job = ctx;
	struct jobs *jobs = job->jobs;

	jobs->handing_back--;
	if (job->state != JOB_GONE && err == NULL && canceled[0])
		job->is_canceled = true;
	/* Drop the job also where Redis is away, because the lease runs out and the next worker finds
	 * that it waits. */
	if (job->state == JOB_GONE || err != NULL || !job->is_canceled)
		job_drop(job);
	else if (job->state == JOB_PARK)
		job_unpark(job);
	else
		job_fail_canceled(job);
	job_unref(job);
	jobs->changed(jobs->ctx);
}

void
job_give_back_parked(struct job *job)
{
	struct jobs *jobs = job->jobs;

	jobs->handing_back++;
	job_ref(job);
	ty_queue_park(jobs->queue, &job->hold, 1, job_parked, job);
}

/* ---- outcomes ---- */

static void
job_kept_well(struct job *job)
{
	struct job_keep *keep = &job->keep;
	size_t count = json_array_size(keep->entry.piece.steps);
	bool is_parked = keep->entry.park.run != NULL;

	keep->pieces += count > 0;
	keep->steps += count;
	keep_done(keep);
	if (is_parked)
		job_give_back_parked(job);
	else if (job->state == JOB_RECORD)
		job_record(job); /* the run came to its end meanwhile */
}

static void
job_kept_badly(struct job *job)
{
	bool is_parked = job->keep.entry.park.run != NULL;

	keep_leave(job);
	keep_done(&job->keep);
	if (is_parked)
		job_unpark(job);
	else if (job->state == JOB_RECORD)
		job_record(job);
}

void
job_kept(void *ctx, struct keeper_entry *entry, enum keeper_outcome outcome,
	 const struct ty_err *err)
{
	struct job *job = job_of_entry(entry);

	(void)ctx;
	(void)err;
	job->keep.is_under_way = false;
	if (job->state == JOB_GONE)
		keep_done(&job->keep);
	else if (outcome == KEEPER_KEPT)
		job_kept_well(job);
	else if (outcome == KEEPER_REFUSED)
		job_kept_badly(job);
	else {
		keep_done(&job->keep);
		job_lose(job);
	}
	job_unref(job);
}

void
jobs_keep(struct jobs *jobs)
{
	int64_t now_ms = ty_time_mono_ms();
	struct job *next;

	for (struct job *job = jobs->first; job != NULL; job = next) {
		next = job->next;
		if (job->state != JOB_RUN || job->keep.is_under_way || job->keep.is_off)
			continue;
		if (job->keep.may_park && !job->is_marking && !job->is_canceled)
			job_park(job);
		else if (job_may_keep(job) && piece_is_due(job, now_ms))
			job_keep_piece(job);
	}
}
