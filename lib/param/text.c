/*
 * text.c -- see text.h.  Owns nothing; writes into the caller's buffer.
 */
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17 /* any double reads back from 17 significant digits */

/* 'count' significant digits of a positive 'value'; gives the decimal exponent. */
static int
text_digits(double value, int count, char *digits)
{
	char raw[40];
	size_t n = 0;
	const char *p = raw;

	snprintf(raw, sizeof(raw), "%.*e", count - 1, value);
	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	digits[n] = '\0';
	return (int)strtol(p + 1, NULL, 10);
}

static bool
text_reads_back(const char *digits, int exponent, double value)
{
	char raw[40];

	snprintf(raw, sizeof(raw), "%se%d", digits, exponent - (int)strlen(digits) + 1);
	return strtod(raw, NULL) == value;
}

/* The next number of as many digits, away from zero. */
static void
text_increment(char *digits, int *exponent)
{
	size_t i = strlen(digits);

	while (i > 0 && digits[i - 1] == '9')
		digits[--i] = '0';
	if (i > 0) {
		digits[i - 1]++;
	} else {
		digits[0] = '1';
		(*exponent)++;
	}
}

/* The shortest digits that read back as 'value' (> 0), the nearest of those. */
static int
text_shortest(double value, char *digits)
{
	int unused, exponent = 0;
	/* Below a power of two the doubles lie closer, so the rounded digits may miss it
	 * while their upper neighbour does not. */
	bool lopsided = frexp(value, &unused) == 0.5;

	for (int count = 1; count <= DIGITS_MAX; count++) {
		exponent = text_digits(value, count, digits);
		if (text_reads_back(digits, exponent, value))
			break;
		if (lopsided) {
			text_increment(digits, &exponent);
			if (text_reads_back(digits, exponent, value))
				break;
		}
	}
	for (size_t n = strlen(digits); n > 1 && digits[n - 1] == '0'; n--)
		digits[n - 1] = '\0';
	return exponent;
}

/* ECMAScript Number::toString: 'point' is where the decimal point goes. */
static void
text_layout(const char *digits, int point, char *out, size_t size)
{
	int count = (int)strlen(digits);

	if (count <= point && point <= 21)
		snprintf(out, size, "%s%.*s", digits, point - count, "00000000000000000000");
	else if (0 < point && point <= 21)
		snprintf(out, size, "%.*s.%s", point, digits, digits + point);
	else if (-6 < point && point <= 0)
		snprintf(out, size, "0.%.*s%s", -point, "00000", digits);
	else if (count == 1)
		snprintf(out, size, "%se%+d", digits, point - 1);
	else
		snprintf(out, size, "%c.%se%+d", digits[0], digits + 1, point - 1);
}

void
ty_param_number_format(double value, char out[TY_PARAM_NUMBER_SIZE])
{
	char digits[DIGITS_MAX + 3];

	if (value == 0 || !isfinite(value)) {
		/* JSON has no other numbers; -0 is "0" in JavaScript too. */
		snprintf(out, TY_PARAM_NUMBER_SIZE, "%s", value == 0 ? "0" : "null");
		return;
	}
	if (value < 0)
		*out = '-';
	size_t sign = value < 0;
	int exponent = text_shortest(fabs(value), digits);

	text_layout(digits, exponent + 1, out + sign, TY_PARAM_NUMBER_SIZE - sign);
}

static void
text_add_number(struct ty_buf *buf, const json_t *value)
{
	char out[TY_PARAM_NUMBER_SIZE];
	json_int_t n = json_integer_value(value);

	/* The common case, exact both ways, without the search for digits. */
	if (json_is_integer(value) && n > -(1LL << 53) && n < (1LL << 53))
		snprintf(out, sizeof(out), "%lld", (long long)n);
	else
		ty_param_number_format(json_number_value(value), out);
	ty_buf_add_str(buf, out);
}

static void
text_add_quoted(struct ty_buf *buf, const char *s, size_t len)
{
	static const char escapes[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	ty_buf_add_char(buf, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			ty_buf_add_char(buf, '\\');
			ty_buf_add_char(buf, (char)c);
		} else if (c < sizeof(escapes) && escapes[c] != '\0') {
			ty_buf_add_char(buf, '\\');
			ty_buf_add_char(buf, escapes[c]);
		} else if (c < 0x20) {
			ty_buf_printf(buf, "\\u%04x", c);
		} else {
			ty_buf_add_char(buf, (char)c);
		}
	}
	ty_buf_add_char(buf, '"');
}

/* A key that JavaScript orders as an array index: canonical 0 .. 2^32-2. */
static bool
text_is_index(const char *key, uint64_t *ret_n)
{
	uint64_t n = 0;
	size_t len = strlen(key);

	if (len == 0 || len > 10 || (key[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < '0' || key[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(key[i] - '0');
	}
	*ret_n = n;
	return n < UINT32_MAX;
}

static void text_add_json(struct ty_buf *buf, const json_t *value);

static void
text_add_member(struct ty_buf *buf, const char *key, const json_t *value, bool *first)
{
	if (!*first)
		ty_buf_add_char(buf, ',');
	*first = false;
	text_add_quoted(buf, key, strlen(key));
	ty_buf_add_char(buf, ':');
	text_add_json(buf, value);
}

struct text_index {
	uint64_t n;
	const char *key;
	const json_t *value;
};

static int
text_index_cmp(const void *a, const void *b)
{
	const struct text_index *x = a, *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

static void
text_add_object(struct ty_buf *buf, const json_t *object)
{
	struct text_index *indexes = NULL;
	size_t count = 0;
	uint64_t n;
	bool first = true;
	const char *key;
	json_t *value;

	ty_buf_add_char(buf, '{');
	json_object_foreach((json_t *)object, key, value)
	{
		if (!text_is_index(key, &n))
			continue;
		if (indexes == NULL)
			indexes = ty_arena_alloc_array(buf->arena, json_object_size(object),
						       sizeof(*indexes));
		indexes[count++] = (struct text_index){ n, key, value };
	}
	if (count > 0)
		qsort(indexes, count, sizeof(*indexes), text_index_cmp);
	for (size_t i = 0; i < count; i++)
		text_add_member(buf, indexes[i].key, indexes[i].value, &first);
	json_object_foreach((json_t *)object, key, value) if (count == 0 || !text_is_index(key, &n))
		text_add_member(buf, key, value, &first);
	ty_buf_add_char(buf, '}');
}

static void
text_add_json(struct ty_buf *buf, const json_t *value)
{
	size_t i;
	json_t *entry;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		text_add_object(buf, value);
		break;
	case JSON_ARRAY:
		ty_buf_add_char(buf, '[');
		json_array_foreach((json_t *)value, i, entry)
		{
			if (i > 0)
				ty_buf_add_char(buf, ',');
			text_add_json(buf, entry);
		}
		ty_buf_add_char(buf, ']');
		break;
	case JSON_STRING:
		text_add_quoted(buf, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		text_add_number(buf, value);
		break;
	case JSON_TRUE:
		ty_buf_add_str(buf, "true");
		break;
	case JSON_FALSE:
		ty_buf_add_str(buf, "false");
		break;
	case JSON_NULL:
		ty_buf_add_str(buf, "null");
		break;
	}
}

void
ty_param_text_add(struct ty_buf *buf, const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return;
	if (json_is_string(value))
		ty_buf_add(buf, json_string_value(value), json_string_length(value));
	else
		text_add_json(buf, value);
}
