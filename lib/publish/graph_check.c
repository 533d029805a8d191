/*
 * graph_check.c -- the validator with its means: the sandbox for syntax, the store for credentials.
 */
#include "publish/graph_check.h"

#include "publish/foreign.h"

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "graph/finding.h"
#include "graph/graph.h"
#include "graph/secret.h"
#include "json/json.h"
#include "publish/hooks.h"
#include "publish/schedules.h"
#include "store/credential.h"
#include "store/variable.h"
#include "store/workflow.h"

#include <stdio.h>

struct means {
	struct ty_tx *tx;
	struct ty_checker *checker;
	json_t *credentials; /* credentials that were asked for and exist */
	json_t *known,
		*variables; /* names of the workspace's, and those asked for: { name: true } */
	struct ty_err err;  /* set where the store failed */
};

static enum ty_code
script_check(void *ctx, const char *script, bool body, struct ty_err *err)
{
	struct means *means = ctx;

	return ty_checker_check(means->checker, ty_tx_workspace(means->tx), script, body, err);
}

static const char *
credential_type(void *ctx, const char *credential_id)
{
	struct means *means = ctx;
	struct ty_store_credential *credential;
	struct ty_id id;

	/* After a failed statement the transaction takes no more. */
	if (means->err.code != TY_OK || !ty_id_parse(credential_id, &id) ||
	    ty_store_credential_find(means->tx, &id, &credential, &means->err) != TY_OK)
		return NULL;
	if (credential == NULL)
		return NULL;
	json_array_append_new(means->credentials, json_string(id.s));
	return credential->type;
}

/* The names are loaded at the first that is asked for, since few workflows name any. */
static bool
variable_is_known(void *ctx, const char *name)
{
	struct means *means = ctx;

	if (means->err.code != TY_OK)
		return true;
	if (json_object_size(means->variables) < TY_STORE_VARIABLES_USED_MAX &&
	    (name == NULL || ty_store_variable_name_is_good(name)))
		json_object_set_new(means->variables, name != NULL ? name : TY_STORE_VARIABLES_ALL,
				    json_true());
	if (name == NULL)
		return true;
	if (means->known == NULL &&
	    ty_store_variable_names(means->tx, &means->known, &means->err) != TY_OK)
		return true;
	return json_object_get(means->known, name) != NULL;
}

static json_t *
keys_of(struct ty_arena *arena, const json_t *object)
{
	json_t *keys = ty_json_own(arena, json_array());
	const json_t *ignored;
	const char *key;

	json_object_foreach((json_t *)object, key, ignored)
		json_array_append_new(keys, json_string(key));
	return keys;
}

static const char *
workflow_fault(void *ctx, const char *workflow_id, enum ty_run_start start)
{
	struct means *means = ctx;
	struct ty_store_startable found;
	const char *node;
	struct ty_id id;

	if (!ty_id_parse(workflow_id, &id))
		return "it is no id of a workflow";
	if (means->err.code != TY_OK ||
	    ty_store_startable_find(means->tx, &id, &found, &means->err) != TY_OK)
		return NULL;
	if (!found.exists)
		return "there is no such workflow in this workspace";
	node = start == TY_RUN_START_CALL ? found.called_node : found.error_node;
	if (!found.is_published)
		return "the workflow is not published";
	if (node != NULL)
		return NULL;
	return start == TY_RUN_START_CALL
		       ? "the published version of the workflow has no trigger for calls "
			 "(core.called)"
		       : "the published version of the workflow has no trigger for errors "
			 "(core.error)";
}

/* A missing parameter is the validator's to say; said twice it would look like two mistakes. */
static void
add_claim_findings(json_t *findings, const json_t *more)
{
	json_t *finding;
	size_t i;

	json_array_foreach(more, i, finding)
	{
		if (!ty_graph_findings_have(findings, ty_json_str(finding, "path", "")))
			json_array_append(findings, finding);
	}
}

struct secret_search {
	struct ty_arena *arena;
	json_t *findings;
	enum ty_graph_purpose purpose;
};

/* An exported workflow has masks for its secrets, which stay behind. */
static const char *
find_secret(void *ctx, const char *node_id, size_t index, const char *path, const char *text)
{
	const struct secret_search *search = ctx;
	bool is_missing = search->purpose != TY_GRAPH_SAVE && ty_str_eq(text, TY_SECRET_MASK);
	char where[320];

	snprintf(where, sizeof(where), "nodes[%zu].params.%s", index, path);
	if (is_missing)
		ty_graph_finding_append(search->findings, search->arena, TY_FINDING_MISSING_SECRET,
					node_id, where, NULL,
					"the secret is missing: an export leaves it out");
	else if (search->purpose != TY_GRAPH_RUN)
		ty_graph_finding_append(search->findings, search->arena, TY_FINDING_LITERAL_SECRET,
					node_id, where, NULL,
					"the secret is written in the workflow");
	return NULL;
}

static size_t
count_errors(const json_t *findings)
{
	const json_t *finding;
	size_t i, count = 0;

	json_array_foreach(findings, i, finding) count +=
		ty_str_eq(ty_json_str(finding, "severity", ""), "error");
	return count;
}

enum ty_code
ty_graph_check(struct ty_tx *tx, const struct ty_registry *registry, struct ty_checker *checker,
	       const json_t *graph, enum ty_graph_purpose purpose, struct ty_graph_check *ret_check,
	       struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct means means = { .tx = tx,
			       .checker = checker,
			       .credentials = ty_json_own(arena, json_array()),
			       .variables = ty_json_own(arena, json_object()) };
	const struct ty_validate_ops ops = { .script_check = script_check,
					     .credential_type = credential_type,
					     .workflow_fault = workflow_fault,
					     .variable_is_known = variable_is_known,
					     .ctx = &means };
	json_t *claim_findings = ty_json_own(arena, json_array());
	struct ty_graph_check check;
	const struct ty_graph *read;
	const json_t *findings;
	bool has_errors;

	findings = ty_graph_validate(arena, registry, ty_graph_secrets_hide(arena, registry, graph),
				     &ops, &has_errors);
	if (means.err.code != TY_OK) {
		*err = means.err;
		return err->code;
	}
	read = ty_graph_read(arena, registry, graph);
	ty_publish_hooks_of(arena, read, &check.hooks, claim_findings);
	ty_publish_schedules_of(arena, read, ty_time_now_ms(), &check.schedules, claim_findings);
	check.findings = ty_json_own(arena, json_copy((json_t *)findings));
	add_claim_findings(check.findings, claim_findings);
	(void)ty_graph_secrets_map(arena, registry, graph, find_secret,
				   &(struct secret_search){ .arena = arena,
							    .findings = check.findings,
							    .purpose = purpose });
	if (ty_publish_foreign_find(tx, graph, check.findings, err) != TY_OK)
		return err->code;
	check.error_count = count_errors(check.findings);
	check.credentials = means.credentials;
	check.variables = keys_of(arena, means.variables);
	*ret_check = check;
	return TY_OK;
}

void
ty_graph_check_only(struct ty_arena *arena, struct ty_graph_check *check, const json_t *nodes)
{
	json_t *kept = ty_json_own(arena, json_array()), *finding, *id;
	size_t i, n;

	json_array_foreach(check->findings, i, finding)
	{
		const char *node = ty_json_str(finding, "node", "");

		json_array_foreach((json_t *)nodes, n, id)
		{
			if (ty_str_eq(json_string_value(id), node))
				json_array_append(kept, finding);
		}
	}
	check->findings = kept;
	check->error_count = count_errors(kept);
}
