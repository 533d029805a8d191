/*
 * api_dead.c -- failed runs that nobody has looked after, and running a run again.
 */
#include "api.h"

#include "app.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "intake/rerun.h"
#include "receipt.h"
#include "store/dead.h"

#include <pthread.h>

enum ty_code
api_dead_letter_list(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_dead_letter_list *form = call->query;
	const struct ty_store_dead_filter filter = {
		.state = ty_str_eq(form->state, "open") ? NULL : form->state,
		.workflow_id = form->workflow_id,
		.code = ty_str_or_null(form->code),
		.node = ty_str_or_null(form->node),
		.text = ty_str_or_null(form->text),
		.after = ty_str_or_null(form->after),
		.before = ty_str_or_null(form->before),
		.cursor = ty_str_or_null(form->cursor),
		.limit = form->limit,
	};
	json_t *items;
	const char *next;

	if (api_check_id(filter.cursor, "cursor", err) != TY_OK ||
	    api_check_time(filter.after, "after", err) != TY_OK ||
	    api_check_time(filter.before, "before", err) != TY_OK ||
	    ty_store_dead_list(call->tx, &filter, &items, &next, err) != TY_OK)
		return err->code;
	return api_page(call, items, next);
}

/* ctx is the call. */
static enum ty_code
forget(void *ctx, struct ty_tx *tx, const struct ty_id *ids, size_t count, struct ty_err *err)
{
	struct ty_api_call *call = ctx;
	enum ty_code code;

	pthread_mutex_lock(&call->app->queue_lock);
	code = ty_rerun_forget(tx, call->app->queue, ids, count, err);
	pthread_mutex_unlock(&call->app->queue_lock);
	return code;
}

/* ---- many ---- */

/* "{id,id}", as Postgres reads a list; NULL = all that the filter finds. */
static enum ty_code
ids_of(struct ty_api_call *call, const json_t *ids, const char **ret_ids, struct ty_err *err)
{
	const char *text = "";
	json_t *entry;
	size_t i;

	*ret_ids = NULL;
	if (ids == NULL || json_is_null(ids))
		return TY_OK;
	if (!json_is_array(ids) || json_array_size(ids) == 0 ||
	    json_array_size(ids) > TY_LIMIT_RERUN_COUNT) {
		ty_err_set(err, TY_E_INVALID, "ids is no list of 1 to %d ids",
			   TY_LIMIT_RERUN_COUNT);
		ty_err_hint(err, "Leave it out for all that the other members find.");
		return ty_err_at(err, "ids");
	}
	json_array_foreach((json_t *)ids, i, entry)
	{
		struct ty_id id;

		if (!json_is_string(entry) || !ty_id_parse(json_string_value(entry), &id)) {
			ty_err_set(err, TY_E_INVALID, "This is not an id");
			ty_err_hint(err, "Send it as the list gave it.");
			return ty_err_at(err, "ids[%zu]", i);
		}
		text = ty_arena_printf(call->arena, "%s%s%s", text, i > 0 ? "," : "", id.s);
	}
	*ret_ids = ty_arena_printf(call->arena, "{%s}", text);
	return TY_OK;
}

static enum ty_code
filter_of(struct ty_api_call *call, struct ty_store_dead_filter *ret_filter, struct ty_err *err)
{
	static const struct form_dead_letters all = { .limit = TY_LIMIT_RERUN_COUNT };
	const struct form_dead_letters *form = call->body != NULL ? call->body : &all;

	*ret_filter =
		(struct ty_store_dead_filter){ .workflow_id = ty_str_or_null(form->workflow_id),
					       .code = ty_str_or_null(form->code),
					       .node = ty_str_or_null(form->node),
					       .text = ty_str_or_null(form->text),
					       .after = ty_str_or_null(form->after),
					       .before = ty_str_or_null(form->before),
					       .limit = form->limit };
	if (ids_of(call, form->ids, &ret_filter->ids, err) != TY_OK ||
	    api_check_time(ret_filter->after, "after", err) != TY_OK ||
	    api_check_time(ret_filter->before, "before", err) != TY_OK)
		return err->code;
	return TY_OK;
}

enum ty_code
api_dead_letter_replay(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_dead_letters *form = call->body;
	const struct ty_rerun how = {
		.same_version = form != NULL && ty_str_eq(form->version, "same"),
		.repeat_effects = form != NULL && form->repeat_effects,
	};
	const struct ty_rerun_caller caller = { .store = call->app->store,
						.intake = call->app->intake,
						.workspace_id = &call->workspace.id,
						.user_id = &call->user_id,
						.remote_addr = call->request->remote_addr,
						.forget = forget,
						.ctx = call };
	struct ty_store_dead_filter filter;
	json_t *report;

	if (filter_of(call, &filter, err) != TY_OK || api_commit(call, err) != TY_OK ||
	    ty_rerun_dead(&caller, call->arena, &filter, &how, &report, err) != TY_OK)
		return err->code;
	return api_json(call, 200, report);
}

enum ty_code
api_dead_letter_discard(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_store_dead_filter filter;
	size_t count, discarded;
	struct ty_id *ids;
	int64_t more;

	if (filter_of(call, &filter, err) != TY_OK ||
	    ty_store_dead_ids(call->tx, &filter, &ids, &count, &more, err) != TY_OK ||
	    ty_store_dead_settle(call->tx, ids, NULL, count, &call->user_id, &discarded, err) !=
		    TY_OK ||
	    forget(call, call->tx, ids, count, err) != TY_OK)
		return err->code;
	return api_json(
		call, 200,
		ty_json_own(call->arena, json_pack("{s:I, s:I}", "discarded", (json_int_t)discarded,
						   "remaining", (json_int_t)more)));
}

/* ---- one ---- */

/* Ask for the permission to run, because input that somebody wrote begins a run as any other does. */
static enum ty_code
check_input(const struct ty_api_call *call, const json_t *input, struct ty_err *err)
{
	json_t *item;
	size_t i;

	if (!ty_permission_has(call->workspace.permissions, "workflow.run")) {
		ty_err_set(err, TY_E_DENIED, "Another input needs the permission workflow.run");
		return ty_err_hint(err, "Replay it with the input that it had.");
	}
	if (json_is_object(input))
		return TY_OK;
	if (!json_is_array(input)) {
		ty_err_set(err, TY_E_INVALID, "input is no object, and no array of objects");
		ty_err_hint(err, "Send what the trigger is to give: one object for each item.");
		return ty_err_at(err, "input");
	}
	json_array_foreach((json_t *)input, i, item)
	{
		if (!json_is_object(item)) {
			ty_err_set(err, TY_E_INVALID, "Each item of input must be an object");
			ty_err_hint(err, "Put the value into one, as in { \"value\": 7 }.");
			return ty_err_at(err, "input[%zu]", i);
		}
	}
	return TY_OK;
}

/* 'key': the sender's own; "" = none. */
static enum ty_code
settle(struct ty_api_call *call, const struct ty_id *run_id, const char *key, struct ty_err *err)
{
	struct ty_tx *tx;
	size_t settled;

	if (ty_tx_begin(call->app->store, call->arena, &call->workspace.id, API_TX_WAIT_MS, &tx,
			err) != TY_OK)
		return err->code;
	if (ty_store_dead_settle(tx, &call->id, run_id, 1, &call->user_id, &settled, err) !=
		    TY_OK ||
	    forget(call, tx, &call->id, settled, err) != TY_OK ||
	    (*key != '\0' && ty_store_dead_key(tx, key, run_id, err) != TY_OK)) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

enum ty_code
api_execution_replay(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_rerun *form = call->body;
	struct ty_rerun how = { .same_version = form != NULL && ty_str_eq(form->version, "same"),
				.repeat_effects = form != NULL && form->repeat_effects };
	struct ty_admission admission;
	struct ty_receipt receipt;
	const char *key;

	if (form != NULL && form->input != NULL && !json_is_null(form->input)) {
		if (check_input(call, form->input, err) != TY_OK)
			return err->code;
		how.input = ty_json_dump(call->arena, form->input, &how.input_len);
	}
	if (ty_trigger_rerun(call->tx, &call->id, &how, &receipt, err) != TY_OK ||
	    api_idempotency_key(call, "rerun", &receipt.delivery_key, err) != TY_OK)
		return err->code;
	/* A letter has a key of its own, so that it is replayed once, whoever asks. */
	key = receipt.delivery_key;
	if (ty_rerun_take_letter(call->tx, &call->id, &receipt, err) != TY_OK)
		return err->code;
	api_receipt_sign(call, &receipt);
	if (api_submit(call, &receipt, &admission, err) != TY_OK ||
	    settle(call, &admission.run_id, key, err) != TY_OK)
		return err->code;
	return api_started(call, &admission);
}
