/*
 * token.c -- see token.h.
 */
#include "vault/token.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"
#include "crypto/jws.h"
#include "json/json.h"
#include "vault/internal.h"

#include <stdio.h>
#include <string.h>

#define AD_SIZE	    160 /* three UUIDs and a word */
#define STATE_BYTES 32	/* random ones of a state (RFC 7636, 7.1) */

static size_t
token_ad(char out[AD_SIZE], const struct ty_vault_token_place *place)
{
	return (size_t)snprintf(out, AD_SIZE, "token|%s|%s|%s", place->workspace_id->s,
				place->credential_id->s, place->token_id->s);
}

static enum ty_code
place_key(const struct ty_vault *vault, const struct ty_vault_token_place *place,
	  uint8_t key[TY_AEAD_KEY_SIZE], struct ty_err *err)
{
	return vault_key_unwrap(vault, place->workspace_id, place->key_version, place->wrapped,
				place->wrapped_len, key, err);
}

enum ty_code
ty_vault_token_seal(const struct ty_vault *vault, struct ty_arena *arena,
		    const struct ty_vault_token_place *place, const struct ty_vault_token *token,
		    const uint8_t **ret_sealed, size_t *ret_len, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], *sealed;
	json_t *tree;
	char ad[AD_SIZE], *text;
	size_t len;

	len = strlen(token->access_token) +
	      (token->refresh_token != NULL ? strlen(token->refresh_token) : 0);
	if (len > TY_VAULT_TOKEN_BYTES_MAX)
		return ty_err_set(err, TY_E_LIMIT, "The provider's tokens have more than %d bytes",
				  TY_VAULT_TOKEN_BYTES_MAX);
	if (place_key(vault, place, key, err) != TY_OK)
		return err->code;
	tree = json_pack("{s:s, s:s*}", "access_token", token->access_token, "refresh_token",
			 token->refresh_token);
	TY_ASSERT(tree != NULL);
	text = ty_json_dump(arena, tree, &len);
	ty_json_wipe(tree);
	json_decref(tree);
	sealed = ty_arena_alloc(arena, len + TY_AEAD_OVERHEAD);
	ty_aead_seal(key, ad, token_ad(ad, place), text, len, sealed);
	ty_crypto_wipe(text, len);
	ty_crypto_wipe(key, sizeof(key));
	*ret_sealed = sealed;
	*ret_len = len + TY_AEAD_OVERHEAD;
	return TY_OK;
}

/* A member as a secret of the arena; NULL where there is none. */
static const char *
secret_of(struct ty_arena *arena, const json_t *tree, const char *member)
{
	const char *text = ty_json_str(tree, member, NULL);

	return text != NULL ? (const char *)ty_secret_new(arena, text, strlen(text) + 1)->data
			    : NULL;
}

enum ty_code
ty_vault_token_open(const struct ty_vault *vault, struct ty_arena *arena,
		    const struct ty_vault_token_place *place, const uint8_t *sealed, size_t len,
		    struct ty_vault_token *ret_token, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], *text;
	char ad[AD_SIZE];
	enum ty_code code;
	json_t *tree;

	if (len < TY_AEAD_OVERHEAD)
		return ty_err_set(err, TY_E_DENIED, "the credential's token is damaged");
	if (place_key(vault, place, key, err) != TY_OK)
		return err->code;
	text = ty_arena_alloc(arena, len);
	code = ty_aead_open(key, ad, token_ad(ad, place), sealed, len, text, err);
	ty_crypto_wipe(key, sizeof(key));
	if (code != TY_OK)
		return ty_err_wrap(err, "the credential's token");
	tree = json_loadb((const char *)text, len - TY_AEAD_OVERHEAD, 0, NULL);
	ty_crypto_wipe(text, len);
	ret_token->access_token = secret_of(arena, tree, "access_token");
	ret_token->refresh_token = secret_of(arena, tree, "refresh_token");
	ty_json_wipe(tree);
	json_decref(tree);
	if (ret_token->access_token == NULL)
		return ty_err_set(err, TY_E_DENIED, "the credential's token is damaged");
	return TY_OK;
}

const char *
ty_vault_state(const struct ty_vault *vault, struct ty_arena *arena)
{
	struct ty_vault_ring ring;
	uint8_t random[STATE_BYTES];
	const char *state;

	ty_crypto_random(random, sizeof(random));
	vault_ring_get(vault, false, &ring);
	state = ty_arena_printf(arena, "%s.%s", ty_base64url_encode(arena, random, sizeof(random)),
				ty_vault_ring_at(&ring, ty_time_now_ms())->fingerprint);
	ty_crypto_wipe(&ring, sizeof(ring));
	return state;
}

/* NULL where the ring lacks the key that the state names. */
static const char *
verifier_of(struct ty_arena *arena, const struct ty_vault_ring *ring, const char *state)
{
	const char *dot = strchr(state, '.');
	const struct ty_vault_ring_key *master =
		ty_vault_ring_find(ring, dot != NULL ? dot + 1 : "");
	uint8_t key[TY_SHA256_SIZE], mac[TY_SHA256_SIZE];

	if (master == NULL)
		return NULL;
	vault_key_derive(master, "tyboo oauth2 verifier 1", key);
	ty_hmac_sha256(key, sizeof(key), state, strlen(state), mac);
	ty_crypto_wipe(key, sizeof(key));
	return ty_base64url_encode(arena, mac, sizeof(mac));
}

const char *
ty_vault_verifier(const struct ty_vault *vault, struct ty_arena *arena, const char *state)
{
	struct ty_vault_ring ring;
	const char *verifier = NULL;

	for (int look = 0; look < 2 && verifier == NULL; look++) {
		vault_ring_get(vault, look == 1, &ring);
		verifier = verifier_of(arena, &ring, state);
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return verifier != NULL ? verifier : "";
}
