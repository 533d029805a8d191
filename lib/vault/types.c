/*
 * types.c -- the table of credential types, and what of each its rows cannot say.
 *
 * A row here is all that forms, checks, catalog, tybooctl and docs/CREDENTIALS.md know of a type.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "param/row.h"
#include "param/secret.h"
#include "vault/parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- what rows cannot say ---- */

/* RFC 9110, 5.1: a token. */
static enum ty_code
check_header_name(const char *name, const char *path, struct ty_err *err)
{
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "!#$%&'*+-.^_`|~")] == '\0')
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%.100s\" is no name of a header", name);
	ty_err_hint(err, "Send a name such as X-Api-Key.");
	return ty_err_at(err, "data.%s", path);
}

static enum ty_code
header_check(const void *values, struct ty_err *err)
{
	return check_header_name(((const struct vault_pair *)values)->name, "name", err);
}

static enum ty_code
bearer_check(const void *values, struct ty_err *err)
{
	if (strncasecmp(((const struct vault_bearer *)values)->token, "Bearer ", 7) != 0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The token begins with \"Bearer \"");
	ty_err_hint(err, "Send what is behind it: \"Bearer \" is put before the token.");
	return ty_err_at(err, "data.token");
}

/* RFC 7617, 2: the first colon ends the user's name. */
static enum ty_code
basic_check(const void *values, struct ty_err *err)
{
	const char *name = ((const struct vault_basic *)values)->username;

	if (ty_secret_text_check(name, err) != TY_OK)
		return ty_err_at(err, "data.username");
	if (strchr(name, ':') == NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "A user name has no colon in it");
	ty_err_hint(err, "Send what is before the colon, and the rest as the password.");
	return ty_err_at(err, "data.username");
}

static enum ty_code
custom_check(const void *values, struct ty_err *err)
{
	const struct vault_custom *custom = values;
	const struct vault_pair *pairs = custom->headers.items;
	char path[48];

	for (size_t i = 0; i < custom->headers.count; i++) {
		snprintf(path, sizeof(path), "headers[%zu].name", i);
		if (check_header_name(pairs[i].name, path, err) != TY_OK)
			return err->code;
	}
	if (custom->headers.count + custom->query.count + custom->form.count + custom->json.count >
	    0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The credential adds nothing to a request");
	ty_err_hint(err, "Give it a header, a query parameter, a form field or a member of JSON.");
	return ty_err_at(err, "data");
}

/* A part of the scope that is signed with has no slash, which ends such a part. */
static enum ty_code
aws_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_aws *aws = values;
	const struct {
		const char *name, *text;
	} parts[] = { { "access_key_id", aws->access_key_id },
		      { "region", aws->region },
		      { "service", aws->service } };

	for (size_t i = 0; i < TY_ARRAY_COUNT(parts); i++) {
		if (parts[i].text[strcspn(parts[i].text, "/ \t\r\n,")] == '\0')
			continue;
		ty_err_set(err, TY_E_INVALID, "A slash, a comma or a space cannot be in it");
		ty_err_hint(err, "Write it as AWS does: us-east-1, s3, execute-api.");
		return ty_err_at(err, "data.%s", parts[i].name);
	}
	return TY_OK;
}

static enum ty_code
webhook_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_webhook *webhook = values;
	struct ty_signing_webhook_key key;
	bool is_key = ty_signing_webhook_key(webhook->secret, &key);

	ty_crypto_wipe(&key, sizeof(key));
	if (is_key)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "It is no secret of Standard Webhooks");
	ty_err_hint(err, "Send whsec_ and base64 of 24 to 64 bytes (openssl rand -base64 32 makes "
			 "32), or whsk_ and base64 of an Ed25519 key.");
	return ty_err_at(err, "data.secret");
}

static enum ty_code
oauth1_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_oauth1 *o = values;

	if (ty_str_is_blank(o->token) == ty_str_is_blank(o->token_secret))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "A token and its secret go together");
	ty_err_hint(err, "Send both, or neither where the consumer asks for itself.");
	return ty_err_at(err, "data.%s", ty_str_is_blank(o->token) ? "token" : "token_secret");
}

static enum ty_code
jwt_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_jwt *jwt = values;

	return vault_check_assertion(jwt->algorithm, jwt->key, jwt->claims, err);
}

/* ---- the table ---- */

#define SECRET	 (TY_PARAM_REQUIRED | TY_PARAM_SECRET | TY_PARAM_STRICT)
#define BESIDE	 (TY_PARAM_REQUIRED | TY_PARAM_STRICT)
#define MAY	 TY_PARAM_STRICT
#define MAY_HIDE (TY_PARAM_SECRET | TY_PARAM_STRICT)
#define PAIR_MAX 20    /* a request that needs more secrets than these has not been seen */
#define PEM_MAX	 16384 /* an RSA key of 8,192 bits is 6.4 KB, a chain of four certificates 8 KB */

static const struct ty_param pair_rows[] = {
	TY_ROW_STRING(struct vault_pair, name, 500, "Name", .flags = BESIDE),
	TY_ROW_STRING(struct vault_pair, value, 0, "Value", .flags = SECRET),
	TY_ROW_END,
};

static const struct ty_choice oauth1_methods[] = {
	[TY_OAUTH1_SHA1] = { "HMAC-SHA1", "HMAC-SHA1" },
	[TY_OAUTH1_SHA256] = { "HMAC-SHA256", "HMAC-SHA256" },
	{ NULL, NULL },
};

static const struct ty_choice jwt_algorithms[] = {
	[TY_JWS_RS256] = { "RS256", "RS256 (RSA)" },
	[TY_JWS_RS384] = { "RS384", "RS384 (RSA)" },
	[TY_JWS_RS512] = { "RS512", "RS512 (RSA)" },
	[TY_JWS_PS256] = { "PS256", "PS256 (RSA-PSS)" },
	[TY_JWS_ES256] = { "ES256", "ES256 (P-256)" },
	[TY_JWS_ES384] = { "ES384", "ES384 (P-384)" },
	[TY_JWS_EDDSA] = { "EdDSA", "EdDSA (Ed25519)" },
	[TY_JWS_HS256] = { "HS256", "HS256 (shared secret)" },
	[TY_JWS_HS384] = { "HS384", "HS384 (shared secret)" },
	[TY_JWS_HS512] = { "HS512", "HS512 (shared secret)" },
	{ NULL, NULL },
};

/* Rows of what a token is signed with, the same of a JWT that is sent and of one that is exchanged. */
#define JWT_KEY_ROWS(owner)                                                                        \
	TY_ROW_ENUM(owner, algorithm, jwt_algorithms, "Algorithm", .flags = MAY, .def = "RS256"),  \
		TY_ROW_TEXT(owner, key, PEM_MAX, "Private key or secret", .flags = SECRET,         \
			    .placeholder = "-----BEGIN ...",                                       \
			    .help = "PEM without a passphrase; of HS* the secret itself."),        \
		TY_ROW_STRING(owner, key_id, 500, "Key id", .flags = MAY,                          \
			      .help = "The header's kid."),                                        \
		TY_ROW_STRING(owner, issuer, 500, "Issuer", .flags = MAY,                          \
			      .help = "The claim iss."),                                           \
		TY_ROW_STRING(owner, subject, 500, "Subject", .flags = MAY,                        \
			      .help = "The claim sub.")
#define JWT_CLAIM_ROWS(owner)                                                                      \
	TY_ROW_TEXT(owner, claims, 8192, "More claims", .flags = MAY,                              \
		    .placeholder = "{\"scope\": \"read\"}",                                        \
		    .help = "A JSON object; what it says goes before the fields above."),          \
		TY_ROW_INT(owner, lifetime_s, 10, 3600, "Lifetime", .flags = MAY, .unit = "s",     \
			   .def = "300", .help = "Of each token: from iat to exp.")

static const struct ty_choice oauth2_client_auths[] = {
	[TY_OAUTH2_AUTH_HEADER] = { "header", "Header (Basic)" },
	[TY_OAUTH2_AUTH_BODY] = { "body", "Form fields" },
	{ NULL, NULL },
};

#define OAUTH2	struct ty_signing_oauth2
#define URL_MAX 2000 /* addresses of sign-in pages in the wild have some hundred characters */
#define TOKEN_URL_ROW                                                                              \
	TY_ROW_URL(OAUTH2, token_url, URL_MAX, "Token address", .flags = BESIDE,                   \
		   .placeholder = "https://login.example.com/oauth2/token")
#define SCOPE_ROW                                                                                  \
	TY_ROW_STRING(OAUTH2, scope, 2000, "Scope", .flags = MAY,                                  \
		      .help = "Rights that are asked for, with spaces between them.")
#define CLIENT_ID_ROW TY_ROW_STRING(OAUTH2, client_id, 500, "Client id", .flags = BESIDE)
#define CLIENT_AUTH_ROW                                                                            \
	TY_ROW_ENUM(OAUTH2, client_auth, oauth2_client_auths, "Client sent as", .flags = MAY,      \
		    .def = "header")

static const struct ty_choice secret_forms[] = {
	[TY_SECRET_TEXT] = { "text", "Text, as it stands" },
	[TY_SECRET_BASE64] = { "base64", "Base64" },
	[TY_SECRET_HEX] = { "hex", "Hexadecimal digits" },
	{ NULL, NULL },
};

static const struct ty_choice totp_hashes[] = {
	[TY_TOTP_SHA1] = { "SHA1", "SHA-1 (as nearly all do)" },
	[TY_TOTP_SHA256] = { "SHA256", "SHA-256" },
	[TY_TOTP_SHA512] = { "SHA512", "SHA-512" },
	{ NULL, NULL },
};

const struct ty_credential_type ty_credential_types[] = {
	{ .name = "webhook_secret",
	  .title = "Webhook secret",
	  .summary = "Shared with the sender of a webhook, who signs with it",
	  .apply = "signature",
	  .many = "secrets",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct vault_webhook, secret, 0, "Secret", .flags = SECRET)),
	  .size = sizeof(struct vault_webhook) },
	{ .name = "webhook_handshake",
	  .title = "Webhook secret that the sender gives",
	  .summary = "Filled by the first request of a sender that gives its own secret (Asana), "
		     "and by no later one",
	  .apply = "signature",
	  .fields = TY_PARAMS(TY_ROW_STRING(
		  struct vault_webhook, secret, 0, "Secret", .flags = MAY_HIDE,
		  .help = "Empty until the sender gives it; empty it to let one be given anew.")),
	  .size = sizeof(struct vault_webhook) },
	{ .name = "http_bearer",
	  .title = "Bearer token",
	  .summary = "The header Authorization: Bearer <token>",
	  .apply = "header",
	  .fields =
		  TY_PARAMS(TY_ROW_STRING(struct vault_bearer, token, 0, "Token", .flags = SECRET)),
	  .size = sizeof(struct vault_bearer),
	  .check = bearer_check,
	  .add = vault_bearer_add },
	{ .name = "http_basic",
	  .title = "User and password",
	  .summary = "The header Authorization: Basic, made of both",
	  .apply = "header",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct vault_basic, username, 0, "User", .flags = BESIDE),
		  TY_ROW_STRING(struct vault_basic, password, 0, "Password", .flags = SECRET)),
	  .size = sizeof(struct vault_basic),
	  .check = basic_check,
	  .add = vault_basic_add },
	{ .name = "http_header",
	  .title = "Header",
	  .summary = "One header, such as X-Api-Key",
	  .apply = "header",
	  .fields = pair_rows,
	  .size = sizeof(struct vault_pair),
	  .check = header_check,
	  .add = vault_header_add },
	{ .name = "http_query",
	  .title = "Query parameter",
	  .summary = "One parameter at the end of the URL, such as api_key",
	  .apply = "query",
	  .fields = pair_rows,
	  .size = sizeof(struct vault_pair),
	  .add = vault_query_add },
	{ .name = "http_custom",
	  .title = "Several parts",
	  .summary = "Headers, query parameters, form fields and members of JSON together",
	  .apply = "request",
	  .fields = TY_PARAMS(TY_ROW_LIST(struct vault_custom, headers, pair_rows,
					  struct vault_pair, PAIR_MAX, "Headers", .flags = MAY),
			      TY_ROW_LIST(struct vault_custom, query, pair_rows, struct vault_pair,
					  PAIR_MAX, "Query", .flags = MAY),
			      TY_ROW_LIST(struct vault_custom, form, pair_rows, struct vault_pair,
					  PAIR_MAX, "Form fields", .flags = MAY,
					  .help = "Of a form or multipart body."),
			      TY_ROW_LIST(struct vault_custom, json, pair_rows, struct vault_pair,
					  PAIR_MAX, "Members of JSON", .flags = MAY,
					  .help = "Of a JSON body: client_secret, auth.token.")),
	  .size = sizeof(struct vault_custom),
	  .check = custom_check,
	  .add = vault_custom_add },
	{ .name = "http_digest",
	  .title = "Digest",
	  .summary = "User and password, proved by a digest of what the server asks (RFC 7616)",
	  .apply = "signed",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct ty_signing_digest, username, 0, "User", .flags = BESIDE),
		  TY_ROW_STRING(struct ty_signing_digest, password, 0, "Password",
				.flags = SECRET)),
	  .size = sizeof(struct ty_signing_digest),
	  .signing = TY_SIGNING_DIGEST,
	  .add = vault_signing_add },
	{ .name = "http_aws",
	  .title = "AWS signature",
	  .summary = "Each request signed with an access key of AWS, or of what speaks as S3 does "
		     "(Signature Version 4)",
	  .apply = "signed",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct ty_signing_aws, access_key_id, 128, "Access key id",
				.flags = BESIDE, .placeholder = "AKIA..."),
		  TY_ROW_STRING(struct ty_signing_aws, secret_access_key, 256, "Secret access key",
				.flags = SECRET),
		  TY_ROW_STRING(struct ty_signing_aws, session_token, 8192, "Session token",
				.flags = MAY_HIDE, .help = "Of keys that are lent for a time."),
		  TY_ROW_STRING(struct ty_signing_aws, region, 64, "Region", .flags = BESIDE,
				.placeholder = "us-east-1"),
		  TY_ROW_STRING(struct ty_signing_aws, service, 64, "Service", .flags = BESIDE,
				.placeholder = "s3")),
	  .size = sizeof(struct ty_signing_aws),
	  .check = aws_check,
	  .signing = TY_SIGNING_AWS,
	  .add = vault_signing_add },
	{ .name = "http_oauth1",
	  .title = "OAuth 1.0",
	  .summary = "Each request signed with a consumer's and a token's secret (RFC 5849)",
	  .apply = "signed",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct ty_signing_oauth1, consumer_key, 500, "Consumer key",
				.flags = BESIDE),
		  TY_ROW_STRING(struct ty_signing_oauth1, consumer_secret, 0, "Consumer secret",
				.flags = SECRET),
		  TY_ROW_STRING(struct ty_signing_oauth1, token, 500, "Token", .flags = MAY),
		  TY_ROW_STRING(struct ty_signing_oauth1, token_secret, 0, "Token secret",
				.flags = MAY_HIDE),
		  TY_ROW_ENUM(struct ty_signing_oauth1, method, oauth1_methods, "Method",
			      .flags = MAY, .def = "HMAC-SHA1"),
		  TY_ROW_STRING(struct ty_signing_oauth1, realm, 500, "Realm", .flags = MAY)),
	  .size = sizeof(struct ty_signing_oauth1),
	  .check = oauth1_check,
	  .signing = TY_SIGNING_OAUTH1,
	  .add = vault_signing_add },
	{ .name = "http_jwt",
	  .title = "Signed token (JWT)",
	  .summary =
		  "The header Authorization: Bearer with a token that is signed anew for each call",
	  .apply = "header",
	  .fields = TY_PARAMS(JWT_KEY_ROWS(struct ty_signing_jwt),
			      TY_ROW_STRING(struct ty_signing_jwt, audience, 500, "Audience",
					    .flags = MAY, .help = "The claim aud."),
			      JWT_CLAIM_ROWS(struct ty_signing_jwt)),
	  .size = sizeof(struct ty_signing_jwt),
	  .check = jwt_check,
	  .signing = TY_SIGNING_JWT,
	  .add = vault_signing_add },
	{ .name = "http_standard_webhooks",
	  .title = "Standard Webhooks",
	  .summary = "Each request signed as a webhook that the receiver can verify (Standard "
		     "Webhooks 1.0.0)",
	  .apply = "signed",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct ty_signing_webhook, secret, 200, "Secret", .flags = SECRET,
				.placeholder = "whsec_...",
				.help = "whsec_ and base64 of 24 to 64 bytes, which the receiver "
					"has too; or whsk_ and an Ed25519 key.")),
	  .size = sizeof(struct ty_signing_webhook),
	  .check = webhook_check,
	  .signing = TY_SIGNING_WEBHOOK,
	  .add = vault_signing_add },
	{ .name = "http_certificate",
	  .title = "Client certificate",
	  .summary = "Shown to the server when the connection is made (TLS)",
	  .apply = "connection",
	  .fields = TY_PARAMS(
		  TY_ROW_TEXT(struct ty_signing_certificate, certificate, PEM_MAX, "Certificate",
			      .flags = BESIDE, .placeholder = "-----BEGIN CERTIFICATE-----",
			      .help = "PEM; what it is signed by may follow."),
		  TY_ROW_TEXT(struct ty_signing_certificate, key, PEM_MAX, "Private key",
			      .flags = SECRET, .placeholder = "-----BEGIN ...", .help = "PEM."),
		  TY_ROW_STRING(struct ty_signing_certificate, passphrase, 500, "Passphrase",
				.flags = MAY_HIDE, .help = "Of the key, where it has one.")),
	  .size = sizeof(struct ty_signing_certificate),
	  .check = vault_certificate_check,
	  .signing = TY_SIGNING_CERTIFICATE,
	  .add = vault_signing_add },
	{ .name = "http_oauth2_client",
	  .title = "OAuth 2.0: the client itself",
	  .summary = "A token that the provider gives for the client's id and secret (client "
		     "credentials), fetched anew when it is over",
	  .apply = "header",
	  .fields = TY_PARAMS(
		  TOKEN_URL_ROW, CLIENT_ID_ROW,
		  TY_ROW_STRING(OAUTH2, client_secret, 0, "Client secret", .flags = SECRET),
		  SCOPE_ROW,
		  TY_ROW_STRING(OAUTH2, token_audience, 500, "Audience", .flags = MAY,
				.help = "Sent as audience, where the provider asks for "
					"one."),
		  CLIENT_AUTH_ROW),
	  .size = sizeof(OAUTH2),
	  .check = vault_oauth2_client_check,
	  .signing = TY_SIGNING_OAUTH2_CLIENT,
	  .add = vault_signing_add },
	{ .name = "http_oauth2_code",
	  .title = "OAuth 2.0: a person signs in",
	  .summary = "A token that a person gives by signing in at the provider (authorization "
		     "code with PKCE), refreshed when it is over",
	  .apply = "header",
	  .fields = TY_PARAMS(
		  TY_ROW_URL(OAUTH2, authorization_url, URL_MAX, "Sign-in address", .flags = BESIDE,
			     .placeholder = "https://login.example.com/oauth2/authorize"),
		  TOKEN_URL_ROW, CLIENT_ID_ROW,
		  TY_ROW_STRING(OAUTH2, client_secret, 0, "Client secret", .flags = MAY_HIDE,
				.help = "Left out where the provider gave none."),
		  SCOPE_ROW,
		  TY_ROW_STRING(OAUTH2, authorization_params, 1000, "More parameters", .flags = MAY,
				.placeholder = "access_type=offline&prompt=consent",
				.help = "Of the sign-in address, where the provider asks for "
					"some."),
		  TY_ROW_URL(OAUTH2, issuer, URL_MAX, "Issuer", .flags = MAY,
			     .help = "Of the provider's metadata: an answer of another is refused "
				     "(iss, RFC 9207)."),
		  CLIENT_AUTH_ROW),
	  .size = sizeof(OAUTH2),
	  .check = vault_oauth2_code_check,
	  .signing = TY_SIGNING_OAUTH2_CODE,
	  .add = vault_signing_add },
	{ .name = "http_oauth2_jwt",
	  .title = "OAuth 2.0: signed assertion",
	  .summary = "A token that the provider gives for a JWT which the credential's key signs "
		     "(RFC 7523), fetched anew when it is over",
	  .apply = "header",
	  .fields = TY_PARAMS(TOKEN_URL_ROW, JWT_KEY_ROWS(OAUTH2),
			      TY_ROW_STRING(OAUTH2, audience, 500, "Audience", .flags = MAY,
					    .help = "The claim aud; the token address where "
						    "absent."),
			      JWT_CLAIM_ROWS(OAUTH2), SCOPE_ROW),
	  .size = sizeof(OAUTH2),
	  .check = vault_oauth2_jwt_check,
	  .signing = TY_SIGNING_OAUTH2_JWT,
	  .add = vault_signing_add },
	{ .name = "crypto_secret",
	  .title = "Secret to compute with",
	  .summary = "The secret of an HMAC (data.crypto) or the password of a file (data.pdf); "
		     "it is sent nowhere",
	  .apply = "computed",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct ty_signing_secret, secret, 0, "Secret", .flags = SECRET),
		  TY_ROW_ENUM(struct ty_signing_secret, form, secret_forms, "Written as",
			      .flags = MAY, .def = "text")),
	  .size = sizeof(struct ty_signing_secret),
	  .check = vault_secret_check,
	  .signing = TY_SIGNING_SECRET,
	  .add = vault_signing_add },
	{ .name = "crypto_key",
	  .title = "Key to compute with",
	  .summary = "The key of signatures and tokens (data.jwt, data.crypto); it is sent nowhere",
	  .apply = "computed",
	  .fields = TY_PARAMS(
		  TY_ROW_ENUM(struct ty_signing_key, algorithm, jwt_algorithms, "Algorithm",
			      .flags = MAY, .def = "RS256",
			      .help = "Tokens of any other are refused."),
		  TY_ROW_TEXT(
			  struct ty_signing_key, key, PEM_MAX, "Key or secret", .flags = SECRET,
			  .placeholder = "-----BEGIN ...",
			  .help = "PEM without a passphrase: a private key, or to check alone a "
				  "public key or a certificate; of HS* the secret itself."),
		  TY_ROW_STRING(struct ty_signing_key, key_id, 500, "Key id", .flags = MAY,
				.help = "The header's kid.")),
	  .size = sizeof(struct ty_signing_key),
	  .check = vault_key_check,
	  .signing = TY_SIGNING_KEY,
	  .add = vault_signing_add },
	{ .name = "crypto_totp",
	  .title = "One-time codes (TOTP)",
	  .summary = "What an authenticator app is given to make codes of (RFC 6238)",
	  .apply = "computed",
	  .fields = TY_PARAMS(TY_ROW_STRING(struct ty_signing_totp, secret, 0, "Secret",
					    .flags = SECRET, .placeholder = "JBSWY3DPEHPK3PXP",
					    .help = "In Base32, as beside the QR code."),
			      TY_ROW_ENUM(struct ty_signing_totp, hash, totp_hashes, "Hash",
					  .flags = MAY, .def = "SHA1"),
			      TY_ROW_INT(struct ty_signing_totp, digits, 6, 8, "Digits",
					 .flags = MAY, .def = "6"),
			      TY_ROW_INT(struct ty_signing_totp, period_s, 5, 300, "Period",
					 .flags = MAY, .unit = "s", .def = "30")),
	  .size = sizeof(struct ty_signing_totp),
	  .check = vault_totp_check,
	  .signing = TY_SIGNING_TOTP,
	  .add = vault_signing_add },
	{ .name = NULL },
};
