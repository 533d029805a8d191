/* test_receipt.c -- a receipt as text, as a row and as a job, and back, with nothing lost. */
#include "base/str.h"
#include "intake/job.h"
#include "queue/queue.h"
#include "store/delivery.h"
#include "support/common.h"

#define TEXT(s) s, sizeof(s) - 1

static struct ty_receipt
full(void)
{
	return (struct ty_receipt){
		.id = ty_id_new(),
		.workspace_id = ty_id_new(),
		.workflow_id = ty_id_new(),
		.version_id = ty_id_new(),
		.hook_id = ty_id_new(),
		.start_node = "n1",
		.mode = "webhook",
		.method = "PUT",
		.path = "a/\"b\"",
		.query = "q=%20",
		.headers = "{\"x\":\"y\"}",
		.remote_addr = "::1",
		.body = "{\"n\": 1 }",
		.body_len = 9,
		.delivery_key = "github:\xE2\x82\xAC",
		.verdict = "accepted",
		.reason = "why",
		.read_as = "text",
		.notices = "[]",
		.blobs = "[{}]",
		.jwt = "{\"sub\":\"x\"}",
		.received_at_ms = 1700000000001,
		.timeout_ms = 2,
		.limits.concurrent_max = 3,
		.workflow_max = 4,
		.limits.depth_max = 5,
		.limits.rate_per_s = 6,
		.limits.quota_month = 7000000000,
	};
}

static void
assert_same(const struct ty_receipt *a, const struct ty_receipt *b)
{
	ck_assert_str_eq(a->id.s, b->id.s);
	ck_assert_str_eq(a->workspace_id.s, b->workspace_id.s);
	ck_assert_str_eq(a->workflow_id.s, b->workflow_id.s);
	ck_assert_str_eq(a->version_id.s, b->version_id.s);
	ck_assert_str_eq(a->hook_id.s, b->hook_id.s);
	ck_assert_str_eq(a->start_node, b->start_node);
	ck_assert_str_eq(a->mode, b->mode);
	ck_assert_str_eq(a->method, b->method);
	ck_assert_str_eq(a->path, b->path);
	ck_assert_str_eq(a->query, b->query);
	ck_assert_str_eq(a->headers, b->headers);
	ck_assert_str_eq(a->remote_addr, b->remote_addr);
	ck_assert_uint_eq(a->body_len, b->body_len);
	ck_assert_mem_eq(a->body, b->body, a->body_len);
	ck_assert_str_eq(a->delivery_key, b->delivery_key);
	ck_assert_str_eq(a->verdict, b->verdict);
	ck_assert_str_eq(a->reason, b->reason);
	ck_assert_str_eq(a->blobs, b->blobs);
	ck_assert_str_eq(a->jwt, b->jwt);
	ck_assert_int_eq(a->received_at_ms, b->received_at_ms);
	ck_assert_int_eq(a->timeout_ms, b->timeout_ms);
	ck_assert_int_eq(a->limits.concurrent_max, b->limits.concurrent_max);
	ck_assert_int_eq(a->workflow_max, b->workflow_max);
	ck_assert_int_eq(a->limits.depth_max, b->limits.depth_max);
	ck_assert_int_eq(a->limits.rate_per_s, b->limits.rate_per_s);
	ck_assert_int_eq(a->limits.quota_month, b->limits.quota_month);
}

static const struct {
	const char *body;
	size_t len;
} bodies[] = {
	{ TEXT("{\"n\": 1 }") },
	{ TEXT("") },
	{ TEXT("a\0b") },
	{ TEXT("\xff\xfe\x00\x01") },
	{ TEXT("\xE2\x82\xAC \\ \" \n") },
};

START_TEST(a_receipt_comes_back_from_its_text_whole)
{
	struct ty_receipt receipt = full(), *back;
	char *text;

	receipt.body = bodies[_i].body;
	receipt.body_len = bodies[_i].len;
	text = ty_receipt_format(fx.arena, &receipt);
	ck_assert_ok(ty_receipt_parse(fx.arena, text, strlen(text), &back, &fx.err));
	assert_same(&receipt, back);
}
END_TEST

START_TEST(an_unclaimed_receipt_has_no_workflow_before_and_after)
{
	struct ty_receipt receipt = full(), *back;
	char *text;

	receipt.workflow_id = receipt.version_id = receipt.hook_id = (struct ty_id){ "" };
	receipt.verdict = "unclaimed";
	text = ty_receipt_format(fx.arena, &receipt);
	ck_assert_ok(ty_receipt_parse(fx.arena, text, strlen(text), &back, &fx.err));
	assert_same(&receipt, back);
}
END_TEST

START_TEST(what_a_later_release_adds_is_ignored_and_what_it_drops_is_empty)
{
	const char *text = "{\"id\":\"00000000-0000-7000-8000-000000000001\",\"new\":[1],"
			   "\"workspace_id\":\"00000000-0000-7000-8000-000000000002\"}";
	struct ty_receipt *back;

	ck_assert_ok(ty_receipt_parse(fx.arena, text, strlen(text), &back, &fx.err));
	ck_assert_str_eq(back->mode, "");
	ck_assert_uint_eq(back->body_len, 0);
	ck_assert(!ty_id_is_set(&back->hook_id));
}
END_TEST

static const char *const unreadable[] = {
	"",
	"{",
	"[]",
	"{}",
	"{\"id\":\"x\",\"workspace_id\":\"00000000-0000-7000-8000-000000000002\"}",
	"{\"id\":\"00000000-0000-7000-8000-000000000001\"}",
	"{\"id\":\"00000000-0000-7000-8000-000000000001\","
	"\"workspace_id\":\"00000000-0000-7000-8000-000000000002\",\"hook_id\":\"x\"}",
	"{\"id\":\"00000000-0000-7000-8000-000000000001\","
	"\"workspace_id\":\"00000000-0000-7000-8000-000000000002\",\"body_base64\":\"?\"}",
};

START_TEST(what_cannot_be_read_is_malformed)
{
	struct ty_receipt *back = NULL;

	ck_assert_code(
		ty_receipt_parse(fx.arena, unreadable[_i], strlen(unreadable[_i]), &back, &fx.err),
		TY_E_MALFORMED);
	ck_assert_ptr_null(back);
}
END_TEST

START_TEST(a_receipt_comes_back_from_its_row_whole)
{
	struct ty_receipt receipt = full(), back;
	struct ty_delivery_row row;

	ty_receipt_to_row(&receipt, &row);
	ty_receipt_from_row(&row, &back);
	assert_same(&receipt, &back);
}
END_TEST

START_TEST(the_job_has_the_receipts_ids_key_and_limits)
{
	struct ty_receipt receipt = full();
	struct ty_job job;

	ty_receipt_to_job(&receipt, &(struct ty_job_text){ .text = "{}", .len = 2 }, &job);
	ck_assert_str_eq(job.run_id.s, receipt.id.s);
	ck_assert_str_eq(job.workspace_id.s, receipt.workspace_id.s);
	ck_assert_str_eq(job.workflow_id.s, receipt.workflow_id.s);
	ck_assert_str_eq(job.delivery_key, receipt.delivery_key);
	ck_assert_uint_eq(job.payload_len, 2);
	ck_assert_int_eq(job.limits.concurrent_max, 3);
	ck_assert_int_eq(job.workflow_max, 4);
	ck_assert_int_eq(job.limits.depth_max, 5);
	ck_assert_int_eq(job.limits.rate_per_s, 6);
	ck_assert_int_eq(job.limits.quota_month, 7000000000);
	ck_assert(!job.again);
	ck_assert_ptr_null(job.owed_receipt);
	receipt.delivery_key = NULL;
	ty_receipt_to_job(&receipt, &(struct ty_job_text){ 0 }, &job);
	ck_assert_str_eq(job.delivery_key, "");
}
END_TEST

TEST_MAIN("receipt", {
	TEST_LOOP(a_receipt_comes_back_from_its_text_whole, bodies);
	TEST(an_unclaimed_receipt_has_no_workflow_before_and_after);
	TEST(what_a_later_release_adds_is_ignored_and_what_it_drops_is_empty);
	TEST_LOOP(what_cannot_be_read_is_malformed, unreadable);
	TEST(a_receipt_comes_back_from_its_row_whole);
	TEST(the_job_has_the_receipts_ids_key_and_limits);
})
