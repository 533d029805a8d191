/*
 * cmd_workflow.c -- workflows: list, export, import, validate, publish, unpublish.
 *
 * An export is { "name", "graph" }: what import takes, on this installation or another.  It names
 * credentials by id and holds no secret: a mask stands for each, which keeps the secret of the
 * workflow that it is imported into, and is a finding in another.
 */
#include "list.h"
#include "migrate_secrets.h"
#include "pause.h"
#include "workflow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "graph/graph.h"
#include "graph/secret.h"
#include "json/json.h"
#include "publish/outline.h"
#include "store/workflow.h"
#include "vault/sealed_text.h"

#include <string.h>

/* The workspace's transaction, and where the command names a workflow, that one. */
static enum ty_code
begin(struct ctl *ctl, struct ty_tx **ret_tx, struct ty_id *ret_workspace_id, struct ty_id *ret_id,
      struct ty_err *err)
{
	struct ty_tx *tx;

	if (ctl_begin_workspace(ctl, &tx, ret_workspace_id, err) != TY_OK)
		return err->code;
	if (ctl_arg(ctl, 0) != NULL &&
	    ctl_workflow_find(tx, ctl_arg(ctl, 0), ret_id, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	*ret_tx = tx;
	return TY_OK;
}

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_store_workflow_filter filter = { .search = ctl_option(ctl, "search"),
							 .cursor = page->cursor,
							 .limit = page->limit };
	const struct ty_registry *registry;

	if (ctl_registry(ctl, &registry, err) != TY_OK)
		return err->code;
	return ty_publish_workflow_list(tx, registry, &filter, ret_items, &page->next, err);
}

static enum ty_code
workflow_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "name", "NAME" },
		{ "version", "VERSION" },
		{ "published_version", "PUBLISHED" },
		{ "node_count", "NODES" },
		{ "updated_at", "UPDATED AT" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "workflow", list, columns, err);
}

static enum ty_code
load_graph(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *id,
	   struct ty_store_version **ret_version, json_t **ret_graph, struct ty_err *err)
{
	int64_t number;

	if (ctl_option_int(ctl, "version", 0, 1, INT32_MAX, &number, err) != TY_OK ||
	    ty_store_version_load(tx, id, number, ret_version, err) != TY_OK)
		return err->code;
	return ty_json_parse(ctl->arena, (*ret_version)->graph, strlen((*ret_version)->graph),
			     ret_graph, err);
}

static enum ty_code
workflow_export(struct ctl *ctl, struct ty_err *err)
{
	struct ty_store_workflow *workflow;
	struct ty_store_version *version;
	const struct ty_registry *registry;
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *graph;
	enum ty_code code;

	if (ctl_registry(ctl, &registry, err) != TY_OK ||
	    begin(ctl, &tx, &workspace_id, &id, err) != TY_OK)
		return err->code;
	code = ty_store_workflow_load(tx, &id, &workflow, err);
	if (code == TY_OK)
		code = load_graph(ctl, tx, &id, &version, &graph, err);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	ctl->is_json = true;
	graph = ty_graph_secrets_hide(ctl->arena, registry, graph);
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:O}", "name",
								workflow->name, "graph", graph)));
	return TY_OK;
}

/* Settings, with the defaults of those that decide how runs go. */
static json_t *
shown_settings(struct ctl *ctl, const json_t *graph)
{
	json_t *settings = ty_json_own(ctl->arena, json_object());

	json_object_set_new(settings, "expression_errors", json_string("fail"));
	json_object_set_new(settings, "timezone", json_string("UTC"));
	if (ty_graph_settings(graph) != NULL)
		json_object_update(settings, (json_t *)ty_graph_settings(graph));
	return settings;
}

static enum ty_code
workflow_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_store_workflow *w;
	struct ty_store_version *version;
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *graph;
	enum ty_code code;

	if (begin(ctl, &tx, &workspace_id, &id, err) != TY_OK)
		return err->code;
	code = ty_store_workflow_load(tx, &id, &w, err);
	if (code == TY_OK)
		code = load_graph(ctl, tx, &id, &version, &graph, err);
	if (code == TY_OK)
		ctl_print_object(
			ctl, ty_json_own(ctl->arena,
					 json_pack("{s:s, s:s, s:I, s:o, s:s, s:s?, s:O}", "id",
						   id.s, "name", w->name, "version",
						   (json_int_t)version->number, "published_version",
						   w->published_version > 0
							   ? json_integer(w->published_version)
							   : json_null(),
						   "updated_at", w->updated_at, "paused_at",
						   w->paused_at, "settings",
						   shown_settings(ctl, graph))));
	return ctl_end(tx, code, err);
}

/* An export, or a bare graph.  *ret_name NULL where it has none. */
static enum ty_code
read_workflow(struct ctl *ctl, const char *path, const char **ret_name, json_t **ret_graph,
	      struct ty_err *err)
{
	char *text;
	size_t len;
	json_t *doc;

	if (ctl_read(ctl, path, TY_LIMIT_GRAPH_BYTES, &text, &len, err) != TY_OK ||
	    ty_json_parse(ctl->arena, text, len, &doc, err) != TY_OK)
		return err->code;
	*ret_name = ty_json_str(doc, "name", NULL);
	*ret_graph = json_object_get(doc, "graph") != NULL ? json_object_get(doc, "graph") : doc;
	if (ty_graph_is_document(*ret_graph))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "this is no workflow: it has no list of nodes");
	return ty_err_hint(err,
			   "'tybooctl workflow export' shows the shape: { \"name\", \"graph\" }.");
}

/* Seal the secrets of *graph, and give it as text with its outline; a vault is needed only where it has any. */
static enum ty_code
seal_graph(struct ctl *ctl, struct ty_tx *tx, const struct ty_vault_owner *owner, json_t **graph,
	   const char *stored_text, const char **ret_text, struct ty_store_outline *ret_outline,
	   struct ty_err *err)
{
	const struct ty_registry *registry;
	json_t *stored = NULL;
	struct ty_vault *vault;
	struct ty_err ignored;
	enum ty_code code;

	if (ctl_registry(ctl, &registry, err) != TY_OK)
		return err->code;
	if (stored_text != NULL &&
	    ty_json_parse(ctl->arena, stored_text, strlen(stored_text), &stored, &ignored) != TY_OK)
		stored = NULL;
	if (ctl->conf->master_key_file[0] == '\0' ||
	    ty_vault_new(ctl->conf->master_key_file, &vault, &ignored) != TY_OK)
		vault = NULL;
	code = ty_vault_graph_seal(vault, tx, registry, owner, *graph, stored, graph, err);
	ty_vault_free(vault);
	if (code != TY_OK)
		return code;
	*ret_text = ty_json_dump(ctl->arena, *graph, NULL);
	*ret_outline = ty_publish_outline(ctl->arena, registry, *graph);
	return TY_OK;
}

static enum ty_code
import_new(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id, const char *name,
	   json_t **graph, struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	const struct ty_vault_owner owner = { workspace_id, &id };
	struct ty_store_outline outline;
	const char *text;

	if (ty_str_is_blank(name)) {
		ty_err_set(err, TY_E_INVALID, "the workflow has no name");
		return ty_err_hint(err, "Give it one with --name.");
	}
	if (seal_graph(ctl, tx, &owner, graph, NULL, &text, &outline, err) != TY_OK ||
	    ty_store_workflow_add(tx, workspace_id, &id, name, text, &outline, NULL, err) != TY_OK)
		return err->code;
	*ret_id = id;
	return TY_OK;
}

static enum ty_code
import_into(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id, const char *name,
	    json_t **graph, struct ty_id *ret_id, struct ty_err *err)
{
	struct ty_store_workflow_change change = { .name = name, .note = "imported" };
	const char *into = ctl_option(ctl, "into");
	const struct ty_vault_owner owner = { workspace_id, ret_id };
	struct ty_store_workflow *workflow;

	if (into == NULL)
		return import_new(ctl, tx, workspace_id, name, graph, ret_id, err);
	if (ctl_workflow_find(tx, into, ret_id, err) != TY_OK ||
	    ty_store_workflow_load(tx, ret_id, &workflow, err) != TY_OK ||
	    seal_graph(ctl, tx, &owner, graph, workflow->graph, &change.graph, &change.outline,
		       err) != TY_OK)
		return err->code;
	change.revision = workflow->revision;
	return ty_store_workflow_save(tx, workspace_id, ret_id, &change, NULL, err);
}

/* Print the findings of an imported draft, which is kept with its errors. */
static void
print_imported(struct ctl *ctl, const struct ty_id *id, const char *name,
	       const struct ty_graph_check *check)
{
	json_t *answer =
		ty_json_own(ctl->arena, json_pack("{s:s, s:s?, s:b}", "id", id->s, "name", name,
						  "publishable", (int)(check->error_count == 0)));

	if (ctl->is_json)
		json_object_set(answer, "findings", check->findings);
	ctl_print_object(ctl, answer);
	if (ctl->is_json)
		return;
	ctl_print_findings(ctl->out, check->findings);
	if (check->error_count > 0)
		ctl_say(ctl, "It is kept as a draft and cannot be published: %zu error%s.",
			check->error_count, check->error_count == 1 ? "" : "s");
}

static enum ty_code
workflow_import(struct ctl *ctl, struct ty_err *err)
{
	struct ty_graph_check check = { .findings = NULL };
	const char *name;
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *graph;
	enum ty_code code;

	if (read_workflow(ctl, ctl_arg(ctl, 0), &name, &graph, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	if (ctl_has(ctl, "name"))
		name = ctl_option(ctl, "name");
	code = import_into(ctl, tx, &workspace_id, name, &graph, &id, err);
	if (code == TY_OK)
		code = ctl_graph_check(ctl, tx, graph, TY_GRAPH_PUBLISH, &check, err);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	print_imported(ctl, &id, name, &check);
	return TY_OK;
}

static enum ty_code
workflow_validate(struct ctl *ctl, struct ty_err *err)
{
	struct ty_store_version *version;
	struct ty_graph_check check;
	struct ty_id workspace_id, id;
	json_t *graph = NULL;
	const char *name;
	struct ty_tx *tx;
	enum ty_code code = TY_OK;

	if (ctl_has(ctl, "file") == (ctl_arg(ctl, 0) != NULL)) {
		ty_err_set(err, TY_E_INVALID, "name a workflow, or a file with --file");
		ty_err_hint(err, "%s", ctl_usage(ctl->arena, ctl->command));
		return ctl_misused(ctl, err);
	}
	if (ctl_has(ctl, "file") &&
	    read_workflow(ctl, ctl_option(ctl, "file"), &name, &graph, err) != TY_OK)
		return err->code;
	if (begin(ctl, &tx, &workspace_id, &id, err) != TY_OK)
		return err->code;
	if (graph == NULL)
		code = load_graph(ctl, tx, &id, &version, &graph, err);
	if (code == TY_OK)
		code = ctl_graph_check(ctl, tx, graph,
				       ctl_has(ctl, "file") ? TY_GRAPH_SAVE : TY_GRAPH_PUBLISH,
				       &check, err);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	if (ctl->is_json)
		ctl_print_object(ctl,
				 ty_json_own(ctl->arena, json_pack("{s:b, s:O}", "valid",
								   (int)(check.error_count == 0),
								   "findings", check.findings)));
	else
		ctl_print_findings(ctl->out, check.findings);
	if (check.error_count > 0)
		return ty_err_set(err, TY_E_INVALID, "the workflow has %zu error%s",
				  check.error_count, check.error_count == 1 ? "" : "s");
	return TY_OK;
}

static enum ty_code
publish(struct ctl *ctl, struct ty_tx *tx, const struct ty_id *workspace_id, const struct ty_id *id,
	json_t **ret_answer, struct ty_err *err)
{
	struct ty_store_version *version;
	struct ty_graph_check check;
	json_t *graph, *hooks;

	if (load_graph(ctl, tx, id, &version, &graph, err) != TY_OK ||
	    ctl_graph_check(ctl, tx, graph, TY_GRAPH_PUBLISH, &check, err) != TY_OK ||
	    ctl_graph_require(ctl, &check, err) != TY_OK ||
	    ty_store_publish(tx, workspace_id, id, &version->id, &check.hooks, &check.schedules,
			     check.credentials, check.variables, err) != TY_OK ||
	    ty_store_hook_list(tx, id, &hooks, err) != TY_OK)
		return err->code;
	*ret_answer =
		ty_json_own(ctl->arena, json_pack("{s:s, s:I, s:O}", "id", id->s, "version",
						  (json_int_t)version->number, "hooks", hooks));
	return TY_OK;
}

static enum ty_code
workflow_publish(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;
	json_t *answer = NULL;

	if (begin(ctl, &tx, &workspace_id, &id, err) != TY_OK ||
	    ctl_end(tx, publish(ctl, tx, &workspace_id, &id, &answer, err), err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, answer);
	return TY_OK;
}

static enum ty_code
workflow_unpublish(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id;
	struct ty_tx *tx;

	if (begin(ctl, &tx, &workspace_id, &id, err) != TY_OK ||
	    ctl_end(tx, ty_store_unpublish(tx, &id, err), err) != TY_OK)
		return err->code;
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "id", id.s, "published", 0)));
	return TY_OK;
}

static enum ty_code
workflow_schema(struct ctl *ctl, struct ty_err *err)
{
	fputs(ty_graph_schema, ctl->out);
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "search", "TEXT", "only those whose name has TEXT in it", false },
	{ "before", "ID", "the next page: behind that workflow", false },
	CTL_LIST_LIMIT_OPTION,
	{ .name = NULL },
};
static const struct ctl_option version_options[] = {
	{ "version", "N", "number of the version; default the draft", false },
	{ .name = NULL },
};
static const struct ctl_option import_options[] = {
	{ "name", "NAME", "instead of the name in the file", false },
	{ "into", "WORKFLOW", "a new version of that workflow instead of a new workflow", false },
	{ .name = NULL },
};
static const struct ctl_option validate_options[] = {
	{ "file", "FILE", "a file instead of a workflow that is kept; - is standard input", false },
	{ "version", "N", "number of the version; default the draft", false },
	{ .name = NULL },
};

static const struct ctl_option migrate_options[] = {
	{ "apply", NULL, "do it; without it what would be done is shown", false },
	{ .name = NULL },
};

const struct ctl_command ctl_workflow_commands[] = {
	{ "workflow list", "", "List the workflows, newest first", list_options, workflow_list },
	{ "workflow show", "WORKFLOW",
	  "Show a workflow and the settings by which its runs go, with what an expression that "
	  "throws gives",
	  version_options, workflow_show },
	{ "workflow export", "WORKFLOW", "Write a workflow as JSON to standard output",
	  version_options, workflow_export },
	{ "workflow import", "[FILE]", "Make a workflow of a file or of standard input",
	  import_options, workflow_import },
	{ "workflow validate", "[WORKFLOW]", "List everything that is wrong with a workflow",
	  validate_options, workflow_validate },
	{ "workflow schema", "", "Print the JSON Schema of the workflow document", NULL,
	  workflow_schema },
	{ "workflow publish", "WORKFLOW", "Make a version live", version_options,
	  workflow_publish },
	{ "workflow unpublish", "WORKFLOW", "Take a workflow off the air", NULL,
	  workflow_unpublish },
	{ "workflow pause", "WORKFLOW", "Keep what comes, and let it wait", NULL, ctl_pause },
	{ "workflow unpause", "WORKFLOW", "Go on with what waits", NULL, ctl_unpause },
	{ "workflow cancel-queued", "WORKFLOW", "Cancel all runs of it that wait in the queue",
	  NULL, ctl_workflow_cancel_queued },
	{ "workflow migrate-secrets", "[WORKFLOW]",
	  "Make credentials of the secrets that drafts have written in them", migrate_options,
	  ctl_migrate_secrets },
	{ .name = NULL },
};
