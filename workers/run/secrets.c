/*
 * secrets.c -- see secrets.h.
 *
 * Invariant: an opened secret lives in the opening's arena, which is cleared before anything else of
 * the run goes on; the network has copied what it sends by then.
 */
#include "secrets.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "vault/credential.h"
#include "vault/sealed_text.h"
#include "vault/vault.h"

#include <stdlib.h>
#include <string.h>

struct secrets {
	struct ty_store_async *store;
	const char *master_key_file;
	struct ty_vault *vault; /* NULL = not read yet */
};

struct secrets_opening {
	struct secrets *secrets;
	struct ty_id workspace_id, workflow_id;
	const struct ty_call *call; /* borrowed until answered or canceled */
	secrets_fn fn;		    /* NULL = canceled */
	void *ctx;
};

struct secrets *
secrets_new(struct ty_store_async *store, const char *master_key_file)
{
	struct secrets *secrets = calloc(1, sizeof(*secrets));

	TY_ASSERT(secrets != NULL);
	secrets->store = store;
	secrets->master_key_file = master_key_file;
	return secrets;
}

void
secrets_free(struct secrets *secrets)
{
	if (secrets == NULL)
		return;
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
	return !ty_str_eq(ty_json_str(body, "kind", ""), "form") ||
	       each_pair(json_object_get(body, "value"), fn, ctx);
}

static bool
is_plain(void *ctx, json_t *owner, const char *member, const char *text)
{
	return !ty_vault_text_is_sealed(text);
}

bool
secrets_are_in(const struct ty_call *call)
{
	return call->credential != NULL || !each_text(call->request, is_plain, NULL);
}

/* ---- opening ---- */

struct work {
	const struct secrets_opening *opening;
	struct ty_arena *arena;
	struct ty_vault_key *keys;
	size_t key_count;
	const struct ty_rows *rows;
	struct ty_err *err;
};

static bool
open_text(void *ctx, json_t *owner, const char *member, const char *text)
{
	struct work *w = ctx;
	const struct ty_vault_place place = { &w->opening->workspace_id, &w->opening->workflow_id };
	const char *opened;

	if (!ty_vault_text_is_sealed(text))
		return true;
	if (ty_vault_text_open(w->opening->secrets->vault, w->arena, &place, w->keys, w->key_count,
			       text, &opened, w->err) != TY_OK)
		return false;
	json_object_set_new(owner, member, json_string(opened));
	return true;
}

static enum ty_code
add_credential(struct work *w, json_t *request, const char *id)
{
	struct ty_store_credential row = { .id = { "" } };
	struct ty_vault_sealed sealed = { .workspace_id = &w->opening->workspace_id,
					  .credential = &row };
	const struct ty_secret *data;
	const char *type = NULL;
	json_t *header;

	for (size_t i = 0; i < w->rows->count && type == NULL; i++) {
		type = ty_rows_text(w->rows, i, 3);
		if (type == NULL)
			continue;
		row.id = ty_rows_id(w->rows, i, 2);
		row.key_version = w->keys[i].version;
		row.version = ty_rows_int(w->rows, i, 4);
		row.sealed = ty_rows_bytes(w->rows, w->arena, i, 5, &row.sealed_len);
		sealed.wrapped = w->keys[i].wrapped;
		sealed.wrapped_len = w->keys[i].wrapped_len;
	}
	if (type == NULL) {
		ty_err_set(w->err, TY_E_NOT_FOUND, "There is no credential %.60s any more", id);
		return ty_err_hint(w->err, "Choose another in the node and publish.");
	}
	if (ty_vault_sealed_open(w->opening->secrets->vault, w->arena, &sealed, &data, w->err) !=
		    TY_OK ||
	    ty_credential_header(w->arena, type, (const char *)data->data, data->len, &header,
				 w->err) != TY_OK)
		return w->err->code;
	if (json_object_get(request, "headers") == NULL)
		json_object_set_new(request, "headers", json_array());
	json_array_append_new(json_object_get(request, "headers"), header);
	return TY_OK;
}

/* What is opened is replaced, so that is what is copied: a JSON body may be 16 MiB. */
static json_t *
request_copy(struct ty_arena *arena, const json_t *request)
{
	static const char *const members[] = { "headers", "query", "body" };
	json_t *copy = ty_json_own(arena, json_copy((json_t *)request));
	const json_t *body = json_object_get(request, "body");
	bool is_form = ty_str_eq(ty_json_str(body, "kind", ""), "form");

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++) {
		const json_t *member = json_object_get(request, members[i]);

		if (member != NULL && (member != body || is_form))
			json_object_set_new(copy, members[i], json_deep_copy(member));
	}
	return copy;
}

static enum ty_code
work_do(struct work *w, json_t **ret_request)
{
	struct secrets *secrets = w->opening->secrets;
	json_t *request = request_copy(w->arena, w->opening->call->request);
	const char *id = w->opening->call->credential;

	if (secrets->vault == NULL &&
	    ty_vault_new(secrets->master_key_file, &secrets->vault, w->err) != TY_OK) {
		w->err->code = TY_E_UNAVAILABLE;
		return w->err->code;
	}
	w->key_count = w->rows->count;
	w->keys = ty_arena_alloc_array(w->arena, w->key_count + 1, sizeof(*w->keys));
	for (size_t i = 0; i < w->key_count; i++) {
		w->keys[i].version = ty_rows_int(w->rows, i, 0);
		w->keys[i].wrapped =
			ty_rows_bytes(w->rows, w->arena, i, 1, &w->keys[i].wrapped_len);
	}
	if (!each_text(request, open_text, w))
		return w->err->code;
	if (id != NULL && add_credential(w, request, id) != TY_OK)
		return w->err->code;
	*ret_request = request;
	return TY_OK;
}

static void
rows_came(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct secrets_opening *opening = ctx;
	struct ty_err why = { TY_OK };
	struct work w = { .opening = opening, .rows = rows, .err = &why };
	json_t *request = NULL;

	if (opening->fn != NULL) {
		w.arena = ty_arena_new(NULL, "secrets", 0);
		if (err != NULL)
			why = *err;
		else if (work_do(&w, &request) == TY_OK)
			why.code = TY_OK;
		opening->fn(opening->ctx, why.code == TY_OK ? request : NULL,
			    why.code == TY_OK ? NULL : &why);
		ty_arena_free(w.arena);
	}
	free(opening);
}

struct secrets_opening *
secrets_open(struct secrets *secrets, const struct ty_id *workspace_id,
	     const struct ty_id *workflow_id, const struct ty_call *call, secrets_fn fn, void *ctx)
{
	struct secrets_opening *opening = calloc(1, sizeof(*opening));
	struct ty_id id = { "" };

	TY_ASSERT(opening != NULL);
	*opening = (struct secrets_opening){ .secrets = secrets,
					     .workspace_id = *workspace_id,
					     .workflow_id = *workflow_id,
					     .call = call,
					     .fn = fn,
					     .ctx = ctx };
	if (call->credential != NULL && !ty_id_parse(call->credential, &id))
		id.s[0] = '\0';
	const struct ty_sql_param params[] = { TY_SQL_TEXT(opening->workspace_id.s),
					       TY_SQL_TEXT(id.s[0] != '\0' ? id.s : NULL) };

	ty_store_async_query(secrets->store,
			     "SELECT key_version, wrapped, credential_id, type, version, sealed "
			     "FROM tyboo.find_secrets($1, $2)",
			     params, TY_ARRAY_COUNT(params), rows_came, opening);
	return opening;
}

void
secrets_cancel(struct secrets_opening *opening)
{
	opening->fn = NULL;
	opening->call = NULL;
}
