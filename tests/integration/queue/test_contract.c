/*
 * Two releases over one Redis: the scripts of each, and what their jobs are to the other.
 *
 * before/ has the scripts of the release before (contract 1, until 2026-11) as they were.
 */
#include "lane.h"
#include "support/common.h"
#include "support/places.h"

#include "base/limits.h"
#include "queue/script.h"

#include <stdio.h>

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

static const struct ty_queue_script *const scripts[] = {
#define X(script) &ty_queue_script_##script,
	TY_QUEUE_SCRIPTS(X)
#undef X
};

START_TEST(a_script_refuses_the_arguments_of_another_version)
{
	static const char *const versions[] = { "1", "2", "4", "", "604800" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(versions); i++) {
		redisReply *reply = redisCommand(lane.redis, "EVAL %s 1 {u}: a b %s",
						 scripts[_i]->source, versions[i]);

		ck_assert_int_eq(reply->type, REDIS_REPLY_ERROR);
		ck_assert_msg(strncmp(reply->str, "CONTRACT this script is of version 3", 36) == 0,
			      "%s says %s", scripts[_i]->name, reply->str);
		freeReplyObject(reply);
	}
	ck_assert_int_eq(
		lane_command_int(&lane, "EVAL %s 0", "return #redis.call('KEYS', '{u}:*')"), 0);
}
END_TEST

/* ---- the release before ---- */

static char *
script_before(const char *name)
{
	static char text[32768];
	size_t len = 0;
	const char *const parts[] = { "common", name };

	for (size_t i = 0; i < 2; i++) {
		char path[512];
		FILE *file;

		snprintf(path, sizeof(path), "%s/tests/integration/queue/before/%s.lua",
			 TY_SOURCE_DIR, parts[i]);
		file = fopen(path, "r");
		ck_assert_msg(file != NULL, "no %s", path);
		len += fread(text + len, 1, sizeof(text) - 1 - len, file);
		fclose(file);
	}
	text[len] = '\0';
	return text;
}

/* Its fourteen arguments a job, and dedupe_s. */
static int64_t
admit_before(const struct ty_job *job)
{
	redisReply *reply = redisCommand(
		lane.redis, "EVAL %s 1 {t}: %s %s %s %s %s %s p 0 %lld %lld 100000 0 0 %s 604800",
		script_before("admit"), job->run_id.s, job->workspace_id.s, job->workflow_id.s,
		job->delivery_key, job->payload, "", (long long)job->limits.concurrent_max,
		(long long)job->workflow_max, "");
	int64_t verdict;

	ck_assert_msg(reply->type == REDIS_REPLY_ARRAY, "%s", reply->str);
	verdict = reply->element[0]->integer;
	freeReplyObject(reply);
	return verdict;
}

/* Seven values a lease; gives how many. */
static size_t
lease_before(int max)
{
	redisReply *reply =
		redisCommand(lane.redis, "EVAL %s 1 {t}: %d 60000", script_before("lease"), max);
	size_t count;

	ck_assert_msg(reply->type == REDIS_REPLY_ARRAY, "%s", reply->str);
	count = reply->elements / 7;
	freeReplyObject(reply);
	return count;
}

static struct ty_job
limited_job(void)
{
	struct ty_job job = lane_job(1, 1);

	job.limits.concurrent_max = 2;
	return job;
}

START_TEST(a_job_that_the_release_before_queued_is_leased_within_its_limits)
{
	struct ty_job jobs[] = { limited_job(), limited_job(), limited_job() };

	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(admit_before(&jobs[i]), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	ck_assert_str_eq(lane.leases[0].run_id.s, jobs[0].run_id.s);
	ck_assert_str_eq(lane.leases[0].payload, jobs[0].payload);
	ck_assert_int_eq(lane.leases[0].deliveries, 1);
	{
		struct ty_hold hold = lane_hold(&lane.leases[0]);

		ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	}
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
}
END_TEST

START_TEST(a_worker_of_the_release_before_leases_todays_jobs_within_their_limits)
{
	struct ty_job jobs[] = { limited_job(), limited_job(), limited_job() };

	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lease_before(10), 2);
	ck_assert_uint_eq(lane_lease(&lane, 10), 0); /* both count the same places */
}
END_TEST

START_TEST(both_releases_know_the_others_delivery_keys)
{
	struct ty_job first = limited_job(), again = limited_job(), third = limited_job();

	first.delivery_key = again.delivery_key = third.delivery_key = "k";
	ck_assert_int_eq(admit_before(&first), TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane_admit_one(&lane, &again), TY_VERDICT_DUPLICATE);
	ck_assert_str_eq(lane.admissions[0].run_id.s, first.run_id.s);
	ck_assert_int_eq(admit_before(&third), TY_VERDICT_DUPLICATE);
}
END_TEST

/* ---- a release to come ---- */

START_TEST(a_job_of_a_later_layout_waits_for_a_worker_that_reads_it)
{
	struct ty_job jobs[] = { lane_job(1, 1), lane_job(1, 1) };

	lane_admit(&lane, jobs, 2);
	/* As such a release might write it: without what this one reads. */
	lane_command(&lane, "HSET {t}:job:%s lay 2 limits x", jobs[0].run_id.s);
	lane_command(&lane, "HDEL {t}:job:%s wm fm", jobs[0].run_id.s);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert_str_eq(lane.leases[0].run_id.s, jobs[1].run_id.s);
	ck_assert_int_eq(lane_command_int(&lane, "EXISTS {t}:job:%s", jobs[0].run_id.s), 1);
	ck_assert_int_eq(lane_command_int(&lane, "ZCARD {t}:delayed"), 1);
	ck_assert_int_eq(lane_command_int(&lane, "EXISTS {t}:damaged"), 0);
}
END_TEST

TEST_MAIN("queue.contract", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST_LOOP(a_script_refuses_the_arguments_of_another_version, scripts);
	TEST(a_job_that_the_release_before_queued_is_leased_within_its_limits);
	TEST(a_worker_of_the_release_before_leases_todays_jobs_within_their_limits);
	TEST(both_releases_know_the_others_delivery_keys);
	TEST(a_job_of_a_later_layout_waits_for_a_worker_that_reads_it);
})
