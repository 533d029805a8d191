/*
 * param.h -- declared parameters: the one source of a node's form, its
 * validation, its docs and the API catalog.
 *
 * A table ends with a row whose name is NULL.  Each row says where in a plain C
 * struct the typed value goes, so a node never sees JSON or an expression where
 * it asked for a number.
 */
#ifndef TY_PARAM_PARAM_H
#define TY_PARAM_PARAM_H

#include "base/defs.h"
#include "json/json.h"

enum ty_param_type {
	TY_PARAM_STRING,     /* const char *; NULL where absent */
	TY_PARAM_TEXT,	     /* STRING of several lines in the form */
	TY_PARAM_CODE,	     /* STRING of JavaScript; never an expression */
	TY_PARAM_URL,	     /* STRING that is an absolute http(s) URL */
	TY_PARAM_INT,	     /* int64_t within min..max */
	TY_PARAM_NUMBER,     /* double */
	TY_PARAM_BOOL,	     /* bool */
	TY_PARAM_ENUM,	     /* int: index into choices */
	TY_PARAM_JSON,	     /* json_t *, borrowed, any value; NULL where absent */
	TY_PARAM_LIST,	     /* struct ty_param_list of structs described by fields */
	TY_PARAM_CREDENTIAL, /* const char *: the credential's id */
	TY_PARAM_WORD,	     /* const char *: one of choices; NULL where absent */
	TY_PARAM_ID,	     /* const char *: a UUID; NULL where absent */
	TY_PARAM_CONDITION, /* bool: yes or no, or a structure (param/condition.h) that the engine decides */
	TY_PARAM__COUNT
};

enum ty_param_flags {
	TY_PARAM_REQUIRED = 1 << 0, /* absent, null and "" are refused */
	TY_PARAM_EXPR = 1 << 1,	    /* may be an "={{ ... }}" expression */
	TY_PARAM_SECRET = 1 << 2,   /* never shown again */
	TY_PARAM_ADVANCED = 1 << 3, /* folded away in the form */
	TY_PARAM_STRICT =
		1 << 4, /* of its own JSON type: "1" and 1.0 are no whole number, 7 is no text */
	/* TY_PARAM_SECRET where the entry's "name" says so (param/secret.h); a LIST's field */
	TY_PARAM_SECRET_NAMED = 1 << 5,
	TY_PARAM_CALLED =
		1 << 6, /* ID: of a workflow that is called: published, of the workspace */
	/* JSON: text with {{ }} in it is JSON with values put in, which are escaped in its texts */
	TY_PARAM_JSON_TEXT = 1 << 7,
};

struct ty_choice {
	const char *value; /* in JSON; NULL ends the list */
	const char *label;
};

struct ty_param_list {
	size_t count;
	void *items; /* 'count' structs of fields_size bytes */
};

struct ty_param {
	const char *name; /* snake_case */
	const char *label;
	const char *help;	 /* one sentence; NULL = none */
	const char *placeholder; /* NULL = none */
	enum ty_param_type type;
	unsigned flags;
	size_t offset;			 /* offsetof the typed value */
	const char *def;		 /* default as JSON text or plain text; NULL = none */
	int64_t min, max;		 /* INT: value; strings: bytes; LIST: count. max 0 = none */
	const char *unit;		 /* "ms", "bytes"; NULL = none */
	const struct ty_choice *choices; /* ENUM, WORD */
	const struct ty_param *fields;	 /* LIST: one entry's table */
	size_t fields_size;		 /* LIST: sizeof one entry's struct */
	/* "name=value,value" or "name!=value,value": only then shown and required; NULL = always */
	const char *show_when;
	const char *credential_type; /* CREDENTIAL: "type,type"; NULL = those of the node */
};

extern const struct ty_param ty_params_none[]; /* {} */

/* A finding of a check: path is relative, e.g. "rules[1].value". */
typedef void (*ty_param_finding_fn)(void *ctx, const char *path, const char *msg, const char *hint);

/*
 * Check raw 'values' (an object, borrowed) statically: unknown names, missing
 * required ones, wrong types, ranges.  A string that starts with '=' passes for
 * any row with TY_PARAM_EXPR.  Calls 'found' for each finding; gives the count.
 */
size_t ty_param_check(const struct ty_param *table, const json_t *values, ty_param_finding_fn found,
		      void *ctx);

/*
 * Does 'row' of 'table' count, going by its show_when and its siblings' raw 'values'?
 * Several conditions joined by ';' must all hold; an absent sibling counts with its
 * default, one that is an expression may be anything.
 */
bool ty_param_is_shown(const struct ty_param *table, const struct ty_param *row,
		       const json_t *values);

/*
 * Write resolved 'values' (no expressions left) into the struct at 'dst', with
 * defaults.  Sensible conversions are made as users of n8n expect them: "5" to
 * 5, 5 to "5", "true" to true; anything else is an error with path and value.
 * Strings are borrowed from 'values' or owned by 'arena'.
 * Errors: TY_E_INVALID.
 */
enum ty_code ty_param_bind(const struct ty_param *table, struct ty_arena *arena,
			   const json_t *values, void *dst, struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_param_bind() after another object of the same table: 'before' and the struct 'bound' that it was
 * bound into; both NULL where there was none.  A value that is the very same json_t is not converted again,
 * because most parameters are the same for each item.  'arena' must be that of 'bound', or live no longer.
 */
enum ty_code ty_param_bind_like(const struct ty_param *table, struct ty_arena *arena,
				const json_t *values, const json_t *before, const void *bound,
				void *dst, struct ty_err *err) TY_MUST_CHECK;

/*
 * A whole number among raw 'values', by the conversions of ty_param_bind; 'def' where there is none, or
 * what is no whole number, which is ty_param_check's to refuse.
 */
int64_t ty_param_whole(const json_t *values, const char *name, int64_t def);

/*
 * Judge what an expression of 'row' gave (NULL = undefined): the default is for a parameter that
 * nothing was written in, so that a number, a choice or a yes or no that comes out as nothing is an
 * error.  NaN and Infinity are nothing, as in JSON.  Of texts, lists and JSON nothing is a value.
 * What is required is ty_param_bind's to refuse.  Errors: TY_E_INVALID.
 */
enum ty_code ty_param_check_given(const struct ty_param *row, const json_t *value,
				  struct ty_err *err) TY_MUST_CHECK;

/* Describe a value for a message: "the text \"a\"", "a list of 3", "empty"; cut to fit. */
void ty_param_words(const json_t *value, char *out, size_t size);

/* The table for the catalog: array of objects; new reference. */
json_t *ty_param_describe(const struct ty_param *table);

#endif
