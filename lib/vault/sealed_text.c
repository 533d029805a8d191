/*
 * sealed_text.c -- see sealed_text.h.
 */
#include "vault/sealed_text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "graph/secret.h"
#include "json/json.h"
#include "vault/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AD_SIZE	    160 /* two UUIDs and a word */
#define VERSION_MAX 10	/* digits of a key's version */

static size_t
owner_ad(char out[AD_SIZE], const struct ty_vault_owner *owner)
{
	return (size_t)snprintf(out, AD_SIZE, "graph_secret|%s|%s", owner->workspace_id->s,
				owner->workflow_id->s);
}

/* ---- sealing ---- */

struct sealer {
	const struct ty_vault *vault;
	struct ty_tx *tx;
	const struct ty_vault_owner *owner;
	struct ty_map *stored; /* "<node id> <path>" -> text; NULL where there is no document */
	uint8_t key[TY_AEAD_KEY_SIZE];
	int64_t key_version; /* 0 = not asked for yet */
	struct ty_err *err;  /* set once: then nothing more is done */
};

static const char *
place_key(struct ty_arena *arena, const char *node_id, const char *path)
{
	return ty_arena_printf(arena, "%s %s", node_id, path);
}

/* The first of two with one name counts. */
static const char *
collect(void *ctx, const char *node_id, size_t index, const char *path, const char *text)
{
	struct sealer *s = ctx;
	const char *key = place_key(ty_tx_arena(s->tx), node_id, path);

	if (ty_map_find(s->stored, key) == NULL)
		ty_map_set(s->stored, key, ty_arena_strdup(ty_tx_arena(s->tx), text));
	return NULL;
}

static enum ty_code
sealer_key(struct sealer *s)
{
	if (s->key_version != 0)
		return TY_OK;
	if (s->vault == NULL) {
		ty_err_set(s->err, TY_E_UNAVAILABLE,
			   "The workflow has a secret and there is no "
			   "master key to seal it with");
		return ty_err_hint(s->err, "Set master_key_file, or choose a credential instead.");
	}
	return vault_key_get(s->vault, s->tx, s->owner->workspace_id, s->key, &s->key_version,
			     s->err);
}

static const char *
seal_text(struct sealer *s, const char *text)
{
	struct ty_arena *arena = ty_tx_arena(s->tx);
	size_t len = strlen(text);
	char ad[AD_SIZE];
	uint8_t *sealed;

	if (sealer_key(s) != TY_OK)
		return NULL;
	sealed = ty_arena_alloc(arena, len + TY_AEAD_OVERHEAD);
	ty_aead_seal(s->key, ad, owner_ad(ad, s->owner), text, len, sealed);
	return ty_arena_printf(arena, TY_SECRET_SEALED_PREFIX "%lld.%s", (long long)s->key_version,
			       ty_base64url_encode(arena, sealed, len + TY_AEAD_OVERHEAD));
}

static const char *
seal(void *ctx, const char *node_id, size_t index, const char *path, const char *text)
{
	struct sealer *s = ctx;
	const char *kept;

	if (s->err->code != TY_OK)
		return NULL;
	if (strcmp(text, TY_SECRET_MASK) == 0) {
		kept = s->stored != NULL ? ty_map_find(s->stored,
						       place_key(ty_tx_arena(s->tx), node_id, path))
					 : NULL;
		if (kept == NULL || strcmp(kept, TY_SECRET_MASK) == 0)
			return NULL;
		/* A document of before is in clear. */
		return ty_vault_text_is_sealed(kept) ? kept : seal_text(s, kept);
	}
	ty_err_set(s->err, TY_E_INVALID, "The secret is written in the workflow");
	ty_err_hint(s->err, "Keep it as a credential (POST .../credentials, or tybooctl credential "
			    "create) and choose that in the node; an expression may make it as "
			    "well.");
	(void)ty_err_at(s->err, "graph.nodes[%zu].params.%s", index, path);
	return NULL;
}

enum ty_code
ty_vault_graph_seal(const struct ty_vault *vault, struct ty_tx *tx,
		    const struct ty_registry *registry, const struct ty_vault_owner *owner,
		    const json_t *graph, const json_t *stored, json_t **ret_graph,
		    struct ty_err *err)
{
	struct sealer s = { .vault = vault, .tx = tx, .owner = owner, .err = err };
	json_t *sealed;

	if (stored != NULL) {
		s.stored = ty_map_new(NULL);
		(void)ty_graph_secrets_map(ty_tx_arena(tx), registry, stored, collect, &s);
	}
	sealed = ty_graph_secrets_map(ty_tx_arena(tx), registry, graph, seal, &s);
	ty_map_free(s.stored);
	ty_crypto_wipe(s.key, sizeof(s.key));
	if (err->code != TY_OK)
		return err->code;
	*ret_graph = sealed;
	return TY_OK;
}

/* ---- opening ---- */

struct sealed {
	int64_t key_version;
	const char *data;
	size_t data_len;
	const char *end;
};

/* The sealed text that begins at 'at'; false where it is none. */
static bool
sealed_read(const char *at, struct sealed *ret)
{
	static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789-_";
	size_t digits;

	at += strlen(TY_SECRET_SEALED_PREFIX);
	digits = strspn(at, "0123456789");
	if (digits == 0 || digits > VERSION_MAX || at[digits] != '.')
		return false;
	ret->key_version = strtoll(at, NULL, 10);
	ret->data = at + digits + 1;
	ret->data_len = strspn(ret->data, base64url);
	ret->end = ret->data + ret->data_len;
	return ret->data_len >= (size_t)TY_AEAD_OVERHEAD * 4 / 3;
}

bool
ty_vault_text_is_sealed(const char *text)
{
	struct sealed sealed;

	for (; (text = strstr(text, TY_SECRET_SEALED_PREFIX)) != NULL; text++) {
		if (sealed_read(text, &sealed))
			return true;
	}
	return false;
}

static enum ty_code
open_one(const struct ty_vault *vault, struct ty_arena *arena, const struct ty_vault_owner *owner,
	 const struct ty_vault_key *wrapped, const struct sealed *sealed, struct ty_buf *out,
	 struct ty_err *err)
{
	uint8_t key[TY_AEAD_KEY_SIZE], *data, *text;
	char ad[AD_SIZE];
	enum ty_code code;
	size_t len;

	data = ty_base64_decode(arena, sealed->data, sealed->data_len, &len);
	if (data == NULL || len < TY_AEAD_OVERHEAD)
		return ty_err_set(err, TY_E_DENIED, "a secret of the workflow is damaged");
	if (vault_key_unwrap(vault, owner->workspace_id, wrapped->version, wrapped->wrapped,
			     wrapped->wrapped_len, key, err) != TY_OK)
		return err->code;
	text = ty_arena_alloc(arena, len - TY_AEAD_OVERHEAD + 1);
	code = ty_aead_open(key, ad, owner_ad(ad, owner), data, len, text, err);
	ty_crypto_wipe(key, sizeof(key));
	if (code != TY_OK)
		return ty_err_wrap(err, "a secret of the workflow");
	ty_buf_add(out, text, len - TY_AEAD_OVERHEAD);
	ty_crypto_wipe(text, len - TY_AEAD_OVERHEAD);
	return TY_OK;
}

static const struct ty_vault_key *
key_find(const struct ty_vault_key *keys, size_t count, int64_t version)
{
	for (size_t i = 0; i < count; i++) {
		if (keys[i].version == version)
			return &keys[i];
	}
	return NULL;
}

enum ty_code
ty_vault_text_open(const struct ty_vault *vault, struct ty_arena *arena,
		   const struct ty_vault_owner *owner, const struct ty_vault_key *keys,
		   size_t key_count, const char *text, const char **ret_text, struct ty_err *err)
{
	const char *at = text, *mark;
	const struct ty_secret *whole;
	struct ty_buf buf;

	/* Room for all of it at once: a buffer that grows leaves copies behind. */
	ty_buf_init(&buf, arena, strlen(text) + 1);
	while ((mark = strstr(at, TY_SECRET_SEALED_PREFIX)) != NULL) {
		const struct ty_vault_key *key;
		struct sealed sealed;

		if (!sealed_read(mark, &sealed)) {
			ty_buf_add(&buf, at, (size_t)(mark + 1 - at));
			at = mark + 1;
			continue;
		}
		key = key_find(keys, key_count, sealed.key_version);
		if (key == NULL)
			return ty_err_set(err, TY_E_DENIED, "the workspace has no data key %lld",
					  (long long)sealed.key_version);
		ty_buf_add(&buf, at, (size_t)(mark - at));
		if (open_one(vault, arena, owner, key, &sealed, &buf, err) != TY_OK)
			return err->code;
		at = sealed.end;
	}
	ty_buf_add(&buf, at, strlen(at) + 1);
	whole = ty_secret_new(arena, buf.data, buf.len);
	ty_crypto_wipe(buf.data, buf.len);
	*ret_text = (const char *)whole->data;
	return TY_OK;
}
