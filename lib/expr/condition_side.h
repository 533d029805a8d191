/*
 * condition_side.h -- the sides of a typed condition, each of its type.  Private to lib/expr.
 */
#ifndef TY_EXPR_CONDITION_SIDE_H
#define TY_EXPR_CONDITION_SIDE_H

#include "expr/condition.h"

enum kind { UNDEFINED, NOTHING, TEXT, NUMBER, BOOLEAN, DATE, LIST, OBJECT };

/* A side that is of its type; ANY keeps what came. */
struct typed {
	enum kind kind;
	const char *text; /* TEXT */
	size_t len;
	bool boolean;
	double number;	    /* NUMBER; DATE: milliseconds */
	const json_t *json; /* LIST, OBJECT; NUMBER: what it was read from, NULL = computed */
	bool has_no_keys;   /* OBJECT that is a Date */
};

struct judge {
	const struct ty_condition *condition;
	const struct ty_lower *lower;
	struct ty_arena *scratch; /* NULL = not needed yet */
	struct ty_err *err;
};

/* Owns what conversions make; freed by whoever has the judge. */
struct ty_arena *side_scratch(struct judge *j);
/* A value as it is. */
struct typed side_raw(const struct ty_condition_value *value);
/*
 * A value of the type that is wanted, converted where types are loose; 'side' names it in an error.
 * Errors: TY_E_INVALID.
 */
enum ty_code side_make(struct judge *j, const char *side, const struct ty_condition_value *value,
		       enum ty_condition_type type, struct typed *ret) TY_MUST_CHECK;

#endif
