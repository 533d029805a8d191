/*
 * test_repeats.c -- a delivery whose id was seen before: what it is told, and when it runs again.
 */
#include "deliveries.h"

/* What a worker would record of the run. */
static void
run_ended(const char *run_id, const char *status)
{
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, "
		  "fence, accepted_at, started_at, finished_at) SELECT workspace_id, id, "
		  "workflow_id, "
		  "version_id, mode, '%s', 1, received_at, now(), now() FROM tyboo.deliveries "
		  "WHERE id = '%s'",
		  status, run_id);
}

static const struct {
	const char *status; /* recorded of the first run; NULL: nothing yet */
	const char *again;  /* the repeat's body */
	const char *state;
	int same;
} repeat_cases[] = {
	{ NULL, "{\"n\":1}", "queued", 1 },	    { "ok", "{\"n\":1}", "ok", 1 },
	{ "error", "{\"n\":1}", "error", 1 },	    { "timeout", "{\"n\":2}", "timeout", 0 },
	{ "canceled", "{\"n\":1}", "canceled", 1 },
};

START_TEST(a_repeat_is_told_what_became_of_the_first)
{
	struct raw raw = delivery("{\"n\":1}");
	struct reply first, second, page;
	const json_t *of_first;

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	raw_add(&raw, "Webhook-Id: w1");
	first = ask_raw(&raw);
	ck_assert_status(first, 202);
	if (repeat_cases[_i].status != NULL)
		run_ended(text_of(&first, "run_id"), repeat_cases[_i].status);
	raw.body = repeat_cases[_i].again;
	second = ask_raw(&raw);
	ck_assert_status(second, 200);
	ck_assert_str_eq(text_of(&second, "run_id"), text_of(&first, "run_id"));
	of_first = json_object_get(second.json, "first");
	ck_assert_str_eq(ty_json_str(of_first, "state", ""), repeat_cases[_i].state);
	ck_assert_int_eq(json_is_true(json_object_get(of_first, "same_bytes")),
			 repeat_cases[_i].same);
	ck_assert_ptr_nonnull(strstr(text_of(&second, "hint"), "/replay"));
	ck_assert_int_eq(strstr(text_of(&second, "hint"), "another body") != NULL,
			 !repeat_cases[_i].same);
	ck_assert_ptr_nonnull(strstr(kept("reason"), repeat_cases[_i].state));
	page = ask("GET",
		   ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/deliveries/%s",
				   text_of(&second, "delivery_id")),
		   NULL);
	ck_assert_status(page, 200);
	of_first = json_object_get(page.json, "first");
	ck_assert_str_eq(ty_json_str(of_first, "run_id", ""), text_of(&first, "run_id"));
	ck_assert_str_eq(ty_json_str(of_first, "state", ""), repeat_cases[_i].state);
	/* The hint is true: the repeat's own bytes run. */
	ck_assert_status(
		ask("POST",
		    ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/deliveries/%s/replay",
				    text_of(&second, "delivery_id")),
		    "{}"),
		202);
}
END_TEST

static const struct {
	const char *status;
	int answer;
} rerun_cases[] = {
	{ NULL, 200 }, { "ok", 200 }, { "error", 202 }, { "timeout", 202 }, { "canceled", 202 }
};

START_TEST(a_repeat_of_a_failed_run_runs_where_the_hook_says_so)
{
	struct raw raw = delivery("{}");
	int64_t ready = count_ready();
	struct reply first, second, third;

	house_publish(house_hook_graph("h", "\"verify\":\"none\",\"on_repeat\":\"rerun_failed\""));
	raw_add(&raw, "Webhook-Id: w1");
	first = ask_raw(&raw);
	if (rerun_cases[_i].status != NULL)
		run_ended(text_of(&first, "run_id"), rerun_cases[_i].status);
	second = ask_raw(&raw);
	ck_assert_status(second, rerun_cases[_i].answer);
	ck_assert_int_eq(count_ready(), ready + 1 + (rerun_cases[_i].answer == 202));
	if (rerun_cases[_i].answer == 200)
		return;
	ck_assert_str_eq(text_of(&second, "run_id"), text_of(&second, "delivery_id"));
	ck_assert_ptr_nonnull(strstr(kept("reason"), text_of(&first, "run_id")));
	/* The key is the new run's: what comes now repeats that one. */
	third = ask_raw(&raw);
	ck_assert_status(third, 200);
	ck_assert_str_eq(text_of(&third, "run_id"), text_of(&second, "run_id"));
	ck_assert_int_eq(count_ready(), ready + 2);
	run_ended(text_of(&second, "run_id"), "error");
	ck_assert_status(ask_raw(&raw), 202);
}
END_TEST

HOUSE_MAIN("api repeats", {
	TEST_LOOP(a_repeat_is_told_what_became_of_the_first, repeat_cases);
	TEST_LOOP(a_repeat_of_a_failed_run_runs_where_the_hook_says_so, rerun_cases);
})
