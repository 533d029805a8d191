/*
 * calls.c -- runs that calls begin: to Postgres and into the queue, many at a time.
 *
 *   calls_begin -> list -> ASK: batch (one statement) -> refused: told
 *                   ^        |                       \-> begun -> PUSH (one admit) -> told
 *                   |        |                                     \- Redis is away: tyboo-reap pushes it -> told
 *                   +--------+ failed: Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, calls in the order they came; what comes meanwhile is the next batch.
 *   (2) A batch whose outcome is unknown is sent again, since runs may have begun: the same calls begin the same runs.
 *   (3) A call that Postgres takes in no way is told so alone.
 *   (4) A call that nobody waits for any more is not made.  Where it was under way, tyboo-reap or whoever has the
 *       caller now pushes what it has begun.
 */
#include "calls.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "intake/job.h"
#include "store/call.h"

#include <stdlib.h>
#include <uv.h>

/* Calls in one statement.  What a run has under way is fewer (TY_LIMIT_RUN_CALLS), so these are of several runs;
 * Redis serves nobody else while it takes a batch in, a few milliseconds for so many. */
#define BATCH_MAX 64
/* Items in one statement, unless one call has more. */
#define BATCH_BYTES (16 * 1024 * 1024)

struct entry {
	struct entry *next;
	ty_call_begun_fn fn; /* NULL: canceled, and 'ask' is gone */
	void *ctx;
	const struct ty_call_ask *ask;
};

struct batch {
	struct calls *calls;
	struct ty_arena *arena;
	struct entry *entries[BATCH_MAX];
	size_t count;
};

struct calls {
	struct calls_conf conf;
	uv_timer_t soon;
	struct entry *first, **last;
	struct batch *asking; /* batch whose statement is under way */
	size_t limit;	      /* of the next batch; less after one was refused */
	bool is_waiting;      /* for Postgres to recover */
	int internal_errors;
};

static void calls_send(uv_timer_t *timer);

static void
calls_send_soon(struct calls *calls)
{
	if (calls->first != NULL && calls->asking == NULL && !calls->is_waiting)
		uv_timer_start(&calls->soon, calls_send, 0, 0);
}

static struct entry *
calls_take(struct calls *calls)
{
	struct entry *entry = calls->first;

	calls->first = entry->next;
	if (calls->first == NULL)
		calls->last = &calls->first;
	entry->next = NULL;
	return entry;
}

static void
calls_put_back(struct calls *calls, struct batch *batch)
{
	for (size_t i = batch->count; i-- > 0;) {
		struct entry *entry = batch->entries[i];

		entry->next = calls->first;
		if (calls->first == NULL)
			calls->last = &entry->next;
		calls->first = entry;
	}
	batch->count = 0;
}

static void
batch_free(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		free(batch->entries[i]);
	ty_arena_free(batch->arena);
	free(batch);
}

/* Telling may cancel other calls of the batch: they stay in it, with no 'fn'. */
static void
entry_tell(struct entry *entry, const struct ty_id *run_id, const struct ty_err *err)
{
	ty_call_begun_fn fn = entry->fn;

	entry->fn = NULL;
	if (fn != NULL)
		fn(entry->ctx, run_id, err);
}

/* ---- PUSH ---- */

/* The runs of the batch, as far as somebody waits to be told of them. */
struct push {
	struct batch *batch;
	struct ty_job *jobs;
	struct entry **entries;
	size_t count;
};

static void
push_done(void *ctx, const struct ty_admission *admissions, size_t count, const struct ty_err *err)
{
	struct push *push = ctx;
	struct batch *batch = push->batch;
	const struct calls_conf conf = batch->calls->conf;

	(void)admissions;
	(void)count;
	/* Tell the runs as begun even where Redis did not take them, because their receipts are enough. */
	for (size_t i = 0; i < push->count; i++)
		entry_tell(push->entries[i], &push->jobs[i].run_id, NULL);
	batch_free(batch);
	if (err == NULL)
		conf.begun(conf.ctx);
}

static enum ty_code
push_add(struct push *push, struct entry *entry, const struct ty_call_answer *answer,
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

/* ---- ASK: the answer ---- */

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
batch_settle(struct batch *batch, const struct ty_call_answer *answers)
{
	struct push *push = ty_arena_new_of(batch->arena, struct push);

	push->batch = batch;
	push->jobs = ty_arena_alloc_array(batch->arena, batch->count, sizeof(*push->jobs));
	push->entries = ty_arena_alloc_array(batch->arena, batch->count, sizeof(struct entry *));
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = batch->entries[i];
		struct ty_err err = { .code = TY_OK };

		if (entry->fn == NULL)
			continue;
		if (answers[i].outcome > TY_CHILD_AGAIN)
			call_refused(answers[i].outcome, &err);
		if (err.code != TY_OK || push_add(push, entry, &answers[i], &err) != TY_OK)
			entry_tell(entry, NULL, &err);
	}
	if (push->count > 0)
		ty_queue_admit(batch->calls->conf.queue, push->jobs, push->count, push_done, push);
	else
		batch_free(batch);
}

static void
calls_failed(struct calls *calls, struct batch *batch, const struct ty_err *err)
{
	if (store_may_wait(err, &calls->internal_errors)) {
		calls->is_waiting = true;
		if (calls->internal_errors == 1)
			ty_log_err(calls->conf.log, TY_LOG_ERROR, "cannot call workflows for now",
				   err);
		calls_put_back(calls, batch);
	} else if (batch->count > 1) {
		calls->limit = batch->count / 2;
		calls_put_back(calls, batch);
	} else {
		entry_tell(batch->entries[0], NULL, err);
	}
	batch_free(batch);
}

static void
calls_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct batch *batch = ctx;
	struct calls *calls = batch->calls;
	struct ty_call_answer *answers;
	struct ty_err why = { .code = TY_OK };

	calls->asking = NULL;
	if (err == NULL &&
	    ty_store_calls_decode(batch->arena, rows, batch->count, &answers, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		calls_failed(calls, batch, err);
	} else {
		calls->internal_errors = 0;
		calls->limit = calls->limit * 2 < BATCH_MAX ? calls->limit * 2 : BATCH_MAX;
		batch_settle(batch, answers);
	}
	calls_send_soon(calls);
}

/* ---- ASK ---- */

static void
batch_fill(struct batch *batch)
{
	struct calls *calls = batch->calls;
	size_t bytes = 0;

	while (calls->first != NULL && batch->count < calls->limit) {
		struct entry *entry = calls->first;

		if (entry->fn == NULL) {
			free(calls_take(calls));
			continue;
		}
		bytes += entry->ask->body_len;
		if (batch->count > 0 && bytes > BATCH_BYTES)
			break;
		batch->entries[batch->count++] = calls_take(calls);
	}
}

static void
calls_send(uv_timer_t *timer)
{
	struct calls *calls = timer->data;
	const struct ty_call_ask *asks[BATCH_MAX];
	struct ty_store_query query;
	struct batch *batch;

	if (calls->asking != NULL || !ty_store_async_is_up(calls->conf.store))
		return;
	batch = calloc(1, sizeof(*batch));
	TY_ASSERT(batch != NULL);
	batch->calls = calls;
	batch->arena = ty_arena_new(NULL, "calls", 0);
	batch_fill(batch);
	if (batch->count == 0) {
		batch_free(batch);
		return;
	}
	for (size_t i = 0; i < batch->count; i++)
		asks[i] = batch->entries[i]->ask;
	calls->asking = batch;
	ty_store_calls_query(batch->arena, asks, batch->count, &query);
	ty_store_async_run(calls->conf.store, &query, calls_answered, batch);
}

/* ---- public ---- */

static void *
calls_begin(void *ctx, const struct ty_call_ask *ask, ty_call_begun_fn fn, void *fn_ctx)
{
	struct calls *calls = ctx;
	struct entry *entry = calloc(1, sizeof(*entry));

	TY_ASSERT(entry != NULL);
	entry->fn = fn;
	entry->ctx = fn_ctx;
	entry->ask = ask;
	*calls->last = entry;
	calls->last = &entry->next;
	calls_send_soon(calls);
	return entry;
}

/* The entry stays where it is, because list and batch look at 'fn'. */
static void
calls_cancel(void *handle)
{
	struct entry *entry = handle;

	entry->fn = NULL;
}

const struct ty_call_io calls_io = { .begin = calls_begin, .cancel = calls_cancel };

void
calls_resume(struct calls *calls)
{
	calls->is_waiting = false;
	calls_send_soon(calls);
}

struct calls *
calls_new(const struct calls_conf *conf)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	TY_ASSERT(calls != NULL);
	calls->conf = *conf;
	calls->last = &calls->first;
	calls->limit = BATCH_MAX;
	uv_timer_init(conf->loop, &calls->soon);
	calls->soon.data = calls;
	return calls;
}

static void
calls_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
calls_free(struct calls *calls)
{
	if (calls == NULL)
		return;
	while (calls->first != NULL)
		free(calls_take(calls));
	uv_close((uv_handle_t *)&calls->soon, calls_closed);
}
