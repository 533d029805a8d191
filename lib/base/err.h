/*
 * err.h -- one error value, raised and returned in one line.
 *
 * A function that can fail for more than one reason returns enum ty_code and
 * takes a struct ty_err * last, never NULL.  The caller owns the storage; it
 * holds no pointers into an arena, so it may be copied and outlive anything.
 * Library code never logs an error: main, route and the worker loop do, once.
 */
#ifndef TY_BASE_ERR_H
#define TY_BASE_ERR_H

#include "base/defs.h"

struct ty_err {
	enum ty_code code;
	bool retryable;
	/* Another server gave no whole answer: no connection, one that broke, a time limit. */
	bool no_answer;
	/* Earliest time of another attempt (Retry-After, the next probe of a circuit breaker); 0 = not
	 * said. */
	int64_t retry_after_ms;
	const char *file; /* static: __FILE__ of the place that raised it */
	int line;
	char path[128]; /* JSON path or parameter that is at fault; "" = none */
	char msg[384];	/* a full sentence for the user */
	char hint[192]; /* how to mend it; "" = none */
};

/*
 * Fill 'err' and give back 'code', so that raising is one line:
 *	return ty_err_set(err, TY_E_INVALID, "name is longer than %d bytes", max);
 * 'retryable' is the code's default from err.def.
 */
#define ty_err_set(err, code, ...) ty_err_set_at((err), (code), __FILE__, __LINE__, __VA_ARGS__)

enum ty_code ty_err_set_at(struct ty_err *err, enum ty_code code, const char *file, int line,
			   const char *fmt, ...) TY_PRINTF(5, 6);

/* Put "where: " before the message on the way up; gives back err->code. */
enum ty_code ty_err_wrap(struct ty_err *err, const char *fmt, ...) TY_PRINTF(2, 3);

/* Set the JSON path (or parameter name) at fault; gives back err->code. */
enum ty_code ty_err_at(struct ty_err *err, const char *fmt, ...) TY_PRINTF(2, 3);

/* Set the hint that says how to mend it; gives back err->code. */
enum ty_code ty_err_hint(struct ty_err *err, const char *fmt, ...) TY_PRINTF(2, 3);

/* Back to TY_OK with every field empty. */
void ty_err_clear(struct ty_err *err);

/* Rows of err.def.  All return static strings; an unknown code aborts. */
const char *ty_code_name(enum ty_code code);
const char *ty_code_text(enum ty_code code);
const char *
ty_code_hint(enum ty_code code); /* how to mend it, where the error does not say; "" of TY_OK */
bool ty_code_is_of_runs(enum ty_code code); /* can a step or a run end with it? */
int ty_code_http(enum ty_code code);
bool ty_code_is_retryable(enum ty_code code);

/* The code with that wire name, TY_E_INTERNAL if there is none. */
enum ty_code ty_code_find(const char *name);
/* ty_code_find() for a name that may be unknown; false if there is no such code. */
bool ty_code_parse(const char *name, enum ty_code *ret_code);

#endif
