/*
 * def.c -- is a definition whole?  Asked once for each when a registry is made.
 *
 * A definition of lib/nodes that is refused here is our bug; one that was made from data or comes
 * from elsewhere is its author's, so that the error says what to mend.
 */
#include "node/registry.h"

#include "base/err.h"
#include "base/str.h"

#include <string.h>

const struct ty_port ty_ports_none[] = {
	{ .name = NULL },
};

const struct ty_port ty_ports_one[] = {
	{ .name = "main", .label = "Main" },
	{ .name = NULL },
};

/* By trigger: the parameters that claiming it takes, "a,b". */
static const char *const trigger_needs[TY_TRIGGER__COUNT] = {
#define X(symbol, name, label, needs, start) [symbol] = needs,
#include "node/trigger.def"
#undef X
};

static const enum ty_run_start trigger_starts[TY_TRIGGER__COUNT] = {
#define X(symbol, name, label, needs, start) [symbol] = start,
#include "node/trigger.def"
#undef X
};

/* Check ABI and size first, because the other members are where they are expected only if these two are
 * right. */
static enum ty_code
check_head(const struct ty_node_def *def, struct ty_err *err)
{
	if (def->abi != TY_NODE_ABI)
		ty_err_set(err, TY_E_INVALID, "it is of ABI %u, and this release takes %u",
			   def->abi, (unsigned)TY_NODE_ABI);
	else if (def->size != sizeof(*def))
		ty_err_set(err, TY_E_INVALID, "it has %zu bytes, and this release's have %zu",
			   def->size, sizeof(*def));
	else
		return TY_OK;
	return ty_err_hint(err, "Begin it with TY_NODE_HEAD and compile it for this release.");
}

static bool
has_param(const struct ty_node_def *def, const char *name, size_t len)
{
	for (const struct ty_param *row = def->params; row->name != NULL; row++)
		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return true;
	return false;
}

static enum ty_code
check_triggers(const struct ty_node_def *def, struct ty_err *err)
{
	if (def->triggers >> TY_TRIGGER__COUNT != 0)
		return ty_err_set(err, TY_E_INVALID, "it claims a trigger that there is not");
	if (ty_node_is_trigger(def) && def->inputs[0].name != NULL)
		return ty_err_set(err, TY_E_INVALID, "it is a trigger and has an input");
	for (int i = 0; i < TY_TRIGGER__COUNT; i++) {
		const char *need = trigger_needs[i];

		if (!ty_node_claims(def, (enum ty_trigger)i))
			continue;
		for (size_t len; *need != '\0'; need += len + (need[len] == ',')) {
			len = strcspn(need, ",");
			if (!has_param(def, need, len))
				return ty_err_set(err, TY_E_INVALID,
						  "it claims %s and has no parameter \"%.*s\"",
						  ty_trigger_name((enum ty_trigger)i), (int)len,
						  need);
		}
	}
	return TY_OK;
}

static enum ty_code
check_params(const struct ty_node_def *def, struct ty_err *err)
{
	for (const struct ty_param *row = def->params; row->name != NULL; row++) {
		if (row->offset >= def->params_size)
			return ty_err_set(err, TY_E_INVALID,
					  "parameter \"%s\" lies beyond params_size", row->name);
		if (row->type == TY_PARAM_CREDENTIAL && row->credential_type == NULL &&
		    def->credential_types == NULL)
			return ty_err_set(err, TY_E_INVALID,
					  "parameter \"%s\" takes a credential of no type: set "
					  "credential_types",
					  row->name);
	}
	return TY_OK;
}

static enum ty_code
check_functions(const struct ty_node_def *def, struct ty_err *err)
{
	if ((def->exec != NULL && def->each != NULL) != (def->whole != NULL) ||
	    (def->exec == NULL && def->each == NULL))
		return ty_err_set(err, TY_E_INVALID, "it needs one of exec and each");
	if (def->each != NULL && (def->inputs[0].name == NULL || def->inputs[1].name != NULL))
		return ty_err_set(err, TY_E_INVALID, "each takes one input");
	if ((def->flags & TY_NODE_LOOP) != 0 &&
	    (def->exec == NULL || def->outputs_for != NULL || def->outputs[0].name == NULL ||
	     !ty_str_eq(def->outputs[TY_LOOP_DONE].name, "done") ||
	     !ty_str_eq(def->outputs[TY_LOOP_BODY].name, "loop")))
		return ty_err_set(
			err, TY_E_INVALID,
			"a loop has exec, and begins its outputs with \"done\" and \"loop\"");
	if ((def->flags & TY_NODE_EFFECT) != 0 && def->resume == NULL)
		return ty_err_set(err, TY_E_INVALID, "it makes calls and has no resume");
	return TY_OK;
}

enum ty_code
ty_node_def_check(const struct ty_node_def *def, struct ty_err *err)
{
	if (check_head(def, err) != TY_OK)
		return err->code;
	if (ty_str_is_blank(def->type) || def->version < 1)
		return ty_err_set(err, TY_E_INVALID, "it has no type, or a version below 1");
	if (def->takes_from > def->version || (def->takes_to != 0 && def->takes_to < def->version))
		ty_err_set(err, TY_E_INVALID, "the versions that it takes leave out its own");
	else if (def->category >= TY_CATEGORY__COUNT)
		ty_err_set(err, TY_E_INVALID, "its category is none");
	else if (def->inputs == NULL || def->outputs == NULL || def->params == NULL)
		ty_err_set(err, TY_E_INVALID, "inputs, outputs or params are missing");
	else if (check_triggers(def, err) == TY_OK && check_params(def, err) == TY_OK &&
		 check_functions(def, err) == TY_OK)
		return TY_OK;
	return ty_err_wrap(err, "node %s, version %d", def->type, def->version);
}

enum ty_run_start
ty_node_start(const struct ty_node_def *def)
{
	enum ty_run_start first = TY_RUN_START__COUNT;

	for (size_t i = 0; def != NULL && i < TY_TRIGGER__COUNT; i++)
		if (ty_node_claims(def, (enum ty_trigger)i) && trigger_starts[i] < first)
			first = trigger_starts[i];
	return first;
}
