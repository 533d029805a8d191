/*
 * receipt.h -- from a call to a receipt, and from its admission to an answer.
 *
 * A receipt's id, and so its run's, is the request's id: X-Request-Id finds both.
 */
#ifndef TY_APP_RECEIPT_H
#define TY_APP_RECEIPT_H

#include "api.h"
#include "intake/intake.h"

/* Fill the part of a receipt that only the call knows (intake/trigger.h): its id, and who sent it. */
void api_receipt_sign(const struct ty_api_call *call, struct ty_receipt *receipt);

/*
 * The queue refused it: the problem for that, with Retry-After.  Gives TY_E_LIMIT; TY_OK where
 * it was admitted or is a duplicate.
 */
enum ty_code api_admission_check(struct ty_api_call *call, const struct ty_admission *admission,
				 struct ty_err *err);

/*
 * Commit the call's transaction (the committer's may take a while) and hand the receipt in.
 * Errors: TY_E_LIMIT, TY_E_MALFORMED, TY_E_UNAVAILABLE.
 */
enum ty_code api_submit(struct ty_api_call *call, const struct ty_receipt *receipt,
			struct ty_admission *ret_admission, struct ty_err *err) TY_MUST_CHECK;
/*
 * The delivery key that a call's Idempotency-Key makes; "" where it has none.  'what' and the id in its
 * path are part of it, so that another workflow's or delivery's keys are others.  Errors: TY_E_INVALID.
 */
enum ty_code api_idempotency_key(struct ty_api_call *call, const char *what, const char **ret_key,
				 struct ty_err *err) TY_MUST_CHECK;
/* Answer 202, or 200 for a run that is there already. */
enum ty_code api_started(struct ty_api_call *call, const struct ty_admission *admission);
/* api_submit() and api_started(). */
enum ty_code api_start(struct ty_api_call *call, const struct ty_receipt *receipt,
		       struct ty_err *err) TY_MUST_CHECK;

#endif
