/*
 * replay.h -- runs that were replayed, and their replays, as rows.
 */
#ifndef TY_STORE_REPLAY_H
#define TY_STORE_REPLAY_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/*
 * A run of the tx's workspace, as far as a replay needs it: { "status", "mode", "version_id", "digest": null = none, "error": or
 * null, "accepted_at_ms", "finished_at_ms", "start_node", "read_as", "route", "source": of its receipt or null }.  NULL where it is
 * not recorded, or its receipt is gone.  Owned by the tx's arena.
 */
enum ty_code ty_store_replayed_get(struct ty_tx *tx, const struct ty_id *run_id,
				   const json_t **ret_run, struct ty_err *err) TY_MUST_CHECK;

/* The newest replays of a run that a worker has begun, fifty at most: [{ "execution_id", "mode", "version", "status",
 * "accepted_at", "finished_at", "equal": its digest is the run's, "error": or null }]. */
enum ty_code ty_store_replay_list(struct ty_tx *tx, const struct ty_id *run_id, json_t **ret_items,
				  struct ty_err *err) TY_MUST_CHECK;

/*
 * A replay and its run: { "execution_id", "source_execution_id", "mode", "version", "source_version", "status", "source_status",
 * "digest", "source_digest", "error", "step_count", "source_step_count" }; "status" is "queued" until a worker begins it, and
 * what it does not have is null.  NULL where there is no such replay.
 */
enum ty_code ty_store_replay_get(struct ty_tx *tx, const struct ty_id *id,
				 const json_t **ret_replay, struct ty_err *err) TY_MUST_CHECK;

#endif
