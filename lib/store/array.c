/*
 * array.c -- the format of array_recv(): dimensions, flags, element type, length and lower bound
 * of the one dimension, then each element with its length, -1 for null; all big-endian.
 */
#include "store/array.h"

#include "base/id.h"
#include "base/str.h"

#include <string.h>

/* Milliseconds from 1970 to Postgres's 2000-01-01. */
#define EPOCH_2000_MS INT64_C(946684800000)

static void
array_int32(struct ty_array *array, int32_t n)
{
	uint32_t u = (uint32_t)n;
	uint8_t bytes[4] = { (uint8_t)(u >> 24), (uint8_t)(u >> 16), (uint8_t)(u >> 8),
			     (uint8_t)u };

	ty_buf_add(&array->buf, bytes, sizeof(bytes));
}

static void
array_int64(struct ty_array *array, int64_t n)
{
	array_int32(array, (int32_t)((uint64_t)n >> 32));
	array_int32(array, (int32_t)((uint64_t)n & UINT32_MAX));
}

/* Begin an element of 'len' bytes. */
static void
array_element(struct ty_array *array, int32_t len)
{
	TY_ASSERT(array->left > 0);
	array->left--;
	array_int32(array, len);
}

void
ty_array_init(struct ty_array *array, struct ty_arena *arena, enum ty_array_type type, size_t count)
{
	array->type = type;
	array->count = array->left = count;
	ty_buf_init(&array->buf, arena, 20 + count * 20);
	array_int32(array, count > 0 ? 1 : 0);
	array_int32(array,
		    count > 0 ? 1 : 0); /* flags: may have nulls; array_recv only checks 0 or 1 */
	array_int32(array, (int32_t)type);
	if (count > 0) {
		array_int32(array, (int32_t)count);
		array_int32(array, 1);
	}
}

void
ty_array_add_null(struct ty_array *array)
{
	array_element(array, -1);
}

void
ty_array_add_id(struct ty_array *array, const struct ty_id *id)
{
	char hex[33];
	uint8_t bytes[16];
	size_t n = 0;

	TY_ASSERT(array->type == TY_ARRAY_UUID);
	if (!ty_id_is_set(id)) {
		ty_array_add_null(array);
		return;
	}
	for (const char *p = id->s; *p != '\0' && n < 32; p++) {
		if (*p != '-')
			hex[n++] = *p;
	}
	TY_ASSERT(n == 32 && ty_str_unhex(hex, n, bytes));
	array_element(array, sizeof(bytes));
	ty_buf_add(&array->buf, bytes, sizeof(bytes));
}

/* Bytes of the well-formed character that [s, s+len) begins with; 0 where there is none. */
static size_t
array_char_len(const char *s, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		if (ty_str_is_utf8(s, n))
			return n;
	}
	return 0;
}

/* The slow way, for text that is not UTF-8 or may be too long. */
static void
array_mend_text(struct ty_buf *out, const char *s, size_t len, size_t chars_max)
{
	while (len > 0 && chars_max-- > 0) {
		size_t n = array_char_len(s, len);

		if (n == 0)
			ty_buf_add(out, "\xef\xbf\xbd", 3);
		else
			ty_buf_add(out, s, n);
		n = n > 0 ? n : 1;
		s += n;
		len -= n;
	}
}

void
ty_array_add_text(struct ty_array *array, const char *s, size_t chars_max)
{
	size_t len = s != NULL ? strlen(s) : 0;

	TY_ASSERT(array->type == TY_ARRAY_TEXT);
	if (s == NULL) {
		ty_array_add_null(array);
	} else if (len <= chars_max && ty_str_is_utf8(s, len)) {
		array_element(array, (int32_t)len);
		ty_buf_add(&array->buf, s, len);
	} else {
		struct ty_buf mended;

		ty_buf_init(&mended, array->buf.arena, len);
		array_mend_text(&mended, s, len, chars_max);
		array_element(array, (int32_t)mended.len);
		ty_buf_add(&array->buf, mended.data, mended.len);
	}
}

void
ty_array_add_bytes(struct ty_array *array, const void *data, size_t len)
{
	TY_ASSERT(array->type == TY_ARRAY_BYTEA && len <= INT32_MAX);
	array_element(array, (int32_t)len);
	ty_buf_add(&array->buf, data, len);
}

void
ty_array_add_int(struct ty_array *array, int64_t n)
{
	if (array->type == TY_ARRAY_INT4) {
		array_element(array, 4);
		array_int32(array, n > INT32_MAX   ? INT32_MAX
				   : n < INT32_MIN ? INT32_MIN
						   : (int32_t)n);
		return;
	}
	TY_ASSERT(array->type == TY_ARRAY_INT8);
	array_element(array, 8);
	array_int64(array, n);
}

void
ty_array_add_time(struct ty_array *array, int64_t ms)
{
	TY_ASSERT(array->type == TY_ARRAY_TIMESTAMPTZ);
	array_element(array, 8);
	array_int64(array, (ms - EPOCH_2000_MS) * 1000);
}

struct ty_sql_param
ty_array_param(const struct ty_array *array)
{
	TY_ASSERT(array->left == 0);
	return TY_SQL_BYTES(array->buf.data, array->buf.len);
}
