/*
 * lower.h -- small letters, as JavaScript's toLowerCase() has them, and large ones.
 */
#ifndef TY_EXPR_LOWER_H
#define TY_EXPR_LOWER_H

#include "base/defs.h"

struct ty_lower; /* table of letters */

/* A table for many texts; lives as long as 'arena'. */
const struct ty_lower *ty_lower_new(struct ty_arena *arena);

/* UTF-8 text in lower case; *ret_len bytes, owned by 'arena'. */
const char *ty_lower_text(const struct ty_lower *lower, struct ty_arena *arena, const char *s,
			  size_t len, size_t *ret_len);

/* Large letters, letter by letter as the C library has them, but for the sharp s, which becomes SS. */
const char *ty_upper_text(const struct ty_lower *lower, struct ty_arena *arena, const char *s,
			  size_t len, size_t *ret_len);

#endif
