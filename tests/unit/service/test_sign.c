/*
 * test_sign.c -- requests signed with a credential: the examples that AWS and the authors of OAuth 1.0
 * publish, and what a URL may have in it.
 */
#include "support/common.h"

#include "base/str.h"
#include "crypto/public_key.h"
#include "json/json.h"
#include "service/sign.h"

/* "Examples: Signature Calculations" of the S3 API reference. */
static const struct ty_signing_aws s3 = { .access_key_id = "AKIAIOSFODNN7EXAMPLE",
					  .secret_access_key =
						  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
					  .region = "us-east-1",
					  .service = "s3" };

#define S3_MS 1369353600000 /* 20130524T000000Z */

static const struct {
	const char *method, *url, *body;
	struct ty_net_field headers[3];
	size_t header_count;
	const char *names, *signature;
} aws_cases[] = {
	{ "GET",
	  "https://examplebucket.s3.amazonaws.com/test.txt",
	  "",
	  { { "Range", "bytes=0-9" }, { "User-Agent", "Tyboo" } },
	  2,
	  "host;range;x-amz-content-sha256;x-amz-date",
	  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT",
	  "https://examplebucket.s3.amazonaws.com/test$file.text",
	  "Welcome to Amazon S3.",
	  { { "Date", "Fri, 24 May 2013 00:00:00 GMT" },
	    { "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
	  2,
	  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
	  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET",
	  "https://examplebucket.s3.amazonaws.com?lifecycle",
	  "",
	  { { NULL, NULL } },
	  0,
	  "host;x-amz-content-sha256;x-amz-date",
	  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	/* not in the order in which it is signed */
	{ "GET",
	  "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2",
	  "",
	  { { NULL, NULL } },
	  0,
	  "host;x-amz-content-sha256;x-amz-date",
	  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static struct ty_net_signature
sign_aws(const struct ty_signing_aws *values, const struct ty_net_signable *request)
{
	const struct ty_sign sign = { .values = values, .now_ms = S3_MS };
	struct ty_net_signature signature = { .url = NULL };

	ck_assert_ok(ty_sign_aws(&sign, fx.arena, request, &signature, &fx.err));
	return signature;
}

START_TEST(aws_signs_as_its_examples)
{
	const struct ty_net_signable request = { .method = aws_cases[_i].method,
						 .url = aws_cases[_i].url,
						 .headers = aws_cases[_i].headers,
						 .header_count = aws_cases[_i].header_count,
						 .body = aws_cases[_i].body,
						 .body_len = strlen(aws_cases[_i].body) };
	const struct ty_net_signature signature = sign_aws(&s3, &request);

	ck_assert_uint_eq(signature.count, 3);
	ck_assert_str_eq(signature.fields[0].name, "Authorization");
	ck_assert_str_eq(
		signature.fields[0].value,
		ty_arena_printf(fx.arena,
				"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
				"us-east-1/s3/aws4_request, SignedHeaders=%s, Signature=%s",
				aws_cases[_i].names, aws_cases[_i].signature));
	ck_assert_str_eq(signature.fields[1].value, "20130524T000000Z");
}
END_TEST

static const struct {
	const char *url, *sent;
} url_cases[] = {
	{ "https://h.test/?b=2&a=1&a=0", "https://h.test/?a=0&a=1&b=2" },
	{ "https://h.test/?acl", "https://h.test/?acl=" },
	{ "https://h.test/?q=a+b&p=%2b", "https://h.test/?p=%2B&q=a%20b" },
	{ "https://h.test/?t=10:00@x(=y", "https://h.test/?t=10%3A00%40x%28%3Dy" },
	{ "https://h.test/a(b)/%7Ec/%C3%A4", "https://h.test/a%28b%29/~c/%C3%A4" },
	{ "https://h.test/?bad=%zz", "https://h.test/?bad=%25zz" },
	{ "https://h.test:8443", "https://h.test:8443/" },
	{ "https://h.test/?&=x&", "https://h.test/?=x" },
};

START_TEST(a_url_is_sent_as_it_is_signed)
{
	const struct ty_net_signable request = { .method = "GET",
						 .url = url_cases[_i].url,
						 .body = "" };

	ck_assert_str_eq(sign_aws(&s3, &request).url, url_cases[_i].sent);
}
END_TEST

START_TEST(what_only_aws_asks_for)
{
	struct ty_signing_aws lent = s3;
	struct ty_net_signable request = {
		.method = "PUT", .url = "https://h.test/a b", .has_body = true, .body_hash = "00ff"
	};
	const struct ty_sign sign = { .values = &s3, .now_ms = S3_MS };
	struct ty_net_signature signature;

	/* A file's hash is known without reading it; a session's token goes along, signed. */
	lent.session_token = "session";
	signature = sign_aws(&lent, &request);
	ck_assert_uint_eq(signature.count, 4);
	ck_assert_str_eq(signature.fields[2].value, "00ff");
	ck_assert_str_eq(signature.fields[3].value, "session");
	ck_assert_ptr_nonnull(strstr(signature.fields[0].value, "x-amz-security-token"));
	/* Of pieces nobody knows it. */
	request.body_hash = NULL;
	ck_assert_code(ty_sign_aws(&sign, fx.arena, &request, &signature, &fx.err), TY_E_INVALID);
	ck_assert_str_eq(fx.err.path, "body");
}
END_TEST

/* OAuth Core 1.0a, appendix A.5; a form's fields are as those of a query. */
static const struct {
	const char *method, *url, *body;
} oauth1_cases[] = {
	{ "GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", NULL },
	{ "GET", "http://PHOTOS.example.net:80/photos?size=original&file=vacation%2Ejpg", NULL },
	{ "GET", "http://photos.example.net/photos?size=original", "file=vacation.jpg" },
};

START_TEST(oauth1_signs_as_its_example)
{
	static const struct ty_signing_oauth1 values = { .consumer_key = "dpf43f3p2l4k3l03",
							 .consumer_secret = "kd94hf93k423kf44",
							 .token = "nnch734d00sl2jdk",
							 .token_secret = "pfkkdhi9sl3r4s00",
							 .realm = "photos" };
	const struct ty_sign sign = { .values = &values,
				      .now_ms = 1191242096000,
				      .nonce = "kllo9940pd9333jh" };
	const char *body = oauth1_cases[_i].body;
	const struct ty_net_signable request = { .method = oauth1_cases[_i].method,
						 .url = oauth1_cases[_i].url,
						 .body = body,
						 .body_len = body != NULL ? strlen(body) : 0,
						 .is_form = body != NULL };
	struct ty_net_signature signature = { .url = NULL };

	ck_assert_ok(ty_sign_oauth1(&sign, fx.arena, &request, &signature, &fx.err));
	ck_assert_uint_eq(signature.count, 1);
	ck_assert_str_eq(signature.fields[0].value,
			 "OAuth realm=\"photos\", oauth_consumer_key=\"dpf43f3p2l4k3l03\", "
			 "oauth_token=\"nnch734d00sl2jdk\", oauth_signature_method=\"HMAC-SHA1\", "
			 "oauth_timestamp=\"1191242096\", oauth_nonce=\"kllo9940pd9333jh\", "
			 "oauth_version=\"1.0\", "
			 "oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\"");
	ck_assert_ptr_null(signature.url);
}
END_TEST

/* The vectors of the standard's and of Svix's libraries. */
static const struct {
	const char *secret, *id, *time_s, *body, *signature;
} webhook_cases[] = {
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
	  "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
	{ "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553",
	  "{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
	  "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=" },
};

static enum ty_code
sign_webhook(const char *secret, const struct ty_net_signable *request, const char *time_s,
	     struct ty_net_signature *ret_signature)
{
	const struct ty_signing_webhook values = { .secret = secret };
	const struct ty_sign sign = { .values = &values,
				      .now_ms = strtoll(time_s, NULL, 10) * 1000 };

	*ret_signature = (struct ty_net_signature){ .url = NULL };
	return ty_sign_webhook(&sign, fx.arena, request, ret_signature, &fx.err);
}

static const char *
field_of(const struct ty_net_signature *signature, const char *name)
{
	for (size_t i = 0; i < signature->count; i++)
		if (strcmp(signature->fields[i].name, name) == 0)
			return signature->fields[i].value;
	return NULL;
}

START_TEST(a_webhook_is_signed_as_the_standard_says)
{
	const struct ty_net_field given = { "Webhook-Id", webhook_cases[_i].id };
	const struct ty_net_signable request = { .method = "POST",
						 .url = "https://receiver.test/",
						 .headers = &given,
						 .header_count = 1,
						 .has_body = true,
						 .body = webhook_cases[_i].body,
						 .body_len = strlen(webhook_cases[_i].body) };
	struct ty_net_signature signature;

	ck_assert_ok(sign_webhook(webhook_cases[_i].secret, &request, webhook_cases[_i].time_s,
				  &signature));
	ck_assert_str_eq(field_of(&signature, "webhook-timestamp"), webhook_cases[_i].time_s);
	ck_assert_str_eq(field_of(&signature, "webhook-signature"), webhook_cases[_i].signature);
	ck_assert_ptr_null(field_of(&signature, "webhook-id")); /* it is there */
}
END_TEST

START_TEST(a_webhook_signed_by_ed25519_is_what_its_public_key_checks)
{
	/* RFC 8032, 7.1, TEST 1 */
	static const char public_hex[] =
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	const struct ty_net_field key = { "Idempotency-Key", "0f3c" };
	const struct ty_net_signable request = { .headers = &key, .header_count = 1 };
	const struct ty_bytes text = { "0f3c.7.", 7 };
	uint8_t public_bytes[TY_ED25519_KEY_SIZE], *bytes;
	struct ty_net_signature signature;
	struct ty_public_key *public_key;
	const char *value;
	size_t len;

	ck_assert_ok(sign_webhook("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", &request,
				  "7", &signature));
	ck_assert_str_eq(field_of(&signature, "webhook-id"), "0f3c");
	value = field_of(&signature, "webhook-signature");
	ck_assert(strncmp(value, "v1a,", 4) == 0);
	bytes = ty_base64_decode(fx.arena, value + 4, strlen(value + 4), &len);
	ck_assert(ty_str_unhex(public_hex, strlen(public_hex), public_bytes));
	public_key = ty_public_key_ed25519(public_bytes, sizeof(public_bytes));
	ck_assert(ty_public_key_verify(public_key, bytes, len, &text, 1));
	ty_public_key_free(public_key);
}
END_TEST

START_TEST(a_webhook_that_cannot_be_signed_is_refused)
{
	const struct ty_net_field dotted = { "webhook-id", "a.b" };
	const struct ty_net_signable files = { .has_body = true },
				     dot = { .headers = &dotted, .header_count = 1 };
	struct ty_net_signature signature;

	ck_assert_code(sign_webhook(webhook_cases[0].secret, &files, "1", &signature),
		       TY_E_INVALID);
	ck_assert_code(sign_webhook(webhook_cases[0].secret, &dot, "1", &signature), TY_E_INVALID);
}
END_TEST

/* The example of jwt.io, whose claims are all given. */
START_TEST(a_token_is_signed)
{
	struct ty_signing_jwt jwt = { .algorithm = TY_JWS_HS256,
				      .key = "your-256-bit-secret",
				      .claims = "{\"sub\":\"1234567890\",\"name\":\"John Doe\","
						"\"iat\":1516239022,\"exp\":9}",
				      .lifetime_s = 60 };
	const char *token, *again;

	ck_assert_ok(ty_sign_jwt(fx.arena, &jwt, 1000, &token, &fx.err));
	ck_assert_ok(ty_sign_jwt(fx.arena, &jwt, 99000, &again, &fx.err));
	ck_assert_str_eq(token, again); /* what the claims say is not said again */
	ck_assert_str_eq(
		ty_jws_make(fx.arena, TY_JWS_HS256, jwt.key, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
			    "{\"sub\":\"1234567890\",\"name\":\"John Doe\","
			    "\"iat\":1516239022}"),
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
		"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
		"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
	jwt.claims = NULL;
	ck_assert_ok(ty_sign_jwt(fx.arena, &jwt, 99000, &again, &fx.err));
	ck_assert_str_ne(token, again);
	jwt.algorithm = TY_JWS_RS256;
	ck_assert_code(ty_sign_jwt(fx.arena, &jwt, 1000, &token, &fx.err), TY_E_INVALID);
	ck_assert_ptr_null(strstr(fx.err.msg, jwt.key));
}
END_TEST

TEST_MAIN("service sign", {
	TEST_LOOP(aws_signs_as_its_examples, aws_cases);
	TEST_LOOP(a_url_is_sent_as_it_is_signed, url_cases);
	TEST(what_only_aws_asks_for);
	TEST_LOOP(oauth1_signs_as_its_example, oauth1_cases);
	TEST_LOOP(a_webhook_is_signed_as_the_standard_says, webhook_cases);
	TEST(a_webhook_signed_by_ed25519_is_what_its_public_key_checks);
	TEST(a_webhook_that_cannot_be_signed_is_refused);
	TEST(a_token_is_signed);
})
