/*
 * jwt.c -- a JSON Web Token in the header (RFC 7519, RFC 7515): signed by a secret, or by whoever has the
 * private key of one.
 *
 * A key decides which algorithm it checks, never the token: a public key that were taken for the text of an
 * HMAC would make everybody a sender.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>
#include <strings.h>

/* Clocks of two machines differ so much. */
#define LEEWAY_S 60
/* Tokens in a header of nginx's default size are shorter. */
#define TOKEN_BYTES_MAX 8192
#define BLANKS		" \t\r\n"

struct token {
	struct ty_bytes part; /* signed bytes: header and claims as they were sent */
	const uint8_t *signature;
	size_t signature_len;
	const json_t *header, *claims;
};

static const json_t *
json_of(struct ty_arena *arena, struct span text)
{
	size_t size = unbase64_size(text);
	uint8_t *bytes = ty_arena_alloc(arena, size + 1);
	struct ty_err ignored;
	json_t *json;

	if (!unbase64(text, bytes, size) ||
	    ty_json_parse(arena, (const char *)bytes, size, &json, &ignored) != TY_OK ||
	    !json_is_object(json))
		return NULL;
	return json;
}

/* "header.claims.signature", each base64url. */
static bool
token_read(struct ty_arena *arena, const char *text, struct token *ret_token)
{
	const char *dot = strchr(text, '.'), *last = strrchr(text, '.');
	struct span signature;
	uint8_t *bytes;

	if (dot == NULL || dot == last || strlen(text) > TOKEN_BYTES_MAX)
		return false;
	ret_token->part = (struct ty_bytes){ text, (size_t)(last - text) };
	ret_token->header = json_of(arena, (struct span){ text, (size_t)(dot - text) });
	ret_token->claims = json_of(arena, (struct span){ dot + 1, (size_t)(last - dot - 1) });
	signature = (struct span){ last + 1, strlen(last + 1) };
	ret_token->signature_len = unbase64_size(signature);
	bytes = ty_arena_alloc(arena, ret_token->signature_len + 1);
	ret_token->signature = bytes;
	/* No extension is known here, so none that has to be understood (RFC 7515, 4.1.11). */
	return ret_token->header != NULL && ret_token->claims != NULL &&
	       json_object_get(ret_token->header, "crit") == NULL &&
	       unbase64(signature, bytes, ret_token->signature_len);
}

/* ---- keys ---- */

/* A member of a JWK, decoded. */
static struct ty_bytes
jwk_bytes(struct ty_arena *arena, const json_t *jwk, const char *member)
{
	const char *text = ty_json_str(jwk, member, "");
	struct span span = { text, strlen(text) };
	size_t size = unbase64_size(span);
	uint8_t *bytes = ty_arena_alloc(arena, size + 1);

	return unbase64(span, bytes, size) ? (struct ty_bytes){ bytes, size }
					   : (struct ty_bytes){ "", 0 };
}

/* RFC 7517; NULL: a key of another kind. */
static struct ty_public_key *
jwk_open(struct ty_arena *arena, const json_t *jwk)
{
	struct ty_bytes n = jwk_bytes(arena, jwk, "n"), e = jwk_bytes(arena, jwk, "e");
	struct ty_bytes x = jwk_bytes(arena, jwk, "x"), y = jwk_bytes(arena, jwk, "y");
	const char *kind = ty_json_str(jwk, "kty", "");

	if (ty_str_eq(kind, "RSA"))
		return ty_public_key_rsa(n.data, n.len, e.data, e.len);
	if (ty_str_eq(kind, "EC") && ty_str_eq(ty_json_str(jwk, "crv", ""), "P-256"))
		return ty_public_key_p256_point(x.data, x.len, y.data, y.len);
	if (ty_str_eq(kind, "OKP") && ty_str_eq(ty_json_str(jwk, "crv", ""), "Ed25519"))
		return ty_public_key_ed25519(x.data, x.len);
	return NULL;
}

/* Takes 'key', which may be NULL. */
static bool
public_key_matches(struct ty_public_key *key, const struct token *token)
{
	bool is_right =
		key != NULL &&
		ty_str_eq(ty_public_key_algorithm(key), ty_json_str(token->header, "alg", "")) &&
		ty_public_key_verify_jws(key, token->signature, token->signature_len, &token->part);

	ty_public_key_free(key);
	return is_right;
}

/* Try the keys of a set that have the token's key id, or all where either names none. */
static bool
set_matches(struct ty_arena *arena, const json_t *set, const struct token *token)
{
	const char *id = ty_json_str(token->header, "kid", "");
	const json_t *keys = json_is_array(set) ? set : ty_json_arr(set, "keys");
	bool found = false;
	json_t *jwk;
	size_t i;

	if (keys == NULL)
		return public_key_matches(jwk_open(arena, set), token);
	json_array_foreach((json_t *)keys, i, jwk)
	{
		const char *own = ty_json_str(jwk, "kid", "");

		if (id[0] == '\0' || own[0] == '\0' || ty_str_eq(id, own))
			found |= public_key_matches(jwk_open(arena, jwk), token);
	}
	return found;
}

static bool
hmac_matches(const struct ty_secret *secret, const struct token *token)
{
	uint8_t mac[TY_SHA256_SIZE];

	if (!ty_str_eq(ty_json_str(token->header, "alg", ""), "HS256"))
		return false;
	ty_hmac_sha256(secret->data, secret->len, token->part.data, token->part.len, mac);
	return token->signature_len == sizeof(mac) &&
	       ty_crypto_equal(mac, token->signature, sizeof(mac));
}

/* Does JSON of keys begin here: { or [{? */
static bool
is_set(const char *text)
{
	text += strspn(text, BLANKS);
	return *text == '{' || (*text == '[' && text[1 + strspn(text + 1, BLANKS)] == '{');
}

/* A public key is known to everybody: in no form that keys are handed round in may it be the text of an HMAC. */
static bool
is_public(const char *text)
{
	static const char *const openssh[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(openssh); i++)
		if (ty_str_has_prefix(text + strspn(text, BLANKS), openssh[i]))
			return true;
	return strstr(text, "-----BEGIN") != NULL;
}

/* A set of keys, a public key in PEM or its base64 alone, or the text of an HMAC. */
static bool
text_matches(struct ty_arena *arena, const char *text, const struct ty_secret *secret,
	     const struct token *token)
{
	struct ty_public_key *key;
	struct ty_err ignored;
	json_t *set;

	if (is_set(text))
		return ty_json_parse(arena, text, secret->len, &set, &ignored) == TY_OK &&
		       set_matches(arena, set, token);
	key = hook_pem_open((struct span){ text, secret->len });
	if (key != NULL || is_public(text))
		return public_key_matches(key, token);
	return hmac_matches(secret, token);
}

static bool
secret_matches(struct ty_arena *arena, const struct ty_secret *secret, const struct token *token)
{
	char *text = ty_arena_alloc(arena, secret->len + 1);
	bool is_right;

	memcpy(text, secret->data, secret->len);
	text[secret->len] = '\0';
	is_right = text_matches(arena, text, secret, token);
	ty_crypto_wipe(text, secret->len);
	return is_right;
}

/* ---- claims ---- */

/* "exp" and "nbf" (RFC 7519, 4.1), where the token has them. */
static bool
is_in_time(const json_t *claims, int64_t now_s)
{
	const json_t *expires = json_object_get(claims, "exp"),
		     *begins = json_object_get(claims, "nbf");

	/* A time may be any number, larger than a whole one may be, too. */
	return (expires == NULL || (json_is_number(expires) &&
				    (double)now_s < json_number_value(expires) + LEEWAY_S)) &&
	       (begins == NULL ||
		(json_is_number(begins) && (double)now_s >= json_number_value(begins) - LEEWAY_S));
}

static enum ty_hook_result
verify(struct ty_arena *arena, const struct ty_secret *const *secrets, size_t count,
       const char *text, int64_t now_s)
{
	struct token token;
	bool found = false;

	if (!token_read(arena, text, &token))
		return TY_HOOK_MISMATCH;
	for (size_t i = 0; i < count; i++)
		found |= secrets[i]->len > 0 && secret_matches(arena, secrets[i], &token);
	if (!found)
		return TY_HOOK_MISMATCH;
	return is_in_time(token.claims, now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

enum ty_hook_result
jwt_verify(const struct ty_hook_scheme *s, const struct ty_secret *const *secrets, size_t count,
	   const char *header, int64_t now_s)
{
	size_t skip = strlen(s->prefix);
	struct ty_arena *arena;
	enum ty_hook_result result;

	if (strncasecmp(header, s->prefix, skip) != 0)
		return TY_HOOK_MISSING;
	arena = ty_arena_new(NULL, "token", 0);
	result = verify(arena, secrets, count, header + skip, now_s);
	ty_arena_free(arena);
	return result;
}

const char *
ty_hook_claims(struct ty_arena *arena, const struct ty_hook_rule *rule,
	       const struct ty_hook_delivery *delivery)
{
	const struct ty_hook_scheme *s = &rule->scheme;
	const char *header;
	struct token token;

	if (!s->is_jwt)
		return "";
	header = delivery->header(delivery->ctx, s->signature_header);
	if (header == NULL || strncasecmp(header, s->prefix, strlen(s->prefix)) != 0 ||
	    !token_read(arena, header + strlen(s->prefix), &token))
		return "";
	return ty_json_dump(arena, token.claims, NULL);
}
