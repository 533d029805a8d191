/*
 * test_bodies.c -- deliveries by what their bodies are: mended where JSON's grammar allows it, inflated,
 * read as the node says; signed, kept and told.
 */
#include "house.h"

#include "base/budget.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/crypto.h"

#define WS     "/api/v1/workspaces/{ws}"
#define SECRET "It's a Secret to Everybody"
#define JSON   "Content-Type: application/json"

/* A hook at "h" that verifies by SECRET. */
static void
publish(void)
{
	const char *secret = house_secret("{\"secret\":\"" SECRET "\"}");

	house_publish(house_hook_graph(
		"h",
		ty_arena_printf(fx.arena, "\"verify\":\"hmac\",\"credential\":\"%s\"", secret)));
}

/* Signed over the bytes that are sent; 'encoding' NULL: none is said. */
static struct raw
signed_delivery(const char *type, const char *encoding, const char *body, size_t len)
{
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];

	ty_hmac_sha256(SECRET, strlen(SECRET), body, len, mac);
	ty_str_hex(mac, sizeof(mac), hex);
	return (struct raw){
		.method = "POST",
		.target = "/hooks/{ws}/h",
		.body = body,
		.len = len,
		.declared = -1,
		.headers = { type, ty_arena_printf(fx.arena, "X-Signature: %s", hex),
			     encoding != NULL
				     ? ty_arena_printf(fx.arena, "Content-Encoding: %s", encoding)
				     : NULL },
	};
}

/* A column of the newest receipt. */
static const char *
kept(const char *column)
{
	return house_sql("SELECT %s FROM tyboo.deliveries WHERE workspace_id = '%s' "
			 "ORDER BY id DESC LIMIT 1",
			 column, house.ws_id.s);
}

/* What JSON's grammar allows, and what the body says of itself. */
static const struct {
	const char *type, *body, *code; /* code of the only notice; NULL: none */
} mended_cases[] = {
	{ JSON, "{\"d\":\"a\\u0000b\"}", "nul_replaced" },
	{ JSON, "[\"\\ud800\"]", "half_pair_replaced" },
	{ JSON, "{\"t\":\"a\",\"t\":\"b\"}", "key_twice" },
	{ JSON, "\xEF\xBB\xBF{\"v\":[]}", "mark_skipped" },
	{ JSON, "[1e9999,98765432109876543210987654321]", NULL },
	{ "Content-Type: application/x-www-form-urlencoded", "name=Ren%E9e", "bytes_replaced" },
	{ "Content-Type: text/plain; charset=x-none", "a", "charset_unknown" },
	{ "Content-Type: multipart/form-data", "--b--", "not_multipart" },
	{ "Content-Type: text/plain", "plain", NULL },
};

START_TEST(a_genuine_delivery_is_mended_signed_kept_and_told) /* by the bytes as they were sent */
{
	struct raw raw = signed_delivery(mended_cases[_i].type, NULL, mended_cases[_i].body,
					 strlen(mended_cases[_i].body));
	struct reply reply;

	publish();
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(kept("verdict"), "accepted");
	ck_assert_str_eq(kept("encode(body, 'hex')"),
			 house_sql("SELECT encode(decode('%s', 'base64'), 'hex')",
				   ty_base64_encode(fx.arena, raw.body, raw.len)));
	reply = ask("GET",
		    ty_arena_printf(fx.arena, WS "/deliveries/%s", text_of(&reply, "delivery_id")),
		    NULL);
	ck_assert_status(reply, 200);
	ck_assert_uint_eq(json_array_size(json_object_get(reply.json, "notices")),
			  mended_cases[_i].code != NULL ? 1 : 0);
	if (mended_cases[_i].code != NULL)
		ck_assert_str_eq(
			ty_json_str(json_array_get(json_object_get(reply.json, "notices"), 0),
				    "code", ""),
			mended_cases[_i].code);
}
END_TEST

/* {"n":1}, as gzip writes it */
static const char gzipped[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x53\xb2\x32\xac"
			      "\x05\x00\x7e\x3b\x4b\xd4\x07\x00\x00\x00";

START_TEST(an_encoded_body_is_verified_and_kept_as_it_was_sent)
{
	struct raw raw = signed_delivery(JSON, "gzip", gzipped, sizeof(gzipped) - 1);

	publish();
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("octet_length(body)"), ty_arena_printf(fx.arena, "%zu", raw.len));
	ck_assert_str_eq(kept("notices"), "");
	/* The signature goes first: an unsigned bomb is never inflated. */
	raw.headers[1] = "X-Signature: 00";
	ck_assert_status(ask_raw(&raw), 401);
}
END_TEST

START_TEST(an_encoding_that_cannot_be_undone_is_kept_and_refused)
{
	static const struct {
		const char *encoding;
		size_t len;
		int status;
		const char *code;
	} cases[] = {
		{ "gzip", sizeof(gzipped) - 5, 400, "malformed" },
		{ "br", sizeof(gzipped) - 1, 400, "malformed" },
		{ "snappy", sizeof(gzipped) - 1, 415, "unsupported" },
	};

	publish();
	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++) {
		struct raw raw = signed_delivery(JSON, cases[i].encoding, gzipped, cases[i].len);
		struct reply reply = ask_raw(&raw);

		ck_assert_status(reply, cases[i].status);
		ck_assert_str_eq(text_of(&reply, "code"), cases[i].code);
		ck_assert_ptr_nonnull(strstr(text_of(&reply, "detail"),
					     cases[i].encoding[0] == 's' ? "snappy" : "body"));
		ck_assert_str_eq(kept("verdict"), "malformed");
		ck_assert_str_eq(kept("octet_length(body)"),
				 ty_arena_printf(fx.arena, "%zu", raw.len));
	}
}
END_TEST

/* 17 MiB of zeros in 40 bytes of brotli. */
START_TEST(a_body_that_inflates_over_the_limit_is_413_and_kept)
{
	static const char bomb[] =
		"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x8f\xff\xff\x7f\xf0\x4f\x00"
		"\xc4\x61\x11\x80\xee\xfd\x5f\xfd\xff\x3f\xfe\x09\x80\x38\x2c\x00\xd0\xbd\x7f\x00";
	struct raw raw = signed_delivery(JSON, "br", bomb, sizeof(bomb) - 1);
	struct reply reply;

	publish();
	reply = ask_raw(&raw);
	ck_assert_status(reply, 413);
	ck_assert_str_eq(text_of(&reply, "verdict"), "too_large");
	ck_assert_str_eq(kept("verdict"), "too_large");
	ck_assert_str_eq(kept("octet_length(body)"), "40");
}
END_TEST

START_TEST(a_body_is_read_as_the_node_says)
{
	struct raw raw = signed_delivery(JSON, NULL, "{\"a\":", 5);

	house_publish(house_hook_graph("h", "\"verify\":\"none\",\"read_as\":\"text\""));
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("read_as"), "text");
}
END_TEST

/* Nothing is kept: the sender comes again, as it does where no store is there. */
START_TEST(a_large_body_beyond_what_the_process_holds_is_503)
{
	size_t len = TY_LIMIT_BODY_COUNTED_BYTES;
	char *text = ty_arena_alloc(fx.arena, len + 1);
	static struct ty_budget bodies = TY_BUDGET_INIT(TY_LIMIT_BODIES_BYTES, 0);
	struct ty_arena *other = ty_arena_new(NULL, "other", 0);
	struct raw large, small = signed_delivery(JSON, NULL, "{}", 2);
	struct reply reply;

	publish();
	memset(text, ' ', len);
	memcpy(text, "{}", 2);
	large = signed_delivery(JSON, NULL, text, len);
	large.bodies = small.bodies = &bodies;
	ck_assert(ty_budget_take(&bodies, other, TY_LIMIT_BODIES_BYTES, 0));
	reply = ask_raw(&large);
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
	ck_assert_str_eq(kept("verdict"), "");
	ck_assert_status(ask_raw(&small), 202);
	ty_arena_free(other);
	ck_assert_status(ask_raw(&large), 202);
}
END_TEST

HOUSE_MAIN("api bodies", {
	TEST_LOOP(a_genuine_delivery_is_mended_signed_kept_and_told, mended_cases);
	TEST(an_encoded_body_is_verified_and_kept_as_it_was_sent);
	TEST(an_encoding_that_cannot_be_undone_is_kept_and_refused);
	TEST(a_body_that_inflates_over_the_limit_is_413_and_kept);
	TEST(a_body_is_read_as_the_node_says);
	TEST(a_large_body_beyond_what_the_process_holds_is_503);
})
