/*
 * hook_load.c -- see hook_load.h.
 */
#include "hook_load.h"

#include "app.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/time.h"
#include "hook_mirror.h"
#include "json/json.h"
#include "store/hook_mirror.h"
#include "vault/vault.h"

#include <string.h>

/* A look-up that waits longer for a connection finds Postgres as good as away. */
#define LOOKUP_WAIT_MS 2000

/* An entry of this claim, without its secrets yet, in an arena of its own. */
static enum ty_code
entry_begin(const struct ty_store_claim *claim, struct ty_hook_loaded *loaded, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "hook", 0);
	struct ty_hook_rule *rule;
	json_t *verify;

	loaded->entry = (struct ty_hook_entry){ .claim = *claim };
	loaded->entry.claim.node_id = ty_arena_strdup(arena, claim->node_id);
	loaded->entry.claim.verify = ty_arena_strdup(arena, claim->verify);
	loaded->entry.claim.method = ty_arena_strdup(arena, claim->method);
	loaded->entry.claim.path = ty_arena_strdup(arena, claim->path);
	loaded->entry.claim.before =
		claim->before != NULL ? ty_arena_strdup(arena, claim->before) : NULL;
	if (ty_json_parse(arena, claim->verify, strlen(claim->verify), &verify, err) != TY_OK ||
	    ty_hook_rule_parse(arena, verify, &rule, err) != TY_OK) {
		ty_arena_free(arena);
		return ty_err_set(err, TY_E_INTERNAL, "hook %s cannot be read", claim->hook_id.s);
	}
	loaded->entry.rule = rule;
	loaded->arena = arena;
	return TY_OK;
}

/* The secrets were asked for, with this outcome. */
static enum ty_code
entry_finish(struct ty_app *app, const struct ty_hook_secrets *secrets, enum ty_code code,
	     struct ty_hook_loaded *loaded, struct ty_err *err)
{
	/* A credential that is gone is a hook that is not configured; one that does not open is
	 * there, so its deliveries are to come again. */
	if (code == TY_E_DENIED)
		ty_log_err(&app->log, TY_LOG_ERROR, "a webhook's secret does not open", err);
	if (code != TY_OK && code != TY_E_DENIED && code != TY_E_NOT_FOUND) {
		ty_arena_free(loaded->arena);
		return code;
	}
	ty_err_clear(err);
	loaded->entry.secrets = secrets->list;
	loaded->entry.secret_count = secrets->count;
	loaded->entry.is_locked = code == TY_E_DENIED;
	return TY_OK;
}

static struct ty_hook_secrets *
secrets_new(struct ty_arena *arena)
{
	struct ty_hook_secrets *secrets = ty_arena_new_of(arena, struct ty_hook_secrets);

	secrets->arena = arena;
	return secrets;
}

/* Do senders ask so what an address is, without a delivery? */
static bool
is_probe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	       strcmp(method, "OPTIONS") == 0;
}

/* Keys of the rule's address; one that nobody has asked yet has an entry, too. */
static void
entry_set_keys(const struct ty_store_keys *loaded, struct ty_arena *arena,
	       struct ty_hook_entry *entry)
{
	struct ty_store_keys *fetched = ty_arena_new_of(arena, struct ty_store_keys);
	struct ty_hook_keys *keys = ty_arena_new_of(arena, struct ty_hook_keys);
	bool has_content = loaded->content != NULL;

	*fetched = (struct ty_store_keys){
		.url = entry->rule->jwks_url,
		.kind = "jwks",
		.content = has_content ? ty_arena_strdup(arena, loaded->content) : NULL,
		.got_at = has_content ? ty_arena_strdup(arena, loaded->got_at) : NULL,
		.ends_at_ms = loaded->ends_at_ms,
	};
	*keys = (struct ty_hook_keys){ .url = fetched->url,
				       .text = fetched->content,
				       .len = has_content ? strlen(fetched->content) : 0 };
	entry->fetched = fetched;
	entry->keys = keys;
	entry->key_count = 1;
}

static bool
asks_for_keys(const struct ty_hook_entry *entry)
{
	return entry->rule->jwks_url[0] != '\0';
}

/* ---- Postgres ---- */

static enum ty_code
load_secrets(struct ty_app *app, struct ty_tx *tx, const struct ty_hook_entry *entry,
	     struct ty_hook_secrets *secrets, struct ty_err *err)
{
	struct ty_id id;

	if (!ty_id_parse(entry->rule->credential_id, &id))
		return TY_OK; /* the sender is told that no secret is configured */
	if (ty_tx_set_workspace(tx, &entry->claim.workspace_id, err) != TY_OK)
		return err->code;
	return ty_vault_secrets(app->vault, tx, &entry->claim.workspace_id, &id,
				ty_hook_secrets_take, secrets, err);
}

/* Certificates that messages of SNS may name. */
static void
entry_set_certificates(const struct ty_store_keys *list, size_t count, struct ty_arena *arena,
		       struct ty_hook_entry *entry)
{
	struct ty_hook_keys *keys = ty_arena_alloc_array(arena, count + 1, sizeof(*keys));

	for (size_t i = 0; i < count; i++)
		keys[i] = (struct ty_hook_keys){ .url = ty_arena_strdup(arena, list[i].url),
						 .text = ty_arena_strdup(arena, list[i].content),
						 .len = strlen(list[i].content) };
	entry->keys = keys;
	entry->key_count = count;
}

static enum ty_code
load_certificates(struct ty_tx *tx, struct ty_hook_loaded *loaded, struct ty_err *err)
{
	struct ty_store_keys *list;
	size_t count;

	if (ty_tx_set_workspace(tx, &loaded->entry.claim.workspace_id, err) != TY_OK ||
	    ty_store_keys_certificates(tx, &list, &count, err) != TY_OK) {
		ty_arena_free(loaded->arena);
		return err->code;
	}
	entry_set_certificates(list, count, loaded->arena, &loaded->entry);
	return TY_OK;
}

static enum ty_code
load_keys(struct ty_tx *tx, struct ty_hook_loaded *loaded, struct ty_err *err)
{
	struct ty_store_keys keys;

	if (loaded->entry.rule->scheme.made == TY_HOOK_MADE_SNS)
		return load_certificates(tx, loaded, err);
	if (!asks_for_keys(&loaded->entry))
		return TY_OK;
	if (ty_tx_set_workspace(tx, &loaded->entry.claim.workspace_id, err) != TY_OK ||
	    ty_store_keys_load(tx, loaded->entry.rule->jwks_url, &keys, err) != TY_OK) {
		ty_arena_free(loaded->arena);
		return err->code;
	}
	entry_set_keys(&keys, loaded->arena, &loaded->entry);
	return TY_OK;
}

static enum ty_code
load_methods(struct ty_tx *tx, struct ty_arena *arena, const struct ty_hook_address *address,
	     struct ty_hook_loaded *loaded, struct ty_err *err)
{
	const char *methods;

	if (!is_probe(address->method))
		return TY_OK;
	if (ty_store_claim_methods(tx, address->slug, address->path, &methods, err) != TY_OK)
		return err->code;
	loaded->methods = ty_arena_strdup(arena, methods);
	return TY_OK;
}

static enum ty_code
load(struct ty_app *app, struct ty_tx *tx, struct ty_arena *arena,
     const struct ty_hook_address *address, struct ty_hook_loaded *loaded, struct ty_err *err)
{
	struct ty_store_claim claim;
	struct ty_hook_secrets *secrets;

	if (ty_store_claim_find(tx, address->slug, address->method, address->path, &claim, err) !=
	    TY_OK)
		return err->code;
	loaded->workspace_id = claim.workspace_id;
	if (!ty_id_is_set(&claim.hook_id))
		return load_methods(tx, arena, address, loaded, err);
	if (entry_begin(&claim, loaded, err) != TY_OK || load_keys(tx, loaded, err) != TY_OK)
		return err->code;
	secrets = secrets_new(loaded->arena);
	return entry_finish(app, secrets, load_secrets(app, tx, &loaded->entry, secrets, err),
			    loaded, err);
}

enum ty_code
ty_hook_load(struct ty_app *app, struct ty_arena *arena, const struct ty_hook_address *address,
	     struct ty_hook_loaded *ret_loaded, struct ty_err *err)
{
	struct ty_hook_loaded loaded = { .methods = "", .as_of_ms = ty_time_now_ms() };
	struct ty_tx *tx;
	enum ty_code code;

	if (ty_tx_begin(app->store, arena, NULL, LOOKUP_WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	code = load(app, tx, arena, address, &loaded, err);
	ty_tx_rollback(tx);
	if (code == TY_OK)
		*ret_loaded = loaded;
	return code;
}

/* ---- Redis ---- */

static enum ty_code
open_secrets(struct ty_app *app, struct ty_arena *arena, const struct ty_store_mirrored *mirrored,
	     const struct ty_hook_entry *entry, struct ty_hook_secrets *secrets, struct ty_err *err)
{
	const struct ty_vault_sealed sealed = { .workspace_id = &mirrored->claim.workspace_id,
						.credential = &mirrored->credential,
						.wrapped = mirrored->wrapped,
						.wrapped_len = mirrored->wrapped_len };

	/* Skip a credential that the rule does not name; none is mirrored where there was none. */
	if (!ty_id_is_set(&mirrored->credential.id) ||
	    strcmp(mirrored->credential.id.s, entry->rule->credential_id) != 0)
		return TY_OK;
	return ty_vault_sealed_secrets(app->vault, arena, &sealed, ty_hook_secrets_take, secrets,
				       err);
}

static enum ty_code
load_mirrored(struct ty_app *app, struct ty_arena *arena, const struct ty_queue_hook_found *found,
	      struct ty_hook_loaded *loaded, struct ty_err *err)
{
	struct ty_store_mirrored mirrored;
	struct ty_hook_secrets *secrets;

	if (found->workspace != NULL && !ty_id_parse(found->workspace, &loaded->workspace_id))
		return ty_err_set(err, TY_E_UNAVAILABLE, "a mirrored workspace cannot be read");
	if (found->claim == NULL)
		return TY_OK;
	if (ty_store_mirrored_parse(arena, found->claim, &mirrored, err) != TY_OK ||
	    entry_begin(&mirrored.claim, loaded, err) != TY_OK)
		return err->code;
	if (asks_for_keys(&loaded->entry))
		entry_set_keys(&mirrored.keys, loaded->arena, &loaded->entry);
	loaded->workspace_id = mirrored.claim.workspace_id;
	secrets = secrets_new(loaded->arena);
	return entry_finish(app, secrets,
			    open_secrets(app, arena, &mirrored, &loaded->entry, secrets, err),
			    loaded, err);
}

/* Ask for each method, because the mirror knows addresses with their methods only. */
static enum ty_code
mirrored_methods(struct ty_hook_mirror *mirror, struct ty_arena *arena,
		 const struct ty_hook_address *address, struct ty_hook_loaded *loaded,
		 struct ty_err *err)
{
	static const char *const methods[] = {
		"*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"
	};
	struct ty_buf found;

	ty_buf_init(&found, arena, 64);
	for (size_t i = 0; is_probe(address->method) && i < TY_ARRAY_COUNT(methods); i++) {
		const struct ty_hook_address one = { address->slug, methods[i], address->path };
		struct ty_queue_hook_found hook;

		if (ty_hook_mirror_find(mirror, arena, &one, &hook, err) != TY_OK)
			return err->code;
		if (hook.claim != NULL)
			ty_buf_printf(&found, "%s%s", found.len > 0 ? ", " : "", methods[i]);
	}
	loaded->methods = found.data;
	return TY_OK;
}

enum ty_code
ty_hook_load_mirrored(struct ty_app *app, struct ty_hook_mirror *mirror, struct ty_arena *arena,
		      const struct ty_hook_address *address, int64_t as_of_ms,
		      struct ty_hook_loaded *ret_loaded, struct ty_err *err)
{
	struct ty_hook_loaded loaded = { .methods = "" };
	struct ty_queue_hook_found found;

	if (ty_hook_mirror_find(mirror, arena, address, &found, err) != TY_OK)
		return err->code;
	if (found.as_of_ms <= as_of_ms)
		return ty_err_set(err, TY_E_UNAVAILABLE, "the mirror is no newer");
	loaded.as_of_ms = found.as_of_ms;
	if (load_mirrored(app, arena, &found, &loaded, err) != TY_OK)
		return err->code;
	if (loaded.arena == NULL && mirrored_methods(mirror, arena, address, &loaded, err) != TY_OK)
		return err->code;
	*ret_loaded = loaded;
	return TY_OK;
}
