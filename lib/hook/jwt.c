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
#include "hook/keys.h"
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
	const json_t *keys = jwk_set_keys(set);
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

/* Is the word in the list, as it is written? */
static bool
list_has(const char *list, const char *word)
{
	struct ty_str_word entry;

	while (ty_str_list_next(&list, &entry))
		if (entry.len == strlen(word) && memcmp(entry.s, word, entry.len) == 0)
			return true;
	return false;
}

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

/* Is the token for one of the listed receivers (RFC 7519, 4.1.3)?  An empty list takes all. */
static bool
is_for(const json_t *claims, const char *receivers)
{
	const json_t *sent = json_object_get(claims, "aud");
	json_t *one;
	size_t i;

	if (ty_str_is_blank(receivers) ||
	    (json_is_string(sent) && list_has(receivers, json_string_value(sent))))
		return true;
	json_array_foreach((json_t *)sent, i,
			   one) if (json_is_string(one) &&
				    list_has(receivers, json_string_value(one))) return true;
	return false;
}

static enum ty_hook_result
claims_judge(const json_t *claims, const struct ty_hook_rule *rule, int64_t now_s)
{
	if (!ty_str_is_blank(rule->jwt_issuer) &&
	    !ty_str_eq(rule->jwt_issuer, ty_json_str(claims, "iss", "")))
		return TY_HOOK_OTHER_CLAIMS;
	if (!is_for(claims, rule->jwt_audience))
		return TY_HOOK_OTHER_CLAIMS;
	return is_in_time(claims, now_s) ? TY_HOOK_OK : TY_HOOK_STALE;
}

/* ---- keys that were fetched ---- */

/* A set never has the key of an HMAC, so a token of one, or of none, waits for no keys. */
static bool
is_public_algorithm(const char *alg)
{
	return ty_str_eq(alg, "RS256") || ty_str_eq(alg, "ES256") || ty_str_eq(alg, "EdDSA");
}

static enum ty_hook_result
fetched_judge(struct ty_arena *arena, const struct ty_hook_keys *keys, const struct token *token)
{
	const char *id = ty_json_str(token->header, "kid", "");
	struct ty_err ignored;
	json_t *set;

	if (!is_public_algorithm(ty_json_str(token->header, "alg", "")))
		return TY_HOOK_MISMATCH;
	if (keys == NULL || ty_json_parse(arena, keys->text, keys->len, &set, &ignored) != TY_OK)
		return TY_HOOK_AWAITS_KEYS;
	if (set_matches(arena, set, token))
		return TY_HOOK_OK;
	return id[0] != '\0' && !jwk_set_has(set, id) ? TY_HOOK_UNKNOWN_KEY : TY_HOOK_MISMATCH;
}

const struct ty_hook_keys *
keys_find(const struct ty_hook_delivery *delivery, const char *url)
{
	for (size_t i = 0; i < delivery->key_count; i++)
		if (ty_str_eq(delivery->keys[i].url, url))
			return delivery->keys[i].text != NULL ? &delivery->keys[i] : NULL;
	return NULL;
}

static enum ty_hook_result
verify(struct ty_arena *arena, const struct ty_hook_rule *rule,
       const struct ty_secret *const *secrets, size_t count, const char *text,
       const struct ty_hook_delivery *delivery)
{
	enum ty_hook_result result = TY_HOOK_MISMATCH;
	struct token token;
	bool found = false;

	if (!token_read(arena, text, &token))
		return TY_HOOK_MISMATCH;
	for (size_t i = 0; i < count; i++)
		found |= secrets[i]->len > 0 && secret_matches(arena, secrets[i], &token);
	if (!found && rule_has_keys(rule))
		result = fetched_judge(arena, keys_find(delivery, rule->jwks_url), &token);
	if (!found && result != TY_HOOK_OK)
		return result;
	return claims_judge(token.claims, rule, delivery->now_s);
}

enum ty_hook_result
jwt_verify(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets, size_t count,
	   const char *header, const struct ty_hook_delivery *delivery)
{
	size_t skip = strlen(rule->scheme.prefix);
	struct ty_arena *arena;
	enum ty_hook_result result;

	if (strncasecmp(header, rule->scheme.prefix, skip) != 0)
		return TY_HOOK_MISSING;
	arena = ty_arena_new(NULL, "token", 0);
	result = verify(arena, rule, secrets, count, header + skip, delivery);
	ty_arena_free(arena);
	return result;
}

/* ---- what differs ---- */

/* Texts of claims and headers, cut, because the sender wrote them. */
static const char *
shown(struct ty_arena *arena, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value == NULL ? "none"
			     : ty_arena_printf(arena, "%.200s", ty_json_dump(arena, value, NULL));
}

static const char *
claims_difference(struct ty_arena *arena, const struct ty_hook_rule *rule,
		  const struct token *token)
{
	return ty_arena_printf(
		arena,
		"It matches but for its claims: \"iss\" is %s and \"aud\" is %s; the "
		"webhook's jwt_issuer is \"%s\" and its jwt_audience \"%s\".",
		shown(arena, token->claims, "iss"), shown(arena, token->claims, "aud"),
		rule->jwt_issuer, rule->jwt_audience);
}

static const char *
key_difference(struct ty_arena *arena, const struct ty_hook_rule *rule,
	       const struct ty_hook_delivery *delivery, const struct token *token)
{
	const struct ty_hook_keys *keys = keys_find(delivery, rule->jwks_url);

	return ty_arena_printf(arena, "It names the key %s; those at %s are: %s.",
			       shown(arena, token->header, "kid"), rule->jwks_url,
			       keys != NULL ? ty_hook_keys_ids(arena, keys->text) : "none");
}

bool
jwt_explain(struct ty_arena *arena, const struct ty_hook_rule *rule,
	    const struct ty_hook_delivery *delivery, struct ty_hook_difference *ret_difference)
{
	const char *header = delivery->header(delivery->ctx, rule->scheme.signature_header);
	size_t skip = strlen(rule->scheme.prefix);
	enum ty_hook_result result;
	struct token token;

	if (!rule_has_keys(rule) || header == NULL ||
	    strncasecmp(header, rule->scheme.prefix, skip) != 0 ||
	    !token_read(arena, header + skip, &token))
		return false;
	result = verify(arena, rule, NULL, 0, header + skip, delivery);
	if (result == TY_HOOK_OTHER_CLAIMS)
		*ret_difference =
			(struct ty_hook_difference){ "claims",
						     claims_difference(arena, rule, &token) };
	else if (result == TY_HOOK_UNKNOWN_KEY)
		*ret_difference =
			(struct ty_hook_difference){ "key", key_difference(arena, rule, delivery,
									   &token) };
	else if (!is_public_algorithm(ty_json_str(token.header, "alg", "")))
		*ret_difference = (struct ty_hook_difference){
			"signature", "It is signed with another algorithm than the keys at an "
				     "address have: RS256, ES256 or EdDSA."
		};
	else
		return false;
	return true;
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
