/*
 * template.c -- a node's raw parameters, taken apart once: what is constant stays
 * the graph's own json_t, what is an expression becomes a hole to be filled per item.
 *
 * Which strings are expressions is the parameter table's to say (TY_PARAM_EXPR): a
 * code parameter that happens to start with '=' is left alone, and a parameter that
 * is not shown is not evaluated at all.
 *
 * Memory: the plan's arena; constants are borrowed from the graph.
 */
#include "engine/condition.h"
#include "engine/private.h"
#include "param/flag.h"

#include <stdio.h>
#include <string.h>

struct compiler {
	struct ty_arena *arena;
	const struct ty_graph *graph;
	struct plan_node *node;
	struct hole *holes;
	size_t hole_cap;
	const char **names;
	size_t name_cap;
	struct late *late;
	size_t late_cap;
	struct ty_err *err;
};

static enum ty_code compile_table(struct compiler *c, const struct ty_param *table,
				  const char *path, json_t *values, struct template *out);

/* ---- does an expression see the item? ---- */

static bool
word_follows(const char *s, const char *word)
{
	size_t len = strlen(word);
	char next;

	if (strncmp(s, word, len) != 0)
		return false;
	next = s[len];
	return !(next == '_' || next == '$' || (next >= '0' && next <= '9') ||
		 (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
}

/*
 * Conservative: true unless the source plainly names nothing that differs between
 * items.  Being wrong this way costs time, the other way would cost the truth; so
 * whatever could build a name at run time counts too.
 */
bool
template_is_per_item(const char *src)
{
	static const char *const same[] = { "vars", "execution", "workflow", "now", "today" };
	static const char *const dynamic[] = { "eval",	 "Function",	"this",	  "globalThis",
					       "random", "constructor", "import", "\\" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(dynamic); i++)
		if (strstr(src, dynamic[i]) != NULL)
			return true;
	for (const char *at = strchr(src, '$'); at != NULL; at = strchr(at + 1, '$')) {
		bool known = false;

		for (size_t i = 0; i < TY_ARRAY_COUNT(same) && !known; i++)
			known = word_follows(at + 1, same[i]);
		if (!known)
			return true;
	}
	return false;
}

/* ---- holes ---- */

static void
name_add(struct compiler *c, const char *name)
{
	struct plan_node *node = c->node;

	for (size_t i = 0; i < node->name_count; i++)
		if (strcmp(c->names[i], name) == 0)
			return;
	c->names = ty_arena_grow(c->arena, c->names, node->name_count, &c->name_cap,
				 sizeof(*c->names));
	c->names[node->name_count++] = name;
	node->names = c->names;
}

static struct hole *
hole_add(struct compiler *c)
{
	struct plan_node *node = c->node;

	c->holes = ty_arena_grow(c->arena, c->holes, node->hole_count, &c->hole_cap,
				 sizeof(*c->holes));
	node->holes = c->holes;
	return &c->holes[node->hole_count++];
}

static void
names_add(struct compiler *c, const struct ty_expr *expr)
{
	for (size_t i = 0; i < ty_expr_node_count(expr); i++)
		name_add(c, ty_expr_node_name(expr, i));
}

enum ty_code
template_expr_parse(struct compiler *c, const char *path, const char *src,
		    const struct ty_expr **ret_expr)
{
	if (ty_expr_parse(c->arena, src, ret_expr, c->err) != TY_OK)
		return ty_err_at(c->err, "%s", path);
	for (size_t i = 0; i < ty_expr_node_count(*ret_expr); i++)
		if (ty_graph_node_find_name(c->graph, ty_expr_node_name(*ret_expr, i)) == NULL) {
			ty_err_set(c->err, TY_E_INVALID, "there is no node named \"%.80s\"",
				   ty_expr_node_name(*ret_expr, i));
			ty_err_hint(c->err, "Name a node of this workflow as it is spelt there.");
			return ty_err_at(c->err, "%s", path);
		}
	return TY_OK;
}

static size_t
hole_add_as(struct compiler *c, const struct hole *hole)
{
	*hole_add(c) = *hole;
	c->node->per_item = c->node->per_item || hole->per_item;
	return c->node->hole_count - 1;
}

static size_t
expr_add(struct compiler *c, struct hole hole)
{
	hole.script = HOLE_PLAIN;
	if (!ty_expr_is_plain(hole.expr)) {
		hole.script = c->node->script_count++;
		hole.code = hole.is_json_text ? ty_expr_values_script(c->arena, hole.expr,
								      template_is_lenient(c))
					      : ty_expr_script(hole.expr);
		names_add(c, hole.expr);
	}
	return hole_add_as(c, &hole);
}

static enum ty_code
compile_expr(struct compiler *c, const struct ty_param *row, const char *path, const char *src,
	     struct template *out)
{
	bool secret = row != NULL && (row->flags & TY_PARAM_SECRET) != 0;
	const struct ty_expr *expr;

	if (template_expr_parse(c, path, src, &expr) != TY_OK)
		return c->err->code;
	out->kind = TEMPLATE_HOLE;
	out->hole = expr_add(
		c, (struct hole){ .expr = expr,
				  .shown = secret ? "not shown, for it is a secret" : src,
				  .path = path,
				  /* "=" alone is an emptied field */
				  .row = ty_expr_kind(expr) != TY_EXPR_LITERAL ? row : NULL,
				  .is_json_text = row != NULL &&
						  (row->flags & TY_PARAM_JSON_TEXT) != 0 &&
						  ty_expr_kind(expr) == TY_EXPR_TEMPLATE,
				  .per_item = template_is_per_item(src) });
	return TY_OK;
}

/* The node asks for it: its source is a constant. */
static enum ty_code
compile_late(struct compiler *c, const struct ty_param *row, const char *path, const char *src)
{
	struct plan_node *node = c->node;
	const struct ty_expr *expr;

	if (template_expr_parse(c, path, src, &expr) != TY_OK)
		return c->err->code;
	names_add(c, expr);
	c->late =
		ty_arena_grow(c->arena, c->late, node->late_count, &c->late_cap, sizeof(*c->late));
	c->late[node->late_count++] =
		(struct late){ .name = row->name, .code = ty_expr_script(expr) };
	node->late = c->late;
	return TY_OK;
}

/* ---- for conditions ---- */

bool
template_is_lenient(const struct compiler *c)
{
	return ty_graph_is_lenient(c->graph);
}

struct ty_arena *
template_arena(struct compiler *c)
{
	return c->arena;
}

struct ty_err *
template_err(struct compiler *c)
{
	return c->err;
}

const struct hole *
template_hole(struct compiler *c, size_t hole)
{
	return &c->holes[hole];
}

void
template_set_per_item(struct compiler *c, size_t hole)
{
	c->holes[hole].per_item = true;
	c->node->per_item = true;
}

size_t
template_expr(struct compiler *c, const char *path, const char *src, const struct ty_expr *expr)
{
	return expr_add(c, (struct hole){ .expr = expr,
					  .shown = src,
					  .path = path,
					  .keeps_odd = true,
					  .per_item = template_is_per_item(src) });
}

void
template_names(struct compiler *c, const struct ty_expr *expr)
{
	if (expr != NULL)
		names_add(c, expr);
}

size_t
template_script(struct compiler *c, const struct hole *hole)
{
	size_t at = hole_add_as(c, hole);

	c->holes[at].script = c->node->script_count++;
	return at;
}

size_t
template_verdict(struct compiler *c, const struct hole *hole)
{
	size_t at = hole_add_as(c, hole);

	c->holes[at].script = HOLE_PLAIN;
	return at;
}

/* ---- the walk ---- */

/* Any JSON: every string in it that is an expression. */
static enum ty_code
compile_json(struct compiler *c, const char *path, json_t *value, struct template *out)
{
	size_t holes = c->node->hole_count, i = 0;
	struct template *children = NULL;
	const char *key;
	json_t *child;

	*out = (struct template){ .kind = TEMPLATE_CONST, .key = out->key, .value = value };
	if (ty_expr_is(value))
		return compile_expr(c, NULL, path, json_string_value(value), out);
	if (json_is_array(value)) {
		children =
			ty_arena_alloc_array(c->arena, json_array_size(value), sizeof(*children));
		for (; i < json_array_size(value); i++)
			if (compile_json(c, ty_arena_printf(c->arena, "%s[%zu]", path, i),
					 json_array_get(value, i), &children[i]) != TY_OK)
				return c->err->code;
	} else if (json_is_object(value)) {
		children =
			ty_arena_alloc_array(c->arena, json_object_size(value), sizeof(*children));
		json_object_foreach(value, key, child)
		{
			children[i].key = key;
			if (compile_json(c, ty_arena_printf(c->arena, "%s.%s", path, key), child,
					 &children[i]) != TY_OK)
				return c->err->code;
			i++;
		}
	}
	if (c->node->hole_count > holes) {
		out->kind = json_is_array(value) ? TEMPLATE_ARRAY : TEMPLATE_OBJECT;
		out->children = children;
		out->count = i;
	}
	return TY_OK;
}

static enum ty_code
compile_list(struct compiler *c, const struct ty_param *row, const char *path, json_t *list,
	     struct template *out)
{
	size_t holes = c->node->hole_count;
	struct template *children;

	*out = (struct template){ .kind = TEMPLATE_CONST, .key = out->key, .value = list };
	children = ty_arena_alloc_array(c->arena, json_array_size(list), sizeof(*children));
	for (size_t i = 0; i < json_array_size(list); i++)
		if (compile_table(c, row->fields, ty_arena_printf(c->arena, "%s[%zu].", path, i),
				  json_array_get(list, i), &children[i]) != TY_OK)
			return c->err->code;
	if (c->node->hole_count > holes) {
		out->kind = TEMPLATE_ARRAY;
		out->children = children;
		out->count = json_array_size(list);
	}
	return TY_OK;
}

static enum ty_code
compile_value(struct compiler *c, const struct ty_param *row, const char *path, json_t *value,
	      struct template *out)
{
	bool takes_expr = row != NULL && (row->flags & TY_PARAM_EXPR) != 0;

	if (takes_expr && ty_expr_is(value) && (row->flags & TY_PARAM_LATE) == 0)
		return compile_expr(c, row, path, json_string_value(value), out);
	if (takes_expr && ty_expr_is(value) &&
	    compile_late(c, row, path, json_string_value(value)) != TY_OK)
		return c->err->code;
	if (row != NULL && row->type == TY_PARAM_LIST && json_is_array(value))
		return compile_list(c, row, path, value, out);
	if (takes_expr && row->type == TY_PARAM_JSON)
		return compile_json(c, path, value, out);
	if (row != NULL && row->type == TY_PARAM_CONDITION && json_is_object(value)) {
		out->kind = TEMPLATE_HOLE;
		return condition_compile(c, path, value, &out->hole);
	}
	*out = (struct template){ .kind = TEMPLATE_CONST, .key = out->key, .value = value };
	return TY_OK;
}

static const struct ty_param *
row_find(const struct ty_param *table, const char *name, size_t len)
{
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++)
		if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	return NULL;
}

static enum ty_code
compile_table(struct compiler *c, const struct ty_param *table, const char *path, json_t *values,
	      struct template *out)
{
	struct template *children;
	const char *key;
	json_t *value;
	size_t count = 0;

	*out = (struct template){ .kind = TEMPLATE_CONST, .key = out->key, .value = values };
	if (!json_is_object(values))
		return TY_OK;
	children = ty_arena_alloc_array(c->arena, json_object_size(values), sizeof(*children));
	json_object_foreach(values, key, value)
	{
		const struct ty_param *row = row_find(table, key, strlen(key));

		if (row != NULL && !ty_param_is_shown(table, row, values))
			continue;
		children[count].key = key;
		if (compile_value(c, row, ty_arena_printf(c->arena, "%s%s", path, key), value,
				  &children[count]) != TY_OK)
			return c->err->code;
		count++;
	}
	out->kind = TEMPLATE_OBJECT;
	out->children = children;
	out->count = count;
	return TY_OK;
}

enum ty_code
template_compile(struct ty_arena *arena, const struct ty_graph *graph, struct plan_node *node,
		 struct ty_err *err)
{
	struct compiler c = { .arena = arena, .graph = graph, .node = node, .err = err };
	struct template *root = ty_arena_new_of(arena, struct template);
	json_t *params = (json_t *)node->node->params;

	if (params == NULL)
		params = ty_json_own(arena, json_object());
	node->params = root;
	return compile_table(&c, node->node->def->params, "", params, root);
}

json_t *
template_fill(const struct template *t, json_t *const *values)
{
	json_t *made = NULL;

	switch (t->kind) {
	case TEMPLATE_CONST:
		return json_incref(t->value);
	case TEMPLATE_HOLE:
		return json_incref(values[t->hole]);
	case TEMPLATE_OBJECT:
		made = json_object();
		for (size_t i = 0; i < t->count; i++) {
			json_t *value = template_fill(&t->children[i], values);

			if (value != NULL)
				json_object_set_new_nocheck(made, t->children[i].key, value);
		}
		break;
	case TEMPLATE_ARRAY:
		made = json_array();
		for (size_t i = 0; i < t->count; i++) {
			json_t *value = template_fill(&t->children[i], values);

			json_array_append_new(made, value != NULL ? value : json_null());
		}
		break;
	}
	return made;
}
