/*
 * number.h -- numbers as text: the shortest digits that read back as the same double, and
 * numbers that no double and no int64 keeps.
 *
 * An exact number is a number whose digits neither an int64 nor the shortest text of a double
 * keeps: an integer beyond 64 bits, a decimal with more digits than a double carries, 1e400.
 * json_t has no place for one, so it travels as a JSON_STRING: the byte 0xFF, then the number's
 * text as it came.  0xFF is in no UTF-8 text and every way in checks UTF-8, so that only
 * ty_json_read() makes one and no text from outside is ever taken for one.  json.h makes
 * jansson's questions say that it is a number and no text; every writer writes bare digits.
 */
#ifndef TY_JSON_NUMBER_H
#define TY_JSON_NUMBER_H

#include "base/defs.h"

#define TY_JSON_NUMBER_SIZE   32 /* any double's text: sign, 0.00000, 17 digits, exponent; NUL */
#define TY_JSON_NUMBER_MARK   '\xFF' /* first byte of an exact number */
#define TY_JSON_NUMBER_DIGITS 17     /* any double reads back from 17 significant digits */

/* A decimal number: 0.DIGITS times ten to the power of 'point'; no zero at either end. */
struct ty_json_decimal {
	bool negative;
	char digits[TY_JSON_NUMBER_DIGITS + 3]; /* "" is zero */
	int point;
};

/* The shortest digits that read back as 'value' (finite), the nearest of those. */
void ty_json_shortest(double value, struct ty_json_decimal *ret_decimal);

/*
 * 'value' as ECMAScript's Number::toString writes it (19.99, 1e-7, 10 for 10.0), and "0" for
 * -0, "null" where it is not finite.  Gives the length.
 */
size_t ty_json_number_format(double value, char out[TY_JSON_NUMBER_SIZE]);

/* ty_json_number_format() for a whole number, with all its digits. */
size_t ty_json_integer_format(int64_t value, char out[TY_JSON_NUMBER_SIZE]);

/*
 * Order of two numbers by their texts, each as JSON has them: below, above or 0.  No digit is
 * lost, however long they are.
 */
int ty_json_number_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/*
 * The one form of all texts of the same number (7, 7.0, 7e0), for a key: its digits, where its
 * point is, its sign.  'out' has room for 'len' + 24 bytes; gives the length.
 */
size_t ty_json_number_normal(const char *text, size_t len, char *out);

#endif
