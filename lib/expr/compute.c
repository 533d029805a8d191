/*
 * compute.c -- what a formula's operators give (ECMA-262, chapter 13).
 *
 * A table from operator to function; those that do not look at all of their operands (and, or,
 * ??, ?:) come first, because what is not looked at cannot fail.
 */
#include "expr/formula.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <math.h>
#include <string.h>

struct computer {
	struct ty_arena *arena;
	const struct ty_expr_scope *scope;
	struct ty_err *err;
};

static struct ty_formula_value
of_bool(bool b)
{
	return (struct ty_formula_value){ .type = TY_FORMULA_BOOL, .boolean = b };
}

static struct ty_formula_value
of_number(double n)
{
	return (struct ty_formula_value){ .type = TY_FORMULA_NUMBER, .number = n };
}

static bool
is_nullish(const struct ty_formula_value *v)
{
	return v->type == TY_FORMULA_UNDEFINED || v->type == TY_FORMULA_NULL;
}

/* ---- the same ---- */

/* Two objects are the same where they stand at the same place: data hold each once. */
static bool
is_same_place(const struct ty_expr_path *a, const struct ty_expr_path *b)
{
	if (a->root != b->root || a->step_count != b->step_count ||
	    (a->root == TY_EXPR_ROOT_NODE && strcmp(a->node, b->node) != 0))
		return false;
	for (size_t i = 0; i < a->step_count; i++)
		if (strcmp(a->steps[i].key, b->steps[i].key) != 0)
			return false;
	return true;
}

static bool
is_same_text(const struct ty_formula_value *a, const struct ty_formula_value *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool
is_same(const struct ty_formula_value *a, const struct ty_formula_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case TY_FORMULA_BOOL:
		return a->boolean == b->boolean;
	case TY_FORMULA_NUMBER:
		return a->number == b->number && ty_formula_number_compare(a, b) == 0;
	case TY_FORMULA_STRING:
		return is_same_text(a, b);
	case TY_FORMULA_OBJECT:
		return is_same_place(a->path, b->path);
	case TY_FORMULA_UNDEFINED:
	case TY_FORMULA_NULL:
		break;
	}
	return true;
}

/* == (ECMA-262, 7.2.13). */
static enum ty_code
is_equal(const struct computer *c, const struct ty_formula_value *a,
	 const struct ty_formula_value *b, bool *ret_equal)
{
	struct ty_formula_value left, right;

	if (a->type == b->type || is_nullish(a) || is_nullish(b)) {
		*ret_equal = is_same(a, b) || (is_nullish(a) && is_nullish(b));
		return TY_OK;
	}
	if (ty_formula_primitive(a, c->arena, c->scope, &left, c->err) != TY_OK ||
	    ty_formula_primitive(b, c->arena, c->scope, &right, c->err) != TY_OK)
		return c->err->code;
	*ret_equal = left.type == right.type
			     ? is_same(&left, &right)
			     : ty_formula_number(&left) == ty_formula_number(&right);
	return TY_OK;
}

/* ---- order ---- */

/*
 * Order texts as JavaScript does, by UTF-16 units.  UTF-8 has the same order but for characters beyond
 * U+FFFF (F0..F4), whose surrogates come before U+E000 and up (EE, EF).
 */
static int
compare_text(const struct ty_formula_value *a, const struct ty_formula_value *b)
{
	size_t n = a->len < b->len ? a->len : b->len, i = 0;
	unsigned char x, y;

	while (i < n && a->text[i] == b->text[i])
		i++;
	if (i == n)
		return (a->len > b->len) - (a->len < b->len);
	x = (unsigned char)a->text[i];
	y = (unsigned char)b->text[i];
	if ((x >= 0xF0 && (y == 0xEE || y == 0xEF)) || (y >= 0xF0 && (x == 0xEE || x == 0xEF)))
		return x > y ? -1 : 1;
	return (x > y) - (x < y);
}

static bool
compare(enum ty_formula_op op, double x, double y)
{
	switch (op) {
	case TY_FORMULA_LESS:
		return x < y;
	case TY_FORMULA_GREATER:
		return x > y;
	case TY_FORMULA_LESS_EQUAL:
		return x <= y;
	default:
		return x >= y;
	}
}

static void
relate(enum ty_formula_op op, const struct ty_formula_value *a, const struct ty_formula_value *b,
       struct ty_formula_value *ret)
{
	if (a->type == TY_FORMULA_STRING && b->type == TY_FORMULA_STRING)
		*ret = of_bool(compare(op, compare_text(a, b), 0));
	else if (a->type == TY_FORMULA_NUMBER && b->type == TY_FORMULA_NUMBER &&
		 a->number == b->number)
		*ret = of_bool(compare(op, ty_formula_number_compare(a, b), 0));
	else
		*ret = of_bool(compare(op, ty_formula_number(a), ty_formula_number(b)));
}

/* ---- arithmetic ---- */

static double
calculate(enum ty_formula_op op, double x, double y)
{
	switch (op) {
	case TY_FORMULA_MULTIPLY:
		return x * y;
	case TY_FORMULA_DIVIDE:
		return x / y;
	case TY_FORMULA_REMAINDER:
		return fmod(x, y);
	case TY_FORMULA_ADD:
		return x + y;
	default:
		return x - y;
	}
}

static enum ty_code
add(const struct computer *c, const struct ty_formula_value *a, const struct ty_formula_value *b,
    struct ty_formula_value *ret)
{
	struct ty_buf buf;

	if (a->type != TY_FORMULA_STRING && b->type != TY_FORMULA_STRING) {
		*ret = of_number(ty_formula_number(a) + ty_formula_number(b));
		return TY_OK;
	}
	ty_buf_init(&buf, c->arena, a->len + b->len + 32);
	ty_formula_text_add(&buf, a);
	ty_formula_text_add(&buf, b);
	if (ty_expr_text_check(buf.len, c->err) != TY_OK)
		return c->err->code;
	*ret = (struct ty_formula_value){ .type = TY_FORMULA_STRING,
					  .text = buf.data,
					  .len = buf.len };
	return TY_OK;
}

/* Compute with both operands as primitives, left first, as JavaScript has it. */
static enum ty_code
operate(const struct computer *c, enum ty_formula_op op, const struct ty_formula_value *a,
	const struct ty_formula_value *b, struct ty_formula_value *ret)
{
	struct ty_formula_value left, right;

	if (ty_formula_primitive(a, c->arena, c->scope, &left, c->err) != TY_OK ||
	    ty_formula_primitive(b, c->arena, c->scope, &right, c->err) != TY_OK)
		return c->err->code;
	if (op == TY_FORMULA_ADD)
		return add(c, &left, &right, ret);
	if (op >= TY_FORMULA_LESS && op <= TY_FORMULA_GREATER_EQUAL)
		relate(op, &left, &right, ret);
	else
		*ret = of_number(
			calculate(op, ty_formula_number(&left), ty_formula_number(&right)));
	return TY_OK;
}

/* ---- the tree ---- */

static enum ty_code value_of(const struct computer *c, const struct ty_expr_formula *f,
			     struct ty_formula_value *ret);

static enum ty_code
unary(const struct computer *c, const struct ty_expr_formula *f, struct ty_formula_value *ret)
{
	struct ty_formula_value v, primitive;

	if (value_of(c, f->operands[0], &v) != TY_OK)
		return c->err->code;
	if (f->op == TY_FORMULA_NOT) {
		*ret = of_bool(!ty_formula_is_true(&v));
		return TY_OK;
	}
	if (ty_formula_primitive(&v, c->arena, c->scope, &primitive, c->err) != TY_OK)
		return c->err->code;
	*ret = of_number(ty_formula_number(&primitive));
	if (f->op == TY_FORMULA_NEGATE)
		ret->number = -ret->number;
	return TY_OK;
}

static enum ty_code
binary(const struct computer *c, const struct ty_expr_formula *f, struct ty_formula_value *ret)
{
	struct ty_formula_value a, b;
	bool equal = false;

	if (value_of(c, f->operands[0], &a) != TY_OK || value_of(c, f->operands[1], &b) != TY_OK)
		return c->err->code;
	switch (f->op) {
	case TY_FORMULA_SAME:
	case TY_FORMULA_NOT_SAME:
		*ret = of_bool(is_same(&a, &b) == (f->op == TY_FORMULA_SAME));
		return TY_OK;
	case TY_FORMULA_EQUAL:
	case TY_FORMULA_NOT_EQUAL:
		if (is_equal(c, &a, &b, &equal) != TY_OK)
			return c->err->code;
		*ret = of_bool(equal == (f->op == TY_FORMULA_EQUAL));
		return TY_OK;
	default:
		return operate(c, f->op, &a, &b, ret);
	}
}

/* The first operand decides whether another is looked at, and which. */
static enum ty_code
choice(const struct computer *c, const struct ty_expr_formula *f, struct ty_formula_value *ret)
{
	bool is_true;

	if (value_of(c, f->operands[0], ret) != TY_OK)
		return c->err->code;
	is_true = ty_formula_is_true(ret);
	switch (f->op) {
	case TY_FORMULA_AND:
		return is_true ? value_of(c, f->operands[1], ret) : TY_OK;
	case TY_FORMULA_OR:
		return is_true ? TY_OK : value_of(c, f->operands[1], ret);
	case TY_FORMULA_COALESCE:
		return is_nullish(ret) ? value_of(c, f->operands[1], ret) : TY_OK;
	default:
		return value_of(c, f->operands[is_true ? 1 : 2], ret);
	}
}

/* Recurses as deep as the parser allows. */
static enum ty_code
value_of(const struct computer *c, const struct ty_expr_formula *f, struct ty_formula_value *ret)
{
	const json_t *json;

	switch (f->op) {
	case TY_FORMULA_CONST:
		*ret = f->value;
		return TY_OK;
	case TY_FORMULA_PATH:
		if (ty_expr_path_get_strict(f->path, c->arena, c->scope, &json, c->err) != TY_OK)
			return c->err->code;
		*ret = ty_formula_from_json(json, f->path);
		return TY_OK;
	case TY_FORMULA_NOT:
	case TY_FORMULA_NEGATE:
	case TY_FORMULA_TO_NUMBER:
		return unary(c, f, ret);
	case TY_FORMULA_AND:
	case TY_FORMULA_OR:
	case TY_FORMULA_COALESCE:
	case TY_FORMULA_CHOOSE:
		return choice(c, f, ret);
	default:
		return binary(c, f, ret);
	}
}

enum ty_code
ty_expr_formula_value(const struct ty_expr_formula *formula, struct ty_arena *arena,
		      const struct ty_expr_scope *scope, struct ty_formula_value *ret_value,
		      struct ty_err *err)
{
	const struct computer computer = { .arena = arena, .scope = scope, .err = err };

	return value_of(&computer, formula, ret_value);
}
