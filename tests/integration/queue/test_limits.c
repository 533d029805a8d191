/*
 * Rate, quota, depth and concurrent limits of a lane, and what a lease may carry.
 */
#include "lane.h"
#include "support/common.h"

#include <stdio.h>
#include <time.h>

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

/* Of workspace 1 in this month, as docs/ARCHITECTURE.md names it, asked of Redis's own clock. */
static void
quota_key(char *out, size_t out_size)
{
	time_t now = (time_t)lane_command_int(&lane, "EVAL %s 0",
					      "return tonumber(redis.call('TIME')[1])");
	struct tm utc;

	gmtime_r(&now, &utc);
	snprintf(out, out_size, "{t}:quota:%s:%04d%02d", lane_id(1).s, utc.tm_year + 1900,
		 utc.tm_mon + 1);
}

/* All in one call, so at one moment: the bucket fills by nothing meanwhile. */
START_TEST(rate_is_a_bucket_of_one_second)
{
	struct ty_job jobs[50];
	int admitted = 0;

	for (int i = 0; i < 50; i++) {
		jobs[i] = lane_job(1, 1);
		jobs[i].limits.rate_per_s = 5;
	}
	jobs[49].workspace_id = lane_id(2);
	lane_admit(&lane, jobs, 50);
	for (int i = 0; i < 49; i++)
		ck_assert_int_eq(lane.admissions[i].verdict,
				 i < 5 ? TY_VERDICT_ADMITTED : TY_VERDICT_RATE);
	ck_assert_int_gt(lane.admissions[48].retry_after_ms, 0);
	ck_assert_int_le(lane.admissions[48].retry_after_ms, 200);
	ck_assert_int_eq(lane.admissions[49].verdict, TY_VERDICT_ADMITTED); /* another workspace */
	lane_command(&lane, "DECRBY {t}:rate:%s 400000", lane_id(1).s);	    /* 400 ms later */
	for (int i = 0; i < 49; i++)
		jobs[i].run_id = ty_id_new();
	lane_admit(&lane, jobs, 49);
	for (int i = 0; i < 49; i++)
		admitted += lane.admissions[i].verdict == TY_VERDICT_ADMITTED;
	ck_assert_int_ge(admitted, 2);
	ck_assert_int_le(admitted, 5); /* however long the machine took */
}
END_TEST

START_TEST(quota_counts_what_was_admitted_this_month)
{
	struct ty_job job;

	for (int i = 0; i < 4; i++) {
		job = lane_job(1, 1);
		job.limits.quota_month = 3;
		ck_assert_int_eq(lane_admit_one(&lane, &job),
				 i < 3 ? TY_VERDICT_ADMITTED : TY_VERDICT_QUOTA);
	}
	ck_assert_int_gt(lane.admissions[0].retry_after_ms, 0);
	ck_assert_int_le(lane.admissions[0].retry_after_ms, INT64_C(31) * 86400000);
	job.again = true;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
}
END_TEST

/* Of a run that was admitted: no limit refuses it, the quota counts it, and it goes before what waits. */
START_TEST(a_called_job_is_refused_by_no_limit_and_counts)
{
	struct ty_job first = lane_job(1, 1), called = lane_job(1, 2);
	char key[96];

	first.limits.depth_max = called.limits.depth_max = 1;
	first.limits.rate_per_s = called.limits.rate_per_s = 1;
	first.limits.quota_month = called.limits.quota_month = 1;
	called.called = true;
	ck_assert_int_eq(lane_admit_one(&lane, &first), TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane_admit_one(&lane, &called), TY_VERDICT_ADMITTED);
	quota_key(key, sizeof(key));
	ck_assert_int_eq(lane_command_int(&lane, "GET %s", key), 2);
	/* Pushed again, it is there, and counts once. */
	ck_assert_int_eq(lane_admit_one(&lane, &called), TY_VERDICT_ADMITTED);
	ck_assert_int_eq(lane_command_int(&lane, "GET %s", key), 2);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &called.run_id));
}
END_TEST

/* The counter is a calendar month's, and goes by itself some time after that is over. */
START_TEST(quota_begins_anew_each_month)
{
	struct ty_job job = lane_job(1, 1);
	char key[96];
	int64_t ttl_s;

	job.limits.quota_month = 1;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	quota_key(key, sizeof(key));
	ttl_s = lane_command_int(&lane, "TTL %s", key);
	ck_assert_int_gt(ttl_s, 31 * 86400);
	ck_assert_int_le(ttl_s, 62 * 86400);
	job.run_id = ty_id_new();
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_QUOTA);
	lane_command(&lane, "RENAME %s {t}:quota:%s:197001", key, lane_id(1).s);
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
}
END_TEST

START_TEST(depth_counts_what_waits_also_behind_a_workflow_limit)
{
	struct ty_job job;

	for (int i = 0; i < 4; i++) {
		job = lane_job(1, 1);
		job.limits.depth_max = 3;
		job.workflow_max = 1;
		ck_assert_int_eq(lane_admit_one(&lane, &job),
				 i < 3 ? TY_VERDICT_ADMITTED : TY_VERDICT_DEPTH);
	}
	ck_assert_int_gt(lane.admissions[0].retry_after_ms, 0);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1); /* two are held now */
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	job = lane_job(1, 1);
	job.limits.depth_max = 3;
	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_DEPTH);
}
END_TEST

START_TEST(a_workspace_at_its_limit_waits_for_a_release)
{
	struct ty_job job;
	struct ty_hold hold;

	for (int i = 0; i < 5; i++) {
		job = lane_job(1, 1);
		job.limits.concurrent_max = 2;
		lane_admit_one(&lane, &job);
	}
	job = lane_job(2, 1);
	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 10), 3);
	hold = lane_hold(&lane.leases[0]);
	ck_assert(ty_id_eq(&hold.workspace_id,
			   &(struct ty_id){ "00000000-0000-7000-8000-000000000001" }));
	ck_assert_uint_eq(lane_lease(&lane, 10), 0);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
}
END_TEST

START_TEST(a_workflow_at_its_limit_does_not_hold_up_the_others)
{
	struct ty_job job;
	struct ty_hold hold;

	for (int i = 0; i < 300; i++) {
		job = lane_job(1, 1);
		job.workflow_max = 1;
		lane_admit_one(&lane, &job);
	}
	job = lane_job(1, 2);
	lane_admit_one(&lane, &job);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	ck_assert(ty_id_eq(&lane.leases[1].workflow_id, &job.workflow_id));
	hold = lane_hold(&lane.leases[0]);
	for (int i = 0; i < 299; i++) {
		ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
		ck_assert_uint_eq(lane_lease(&lane, 10), 1);
		hold = lane_hold(&lane.leases[0]);
	}
}
END_TEST

START_TEST(a_canceled_job_gives_on_the_place_it_was_brought_back_for)
{
	struct ty_job jobs[3];
	struct ty_hold hold;
	bool found;

	for (int i = 0; i < 3; i++) {
		jobs[i] = lane_job(1, 1);
		jobs[i].workflow_max = 1;
	}
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1); /* the other two are held now */
	hold = lane_hold(&lane.leases[0]);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK); /* the second is ready again */
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &jobs[1].run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[2].run_id));
}
END_TEST

START_TEST(a_canceled_job_that_was_held_is_held_no_more)
{
	struct ty_job jobs[3];
	struct ty_hold hold;
	bool found;

	for (int i = 0; i < 3; i++) {
		jobs[i] = lane_job(1, 1);
		jobs[i].workflow_max = 1;
		jobs[i].limits.depth_max = 3;
	}
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	hold = lane_hold(&lane.leases[0]);
	ck_assert_ok(ty_queue_sync_cancel(lane.sync, &jobs[1].run_id, &found, &fx.err));
	ck_assert(found);
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[2].run_id));
}
END_TEST

/* What a holder puts back counts, or a workspace would run twice its limit for a while. */
START_TEST(limits_hold_over_the_loss_of_memory)
{
	struct ty_job kept = lane_job(1, 1), jobs[3];
	struct ty_hold hold;

	lane_admit_one(&lane, &kept);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	hold = lane_hold(&lane.leases[0]);
	lane_command(&lane, "FLUSHALL");
	ck_assert_int_eq(lane_extend(&lane, &hold, 1), TY_OK);
	ck_assert(!lane.lost[0]);
	for (int i = 0; i < 3; i++)
		jobs[i] = lane_job(1, i == 0 ? 1 : 2);
	jobs[0].workflow_max = 1; /* its workflow's one place is taken */
	jobs[1].limits.concurrent_max = jobs[2].limits.concurrent_max = 2;
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[1].run_id));
	ck_assert_int_eq(lane_release(&lane, &hold, 1), TY_OK);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
	ck_assert(ty_id_eq(&lane.leases[0].run_id, &jobs[0].run_id));
}
END_TEST

START_TEST(one_lease_carries_so_many_bytes_and_one_job_more)
{
	enum { PAYLOAD = 5 << 20 }; /* two of them are more than the 8 MiB of lease.lua */
	struct ty_job jobs[3] = { lane_job(1, 1), lane_job(1, 1), lane_job(1, 1) };
	char *payload = ty_arena_alloc(fx.arena, PAYLOAD);

	memset(payload, 'x', PAYLOAD);
	for (int i = 0; i < 3; i++) {
		jobs[i].payload = payload;
		jobs[i].payload_len = PAYLOAD;
	}
	lane_admit(&lane, jobs, 3);
	ck_assert_uint_eq(lane_lease(&lane, 10), 2);
	ck_assert_uint_eq(lane.leases[1].payload_len, PAYLOAD);
	ck_assert_uint_eq(lane_lease(&lane, 10), 1);
}
END_TEST

TEST_MAIN("queue.limits", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(rate_is_a_bucket_of_one_second);
	TEST(quota_counts_what_was_admitted_this_month);
	TEST(a_called_job_is_refused_by_no_limit_and_counts);
	TEST(quota_begins_anew_each_month);
	TEST(depth_counts_what_waits_also_behind_a_workflow_limit);
	TEST(a_workspace_at_its_limit_waits_for_a_release);
	TEST(a_workflow_at_its_limit_does_not_hold_up_the_others);
	TEST(a_canceled_job_gives_on_the_place_it_was_brought_back_for);
	TEST(a_canceled_job_that_was_held_is_held_no_more);
	TEST(limits_hold_over_the_loss_of_memory);
	TEST(one_lease_carries_so_many_bytes_and_one_job_more);
})
