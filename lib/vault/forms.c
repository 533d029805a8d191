/*
 * forms.c -- see forms.h.
 */
#include "vault/forms.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "param/secret.h"

#include <ctype.h>
#include <string.h>

size_t
ty_forms_add_one(struct ty_arena *arena, struct ty_forms *forms, const char *text)
{
	size_t size = strlen(text) + 1;

	for (size_t i = 0; i < forms->count; i++) {
		if (ty_str_eq(forms->texts[i], text))
			return 0;
	}
	forms->texts = ty_arena_grow(arena, forms->texts, forms->count, &forms->cap,
				     sizeof(*forms->texts));
	forms->texts[forms->count++] = (const char *)ty_secret_new(arena, text, size)->data;
	return size;
}

/* In both alphabets. */
static size_t
add_alphabets(struct ty_arena *arena, struct ty_forms *forms, char *text)
{
	size_t bytes = ty_forms_add_one(arena, forms, text);

	for (char *at = text; *at != '\0'; at++)
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	return bytes + ty_forms_add_one(arena, forms, text);
}

/* With padding or without, it begins with the text without. */
static size_t
add_base64(struct ty_arena *arena, struct ty_forms *forms, const char *secret)
{
	char *text = ty_base64_encode(arena, secret, strlen(secret));
	size_t len = strcspn(text, "="), bytes;

	text[len] = '\0';
	bytes = add_alphabets(arena, forms, text);
	ty_crypto_wipe(text, len);
	return bytes;
}

/*
 * Behind 'shift' other bytes (base64 comes in threes), only the characters that no neighbour has a
 * part in: those of "user:secret", or of a whole request that a server logs.
 */
static size_t
add_base64_within(struct ty_arena *arena, struct ty_forms *forms, const char *secret, size_t shift)
{
	size_t len = shift + strlen(secret), bytes;
	char *plain = ty_arena_alloc(arena, len + 1), *text;

	memcpy(plain + shift, secret, len - shift);
	text = ty_base64_encode(arena, plain, len);
	text[len * 8 / 6] = '\0';
	bytes = add_alphabets(arena, forms, text + (shift * 8 + 5) / 6);
	ty_crypto_wipe(plain, len);
	ty_crypto_wipe(text, strlen(text));
	return bytes;
}

/* The inner one with padding or without. */
static size_t
add_base64_twice(struct ty_arena *arena, struct ty_forms *forms, const char *secret)
{
	char *once = ty_base64_encode(arena, secret, strlen(secret));
	size_t bytes;

	once[strcspn(once, "=")] = '\0';
	bytes = add_base64_within(arena, forms, once, 0);
	ty_crypto_wipe(once, strlen(once));
	return bytes;
}

static size_t
add_hex(struct ty_arena *arena, struct ty_forms *forms, const char *secret)
{
	size_t len = strlen(secret), bytes;
	char *text = ty_arena_alloc(arena, 2 * len + 1);

	ty_str_hex(secret, len, text);
	bytes = ty_forms_add_one(arena, forms, text);
	for (char *at = text; *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	bytes += ty_forms_add_one(arena, forms, text);
	ty_crypto_wipe(text, 2 * len);
	return bytes;
}

size_t
ty_forms_add(struct ty_arena *arena, struct ty_forms *forms, const char *secret)
{
	size_t bytes = ty_forms_add_one(arena, forms, secret);

	if (strlen(secret) < TY_SECRET_MASK_BYTES_MIN)
		return bytes;
	bytes += add_base64(arena, forms, secret);
	for (size_t shift = 0; shift < 3; shift++)
		bytes += add_base64_within(arena, forms, secret, shift);
	bytes += add_base64_twice(arena, forms, secret);
	return bytes + add_hex(arena, forms, secret);
}
