/*
 * scan_string.c -- the text that a string literal of JavaScript stands for.
 *
 * Gives up where a literal is not for us (a template with holes, octal escapes): then it is the script engine's.
 *
 * Memory: the text is the arena's.
 */
#include "expr/internal.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

static bool
scan_hex(const char *s, size_t count, uint32_t *ret_c)
{
	uint32_t c = 0;

	for (size_t i = 0; i < count; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = s[i] == '\0' ? NULL : strchr(digits, s[i] | 0x20);

		if (digit == NULL || (s[i] < '0'))
			return false;
		c = c * 16 + (uint32_t)(digit - digits);
	}
	*ret_c = c;
	return true;
}

static void
scan_add_utf8(struct ty_buf *buf, uint32_t c)
{
	if (c < 0x80) {
		ty_buf_add_char(buf, (char)c);
	} else if (c < 0x800) {
		ty_buf_add_char(buf, (char)(0xC0 | c >> 6));
		ty_buf_add_char(buf, (char)(0x80 | (c & 0x3F)));
	} else {
		ty_buf_add_char(buf, (char)(0xE0 | c >> 12));
		ty_buf_add_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
		ty_buf_add_char(buf, (char)(0x80 | (c & 0x3F)));
	}
}

/* The escape behind a backslash at 'at'; gives its length, 0 where it is not for us. */
static size_t
scan_escape(struct ty_buf *buf, const char *src, size_t len, size_t at)
{
	static const char simple[][2] = { { 'n', '\n' }, { 't', '\t' }, { 'r', '\r' },
					  { 'b', '\b' }, { 'f', '\f' }, { 'v', '\v' } };
	uint32_t c;
	size_t digits = src[at] == 'x' ? 2 : src[at] == 'u' ? 4 : 0;

	if (digits > 0) {
		if (at + digits >= len || !scan_hex(src + at + 1, digits, &c) || c == 0 ||
		    (c >= 0xD800 && c < 0xE000))
			return 0;
		scan_add_utf8(buf, c);
		return 1 + digits;
	}
	if ((src[at] >= '0' && src[at] <= '9') || src[at] == '\r' || src[at] == '\n' ||
	    (unsigned char)src[at] >= 0x80)
		return 0;
	c = (unsigned char)src[at];
	for (size_t i = 0; i < TY_ARRAY_COUNT(simple); i++)
		if (simple[i][0] == src[at])
			c = (unsigned char)simple[i][1];
	ty_buf_add_char(buf, (char)c);
	return 1;
}

const char *
ty_expr_scan_string(struct ty_arena *arena, const char *src, size_t len, size_t at,
		    size_t *ret_after)
{
	struct ty_buf buf;
	char quote = at < len ? src[at] : '\0';

	if (quote != '"' && quote != '\'' && quote != '`')
		return NULL;
	ty_buf_init(&buf, arena, 32);
	for (at++; at < len && src[at] != quote;) {
		size_t n = 1;

		if (src[at] == '\n' || src[at] == '\r' ||
		    (quote == '`' && src[at] == '$' && at + 1 < len && src[at + 1] == '{'))
			return NULL;
		if (src[at] != '\\')
			ty_buf_add_char(&buf, src[at]);
		else if (++at >= len || (n = scan_escape(&buf, src, len, at)) == 0)
			return NULL;
		at += n;
	}
	if (at >= len)
		return NULL;
	*ret_after = at + 1;
	return buf.data;
}
