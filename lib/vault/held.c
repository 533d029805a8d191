/*
 * held.c -- see held.h.
 */
#include "vault/held.h"

#include "base/arena.h"
#include "base/err.h"
#include "vault/internal.h"

#include <stdio.h>
#include <string.h>

#define AD_SIZE 128 /* two UUIDs and a word */

static size_t
held_ad(char out[AD_SIZE], const struct ty_id *workspace_id, const struct ty_id *delivery_id)
{
	return (size_t)snprintf(out, AD_SIZE, "held|%s|%s", workspace_id->s, delivery_id->s);
}

enum ty_code
ty_vault_held_seal(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
		   const struct ty_id *delivery_id, const char *token,
		   struct ty_vault_held *ret_held, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], *sealed;
	size_t len = strlen(token);
	char ad[AD_SIZE];

	if (len > TY_VAULT_HELD_BYTES_MAX)
		return ty_err_set(err, TY_E_LIMIT, "The token has more than %d bytes",
				  TY_VAULT_HELD_BYTES_MAX);
	if (vault_key_get(vault, tx, workspace_id, key, &ret_held->key_version, err) != TY_OK)
		return err->code;
	sealed = ty_arena_alloc(ty_tx_arena(tx), len + TY_AEAD_OVERHEAD);
	ty_aead_seal(key, ad, held_ad(ad, workspace_id, delivery_id), token, len, sealed);
	ty_crypto_wipe(key, sizeof(key));
	ret_held->sealed = sealed;
	ret_held->len = len + TY_AEAD_OVERHEAD;
	return TY_OK;
}

enum ty_code
ty_vault_held_open(const struct ty_vault *vault, struct ty_arena *arena,
		   const struct ty_id *workspace_id, const struct ty_id *delivery_id,
		   const struct ty_vault_held *held, const uint8_t *wrapped, size_t wrapped_len,
		   const char **ret_token, struct ty_err *err)
{
	size_t ad_len, len = held->len >= TY_AEAD_OVERHEAD ? held->len - TY_AEAD_OVERHEAD : 0;
	uint8_t key[TY_AEAD_KEY_SIZE];
	struct ty_secret *text;
	char ad[AD_SIZE], *plain;
	enum ty_code code;

	if (held->len < TY_AEAD_OVERHEAD)
		return ty_err_set(err, TY_E_DENIED, "the delivery's token is damaged");
	if (vault_key_unwrap(vault, workspace_id, held->key_version, wrapped, wrapped_len, key,
			     err) != TY_OK)
		return err->code;
	plain = ty_arena_alloc(arena, len + 1);
	ad_len = held_ad(ad, workspace_id, delivery_id);
	code = ty_aead_open(key, ad, ad_len, held->sealed, held->len, (uint8_t *)plain, err);
	ty_crypto_wipe(key, sizeof(key));
	if (code != TY_OK)
		return ty_err_wrap(err, "the delivery's token");
	text = ty_secret_new(arena, plain, len + 1);
	ty_crypto_wipe(plain, len);
	*ret_token = (const char *)text->data;
	return TY_OK;
}
