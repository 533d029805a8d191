/*
 * patience.h -- how long a test waits for something to become true: the one factor for slow machines.
 */
#ifndef TY_TESTS_PATIENCE_H
#define TY_TESTS_PATIENCE_H

#include <stdint.h>
#include <stdlib.h>

/*
 * Time that a test waits for something to become true before it fails: 'ms' on an ordinary machine,
 * TYBOO_TEST_PATIENCE (a whole number, 1 by default) times as long on a slow one.  ./tyboo test multiplies
 * the time limits of Check and ctest by the same number.
 */
static inline int64_t
test_patience_ms(int64_t ms)
{
	const char *factor = getenv("TYBOO_TEST_PATIENCE");
	long times = factor != NULL ? strtol(factor, NULL, 10) : 1;

	return times > 1 ? ms * times : ms;
}

#endif
