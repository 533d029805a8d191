/*
 * wait_call.h -- a call for a wait, whoever makes it: the page it has, whether an answer fits its
 * form, and the answer taken once.
 *
 * The token was proven before (vault/resume.h).  The page is that of the version that runs.
 */
#ifndef TY_PUBLISH_WAIT_CALL_H
#define TY_PUBLISH_WAIT_CALL_H

#include "base/defs.h"
#include "base/id.h"
#include "nodes/wait_form.h"
#include "store/park.h"

struct ty_wait_call {
	const char *workspace; /* slug or id, as the caller showed it */
	struct ty_id run_id;
	const char *node, *key; /* node id of the wait, and key of its answer in the journal */
	/* ty_wait_call_look fills in: */
	struct ty_call_said said;
	struct ty_wait_page page; /* title: the workflow's name where none was written */
};

/* Load the state of the wait, and its page.  Errors: TY_E_NOT_FOUND, ty_tx_*'s. */
enum ty_code ty_wait_call_look(struct ty_tx *tx, const struct ty_registry *registry,
			       struct ty_wait_call *call, struct ty_err *err) TY_MUST_CHECK;

/*
 * Take the answer, after a look that said TY_CALL_OPEN: 'value' is what came, of a form what
 * ty_wait_answer_take() made of it.  call->said is TY_CALL_TAKEN afterwards, or who was first.
 * Errors: as ty_wait_call_look's.
 */
enum ty_code ty_wait_call_take(struct ty_tx *tx, struct ty_wait_call *call, json_t *value,
			       struct ty_err *err) TY_MUST_CHECK;

/*
 * Raise what a call is told that does not count: when and by what the wait was over.
 * TY_E_CONFLICT for all; a caller that speaks HTTP says 410 where no call came in time.
 */
enum ty_code ty_wait_call_refuse(const struct ty_wait_call *call, struct ty_err *err);

/* Answer of the first call, as others may see it: the form's fields, or the request's body; or NULL. */
const json_t *ty_wait_call_answer(const struct ty_wait_call *call);

#endif
