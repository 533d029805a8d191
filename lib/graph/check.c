/*
 * check.c -- what can be said of one node's parameters before it runs: the declared
 * rules, expressions that do not compile or name no node, code, credentials.
 *
 * A disabled node and a parameter that is not shown are left alone: they do nothing.
 */
#include "graph/checker.h"

#include "expr/expr.h"
#include "param/flag.h"
#include "param/secret.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Go one step down the path; gives what checker_pop takes to come back.  Cut to fit. */
size_t
checker_push(struct checker *c, const char *name, size_t index)
{
	size_t before = c->path_len, room = sizeof(c->path) - c->path_len;
	int n = name != NULL ? snprintf(c->path + before, room, ".%s", name)
			     : snprintf(c->path + before, room, "[%zu]", index);

	c->path_len += (size_t)n < room ? (size_t)n : room - 1;
	return before;
}

void
checker_pop(struct checker *c, size_t before)
{
	c->path_len = before;
	c->path[before] = '\0';
}

/* ---- the declared rules ---- */

/* The value at a relative path such as "rules[1].value", NULL where there is none. */
static const json_t *
check_value_at(const json_t *value, const char *path)
{
	char key[128];

	while (value != NULL && *path != '\0') {
		size_t len = strcspn(path, ".[");

		if (*path == '[') {
			value = json_array_get(value, strtoul(path + 1, NULL, 10));
			path += strcspn(path, "]");
			path += *path == ']';
		} else if (len < sizeof(key)) {
			snprintf(key, sizeof(key), "%.*s", (int)len, path);
			value = json_object_get(value, key);
			path += len;
		} else {
			return NULL;
		}
		path += *path == '.';
	}
	return value;
}

static bool
check_has_row(const struct checker *c, const char *name)
{
	for (const struct ty_param *row = c->node->def->params; row->name != NULL; row++)
		if (ty_str_eq(row->name, name))
			return true;
	return false;
}

static void
check_found(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct checker *c = ctx;
	const json_t *value = check_value_at(c->node->params, path);
	bool empty = value == NULL || json_is_null(value) ||
		     (json_is_string(value) && json_string_length(value) == 0);
	bool unknown = json_object_get(c->node->params, path) != NULL && !check_has_row(c, path);

	ty_graph_report_add(c->report,
			    empty && !unknown ? TY_FINDING_MISSING_PARAM : TY_FINDING_INVALID_PARAM,
			    c->node->id,
			    ty_arena_printf(c->report->arena, "%s%s%s", c->path,
					    *path != '\0' ? "." : "", path),
			    hint, "%s", msg);
}

static void
check_advice(void *ctx, const char *path, const char *msg, const char *hint)
{
	struct checker *c = ctx;

	ty_graph_report_add(c->report, TY_FINDING_DOUBTFUL_PARAM, c->node->id,
			    ty_arena_printf(c->report->arena, "%s.%s", c->path, path), hint, "%s",
			    msg);
}

/* ---- expressions and code ---- */

static void
check_reference(struct checker *c, const char *name)
{
	const struct ty_graph_node *other = ty_graph_node_find_name(c->graph, name);

	if (other == NULL) {
		ty_graph_report_add(c->report, TY_FINDING_UNKNOWN_REFERENCE, c->node->id, c->path,
				    NULL,
				    "the expression refers to node \"%.80s\", which is not "
				    "in this workflow",
				    name);
		return;
	}
	/* A loop's own parameters are settled before its first iteration. */
	if (other == c->node || ty_graph_loop_has(c->graph, c->node, other)) {
		if (c->node->def->flags & TY_NODE_LOOP)
			ty_graph_report_add(c->report, TY_FINDING_LOOP_CONDITION, c->node->id,
					    c->path, NULL,
					    "the loop's own parameter depends on \"%.80s\", which "
					    "runs only within the loop",
					    name);
	}
	if (c->before == NULL) {
		c->before = ty_arena_alloc_array(c->report->arena, c->graph->node_count + 1,
						 sizeof(bool));
		ty_graph_reach_back(c->graph, c->node, c->before);
	}
	if (!c->before[other - c->graph->nodes])
		ty_graph_report_add(c->report, TY_FINDING_NOT_BEFORE, c->node->id, c->path, NULL,
				    "the expression refers to node \"%.80s\", which does not lead "
				    "to this one",
				    name);
}

void
checker_script(struct checker *c, enum ty_finding kind, const char *script, bool body)
{
	struct ty_err err;
	enum ty_code code;

	if (c->ops->script_check == NULL)
		return;
	ty_err_clear(&err);
	code = c->ops->script_check(c->ops->ctx, script, body, &err);
	if (code == TY_OK)
		return;
	if (code == TY_E_INVALID) {
		ty_graph_report_add(c->report, kind, c->node->id, c->path, err.hint, "%s", err.msg);
		return;
	}
	/* The checker itself failed: say so once, and do not wait for it again and again. */
	ty_graph_report_add(c->report, TY_FINDING_NOT_CHECKED, c->node->id, c->path, err.hint,
			    "scripts could not be checked from here on: %s", err.msg);
	c->ops->script_check = NULL;
}

/* ---- headers that a webhook does not keep ---- */

/*
 * Does a webhook strip the header, and is nothing else there that has "headers"?  An http.request
 * with the whole response has, of the server's.
 */
static bool
header_is_stripped(const struct ty_graph *graph, const char *name)
{
	bool has_webhook = false;

	for (size_t i = 0; i < graph->node_count; i++) {
		const struct ty_graph_node *node = &graph->nodes[i];

		if (json_is_true(json_object_get(node->params, "full_response")))
			return false;
		if (!ty_node_claims(node->def, TY_TRIGGER_WEBHOOK))
			continue;
		has_webhook = true;
		if (ty_str_list_has(
			    json_string_value(json_object_get(node->params, "keep_headers")), name))
			return false;
	}
	return has_webhook;
}

/* The name in "headers['x-a']", "headers.cookie" or "headers?.["x-a"]", from behind "headers". */
static bool
header_name_at(const char *at, char *out, size_t size)
{
	size_t len;
	char quote;

	at += strncmp(at, "?.", 2) == 0 ? 2 : 0;
	if (*at == '[') {
		at += 1 + strspn(at + 1, " ");
		quote = *at;
		if (quote != '\'' && quote != '"' && quote != '`')
			return false;
		len = strcspn(++at, "'\"`");
	} else {
		at += *at == '.';
		len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	}
	if (len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static void
check_headers(struct checker *c, const char *src)
{
	const char *at = src;
	char name[100];

	while ((at = strstr(at, "headers")) != NULL) {
		at += strlen("headers");
		if (!header_name_at(at, name, sizeof(name)) || !ty_secret_header_is(name) ||
		    !header_is_stripped(c->graph, name))
			continue;
		ty_graph_report_add(c->report, TY_FINDING_STRIPPED_HEADER, c->node->id, c->path,
				    NULL,
				    "the webhook leaves out the header \"%s\", whose name looks "
				    "like a secret's",
				    name);
	}
}

static bool
node_is_called(const struct ty_graph_node *node)
{
	return node->def != NULL && node->def->is_called != NULL && !node->disabled &&
	       node->def->is_called(node->params);
}

/* Does a way lead from the node to a wait that ends at an address, or is it one? */
static bool
leads_to_wait(const struct ty_graph *graph, const struct ty_graph_node *node, bool *seen)
{
	size_t at = (size_t)(node - graph->nodes);

	if (node_is_called(node))
		return true;
	seen[at] = true;
	for (size_t i = graph->out_begin[at]; i < graph->out_begin[at + 1]; i++) {
		const struct ty_graph_node *to = graph->out_edges[i]->to;

		if (!seen[to - graph->nodes] && leads_to_wait(graph, to, seen))
			return true;
	}
	return false;
}

/* An address that is undefined goes out in a mail, and nobody can answer that. */
static void
check_address(struct checker *c, const char *src)
{
	bool *seen;

	if (strstr(src, "$execution.resumeUrl") == NULL &&
	    strstr(src, "$execution.resumeFormUrl") == NULL)
		return;
	seen = ty_arena_alloc_array(c->report->arena, c->graph->node_count, sizeof(*seen));
	if (!leads_to_wait(c->graph, c->node, seen))
		ty_graph_report_add(
			c->report, TY_FINDING_DOUBTFUL_PARAM, c->node->id, c->path,
			"Connect a core.wait behind it that waits for a call or a form",
			"$execution.resumeUrl is undefined here: no wait for a call or a "
			"form lies ahead");
}

static void
check_var(void *ctx, const char *name)
{
	struct checker *c = ctx;

	if (c->ops->variable_is_known(c->ops->ctx, name))
		return;
	ty_graph_report_add(
		c->report, TY_FINDING_UNKNOWN_VARIABLE, c->node->id, c->path, NULL,
		"there is no variable \"%.60s\" in this workspace: $vars.%.60s is undefined", name,
		name);
}

static void
check_vars(struct checker *c, const char *src)
{
	if (c->ops->variable_is_known != NULL)
		ty_expr_each_member(c->report->arena, src, "$vars", check_var, c);
}

void
checker_expr(struct checker *c, const char *src)
{
	const struct ty_expr *expr;
	struct ty_err err;

	check_headers(c, src);
	check_address(c, src);
	check_vars(c, src);
	ty_err_clear(&err);
	if (ty_expr_parse(c->report->arena, src, &expr, &err) != TY_OK) {
		ty_graph_report_add(c->report, TY_FINDING_BAD_EXPRESSION, c->node->id, c->path,
				    err.hint, "%s", err.msg);
		return;
	}
	for (size_t i = 0; i < ty_expr_node_count(expr); i++)
		check_reference(c, ty_expr_node_name(expr, i));
	if (!ty_expr_is_plain(expr))
		checker_script(c, TY_FINDING_BAD_EXPRESSION, ty_expr_script(expr), false);
}

/* ---- credentials ---- */

/* Is 'type' one of a row's "type,type"?  No list takes any. */
static bool
check_type_is_listed(const char *list, const char *type)
{
	size_t len = strlen(type);

	for (; list != NULL && *list != '\0'; list += *list == ',') {
		list += strspn(list, " ");
		if (strncmp(list, type, len) == 0 && strchr(", ", list[len]) != NULL)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

static void
check_credential(struct checker *c, const struct ty_param *row, const char *id)
{
	const char *types = row->credential_type != NULL ? row->credential_type
							 : c->node->def->credential_types;
	const char *type;

	if (c->ops->credential_type == NULL || *id == '\0')
		return;
	type = c->ops->credential_type(c->ops->ctx, id);
	if (type == NULL)
		ty_graph_report_add(c->report, TY_FINDING_MISSING_CREDENTIAL, c->node->id, c->path,
				    NULL, "there is no credential \"%.60s\" in this workspace", id);
	else if (types != NULL && !check_type_is_listed(types, type))
		ty_graph_report_add(c->report, TY_FINDING_WRONG_CREDENTIAL, c->node->id, c->path,
				    NULL, "the credential is of type \"%.60s\", the node takes %s",
				    type, types);
}

static void
check_workflow(struct checker *c, const char *id)
{
	const char *fault;

	if (c->ops->workflow_fault == NULL || *id == '\0')
		return;
	fault = c->ops->workflow_fault(c->ops->ctx, id, TY_RUN_START_CALL);
	if (fault != NULL)
		ty_graph_report_add(c->report, TY_FINDING_MISSING_WORKFLOW, c->node->id, c->path,
				    NULL, "%s", fault);
}

/* ---- text that looks like an expression, and expressions that look like JSON ---- */

void
checker_literal(struct checker *c, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text != NULL && strstr(text, "{{") != NULL)
		ty_graph_report_add(c->report, TY_FINDING_TEXT_WITH_BRACES, c->node->id, c->path,
				    NULL,
				    "the text has {{ in it and does not begin with =, so it is "
				    "used as it stands");
}

/* A value with a quote or a line break in it would end the JSON that is written round it. */
static void
check_written_json(struct checker *c, const char *src)
{
	const char *text = src + 1 + strspn(src + 1, " \t\r\n");

	if (*text != '[' && (*text != '{' || text[1] == '{'))
		return;
	if (strstr(text, "{{") != NULL)
		ty_graph_report_add(c->report, TY_FINDING_TEXT_IN_JSON, c->node->id, c->path, NULL,
				    "the JSON is written as text round its values: one with a "
				    "quote or a line break in it breaks it");
}

/* ---- the walk ---- */

/* Any JSON: every string in it may be an expression, as the engine resolves them. */
static void
check_json(struct checker *c, const json_t *value)
{
	const json_t *child;
	const char *key;
	size_t i, at;

	if (ty_expr_is(value))
		checker_expr(c, json_string_value(value));
	else
		checker_literal(c, value);
	json_array_foreach((json_t *)value, i, child)
	{
		at = checker_push(c, NULL, i);
		check_json(c, child);
		checker_pop(c, at);
	}
	if (!json_is_object(value))
		return;
	json_t *member;
	json_object_foreach((json_t *)value, key, member)
	{
		at = checker_push(c, key, 0);
		check_json(c, member);
		checker_pop(c, at);
	}
}

static void check_table(struct checker *c, const struct ty_param *table, const json_t *values);

static void
check_row(struct checker *c, const struct ty_param *row, const json_t *values)
{
	bool takes_expr = (row->flags & TY_PARAM_EXPR) && row->type != TY_PARAM_CODE;
	const json_t *value = json_object_get(values, row->name), *entry;
	size_t i;

	if (takes_expr && ty_expr_is(value)) {
		checker_expr(c, json_string_value(value));
		/* A "type" beside a value says what it becomes; of text that is to be text nothing is told. */
		if (row->type == TY_PARAM_JSON &&
		    (row->flags & (TY_PARAM_JSON_TEXT | TY_PARAM_TEXTS)) == 0 &&
		    ty_str_eq(ty_json_str(values, "type", "json"), "json"))
			check_written_json(c, json_string_value(value));
	} else if (row->type == TY_PARAM_CODE && json_is_string(value)) {
		check_headers(c, json_string_value(value));
		check_address(c, json_string_value(value));
		check_vars(c, json_string_value(value));
		checker_script(c, TY_FINDING_BAD_CODE, json_string_value(value), true);
	} else if (row->type == TY_PARAM_CREDENTIAL && json_is_string(value)) {
		check_credential(c, row, json_string_value(value));
	} else if ((row->flags & TY_PARAM_CALLED) != 0 && json_is_string(value)) {
		check_workflow(c, json_string_value(value));
	} else if (row->type == TY_PARAM_JSON && takes_expr && (row->flags & TY_PARAM_TEXTS) == 0) {
		check_json(c, value);
	} else if (row->type == TY_PARAM_CONDITION && json_is_object(value)) {
		checker_condition(c, value);
	} else if (row->type == TY_PARAM_LIST) {
		json_array_foreach((json_t *)value, i, entry)
		{
			size_t at = checker_push(c, NULL, i);

			check_table(c, row->fields, entry);
			checker_pop(c, at);
		}
	} else if (takes_expr) {
		checker_literal(c, value);
	}
}

static void
check_table(struct checker *c, const struct ty_param *table, const json_t *values)
{
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++) {
		const json_t *value = json_object_get(values, row->name);
		size_t at;

		if (value == NULL || !ty_param_is_shown(table, row, values))
			continue;
		at = checker_push(c, row->name, 0);
		check_row(c, row, values);
		checker_pop(c, at);
	}
}

void
ty_graph_check_params(const struct ty_graph *graph, const struct ty_graph_node *node,
		      struct ty_validate_ops *ops, struct ty_graph_report *report)
{
	struct checker c = { .graph = graph, .node = node, .ops = ops, .report = report };

	c.path_len = (size_t)snprintf(c.path, sizeof(c.path), "nodes[%zu].params", node->index);
	ty_param_check(node->def->params, node->params, check_found, &c);
	if (node->def->check != NULL)
		node->def->check(node->def, node->params, check_found, &c);
	if (node->def->advise != NULL)
		node->def->advise(node->def, node->params, check_advice, &c);
	check_table(&c, node->def->params, node->params);
}
