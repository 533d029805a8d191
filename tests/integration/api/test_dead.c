/*
 * test_dead.c -- failed runs: which are listed, replayed one by one and together, discarded; and a
 * run that is run again.
 */
#include "deliveries.h"

#include "base/limits.h"

#define LETTERS "/api/v1/workspaces/{ws}/dead-letters"

/* What a worker would record of the run. */
static void
run_ended(const char *run_id, const char *status, const char *error)
{
	house_sql("INSERT INTO tyboo.executions (workspace_id, id, workflow_id, version_id, mode, "
		  "status, fence, accepted_at, started_at, finished_at, error) SELECT "
		  "workspace_id, id, "
		  "workflow_id, version_id, mode, '%s', 1, received_at, now(), now(), '%s' "
		  "FROM tyboo.deliveries WHERE id = '%s'",
		  status, error, run_id);
}

/* A run of the hook "h", which has ended so. */
static const char *
run_new(const char *status, const char *code)
{
	struct raw raw = delivery("{\"n\":1}");
	struct reply reply = ask_raw(&raw);

	ck_assert_status(reply, 202);
	run_ended(text_of(&reply, "run_id"), status,
		  ty_arena_printf(
			  fx.arena,
			  "{\"code\":\"%s\",\"message\":\"The Server is down\",\"node\":\"b\"}",
			  code));
	return text_of(&reply, "run_id");
}

static size_t
count_letters(const char *query)
{
	struct reply page = ask("GET", ty_arena_printf(fx.arena, LETTERS "%s", query), NULL);

	ck_assert_status(page, 200);
	return json_array_size(json_object_get(page.json, "items"));
}

static void
publish(void)
{
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
}

START_TEST(a_letter_is_a_failed_run_that_nobody_has_looked_after)
{
	publish();
	run_new("ok", "none");
	run_new("canceled", "canceled");
	ck_assert_uint_eq(count_letters(""), 0);
	run_new("error", "upstream");
	run_new("timeout", "timeout");
	ck_assert_uint_eq(count_letters(""), 2);
}
END_TEST

START_TEST(the_failure_of_a_run_that_its_caller_was_told_of_or_of_one_by_hand_is_no_letter)
{
	const char *id;

	publish();
	id = run_new("error", "upstream");
	ck_assert_uint_eq(count_letters(""), 1);
	house_sql("UPDATE tyboo.executions SET mode = 'called' WHERE id = '%s'", id);
	ck_assert_uint_eq(count_letters(""), 1);
	house_sql("UPDATE tyboo.executions SET settled_at = now(), settled_how = 'told' WHERE id = "
		  "'%s'",
		  id);
	ck_assert_uint_eq(count_letters(""), 0);
	house_sql("UPDATE tyboo.executions SET mode = 'manual', settled_at = NULL, settled_how = "
		  "NULL WHERE id = '%s'",
		  id);
	ck_assert_uint_eq(count_letters(""), 0);
}
END_TEST

static const struct {
	const char *query;
	size_t count;
} filters[] = {
	{ "?code=upstream", 1 },
	{ "?code=ups", 0 },
	{ "?node=b", 2 },
	{ "?node=c", 0 },
	{ "?text=server%20IS", 2 },
	{ "?text=%25", 0 },
	{ "?after=2020-01-01T00:00:00Z", 2 },
	{ "?before=2020-01-01T00:00:00Z", 0 },
	{ "?workflow_id=00000000-0000-7000-8000-000000000001", 0 },
	{ "?state=replayed", 0 },
	{ "?limit=1", 1 },
};

START_TEST(letters_are_found_by_their_error_and_time)
{
	publish();
	run_new("error", "upstream");
	run_new("timeout", "timeout");
	ck_assert_uint_eq(count_letters(filters[_i].query), filters[_i].count);
}
END_TEST

START_TEST(a_time_that_is_none_is_told)
{
	struct reply reply = ask("GET", LETTERS "?after=yesterday", NULL);

	ck_assert_status(reply, 422);
}
END_TEST

/* ---- many ---- */

START_TEST(a_replay_of_many_runs_each_once)
{
	int64_t ready;
	struct reply reply;

	publish();
	run_new("error", "upstream");
	run_new("timeout", "timeout");
	ready = count_ready();
	reply = ask("POST", LETTERS "/replay", "{}");
	ck_assert_status(reply, 200);
	ck_assert_int_eq(ty_json_int(reply.json, "replayed", -1), 2);
	ck_assert_int_eq(ty_json_int(reply.json, "remaining", -1), 0);
	ck_assert_int_eq(count_ready(), ready + 2);
	ck_assert_uint_eq(count_letters(""), 0);
	ck_assert_uint_eq(count_letters("?state=replayed"), 2);
	reply = ask("POST", LETTERS "/replay", "{}");
	ck_assert_int_eq(ty_json_int(reply.json, "replayed", -1), 0);
	ck_assert_int_eq(count_ready(), ready + 2);
}
END_TEST

/* A crash between the replay and the word of it. */
START_TEST(a_replay_that_was_not_noted_is_not_made_twice)
{
	int64_t ready;

	publish();
	run_new("error", "upstream");
	ready = count_ready();
	ck_assert_status(ask("POST", LETTERS "/replay", NULL), 200);
	house_sql("UPDATE tyboo.executions SET settled_at = NULL, settled_how = NULL WHERE "
		  "workspace_id = '%s'",
		  house.ws_id.s);
	ck_assert_uint_eq(count_letters(""), 1);
	ck_assert_status(ask("POST", LETTERS "/replay", NULL), 200);
	ck_assert_uint_eq(count_letters(""), 0);
	ck_assert_int_eq(count_ready(), ready + 1);
}
END_TEST

START_TEST(only_those_that_are_named_are_replayed)
{
	struct reply reply;
	const char *id;

	publish();
	run_new("error", "upstream");
	id = run_new("error", "upstream");
	reply = ask("POST", LETTERS "/replay", ty_arena_printf(fx.arena, "{\"ids\":[\"%s\"]}", id));
	ck_assert_int_eq(ty_json_int(reply.json, "replayed", -1), 1);
	ck_assert_str_eq(ty_json_str(json_array_get(json_object_get(reply.json, "items"), 0),
				     "execution_id", ""),
			 id);
	ck_assert_uint_eq(count_letters(""), 1);
}
END_TEST

START_TEST(a_call_replays_so_many_at_most_and_says_how_many_are_left)
{
	struct reply reply;

	publish();
	for (int i = 0; i < 3; i++)
		run_new("error", "upstream");
	reply = ask("POST", LETTERS "/replay", "{\"limit\":2}");
	ck_assert_int_eq(ty_json_int(reply.json, "replayed", -1), 2);
	ck_assert_int_eq(ty_json_int(reply.json, "remaining", -1), 1);
	ck_assert_status(ask("POST", LETTERS "/replay",
			     ty_arena_printf(fx.arena, "{\"limit\":%d}", TY_LIMIT_RERUN_COUNT + 1)),
			 422);
}
END_TEST

START_TEST(what_the_queue_does_not_take_stays_a_letter)
{
	struct reply reply;

	publish();
	for (int i = 0; i < 3; i++)
		run_new("error", "upstream");
	house_sql("UPDATE tyboo.workspaces SET quota_month = 1 WHERE id = '%s'", house.ws_id.s);
	reply = ask("POST", LETTERS "/replay", "{}");
	ck_assert_status(reply, 200);
	ck_assert_str_eq(text_of(&reply, "stopped"), "quota");
	ck_assert_uint_eq(count_letters(""), (size_t)ty_json_int(reply.json, "remaining", -1));
	ck_assert_uint_gt(count_letters(""), 0);
}
END_TEST

START_TEST(what_is_discarded_is_off_the_list_and_its_run_stays)
{
	const char *id;
	struct reply reply;

	publish();
	id = run_new("error", "upstream");
	reply = ask("POST", LETTERS "/discard", "{\"code\":\"upstream\"}");
	ck_assert_int_eq(ty_json_int(reply.json, "discarded", -1), 1);
	ck_assert_uint_eq(count_letters(""), 0);
	ck_assert_uint_eq(count_letters("?state=discarded"), 1);
	ck_assert_status(ask("GET",
			     ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/executions/%s", id),
			     NULL),
			 200);
}
END_TEST

static const char *const bad_ids[] = { "{\"ids\":[]}", "{\"ids\":7}", "{\"ids\":[7]}",
				       "{\"ids\":[\"x\"]}" };

START_TEST(ids_that_are_none_are_told)
{
	ck_assert_status(ask("POST", LETTERS "/replay", bad_ids[_i]), 422);
	ck_assert_status(ask("POST", LETTERS "/discard", bad_ids[_i]), 422);
}
END_TEST

START_TEST(another_workspace_replays_none_of_ours)
{
	const char *slug, *mine = house.ws, *id;
	struct ty_id other = house_workspace(&slug);
	struct person stranger = house_person("owner", &other);
	struct reply reply;

	publish();
	id = run_new("error", "upstream");
	reply = ask_as(&stranger, "POST",
		       ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/dead-letters/replay", slug),
		       ty_arena_printf(fx.arena, "{\"ids\":[\"%s\"]}", id), NULL);
	ck_assert_int_eq(ty_json_int(reply.json, "replayed", -1), 0);
	reply = ask_as(
		&stranger, "POST",
		ty_arena_printf(fx.arena, "/api/v1/workspaces/%s/executions/%s/replay", slug, id),
		"{}", NULL);
	ck_assert_status(reply, 404);
	ck_assert_str_eq(mine, house.ws);
	ck_assert_uint_eq(count_letters(""), 1);
}
END_TEST

/* ---- one ---- */

static struct reply
replay(const char *id, const char *body)
{
	return ask("POST",
		   ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/executions/%s/replay", id),
		   body);
}

START_TEST(a_replay_stands_on_the_run_that_it_repeats)
{
	struct reply reply;
	const char *id;

	publish();
	id = run_new("error", "upstream");
	reply = replay(id, NULL);
	ck_assert_status(reply, 202);
	ck_assert_str_eq(
		house_sql("SELECT source::json ->> 'run_id' FROM tyboo.deliveries WHERE id = '%s'",
			  text_of(&reply, "run_id")),
		id);
	ck_assert_str_eq(
		house_sql("SELECT replay_run_id FROM tyboo.executions WHERE id = '%s'", id),
		text_of(&reply, "run_id"));
	ck_assert_uint_eq(count_letters(""), 0);
	/* As a worker's record of it would. */
	run_ended(text_of(&reply, "run_id"), "ok", "{}");
	ck_assert_str_eq(house_sql("SELECT source_run_id FROM tyboo.executions WHERE id = '%s'",
				   text_of(&reply, "run_id")),
			 id);
}
END_TEST

START_TEST(an_open_letter_is_replayed_once_however_often_that_is_asked)
{
	struct reply first, second;
	int64_t ready;
	const char *id;

	publish();
	id = run_new("error", "upstream");
	ready = count_ready();
	first = replay(id, "{}");
	/* As the second of two calls at once, which saw the letter open as well. */
	house_sql(
		"UPDATE tyboo.executions SET settled_at = NULL, settled_how = NULL WHERE id = '%s'",
		id);
	second = replay(id, "{}");
	ck_assert_status(second, 200);
	ck_assert_str_eq(text_of(&second, "run_id"), text_of(&first, "run_id"));
	ck_assert_int_eq(count_ready(), ready + 1);
	/* Asked for again when it is settled, it is another run. */
	ck_assert_status(replay(id, "{}"), 202);
}
END_TEST

/* Its key is known when the letter is settled, which has a key of its own while it is open. */
START_TEST(a_replay_with_a_key_is_one_also_when_the_letter_is_settled)
{
	const char *const headers[] = { "Idempotency-Key: pressed-twice", NULL };
	const char *const others[] = { "Idempotency-Key: another", NULL };
	struct reply first, second, third;
	const char *id, *target;

	publish();
	id = run_new("error", "upstream");
	target = ty_arena_printf(fx.arena, "/api/v1/workspaces/{ws}/executions/%s/replay", id);
	first = ask_as(&house.me, "POST", target, "{}", headers);
	ck_assert_status(first, 202);
	ck_assert_uint_eq(count_letters(""), 0);
	second = ask_as(&house.me, "POST", target, "{}", headers);
	ck_assert_status(second, 200);
	ck_assert_str_eq(text_of(&second, "execution_id"), text_of(&first, "execution_id"));
	third = ask_as(&house.me, "POST", target, "{}", others);
	ck_assert_status(third, 202);
	ck_assert_str_ne(text_of(&third, "execution_id"), text_of(&first, "execution_id"));
}
END_TEST

START_TEST(effects_are_repeated_where_that_is_asked_for)
{
	struct reply reply;

	publish();
	reply = replay(run_new("error", "upstream"), "{\"repeat_effects\":true}");
	ck_assert_status(reply, 202);
	ck_assert_str_eq(
		house_sql("SELECT source::json ->> 'effects' FROM tyboo.deliveries WHERE id = '%s'",
			  text_of(&reply, "run_id")),
		"again");
}
END_TEST

START_TEST(an_edited_input_begins_the_replay)
{
	struct reply reply;

	publish();
	reply = replay(run_new("error", "upstream"), "{\"input\":[{\"n\":2},{\"n\":3}]}");
	ck_assert_status(reply, 202);
	ck_assert_str_eq(house_sql("SELECT convert_from(body, 'UTF8') || path || headers FROM "
				   "tyboo.deliveries "
				   "WHERE id = '%s'",
				   text_of(&reply, "run_id")),
			 "[{\"n\":2},{\"n\":3}]{}");
}
END_TEST

static const char *const bad_inputs[] = { "{\"input\":7}", "{\"input\":[7]}", "{\"input\":\"x\"}",
					  "{\"version\":\"old\"}" };

START_TEST(an_input_that_is_none_is_told)
{
	publish();
	ck_assert_status(replay(run_new("error", "upstream"), bad_inputs[_i]), 422);
	ck_assert_uint_eq(count_letters(""), 1);
}
END_TEST

START_TEST(the_newest_version_runs_or_the_same)
{
	const char *id, *version, *workflow;
	struct reply reply;

	publish();
	id = run_new("error", "upstream");
	version = house_sql("SELECT version_id FROM tyboo.deliveries WHERE id = '%s'", id);
	workflow = house_sql("SELECT workflow_id FROM tyboo.deliveries WHERE id = '%s'", id);
	house_sql("INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number, "
		  "graph) "
		  "SELECT workspace_id, gen_random_uuid(), workflow_id, number + 1, graph FROM "
		  "tyboo.workflow_versions WHERE id = '%s'",
		  version);
	house_sql("UPDATE tyboo.workflows SET published_version_id = (SELECT id FROM "
		  "tyboo.workflow_versions "
		  "WHERE workflow_id = '%s' ORDER BY number DESC LIMIT 1) WHERE id = '%s'",
		  workflow, workflow);
	reply = replay(id, "{\"version\":\"same\"}");
	ck_assert_str_eq(house_sql("SELECT version_id FROM tyboo.deliveries WHERE id = '%s'",
				   text_of(&reply, "run_id")),
			 version);
	reply = replay(id, "{}");
	ck_assert_str_ne(house_sql("SELECT version_id FROM tyboo.deliveries WHERE id = '%s'",
				   text_of(&reply, "run_id")),
			 version);
}
END_TEST

START_TEST(a_run_that_is_not_over_is_not_replayed)
{
	struct raw raw = delivery("{}");
	struct reply reply;

	publish();
	reply = ask_raw(&raw);
	ck_assert_status(replay(text_of(&reply, "run_id"), "{}"), 409);
	ck_assert_status(replay("00000000-0000-7000-8000-000000000001", "{}"), 404);
}
END_TEST

START_TEST(a_viewer_replays_and_discards_nothing)
{
	struct person viewer = house_person("viewer", &house.ws_id);
	const char *const targets[] = { "/dead-letters/replay", "/dead-letters/discard" };

	publish();
	run_new("error", "upstream");
	for (size_t i = 0; i < 2; i++)
		ck_assert_status(ask_as(&viewer, "POST",
					ty_arena_printf(fx.arena, "/api/v1/workspaces/%s%s",
							house.ws, targets[i]),
					"{}", NULL),
				 403);
	ck_assert_uint_eq(count_letters(""), 1);
}
END_TEST

HOUSE_MAIN("api dead letters", {
	TEST(a_letter_is_a_failed_run_that_nobody_has_looked_after);
	TEST(the_failure_of_a_run_that_its_caller_was_told_of_or_of_one_by_hand_is_no_letter);
	TEST_LOOP(letters_are_found_by_their_error_and_time, filters);
	TEST(a_time_that_is_none_is_told);
	TEST(a_replay_of_many_runs_each_once);
	TEST(a_replay_that_was_not_noted_is_not_made_twice);
	TEST(only_those_that_are_named_are_replayed);
	TEST(a_call_replays_so_many_at_most_and_says_how_many_are_left);
	TEST(what_the_queue_does_not_take_stays_a_letter);
	TEST(what_is_discarded_is_off_the_list_and_its_run_stays);
	TEST_LOOP(ids_that_are_none_are_told, bad_ids);
	TEST(another_workspace_replays_none_of_ours);
	TEST(a_replay_stands_on_the_run_that_it_repeats);
	TEST(an_open_letter_is_replayed_once_however_often_that_is_asked);
	TEST(a_replay_with_a_key_is_one_also_when_the_letter_is_settled);
	TEST(effects_are_repeated_where_that_is_asked_for);
	TEST(an_edited_input_begins_the_replay);
	TEST_LOOP(an_input_that_is_none_is_told, bad_inputs);
	TEST(the_newest_version_runs_or_the_same);
	TEST(a_run_that_is_not_over_is_not_replayed);
	TEST(a_viewer_replays_and_discards_nothing);
})
