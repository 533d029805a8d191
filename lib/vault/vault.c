/*
 * vault.c -- sealing and opening.
 */
#include "vault/vault.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AD_SIZE	      160 /* two UUIDs, a number and a word */
#define WRAPPED_SIZE  (TY_AEAD_KEY_SIZE + TY_AEAD_OVERHEAD)
#define DATA_MAX      (65536 - TY_AEAD_OVERHEAD) /* credentials_sealed_size */
#define KEY_FILE_SIZE 128

struct ty_vault {
	uint8_t master[TY_AEAD_KEY_SIZE];
};

/* ---- the master key ---- */

static enum ty_code
key_parse(const char *path, const uint8_t *text, size_t len, uint8_t *out, struct ty_err *err)
{
	if (len == TY_AEAD_KEY_SIZE) {
		memcpy(out, text, len);
		return TY_OK;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len != 2 * TY_AEAD_KEY_SIZE || !ty_str_unhex((const char *)text, len, out))
		return ty_err_set(err, TY_E_INVALID, "%s does not hold 32 bytes or 64 hex digits",
				  path);
	return TY_OK;
}

static enum ty_code
key_read(const char *path, int fd, uint8_t *out, struct ty_err *err)
{
	uint8_t text[KEY_FILE_SIZE];
	struct stat st;
	ssize_t len;
	enum ty_code code;

	if (fstat(fd, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		ty_err_set(err, TY_E_DENIED, "%s can be read by others than its owner", path);
		return ty_err_hint(err, "chmod 600 it, and make a new key if that was long ago.");
	}
	len = read(fd, text, sizeof(text));
	if (len < 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "%s: %s", path, strerror(errno));
	code = key_parse(path, text, (size_t)len, out, err);
	ty_crypto_wipe(text, sizeof(text));
	return code;
}

enum ty_code
ty_vault_new(const char *master_key_file, struct ty_vault **ret_vault, struct ty_err *err)
{
	struct ty_vault *vault;
	int fd = open(master_key_file, O_RDONLY | O_CLOEXEC);
	enum ty_code code;

	if (fd < 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "master key %s: %s", master_key_file,
				  strerror(errno));
	vault = calloc(1, sizeof(*vault));
	TY_ASSERT(vault != NULL);
	code = key_read(master_key_file, fd, vault->master, err);
	close(fd);
	if (code != TY_OK) {
		ty_vault_free(vault);
		return ty_err_wrap(err, "master key");
	}
	*ret_vault = vault;
	return TY_OK;
}

void
ty_vault_free(struct ty_vault *vault)
{
	if (vault == NULL)
		return;
	ty_crypto_wipe(vault, sizeof(*vault));
	free(vault);
}

void
vault_key_derive(const struct ty_vault *vault, const char *purpose, uint8_t key[TY_SHA256_SIZE])
{
	ty_hmac_sha256(vault->master, sizeof(vault->master), purpose, strlen(purpose), key);
}

/* ---- data keys ---- */

static size_t
key_ad(char out[AD_SIZE], const struct ty_id *workspace_id, int64_t version)
{
	return (size_t)snprintf(out, AD_SIZE, "workspace_key|%s|%lld", workspace_id->s,
				(long long)version);
}

static size_t
credential_ad(char out[AD_SIZE], const struct ty_id *workspace_id, const struct ty_id *id,
	      int64_t version)
{
	return (size_t)snprintf(out, AD_SIZE, "%s|%s|%lld", workspace_id->s, id->s,
				(long long)version);
}

enum ty_code
vault_key_unwrap(const struct ty_vault *vault, const struct ty_id *workspace_id, int64_t version,
		 const uint8_t *wrapped, size_t len, uint8_t key[TY_AEAD_KEY_SIZE],
		 struct ty_err *err)
{
	char ad[AD_SIZE];

	if (len != WRAPPED_SIZE)
		return ty_err_set(err, TY_E_DENIED, "the workspace's data key is damaged");
	if (ty_aead_open(vault->master, ad, key_ad(ad, workspace_id, version), wrapped, len, key,
			 err) != TY_OK)
		return ty_err_wrap(err, "the master key does not open the workspace's data key");
	return TY_OK;
}

/* Unwrap the data key of 'version' (0 = newest) into 'key'; *ret_version 0 = there is none. */
static enum ty_code
data_key_find(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	      int64_t version, uint8_t key[TY_AEAD_KEY_SIZE], int64_t *ret_version,
	      struct ty_err *err)
{
	const uint8_t *wrapped;
	size_t len;

	*ret_version = 0;
	if (ty_store_key_load(tx, version, &version, &wrapped, &len, err) != TY_OK)
		return err->code;
	if (len == 0)
		return TY_OK;
	if (vault_key_unwrap(vault, workspace_id, version, wrapped, len, key, err) != TY_OK)
		return err->code;
	*ret_version = version;
	return TY_OK;
}

static enum ty_code
data_key_make(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	      struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], wrapped[WRAPPED_SIZE];
	char ad[AD_SIZE];

	ty_crypto_random(key, sizeof(key));
	ty_aead_seal(vault->master, ad, key_ad(ad, workspace_id, 1), key, sizeof(key), wrapped);
	ty_crypto_wipe(key, sizeof(key));
	return ty_store_key_add(tx, workspace_id, 1, wrapped, sizeof(wrapped), err);
}

/* The newest data key, made where the workspace has none.  Two makers: the first row stands. */
enum ty_code
vault_key_get(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	      uint8_t key[TY_AEAD_KEY_SIZE], int64_t *ret_version, struct ty_err *err)
{
	if (data_key_find(vault, tx, workspace_id, 0, key, ret_version, err) != TY_OK)
		return err->code;
	if (*ret_version != 0)
		return TY_OK;
	if (data_key_make(vault, tx, workspace_id, err) != TY_OK ||
	    data_key_find(vault, tx, workspace_id, 0, key, ret_version, err) != TY_OK)
		return err->code;
	TY_ASSERT(*ret_version != 0);
	return TY_OK;
}

enum ty_code
ty_vault_check(const struct ty_vault *vault, struct ty_tx *tx, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE];
	const uint8_t *wrapped;
	struct ty_id workspace_id;
	enum ty_code code;
	int64_t version;
	size_t len;

	if (ty_store_key_newest(tx, &workspace_id, &version, &wrapped, &len, err) != TY_OK)
		return err->code;
	if (len == 0)
		return TY_OK;
	code = vault_key_unwrap(vault, &workspace_id, version, wrapped, len, key, err);
	ty_crypto_wipe(key, sizeof(key));
	return code;
}

/* ---- credentials ---- */

/* Seal 'data' as row->version of the credential, with the newest data key. */
static enum ty_code
credential_seal(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
		const json_t *data, struct ty_store_credential *row, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], *sealed;
	char ad[AD_SIZE], *text;
	size_t len;

	if (vault_key_get(vault, tx, workspace_id, key, &row->key_version, err) != TY_OK)
		return err->code;
	text = ty_json_dump(ty_tx_arena(tx), data, &len);
	if (len > DATA_MAX) {
		ty_crypto_wipe(text, len);
		ty_crypto_wipe(key, sizeof(key));
		return ty_err_set(err, TY_E_INVALID, "a credential holds at most %d bytes",
				  DATA_MAX);
	}
	sealed = ty_arena_alloc(ty_tx_arena(tx), len + TY_AEAD_OVERHEAD);
	ty_aead_seal(key, ad, credential_ad(ad, workspace_id, &row->id, row->version), text, len,
		     sealed);
	ty_crypto_wipe(text, len);
	ty_crypto_wipe(key, sizeof(key));
	row->sealed = sealed;
	row->sealed_len = len + TY_AEAD_OVERHEAD;
	return TY_OK;
}

enum ty_code
ty_vault_add(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	     const struct ty_vault_new *new, struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_store_credential row = { .id = ty_id_new(),
					   .name = new->name,
					   .type = new->type,
					   .hosts = new->hosts,
					   .version = 1,
					   .made_by = new->made_by };

	if ((new->hosts != NULL &&ty_credential_hosts_check(new->hosts, err) != TY_OK) ||
	    credential_seal(vault, tx, workspace_id, new->data, &row, err) != TY_OK ||
	    ty_store_credential_add(tx, workspace_id, &row, err) != TY_OK)
		return err->code;
	*ret_id = row.id;
	return TY_OK;
}

/* Errors: TY_E_NOT_FOUND, those of the store. */
static enum ty_code
credential_get(struct ty_tx *tx, const struct ty_id *id, struct ty_store_credential **ret_row,
	       struct ty_err *err)
{
	if (ty_store_credential_find(tx, id, ret_row, err) != TY_OK)
		return err->code;
	if (*ret_row == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	return TY_OK;
}

enum ty_code
ty_vault_change(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
		const struct ty_id *id, const struct ty_vault_new *new, struct ty_err *err)
{
	struct ty_store_credential *row;
	int64_t version;

	if (credential_get(tx, id, &row, err) != TY_OK)
		return err->code;
	if (new->hosts != NULL && ty_credential_hosts_check(new->hosts, err) != TY_OK)
		return err->code;
	version = row->version;
	if (new->data != NULL) {
		row->version++;
		if (ty_credential_check(row->type, new->data, err) != TY_OK ||
		    credential_seal(vault, tx, workspace_id, new->data, row, err) != TY_OK)
			return err->code;
	}
	row->name = new->name != NULL ? new->name : row->name;
	row->hosts = new->hosts != NULL ? new->hosts : row->hosts;
	return ty_store_credential_change(tx, row, version, err);
}

enum ty_code
ty_vault_sealed_open(const struct ty_vault *vault, struct ty_arena *arena,
		     const struct ty_vault_sealed *sealed, const struct ty_secret **ret_data,
		     struct ty_err *err)
{
	const struct ty_store_credential *row = sealed->credential;
	uint8_t key[TY_AEAD_KEY_SIZE], *text;
	char ad[AD_SIZE];
	enum ty_code code;
	size_t len;

	if (row->sealed_len < TY_AEAD_OVERHEAD)
		return ty_err_set(err, TY_E_DENIED, "credential %s is damaged", row->id.s);
	if (vault_key_unwrap(vault, sealed->workspace_id, row->key_version, sealed->wrapped,
			     sealed->wrapped_len, key, err) != TY_OK)
		return err->code;
	len = row->sealed_len - TY_AEAD_OVERHEAD;
	text = ty_arena_alloc(arena, len + 1);
	code = ty_aead_open(key, ad,
			    credential_ad(ad, sealed->workspace_id, &row->id, row->version),
			    row->sealed, row->sealed_len, text, err);
	ty_crypto_wipe(key, sizeof(key));
	if (code != TY_OK)
		return ty_err_wrap(err, "credential %s", row->id.s);
	*ret_data = ty_secret_new(arena, text, len);
	ty_crypto_wipe(text, len);
	return TY_OK;
}

enum ty_code
ty_vault_open(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	      const struct ty_id *id, const struct ty_secret **ret_data, struct ty_err *err)
{
	struct ty_vault_sealed sealed = { .workspace_id = workspace_id };
	struct ty_store_credential *row;
	int64_t version;

	if (credential_get(tx, id, &row, err) != TY_OK)
		return err->code;
	if (ty_store_key_load(tx, row->key_version, &version, &sealed.wrapped, &sealed.wrapped_len,
			      err) != TY_OK)
		return err->code;
	if (sealed.wrapped_len == 0)
		return ty_err_set(err, TY_E_DENIED, "the workspace has no data key %lld",
				  (long long)row->key_version);
	sealed.credential = row;
	return ty_vault_sealed_open(vault, ty_tx_arena(tx), &sealed, ret_data, err);
}

static void
give_and_wipe(json_t *value, ty_vault_secret_fn take, void *ctx)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return;
	take(ctx, text, json_string_length(value));
	/* jansson frees without wiping; the value is ours alone. */
	ty_crypto_wipe((char *)text, json_string_length(value));
}

static enum ty_code
secrets_of(const struct ty_secret *data, const struct ty_id *id, ty_vault_secret_fn take, void *ctx,
	   struct ty_err *err)
{
	json_t *doc = json_loadb((const char *)data->data, data->len, 0, NULL), *value;
	size_t i;

	if (doc == NULL)
		return ty_err_set(err, TY_E_DENIED, "credential %s is damaged", id->s);
	give_and_wipe(json_object_get(doc, "secret"), take, ctx);
	json_array_foreach(json_object_get(doc, "secrets"), i, value)
		give_and_wipe(value, take, ctx);
	json_decref(doc);
	return TY_OK;
}

enum ty_code
ty_vault_secrets(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
		 const struct ty_id *id, ty_vault_secret_fn take, void *ctx, struct ty_err *err)
{
	const struct ty_secret *data;

	if (ty_vault_open(vault, tx, workspace_id, id, &data, err) != TY_OK)
		return err->code;
	return secrets_of(data, id, take, ctx, err);
}

enum ty_code
ty_vault_sealed_secrets(const struct ty_vault *vault, struct ty_arena *arena,
			const struct ty_vault_sealed *sealed, ty_vault_secret_fn take, void *ctx,
			struct ty_err *err)
{
	const struct ty_secret *data;

	if (ty_vault_sealed_open(vault, arena, sealed, &data, err) != TY_OK)
		return err->code;
	return secrets_of(data, &sealed->credential->id, take, ctx, err);
}
