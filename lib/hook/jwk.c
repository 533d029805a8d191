/*
 * jwk.c -- JSON Web Keys (RFC 7517): one, a set of them, and what of a set is kept.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "hook/keys.h"
#include "json/json.h"

#include <string.h>

/* Keys of one set: issuers have two to ten. */
#define KEYS_MAX 100

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

static struct ty_public_key *
open_numbers(struct ty_arena *arena, const json_t *jwk)
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

struct ty_public_key *
jwk_open(struct ty_arena *arena, const json_t *jwk)
{
	const char *use = ty_json_str(jwk, "use", "sig"), *alg = ty_json_str(jwk, "alg", "");
	struct ty_public_key *key;

	if (!ty_str_eq(use, "sig"))
		return NULL; /* a key to encrypt with signs nothing (RFC 7517, 4.2) */
	key = open_numbers(arena, jwk);
	if (key == NULL || alg[0] == '\0' || ty_str_eq(alg, ty_public_key_algorithm(key)))
		return key;
	ty_public_key_free(key);
	return NULL;
}

const json_t *
jwk_set_keys(const json_t *set)
{
	return json_is_array(set) ? set : ty_json_arr(set, "keys");
}

bool
jwk_set_has(const json_t *set, const char *id)
{
	json_t *jwk;
	size_t i;

	json_array_foreach((json_t *)jwk_set_keys(set), i,
			   jwk) if (ty_str_eq(ty_json_str(jwk, "kid", ""), id)) return true;
	return false;
}

/* ---- a set that was fetched ---- */

/* The public members alone, because an issuer that gives its private ones is not to have them kept here. */
static json_t *
public_part(const json_t *jwk)
{
	static const char *const members[] = {
		"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"
	};
	json_t *kept = json_object();

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++)
		if (json_is_string(json_object_get(jwk, members[i])))
			json_object_set(kept, members[i], json_object_get(jwk, members[i]));
	return kept;
}

static json_t *
usable_keys(struct ty_arena *arena, const json_t *keys)
{
	json_t *usable = ty_json_own(arena, json_array()), *jwk;
	struct ty_public_key *key;
	size_t i;

	json_array_foreach((json_t *)keys, i, jwk)
	{
		key = json_array_size(usable) < KEYS_MAX ? jwk_open(arena, jwk) : NULL;
		if (key != NULL)
			json_array_append_new(usable, public_part(jwk));
		ty_public_key_free(key);
	}
	return usable;
}

enum ty_code
ty_hook_keys_read(struct ty_arena *arena, const char *text, size_t len, const char **ret_text,
		  size_t *ret_count, struct ty_err *err)
{
	json_t *set, *usable;
	struct ty_err why = { TY_OK };
	const char *kept;
	size_t size;

	if (ty_json_parse(arena, text, len, &set, &why) != TY_OK)
		return ty_err_set(err, TY_E_UPSTREAM,
				  "The issuer's answer is no JSON Web Key Set: %.200s", why.msg);
	if (!json_is_object(set) || !json_is_array(json_object_get(set, "keys")))
		return ty_err_set(
			err, TY_E_UPSTREAM,
			"The issuer's answer is no JSON Web Key Set: it has no list \"keys\"");
	usable = usable_keys(arena, json_object_get(set, "keys"));
	*ret_count = json_array_size(usable);
	if (*ret_count == 0)
		return ty_err_set(err, TY_E_UPSTREAM,
				  "The issuer's key set has no key for RS256, ES256 or EdDSA");
	kept = ty_json_dump(arena, ty_json_own(arena, json_pack("{s:O}", "keys", usable)), &size);
	if (size > TY_HOOK_KEYS_BYTES_MAX)
		return ty_err_set(err, TY_E_UPSTREAM, "The issuer's key set has over %d bytes",
				  TY_HOOK_KEYS_BYTES_MAX);
	*ret_text = kept;
	return TY_OK;
}

const char *
ty_hook_keys_ids(struct ty_arena *arena, const char *text)
{
	const char *ids = "";
	struct ty_err ignored;
	json_t *set, *jwk;
	size_t i;

	if (ty_json_parse(arena, text, strlen(text), &set, &ignored) != TY_OK)
		return ids;
	json_array_foreach((json_t *)jwk_set_keys(set), i, jwk)
	{
		const char *id = ty_json_str(jwk, "kid", "");

		if (id[0] != '\0' && strlen(ids) < 800)
			ids = ty_arena_printf(arena, "%s%s%.100s", ids, ids[0] != '\0' ? ", " : "",
					      id);
	}
	return ids;
}
