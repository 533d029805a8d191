/*
 * connect.c -- see connect.h.
 */
#include "service/connect.h"

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "service/oauth2.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/token.h"
#include "vault/vault.h"

#include <string.h>

const char *
ty_connect_redirect_uri(struct ty_arena *arena, const char *base_url)
{
	return ty_arena_printf(arena, "%s" TY_CONNECT_CALLBACK, base_url);
}

/* Values of the credential, opened into the tx's arena. */
static enum ty_code
load_values(const struct ty_connect *c, struct ty_tx *tx,
	    const struct ty_signing_oauth2 **ret_values, struct ty_err *err)
{
	const struct ty_credential *credential;
	struct ty_store_credential *row;
	const struct ty_secret *data;

	if (ty_store_credential_find(tx, c->credential_id, &row, err) != TY_OK)
		return err->code;
	if (row == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	if (strcmp(row->type, "http_oauth2_code") != 0) {
		ty_err_set(err, TY_E_INVALID, "Nobody signs in for a credential of type %.64s",
			   row->type);
		return ty_err_hint(err, "Only a http_oauth2_code is connected; others are used "
					"as they are.");
	}
	if (ty_vault_open(c->vault, tx, c->workspace_id, c->credential_id, &data, err) != TY_OK ||
	    ty_credential_open(ty_tx_arena(tx), row->type, (const char *)data->data, data->len,
			       &credential, err) != TY_OK)
		return err->code;
	*ret_values = credential->signing_values;
	return TY_OK;
}

static void
hash_of(const char *state, uint8_t hash[TY_SHA256_SIZE])
{
	ty_sha256(state, strlen(state), hash);
}

enum ty_code
ty_connect_begin(const struct ty_connect *c, struct ty_tx *tx, struct ty_connect_way *ret_way,
		 struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	uint8_t hash[TY_SHA256_SIZE];
	const struct ty_store_oauth2_state kept = { .hash = hash, .session_hash = c->session_hash };
	const struct ty_signing_oauth2 *values = NULL;
	const char *state;

	if (load_values(c, tx, &values, err) != TY_OK)
		return err->code;
	state = ty_vault_state(c->vault, arena);
	hash_of(state, hash);
	if (ty_store_oauth2_add(tx, c->workspace_id, c->credential_id, &kept, TY_CONNECT_S,
				&ret_way->expires_at, err) != TY_OK)
		return err->code;
	ret_way->redirect_uri = ty_connect_redirect_uri(arena, c->base_url);
	ret_way->url = ty_oauth2_authorization_url(arena, values, ret_way->redirect_uri, state,
						   ty_vault_verifier(c->vault, arena, state));
	return TY_OK;
}

enum ty_code
ty_connect_take(struct ty_tx *tx, const char *state, const uint8_t *session_hash,
		struct ty_store_oauth2_taken *ret_taken, struct ty_err *err)
{
	uint8_t hash[TY_SHA256_SIZE];
	const struct ty_store_oauth2_state shown = { .hash = hash, .session_hash = session_hash };

	hash_of(state, hash);
	return ty_store_oauth2_take(tx, &shown, ret_taken, err);
}
