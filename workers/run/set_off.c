/*
 * set_off.c -- see set_off.h.
 *
 * A batch is a statement that gives what is due, then one admit of all of it.  Several may be under way.
 */
#include "set_off.h"

#include "base/arena.h"
#include "base/err.h"
#include "intake/job.h"
#include "store/call.h"
#include "store/park.h"

#include <stdlib.h>
#include <uv.h>

/* Runs told in one turn of the loop; more go in the next. */
#define IDS_MAX 256

struct ids {
	struct ty_id list[IDS_MAX];
	size_t count;
};

struct set_off {
	struct set_off_conf conf;
	uv_timer_t soon;
	struct ids callers, errors;
	size_t under_way;
	bool is_closed; /* the handle: freed when nothing is under way any more */
};

struct batch {
	struct set_off *set_off;
	struct ty_arena *arena;
};

static void
set_off_end(struct set_off *set_off)
{
	if (set_off->is_closed && set_off->under_way == 0)
		free(set_off);
}

static void
batch_end(struct batch *batch)
{
	struct set_off *set_off = batch->set_off;

	set_off->under_way--;
	ty_arena_free(batch->arena);
	free(batch);
	set_off_end(set_off);
}

static void
batch_pushed(void *ctx, const struct ty_admission *admissions, size_t count,
	     const struct ty_err *err)
{
	(void)admissions;
	(void)count;
	(void)err;
	batch_end(ctx);
}

static void
batch_push(struct batch *batch, const struct ty_job *jobs, size_t count)
{
	if (count > 0 && ty_queue_is_up(batch->set_off->conf.queue))
		ty_queue_admit(batch->set_off->conf.queue, jobs, count, batch_pushed, batch);
	else
		batch_end(batch);
}

static void
batch_failed(struct batch *batch, const struct ty_err *err)
{
	ty_log_debug(batch->set_off->conf.log, "what runs set off is left to tyboo-reap", "code=%s",
		     ty_code_name(err->code));
	batch_end(batch);
}

static void
callers_due(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct batch *batch = ctx;
	struct ty_err why = { 0 };
	struct ty_due *due = NULL;
	struct ty_job *jobs;
	size_t count = 0;

	if (err == NULL && ty_store_due_decode(batch->arena, rows, &due, &count, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		batch_failed(batch, err);
		return;
	}
	jobs = ty_arena_alloc_array(batch->arena, count + 1, sizeof(*jobs));
	for (size_t i = 0; i < count; i++)
		ty_due_to_job(batch->arena, &due[i], &jobs[i]);
	batch_push(batch, jobs, count);
}

static void
errors_due(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct batch *batch = ctx;
	struct ty_delivery_row *receipts = NULL;
	struct ty_err why = { 0 };
	struct ty_job *jobs;
	size_t count = 0, made = 0;

	if (err == NULL &&
	    ty_store_receipts_decode(batch->arena, rows, &receipts, &count, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		batch_failed(batch, err);
		return;
	}
	jobs = ty_arena_alloc_array(batch->arena, count + 1, sizeof(*jobs));
	for (size_t i = 0; i < count; i++) {
		struct ty_job_text text;
		struct ty_receipt receipt;
		const char *notices;

		ty_receipt_from_row(&receipts[i], &receipt);
		if (ty_job_text(batch->arena, &receipt, &text, &notices, &why) != TY_OK)
			continue; /* tyboo-reap says so on the receipt */
		ty_receipt_to_job(&receipt, &text, &jobs[made]);
		jobs[made++].called = true;
	}
	batch_push(batch, jobs, made);
}

static void
set_off_send(struct set_off *set_off, struct ids *ids,
	     void (*query_of)(struct ty_arena *arena, const struct ty_id *list, size_t count,
			      struct ty_store_query *ret_query),
	     ty_store_async_fn fn)
{
	struct ty_store_query query;
	struct batch *batch;

	if (ids->count == 0)
		return;
	batch = calloc(1, sizeof(*batch));
	TY_ASSERT(batch != NULL);
	batch->set_off = set_off;
	batch->arena = ty_arena_new(NULL, "set_off", 0);
	set_off->under_way++;
	query_of(batch->arena, ids->list, ids->count, &query);
	ids->count = 0;
	ty_store_async_run(set_off->conf.store, &query, fn, batch);
}

static void
set_off_now(uv_timer_t *timer)
{
	struct set_off *set_off = timer->data;

	set_off_send(set_off, &set_off->callers, ty_store_due_callers_query, callers_due);
	set_off_send(set_off, &set_off->errors, ty_store_error_receipts_query, errors_due);
}

static void
ids_add(struct set_off *set_off, struct ids *ids, const struct ty_id *id)
{
	if (ids->count == IDS_MAX)
		return; /* tyboo-reap finds it */
	ids->list[ids->count++] = *id;
	uv_timer_start(&set_off->soon, set_off_now, 0, 0);
}

void
set_off_caller(struct set_off *set_off, const struct ty_id *run_id)
{
	ids_add(set_off, &set_off->callers, run_id);
}

void
set_off_error(struct set_off *set_off, const struct ty_id *run_id)
{
	ids_add(set_off, &set_off->errors, run_id);
}

struct set_off *
set_off_new(const struct set_off_conf *conf)
{
	struct set_off *set_off = calloc(1, sizeof(*set_off));

	TY_ASSERT(set_off != NULL);
	set_off->conf = *conf;
	uv_timer_init(conf->loop, &set_off->soon);
	set_off->soon.data = set_off;
	return set_off;
}

static void
set_off_closed(uv_handle_t *handle)
{
	struct set_off *set_off = handle->data;

	set_off->is_closed = true;
	set_off_end(set_off);
}

void
set_off_free(struct set_off *set_off)
{
	if (set_off != NULL)
		uv_close((uv_handle_t *)&set_off->soon, set_off_closed);
}
