/*
 * test_replays.c -- tybooctl replays runs: what it says, and its exit status.
 */
#define TEST_TIMEOUT_S 120
#include "stand.h"
#include "support/places.h"

#define FLOW(value)                                                                                \
	"{\"nodes\":[{\"id\":\"a\",\"type\":\"core.manual\"},{\"id\":\"b\",\"type\":\"core.set\"," \
	"\"params\":{\"assignments\":[{\"name\":\"x\",\"value\":\"" value "\"}]}}],"               \
	"\"edges\":[{\"from\":\"a\",\"to\":\"b\"}],\"settings\":{}}"

static pid_t worker;

static void
begin(void)
{
	make_workspace();
	json_of(ctl(FLOW("1"), "--json", "workflow", "import", "--name", "Flow"));
	worker = program_start(TY_BUILD_DIR "/bin/tyboo-run");
}

static const char *
run(void)
{
	return ty_json_str(json_of(ctl(NULL, "--json", "run", "Flow", "--wait", "--timeout", "60")),
			   "id", "");
}

/* The exit status says what came of it: 0 proved, 1 another digest or none. */
START_TEST(a_replay_that_is_waited_for_ends_with_its_verdict)
{
	const char *id, *replay;
	struct said said;

	begin();
	id = run();
	said = ctl(NULL, "replay", id, "--wait", "--timeout", "60");
	ck_assert_msg(said.code == 0, "%s%s", said.err, said.out);
	ck_assert_ptr_nonnull(strstr(said.out, "Proved"));
	/* Another version, in which the node gives something else. */
	json_of(ctl(FLOW("2"), "--json", "workflow", "import", "--into", "Flow"));
	said = ctl(NULL, "--json", "replay", id, "--version", "2", "--wait", "--timeout", "60");
	ck_assert_msg(said.code == 1, "%d: %s%s", said.code, said.err, said.out);
	ck_assert_ptr_nonnull(strstr(said.out, "\"differs\""));
	ck_assert_ptr_nonnull(strstr(said.err, "differs"));
	/* The same is shown later. */
	replay = member(ctl(NULL, "--json", "replay", id), "execution_id");
	ck_assert_int_eq(ctl(NULL, "replay", replay, "--wait").code, 1);
	ck_assert_int_eq(program_stop(worker), 0);
}
END_TEST

/* Nobody runs it: it is pending, which is no proof. */
START_TEST(a_replay_that_nobody_runs_is_no_proof)
{
	const char *id, *replay;

	begin();
	id = run();
	ck_assert_int_eq(program_stop(worker), 0);
	replay = member(ctl(NULL, "--json", "replay", id), "execution_id");
	ck_assert_int_eq(ctl(NULL, "replays", "show", replay).code, 1);
	ck_assert_int_ne(ctl(NULL, "replay", id, "--wait", "--timeout", "1").code, 0);
}
END_TEST

static const struct {
	const char *words[3], *message;
} refused[] = {
	{ { "replay", "17" }, "\"17\" is no id of a run" },
	{ { "replay" }, "replay needs RUN" },
	{ { "replays", "show", "01900000-0000-7000-8000-000000000000" }, "no such replay" },
};

START_TEST(what_is_no_run_is_refused)
{
	struct said said;

	make_workspace();
	said = ctl(NULL, refused[_i].words[0], refused[_i].words[1], refused[_i].words[2]);
	ck_assert_int_ne(said.code, 0);
	ck_assert_msg(strstr(said.err, refused[_i].message) != NULL, "%s", said.err);
}
END_TEST

static void
add_tests(TCase *tc)
{
	TEST(a_replay_that_is_waited_for_ends_with_its_verdict);
	TEST(a_replay_that_nobody_runs_is_no_proof);
	TEST_LOOP(what_is_no_run_is_refused, refused);
}

SUITE_MAIN("replays", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc),
	   add_tests(tc))
