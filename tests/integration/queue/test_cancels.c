/*
 * A cancel is heard at once, by everybody who listens to the lane (queue/cancels.h).
 */
#include "lane.h"
#include "support/common.h"

#include "queue/cancels.h"

static struct lane lane;

static struct ear {
	struct ty_queue_cancels *cancels;
	int listening, refused, heard;
	struct ty_id last;
} ears[2];

static void
on_heard(void *ctx, const struct ty_id *run_id)
{
	struct ear *ear = ctx;

	ear->heard++;
	ear->last = *run_id;
}

static void
on_listening(void *ctx, const struct ty_err *err)
{
	struct ear *ear = ctx;

	ear->listening += err == NULL;
	ear->refused += err != NULL;
}

static void
await(const int *count, int at_least)
{
	while (*count < at_least)
		uv_run(&lane.loop, UV_RUN_ONCE);
}

static void
ear_open(struct ear *ear, const char *url, const char *name)
{
	*ear = (struct ear){ 0 };
	ear->cancels = ty_queue_cancels_new(&lane.loop, url, name, on_heard, on_listening, ear);
}

static void
setup(void)
{
	lane_open(&lane, 60000);
	lane_command(&lane, "ACL SETUSER default allchannels"); /* where a test took it away */
	for (int i = 0; i < 2; i++)
		ear_open(&ears[i], lane.url, "t");
	await(&ears[0].listening, 1);
	await(&ears[1].listening, 1);
}

static void
teardown(void)
{
	for (int i = 0; i < 2; i++)
		ty_queue_cancels_free(ears[i].cancels);
	lane_close(&lane);
}

static struct ty_id
leased(void)
{
	struct ty_job job = lane_job(1, 1);

	ck_assert_int_eq(lane_admit_one(&lane, &job), TY_VERDICT_ADMITTED);
	ck_assert_uint_eq(lane_lease(&lane, 1), 1);
	return job.run_id;
}

static void
cancel(const struct ty_id *run_id)
{
	bool found;

	ck_assert_ok(ty_queue_sync_cancel(lane.sync, run_id, &found, &fx.err));
	ck_assert(found);
}

START_TEST(every_listener_hears_which_leased_run_is_canceled)
{
	struct ty_id run = leased();

	cancel(&run);
	for (int i = 0; i < 2; i++) {
		await(&ears[i].heard, 1);
		ck_assert(ty_id_eq(&ears[i].last, &run));
	}
}
END_TEST

START_TEST(what_nobody_holds_is_not_told)
{
	struct ty_job job = lane_job(1, 1);
	struct ty_id run = leased();

	lane_admit_one(&lane, &job);
	cancel(&job.run_id); /* taken out: nobody has to stop it */
	cancel(&run);
	await(&ears[0].heard, 1);
	ck_assert(ty_id_eq(&ears[0].last, &run));
}
END_TEST

START_TEST(what_makes_no_sense_is_not_heard)
{
	struct ty_id run = leased();

	lane_command(&lane, "PUBLISH {t}:cancel %s", "nonsense");
	lane_command(&lane, "PUBLISH {t}:other %s", run.s);
	cancel(&run);
	await(&ears[0].heard, 1);
	ck_assert(ty_id_eq(&ears[0].last, &run));
}
END_TEST

START_TEST(a_listener_comes_back_after_a_crash_and_says_so)
{
	struct ty_id run;

	lane_server_kill();
	lane_server_boot();
	await(&ears[0].listening, 2);
	lane_await_up(&lane);
	run = leased();
	cancel(&run);
	await(&ears[0].heard, 1);
	ck_assert(ty_id_eq(&ears[0].last, &run));
}
END_TEST

/* Where we may neither listen nor publish we are told so, and the mark is set all the same. */
START_TEST(without_the_right_to_the_channel_there_are_the_marks)
{
	struct ty_id run = leased();
	struct ty_hold hold = lane_hold(&lane.leases[0]);

	lane_command(&lane, "ACL SETUSER default resetchannels");
	await(&ears[0].refused, 1); /* Redis throws listeners out */
	ck_assert_int_eq(ears[0].listening, 1);
	cancel(&run);
	ck_assert_int_eq(lane_canceled(&lane, &hold, 1), TY_OK);
	ck_assert(lane.lost[0]);
	ck_assert_int_eq(ears[0].heard, 0);
}
END_TEST

START_TEST(a_listener_may_go_at_any_time)
{
	struct ear early;

	ear_open(&early, lane.url, "t");
	ty_queue_cancels_free(early.cancels);
	ty_queue_cancels_free(NULL);
	uv_run(&lane.loop, UV_RUN_ONCE);
	ck_assert_int_eq(early.listening + early.refused, 0);
}
END_TEST

TEST_MAIN("queue.cancels", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(every_listener_hears_which_leased_run_is_canceled);
	TEST(what_nobody_holds_is_not_told);
	TEST(what_makes_no_sense_is_not_heard);
	TEST(a_listener_comes_back_after_a_crash_and_says_so);
	TEST(without_the_right_to_the_channel_there_are_the_marks);
	TEST(a_listener_may_go_at_any_time);
})
