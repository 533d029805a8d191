/*
 * workflow.h -- what the families that deal with workflows share.
 */
#ifndef TY_CTL_WORKFLOW_H
#define TY_CTL_WORKFLOW_H

#include "ctl.h"
#include "intake/intake.h"
#include "publish/graph_check.h"
#include "queue/queue.h"

/*
 * A workflow of the tx's workspace by id, or by a name that only one has.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (several have that name).
 */
enum ty_code ctl_workflow_find(struct ty_tx *tx, const char *text, struct ty_id *ret_id,
			       struct ty_err *err) TY_MUST_CHECK;

/* Check a graph as publishing, or running, would. */
enum ty_code ctl_graph_check(struct ctl *ctl, struct ty_tx *tx, const json_t *graph,
			     enum ty_graph_purpose purpose, struct ty_graph_check *ret_check,
			     struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_INVALID where there is one, after its findings were printed to standard error. */
enum ty_code ctl_graph_require(struct ctl *ctl, const struct ty_graph_check *check,
			       struct ty_err *err) TY_MUST_CHECK;

/* Open the committer of receipts; ty_intake_free ends it. */
enum ty_code ctl_intake(struct ctl *ctl, struct ty_intake **ret_intake,
			struct ty_err *err) TY_MUST_CHECK;

/*
 * Hand the receipt in (intake/intake.h: receipt first, then the queue).  *ret_run_id is the run's.
 * Errors: TY_E_LIMIT (the queue refused it), TY_E_UNAVAILABLE, TY_E_MALFORMED, and before
 * anything is started TY_E_INVALID (--timeout: ctl_misused).
 */
enum ty_code ctl_start(struct ctl *ctl, const struct ty_receipt *receipt, struct ty_id *ret_run_id,
		       struct ty_err *err) TY_MUST_CHECK;

/*
 * Settle the open letters of these runs: by 'replays', or discarded (NULL).  *ret_count: how many there
 * were.
 */
enum ty_code ctl_settle(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *ids,
			const struct ty_id *replays, size_t count, size_t *ret_count,
			struct ty_err *err) TY_MUST_CHECK;
/* ctl_settle() of one run that 'replay_id' repeats, in a transaction of its own; also where it is no
 * letter. */
enum ty_code ctl_settle_one(struct ctl *ctl, const struct ty_id *workspace_id,
			    const struct ty_id *run_id, const struct ty_id *replay_id,
			    struct ty_err *err) TY_MUST_CHECK;

/* Print what started; with --wait also its end.  Errors: TY_E_TIMEOUT, TY_E_UPSTREAM (it failed). */
enum ty_code ctl_follow(struct ctl *ctl, const struct ty_id *workspace_id,
			const struct ty_id *run_id, struct ty_err *err) TY_MUST_CHECK;
/* Wait for its end, as --timeout says.  Errors: TY_E_TIMEOUT. */
enum ty_code ctl_await(struct ctl *ctl, const struct ty_id *workspace_id,
		       const struct ty_id *run_id, struct ty_err *err) TY_MUST_CHECK;
#define CTL_FOLLOW_OPTIONS                                                                         \
	{ "wait", NULL, "wait for its end and show its steps; exit code 1 where it failed",        \
	  false },                                                                                 \
	{                                                                                          \
		"timeout", "SECONDS", "how long to wait at most; default 300", false               \
	}

/* Columns of a list of steps. */
extern const struct ctl_column ctl_step_columns[];
/* Print every finding whole, with what to do. */
void ctl_print_findings(FILE *out, const json_t *findings);
void ctl_print_execution(const struct ctl *ctl, json_t *execution);

#endif
