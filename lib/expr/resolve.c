/*
 * resolve.c -- follow plain paths through a scope, compute formulas, and join templates.
 *
 * Runs once per item and expression: a path allocates nothing.
 */
#include "expr/formula.h"
#include "expr/internal.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

#include <string.h>

static void
resolve_decref(void *json)
{
	json_decref(json);
}

json_t *
ty_expr_own(struct ty_arena *arena, json_t *new_ref)
{
	TY_ASSERT(new_ref != NULL);
	ty_arena_defer(arena, resolve_decref, new_ref);
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
resolve_utf8_len(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/*
 * s[index] as JavaScript counts, in UTF-16 units.  Half of a surrogate pair has no
 * UTF-8: it becomes U+FFFD.
 */
static const json_t *
resolve_char(struct ty_arena *arena, const json_t *string, int64_t index)
{
	const char *s = json_string_value(string);
	size_t len = json_string_length(string);

	for (size_t i = 0; i < len;) {
		size_t n = resolve_utf8_len((unsigned char)s[i]);
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
resolve_step(struct ty_arena *arena, const json_t *value, const struct ty_expr_step *step)
{
	if (json_is_object(value))
		return json_object_get(value, step->key);
	if (step->index < 0)
		return NULL;
	if (json_is_array(value))
		return json_array_get(value, (size_t)step->index);
	if (json_is_string(value))
		return resolve_char(arena, value, step->index);
	return NULL;
}

static const json_t *
resolve_root(const struct ty_expr_path *path, struct ty_arena *arena,
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
	const json_t *value = ty_expr_deref(scope, resolve_root(path, arena, scope));

	for (size_t i = 0; value != NULL && i < path->step_count; i++)
		value = ty_expr_deref(scope, resolve_step(arena, value, &path->steps[i]));
	return value;
}

/* "undefined is not an object (evaluating '$json.a.b')", in JavaScriptCore's words. */
static enum ty_code
resolve_thrown(const struct ty_expr_path *path, const json_t *value, size_t end, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INVALID, "TypeError: %s is not an object (evaluating '%.*s')",
			  value == NULL ? "undefined" : "null", (int)end, path->code);
}

enum ty_code
ty_expr_path_get_strict(const struct ty_expr_path *path, struct ty_arena *arena,
			const struct ty_expr_scope *scope, const json_t **ret_value,
			struct ty_err *err)
{
	const json_t *value = ty_expr_deref(scope, resolve_root(path, arena, scope));

	/* $('Node').item is undefined where no item of it led here, so it has no json. */
	if (value == NULL && path->root == TY_EXPR_ROOT_NODE)
		return resolve_thrown(path, NULL, path->root_len, err);
	for (size_t i = 0; i < path->step_count; i++) {
		const struct ty_expr_step *step = &path->steps[i];

		if (value == NULL || json_is_null(value)) {
			if (!step->optional)
				return resolve_thrown(path, value, step->end, err);
			value = NULL;
			break;
		}
		value = ty_expr_deref(scope, resolve_step(arena, value, step));
	}
	*ret_value = value;
	return TY_OK;
}

static enum ty_code
resolve_part(const struct ty_expr_part *part, struct ty_arena *arena,
	     const struct ty_expr_scope *scope, struct ty_buf *buf, struct ty_err *err)
{
	struct ty_formula_value value;

	if (part->kind == TY_EXPR_PART_TEXT) {
		ty_buf_add(buf, part->text, part->len);
	} else if (part->kind == TY_EXPR_PART_PATH) {
		ty_param_text_add(buf, ty_expr_path_get(part->path, arena, scope));
	} else {
		if (ty_expr_formula_value(part->formula, arena, scope, &value, err) != TY_OK)
			return err->code;
		ty_expr_formula_join(buf, &value);
	}
	return TY_OK;
}

static enum ty_code
resolve_template(const struct ty_expr *expr, struct ty_arena *arena,
		 const struct ty_expr_scope *scope, json_t **ret_value, struct ty_err *err)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 128);
	for (const struct ty_expr_part *part = expr->parts; part != NULL; part = part->next) {
		if (resolve_part(part, arena, scope, &buf, err) != TY_OK)
			return err->code;
		/* A few braces can repeat a large value many times. */
		if (buf.len > TY_LIMIT_STEP_BYTES)
			return ty_err_set(err, TY_E_INVALID,
					  "the text of the expression is longer than %d bytes",
					  TY_LIMIT_STEP_BYTES);
	}
	*ret_value = ty_expr_own(arena, json_stringn(buf.data, buf.len));
	return TY_OK;
}

enum ty_code
ty_expr_resolve(const struct ty_expr *expr, struct ty_arena *arena,
		const struct ty_expr_scope *scope, json_t **ret_value, struct ty_err *err)
{
	struct ty_formula_value value;

	if (!expr->plain)
		return ty_err_set(err, TY_E_INVALID, "the expression needs the script engine");
	if (expr->kind == TY_EXPR_PATH) {
		*ret_value = (json_t *)ty_expr_path_get(expr->parts->path, arena, scope);
		return TY_OK;
	}
	if (expr->kind == TY_EXPR_FORMULA) {
		if (ty_expr_formula_value(expr->parts->formula, arena, scope, &value, err) != TY_OK)
			return err->code;
		*ret_value = (json_t *)ty_expr_formula_json(arena, &value);
		return TY_OK;
	}
	return resolve_template(expr, arena, scope, ret_value, err);
}
