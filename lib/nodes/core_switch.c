/*
 * core.switch -- send each item to the output of the first rule that holds, or of all of them.
 *
 * Invariants:
 *   (1) An item leaves on the port of the first rule that holds; with "all matches" on that of each,
 *       in the order of the rules.  Where none holds it takes the fallback, if there is one.
 *   (2) A port's name is its rule's label, or the rule's number where it has none: an
 *       edge names it, so moving a rule moves no edge.
 */
#include "base/arena.h"
#include "nodes/nodes.h"

#include <stdio.h>
#include <string.h>

enum { FALLBACK_NONE, FALLBACK_EXTRA, FALLBACK_OUTPUT };

struct rule {
	bool condition;
	const char *output;
};

struct switch_params {
	struct ty_param_list rules;
	int fallback;
	const char *fallback_output;
	bool all_matches;
};

static const struct ty_choice switch_fallbacks[] = {
	[FALLBACK_NONE] = { "none", "Drop the item" },
	[FALLBACK_EXTRA] = { "extra", "Extra output" },
	[FALLBACK_OUTPUT] = { "output", "Output of a rule" },
	{ NULL, NULL },
};

static const struct ty_param rule_rows[] = {
	TY_ROW_CONDITION(struct rule, condition, "Condition",
			 .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			 .help = NODE_CONDITION_HELP
			 " The first rule that holds takes the item, unless all may."),
	TY_ROW_STRING(struct rule, output, 64, "Output",
		      .help = "The name of this rule's output; its number where empty."),
	TY_ROW_END,
};

static const struct ty_port *switch_outputs(const struct ty_node_def *def, struct ty_arena *arena,
					    const json_t *params);
static void switch_check(const struct ty_node_def *def, const json_t *params,
			 ty_param_finding_fn found, void *ctx);
static enum ty_code switch_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_core_switch = {
	TY_NODE_HEAD,
	.type = "core.switch",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Switch",
	.summary = "Route items to one of several outputs",
	.icon = "git-fork",
	.inputs = ty_ports_one,
	.outputs = ty_ports_none,
	.outputs_for = switch_outputs,
	.params = TY_PARAMS(
		TY_ROW_LIST(struct switch_params, rules, rule_rows, struct rule, 50, "Rules",
			    .flags = TY_PARAM_REQUIRED),
		TY_ROW_ENUM(struct switch_params, fallback, switch_fallbacks, "Where no rule holds",
			    .def = "none"),
		TY_ROW_STRING(struct switch_params, fallback_output, 64, "Fallback output",
			      .flags = TY_PARAM_REQUIRED, .show_when = "fallback=output",
			      .help = "The name of a rule's output, or the rule's number "
				      "where it has none."),
		TY_ROW_BOOL(struct switch_params, all_matches, "All matches", .def = "false",
			    .help = "On: the item leaves through the output of each rule that "
				    "holds, not of the first alone.")),
	.params_size = sizeof(struct switch_params),
	.flags = TY_NODE_PURE,
	.check = switch_check,
	.each = switch_each,
};

static const char *
rule_label(const json_t *rules, size_t i)
{
	const char *label = json_string_value(json_object_get(json_array_get(rules, i), "output"));

	return label != NULL && label[0] != '\0' ? label : NULL;
}

static const struct ty_port *
switch_outputs(const struct ty_node_def *def, struct ty_arena *arena, const json_t *params)
{
	const json_t *rules = json_object_get(params, "rules");
	const char *fallback = json_string_value(json_object_get(params, "fallback"));
	size_t count = json_array_size(rules), at;
	struct ty_port *ports = ty_arena_alloc_array(arena, count + 2, sizeof(*ports));

	for (at = 0; at < count; at++) {
		const char *label = rule_label(rules, at);

		ports[at].name = label != NULL ? ty_arena_strdup(arena, label)
					       : ty_arena_printf(arena, "%zu", at);
		ports[at].label = ports[at].name;
	}
	if (fallback != NULL && strcmp(fallback, "extra") == 0) {
		ports[at].name = "fallback";
		ports[at].label = "Fallback";
	}
	return ports;
}

/* Is it the name of an other rule's output, given or by number? */
static bool
label_is_taken(const json_t *rules, size_t i, const char *label)
{
	for (size_t other = 0; other < json_array_size(rules); other++) {
		const char *taken = rule_label(rules, other);
		char number[24];

		snprintf(number, sizeof(number), "%zu", other);
		if (taken == NULL ? strcmp(number, label) == 0
				  : other < i && strcmp(taken, label) == 0)
			return true;
	}
	return false;
}

/* The rule whose output has this name; SIZE_MAX = none. */
static size_t
rule_find(const json_t *rules, const char *name)
{
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const char *label = rule_label(rules, i);
		char number[24];

		snprintf(number, sizeof(number), "%zu", i);
		if (strcmp(label != NULL ? label : number, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

static void
fallback_check(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const char *fallback = ty_json_str(params, "fallback", "");
	const char *output = ty_json_str(params, "fallback_output", NULL);

	if (strcmp(fallback, "output") == 0 && output != NULL &&
	    rule_find(json_object_get(params, "rules"), output) == SIZE_MAX)
		found(ctx, "fallback_output", "is the name of no rule's output",
		      "Write a rule's output as it is spelt there, or its number, from 0.");
}

static void
switch_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *ctx)
{
	const json_t *rules = json_object_get(params, "rules");

	fallback_check(params, found, ctx);
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const char *label = rule_label(rules, i);
		char path[64];

		snprintf(path, sizeof(path), "rules[%zu].output", i);
		if (label != NULL &&
		    (strcmp(label, "fallback") == 0 || strcmp(label, "error") == 0))
			found(ctx, path, "is a name the node needs itself", "Choose another name.");
		if (label != NULL && label_is_taken(rules, i, label))
			found(ctx, path, "is the name of another rule's output",
			      "Choose another name.");
	}
}

/* The port of an item for which no rule holds; SIZE_MAX = it goes no further. */
static size_t
fallback_port(struct ty_step *step, const struct switch_params *p)
{
	switch (p->fallback) {
	case FALLBACK_EXTRA:
		return p->rules.count;
	case FALLBACK_OUTPUT:
		return rule_find(json_object_get(ty_step_raw_params(step), "rules"),
				 p->fallback_output);
	default:
		return SIZE_MAX;
	}
}

static enum ty_code
switch_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct switch_params *p = ty_step_params(step, i);
	const struct rule *rules = p->rules.items;
	bool is_taken = false;
	size_t port;

	for (size_t out = 0; out < p->rules.count; out++) {
		if (!rules[out].condition)
			continue;
		if (ty_step_pass(step, out, i, err) != TY_OK)
			return err->code;
		is_taken = true;
		if (!p->all_matches)
			break;
	}
	port = is_taken ? SIZE_MAX : fallback_port(step, p);
	return port == SIZE_MAX ? TY_OK : ty_step_pass(step, port, i, err);
}
