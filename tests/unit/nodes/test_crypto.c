/*
 * test_crypto.c -- data.crypto: hashes (vectors of FIPS 180-4, FIPS 202 and RFC 1321), and random values.
 */
#include "unit/nodes/convert.h"

#define HASH(algorithm, more) "{`value`:`={{ $json.t }}`,`algorithm`:`" algorithm "`" more "}"
#define ABC(hash)	      "[{`t`:`abc`,`result`:`" hash "`}]"
#define RANDOM(more)	      "{`action`:`random`,`into`:`r`" more "}"

static const struct list_row rows[] = {
	GOOD("md5", HASH("md5", ""), "[{`t`:`abc`}]", ABC("900150983cd24fb0d6963f7d28e17f72")),
	GOOD("sha1", HASH("sha1", ""), "[{`t`:`abc`}]",
	     ABC("a9993e364706816aba3e25717850c26c9cd0d89d")),
	GOOD("sha256", HASH("sha256", ""), "[{`t`:`abc`}]",
	     ABC("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
	GOOD("sha384", HASH("sha384", ""), "[{`t`:`abc`}]",
	     ABC("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc235"
		 "8bae"
		 "ca134c825a7")),
	GOOD("sha512", HASH("sha512", ""), "[{`t`:`abc`}]",
	     ABC("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a83"
		 "6ba3"
		 "c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")),
	GOOD("sha3-256", HASH("sha3_256", ""), "[{`t`:`abc`}]",
	     ABC("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")),
	GOOD("sha3-512", HASH("sha3_512", ""), "[{`t`:`abc`}]",
	     ABC("b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91"
		 "a7ec"
		 "57647e3934057340b4cf408d5a56592f8274eec53f0")),
	GOOD("base64", HASH("md5", ",`encoding`:`base64`"), "[{`t`:`abc`}]",
	     ABC("kAFQmDzST7DWlj99KOF/cg==")),
	GOOD("base64 for addresses", HASH("md5", ",`encoding`:`base64url`"), "[{`t`:`abc`}]",
	     ABC("kAFQmDzST7DWlj99KOF_cg")),
	GOOD("sha256 is the default", "{`value`:`={{ $json.t }}`}", "[{`t`:``}]",
	     "[{`t`:``,`result`:`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`}"
	     "]"),
	GOOD("no items", HASH("md5", ""), "[]", "[]"),
	BAD("a missing field", HASH("md5", ""), "[{}]", "value"),
	BAD("an object", HASH("md5", ""), "[{`t`:{}}]", "an object, but a text is expected"),
	BAD("too long", RANDOM(",`random`:`hex`,`length`:1001"), "[{}]", "length"),
	BAD("another algorithm", HASH("crc32", ""), "[{`t`:`a`}]", "algorithm"),
};

START_TEST(it_hashes)
{
	list_row_run(&ty_node_data_crypto, &rows[_i]);
}
END_TEST

static const struct {
	const char *params, *letters;
	size_t len;
} randoms[] = {
	{ RANDOM(""), "0123456789abcdef-", 36 },
	{ RANDOM(",`random`:`hex`"), "0123456789abcdef", 32 },
	{ RANDOM(",`random`:`digits`,`length`:1000"), "0123456789", 1000 },
	{ RANDOM(",`random`:`letters`,`length`:100"),
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 100 },
	{ RANDOM(",`random`:`base64url`,`length`:7"),
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 7 },
};

static json_t *
random_values(const char *params)
{
	struct fake_step *s = fake_step_new(fx.arena, &ty_node_data_crypto, "[{},{}]");

	fake_step_params(s, quoted(params));
	ck_assert_ok(fake_step_run(s, &fx.err));
	return fake_json(fx.arena, fake_step_output(s, "main"));
}

START_TEST(a_random_value_has_its_letters_and_is_each_items_own)
{
	json_t *values = random_values(randoms[_i].params);
	const char *a = ty_json_str(json_array_get(values, 0), "r", "");
	const char *b = ty_json_str(json_array_get(values, 1), "r", "");

	ck_assert_uint_eq(strlen(a), randoms[_i].len);
	ck_assert_uint_eq(strspn(a, randoms[_i].letters), strlen(a));
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(a_run_that_is_computed_again_has_the_same_ones)
{
	const char *first = ty_json_dump(fx.arena, random_values(RANDOM("")), NULL);

	ck_assert_str_eq(first, ty_json_dump(fx.arena, random_values(RANDOM("")), NULL));
}
END_TEST

START_TEST(a_uuid_says_its_version)
{
	const char *uuid = ty_json_str(json_array_get(random_values(RANDOM("")), 0), "r", "");

	ck_assert_int_eq(uuid[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
}
END_TEST

START_TEST(it_takes_ten_thousand_items)
{
	convert_takes_ten_thousand(&ty_node_data_crypto, HASH("sha256", ""), "some text");
}
END_TEST

TEST_MAIN("nodes.crypto", {
	TEST_LOOP(it_hashes, rows);
	TEST_LOOP(a_random_value_has_its_letters_and_is_each_items_own, randoms);
	TEST(a_run_that_is_computed_again_has_the_same_ones);
	TEST(a_uuid_says_its_version);
	TEST(it_takes_ten_thousand_items);
})
