/*
 * replay.h -- a run is run again from its journal, and what comes of that is told.
 *
 * A replay is a run of the mode for proofs (the same version: its digest must be the run's) or for what-ifs
 * (another version).  It makes no effect (engine/replay.c), and is kept, admitted and recorded as any run.
 */
#ifndef TY_INTAKE_REPLAY_H
#define TY_INTAKE_REPLAY_H

#include "base/defs.h"
#include "intake/job.h"
#include "json/json.h"
#include "store/store.h"

/*
 * A receipt that replays a run of the tx's workspace that is over; 'version' 0 = its own.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (it is not over, is a replay itself, stands on pinned data, or its input was not
 * kept), those of ty_tx_*.
 */
enum ty_code ty_replay_receipt(struct ty_tx *tx, const struct ty_id *run_id, int64_t version,
			       struct ty_receipt *ret_receipt, struct ty_err *err) TY_MUST_CHECK;

/*
 * Result of a replay; owned by the tx's arena:
 *   the members of ty_store_replay_get, and
 *   "verdict": "pending", "equal" (the digests are), "differs", "ended" (a what-if came to a call that the
 *   journal does not
 *     answer), "failed" (it could not be begun, or the run has no digest),
 *   "text": the verdict in a sentence,
 *   "ended_at": { "node", "message" } or null,
 *   "missing": reason why the steps were not compared, or null,
 *   "difference": of ty_steps_difference, or null where they are equal or not there.
 * Errors: TY_E_NOT_FOUND, those of ty_tx_*.
 */
enum ty_code ty_replay_verdict(struct ty_tx *tx, const struct ty_id *id, json_t **ret_verdict,
			       struct ty_err *err) TY_MUST_CHECK;

#endif
