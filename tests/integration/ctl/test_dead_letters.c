/*
 * test_dead_letters.c -- tybooctl's dead letters: failed runs are listed, run again and taken off the list.
 *
 * The worker's part, a run that failed, is played by SQL.
 */
#define TEST_TIMEOUT_S 60
#include "stand.h"

#include "queue/queue.h"
#include "support/places.h"

#include <uv.h>

#define PLAIN                                                                                      \
	"{\"nodes\":[{\"id\":\"a\",\"name\":\"a\",\"type\":\"core.manual\",\"version\":1,"         \
	"\"params\":{}}],\"edges\":[],\"settings\":{}}"

static const char *
import(const char *name)
{
	return member(ctl(PLAIN, "--json", "workflow", "import", "--name", name), "id");
}

static void
sql(const char *statement)
{
	const char *words[] = {
		getenv("TYBOO_OWNER_DATABASE_URL"), "-v", "ON_ERROR_STOP=1", "-qc", statement, NULL
	};

	ck_assert_int_eq(program_run(fx.arena, "/usr/bin/psql", NULL, words).code, 0);
}

/* A run by the API that failed at node "h". */
static const char *
failed(const char *workflow, const char *code, const char *message)
{
	const char *run =
		member(ctl("{\"n\":7}", "--json", "run", workflow, "--input", "-"), "execution_id");

	sql(ty_arena_printf(
		fx.arena,
		"UPDATE tyboo.deliveries SET mode = 'api' WHERE id = '%s'; "
		"INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		"status, fence, accepted_at, started_at, finished_at, error) SELECT workspace_id, "
		"id, workflow_id, version_id, mode, 'error', 1, received_at, received_at, now(), "
		"'{\"code\":\"%s\",\"message\":\"%s\",\"node\":\"h\"}' FROM tyboo.deliveries "
		"WHERE id = '%s'",
		run, code, message, run));
	return run;
}

/* The letters that a list has, and whether 'run' is one of them. */
static size_t
listed(const struct said said)
{
	return json_array_size(json_object_get(json_of(said), "items"));
}

START_TEST(a_dead_letter_is_replayed_once)
{
	const char *run, *again;
	struct said said;
	json_t *report;

	make_workspace();
	import("Plain");
	run = failed("Plain", "upstream", "It said 503");
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "dead-letters", "list").out, run));
	report = json_of(ctl(NULL, "--json", "dead-letters", "replay", run));
	ck_assert_int_eq(ty_json_int(report, "replayed", -1), 1);
	again = ty_json_str(json_array_get(json_object_get(report, "items"), 0),
			    "replay_execution_id", "");
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "show", again), "mode"),
			 "replay");
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list")), 0);
	said = ctl(NULL, "--json", "dead-letters", "list", "--state", "replayed");
	ck_assert_uint_eq(listed(said), 1);
	ck_assert_ptr_nonnull(strstr(said.out, again));
	said = ctl(NULL, "dead-letters", "replay", run);
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "no open dead letter"));
}
END_TEST

static const struct {
	const char *option, *value;
	size_t found;
} find_cases[] = {
	{ "--code", "upstream", 1 },
	{ "--code", "nonesuch", 0 },
	{ "--node", "h", 2 },
	{ "--node", "other", 0 },
	{ "--text", "IT SAID", 1 },
	{ "--since", "2026-01-01T00:00:00Z", 2 },
	{ "--until", "2026-01-01T00:00:00Z", 0 },
	{ "--workflow", "First", 1 },
	{ "--limit", "1", 1 },
};

START_TEST(dead_letters_are_found_by_what_failed)
{
	make_workspace();
	import("First");
	import("Second");
	failed("First", "upstream", "It said 503");
	failed("Second", "timeout", "No answer came");
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list", find_cases[_i].option,
				     find_cases[_i].value)),
			  find_cases[_i].found);
}
END_TEST

START_TEST(dead_letters_are_discarded_and_their_runs_stay)
{
	const char *first, *second;
	json_t *report;

	make_workspace();
	import("Plain");
	first = failed("Plain", "upstream", "It said 503");
	second = failed("Plain", "timeout", "No answer came");
	report = json_of(ctl(NULL, "--json", "dead-letters", "discard", "--code", "upstream"));
	ck_assert_int_eq(ty_json_int(report, "discarded", -1), 1);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "dead-letters", "list").out, second));
	ck_assert_ptr_null(strstr(ctl(NULL, "dead-letters", "list").out, first));
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "show", first), "status"),
			 "error");
	ck_assert_int_eq(ctl(NULL, "dead-letters", "discard", first).code, 1);
}
END_TEST

/* As the queue does with a job that killed its workers. */
static void
bury(const char *run)
{
	const char *lane = getenv("TYBOO_LANE");
	const char *script = "redis.call('HSET', KEYS[1], 's', 'dead', 'reason', 'poison', 'd', 8) "
			     "return redis.call('ZADD', KEYS[2], 1, ARGV[1])";
	const char *words[] = { "-s",
				svc.redis_url + strlen("unix:"),
				"EVAL",
				script,
				"2",
				ty_arena_printf(fx.arena, "{%s}:job:%s", lane, run),
				ty_arena_printf(fx.arena, "{%s}:dead", lane),
				run,
				NULL };

	ck_assert_int_eq(program_run(fx.arena, "/usr/bin/redis-cli", NULL, words).code, 0);
}

static int64_t
stat_of(const char *state)
{
	return ty_json_int(json_of(ctl(NULL, "--json", "queue", "stats")), state, -1);
}

static const char *const settle_words[][3] = {
	{ "dead-letters", "replay", "--all" },
	{ "dead-letters", "discard", "--all" },
	{ "executions", "replay", NULL }, /* RUN */
	{ "dead", "retry", NULL },
};

START_TEST(the_queue_forgets_a_buried_job_whose_letter_is_settled)
{
	const char *const *words = settle_words[_i];
	const char *run;

	make_workspace();
	import("Plain");
	run = failed("Plain", "poison", "Eight workers had it");
	bury(run);
	ck_assert_int_eq(stat_of("dead"), 1);
	json_of(ctl(NULL, "--json", words[0], words[1], words[2] != NULL ? words[2] : run));
	ck_assert_int_eq(stat_of("dead"), 0);
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list")), 0);
}
END_TEST

START_TEST(a_buried_job_that_is_retried_repeats_no_effects)
{
	const char *run, *again;

	make_workspace();
	import("Plain");
	run = failed("Plain", "poison", "Eight workers had it");
	bury(run);
	again = member(ctl(NULL, "--json", "dead", "retry", run), "execution_id");
	sql(ty_arena_printf(fx.arena,
			    "SELECT 1 / count(*) FROM tyboo.deliveries WHERE id = '%s' AND "
			    "source::json ->> 'run_id' = '%s'",
			    again, run));
}
END_TEST

/* What the workspace's limit takes no more stays on the list. */
START_TEST(a_limit_keeps_the_rest)
{
	struct said said;

	make_workspace();
	import("Plain");
	for (int i = 0; i < 3; i++)
		failed("Plain", "upstream", "It said 503");
	/* Their jobs are queued yet: there is room for one more. */
	json_of(ctl(NULL, "--json", "workspace", "set-limit", "depth_max", "4"));
	said = ctl(NULL, "--json", "dead-letters", "replay", "--all");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "limit is reached (depth)"));
	said.code = 0; /* what it did is told all the same */
	ck_assert_int_eq(ty_json_int(json_of(said), "replayed", -1), 1);
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list")), 2);
	json_of(ctl(NULL, "--json", "workspace", "set-limit", "depth_max", "default"));
	json_of(ctl(NULL, "--json", "dead-letters", "replay", "--since", "2026-01-01T00:00:00Z"));
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list")), 0);
}
END_TEST

START_TEST(a_run_is_replayed_with_another_input)
{
	const char *run, *again;

	make_workspace();
	import("Plain");
	run = failed("Plain", "upstream", "It said 503");
	again = member(ctl("{\"n\":9}", "--json", "executions", "replay", run, "--input", "-"),
		       "execution_id");
	ck_assert_ptr_nonnull(
		strstr(ctl(NULL, "--json", "deliveries", "show", again).out, "{\\\"n\\\":9}"));
	ck_assert_uint_eq(listed(ctl(NULL, "--json", "dead-letters", "list")), 0);
	/* Not over. */
	ck_assert_int_eq(ctl(NULL, "executions", "replay", again).code, 1);
}
END_TEST

static const struct {
	const char *words[6];
	const char *says;
} usage_cases[] = {
	{ { "dead-letters", "replay" }, "name a run, or which dead letters" },
	{ { "dead-letters", "discard" }, "name a run, or which dead letters" },
	{ { "dead-letters", "replay", "17" }, "\"17\" is no id of a run" },
	{ { "dead-letters", "list", "--since", "yesterday" },
	  "is \"yesterday\", which is no time" },
	{ { "dead-letters", "discard", "--until", "noon" }, "is \"noon\", which is no time" },
	{ { "dead-letters", "replay", "--all", "--limit", "501" }, "--limit is \"501\"" },
	{ { "executions", "replay", "17" }, "\"17\" is no id of a run" },
};

START_TEST(a_wrong_call_is_code_2_and_says_why)
{
	struct said said;

	make_workspace();
	said = program_run(fx.arena, TY_BUILD_DIR "/bin/tybooctl", NULL, usage_cases[_i].words);
	ck_assert_int_eq(said.code, 2);
	ck_assert_msg(strstr(said.err, usage_cases[_i].says) != NULL, "%s", said.err);
}
END_TEST

/* ---- buried jobs, not recorded yet ---- */

struct burial {
	uv_loop_t loop;
	struct ty_queue *queue;
	bool is_done;
};

static void
on_buried(void *ctx, const struct ty_err *err)
{
	struct burial *burial = ctx;

	burial->is_done = err == NULL;
	ty_queue_free(burial->queue);
}

static void
on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct burial *burial = ctx;
	struct ty_hold hold;

	ck_assert(err == NULL && count == 1);
	hold = (struct ty_hold){ .run_id = leases->run_id,
				 .workspace_id = leases->workspace_id,
				 .workflow_id = leases->workflow_id,
				 .token = leases->token };
	ty_queue_bury(burial->queue, &hold, "poison", on_buried, burial);
}

static void
on_queue(void *ctx, const char *away)
{
	struct burial *burial = ctx;

	if (away == NULL)
		ty_queue_lease(burial->queue, 1, on_leased, burial);
}

/* As a worker would: lease what is ready and bury it. */
static void
bury_one(void)
{
	struct burial burial = { .is_done = false };

	ck_assert_int_eq(uv_loop_init(&burial.loop), 0);
	burial.queue = ty_queue_new(&burial.loop, svc.redis_url, getenv("TYBOO_LANE"), 30000,
				    on_queue, NULL, &burial);
	uv_run(&burial.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&burial.loop), 0);
	ck_assert(burial.is_done);
}

START_TEST(a_dead_letter_is_run_again_as_a_new_run_and_dropped)
{
	const char *run, *again;
	json_t *shown;

	make_workspace();
	import("Plain");
	run = member(ctl("{\"n\":7}", "--json", "run", "Plain", "--input", "-"), "execution_id");
	bury_one();
	ck_assert_int_eq(stat_of("dead"), 1);
	ck_assert_ptr_nonnull(strstr(ctl(NULL, "dead", "list").out, run));
	shown = json_of(ctl(NULL, "--json", "dead", "show", run));
	ck_assert_str_eq(ty_json_str(shown, "reason", ""), "poison");
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, shown, NULL), "\"n\":7"));
	again = member(ctl(NULL, "--json", "dead", "retry", run), "execution_id");
	ck_assert_str_ne(again, run);
	ck_assert_int_eq(stat_of("dead"), 0);
	ck_assert_int_eq(stat_of("ready"), 1);
	ck_assert_str_eq(member(ctl(NULL, "--json", "executions", "show", again), "mode"),
			 "replay");
}
END_TEST

START_TEST(a_dead_letter_can_be_dropped)
{
	const char *run;

	make_workspace();
	import("Plain");
	run = member(ctl(NULL, "--json", "run", "Plain"), "execution_id");
	bury_one();
	json_of(ctl(NULL, "--json", "dead", "drop", run));
	ck_assert_int_eq(stat_of("dead"), 0);
	ck_assert_int_eq(stat_of("ready"), 0);
}
END_TEST

static void
add_tests(TCase *tc)
{
	TEST(a_dead_letter_is_replayed_once);
	TEST_LOOP(dead_letters_are_found_by_what_failed, find_cases);
	TEST(dead_letters_are_discarded_and_their_runs_stay);
	TEST_LOOP(the_queue_forgets_a_buried_job_whose_letter_is_settled, settle_words);
	TEST(a_buried_job_that_is_retried_repeats_no_effects);
	TEST(a_limit_keeps_the_rest);
	TEST(a_run_is_replayed_with_another_input);
	TEST_LOOP(a_wrong_call_is_code_2_and_says_why, usage_cases);
	TEST(a_dead_letter_is_run_again_as_a_new_run_and_dropped);
	TEST(a_dead_letter_can_be_dropped);
}

SUITE_MAIN("dead letters", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc),
	   add_tests(tc))
