/*
 * err.c -- raising, wrapping and naming errors.  Pure value handling: no memory.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *text, *hint;
	int http;
	bool retryable, of_runs;
} err_rows[] = {
#define X(code, name, http, retry, of_runs, text, hint)                                            \
	[code] = { name, text, hint, http, retry, of_runs },
#include "base/err.def"
#undef X
};

void
ty_assert_failed(const char *cond, const char *file, int line, const char *func)
{
	fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, func, cond);
	abort();
}

enum ty_code
ty_err_set_at(struct ty_err *err, enum ty_code code, const char *file, int line, const char *fmt,
	      ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;

	/* Formatted aside first: an argument may point into *err. */
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	ty_err_clear(err);
	err->code = code;
	err->retryable = ty_code_is_retryable(code);
	err->file = file;
	err->line = line;
	memcpy(err->msg, msg, sizeof(msg));
	return code;
}

enum ty_code
ty_err_wrap(struct ty_err *err, const char *fmt, ...)
{
	char where[sizeof(err->msg) / 2];
	va_list ap;
	size_t len, rest;

	va_start(ap, fmt);
	vsnprintf(where, sizeof(where), fmt, ap);
	va_end(ap);
	len = strlen(where);
	rest = strlen(err->msg);
	if (rest > sizeof(err->msg) - len - 3)
		rest = sizeof(err->msg) - len - 3; /* the end of the message gives way */
	memmove(err->msg + len + 2, err->msg, rest);
	memcpy(err->msg, where, len);
	memcpy(err->msg + len, ": ", 2);
	err->msg[len + 2 + rest] = '\0';
	return err->code;
}

enum ty_code
ty_err_at(struct ty_err *err, const char *fmt, ...)
{
	char path[sizeof(err->path)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	memcpy(err->path, path, sizeof(path));
	return err->code;
}

enum ty_code
ty_err_hint(struct ty_err *err, const char *fmt, ...)
{
	char hint[sizeof(err->hint)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	memcpy(err->hint, hint, sizeof(hint));
	return err->code;
}

void
ty_err_clear(struct ty_err *err)
{
	err->code = TY_OK;
	err->retryable = err->no_answer = false;
	err->retry_after_ms = 0;
	err->file = NULL;
	err->line = 0;
	err->path[0] = err->msg[0] = err->hint[0] = '\0';
}

const char *
ty_code_name(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].name;
}

const char *
ty_code_text(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].text;
}

const char *
ty_code_hint(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].hint;
}

bool
ty_code_is_of_runs(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].of_runs;
}

int
ty_code_http(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].http;
}

bool
ty_code_is_retryable(enum ty_code code)
{
	TY_ASSERT((unsigned)code < TY_E__COUNT);
	return err_rows[code].retryable;
}

bool
ty_code_parse(const char *name, enum ty_code *ret_code)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(err_rows); i++) {
		if (strcmp(err_rows[i].name, name) == 0) {
			*ret_code = (enum ty_code)i;
			return true;
		}
	}
	return false;
}

enum ty_code
ty_code_find(const char *name)
{
	enum ty_code code = TY_E_INTERNAL;

	(void)ty_code_parse(name, &code);
	return code;
}
