/*
 * sign_webhook.c -- Standard Webhooks 1.0.0, as a sender.
 *
 * Signed is "id.timestamp.body".
 */
#include "service/sign.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "crypto/public_key.h"

#include <string.h>

#define ID_HEADER    "webhook-id"
#define RANDOM_BYTES 16

static const char *
header_find(const struct ty_net_signable *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (ty_str_ieq(request->headers[i].name, name))
			return request->headers[i].value;
	return NULL;
}

/* The request's own id where it has one; *ret_is_new: it has to be sent along. */
static const char *
message_id(struct ty_arena *arena, const struct ty_net_signable *request, bool *ret_is_new)
{
	const char *given = header_find(request, ID_HEADER);
	char hex[2 * RANDOM_BYTES + 1];
	uint8_t random[RANDOM_BYTES];

	*ret_is_new = given == NULL;
	if (given == NULL)
		given = header_find(request, "Idempotency-Key");
	if (given != NULL)
		return given;
	ty_crypto_random(random, sizeof(random));
	ty_str_hex(random, sizeof(random), hex);
	return ty_arena_printf(arena, "msg_%s", hex);
}

/* "v1,<base64>" or "v1a,<base64>" of a text. */
static const char *
signature_of(struct ty_arena *arena, const struct ty_signing_webhook *webhook, const char *text,
	     size_t len)
{
	uint8_t bytes[TY_ED25519_SIGNATURE_SIZE];
	struct ty_signing_webhook_key key;
	const char *version = "v1";
	size_t size = TY_SHA256_SIZE;
	bool is_key = ty_signing_webhook_key(webhook->secret, &key);

	TY_ASSERT(is_key); /* looked at when the credential was saved */
	if (key.is_ed25519) {
		ty_ed25519_sign(key.bytes, text, len, bytes);
		size = sizeof(bytes);
		version = "v1a";
	} else {
		ty_hmac_sha256(key.bytes, key.len, text, len, bytes);
	}
	ty_crypto_wipe(&key, sizeof(key));
	return ty_arena_printf(arena, "%s,%s", version, ty_base64_encode(arena, bytes, size));
}

enum ty_code
ty_sign_webhook(const void *ctx, struct ty_arena *arena, const struct ty_net_signable *request,
		struct ty_net_signature *ret_signature, struct ty_err *err)
{
	const struct ty_sign *sign = ctx;
	int64_t now_ms = sign->now_ms != 0 ? sign->now_ms : ty_time_now_ms();
	const char *time_s = ty_arena_printf(arena, "%lld", (long long)(now_ms / 1000));
	bool is_new;
	const char *id = message_id(arena, request, &is_new);
	struct ty_buf text;

	if (request->has_body && request->body == NULL) {
		ty_err_set(err, TY_E_INVALID, "A body of files cannot be signed as a webhook");
		return ty_err_hint(err, "Send it as JSON or text.");
	}
	if (*id == '\0' || strchr(id, '.') != NULL) {
		ty_err_set(err, TY_E_INVALID,
			   "The id of a webhook is empty, or has a dot in it, which ends it");
		return ty_err_hint(err, "Give the header webhook-id a value without dots, or leave "
					"it away.");
	}
	ty_buf_init(&text, arena, 64 + request->body_len);
	ty_buf_printf(&text, "%s.%s.", id, time_s);
	if (request->body != NULL)
		ty_buf_add(&text, request->body, request->body_len);
	ret_signature->fields[ret_signature->count++] =
		(struct ty_net_field){ "webhook-timestamp", time_s };
	ret_signature->fields[ret_signature->count++] =
		(struct ty_net_field){ "webhook-signature",
				       signature_of(arena, sign->values, text.data, text.len) };
	if (is_new)
		ret_signature->fields[ret_signature->count++] =
			(struct ty_net_field){ ID_HEADER, id };
	return TY_OK;
}
