/*
 * trigger.h -- receipts of runs that nobody delivered: by hand, by a program, and replays.
 *
 * Only makes the receipt; ty_intake_submit keeps it.  The caller puts in what only it knows (id,
 * who asks, the body).  ty_trigger_version and _replay give a new id, which may be replaced.
 */
#ifndef TY_INTAKE_TRIGGER_H
#define TY_INTAKE_TRIGGER_H

#include "base/defs.h"
#include "intake/job.h"
#include "node/registry.h"
#include "store/hook_admin.h"
#include "store/store.h"
#include "store/workflow.h"

/*
 * A receipt of now, verdict "accepted", with the limits and ids of 'claim'; strings are borrowed.
 */
void ty_trigger_receipt(const struct ty_id *id, const struct ty_store_claim *claim,
			struct ty_receipt *ret_receipt);

/*
 * A receipt for a version of a workflow.  'mode' is that of "api" or "manual" (base/run_mode.h).
 * Errors: TY_E_NOT_FOUND, those of ty_tx_*.
 */
enum ty_code ty_trigger_version(struct ty_tx *tx, const struct ty_id *workflow_id,
				const struct ty_store_version *version, const char *mode,
				struct ty_receipt *ret_receipt, struct ty_err *err) TY_MUST_CHECK;

/*
 * Let the run of 'receipt' begin at the trigger 'node' of its version's graph; NULL or "" = the workflow's
 * only one, or the mode's own.  The names in 'ret_receipt' are the arena's.
 * Errors: TY_E_INVALID, with "trigger" as path.
 */
enum ty_code ty_trigger_at(struct ty_arena *arena, const struct ty_registry *registry,
			   const json_t *graph, const char *node, struct ty_receipt *ret_receipt,
			   struct ty_err *err) TY_MUST_CHECK;

/*
 * A receipt that runs a delivery of the tx's workspace again.  An unclaimed one goes to whoever
 * claims its address today ('slug' is the workspace's; NULL: nobody).  One that was claimed goes
 * to its own workflow: what is published, so that a mended workflow can be given what it failed
 * at; where nothing is, or it was a run by hand, the version it had.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (its body was not kept, nobody takes it), ty_tx_*'s.
 */
enum ty_code ty_trigger_replay(struct ty_tx *tx, const char *slug, const struct ty_id *delivery_id,
			       struct ty_receipt *ret_receipt, struct ty_err *err) TY_MUST_CHECK;

/*
 * The item that a kept delivery would give a webhook with this route and rule ("verify" of struct ty_store_hook), so that a draft
 * is tried on a real call: owned by the tx's arena.
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (it is no request, or has files), TY_E_LIMIT, TY_E_MALFORMED, ty_tx_*'s.
 */
enum ty_code ty_trigger_delivery_input(struct ty_tx *tx, const struct ty_id *delivery_id,
				       const char *route, const char *verify, json_t **ret_input,
				       struct ty_err *err) TY_MUST_CHECK;

/* Way to repeat a run; all zero: the published version, with the first run's input, without repeating
 * effects. */
struct ty_rerun {
	bool same_version;   /* the version that it ran, also where another is published */
	bool repeat_effects; /* make also those calls again that ended well */
	const char *
		input; /* JSON: an object, or an array of objects, one item each; NULL = what it began with */
	size_t input_len;
};

/*
 * A receipt that repeats a run of the tx's workspace that is over.  Its effects' answers that ended well
 * are taken where the same is asked (struct ty_receipt's 'source').
 * Errors: TY_E_NOT_FOUND, TY_E_CONFLICT (it is not over, its input was not kept), ty_tx_*'s.
 */
enum ty_code ty_trigger_rerun(struct ty_tx *tx, const struct ty_id *run_id,
			      const struct ty_rerun *how, struct ty_receipt *ret_receipt,
			      struct ty_err *err) TY_MUST_CHECK;

#endif
