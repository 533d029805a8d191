/*
 * condition.c -- see condition.h.
 *
 *	1. each side is made of its type (condition_side.c)
 *	2. the operation's test looks at both; a missing value is what JavaScript makes of it
 *
 * Memory: what a conversion makes lives in an arena of the call, made where one is needed.
 */
#include "expr/condition_side.h"
#include "expr/formula.h"
#include "expr/lower.h"

#include "base/arena.h"
#include "base/err.h"

#include <math.h>
#include <string.h>

static bool
is_there(const struct typed *value)
{
	return value->kind != UNDEFINED && value->kind != NOTHING &&
	       !(value->kind == NUMBER && isnan(value->number));
}

/* A missing text is empty, as is a missing list. */
static bool
is_empty(enum ty_condition_type type, const struct typed *value)
{
	switch (type) {
	case TY_CONDITION_STRING:
		return value->kind != TEXT || value->len == 0;
	case TY_CONDITION_ARRAY:
		return value->kind != LIST || json_array_size(value->json) == 0;
	case TY_CONDITION_OBJECT:
		return value->kind == DATE
			       ? value->has_no_keys
			       : value->kind != OBJECT || json_object_size(value->json) == 0;
	default:
		return !is_there(value);
	}
}

/* Below, at or above 0; false where they have no order.  No digit of a long number is lost. */
static bool
number_order(const struct typed *a, const struct typed *b, int *ret_order)
{
	double x = a->kind == NOTHING ? 0 : a->number, y = b->kind == NOTHING ? 0 : b->number;
	struct ty_formula_value left = { .number = x, .json = a->json };
	struct ty_formula_value right = { .number = y, .json = b->json };

	if (a->kind == UNDEFINED || b->kind == UNDEFINED || isnan(x) || isnan(y))
		return false;
	*ret_order = (x > y) - (x < y);
	if (*ret_order == 0 && a->kind == NUMBER && b->kind == NUMBER && isfinite(x))
		*ret_order = ty_formula_number_compare(&left, &right);
	return true;
}

static bool
is_equal(const struct typed *a, const struct typed *b)
{
	int order = 1;

	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TEXT:
		return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	case NUMBER:
	case DATE:
		return number_order(a, b, &order) && order == 0;
	case BOOLEAN:
		return a->boolean == b->boolean;
	case LIST:
	case OBJECT:
		return false; /* lists and objects equal only themselves, as in JavaScript */
	default:
		return true;
	}
}

static void
fold(struct judge *j, struct typed *value)
{
	if (value->kind == TEXT)
		value->text = ty_lower_text(j->lower, side_scratch(j), value->text, value->len,
					    &value->len);
}

static bool
list_contains(struct judge *j, const struct typed *list, struct typed *wanted)
{
	bool folds = j->condition->folds_case && wanted->kind == TEXT;
	size_t count = list->kind == LIST ? json_array_size(list->json) : 0;

	if (folds)
		fold(j, wanted);
	for (size_t i = 0; i < count; i++) {
		struct typed element = side_raw(
			&(struct ty_condition_value){ .json = json_array_get(list->json, i) });

		if (folds)
			fold(j, &element);
		if (is_equal(&element, wanted))
			return true;
	}
	return false;
}

static bool
text_test(enum ty_condition_test test, const struct typed *left, const struct typed *right)
{
	if (right->len > left->len)
		return false;
	switch (test) {
	case TY_CONDITION_CONTAINS:
		return memmem(left->text, left->len, right->text, right->len) != NULL;
	case TY_CONDITION_STARTS:
		return memcmp(left->text, right->text, right->len) == 0;
	case TY_CONDITION_ENDS:
		return memcmp(left->text + left->len - right->len, right->text, right->len) == 0;
	default:
		return is_equal(left, right);
	}
}

static void
text_or_empty(struct typed *value)
{
	if (value->kind == UNDEFINED || value->kind == NOTHING)
		*value = (struct typed){ .kind = TEXT, .text = "", .len = 0 };
}

static bool
string_holds(struct judge *j, struct typed *left, struct typed *right,
	     const struct ty_condition_input *input)
{
	enum ty_condition_test test = j->condition->op->test;

	if (test == TY_CONDITION_MATCHES)
		return input->matches;
	text_or_empty(left);
	text_or_empty(right);
	if (left->kind != TEXT || right->kind != TEXT)
		return false; /* a "rightType" that is no text: no text is equal to such a value */
	if (j->condition->folds_case) {
		fold(j, left);
		fold(j, right);
	}
	return text_test(test, left, right);
}

static bool
order_holds(enum ty_condition_test test, const struct typed *left, const struct typed *right)
{
	int order;

	if (test == TY_CONDITION_EQUAL || test == TY_CONDITION_NOT_EQUAL)
		return is_equal(left, right) == (test == TY_CONDITION_EQUAL);
	if (!number_order(left, right, &order))
		return false;
	switch (test) {
	case TY_CONDITION_GREATER:
		return order > 0;
	case TY_CONDITION_LESS:
		return order < 0;
	case TY_CONDITION_GREATER_EQUAL:
		return order >= 0;
	default:
		return order <= 0;
	}
}

static bool
array_holds(struct judge *j, const struct typed *left, struct typed *right)
{
	struct typed length = { .kind = NUMBER };

	if (j->condition->op->test == TY_CONDITION_CONTAINS)
		return list_contains(j, left, right);
	if (left->kind == LIST)
		length.number = (double)json_array_size(left->json);
	return order_holds(j->condition->op->test, &length, right);
}

static bool
holds(struct judge *j, struct typed *left, struct typed *right,
      const struct ty_condition_input *input)
{
	const struct ty_condition_op *op = j->condition->op;

	switch (op->test) {
	case TY_CONDITION_EXISTS:
		return is_there(left);
	case TY_CONDITION_EMPTY:
		return is_empty(op->type, left);
	case TY_CONDITION_IS_TRUE:
		return left->kind == BOOLEAN && left->boolean;
	default:
		break;
	}
	if (op->type == TY_CONDITION_STRING)
		return string_holds(j, left, right, input);
	if (op->type == TY_CONDITION_ARRAY)
		return array_holds(j, left, right);
	if (op->type == TY_CONDITION_DATE_TIME && (left->kind != DATE || right->kind != DATE))
		return false;
	return order_holds(op->test, left, right);
}

static enum ty_code
bad_pattern(struct judge *j, const char *fault)
{
	ty_err_set(j->err, TY_E_INVALID, "rightValue is no regular expression: %.200s", fault);
	return ty_err_hint(j->err, "Write the pattern bare, as ^A.*, or as /^a.*/i; a character "
				   "that means something in patterns has a \\ before it");
}

static enum ty_code
sides_make(struct judge *j, const struct ty_condition_input *input, struct typed *left,
	   struct typed *right, enum ty_condition_fault *ret_fault)
{
	*ret_fault = TY_CONDITION_FAULT_LEFT;
	if (side_make(j, "leftValue", &input->left, j->condition->op->type, left) != TY_OK)
		return j->err->code;
	*ret_fault = TY_CONDITION_FAULT_RIGHT;
	if (side_make(j, "rightValue", &input->right, j->condition->right, right) != TY_OK)
		return j->err->code;
	if (j->condition->op->test == TY_CONDITION_MATCHES && input->fault != NULL)
		return bad_pattern(j, input->fault);
	*ret_fault = TY_CONDITION_FAULT_NONE;
	return TY_OK;
}

enum ty_code
ty_condition_holds(const struct ty_condition *condition, const struct ty_condition_input *input,
		   bool *ret_holds, enum ty_condition_fault *ret_fault, struct ty_err *err)
{
	struct judge j = { .condition = condition, .lower = input->lower, .err = err };
	struct typed left, right;
	enum ty_code rc = sides_make(&j, input, &left, &right, ret_fault);

	if (rc == TY_OK)
		*ret_holds = holds(&j, &left, &right, input) != condition->op->is_negated;
	ty_arena_free(j.scratch);
	return rc;
}
