/*
 * test_waiting.c -- requests that wait for runs: each becomes ready once, for one reason, whatever Redis does.
 */
#include "integration/store/parked.h"

#include "base/limits.h"
#include "conf/conf.h"
#include "waiting.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <time.h>

#define LANE	"w"
#define LONG_MS 300000
#define ANSWER	"{\"status\":201,\"headers\":{},\"kind\":\"none\"}"

static struct ty_waiting *waiting;
static redisContext *redis;
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ty_wait *waits[TY_LIMIT_ANSWERS_WAITING_COUNT];
	size_t count;
} ready;

static void
on_ready(void *ctx, struct ty_wait *wait)
{
	pthread_mutex_lock(&ready.lock);
	ready.waits[ready.count++] = wait;
	pthread_cond_signal(&ready.changed);
	pthread_mutex_unlock(&ready.lock);
}

/* The next that is ready; the suite's time limit ends a test in which none comes. */
static struct ty_wait *
ready_next(void)
{
	struct ty_wait *wait;

	pthread_mutex_lock(&ready.lock);
	while (ready.count == 0)
		pthread_cond_wait(&ready.changed, &ready.lock);
	wait = ready.waits[0];
	memmove(ready.waits, ready.waits + 1, --ready.count * sizeof(*ready.waits));
	pthread_mutex_unlock(&ready.lock);
	return wait;
}

static size_t
ready_count(void)
{
	size_t count;

	pthread_mutex_lock(&ready.lock);
	count = ready.count;
	pthread_mutex_unlock(&ready.lock);
	return count;
}

static void
waiting_start(const char *redis_url)
{
	const struct ty_conf conf = { .redis_url = redis_url,
				      .database_url = svc.database_url,
				      .lane = LANE };
	struct ty_log log;

	ty_log_init(&log, "test", TY_LOG_ERROR);
	ready.count = 0;
	pthread_mutex_init(&ready.lock, NULL);
	pthread_cond_init(&ready.changed, NULL);
	ck_assert_ok(ty_waiting_new(&conf, &log, &waiting, &fx.err));
	ty_waiting_on_ready(waiting, on_ready, NULL);
}

static long long
redis_int(const char *command, const struct ty_record_run *run)
{
	redisReply *reply = redisCommand(redis, command, run->run_id.s);
	long long number;

	ck_assert_ptr_nonnull(reply);
	if (reply->type == REDIS_REPLY_ARRAY)
		number = reply->element[1]->integer;
	else
		number = reply->integer;
	freeReplyObject(reply);
	return number;
}

static void
await_listener(const struct ty_record_run *run)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	while (redis_int("PUBSUB NUMSUB {" LANE "}:over:%s", run) == 0)
		nanosleep(&moment, NULL);
}

static void
publish(const struct ty_record_run *run)
{
	redis_int("PUBLISH {" LANE "}:over:%s x", run);
}

static struct ty_wait *
begin(const struct ty_record_run *run, enum ty_wait_for what)
{
	struct ty_wait *wait = ty_waiting_begin(waiting, &run->run_id, LONG_MS);

	ck_assert_ptr_nonnull(wait);
	wait->what = what;
	return wait;
}

static struct ty_wait *
park(const struct ty_record_run *run, enum ty_wait_for what)
{
	struct ty_wait *wait = begin(run, what);

	ty_waiting_park(waiting, wait, NULL);
	return wait;
}

static void
check_ready(struct ty_wait *expected, enum ty_wait_end end)
{
	struct ty_wait *wait = ready_next();

	ck_assert_ptr_eq(wait, expected);
	ck_assert_int_eq(wait->end, end);
	ty_waiting_end(waiting, wait);
}

static void
waiting_setup(void)
{
	db_setup();
	redis = redisConnectUnix(svc.redis_url + strlen("unix:"));
	ck_assert(redis != NULL && redis->err == 0);
	waiting_start(svc.redis_url);
}

static void
waiting_teardown(void)
{
	ty_waiting_free(waiting);
	redisFree(redis);
	db_teardown();
}

/* ---- what ends a wait ---- */

START_TEST(a_word_from_redis_ends_it)
{
	struct ty_record_run run = run_new(5), other = run_new(5);
	struct ty_wait *wait = park(&run, TY_WAITS_NODE), *rest = park(&other, TY_WAITS_NODE);

	await_listener(&run);
	publish(&run);
	check_ready(wait, TY_WAIT_HEARD);
	ck_assert_uint_eq(ready_count(), 0);
	ty_waiting_leave(waiting, rest);
	check_ready(rest, TY_WAIT_GONE);
}
END_TEST

START_TEST(a_word_that_comes_before_it_is_parked_counts)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *parked = park(&run, TY_WAITS_NODE), *begun = begin(&run, TY_WAITS_NODE);

	await_listener(&run);
	publish(&run);
	check_ready(parked, TY_WAIT_HEARD);
	ty_waiting_park(waiting, begun, NULL);
	check_ready(begun, TY_WAIT_HEARD);
}
END_TEST

/* Of an answer, and of a run that is over. */
START_TEST(the_record_ends_it_where_nobody_tells)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *node = park(&run, TY_WAITS_NODE), *end = park(&run, TY_WAITS_FINISHED);

	ck_assert(keep_answer(&run, 5, ANSWER));
	check_ready(node, TY_WAIT_HEARD);
	ck_assert_uint_eq(ready_count(), 0);
	ck_assert(finish(run, "ok", "[]"));
	check_ready(end, TY_WAIT_HEARD);
}
END_TEST

/* A connection that is cut, and a server that is gone. */
START_TEST(without_redis_the_record_ends_it)
{
	struct ty_record_run run = run_new(5), next = run_new(5);
	struct ty_wait *wait = park(&run, TY_WAITS_NODE), *after;

	await_listener(&run);
	if (_i == 0) {
		ck_assert_int_ge(redis_int("CLIENT KILL TYPE pubsub", &run), 1);
	} else {
		svc_redis_kill9(&svc);
	}
	after = park(&next, TY_WAITS_NODE);
	ck_assert(keep_answer(&run, 5, ANSWER));
	check_ready(wait, TY_WAIT_HEARD);
	ck_assert(keep_answer(&next, 5, ANSWER));
	check_ready(after, TY_WAIT_HEARD);
	if (_i == 1)
		svc_redis_start(&svc);
}
END_TEST

START_TEST(a_connection_that_came_back_listens_again)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *wait = park(&run, TY_WAITS_NODE);

	await_listener(&run);
	ck_assert_int_ge(redis_int("CLIENT KILL TYPE pubsub", &run), 1);
	await_listener(&run);
	publish(&run);
	check_ready(wait, TY_WAIT_HEARD);
}
END_TEST

START_TEST(its_time_ends_it)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *wait = ty_waiting_begin(waiting, &run.run_id, 1);

	ty_waiting_park(waiting, wait, NULL);
	check_ready(wait, TY_WAIT_LATE);
}
END_TEST

START_TEST(a_client_that_leaves_ends_it_once)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *wait = park(&run, TY_WAITS_NODE), *begun = begin(&run, TY_WAITS_NODE);

	await_listener(&run);
	ty_waiting_leave(waiting, wait);
	ty_waiting_leave(waiting, wait);
	publish(&run);
	check_ready(wait, TY_WAIT_GONE);
	ty_waiting_leave(waiting, begun);
	ty_waiting_park(waiting, begun, NULL);
	check_ready(begun, TY_WAIT_GONE);
	ck_assert_uint_eq(ready_count(), 0);
}
END_TEST

/* A repeat is told of the first one's run, which may have ended before. */
START_TEST(a_repeat_waits_for_the_first_ones_run)
{
	struct ty_record_run own = run_new(5), first = run_new(5);
	struct ty_wait *wait = begin(&own, TY_WAITS_NODE);

	ck_assert(keep_answer(&first, 5, ANSWER));
	ty_waiting_move(waiting, wait, &first.run_id);
	ty_waiting_park(waiting, wait, NULL);
	check_ready(wait, TY_WAIT_HEARD);
}
END_TEST

/* ---- places and the end ---- */

START_TEST(all_places_are_given_and_one_that_ends_is_free)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *waits[TY_LIMIT_ANSWERS_WAITING_COUNT];

	for (size_t i = 0; i < TY_ARRAY_COUNT(waits); i++)
		waits[i] = begin(&run, TY_WAITS_NODE);
	ck_assert_ptr_null(ty_waiting_begin(waiting, &run.run_id, LONG_MS));
	ty_waiting_end(waiting, waits[0]);
	waits[0] = begin(&run, TY_WAITS_NODE);
	ck_assert_ptr_null(ty_waiting_begin(waiting, &run.run_id, LONG_MS));
	for (size_t i = 0; i < TY_ARRAY_COUNT(waits); i++)
		ty_waiting_end(waiting, waits[i]);
}
END_TEST

START_TEST(a_drain_ends_all_and_nothing_begins_after)
{
	struct ty_record_run run = run_new(5);
	struct ty_wait *wait = park(&run, TY_WAITS_NODE), *begun = begin(&run, TY_WAITS_NODE);

	ty_waiting_drain(waiting);
	check_ready(wait, TY_WAIT_DRAIN);
	ck_assert_ptr_null(ty_waiting_begin(waiting, &run.run_id, LONG_MS));
	ty_waiting_park(waiting, begun, NULL);
	check_ready(begun, TY_WAIT_DRAIN);
}
END_TEST

SUITE_MAIN("api/waiting", 60, waiting_setup, waiting_teardown,
	   services_start(&svc, SERVICES_POSTGRES | SERVICES_MIGRATED | SERVICES_REDIS),
	   services_stop(&svc), TEST(a_word_from_redis_ends_it);
	   TEST(a_word_that_comes_before_it_is_parked_counts);
	   TEST(the_record_ends_it_where_nobody_tells);
	   tcase_add_loop_test(tc, without_redis_the_record_ends_it, 0, 2);
	   TEST(a_connection_that_came_back_listens_again); TEST(its_time_ends_it);
	   TEST(a_client_that_leaves_ends_it_once); TEST(a_repeat_waits_for_the_first_ones_run);
	   TEST(all_places_are_given_and_one_that_ends_is_free);
	   TEST(a_drain_ends_all_and_nothing_begins_after))
