/*
 * read_string.c -- texts and keys of a JSON text: escapes decoded, UTF-8 checked, and what is
 * neither mended or refused.
 *
 * A text without escapes is not copied before jansson does: eight bytes are looked at together.
 */
#include "json/read.h"

#include <stdlib.h>
#include <string.h>

/* ---- the scratch ---- */

static char *
scratch_room(struct json_reader *r, size_t more)
{
	if (r->scratch_cap - r->scratch_len < more) {
		r->scratch_cap = r->scratch_cap * 2 + more + 256;
		r->scratch = realloc(r->scratch, r->scratch_cap);
		TY_ASSERT(r->scratch != NULL);
	}
	return r->scratch + r->scratch_len;
}

static void
scratch_add(struct json_reader *r, const char *s, size_t len)
{
	if (len == 0)
		return;
	memcpy(scratch_room(r, len), s, len);
	r->scratch_len += len;
}

static void
scratch_add_code_point(struct json_reader *r, uint32_t c)
{
	char *out = scratch_room(r, 4);
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(lead[len] | c);
	r->scratch_len += len;
}

static void
mend(struct json_reader *r, unsigned bit)
{
	r->how->mended |= bit;
	scratch_add_code_point(r, 0xFFFD);
}

/* ---- strings ---- */

/*
 * Bytes of the UTF-8 character at 's' (2 to 4), or 0 where it is none; then '*ret_skip' is how
 * many one U+FFFD stands for (the longest beginning of a character, as the web's decoders).
 */
static size_t
utf8_len(const char *s, const char *end, size_t *ret_skip)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t left = (size_t)(end - s), len;
	unsigned char low = 0x80, high = 0xBF;

	*ret_skip = 1;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (p[0] == 0xE0)
		low = 0xA0; /* shorter forms, */
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xED)
		high = 0x9F; /* half pairs, */
	else if (p[0] == 0xF4)
		high = 0x8F; /* and code points above U+10FFFF are refused */
	for (size_t i = 1; i < len; i++) {
		if (i >= left || p[i] < low || p[i] > high)
			return 0;
		*ret_skip = i + 1;
		low = 0x80;
		high = 0xBF;
	}
	return len;
}

static bool
read_hex4(struct json_reader *r, const char *at, uint32_t *ret_unit)
{
	*ret_unit = 0;
	if (r->end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = at[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			*ret_unit = *ret_unit << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*ret_unit = *ret_unit << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* At the u of an escape. */
static bool
read_unicode(struct json_reader *r)
{
	const char *begin = r->at - 1;
	uint32_t unit, second;

	if (!read_hex4(r, r->at + 1, &unit))
		return json_reader_fail(r, begin, "four hexadecimal digits expected after \\u"),
		       false;
	r->at += 5;
	if (unit == 0 && !r->how->stored) {
		if (!r->how->foreign)
			return json_reader_fail_hint(r, begin, "\\u0000 is not allowed",
						     "Remove the \\u0000: text may not hold NUL."),
			       false;
		mend(r, TY_JSON_MENDED_NUL);
		return true;
	}
	if (unit < 0xD800 || unit > 0xDFFF) {
		scratch_add_code_point(r, unit);
		return true;
	}
	if (unit < 0xDC00 && r->end - r->at >= 2 && r->at[0] == '\\' && r->at[1] == 'u' &&
	    read_hex4(r, r->at + 2, &second) && second >= 0xDC00 && second <= 0xDFFF) {
		r->at += 6;
		scratch_add_code_point(r, 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00));
		return true;
	}
	if (!r->how->foreign)
		return json_reader_fail_hint(r, begin, "invalid Unicode, half a surrogate pair",
					     "Send both halves of the pair, or U+FFFD instead."),
		       false;
	mend(r, TY_JSON_MENDED_SURROGATE);
	return true;
}

/* At the backslash. */
static bool
read_escape(struct json_reader *r)
{
	static const char plain[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
					 ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };
	char c = '\0';

	if (++r->at < r->end)
		c = plain[(unsigned char)*r->at];
	if (c != '\0') {
		r->at++;
		scratch_add(r, &c, 1);
		return true;
	}
	if (r->at < r->end && *r->at == 'u')
		return read_unicode(r);
	return json_reader_fail(r, r->at - 1, "invalid escape"), false;
}

/* Bytes that need a look: the end of the string, an escape, control characters, beyond ASCII. */
static const bool is_special[256] = {
	/* clang-format off */
	1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
	['"'] = 1, ['\\'] = 1,
	[0x80] =
	1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
	1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
	1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
	1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,
	/* clang-format on */
};

/* Eight bytes of which none is special: each test sets the top bit of the bytes it is true of. */
static inline bool
eight_are_plain(const char *s)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	uint64_t w, quote, slash;

	memcpy(&w, s, sizeof(w));
	quote = w ^ (ones * '"');
	slash = w ^ (ones * '\\');
	return ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & tops) == 0;
}

static inline const char *
skip_plain(const char *s, const char *end)
{
	while (end - s >= 8 && eight_are_plain(s))
		s += 8;
	while (s < end && !is_special[(unsigned char)*s])
		s++;
	return s;
}

/* Read one special byte with what belongs to it; false with 'err' where it is refused. */
static bool
read_special(struct json_reader *r, const char **from)
{
	size_t len, skip;

	if (r->at == r->end)
		return json_reader_fail(r, r->at, "the closing '\"' expected"), false;
	if ((unsigned char)*r->at < 0x20)
		return json_reader_fail_hint(r, r->at, "control character",
					     "Write it as an escape, as in \\n."),
		       false;
	if (*r->at == '\\') {
		scratch_add(r, *from, (size_t)(r->at - *from));
		if (!read_escape(r))
			return false;
		*from = r->at;
		return true;
	}
	len = utf8_len(r->at, r->end, &skip);
	if (len == 0 && !r->how->foreign)
		return json_reader_fail_hint(r, r->at, "text that is no UTF-8",
					     "Send the text as UTF-8."),
		       false;
	if (len == 0) {
		scratch_add(r, *from, (size_t)(r->at - *from));
		mend(r, TY_JSON_MENDED_UTF8);
		*from = r->at + skip;
	}
	r->at += len > 0 ? len : skip;
	return true;
}

bool
json_read_text(struct json_reader *r, struct json_text *ret_text)
{
	const char *from = ++r->at, *begin = from;
	size_t offset = r->scratch_len;

	for (;;) {
		r->at = skip_plain(r->at, r->end);
		if (r->at < r->end && *r->at == '"')
			break;
		if (!read_special(r, &from))
			return false;
	}
	if (from == begin) {
		*ret_text = (struct json_text){ from, offset, (size_t)(r->at - from) };
	} else {
		scratch_add(r, from, (size_t)(r->at - from));
		*ret_text = (struct json_text){ NULL, offset, r->scratch_len - offset };
	}
	r->at++;
	return true;
}

json_t *
json_read_string(struct json_reader *r)
{
	struct json_text t;
	json_t *string;

	if (!json_read_text(r, &t))
		return NULL;
	string = r->is_blind ? json_true() : json_stringn_nocheck(json_text_bytes(r, &t), t.len);
	r->scratch_len = t.offset;
	return string;
}
