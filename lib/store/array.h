/*
 * array.h -- Postgres arrays in binary format, for functions that take a batch; private to lib/store.
 *
 * Binary, because a bytea as text costs two bytes a byte and the parsing of both sides.  A row
 * that Postgres would refuse fails its whole batch, so text is made acceptable here: what is no
 * UTF-8 becomes U+FFFD, and what is too long for its column is cut.
 */
#ifndef TY_STORE_ARRAY_H
#define TY_STORE_ARRAY_H

#include "base/buf.h"
#include "base/defs.h"
#include "store/store.h"

/* Element types, by pg_type.oid. */
enum ty_array_type {
	TY_ARRAY_BYTEA = 17,
	TY_ARRAY_INT8 = 20,
	TY_ARRAY_INT4 = 23,
	TY_ARRAY_TEXT = 25,
	TY_ARRAY_TIMESTAMPTZ = 1184,
	TY_ARRAY_UUID = 2950
};

struct ty_array {
	struct ty_buf buf;
	enum ty_array_type type;
	size_t count, left; /* elements in all, and still to be added */
};

void ty_array_init(struct ty_array *array, struct ty_arena *arena, enum ty_array_type type,
		   size_t count);
void ty_array_add_null(struct ty_array *array);
void ty_array_add_id(struct ty_array *array, const struct ty_id *id); /* unset = null */
/* At most 'chars_max' characters; NULL = null. */
void ty_array_add_text(struct ty_array *array, const char *s, size_t chars_max);
void ty_array_add_bytes(struct ty_array *array, const void *data, size_t len); /* never null */
void ty_array_add_int(struct ty_array *array, int64_t n);		       /* INT4 is clamped */
void ty_array_add_time(struct ty_array *array, int64_t ms);		       /* wall clock */
/* The finished array as a parameter; every element must have been added. */
struct ty_sql_param ty_array_param(const struct ty_array *array);

#endif
