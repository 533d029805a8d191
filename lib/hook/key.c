/*
 * key.c -- a webhook's secret as its scheme writes it: text, bytes in hex or base64, or a public key.
 */
#include "internal.h"

#include "base/str.h"
#include "crypto/webhook_key.h"

#include <stdlib.h>
#include <string.h>

#define PEM_LINE "-----"
/* A key of RSA with 4,096 bits has 736 in base64; longer text is no key of any scheme. */
#define KEY_SIZE_MAX 1024

/* Bytes of hex or base64, malloc'd; NULL where it is neither. */
static uint8_t *
hex_bytes(struct span text, size_t *ret_len)
{
	uint8_t *bytes = malloc(text.len / 2 + 1);

	TY_ASSERT(bytes != NULL);
	*ret_len = text.len / 2;
	if (text.len > 0 && text.len % 2 == 0 && ty_str_unhex(text.s, text.len, bytes))
		return bytes;
	free(bytes);
	return NULL;
}

static uint8_t *
base64_bytes(struct span text, size_t *ret_len)
{
	uint8_t *bytes;

	*ret_len = unbase64_size(text);
	bytes = malloc(*ret_len + 1);
	TY_ASSERT(bytes != NULL);
	if (*ret_len > 0 && unbase64(text, bytes, *ret_len))
		return bytes;
	free(bytes);
	return NULL;
}

/* A PEM block without its lines and line ends; other text as it is. */
static struct span
pem_strip(struct span text, char out[KEY_SIZE_MAX])
{
	struct span key = { out, 0 };
	size_t line;

	for (size_t i = 0; i < text.len; i += line + 1) {
		const char *end = memchr(text.s + i, '\n', text.len - i);

		line = end != NULL ? (size_t)(end - text.s) - i : text.len - i;
		if (ty_str_has_prefix(text.s + i, PEM_LINE))
			continue;
		for (size_t k = i; k < i + line && key.len < KEY_SIZE_MAX; k++)
			if (text.s[k] != '\r' && text.s[k] != ' ')
				out[key.len++] = text.s[k];
	}
	return key;
}

struct ty_public_key *
hook_pem_open(struct span text)
{
	char stripped[KEY_SIZE_MAX];
	struct ty_public_key *key;
	uint8_t *der;
	size_t len;

	der = base64_bytes(pem_strip(text, stripped), &len);
	key = der != NULL ? ty_public_key_spki(der, len) : NULL;
	free(der);
	return key;
}

static struct ty_public_key *
hex_open(struct span text)
{
	struct ty_public_key *key;
	uint8_t *bytes;
	size_t len;

	bytes = hex_bytes(text, &len);
	key = bytes != NULL ? ty_public_key_ed25519(bytes, len) : NULL;
	free(bytes);
	return key;
}

static bool
public_open(struct hook_key *key, enum ty_hook_mac mac, struct span text)
{
	key->public_key = mac == TY_HOOK_ED25519 ? hex_open(text) : hook_pem_open(text);
	return key->public_key != NULL &&
	       (mac == TY_HOOK_ED25519 ||
		ty_str_eq(ty_public_key_algorithm(key->public_key), "ES256"));
}

bool
hook_key_open(const struct ty_hook_scheme *s, const struct ty_secret *secret,
	      struct hook_key *ret_key)
{
	struct span text = { (const char *)secret->data, secret->len };
	struct ty_webhook_key_text key;

	*ret_key = (struct hook_key){ .data = secret->data, .len = secret->len };
	if (text.len == 0 || text.len > KEY_SIZE_MAX)
		return text.len > 0 && s->key == TY_HOOK_KEY_TEXT;
	if (scheme_has_public_key(s))
		return public_open(ret_key, s->mac, text);
	if (s->key == TY_HOOK_KEY_TEXT)
		return true;
	if (s->key == TY_HOOK_KEY_HEX) {
		ret_key->owned = hex_bytes(text, &ret_key->len);
		ret_key->data = ret_key->owned;
		return ret_key->owned != NULL;
	}
	key = ty_webhook_key_read(text.s, text.len);
	if (key.is_ed25519)
		return false; /* a key to sign with, not the one that checks */
	ret_key->owned = base64_bytes((struct span){ key.base64, key.len }, &ret_key->len);
	ret_key->data = ret_key->owned;
	return ret_key->owned != NULL;
}

void
hook_key_close(struct hook_key *key)
{
	if (key->owned != NULL)
		ty_crypto_wipe(key->owned, key->len);
	free(key->owned);
	ty_public_key_free(key->public_key);
	*key = (struct hook_key){ .data = NULL };
}

void
ty_hook_secrets_take(void *ctx, const void *data, size_t len)
{
	struct ty_hook_secrets *secrets = ctx;

	if (secrets->count < TY_HOOK_SECRETS_MAX && len > 0)
		secrets->list[secrets->count++] = ty_secret_new(secrets->arena, data, len);
}
