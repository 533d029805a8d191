/*
 * store_wait.c -- whether a statement that failed is worth waiting for.
 */
#include "store_wait.h"

#include "base/err.h"

/* Looks (worker.c) until what is odd with Postgres is taken to be the job's own fault: 20 s. */
#define ODD_TRIES_MAX 80

bool
store_may_wait(const struct ty_err *err, int *odd_tries)
{
	/* A conflict is a deadlock or a serialization failure: as good as away for a moment. */
	if (err->code == TY_E_UNAVAILABLE || err->code == TY_E_CONFLICT)
		return true;
	return err->code == TY_E_INTERNAL && ++*odd_tries <= ODD_TRIES_MAX;
}
