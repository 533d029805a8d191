/*
 * webhook_key.h -- keys of Standard Webhooks 1.0.0 as they are written: "whsec_" or "whsk_", and base64.
 */
#ifndef TY_CRYPTO_WEBHOOK_KEY_H
#define TY_CRYPTO_WEBHOOK_KEY_H

#include "base/defs.h"

#include <stddef.h>

struct ty_webhook_key_text {
	const char *base64; /* of the key's bytes; borrowed, not NUL-terminated */
	size_t len;
	bool is_ed25519; /* else it is shared: "whsec_", or no prefix */
};

/* Read a key of 'len' bytes; what stands behind the prefix is not looked at. */
struct ty_webhook_key_text ty_webhook_key_read(const char *text, size_t len);

#endif
