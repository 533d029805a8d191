/*
 * vault.c -- sealing and opening.
 */
#include "vault/vault.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"
#include "store/credential.h"
#include "vault/credential.h"
#include "vault/internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AD_SIZE	     160 /* two UUIDs, a number and a word */
#define WRAPPED_SIZE VAULT_WRAPPED_SIZE
#define DATA_MAX     (65536 - TY_AEAD_OVERHEAD) /* credentials_sealed_size */

/* Time between two looks at the file: a stat is nothing beside what is done with a key. */
#define LOOK_MS 1000

/* Keys of the file as it was when last looked at; threads share it. */
struct vault_state {
	pthread_mutex_t lock;
	struct ty_vault_ring ring;
	struct ty_vault_ring_stamp stamp;
	int64_t looked_ms; /* monotonic */
};

struct ty_vault {
	char *path;
	struct vault_state *state;
};

/* ---- the master keys ---- */

enum ty_code
ty_vault_new(const char *master_key_file, struct ty_vault **ret_vault, struct ty_err *err)
{
	struct vault_state *state = calloc(1, sizeof(*state));
	struct ty_vault *vault = calloc(1, sizeof(*vault));

	TY_ASSERT(vault != NULL && state != NULL);
	vault->path = strdup(master_key_file);
	TY_ASSERT(vault->path != NULL);
	vault->state = state;
	pthread_mutex_init(&state->lock, NULL);
	state->looked_ms = ty_time_mono_ms();
	if (ty_vault_ring_read(master_key_file, &state->ring, &state->stamp, err) != TY_OK) {
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
	pthread_mutex_destroy(&vault->state->lock);
	ty_crypto_wipe(vault->state, sizeof(*vault->state));
	free(vault->state);
	free(vault->path);
	free(vault);
}

/* Read a file that has changed; one that cannot be read leaves the keys that were known. */
static void
state_look(const struct ty_vault *vault, int64_t now_ms)
{
	struct vault_state *state = vault->state;
	struct ty_vault_ring_stamp stamp;
	struct ty_err ignored = { TY_OK };

	state->looked_ms = now_ms;
	if (!ty_vault_ring_stamp(vault->path, &stamp) ||
	    memcmp(&stamp, &state->stamp, sizeof(stamp)) == 0)
		return;
	if (ty_vault_ring_read(vault->path, &state->ring, &state->stamp, &ignored) != TY_OK)
		ty_err_clear(&ignored);
}

void
vault_ring_get(const struct ty_vault *vault, bool must_look, struct ty_vault_ring *ret_ring)
{
	int64_t now_ms = ty_time_mono_ms();

	pthread_mutex_lock(&vault->state->lock);
	if (must_look || now_ms - vault->state->looked_ms >= LOOK_MS)
		state_look(vault, now_ms);
	*ret_ring = vault->state->ring;
	pthread_mutex_unlock(&vault->state->lock);
}

void
ty_vault_current(const struct ty_vault *vault, char *out)
{
	struct ty_vault_ring ring;

	vault_ring_get(vault, true, &ring);
	memcpy(out, ty_vault_ring_at(&ring, ty_time_now_ms())->fingerprint,
	       TY_VAULT_FINGERPRINT_SIZE);
	ty_crypto_wipe(&ring, sizeof(ring));
}

void
vault_key_derive(const struct ty_vault_ring_key *key, const char *purpose,
		 uint8_t derived[TY_SHA256_SIZE])
{
	ty_hmac_sha256(key->key, sizeof(key->key), purpose, strlen(purpose), derived);
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

static bool
ring_opens(const struct ty_vault_ring *ring, const char *ad, size_t ad_len, const uint8_t *wrapped,
	   uint8_t key[TY_AEAD_KEY_SIZE])
{
	struct ty_err ignored = { TY_OK };

	for (size_t i = 0; i < ring->count; i++)
		if (ty_aead_open(ring->keys[i].key, ad, ad_len, wrapped, WRAPPED_SIZE, key,
				 &ignored) == TY_OK)
			return true;
	return false;
}

/* The file is looked at again for a key that opens none, because another may have come since. */
enum ty_code
vault_key_unwrap(const struct ty_vault *vault, const struct ty_id *workspace_id, int64_t version,
		 const uint8_t *wrapped, size_t len, uint8_t key[TY_AEAD_KEY_SIZE],
		 struct ty_err *err)
{
	struct ty_vault_ring ring;
	char ad[AD_SIZE];
	size_t ad_len = key_ad(ad, workspace_id, version);
	bool is_open = false;

	if (len != WRAPPED_SIZE)
		return ty_err_set(err, TY_E_DENIED, "the workspace's data key is damaged");
	for (int look = 0; look < 2 && !is_open; look++) {
		vault_ring_get(vault, look == 1, &ring);
		is_open = ring_opens(&ring, ad, ad_len, wrapped, key);
	}
	if (!is_open)
		ty_err_set(
			err, TY_E_DENIED,
			"the master key does not open the workspace's data key (%zu in the file, "
			"the first is %s)",
			ring.count, ring.keys[0].fingerprint);
	ty_crypto_wipe(&ring, sizeof(ring));
	return is_open ? TY_OK
		       : ty_err_hint(err, "Put the key that it was wrapped with in the file again: "
					  "tybooctl keys list names it.");
}

void
vault_key_wrap(const struct ty_vault *vault, const struct ty_id *workspace_id, int64_t version,
	       const uint8_t key[TY_AEAD_KEY_SIZE], struct vault_wrapped *ret_wrapped)
{
	const struct ty_vault_ring_key *current;
	struct ty_vault_ring ring;
	char ad[AD_SIZE];

	/* The file as it is now: a key that was retired since the last look would never open this again. */
	vault_ring_get(vault, true, &ring);
	current = ty_vault_ring_at(&ring, ty_time_now_ms());
	ty_aead_seal(current->key, ad, key_ad(ad, workspace_id, version), key, TY_AEAD_KEY_SIZE,
		     ret_wrapped->bytes);
	memcpy(ret_wrapped->by, current->fingerprint, sizeof(ret_wrapped->by));
	ty_crypto_wipe(&ring, sizeof(ring));
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

enum ty_code
vault_key_make(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
	       int64_t version, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE];
	struct vault_wrapped wrapped;

	ty_crypto_random(key, sizeof(key));
	vault_key_wrap(vault, workspace_id, version, key, &wrapped);
	ty_crypto_wipe(key, sizeof(key));
	return ty_store_key_add(tx, workspace_id, version, wrapped.bytes, sizeof(wrapped.bytes),
				wrapped.by, err);
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
	if (vault_key_make(vault, tx, workspace_id, 1, err) != TY_OK ||
	    data_key_find(vault, tx, workspace_id, 0, key, ret_version, err) != TY_OK)
		return err->code;
	TY_ASSERT(*ret_version != 0);
	return TY_OK;
}

/* Are all data keys wrapped with keys that there are? */
static enum ty_code
check_wrappers(const struct ty_vault *vault, struct ty_tx *tx, struct ty_err *err)
{
	struct ty_store_key_wrapper *wrappers;
	struct ty_vault_ring ring;
	size_t count;

	if (ty_store_key_wrappers(tx, &wrappers, &count, err) != TY_OK)
		return err->code;
	vault_ring_get(vault, true, &ring);
	for (size_t i = 0; i < count && err->code == TY_OK; i++) {
		if (wrappers[i].wrapped_by == NULL ||
		    ty_vault_ring_find(&ring, wrappers[i].wrapped_by) != NULL)
			continue;
		ty_err_set(err, TY_E_DENIED,
			   "the master key %s is not in the file, and %lld data keys are wrapped "
			   "with it",
			   wrappers[i].wrapped_by, (long long)wrappers[i].data_keys);
		ty_err_hint(err, "Put its line in the file again: tybooctl keys list says what "
				 "needs it.");
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return err->code;
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
	return code == TY_OK ? check_wrappers(vault, tx, err) : code;
}

/* ---- credentials ---- */

void
vault_credential_seal(struct ty_arena *arena, const struct ty_id *workspace_id,
		      const uint8_t key[TY_AEAD_KEY_SIZE], const void *text, size_t len,
		      struct ty_store_credential *row)
{
	uint8_t *sealed = ty_arena_alloc(arena, len + TY_AEAD_OVERHEAD);
	char ad[AD_SIZE];

	ty_aead_seal(key, ad, credential_ad(ad, workspace_id, &row->id, row->version), text, len,
		     sealed);
	row->sealed = sealed;
	row->sealed_len = len + TY_AEAD_OVERHEAD;
}

/* Seal 'data' as row->version of the credential, with the newest data key. */
static enum ty_code
credential_seal(const struct ty_vault *vault, struct ty_tx *tx, const struct ty_id *workspace_id,
		const json_t *data, struct ty_store_credential *row, struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE];
	char *text;
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
	vault_credential_seal(ty_tx_arena(tx), workspace_id, key, text, len, row);
	ty_crypto_wipe(text, len);
	ty_crypto_wipe(key, sizeof(key));
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
