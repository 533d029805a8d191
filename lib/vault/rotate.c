/*
 * rotate.c -- see rotate.h.
 */
#include "vault/rotate.h"

#include "base/arena.h"
#include "crypto/crypto.h"
#include "store/credential.h"
#include "vault/internal.h"
#include "vault/token.h"

#include <string.h>

static void
note_failure(struct ty_rotation *r, const struct ty_err *why)
{
	if (r->failed++ == 0)
		r->first = *why;
}

/* ---- master keys ---- */

static enum ty_code
rewrap_one(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_store_wrapped_key *row,
	   struct ty_rotation *r, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE];
	struct vault_wrapped wrapped;
	struct ty_err why = { TY_OK };
	bool done;

	if (vault_key_unwrap(vault, &row->workspace_id, row->version, row->wrapped,
			     row->wrapped_len, key, &why) != TY_OK) {
		(void)ty_err_wrap(&why, "workspace %s", row->workspace_id.s);
		note_failure(r, &why);
		return TY_OK;
	}
	vault_key_wrap(vault, &row->workspace_id, row->version, key, &wrapped);
	ty_crypto_wipe(key, sizeof(key));
	if (ty_store_key_rewrap(tx, row, wrapped.bytes, sizeof(wrapped.bytes), wrapped.by, &done,
				err) != TY_OK)
		return err->code;
	r->done += done;
	return TY_OK;
}

enum ty_code
ty_vault_rewrap(const struct ty_vault *vault, struct ty_tx *tx, int64_t batch,
		struct ty_rotation *r, struct ty_err *err)
{
	char by[TY_VAULT_FINGERPRINT_SIZE];
	struct ty_store_wrapped_key *rows;
	size_t count;

	ty_vault_current(vault, by);
	if (ty_store_keys_wrapped_otherwise(tx, by, &r->after, batch, &rows, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (rewrap_one(vault, tx, &rows[i], r, err) != TY_OK)
			return err->code;
		r->after.workspace_id = rows[i].workspace_id;
		r->after.version = rows[i].version;
	}
	r->is_over = count < (size_t)batch;
	return TY_OK;
}

/* ---- data keys ---- */

/* Data key of a row, and the newest one. */
struct reseal {
	const struct ty_vault *vault;
	struct ty_tx *tx;
	const struct ty_id *workspace_id;
	struct ty_vault_token_place old, new; /* of tokens; the keys of both */
	uint8_t key[TY_AEAD_KEY_SIZE];	      /* newest; wiped at the end */
};

static enum ty_code
load_key(struct reseal *s, int64_t version, struct ty_vault_token_place *place, struct ty_err *err)
{
	int64_t found;

	if (ty_store_key_load(s->tx, version, &found, &place->wrapped, &place->wrapped_len, err) !=
	    TY_OK)
		return err->code;
	if (place->wrapped_len == 0)
		return ty_err_set(err, TY_E_DENIED, "the workspace has no data key %lld",
				  (long long)version);
	place->key_version = found;
	place->workspace_id = s->workspace_id;
	return TY_OK;
}

static enum ty_code
reseal_token(struct reseal *s, const struct ty_store_sealed *row, struct ty_store_sealed *ret_new,
	     struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(s->tx);
	struct ty_vault_token token;

	s->old.credential_id = s->new.credential_id = &row->id;
	s->old.token_id = s->new.token_id = &row->token_id;
	if (ty_vault_token_open(s->vault, arena, &s->old, row->sealed, row->sealed_len, &token,
				err) != TY_OK)
		return err->code;
	return ty_vault_token_seal(s->vault, arena, &s->new, &token, &ret_new->sealed,
				   &ret_new->sealed_len, err);
}

static enum ty_code
reseal_credential(struct reseal *s, const struct ty_store_sealed *row,
		  struct ty_store_sealed *ret_new, struct ty_err *err)
{
	struct ty_store_credential credential = { .id = row->id,
						  .version = row->version,
						  .key_version = row->key_version,
						  .sealed = row->sealed,
						  .sealed_len = row->sealed_len };
	const struct ty_vault_sealed sealed = { .workspace_id = s->workspace_id,
						.credential = &credential,
						.wrapped = s->old.wrapped,
						.wrapped_len = s->old.wrapped_len };
	const struct ty_secret *data;

	if (ty_vault_sealed_open(s->vault, ty_tx_arena(s->tx), &sealed, &data, err) != TY_OK)
		return err->code;
	vault_credential_seal(ty_tx_arena(s->tx), s->workspace_id, s->key, data->data, data->len,
			      &credential);
	ret_new->sealed = credential.sealed;
	ret_new->sealed_len = credential.sealed_len;
	return TY_OK;
}

static enum ty_code
reseal_one(struct reseal *s, const struct ty_store_sealed *row, struct ty_rotation *r,
	   struct ty_err *err)
{
	struct ty_store_sealed new = { .version = 0 };
	struct ty_err why = { TY_OK };
	bool done;

	if (load_key(s, row->key_version, &s->old, &why) != TY_OK ||
	    (r->tokens ? reseal_token(s, row, &new, &why)
		       : reseal_credential(s, row, &new, &why)) != TY_OK) {
		if (why.code != TY_E_DENIED) {
			*err = why;
			return err->code;
		}
		(void)ty_err_wrap(&why, "workspace %s, credential %s", s->workspace_id->s,
				  row->id.s);
		note_failure(r, &why);
		return TY_OK;
	}
	if (ty_store_reseal(s->tx, r->tokens, row, s->new.key_version, new.sealed, new.sealed_len,
			    &done, err) != TY_OK)
		return err->code;
	r->done += done;
	return TY_OK;
}

static void
workspace_done(struct ty_rotation *r)
{
	r->workspace_after = r->at.workspace_id;
	r->at.workspace_id = r->row_after = (struct ty_id){ "" };
	r->tokens = false;
}

/* The workspace's rows, and none any more: then its tokens, and then the next workspace. */
static enum ty_code
reseal_rows(struct reseal *s, int64_t batch, struct ty_rotation *r, struct ty_err *err)
{
	struct ty_store_sealed *rows;
	size_t count;

	if (ty_store_sealed_otherwise(s->tx, r->tokens, s->new.key_version, &r->row_after, batch,
				      &rows, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		if (reseal_one(s, &rows[i], r, err) != TY_OK)
			return err->code;
		r->row_after = rows[i].id;
	}
	if (count == (size_t)batch)
		return TY_OK;
	r->row_after = (struct ty_id){ "" };
	if (r->tokens)
		workspace_done(r);
	else
		r->tokens = true;
	return TY_OK;
}

static enum ty_code
reseal_workspace(const struct ty_vault *vault, struct ty_tx *tx, int64_t batch,
		 struct ty_rotation *r, struct ty_err *err)
{
	struct reseal s = { .vault = vault, .tx = tx, .workspace_id = &r->at.workspace_id };
	struct ty_err why = { TY_OK };
	enum ty_code code;
	int64_t newest;

	if (vault_key_get(vault, tx, s.workspace_id, s.key, &newest, &why) != TY_OK) {
		if (why.code != TY_E_DENIED) {
			*err = why;
			return err->code;
		}
		(void)ty_err_wrap(&why, "workspace %s", s.workspace_id->s);
		note_failure(r, &why);
		workspace_done(r);
		return TY_OK;
	}
	code = load_key(&s, newest, &s.new, err);
	if (code == TY_OK)
		code = reseal_rows(&s, batch, r, err);
	ty_crypto_wipe(s.key, sizeof(s.key));
	return code;
}

enum ty_code
ty_vault_reseal(const struct ty_vault *vault, struct ty_tx *tx, const char *started_at,
		int64_t batch, struct ty_rotation *r, struct ty_err *err)
{
	bool is_begun = ty_id_is_set(&r->at.workspace_id);

	if (!is_begun &&
	    ty_store_workspace_to_seal(tx, started_at, &r->workspace_after, &r->at, err) != TY_OK)
		return err->code;
	r->is_over = !ty_id_is_set(&r->at.workspace_id);
	if (r->is_over)
		return TY_OK;
	if (ty_tx_set_workspace(tx, &r->at.workspace_id, err) != TY_OK)
		return err->code;
	if (!is_begun && r->at.is_old)
		return vault_key_make(vault, tx, &r->at.workspace_id, r->at.version + 1, err);
	return reseal_workspace(vault, tx, batch, r, err);
}
