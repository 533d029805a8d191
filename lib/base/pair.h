/*
 * pair.h -- the pairs of a query or a form: "a=1&b=2", as they were sent.
 *
 * Source: the URL Standard, application/x-www-form-urlencoded: empty sequences between two '&' are no pair,
 * the first '=' ends the name, and without one the whole is a name.  Escapes are the caller's.
 */
#ifndef TY_BASE_PAIR_H
#define TY_BASE_PAIR_H

#include "base/defs.h"

/* Borrowed from the text. */
struct ty_pair {
	const char *name, *value; /* value "" where there is no '=' */
	size_t name_len, value_len;
};

/* Take the next pair of [*at, end) and put *at behind it; false at the end. */
bool ty_pair_next(const char **at, const char *end, struct ty_pair *ret_pair);

#endif
