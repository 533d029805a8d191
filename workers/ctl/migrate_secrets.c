/*
 * migrate_secrets.c -- workflow migrate-secrets: drafts whose secrets are written in them get
 * credentials instead.
 *
 * Shows what it would do; --apply does it, each workflow in a transaction of its own, as a new
 * version of the draft.  Run again it finds nothing: a draft without such secrets is left alone.
 * Published versions go on as they are until the new draft is published.
 */
#include "migrate_secrets.h"
#include "workflow.h"

#include "base/arena.h"
#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "graph/graph.h"
#include "graph/secret.h"
#include "publish/outline.h"
#include "store/credential.h"
#include "store/workflow.h"
#include "vault/lift.h"
#include "vault/sealed_text.h"
#include "vault/vault.h"

#include <stdio.h>
#include <string.h>

#define PAGE	 100
#define KEYS_MAX 64 /* data keys of a workspace: one, and one more for each rotation */

struct migration {
	struct ctl *ctl;
	const struct ty_registry *registry;
	struct ty_vault *vault;
	struct ty_tx *tx;
	struct ty_id workspace_id, workflow_id;
	const char *workflow_name;
	struct ty_vault_key keys[KEYS_MAX];
	size_t key_count;
	json_t *items;	/* lines of the report: one a node */
	size_t changed; /* nodes of the workflow at hand */
	struct ty_err *err;
};

/* ---- the draft with its secrets opened ---- */

static enum ty_code
load_keys(struct migration *m)
{
	int64_t newest = 0, version;
	struct ty_vault_key *key = m->keys;

	m->key_count = 0;
	if (ty_store_key_load(m->tx, 0, &newest, &key->wrapped, &key->wrapped_len, m->err) != TY_OK)
		return m->err->code;
	for (int64_t n = newest; n > 0 && m->key_count < KEYS_MAX; n--) {
		key = &m->keys[m->key_count];
		if (ty_store_key_load(m->tx, n, &version, &key->wrapped, &key->wrapped_len,
				      m->err) != TY_OK)
			return m->err->code;
		key->version = n;
		m->key_count += key->wrapped_len > 0;
	}
	return TY_OK;
}

static const char *
open_secret(void *ctx, const char *node_id, size_t index, const char *path, const char *text)
{
	struct migration *m = ctx;
	const struct ty_vault_owner owner = { &m->workspace_id, &m->workflow_id };
	const char *opened;

	if (m->err->code != TY_OK)
		return NULL;
	if (!ty_vault_text_is_sealed(text))
		return text; /* a number becomes the text that a credential keeps */
	if (ty_vault_text_open(m->vault, m->ctl->arena, &owner, m->keys, m->key_count, text,
			       &opened, m->err) != TY_OK) {
		(void)ty_err_at(m->err, "graph.nodes[%zu].params.%s", index, path);
		return NULL;
	}
	return opened;
}

/* Load the node's credential; NULL = it has none, or one that is not there. */
static enum ty_code
load_used(struct migration *m, const json_t *params, const char **ret_type, json_t **ret_data)
{
	const char *text = ty_json_str(params, "credential", "");
	struct ty_store_credential *row = NULL;
	const struct ty_secret *data;
	struct ty_id id;

	*ret_type = NULL;
	*ret_data = NULL;
	if (!ty_id_parse(text, &id))
		return TY_OK;
	if (ty_store_credential_find(m->tx, &id, &row, m->err) != TY_OK || row == NULL)
		return m->err->code;
	if (ty_vault_open(m->vault, m->tx, &m->workspace_id, &id, &data, m->err) != TY_OK)
		return m->err->code;
	*ret_type = row->type;
	return ty_json_parse(m->ctl->arena, (const char *)data->data, data->len, ret_data, m->err);
}

/* ---- one node ---- */

/* "<workflow>: <node> (a1b2c3)": unique without a look, and found by whoever reads the list. */
static const char *
credential_name(struct migration *m, const json_t *node)
{
	struct ty_id id = ty_id_new();

	return ty_arena_printf(m->ctl->arena, "%.90s: %.80s (%s)", m->workflow_name,
			       ty_json_str(node, "name", "?"), id.s + strlen(id.s) - 6);
}

static void
tell(struct migration *m, const json_t *node, const struct ty_lift *lift, const char *credential,
     const char *id)
{
	json_array_append_new(m->items,
			      json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s}", "workflow",
					m->workflow_name, "node", ty_json_str(node, "name", "?"),
					"type", lift->type != NULL ? lift->type : "-", "credential",
					credential, "id", id, "result",
					lift->why != NULL	   ? lift->why
					: ctl_has(m->ctl, "apply") ? "done"
								   : "would be done with --apply"));
}

static enum ty_code
lift_node(struct migration *m, json_t *node, const json_t *opened)
{
	const json_t *params = json_object_get(opened, "params");
	const char *used_type, *name;
	struct ty_lift lift;
	struct ty_id id;
	json_t *used;

	if (load_used(m, params, &used_type, &used) != TY_OK)
		return m->err->code;
	lift = ty_vault_lift(m->ctl->arena, params, used_type, used);
	if (lift.why != NULL) {
		tell(m, node, &lift, NULL, NULL);
		return TY_OK;
	}
	if (lift.type == NULL && json_equal((json_t *)params, lift.params))
		return TY_OK;
	m->changed++;
	if (lift.type == NULL || !ctl_has(m->ctl, "apply")) {
		json_object_set(node, "params", lift.params);
		tell(m, node, &lift, NULL, NULL);
		return TY_OK;
	}
	name = credential_name(m, node);
	if (ty_vault_add(
		    m->vault, m->tx, &m->workspace_id,
		    &(struct ty_vault_new){ .name = name, .type = lift.type, .data = lift.data },
		    &id, m->err) != TY_OK)
		return m->err->code;
	json_object_set_new(lift.params, "credential", json_string(id.s));
	json_object_set(node, "params", lift.params);
	tell(m, node, &lift, name, id.s);
	return TY_OK;
}

/* ---- one workflow ---- */

static enum ty_code
save(struct migration *m, const struct ty_store_workflow *workflow, const json_t *graph)
{
	const struct ty_store_workflow_change change = {
		.graph = ty_json_dump(m->ctl->arena, graph, NULL),
		.outline = ty_publish_outline(m->ctl->arena, m->registry, graph),
		.note = "secrets moved to credentials",
		.revision = workflow->revision,
	};

	if (m->changed == 0 || !ctl_has(m->ctl, "apply"))
		return TY_OK;
	return ty_store_workflow_save(m->tx, &m->workspace_id, &m->workflow_id, &change, NULL,
				      m->err);
}

/* Is it a node whose definition takes a credential of what is lifted? */
static bool
is_for_lifted(const struct migration *m, const json_t *node)
{
	const struct ty_node_def *def;

	ty_registry_find(m->registry, ty_json_str(node, "type", ""),
			 (int)ty_json_int(node, "version", 1), &def);
	return def != NULL && ty_str_list_has(def->credential_types, "http_custom");
}

static enum ty_code
migrate(struct migration *m)
{
	struct ty_store_workflow *workflow;
	json_t *graph, *opened, *node;

	m->changed = 0;
	m->workflow_name = m->workflow_id.s; /* until it is known */
	if (ty_store_workflow_load(m->tx, &m->workflow_id, &workflow, m->err) != TY_OK ||
	    ty_json_parse(m->ctl->arena, workflow->graph, strlen(workflow->graph), &graph,
			  m->err) != TY_OK ||
	    load_keys(m) != TY_OK)
		return m->err->code;
	m->workflow_name = workflow->name;
	opened = ty_graph_secrets_map(m->ctl->arena, m->registry, graph, open_secret, m);
	if (m->err->code != TY_OK)
		return ty_err_wrap(m->err, "workflow \"%.100s\"", workflow->name);
	for (size_t i = 0; (node = ty_graph_draft_node(graph, i)) != NULL; i++) {
		if (is_for_lifted(m, node) &&
		    lift_node(m, node, ty_graph_draft_node(opened, i)) != TY_OK)
			return m->err->code;
	}
	return save(m, workflow, graph);
}

/* ---- the command ---- */

/* The ids to look at: the one named, or all of the workspace. */
static enum ty_code
find_workflows(struct migration *m, json_t *ids)
{
	struct ty_store_workflow_filter filter = { .limit = PAGE };
	json_t *items, *item;
	const char *next;
	struct ty_id id;
	size_t i;

	if (ctl_arg(m->ctl, 0) != NULL) {
		if (ctl_workflow_find(m->tx, ctl_arg(m->ctl, 0), &id, m->err) == TY_OK)
			json_array_append_new(ids, json_string(id.s));
		return m->err->code;
	}
	do {
		if (ty_store_workflow_list(m->tx, &filter, &items, &next, m->err) != TY_OK)
			return m->err->code;
		json_array_foreach(items, i, item)
			json_array_append(ids, json_object_get(item, "id"));
		filter.cursor = next != NULL ? ty_arena_strdup(m->ctl->arena, next) : NULL;
	} while (filter.cursor != NULL);
	return TY_OK;
}

/* Report a draft that cannot be read or opened, and go on with the others. */
static void
tell_failed(struct migration *m)
{
	json_array_append_new(m->items, json_pack("{s:s, s:n, s:s, s:n, s:n, s:s}", "workflow",
						  m->workflow_name, "node", "type", "-",
						  "credential", "id", "result", m->err->msg));
	ty_err_clear(m->err);
}

static enum ty_code
migrate_all(struct migration *m)
{
	json_t *ids = ty_json_own(m->ctl->arena, json_array()), *id;
	enum ty_code code;
	size_t i;

	if (ctl_begin_workspace(m->ctl, &m->tx, &m->workspace_id, m->err) != TY_OK)
		return m->err->code;
	code = ty_vault_new(m->ctl->conf->master_key_file, &m->vault, m->err);
	if (code == TY_OK)
		code = find_workflows(m, ids);
	if (ctl_end(m->tx, code, m->err) != TY_OK)
		return m->err->code;
	json_array_foreach(ids, i, id)
	{
		size_t told = json_array_size(m->items);

		if (ty_id_parse(json_string_value(id), &m->workflow_id) &&
		    ctl_begin(m->ctl, &m->workspace_id, &m->tx, m->err) == TY_OK &&
		    ctl_end(m->tx, migrate(m), m->err) == TY_OK)
			continue;
		/* Forget what was told of this draft, because it is rolled back. */
		while (json_array_size(m->items) > told)
			json_array_remove(m->items, told);
		if (ctl_arg(m->ctl, 0) != NULL || m->err->code == TY_E_UNAVAILABLE)
			return m->err->code;
		tell_failed(m);
	}
	return TY_OK;
}

enum ty_code
ctl_migrate_secrets(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "workflow", "WORKFLOW" },	{ "node", "NODE" },	{ "type", "TYPE" },
		{ "credential", "CREDENTIAL" }, { "result", "RESULT" }, { .member = NULL },
	};
	struct migration m = { .ctl = ctl,
			       .items = ty_json_own(ctl->arena, json_array()),
			       .err = err };

	if (ctl_registry(ctl, &m.registry, err) != TY_OK)
		return err->code;
	(void)migrate_all(&m);
	ty_vault_free(m.vault);
	/* Tell the items before an error as well, because they stay done. */
	if (json_array_size(m.items) > 0 || err->code == TY_OK)
		ctl_print_items(ctl, m.items, NULL, columns);
	if (err->code == TY_OK && json_array_size(m.items) == 0)
		ctl_say(ctl, "No draft has a secret written in it.");
	return err->code;
}
