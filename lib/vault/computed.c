/*
 * computed.c -- checks of credentials that nodes compute with: keys, secrets and seeds of codes.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "vault/parts.h"

#include <string.h>

bool
ty_signing_is_computed(enum ty_signing signing)
{
	return signing == TY_SIGNING_KEY || signing == TY_SIGNING_SECRET ||
	       signing == TY_SIGNING_TOTP;
}

enum ty_code
vault_key_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_key *key = values;
	const char *fault = ty_jws_check_fault((enum ty_jws)key->algorithm, key->key);

	if (fault == NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s", fault);
	ty_err_hint(err,
		    "Paste the whole key, from -----BEGIN to END-----, and choose the algorithm "
		    "that it is for.");
	return ty_err_at(err, "data.key");
}

/* Errors are of the form alone: nothing of a secret is told. */
static enum ty_code
form_fault(const char *what, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "The secret is not written in %s", what);
	ty_err_hint(err, "Paste it whole, or choose how it is written.");
	return ty_err_at(err, "data.secret");
}

enum ty_code
vault_secret_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_secret *s = values;
	struct ty_arena *arena = ty_arena_new(NULL, "secret", 0);
	size_t len = strlen(s->secret);
	uint8_t *bytes = ty_arena_alloc(arena, len + 1);
	bool is_right = true;

	if (s->form == TY_SECRET_BASE64)
		is_right = ty_base64_decode(arena, s->secret, len, &len) != NULL && len > 0;
	else if (s->form == TY_SECRET_HEX)
		is_right = len > 0 && ty_str_unhex(s->secret, len, bytes);
	ty_crypto_wipe(bytes, strlen(s->secret) + 1);
	ty_arena_free(arena);
	return is_right ? TY_OK
			: form_fault(s->form == TY_SECRET_HEX ? "hexadecimal digits" : "Base64",
				     err);
}

enum ty_code
vault_totp_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_totp *totp = values;
	struct ty_arena *arena = ty_arena_new(NULL, "secret", 0);
	size_t len = 0;
	bool is_right = ty_base32_decode(arena, totp->secret, &len) != NULL;

	ty_arena_free(arena);
	return is_right ? TY_OK : form_fault("Base32 (A to Z, 2 to 7)", err);
}
