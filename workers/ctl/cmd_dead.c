/*
 * cmd_dead.c -- dead letters: jobs that killed their workers too often, or that a worker buried.
 *
 * A dead letter's run is over: retry runs its delivery again as a new run (intake/trigger.h),
 * with what is published now and without the effects that ended well, and then drops the letter.  In this order, so that a failure
 * in between leaves a letter too much rather than one too few.
 */
#include "workflow.h"

#include "base/arena.h"
#include "base/time.h"
#include "intake/rerun.h"
#include "json/json.h"

#define DEAD_DEFAULT 100
#define DEAD_MAX     10000 /* a lane with more has one cause: look at the first */

static json_t *
dead_json(const struct ty_dead *dead)
{
	char at[TY_TIME_TEXT_SIZE];

	ty_time_format(dead->buried_at_ms, at);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "execution_id", dead->run_id.s,
			 "workspace_id", dead->workspace_id.s, "workflow_id", dead->workflow_id.s,
			 "reason", dead->reason, "deliveries", (json_int_t)dead->deliveries,
			 "buried_at", at);
}

static enum ty_code
dead_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "execution_id", "RUN" },	{ "reason", "REASON" },
		{ "deliveries", "DELIVERIES" }, { "buried_at", "BURIED AT" },
		{ "workflow_id", "WORKFLOW" },	{ .member = NULL },
	};
	json_t *items = ty_json_own(ctl->arena, json_array());
	struct ty_queue_sync *queue;
	struct ty_dead *dead;
	int64_t limit;
	size_t count;

	if (ctl_option_int(ctl, "limit", DEAD_DEFAULT, 1, DEAD_MAX, &limit, err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK ||
	    ty_queue_sync_dead(queue, ctl->arena, (size_t)limit, &dead, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(items, dead_json(&dead[i]));
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

static enum ty_code
find(struct ctl *ctl, const struct ty_dead **ret_dead, struct ty_queue_sync **ret_queue,
     struct ty_err *err)
{
	struct ty_dead *dead;
	struct ty_id id;
	size_t count;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_queue(ctl, ret_queue, err) != TY_OK ||
	    ty_queue_sync_dead(*ret_queue, ctl->arena, DEAD_MAX, &dead, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (ty_id_eq(&dead[i].run_id, &id)) {
			*ret_dead = &dead[i];
			return TY_OK;
		}
	}
	ty_err_set(err, TY_E_NOT_FOUND, "there is no dead letter %s", id.s);
	return ty_err_hint(err, "'tybooctl dead list' lists them.");
}

static enum ty_code
dead_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	const struct ty_dead *dead;
	json_t *object, *payload;

	if (find(ctl, &dead, &queue, err) != TY_OK)
		return err->code;
	object = ty_json_own(ctl->arena, dead_json(dead));
	/* Show the bytes' number where nobody can read the payload.  Read it as workers do, because a
	 * body of the deepest is wrapped deeper still. */
	payload = ty_json_load_stored(dead->payload, dead->payload_len);
	if (payload != NULL)
		json_object_set_new(object, "payload", payload);
	else
		json_object_set_new(object, "payload_bytes",
				    json_integer((json_int_t)dead->payload_len));
	ctl_print_object(ctl, object);
	return TY_OK;
}

static enum ty_code
drop(struct ty_queue_sync *queue, const struct ty_id *id, struct ty_err *err)
{
	bool found;

	if (ty_queue_sync_dead_drop(queue, id, &found, err) != TY_OK)
		return err->code;
	return found ? TY_OK : ty_err_set(err, TY_E_NOT_FOUND, "there is no dead letter %s", id->s);
}

static enum ty_code
dead_retry(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	const struct ty_dead *dead;
	struct ty_receipt receipt;
	struct ty_id run_id;
	struct ty_tx *tx;
	bool found; /* false also where settling it has dropped it */

	if (find(ctl, &dead, &queue, err) != TY_OK ||
	    ctl_begin(ctl, &dead->workspace_id, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_trigger_replay(tx, NULL, &dead->run_id, &receipt, err), err) != TY_OK)
		return err->code;
	/* The run may not be recorded yet, so that it cannot be replayed as one. */
	receipt.source = ty_arena_printf(ctl->arena, "{\"run_id\":\"%s\"}", dead->run_id.s);
	receipt.delivery_key = ty_rerun_key(ctl->arena, &dead->run_id);
	if (ctl_start(ctl, &receipt, &run_id, err) != TY_OK ||
	    ctl_settle_one(ctl, &dead->workspace_id, &dead->run_id, &run_id, err) != TY_OK ||
	    ty_queue_sync_dead_drop(queue, &dead->run_id, &found, err) != TY_OK)
		return err->code;
	return ctl_follow(ctl, &dead->workspace_id, &run_id, err);
}

static enum ty_code
dead_drop(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	struct ty_id id;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "run", &id, err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK || drop(queue, &id, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "execution_id", id.s,
								"dropped", 1)));
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "limit", "N", "at most so many, the oldest; default 100", false },
	{ .name = NULL },
};
static const struct ctl_option retry_options[] = {
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_dead_commands[] = {
	{ "dead list", "", "List the lane's dead letters, oldest first", list_options, dead_list },
	{ "dead show", "RUN", "Show a dead letter with its payload", NULL, dead_show },
	{ "dead retry", "RUN",
	  "Run its delivery again, without effects that ended well, and drop it", retry_options,
	  dead_retry },
	{ "dead drop", "RUN", "Forget a dead letter", NULL, dead_drop },
	{ .name = NULL },
};
