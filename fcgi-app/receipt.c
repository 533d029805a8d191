/*
 * receipt.c -- receipts of the API's own triggers, and what becomes of any of them.
 */
#include "receipt.h"

#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

/* Retry-After while both stores are away: long enough for a restart, short enough for an impatient sender. */
#define UNAVAILABLE_RETRY_MS 5000

void
api_receipt_sign(const struct ty_api_call *call, struct ty_receipt *receipt)
{
	receipt->id = call->request->id;
	receipt->remote_addr = call->request->remote_addr != NULL ? call->request->remote_addr : "";
}

enum ty_code
api_admission_check(struct ty_api_call *call, const struct ty_admission *admission,
		    struct ty_err *err)
{
	static const struct {
		const char *text, *hint;
	} limits[TY_VERDICT__COUNT] = {
		[TY_VERDICT_RATE] = { "The workspace's rate of runs is reached",
				      "Send it again after Retry-After, or fewer a second." },
		[TY_VERDICT_QUOTA] = { "The workspace's runs of this month are used up",
				       "Wait for the next month, or ask the operator for more." },
		[TY_VERDICT_DEPTH] = { "Too many runs of the workspace are waiting",
				       "Send it again after Retry-After, or cancel what waits." },
	};

	if (limits[admission->verdict].text == NULL)
		return TY_OK;
	call->verdict = ty_verdict_name(admission->verdict);
	call->retry_after_ms = admission->retry_after_ms;
	ty_err_set(err, TY_E_LIMIT, "%s", limits[admission->verdict].text);
	err->retryable = true;
	return ty_err_hint(err, "%s", limits[admission->verdict].hint);
}

enum ty_code
api_submit(struct ty_api_call *call, const struct ty_receipt *receipt,
	   struct ty_admission *ret_admission, struct ty_err *err)
{
	if (api_commit(call, err) != TY_OK)
		return err->code;
	if (ty_intake_submit(call->app->intake, receipt, ret_admission, err) != TY_OK) {
		if (err->code == TY_E_UNAVAILABLE)
			call->retry_after_ms = UNAVAILABLE_RETRY_MS;
		return err->code;
	}
	return api_admission_check(call, ret_admission, err);
}

enum ty_code
api_started(struct ty_api_call *call, const struct ty_admission *admission)
{
	bool duplicate = admission->verdict == TY_VERDICT_DUPLICATE;

	return api_json(
		call, duplicate ? 200 : 202,
		ty_json_own(call->arena,
			    json_pack("{s:s, s:s, s:b}", "execution_id", admission->run_id.s,
				      "run_id", admission->run_id.s, "duplicate", (int)duplicate)));
}

enum ty_code
api_start(struct ty_api_call *call, const struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_admission admission;

	if (api_submit(call, receipt, &admission, err) != TY_OK)
		return err->code;
	return api_started(call, &admission);
}

enum ty_code
api_idempotency_key(struct ty_api_call *call, const char *what, const char **ret_key,
		    struct ty_err *err)
{
	const char *key = ty_http_header(call->request, "idempotency-key");

	*ret_key = "";
	if (ty_str_is_blank(key))
		return TY_OK;
	if (strlen(key) > TY_LIMIT_IDEMPOTENCY_KEY_BYTES || !ty_str_is_utf8(key, strlen(key))) {
		ty_err_set(err, TY_E_INVALID,
			   "The Idempotency-Key is longer than %d bytes or no text",
			   TY_LIMIT_IDEMPOTENCY_KEY_BYTES);
		ty_err_hint(err, "Send a shorter one, such as a UUID.");
		return ty_err_at(err, "Idempotency-Key");
	}
	*ret_key = ty_arena_printf(call->arena, "%s:%s:%s", what, call->id.s, key);
	return TY_OK;
}
