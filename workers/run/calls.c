/*
 * calls.c -- runs that calls begin: to Postgres and into the queue, many at a time (asks.h).
 *
 *   calls_begin -> ASK: batch (one statement) -> refused: told
 *                                            \-> begun -> PUSH (one admit) -> told
 *                                                           \- Redis is away: tyboo-reap pushes it -> told
 *
 * Invariants beside those of asks.c: a batch that is sent again begins the same runs; where a call was under way
 * and nobody waits for it any more, tyboo-reap or whoever has the caller now pushes what it has begun.
 */
#include "calls.h"

#include "asks.h"

#include "base/limits.h"
#include "intake/job.h"
#include "store/call.h"

#include <stdlib.h>

/* Calls in one statement.  What a run has under way is fewer (TY_LIMIT_RUN_CALLS), so these are of several runs;
 * Redis serves nobody else while it takes a batch in, a few milliseconds for so many. */
#define BATCH_MAX 64
/* Items in one statement, unless one call has more. */
#define BATCH_BYTES ((size_t)16 * 1024 * 1024)

struct calls {
	struct calls_conf conf;
	struct asks *asks;
};

/* ---- PUSH ---- */

/* The runs of the batch, as far as somebody waits to be told of them. */
struct push {
	const struct calls_conf *conf;
	struct asks_batch *batch;
	struct ty_job *jobs;
	struct asks_entry **entries;
	size_t count;
};

static void
push_done(void *ctx, const struct ty_admission *admissions, size_t count, const struct ty_err *err)
{
	struct push *push = ctx;
	const struct calls_conf conf = *push->conf;

	(void)admissions;
	(void)count;
	/* Tell the runs as begun even where Redis did not take them, because their receipts are enough. */
	for (size_t i = 0; i < push->count; i++)
		asks_tell(push->batch, push->entries[i], &push->jobs[i].run_id, NULL);
	asks_batch_free(push->batch);
	if (err == NULL)
		conf.begun(conf.ctx);
}

static enum ty_code
push_add(struct push *push, struct asks_entry *entry, const struct ty_call_answer *answer,
	 struct ty_err *err)
{
	struct ty_arena *arena = push->batch->arena;
	struct ty_job *job = &push->jobs[push->count];
	struct ty_receipt *receipt;
	struct ty_job_text text;
	const char *notices;

	if (answer->receipt == NULL)
		return ty_err_set(err, TY_E_INTERNAL, "The receipt of the called run is gone");
	receipt = ty_arena_new_of(arena, struct ty_receipt);
	ty_receipt_from_row(answer->receipt, receipt);
	if (ty_job_text(arena, receipt, &text, &notices, err) != TY_OK)
		return err->code;
	ty_receipt_to_job(receipt, &text, job);
	/* A run that an earlier attempt began may have been taken already, so that its worker has to
	 * claim it first. */
	job->again = answer->outcome == TY_CHILD_AGAIN;
	job->called = !job->again;
	push->entries[push->count++] = entry;
	return TY_OK;
}

/* ---- ASK ---- */

static void
call_refused(enum ty_child_outcome outcome, struct ty_err *err)
{
	static const struct {
		enum ty_code code;
		const char *text, *hint;
	} texts[TY_CHILD__COUNT] = {
		[TY_CHILD_FENCED] = { TY_E_CANCELED, "The run is another worker's",
				      "Look at it again." },
		[TY_CHILD_MISSING] = { TY_E_NOT_FOUND,
				       "There is no such workflow in this workspace",
				       "Choose another in the node." },
		[TY_CHILD_UNPUBLISHED] = { TY_E_UNPUBLISHED, "The called workflow is not published",
					   "Publish it." },
		[TY_CHILD_NO_TRIGGER] = { TY_E_CONFLICT,
					  "The called workflow has no trigger for calls",
					  "Add a core.called to it, and publish it." },
		[TY_CHILD_DEPTH] = { TY_E_LIMIT, "Workflows call each other deeper than the limit",
				     "A workflow that calls itself needs a condition that ends "
				     "it." },
	};

	ty_err_set(err, texts[outcome].code, "%s", texts[outcome].text);
	if (outcome == TY_CHILD_DEPTH)
		ty_err_set(err, TY_E_LIMIT, "%s: %d calls", texts[outcome].text,
			   TY_LIMIT_CALL_DEPTH);
	(void)ty_err_hint(err, "%s", texts[outcome].hint);
}

/* Put runs that have begun into the queue, and tell the others.  The batch goes with the last of it. */
static void
calls_settle(const struct calls *calls, struct asks_batch *batch,
	     const struct ty_call_answer *answers)
{
	struct push *push = ty_arena_new_of(batch->arena, struct push);

	push->conf = &calls->conf;
	push->batch = batch;
	push->jobs = ty_arena_alloc_array(batch->arena, batch->count, sizeof(*push->jobs));
	push->entries = ty_arena_alloc_array(batch->arena, batch->count, sizeof(*push->entries));
	for (size_t i = 0; i < batch->count; i++) {
		struct asks_entry *entry = batch->entries[i];
		struct ty_err err = { .code = TY_OK };

		if (asks_entry_is_canceled(entry))
			continue;
		if (answers[i].outcome > TY_CHILD_AGAIN)
			call_refused(answers[i].outcome, &err);
		if (err.code != TY_OK || push_add(push, entry, &answers[i], &err) != TY_OK)
			asks_tell(batch, entry, NULL, &err);
	}
	if (push->count > 0)
		ty_queue_admit(calls->conf.queue, push->jobs, push->count, push_done, push);
	else
		asks_batch_free(batch);
}

static enum ty_code
calls_answer(void *ctx, struct asks_batch *batch, const struct ty_rows *rows, struct ty_err *err)
{
	struct ty_call_answer *answers;

	if (ty_store_calls_decode(batch->arena, rows, batch->count, &answers, err) != TY_OK)
		return err->code;
	calls_settle(ctx, batch, answers);
	return TY_OK;
}

static size_t
call_bytes(const void *ptr)
{
	const struct ty_call_ask *ask = ptr;

	return ask->body_len;
}

static void
calls_query(struct asks_batch *batch, struct ty_store_query *ret_query)
{
	const struct ty_call_ask *asks[BATCH_MAX];

	for (size_t i = 0; i < batch->count; i++)
		asks[i] = asks_entry_ask(batch->entries[i]);
	ty_store_calls_query(batch->arena, asks, batch->count, ret_query);
}

static void
call_tell(asks_fn fn, void *fn_ctx, const void *run_id, const struct ty_err *err)
{
	((ty_call_begun_fn)fn)(fn_ctx, run_id, err);
}

static const struct asks_kind calls_kind = {
	.name = "calls",
	.failing = "cannot call workflows for now",
	.count_max = BATCH_MAX,
	.bytes_max = BATCH_BYTES,
	.bytes = call_bytes,
	.query = calls_query,
	.answer = calls_answer,
	.tell = call_tell,
};

/* ---- public ---- */

static void *
calls_begin(void *ctx, const struct ty_call_ask *ask, ty_call_begun_fn fn, void *fn_ctx)
{
	struct calls *calls = ctx;

	return asks_begin(calls->asks, ask, (asks_fn)fn, fn_ctx);
}

const struct ty_call_io calls_io = { .begin = calls_begin, .cancel = asks_cancel };

void
calls_resume(struct calls *calls)
{
	asks_resume(calls->asks);
}

struct calls *
calls_new(const struct calls_conf *conf)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	TY_ASSERT(calls != NULL);
	calls->conf = *conf;
	calls->asks = asks_new(&calls_kind, calls, conf->loop, conf->store, conf->log);
	return calls;
}

void
calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	asks_free(calls->asks);
	free(calls);
}
