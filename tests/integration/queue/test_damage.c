/*
 * Damaged jobs, lists and counts: each is dropped, counted and told, and nobody else waits for it.
 */
#include "lane.h"
#include "queue/place.h"
#include "queue/repair.h"
#include "support/common.h"

#include <string.h>

static struct lane lane;

static void
setup(void)
{
	lane_open(&lane, 60000);
}

static void
teardown(void)
{
	lane_close(&lane);
}

/* 'lua' with KEYS[1] the job, ARGV[1] the run, ARGV[2] the workspace. */
static void
damage(const struct ty_job *job, const char *lua)
{
	lane_command_int(&lane, "EVAL %s 1 {t}:job:%s %s %s", lua, job->run_id.s, job->run_id.s,
			 job->workspace_id.s);
}

static size_t
told(void)
{
	struct ty_queue_damage *list;
	size_t count;

	ck_assert_int_eq(ty_queue_sync_damage(lane.sync, lane.arena, 100, &list, &count, &lane.err),
			 TY_OK);
	return count;
}

static struct ty_queue_stats
stats(void)
{
	struct ty_queue_stats s;

	ck_assert_int_eq(ty_queue_sync_stats(lane.sync, &s, &lane.err), TY_OK);
	return s;
}

static int64_t
stray(void)
{
	int64_t n;

	ck_assert_int_eq(ty_queue_sync_stray(lane.sync, &n, &lane.err), TY_OK);
	return n;
}

/* The walk over all keys, twice: what the first frees the second may have passed. */
static int64_t
check_all(void)
{
	int64_t mended, all = 0;
	uint64_t cursor = 0;

	for (int walk = 0; walk < 2; walk++) {
		do {
			ck_assert_int_eq(
				ty_queue_sync_check(lane.sync, &cursor, &mended, &lane.err), TY_OK);
			all += mended;
		} while (cursor != 0);
	}
	return all;
}

static const char *const job_damages[] = {
	"return redis.call('DEL', KEYS[1])",
	"return redis.call('HDEL', KEYS[1], 'ws')",
	"return redis.call('HDEL', KEYS[1], 'wf')",
	"return redis.call('HDEL', KEYS[1], 'wm')",
	"return redis.call('HDEL', KEYS[1], 'fm')",
	"return redis.call('HDEL', KEYS[1], 'd')",
	"return redis.call('HDEL', KEYS[1], 'again')",
	"return redis.call('HDEL', KEYS[1], 'p')",
	"return redis.call('HSET', KEYS[1], 'wf', 'no id')",
	"return redis.call('HSET', KEYS[1], 'ws', 'no id')",
	"return redis.call('HSET', KEYS[1], 'wm', 'many')",
	"return redis.call('HSET', KEYS[1], 'fm', '')",
	"return redis.call('HSET', KEYS[1], 'd', 'once')",
	"redis.call('SET', KEYS[1], 'text') return 1",
	"redis.call('LPUSH', '{t}:ready:' .. ARGV[2], 'no id') return redis.call('DEL', KEYS[1])",
};

START_TEST(a_damaged_job_stops_nobody)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1), lane_job(2, 1) };

	lane_admit(&lane, jobs, 3);
	damage(&jobs[0], job_damages[_i]);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	ck_assert_int_eq(lane.err.code, TY_OK);
	ck_assert_int_ge(stats().damaged, 1);
	ck_assert_int_eq(stats().ready, 0);
	ck_assert_uint_ge(told(), 1);
	ck_assert_uint_eq(told(), 0); /* once */
	/* It is as if it had never been there, so that its receipt makes it again. */
	jobs[0].again = true;
	lane_admit(&lane, jobs, 1);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[0].run_id));
}
END_TEST

/* It passes the scripts' quick look. */
/* Its place in the list is still there when its receipt makes it again. */
START_TEST(a_job_that_is_made_again_is_leased_once)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };

	lane_admit(&lane, jobs, 2);
	damage(&jobs[0], job_damages[0]);
	jobs[0].again = true;
	lane_admit(&lane, jobs, 1);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	ck_assert_int_eq(stats().ready, 0);
	ck_assert_int_eq(stats().leased, 2);
	ck_assert_int_eq(stray(), 0);
}
END_TEST

START_TEST(an_id_that_is_none_hides_no_other_job)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };

	lane_admit(&lane, jobs, 2);
	damage(&jobs[0], "return redis.call('HSET', KEYS[1], 'wf', string.rep('x', 36))");
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[1].run_id));
	check_all();
	ck_assert_int_eq(stats().damaged, 1);
}
END_TEST

START_TEST(a_damaged_job_is_unknown_and_can_be_asked_for)
{
	static const char *const unknown[] = {
		"return redis.call('DEL', KEYS[1])",
		"return redis.call('HDEL', KEYS[1], 's')",
		"redis.call('SET', KEYS[1], 'text') return 1",
	};
	struct ty_job job = lane_job(1, 1);
	struct ty_queue_place place;
	enum ty_known known;
	bool found = true;

	lane_admit_one(&lane, &job);
	damage(&job, unknown[_i]);
	ck_assert_int_eq(ty_queue_sync_known(lane.sync, &job.run_id, 1, &known, &lane.err), TY_OK);
	ck_assert_int_eq(known, TY_KNOWN_NOTHING);
	ck_assert_int_eq(ty_queue_sync_place(lane.sync, lane.arena, &job.run_id, &place, &lane.err),
			 TY_OK);
	ck_assert_str_eq(place.state, "none");
	ck_assert_int_eq(ty_queue_sync_cancel(lane.sync, &job.run_id, &found, &lane.err), TY_OK);
	ck_assert(!found);
}
END_TEST

/* One of three leases; the others go on, and the place of the damaged one is given back. */
START_TEST(a_damaged_lease_stops_nobody_and_gives_its_place_back)
{
	static const char *const gone[] = {
		"return redis.call('DEL', KEYS[1])",
		"return redis.call('HDEL', KEYS[1], 'ws')",
		"redis.call('SET', KEYS[1], 'text') return 1",
		"return redis.call('HSET', KEYS[1], 'd', 'x', 's', 'x')",
	};
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1), lane_job(1, 1) };
	struct ty_hold holds[3];

	for (int i = 0; i < 3; i++)
		jobs[i].limits.concurrent_max = 2;
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	holds[0] = lane_hold(&lane.leases[0]);
	holds[1] = lane_hold(&lane.leases[1]);
	damage(&jobs[0], gone[_i]);
	ck_assert_int_eq(lane_extend(&lane, holds, 2), TY_OK);
	ck_assert(!lane.lost[1]);
	ck_assert_int_eq(lane_canceled(&lane, holds, 2), TY_OK);
	lane_command(&lane, "ZADD {t}:leased 1 %s", jobs[0].run_id.s); /* its deadline is over */
	lane_reap(&lane, 5);
	check_all();
	ck_assert_int_eq(lane_command_int(&lane, "ZCARD {t}:leased"), 1);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1); /* the third, in the place of the first */
	holds[0] = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_release(&lane, holds, 2), TY_OK);
	ck_assert_int_eq(lane_command_int(&lane, "EXISTS {t}:active:%s", lane_id(1).s), 0);
	ck_assert_uint_ge(told(), 1);
}
END_TEST

START_TEST(a_damaged_dead_letter_hides_no_other)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };
	struct ty_hold hold;
	struct ty_dead *dead;
	size_t count;

	lane_admit(&lane, jobs, 2);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	for (int i = 0; i < 2; i++) {
		hold = lane_hold(&lane.leases[i]);
		ck_assert_int_eq(lane_bury(&lane, &hold, "a test"), TY_OK);
	}
	damage(&jobs[0], _i == 0 ? "return redis.call('HDEL', KEYS[1], 'p')"
				 : "return redis.call('DEL', KEYS[1])");
	ck_assert_int_eq(ty_queue_sync_dead_new(lane.sync, lane.arena, 1, &dead, &count, &lane.err),
			 TY_OK);
	ck_assert_int_eq(ty_queue_sync_dead_new(lane.sync, lane.arena, 1, &dead, &count, &lane.err),
			 TY_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert(ty_id_eq(&dead[0].run_id, &jobs[1].run_id));
	ck_assert_int_eq(stats().dead, 1);
}
END_TEST

/* What takes a workspace's turn away from outside, or a job out of every list. */
static const struct {
	const char *lua;
	int64_t stray;
} list_damages[] = {
	{ "return redis.call('DEL', '{t}:ring')", 2 },
	{ "return redis.call('DEL', '{t}:ready:' .. ARGV[2])", 0 },
	{ "redis.call('SET', '{t}:ready:' .. ARGV[2], 'text') return 1", 0 },
	{ "redis.call('DEL', '{t}:ring') return redis.call('SADD', '{t}:full', ARGV[2])", 0 },
	{ "redis.call('DEL', '{t}:ring', '{t}:ready:' .. ARGV[2]) return redis.call('HSET', "
	  "KEYS[1], "
	  "'s', 'delayed')",
	  0 },
};

START_TEST(a_turn_that_is_lost_is_given_again)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };

	lane_admit(&lane, jobs, 2);
	damage(&jobs[0], list_damages[_i].lua);
	ck_assert_int_eq(stray(), list_damages[_i].stray);
	ck_assert_int_gt(check_all(), 0);
	lane_reap(&lane, 5);
	ck_assert_int_eq(stray(), 0);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
}
END_TEST

START_TEST(a_list_of_another_type_stops_one_workspace_and_is_dropped)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(2, 1) };

	lane_admit(&lane, jobs, 2);
	damage(&jobs[0], "redis.call('SET', '{t}:ready:' .. ARGV[2], 'text') return 1");
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[1].run_id));
	check_all();
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[0].run_id));
}
END_TEST

START_TEST(a_whole_lane_is_left_as_it_is)
{
	struct ty_job jobs[40];
	char why[512];

	for (int i = 0; i < 40; i++) {
		jobs[i] = lane_job(1 + i % 4, 1 + i % 3);
		jobs[i].limits.concurrent_max = 4;
		jobs[i].workflow_max = 1 + i % 2;
	}
	lane_admit(&lane, jobs, 40);
	ck_assert_uint_gt(lane_lease(&lane, 10), 0);
	ck_assert_int_eq(check_all(), 0);
	ck_assert_uint_eq(told(), 0);
	ck_assert_msg(lane_is_consistent(&lane, why, sizeof(why)), "%s", why);
}
END_TEST

/* Without memory for more, nothing is moved by half: what is there is run, and frees it. */
START_TEST(a_full_memory_takes_nothing_in_and_runs_what_it_has)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };
	struct ty_admission admission;
	struct ty_hold holds[1];
	char why[512];

	lane_admit(&lane, jobs, 1);
	lane_command(&lane, "CONFIG SET maxmemory 1");
	ck_assert_int_eq(ty_queue_sync_admit(lane.sync, &jobs[1], 1, &admission, &lane.err),
			 TY_E_UNAVAILABLE);
	ck_assert_msg(lane_is_consistent(&lane, why, sizeof(why)), "%s", why);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	holds[0] = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_extend(&lane, holds, 1), TY_OK);
	ck_assert_int_eq(lane_release(&lane, holds, 1), TY_OK);
	ck_assert_msg(lane_is_consistent(&lane, why, sizeof(why)), "%s", why);
	lane_command(&lane, "CONFIG SET maxmemory 0");
}
END_TEST

TEST_MAIN("queue.damage", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_damaged_job_stops_nobody, 0, TY_ARRAY_COUNT(job_damages));
	TEST(a_job_that_is_made_again_is_leased_once);
	TEST(an_id_that_is_none_hides_no_other_job);
	tcase_add_loop_test(tc, a_damaged_job_is_unknown_and_can_be_asked_for, 0, 3);
	tcase_add_loop_test(tc, a_damaged_lease_stops_nobody_and_gives_its_place_back, 0, 4);
	tcase_add_loop_test(tc, a_damaged_dead_letter_hides_no_other, 0, 2);
	tcase_add_loop_test(tc, a_turn_that_is_lost_is_given_again, 0,
			    TY_ARRAY_COUNT(list_damages));
	TEST(a_list_of_another_type_stops_one_workspace_and_is_dropped);
	TEST(a_whole_lane_is_left_as_it_is);
	TEST(a_full_memory_takes_nothing_in_and_runs_what_it_has);
})
