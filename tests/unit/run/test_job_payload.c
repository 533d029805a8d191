/*
 * test_job_payload.c -- what a job may say, and each way it may be broken.
 */
#include "support/common.h"

#include "base/time.h"
#include "run/job_payload.h"

#define RUN	"01920000-0000-7000-8000-000000000001"
#define WS	"01920000-0000-7000-8000-000000000002"
#define WF	"01920000-0000-7000-8000-000000000003"
#define VERSION "01920000-0000-7000-8000-000000000004"
#define NO_ID	"00000000-0000-0000-0000-000000000000"
#define IDS_OF(run, ws, wf)                                                                        \
	"\"run_id\":\"" run "\",\"workspace_id\":\"" ws "\",\"workflow_id\":\"" wf "\""
#define IDS IDS_OF(RUN, WS, WF)
#define V1  "\"v\":1,"
#define REST                                                                                       \
	",\"version_id\":\"" VERSION "\",\"start_node\":\"t\",\"mode\":\"api\","                   \
	"\"accepted_at_ms\":1727740800000,\"items\":[{\"json\":{}}]"

static struct job_payload said;

static enum job_payload_status
payload_read(const char *payload, size_t len)
{
	struct ty_hold hold = { .payload = payload, .payload_len = len };

	strcpy(hold.run_id.s, RUN);
	strcpy(hold.workspace_id.s, WS);
	strcpy(hold.workflow_id.s, WF);
	return job_payload_read(fx.arena, &hold, &said, &fx.err);
}

START_TEST(a_whole_payload_is_read)
{
	const char *payload = "{" V1 IDS REST ",\"new_field\":1}";

	ck_assert_int_eq(payload_read(payload, strlen(payload)), JOB_PAYLOAD_OK);
	ck_assert_str_eq(said.version_id.s, VERSION);
	ck_assert_str_eq(said.mode, "api");
	ck_assert_str_eq(said.start_node, "t");
	ck_assert_int_eq(said.accepted_at_ms, INT64_C(1727740800000));
	ck_assert_uint_eq(json_array_size(said.items), 1);
}
END_TEST

START_TEST(a_job_brings_files_along)
{
	const char *payload =
		"{\"v\":3," IDS REST ",\"carried\":[{\"blob\":\"a\",\"base64\":\"\"}]}";

	ck_assert_int_eq(payload_read(payload, strlen(payload)), JOB_PAYLOAD_OK);
	ck_assert_uint_eq(json_array_size(said.carried), 1);
	ck_assert(!said.is_parked);
}
END_TEST

static const struct {
	const char *payload;
	enum job_payload_status result;
	const char *message;
} bad_cases[] = {
	{ "", JOB_PAYLOAD_BROKEN, "cannot be read" },
	{ "{", JOB_PAYLOAD_BROKEN, "cannot be read" },
	{ "null", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{} {}", JOB_PAYLOAD_BROKEN, "cannot be read" },
	{ "{\"v\":\"\xff\"}", JOB_PAYLOAD_BROKEN, "cannot be read" },
	{ "[]", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{}", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{\"v\":\"1\"," IDS REST "}", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{\"v\":0," IDS REST "}", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{\"v\":-1," IDS REST "}", JOB_PAYLOAD_BROKEN, "no version" },
	{ "{\"v\":6," IDS REST "}", JOB_PAYLOAD_UNKNOWN, "of version 6" },
	{ "{\"v\":6}", JOB_PAYLOAD_UNKNOWN, "of version 6" },
	{ "{\"v\":5," IDS REST ",\"carried\":[]}", JOB_PAYLOAD_BROKEN, "which files" },
	{ "{\"v\":3," IDS REST "}", JOB_PAYLOAD_BROKEN, "which files" },
	{ "{\"v\":3," IDS REST ",\"carried\":[]}", JOB_PAYLOAD_BROKEN, "which files" },
	{ "{\"v\":3," IDS REST ",\"carried\":{}}", JOB_PAYLOAD_BROKEN, "which files" },
	{ "{\"v\":3," IDS REST ",\"carried\":[7]}", JOB_PAYLOAD_BROKEN, "no bytes or no name" },
	{ "{\"v\":3," IDS REST ",\"carried\":[{\"blob\":\"a\"}]}", JOB_PAYLOAD_BROKEN,
	  "no bytes or no name" },
	{ "{" V1 IDS_OF(NO_ID, WS, WF) REST "}", JOB_PAYLOAD_BROKEN, "another run" },
	{ "{" V1 IDS_OF(RUN, NO_ID, WF) REST "}", JOB_PAYLOAD_BROKEN, "another run" },
	{ "{" V1 IDS_OF(RUN, WS, NO_ID) REST "}", JOB_PAYLOAD_BROKEN, "another run" },
	{ "{" V1 IDS ",\"version_id\":\"x\"}", JOB_PAYLOAD_BROKEN, "no version of its workflow" },
	{ "{" V1 IDS "}", JOB_PAYLOAD_BROKEN, "no version of its workflow" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION "\"}", JOB_PAYLOAD_BROKEN, "how it was started" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION "\",\"mode\":\"magic\"}", JOB_PAYLOAD_BROKEN,
	  "how it was started" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION "\",\"mode\":\"api\",\"accepted_at_ms\":-1}",
	  JOB_PAYLOAD_BROKEN, "no sensible time" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION "\",\"mode\":\"api\",\"accepted_at_ms\":9e15}",
	  JOB_PAYLOAD_BROKEN, "no items" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION
	  "\",\"mode\":\"api\",\"accepted_at_ms\":9000000000000000,\"items\":[]}",
	  JOB_PAYLOAD_BROKEN, "no sensible time" },
	{ "{" V1 IDS ",\"version_id\":\"" VERSION "\",\"mode\":\"api\",\"items\":{}}",
	  JOB_PAYLOAD_BROKEN, "no items" },
};

/* Whatever it says, the job can be recorded afterwards. */
START_TEST(a_bad_payload_is_refused_and_leaves_what_a_record_needs)
{
	const char *payload = bad_cases[_i].payload;

	ck_assert_int_eq(payload_read(payload, strlen(payload)), bad_cases[_i].result);
	ck_assert_msg(strstr(fx.err.msg, bad_cases[_i].message) != NULL, "\"%s\", not \"%s\"",
		      fx.err.msg, bad_cases[_i].message);
	ck_assert_uint_eq(strlen(said.version_id.s), 36);
	ck_assert_ptr_nonnull(said.mode);
}
END_TEST

/* Only the queue's length counts: what Redis holds need not end with NUL. */
START_TEST(a_payload_ends_where_its_length_says)
{
	const char *payload = "{" V1 IDS REST "}garbage";

	ck_assert_int_eq(payload_read(payload, strlen(payload) - 7), JOB_PAYLOAD_OK);
	ck_assert_int_eq(payload_read(payload, strlen(payload)), JOB_PAYLOAD_BROKEN);
}
END_TEST

TEST_MAIN("run.job_payload", {
	TEST(a_whole_payload_is_read);
	TEST(a_job_brings_files_along);
	TEST_LOOP(a_bad_payload_is_refused_and_leaves_what_a_record_needs, bad_cases);
	TEST(a_payload_ends_where_its_length_says);
})
