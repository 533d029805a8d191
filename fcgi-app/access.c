/*
 * access.c -- who asks, and may they?
 */
#include "access.h"

#include "auth/permission.h"
#include "auth/sign_in.h"
#include "auth/token.h"
#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"

#include <string.h>
#include <strings.h>

#define COOKIE "tyboo_session"
/* Cookies of that name that are tried: a browser sends one for each path or domain that set it, and
 * another program below the same domain may have set its own. */
#define COOKIES_MAX 4

/* GET, HEAD and OPTIONS change nothing (RFC 9110, 9.2.1). */
static bool
is_safe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	       strcmp(method, "OPTIONS") == 0;
}

static enum ty_code
another_site(const struct ty_api_call *call, struct ty_err *err)
{
	ty_err_set(err, TY_E_DENIED, "The request comes from another site");
	return ty_err_hint(err, "Open %s, which base_url names.", call->app->conf->base_url);
}

enum ty_code
ty_access_check_origin(const struct ty_api_call *call, struct ty_err *err)
{
	const char *origin = ty_http_header(call->request, "origin");
	const char *site = ty_http_header(call->request, "sec-fetch-site");

	/* Browsers send Origin with every unsafe request; a program that sends none has no cookie to steal. */
	if (origin != NULL && !ty_str_ieq(origin, call->app->conf->base_url))
		return another_site(call, err);
	if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return another_site(call, err);
	return TY_OK;
}

static enum ty_code
check_csrf(const struct ty_api_call *call, struct ty_err *err)
{
	const char *token = ty_http_header(call->request, "x-csrf-token");
	const char *want = call->session->csrf_token;

	if (is_safe(call->request->method))
		return TY_OK;
	if (ty_access_check_origin(call, err) != TY_OK)
		return err->code;
	if (token == NULL || strlen(token) != strlen(want) ||
	    !ty_crypto_equal(token, want, strlen(want))) {
		ty_err_set(err, TY_E_DENIED, "The X-CSRF-Token header is missing or wrong");
		return ty_err_hint(err, "Send csrf_token from GET /api/v1/me.");
	}
	return TY_OK;
}

static enum ty_code
not_signed_in(struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAUTHENTICATED, "Sign in, or send an API key");
	return ty_err_hint(err, "POST /api/v1/sessions, or Authorization: Bearer tyb_...");
}

/* ---- API keys ---- */

static enum ty_code
wrong_key(struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAUTHENTICATED, "The API key is not right");
	return ty_err_hint(err, "Send it whole, as it was shown once, or make another: a key ends "
				"with its maker's membership.");
}

static enum ty_code
use_key(struct ty_api_call *call, const char *text, struct ty_err *err)
{
	struct ty_store_api_key *row = NULL;
	struct ty_api_key key;

	if (!ty_api_key_parse(text, &key))
		return wrong_key(err);
	ty_crypto_wipe(key.text, sizeof(key.text));
	if (ty_store_api_key_find(call->tx, key.prefix, &row, err) != TY_OK)
		return err->code;
	if (row == NULL ||
	    !ty_crypto_equal(row->secret_hash, key.secret_hash, sizeof(key.secret_hash)))
		return wrong_key(err);
	call->key = row;
	call->user_id = row->created_by;
	if (ty_tx_set_workspace(call->tx, &row->workspace.id, err) != TY_OK)
		return err->code;
	return ty_store_api_key_touch(call->tx, &row->id, err);
}

/* ---- sessions ---- */

/* call->session stays NULL where no cookie is one's. */
static enum ty_code
find_session(struct ty_api_call *call, struct ty_err *err)
{
	const char *header = ty_http_header(call->request, "cookie"), *token;
	struct ty_store_session *session = NULL;

	for (size_t i = 0; i < COOKIES_MAX && session == NULL; i++) {
		token = ty_http_cookie(call->arena, header, COOKIE, i);
		if (token == NULL)
			break;
		if (ty_session_find(call->tx, token, call->app->conf->session_s, &session, err) !=
		    TY_OK)
			return err->code;
	}
	if (session == NULL)
		return TY_OK;
	call->session = session;
	call->user_id = session->user.id;
	return TY_OK;
}

static enum ty_code
use_cookie(struct ty_api_call *call, struct ty_err *err)
{
	if (find_session(call, err) != TY_OK)
		return err->code;
	if (call->session == NULL)
		return not_signed_in(err);
	return check_csrf(call, err);
}

enum ty_code
ty_access_look(struct ty_api_call *call, struct ty_err *err)
{
	if (ty_tx_begin(call->app->store, call->arena, NULL, API_TX_WAIT_MS, &call->tx, err) !=
	    TY_OK)
		return err->code;
	return find_session(call, err);
}

static enum ty_code
identify(struct ty_api_call *call, struct ty_err *err)
{
	const char *authorization = ty_http_header(call->request, "authorization");

	if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0)
		return use_key(call, authorization + 7, err);
	return use_cookie(call, err);
}

/* ---- workspaces ---- */

enum ty_code
ty_access_no_workspace(struct ty_err *err)
{
	ty_err_set(err, TY_E_NOT_FOUND, "There is no such workspace here");
	return ty_err_hint(err, "Compare its name with those of GET /api/v1/workspaces.");
}

static enum ty_code
workspace_of_session(struct ty_api_call *call, const char *key, struct ty_err *err)
{
	struct ty_store_workspace *list;
	size_t count;

	if (ty_store_user_workspaces(call->tx, &call->user_id, key, &list, &count, err) != TY_OK)
		return err->code;
	if (count == 0)
		return ty_access_no_workspace(err);
	call->workspace = list[0];
	return ty_tx_set_workspace(call->tx, &call->workspace.id, err);
}

static enum ty_code
find_workspace(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_id id = { "" };

	if (call->key != NULL) {
		call->workspace = call->key->workspace;
		if (call->route->auth == TY_AUTH_WORKFLOW ||
		    ty_str_eq(call->workspace_key, call->workspace.slug) ||
		    ty_str_eq(call->workspace_key, call->workspace.id.s))
			return TY_OK;
		return ty_access_no_workspace(err);
	}
	if (call->route->auth == TY_AUTH_WORKSPACE)
		return workspace_of_session(call, call->workspace_key, err);
	if (ty_store_user_workflow_workspace(call->tx, &call->user_id, &call->id, &id, err) !=
	    TY_OK)
		return err->code;
	if (!ty_id_is_set(&id))
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such workflow here");
	return workspace_of_session(call, id.s, err);
}

enum ty_code
ty_access_check(struct ty_api_call *call, struct ty_err *err)
{
	const struct ty_route *route = call->route;

	if (ty_tx_begin(call->app->store, call->arena, NULL, API_TX_WAIT_MS, &call->tx, err) !=
		    TY_OK ||
	    identify(call, err) != TY_OK)
		return err->code;
	if (route->auth == TY_AUTH_SESSION && call->session == NULL) {
		ty_err_set(err, TY_E_DENIED, "This is for people, not for API keys");
		return ty_err_hint(err, "Sign in, and send the cookie.");
	}
	if (route->auth != TY_AUTH_WORKSPACE && route->auth != TY_AUTH_WORKFLOW)
		return TY_OK;
	if (find_workspace(call, err) != TY_OK)
		return err->code;
	if (!ty_permission_has(call->workspace.permissions, route->permission)) {
		ty_err_set(err, TY_E_DENIED, "This needs the permission %s", route->permission);
		return ty_err_hint(err, "Ask an owner of the workspace.");
	}
	return TY_OK;
}
