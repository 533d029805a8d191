/*
 * breaker_hand.c -- see breaker_hand.h.
 */
#include "intake/breaker_hand.h"

#include "base/err.h"
#include "base/str.h"
#include "queue/breakers.h"
#include "store/breaker.h"

static struct ty_store_breaker_hold
hold_of(const struct ty_breaker_hand *hand)
{
	bool is_operators = ty_str_eq(hand->scope, TY_BREAKER_OPERATOR);

	return (struct ty_store_breaker_hold){ .workspace = is_operators ? NULL : hand->scope,
					       .what = hand->what,
					       .why = hand->why,
					       .by = hand->by };
}

enum ty_code
ty_breaker_hand_do(struct ty_tx *tx, struct ty_queue_sync *queue,
		   const struct ty_breaker_hand *hand, int64_t *ret_woken, struct ty_err *err)
{
	const struct ty_store_breaker_hold hold = hold_of(hand);
	bool opens = ty_str_eq(hand->action, "open");
	struct ty_err said = { .code = TY_OK };
	enum ty_code code;

	*ret_woken = 0;
	code = opens ? ty_store_breaker_keep_open(tx, &hold, err)
		     : ty_store_breaker_release(tx, &hold, err);
	if (code != TY_OK)
		return code;
	code = ty_queue_sync_breaker_set(queue, hand->scope, hand->what, hand->action, hand->by,
					 hand->why, &said);
	if (code == TY_OK || code == TY_E_CONFLICT) {
		/* Wake also for a breaker that was closed already, because runs may have been put down
		 * just then. */
		if (!opens && ty_store_breaker_wake(tx, &hold, ret_woken, err) != TY_OK)
			return err->code;
	}
	if (code != TY_OK)
		*err = said;
	return code;
}
