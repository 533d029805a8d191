/*
 * dead.c -- dead letters: the run of each is recorded as an error, then marked so.
 *
 * The record is fenced by the time of the burial: tokens are Redis's clock in microseconds, so
 * every lease of the job has a smaller one, and the record that is made again is the same.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"
#include "store/call.h"
#include "store/effects.h"
#include "store/record.h"

#define DEAD_MAX 100

static int64_t
dead_fence(const struct ty_dead *dead)
{
	return dead->buried_at_ms * 1000 + 999;
}

static json_t *
dead_error(struct reap *reap, const struct ty_dead *dead)
{
	enum ty_code code =
		ty_str_has_prefix(dead->reason, "poison") ? TY_E_POISON : TY_E_DEAD_LETTER;
	json_t *error = ty_json_own(reap->arena,
				    json_pack("{s:s, s:s, s:b, s:n, s:s}", "code",
					      ty_code_name(code), "message", dead->reason,
					      "retryable", 0, "place", "hint", ty_code_hint(code)));

	TY_ASSERT(error != NULL); /* 'reason' is ours: UTF-8 */
	return error;
}

/*
 * Read the head from the job's payload, or from its receipt where that is damaged, because a run that was
 * called has to answer its caller all the same.
 */
static enum ty_code
dead_head(struct reap *reap, const struct ty_dead *dead, struct ty_run_head *head,
	  struct ty_err *err)
{
	json_t *payload = ty_json_load_stored(dead->payload, dead->payload_len);
	struct ty_store_query query;
	struct ty_rows rows;

	if (payload == NULL) {
		ty_store_run_head_query(&dead->run_id, &query);
		return reap_query(reap, &query, &rows, err) == TY_OK
			       ? ty_store_run_head_decode(reap->arena, &rows, head, err)
			       : err->code;
	}
	ty_json_own(reap->arena, payload);
	ty_id_parse(ty_json_str(payload, "version_id", ""), &head->version_id);
	head->mode = ty_json_str(payload, "mode", head->mode);
	head->accepted_at_ms = ty_json_int(payload, "accepted_at_ms", head->accepted_at_ms);
	return TY_OK;
}

static enum ty_code
dead_run(struct reap *reap, const struct ty_dead *dead, struct ty_record_run *run,
	 struct ty_err *err)
{
	struct ty_run_head head = { .mode = "", .accepted_at_ms = ty_id_time_ms(&dead->run_id) };
	const struct ty_run_mode *mode;

	TY_ASSERT(ty_id_parse("00000000-0000-0000-0000-000000000000", &head.version_id));
	if (dead_head(reap, dead, &head, err) != TY_OK)
		return err->code;
	mode = ty_run_mode_find(head.mode);
	*run = (struct ty_record_run){
		.run_id = dead->run_id,
		.workspace_id = dead->workspace_id,
		.workflow_id = dead->workflow_id,
		.version_id = head.version_id,
		.mode = mode != NULL ? mode->name : ty_run_mode_name(TY_RUN_MODE_WEBHOOK),
		.status = "error",
		.fence = dead_fence(dead),
		.deliveries = dead->deliveries,
		.accepted_at_ms = head.accepted_at_ms,
		.started_at_ms = dead->buried_at_ms,
		.finished_at_ms = dead->buried_at_ms,
		.error = dead_error(reap, dead),
		.steps = ty_json_own(reap->arena, json_array()),
	};
	return TY_OK;
}

/* The record was not written, because the run is finished or a newer worker has it. */
static enum ty_code
dead_is_finished(struct reap *reap, const struct ty_record_run *run, bool *ret_finished,
		 struct ty_err *err)
{
	enum ty_claim_status status;
	struct ty_store_query query;
	const json_t *journal;
	struct ty_rows rows;

	ty_store_claim_query(reap->arena, run, reap->name, &query);
	if (reap_query(reap, &query, &rows, err) != TY_OK ||
	    ty_store_claim_decode(reap->arena, &rows, &status, &journal, err) != TY_OK)
		return err->code;
	*ret_finished = status == TY_CLAIM_FINISHED;
	return TY_OK;
}

static enum ty_code
dead_record(struct reap *reap, const struct ty_dead *dead, struct ty_err *err)
{
	struct ty_record_outcome outcome;
	struct ty_store_query query;
	struct ty_record_run run;
	struct ty_rows rows;
	bool is_over;

	if (dead_run(reap, dead, &run, err) != TY_OK)
		return err->code;
	ty_store_record_query(reap->arena, reap->pack, &run, 1, reap->name, &query);
	if (reap_query(reap, &query, &rows, err) != TY_OK ||
	    ty_store_record_decode(&rows, 1, &outcome, err) != TY_OK)
		return err->code;
	is_over = outcome.written;
	if (!is_over && dead_is_finished(reap, &run, &is_over, err) != TY_OK)
		return err->code;
	if (!is_over)
		return TY_OK; /* another worker has the run: it finishes it, or buries it anew */
	if (outcome.written)
		ty_log_warn(reap->log, "a dead letter's run is recorded as an error",
			    "workspace=%s run=%s", dead->workspace_id.s, dead->run_id.s);
	return ty_queue_sync_dead_recorded(reap->queue, &dead->run_id, err);
}

enum ty_code
reap_dead(struct reap *reap, struct ty_err *err)
{
	struct ty_dead *dead;
	size_t count;

	if (ty_queue_sync_dead_new(reap->queue, reap->arena, DEAD_MAX, &dead, &count, err) != TY_OK)
		return err->code;
	/* Skip a dead letter that cannot be recorded, so that the rest of the batch is. */
	for (size_t i = 0; i < count && !reap_should_stop(reap); i++)
		if (dead_record(reap, &dead[i], err) == TY_E_UNAVAILABLE)
			return err->code;
	return count > 0 ? err->code : TY_OK;
}
