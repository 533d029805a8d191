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

/* With padding or without, it begins with the text without. */
static size_t
add_base64(struct ty_arena *arena, struct ty_forms *forms, const char *secret)
{
	char *text = ty_base64_encode(arena, secret, strlen(secret));
	size_t len = strcspn(text, "="), bytes;

	text[len] = '\0';
	bytes = ty_forms_add_one(arena, forms, text);
	for (char *at = text; *at != '\0'; at++)
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	bytes += ty_forms_add_one(arena, forms, text);
	ty_crypto_wipe(text, len);
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
	return bytes + add_hex(arena, forms, secret);
}
