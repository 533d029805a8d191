/*
 * api_connect.c -- a person signs in at a provider for a credential, and comes back.
 *
 * The way back is one address for all (service/connect.h).  It answers by sending the browser on to a page of
 * the UI, with a word for what came of it; no token, code or text of a provider is in that address.
 */
#include "api.h"

#include "access.h"
#include "app.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "service/connect.h"
#include "service/oauth2.h"
#include "service/token.h"
#include "service/try.h"
#include "store/user.h"
#include "vault/token.h"

#include <string.h>

#define PROBLEM_SIZE 400 /* of what a provider says, cut */

enum ty_code
api_credential_connect(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_connect connect = { .vault = call->app->vault,
				      .base_url = call->app->conf->base_url,
				      .workspace_id = &call->workspace.id,
				      .credential_id = &call->id };
	struct ty_connect_way way;

	/* Without a session anybody could be made to sign in for somebody else's credential. */
	if (call->session == NULL) {
		ty_err_set(err, TY_E_DENIED, "A person connects a credential, not an API key");
		return ty_err_hint(err, "Sign in and press Connect, or use tybooctl credential "
					"connect.");
	}
	connect.session_hash = call->session->token_hash;
	if (ty_connect_begin(&connect, call->tx, &way, err) != TY_OK)
		return err->code;
	return api_json(call, 200,
			ty_json_own(call->arena,
				    json_pack("{s:s, s:s, s:s}", "url", way.url, "redirect_uri",
					      way.redirect_uri, "expires_at", way.expires_at)));
}

/* ---- the way back ---- */

struct back {
	const char *state, *code, *error, *error_description, *iss;
	struct ty_store_oauth2_taken taken;
	const char *slug;    /* workspace of the credential; NULL = not known to who came */
	const char *outcome; /* a word of the UI's page */
};

static enum ty_code
back_parse(struct ty_api_call *call, struct back *back, struct ty_err *err)
{
	json_t *query;

	if (ty_http_query(call->arena, call->request->query, &query, err) != TY_OK)
		return err->code;
	back->state = ty_json_str(query, "state", "");
	back->code = ty_json_str(query, "code", "");
	back->iss = ty_json_str(query, "iss", "");
	back->error = ty_json_str(query, "error", "");
	back->error_description = ty_json_str(query, "error_description", "");
	return TY_OK;
}

/* Only who may change the credential connects it, and learns its workspace's name. */
static enum ty_code
back_may(struct ty_api_call *call, struct back *back, struct ty_err *err)
{
	struct ty_store_workspace *list;
	size_t count;

	if (!ty_id_is_set(&back->taken.workspace_id))
		return TY_OK;
	if (ty_store_user_workspaces(call->tx, &call->user_id, back->taken.workspace_id.s, &list,
				     &count, err) != TY_OK)
		return err->code;
	if (count > 0 && ty_permission_has(list[0].permissions, "credential.write"))
		back->slug = list[0].slug;
	else if (ty_str_eq(back->taken.verdict, "ok"))
		back->taken.verdict = "denied";
	return TY_OK;
}

/* Use the state up.  back->outcome stays NULL where the sign-in goes on. */
static enum ty_code
back_take(struct ty_api_call *call, struct back *back, struct ty_err *err)
{
	if (ty_access_look(call, err) != TY_OK)
		return err->code;
	if (call->session == NULL) {
		back->outcome = "signed_out";
		return api_commit(call, err);
	}
	if (ty_connect_take(call->tx, back->state, call->session->token_hash, &back->taken, err) !=
		    TY_OK ||
	    back_may(call, back, err) != TY_OK || api_commit(call, err) != TY_OK)
		return err->code;
	if (!ty_str_eq(back->taken.verdict, "ok"))
		back->outcome = back->taken.verdict;
	return TY_OK;
}

static enum ty_code
back_failed(struct ty_api_call *call, struct back *back, const char *problem, struct ty_err *err)
{
	back->outcome = "failed";
	if (ty_tx_begin(call->app->store, call->arena, &back->taken.workspace_id, API_TX_WAIT_MS,
			&call->tx, err) != TY_OK ||
	    ty_store_oauth2_fail(call->tx, &back->taken.workspace_id, &back->taken.credential_id,
				 problem, err) != TY_OK)
		return err->code;
	return api_commit(call, err);
}

/* RFC 6749, 4.1.2.1: the provider says why there is no code. */
static enum ty_code
back_refused(struct ty_api_call *call, struct back *back, struct ty_err *err)
{
	char code[64], words[200];

	if (back->error[0] == '\0')
		return back_failed(call, back, "The provider sent no code.", err);
	ty_oauth2_words(back->error, code, sizeof(code));
	ty_oauth2_words(back->error_description, words, sizeof(words));
	return back_failed(call, back,
			   ty_arena_printf(call->arena, "The provider says %s%s%s", code,
					   words[0] != '\0' ? ": " : "", words),
			   err);
}

static enum ty_code
back_exchange(struct ty_api_call *call, struct back *back, struct ty_err *err)
{
	const struct ty_token_code code = {
		.code = back->code,
		.verifier = ty_vault_verifier(call->app->vault, call->arena, back->state),
		.redirect_uri = ty_connect_redirect_uri(call->arena, call->app->conf->base_url),
		.iss = back->iss,
	};
	const struct ty_service_try try = { .conf = call->app->conf,
					    .workspace_id = &back->taken.workspace_id,
					    .credential_id = &back->taken.credential_id,
					    .code = &code,
					    .timeout_ms = TY_LIMIT_TRY_MS };
	struct ty_err why = { TY_OK };
	char problem[PROBLEM_SIZE];
	json_t *told;

	if (ty_service_try(call->arena, &try, &told, &why) == TY_OK) {
		back->outcome = "ok";
		return TY_OK;
	}
	ty_oauth2_words(why.msg, problem, sizeof(problem));
	return back_failed(call, back, problem, err);
}

static enum ty_code
back_answer(struct ty_api_call *call, const struct back *back)
{
	const char *where =
		back->slug == NULL
			? ty_arena_printf(call->arena, "/connected?connect=%s", back->outcome)
			: ty_arena_printf(call->arena, "/w/%s/credentials?connect=%s&credential=%s",
					  back->slug, back->outcome, back->taken.credential_id.s);

	ty_http_response_header(call->response, "Location", where);
	ty_http_response_header(call->response, "Referrer-Policy", "no-referrer");
	return api_empty(call, 303);
}

static enum ty_code
come_back(struct ty_api_call *call, struct ty_err *err)
{
	struct back back = { .outcome = NULL };

	if (back_parse(call, &back, err) != TY_OK || back_take(call, &back, err) != TY_OK)
		return err->code;
	if (back.outcome == NULL && (back.error[0] != '\0' || back.code[0] == '\0'
					     ? back_refused(call, &back, err)
					     : back_exchange(call, &back, err)) != TY_OK)
		return err->code;
	return back_answer(call, &back);
}

/* A provider is waited for as a server is that a credential is tried at, so both have the same places. */
enum ty_code
api_oauth2_callback(struct ty_api_call *call, struct ty_err *err)
{
	enum ty_code code;

	if (strcmp(call->request->method, "GET") != 0)
		return ty_err_set(err, TY_E_METHOD, "This address takes GET");
	if (atomic_fetch_add(&call->app->tries, 1) < TY_LIMIT_TRIES_COUNT) {
		code = come_back(call, err);
	} else {
		code = ty_err_set(err, TY_E_UNAVAILABLE, "Others connect credentials just now");
		ty_err_hint(err, "Load this page again in a moment.");
		call->retry_after_ms = TY_LIMIT_TRY_MS;
	}
	atomic_fetch_sub(&call->app->tries, 1);
	return code;
}
