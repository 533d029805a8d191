/*
 * pause.c -- see pause.h.
 */
#include "pause.h"

#include "workflow.h"

#include "intake/queued.h"
#include "queue/pause.h"
#include "store/pause.h"

struct place {
	struct ty_id workspace_id, workflow_id; /* the latter unset: all of the workspace */
};

static const struct ty_id *
workflow_of(const struct place *place)
{
	return ty_id_is_set(&place->workflow_id) ? &place->workflow_id : NULL;
}

static enum ty_code
begin(struct ctl *ctl, struct ty_tx **ret_tx, struct place *ret_place, struct ty_err *err)
{
	*ret_place = (struct place){ { { 0 } }, { { 0 } } };
	if (ctl_begin_workspace(ctl, ret_tx, &ret_place->workspace_id, err) != TY_OK)
		return err->code;
	if (ctl_arg(ctl, 0) == NULL ||
	    ctl_workflow_find(*ret_tx, ctl_arg(ctl, 0), &ret_place->workflow_id, err) == TY_OK)
		return TY_OK;
	ty_tx_rollback(*ret_tx);
	return err->code;
}

static enum ty_code
describe(struct ctl *ctl, struct ty_tx *tx, const struct place *place, json_t **ret_answer,
	 struct ty_err *err)
{
	int64_t queued;
	const char *at;

	if (ty_store_paused_at(tx, workflow_of(place), &at, err) != TY_OK ||
	    ty_store_queued_count(tx, workflow_of(place), &queued, err) != TY_OK)
		return err->code;
	*ret_answer = ty_json_own(ctl->arena, json_pack("{s:s?, s:I}", "paused_at", at, "queued",
							(json_int_t)queued));
	return TY_OK;
}

static enum ty_code
change(struct ctl *ctl, struct ty_tx *tx, const struct place *place, bool paused,
       json_t **ret_answer, struct ty_err *err)
{
	if ((paused ? ty_store_pause(tx, &place->workspace_id, workflow_of(place), NULL, err)
		    : ty_store_unpause(tx, &place->workspace_id, workflow_of(place), err)) != TY_OK)
		return err->code;
	return describe(ctl, tx, place, ret_answer, err);
}

/* Postgres first (queue/pause.h).  Without Redis it counts once tyboo-reap has told it. */
static enum ty_code
set(struct ctl *ctl, bool paused, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	struct ty_queue_pause pause;
	struct place place;
	struct ty_tx *tx;
	json_t *answer = NULL;

	if (begin(ctl, &tx, &place, err) != TY_OK ||
	    ctl_end(tx, change(ctl, tx, &place, paused, &answer, err), err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK)
		return err->code;
	pause = (struct ty_queue_pause){ place.workspace_id, place.workflow_id };
	if ((paused ? ty_queue_sync_pause(queue, &pause, err)
		    : ty_queue_sync_unpause(queue, &pause, err)) != TY_OK)
		return ty_err_hint(err, "It is noted; tyboo-reap tells Redis when it is back.");
	ctl_print_object(ctl, answer);
	return TY_OK;
}

enum ty_code
ctl_workflow_pause(struct ctl *ctl, struct ty_err *err)
{
	return set(ctl, true, err);
}

enum ty_code
ctl_workflow_unpause(struct ctl *ctl, struct ty_err *err)
{
	return set(ctl, false, err);
}

enum ty_code
ctl_workspace_pause(struct ctl *ctl, struct ty_err *err)
{
	return set(ctl, true, err);
}

enum ty_code
ctl_workspace_unpause(struct ctl *ctl, struct ty_err *err)
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
	struct place place;
	struct ty_tx *tx;

	if (ctl_queue(ctl, &queue, err) != TY_OK || begin(ctl, &tx, &place, err) != TY_OK ||
	    ctl_end(tx, cancel_all(tx, queue, &place.workflow_id, &walk, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:I}", "canceled",
								(json_int_t)walk.canceled)));
	return TY_OK;
}
