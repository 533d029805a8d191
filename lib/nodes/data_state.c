/*
 * data.state -- keep values from one run to the next: get, put, count, delete, list.
 *
 * Invariants:
 *   (1) Each item is one operation, in the items' order, and leaves with the result in a field; its other fields and
 *       its files stay.
 *   (2) A put that has found another version than it was to find has changed nothing: its item leaves by
 *       "conflict".  Any other refusal is the item's error.
 *   (3) An operation that is asked again, after a crash or by a retry, is not done again.
 *
 * Knows no database: it asks the service "state" (service/state.c says what goes in and out).
 */
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <string.h>

enum { DO_GET, DO_PUT, DO_INCREMENT, DO_DELETE, DO_LIST };
enum { PUT_ALWAYS, PUT_NEW, PUT_UNCHANGED };
enum { OUT_MAIN, OUT_CONFLICT };

struct state_params {
	int action, scope, when;
	const char *key, *into;
	const json_t *value, *fallback;
	double by;
	int64_t version, expires_s, max;
};

static const struct ty_choice state_actions[] = {
	[DO_GET] = { "get", "Get a value" },
	[DO_PUT] = { "put", "Put a value" },
	[DO_INCREMENT] = { "increment", "Add to a number" },
	[DO_DELETE] = { "delete", "Delete a value" },
	[DO_LIST] = { "list", "List keys" },
	{ NULL, NULL },
};

static const struct ty_choice state_scopes[] = {
	{ "workflow", "This workflow" },
	{ "workspace", "The whole workspace" },
	{ NULL, NULL },
};

static const struct ty_choice state_whens[] = {
	[PUT_ALWAYS] = { "always", "Whatever is there" },
	[PUT_NEW] = { "new", "Where there is none" },
	[PUT_UNCHANGED] = { "unchanged", "Where it is unchanged" },
	{ NULL, NULL },
};

static bool state_is_safe(const struct ty_node_def *def, const json_t *params);
static bool state_is_failure(struct ty_step *step, size_t i, const json_t *value);
static void state_check(const struct ty_node_def *def, const json_t *params,
			ty_param_finding_fn found, void *ctx);
static enum ty_code state_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code state_resume(struct ty_step *step, const struct ty_answer *answer,
				 struct ty_err *err);

const struct ty_node_def ty_node_data_state = {
	TY_NODE_HEAD,
	.type = "data.state",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "State",
	.summary = "Keep values from one run to the next",
	.icon = "database",
	.inputs = ty_ports_one,
	.outputs = TY_PORTS([OUT_MAIN] = { "main", "Done" }, [OUT_CONFLICT] = { "conflict",
										"Conflict" }),
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct state_params, action, state_actions, "Do", .def = "get"),
		TY_ROW_ENUM(struct state_params, scope, state_scopes, "Of", .def = "workflow",
			    .help = "Values of a workflow are deleted with it."),
		TY_ROW_STRING(struct state_params, key, TY_LIMIT_STATE_KEY_BYTES, "Key",
			      .flags = TY_PARAM_EXPR, .def = "", .placeholder = "cursor",
			      .help = "Name of the value; of a list, what the keys begin with."),
		TY_ROW_JSON(struct state_params, value, "Value", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.id }}", .show_when = "action=put"),
		TY_ROW_ENUM(struct state_params, when, state_whens, "Put it", .def = "always",
			    .show_when = "action=put",
			    .help = "Otherwise the item leaves by \"Conflict\"."),
		TY_ROW_INT(struct state_params, version, 0, TY_LIMIT_QUOTA_MAX, "Version",
			   .flags = TY_PARAM_EXPR, .def = "0",
			   .placeholder = "={{ $json.state.version }}",
			   .show_when = "action=put;when=unchanged",
			   .help = "Version that get answered; 0: there was none."),
		TY_ROW_NUMBER(struct state_params, by, "Add", .flags = TY_PARAM_EXPR, .def = "1",
			      .show_when = "action=increment",
			      .help = "A value that is not there counts as 0."),
		TY_ROW_JSON(struct state_params, fallback, "Where there is none",
			    .flags = TY_PARAM_EXPR, .show_when = "action=get",
			    .help = "Value that counts then; null by default."),
		TY_ROW_INT(struct state_params, expires_s, 0, 366 * 86400, "Forget after",
			   .flags = TY_PARAM_EXPR | TY_PARAM_ADVANCED, .unit = "s", .def = "0",
			   .show_when = "action=put,increment", .help = "0: it is kept for good."),
		TY_ROW_INT(struct state_params, max, 1, 1000, "Keys at most",
			   .flags = TY_PARAM_ADVANCED, .def = "100", .show_when = "action=list"),
		NODE_INTO_ROW(struct state_params, "state")),
	.params_size = sizeof(struct state_params),
	.flags = TY_NODE_EFFECT,
	.is_safe = state_is_safe,
	.is_failure = state_is_failure,
	.check = state_check,
	.advise = node_into_advise,
	.each = state_each,
	.resume = state_resume,
};

static bool
state_is_safe(const struct ty_node_def *def, const json_t *params)
{
	const char *action = ty_json_str(params, "action", "get");

	return ty_str_eq(action, "get") || ty_str_eq(action, "list");
}

/* A run that repeats this one asks again what was refused. */
static bool
state_is_failure(struct ty_step *step, size_t i, const json_t *value)
{
	return !ty_str_eq(ty_json_str(value, "outcome", ""), "done");
}

static void
state_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	    void *ctx)
{
	node_into_check(def, params, found, ctx);
	if (!ty_str_eq(ty_json_str(params, "action", "get"), "list") &&
	    ty_json_str(params, "key", "")[0] == '\0')
		found(ctx, "key", "is required, but it has no value",
		      "Name the value, such as cursor or ={{ $json.id }}.");
}

/* ---- asking ---- */

static void
put_fill(json_t *request, const struct state_params *p)
{
	json_object_set(request, "value", p->value != NULL ? (json_t *)p->value : json_null());
	if (p->when != PUT_ALWAYS)
		json_object_set_new(request, "version",
				    json_integer(p->when == PUT_NEW ? 0 : p->version));
	json_object_set_new(request, "expires_s", json_integer(p->expires_s));
}

/* A number that is whole is sent without a fraction, because both are equal and one of them is counted in. */
static json_t *
number(double n)
{
	return n >= -9007199254740991.0 && n <= 9007199254740991.0 && n == (double)(int64_t)n
		       ? json_integer((json_int_t)n)
		       : json_real(n);
}

static void
increment_fill(json_t *request, const struct state_params *p)
{
	json_object_set_new(request, "by", number(p->by));
	if (p->expires_s > 0)
		json_object_set_new(request, "expires_s", json_integer(p->expires_s));
}

static enum ty_code
state_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct state_params *p = ty_step_params(step, i);
	/* The service does nothing twice for one call, so that what is in doubt is asked again. */
	struct ty_call call = { .service = "state", .in_doubt = TY_IN_DOUBT_REPEAT };

	if (p->action != DO_LIST && p->key[0] == '\0') {
		ty_err_set(err, TY_E_INVALID, "The key is empty");
		ty_err_hint(err, "Check that its expression gives a text for every item.");
		return ty_err_at(err, "key");
	}
	call.request = json_pack("{s:s, s:s, s:s}", "do", state_actions[p->action].value, "scope",
				 state_scopes[p->scope].value, "key", p->key);
	if (p->action == DO_PUT)
		put_fill(call.request, p);
	else if (p->action == DO_INCREMENT)
		increment_fill(call.request, p);
	else if (p->action == DO_LIST)
		json_object_set_new(call.request, "max", json_integer(p->max));
	return ty_step_call(step, &call, err);
}

/* ---- the answer ---- */

/* The result, as the item shows it. */
static json_t *
state_result(const struct state_params *p, const json_t *value)
{
	json_t *result = json_copy((json_t *)value);

	json_object_del(result, "outcome");
	if (p->action != DO_LIST)
		json_object_set_new(result, "key", json_string(p->key));
	if (p->action == DO_GET && !ty_json_bool(value, "found", false) && p->fallback != NULL)
		json_object_set(result, "value", (json_t *)p->fallback);
	return result;
}

/* Refusals that are this item's error. */
static const struct refusal {
	const char *outcome;
	enum ty_code code;
	const char *text, *hint;
} refusals[] = {
#define X(outcome, code, text, hint) { outcome, code, text, hint },
#include "base/state_refusal.def"
#undef X
};

static enum ty_code
state_refused(const struct state_params *p, const char *outcome, struct ty_err *err)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(refusals); i++) {
		if (!ty_str_eq(refusals[i].outcome, outcome))
			continue;
		ty_err_set(err, refusals[i].code, "The value of \"%.80s\" %s", p->key,
			   refusals[i].text);
		ty_err_hint(err, "%s", refusals[i].hint);
		return ty_err_at(err, "key");
	}
	return ty_err_set(err, TY_E_UPSTREAM, "the service gave the outcome \"%.40s\"", outcome);
}

static enum ty_code
state_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct state_params *p = ty_step_params(step, answer->item);
	const char *outcome = ty_json_str(answer->value, "outcome", "");

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	if (ty_str_eq(outcome, "done"))
		return node_into_emit_to(step, OUT_MAIN, answer->item, p->into,
					 state_result(p, answer->value), err);
	if (ty_str_eq(outcome, "conflict"))
		return node_into_emit_to(step, OUT_CONFLICT, answer->item, p->into,
					 state_result(p, answer->value), err);
	return state_refused(p, outcome, err);
}
