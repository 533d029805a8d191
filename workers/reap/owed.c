/*
 * owed.c -- receipts that Redis kept while Postgres was away: written there, then dropped.
 *
 * Nearly always the delivery is new to Postgres, or is there already by a commit whose answer
 * was lost, and nothing else is to be done: its job was admitted with it.
 *
 * A duplicate.  Postgres knows another delivery with its key.  If no job was made of the owed
 * one, it is just a duplicate.  If one was, Redis did not know of the other:
 *   the other has no job and no run    the owed one's run is the run of both (redirect)
 *   the other has                      the owed one's job is taken out, unless it has begun
 */
#include "reap.h"

#include "base/arena.h"
#include "base/str.h"
#include "intake/job.h"
#include "store/delivery.h"

#include <string.h>

#define OWED_MAX 200

struct owed {
	char *id; /* in the stream */
	struct ty_receipt *receipt;
	struct ty_delivery_answer answer;
	bool is_written;
};

/* Receipts that can be read; the others stay in the stream. */
static size_t
owed_parse(struct reap *reap, char **texts, char **ids, size_t count, struct owed *owed)
{
	struct ty_err err;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		owed[n] = (struct owed){ .id = ids[i] };
		if (ty_receipt_parse(reap->arena, texts[i], strlen(texts[i]), &owed[n].receipt,
				     &err) == TY_OK)
			n++;
	}
	return n;
}

static enum ty_code
owed_write(struct reap *reap, struct owed *owed, size_t count, struct ty_err *err)
{
	struct ty_delivery_row *rows = ty_arena_alloc_array(reap->arena, count, sizeof(*rows));
	struct ty_delivery_answer *answers =
		ty_arena_alloc_array(reap->arena, count, sizeof(*answers));
	struct ty_store_query query;
	struct ty_rows result;

	for (size_t i = 0; i < count; i++)
		ty_receipt_to_row(owed[i].receipt, &rows[i]);
	ty_store_accept_query(reap->arena, rows, count, &query);
	if (reap_query(reap, &query, &result, err) != TY_OK ||
	    ty_store_accept_decode(&result, count, answers, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		owed[i].answer = answers[i];
		owed[i].is_written = true;
	}
	return TY_OK;
}

/* All together; where Postgres refuses that, one by one, so that one row's fault is no other's. */
static enum ty_code
owed_write_all(struct reap *reap, struct owed *owed, size_t count, struct ty_err *err)
{
	if (count == 0 || owed_write(reap, owed, count, err) == TY_OK)
		return TY_OK;
	for (size_t i = 0; i < count; i++)
		if (owed_write(reap, &owed[i], 1, err) == TY_E_UNAVAILABLE)
			return err->code;
	return TY_OK;
}

static enum ty_code
owed_duplicate(struct reap *reap, const struct owed *owed, struct ty_err *err)
{
	const struct ty_id *mine = &owed->receipt->id, *other = &owed->answer.run_id;
	const struct ty_id ids[] = { *mine, *other };
	enum ty_known known[2];
	struct ty_store_query query;
	struct ty_rows rows;
	bool found;

	if (ty_queue_sync_known(reap->queue, ids, 2, known, err) != TY_OK)
		return err->code;
	if (known[0] == TY_KNOWN_NOTHING)
		return TY_OK;
	if (known[1] == TY_KNOWN_NOTHING) {
		ty_store_redirect_query(reap->arena, other, mine, 1, &query);
		if (reap_query(reap, &query, &rows, err) != TY_OK)
			return err->code;
		if (ty_rows_int(&rows, 0, 0) == 1)
			return TY_OK;
	}
	if (known[0] == TY_KNOWN_QUEUED &&
	    ty_queue_sync_cancel(reap->queue, mine, &found, err) != TY_OK)
		return err->code;
	ty_log_warn(reap->log, "an owed receipt is a duplicate",
		    "workspace=%s run=%s of=%s begun=%s", owed->receipt->workspace_id.s, mine->s,
		    other->s, known[0] == TY_KNOWN_QUEUED ? "no" : "yes");
	return TY_OK;
}

/* Drop those that are written and settled. */
static enum ty_code
owed_drop(struct reap *reap, const struct owed *owed, size_t count, size_t *ret_dropped,
	  struct ty_err *err)
{
	char **ids = ty_arena_alloc_array(reap->arena, count + 1, sizeof(*ids));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!owed[i].is_written)
			continue;
		if (owed[i].answer.duplicate && owed_duplicate(reap, &owed[i], err) != TY_OK)
			return err->code;
		ids[n++] = owed[i].id;
	}
	*ret_dropped = n;
	return n > 0 ? ty_queue_sync_owed_drop(reap->queue, ids, n, err) : TY_OK;
}

static enum ty_code
owed_page(struct reap *reap, size_t max, size_t *ret_count, size_t *ret_dropped, struct ty_err *err)
{
	char **texts, **ids;
	struct owed *owed;
	size_t n;

	if (ty_queue_sync_owed(reap->queue, reap->arena, max, &texts, &ids, ret_count, err) !=
	    TY_OK)
		return err->code;
	owed = ty_arena_alloc_array(reap->arena, *ret_count + 1, sizeof(*owed));
	n = owed_parse(reap, texts, ids, *ret_count, owed);
	if (owed_write_all(reap, owed, n, err) != TY_OK)
		return err->code;
	return owed_drop(reap, owed, n, ret_dropped, err);
}

enum ty_code
reap_owed(struct reap *reap, struct ty_err *err)
{
	size_t count = 0, dropped = 0, all = 0, refused = reap->refused_owed;

	reap->owes_nothing = false;
	do {
		/* Look beyond refused receipts, because they stay at the head. */
		if (owed_page(reap, OWED_MAX + refused, &count, &dropped, err) != TY_OK)
			return err->code;
		refused = count - dropped;
		all += dropped;
		ty_arena_clear(reap->arena);
	} while (dropped > 0 && !reap_should_stop(reap));
	if (all > 0)
		ty_log_info(reap->log, "owed receipts were written", "count=%zu", all);
	if (refused > reap->refused_owed)
		ty_log_error(reap->log, "Postgres does not take some owed receipts", "count=%zu",
			     refused);
	reap->refused_owed = refused;
	reap->owes_nothing = dropped == 0;
	return TY_OK;
}
