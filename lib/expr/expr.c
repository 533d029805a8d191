/*
 * expr.c -- take a template apart, once; what is found is immutable.
 *
 * Memory: everything in the arena given to ty_expr_parse.
 */
#include "expr/formula.h"
#include "expr/internal.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <string.h>

bool
ty_expr_is(const json_t *value)
{
	return json_is_string(value) && json_string_value(value)[0] == '=';
}

static struct ty_expr_part *
expr_add_part(struct ty_arena *arena, struct ty_expr_part ***last, enum ty_expr_part_kind kind,
	      const char *text, size_t len)
{
	struct ty_expr_part *part = ty_arena_new_of(arena, struct ty_expr_part);

	part->kind = kind;
	part->text = text;
	part->len = len;
	**last = part;
	*last = &part->next;
	return part;
}

static void
expr_add_code(struct ty_arena *arena, struct ty_expr_part ***last, const char *code, size_t len)
{
	struct ty_expr_part *part = expr_add_part(arena, last, TY_EXPR_PART_SCRIPT, code, len);

	part->path = ty_expr_path_parse(arena, code, len);
	if (part->path != NULL)
		part->kind = TY_EXPR_PART_PATH;
	else if ((part->formula = ty_expr_formula_parse(arena, code, len)) != NULL)
		part->kind = TY_EXPR_PART_FORMULA;
}

/* Blanks round a lone expression are slips of the hand: a value that is no text would become one. */
static struct ty_expr_part *
expr_without_blanks(struct ty_expr_part *parts)
{
	struct ty_expr_part *lone = NULL;

	for (struct ty_expr_part *part = parts; part != NULL; part = part->next) {
		if (part->kind == TY_EXPR_PART_TEXT) {
			for (size_t i = 0; i < part->len; i++)
				if (strchr(" \t\r\n", part->text[i]) == NULL)
					return parts;
		} else if (lone != NULL) {
			return parts;
		} else {
			lone = part;
		}
	}
	if (lone == NULL)
		return parts;
	lone->next = NULL;
	return lone;
}

static enum ty_code
expr_split(const struct ty_expr_scan *scan, struct ty_expr *expr)
{
	struct ty_expr_part **last = &expr->parts;
	size_t at = 1; /* behind the '=' */

	while (at < scan->len) {
		const char *open = memmem(scan->src + at, scan->len - at, "{{", 2);
		size_t end = open != NULL ? (size_t)(open - scan->src) : scan->len;
		struct ty_expr_code code;

		if (end > at)
			expr_add_part(scan->arena, &last, TY_EXPR_PART_TEXT, scan->src + at,
				      end - at);
		if (open == NULL)
			break;
		if (ty_expr_scan_code(scan, end + 2, &code) != TY_OK)
			return scan->err->code;
		expr_add_code(scan->arena, &last, scan->src + code.begin, code.end - code.begin);
		at = code.after;
	}
	return TY_OK;
}

static void
expr_classify(struct ty_expr *expr)
{
	static const enum ty_expr_kind kinds[] = { [TY_EXPR_PART_TEXT] = TY_EXPR_LITERAL,
						   [TY_EXPR_PART_PATH] = TY_EXPR_PATH,
						   [TY_EXPR_PART_FORMULA] = TY_EXPR_FORMULA,
						   [TY_EXPR_PART_SCRIPT] = TY_EXPR_SCRIPT };
	const struct ty_expr_part *first = expr->parts;

	expr->plain = true;
	for (const struct ty_expr_part *part = first; part != NULL; part = part->next)
		expr->plain = expr->plain && part->kind != TY_EXPR_PART_SCRIPT;
	if (first == NULL)
		expr->kind = TY_EXPR_LITERAL;
	else if (first->next != NULL)
		expr->kind = TY_EXPR_TEMPLATE;
	else
		expr->kind = kinds[first->kind];
}

void
ty_expr_part_script(struct ty_buf *buf, const struct ty_expr_part *part, bool join)
{
	const char *open = join ? "$str((" : "(", *close = join ? "))" : ")";

	if (part->kind == TY_EXPR_PART_TEXT) {
		ty_expr_quote(buf, part->text, part->len);
		return;
	}
	ty_buf_add_str(buf, open);
	if (part->kind == TY_EXPR_PART_PATH)
		ty_expr_path_script(buf, part->path);
	else
		ty_buf_add(buf, part->text, part->len);
	ty_buf_add_str(buf, close);
}

/* Text and parts joined by +; $str is the sandbox's twin of ty_param_text_add. */
static const char *
expr_script(struct ty_arena *arena, const struct ty_expr *expr)
{
	bool join = expr->kind == TY_EXPR_TEMPLATE;
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 128);
	if (expr->parts == NULL)
		ty_buf_add_str(&buf, "\"\"");
	for (const struct ty_expr_part *part = expr->parts; part != NULL; part = part->next) {
		if (part != expr->parts)
			ty_buf_add_str(&buf, " + ");
		ty_expr_part_script(&buf, part, join);
	}
	return buf.data;
}

static void
expr_take_names(struct ty_arena *arena, struct ty_expr *expr, const struct ty_expr_names *names)
{
	if (names->count == 0)
		return;
	expr->names = ty_arena_alloc_array(arena, names->count, sizeof(char *));
	for (const struct ty_expr_name *name = names->first; name != NULL; name = name->next)
		expr->names[expr->name_count++] = name->name;
}

enum ty_code
ty_expr_parse(struct ty_arena *arena, const char *src, const struct ty_expr **ret_expr,
	      struct ty_err *err)
{
	size_t len = strlen(src);
	struct ty_expr_names names = { .last = &names.first };
	struct ty_expr_scan scan = { .arena = arena, .len = len, .names = &names, .err = err };
	struct ty_expr *expr;

	if (len > TY_LIMIT_EXPR_BYTES)
		return ty_err_set(err, TY_E_LIMIT, "the expression is longer than %d bytes",
				  TY_LIMIT_EXPR_BYTES);
	if (src[0] != '=')
		return ty_err_set(err, TY_E_INVALID, "an expression begins with =");
	if (!ty_str_is_utf8(src, len))
		return ty_err_set(err, TY_E_INVALID, "the expression is not UTF-8 text");
	scan.src = ty_arena_strndup(arena, src, len);
	expr = ty_arena_new_of(arena, struct ty_expr);
	if (expr_split(&scan, expr) != TY_OK)
		return err->code;
	expr->parts = expr_without_blanks(expr->parts);
	expr_classify(expr);
	expr_take_names(arena, expr, &names);
	expr->script = expr_script(arena, expr);
	*ret_expr = expr;
	return TY_OK;
}

enum ty_expr_kind
ty_expr_kind(const struct ty_expr *expr)
{
	return expr->kind;
}

bool
ty_expr_is_plain(const struct ty_expr *expr)
{
	return expr->plain;
}

size_t
ty_expr_node_count(const struct ty_expr *expr)
{
	return expr->name_count;
}

const char *
ty_expr_node_name(const struct ty_expr *expr, size_t i)
{
	TY_ASSERT(i < expr->name_count);
	return expr->names[i];
}

const char *
ty_expr_script(const struct ty_expr *expr)
{
	return expr->script;
}
