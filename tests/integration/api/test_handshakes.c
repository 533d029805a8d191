/*
 * test_handshakes.c -- a sender that gives the secret of its signatures itself: the first is believed, no later one.
 */
#include "deliveries.h"

#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>

#define WS     "/api/v1/workspaces/{ws}"
#define FIRST  "8b5b1c3a4f2e4d6c9a7b0c1d2e3f4a5b"
#define SECOND "00112233445566778899aabbccddeeff"

static const char *
credential(const char *type, const char *data)
{
	const char *name = ty_arena_strdup(fx.arena, ty_id_new().s);
	struct reply reply =
		ask("POST", WS "/credentials",
		    ty_arena_printf(fx.arena, "{\"name\":\"%s\",\"type\":\"%s\",\"data\":%s}", name,
				    type, data));

	ck_assert_status(reply, 201);
	return text_of(&reply, "id");
}

/* Publish a hook at "h" of this scheme; its credential's id. */
static const char *
publish(const char *scheme, const char *type, const char *data)
{
	const char *id = credential(type, data);

	house_publish(house_hook_graph(
		"h",
		ty_arena_printf(fx.arena, "\"verify\":\"%s\",\"credential\":\"%s\"", scheme, id)));
	return id;
}

static struct reply
offer(const char *secret)
{
	struct raw raw = delivery("{}");

	raw_add(&raw, ty_arena_printf(fx.arena, "X-Hook-Secret: %s", secret));
	return ask_raw(&raw);
}

/* A delivery as a sender who has this secret makes it. */
static struct reply
deliver(const char *secret, const char *more)
{
	struct raw raw = delivery("{\"events\":[]}");
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];

	ty_hmac_sha256(secret, strlen(secret), raw.body, raw.len, mac);
	ty_str_hex(mac, sizeof(mac), hex);
	raw_add(&raw, ty_arena_printf(fx.arena, "X-Hook-Signature: %s", hex));
	if (more != NULL)
		raw_add(&raw, more);
	return ask_raw(&raw);
}

static bool
echoes(const struct reply *reply, const char *secret)
{
	const char *line = ty_arena_printf(fx.arena, "x-hook-secret: %s\r\n", secret);

	return strcasestr(reply->headers, line) != NULL;
}

START_TEST(the_first_secret_is_sent_back_and_kept)
{
	struct reply reply;

	publish("asana", "webhook_handshake", "{}");
	reply = offer(FIRST);
	ck_assert_status(reply, 200);
	ck_assert(echoes(&reply, FIRST));
	ck_assert_int_eq(count_kept("true"), 0);
	ck_assert_status(deliver(FIRST, NULL), 202);
	ck_assert_status(deliver(SECOND, NULL), 401);
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.deliveries d WHERE workspace_id = "
				   "'%s' AND d::text LIKE '%%" FIRST "%%'",
				   house.ws_id.s),
			 "0");
	/* Its answer was lost. */
	reply = offer(FIRST);
	ck_assert_status(reply, 200);
	ck_assert(echoes(&reply, FIRST));
	ck_assert_status(deliver(FIRST, NULL), 202);
}
END_TEST

START_TEST(a_stranger_replaces_no_secret)
{
	struct reply reply;

	publish("asana", "webhook_handshake", "{}");
	ck_assert_status(offer(FIRST), 200);
	reply = offer(SECOND);
	ck_assert_status(reply, 401);
	ck_assert(!echoes(&reply, SECOND));
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, reply.json, NULL), "has one already"));
	ck_assert_str_eq(kept("verdict"), "bad_signature");
	ck_assert_status(deliver(SECOND, NULL), 401);
	/* Signed with his own, beside the header. */
	ck_assert_status(deliver(SECOND, "X-Hook-Secret: " SECOND), 401);
	ck_assert_status(deliver(FIRST, "X-Hook-Secret: " SECOND), 202);
	ck_assert_status(deliver(FIRST, NULL), 202);
}
END_TEST

START_TEST(a_delivery_before_the_secret_is_refused)
{
	struct reply reply;

	publish("asana", "webhook_handshake", "{}");
	reply = deliver(FIRST, NULL);
	ck_assert_status(reply, 403);
	ck_assert_ptr_nonnull(
		strstr(ty_json_dump(fx.arena, reply.json, NULL), "has not given its secret yet"));
	ck_assert_str_eq(kept("verdict"), "not_configured");
	ck_assert_status(deliver(FIRST, "X-Hook-Secret: " FIRST), 403);
	ck_assert_status(offer(FIRST), 200);
	ck_assert_status(deliver(FIRST, NULL), 202);
}
END_TEST

START_TEST(a_credential_that_is_emptied_takes_another)
{
	const char *id = publish("asana", "webhook_handshake", "{}");

	ck_assert_status(offer(FIRST), 200);
	ck_assert_status(
		ask("PUT", ty_arena_printf(fx.arena, WS "/credentials/%s", id), "{\"data\":{}}"),
		200);
	ck_assert_status(offer(SECOND), 200);
	ck_assert_status(deliver(SECOND, NULL), 202);
	ck_assert_status(deliver(FIRST, NULL), 401);
	ck_assert_status(offer(FIRST), 401);
}
END_TEST

/* Nobody but the operator fills a credential of another type. */
START_TEST(a_secret_that_the_operator_set_stays)
{
	struct reply reply;

	publish("asana", "webhook_secret", "{\"secrets\":[\"" FIRST "\",\"older\"]}");
	ck_assert_status(offer(SECOND), 401);
	ck_assert_status(deliver(SECOND, NULL), 401);
	ck_assert_status(deliver("older", NULL), 202);
	reply = offer("older");
	ck_assert_status(reply, 200);
	ck_assert(echoes(&reply, "older"));
}
END_TEST

START_TEST(no_other_scheme_takes_a_secret)
{
	publish("github", "webhook_handshake", "{}");
	ck_assert_status(offer(FIRST), 403);
	ck_assert_str_eq(kept("verdict"), "not_configured");
	ck_assert_str_eq(
		house_sql("SELECT max(version) FROM tyboo.credentials WHERE workspace_id = '%s'",
			  house.ws_id.s),
		"1");
}
END_TEST

START_TEST(what_is_no_secret_is_refused)
{
	char *longer = ty_arena_alloc(fx.arena, 514);
	const char *const bad[] = { longer, "\"" FIRST "\"", FIRST "\xC2\xA0" };

	memset(longer, 'a', 513);
	publish("asana", "webhook_handshake", "{}");
	for (size_t i = 0; i < TY_ARRAY_COUNT(bad); i++) {
		struct reply reply = offer(bad[i]);

		ck_assert_status(reply, 400);
		ck_assert_ptr_nonnull(
			strstr(ty_json_dump(fx.arena, reply.json, NULL), "x-hook-secret"));
		ck_assert_str_eq(kept("verdict"), "malformed");
	}
	longer[512] = '\0';
	ck_assert_status(offer(longer), 200);
	ck_assert_status(deliver(longer, NULL), 202);
}
END_TEST

START_TEST(the_tester_says_what_is_missing)
{
	static const char pasted[] =
		"{\"method\":\"POST\",\"path\":\"h\",\"headers\":{\"X-Hook-Secret\":\"" SECOND
		"\"},\"body\":\"{}\"}";
	struct reply reply;

	publish("asana", "webhook_handshake", "{}");
	reply = ask("POST", WS "/webhooks/verify", pasted);
	ck_assert_str_eq(text_of(&reply, "result"), "not_configured");
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "has not given its secret yet"));
	ck_assert_status(offer(FIRST), 200);
	reply = ask("POST", WS "/webhooks/verify", pasted);
	ck_assert_str_eq(text_of(&reply, "result"), "missing");
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "has one already"));
}
END_TEST

HOUSE_MAIN("api handshakes", {
	TEST(the_first_secret_is_sent_back_and_kept);
	TEST(a_stranger_replaces_no_secret);
	TEST(a_delivery_before_the_secret_is_refused);
	TEST(a_credential_that_is_emptied_takes_another);
	TEST(a_secret_that_the_operator_set_stays);
	TEST(no_other_scheme_takes_a_secret);
	TEST(what_is_no_secret_is_refused);
	TEST(the_tester_says_what_is_missing);
})
