/*
 * number.c -- see number.h.  Owns nothing; writes into the caller's buffer.
 *
 * Digits are found in one of two ways.  In the range that people write (10^-5 to 2^53) the
 * double and the bounds of what rounds to it are whole numbers of 128 bits at a scale of 17
 * digits, so that the shortest multiple of a power of ten between the bounds is found by
 * division.  Elsewhere printf and strtod are asked, digit by digit.
 */
#include "json/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCALE_MAX 21 /* 55 bits by 10^21 are 125 bits */

__extension__ typedef unsigned __int128 uint128;

/* ---- any double, by printf ---- */

/*
 * 'count' significant digits of a positive 'value' and its decimal exponent; gives whether they
 * read back as it.
 */
static bool
number_digits(double value, int count, char *digits, int *ret_exponent)
{
	char raw[40];
	size_t n = 0;
	const char *p = raw;

	snprintf(raw, sizeof(raw), "%.*e", count - 1, value);
	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	digits[n] = '\0';
	*ret_exponent = (int)strtol(p + 1, NULL, 10);
	return strtod(raw, NULL) == value;
}

static bool
number_reads_back(const char *digits, int exponent, double value)
{
	char raw[40];

	snprintf(raw, sizeof(raw), "%se%d", digits, exponent - (int)strlen(digits) + 1);
	return strtod(raw, NULL) == value;
}

/* The next number of as many digits, away from zero. */
static void
number_increment(char *digits, int *exponent)
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

static int
shortest_by_printf(double value, char *digits)
{
	int unused, exponent = 0;
	/* Below a power of two the doubles lie closer, so the rounded digits may miss it
	 * while their upper neighbour does not. */
	bool lopsided = frexp(value, &unused) == 0.5;
	/* A normal double begins with 15 digits, because shorter texts are 15 with zeros. */
	int first = value < 2.2250738585072014e-308 ? 1 : 15;

	for (int count = first; count <= TY_JSON_NUMBER_DIGITS; count++) {
		if (number_digits(value, count, digits, &exponent))
			break;
		if (lopsided) {
			number_increment(digits, &exponent);
			if (number_reads_back(digits, exponent, value))
				break;
		}
	}
	for (size_t n = strlen(digits); n > 1 && digits[n - 1] == '0'; n--)
		digits[n - 1] = '\0';
	return exponent + 1;
}

/* ---- the usual range, by whole numbers ---- */

/* Digits of 'n' without the zeros at its end; gives how many 'n' has. */
static int
decimal_digits(uint64_t n, char *digits)
{
	char text[24], *at = text + sizeof(text);
	int all = 0;

	for (; n % 10 == 0; n /= 10)
		all++;
	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	memcpy(digits, at, (size_t)(text + sizeof(text) - at));
	digits[text + sizeof(text) - at] = '\0';
	return all + (int)(text + sizeof(text) - at);
}

/* A value between whole numbers, and the whole numbers that round to the same double. */
struct bounds {
	uint64_t low, high; /* both included */
	uint64_t whole;
	int rest; /* of the value beyond 'whole': below, at or above a half */
	bool is_whole;
};

/* The nearest multiple of the largest power of ten that has one between the bounds. */
static uint64_t
shortest_between(const struct bounds *b)
{
	uint64_t step = 1, below, twice;
	int side; /* the value against the middle of two multiples */

	while (b->high / (step * 10) * (step * 10) >= b->low)
		step *= 10;
	below = b->whole / step * step;
	twice = 2 * (b->whole - below);
	if (step == 1)
		side = b->rest;
	else if (twice == step)
		side = b->is_whole ? 0 : 1;
	else
		side = twice > step ? 1 : -1;
	if (side == 0)
		side = below / step % 2 != 0 ? 1 : -1;
	if (side < 0 && below < b->low)
		side = 1;
	else if (side > 0 && below + step > b->high)
		side = -1;
	return side > 0 ? below + step : below;
}

/* False where 'value' (> 0) is out of the range. */
static bool
shortest_by_integers(double value, char *digits, int *ret_point)
{
	static const double least = 1e-5, beyond = 9007199254740992.0; /* 2^53 */
	int exponent, shift, scale;
	uint64_t mantissa;
	struct bounds b;
	uint128 power = 1, mid, low, high, mask, half, rest;

	if (value < least || value >= beyond)
		return false;
	mantissa = (uint64_t)ldexp(frexp(value, &exponent), 53);
	bool even = mantissa % 2 == 0, lopsided = mantissa == (uint64_t)1 << 52;

	/* 17 or 18 digits before the point: exponent * log10(2), rounded down. */
	scale = exponent >= 0 ? 17 - exponent * 1233 / 4096 : 18 + -exponent * 1233 / 4096;
	if (scale > SCALE_MAX)
		scale = SCALE_MAX;
	shift = 53 - exponent + 2;
	for (int i = 0; i < scale; i++)
		power *= 10;
	mid = power * (4 * mantissa);
	low = power * (4 * mantissa - (lopsided ? 1 : 2));
	high = power * (4 * mantissa + 2);
	mask = ((uint128)1 << shift) - 1;
	half = (uint128)1 << (shift - 1);
	rest = mid & mask;
	b.whole = (uint64_t)(mid >> shift);
	b.rest = (rest > half) - (rest < half);
	b.is_whole = rest == 0;
	/* A bound itself rounds to the even neighbour. */
	b.low = (uint64_t)(low >> shift) + ((low & mask) != 0 || !even ? 1 : 0);
	b.high = (uint64_t)(high >> shift) - ((high & mask) == 0 && !even ? 1 : 0);
	*ret_point = decimal_digits(shortest_between(&b), digits) - scale;
	return true;
}

void
ty_json_shortest(double value, struct ty_json_decimal *ret_decimal)
{
	double size = fabs(value);

	ret_decimal->negative = signbit(value) != 0;
	ret_decimal->digits[0] = '\0';
	ret_decimal->point = 0;
	if (size != 0 && !shortest_by_integers(size, ret_decimal->digits, &ret_decimal->point))
		ret_decimal->point = shortest_by_printf(size, ret_decimal->digits);
}

/* ---- layout ---- */

static char *
layout_fill(char *out, char c, int count)
{
	memset(out, c, (size_t)count);
	return out + count;
}

/* ECMAScript Number::toString: 'point' is where the decimal point goes. */
static char *
layout(const struct ty_json_decimal *d, char *out)
{
	size_t count = strlen(d->digits);
	int digits = (int)count;
	/* Digits before the point, and zeros in front of them. */
	int before = d->point > 21 || d->point <= -6 ? 1 : d->point <= 0 ? 0 : d->point;

	if (before > digits) {
		memcpy(out, d->digits, count);
		return layout_fill(out + digits, '0', before - digits);
	}
	if (before == 0) {
		*out++ = '0';
		*out++ = '.';
		out = layout_fill(out, '0', -d->point);
	}
	memcpy(out, d->digits, (size_t)before);
	out += before;
	if (before > 0 && digits > before)
		*out++ = '.';
	memcpy(out, d->digits + before, (size_t)(digits - before));
	out += digits - before;
	if (d->point > 21 || d->point <= -6)
		out += snprintf(out, 8, "e%+d", d->point - 1);
	return out;
}

static char *
layout_whole(uint64_t n, char *out)
{
	char text[24], *at = text + sizeof(text);
	size_t len;

	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	len = (size_t)(text + sizeof(text) - at);
	memcpy(out, at, len);
	return out + len;
}

size_t
ty_json_number_format(double value, char out[TY_JSON_NUMBER_SIZE])
{
	double size = fabs(value);
	struct ty_json_decimal decimal;
	char *end = out;

	if (!isfinite(value)) {
		memcpy(out, "null", 5); /* JSON has no other numbers */
		return 4;
	}
	if (value < 0)
		*end++ = '-';
	if (size < 9007199254740992.0 && size == (double)(uint64_t)size) {
		end = layout_whole((uint64_t)size, end);
	} else {
		ty_json_shortest(size, &decimal);
		end = layout(&decimal, end);
	}
	*end = '\0';
	return (size_t)(end - out);
}

size_t
ty_json_integer_format(int64_t value, char out[TY_JSON_NUMBER_SIZE])
{
	char *end = out;

	if (value < 0)
		*end++ = '-';
	end = layout_whole(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, end);
	*end = '\0';
	return (size_t)(end - out);
}

/* ---- order ---- */

#define POINT_MAX 1000000000000000LL /* an exponent beyond is as good as this one */

/* A number's text, seen as digits without zeros at either end. */
struct digits {
	const char *at, *end; /* the first and behind the last; a point may be between */
	int64_t point;	      /* the value is 0.DIGITS times ten to the power of this */
	bool negative;
};

static int64_t
exponent_of(const char *s, const char *end)
{
	int64_t n = 0;
	bool negative = s < end && *s == '-';

	for (s += s < end && (*s == '-' || *s == '+'); s < end; s++)
		if (n < POINT_MAX)
			n = n * 10 + (*s - '0');
	return negative ? -n : n;
}

static struct digits
digits_of(const char *s, size_t len)
{
	struct digits d = { .end = s + len };
	const char *e = s;

	while (e < d.end && *e != 'e' && *e != 'E')
		e++;
	if (e < d.end)
		d.point = exponent_of(e + 1, d.end);
	d.end = e;
	d.negative = s < d.end && *s == '-';
	s += d.negative;
	for (d.at = s; d.at < d.end && (*d.at == '0' || *d.at == '.');)
		d.at++;
	for (e = s; e < d.end && *e != '.';)
		e++;
	/* Digits before the point count up, zeros behind it down. */
	d.point += d.at <= e ? e - d.at : e + 1 - d.at;
	if (e < d.end)
		while (d.end > d.at && (d.end[-1] == '0' || d.end[-1] == '.'))
			d.end--;
	while (d.end > d.at && d.end[-1] == '0')
		d.end--;
	return d;
}

static int
digits_compare(struct digits a, struct digits b)
{
	if (a.point != b.point)
		return a.point > b.point ? 1 : -1;
	for (;; a.at++, b.at++) {
		a.at += a.at < a.end && *a.at == '.';
		b.at += b.at < b.end && *b.at == '.';
		if (a.at == a.end || b.at == b.end)
			return (a.at < a.end) - (b.at < b.end);
		if (*a.at != *b.at)
			return *a.at > *b.at ? 1 : -1;
	}
}

int
ty_json_number_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct digits x = digits_of(a, a_len), y = digits_of(b, b_len);
	bool x_is_zero = x.at == x.end, y_is_zero = y.at == y.end;
	int order;

	if (x_is_zero || y_is_zero)
		return x_is_zero && y_is_zero ? 0
		       : x_is_zero	      ? (y.negative ? 1 : -1)
					      : (x.negative ? -1 : 1);
	if (x.negative != y.negative)
		return x.negative ? -1 : 1;
	order = digits_compare(x, y);
	return x.negative ? -order : order;
}

size_t
ty_json_number_normal(const char *text, size_t len, char *out)
{
	struct digits d = digits_of(text, len);
	char *end = out;

	if (d.at == d.end) {
		memcpy(out, "0", 2);
		return 1;
	}
	if (d.negative)
		*end++ = '-';
	for (; d.at < d.end; d.at++)
		if (*d.at != '.')
			*end++ = *d.at;
	end += snprintf(end, 24, "e%lld", (long long)d.point);
	return (size_t)(end - out);
}
