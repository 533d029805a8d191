/*
 * buf.c -- a growing byte buffer; doubles, so that building is linear.
 */
#include "base/buf.h"
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
ty_buf_init(struct ty_buf *buf, struct ty_arena *arena, size_t cap_hint)
{
	buf->arena = arena;
	buf->len = 0;
	buf->cap = cap_hint < 32 ? 32 : cap_hint;
	buf->data = ty_arena_alloc(arena, buf->cap + 1);
}

char *
ty_buf_reserve(struct ty_buf *buf, size_t len)
{
	if (buf->cap - buf->len < len) {
		size_t cap = buf->cap * 2;
		char *data;

		while (cap - buf->len < len)
			cap *= 2;
		data = ty_arena_alloc(buf->arena, cap + 1);
		memcpy(data, buf->data, buf->len);
		buf->data = data;
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

void
ty_buf_extend(struct ty_buf *buf, size_t len)
{
	TY_ASSERT(buf->cap - buf->len >= len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
ty_buf_add(struct ty_buf *buf, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(ty_buf_reserve(buf, len), data, len);
	ty_buf_extend(buf, len);
}

void
ty_buf_add_str(struct ty_buf *buf, const char *s)
{
	ty_buf_add(buf, s, strlen(s));
}

void
ty_buf_add_char(struct ty_buf *buf, char c)
{
	ty_buf_add(buf, &c, 1);
}

void
ty_buf_printf(struct ty_buf *buf, const char *fmt, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	TY_ASSERT(len >= 0);
	vsnprintf(ty_buf_reserve(buf, (size_t)len), (size_t)len + 1, fmt, ap);
	va_end(ap);
	ty_buf_extend(buf, (size_t)len);
}
