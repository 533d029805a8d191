/*
 * buf.h -- a growing byte buffer in an arena; always NUL-terminated, so that
 * 'data' is also a C string where the content has no NUL.
 *
 * Growth leaves the old block to the arena: a buffer is for building one
 * thing and handing it on, not for a queue.
 */
#ifndef TY_BASE_BUF_H
#define TY_BASE_BUF_H

#include "base/defs.h"

struct ty_buf {
	struct ty_arena *arena;
	char *data; /* never NULL after init */
	size_t len; /* bytes, without the NUL */
	size_t cap;
};

void ty_buf_init(struct ty_buf *buf, struct ty_arena *arena, size_t cap_hint);
void ty_buf_add(struct ty_buf *buf, const void *data, size_t len);
void ty_buf_add_str(struct ty_buf *buf, const char *s);
void ty_buf_add_char(struct ty_buf *buf, char c);
void ty_buf_printf(struct ty_buf *buf, const char *fmt, ...) TY_PRINTF(2, 3);

/* Room for 'len' more bytes; returns where to write them.  Follow by extend. */
char *ty_buf_reserve(struct ty_buf *buf, size_t len);
void ty_buf_extend(struct ty_buf *buf, size_t len);

#endif
