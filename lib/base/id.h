/*
 * id.h -- UUID version 7 (RFC 9562): an id that sorts by the time it was made.
 *
 * Runs, deliveries and their partitions rely on that: the month of a row can
 * be read off its id.  Kept as canonical lower-case text, because that is what
 * JSON, Redis and SQL parameters want.
 */
#ifndef TY_BASE_ID_H
#define TY_BASE_ID_H

#include "base/defs.h"

struct ty_id {
	char s[37]; /* "" = no id */
};

/* A new id of this moment. */
struct ty_id ty_id_new(void);
/* A new id as if made at 'ms' (wall clock). */
struct ty_id ty_id_new_at(int64_t ms);
/* Canonical lower-case UUID of any version; false leaves *ret_id alone. */
bool ty_id_parse(const char *s, struct ty_id *ret_id);
/* The milliseconds a version 7 id carries. */
int64_t ty_id_time_ms(const struct ty_id *id);
bool ty_id_is_set(const struct ty_id *id);
bool ty_id_eq(const struct ty_id *a, const struct ty_id *b);

#endif
