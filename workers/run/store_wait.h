/*
 * store_wait.h -- whether a statement that failed is worth waiting for.
 */
#ifndef TY_RUN_STORE_WAIT_H
#define TY_RUN_STORE_WAIT_H

#include "base/defs.h"

/*
 * True where the statement is to be tried again: always while Postgres is away, a limited number of
 * times after an internal error, because a migration (functions that are not there yet) may end it.
 * 'internal_errors' counts these; the caller sets it to 0 after a success.
 */
bool store_may_wait(const struct ty_err *err, int *internal_errors);

#endif
