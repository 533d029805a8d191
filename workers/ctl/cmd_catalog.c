/*
 * cmd_catalog.c -- what there is to build with: the catalog of the API, without a store.
 */
#include "ctl.h"

#include "catalog/catalog.h"
#include "json/json.h"

#include <string.h>

/* A table of the catalog, a line a row. */
struct catalog_part {
	const char *name; /* the catalog's member */
	const struct ctl_column *columns;
};

static const struct ctl_column node_columns[] = {
	{ "type", "TYPE" },
	{ "version", "VERSION" },
	{ "category", "CATEGORY" },
	{ "triggers", "TRIGGERS" },
	{ "credential_types", "CREDENTIALS" },
	{ "title", "TITLE" },
	{ "summary", "SUMMARY" },
	{ NULL, NULL },
};

static const struct ctl_column named_columns[] = {
	{ "name", "NAME" },
	{ "label", "LABEL" },
	{ NULL, NULL },
};

static const struct ctl_column condition_columns[] = {
	{ "type", "TYPE" },   { "operation", "OPERATION" },
	{ "label", "LABEL" }, { "right", "RIGHT SIDE" },
	{ NULL, NULL },
};

static const struct ctl_column scheme_columns[] = {
	{ "name", "NAME" },
	{ "label", "LABEL" },
	{ "signature_header", "HEADER" },
	{ NULL, NULL },
};

static const struct ctl_column permission_columns[] = {
	{ "name", "NAME" },
	{ "text", "TEXT" },
	{ NULL, NULL },
};

static const struct ctl_column expression_columns[] = {
	{ "kind", "KIND" }, { "of", "OF" }, { "name", "NAME" }, { "parameters", "PARAMETERS" },
	{ "text", "TEXT" }, { NULL, NULL },
};

static const struct catalog_part parts[] = {
	{ "nodes", node_columns },
	{ "categories", named_columns },
	{ "conditions", condition_columns },
	{ "triggers", named_columns },
	{ "schemes", scheme_columns },
	{ "run_modes", named_columns },
	{ "permissions", permission_columns },
	{ NULL, NULL },
};

static enum ty_code
catalog_show(struct ctl *ctl, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0);
	const struct ty_registry *registry;
	const struct catalog_part *part = parts;
	const json_t *catalog;

	if (ctl_registry(ctl, &registry, err) != TY_OK)
		return err->code;
	catalog = ty_json_own(ctl->arena, ty_catalog_describe(registry));
	if (name != NULL && strcmp(name, "expressions") == 0) {
		catalog = ty_json_own(ctl->arena, ty_expressions_describe());
		ctl_print_items(ctl, json_object_get(catalog, "items"), NULL, expression_columns);
		return TY_OK;
	}
	if (name == NULL && ctl->is_json) {
		ctl_print_object(ctl, catalog);
		return TY_OK;
	}
	while (name != NULL && part->name != NULL && strcmp(part->name, name) != 0)
		part++;
	if (part->name == NULL) {
		ty_err_set(err, TY_E_INVALID, "the catalog has no part \"%.60s\"", name);
		ty_err_hint(
			err,
			"nodes, categories, conditions, triggers, schemes, run_modes, permissions, "
			"expressions");
		return ctl_misused(ctl, err);
	}
	ctl_print_items(ctl, json_object_get(catalog, part->name), NULL, part->columns);
	return TY_OK;
}

const struct ctl_command ctl_catalog_commands[] = {
	{ "catalog", "[PART]",
	  "List what there is to build with: nodes (the default), categories, conditions, "
	  "triggers, schemes, run_modes or permissions",
	  NULL, catalog_show },
	{ .name = NULL },
};
