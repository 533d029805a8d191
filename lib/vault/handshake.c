/*
 * handshake.c -- see handshake.h.
 */
#include "vault/handshake.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "param/secret.h"
#include "store/credential.h"

#include <string.h>

struct compared {
	const char *secret;
	bool has_any, is_it;
};

/* A ty_vault_secret_fn; digests are compared, so that no length can be measured. */
static void
compare(void *ctx, const void *data, size_t len)
{
	struct compared *c = ctx;
	uint8_t mine[TY_SHA256_SIZE], theirs[TY_SHA256_SIZE];

	if (len == 0)
		return;
	ty_sha256(data, len, mine);
	ty_sha256(c->secret, strlen(c->secret), theirs);
	c->has_any = true;
	c->is_it |= ty_crypto_equal(mine, theirs, sizeof(mine));
	ty_crypto_wipe(mine, sizeof(mine));
}

static enum ty_code
check(const char *secret, struct ty_err *err)
{
	if (secret[0] == '\0' || strlen(secret) > TY_VAULT_OFFER_BYTES_MAX)
		return ty_err_set(err, TY_E_INVALID, "a secret has 1 to %d bytes",
				  TY_VAULT_OFFER_BYTES_MAX);
	return ty_secret_text_check(secret, err);
}

enum ty_code
ty_vault_offer(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	       const struct ty_id *id, const char *secret, bool *ret_is_it, struct ty_err *err)
{
	struct compared compared = { .secret = secret };
	struct ty_store_credential *row;
	struct ty_vault_new change = { .name = NULL };
	json_t *data;

	/* Locked before it is looked at, so that of two that come at once the second finds the first's. */
	if (check(secret, err) != TY_OK || ty_store_credential_lock(tx, id, err) != TY_OK ||
	    ty_vault_secrets(vault, tx, workspace_id, id, compare, &compared, err) != TY_OK ||
	    ty_store_credential_find(tx, id, &row, err) != TY_OK)
		return err->code;
	if (row == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	*ret_is_it = compared.is_it;
	if (compared.has_any || !ty_str_eq(row->type, "webhook_handshake"))
		return TY_OK;
	data = ty_json_own(ty_tx_arena(tx), json_pack("{s:s}", "secret", secret));
	change.data = data;
	if (ty_vault_change(vault, tx, workspace_id, id, &change, err) != TY_OK)
		return err->code;
	*ret_is_it = true;
	return TY_OK;
}
