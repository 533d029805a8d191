/*
 * store_wait.c -- whether a statement that failed is worth waiting for.
 */
#include "store_wait.h"

#include "base/err.h"

/* Attempts (one a tick of worker.c, 20 s) until an internal error is taken to be the job's own fault. */
#define INTERNAL_ERRORS_MAX 80

bool
store_may_wait(const struct ty_err *err, int *internal_errors)
{
	/* A conflict is a deadlock or a serialization failure: as good as away for a moment. */
	if (err->code == TY_E_UNAVAILABLE || err->code == TY_E_CONFLICT)
		return true;
	return err->code == TY_E_INTERNAL && ++*internal_errors <= INTERNAL_ERRORS_MAX;
}
