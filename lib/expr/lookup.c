/*
 * lookup.c -- follow plain paths through a scope.
 *
 * Runs once per item and expression: a path allocates nothing.
 */
#include "expr/internal.h"

#include "base/arena.h"
#include "base/err.h"

#include <string.h>

static void
lookup_decref(void *json)
{
	json_decref(json);
}

json_t *
ty_expr_own(struct ty_arena *arena, json_t *new_ref)
{
	TY_ASSERT(new_ref != NULL);
	ty_arena_defer(arena, lookup_decref, new_ref);
	return new_ref;
}

/* A payload reference's value in its place. */
const json_t *
ty_expr_deref(const struct ty_expr_scope *scope, const json_t *value)
{
	const json_t *whole = NULL;

	if (json_is_object(value) && scope->deref != NULL)
		whole = scope->deref(scope->ctx, value);
	return whole != NULL ? whole : value;
}

static size_t
lookup_utf8_len(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/*
 * s[index] as JavaScript counts, in UTF-16 units.  Half of a surrogate pair has no
 * UTF-8: it becomes U+FFFD.
 */
static const json_t *
lookup_char(struct ty_arena *arena, const json_t *string, int64_t index)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string);

	for (size_t i = 0; i < len;) {
		size_t n = lookup_utf8_len((unsigned char)s[i]);
		int64_t units = n == 4 ? 2 : 1;

		if (index < units)
			return ty_expr_own(arena, n == 4 ? json_string("\xEF\xBF\xBD")
							 : json_stringn(s + i, n));
		index -= units;
		i += n;
	}
	return NULL;
}

static const json_t *
lookup_step(struct ty_arena *arena, const json_t *value, const struct ty_expr_step *step)
{
	if (json_is_object(value))
		return json_object_get(value, step->key);
	if (step->index < 0)
		return NULL;
	if (json_is_array(value))
		return json_array_get(value, (size_t)step->index);
	if (json_is_string(value))
		return lookup_char(arena, value, step->index);
	return NULL;
}

static const json_t *
lookup_root(const struct ty_expr_path *path, struct ty_arena *arena,
	    const struct ty_expr_scope *scope)
{
	const json_t *item;

	switch (path->root) {
	case TY_EXPR_ROOT_JSON:
		return json_object_get(scope->item, "json");
	case TY_EXPR_ROOT_ITEM_INDEX:
		return ty_expr_own(arena, json_integer((json_int_t)scope->index));
	case TY_EXPR_ROOT_VARS:
		return scope->vars;
	case TY_EXPR_ROOT_EXECUTION:
		return scope->execution;
	case TY_EXPR_ROOT_WORKFLOW:
		return scope->workflow;
	case TY_EXPR_ROOT_NODE:
		item = scope->node_item != NULL ? scope->node_item(scope->ctx, path->node) : NULL;
		return json_object_get(item, "json");
	}
	return NULL;
}

const json_t *
ty_expr_path_get(const struct ty_expr_path *path, struct ty_arena *arena,
		 const struct ty_expr_scope *scope)
{
	const json_t *value = ty_expr_deref(scope, lookup_root(path, arena, scope));

	for (size_t i = 0; value != NULL && i < path->step_count; i++)
		value = ty_expr_deref(scope, lookup_step(arena, value, &path->steps[i]));
	return value;
}

/* "undefined is not an object (evaluating '$json.a.b')", in JavaScriptCore's words. */
static enum ty_code
lookup_thrown(const struct ty_expr_path *path, const json_t *value, size_t end, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INVALID, "TypeError: %s is not an object (evaluating '%.*s')",
			  value == NULL ? "undefined" : "null", (int)end, path->code);
}

enum ty_code
ty_expr_path_get_strict(const struct ty_expr_path *path, struct ty_arena *arena,
			const struct ty_expr_scope *scope, const json_t **ret_value,
			struct ty_err *err)
{
	const json_t *value = ty_expr_deref(scope, lookup_root(path, arena, scope));

	/* $('Node').item is undefined where no item of it led here, so it has no json. */
	if (value == NULL && path->root == TY_EXPR_ROOT_NODE)
		return lookup_thrown(path, NULL, path->root_len, err);
	for (size_t i = 0; i < path->step_count; i++) {
		const struct ty_expr_step *step = &path->steps[i];

		if (value == NULL || json_is_null(value)) {
			if (!step->optional)
				return lookup_thrown(path, value, step->end, err);
			value = NULL;
			break;
		}
		value = ty_expr_deref(scope, lookup_step(arena, value, step));
	}
	*ret_value = value;
	return TY_OK;
}
