/*
 * webhook_key.c -- the secret of Standard Webhooks, as bytes to sign with.
 */
#include "vault/signing.h"

#include "base/arena.h"
#include "crypto/crypto.h"
#include "crypto/webhook_key.h"

#include <string.h>

/* Bytes of a secret that is shared: 192 to 512 bits. */
#define SHARED_BYTES_MIN 24

static bool
key_take(const uint8_t *bytes, size_t len, bool is_ed25519, struct ty_signing_webhook_key *ret_key)
{
	bool is_right = is_ed25519 ? len == TY_SIGNING_WEBHOOK_SEED_SIZE ||
					     len == 2 * TY_SIGNING_WEBHOOK_SEED_SIZE
				   : len >= SHARED_BYTES_MIN && len <= TY_SIGNING_WEBHOOK_KEY_MAX;

	if (!is_right)
		return false;
	ret_key->is_ed25519 = is_ed25519;
	ret_key->len = is_ed25519 ? TY_SIGNING_WEBHOOK_SEED_SIZE : len;
	memcpy(ret_key->bytes, bytes, ret_key->len);
	return true;
}

bool
ty_signing_webhook_key(const char *secret, struct ty_signing_webhook_key *ret_key)
{
	struct ty_arena *arena = ty_arena_new(NULL, "key", 0);
	struct ty_webhook_key_text text = ty_webhook_key_read(secret, strlen(secret));
	size_t len = 0;
	uint8_t *bytes = ty_base64_decode(arena, text.base64, text.len, &len);
	bool is_right;

	*ret_key = (struct ty_signing_webhook_key){ .len = 0 };
	is_right = bytes != NULL && key_take(bytes, len, text.is_ed25519, ret_key);
	if (bytes != NULL)
		ty_crypto_wipe(bytes, len);
	ty_arena_free(arena);
	return is_right;
}
