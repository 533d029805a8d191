/*
 * store_wait.h -- whether a statement that failed is worth waiting for.
 */
#ifndef TY_RUN_STORE_WAIT_H
#define TY_RUN_STORE_WAIT_H

#include "base/defs.h"

/*
 * Why a failed statement failed: true where it helps to wait for Postgres.  That it is not as
 * it should be (a release whose functions are not there yet, say) is waited for too, but not for
 * ever: 'odd_tries' counts those looks and is to be 0 after a success.
 */
bool store_may_wait(const struct ty_err *err, int *odd_tries);

#endif
