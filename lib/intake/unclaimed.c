/*
 * unclaimed.c -- what nobody claims is kept, but not without end.
 *
 * Anybody can send such deliveries, so they must cost no more than the trace they leave.  The oldest
 * give way: a flood hides what came before it, which is lost with it anyway, and what comes after it
 * is seen at once.  No receipt is counted in the database when it comes; the committer remembers whose
 * it has written and asks for a cut now and then (base/limits.h says how much may lie over meanwhile).
 * A cut that fails is made up for by the next one, or by tyboo-reap.
 *
 * All of this is the committer's thread's.
 */
#include "internal.h"

#include "store/delivery.h"

static void
unclaimed_on_cut(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_intake *intake = ctx;

	intake_answered(intake);
	if (err != NULL)
		ty_log_err(&intake->log, TY_LOG_WARN, "unclaimed deliveries were not cut down",
			   err);
}

static void
unclaimed_cut(struct ty_intake *intake)
{
	struct unclaimed *u = &intake->unclaimed;
	struct ty_store_query query;

	ty_store_trim_unclaimed_query(intake->arena, u->workspaces, u->count, &query);
	u->count = u->bytes = 0;
	/* Away: what cannot be cut cannot grow. */
	(void)intake_query(intake, &query, unclaimed_on_cut, intake);
}

void
unclaimed_written(struct ty_intake *intake, const struct ty_receipt *receipt)
{
	struct unclaimed *u = &intake->unclaimed;

	u->workspaces[u->count++] = receipt->workspace_id;
	u->bytes += receipt->body_len;
	if (u->count == TY_ARRAY_COUNT(u->workspaces) || u->bytes >= TY_LIMIT_BODY_BYTES)
		unclaimed_cut(intake);
}
