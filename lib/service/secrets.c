/*
 * secrets.c -- see secrets.h.
 *
 *	open --> credential? --> [credential_came] --> sealed texts? --> [keys_came] --> told
 *
 * Invariant: what is opened lives in the opening's arena or in the cache; both wipe.  The network
 * copies what it sends.
 */
#include "service/secrets.h"

#include "service/credential_cache.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "param/secret.h"
#include "service/sign.h"
#include "store/column.h"
#include "vault/forms.h"
#include "vault/sealed_text.h"
#include "vault/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ty_secrets {
	struct ty_store_async *store;
	const char *master_key_file;
	struct ty_vault *vault; /* NULL = not read yet */
	struct ty_credential_cache *cache;
};

struct ty_secrets_opening {
	struct ty_secrets *secrets;
	struct ty_id workspace_id, workflow_id, credential_id;
	const struct ty_call *call; /* borrowed until closed */
	ty_secrets_fn fn;	    /* NULL = closed */
	void *ctx;
	bool is_waiting; /* for Postgres, whose answer cannot be called off */
	struct ty_arena *arena;
	struct ty_credential_ref *credential; /* NULL = not there (yet) */
	struct ty_service_ask ask;
	json_t *copy;	       /* request with its sealed texts opened; NULL = none are in it */
	json_t *opened;	       /* array: the texts in it that are new */
	struct ty_forms forms; /* forms of those texts */
};

struct ty_secrets *
ty_secrets_new(struct ty_store_async *store, const char *master_key_file)
{
	struct ty_secrets *secrets = calloc(1, sizeof(*secrets));

	TY_ASSERT(secrets != NULL);
	secrets->store = store;
	secrets->master_key_file = master_key_file;
	secrets->cache = ty_credential_cache_new(TY_LIMIT_CREDENTIALS_OPEN_COUNT,
						 TY_LIMIT_CREDENTIALS_OPEN_BYTES);
	return secrets;
}

void
ty_secrets_free(struct ty_secrets *secrets)
{
	if (secrets == NULL)
		return;
	ty_credential_cache_free(secrets->cache);
	ty_vault_free(secrets->vault);
	free(secrets);
}

/* ---- which texts of a request may be sealed ---- */

typedef bool (*text_fn)(void *ctx, json_t *owner, const char *member, const char *text);

static bool
each_pair(json_t *pairs, text_fn fn, void *ctx)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair)
	{
		const char *value = json_string_value(json_object_get(pair, "value"));

		if (value != NULL && !fn(ctx, pair, "value", value))
			return false;
	}
	return true;
}

static bool
body_has_fields(const json_t *body)
{
	const char *kind = ty_json_str(body, "kind", "");

	return ty_str_eq(kind, "form") || ty_str_eq(kind, "multipart");
}

/* False as soon as 'fn' says so. */
static bool
each_text(json_t *request, text_fn fn, void *ctx)
{
	json_t *body = json_object_get(request, "body");
	const char *url = json_string_value(json_object_get(request, "url"));

	if (url != NULL && !fn(ctx, request, "url", url))
		return false;
	if (!each_pair(json_object_get(request, "headers"), fn, ctx) ||
	    !each_pair(json_object_get(request, "query"), fn, ctx))
		return false;
	return !body_has_fields(body) || each_pair(json_object_get(body, "value"), fn, ctx);
}

static bool
is_plain(void *ctx, json_t *owner, const char *member, const char *text)
{
	return !ty_vault_text_is_sealed(text);
}

static bool
has_sealed_text(const struct ty_call *call)
{
	return !each_text(call->request, is_plain, NULL);
}

bool
ty_secrets_are_in(const struct ty_call *call)
{
	return call->credential != NULL || has_sealed_text(call);
}

/* ---- telling ---- */

static void
opening_free(struct ty_secrets_opening *opening)
{
	ty_credential_unref(opening->credential);
	ty_json_wipe(opening->opened);
	json_decref(opening->opened);
	json_decref(opening->copy);
	ty_arena_free(opening->arena);
	free(opening);
}

void
ty_secrets_close(struct ty_secrets_opening *opening)
{
	if (opening == NULL)
		return;
	opening->fn = NULL;
	opening->call = NULL;
	if (!opening->is_waiting)
		opening_free(opening);
}

static void
tell(struct ty_secrets_opening *opening, const struct ty_err *err)
{
	opening->fn(opening->ctx, err == NULL ? &opening->ask : NULL, err);
}

static enum ty_code
need_vault(struct ty_secrets *secrets, struct ty_err *err)
{
	if (secrets->vault == NULL &&
	    ty_vault_new(secrets->master_key_file, &secrets->vault, err) != TY_OK)
		err->code = TY_E_UNAVAILABLE;
	return err->code;
}

const struct ty_vault *
ty_secrets_vault(struct ty_secrets *secrets)
{
	struct ty_err ignored = { 0 };

	return need_vault(secrets, &ignored) == TY_OK ? secrets->vault : NULL;
}

/* An answer of Postgres came: false where nobody waits for it any more, or it is an error. */
static bool
has_come(struct ty_secrets_opening *opening, const struct ty_err *err)
{
	opening->is_waiting = false;
	if (opening->fn == NULL) {
		opening_free(opening);
		return false;
	}
	if (err != NULL)
		tell(opening, err);
	return err == NULL;
}

/* ---- sealed texts ---- */

struct work {
	struct ty_secrets_opening *opening;
	struct ty_vault_key *keys;
	size_t key_count;
	struct ty_err *err;
};

static bool
open_text(void *ctx, json_t *owner, const char *member, const char *text)
{
	struct work *w = ctx;
	struct ty_secrets_opening *o = w->opening;
	const struct ty_vault_owner workflow = { &o->workspace_id, &o->workflow_id };
	const char *opened;

	if (!ty_vault_text_is_sealed(text))
		return true;
	if (ty_vault_text_open(o->secrets->vault, o->arena, &workflow, w->keys, w->key_count, text,
			       &opened, w->err) != TY_OK)
		return false;
	(void)ty_forms_add(o->arena, &o->forms, opened);
	json_array_append_new(o->opened, json_string(opened));
	json_object_set(owner, member, json_array_get(o->opened, json_array_size(o->opened) - 1));
	return true;
}

/* Copy only members that opening replaces, because a JSON body may be 16 MiB. */
static json_t *
request_copy(const json_t *request)
{
	static const char *const members[] = { "headers", "query", "body" };
	json_t *copy = json_copy((json_t *)request);
	const json_t *body = json_object_get(request, "body");

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++) {
		const json_t *member = json_object_get(request, members[i]);

		if (member != NULL && (member != body || body_has_fields(body)))
			json_object_set_new(copy, members[i], json_deep_copy(member));
	}
	return copy;
}

static const struct ty_column key_columns[] = {
	TY_COLUMN_AS("key_version", INT, struct ty_vault_key, version),
	TY_COLUMN_BYTES_OF(struct ty_vault_key, wrapped, wrapped_len),
	TY_COLUMN_END,
};

static enum ty_code
open_texts(struct ty_secrets_opening *o, const struct ty_rows *rows, struct ty_err *err)
{
	struct work w = { .opening = o, .key_count = rows->count, .err = err };
	struct ty_column_map map;

	if (ty_rows_map(rows, key_columns, &map, err) != TY_OK ||
	    need_vault(o->secrets, err) != TY_OK)
		return err->code;
	w.keys = ty_arena_alloc_array(o->arena, w.key_count + 1, sizeof(*w.keys));
	for (size_t i = 0; i < w.key_count; i++)
		ty_rows_read(rows, &map, o->arena, i, &w.keys[i]);
	o->copy = request_copy(o->call->request);
	o->opened = json_array();
	if (!each_text(o->copy, open_text, &w))
		return err->code;
	o->ask.request = o->copy;
	return TY_OK;
}

static void
keys_came(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_secrets_opening *opening = ctx;
	struct ty_err why = { TY_OK };

	if (!has_come(opening, err))
		return;
	tell(opening, open_texts(opening, rows, &why) == TY_OK ? NULL : &why);
}

static void
ask_keys(struct ty_secrets_opening *opening)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(opening->workspace_id.s) };

	opening->is_waiting = true;
	ty_store_async_query(opening->secrets->store,
			     "SELECT key_version, wrapped FROM tyboo.find_secrets($1, NULL)",
			     params, TY_ARRAY_COUNT(params), keys_came, opening);
}

/* ---- the credential ---- */

/* A sealed credential, as tyboo.use_credential() gives it. */
struct found {
	int64_t version, key_version;
	const char *type, *hosts;
	const uint8_t *wrapped, *sealed;
	size_t wrapped_len, sealed_len;
};

static const struct ty_column found_columns[] = {
	TY_COLUMN(INT, struct found, version),
	TY_COLUMN(TEXT, struct found, type),
	TY_COLUMN(TEXT, struct found, hosts),
	TY_COLUMN(INT, struct found, key_version),
	TY_COLUMN_BYTES_OF(struct found, wrapped, wrapped_len),
	TY_COLUMN_BYTES_OF(struct found, sealed, sealed_len),
	TY_COLUMN_END,
};

static enum ty_code
open_found(struct ty_secrets_opening *o, struct ty_arena *arena, const struct found *found,
	   const struct ty_credential **ret_credential, struct ty_err *err)
{
	struct ty_store_credential row = { .id = o->credential_id,
					   .version = found->version,
					   .key_version = found->key_version,
					   .sealed = found->sealed,
					   .sealed_len = found->sealed_len };
	struct ty_vault_sealed sealed = { .workspace_id = &o->workspace_id,
					  .credential = &row,
					  .wrapped = found->wrapped,
					  .wrapped_len = found->wrapped_len };
	const struct ty_secret *data;

	if (need_vault(o->secrets, err) != TY_OK ||
	    ty_vault_sealed_open(o->secrets->vault, o->arena, &sealed, &data, err) != TY_OK)
		return err->code;
	return ty_credential_open(arena, found->type, (const char *)data->data, data->len,
				  ret_credential, err);
}

/* Open what came, unless that version is kept. */
static enum ty_code
take_found(struct ty_secrets_opening *o, const struct found *found, struct ty_err *err)
{
	const struct ty_credential *credential;
	struct ty_arena *arena;

	if (o->credential != NULL && o->credential->version == found->version)
		return TY_OK;
	ty_credential_unref(o->credential);
	o->credential = NULL;
	arena = ty_arena_new(NULL, "credential", 0);
	if (open_found(o, arena, found, &credential, err) != TY_OK) {
		ty_arena_free(arena);
		return err->code;
	}
	o->credential =
		ty_credential_cache_add(o->secrets->cache, &o->workspace_id, &o->credential_id,
					found->version, arena, credential);
	return TY_OK;
}

/* A token that is good for this call's time is made for it, and is no less a secret than its key. */
static enum ty_code
make_token(struct ty_secrets_opening *o, struct ty_err *err)
{
	const struct ty_credential *c = o->credential->credential;
	const char *token;

	if (c->signing != TY_SIGNING_JWT)
		return TY_OK;
	if (ty_sign_jwt(o->arena, c->signing_values, ty_time_now_ms(), &token, err) != TY_OK)
		return ty_err_at(err, "credential");
	o->ask.token = (const char *)ty_secret_new(o->arena, token, strlen(token) + 1)->data;
	(void)ty_forms_add(o->arena, &o->forms, o->ask.token);
	return TY_OK;
}

static enum ty_code
take_credential(struct ty_secrets_opening *o, const struct ty_rows *rows, struct ty_err *err)
{
	struct found found;

	if (rows->count == 0) {
		ty_credential_cache_forget(o->secrets->cache, &o->workspace_id, &o->credential_id);
		ty_err_set(err, TY_E_NOT_FOUND, "There is no credential %.60s in this workspace",
			   o->call->credential);
		ty_err_at(err, "credential");
		return ty_err_hint(err, "Choose another in the node and publish.");
	}
	if (ty_rows_read_one(rows, found_columns, o->arena, 0, &found, err) != TY_OK ||
	    take_found(o, &found, err) != TY_OK)
		return ty_err_at(err, "credential");
	o->ask.credential = o->credential->credential;
	o->ask.hosts = ty_arena_strdup(o->arena, found.hosts);
	return make_token(o, err);
}

static void
credential_came(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct ty_secrets_opening *opening = ctx;
	struct ty_err why = { TY_OK };

	if (!has_come(opening, err))
		return;
	if (take_credential(opening, rows, &why) != TY_OK)
		tell(opening, &why);
	else if (has_sealed_text(opening->call))
		ask_keys(opening);
	else
		tell(opening, NULL);
}

static void
ask_credential(struct ty_secrets_opening *o)
{
	bool is_id = ty_id_parse(o->call->credential, &o->credential_id);
	char known[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(o->workspace_id.s), TY_SQL_TEXT(is_id ? o->credential_id.s : NULL),
		TY_SQL_TEXT(known),
		TY_SQL_TEXT(ty_id_is_set(&o->workflow_id) ? o->workflow_id.s : NULL)
	};

	if (is_id)
		o->credential = ty_credential_cache_find(o->secrets->cache, &o->workspace_id,
							 &o->credential_id);
	snprintf(known, sizeof(known), "%lld",
		 o->credential != NULL ? (long long)o->credential->version : 0LL);
	o->is_waiting = true;
	ty_store_async_query(o->secrets->store,
			     "SELECT version, type, hosts, key_version, wrapped, sealed "
			     "FROM tyboo.use_credential($1, $2, $3, $4)",
			     params, TY_ARRAY_COUNT(params), credential_came, o);
}

/* ---- public ---- */

struct ty_secrets_opening *
ty_secrets_open(struct ty_secrets *secrets, const struct ty_id *workspace_id,
		const struct ty_id *workflow_id, const struct ty_call *call, ty_secrets_fn fn,
		void *ctx)
{
	struct ty_secrets_opening *opening = calloc(1, sizeof(*opening));

	TY_ASSERT(opening != NULL);
	*opening = (struct ty_secrets_opening){ .secrets = secrets,
						.workspace_id = *workspace_id,
						.call = call,
						.fn = fn,
						.ctx = ctx,
						.arena = ty_arena_new(NULL, "secrets", 0),
						.ask = { .request = call->request,
							 .timeout_ms = call->timeout_ms } };
	if (workflow_id != NULL)
		opening->workflow_id = *workflow_id;
	if (call->credential != NULL)
		ask_credential(opening);
	else
		ask_keys(opening);
	return opening;
}

json_t *
ty_secrets_mask(const struct ty_secrets_opening *opening, const json_t *answer)
{
	const struct ty_credential *credential = opening->ask.credential;
	json_t *masked =
		ty_secret_mask((json_t *)answer, opening->forms.texts, opening->forms.count);
	json_t *more = masked;

	if (credential != NULL) {
		more = ty_secret_mask(masked, credential->forms.texts, credential->forms.count);
		json_decref(masked);
	}
	return more;
}

void
ty_secrets_mask_err(const struct ty_secrets_opening *opening, struct ty_err *err)
{
	const struct ty_credential *credential = opening->ask.credential;

	ty_secret_mask_text(err->msg, sizeof(err->msg), opening->forms.texts, opening->forms.count);
	ty_secret_mask_text(err->hint, sizeof(err->hint), opening->forms.texts,
			    opening->forms.count);
	if (credential == NULL)
		return;
	ty_secret_mask_text(err->msg, sizeof(err->msg), credential->forms.texts,
			    credential->forms.count);
	ty_secret_mask_text(err->hint, sizeof(err->hint), credential->forms.texts,
			    credential->forms.count);
}
