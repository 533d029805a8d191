/*
 * resolve.c -- a plain expression's value: a path's, a formula's, or a template joined.
 */
#include "expr/formula.h"
#include "expr/internal.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <math.h>
#include <string.h>

/* Put the data of payload references back into a value, because its text must not show references. */
static const json_t *
whole(const json_t *value, struct ty_arena *arena, const struct ty_expr_scope *scope)
{
	return scope->whole != NULL && value != NULL ? scope->whole(scope->ctx, arena, value)
						     : value;
}

static enum ty_code
resolve_part(const struct ty_expr_part *part, struct ty_arena *arena,
	     const struct ty_expr_scope *scope, struct ty_buf *buf, struct ty_err *err)
{
	struct ty_formula_value value;

	if (part->kind == TY_EXPR_PART_TEXT) {
		ty_buf_add(buf, part->text, part->len);
	} else if (part->kind == TY_EXPR_PART_PATH) {
		ty_param_text_add(buf,
				  whole(ty_expr_path_get(part->path, arena, scope), arena, scope));
	} else {
		if (ty_expr_formula_value(part->formula, arena, scope, &value, err) == TY_OK) {
			value.json = whole(value.json, arena, scope);
			ty_expr_formula_join(buf, &value);
		} else if (scope->swallow != NULL)
			scope->swallow(scope->ctx, err);
		else
			return err->code;
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
		if (ty_expr_text_check(buf.len, err) != TY_OK)
			return err->code;
	}
	*ret_value = ty_expr_own(arena, json_stringn(buf.data, buf.len));
	return TY_OK;
}

json_t *
ty_expr_odd_number(struct ty_arena *arena, const char *word)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
	char text[] = { TY_JSON_NUMBER_MARK, '-', 'I', 'n', 'f', 'i', 'n', 'i', 't', 'y', '\0' };

	for (size_t i = 0; i < TY_ARRAY_COUNT(words); i++) {
		if (strcmp(words[i], word) != 0)
			continue;
		memcpy(text + 1, word, strlen(word) + 1); /* the longest is there already */
		return ty_expr_own(arena, json_stringn_nocheck(text, strlen(text)));
	}
	return NULL;
}

static json_t *
formula_json(const struct ty_formula_value *value, struct ty_arena *arena,
	     const struct ty_expr_scope *scope)
{
	if (!scope->keeps_odd || value->type != TY_FORMULA_NUMBER || value->json != NULL ||
	    isfinite(value->number))
		return (json_t *)ty_expr_formula_json(arena, value);
	return ty_expr_odd_number(arena, isnan(value->number) ? "NaN"
					 : value->number > 0  ? "Infinity"
							      : "-Infinity");
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
		if (ty_expr_formula_value(expr->parts->formula, arena, scope, &value, err) !=
		    TY_OK) {
			if (scope->swallow == NULL)
				return err->code;
			scope->swallow(scope->ctx, err);
			value = (struct ty_formula_value){ .type = TY_FORMULA_UNDEFINED };
		}
		*ret_value = formula_json(&value, arena, scope);
		return TY_OK;
	}
	return resolve_template(expr, arena, scope, ret_value, err);
}
