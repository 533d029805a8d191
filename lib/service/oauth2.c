/*
 * oauth2.c -- see oauth2.h.
 */
#include "service/oauth2.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/jws.h"
#include "param/secret.h"
#include "service/sign.h"

#include <stdlib.h>
#include <string.h>

/* ---- the request ---- */

static void
field_add(json_t *form, const char *name, const char *value)
{
	if (!ty_str_is_blank(value))
		json_array_append_new(form, json_pack("{s:s, s:s, s:b}", "name", name, "value",
						      value, "secret", 1));
}

/* RFC 6749, 2.3.1: both are encoded as in a form before they are joined. */
static json_t *
basic_header(struct ty_arena *arena, const struct ty_signing_oauth2 *values)
{
	char *id = ty_str_url_encode(arena, values->client_id, strlen(values->client_id));
	char *secret =
		ty_str_url_encode(arena, values->client_secret, strlen(values->client_secret));
	char *pair = ty_arena_printf(arena, "%s:%s", id, secret);
	char *encoded = ty_base64_encode(arena, pair, strlen(pair));
	json_t *header = json_pack("{s:s, s:o, s:b}", "name", "Authorization", "value",
				   json_sprintf("Basic %s", encoded), "secret", 1);

	ty_crypto_wipe(secret, strlen(secret));
	ty_crypto_wipe(pair, strlen(pair));
	ty_crypto_wipe(encoded, strlen(encoded));
	return header;
}

/* A client without a secret is known by its id alone. */
static void
client_add(struct ty_arena *arena, const struct ty_signing_oauth2 *values, json_t *headers,
	   json_t *form)
{
	bool has_secret = !ty_str_is_blank(values->client_secret);

	if (has_secret && values->client_auth == TY_OAUTH2_AUTH_HEADER) {
		json_array_append_new(headers, basic_header(arena, values));
		return;
	}
	field_add(form, "client_id", values->client_id);
	if (has_secret)
		field_add(form, "client_secret", values->client_secret);
}

static enum ty_code
assertion_add(struct ty_arena *arena, const struct ty_oauth2_grant *grant, json_t *form,
	      struct ty_err *err)
{
	const struct ty_signing_oauth2 *v = grant->values;
	const struct ty_signing_jwt jwt = { .key = v->key,
					    .key_id = v->key_id,
					    .issuer = v->issuer,
					    .subject = v->subject,
					    .audience = ty_str_is_blank(v->audience) ? v->token_url
										     : v->audience,
					    .claims = v->claims,
					    .algorithm = v->algorithm,
					    .lifetime_s = v->lifetime_s };
	const char *token;

	if (ty_sign_jwt(arena, &jwt, grant->now_ms, &token, err) != TY_OK)
		return err->code;
	field_add(form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
	field_add(form, "assertion", token);
	field_add(form, "scope", v->scope);
	return TY_OK;
}

static void
code_add(const struct ty_oauth2_grant *grant, json_t *form)
{
	if (grant->refresh_token != NULL) {
		field_add(form, "grant_type", "refresh_token");
		field_add(form, "refresh_token", grant->refresh_token);
		return;
	}
	field_add(form, "grant_type", "authorization_code");
	field_add(form, "code", grant->code);
	field_add(form, "redirect_uri", grant->redirect_uri);
	field_add(form, "code_verifier", grant->verifier);
}

static enum ty_code
grant_add(struct ty_arena *arena, const struct ty_oauth2_grant *grant, json_t *headers,
	  json_t *form, struct ty_err *err)
{
	if (grant->signing == TY_SIGNING_OAUTH2_JWT)
		return assertion_add(arena, grant, form, err);
	if (grant->signing == TY_SIGNING_OAUTH2_CODE) {
		code_add(grant, form);
	} else {
		field_add(form, "grant_type", "client_credentials");
		field_add(form, "scope", grant->values->scope);
		field_add(form, "audience", grant->values->token_audience);
	}
	client_add(arena, grant->values, headers, form);
	return TY_OK;
}

json_t *
ty_oauth2_request(struct ty_arena *arena, const struct ty_oauth2_grant *grant, struct ty_err *err)
{
	json_t *headers = json_pack("[{s:s, s:s}]", "name", "Accept", "value", "application/json");
	json_t *form = json_array(), *request;

	if (grant_add(arena, grant, headers, form, err) != TY_OK) {
		json_decref(headers);
		json_decref(form);
		return NULL;
	}
	request = json_pack("{s:s, s:s, s:o, s:{s:s, s:o, s:b}, s:i, s:s, s:i}", "method", "POST",
			    "url", grant->values->token_url, "headers", headers, "body", "kind",
			    "form", "value", form, "secret", 1, "redirects_max", 0, "response",
			    "text", "response_max_bytes", TY_OAUTH2_ANSWER_BYTES);
	TY_ASSERT(request != NULL);
	return request;
}

/* ---- the answer ---- */

/* RFC 6749, 5.2: the printable characters of ASCII alone. */
void
ty_oauth2_words(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len < size - 1; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f)
			out[len++] = (char)c;
		else if (len == 0 || out[len - 1] != '?')
			out[len++] = '?';
	}
	out[len] = '\0';
}

/* Codes of RFC 6749, 5.2, that are no plain refusal. */
static enum ty_oauth2_outcome
outcome_of(const char *error, int64_t status)
{
	if (ty_str_eq(error, "invalid_grant"))
		return TY_OAUTH2_OVER;
	if (ty_str_eq(error, "temporarily_unavailable") || ty_str_eq(error, "slow_down") ||
	    status == 429 || status == 503)
		return TY_OAUTH2_LATER;
	return TY_OAUTH2_REFUSED;
}

/* Only these say how a credential is to be mended. */
static const struct {
	const char *error, *hint;
} error_hints[] = {
	{ "invalid_client", "Compare client id and secret with the provider's page, and how the "
			    "client is sent." },
	{ "invalid_scope", "Compare the scope with those that the provider's page names." },
	{ "unauthorized_client", "Allow this grant to the client, on the provider's page." },
	{ "unsupported_grant_type", "Choose the type of credential that the provider's page "
				    "describes." },
	{ NULL, "The provider's page says what its answer means." },
};

/* 'masked' is the answer without what was sent. */
static enum ty_oauth2_outcome
refused(const json_t *masked, const char *error, int64_t status, struct ty_err *err)
{
	enum ty_oauth2_outcome outcome = outcome_of(error, status);
	char code[64], words[200];
	size_t i = 0;

	ty_oauth2_words(ty_json_str(masked, "error", ""), code, sizeof(code));
	ty_oauth2_words(ty_json_str(masked, "error_description", ""), words, sizeof(words));
	ty_err_set(err, outcome == TY_OAUTH2_LATER ? TY_E_UNAVAILABLE : TY_E_DENIED,
		   "The provider gives no token: %s%s%s", code, words[0] != '\0' ? ": " : "",
		   words);
	while (error_hints[i].error != NULL && !ty_str_eq(error_hints[i].error, error))
		i++;
	ty_err_hint(err, "%s", error_hints[i].hint);
	return outcome;
}

static enum ty_oauth2_outcome
unreadable(const char *why, struct ty_err *err)
{
	ty_err_set(err, TY_E_UPSTREAM, "The provider's answer is no token: %s", why);
	ty_err_hint(err, "Compare the token address with the provider's page.");
	err->retryable = false;
	return TY_OAUTH2_UNREADABLE;
}

/* An answer without words of OAuth's own: a proxy's, or another server's. */
static enum ty_oauth2_outcome
by_status(int64_t status, struct ty_err *err)
{
	if (status == 429 || status == 503) {
		ty_err_set(err, TY_E_UNAVAILABLE, "The provider gives no token now: status %lld",
			   (long long)status);
		ty_err_hint(err, "Try again in a moment.");
		return TY_OAUTH2_LATER;
	}
	if (status >= 300 && status < 500) {
		ty_err_set(err, TY_E_DENIED, "The provider gives no token: status %lld",
			   (long long)status);
		ty_err_hint(err, "Compare the token address with the provider's page.");
		return TY_OAUTH2_REFUSED;
	}
	(void)unreadable("", err);
	ty_err_set(err, TY_E_UPSTREAM, "The provider's answer is no token: status %lld",
		   (long long)status);
	err->retryable = false;
	return TY_OAUTH2_UNREADABLE;
}

/* RFC 6750, 2.1: it goes in a header as it is. */
static bool
is_token(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

/* Some providers send the number as text. */
static int64_t
lifetime_of(const json_t *value)
{
	int64_t s = 0;

	if (json_is_number(value) && json_number_value(value) >= 1 &&
	    json_number_value(value) <= (double)TY_OAUTH2_LIFETIME_S_MAX)
		return (int64_t)json_number_value(value);
	if (json_is_string(value) &&
	    ty_str_parse_i64(json_string_value(value), 1, TY_OAUTH2_LIFETIME_S_MAX, &s))
		return s;
	return 0;
}

static const char *
kept(struct ty_arena *arena, const char *text)
{
	return (const char *)ty_secret_new(arena, text, strlen(text) + 1)->data;
}

static enum ty_oauth2_outcome
read_token(struct ty_arena *arena, const json_t *answer, struct ty_oauth2_token *ret_token,
	   struct ty_err *err)
{
	const char *access = ty_json_str(answer, "access_token", NULL);
	const char *refresh = ty_json_str(answer, "refresh_token", NULL);
	const char *type = ty_json_str(answer, "token_type", "Bearer");

	if (!is_token(access))
		return unreadable("it has no access_token that a header can have", err);
	if (!ty_str_ieq(type, "Bearer"))
		return unreadable("its token_type is not Bearer", err);
	if (refresh != NULL && !is_token(refresh))
		refresh = NULL;
	*ret_token = (struct ty_oauth2_token){
		.access_token = kept(arena, access),
		.refresh_token = refresh != NULL ? kept(arena, refresh) : NULL,
		.lifetime_s = lifetime_of(json_object_get(answer, "expires_in")),
	};
	return TY_OAUTH2_TOKEN;
}

static enum ty_oauth2_outcome
read_answer(struct ty_arena *arena, const struct ty_oauth2_answer *answer, json_t *tree,
	    struct ty_oauth2_token *ret_token, struct ty_err *err)
{
	const char *error = ty_json_str(tree, "error", "");
	enum ty_oauth2_outcome outcome;
	json_t *masked;

	if (error[0] != '\0') {
		masked = answer->sent != NULL
				 ? ty_secret_mask(tree, answer->sent->texts, answer->sent->count)
				 : json_incref(tree);
		outcome = refused(masked, error, answer->status, err);
		json_decref(masked);
		return outcome;
	}
	if (answer->status < 200 || answer->status > 299)
		return by_status(answer->status, err);
	return read_token(arena, tree, ret_token, err);
}

enum ty_oauth2_outcome
ty_oauth2_answer(struct ty_arena *arena, const struct ty_oauth2_answer *answer,
		 struct ty_oauth2_token *ret_token, struct ty_err *err)
{
	struct ty_arena *scratch = ty_arena_new(NULL, "answer", 0);
	struct ty_json_read how = { .foreign = true };
	enum ty_oauth2_outcome outcome;
	struct ty_err ignored = { TY_OK };
	json_t *tree = NULL;

	if (ty_json_read(scratch, answer->text, answer->len, &how, &tree, &ignored) == TY_OK &&
	    json_is_object(tree))
		outcome = read_answer(arena, answer, tree, ret_token, err);
	else if (answer->status < 200 || answer->status > 299)
		outcome = by_status(answer->status, err);
	else
		outcome = unreadable("it is no JSON object", err);
	if (tree != NULL)
		ty_json_wipe(tree);
	ty_arena_free(scratch);
	return outcome;
}

int64_t
ty_oauth2_renew_s(int64_t lifetime_s)
{
	int64_t before_s = lifetime_s / 10 < 60 ? lifetime_s / 10 : 60;

	return lifetime_s - before_s;
}

/* ---- signing in ---- */

static void
param_add(struct ty_buf *buf, struct ty_arena *arena, const char *name, const char *value)
{
	char last = buf->len > 0 ? buf->data[buf->len - 1] : '\0';

	if (ty_str_is_blank(value))
		return;
	if (last != '?' && last != '&')
		ty_buf_add_char(buf, strchr(buf->data, '?') != NULL ? '&' : '?');
	ty_buf_printf(buf, "%s=%s", name, ty_str_url_encode(arena, value, strlen(value)));
}

/* RFC 7636, 4.2: S256. */
static const char *
challenge_of(struct ty_arena *arena, const char *verifier)
{
	uint8_t hash[TY_SHA256_SIZE];

	ty_sha256(verifier, strlen(verifier), hash);
	return ty_base64url_encode(arena, hash, sizeof(hash));
}

const char *
ty_oauth2_authorization_url(struct ty_arena *arena, const struct ty_signing_oauth2 *values,
			    const char *redirect_uri, const char *state, const char *verifier)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 512);
	ty_buf_add_str(&buf, values->authorization_url);
	param_add(&buf, arena, "response_type", "code");
	param_add(&buf, arena, "client_id", values->client_id);
	param_add(&buf, arena, "redirect_uri", redirect_uri);
	param_add(&buf, arena, "scope", values->scope);
	param_add(&buf, arena, "state", state);
	param_add(&buf, arena, "code_challenge", challenge_of(arena, verifier));
	param_add(&buf, arena, "code_challenge_method", "S256");
	if (!ty_str_is_blank(values->authorization_params))
		ty_buf_printf(&buf, "&%s", values->authorization_params);
	return buf.data;
}
