/*
 * token_fetch.c -- the provider is asked for a token, and Postgres given what it answered.
 *
 * The hold of the credential's row ends with either of token_keep and token_fail; where neither comes to pass,
 * with its time.
 */
#include "service/token_private.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"
#include "net/auth.h"
#include "net/http.h"
#include "service/oauth2.h"
#include "service/secret_texts.h"
#include "store/column.h"

#include <stdio.h>

/* ---- what went wrong ---- */

/* Secrets that the provider was sent, and may repeat. */
static struct ty_forms
sent_forms(const struct ty_token_job *job)
{
	const char *sent[] = { job->old.refresh_token, job->code != NULL ? job->code->code : NULL,
			       job->code != NULL ? job->code->verifier : NULL };
	const struct ty_forms *own = &job->credential->credential->forms;
	struct ty_forms forms = { .texts = NULL };

	for (size_t i = 0; i < own->count; i++)
		(void)ty_forms_add_one(job->arena, &forms, own->texts[i]);
	for (size_t i = 0; i < TY_ARRAY_COUNT(sent); i++)
		if (sent[i] != NULL)
			(void)ty_forms_add(job->arena, &forms, sent[i]);
	return forms;
}

static void
job_failed(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_token_job *job = ctx;
	struct ty_err told = job->err;

	job->is_outstanding = false;
	if (rows != NULL && rows->count > 0 && job->code == NULL &&
	    ty_str_eq(ty_rows_text(rows, 0, ty_rows_column(rows, "state")), "reconnect"))
		(void)token_needs_reconnect(job->err.msg, &told);
	token_told(job, NULL, &told);
}

void
token_fail(struct ty_token_job *job, bool over, bool doubt)
{
	bool refreshes = job->old.refresh_token != NULL;
	char problem[sizeof(job->err.msg)];
	const struct ty_forms forms = sent_forms(job);
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(job->workspace_id.s),
		TY_SQL_TEXT(job->credential_id.s),
		TY_SQL_TEXT(job->holder.s),
		TY_SQL_TEXT(job->code != NULL ? "true" : "false"),
		TY_SQL_TEXT(over && refreshes ? "true" : "false"),
		TY_SQL_TEXT(doubt && refreshes ? "true" : "false"),
		TY_SQL_TEXT(problem),
	};

	secret_texts_mask_err(&job->err, &forms);
	if (job->err.path[0] == '\0')
		(void)ty_err_at(&job->err, "credential");
	/* Keep no problem of a job that was left, because it is no fault of the credential. */
	ty_oauth2_words(job->err.code == TY_E_CANCELED ? "" : job->err.msg, problem,
			sizeof(problem));
	job->state = TOKEN_FAIL;
	job->is_outstanding = true;
	ty_store_async_query(job->tokens->store,
			     "SELECT state FROM tyboo.fail_token($1, $2, $3, $4, $5, $6, $7)",
			     params, TY_ARRAY_COUNT(params), job_failed, job);
}

/* ---- keeping ---- */

static void
job_kept(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_token_job *job = ctx;

	job->is_outstanding = false;
	if (err != NULL) {
		/* Call again, because a token that was kept all the same is told so. */
		if (err->retryable && ty_time_mono_ms() < job->until_ms && !job->tokens->is_freed)
			token_look_again(job, TOKEN_AGAIN);
		else
			token_told(job, NULL, err);
	} else if (rows->count > 0 && ty_rows_bool(rows, 0, ty_rows_column(rows, "kept"))) {
		token_told(job, &job->token, NULL);
	} else if (job->code != NULL) {
		ty_err_set(&job->err, TY_E_CONFLICT, "The credential was changed meanwhile");
		ty_err_hint(&job->err, "Connect it again.");
		token_told(job, NULL, &job->err);
	} else {
		token_ask(job); /* another has asked since */
	}
}

void
token_keep(struct ty_token_job *job)
{
	char version[24], key_version[24], renew_s[24], expires_s[24];
	bool has_end = job->lifetime_s > 0;
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(job->workspace_id.s),
		TY_SQL_TEXT(job->credential_id.s),
		TY_SQL_TEXT(version),
		TY_SQL_TEXT(job->holder.s),
		TY_SQL_TEXT(job->code != NULL ? "true" : "false"),
		TY_SQL_TEXT(job->token.id.s),
		TY_SQL_TEXT(key_version),
		TY_SQL_BYTES(job->sealed, job->sealed_len),
		TY_SQL_TEXT(has_end ? renew_s : NULL),
		TY_SQL_TEXT(has_end ? expires_s : NULL),
		TY_SQL_TEXT(job->refresh_token != NULL ? "true" : "false"),
		TY_SQL_TEXT(job->rotates ? "true" : "false"),
	};

	snprintf(version, sizeof(version), "%lld", (long long)job->credential->version);
	snprintf(key_version, sizeof(key_version), "%lld", (long long)job->place.key_version);
	snprintf(renew_s, sizeof(renew_s), "%lld", (long long)ty_oauth2_renew_s(job->lifetime_s));
	snprintf(expires_s, sizeof(expires_s), "%lld", (long long)job->lifetime_s);
	job->state = TOKEN_KEEP;
	job->is_outstanding = true;
	ty_store_async_query(
		job->tokens->store,
		"SELECT kept FROM tyboo.keep_token($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"$10, $11, $12)",
		params, TY_ARRAY_COUNT(params), job_kept, job);
}

/* A refresh that gives no other refresh token leaves the one there was (RFC 6749, 6). */
static void
job_take(struct ty_token_job *job, const struct ty_oauth2_token *token)
{
	bool is_code = job->credential->credential->signing == TY_SIGNING_OAUTH2_CODE;
	const char *refresh =
		token->refresh_token != NULL ? token->refresh_token : job->old.refresh_token;
	struct ty_vault_token sealed;

	job->token = (struct ty_token){ .id = ty_id_new(), .access_token = token->access_token };
	job->refresh_token = is_code ? refresh : NULL;
	job->rotates = job->old.refresh_token == NULL ||
		       !ty_str_eq(job->old.refresh_token, job->refresh_token);
	job->lifetime_s = token->lifetime_s;
	job->place.token_id = &job->token.id;
	sealed = (struct ty_vault_token){ token->access_token, job->refresh_token };
	if (ty_vault_token_seal(job->vault, job->arena, &job->place, &sealed, &job->sealed,
				&job->sealed_len, &job->err) != TY_OK)
		token_fail(job, false, true);
	else
		token_keep(job);
}

/* ---- the provider ---- */

static void
job_answered(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct ty_token_job *job = ctx;
	const json_t *body = json_object_get(answer, "body");
	const struct ty_forms forms = sent_forms(job);
	const struct ty_oauth2_answer given = {
		.status = ty_json_int(answer, "status", 0),
		.text = json_is_string(body) ? json_string_value(body) : "",
		.len = json_string_length(body),
		.sent = &forms,
	};
	struct ty_oauth2_token token;
	enum ty_oauth2_outcome outcome;

	job->call = NULL;
	if (err != NULL) {
		job->err = *err;
		token_fail(job, false, job->sent);
		return;
	}
	outcome = ty_oauth2_answer(job->arena, &given, &token, &job->err);
	/* The tree is the transfer's own, and goes with it: no other copy stays. */
	if (json_is_string(body))
		ty_json_wipe((json_t *)body);
	if (outcome == TY_OAUTH2_TOKEN)
		job_take(job, &token);
	else
		token_fail(job, outcome == TY_OAUTH2_OVER, outcome == TY_OAUTH2_UNREADABLE);
}

static enum ty_code
check_host(const struct ty_token_job *job, const char *url, struct ty_err *err)
{
	const char *host;
	int port;

	if (ty_str_is_blank(job->hosts))
		return TY_OK;
	if (ty_net_url_host(job->arena, url, &host, &port, err) != TY_OK)
		return err->code;
	if (ty_credential_is_for(job->hosts, host, port))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED,
		   "The credential is not for the host %.100s of its token "
		   "address",
		   host);
	ty_err_hint(err, "It is for %.100s: add the provider's host to it.", job->hosts);
	return ty_err_at(err, "credential");
}

/*
 * RFC 9207, 2.4: a code that another provider gave must not be sent to this one.  Known only where the credential names
 * its issuer; the texts are compared as they are.
 */
static enum ty_code
check_issuer(const struct ty_token_job *job, const struct ty_signing_oauth2 *values,
	     struct ty_err *err)
{
	if (job->code == NULL || ty_str_is_blank(values->issuer) ||
	    ty_str_eq(job->code->iss, values->issuer))
		return TY_OK;
	ty_err_set(err, TY_E_DENIED, "The sign-in was answered by %s%.200s, not by the issuer",
		   ty_str_is_blank(job->code->iss) ? "somebody who does not say who he is" : "",
		   job->code->iss);
	ty_err_hint(err, "Connect again. Where the provider sends no iss, or another text, change "
			 "the credential's issuer.");
	return ty_err_at(err, "credential");
}

void
token_fetch(struct ty_token_job *job)
{
	const struct ty_credential *c = job->credential->credential;
	const struct ty_oauth2_grant grant = {
		.signing = c->signing,
		.values = c->signing_values,
		.refresh_token = job->old.refresh_token,
		.code = job->code != NULL ? job->code->code : NULL,
		.verifier = job->code != NULL ? job->code->verifier : NULL,
		.redirect_uri = job->code != NULL ? job->code->redirect_uri : NULL,
		.now_ms = ty_time_now_ms(),
	};
	const struct ty_net_auth auth = { .sent = &job->sent };
	json_t *request = NULL;

	job->state = TOKEN_FETCH;
	job->sent = false;
	if (check_issuer(job, grant.values, &job->err) == TY_OK &&
	    check_host(job, grant.values->token_url, &job->err) == TY_OK)
		request = ty_oauth2_request(job->arena, &grant, &job->err);
	if (request == NULL) {
		token_fail(job, false, false);
		return;
	}
	job->call = ty_net_http_auth(job->tokens->net, request, TY_OAUTH2_TIMEOUT_MS, NULL, &auth,
				     job_answered, job);
	ty_json_wipe(request);
	json_decref(request);
}
