/*
 * lower.h -- small letters, as JavaScript's toLowerCase() has them.
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

#endif
