/*
 * partial.h -- a receipt that runs a part of a workflow: what it takes of an earlier run is read now.
 *
 * So the run needs the earlier one no more, and whatever becomes of that, a replay or a take-over of the partial
 * run takes the same.
 */
#ifndef TY_INTAKE_PARTIAL_H
#define TY_INTAKE_PARTIAL_H

#include "base/defs.h"
#include "engine/partial.h"
#include "intake/job.h"
#include "store/store.h"

/* All borrowed. */
struct ty_partial_ask {
	/* Ids of nodes, of which one is there at most; "" or NULL = none. */
	const char *to, *only, *from;
	const char *source_run_id; /* "" or NULL = none */
	const json_t *pins;	   /* NULL = those of the document alone */
	const json_t *
		input; /* an object, or an array of objects: one item each; NULL = one empty item */
	const char *trigger;
};

/* Is anything of it given that makes the run a partial one? */
bool ty_partial_is_asked(const struct ty_partial_ask *ask);

/*
 * Make 'receipt', of a version of the workflow whose document 'graph' is, a partial run.  Its strings are the tx's
 * arena's.  ret_partial->run says which nodes are run.
 * Errors: TY_E_INVALID with the path of the member (source_run_id: a run of another workflow, or one that is not over),
 * TY_E_NOT_FOUND (no such run here), TY_E_CONFLICT (its items are not kept), TY_E_LIMIT (what is taken is too
 * large), those of ty_tx_*.
 */
enum ty_code ty_trigger_partial(struct ty_tx *tx, const struct ty_registry *registry,
				const json_t *graph, const struct ty_partial_ask *ask,
				struct ty_receipt *receipt, struct ty_partial *ret_partial,
				struct ty_err *err) TY_MUST_CHECK;

/* ---- the parts of it that a preview shares ---- */

/*
 * Read the steps of the workflow's earlier run into 'known'; nothing where 'run_id' is "" or NULL.
 * Errors: as above.
 */
enum ty_code ty_partial_source_read(struct ty_tx *tx, const char *run_id,
				    const struct ty_id *workflow_id, struct ty_partial_known *known,
				    struct ty_err *err) TY_MUST_CHECK;
/* Put large values back into what is taken.  Errors: TY_E_CONFLICT (one is no longer stored), those of ty_tx_*. */
enum ty_code ty_partial_values_fetch(struct ty_tx *tx, json_t *taken,
				     struct ty_err *err) TY_MUST_CHECK;

#endif
