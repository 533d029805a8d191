/*
 * token.c -- bearer secrets.
 */
#include "auth/token.h"

#include "base/str.h"

#include <string.h>

#define TOKEN_LEN  (TY_TOKEN_SIZE - 1)
#define PREFIX_LEN (TY_API_KEY_PREFIX_SIZE - 1)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/* A key's prefix is read aloud and grepped for: no '-' and '_' in it. */
static const char prefix_alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";

void
ty_token_new(char out[TY_TOKEN_SIZE])
{
	uint8_t raw[TOKEN_LEN];

	/* Six random bits a character: 43 of them carry 258. */
	ty_crypto_random(raw, sizeof(raw));
	for (size_t i = 0; i < TOKEN_LEN; i++)
		out[i] = alphabet[raw[i] % 64];
	out[TOKEN_LEN] = '\0';
	ty_crypto_wipe(raw, sizeof(raw));
}

bool
ty_token_hash(const char *token, uint8_t ret_hash[TY_SHA256_SIZE])
{
	if (token == NULL || strlen(token) != TOKEN_LEN || strspn(token, alphabet) != TOKEN_LEN)
		return false;
	ty_sha256(token, TOKEN_LEN, ret_hash);
	return true;
}

void
ty_api_key_new(struct ty_api_key *ret_key)
{
	uint8_t raw[PREFIX_LEN];
	char *at = ret_key->text;

	ty_crypto_random(raw, sizeof(raw));
	for (size_t i = 0; i < PREFIX_LEN; i++)
		ret_key->prefix[i] = prefix_alphabet[raw[i] % (sizeof(prefix_alphabet) - 1)];
	ret_key->prefix[PREFIX_LEN] = '\0';
	memcpy(at, "tyb_", 4);
	memcpy(at + 4, ret_key->prefix, PREFIX_LEN);
	at[4 + PREFIX_LEN] = '_';
	ty_token_new(at + 4 + PREFIX_LEN + 1);
	TY_ASSERT(ty_token_hash(at + 4 + PREFIX_LEN + 1, ret_key->secret_hash));
}

bool
ty_api_key_parse(const char *text, struct ty_api_key *ret_key)
{
	struct ty_api_key key = { 0 };

	if (text == NULL || strlen(text) != TY_API_KEY_SIZE - 1 ||
	    !ty_str_has_prefix(text, "tyb_") || text[4 + PREFIX_LEN] != '_' ||
	    strspn(text + 4, prefix_alphabet) != PREFIX_LEN)
		return false;
	if (!ty_token_hash(text + 4 + PREFIX_LEN + 1, key.secret_hash))
		return false;
	memcpy(key.prefix, text + 4, PREFIX_LEN);
	memcpy(key.text, text, TY_API_KEY_SIZE);
	*ret_key = key;
	return true;
}
