/*
 * json_text.c -- a template that is JSON with values put in: {"text": "{{ $json.m }}", "n": {{ $json.n }}}.
 *
 * Within a text of the JSON a value is escaped, so that a quote or a line break in it breaks nothing.
 * Elsewhere it is put in as its JSON, and a text as it stands, because it may be JSON itself
 * ({{ JSON.stringify($json.o) }}).  What is not there is nothing in a text, and null elsewhere.
 */
#include "expr/formula.h"
#include "expr/internal.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <string.h>

/* End of the text so far: within a string of the JSON, and behind a backslash in one. */
struct text_end {
	bool in_text, is_escaped;
};

static void
end_move(struct text_end *end, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (end->is_escaped)
			end->is_escaped = false;
		else if (end->in_text && s[i] == '\\')
			end->is_escaped = true;
		else if (s[i] == '"')
			end->in_text = !end->in_text;
	}
}

static void
value_add(struct ty_buf *buf, const struct text_end *end, const json_t *value)
{
	struct ty_buf text;

	if (!end->in_text) {
		if (value == NULL || json_is_null(value))
			ty_buf_add_str(buf, "null");
		else
			ty_param_text_add(buf, value);
		return;
	}
	if (json_is_string(value)) {
		ty_param_text_add_escaped(buf, json_string_value(value), json_string_length(value));
		return;
	}
	ty_buf_init(&text, buf->arena, 64);
	ty_param_text_add(&text, value);
	ty_param_text_add_escaped(buf, text.data, text.len);
}

static enum ty_code
part_value(const struct ty_expr_part *part, struct ty_arena *arena,
	   const struct ty_expr_scope *scope, const json_t **ret_value, struct ty_err *err)
{
	struct ty_formula_value value;

	if (part->kind == TY_EXPR_PART_PATH) {
		*ret_value = ty_expr_path_get(part->path, arena, scope);
	} else {
		if (ty_expr_formula_value(part->formula, arena, scope, &value, err) != TY_OK) {
			if (scope->swallow == NULL)
				return err->code;
			scope->swallow(scope->ctx, err);
			value = (struct ty_formula_value){ .type = TY_FORMULA_UNDEFINED };
		}
		*ret_value = ty_expr_formula_json(arena, &value);
	}
	if (scope->whole != NULL)
		*ret_value = scope->whole(scope->ctx, arena, *ret_value);
	return TY_OK;
}

enum ty_code
ty_expr_json_text(const struct ty_expr *expr, struct ty_arena *arena,
		  const struct ty_expr_scope *scope, const json_t *values, json_t **ret_value,
		  struct ty_err *err)
{
	struct text_end end = { false, false };
	struct ty_buf buf;
	size_t n = 0;

	ty_buf_init(&buf, arena, 128);
	for (const struct ty_expr_part *part = expr->parts; part != NULL; part = part->next) {
		const json_t *value = NULL;

		if (part->kind == TY_EXPR_PART_TEXT) {
			ty_buf_add(&buf, part->text, part->len);
			end_move(&end, part->text, part->len);
			continue;
		}
		if (values != NULL)
			value = json_array_get(values, n++);
		else if (part_value(part, arena, scope, &value, err) != TY_OK)
			return err->code;
		value_add(&buf, &end, value);
		if (ty_expr_text_check(buf.len, err) != TY_OK)
			return err->code;
	}
	*ret_value = ty_expr_own(arena, json_stringn(buf.data, buf.len));
	return TY_OK;
}

const char *
ty_expr_values_script(struct ty_arena *arena, const struct ty_expr *expr, bool is_lenient)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 128);
	for (const struct ty_expr_part *part = expr->parts; part != NULL; part = part->next) {
		if (part->kind == TY_EXPR_PART_TEXT)
			continue;
		ty_buf_add_str(&buf, buf.len == 0 ? "[" : ",");
		ty_buf_add_str(&buf, is_lenient ? "$value(" : "");
		ty_expr_part_script(&buf, part, false);
		ty_buf_add_str(&buf, is_lenient ? ")" : "");
	}
	ty_buf_add_str(&buf, "]");
	return buf.data;
}
