/*
 * condition.h -- does a typed condition hold for two values?
 *
 * Pure: what needs a script (regular expressions, the reading of dates) is asked of the sandbox
 * before, by $condition() of workers/sandbox/condition.js, and comes here as its answer.
 */
#ifndef TY_EXPR_CONDITION_H
#define TY_EXPR_CONDITION_H

#include "base/defs.h"
#include "json/json.h"
#include "param/condition.h"

struct ty_lower;

/* Value of one side.  All borrowed. */
struct ty_condition_value {
	const json_t
		*json;	  /* NULL = undefined; of a date its text; NaN is ty_expr_odd_number()'s */
	bool is_date;	  /* a Date or DateTime, or read as one where the type is dateTime */
	bool has_no_keys; /* of a date: a Date, not a DateTime */
	double ms;	  /* of a date: since 1970 */
};

struct ty_condition_input {
	struct ty_condition_value left, right;
	const struct ty_lower *lower; /* letters, where case is not looked at */
	bool matches;		      /* result of a regular expression, which the sandbox tests */
	const char *fault;	      /* fault of the pattern; NULL = none */
};

enum ty_condition_fault {
	TY_CONDITION_FAULT_NONE,
	TY_CONDITION_FAULT_LEFT,
	TY_CONDITION_FAULT_RIGHT
};

/*
 * Decide.  *ret_fault says which side an error is about.
 * Errors: TY_E_INVALID (a side is of another type or cannot be converted, the pattern is none).
 */
enum ty_code ty_condition_holds(const struct ty_condition *condition,
				const struct ty_condition_input *input, bool *ret_holds,
				enum ty_condition_fault *ret_fault,
				struct ty_err *err) TY_MUST_CHECK;

#endif
