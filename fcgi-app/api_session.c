/*
 * api_session.c -- signing in and out, and who is signed in.
 *
 * The cookie holds the token and nothing else; what is kept is its hash.  JavaScript never
 * sees it (HttpOnly), so the CSRF token travels in the answers instead.
 */
#include "api.h"

#include "access.h"
#include "api_workspace.h"
#include "auth/sign_in.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"

#include <string.h>

/* sessions_agent_length, sessions_addr_length */
#define USER_AGENT_MAX 500
#define ADDR_MAX       64

/* A header to be kept: cut, and dropped where that leaves no text. */
static const char *
short_text(struct ty_arena *arena, const char *text, size_t max)
{
	const char *cut = ty_arena_strndup(arena, text != NULL ? text : "",
					   text != NULL ? strnlen(text, max) : 0);

	return ty_str_is_utf8(cut, strlen(cut)) ? cut : "";
}

static void
set_cookie(struct ty_api_call *call, const char *token, int64_t max_age_s)
{
	ty_http_response_header(call->response, "Set-Cookie",
				ty_arena_printf(call->arena,
						"tyboo_session=%s; Path=/; Max-Age=%lld; HttpOnly; "
						"Secure; SameSite=Lax",
						token, (long long)max_age_s));
}

static json_t *
user_json(const struct ty_store_user *user)
{
	return json_pack("{s:s, s:s, s:s}", "id", user->id.s, "email", user->email, "name",
			 user->name);
}

enum ty_code
api_session_new(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_sign_in *form = call->body;
	const struct ty_http_request *http = call->request;
	struct ty_sign_in request = {
		.email = form->email,
		.password = form->password,
		.user_agent =
			short_text(call->arena, ty_http_header(http, "user-agent"), USER_AGENT_MAX),
		.remote_addr = short_text(call->arena, http->remote_addr, ADDR_MAX),
		.session_s = call->app->conf->session_s,
	};
	struct ty_signed_in signed_in;

	/* Signing a visitor in to the attacker's account is an attack too. */
	if (ty_access_check_origin(call, err) != TY_OK)
		return err->code;
	if (ty_sign_in(call->app->store, call->arena, call->app->password, &request, &signed_in,
		       err) != TY_OK) {
		if (err->code == TY_E_LIMIT)
			call->retry_after_ms = (int64_t)TY_SIGN_IN_WINDOW_S * 1000;
		return err->code;
	}
	set_cookie(call, signed_in.token, request.session_s);
	return api_json(
		call, 201,
		ty_json_own(call->arena, json_pack("{s:o, s:s}", "user", user_json(&signed_in.user),
						   "csrf_token", signed_in.csrf_token)));
}

enum ty_code
api_session_end(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_store_session_remove(call->tx, call->session->token_hash, err) != TY_OK)
		return err->code;
	set_cookie(call, "", 0);
	return api_empty(call, 204);
}

enum ty_code
api_me(struct ty_api_call *call, struct ty_err *err)
{
	json_t *workspaces;

	if (api_workspaces_json(call, &workspaces, err) != TY_OK)
		return err->code;
	return api_json(call, 200,
			ty_json_own(call->arena, json_pack("{s:o, s:s, s:O}", "user",
							   user_json(&call->session->user),
							   "csrf_token", call->session->csrf_token,
							   "workspaces", workspaces)));
}
