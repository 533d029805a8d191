/*
 * intake.h -- accepted means kept: a trigger becomes a durable receipt and a job.
 *
 * One committer thread per process owns one Postgres and one Redis connection on its
 * own loop and groups what the request threads hand in: whatever arrived while the
 * last group was being committed is the next group.  One statement, one commit and
 * one script call for all of them (docs/BENCHMARKS.md: worth more than anything else).
 *
 *   receipts --> Postgres (dedupe by delivery key, insert) --> Redis admit --> answer
 *
 *   Postgres away: Redis alone, with the receipt owed.      Redis away: Postgres alone,
 *   the reaper pushes the job later.      Both away: TY_E_UNAVAILABLE, nothing kept.
 *
 * A receipt whose verdict is not "accepted" is only kept (Postgres, else owed), never queued.
 * What Redis refuses (rate, quota, depth) is written to the receipt before the answer.
 */
#ifndef TY_INTAKE_INTAKE_H
#define TY_INTAKE_INTAKE_H

#include "base/defs.h"
#include "intake/job.h"
#include "log/log.h"
#include "queue/queue.h"

struct ty_intake;

/*
 * 'conf' and 'log' are read during the call only.  Waits a moment for both stores; one that is
 * away is no error.  Errors: TY_E_INVALID (a store is not configured), TY_E_INTERNAL (no thread).
 */
enum ty_code ty_intake_new(const struct ty_conf *conf, const struct ty_log *log,
			   struct ty_intake **ret_intake, struct ty_err *err) TY_MUST_CHECK;
/* Finishes what was handed in, then stops the thread.  Takes NULL. */
void ty_intake_free(struct ty_intake *intake);

/*
 * Hand in one receipt and wait for the outcome.  Thread-safe; blocks the caller, not
 * the others.  The receipt is borrowed for the call.
 * On TY_OK *ret_admission says what became of it: ADMITTED with the run id, DUPLICATE
 * with the earlier run id, or RATE/QUOTA/DEPTH with retry_after_ms.  A receipt that is only
 * kept gives ADMITTED with no run id.  Takes some seconds at most, even where a store hangs.
 * Errors: TY_E_UNAVAILABLE (both stores away: it may be in one all the same), TY_E_MALFORMED (see ty_job_payload; the
 * receipt is kept with the verdict that ty_job_verdict gives).
 */
enum ty_code ty_intake_submit(struct ty_intake *intake, const struct ty_receipt *receipt,
			      struct ty_admission *ret_admission, struct ty_err *err) TY_MUST_CHECK;

/* Outcome of one of several: an error as ty_intake_submit's, or TY_OK with its admission. */
struct ty_intake_answer {
	enum ty_code code;
	struct ty_admission admission;
};

/*
 * Hand in several at once, small ones, and wait for all of them: as few groups as they fit into.
 * 'ret_answers' has a place for each.
 */
void ty_intake_submit_all(struct ty_intake *intake, const struct ty_receipt *receipts, size_t count,
			  struct ty_intake_answer *ret_answers);

#endif
