/*
 * test_outage.c -- one store away: accepted all the same.  Both away: an honest 503.
 *
 * Tests kill the servers that all share; each finds both running, however the one before it ended.
 */
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "house.h"

#include "intake/job.h"
#include "queue/queue.h"
#include "reap/reap.h"

#include <unistd.h>

static struct reap *reaper; /* what tyboo-reap does, by hand */

static bool
postgres_is_there(void)
{
	struct ty_store *store = ty_store_new(house_services.database_url, 1, "test");
	struct ty_tx *tx = NULL;
	bool is_there = ty_tx_begin(store, fx.arena, NULL, 1000, &tx, &fx.err) == TY_OK;

	ty_tx_rollback(tx);
	ty_store_free(store);
	return is_there;
}

static bool
redis_is_there(void)
{
	struct ty_queue_sync *queue = ty_queue_sync_new(house_services.redis_url, "test");
	bool is_there = ty_queue_sync_ping(queue, &fx.err) == TY_OK;

	ty_queue_sync_free(queue);
	return is_there;
}

static void
setup(void)
{
	if (!postgres_is_there())
		svc_postgres_start(&house_services);
	if (!redis_is_there())
		svc_redis_start(&house_services);
	house_setup();
	reaper = reap_new(&house.conf, &house.app->log);
}

static void
teardown(void)
{
	reap_free(reaper);
	house_teardown();
}

/* One pass of tyboo-reap over the hooks. */
static void
mirror(void)
{
	ck_assert_ok(reap_hooks(reaper, &fx.err));
}

/* Another process in the place of the one that knew something. */
static void
restart_api(void)
{
	const struct ty_log log = house.app->log;

	ty_app_free(house.app);
	ck_assert_ok(ty_app_new(&house.conf, &log, &house.app, &fx.err));
}

static struct reply
deliver(const char *key)
{
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/h",
			   .body = "{}",
			   .len = 2,
			   .declared = -1,
			   .headers = { "Content-Type: application/json",
					ty_arena_printf(fx.arena, "Idempotency-Key: %s", key) } };

	return ask_raw(&raw);
}

static struct reply
health(void)
{
	const struct person nobody = { 0 };

	return ask_as(&nobody, "GET", "/api/v1/health", NULL, NULL);
}

static size_t
count_owed(void)
{
	char **receipts, **ids;
	size_t count;

	ck_assert_ok(ty_queue_sync_owed(house.app->queue, fx.arena, 100, &receipts, &ids, &count,
					&fx.err));
	return count;
}

/* Connections come back with a back-off of some seconds at most. */
#define BACK_MS 10000

/* Until the committer, too, has noticed that a store is back. */
static void
await_accepted(const char *key)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(BACK_MS);
	struct reply reply;

	for (int i = 0;; i++) {
		reply = deliver(ty_arena_printf(fx.arena, "%s-%d", key, i));
		if (reply.status == 202 || ty_time_mono_ms() > until_ms)
			break;
		usleep(20000); /* a refusal is quick: do not keep the machine from the store */
	}
	ck_assert_status(reply, 202);
}

static void
assert_place(const char *delivery_id, const char *state)
{
	struct reply reply =
		ask("GET",
		    ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/deliveries/%s", delivery_id),
		    NULL);
	const json_t *history = json_object_get(reply.json, "history");

	ck_assert_status(reply, 200);
	ck_assert_str_eq(ty_json_str(json_object_get(reply.json, "queue"), "state", ""), state);
	ck_assert_uint_eq(json_array_size(history), 2); /* received, accepted */
}

START_TEST(either_store_is_enough_and_none_is_a_503)
{
	struct reply reply;
	const char *told;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	ck_assert_status(deliver("a"), 202);

	/* Redis alone: the hook is known already; the receipt is owed. */
	svc_postgres_kill9(&house_services);
	reply = deliver("b");
	ck_assert_status(reply, 202);
	ck_assert_uint_eq(count_owed(), 1);
	ck_assert_status(deliver("b"), 200);
	reply = health();
	ck_assert_status(reply, 200);
	ck_assert_str_eq(text_of(&reply, "status"), "degraded");
	/* What only Postgres knows is a 503, not a wrong answer. */
	reply = ask("GET", "/api/v1/me", NULL);
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));

	/* Neither. */
	svc_redis_kill9(&house_services);
	reply = deliver("c");
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
	reply = health();
	ck_assert_status(reply, 503);
	ck_assert_str_eq(text_of(&reply, "status"), "down");

	/* Postgres alone: kept, queued later by the reaper; nothing says that it is queued. */
	svc_postgres_start(&house_services);
	await_accepted("d");
	reply = deliver("told");
	ck_assert_status(reply, 202);
	told = text_of(&reply, "delivery_id");
	assert_place(told, "away");
	reply = health();
	ck_assert_str_eq(text_of(&reply, "status"), "degraded");
	ck_assert_str_eq(house_sql("SELECT count(*) > 0 FROM tyboo.deliveries WHERE verdict = "
				   "'accepted' AND delivery_key LIKE '%%:d-%%'"),
			 "t");

	/* Both again, by themselves; no reaper is here that would push what came meanwhile. */
	svc_redis_start(&house_services);
	await_accepted("e");
	assert_place(told, "none");
	reply = health();
	ck_assert_str_eq(text_of(&reply, "status"), "ok");
	ck_assert_status(ask("GET", "/api/v1/me", NULL), 200);
}
END_TEST

/* ---- with Postgres away, hooks that a process has never seen ---- */

static struct reply
post(const char *path, const char *secret)
{
	static const char body[] = "{\"n\":1}";
	uint8_t mac[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];
	struct raw raw = { .method = "POST",
			   .target = ty_arena_printf(fx.arena, "/hooks/{ws}/%s", path),
			   .body = body,
			   .len = strlen(body),
			   .declared = -1,
			   .headers = { "Content-Type: application/json" } };

	if (secret != NULL) {
		ty_hmac_sha256(secret, strlen(secret), body, strlen(body), mac);
		ty_str_hex(mac, sizeof(mac), hex);
		raw.headers[1] = ty_arena_printf(fx.arena, "X-Hub-Signature-256: sha256=%s", hex);
	}
	return ask_raw(&raw);
}

/* Signed as GitHub does; the id of its credential. */
static const char *
publish_signed(const char *path, const char *secret_json)
{
	const char *id = house_secret(secret_json);

	house_publish(house_hook_graph(
		path,
		ty_arena_printf(fx.arena, "\"verify\":\"github\",\"credential\":\"%s\"", id)));
	return id;
}

/* The newest receipt that is owed. */
static struct ty_receipt *
last_owed(void)
{
	char **texts, **ids;
	struct ty_receipt *receipt;
	size_t count;

	ck_assert_ok(ty_queue_sync_owed(house.app->queue, fx.arena, 1000, &texts, &ids, &count,
					&fx.err));
	ck_assert_uint_gt(count, 0);
	ck_assert_ok(ty_receipt_parse(fx.arena, texts[count - 1], strlen(texts[count - 1]),
				      &receipt, &fx.err));
	return receipt;
}

START_TEST(a_hook_that_no_process_has_seen_is_accepted_without_postgres)
{
	const struct ty_receipt *owed;
	const char *workflow;

	house_sql("UPDATE tyboo.workspaces SET concurrent_max = 7, depth_max = 77, rate_per_s = "
		  "777, quota_month = 7777 WHERE id = '%s'",
		  house.ws_id.s);
	workflow = house_publish(house_hook_graph("new", "\"verify\":\"none\""));
	house_sql("UPDATE tyboo.workflows SET concurrent_max = 3 WHERE id = '%s'", workflow);
	mirror();
	svc_postgres_kill9(&house_services);
	for (int i = 0; i < 2; i++) {
		ck_assert_status(post("new", NULL), 202);
		/* All that Postgres would have said of it. */
		owed = last_owed();
		ck_assert_str_eq(owed->workspace_id.s, house.ws_id.s);
		ck_assert_str_eq(owed->workflow_id.s, workflow);
		ck_assert_str_eq(owed->start_node, "hook");
		ck_assert_str_eq(owed->verdict, "accepted");
		ck_assert(ty_id_is_set(&owed->hook_id) && ty_id_is_set(&owed->version_id));
		ck_assert_int_eq(owed->timeout_ms, 60000);
		ck_assert_int_eq(owed->limits.concurrent_max, 7);
		ck_assert_int_eq(owed->limits.depth_max, 77);
		ck_assert_int_eq(owed->limits.rate_per_s, 777);
		ck_assert_int_eq(owed->limits.quota_month, 7777);
		ck_assert_int_eq(owed->workflow_max, 3);
		restart_api(); /* begins without Postgres, and knows nothing */
	}
	svc_redis_kill9(&house_services);
	ck_assert_status(post("new", NULL), 503);
	ck_assert_ptr_nonnull(strstr(post("new", NULL).headers, "Retry-After: "));
}
END_TEST

START_TEST(its_secret_is_verified_without_postgres)
{
	publish_signed("signed", "{\"secrets\":[\"old one\",\"new one\"]}");
	publish_signed("unset", "{\"secret\":\"any\"}");
	house_sql("UPDATE tyboo.hooks SET verify = '{\"scheme\":\"github\"}' "
		  "WHERE workspace_id = '%s' AND path = 'unset'",
		  house.ws_id.s);
	mirror();
	svc_postgres_kill9(&house_services);
	ck_assert_status(post("signed", "wrong one"), 401);
	ck_assert_str_eq(last_owed()->verdict, "bad_signature");
	ck_assert_status(post("signed", NULL), 401);
	ck_assert_status(post("signed", "old one"), 202);
	ck_assert_status(post("signed", "new one"), 202);
	ck_assert_status(post("unset", "any"), 403);
}
END_TEST

/* Chunks need Postgres, so its run makes the blob when it begins. */
/* A secret that could not be kept is not sent back. */
START_TEST(a_secret_that_its_sender_gives_needs_postgres)
{
	struct reply reply = ask("POST", "/api/v1/workspaces/{ws}/credentials",
				 "{\"name\":\"Given\",\"type\":\"webhook_handshake\",\"data\":{}}");
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/given",
			   .body = "{}",
			   .len = 2,
			   .declared = -1,
			   .headers = { "Content-Type: application/json",
					"X-Hook-Secret: 8b5b1c3a4f2e4d6c" } };

	ck_assert_status(reply, 201);
	house_publish(house_hook_graph(
		"given", ty_arena_printf(fx.arena, "\"verify\":\"asana\",\"credential\":\"%s\"",
					 text_of(&reply, "id"))));
	mirror();
	svc_postgres_kill9(&house_services);
	reply = ask_raw(&raw);
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
	ck_assert_ptr_null(strcasestr(reply.headers, "x-hook-secret"));
}
END_TEST

START_TEST(a_small_file_is_accepted_without_postgres)
{
	struct raw raw = { .method = "POST",
			   .target = "/hooks/{ws}/h",
			   .body = "\x89PNG\xff",
			   .len = 5,
			   .declared = -1,
			   .headers = { "Content-Type: image/png" } };

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	mirror();
	svc_postgres_kill9(&house_services);
	ck_assert_status(ask_raw(&raw), 202);
	ck_assert_str_eq(last_owed()->read_as, "auto_file");
	ck_assert_uint_eq(last_owed()->body_len, 5);
	ck_assert_mem_eq(last_owed()->body, "\x89PNG\xff", 5);
}
END_TEST

START_TEST(an_address_that_nobody_claims_is_kept_without_postgres)
{
	struct raw elsewhere = { .method = "POST",
				 .target = "/hooks/no-such-workspace/h",
				 .body = "{}",
				 .len = 2,
				 .declared = -1 };

	house_publish(house_hook_graph("any", "\"verify\":\"none\",\"method\":\"ANY\""));
	mirror();
	svc_postgres_kill9(&house_services);
	ck_assert_status(post("nothing/here", NULL), 404);
	ck_assert_str_eq(last_owed()->verdict, "unclaimed");
	ck_assert_str_eq(last_owed()->workspace_id.s, house.ws_id.s);
	ck_assert_str_eq(last_owed()->path, "nothing/here");
	ck_assert_status(ask_raw(&elsewhere), 404);
	ck_assert_status(post("any", NULL), 202);
}
END_TEST

/* As from Postgres: a path of its own first, then by rank; and again, from the cache. */
START_TEST(parameters_are_filled_without_postgres)
{
	static const struct {
		const char *path, *route;
	} cases[] = { { "orders/new", "" },
		      { "orders/17", "orders/:id" },
		      { "other/17", ":any/:id" },
		      { "orders/new", "" },
		      { "orders/18", "orders/:id" } };
	struct raw probe = {
		.method = "HEAD", .target = "/hooks/{ws}/orders/1", .body = "", .declared = -1
	};

	house_publish(house_hook_graph(":any/:id", "\"verify\":\"none\",\"method\":\"ANY\""));
	house_publish(house_hook_graph("orders/:id", "\"verify\":\"none\""));
	house_publish(house_hook_graph("orders/new", "\"verify\":\"none\""));
	mirror();
	svc_postgres_kill9(&house_services);
	for (size_t i = 0; i < TY_ARRAY_COUNT(cases); i++) {
		ck_assert_status(post(cases[i].path, NULL), 202);
		ck_assert_str_eq(last_owed()->path, cases[i].path);
		ck_assert_str_eq(last_owed()->route, cases[i].route);
	}
	ck_assert_status(post("orders/1/2", NULL), 404);
	ck_assert_status(ask_raw(&probe), 200);
}
END_TEST

/* Until what the process knows is a second old: asked all the while, as senders do. */
static void
await_change(const char *path, const char *secret, int status)
{
	int64_t until_ms = ty_time_mono_ms() + test_patience_ms(BACK_MS);

	while (post(path, secret).status != status && ty_time_mono_ms() < until_ms)
		usleep(20000);
	ck_assert_status(post(path, secret), status);
}

START_TEST(without_a_mirror_or_with_a_hook_too_large_for_it_only_postgres_knows)
{
	struct reply reply;

	house_publish(house_hook_graph("big", "\"verify\":\"none\""));
	house_sql("UPDATE tyboo.hooks SET node_id = 'hook', verify = rpad(verify, 8192) "
		  "WHERE workspace_id = '%s'",
		  house.ws_id.s);
	/* Nothing of ours is so large: a limit that is only reached with a large secret as well. */
	publish_signed("huge", ty_arena_printf(fx.arena, "{\"secret\":\"%0*d\"}", 9000, 1));
	svc_redis_kill9(&house_services);
	svc_redis_start(&house_services);
	mirror();
	svc_postgres_kill9(&house_services);
	/* The committer's own connection to Redis takes a moment to come back. */
	await_change("big", NULL, 202);
	reply = post("huge", "any");
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
}
END_TEST

START_TEST(a_change_that_a_process_has_not_seen_counts_without_postgres)
{
	const char *first = publish_signed("h", "{\"secret\":\"first\"}"), *workflow;

	workflow = house_publish(house_hook_graph("gone", "\"verify\":\"none\""));
	ck_assert_status(post("h", "first"), 202);
	ck_assert_status(post("gone", NULL), 202);
	/* Another process publishes: this one's cache hears nothing of it. */
	house_sql("UPDATE tyboo.hooks SET verify = replace(verify, '%s', '%s') "
		  "WHERE workspace_id = '%s'",
		  first, house_secret("{\"secret\":\"second\"}"), house.ws_id.s);
	house_sql("DELETE FROM tyboo.hooks WHERE workflow_id = '%s'", workflow);
	mirror();
	svc_postgres_kill9(&house_services);
	await_change("h", "second", 202);
	ck_assert_status(post("h", "first"), 401);
	await_change("gone", NULL, 404);
}
END_TEST

START_TEST(what_postgres_said_later_than_the_mirror_counts)
{
	int64_t until_ms;

	mirror();
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	ck_assert_status(post("h", NULL), 202);
	svc_postgres_kill9(&house_services);
	/* Beyond the second that a look-up serves. */
	until_ms = ty_time_mono_ms() + 1500;
	while (ty_time_mono_ms() < until_ms) {
		ck_assert_status(post("h", NULL), 202);
		usleep(50000);
	}
}
END_TEST

START_TEST(postgres_is_asked_again_when_it_is_back)
{
	const char *workflow = house_publish(house_hook_graph("h", "\"verify\":\"none\""));

	mirror();
	svc_postgres_kill9(&house_services);
	ck_assert_status(post("h", NULL), 202);
	svc_postgres_start(&house_services);
	house_sql("DELETE FROM tyboo.hooks WHERE workflow_id = '%s'", workflow);
	await_change("h", NULL, 404);
}
END_TEST

/* A large body is in no store but Postgres; a small form is taken as it is. */
START_TEST(large_bodies_need_postgres_and_small_forms_do_not)
{
	static const char form[] = "--b\r\nContent-Disposition: form-data; name=f; filename=n\r\n"
				   "\r\nx\r\n--b--";
	struct raw large = { .method = "POST",
			     .target = "/hooks/{ws}/h",
			     .len = TY_LIMIT_BODY_BYTES + 1,
			     .declared = -1,
			     .headers = { "Content-Type: image/png" } };
	struct raw small = { .method = "POST",
			     .target = "/hooks/{ws}/h",
			     .body = form,
			     .len = sizeof(form) - 1,
			     .declared = -1,
			     .headers = { "Content-Type: multipart/form-data; boundary=b" } };
	struct reply reply;
	size_t owed = count_owed();

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	ck_assert_status(deliver("known"), 202);
	large.body = memset(ty_arena_alloc(fx.arena, large.len), 'x', large.len);
	svc_postgres_kill9(&house_services);
	reply = ask_raw(&large);
	ck_assert_status(reply, 503);
	ck_assert_ptr_nonnull(strstr(reply.headers, "Retry-After: "));
	ck_assert_uint_eq(count_owed(), owed);
	ck_assert_status(ask_raw(&small), 202);
	ck_assert_uint_eq(count_owed(), owed + 1);
	svc_postgres_start(&house_services);
}
END_TEST

SUITE_MAIN("api outage", 120, fx_setup, fx_teardown, house_open(), house_close(), {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(either_store_is_enough_and_none_is_a_503);
	TEST(large_bodies_need_postgres_and_small_forms_do_not);
	TEST(a_hook_that_no_process_has_seen_is_accepted_without_postgres);
	TEST(its_secret_is_verified_without_postgres);
	TEST(a_secret_that_its_sender_gives_needs_postgres);
	TEST(a_small_file_is_accepted_without_postgres);
	TEST(an_address_that_nobody_claims_is_kept_without_postgres);
	TEST(parameters_are_filled_without_postgres);
	TEST(without_a_mirror_or_with_a_hook_too_large_for_it_only_postgres_knows);
	TEST(a_change_that_a_process_has_not_seen_counts_without_postgres);
	TEST(what_postgres_said_later_than_the_mirror_counts);
	TEST(postgres_is_asked_again_when_it_is_back);
})
