/*
 * The lane against a real Redis: what each call promises (queue/queue.h).
 */
#include "lane.h"
#include "support/common.h"

#include "base/limits.h"
#include "base/time.h"

static struct lane lane;

static void
setup(void)
{
	lane_open(&lane, 60000);
}

static void
teardown(void)
{
	lane_end(&lane);
}

/* A lease that is over at once, and a reap that sees it. */
static struct ty_queue_reaped
reap_expired(int64_t deliveries_max)
{
	struct ty_queue_reaped reaped;

	lane_command(&lane, "EVAL %s 0",
		     "for _, id in ipairs(redis.call('ZRANGE', '{t}:leased', 0, -1)) do "
		     "redis.call('ZADD', '{t}:leased', 1, id) end return 1");
	reaped = lane_reap(&lane, deliveries_max);
	return reaped;
}

static struct ty_hold
admit_and_lease(void)
{
	struct ty_job job = lane_job(1, 1);

	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	return lane_hold(&lane.leases[0]);
}

START_TEST(jobs_come_out_whole_and_in_order)
{
	struct ty_job jobs[3] = { lane_job(1, 1), lane_job(1, 1), lane_job(1, 2) };

	jobs[1].payload = "a\r\n\0b";
	jobs[1].payload_len = 5;
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane.count, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(ty_id_eq(&lane.leases[i].run_id, &jobs[i].run_id));
		ck_assert(ty_id_eq(&lane.leases[i].workflow_id, &jobs[i].workflow_id));
		ck_assert_uint_eq(lane.leases[i].payload_len, jobs[i].payload_len);
		ck_assert_mem_eq(lane.leases[i].payload, jobs[i].payload, jobs[i].payload_len);
		ck_assert_int_eq(lane.leases[i].deliveries, 1);
		ck_assert(!lane.leases[i].again);
	}
	ck_assert_int_lt(lane.leases[0].token, lane.leases[1].token);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
}
END_TEST

START_TEST(a_job_is_admitted_once_however_often_it_is_offered)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_hold hold;

	job.limits.quota_month = 5;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	job.again = true;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
}
END_TEST

START_TEST(a_delivery_key_leads_to_its_first_run)
{
	struct ty_job jobs[4] = { lane_job(1, 1), lane_job(1, 1), lane_job(2, 1), lane_job(1, 1) };
	int64_t ttl_s;

	for (int i = 0; i < 4; i++)
		jobs[i].delivery_key = i < 3 ? "gh:1" : "gh:2";
	lane_admit(&lane, jobs, 4);
	ck_assert_int_eq(lane.admissions[0].verdict, TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane.admissions[1].verdict, TY_VERDICT_DUPLICATE);
	ck_assert(ty_id_eq(&lane.admissions[1].run_id, &jobs[0].run_id));
	ck_assert_int_eq(lane.admissions[2].verdict, TY_VERDICT_ADMITTED); /* another workspace */
	ck_assert_int_eq(lane.admissions[3].verdict, TY_VERDICT_ADMITTED);
	ttl_s = lane_command_int(&lane, "TTL {t}:seen:%s:gh:1", lane_id(1).s);
	ck_assert_int_le(ttl_s, TY_LIMIT_DEDUPE_S);
	ck_assert_int_gt(ttl_s, TY_LIMIT_DEDUPE_S - 60); /* what a slow machine may have used up */
}
END_TEST

START_TEST(a_refused_delivery_may_be_sent_again)
{
	struct ty_job job = lane_job(1, 1);

	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	job = lane_job(1, 1);
	job.delivery_key = "k";
	job.limits.depth_max = 1;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_DEPTH);
	job.run_id = ty_id_new();
	job.limits.depth_max = 2;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
}
END_TEST

/* Of a ready queue: whose so many jobs come next. */
static const struct {
	int workspace, count;
} turns[] = { { 2, 8 }, { 3, 2 }, { 1, 8 }, { 1, 6 } };

START_TEST(workspaces_take_turns_of_up_to_eight_runs)
{
	struct ty_job job;
	size_t at = 0;

	for (int i = 0; i < 30; i++) {
		job = lane_job(i < 20 ? 1 : i < 28 ? 2 : 3, 1);
		lane_admit_one(&lane, &job);
	}
	/* A lease that is smaller than a turn ends it. */
	ck_assert_uint_eq(lane_lease(&lane, 6), 6);
	for (int i = 0; i < 6; i++) {
		struct ty_id expected = lane_id(1);
		ck_assert(ty_id_eq(&lane.leases[i].workspace_id, &expected));
	}
	ck_assert_uint_eq(lane_lease(&lane, 100), 24);
	for (size_t i = 0; i < TY_ARRAY_COUNT(turns); i++)
		for (int n = 0; n < turns[i].count; n++) {
			struct ty_id expected = lane_id(turns[i].workspace);
			ck_assert(ty_id_eq(&lane.leases[at++].workspace_id, &expected));
		}
}
END_TEST

START_TEST(a_stale_token_moves_nothing)
{
	struct ty_hold stale = admit_and_lease(), now;
	struct ty_hold forged = stale;

	ck_assert_uint_eq(reap_expired(8).returned, 1);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	now = lane_hold(&lane.leases[0]);
	ck_assert_int_gt(now.token, stale.token);
	ck_assert_int_eq(now.deliveries, 2);
	forged.token = now.token + 1;
	for (int i = 0; i < 2; i++) {
		struct ty_hold *h = i == 0 ? &stale : &forged;

		ck_assert_int_eq(lane_extend(&lane, h, 1), TY_OK);
		ck_assert(lane.lost[0]);
		ck_assert_int_eq(lane_release(&lane, h, 1), TY_OK);
		ck_assert_int_eq(lane_retry(&lane, h, 0, false), TY_E_CONFLICT);
		ck_assert_int_eq(lane_wait(&lane, h, 0), TY_E_CONFLICT);
		ck_assert_int_eq(lane_bury(&lane, h, "x"), TY_E_CONFLICT);
	}
	ck_assert_int_eq(lane_extend(&lane, &now, 1), TY_OK);
	ck_assert(!lane.lost[0]);
	ck_assert_int_eq(lane_release(&lane, &now, 1), TY_OK);
	ck_assert_int_eq(lane_extend(&lane, &now, 1), TY_OK);
	ck_assert(lane.lost[0]); /* done is done */
}
END_TEST

START_TEST(a_job_that_nobody_finishes_is_poison)
{
	struct ty_dead *dead;
	size_t count;
	struct ty_hold hold = admit_and_lease();
	bool found;

	for (int d = 1; d < 3; d++) {
		ck_assert_uint_eq(reap_expired(3).returned, 1);
		ck_assert_uint_eq(lane_lease(&lane, 1), 1);
		ck_assert_int_eq(lane.leases[0].deliveries, d + 1);
	}
	ck_assert_uint_eq(reap_expired(3).buried, 1);
	ck_assert_uint_eq(lane_lease(&lane, 1), 0);
	ck_assert_ok(ty_queue_sync_dead_new(lane.sync, fx.arena, 10, &dead, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert(ty_id_eq(&dead[0].run_id, &hold.run_id));
	ck_assert_ptr_nonnull(strstr(dead[0].reason, "poison"));
	ck_assert_int_eq(dead[0].deliveries, 3);
	ck_assert_str_eq(dead[0].payload, "{\"v\":1}");
	ck_assert_ok(ty_queue_sync_dead_recorded(lane.sync, &hold.run_id, &fx.err));
	ck_assert_ok(ty_queue_sync_dead_new(lane.sync, fx.arena, 10, &dead, &count, &fx.err));
	ck_assert_uint_eq(count, 0);
	ck_assert_ok(ty_queue_sync_dead(lane.sync, fx.arena, 10, &dead, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert_ok(ty_queue_sync_dead_drop(lane.sync, &hold.run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_ok(ty_queue_sync_dead_drop(lane.sync, &hold.run_id, &found, &fx.err));
	ck_assert(!found);
}
END_TEST

START_TEST(a_retry_comes_back_when_due_and_counts)
{
	struct ty_hold hold = admit_and_lease();

	ck_assert_int_eq(lane_retry(&lane, &hold, 3600000, false), TY_OK);
	ck_assert_uint_eq(lane_reap(&lane, 8).due, 0);
	lane_command(&lane, "ZADD {t}:delayed 1 %s", hold.run_id.s);
	ck_assert_uint_eq(lane_reap(&lane, 8).due, 1);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert_int_eq(lane.leases[0].deliveries, 2);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_retry(&lane, &hold, 0, false), TY_OK);
	ck_assert_uint_eq(lane_reap(&lane, 2).buried, 1);
}
END_TEST

/* What has waited once does not wait behind all that came since. */
START_TEST(what_comes_back_goes_to_the_front)
{
	static const char *const places[] = { "leased", "delayed", "waiting" };
	struct ty_hold hold = admit_and_lease();
	struct ty_job later = lane_job(1, 1);

	lane_admit_one(&lane, &later);
	if (_i == 1)
		ck_assert_int_eq(lane_retry(&lane, &hold, 3600000, false), TY_OK);
	else if (_i == 2)
		ck_assert_int_eq(lane_wait(&lane, &hold, 0), TY_OK);
	lane_command(&lane, "ZADD {t}:%s XX 1 %s", places[_i], hold.run_id.s); /* due */
	lane_reap(&lane, 8);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &hold.run_id));
}
END_TEST

START_TEST(a_drained_job_is_ready_at_once_and_not_counted)
{
	struct ty_hold hold = admit_and_lease();

	ck_assert_int_eq(lane_retry(&lane, &hold, 0, true), TY_OK);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert_int_eq(lane.leases[0].deliveries, 1);
	ck_assert(lane.leases[0].again);
}
END_TEST

START_TEST(a_parked_job_waits_for_its_time)
{
	struct ty_hold hold = admit_and_lease();
	struct ty_queue_stats stats;

	ck_assert_int_eq(lane_wait(&lane, &hold, 0), TY_OK);
	ck_assert_uint_eq(lane_reap(&lane, 8).due, 0);
	ck_assert_ok(ty_queue_sync_stats(lane.sync, &stats, &fx.err));
	ck_assert_int_eq(stats.waiting, 1);
	ck_assert_int_eq(stats.leased + stats.ready + stats.delayed + stats.dead, 0);
	lane_command(&lane, "ZADD {t}:waiting 1 %s", hold.run_id.s);
	ck_assert_uint_eq(lane_reap(&lane, 8).due, 1);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_wait(&lane, &hold, ty_time_now_ms() - 5), TY_OK);
	ck_assert_uint_eq(lane_reap(&lane, 8).due, 1);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert_int_eq(lane.leases[0].deliveries, 1);
}
END_TEST

START_TEST(cancel_takes_out_what_waits_and_marks_what_runs)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_hold hold = admit_and_lease();
	bool found;

	lane_admit_one(&lane, &job);
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &job.run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_uint_eq(lane_lease(&lane, 1), 0);
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &job.run_id, &found, &fx.err));
	ck_assert(!found);
	ck_assert_int_eq(lane_canceled(&lane, &hold, 1), TY_OK);
	ck_assert(!lane.lost[0]);
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &hold.run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_int_eq(lane_canceled(&lane, &hold, 1), TY_OK);
	ck_assert(lane.lost[0]);
}
END_TEST

START_TEST(a_living_holder_survives_the_loss_of_memory)
{
	struct ty_job job = lane_job(7, 8);
	struct ty_hold hold;

	lane_admit_one(&lane, &job);
	lane_lease(&lane, 1);
	hold = lane_hold(&lane.leases[0]);
	lane_command(&lane, "FLUSHALL");
	ck_assert_int_eq(lane_extend(&lane, &hold, 1), TY_OK);
	ck_assert(!lane.lost[0]);
	job.again = true; /* the reaper finds its receipt without a finished run */
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 1), 0);
	ck_assert_uint_eq(reap_expired(8).returned, 1); /* then the holder dies */
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert_int_gt(lane.leases[0].token, hold.token);
	ck_assert_str_eq(lane.leases[0].payload, "{\"v\":1}");
	ck_assert(lane.leases[0].again);
}
END_TEST

START_TEST(a_late_holder_does_not_resurrect_what_was_given_on)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_hold late, now;

	lane_admit_one(&lane, &job);
	lane_lease(&lane, 1);
	late = lane_hold(&lane.leases[0]);
	lane_command(&lane, "FLUSHALL");
	job.again = true;
	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	now = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(now.deliveries, 2);
	ck_assert_int_gt(now.token, late.token);
	ck_assert_int_eq(lane_extend(&lane, &late, 1), TY_OK);
	ck_assert(lane.lost[0]);
	ck_assert_int_eq(lane_release(&lane, &now, 1), TY_OK);
	ck_assert_int_eq(lane_extend(&lane, &late, 1), TY_OK);
	ck_assert(lane.lost[0]);
}
END_TEST

START_TEST(a_run_released_over_lost_memory_stays_done)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_hold hold;

	lane_admit_one(&lane, &job);
	lane_lease(&lane, 1);
	hold = lane_hold(&lane.leases[0]);
	lane_command(&lane, "FLUSHALL");
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	job.again = true;
	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 1), 0);
}
END_TEST

START_TEST(reap_tells_how_old_the_memory_is)
{
	ck_assert_int_lt(lane_reap(&lane, 8).memory_ms, 60000);
	lane_command(&lane, "SET {t}:epoch 1");
	ck_assert_int_gt(lane_reap(&lane, 8).memory_ms, 86400000);
	lane_command(&lane, "FLUSHALL");
	ck_assert_int_lt(lane_reap(&lane, 8).memory_ms, 60000);
}
END_TEST

START_TEST(owed_receipts_come_in_order_until_dropped)
{
	struct ty_job jobs[3] = { lane_job(1, 1), lane_job(1, 1), lane_job(1, 1) };
	char **receipts, **ids;
	size_t count;

	jobs[0].owed_receipt = "{\"a\":1}";
	jobs[1].payload = NULL; /* only kept */
	jobs[1].owed_receipt = "{\"b\":2}";
	lane_admit(&lane, jobs, 3);
	lane_admit(&lane, jobs, 1); /* known: not owed twice */
	ck_assert_ok(ty_queue_sync_owed(lane.sync, fx.arena, 10, &receipts, &ids, &count, &fx.err));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(receipts[0], "{\"a\":1}");
	ck_assert_str_eq(receipts[1], "{\"b\":2}");
	ck_assert_ok(ty_queue_sync_owed_drop(lane.sync, ids, 1, &fx.err));
	ck_assert_ok(ty_queue_sync_owed(lane.sync, fx.arena, 10, &receipts, &ids, &count, &fx.err));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(receipts[0], "{\"b\":2}");
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
}
END_TEST

START_TEST(the_scripts_survive_a_script_flush)
{
	struct ty_hold hold = admit_and_lease();

	lane_command(&lane, "SCRIPT FLUSH");
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	admit_and_lease();
	lane_command(&lane, "SCRIPT FLUSH");
	lane_reap(&lane, 8);
}
END_TEST

START_TEST(a_crash_of_redis_keeps_jobs_and_connections_come_back)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_hold hold = admit_and_lease();

	lane_admit_one(&lane, &job);
	lane_server_kill();
	while (ty_queue_is_up(lane.queue))
		uv_run(&lane.loop, UV_RUN_ONCE);
	ck_assert(!lane.up);
	ck_assert_int_eq(lane_extend(&lane, &hold, 1), TY_E_UNAVAILABLE);
	ck_assert_int_eq(ty_queue_sync_ping(lane.sync, &fx.err), TY_E_UNAVAILABLE);
	lane_server_boot();
	lane_await_up(&lane);
	ck_assert_ok(ty_queue_sync_ping(lane.sync, &fx.err));
	ck_assert_int_eq(lane_extend(&lane, &hold, 1), TY_OK);
	ck_assert(!lane.lost[0]);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &job.run_id));
	redisReconnect(lane.redis);
}
END_TEST

START_TEST(a_connection_that_died_unused_is_no_refusal_of_the_server)
{
	ck_assert_ok(ty_queue_sync_probe(lane.sync, &fx.err));
	lane_server_kill();
	lane_server_boot();
	if (_i == 0)
		ck_assert_ok(ty_queue_sync_ping(lane.sync, &fx.err));
	else
		ck_assert_ok(ty_queue_sync_probe(lane.sync, &fx.err));
	lane_await_up(&lane);
	redisReconnect(lane.redis);
}
END_TEST

START_TEST(calls_under_way_when_redis_dies_are_answered)
{
	struct ty_hold hold = admit_and_lease();

	lane_command(&lane, "CLIENT PAUSE 60000");
	lane.answered = false;
	lane_server_kill();
	ck_assert_int_eq(lane_extend(&lane, &hold, 1), TY_E_UNAVAILABLE);
	lane_server_boot();
	lane_await_up(&lane);
	redisReconnect(lane.redis);
}
END_TEST

START_TEST(each_state_of_a_run_is_known)
{
	struct ty_job jobs[4];
	struct ty_id ids[5];
	enum ty_known known[5];
	struct ty_hold hold;

	for (int i = 0; i < 4; i++) {
		jobs[i] = lane_job(1, 1);
		ids[i] = jobs[i].run_id;
	}
	ids[4] = ty_id_new();
	lane_admit(&lane, jobs, 4);
	ck_assert_uint_eq(lane_lease(&lane, 3), 3);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	hold = lane_hold(&lane.leases[1]);
	ck_assert_int_eq(lane_bury(&lane, &hold, "why"), TY_OK);
	ck_assert_ok(ty_queue_sync_known(lane.sync, ids, 5, known, &fx.err));
	ck_assert_int_eq(known[0], TY_KNOWN_FINISHED);
	ck_assert_int_eq(known[1], TY_KNOWN_DEAD);
	ck_assert_int_eq(known[2], TY_KNOWN_LEASED);
	ck_assert_int_eq(known[3], TY_KNOWN_QUEUED);
	ck_assert_int_eq(known[4], TY_KNOWN_NOTHING);
}
END_TEST

START_TEST(a_url_that_makes_no_sense_is_an_error_of_each_call)
{
	struct ty_queue_sync *sync = ty_queue_sync_new("http://localhost", "t");
	struct ty_queue *queue =
		ty_queue_new(&lane.loop, "rediss://localhost", "t", 1000, NULL, NULL, NULL);
	struct ty_queue *kept = lane.queue;
	struct ty_hold hold = lane_hold(&(struct ty_lease){ .payload = "" });

	ck_assert_code(ty_queue_sync_ping(sync, &fx.err), TY_E_UNAVAILABLE);
	lane.queue = queue;
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(lane.err.msg, "TLS"));
	lane.queue = kept;
	ty_queue_free(queue);
	ty_queue_sync_free(sync);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(jobs_come_out_whole_and_in_order);
	TEST(a_job_is_admitted_once_however_often_it_is_offered);
	TEST(a_delivery_key_leads_to_its_first_run);
	TEST(a_refused_delivery_may_be_sent_again);
	TEST(workspaces_take_turns_of_up_to_eight_runs);
	TEST(a_stale_token_moves_nothing);
	TEST(each_state_of_a_run_is_known);
	TEST(a_job_that_nobody_finishes_is_poison);
	TEST(a_retry_comes_back_when_due_and_counts);
	tcase_add_loop_test(tc, what_comes_back_goes_to_the_front, 0, 3);
	TEST(a_drained_job_is_ready_at_once_and_not_counted);
	TEST(a_parked_job_waits_for_its_time);
	TEST(cancel_takes_out_what_waits_and_marks_what_runs);
	TEST(a_living_holder_survives_the_loss_of_memory);
	TEST(a_late_holder_does_not_resurrect_what_was_given_on);
	TEST(a_run_released_over_lost_memory_stays_done);
	TEST(reap_tells_how_old_the_memory_is);
	TEST(owed_receipts_come_in_order_until_dropped);
	TEST(the_scripts_survive_a_script_flush);
	TEST(a_crash_of_redis_keeps_jobs_and_connections_come_back);
	tcase_add_loop_test(tc, a_connection_that_died_unused_is_no_refusal_of_the_server, 0, 2);
	TEST(calls_under_way_when_redis_dies_are_answered);
	TEST(a_url_that_makes_no_sense_is_an_error_of_each_call);
}

TEST_MAIN("queue", add_tests(tc))
