/*
 * Postgres arrays in binary: byte for byte as array_recv() wants them, and text that Postgres takes.
 */
#include "base/id.h"
#include "base/str.h"
#include "store/array.h"
#include "support/common.h"

#include <limits.h>

static void
check_bytes(const struct ty_array *array, const char *hex)
{
	struct ty_sql_param param = ty_array_param(array);
	char *text = ty_arena_alloc(fx.arena, 2 * param.len + 1);

	ck_assert(param.is_bytes);
	ty_str_hex(param.bytes, param.len, text);
	ck_assert_str_eq(text, hex);
}

#define HEAD(type, count)                                                                          \
	"00000001"                                                                                 \
	"00000001" type count "00000001"

START_TEST(an_empty_array_has_no_dimension)
{
	struct ty_array a;

	ty_array_init(&a, fx.arena, TY_ARRAY_TEXT, 0);
	check_bytes(&a, "00000000"
			"00000000"
			"00000019");
}
END_TEST

START_TEST(numbers_are_big_endian_and_clamped)
{
	struct ty_array a;

	ty_array_init(&a, fx.arena, TY_ARRAY_INT4, 4);
	ty_array_add_int(&a, 258);
	ty_array_add_int(&a, -1);
	ty_array_add_int(&a, INT64_MAX);
	ty_array_add_int(&a, INT64_MIN);
	check_bytes(&a, HEAD("00000017", "00000004") "00000004"
						     "00000102"
						     "00000004"
						     "ffffffff"
						     "00000004"
						     "7fffffff"
						     "00000004"
						     "80000000");
	ty_array_init(&a, fx.arena, TY_ARRAY_INT8, 2);
	ty_array_add_int(&a, INT64_MIN);
	ty_array_add_int(&a, 1);
	check_bytes(&a, HEAD("00000014", "00000002") "00000008"
						     "8000000000000000"
						     "00000008"
						     "0000000000000001");
}
END_TEST

START_TEST(times_count_microseconds_from_2000)
{
	struct ty_array a;

	ty_array_init(&a, fx.arena, TY_ARRAY_TIMESTAMPTZ, 3);
	ty_array_add_time(&a, 946684800000);
	ty_array_add_time(&a, 946684800001);
	ty_array_add_time(&a, 946684799999);
	check_bytes(&a, HEAD("000004a0", "00000003") "00000008"
						     "0000000000000000"
						     "00000008"
						     "00000000000003e8"
						     "00000008"
						     "fffffffffffffc18");
}
END_TEST

START_TEST(ids_are_sixteen_bytes_or_null)
{
	struct ty_id id, unset = { "" };
	struct ty_array a;

	ck_assert(ty_id_parse("0190a0b0-1122-7000-8000-00000000abcd", &id));
	ty_array_init(&a, fx.arena, TY_ARRAY_UUID, 2);
	ty_array_add_id(&a, &id);
	ty_array_add_id(&a, &unset);
	check_bytes(&a, HEAD("00000b86", "00000002") "00000010"
						     "0190a0b011227000800000000000abcd"
						     "ffffffff");
}
END_TEST

START_TEST(bytes_are_as_they_are)
{
	struct ty_array a;

	ty_array_init(&a, fx.arena, TY_ARRAY_BYTEA, 3);
	ty_array_add_bytes(&a, "a\0\xff", 3);
	ty_array_add_bytes(&a, NULL, 0);
	ty_array_add_null(&a);
	check_bytes(&a, HEAD("00000011", "00000003") "00000003"
						     "6100ff"
						     "00000000"
						     "ffffffff");
}
END_TEST

#define FFFD "efbfbd"

static const struct {
	const char *text;
	size_t max;
	const char *hex; /* length and bytes */
} texts[] = {
	{ "abc", 3,
	  "00000003"
	  "616263" },
	{ "abc", 2,
	  "00000002"
	  "6162" },
	{ "", 2, "00000000" },
	{ "abc", 0, "00000000" },
	{ NULL, 9, "ffffffff" },
	{ "\xe2\x82\xac\xe2\x82\xac", 2,
	  "00000006"
	  "e282ace282ac" }, /* characters count, not bytes */
	{ "\xe2\x82\xac\xe2\x82\xac", 1,
	  "00000003"
	  "e282ac" },
	{ "\xf0\x9f\x98\x80", 1,
	  "00000004"
	  "f09f9880" },
	{ "a\xff"
	  "b",
	  9,
	  "00000005"
	  "61" FFFD "62" },
	{ "\xe2\x82", 9, "00000006" FFFD FFFD },
	{ "\xed\xa0\x80", 9, "00000009" FFFD FFFD FFFD }, /* a surrogate */
	{ "\xc0\x80", 9, "00000006" FFFD FFFD },	  /* an overlong NUL */
	{ "\xff\xff\xff", 2, "00000006" FFFD FFFD },
};

START_TEST(text_is_mended_and_cut)
{
	struct ty_array a;

	ty_array_init(&a, fx.arena, TY_ARRAY_TEXT, 1);
	ty_array_add_text(&a, texts[_i].text, texts[_i].max);
	check_bytes(&a,
		    ty_arena_printf(fx.arena, HEAD("00000019", "00000001") "%s", texts[_i].hex));
}
END_TEST

TEST_MAIN("store.array", {
	TEST(an_empty_array_has_no_dimension);
	TEST(numbers_are_big_endian_and_clamped);
	TEST(times_count_microseconds_from_2000);
	TEST(ids_are_sixteen_bytes_or_null);
	TEST(bytes_are_as_they_are);
	TEST_LOOP(text_is_mended_and_cut, texts);
})
