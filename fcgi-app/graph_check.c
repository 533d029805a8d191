/*
 * graph_check.c -- the validator with the API's means: the sandbox for syntax, the store for
 * credentials.
 */
#include "graph_check.h"

#include "app.h"
#include "base/str.h"
#include "graph/graph.h"
#include "store/credential.h"

struct means {
	struct ty_api_call *call;
	struct ty_err *err; /* set where the store failed: the answer would be a guess */
};

static enum ty_code
script_check(void *ctx, const char *script, bool body, struct ty_err *err)
{
	struct means *means = ctx;

	return ty_checker_check(means->call->app->checker, script, body, err);
}

static const char *
credential_type(void *ctx, const char *credential_id)
{
	struct means *means = ctx;
	struct ty_store_credential *credential;
	struct ty_id id;

	/* After a failed statement the transaction takes no more. */
	if (means->err->code != TY_OK || !ty_id_parse(credential_id, &id) ||
	    ty_store_credential_find(means->call->tx, &id, &credential, means->err) != TY_OK)
		return NULL;
	return credential != NULL ? credential->type : NULL;
}

static bool
has_path(const json_t *findings, const char *path)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		if (ty_str_eq(ty_json_str(finding, "path", ""), path))
			return true;
	}
	return false;
}

/* A missing path is the validator's to say; said twice it would look like two mistakes. */
static void
add_hook_findings(json_t *findings, const json_t *more)
{
	json_t *finding;
	size_t i;

	json_array_foreach(more, i, finding)
	{
		if (!has_path(findings, ty_json_str(finding, "path", "")))
			json_array_append(findings, finding);
	}
}

enum ty_code
api_graph_check(struct ty_api_call *call, const json_t *graph, struct api_graph_check *ret_check,
		struct ty_err *err)
{
	struct ty_err store_err = { TY_OK };
	struct means means = { call, &store_err };
	const struct ty_validate_ops ops = { .script_check = script_check,
					     .credential_type = credential_type,
					     .ctx = &means };
	json_t *hook_findings = ty_json_own(call->arena, json_array());
	const json_t *findings;
	bool hooks_are_good;

	findings = ty_graph_validate(call->arena, call->app->registry, graph, &ops,
				     &ret_check->has_errors);
	if (store_err.code != TY_OK) {
		*err = store_err;
		return err->code;
	}
	hooks_are_good = ty_store_hooks_of(call->arena, graph, &ret_check->hooks, hook_findings);
	ret_check->findings = ty_json_own(call->arena, json_copy((json_t *)findings));
	add_hook_findings(ret_check->findings, hook_findings);
	ret_check->has_errors = ret_check->has_errors || !hooks_are_good;
	return TY_OK;
}

static size_t
count_errors(const json_t *findings)
{
	json_t *finding;
	size_t i, count = 0;

	json_array_foreach(findings, i, finding) count +=
		ty_str_eq(ty_json_str(finding, "severity", ""), "error");
	return count;
}

enum ty_code
api_graph_require(struct ty_api_call *call, const json_t *graph, struct api_graph_check *ret_check,
		  struct ty_err *err)
{
	size_t errors;

	if (api_graph_check(call, graph, ret_check, err) != TY_OK)
		return err->code;
	if (!ret_check->has_errors)
		return TY_OK;
	call->findings = ret_check->findings;
	errors = count_errors(ret_check->findings);
	ty_err_set(err, TY_E_INVALID, "The workflow has %zu error%s", errors,
		   errors == 1 ? "" : "s");
	return ty_err_hint(err, "Each is in \"findings\", with its place and how to mend it.");
}
