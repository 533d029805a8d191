/*
 * internal.h -- what the files of lib/param share and nobody else sees.
 */
#ifndef TY_PARAM_INTERNAL_H
#define TY_PARAM_INTERNAL_H

#include "param/param.h"

#define TY_PARAM_PATH_SIZE 128 /* as struct ty_err's path */

/* The fault of one value: two sentences for the user. */
struct ty_param_problem {
	char msg[384];
	char hint[192];
};

/* A typed value of any row but LIST. */
union ty_param_value {
	const char *s;
	int64_t i;
	double n;
	bool b;
	int e;
	const json_t *j;
};

/*
 * Convert 'value' (not absent) to the row's type.  'arena' holds strings that had to
 * be made; with NULL they are only judged.  False fills 'problem'.
 */
bool ty_param_convert(const struct ty_param *row, const json_t *value, struct ty_arena *arena,
		      union ty_param_value *ret_value, struct ty_param_problem *problem);

/* Check the count of a LIST; 'value' may be anything.  False fills 'problem'. */
bool ty_param_check_list(const struct ty_param *row, const json_t *value,
			 struct ty_param_problem *problem);

/* Fill 'problem' with "... is <value>, but <expected> is expected"; gives false. */
bool ty_param_expect(const struct ty_param *row, const json_t *value,
		     struct ty_param_problem *problem, const char *hint, const char *fmt, ...)
	TY_PRINTF(5, 6);

/* ty_param_check() of an object within the parameters, whose own path is 'prefix'. */
size_t ty_param_check_at(const struct ty_param *table, const json_t *values, const char *prefix,
			 ty_param_finding_fn found, void *ctx);

void ty_param_missing(const struct ty_param *row, struct ty_param_problem *problem);

/* No value: NULL, null, and "" for a row that "" cannot mean anything to. */
bool ty_param_is_absent(const struct ty_param *row, const json_t *value);

/* A string that is an expression for this row. */
bool ty_param_is_expr(const struct ty_param *row, const json_t *value);

/* The row's default, typed; new reference, NULL where there is none. */
json_t *ty_param_default(const struct ty_param *row);

enum ty_param_shown {
	TY_PARAM_HIDDEN,
	TY_PARAM_SHOWN,
	TY_PARAM_MAYBE, /* hangs on an expression that has no value yet */
};

/* Does 'row' of 'table' count, by its siblings' 'values'? */
enum ty_param_shown ty_param_shown(const struct ty_param *table, const struct ty_param *row,
				   const json_t *values, bool resolved);

const struct ty_param *ty_param_find(const struct ty_param *table, const char *name, size_t len);

/* "prefix.name" or "name" where prefix is ""; cut to fit. */
void ty_param_path(char out[TY_PARAM_PATH_SIZE], const char *prefix, const char *name);

/* "path[i]"; cut to fit. */
void ty_param_path_at(char out[TY_PARAM_PATH_SIZE], const char *path, size_t i);

/* ---- secrets (secret_name.c) ---- */

/* Bytes of "Bearer " or another scheme that a key follows, with its blanks; 0 = there is none. */
size_t param_scheme_len(const char *value);
/* Is it letters and digits with nothing that prose has, as a key is? */
bool param_is_key(const char *value, size_t bytes_min);
/* Does the value look drawn, and is it long enough to be a key where nothing else says so? */
bool param_is_drawn(const char *value);
/* Is it a key behind its scheme, "Bearer 0f3c2a9b", or one of a known provider, whatever its name is? */
bool param_known_key_is(const char *value);

#endif
