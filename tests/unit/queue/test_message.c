/*
 * Jobs as arguments, and answers as structs: an answer of another shape is not ours.
 */
#include "queue/message.h"
#include "support/common.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

#define A "0190a0b0-0000-7000-8000-00000000000a"
#define B "0190a0b0-0000-7000-8000-00000000000b"
#define C "0190a0b0-0000-7000-8000-00000000000c"

static void
free_reply(void *reply)
{
	freeReplyObject(reply);
}

/* What Redis would have sent, in its own text. */
static const redisReply *
reply_of(const char *resp)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;

	ck_assert_int_eq(redisReaderFeed(reader, resp, strlen(resp)), REDIS_OK);
	ck_assert_int_eq(redisReaderGetReply(reader, &reply), REDIS_OK);
	ck_assert_ptr_nonnull(reply);
	redisReaderFree(reader);
	ty_arena_defer(fx.arena, free_reply, reply);
	return reply;
}

#define ID_A "$36\r\n" A "\r\n"
#define ID_B "$36\r\n" B "\r\n"

static const struct {
	const char *resp;
	size_t count;
	bool ok;
} admissions[] = {
	{ "*3\r\n:0\r\n" ID_A ":0\r\n", 1, true },
	{ "*6\r\n:1\r\n" ID_B ":0\r\n:4\r\n" ID_A ":1500\r\n", 2, true },
	{ "*3\r\n$1\r\n2\r\n" ID_A "$3\r\n250\r\n", 1, true },
	{ "*0\r\n", 0, true },
	{ "*3\r\n:0\r\n" ID_A ":0\r\n", 2, false },
	{ "*2\r\n:0\r\n" ID_A, 1, false },
	{ "*3\r\n:5\r\n" ID_A ":0\r\n", 1, false },
	{ "*3\r\n:-1\r\n" ID_A ":0\r\n", 1, false },
	{ "*3\r\n:0\r\n$2\r\nid\r\n:0\r\n", 1, false },
	{ "*3\r\n:0\r\n$-1\r\n:0\r\n", 1, false },
	{ "*3\r\n:0\r\n:7\r\n:0\r\n", 1, false },
	{ "*3\r\n$1\r\nx\r\n" ID_A ":0\r\n", 1, false },
	{ "*3\r\n$-1\r\n" ID_A ":0\r\n", 1, false },
	{ "*3\r\n:0\r\n" ID_A "*0\r\n", 1, false },
	{ "-ERR no\r\n", 1, false },
	{ "+OK\r\n", 1, false },
	{ ":3\r\n", 1, false },
};

START_TEST(each_admission_is_read_or_refused)
{
	struct ty_admission out[2];

	ck_assert_int_eq(
		ty_queue_take_admissions(reply_of(admissions[_i].resp), out, admissions[_i].count),
		admissions[_i].ok);
	if (_i == 1) {
		ck_assert_int_eq(out[0].verdict, TY_VERDICT_DUPLICATE);
		ck_assert_str_eq(out[0].run_id.s, B);
		ck_assert_int_eq(out[1].verdict, TY_VERDICT_DEPTH);
		ck_assert_int_eq(out[1].retry_after_ms, 1500);
	}
}
END_TEST

#define LEASE(token, payload)                                                                      \
	ID_A ID_B "$36\r\n" C "\r\n" token "$1\r\n3\r\n"                                           \
		  ":1\r\n" payload

START_TEST(leases_are_read_in_order)
{
	const redisReply *reply = reply_of("*14\r\n" LEASE(":42\r\n", "$2\r\n{}\r\n") LEASE(
		"$16\r\n1700000000000001\r\n", "$0\r\n\r\n"));
	struct ty_lease lease;

	ck_assert_uint_eq(ty_queue_lease_count(reply), 2);
	ck_assert(ty_queue_take_lease(reply, 0, &lease));
	ck_assert_str_eq(lease.run_id.s, A);
	ck_assert_str_eq(lease.workspace_id.s, B);
	ck_assert_str_eq(lease.workflow_id.s, C);
	ck_assert_int_eq(lease.token, 42);
	ck_assert_int_eq(lease.deliveries, 3);
	ck_assert(lease.again);
	ck_assert_uint_eq(lease.payload_len, 2);
	ck_assert(ty_queue_take_lease(reply, 1, &lease));
	ck_assert_int_eq(lease.token, 1700000000000001);
	ck_assert_uint_eq(lease.payload_len, 0);
}
END_TEST

static const char *const bad_leases[] = {
	"*7\r\n" LEASE(":42\r\n", "$-1\r\n"),
	"*7\r\n" LEASE("$1\r\nx\r\n", "$2\r\n{}\r\n"),
	"*7\r\n" LEASE("$-1\r\n", "$2\r\n{}\r\n"),
	"*7\r\n$1\r\nA\r\n" ID_A ID_B ":1\r\n:1\r\n:0\r\n$2\r\n{}\r\n",
};

START_TEST(a_lease_of_another_shape_is_none)
{
	const redisReply *reply = reply_of(bad_leases[_i]);
	struct ty_lease lease;

	ck_assert_uint_eq(ty_queue_lease_count(reply), 1);
	ck_assert(!ty_queue_take_lease(reply, 0, &lease));
	ck_assert(ty_queue_lease_count(reply_of("*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n")) ==
		  SIZE_MAX);
	ck_assert(ty_queue_lease_count(reply_of("-ERR\r\n")) == SIZE_MAX);
	ck_assert_uint_eq(ty_queue_lease_count(reply_of("*0\r\n")), 0);
}
END_TEST

START_TEST(integers_and_texts_are_read_in_bounds)
{
	const redisReply *reply = reply_of("*3\r\n:1\r\n$2\r\n-5\r\n$3\r\nabc\r\n");
	int64_t n[3];
	size_t len;

	ck_assert(!ty_queue_take_ints(reply, n, 3)); /* abc */
	ck_assert(!ty_queue_take_ints(reply, n, 2));
	ck_assert(ty_queue_take_ints(reply_of("*2\r\n:1\r\n$2\r\n-5\r\n"), n, 2));
	ck_assert_int_eq(n[0], 1);
	ck_assert_int_eq(n[1], -5);
	ck_assert_str_eq(ty_queue_take_text(reply, 2, &len), "abc");
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_null(ty_queue_take_text(reply, 0, NULL));
	ck_assert_ptr_null(ty_queue_take_text(reply, 3, NULL));
	ck_assert_ptr_null(ty_queue_take_text(reply_of("+OK\r\n"), 0, NULL));
}
END_TEST

static struct ty_id
id_of(const char *text)
{
	struct ty_id id;

	ck_assert(ty_id_parse(text, &id));
	return id;
}

START_TEST(a_job_is_nine_arguments_and_a_workspace_two)
{
	struct ty_job jobs[2] = {
		{ .run_id = id_of(A),
		  .workspace_id = id_of(B),
		  .workflow_id = id_of(C),
		  .delivery_key = "k",
		  .payload = "{}",
		  .payload_len = 2 },
		{ .run_id = id_of(B),
		  .workspace_id = id_of(B),
		  .workflow_id = id_of(C),
		  .delivery_key = "",
		  .owed_receipt = "receipt",
		  .replaces = id_of(A),
		  .again = true,
		  .limits.concurrent_max = 3,
		  .workflow_max = 2,
		  .limits.depth_max = 9,
		  .limits.rate_per_s = 7,
		  .limits.quota_month = 5 },
	};
	struct ty_queue_args args;

	ty_queue_args_init(&args);
	ty_queue_put_jobs(&args, jobs, 2);
	ck_assert_uint_eq(args.count, 2 + 2 * 2 + 2 * 9);
	/* One workspace with other limits than before is another; nothing said is the default. */
	ck_assert_ptr_nonnull(strstr(args.data,
				     "$6\r\n604800\r\n$1\r\n2\r\n" ID_B
				     "$72\r\n{\"concurrent_max\":100,\"depth_max\":"
				     "100000,\"rate_per_s\":0,\"quota_month\":0}\r\n" ID_B
				     "$65\r\n{\"concurrent_max\":3,"));
	ck_assert_ptr_nonnull(
		strstr(args.data, "\"depth_max\":9,\"rate_per_s\":7,\"quota_month\":5}\r\n" ID_A));
	ck_assert_ptr_nonnull(strstr(args.data, ID_A "$1\r\n1\r\n$36\r\n" C
						     "\r\n$1\r\n0\r\n$1\r\nk\r\n$1\r\n0\r\n$2\r\n{}"
						     "\r\n$0\r\n\r\n$0\r\n\r\n"));
	ck_assert_ptr_nonnull(strstr(args.data, ID_B "$1\r\n2\r\n$36\r\n" C
						     "\r\n$1\r\n2\r\n$0\r\n\r\n$1\r\n1\r\n$0\r\n"
						     "\r\n$7\r\nreceipt\r\n" ID_A));
	ty_queue_args_done(&args);
}
END_TEST

/* However many jobs: their workspace's limits are said once. */
START_TEST(limits_are_said_once_a_workspace)
{
	struct ty_job jobs[50];
	struct ty_queue_args args;
	size_t said = 0;

	for (size_t i = 0; i < 50; i++)
		jobs[i] = (struct ty_job){ .run_id = id_of(A),
					   .workspace_id = id_of(i % 5 == 0 ? A : B),
					   .workflow_id = id_of(C),
					   .limits = { .rate_per_s = 7 },
					   .delivery_key = "",
					   .payload = "{}",
					   .payload_len = 2 };
	ty_queue_args_init(&args);
	ty_queue_put_jobs(&args, jobs, 50);
	ck_assert_uint_eq(args.count, 2 + 2 * 2 + 50 * 9);
	for (const char *at = args.data; (at = strstr(at, "rate_per_s")) != NULL; at++)
		said++;
	ck_assert_uint_eq(said, 2);
	ty_queue_args_done(&args);
}
END_TEST

START_TEST(a_hold_is_its_run_and_token)
{
	struct ty_hold hold = { .run_id = id_of(A),
				.workspace_id = id_of(B),
				.workflow_id = id_of(C),
				.token = 42,
				.payload = "{}",
				.payload_len = 2,
				.deliveries = 2 };
	struct ty_queue_args args;

	ty_queue_args_init(&args);
	ty_queue_put_holds(&args, &hold, 1);
	ck_assert_uint_eq(args.count, 2);
	ty_queue_put_hold(&args, &hold);
	ck_assert_uint_eq(args.count, 8);
	ck_assert_mem_eq(args.data, ID_A "$2\r\n42\r\n", strlen(ID_A "$2\r\n42\r\n"));
	ty_queue_args_done(&args);
}
END_TEST

START_TEST(every_verdict_has_a_name_of_its_own)
{
	for (int i = 0; i < TY_VERDICT__COUNT; i++) {
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(ty_verdict_name((enum ty_verdict)i),
					 ty_verdict_name((enum ty_verdict)j));
	}
}
END_TEST

TEST_MAIN("queue.message", {
	TEST_LOOP(each_admission_is_read_or_refused, admissions);
	TEST(leases_are_read_in_order);
	TEST_LOOP(a_lease_of_another_shape_is_none, bad_leases);
	TEST(integers_and_texts_are_read_in_bounds);
	TEST(a_job_is_nine_arguments_and_a_workspace_two);
	TEST(limits_are_said_once_a_workspace);
	TEST(a_hold_is_its_run_and_token);
	TEST(every_verdict_has_a_name_of_its_own);
})
