/*
 * formula.h -- operators over plain paths and constants, computed in C.
 *
 *	conditional = or [ "?" conditional ":" conditional ]
 *	or, and     = ... "||" ..., ... "&&" ...      or ... "??" ..., not mixed (ECMA-262, 13.13)
 *	equality    === !== == !=      relation  < > <= >=      sum  + -      product  * / %
 *	unary       = { "!" | "-" | "+" } primary
 *	primary     = number | string | true | false | null | undefined | path | "(" conditional ")"
 *
 * Why: most conditions are of this kind, and asking the sandbox costs a hundred times what
 * computing one costs.  The answer is JavaScript's, byte for byte; what this grammar does not
 * say is a script.  Data are JSON, so nothing here can be overridden but by members named
 * toString and valueOf, which are looked at.  Private to lib/expr.
 */
#ifndef TY_EXPR_FORMULA_H
#define TY_EXPR_FORMULA_H

#include "expr/internal.h"

#define TY_FORMULA_SAFE_MAX 9007199254740992.0 /* 2^53: whole numbers below are all doubles */

enum ty_formula_op {
	TY_FORMULA_CONST,
	TY_FORMULA_PATH,
	TY_FORMULA_NOT,
	TY_FORMULA_NEGATE,
	TY_FORMULA_TO_NUMBER,
	TY_FORMULA_MULTIPLY,
	TY_FORMULA_DIVIDE,
	TY_FORMULA_REMAINDER,
	TY_FORMULA_ADD,
	TY_FORMULA_SUBTRACT,
	TY_FORMULA_LESS,
	TY_FORMULA_GREATER,
	TY_FORMULA_LESS_EQUAL,
	TY_FORMULA_GREATER_EQUAL,
	TY_FORMULA_EQUAL,
	TY_FORMULA_NOT_EQUAL,
	TY_FORMULA_SAME,
	TY_FORMULA_NOT_SAME,
	TY_FORMULA_AND,
	TY_FORMULA_OR,
	TY_FORMULA_COALESCE,
	TY_FORMULA_CHOOSE
};

enum ty_formula_type {
	TY_FORMULA_UNDEFINED,
	TY_FORMULA_NULL,
	TY_FORMULA_BOOL,
	TY_FORMULA_NUMBER,
	TY_FORMULA_STRING,
	TY_FORMULA_OBJECT /* or array */
};

/* A value while it is computed: jansson has no undefined, NaN or Infinity. */
struct ty_formula_value {
	enum ty_formula_type type;
	bool boolean;
	double number;
	const char *text; /* STRING: UTF-8, no NUL behind it promised */
	size_t len;
	const json_t *json;		 /* source of the value, unchanged; NULL = computed */
	const struct ty_expr_path *path; /* OBJECT: where it stands */
};

struct ty_expr_formula {
	enum ty_formula_op op;
	struct ty_formula_value value;	 /* CONST */
	const struct ty_expr_path *path; /* PATH */
	const struct ty_expr_formula *operands[3];
};

/* [code, code+len) as a formula; NULL where it is a script.  Owned by 'arena'. */
const struct ty_expr_formula *ty_expr_formula_parse(struct ty_arena *arena, const char *code,
						    size_t len);

/*
 * Compute.  Texts are owned by 'arena' or borrowed from the scope.
 * Errors: TY_E_INVALID (what JavaScript throws, or a text over TY_LIMIT_STEP_BYTES).
 */
enum ty_code ty_expr_formula_value(const struct ty_expr_formula *formula, struct ty_arena *arena,
				   const struct ty_expr_scope *scope,
				   struct ty_formula_value *ret_value,
				   struct ty_err *err) TY_MUST_CHECK;

/* The value as JSON: NULL for undefined; NaN and Infinity are null, as in JSON.stringify. */
const json_t *ty_expr_formula_json(struct ty_arena *arena, const struct ty_formula_value *value);
/* Append the value as a template joins it. */
void ty_expr_formula_join(struct ty_buf *buf, const struct ty_formula_value *value);

/* ---- convert.c: ECMA-262, chapter 7 ---- */

/* May a text that is put together be so long?  Errors: TY_E_INVALID (over TY_LIMIT_STEP_BYTES). */
enum ty_code ty_expr_text_check(size_t len, struct ty_err *err) TY_MUST_CHECK;

bool ty_formula_is_true(const struct ty_formula_value *value);
double ty_formula_text_number(const char *text,
			      size_t len); /* StringToNumber; NaN where it is none */
/*
 * ToPrimitive; of data the hint makes no difference.
 * Errors: TY_E_INVALID (a member named toString stands in the way, or the text is too long).
 */
enum ty_code ty_formula_primitive(const struct ty_formula_value *value, struct ty_arena *arena,
				  const struct ty_expr_scope *scope,
				  struct ty_formula_value *ret_value,
				  struct ty_err *err) TY_MUST_CHECK;
/* ToNumber and ToString of a primitive. */
double ty_formula_number(const struct ty_formula_value *primitive);
/* Order of two numbers that round to the same double, by the digits that they were read with. */
int ty_formula_number_compare(const struct ty_formula_value *a, const struct ty_formula_value *b);
void ty_formula_text_add(struct ty_buf *buf, const struct ty_formula_value *primitive);
struct ty_formula_value ty_formula_from_json(const json_t *json, const struct ty_expr_path *path);

#endif
