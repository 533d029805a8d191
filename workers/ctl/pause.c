/*
 * pause.c -- see pause.h.
 */
#include "pause.h"

#include "workflow.h"

#include "intake/pause.h"
#include "intake/queued.h"

static enum ty_code
begin(struct ctl *ctl, struct ty_tx **ret_tx, struct ty_queue_pause *ret_place, struct ty_err *err)
{
	*ret_place = (struct ty_queue_pause){ { { 0 } }, { { 0 } } };
	if (ctl_begin_workspace(ctl, ret_tx, &ret_place->workspace_id, err) != TY_OK)
		return err->code;
	if (ctl_arg(ctl, 0) == NULL ||
	    ctl_workflow_find(*ret_tx, ctl_arg(ctl, 0), &ret_place->workflow_id, err) == TY_OK)
		return TY_OK;
	ty_tx_rollback(*ret_tx);
	return err->code;
}

static enum ty_code
change(struct ty_tx *tx, const struct ty_queue_pause *scope, bool paused, json_t **ret_answer,
       struct ty_err *err)
{
	if (ty_pause_set(tx, scope, paused, NULL, err) != TY_OK)
		return err->code;
	return ty_pause_json(tx, scope, ret_answer, err);
}

static enum ty_code
set(struct ctl *ctl, bool paused, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	struct ty_queue_pause scope;
	json_t *answer = NULL;
	struct ty_tx *tx;

	if (begin(ctl, &tx, &scope, err) != TY_OK ||
	    ctl_end(tx, change(tx, &scope, paused, &answer, err), err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK)
		return err->code;
	if (ty_pause_mark(queue, &scope, paused, err) != TY_OK)
		return ty_err_hint(err, "It is noted; tyboo-reap tells Redis when it is back.");
	ctl_print_object(ctl, answer);
	return TY_OK;
}

enum ty_code
ctl_pause(struct ctl *ctl, struct ty_err *err)
{
	return set(ctl, true, err);
}

enum ty_code
ctl_unpause(struct ctl *ctl, struct ty_err *err)
{
	return set(ctl, false, err);
}

static enum ty_code
cancel_all(struct ty_tx *tx, struct ty_queue_sync *queue, const struct ty_id *workflow_id,
	   struct ty_queued_walk *walk, struct ty_err *err)
{
	while (!walk->is_over)
		if (ty_queued_cancel_some(tx, queue, workflow_id, walk, err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
ctl_workflow_cancel_queued(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queued_walk walk = { .is_over = false };
	struct ty_queue_sync *queue;
	struct ty_queue_pause scope;
	struct ty_tx *tx;

	if (ctl_queue(ctl, &queue, err) != TY_OK || begin(ctl, &tx, &scope, err) != TY_OK ||
	    ctl_end(tx, cancel_all(tx, queue, &scope.workflow_id, &walk, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:I}", "canceled",
								(json_int_t)walk.canceled)));
	return TY_OK;
}
