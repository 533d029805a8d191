/*
 * test_hooks.c -- deliveries: every scheme with every way to fail, and what is kept of each.
 */
#include "deliveries.h"

#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "store/tidy.h"

#include <stdio.h>

#define SECRET "It's a Secret to Everybody"

/* ---- signing as each provider does ---- */

static const char *
hmac_hex(const char *secret, const char *text)
{
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];

	ty_hmac_sha256(secret, strlen(secret), text, strlen(text), mac);
	ty_str_hex(mac, sizeof(mac), hex);
	return ty_arena_strdup(fx.arena, hex);
}

struct signer {
	const char *scheme;
	void (*sign)(struct raw *raw, const char *secret, int64_t time_s);
	bool has_time;
};

static void
sign_github(struct raw *raw, const char *secret, int64_t time_s)
{
	raw_add(raw, ty_arena_printf(fx.arena, "X-Hub-Signature-256: sha256=%s",
				     hmac_hex(secret, raw->body)));
}

static void
sign_stripe(struct raw *raw, const char *secret, int64_t time_s)
{
	raw_add(raw,
		ty_arena_printf(fx.arena, "Stripe-Signature: t=%lld,v1=%s", (long long)time_s,
				hmac_hex(secret, ty_arena_printf(fx.arena, "%lld.%s",
								 (long long)time_s, raw->body))));
}

static void
sign_slack(struct raw *raw, const char *secret, int64_t time_s)
{
	const char *text = ty_arena_printf(fx.arena, "v0:%lld:%s", (long long)time_s, raw->body);

	raw_add(raw,
		ty_arena_printf(fx.arena, "X-Slack-Request-Timestamp: %lld", (long long)time_s));
	raw_add(raw, ty_arena_printf(fx.arena, "X-Slack-Signature: v0=%s", hmac_hex(secret, text)));
}

static void
sign_hmac(struct raw *raw, const char *secret, int64_t time_s)
{
	raw_add(raw, ty_arena_printf(fx.arena, "X-Signature: %s", hmac_hex(secret, raw->body)));
}

static const struct signer signers[] = {
	{ "github", sign_github, false },
	{ "stripe", sign_stripe, true },
	{ "slack", sign_slack, true },
	{ "hmac", sign_hmac, false },
};

static int64_t
now_s(void)
{
	return ty_time_now_ms() / 1000;
}

/* Publish a hook of this scheme at "h" with SECRET. */
static const char *
publish(const char *scheme)
{
	const char *secret = house_secret("{\"secret\":\"" SECRET "\"}");

	return house_publish(house_hook_graph(
		"h", ty_arena_printf(fx.arena, "\"verify\":\"%s\",\"credential\":\"%s\"", scheme,
				     secret)));
}

/* ---- accepted ---- */

START_TEST(a_signed_delivery_is_accepted_kept_and_queued) /* for each scheme */
{
	const char *workflow = publish(signers[_i].scheme);
	struct raw raw = delivery("{\"a\":1}");
	int64_t ready = count_ready();
	struct reply reply;

	signers[_i].sign(&raw, SECRET, now_s());
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(text_of(&reply, "verdict"), "accepted");
	ck_assert_str_eq(text_of(&reply, "run_id"), text_of(&reply, "delivery_id"));
	ck_assert_str_eq(kept("verdict"), "accepted");
	ck_assert_str_eq(kept("run_id"), text_of(&reply, "run_id"));
	ck_assert_str_eq(kept("workflow_id"), workflow);
	ck_assert_str_eq(kept("start_node"), "hook");
	ck_assert_str_eq(kept("encode(body, 'escape')"), "{\"a\":1}");
	ck_assert_int_eq(count_ready(), ready + 1);
	/* The request id is the delivery's. */
	ck_assert_ptr_nonnull(strstr(reply.headers, text_of(&reply, "delivery_id")));
}
END_TEST

static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

START_TEST(a_hook_of_any_method_takes_any)
{
	struct raw raw = delivery("");

	house_publish(house_hook_graph("h", "\"verify\":\"none\",\"method\":\"ANY\""));
	raw.method = methods[_i];
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("method"), methods[_i]);
}
END_TEST

START_TEST(any_bytes_are_kept_as_they_came)
{
	struct raw raw = delivery("");

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw.body = "\0\xff\x01";
	raw.len = 3;
	raw.headers[0] = "Content-Type: application/octet-stream";
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("encode(body, 'hex')"), "00ff01");
}
END_TEST

START_TEST(headers_that_carry_secrets_are_not_kept)
{
	struct raw raw = delivery("{}");
	const char *headers;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw_add(&raw, "Authorization: Bearer hunter2");
	raw_add(&raw, "Cookie: s=hunter2");
	raw_add(&raw, "X-Gitlab-Token: hunter2");
	raw_add(&raw, "X-Api-Key: hunter2");
	raw_add(&raw, "X-GitHub-Event: push");
	raw_add(&raw, "X-Odd: \xff\xfe");
	ck_assert_status(ask_raw(&raw), 202);
	headers = kept("headers");
	ck_assert_ptr_null(strstr(headers, "hunter2"));
	ck_assert_ptr_nonnull(strstr(headers, "\"x-github-event\":\"push\""));
	ck_assert_ptr_nonnull(strstr(headers, "\"x-odd\":"));
}
END_TEST

START_TEST(no_header_of_several_with_one_name_is_lost)
{
	struct raw raw = delivery("{}");

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw_add(&raw, "X-Tag: one");
	raw_add(&raw, "X-Other: 1");
	raw_add(&raw, "x-tag: two, three");
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_ptr_nonnull(strstr(kept("headers"), "\"x-tag\":\"one, two, three\""));
}
END_TEST

/* Neither the first nor the last of them is looked at: a proxy may have looked at the other. */
START_TEST(of_two_signatures_none_is_chosen)
{
	struct raw raw = delivery("{}");

	publish("github");
	sign_github(&raw, _i == 0 ? SECRET : "another", 0);
	sign_github(&raw, _i == 0 ? "another" : SECRET, 0);
	ck_assert_status(ask_raw(&raw), 401);
}
END_TEST

START_TEST(an_old_and_a_new_secret_both_open)
{
	const char *secret = house_secret("{\"secrets\":[\"new one\",\"old one\"]}");
	struct raw with_new = delivery("{\"n\":1}"), with_old = delivery("{\"n\":2}"), with_none;

	house_publish(house_hook_graph(
		"h",
		ty_arena_printf(fx.arena, "\"verify\":\"github\",\"credential\":\"%s\"", secret)));
	sign_github(&with_new, "new one", 0);
	sign_github(&with_old, "old one", 0);
	with_none = delivery("{\"n\":3}");
	sign_github(&with_none, "older one", 0);
	ck_assert_status(ask_raw(&with_new), 202);
	ck_assert_status(ask_raw(&with_old), 202);
	ck_assert_status(ask_raw(&with_none), 401);
}
END_TEST

/* ---- refused ---- */

enum how { NO_SIGNATURE, WRONG_SECRET, CHANGED_BYTE, EMPTY_SIGNATURE, TOO_OLD };
static const struct {
	size_t signer;
	enum how how;
	const char *verdict;
} bad_cases[] = {
	{ 0, NO_SIGNATURE, "bad_signature" },
	{ 0, WRONG_SECRET, "bad_signature" },
	{ 0, CHANGED_BYTE, "bad_signature" },
	{ 0, EMPTY_SIGNATURE, "bad_signature" },
	{ 1, NO_SIGNATURE, "bad_signature" },
	{ 1, WRONG_SECRET, "bad_signature" },
	{ 1, CHANGED_BYTE, "bad_signature" },
	{ 1, EMPTY_SIGNATURE, "bad_signature" },
	{ 1, TOO_OLD, "stale" },
	{ 2, NO_SIGNATURE, "bad_signature" },
	{ 2, WRONG_SECRET, "bad_signature" },
	{ 2, CHANGED_BYTE, "bad_signature" },
	{ 2, EMPTY_SIGNATURE, "bad_signature" },
	{ 2, TOO_OLD, "stale" },
	{ 3, NO_SIGNATURE, "bad_signature" },
	{ 3, WRONG_SECRET, "bad_signature" },
	{ 3, CHANGED_BYTE, "bad_signature" },
	{ 3, EMPTY_SIGNATURE, "bad_signature" },
};

START_TEST(a_delivery_that_is_not_genuine_is_kept_and_refused)
{
	const struct signer *signer = &signers[bad_cases[_i].signer];
	struct raw raw = delivery("{\"a\":1}");
	int64_t ready = count_ready();
	struct reply reply;
	char *colon;

	publish(signer->scheme);
	if (bad_cases[_i].how != NO_SIGNATURE)
		signer->sign(&raw, bad_cases[_i].how == WRONG_SECRET ? "another" : SECRET,
			     bad_cases[_i].how == TOO_OLD ? now_s() - TY_LIMIT_SIGNATURE_AGE_S - 60
							  : now_s());
	if (bad_cases[_i].how == CHANGED_BYTE)
		raw.body = "{\"a\":2}";
	if (bad_cases[_i].how == EMPTY_SIGNATURE) {
		for (size_t n = 1; raw.headers[n] != NULL; n++) {
			raw.headers[n] = ty_arena_strdup(fx.arena, raw.headers[n]);
			colon = strchr(raw.headers[n], ':');
			colon[1] = '\0';
		}
	}
	reply = ask_raw(&raw);
	ck_assert_status(reply, 401);
	ck_assert_str_eq(text_of(&reply, "verdict"), bad_cases[_i].verdict);
	ck_assert_str_eq(kept("verdict"), bad_cases[_i].verdict);
	ck_assert_str_ne(kept("reason"), "");
	ck_assert_str_eq(kept("run_id"), "");
	ck_assert_int_eq(count_ready(), ready);
}
END_TEST

START_TEST(without_its_secret_a_hook_refuses) /* for each scheme */
{
	struct raw raw = delivery("{}");
	struct reply reply;

	publish(signers[_i].scheme);
	/* The API deletes none that is used: somebody did it by hand, or the release before. */
	house_sql("DELETE FROM tyboo.published_credentials WHERE workspace_id = '%s'",
		  house.ws_id.s);
	house_sql("DELETE FROM tyboo.credentials WHERE workspace_id = '%s'", house.ws_id.s);
	signers[_i].sign(&raw, SECRET, now_s());
	reply = ask_raw(&raw);
	ck_assert_status(reply, 403);
	ck_assert_str_eq(text_of(&reply, "verdict"), "not_configured");
	ck_assert_str_eq(kept("verdict"), "not_configured");
	/* No signature at all does not open it either. */
	raw = delivery("{}");
	ck_assert_status(ask_raw(&raw), 403);
}
END_TEST

START_TEST(an_unclaimed_delivery_is_kept_and_404)
{
	struct raw raw = delivery("{\"lost\":true}");
	struct reply reply = ask_raw(&raw);

	ck_assert_status(reply, 404);
	ck_assert_str_eq(text_of(&reply, "verdict"), "unclaimed");
	ck_assert_str_eq(kept("verdict"), "unclaimed");
	ck_assert_str_eq(kept("path"), "h");
	ck_assert_str_eq(kept("encode(body, 'escape')"), "{\"lost\":true}");
}
END_TEST

START_TEST(another_method_of_a_claimed_path_is_unclaimed)
{
	struct raw raw = delivery("");

	publish("github");
	raw.method = "PUT";
	ck_assert_status(ask_raw(&raw), 404);
	ck_assert_str_eq(kept("verdict"), "unclaimed");
}
END_TEST

START_TEST(unclaimed_deliveries_are_capped)
{
	struct ty_tidied tidied;
	struct raw raw = delivery("{}");
	struct ty_tx *tx;

	house_sql("INSERT INTO tyboo.deliveries (workspace_id, id, mode, verdict, received_at) "
		  "SELECT '%s', tyboo.uuid_at(now() - n * interval '1 millisecond'), 'webhook', "
		  "'unclaimed', now() FROM generate_series(1, %d) n",
		  house.ws_id.s, TY_LIMIT_UNCLAIMED_COUNT);
	ck_assert_status(ask_raw(&raw), 404);
	ck_assert_int_eq(count_kept("true"), TY_LIMIT_UNCLAIMED_COUNT + 1);
	ck_assert_ok(ty_tx_begin(house.app->store, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_store_tidy(tx, &tidied, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(count_kept("true"), TY_LIMIT_UNCLAIMED_COUNT);
	/* The oldest went. */
	ck_assert_int_eq(count_kept("method = 'POST'"), 1);
}
END_TEST

START_TEST(an_unknown_workspace_leaves_no_trace)
{
	struct raw raw = delivery("{}");

	raw.target = "/hooks/no-such-workspace/h";
	ck_assert_status(ask_raw(&raw), 404);
	ck_assert_str_eq(
		house_sql("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id NOT IN "
			  "(SELECT id FROM tyboo.workspaces)"),
		"0");
}
END_TEST

static const struct {
	bool claimed;
	int64_t declared;
	const char *verdict;
} large_cases[] = {
	{ true, TY_LIMIT_BLOB_BYTES + 1, "too_large" },
	{ true, INT64_MAX, "too_large" },
	{ false, TY_LIMIT_BODY_BYTES + 1, "unclaimed" },
};

/* The house's reader fails the test where it is asked for such a body. */
START_TEST(a_body_over_the_limit_is_recorded_and_never_read)
{
	struct raw raw = delivery("x");
	struct reply reply;

	if (large_cases[_i].claimed)
		publish("github");
	raw.declared = large_cases[_i].declared;
	reply = ask_raw(&raw);
	ck_assert_status(reply, 413);
	ck_assert_str_eq(text_of(&reply, "verdict"), "too_large");
	ck_assert_str_eq(kept("verdict"), large_cases[_i].verdict);
	ck_assert_str_eq(kept("octet_length(body)"), "0");
}
END_TEST

START_TEST(a_body_of_just_the_limit_passes)
{
	struct raw raw = delivery("x");

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw.len = TY_LIMIT_BODY_BYTES;
	raw.body = memset(ty_arena_alloc(fx.arena, raw.len), 'x', raw.len);
	raw.headers[0] = "Content-Type: text/plain";
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(kept("octet_length(body)"), "16777216");
}
END_TEST

#define DEEP_10	 "[[[[[[[[[["
#define CLOSE_10 "]]]]]]]]]]"
static const struct {
	const char *body;
	int64_t declared;
} malformed_cases[] = {
	{ "{\"a\":", -1 },
	{ "{} {}", -1 },
	{ "[1e]", -1 },
	{ "\xff", -1 },
	{ DEEP_10 DEEP_10 DEEP_10 DEEP_10 DEEP_10 DEEP_10 DEEP_10 CLOSE_10 CLOSE_10 CLOSE_10
		  CLOSE_10 CLOSE_10 CLOSE_10 CLOSE_10,
	  -1 },
	/* shorter than declared: the sender went away */
	{ "{}", 10 },
};

START_TEST(json_that_cannot_be_read_is_kept_and_400)
{
	struct raw raw = delivery(malformed_cases[_i].body);
	int64_t ready = count_ready();
	struct reply reply;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw.declared = malformed_cases[_i].declared;
	reply = ask_raw(&raw);
	ck_assert_status(reply, 400);
	ck_assert_str_eq(text_of(&reply, "verdict"), "malformed");
	ck_assert_str_eq(kept("verdict"), "malformed");
	ck_assert_str_ne(kept("reason"), "");
	ck_assert_int_eq(count_ready(), ready);
}
END_TEST

START_TEST(a_broken_signature_goes_before_broken_json)
{
	struct raw raw = delivery("{\"a\":");
	struct reply reply;

	publish("github");
	reply = ask_raw(&raw);
	ck_assert_status(reply, 401);
}
END_TEST

/* ---- the same again ---- */

static const struct {
	const char *scheme, *body, *header; /* what makes it the same */
} dedupe_cases[] = {
	{ "github", "{}", "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958" },
	{ "stripe", "{\"id\":\"evt_1\"}", NULL },
	{ "slack", "{\"event_id\":\"Ev1\"}", NULL },
	{ "hmac", "{}", "Idempotency-Key: k1" },
	{ "hmac", "{}", "webhook-id: w1" },
};

START_TEST(a_delivery_that_comes_twice_runs_once)
{
	const struct signer *signer = signers;
	struct raw raw = delivery(dedupe_cases[_i].body);
	int64_t ready = count_ready();
	struct reply first, second;

	while (strcmp(signer->scheme, dedupe_cases[_i].scheme) != 0)
		signer++;
	publish(signer->scheme);
	signer->sign(&raw, SECRET, now_s());
	if (dedupe_cases[_i].header != NULL)
		raw_add(&raw, dedupe_cases[_i].header);
	first = ask_raw(&raw);
	second = ask_raw(&raw);
	ck_assert_status(first, 202);
	ck_assert_status(second, 200);
	ck_assert_str_eq(text_of(&second, "verdict"), "duplicate");
	ck_assert_str_eq(text_of(&second, "run_id"), text_of(&first, "run_id"));
	ck_assert_str_eq(kept("verdict"), "duplicate");
	ck_assert_str_eq(kept("run_id"), text_of(&first, "run_id"));
	ck_assert_int_eq(count_ready(), ready + 1);
}
END_TEST

START_TEST(an_id_is_a_hooks_own)
{
	static const char *const targets[] = { "/hooks/{ws}/h", "/hooks/{ws}/h2" };
	struct raw raw = delivery("{}");
	int64_t ready = count_ready();
	struct reply first, second;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	house_publish(house_hook_graph("h2", "\"verify\":\"none\""));
	raw_add(&raw, "Idempotency-Key: k1");
	raw.target = targets[0];
	first = ask_raw(&raw);
	raw.target = targets[1];
	second = ask_raw(&raw);
	ck_assert_status(first, 202);
	ck_assert_status(second, 202);
	ck_assert_str_ne(text_of(&second, "run_id"), text_of(&first, "run_id"));
	ck_assert_int_eq(count_ready(), ready + 2);
}
END_TEST

START_TEST(a_redelivery_after_an_edit_is_still_known)
{
	const char *id = publish("github");
	struct raw raw = delivery("{}");
	struct reply first, second;

	sign_github(&raw, SECRET, 0);
	raw_add(&raw, "X-GitHub-Delivery: d1");
	first = ask_raw(&raw);
	ck_assert_status(
		ask("POST",
		    ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/publish", id),
		    "{\"version\":1}"),
		200);
	second = ask_raw(&raw);
	ck_assert_status(second, 200);
	ck_assert_str_eq(text_of(&second, "run_id"), text_of(&first, "run_id"));
}
END_TEST

START_TEST(a_forged_delivery_does_not_take_the_genuine_ones_id)
{
	struct raw forged = delivery("{}"), genuine = delivery("{}");

	publish("github");
	raw_add(&forged, "X-GitHub-Delivery: d1");
	sign_github(&genuine, SECRET, 0);
	raw_add(&genuine, "X-GitHub-Delivery: d1");
	ck_assert_status(ask_raw(&forged), 401);
	ck_assert_status(ask_raw(&genuine), 202);
}
END_TEST

/* ---- limits ---- */

static const struct {
	const char *column, *verdict;
} limit_cases[] = {
	{ "rate_per_s", "rate" },
	{ "quota_month", "quota" },
	{ "depth_max", "depth" },
};

START_TEST(a_limit_is_an_honest_429)
{
	struct raw raw = delivery("{}");
	struct reply reply;

	house_sql("UPDATE tyboo.workspaces SET %s = 1 WHERE id = '%s'", limit_cases[_i].column,
		  house.ws_id.s);
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw_add(&raw, "Idempotency-Key: k1");
	ck_assert_status(ask_raw(&raw), 202);
	raw.headers[1] = "Idempotency-Key: k2";
	reply = ask_raw(&raw);
	ck_assert_status(reply, 429);
	ck_assert_str_eq(text_of(&reply, "verdict"), limit_cases[_i].verdict);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
	ck_assert_str_eq(kept("verdict"), limit_cases[_i].verdict);
	/* What was refused may come again: its id is not taken. */
	ck_assert_str_eq(house_sql("SELECT count(*) FROM tyboo.delivery_keys WHERE workspace_id = "
				   "'%s'",
				   house.ws_id.s),
			 "1");
}
END_TEST

/* ---- the cache ---- */

START_TEST(what_is_published_or_taken_off_here_counts_at_once)
{
	struct raw raw = delivery("{}");
	const char *id, *target;

	ck_assert_status(ask_raw(&raw), 404);
	id = house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	ck_assert_status(ask_raw(&raw), 202);
	target = ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s/unpublish", id);
	ck_assert_status(ask("POST", target, "{}"), 200);
	ck_assert_status(ask_raw(&raw), 404);
}
END_TEST

START_TEST(a_new_version_published_here_counts_at_once)
{
	static const char *const save[] = { "If-Match: \"1\"", NULL };
	struct raw old = delivery("{}"), new = delivery("{}");
	const char *id, *target;

	new.target = "/hooks/{ws}/h2";
	id = house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	ck_assert_status(ask_raw(&old), 202); /* both answers are known now */
	ck_assert_status(ask_raw(&new), 404);
	target = ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/workflows/%s", id);
	ck_assert_status(ask_as(&house.me, "PUT", target,
				ty_arena_printf(fx.arena, "{\"graph\":%s}",
						house_hook_graph("h2", "\"verify\":\"none\"")),
				save),
			 200);
	ck_assert_status(ask_raw(&old), 202); /* saved is not published */
	ck_assert_status(ask("POST", ty_arena_printf(fx.arena, "%s/publish", target), "{}"), 200);
	ck_assert_status(ask_raw(&old), 404);
	ck_assert_status(ask_raw(&new), 202);
}
END_TEST

HOUSE_MAIN("api hooks", {
	TEST_LOOP(a_signed_delivery_is_accepted_kept_and_queued, signers);
	TEST_LOOP(a_hook_of_any_method_takes_any, methods);
	TEST(any_bytes_are_kept_as_they_came);
	TEST(headers_that_carry_secrets_are_not_kept);
	TEST(no_header_of_several_with_one_name_is_lost);
	tcase_add_loop_test(tc, of_two_signatures_none_is_chosen, 0, 2);
	TEST(an_old_and_a_new_secret_both_open);
	TEST_LOOP(a_delivery_that_is_not_genuine_is_kept_and_refused, bad_cases);
	TEST_LOOP(without_its_secret_a_hook_refuses, signers);
	TEST(an_unclaimed_delivery_is_kept_and_404);
	TEST(another_method_of_a_claimed_path_is_unclaimed);
	TEST(unclaimed_deliveries_are_capped);
	TEST(an_unknown_workspace_leaves_no_trace);
	TEST_LOOP(a_body_over_the_limit_is_recorded_and_never_read, large_cases);
	TEST(a_body_of_just_the_limit_passes);
	TEST_LOOP(json_that_cannot_be_read_is_kept_and_400, malformed_cases);
	TEST(a_broken_signature_goes_before_broken_json);
	TEST_LOOP(a_delivery_that_comes_twice_runs_once, dedupe_cases);
	TEST(an_id_is_a_hooks_own);
	TEST(a_redelivery_after_an_edit_is_still_known);
	TEST(a_forged_delivery_does_not_take_the_genuine_ones_id);
	TEST_LOOP(a_limit_is_an_honest_429, limit_cases);
	TEST(what_is_published_or_taken_off_here_counts_at_once);
	TEST(a_new_version_published_here_counts_at_once);
})
