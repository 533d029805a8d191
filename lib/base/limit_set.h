/*
 * limit_set.h -- the limits of a workspace as one value (limits.def).
 *
 * From the workspace's row to admission they travel as one member, so that a new one changes no
 * argument and no struct in between.  A member of 0 is the default where the limit's least is more.
 */
#ifndef TY_BASE_LIMIT_SET_H
#define TY_BASE_LIMIT_SET_H

#include "base/defs.h"

struct ty_limits {
#define X(name, unit, use, def, min, max, label, help) int64_t name;
#include "base/limits.def"
#undef X
};

enum ty_limit_use {
	TY_LIMIT_USE_ADMIT, /* judged by lib/queue/lua/admit.lua and lease.lua */
	TY_LIMIT_USE_STORE  /* judged in Postgres */
};

struct ty_limit {
	const char *name, *unit;
	enum ty_limit_use use;
	int64_t def, min, max;
	const char *label, *help; /* for people */
	size_t offset;		  /* in struct ty_limits */
};

/* All of them, in the order of limits.def; ends with a NULL name. */
extern const struct ty_limit ty_limit_table[];

const struct ty_limit *ty_limit_find(const char *name); /* NULL = there is none */
/* The limit that counts: the default where it is not said, and within its range. */
int64_t ty_limit_get(const struct ty_limits *limits, const struct ty_limit *limit);
void ty_limit_set(struct ty_limits *limits, const struct ty_limit *limit, int64_t n);
bool ty_limits_eq(const struct ty_limits *a, const struct ty_limits *b);

#endif
