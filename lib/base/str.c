/*
 * str.c -- string helpers.  Nothing here depends on the locale.
 */
#include "base/str.h"
#include "base/arena.h"

#include <string.h>
#include <strings.h>

bool
ty_str_eq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
ty_str_ieq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcasecmp(a, b) == 0;
}

bool
ty_str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
ty_str_is_blank(const char *s)
{
	return s == NULL || s[strspn(s, " \t\r\n")] == '\0';
}

bool
ty_str_list_next(const char **at, struct ty_str_word *ret_word)
{
	static const char dividers[] = ", \t\r\n";
	const char *begin;

	if (*at == NULL)
		return false;
	begin = *at + strspn(*at, dividers);
	*ret_word = (struct ty_str_word){ begin, strcspn(begin, dividers) };
	*at = begin + ret_word->len;
	return ret_word->len > 0;
}

bool
ty_str_list_has(const char *list, const char *word)
{
	struct ty_str_word entry;

	while (ty_str_list_next(&list, &entry))
		if (entry.len == strlen(word) && strncasecmp(entry.s, word, entry.len) == 0)
			return true;
	return false;
}

bool
ty_str_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret_n)
{
	bool negative = *s == '-';
	int64_t n = 0;

	s += negative;
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		/* Built up below zero: INT64_MIN has no positive twin. */
		if (__builtin_mul_overflow(n, (int64_t)10, &n) ||
		    __builtin_sub_overflow(n, (int64_t)(*s - '0'), &n))
			return false;
	}
	if (!negative && n == INT64_MIN)
		return false;
	if (!negative)
		n = -n;
	if (n < min || n > max)
		return false;
	*ret_n = n;
	return true;
}

/* Bytes that follow a lead byte, and the range its second byte must lie in (RFC 3629, section 4). */
static size_t
utf8_tail(unsigned char c, unsigned char *ret_min, unsigned char *ret_max)
{
	*ret_min = 0x80;
	*ret_max = 0xBF;
	if (c >= 0xC2 && c <= 0xDF)
		return 1;
	if (c >= 0xE0 && c <= 0xEF) {
		if (c == 0xE0)
			*ret_min = 0xA0;
		if (c == 0xED)
			*ret_max = 0x9F;
		return 2;
	}
	if (c >= 0xF0 && c <= 0xF4) {
		if (c == 0xF0)
			*ret_min = 0x90;
		if (c == 0xF4)
			*ret_max = 0x8F;
		return 3;
	}
	return 0;
}

bool
ty_str_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + len;

	while (p < end) {
		unsigned char min, max;
		size_t tail;

		if (*p == 0)
			return false;
		if (*p < 0x80) {
			p++;
			continue;
		}
		tail = utf8_tail(*p++, &min, &max);
		if (tail == 0 || (size_t)(end - p) < tail || *p < min || *p > max)
			return false;
		for (p++, tail--; tail > 0; p++, tail--) {
			if ((*p & 0xC0) != 0x80)
				return false;
		}
	}
	return true;
}

const char *
ty_str_or_null(const char *s)
{
	return ty_str_is_blank(s) ? NULL : s;
}

size_t
ty_str_utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

bool
ty_str_is_slug(const char *s, size_t max_len)
{
	size_t len = strlen(s);

	if (len == 0 || len > max_len || s[0] == '-' || s[len - 1] == '-')
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
ty_str_url_decode(struct ty_arena *arena, const char *s, size_t len, bool plus, size_t *ret_len)
{
	char *out = ty_arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (s[i] == '+' && plus) {
			out[n++] = ' ';
			continue;
		}
		if (s[i] != '%') {
			if (s[i] == '\0')
				return NULL;
			out[n++] = s[i];
			continue;
		}
		if (len - i < 3 || (high = hex_value(s[i + 1])) < 0 ||
		    (low = hex_value(s[i + 2])) < 0 || (high | low) == 0)
			return NULL;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	out[n] = '\0';
	if (ret_len != NULL)
		*ret_len = n;
	return out;
}

char *
ty_str_lower(struct ty_arena *arena, const char *s)
{
	char *lower = ty_arena_strdup(arena, s);

	for (char *at = lower; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return lower;
}

char *
ty_str_url_encode(struct ty_arena *arena, const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = ty_arena_alloc(arena, 3 * len + 1), *p = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("-._~", c) != NULL)) {
			*p++ = (char)c;
		} else {
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	*p = '\0';
	return out;
}

void
ty_str_hex(const void *data, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

bool
ty_str_unhex(const char *hex, size_t hex_len, uint8_t *out)
{
	if (hex_len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex_len; i += 2) {
		int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}

size_t
ty_str_distance(const char *a, const char *b)
{
	enum { MAX = 48 };
	size_t row[MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX)
		return MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}
