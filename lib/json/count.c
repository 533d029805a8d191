/*
 * count.c -- how many values a text of JSON holds, before anything is made of it.
 *
 * A list or an object of n values has n - 1 commas, so the values of a text are one and, for each
 * comma, one more, and one for each bracket that is not closed at once.
 */
#include "json/json.h"

/* Class of each byte for the count. */
enum { PLAIN, SPACE, QUOTE, COMMA, OPEN, CLOSE };

static const unsigned char classes[256] = {
	[' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, ['"'] = QUOTE,
	[','] = COMMA, ['['] = OPEN,   ['{'] = OPEN,   [']'] = CLOSE,  ['}'] = CLOSE,
};

/* Behind the closing quote of the string that 'at' is in. */
static const char *
skip_string(const char *at, const char *end)
{
	while (at < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at < end ? at + 1 : end;
}

size_t
ty_json_count(const char *data, size_t len)
{
	const char *at = data, *end = data + len;
	size_t count = 1;
	bool opened = false;

	while (at < end) {
		unsigned char class = classes[(unsigned char)*at++];

		if (class == SPACE)
			continue;
		if (opened && class != CLOSE)
			count++;
		opened = class == OPEN;
		if (class == COMMA)
			count++;
		else if (class == QUOTE)
			at = skip_string(at, end);
	}
	return count;
}
