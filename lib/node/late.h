/*
 * late.h -- what a node asks for while it works: items that begin after others, and expressions that see
 * an answer of the step's own.  For nodes that work item by item.
 */
#ifndef TY_NODE_LATE_H
#define TY_NODE_LATE_H

#include "node/node.h"

/*
 * ty_step_call() and ty_step_wait() for input item i, from where the engine is at another item: of a node that
 * begins an item when others have ended.
 */
enum ty_code ty_step_call_for(struct ty_step *step, size_t i, const struct ty_call *call,
			      struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_step_wait_for(struct ty_step *step, size_t i, int64_t at_ms, void *tag,
			      struct ty_err *err) TY_MUST_CHECK;
/*
 * ty_step_call() for the item that the engine is at, of a call that comes of the answer to another, as that
 * of a page does: tries count for each such call.
 */
enum ty_code ty_step_call_next(struct ty_step *step, const struct ty_call *call,
			       struct ty_err *err) TY_MUST_CHECK;
/* Will the step be tried again where its item fails with 'err'?  Then the node begins nothing new. */
bool ty_step_is_tried_again(const struct ty_step *step, const struct ty_err *err);

/*
 * Compute the expressions of the parameters 'names' (TY_PARAM_LATE; 'count' of them, borrowed for the step's
 * life) for the item that the engine is at.  'page' (steals) is what they see of the step's own answer:
 * { "response", "count" } are $response and $pageCount.  The answer is the list of their values, null where one
 * is undefined; of a parameter that is no expression its text.
 */
enum ty_code ty_step_late(struct ty_step *step, const char *const *names, size_t count,
			  json_t *page, void *tag, struct ty_err *err) TY_MUST_CHECK;

#endif
