/*
 * text.c -- one pass over JSON text for text.h.  The text is well formed: JSON.stringify made
 * it.  Where hostile code forged it nothing here goes out of bounds, and the parent
 * refuses it.
 */
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least number of digits that can leave 64 bits. */
#define LONG_DIGITS 19
/* Size of the member "half_pairs" at most, and the NUL. */
#define HALVES_SIZE 48

size_t
text_depth(const unsigned short *text, size_t len)
{
	size_t depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case '"':
			in_string = !in_string;
			break;
		case '\\':
			i++;
			break;
		case '[':
		case '{':
			if (!in_string && ++depth > deepest)
				deepest = depth;
			break;
		case ']':
		case '}':
			if (!in_string && depth > 0)
				depth--;
			break;
		default:
			break;
		}
	}
	return deepest;
}

bool
text_has_nul(const unsigned short *text, size_t len)
{
	static const unsigned short nul[] = { '\\', 'u', '0', '0', '0', '0' };
	const size_t nul_len = sizeof(nul) / sizeof(nul[0]);

	for (size_t i = 0; i + nul_len <= len; i++) {
		if (text[i] != '\\')
			continue;
		if (memcmp(text + i, nul, sizeof(nul)) == 0)
			return true;
		i++;
	}
	return false;
}

static bool
is_name_char(unsigned short c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

static bool
has_word(const unsigned short *text, size_t len, const unsigned short *word, size_t word_len)
{
	bool is_whole = word_len > 0 && word[0] == '=';

	if (is_whole) {
		word++;
		word_len--;
	}
	for (size_t i = 0; i + word_len <= len; i++) {
		if (text[i] != word[0] || memcmp(text + i, word, word_len * sizeof(*word)) != 0)
			continue;
		if (!is_whole || ((i == 0 || !is_name_char(text[i - 1])) &&
				  (i + word_len == len || !is_name_char(text[i + word_len]))))
			return true;
	}
	return false;
}

unsigned int
text_mentions(const unsigned short *text, size_t len, const unsigned short *words, size_t words_len)
{
	unsigned int bits = 0;
	size_t start = 0;

	for (unsigned int nth = 0; nth < 32 && start < words_len; nth++) {
		size_t end = start;

		while (end < words_len && words[end] != ' ')
			end++;
		if (has_word(text, len, words + start, end - start))
			bits |= 1U << nth;
		start = end + 1;
	}
	return bits;
}

static bool
is_surrogate(const char *hex)
{
	return (hex[0] == 'd' || hex[0] == 'D') && strchr("89abcdefABCDEF", hex[1]) != NULL &&
	       hex[1] != '\0';
}

/* From a string's opening quote to past its closing one; counts the halves that were replaced. */
static char *
mend_string(char *p, const char *end, size_t *halves)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p != '\\')
			continue;
		if (end - p > 6 && p[1] == 'u' && is_surrogate(p + 2)) {
			memcpy(p + 2, "fffd", 4);
			++*halves;
		}
		p++;
	}
	return p < end ? p + 1 : p;
}

static char *
skip_number(char *p, const char *end)
{
	while (p < end && strchr("+-.0123456789eE", *p) != NULL && *p != '\0')
		p++;
	return p;
}

static bool
is_beyond_64_bits(const char *p, const char *end)
{
	char digits[32];
	size_t len = (size_t)(end - p);

	if (len < LONG_DIGITS || len >= sizeof(digits))
		return false;
	memcpy(digits, p, len);
	digits[len] = '\0';
	if (strpbrk(digits, ".eE") != NULL)
		return false;
	errno = 0;
	(void)strtoll(digits, NULL, 10);
	return errno == ERANGE;
}

/* Mend strings in place and count the numbers that must become reals. */
static size_t
mend_strings(char *text, size_t len, size_t *halves)
{
	char *p = text, *end = text + len;
	size_t long_numbers = 0;

	while (p < end) {
		char *start = p;

		if (*p == '"') {
			p = mend_string(p, end, halves);
		} else if (*p == '-' || (*p >= '0' && *p <= '9')) {
			p = skip_number(p, end);
			long_numbers += is_beyond_64_bits(start, p);
		} else {
			p++;
		}
	}
	return long_numbers;
}

static void
copy_with_reals(const char *from, size_t len, char *to)
{
	char *p = (char *)from, *end = (char *)from + len;
	size_t ignored = 0; /* no half pair is left */

	while (p < end) {
		char *start = p;
		bool is_number = *p == '-' || (*p >= '0' && *p <= '9');

		if (*p == '"')
			p = mend_string(p, end, &ignored);
		else
			p = is_number ? skip_number(p, end) : p + 1;
		memcpy(to, start, (size_t)(p - start));
		to += p - start;
		if (is_number && is_beyond_64_bits(start, p)) {
			memcpy(to, ".0", 2);
			to += 2;
		}
	}
	*to = '\0';
}

/* The member for them, in place of the object's last brace. */
static size_t
add_halves(char *end, size_t halves)
{
	int n = snprintf(end - 1, HALVES_SIZE, ",\"half_pairs\":%zu}", halves);

	return (size_t)n - 1;
}

char *
text_make_storable(char *out, size_t head, size_t *len)
{
	size_t halves = 0, reals = mend_strings(out + head, *len, &halves);
	char *grown;

	if (reals == 0 && halves == 0)
		return out;
	grown = malloc(head + *len + 2 * reals + HALVES_SIZE);
	if (grown == NULL)
		abort();
	copy_with_reals(out + head, *len, grown + head);
	*len += 2 * reals;
	if (halves > 0 && grown[head + *len - 1] == '}')
		*len += add_halves(grown + head + *len, halves);
	free(out);
	return grown;
}
