/*
 * receipts.c -- accepted receipts that have neither a finished run nor a job: Redis was away
 * when they came, or has lost them.
 *
 * The job is made again from the receipt, by the function that made it first, and carries
 * "again": its worker claims the run before it does anything.  So a receipt that is pushed
 * while somebody runs it after all costs a claim and no effect.
 */
#include "reap.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "intake/job.h"
#include "store/delivery.h"

#define RECEIPTS_MAX 200
/* In a hurry: what is younger is still in its committer's hands. */
#define HURRY_GRACE_MS 500
/* Bytes of one admit call: a blocking call has two seconds. */
#define ADMIT_BYTES_MAX ((size_t)1024 * 1024)

struct batch {
	struct ty_job *jobs;
	size_t count, bytes;
};

static enum ty_code
batch_admit(struct reap *reap, struct batch *batch, struct ty_err *err)
{
	struct ty_admission *admissions =
		ty_arena_alloc_array(reap->arena, batch->count + 1, sizeof(*admissions));
	size_t count = batch->count;

	batch->count = batch->bytes = 0;
	return count == 0 ? TY_OK
			  : ty_queue_sync_admit(reap->queue, batch->jobs, count, admissions, err);
}

/* Refuse a receipt of which no job can be made, so that it does not come again. */
static enum ty_code
receipt_malformed(struct reap *reap, const struct ty_receipt *receipt, const struct ty_err *why,
		  struct ty_err *err)
{
	const struct ty_delivery_refusal refusal = { .id = receipt->id,
						     .verdict = "malformed",
						     .reason = why->msg };
	struct ty_store_query query;
	struct ty_rows rows;

	ty_log_err(reap->log, TY_LOG_ERROR, "no job can be made of an accepted receipt", why);
	ty_store_refuse_query(reap->arena, &refusal, 1, &query);
	return reap_query(reap, &query, &rows, err);
}

static enum ty_code
receipt_push(struct reap *reap, const struct ty_delivery_row *row, struct batch *batch,
	     struct ty_err *err)
{
	struct ty_job *job = &batch->jobs[batch->count];
	struct ty_receipt receipt;
	struct ty_err why;
	struct ty_job_text text;
	const char *notices;

	ty_receipt_from_row(row, &receipt);
	if (ty_job_text(reap->arena, &receipt, &text, &notices, &why) != TY_OK)
		return receipt_malformed(reap, &receipt, &why, err);
	ty_receipt_to_job(&receipt, &text, job);
	job->again = true;
	batch->count++;
	batch->bytes += text.len + text.body_len;
	return batch->bytes < ADMIT_BYTES_MAX ? TY_OK : batch_admit(reap, batch, err);
}

static enum ty_code
receipts_push(struct reap *reap, const struct ty_delivery_row *rows, size_t count,
	      size_t *ret_pushed, struct ty_err *err)
{
	struct ty_id *ids = ty_arena_alloc_array(reap->arena, count, sizeof(*ids));
	enum ty_known *known = ty_arena_alloc_array(reap->arena, count, sizeof(*known));
	struct batch batch = { .jobs = ty_arena_alloc_array(reap->arena, count,
							    sizeof(struct ty_job)) };

	for (size_t i = 0; i < count; i++)
		ids[i] = rows[i].id;
	if (ty_queue_sync_known(reap->queue, ids, count, known, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (known[i] != TY_KNOWN_NOTHING)
			continue;
		if (receipt_push(reap, &rows[i], &batch, err) != TY_OK)
			return err->code;
		++*ret_pushed;
	}
	return batch_admit(reap, &batch, err);
}

/* Push one page; *ret_count 0 at the end. */
static enum ty_code
receipts_page(struct reap *reap, int64_t grace_ms, struct ty_id *after, size_t *ret_count,
	      size_t *ret_pushed, struct ty_err *err)
{
	struct ty_delivery_row *rows;
	struct ty_store_query query;
	struct ty_rows result;

	ty_store_receipts_query(reap->arena, grace_ms, after, RECEIPTS_MAX, &query);
	if (reap_query(reap, &query, &result, err) != TY_OK)
		return err->code;
	if (ty_store_receipts_decode(reap->arena, &result, &rows, ret_count, err) != TY_OK)
		return err->code;
	if (*ret_count == 0)
		return TY_OK;
	*after = rows[*ret_count - 1].id;
	return receipts_push(reap, rows, *ret_count, ret_pushed, err);
}

enum ty_code
reap_receipts(struct reap *reap, struct ty_err *err)
{
	int64_t grace_ms = reap->conf->receipt_grace_ms;
	struct ty_id after = { "" };
	size_t count = 0, pushed = 0;
	enum ty_code code = TY_OK;

	if (!reap->owes_nothing)
		return TY_OK; /* in a moment: invariant (2) */
	if (reap_is_hurrying(reap) && grace_ms > HURRY_GRACE_MS)
		grace_ms = HURRY_GRACE_MS;
	do {
		code = receipts_page(reap, grace_ms, &after, &count, &pushed, err);
		ty_arena_clear(reap->arena);
	} while (code == TY_OK && count > 0 && !reap_should_stop(reap));
	if (pushed > 0)
		ty_log_info(reap->log, "receipts without a job were pushed again", "count=%zu",
			    pushed);
	return code;
}
