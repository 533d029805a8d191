/*
 * webhook_key.c -- see webhook_key.h.
 */
#include "crypto/webhook_key.h"

#include <string.h>

#define PREFIX_SHARED  "whsec_"
#define PREFIX_ED25519 "whsk_"

static bool
has_prefix(const char *text, size_t len, const char *prefix)
{
	return len >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

struct ty_webhook_key_text
ty_webhook_key_read(const char *text, size_t len)
{
	bool is_ed25519 = has_prefix(text, len, PREFIX_ED25519);
	size_t skip = is_ed25519			     ? strlen(PREFIX_ED25519)
		      : has_prefix(text, len, PREFIX_SHARED) ? strlen(PREFIX_SHARED)
							     : 0;

	return (struct ty_webhook_key_text){ text + skip, len - skip, is_ed25519 };
}
