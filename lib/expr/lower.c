/*
 * lower.c -- JavaScript's toLowerCase() (ECMA-262, 22.1.3.28) of UTF-8 text.
 *
 * The C library knows each character's small letter.  Two rules of Unicode's SpecialCasing.txt are
 * beyond it: a capital I with a dot becomes two characters, and a capital sigma depends on what
 * stands around it.
 */
#include "expr/lower.h"

#include "base/arena.h"
#include "base/buf.h"

#include <locale.h>
#include <wctype.h>

#define CAPITAL_I_DOT 0x130
#define CAPITAL_SIGMA 0x3A3
#define FINAL_SIGMA   0x3C2
#define SHARP_S	      0xDF

struct ty_lower {
	locale_t letters;
};

static void
lower_free(void *lower)
{
	freelocale(((struct ty_lower *)lower)->letters);
}

const struct ty_lower *
ty_lower_new(struct ty_arena *arena)
{
	struct ty_lower *lower = ty_arena_new_of(arena, struct ty_lower);

	/* glibc has it wherever it is installed, and it is the same on every machine. */
	lower->letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	TY_ASSERT(lower->letters != (locale_t)0);
	ty_arena_defer(arena, lower_free, lower);
	return lower;
}

/* The character at 's', whose text is UTF-8. */
static uint32_t
decode(const unsigned char *s, size_t *ret_len)
{
	uint32_t c = s[0];

	*ret_len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (*ret_len > 1)
		c &= 0x7FU >> *ret_len;
	for (size_t i = 1; i < *ret_len; i++)
		c = c << 6 | (s[i] & 0x3FU);
	return c;
}

static void
encode(struct ty_buf *buf, uint32_t c)
{
	char out[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)(len == 1 ? c : (0xF00U >> len & 0xFF) | c);
	ty_buf_add(buf, out, len);
}

/* A letter before, and none behind: the end of a word. */
static bool
ends_word(const struct ty_lower *lower, const char *s, size_t len, size_t at, uint32_t before)
{
	size_t unused;

	return before != 0 && iswalpha_l((wint_t)before, lower->letters) &&
	       (at == len || !iswalpha_l((wint_t)decode((const unsigned char *)s + at, &unused),
					 lower->letters));
}

static void
lower_wide(const struct ty_lower *lower, struct ty_buf *buf, const char *s, size_t len)
{
	uint32_t before = 0;
	size_t n;

	for (size_t at = 0; at < len;) {
		uint32_t c = decode((const unsigned char *)s + at, &n);

		at += n;
		if (c == CAPITAL_I_DOT)
			ty_buf_add_str(buf, "i\xCC\x87");
		else if (c == CAPITAL_SIGMA && ends_word(lower, s, len, at, before))
			encode(buf, FINAL_SIGMA);
		else
			encode(buf, (uint32_t)towlower_l((wint_t)c, lower->letters));
		before = c;
	}
}

const char *
ty_lower_text(const struct ty_lower *lower, struct ty_arena *arena, const char *s, size_t len,
	      size_t *ret_len)
{
	char *out = ty_arena_strndup(arena, s, len);
	struct ty_buf buf;
	size_t i = 0;

	for (; i < len && (unsigned char)out[i] < 0x80; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] | 0x20);
	*ret_len = len;
	if (i == len)
		return out;
	ty_buf_init(&buf, arena, len + 16);
	lower_wide(lower, &buf, s, len);
	*ret_len = buf.len;
	return buf.data;
}

const char *
ty_upper_text(const struct ty_lower *lower, struct ty_arena *arena, const char *s, size_t len,
	      size_t *ret_len)
{
	struct ty_buf buf;
	size_t n;

	ty_buf_init(&buf, arena, len + 16);
	for (size_t at = 0; at < len; at += n) {
		uint32_t c = decode((const unsigned char *)s + at, &n);

		if (c == SHARP_S)
			ty_buf_add_str(&buf, "SS");
		else
			encode(&buf, (uint32_t)towupper_l((wint_t)c, lower->letters));
	}
	*ret_len = buf.len;
	return buf.data;
}
