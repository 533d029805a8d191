/*
 * hook_secret.c -- see hook_secret.h.
 */
#include "hook_secret.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "hook_receive.h"
#include "vault/handshake.h"

/* Senders give up a handshake after some seconds. */
#define TX_WAIT_MS 2000
/* Postgres is away: long enough for a restart. */
#define RETRY_MS 5000

static const char *
offered(const struct ty_hook_rule *rule, const struct ty_hook_delivery *delivery)
{
	return rule->scheme.handshake_header != NULL
		       ? delivery->header(delivery->ctx, rule->scheme.handshake_header)
		       : NULL;
}

bool
hook_secret_is_offered(const struct ty_hook_rule *rule, const struct ty_hook_delivery *delivery)
{
	return !ty_str_is_blank(offered(rule, delivery)) &&
	       ty_str_is_blank(delivery->header(delivery->ctx, rule->scheme.signature_header));
}

static enum ty_code
keep(struct ty_api_call *call, const struct ty_hook_entry *entry, const char *secret,
     bool *ret_is_it, struct ty_err *err)
{
	const struct ty_id *workspace_id = &entry->claim.workspace_id;
	struct ty_tx *tx;
	struct ty_id id;

	if (!ty_id_parse(entry->rule->credential_id, &id))
		return ty_err_set(err, TY_E_NOT_FOUND, "the webhook has no credential");
	if (ty_tx_begin(call->app->store, call->arena, workspace_id, TX_WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_vault_offer(call->app->vault, tx, workspace_id, &id, secret, ret_is_it, err) !=
	    TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* Refuse a secret that was not looked at, or is none. */
static enum ty_code
refuse(struct ty_api_call *call, const struct ty_hook_entry *entry,
       const struct ty_hook_delivery *delivery, struct ty_receipt *receipt, struct ty_err *err)
{
	enum ty_hook_result result =
		err->code == TY_E_DENIED ? TY_HOOK_LOCKED : TY_HOOK_NOT_CONFIGURED;

	if (err->code == TY_E_DENIED || err->code == TY_E_NOT_FOUND) {
		ty_err_clear(err);
		return hook_refuse_unverified(call, entry->rule, delivery, receipt, result, err);
	}
	if (err->code == TY_E_INVALID) {
		const char *what = ty_arena_printf(call->arena, "The header %s has no secret: %s",
						   entry->rule->scheme.handshake_header, err->msg);

		hook_keep_refused(call, receipt, "malformed", what);
		ty_err_set(err, TY_E_MALFORMED, "%s", what);
		return ty_err_hint(err, "Send the secret as it is, %d bytes at most.",
				   TY_VAULT_OFFER_BYTES_MAX);
	}
	ty_log_err(&call->app->log, TY_LOG_WARN, "a sender's secret was not kept", err);
	call->retry_after_ms = RETRY_MS;
	ty_err_set(err, TY_E_UNAVAILABLE,
		   "The sender's secret needs the database, which cannot keep it now");
	return ty_err_hint(err, "Send it again after Retry-After.");
}

enum ty_code
hook_secret_take(struct ty_api_call *call, const struct ty_hook_entry *entry,
		 const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
		 struct ty_err *err)
{
	const char *secret = offered(entry->rule, delivery);
	bool is_it = false;

	if (keep(call, entry, secret, &is_it, err) != TY_OK)
		return refuse(call, entry, delivery, receipt, err);
	if (!is_it)
		return hook_refuse_unverified(call, entry->rule, delivery, receipt, TY_HOOK_MISSING,
					      err);
	/* Forget the entry without the secret, because the sender's first delivery comes at once. */
	ty_hook_cache_drop(call->app->hooks, &entry->claim.workflow_id);
	call->verdict = "handshake";
	ty_http_response_header(call->response, entry->rule->scheme.handshake_header, secret);
	return api_json(call, 200,
			ty_json_own(call->arena, json_pack("{s:s}", "verdict", "handshake")));
}
