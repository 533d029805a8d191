/*
 * oauth2.c -- what the rows of OAuth 2.0's types cannot say (types.c), and of keys that sign assertions.
 */
#include "base/err.h"
#include "json/json.h"
#include "vault/parts.h"

#include <string.h>

enum ty_code
vault_check_assertion(int algorithm, const char *key, const char *claims_text, struct ty_err *err)
{
	const char *fault = ty_jws_key_fault((enum ty_jws)algorithm, key);
	json_t *claims = claims_text != NULL ? json_loads(claims_text, 0, NULL) : NULL;
	bool is_object = claims_text == NULL || json_is_object(claims);

	json_decref(claims);
	if (fault != NULL) {
		ty_err_set(err, TY_E_INVALID, "%s", fault);
		ty_err_hint(err, "Paste the whole key, from -----BEGIN to END-----, and choose the "
				 "algorithm that it is for.");
		return ty_err_at(err, "data.key");
	}
	if (is_object)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The claims are no JSON object");
	ty_err_hint(err, "Write them as {\"scope\": \"read\"}, or leave them out.");
	return ty_err_at(err, "data.claims");
}

/* RFC 6749, 3.1 and 3.2: no fragment; a user in the URL would be sent beside the client. */
static enum ty_code
check_endpoint(const char *url, const char *name, struct ty_err *err)
{
	const char *host = strstr(url, "://"), *end;

	if (host != NULL) {
		host += 3;
		end = host + strcspn(host, "/?#");
		if (strchr(url, '#') == NULL && memchr(host, '@', (size_t)(end - host)) == NULL)
			return TY_OK;
	}
	ty_err_set(err, TY_E_INVALID, "The address has a fragment, or a user before its host");
	ty_err_hint(err, "Write it as the provider's page does: https://host/path.");
	return ty_err_at(err, "data.%s", name);
}

/* Parameters that a sign-in sets by itself: another value would take the protection of it away. */
static bool
is_own_parameter(const char *name, size_t len)
{
	static const char *const own[] = { "client_id",	    "redirect_uri",
					   "response_type", "response_mode",
					   "state",	    "code_challenge",
					   "scope",	    "code_challenge_method" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(own); i++)
		if (strlen(own[i]) == len && strncmp(own[i], name, len) == 0)
			return true;
	return false;
}

/* Is the parameter that begins at 'at' in 'text' (up to 'end') already? */
static bool
is_among(const char *text, const char *end, const char *at)
{
	size_t len = strcspn(at, "=&");

	for (const char *one = text; one != NULL && one < end && *one != '\0';
	     one += strcspn(one, "&"), one += *one == '&')
		if (strcspn(one, "=&") == len && strncmp(one, at, len) == 0)
			return true;
	return false;
}

/* A parameter that is sent twice is one that the provider chooses: RFC 6749, 3.1, allows none. */
static enum ty_code
check_names(const char *text, const char *query, const char *field, struct ty_err *err)
{
	for (const char *at = text; at != NULL && *at != '\0'; at += strcspn(at, "&")) {
		at += *at == '&';
		if (is_own_parameter(at, strcspn(at, "=&"))) {
			ty_err_set(err, TY_E_INVALID, "The parameter %.*s is set by itself",
				   (int)strcspn(at, "=&"), at);
			ty_err_hint(err, "Leave it out; scope has a field of its own.");
			return ty_err_at(err, "data.%s", field);
		}
		if (*at != '\0' &&
		    (is_among(text, at, at) ||
		     (query != NULL && is_among(query, query + strlen(query), at)))) {
			ty_err_set(err, TY_E_INVALID, "The parameter %.*s would be sent twice",
				   (int)strcspn(at, "=&"), at);
			ty_err_hint(err, "Write it once, in the address or among the parameters.");
			return ty_err_at(err, "data.%s", field);
		}
	}
	return TY_OK;
}

static enum ty_code
check_parameters(const char *text, const char *query, struct ty_err *err)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "-._~%+=&:/,;@!$'()*?";

	if (check_names(text, query, "authorization_params", err) != TY_OK)
		return err->code;
	if (text == NULL || text[strspn(text, fine)] == '\0')
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The parameters are not written as in an address");
	ty_err_hint(err, "Write them as access_type=offline&prompt=consent.");
	return ty_err_at(err, "data.authorization_params");
}

enum ty_code
vault_oauth2_client_check(const void *values, struct ty_err *err)
{
	return check_endpoint(((const struct ty_signing_oauth2 *)values)->token_url, "token_url",
			      err);
}

enum ty_code
vault_oauth2_code_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_oauth2 *o = values;
	const char *query = strchr(o->authorization_url, '?');

	if (query != NULL)
		query++;
	if (check_endpoint(o->token_url, "token_url", err) != TY_OK ||
	    check_endpoint(o->authorization_url, "authorization_url", err) != TY_OK ||
	    check_names(query, NULL, "authorization_url", err) != TY_OK)
		return err->code;
	return check_parameters(o->authorization_params, query, err);
}

enum ty_code
vault_oauth2_jwt_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_oauth2 *o = values;

	if (check_endpoint(o->token_url, "token_url", err) != TY_OK)
		return err->code;
	return vault_check_assertion(o->algorithm, o->key, o->claims, err);
}
