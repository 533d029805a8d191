/*
 * limit_set.c -- see limit_set.h.
 */
#include "base/limit_set.h"

#include "base/limits.h"

#include <stddef.h>
#include <string.h>

const struct ty_limit ty_limit_table[] = {
#define X(n, u, us, d, mi, ma, la, he)                                                             \
	{ .name = #n,                                                                              \
	  .unit = (u),                                                                             \
	  .use = TY_LIMIT_USE_##us,                                                                \
	  .def = (d),                                                                              \
	  .min = (mi),                                                                             \
	  .max = (ma),                                                                             \
	  .label = (la),                                                                           \
	  .help = (he),                                                                            \
	  .offset = offsetof(struct ty_limits, n) },
#include "base/limits.def"
#undef X
	{ .name = NULL },
};

const struct ty_limit *
ty_limit_find(const char *name)
{
	for (const struct ty_limit *limit = ty_limit_table; limit->name != NULL; limit++)
		if (strcmp(limit->name, name) == 0)
			return limit;
	return NULL;
}

static int64_t *
member_of(const struct ty_limits *limits, const struct ty_limit *limit)
{
	return (int64_t *)((char *)limits + limit->offset);
}

int64_t
ty_limit_get(const struct ty_limits *limits, const struct ty_limit *limit)
{
	int64_t n = *member_of(limits, limit);

	if (n < limit->min)
		return n <= 0 ? limit->def : limit->min;
	return n > limit->max ? limit->max : n;
}

void
ty_limit_set(struct ty_limits *limits, const struct ty_limit *limit, int64_t n)
{
	*member_of(limits, limit) = n;
}

bool
ty_limits_eq(const struct ty_limits *a, const struct ty_limits *b)
{
	return memcmp(a, b, sizeof(*a)) == 0; /* numbers of one size: no padding */
}
