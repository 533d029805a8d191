/*
 * hook_held.c -- see hook_held.h.
 */
#include "hook_held.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "hook/keys.h"
#include "hook/sns.h"
#include "hook_receive.h"
#include "store/delivery.h"
#include "vault/held.h"

#define TX_WAIT_MS 2000
/* A worker has the keys within seconds, where their issuer answers. */
#define RETRY_MS 5000

static enum ty_code
come_again(struct ty_api_call *call, int64_t retry_ms, const char *text, struct ty_err *err)
{
	call->retry_after_ms = retry_ms;
	call->verdict = "awaiting_keys";
	ty_err_set(err, TY_E_UNAVAILABLE, "%s", text);
	return ty_err_hint(err, "Send it again after Retry-After.");
}

/* Ask for the keys, as holding would have, so that they are here when the sender comes again. */
static void
want_keys(struct ty_api_call *call, const struct ty_hook_entry *entry,
	  const struct ty_receipt *receipt)
{
	struct ty_err err = { TY_OK };
	const char *next_at;
	struct ty_tx *tx;

	if (entry->fetched == NULL ||
	    ty_tx_begin(call->app->store, call->arena, &receipt->workspace_id, TX_WAIT_MS, &tx,
			&err) != TY_OK)
		return;
	if (ty_store_keys_refresh(tx, &receipt->workspace_id, entry->fetched->url, &next_at,
				  &err) != TY_OK)
		ty_tx_rollback(tx);
	else if (ty_tx_commit(tx, &err) == TY_OK)
		return;
	ty_log_err(&call->app->log, TY_LOG_DEBUG, "keys were not asked for", &err);
}

enum ty_code
hook_come_again(struct ty_api_call *call, const struct ty_hook_entry *entry,
		const struct ty_receipt *receipt, enum ty_hook_result result, const char *why,
		struct ty_err *err)
{
	want_keys(call, entry, receipt);
	return come_again(
		call, RETRY_MS,
		ty_arena_printf(call->arena, "%s, and %s", ty_hook_result_text(result), why), err);
}

/* The token of a webhook that verifies by one; a message of SNS has all in its body. */
static enum ty_code
seal(struct ty_api_call *call, struct ty_tx *tx, const struct ty_hook_entry *entry,
     const struct ty_hook_delivery *delivery, const struct ty_receipt *receipt,
     struct ty_store_held *held, struct ty_err *err)
{
	const char *token = delivery->header(delivery->ctx, entry->rule->scheme.signature_header);
	struct ty_vault_held sealed;

	if (ty_vault_held_seal(call->app->vault, tx, &receipt->workspace_id, &receipt->id, token,
			       &sealed, err) != TY_OK)
		return err->code;
	held->key_version = sealed.key_version;
	held->sealed = sealed.sealed;
	held->sealed_len = sealed.len;
	return TY_OK;
}

static enum ty_code
hold(struct ty_api_call *call, struct ty_tx *tx, const struct ty_hook_entry *entry,
     const struct ty_hook_delivery *delivery, const struct ty_receipt *receipt, bool *ret_held,
     struct ty_err *err)
{
	struct ty_store_keys certificate = { .kind = "certificate" };
	struct ty_store_held held = { .keys = entry->fetched };
	struct ty_delivery_row row;

	if (entry->rule->scheme.made == TY_HOOK_MADE_SNS) {
		certificate.url = ty_hook_sns_url(call->arena, delivery, TY_HOOK_SNS_CERTIFICATE);
		held.keys = &certificate;
	} else if (seal(call, tx, entry, delivery, receipt, &held, err) != TY_OK) {
		return err->code;
	}
	ty_receipt_to_row(receipt, &row);
	held.row = &row;
	return ty_store_hold(tx, &held, ret_held, err);
}

static enum ty_code
keep(struct ty_api_call *call, const struct ty_hook_entry *entry,
     const struct ty_hook_delivery *delivery, const struct ty_receipt *receipt, bool *ret_held,
     struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(call->app->store, call->arena, &receipt->workspace_id, TX_WAIT_MS, &tx,
			err) != TY_OK)
		return err->code;
	if (hold(call, tx, entry, delivery, receipt, ret_held, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

enum ty_code
hook_hold(struct ty_api_call *call, const struct ty_hook_entry *entry,
	  const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
	  enum ty_hook_result result, struct ty_err *err)
{
	bool is_held = false;

	/* Keep files once they are verified, because whoever sends them is not known before. */
	if (hook_has_files(call, entry->rule))
		return hook_come_again(call, entry, receipt, result,
				       "a form with files is not kept until then", err);
	receipt->verdict = call->verdict = ty_hook_result_verdict(result);
	receipt->reason = ty_hook_result_text(result);
	receipt->read_as = ty_body_as_name(entry->rule->read_as);
	hook_set_key(call, entry, delivery, receipt);
	if (keep(call, entry, delivery, receipt, &is_held, err) != TY_OK) {
		ty_log_err(&call->app->log, TY_LOG_WARN, "a delivery was not held", err);
		return come_again(call, RETRY_MS,
				  "The issuer's keys are not here yet, and the delivery cannot be "
				  "kept until then now",
				  err);
	}
	if (!is_held)
		return come_again(call, TY_HOOK_KEYS_REST_S * INT64_C(1000),
				  "The issuer's keys are not here yet, and the workspace keeps as "
				  "many deliveries that wait for keys as it may",
				  err);
	return api_json(call, 202,
			ty_json_own(call->arena,
				    json_pack("{s:s, s:s, s:s, s:b, s:s}", "verdict",
					      receipt->verdict, "run_id", receipt->id.s,
					      "delivery_id", receipt->id.s, "duplicate", 0, "hint",
					      "The delivery is kept. It runs once the keys of its "
					      "issuer have come and it is verified, or is refused "
					      "then; its record says which.")));
}
