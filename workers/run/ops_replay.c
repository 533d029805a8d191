/*
 * ops_replay.c -- the world of a run that is replayed: code is computed, nothing else is asked.
 *
 * The engine ends the run at every call that its journal does not answer, so none comes here.  What it would
 * journal is in the journal of the run that is replayed, or nobody's business.  Waits end at once: the clock goes
 * ahead where nothing is under way.
 */
#include "ops.h"

#include "base/err.h"
#include "base/time.h"
#include "engine/journal_entry.h"

static int64_t
replay_now_ms(void *ctx)
{
	const struct ops_run *ops_run = ctx;

	return ty_time_now_ms() + ops_run->ahead_ms;
}

static void
replay_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *request,
	    int64_t timeout_ms)
{
	ops_engine.eval(ctx, run, token, request, timeout_ms);
}

static void
replay_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct ty_err err = { 0 };

	ty_err_set(&err, TY_E_NO_ANSWER, "A replay calls nobody, and was to call %s",
		   call->service);
	ty_run_call_done(run, token, NULL, &err);
}

static void
replay_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	ty_run_journal_done(run, token, NULL);
}

static void
replay_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	struct ops_run *ops_run = ctx;
	int64_t now_ms = replay_now_ms(ctx);

	if (at_ms != 0 && ops_run->requests == NULL && at_ms > now_ms)
		ops_run->ahead_ms += at_ms - now_ms;
	clock_set(ops_run->ops->clock, &ops_run->wake, at_ms != 0 ? at_ms - ops_run->ahead_ms : 0);
}

static void
replay_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
	ops_engine.abandon(ctx, run, token);
}

static bool
replay_resume_link(void *ctx, const struct ty_run *run, struct ty_arena *arena, const char *frame,
		   const char *node, struct ty_resume_link *ret_link)
{
	return ops_engine.resume_link(ctx, run, arena, frame, node, ret_link);
}

static void
replay_steps_ready(void *ctx, struct ty_run *run)
{
	ops_engine.steps_ready(ctx, run);
}

static void
replay_finished(void *ctx, struct ty_run *run)
{
	ops_engine.finished(ctx, run);
}

const struct ty_engine_ops ops_replay = {
	.now_ms = replay_now_ms,
	.eval = replay_eval,
	.call = replay_call,
	.journal = replay_journal,
	.wake_at = replay_wake_at,
	.abandon = replay_abandon,
	.expire = replay_abandon,
	.resume_link = replay_resume_link,
	.steps_ready = replay_steps_ready,
	.finished = replay_finished,
};
