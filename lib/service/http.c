/*
 * http.c -- the service "http": lib/net behind the table, and a credential in the request.
 *
 * What a credential adds is marked as secret, so that no redirect takes it to another host and no
 * answer repeats it in its URL (net/http.h).
 */
#include "net/http.h"

#include "base/arena.h"
#include "base/host.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "net/auth.h"
#include "service/service.h"
#include "service/sign.h"
#include "vault/credential.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum ty_code
check_host(const struct ty_service_ask *ask, struct ty_err *err)
{
	struct ty_arena *arena;
	const char *host;
	int port;

	if (ty_str_is_blank(ask->hosts))
		return TY_OK;
	arena = ty_arena_new(NULL, "host", 0);
	if (ty_net_url_host(arena, ty_json_str(ask->request, "url", ""), &host, &port, err) ==
		    TY_OK &&
	    !ty_credential_is_for(ask->hosts, host, port)) {
		ty_err_set(err, TY_E_DENIED, "The credential is not for the host %.100s", host);
		ty_err_hint(err, "It is for %.150s. Choose another, or add the host to it.",
			    ask->hosts);
		(void)ty_err_at(err, "credential");
	}
	ty_arena_free(arena);
	return err->code;
}

/* A list of the request that is ours to add to: the entries are shared, the list is not. */
static json_t *
own_list(json_t *owner, const char *name)
{
	json_t *shared = json_object_get(owner, name);

	json_object_set_new(owner, name, json_is_array(shared) ? json_copy(shared) : json_array());
	return json_object_get(owner, name);
}

static bool
has_form(const json_t *request)
{
	const char *kind = ty_json_str(json_object_get(request, "body"), "kind", "");

	return ty_str_eq(kind, "form") || ty_str_eq(kind, "multipart");
}

/* Set a member of the JSON body; the objects on the way are ours by now. */
static enum ty_code
set_member(json_t *body, const struct ty_credential_part *part, json_t *text, struct ty_err *err)
{
	const char *name = part->name, *dot;
	json_t *at = json_object_get(body, "value");

	while (json_is_object(at) && (dot = strchr(name, '.')) != NULL) {
		char *key = strndup(name, (size_t)(dot - name));
		json_t *shared = json_object_get(at, key);

		json_object_set_new(at, key, shared != NULL ? json_copy(shared) : json_object());
		at = json_object_get(at, key);
		free(key);
		name = dot + 1;
	}
	if (json_is_object(at)) {
		json_object_set(at, name, text);
		return TY_OK;
	}
	ty_err_set(err, TY_E_INVALID,
		   "The JSON body has no place for %.100s, since it is no object there",
		   part->name);
	ty_err_hint(err, "Make the body an object, or take that part out of the credential.");
	return ty_err_at(err, "credential");
}

static enum ty_code
own_json_body(json_t *request, struct ty_err *err)
{
	json_t *body = json_object_get(request, "body"), *value;

	if (!ty_str_eq(ty_json_str(body, "kind", ""), "json")) {
		ty_err_set(err, TY_E_INVALID,
			   "The credential has members of JSON, and the request has no JSON body");
		ty_err_hint(err, "Choose JSON as the body.");
		return ty_err_at(err, "credential");
	}
	json_object_set_new(request, "body", json_copy(body));
	body = json_object_get(request, "body");
	json_object_set_new(body, "secret", json_true());
	value = json_object_get(body, "value");
	json_object_set_new(body, "value",
			    json_is_object(value)		   ? json_copy(value)
			    : value == NULL || json_is_null(value) ? json_object()
								   : json_incref(value));
	return TY_OK;
}

static enum ty_code
find_lists(json_t *request, const struct ty_credential *credential,
	   json_t *lists[TY_CREDENTIAL__COUNT], struct ty_err *err)
{
	bool has[TY_CREDENTIAL__COUNT] = { false };

	for (size_t i = 0; i < credential->part_count; i++)
		has[credential->parts[i].place] = true;
	if (has[TY_CREDENTIAL_HEADER])
		lists[TY_CREDENTIAL_HEADER] = own_list(request, "headers");
	if (has[TY_CREDENTIAL_QUERY])
		lists[TY_CREDENTIAL_QUERY] = own_list(request, "query");
	if (has[TY_CREDENTIAL_JSON] && own_json_body(request, err) != TY_OK)
		return err->code;
	if (!has[TY_CREDENTIAL_FORM])
		return TY_OK;
	if (!has_form(request)) {
		ty_err_set(err, TY_E_INVALID,
			   "The credential has form fields, and the request has no form");
		ty_err_hint(err, "Choose Form or Multipart form as the body.");
		return ty_err_at(err, "credential");
	}
	json_object_set_new(request, "body", json_copy(json_object_get(request, "body")));
	lists[TY_CREDENTIAL_FORM] = own_list(json_object_get(request, "body"), "value");
	return TY_OK;
}

/* Add the credential; *ret_added are the new entries, which are wiped after use. */
static enum ty_code
add_credential(json_t *request, const struct ty_credential *credential, json_t *added,
	       struct ty_err *err)
{
	json_t *lists[TY_CREDENTIAL__COUNT] = { NULL };

	if (find_lists(request, credential, lists, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < credential->part_count; i++) {
		const struct ty_credential_part *part = &credential->parts[i];
		json_t *pair;

		if (part->place == TY_CREDENTIAL_JSON) {
			json_t *text = json_string(part->value);

			json_array_append_new(added, text);
			if (set_member(json_object_get(request, "body"), part, text, err) != TY_OK)
				return err->code;
			continue;
		}
		pair = json_pack("{s:s, s:s, s:b}", "name", part->name, "value", part->value,
				 "secret", 1);

		json_array_append(lists[part->place], pair);
		json_array_append_new(added, pair);
	}
	return TY_OK;
}

/* A token of its own for this call. */
static void
add_token(json_t *request, const char *token, json_t *added)
{
	json_t *value = json_sprintf("Bearer %s", token);
	json_t *pair =
		json_pack("{s:s, s:O, s:b}", "name", "Authorization", "value", value, "secret", 1);

	json_array_append_new(own_list(request, "headers"), pair);
	json_array_append_new(added, value);
}

/* A certificate is shown before anything else is known of the peer but its own. */
static enum ty_code
check_scheme(const struct ty_service_ask *ask, struct ty_err *err)
{
	if (ty_signing_is_computed(ask->credential->signing)) {
		ty_err_set(err, TY_E_INVALID,
			   "The credential is for computing, and goes to no server");
		ty_err_hint(err, "Choose one that requests are sent with.");
		return ty_err_at(err, "credential");
	}
	if (ask->credential->signing != TY_SIGNING_CERTIFICATE ||
	    strncasecmp(ty_json_str(ask->request, "url", ""), "https:", 6) == 0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "A client certificate goes with https alone");
	ty_err_hint(err, "Write the URL as https://.");
	return ty_err_at(err, "credential");
}

static void *
begin(const struct ty_service_means *means, const struct ty_service_ask *ask, const json_t *request,
      ty_service_fn fn, void *ctx)
{
	struct ty_net_auth auth;
	struct ty_sign sign;
	bool has_auth = ask->credential != NULL && ty_sign_auth(ask->credential, &sign, &auth);
	struct ty_net_files files = { .io = means->blobs,
				      .io_ctx = means->blobs_ctx,
				      .bytes_max = TY_LIMIT_BLOB_BYTES };

	if (means->blobs != NULL) {
		files.workspace_id = *ask->workspace_id;
		files.owner_id = *ask->run_id;
	}
	return ty_net_http_auth(means->net, request, ask->timeout_ms,
				means->blobs != NULL ? &files : NULL, has_auth ? &auth : NULL, fn,
				ctx);
}

static void *
begin_with(const struct ty_service_means *means, const struct ty_service_ask *ask, ty_service_fn fn,
	   void *ctx)
{
	json_t *request = json_copy((json_t *)ask->request), *added = json_array();
	struct ty_err err = { TY_OK };
	void *call;

	if (ask->token != NULL)
		add_token(request, ask->token, added);
	if (check_host(ask, &err) == TY_OK && check_scheme(ask, &err) == TY_OK &&
	    add_credential(request, ask->credential, added, &err) == TY_OK)
		call = begin(means, ask, request, fn, ctx);
	else
		call = ty_net_refuse(means->net, &err, fn, ctx);
	ty_json_wipe(added);
	json_decref(added);
	json_decref(request);
	return call;
}

static void *
http_begin(const struct ty_service_means *means, const struct ty_service_ask *ask, ty_service_fn fn,
	   void *ctx)
{
	if (ask->credential != NULL)
		return begin_with(means, ask, fn, ctx);
	return begin(means, ask, ask->request, fn, ctx);
}

static void
http_cancel(void *handle)
{
	ty_net_cancel(handle);
}

/* ---- who is asked, and is it there? ---- */

/* The port belongs to it where it is not the scheme's own: another service may listen there. */
static const char *
http_destination(struct ty_arena *arena, const json_t *request)
{
	const char *url = ty_json_str(request, "url", "");
	bool is_tls = strncasecmp(url, "https:", 6) == 0;
	struct ty_err err = { TY_OK };
	const char *host;
	int port;

	if (ty_net_url_host(arena, url, &host, &port, &err) != TY_OK)
		return NULL;
	host = ty_host_spelling(arena, host);
	return port == (is_tls ? 443 : 80) ? host : ty_arena_printf(arena, "%s:%d", host, port);
}

static const char *
http_failure(const json_t *answer, const struct ty_err *err)
{
	static const struct {
		int64_t status;
		const char *why;
	} statuses[] = {
		{ 500, "status 500" }, { 501, "status 501" }, { 502, "status 502" },
		{ 503, "status 503" }, { 504, "status 504" }, { 0, "status 5xx" },
	};
	int64_t status = ty_json_int(answer, "status", 0);
	size_t i = 0;

	if (err != NULL && !err->no_answer)
		return NULL;
	/* Count no answer through somebody's own proxy: it may be made up, and breakers hold for others too. */
	if (ty_json_bool(answer, "own_proxy", false))
		return NULL;
	if (err != NULL)
		return err->code == TY_E_TIMEOUT ? TY_SERVICE_TIMEOUT
						 : "no connection, or one that broke";
	if (status < 500 || status > 599)
		return NULL;
	while (statuses[i].status != 0 && statuses[i].status != status)
		i++;
	return statuses[i].why;
}

const struct ty_service ty_service_http = {
	.name = "http",
	.begin = http_begin,
	.cancel = http_cancel,
	.destination = http_destination,
	.failure = http_failure,
	.takes_secrets = true,
};
