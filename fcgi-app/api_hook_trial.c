/*
 * api_hook_trial.c -- is a request genuine by a webhook's rule and secrets, and what differs if not?
 *
 * Whoever may change the workflow may ask, because only they are told of its webhook's secret in any way.
 */
#include "api.h"

#include "app.h"
#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "intake/hook_trial.h"
#include "vault/vault.h"

#include <string.h>

static struct ty_hook_trial
trial_begin(const struct ty_api_call *call)
{
	struct ty_hook_trial trial =
		ty_hook_trial_begin(call->workspace.slug, call->app->conf->base_url,
				    ty_vault_secrets, call->app->vault);

	trial.sns_hosts = call->app->conf->sns_hosts;
	return trial;
}

enum ty_code
api_delivery_verify(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_hook_trial trial = trial_begin(call);
	json_t *report;

	if (ty_hook_try_delivery(call->tx, &call->id, &trial, &report, err) != TY_OK)
		return err->code;
	return api_json(call, 200, report);
}

static enum ty_code
read_body(struct ty_api_call *call, struct ty_hook_trial *trial, struct ty_err *err)
{
	const struct form_hook_trial *form = call->body;

	trial->body = form->body;
	trial->body_len = strlen(form->body);
	if (form->body_base64[0] == '\0')
		return TY_OK;
	trial->body = ty_base64_decode(call->arena, form->body_base64, strlen(form->body_base64),
				       &trial->body_len);
	if (trial->body != NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "body_base64 is no base64");
	return ty_err_at(err, "body_base64");
}

enum ty_code
api_hook_verify(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_hook_trial *form = call->body;
	struct ty_hook_trial trial = trial_begin(call);
	json_t *report;

	trial.method = form->method;
	trial.path = form->path;
	trial.query = form->query;
	trial.headers =
		form->headers != NULL ? form->headers : ty_json_own(call->arena, json_object());
	if (!json_is_object(trial.headers)) {
		ty_err_set(err, TY_E_INVALID, "headers is an object of texts");
		return ty_err_at(err, "headers");
	}
	if (read_body(call, &trial, err) != TY_OK ||
	    ty_hook_try(call->tx, &trial, &report, err) != TY_OK)
		return err->code;
	return api_json(call, 200, report);
}
