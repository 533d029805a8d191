/*
 * rerun.h -- dead letters are replayed, many at once.
 *
 * Each replay is a delivery of its own, kept and admitted as any other.  Its key is made of the run that
 * it repeats, so that a call made again, after a crash in between too, begins no second run.
 */
#ifndef TY_INTAKE_RERUN_H
#define TY_INTAKE_RERUN_H

#include "base/defs.h"
#include "intake/intake.h"
#include "intake/trigger.h"
#include "store/dead.h"
#include "store/store.h"

/* Stores and user of a replay; all borrowed. */
struct ty_rerun_caller {
	struct ty_store *store;
	struct ty_intake *intake;
	const struct ty_id *workspace_id;
	const struct ty_id *user_id; /* unset = the operator */
	const char *remote_addr;
	/* Called in the transaction in which letters are settled: ty_rerun_forget, with the queue that the
	 * caller has. */
	enum ty_code (*forget)(void *ctx, struct ty_tx *tx, const struct ty_id *ids, size_t count,
			       struct ty_err *err);
	void *ctx;
};

/* The delivery key of the replay of an open letter; the arena's. */
const char *ty_rerun_key(struct ty_arena *arena, const struct ty_id *run_id);

/*
 * Give 'receipt', which repeats the run, that key where the run is an open letter: it is replayed once then,
 * however often that is asked.  Errors: those of ty_tx_*.
 */
enum ty_code ty_rerun_take_letter(struct ty_tx *tx, const struct ty_id *run_id,
				  struct ty_receipt *receipt, struct ty_err *err) TY_MUST_CHECK;

/*
 * Replay the open dead letters of 'filter', the oldest first, at most TY_LIMIT_RERUN_COUNT and filter->limit.  Stops where
 * the queue takes no more.  *ret_report is the arena's:
 *   { "replayed": n, "items": [ { "execution_id", "replay_execution_id" } ], "failed": [ { "execution_id", "code", "message" } ],
 *     "remaining": n, "stopped": "rate", "quota", "depth" or null, "retry_after_ms": n or null }
 * "remaining" counts open ones that were not tried.
 * Errors: those of ty_tx_*, TY_E_UNAVAILABLE; what was replayed by then is settled.
 */
enum ty_code ty_rerun_dead(const struct ty_rerun_caller *caller, struct ty_arena *arena,
			   const struct ty_store_dead_filter *filter, const struct ty_rerun *how,
			   json_t **ret_report, struct ty_err *err) TY_MUST_CHECK;

/*
 * Let the queue forget the jobs that it has buried of these settled letters.  Where Redis cannot be asked
 * the jobs stay for the operator's hand (tybooctl dead drop).
 * Errors: those of ty_tx_*.
 */
enum ty_code ty_rerun_forget(struct ty_tx *tx, struct ty_queue_sync *queue, const struct ty_id *ids,
			     size_t count, struct ty_err *err) TY_MUST_CHECK;

#endif
