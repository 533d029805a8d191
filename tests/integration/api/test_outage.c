/*
 * test_outage.c -- one store away: accepted all the same.  Both away: an honest 503.
 *
 * One test kills and restarts the servers that all share, so it is the only one here.
 */
#include "base/time.h"
#include "house.h"

#include "queue/queue.h"

#include <unistd.h>

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
	int64_t until_ms = ty_time_mono_ms() + BACK_MS;
	struct reply reply;

	for (int i = 0;; i++) {
		reply = deliver(ty_arena_printf(fx.arena, "%s-%d", key, i));
		if (reply.status == 202 || ty_time_mono_ms() > until_ms)
			break;
		usleep(20000); /* a refusal is quick: do not keep the machine from the store */
	}
	ck_assert_status(reply, 202);
}

START_TEST(either_store_is_enough_and_none_is_a_503)
{
	struct reply reply;

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

	/* Postgres alone: kept, queued later by the reaper. */
	svc_postgres_start(&house_services);
	await_accepted("d");
	reply = health();
	ck_assert_str_eq(text_of(&reply, "status"), "degraded");
	ck_assert_str_eq(house_sql("SELECT count(*) > 0 FROM tyboo.deliveries WHERE verdict = "
				   "'accepted' AND delivery_key LIKE '%%:d-%%'"),
			 "t");

	/* Both again, by themselves. */
	svc_redis_start(&house_services);
	await_accepted("e");
	reply = health();
	ck_assert_str_eq(text_of(&reply, "status"), "ok");
	ck_assert_status(ask("GET", "/api/v1/me", NULL), 200);
}
END_TEST

HOUSE_MAIN("api outage", { TEST(either_store_is_enough_and_none_is_a_503); })
