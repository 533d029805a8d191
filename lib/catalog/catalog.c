/*
 * catalog.c -- the tables, put side by side.
 */
#include "catalog/catalog.h"

#include "auth/permission.h"
#include "base/err.h"
#include "base/run_mode.h"
#include "hook/verify.h"
#include "node/registry.h"
#include "nodes/templates.h"
#include "param/condition.h"

static json_t *
schemes_json(void)
{
	json_t *list = json_array();

	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s?, s:s?}", "name",
						      s->name, "label", s->label, "needs_secret",
						      (int)s->needs_secret, "signature_header",
						      s->signature_header, "dedupe_header",
						      s->dedupe_header));
	return list;
}

static json_t *
run_modes_json(void)
{
	json_t *list = json_array();

	for (const struct ty_run_mode *m = ty_run_modes; m->name != NULL; m++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", m->name, "label",
						      m->label, "effects",
						      (int)ty_run_mode_has_effects(m)));
	return list;
}

static json_t *
permissions_json(void)
{
	json_t *list = json_array();

	for (const struct ty_permission *p = ty_permissions; p->name != NULL; p++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "name", p->name, "text", p->text));
	return list;
}

/* The codes that a step or a run can end with; each is an anchor of docs/ERRORS.md. */
static json_t *
error_codes_json(void)
{
	json_t *list = json_array();

	for (int i = 0; i < TY_E__COUNT; i++) {
		enum ty_code code = (enum ty_code)i;

		if (ty_code_is_of_runs(code))
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:s, s:b, s:s+}", "name", ty_code_name(code),
					  "label", ty_code_text(code), "hint", ty_code_hint(code),
					  "retryable", (int)ty_code_is_retryable(code), "docs",
					  "ERRORS.md#", ty_code_name(code)));
	}
	return list;
}

json_t *
ty_catalog_describe(const struct ty_registry *registry)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "categories",
			 ty_categories_describe(), "conditions", ty_conditions_describe(),
			 "triggers", ty_triggers_describe(), "nodes",
			 ty_registry_describe(registry), "schemes", schemes_json(), "run_modes",
			 run_modes_json(), "permissions", permissions_json(), "error_codes",
			 error_codes_json(), "templates", ty_nodes_templates());
}
