/*
 * token.c -- see token.h.
 *
 * A job ends in one place (token_told), when Postgres has said its last word on it; a statement under way
 * cannot be called off, so that a job that was left waits for it.
 */
#include "service/token_private.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "net/http.h"
#include "store/column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tokens_look(uv_timer_t *timer);

/* ---- a job's end ---- */

static bool
job_is_busy(const struct ty_token_job *job)
{
	return job->state == TOKEN_FETCH || job->state == TOKEN_KEEP || job->state == TOKEN_AGAIN ||
	       job->state == TOKEN_FAIL;
}

bool
ty_tokens_are_busy(const struct ty_tokens *tokens)
{
	for (const struct ty_token_job *job = tokens->jobs; job != NULL; job = job->next)
		if (job_is_busy(job))
			return true;
	return false;
}

static void
job_free(struct ty_token_job *job)
{
	struct ty_tokens *tokens = job->tokens;

	if (job->prev != NULL)
		job->prev->next = job->next;
	else
		tokens->jobs = job->next;
	if (job->next != NULL)
		job->next->prev = job->prev;
	if (job->call != NULL)
		ty_net_cancel(job->call);
	ty_credential_unref(job->credential);
	ty_arena_free(job->arena); /* wipes */
	free(job);
}

void
token_told(struct ty_token_job *job, const struct ty_token *token, const struct ty_err *err)
{
	struct ty_tokens *tokens = job->tokens;
	bool was_busy = job_is_busy(job);

	if (job->fn != NULL)
		job->fn(job->ctx, token, err);
	job_free(job);
	if (was_busy && !tokens->is_freed && tokens->idle != NULL && !ty_tokens_are_busy(tokens))
		tokens->idle(tokens->ctx);
}

void
token_look_again(struct ty_token_job *job, enum token_state state)
{
	job->state = state;
	if (!uv_is_active((uv_handle_t *)&job->tokens->timer))
		uv_timer_start(&job->tokens->timer, tokens_look, TY_TOKEN_LOOK_MS, 0);
}

enum ty_code
token_needs_reconnect(const char *problem, struct ty_err *err)
{
	ty_err_set(err, TY_E_DENIED, "The credential has to be connected anew. %.300s", problem);
	ty_err_hint(err, "Press Re-connect on the page of credentials, or see tybooctl credential "
			 "connect.");
	return ty_err_at(err, "credential");
}

/* ---- what is to be done? ---- */

struct taken {
	const char *verdict, *problem;
	struct ty_id token_id;
	int64_t key_version, seal_version;
	const uint8_t *wrapped, *sealed, *seal_wrapped;
	size_t wrapped_len, sealed_len, seal_wrapped_len;
};

static const struct ty_column taken_columns[] = {
	TY_COLUMN(TEXT, struct taken, verdict),
	TY_COLUMN(TEXT, struct taken, problem),
	TY_COLUMN(ID, struct taken, token_id),
	TY_COLUMN(INT, struct taken, key_version),
	TY_COLUMN(INT, struct taken, seal_version),
	TY_COLUMN_BYTES_OF(struct taken, wrapped, wrapped_len),
	TY_COLUMN_BYTES_OF(struct taken, sealed, sealed_len),
	TY_COLUMN_BYTES_OF(struct taken, seal_wrapped, seal_wrapped_len),
	TY_COLUMN_END,
};

static enum ty_code
open_taken(struct ty_token_job *job, const struct taken *taken, struct ty_vault_token *ret_token,
	   struct ty_err *err)
{
	const struct ty_vault_token_place place = { .workspace_id = &job->workspace_id,
						    .credential_id = &job->credential_id,
						    .token_id = &taken->token_id,
						    .key_version = taken->key_version,
						    .wrapped = taken->wrapped,
						    .wrapped_len = taken->wrapped_len };

	if (ty_vault_token_open(job->vault, job->arena, &place, taken->sealed, taken->sealed_len,
				ret_token, err) != TY_OK)
		return ty_err_at(err, "credential");
	return TY_OK;
}

static void
job_use(struct ty_token_job *job, const struct taken *taken)
{
	struct ty_vault_token opened;

	if (open_taken(job, taken, &opened, &job->err) != TY_OK) {
		token_told(job, NULL, &job->err);
		return;
	}
	job->token =
		(struct ty_token){ .id = taken->token_id, .access_token = opened.access_token };
	token_told(job, &job->token, NULL);
}

static void
job_begin_fetch(struct ty_token_job *job, const struct taken *taken)
{
	bool is_code = job->credential->credential->signing == TY_SIGNING_OAUTH2_CODE;

	job->until_ms = ty_time_mono_ms() + TY_TOKEN_HOLD_MS;
	job->place = (struct ty_vault_token_place){
		.workspace_id = &job->workspace_id,
		.credential_id = &job->credential_id,
		.key_version = taken->seal_version,
		.wrapped =
			ty_arena_memdup(job->arena, taken->seal_wrapped, taken->seal_wrapped_len),
		.wrapped_len = taken->seal_wrapped_len,
	};
	if (job->fn == NULL) {
		ty_err_set(&job->err, TY_E_CANCELED, "Nobody waits for the token any more");
		token_fail(job, false, false);
	} else if (is_code && taken->sealed != NULL && job->code == NULL &&
		   open_taken(job, taken, &job->old, &job->err) != TY_OK) {
		token_fail(job, false, false);
	} else {
		token_fetch(job);
	}
}

/* Others' word on why there is no token now. */
static const struct {
	const char *verdict;
	enum ty_code code;
	const char *what, *hint;
} refusals[] = {
	{ "gone", TY_E_NOT_FOUND, "The credential was deleted meanwhile",
	  "Choose another in the node and publish." },
	{ "changed", TY_E_UNAVAILABLE, "The credential was changed meanwhile", "Try again." },
	{ "connect", TY_E_DENIED, "The credential is not connected: nobody has signed in for it",
	  "Press Connect on the page of credentials, or see tybooctl credential connect." },
	{ NULL, TY_E_INTERNAL, "The store's verdict on the token is unknown", "" },
};

static void
job_refuse(struct ty_token_job *job, const struct taken *taken)
{
	size_t i = 0;

	if (ty_str_eq(taken->verdict, "reconnect")) {
		(void)token_needs_reconnect(taken->problem, &job->err);
	} else {
		while (refusals[i].verdict != NULL &&
		       !ty_str_eq(refusals[i].verdict, taken->verdict))
			i++;
		ty_err_set(&job->err, refusals[i].code, "%s", refusals[i].what);
		ty_err_hint(&job->err, "%s", refusals[i].hint);
		(void)ty_err_at(&job->err, "credential");
	}
	token_told(job, NULL, &job->err);
}

static void
job_wait(struct ty_token_job *job)
{
	if (ty_time_mono_ms() < job->until_ms) {
		token_look_again(job, TOKEN_WAIT);
		return;
	}
	ty_err_set(&job->err, TY_E_TIMEOUT, "Another worker did not get the token in time");
	ty_err_hint(&job->err, "Try again; the page of credentials says whether the provider "
			       "answers.");
	token_told(job, NULL, &job->err);
}

static void
job_taken(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_token_job *job = ctx;
	struct taken taken = { .verdict = "changed" };

	job->is_outstanding = false;
	if (err != NULL || (rows->count > 0 && ty_rows_read_one(rows, taken_columns, job->arena, 0,
								&taken, &job->err) != TY_OK)) {
		token_told(job, NULL, err != NULL ? err : &job->err);
		return;
	}
	if (ty_str_eq(taken.verdict, "fetch"))
		job_begin_fetch(job, &taken);
	else if (job->fn == NULL || ty_str_eq(taken.verdict, "keep"))
		token_told(job, NULL, NULL);
	else if (ty_str_eq(taken.verdict, "use"))
		job_use(job, &taken);
	else if (ty_str_eq(taken.verdict, "wait"))
		job_wait(job);
	else
		job_refuse(job, &taken);
}

void
token_ask(struct ty_token_job *job)
{
	bool is_code = job->credential->credential->signing == TY_SIGNING_OAUTH2_CODE;
	char version[24], hold_ms[24], young_ms[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(job->workspace_id.s),
		TY_SQL_TEXT(job->credential_id.s),
		TY_SQL_TEXT(version),
		TY_SQL_TEXT(is_code ? "true" : "false"),
		TY_SQL_TEXT(ty_id_is_set(&job->spoiled) ? job->spoiled.s : NULL),
		TY_SQL_TEXT(job->holder.s),
		TY_SQL_TEXT(hold_ms),
		TY_SQL_TEXT(young_ms),
	};

	snprintf(version, sizeof(version), "%lld", (long long)job->credential->version);
	snprintf(hold_ms, sizeof(hold_ms), "%d", TY_TOKEN_HOLD_MS);
	snprintf(young_ms, sizeof(young_ms), "%d", TY_TOKEN_YOUNG_MS);
	job->state = TOKEN_ASK;
	job->is_outstanding = true;
	if (job->code != NULL)
		ty_store_async_query(job->tokens->store,
				     "SELECT * FROM tyboo.connect_token($1, $2, $3)", params, 3,
				     job_taken, job);
	else
		ty_store_async_query(
			job->tokens->store,
			"SELECT * FROM tyboo.take_token($1, $2, $3, $4, $5, $6, $7, $8)", params,
			TY_ARRAY_COUNT(params), job_taken, job);
}

/* ---- public ---- */

static void
tokens_look(uv_timer_t *timer)
{
	struct ty_tokens *tokens = timer->data;
	struct ty_token_job *next;

	for (struct ty_token_job *job = tokens->jobs; job != NULL; job = next) {
		next = job->next;
		if (job->state == TOKEN_WAIT)
			token_ask(job);
		else if (job->state == TOKEN_AGAIN)
			token_keep(job);
	}
}

struct ty_tokens *
ty_tokens_new(uv_loop_t *loop, struct ty_store_async *store, struct ty_net *net,
	      void (*idle)(void *ctx), void *ctx)
{
	struct ty_tokens *tokens = calloc(1, sizeof(*tokens));

	TY_ASSERT(tokens != NULL);
	*tokens = (struct ty_tokens){ .store = store, .net = net, .idle = idle, .ctx = ctx };
	uv_timer_init(loop, &tokens->timer);
	tokens->timer.data = tokens;
	return tokens;
}

static void
tokens_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
ty_tokens_free(struct ty_tokens *tokens)
{
	if (tokens == NULL)
		return;
	tokens->is_freed = true;
	while (tokens->jobs != NULL) {
		TY_ASSERT(!tokens->jobs->is_outstanding); /* the store is freed before */
		job_free(tokens->jobs);
	}
	uv_close((uv_handle_t *)&tokens->timer, tokens_closed);
}

static const struct ty_token_code *
code_copy(struct ty_arena *arena, const struct ty_token_code *code)
{
	struct ty_token_code *copy;

	if (code == NULL)
		return NULL;
	copy = ty_arena_new_of(arena, struct ty_token_code);
	copy->code = (const char *)ty_secret_new(arena, code->code, strlen(code->code) + 1)->data;
	copy->verifier =
		(const char *)ty_secret_new(arena, code->verifier, strlen(code->verifier) + 1)
			->data;
	copy->redirect_uri = ty_arena_strdup(arena, code->redirect_uri);
	copy->iss = code->iss != NULL ? ty_arena_strdup(arena, code->iss) : "";
	return copy;
}

struct ty_token_job *
ty_token_get(struct ty_tokens *tokens, const struct ty_token_ask *ask, ty_token_fn fn, void *ctx)
{
	struct ty_token_job *job = calloc(1, sizeof(*job));

	TY_ASSERT(job != NULL);
	job->tokens = tokens;
	job->vault = ask->vault;
	job->credential = ask->credential;
	ty_credential_hold(job->credential);
	job->workspace_id = *ask->workspace_id;
	job->credential_id = *ask->credential_id;
	job->holder = ty_id_new();
	if (ask->spoiled != NULL)
		job->spoiled = *ask->spoiled;
	job->arena = ty_arena_new(NULL, "token", 0);
	job->hosts = ty_arena_strdup(job->arena, ask->hosts != NULL ? ask->hosts : "");
	job->code = code_copy(job->arena, ask->code);
	job->fn = fn;
	job->ctx = ctx;
	job->until_ms = ty_time_mono_ms() + TY_TOKEN_HOLD_MS;
	job->next = tokens->jobs;
	if (tokens->jobs != NULL)
		tokens->jobs->prev = job;
	tokens->jobs = job;
	token_ask(job);
	return job;
}

void
ty_token_leave(struct ty_token_job *job)
{
	if (job == NULL)
		return;
	job->fn = NULL;
	if (job->state == TOKEN_WAIT)
		job_free(job);
}
