/*
 * ascii.c -- see ascii.h.  The transliterator is made at the first call, and kept.
 */
#include "ascii.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/utrans.h>

/* Room for each character, because one becomes four at most in common scripts; a text that grows more is
 * tried again with this. */
#define GROWTH 4

static UTransliterator *made;

static UTransliterator *
transliterator(void)
{
	static const UChar id[] = u"Any-Latin; Latin-ASCII";
	UErrorCode status = U_ZERO_ERROR;

	if (made == NULL)
		made = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
	return U_SUCCESS(status) ? made : NULL;
}

/* A pair of surrogates is one character. */
static size_t
without_others(unsigned short *text, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		bool is_second = i > 0 && (text[i] & 0xfc00) == 0xdc00;

		if (!is_second)
			text[out++] = text[i] < 128 ? text[i] : '?';
	}
	return out;
}

unsigned short *
ascii_spelling(const unsigned short *text, size_t len, size_t *ret_len)
{
	UTransliterator *trans = transliterator();
	size_t cap = len * GROWTH + 64;

	while (trans != NULL && cap < INT32_MAX / GROWTH) {
		UChar *out = malloc(cap * sizeof(*out));
		int32_t used = (int32_t)len, limit = (int32_t)len;
		UErrorCode status = U_ZERO_ERROR;

		if (out == NULL)
			abort();
		memcpy(out, text, len * sizeof(*out));
		utrans_transUChars(trans, out, &used, (int32_t)cap, 0, &limit, &status);
		if (U_SUCCESS(status)) {
			*ret_len = without_others(out, (size_t)used);
			return out;
		}
		free(out);
		if (status != U_BUFFER_OVERFLOW_ERROR)
			break;
		cap *= GROWTH;
	}
	return NULL;
}
