/*
 * secrets.c -- see secrets.h.
 *
 *	open --> credential? --> [credential_came] --> OAuth 2.0? --> [token_came] --> sealed texts?
 *	     --> [keys_came] --> told
 *
 * Invariant: what is opened lives in the opening's arena or in the cache; both wipe.  The network
 * copies what it sends.
 */
#include "service/secrets.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "service/credential_cache.h"
#include "service/secret_texts.h"
#include "service/sign.h"
#include "service/token.h"
#include "store/column.h"
#include "vault/sealed_text.h"
#include "vault/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ty_secrets {
	struct ty_store_async *store;
	const char *master_key_file;
	struct ty_tokens *tokens;
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
	struct ty_forms forms; /* forms of those texts, and of tokens */
	struct ty_token_job *token_job;	  /* NULL = no token is asked for */
	struct ty_id token_id;		  /* token that the call has; unset = none of a provider */
	const struct ty_token_code *code; /* sign-in that is exchanged; borrowed, NULL = none */
	json_t *refused; /* answer to a token that was to be renewed; NULL = none was */
	bool has_new;	 /* set once there is another token */
};

struct ty_secrets *
ty_secrets_new(const struct ty_secrets_conf *conf)
{
	struct ty_secrets *secrets = calloc(1, sizeof(*secrets));

	TY_ASSERT(secrets != NULL);
	secrets->store = conf->store;
	secrets->master_key_file = conf->master_key_file;
	secrets->tokens = ty_tokens_new(conf->means->loop, conf->store, conf->means->net,
					conf->idle, conf->idle_ctx);
	secrets->cache = ty_credential_cache_new(TY_LIMIT_CREDENTIALS_OPEN_COUNT,
						 TY_LIMIT_CREDENTIALS_OPEN_BYTES);
	return secrets;
}

void
ty_secrets_free(struct ty_secrets *secrets)
{
	if (secrets == NULL)
		return;
	ty_tokens_free(secrets->tokens);
	ty_credential_cache_free(secrets->cache);
	ty_vault_free(secrets->vault);
	free(secrets);
}

bool
ty_secrets_are_in(const struct ty_call *call)
{
	return call->credential != NULL || secret_texts_are_in(call->request);
}

/* ---- telling ---- */

static void
opening_free(struct ty_secrets_opening *opening)
{
	ty_token_leave(opening->token_job);
	json_decref(opening->refused);
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

/* Neither ask nor err: no better token than the refused one is to be had. */
static void
tell(struct ty_secrets_opening *opening, const struct ty_err *err)
{
	bool has_ask = err == NULL && (opening->refused == NULL || opening->has_new);

	opening->fn(opening->ctx, has_ask ? &opening->ask : NULL, err);
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

static const struct ty_column key_columns[] = {
	TY_COLUMN_AS("key_version", INT, struct ty_vault_key, version),
	TY_COLUMN_BYTES_OF(struct ty_vault_key, wrapped, wrapped_len),
	TY_COLUMN_END,
};

static enum ty_code
open_texts(struct ty_secrets_opening *o, const struct ty_rows *rows, struct ty_err *err)
{
	const struct ty_vault_owner workflow = { &o->workspace_id, &o->workflow_id };
	struct secret_texts_work w = { .arena = o->arena,
				       .owner = &workflow,
				       .key_count = rows->count };
	struct ty_vault_key *keys;
	struct ty_column_map map;

	if (ty_rows_map(rows, key_columns, &map, err) != TY_OK ||
	    need_vault(o->secrets, err) != TY_OK)
		return err->code;
	keys = ty_arena_alloc_array(o->arena, w.key_count + 1, sizeof(*keys));
	for (size_t i = 0; i < w.key_count; i++)
		ty_rows_read(rows, &map, o->arena, i, &keys[i]);
	o->copy = secret_texts_copy(o->call->request);
	o->opened = json_array();
	w.vault = o->secrets->vault;
	w.keys = keys;
	w.opened = o->opened;
	w.forms = &o->forms;
	if (secret_texts_open(&w, o->copy, err) != TY_OK)
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

/* The credential is there: what else is to be opened? */
static void
open_rest(struct ty_secrets_opening *o)
{
	if (secret_texts_are_in(o->call->request))
		ask_keys(o);
	else
		tell(o, NULL);
}

static void
token_came(void *ctx, const struct ty_token *token, const struct ty_err *err)
{
	struct ty_secrets_opening *o = ctx;
	bool is_renewed = o->refused != NULL;

	o->token_job = NULL;
	if (token == NULL) {
		tell(o, err);
		return;
	}
	o->token_id = token->id;
	o->has_new = is_renewed;
	o->ask.token = (const char *)ty_secret_new(o->arena, token->access_token,
						   strlen(token->access_token) + 1)
			       ->data;
	(void)ty_forms_add(o->arena, &o->forms, o->ask.token);
	if (is_renewed || o->code != NULL)
		tell(o, NULL);
	else
		open_rest(o);
}

static void
ask_token(struct ty_secrets_opening *o)
{
	const struct ty_token_ask ask = {
		.vault = o->secrets->vault,
		.workspace_id = &o->workspace_id,
		.credential_id = &o->credential_id,
		.credential = o->credential,
		.hosts = o->ask.hosts,
		.spoiled = ty_id_is_set(&o->token_id) ? &o->token_id : NULL,
		.code = o->code,
	};

	o->token_job = ty_token_get(o->secrets->tokens, &ask, token_came, o);
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
	else if (!ty_signing_is_oauth2(opening->ask.credential->signing))
		open_rest(opening);
	else if (need_vault(opening->secrets, &why) != TY_OK)
		tell(opening, &why);
	else
		ask_token(opening);
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

static struct ty_secrets_opening *
opening_new(struct ty_secrets *secrets, const struct ty_id *workspace_id,
	    const struct ty_call *call, ty_secrets_fn fn, void *ctx)
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
	return opening;
}

struct ty_secrets_opening *
ty_secrets_open(struct ty_secrets *secrets, const struct ty_id *workspace_id,
		const struct ty_id *workflow_id, const struct ty_call *call, ty_secrets_fn fn,
		void *ctx)
{
	struct ty_secrets_opening *opening = opening_new(secrets, workspace_id, call, fn, ctx);

	if (workflow_id != NULL)
		opening->workflow_id = *workflow_id;
	if (call->credential != NULL)
		ask_credential(opening);
	else
		ask_keys(opening);
	return opening;
}

struct ty_secrets_opening *
ty_secrets_connect(struct ty_secrets *secrets, const struct ty_id *workspace_id,
		   const struct ty_call *call, const struct ty_token_code *code, ty_secrets_fn fn,
		   void *ctx)
{
	struct ty_secrets_opening *opening = opening_new(secrets, workspace_id, call, fn, ctx);

	opening->code = code;
	ask_credential(opening);
	return opening;
}

bool
ty_secrets_renew(struct ty_secrets_opening *opening, const json_t *answer)
{
	if (answer == NULL || ty_json_int(answer, "status", 0) != 401 || opening->refused != NULL ||
	    !ty_id_is_set(&opening->token_id))
		return false;
	opening->refused = json_incref((json_t *)answer);
	ask_token(opening);
	return true;
}

const json_t *
ty_secrets_refused(const struct ty_secrets_opening *opening)
{
	return opening->refused;
}

bool
ty_secrets_are_busy(const struct ty_secrets *secrets)
{
	return ty_tokens_are_busy(secrets->tokens);
}

json_t *
ty_secrets_mask(const struct ty_secrets_opening *opening, const json_t *answer)
{
	const struct ty_credential *credential = opening->ask.credential;
	json_t *masked = secret_texts_mask((json_t *)answer, &opening->forms), *more = masked;

	if (credential != NULL) {
		more = secret_texts_mask(masked, &credential->forms);
		json_decref(masked);
	}
	return more;
}

void
ty_secrets_mask_err(const struct ty_secrets_opening *opening, struct ty_err *err)
{
	secret_texts_mask_err(err, &opening->forms);
	if (opening->ask.credential != NULL)
		secret_texts_mask_err(err, &opening->ask.credential->forms);
}
