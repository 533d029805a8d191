/*
 * made.h -- emitting what ty_step_eval() or ty_step_tool() gave back.
 */
#ifndef TY_NODES_MADE_H
#define TY_NODES_MADE_H

#include "node/node.h"

/*
 * A node's resume: each item leaves through the first port, made from what it says it was made from;
 * from the item in its place where none says so and there are as many out as in.
 * Errors: the answer's; TY_E_LIMIT.
 */
enum ty_code made_emit(struct ty_step *step, const struct ty_answer *answer,
		       struct ty_err *err) TY_MUST_CHECK;

#endif
