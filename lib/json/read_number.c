/*
 * read_number.c -- numbers of a JSON text: an int64, a double, or an exact number (number.h),
 * the first of them that keeps every digit.
 */
#include "json/read.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number's text, as it is read. */
struct number {
	const char *begin, *end;
	uint64_t digits;  /* the significant ones, while there are at most 19 */
	int count;	  /* digits without zeros in front */
	int zeros;	  /* zeros at the end of these */
	int64_t fraction; /* digits behind the point */
	int64_t exponent;
	bool is_whole; /* no point and no exponent */
};

static void
number_digit(struct number *n, char c)
{
	if (n->count == 0 && c == '0')
		return;
	n->count += n->count < 1 << 30;
	n->zeros = c == '0' ? n->zeros + 1 : 0;
	if (n->count <= 19)
		n->digits = n->digits * 10 + (uint64_t)(c - '0');
}

static inline bool
is_digit(const struct json_reader *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool
scan_exponent(struct json_reader *r, struct number *n)
{
	bool negative = false;

	r->at++;
	if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
		negative = *r->at++ == '-';
	if (!is_digit(r))
		return json_reader_fail(r, r->at, "a digit expected in the exponent"), false;
	for (; is_digit(r); r->at++)
		if (n->exponent < 100000)
			n->exponent = n->exponent * 10 + (*r->at - '0');
	if (negative)
		n->exponent = -n->exponent;
	return true;
}

static bool
scan_number(struct json_reader *r, struct number *n)
{
	*n = (struct number){ .begin = r->at, .is_whole = true };
	r->at += *r->at == '-';
	if (!is_digit(r))
		return json_reader_fail(r, r->at, "a digit expected"), false;
	if (*r->at == '0' && r->end - r->at > 1 && r->at[1] >= '0' && r->at[1] <= '9')
		return json_reader_fail(r, r->at, "a number without zeros in front expected"),
		       false;
	for (; is_digit(r); r->at++)
		number_digit(n, *r->at);
	if (r->at < r->end && *r->at == '.') {
		n->is_whole = false;
		r->at++;
		if (!is_digit(r))
			return json_reader_fail(r, r->at, "a digit expected after the point"),
			       false;
		for (; is_digit(r); r->at++, n->fraction++)
			number_digit(n, *r->at);
	}
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		n->is_whole = false;
		if (!scan_exponent(r, n))
			return false;
	}
	n->end = r->at;
	return true;
}

static json_t *
exact_number(const struct number *n)
{
	size_t len = (size_t)(n->end - n->begin);
	char near[128], *text = len < sizeof(near) ? near : malloc(len + 1);
	json_t *json;

	TY_ASSERT(text != NULL);
	text[0] = TY_JSON_NUMBER_MARK;
	memcpy(text + 1, n->begin, len);
	json = json_stringn_nocheck(text, len + 1);
	if (text != near)
		free(text);
	return json;
}

static json_t *
whole_number(const struct number *n)
{
	bool negative = *n->begin == '-';
	uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	if (n->count == 0 && negative)
		return json_real(-0.0);
	if (n->count > 19 || n->digits > max)
		return exact_number(n);
	return json_integer(negative ? (json_int_t)(0 - n->digits) : (json_int_t)n->digits);
}

/* strtod of a number of at most 17 significant digits, however many zeros it is written with. */
static double
number_double(const struct number *n, uint64_t digits, int64_t exponent)
{
	char text[48];

	snprintf(text, sizeof(text), "%s%llue%lld", *n->begin == '-' ? "-" : "",
		 (unsigned long long)digits, (long long)exponent);
	return strtod(text, NULL);
}

/* Has the shortest text of 'value' the digits that were read? */
static bool
double_keeps(double value, uint64_t digits, int count, int64_t exponent)
{
	struct ty_json_decimal decimal;
	uint64_t kept = 0;

	if (!isfinite(value) || value == 0)
		return false;
	/* Fifteen digits are always kept, but by the few bits of the smallest doubles. */
	if (count <= DBL_DIG && fabs(value) >= DBL_MIN)
		return true;
	ty_json_shortest(value, &decimal);
	for (const char *p = decimal.digits; *p != '\0'; p++)
		kept = kept * 10 + (uint64_t)(*p - '0');
	return kept == digits && decimal.point == count + exponent;
}

static json_t *
real_number(const struct number *n)
{
	static const double powers[] = { 1e0,  1e1,  1e2,  1e3,	 1e4,  1e5,  1e6,  1e7,
					 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	int count = n->count - n->zeros;
	int64_t exponent = n->exponent - n->fraction + n->zeros;
	uint64_t digits = n->digits;
	double value;

	if (n->count == 0)
		return json_real(*n->begin == '-' ? -0.0 : 0.0);
	if (count > TY_JSON_NUMBER_DIGITS)
		return exact_number(n);
	for (int zeros = n->count > 19 ? 19 - count : n->zeros; zeros > 0; zeros--)
		digits /= 10;
	if (count <= DBL_DIG && exponent >= -22 && exponent <= 22) {
		/* Both operands are doubles without loss, so that one operation rounds as strtod does. */
		value = exponent < 0 ? (double)digits / powers[-exponent]
				     : (double)digits * powers[exponent];
		return json_real(*n->begin == '-' ? -value : value);
	}
	value = number_double(n, digits, exponent);
	return double_keeps(value, digits, count, exponent) ? json_real(value) : exact_number(n);
}

json_t *
json_read_number(struct json_reader *r)
{
	struct number n;

	if (!scan_number(r, &n))
		return NULL;
	if (r->is_blind)
		return json_true();
	return n.is_whole ? whole_number(&n) : real_number(&n);
}
