/*
 * api_replay.c -- a run again from its journal, without effects: proof of its digest, or what another version would
 * have done.
 */
#include "api.h"

#include "app.h"
#include "intake/replay.h"
#include "receipt.h"
#include "store/execution_list.h"
#include "store/replay.h"

enum ty_code
api_replay_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_version *form = call->body;
	struct ty_receipt receipt;

	if (ty_replay_receipt(call->tx, &call->id, form != NULL ? form->version : 0, &receipt,
			      err) != TY_OK)
		return err->code;
	api_receipt_sign(call, &receipt);
	return api_start(call, &receipt, err);
}

enum ty_code
api_replay_list(struct ty_api_call *call, struct ty_err *err)
{
	const char *status;
	json_t *items;

	if (ty_store_execution_status(call->tx, &call->id, &status, err) != TY_OK)
		return err->code;
	if (status == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
	if (ty_store_replay_list(call->tx, &call->id, &items, err) != TY_OK)
		return err->code;
	return api_page(call, items, NULL);
}

enum ty_code
api_replay_get(struct ty_api_call *call, struct ty_err *err)
{
	json_t *verdict;

	if (ty_replay_verdict(call->tx, &call->id, &verdict, err) != TY_OK)
		return err->code;
	return api_json(call, 200, verdict);
}
