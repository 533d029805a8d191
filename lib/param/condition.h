/*
 * condition.h -- a typed condition as the value of a parameter (TY_PARAM_CONDITION).
 *
 *	{ "conditions": [{ "leftValue": "={{ $json.n }}", "rightValue": 5,
 *			   "operator": { "type": "number", "operation": "gt" } }],
 *	  "combinator": "and", "options": { "caseSensitive": true, "typeValidation": "strict" } }
 *
 * What it may ask is condition.def's.  This file judges and reads the structure; the engine makes
 * its sides (engine/condition.c), and expr/condition.h says whether it holds.
 */
#ifndef TY_PARAM_CONDITION_H
#define TY_PARAM_CONDITION_H

#include "param/param.h"

/* Conditions joined in one parameter: a form holds no more, and each costs every item its sides. */
#define TY_CONDITION_TESTS_MAX 100

enum ty_condition_type {
	TY_CONDITION_NONE, /* no right side */
	TY_CONDITION_STRING,
	TY_CONDITION_NUMBER,
	TY_CONDITION_DATE_TIME,
	TY_CONDITION_BOOLEAN,
	TY_CONDITION_ARRAY,
	TY_CONDITION_OBJECT,
	TY_CONDITION_ANY,
	TY_CONDITION_TYPE__COUNT
};

enum ty_condition_test {
	TY_CONDITION_EXISTS,
	TY_CONDITION_EMPTY,
	TY_CONDITION_EQUAL,
	TY_CONDITION_NOT_EQUAL, /* true of two dates that are there and differ */
	TY_CONDITION_CONTAINS,
	TY_CONDITION_STARTS,
	TY_CONDITION_ENDS,
	TY_CONDITION_MATCHES,
	TY_CONDITION_GREATER,
	TY_CONDITION_LESS,
	TY_CONDITION_GREATER_EQUAL,
	TY_CONDITION_LESS_EQUAL,
	TY_CONDITION_IS_TRUE
};

struct ty_condition_op {
	enum ty_condition_type type;
	const char *operation, *label;
	enum ty_condition_type right;
	enum ty_condition_test test;
	bool is_negated;
};

/* One condition of a sound structure, with the options of all. */
struct ty_condition {
	const struct ty_condition_op *op;
	enum ty_condition_type right; /* type of the right side; NONE = it is not looked at */
	bool is_strict, folds_case;
	int version; /* 1 to 3: which conversions are made */
};

/* "string", "number" ...; "" of NONE. */
const char *ty_condition_type_word(enum ty_condition_type type);
/* "text", "a number" ... */
const char *ty_condition_type_name(enum ty_condition_type type);

/*
 * Check a structure (an object) that stands at 'path': unknown members and operations, missing
 * ones, wrong types.  Sides may be anything.  Calls 'found' for each finding; gives the count.
 */
size_t ty_condition_check(const json_t *value, const char *path, ty_param_finding_fn found,
			  void *ctx);

/* Do all of its conditions have to hold? */
bool ty_condition_needs_all(const json_t *value);
size_t ty_condition_count(const json_t *value);
/* The nth of a structure that ty_condition_check() found nothing in. */
struct ty_condition ty_condition_at(const json_t *value, size_t n);
/* "leftValue" or "rightValue" of the nth, borrowed; NULL = absent. */
const json_t *ty_condition_side(const json_t *value, size_t n, const char *side);

/* List of conditions for the catalog: [{ type, operation, label, right? }]; new reference. */
json_t *ty_conditions_describe(void);

#endif
