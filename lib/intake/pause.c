/*
 * pause.c -- see pause.h.
 */
#include "intake/pause.h"

#include "store/pause.h"

enum ty_code
ty_pause_set(struct ty_tx *tx, const struct ty_queue_pause *scope, bool paused,
	     const struct ty_id *by, struct ty_err *err)
{
	return paused ? ty_store_pause(tx, &scope->workspace_id, &scope->workflow_id, by, err)
		      : ty_store_unpause(tx, &scope->workspace_id, &scope->workflow_id, err);
}

enum ty_code
ty_pause_json(struct ty_tx *tx, const struct ty_queue_pause *scope, json_t **ret_json,
	      struct ty_err *err)
{
	int64_t queued;
	const char *at;

	if (ty_store_paused_at(tx, &scope->workflow_id, &at, err) != TY_OK ||
	    ty_store_queued_count(tx, &scope->workflow_id, &queued, err) != TY_OK)
		return err->code;
	*ret_json = ty_json_own(ty_tx_arena(tx), json_pack("{s:s?, s:I}", "paused_at", at, "queued",
							   (json_int_t)queued));
	return TY_OK;
}

enum ty_code
ty_pause_mark(struct ty_queue_sync *queue, const struct ty_queue_pause *scope, bool paused,
	      struct ty_err *err)
{
	return paused ? ty_queue_sync_pause(queue, scope, err)
		      : ty_queue_sync_unpause(queue, scope, err);
}
