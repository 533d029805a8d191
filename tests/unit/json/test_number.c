/* test_number.c -- the shortest text of a double, as JavaScript writes it, and order by digits. */
#include "json/number.h"
#include "support/common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	double number;
	const char *text;
} text_cases[] = {
	{ 0, "0" },
	{ -0.0, "0" },
	{ 10, "10" },
	{ -7, "-7" },
	{ 19.99, "19.99" },
	{ 1.1, "1.1" },
	{ 0.07, "0.07" },
	{ -0.5, "-0.5" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1e-5, "0.00001" },
	{ 1e-6, "0.000001" },
	{ 1.5e-6, "0.0000015" },
	{ 1e-7, "1e-7" },
	{ 1.25e-7, "1.25e-7" },
	{ 1e15, "1000000000000000" },
	{ 9007199254740992.0, "9007199254740992" },
	{ 9007199254740994.0, "9007199254740994" },
	{ 123456789012345680000.0, "123456789012345680000" },
	{ 1e20, "100000000000000000000" },
	{ 1e21, "1e+21" },
	{ 1.5e300, "1.5e+300" },
	{ 5e-324, "5e-324" },
	{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
	{ 1.7976931348623157e308, "1.7976931348623157e+308" },
	{ -1.7976931348623157e308, "-1.7976931348623157e+308" },
	{ 5.684341886080802e-14, "5.684341886080802e-14" }, /* 2^-44: not printf's nearest */
	{ 2251799813685249.5, "2251799813685249.5" },
	{ NAN, "null" },
	{ -INFINITY, "null" },
};

START_TEST(a_number_is_written_as_javascript_writes_it)
{
	char out[TY_JSON_NUMBER_SIZE];

	ck_assert_uint_eq(ty_json_number_format(text_cases[_i].number, out),
			  strlen(text_cases[_i].text));
	ck_assert_str_eq(out, text_cases[_i].text);
}
END_TEST

/* A double by chance: any bits, or a number as people write it. */
static double
random_double(unsigned *seed)
{
	uint64_t bits = (uint64_t)rand_r(seed) << 42 ^ (uint64_t)rand_r(seed) << 21 ^
			(uint64_t)rand_r(seed);
	double number;

	if (rand_r(seed) % 2 == 0)
		return (double)(bits >> 11) / pow(10, rand_r(seed) % 20);
	memcpy(&number, &bits, sizeof(number));
	return isfinite(number) ? number : 1;
}

START_TEST(no_shorter_text_reads_back_as_the_same)
{
	unsigned seed = (unsigned)_i + 1;

	for (int i = 0; i < 2000; i++) {
		double number = random_double(&seed);
		struct ty_json_decimal decimal;
		char out[TY_JSON_NUMBER_SIZE], fewer[40];
		size_t digits;

		ck_assert_uint_lt(ty_json_number_format(number, out), sizeof(out));
		ck_assert_msg(strtod(out, NULL) == number, "%s is not %.17g", out, number);
		ty_json_shortest(number, &decimal);
		digits = strlen(decimal.digits);
		if (digits < 2)
			continue;
		snprintf(fewer, sizeof(fewer), "%.*e", (int)digits - 2, number);
		ck_assert_msg(strtod(fewer, NULL) != number, "%s is shorter than %s", fewer, out);
	}
}
END_TEST

static const struct {
	const char *less, *more; /* or equal, where 'order' is 0 */
	int order;
} order_cases[] = {
	{ "9007199254740992", "9007199254740993", -1 },
	{ "7", "7.0", 0 },
	{ "7e0", "70e-1", 0 },
	{ "0", "-0.000e9", 0 },
	{ "1e400", "10e399", 0 },
	{ "1000", "1e3", 0 },
	{ "0.001", "1e-3", 0 },
	{ "123456789012345678901.5", "1234567890123456789015e-1", 0 },
	{ "123456789012345678901.5", "123456789012345678901.51", -1 },
	{ "99999999999999999999", "100000000000000000000", -1 },
	{ "-1e400", "-1e399", -1 },
	{ "-5", "0", -1 },
	{ "-5", "3", -1 },
	{ "0", "1e-999999999999999999999", -1 },
	{ "1e-99999999999999999999", "1e99999999999999999999", -1 },
	{ "0.5", "1", -1 },
	{ "12", "120", -1 },
	{ "1.05", "1.5", -1 },
	{ "100.001", "100.01", -1 },
};

START_TEST(numbers_are_ordered_by_every_digit)
{
	const char *a = order_cases[_i].less, *b = order_cases[_i].more;

	ck_assert_int_eq(ty_json_number_compare(a, strlen(a), b, strlen(b)), order_cases[_i].order);
	ck_assert_int_eq(ty_json_number_compare(b, strlen(b), a, strlen(a)),
			 -order_cases[_i].order);
	ck_assert_int_eq(ty_json_number_compare(a, strlen(a), a, strlen(a)), 0);
}
END_TEST

TEST_MAIN("json number", {
	TEST_LOOP(a_number_is_written_as_javascript_writes_it, text_cases);
	tcase_add_loop_test(tc, no_shorter_text_reads_back_as_the_same, 0, 10);
	TEST_LOOP(numbers_are_ordered_by_every_digit, order_cases);
})
