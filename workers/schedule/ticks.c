/*
 * ticks.c -- schedules whose time has come: each tick is a delivery.
 *
 *   due rows, locked --> lib/schedule decides --> receipts --> lib/intake --> rows are moved on, committed
 *
 * A tick's key is its schedule's workflow and node, with the time as the zone's clocks show it and its
 * offset.  Whoever hands it in a second time, because a scheduler died before its commit, is told of the
 * first run.  A tick that the queue refuses (rate, quota, depth) is kept with that verdict and is not tried again.
 */
#include "scheduler.h"

#include "base/arena.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "intake/trigger.h"
#include "schedule/due.h"
#include "store/schedule.h"

#include <string.h>

/* Schedules in one transaction, whose rows are locked meanwhile; at SCHEDULER_TICKS_PER_S a pass holds up ends of waits no longer than
 * 96 ms. */
#define PASS_MAX 384
/* A schedule that cannot be read, since the system lost its zone, is looked at again. */
#define BROKEN_LOOK_MS 3600000

/* A due schedule and what becomes of it. */
struct due {
	const struct ty_due_schedule *row;
	const struct ty_schedule *schedule; /* NULL: it cannot be read, or has no further tick */
	struct ty_schedule_decision decision;
	size_t first; /* index of its first receipt in the pass */
};

struct pass {
	struct scheduler *scheduler;
	struct ty_arena *arena;
	struct due *due;
	size_t count;
	struct ty_receipt *receipts;
	struct ty_intake_answer *answers;
	size_t receipt_count;
};

/* ---- pending ticks, as their row keeps them ---- */

static void
pending_read(struct ty_arena *arena, const char *text, struct ty_schedule_pending *pending)
{
	struct ty_err ignored;
	json_t *list, *at;
	size_t i;

	pending->count = 0;
	if (ty_json_parse(arena, text, strlen(text), &list, &ignored) != TY_OK)
		return;
	json_array_foreach(list, i, at)
	{
		if (pending->count < TY_SCHEDULE_PENDING_MAX)
			pending->at_ms[pending->count++] = json_integer_value(at);
	}
}

static const char *
pending_text(struct ty_arena *arena, const struct ty_schedule_pending *pending)
{
	json_t *list;

	if (pending->count == 0)
		return "[]";
	list = ty_json_own(arena, json_array());
	for (size_t i = 0; i < pending->count; i++)
		json_array_append_new(list, json_integer(pending->at_ms[i]));
	return ty_json_dump(arena, list, NULL);
}

/* ---- deciding ---- */

static enum ty_code
due_parse(struct pass *pass, struct due *due, struct ty_err *err)
{
	struct ty_schedule_spec spec = due->row->spec;

	if (due->row->next_ms == TY_STORE_NEVER_MS)
		return TY_OK;
	spec.zone = zones_get(pass->scheduler->zones, spec.timezone);
	return ty_schedule_parse(pass->arena, &spec, due->row->next_ms - 1, &due->schedule, err);
}

static void
due_decide(struct pass *pass, struct due *due)
{
	const struct ty_due_schedule *row = due->row;
	struct ty_schedule_state state = { .missed_max = (size_t)row->missed_max,
					   .is_last_over = row->is_last_over,
					   .next_ms = row->next_ms };
	struct ty_err err;

	ty_err_clear(&err);
	if (due_parse(pass, due, &err) != TY_OK) {
		struct ty_log log = ty_log_with(pass->scheduler->log, "schedule=%s workflow=%s",
						row->id.s, row->workflow_id.s);

		ty_log_err(&log, TY_LOG_ERROR, "a schedule cannot be read", &err);
		due->decision.next_ms = row->next_ms;
		due->decision.look_ms = row->now_ms + BROKEN_LOOK_MS;
		pending_read(pass->arena, row->pending, &due->decision.pending);
		return;
	}
	/* The words are those of the table's constraints. */
	(void)ty_schedule_missed_find(row->missed, &state.missed);
	(void)ty_schedule_overlap_find(row->overlap, &state.overlap);
	pending_read(pass->arena, row->pending, &state.pending);
	ty_schedule_decide(due->schedule, &state, row->now_ms, &due->decision);
}

/* ---- handing in ---- */

static const char *
tick_time(const struct due *due, struct ty_arena *arena, int64_t at_ms)
{
	char *text = ty_arena_alloc(arena, TY_SCHEDULE_TIME_SIZE);

	ty_schedule_format(due->schedule, at_ms, text);
	return text;
}

/* JSON of the run's first item. */
static const char *
tick_body(const struct due *due, struct ty_arena *arena, const char *at, int64_t previous_ms)
{
	json_t *body = ty_json_own(
		arena,
		json_pack("{s:s, s:s, s:s?}", "at", at, "timezone", due->row->spec.timezone,
			  "previous", previous_ms > 0 ? tick_time(due, arena, previous_ms) : NULL));

	return ty_json_dump(arena, body, NULL);
}

static void
tick_receipt(const struct due *due, struct ty_arena *arena, int64_t at_ms, int64_t previous_ms,
	     struct ty_receipt *receipt)
{
	const struct ty_due_schedule *row = due->row;
	const struct ty_store_claim claim = { .workspace_id = row->workspace_id,
					      .limits = row->limits,
					      .workflow_id = row->workflow_id,
					      .version_id = row->version_id,
					      .node_id = row->node_id,
					      .timeout_ms = row->timeout_ms,
					      .workflow_max = row->workflow_max };
	const char *at = tick_time(due, arena, at_ms);
	struct ty_id id = ty_id_new();

	ty_trigger_receipt(&id, &claim, receipt);
	receipt->mode = ty_run_mode_name(TY_RUN_MODE_SCHEDULE);
	receipt->body = tick_body(due, arena, at, previous_ms);
	receipt->body_len = strlen(receipt->body);
	receipt->delivery_key =
		ty_arena_printf(arena, "schedule %s %s %s", row->workflow_id.s, row->node_id, at);
}

static void
pass_hand_in(struct pass *pass)
{
	size_t n = 0;

	for (size_t i = 0; i < pass->count; i++)
		pass->receipt_count += pass->due[i].decision.tick_count;
	pass->receipts =
		ty_arena_alloc_array(pass->arena, pass->receipt_count + 1, sizeof(*pass->receipts));
	pass->answers =
		ty_arena_alloc_array(pass->arena, pass->receipt_count + 1, sizeof(*pass->answers));
	for (size_t i = 0; i < pass->count; i++) {
		struct due *due = &pass->due[i];
		int64_t previous_ms = due->row->last_ms;

		due->first = n;
		for (size_t k = 0; k < due->decision.tick_count; k++) {
			tick_receipt(due, pass->arena, due->decision.ticks[k], previous_ms,
				     &pass->receipts[n++]);
			previous_ms = due->decision.ticks[k];
		}
	}
	for (size_t i = 0, count; i < n; i += count) {
		count = scheduler_pace(pass->scheduler, n - i);
		ty_intake_submit_all(pass->scheduler->intake, pass->receipts + i, count,
				     pass->answers + i);
	}
}

/* ---- moving on ---- */

/* Are all ticks of it in a store? */
static bool
due_is_kept(const struct pass *pass, const struct due *due)
{
	for (size_t k = 0; k < due->decision.tick_count; k++)
		if (pass->answers[due->first + k].code != TY_OK)
			return false;
	return true;
}

static void
due_settle(const struct pass *pass, const struct due *due, struct ty_settled_schedule *settled)
{
	const struct ty_schedule_decision *d = &due->decision;

	*settled = (struct ty_settled_schedule){ .workspace_id = due->row->workspace_id,
						 .id = due->row->id,
						 .next_ms = d->next_ms,
						 .look_ms = d->look_ms,
						 .pending = pending_text(pass->arena, &d->pending),
						 .verdict = "",
						 .skipped = d->skipped,
						 .skipped_ms = d->skipped_ms };
	if (d->tick_count > 0) {
		const struct ty_admission *last =
			&pass->answers[due->first + d->tick_count - 1].admission;
		/* A duplicate's run is that of the scheduler that died. */
		bool is_run = last->verdict == TY_VERDICT_ADMITTED ||
			      last->verdict == TY_VERDICT_DUPLICATE;

		settled->last_ms = d->ticks[d->tick_count - 1];
		settled->verdict = is_run ? "accepted" : ty_verdict_name(last->verdict);
		if (is_run)
			settled->run_id = last->run_id;
	}
}

/* *ret_all: no tick is left that no store took. */
static enum ty_code
pass_settle(struct pass *pass, struct ty_tx *tx, bool *ret_all, struct ty_err *err)
{
	struct ty_settled_schedule *settled =
		ty_arena_alloc_array(pass->arena, pass->count, sizeof(*settled));
	size_t n = 0;

	for (size_t i = 0; i < pass->count; i++)
		if (due_is_kept(pass, &pass->due[i]))
			due_settle(pass, &pass->due[i], &settled[n++]);
	if (n > 0 && ty_store_schedules_settle(tx, settled, n, err) != TY_OK)
		return err->code;
	*ret_all = n == pass->count;
	return TY_OK;
}

static enum ty_code
pass_run(struct pass *pass, struct ty_tx *tx, bool *ret_all, struct ty_err *err)
{
	struct ty_due_schedule *rows;

	*ret_all = true;
	if (ty_store_schedules_due(tx, PASS_MAX, &rows, &pass->count, err) != TY_OK)
		return err->code;
	if (pass->count == 0)
		return TY_OK;
	pass->due = ty_arena_alloc_array(pass->arena, pass->count, sizeof(*pass->due));
	for (size_t i = 0; i < pass->count; i++) {
		pass->due[i].row = &rows[i];
		due_decide(pass, &pass->due[i]);
	}
	pass_hand_in(pass);
	return pass_settle(pass, tx, ret_all, err);
}

enum ty_code
scheduler_ticks(struct scheduler *scheduler, size_t *ret_count, struct ty_err *err)
{
	struct pass pass = { .scheduler = scheduler, .arena = scheduler->arena };
	struct ty_tx *tx;
	bool is_all;

	zones_rest(scheduler->zones);
	if (ty_tx_begin(scheduler->store, scheduler->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (pass_run(&pass, tx, &is_all, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	*ret_count = pass.count;
	if (pass.receipt_count > 0)
		ty_log_debug(scheduler->log, "ticks were handed in", "schedules=%zu ticks=%zu",
			     pass.count, pass.receipt_count);
	/* Commit the settled schedules; the rest is due still. */
	if (ty_tx_commit(tx, err) != TY_OK || is_all)
		return err->code;
	return ty_err_set(err, TY_E_UNAVAILABLE,
			  "ticks could not be kept: no store can be reached");
}
