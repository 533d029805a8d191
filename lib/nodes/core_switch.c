/*
 * core.switch -- send each item to the output of the first rule that holds.
 *
 * Invariants:
 *   (1) An item leaves on at most one port; on none only where no rule holds and there
 *       is no fallback.
 *   (2) A port's name is its rule's label, or the rule's number where it has none: an
 *       edge names it, so moving a rule moves no edge.
 */
#include "base/arena.h"
#include "nodes/nodes.h"

#include <stdio.h>
#include <string.h>

enum { FALLBACK_NONE, FALLBACK_EXTRA };

struct rule {
	bool condition;
	const char *output;
};

struct switch_params {
	struct ty_param_list rules;
	int fallback;
};

static const struct ty_choice switch_fallbacks[] = {
	[FALLBACK_NONE] = { "none", "Drop the item" },
	[FALLBACK_EXTRA] = { "extra", "Extra output" },
	{ NULL, NULL },
};

static const struct ty_param rule_rows[] = {
	TY_ROW_BOOL(struct rule, condition, "Condition", .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
		    .help = "The first rule that holds takes the item."),
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
	.params = TY_PARAMS(TY_ROW_LIST(struct switch_params, rules, rule_rows, struct rule, 50,
					"Rules", .flags = TY_PARAM_REQUIRED),
			    TY_ROW_ENUM(struct switch_params, fallback, switch_fallbacks,
					"Where no rule holds", .def = "none")),
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

static void
switch_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	     void *ctx)
{
	const json_t *rules = json_object_get(params, "rules");

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

static enum ty_code
switch_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct switch_params *p = ty_step_params(step, i);
	const struct rule *rules = p->rules.items;
	size_t out = 0;

	while (out < p->rules.count && !rules[out].condition)
		out++;
	if (out == p->rules.count && p->fallback == FALLBACK_NONE)
		return TY_OK;
	return ty_step_pass(step, out, i, err);
}
