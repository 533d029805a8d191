/*
 * test_replays.c -- replays by the API: who may ask for one, of which runs, and what is told of it.
 *
 * No worker runs here: what one would record is written by the test.  Proofs by real workers are in
 * tests/integration/run/test_proofs.c.
 */
#include "deliveries.h"

#define RUNS "/api/v1/workspaces/{ws}/executions/"

/* A delivery; its run is over as a worker would have recorded it where 'status' is none of NULL. */
static const char *
run_of(const char *status)
{
	const char *run;
	struct reply reply;
	struct raw raw = delivery("{\"n\":1}");

	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	reply = ask_raw(&raw);
	ck_assert_status(reply, 202);
	run = text_of(&reply, "run_id");
	if (status != NULL)
		house_sql(
			"INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, "
			"mode, status, fence, accepted_at, started_at, finished_at) SELECT "
			"workspace_id, id, workflow_id, version_id, mode, '%s', 1, received_at, "
			"now(), CASE WHEN '%s' NOT IN ('running', 'waiting') THEN now() END FROM "
			"tyboo.deliveries WHERE id = '%s'",
			status, status, run);
	return run;
}

static struct reply
replay(const char *run, const char *body)
{
	return ask("POST", ty_arena_printf(fx.arena, RUNS "%s/replays", run), body);
}

static const char *
mode_of(const char *run)
{
	return house_sql("SELECT mode FROM tyboo.deliveries WHERE id = '%s'", run);
}

START_TEST(a_run_that_is_over_is_replayed)
{
	const char *run = run_of("ok"), *first;
	struct reply reply = replay(run, NULL), list, verdict;

	ck_assert_status(reply, 202);
	first = text_of(&reply, "run_id");
	ck_assert_str_ne(first, run);
	ck_assert_str_eq(mode_of(first), "proof");
	verdict = ask("GET", ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/replays/%s", first),
		      NULL);
	ck_assert_status(verdict, 200);
	ck_assert_str_eq(text_of(&verdict, "verdict"), "pending");
	/* Its own version by number is a proof, too. */
	reply = replay(run, "{\"version\":1}");
	ck_assert_status(reply, 202);
	ck_assert_str_eq(mode_of(text_of(&reply, "run_id")), "proof");
	/* Another one makes it a what-if. */
	house_sql("INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number, "
		  "graph) SELECT v.workspace_id, gen_random_uuid(), v.workflow_id, 2, v.graph FROM "
		  "tyboo.workflow_versions v JOIN tyboo.deliveries d ON d.version_id = v.id WHERE "
		  "d.id = '%s'",
		  run);
	reply = replay(run, "{\"version\":2}");
	ck_assert_status(reply, 202);
	ck_assert_str_eq(mode_of(text_of(&reply, "run_id")), "what_if");
	list = ask("GET", ty_arena_printf(fx.arena, RUNS "%s/replays", run), NULL);
	ck_assert_status(list, 200);
}
END_TEST

static const struct {
	const char *status, *body;
	int answer;
} refusals[] = {
	{ NULL, NULL, 409 }, /* it is not over */
	{ "running", NULL, 409 },
	{ "waiting", NULL, 409 },
	{ "ok", "{\"version\":7}", 404 },
	{ "ok", "{\"version\":-1}", 422 },
	{ "ok", "{\"version\":\"x\"}", 422 },
	{ "ok", "{\"effects\":\"again\"}", 422 },
};

START_TEST(what_cannot_be_replayed_is_refused)
{
	const char *run = run_of(refusals[_i].status);

	ck_assert_status(replay(run, refusals[_i].body), refusals[_i].answer);
	ck_assert_int_eq(count_kept("mode IN ('proof', 'what_if')"), 0);
}
END_TEST

START_TEST(a_replay_is_not_replayed)
{
	const char *run = run_of("ok"), *again;
	struct reply reply = replay(run, NULL);

	again = text_of(&reply, "run_id");
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at) SELECT workspace_id, id, "
		  "workflow_id, version_id, mode, 'ok', 1, received_at, now(), now() FROM "
		  "tyboo.deliveries WHERE id = '%s'",
		  again);
	reply = replay(again, NULL);
	ck_assert_status(reply, 409);
	ck_assert_ptr_nonnull(strstr(text_of(&reply, "hint"), "Replay the run that it repeats"));
}
END_TEST

static const struct {
	const char *role;
	int answer, list; /* role NULL: of another workspace */
} roles[] = { { "viewer", 403, 200 }, { "editor", 202, 200 }, { NULL, 404, 404 } };

START_TEST(who_may_run_workflows_may_replay)
{
	const char *run = run_of("ok"), *target;
	struct ty_id elsewhere = house_workspace(&target);
	struct person person = roles[_i].role != NULL ? house_person(roles[_i].role, &house.ws_id)
						      : house_person("owner", &elsewhere);

	target = ty_arena_printf(fx.arena, RUNS "%s/replays", run);
	ck_assert_status(ask_as(&person, "POST", target, "{}", NULL), roles[_i].answer);
	ck_assert_status(ask_as(&person, "GET", target, NULL, NULL), roles[_i].list);
	ck_assert_status(ask_as(&(struct person){ 0 }, "POST", target, "{}", NULL), 401);
}
END_TEST

START_TEST(nothing_is_known_of_what_is_not_there)
{
	const char *none = "00000000-0000-7000-8000-000000000001";

	ck_assert_status(replay(none, NULL), 404);
	ck_assert_status(ask("GET", ty_arena_printf(fx.arena, RUNS "%s/replays", none), NULL), 404);
	ck_assert_status(ask("GET",
			     ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/replays/%s", none),
			     NULL),
			 404);
}
END_TEST

HOUSE_MAIN("api replays", {
	TEST(a_run_that_is_over_is_replayed);
	TEST_LOOP(what_cannot_be_replayed_is_refused, refusals);
	TEST(a_replay_is_not_replayed);
	TEST_LOOP(who_may_run_workflows_may_replay, roles);
	TEST(nothing_is_known_of_what_is_not_there);
})
