/*
 * test_text.c -- text as JavaScript writes it.  The rows were printed by a
 * JavaScript engine: String(x), JSON.stringify(x).
 */
#include "param/text.h"

#include "base/buf.h"
#include "support/common.h"

static const struct {
	double value;
	const char *text;
} number_cases[] = {
	{ 0.00000000000000000e+0, "0" },
	{ 0.00000000000000000e+0, "0" },
	{ 1.00000000000000000e+0, "1" },
	{ -1.00000000000000000e+0, "-1" },
	{ 1.00000000000000000e+2, "100" },
	{ 1.23456789000000000e+8, "123456789" },
	{ 1.00000000000000006e-1, "0.1" },
	{ 3.00000000000000044e-1, "0.30000000000000004" },
	{ 3.33333333333333315e-1, "0.3333333333333333" },
	{ 1.00000000000000000e+20, "100000000000000000000" },
	{ 1.23456789012345684e+20, "123456789012345680000" },
	{ 1.00000000000000000e+21, "1e+21" },
	{ 1.50000000000000000e+21, "1.5e+21" },
	{ 9.99999999999999955e-7, "0.000001" },
	{ 9.99999999999999955e-8, "1e-7" },
	{ 1.49999999999999993e-7, "1.5e-7" },
	{ 1.23000000000000008e-4, "0.000123" },
	{ 4.94065645841246544e-324, "5e-324" },
	{ 1.79769313486231571e+308, "1.7976931348623157e+308" },
	{ 5.68434188608080149e-14, "5.684341886080802e-14" },
	{ 4.94065645841246544e-324, "5e-324" },
	{ 9.00719925474099200e+15, "9007199254740992" },
	{ 1.84467440737095516e+19, "18446744073709552000" },
	{ 5.96046447753906250e-8, "5.960464477539063e-8" },
	{ 1.26765060022822940e+30, "1.2676506002282294e+30" },
	{ -1.23456780000000003e+3, "-1234.5678" },
	{ 4.34999999999999964e+0, "4.35" },
	{ 9.50000000000000000e+0, "9.5" },
	{ 9.99999999999999836e+19, "99999999999999980000" },
	{ 5.00000000000000000e-1, "0.5" },
	{ 2.50000000000000012e-5, "0.000025" },
	{ 9.99999999999999916e+22, "1e+23" },
	{ 9.00719925474099200e+15, "9007199254740992" },
	{ 2.22507385850720138e-308, "2.2250738585072014e-308" },
	{ 1.18059162071741130e+21, "1.1805916207174113e+21" },
	{ 3.05493636349960468e-151, "3.054936363499605e-151" },
	{ 3.27339060789614187e+150, "3.273390607896142e+150" },
};

START_TEST(a_number_is_written_as_javascript_does)
{
	char out[TY_JSON_NUMBER_SIZE];

	ty_json_number_format(number_cases[_i].value, out);
	ck_assert_str_eq(out, number_cases[_i].text);
}
END_TEST

START_TEST(a_written_number_reads_back)
{
	uint64_t bits = 88172645463325252ULL;
	char out[TY_JSON_NUMBER_SIZE];

	for (int i = 0; i < 20000; i++) {
		double value;

		bits ^= bits << 13; /* xorshift64: the same numbers in every run */
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof(value));
		if (value != value || value - value != 0)
			continue;
		ty_json_number_format(value, out);
		ck_assert_msg(strtod(out, NULL) == value, "%a gave %s", value, out);
	}
}
END_TEST

static const struct {
	const char *json, *text;
} value_cases[] = {
	{ "null", "" },
	{ "\"\"", "" },
	{ "\"a \\\"b\\\" \\u0001\"", "a \"b\" \x01" },
	{ "true", "true" },
	{ "false", "false" },
	{ "5", "5" },
	{ "-9007199254740991", "-9007199254740991" },
	{ "9007199254740993", "9007199254740993" },
	{ "9223372036854775807", "9223372036854775807" },
	{ "5.0", "5" },
	{ "1e21", "1e+21" },
	{ "[]", "[]" },
	{ "{}", "{}" },
	{ "[1, null, \"x\", [2.50], {}]", "[1,null,\"x\",[2.5],{}]" },
	{ "{\"b\":1,\"a\":{\"c\":null}}", "{\"b\":1,\"a\":{\"c\":null}}" },
	/* integer keys come first, ascending; others keep their order */
	{ "{\"b\":1,\"10\":2,\"9\":3,\"01\":4,\"a\":5,\"-1\":6,\"0\":7}",
	  "{\"0\":7,\"9\":3,\"10\":2,\"b\":1,\"01\":4,\"a\":5,\"-1\":6}" },
	{ "{\"4294967295\":1,\"4294967294\":2}", "{\"4294967294\":2,\"4294967295\":1}" },
	{ "[\"\\u0000\\u0007\\b\\t\\n\\f\\r\\u001f\\u007f/\\\\\\\"\\u2028\\u00e9\"]",
	  "[\"\\u0000\\u0007\\b\\t\\n\\f\\r\\u001f\x7f/\\\\\\\"\xe2\x80\xa8\xc3\xa9\"]" },
};

START_TEST(a_value_is_written_as_json_stringify_does)
{
	struct ty_buf buf;
	json_t *json = json_loads(value_cases[_i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

	ck_assert_ptr_nonnull(json);
	ty_buf_init(&buf, fx.arena, 0);
	ty_param_text_add(&buf, json);
	ck_assert_str_eq(buf.data, value_cases[_i].text);
	json_decref(json);
}
END_TEST

START_TEST(no_value_is_no_text)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 0);
	ty_param_text_add(&buf, NULL);
	ck_assert_uint_eq(buf.len, 0);
}
END_TEST

TEST_MAIN("param text", {
	TEST_LOOP(a_number_is_written_as_javascript_does, number_cases);
	TEST(a_written_number_reads_back);
	TEST_LOOP(a_value_is_written_as_json_stringify_does, value_cases);
	TEST(no_value_is_no_text);
})
