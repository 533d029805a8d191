/*
 * test_call.c -- calls of workflows in one statement: each is judged alone and begins one run.
 */
#include "integration/store/fixture.h"

#include "base/limits.h"
#include "base/str.h"
#include "store/call.h"

#include <string.h>

/* A caller that a worker has, with the intents of its calls "call/1/<n>". */
struct caller {
	struct ty_id id;
	int64_t fence;
};

static struct caller
caller_new(int64_t fence, int depth, int calls)
{
	struct caller caller = { .id = ty_id_new(), .fence = fence };

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.deliveries (workspace_id, id, workflow_id, version_id, "
		       "mode, verdict, received_at, root_run_id, depth) VALUES ('%s', '%s', "
		       "gen_random_uuid(), gen_random_uuid(), 'called', 'accepted', now(), '%s', "
		       "%d)",
		       ws_a.s, caller.id.s, caller.id.s, depth));
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.effects (workspace_id, run_id, key, fence, "
		       "idempotency_key, intent_at) SELECT '%s', '%s', 'call/1/' || n, %lld, "
		       "'k' || n, now() FROM generate_series(0, %d) AS n",
		       ws_a.s, caller.id.s, (long long)fence, calls - 1));
	return caller;
}

enum { PUBLISHED, WITHOUT_TRIGGER, UNPUBLISHED, DELETED };

static struct ty_id
workflow_new(int kind)
{
	struct ty_id id = ty_id_new(), version = ty_id_new();

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "WITH f AS (INSERT INTO tyboo.workflows (workspace_id, id, name, "
			       "draft_version_id, published_version_id, deleted_at) VALUES ('%s', "
			       "'%s', '%s', '%s', %s, %s)) INSERT INTO tyboo.workflow_versions "
			       "(workspace_id, id, workflow_id, number, graph, called_node) VALUES "
			       "('%s', '%s', '%s', 1, '{}', %s)",
			       ws_a.s, id.s, id.s, version.s,
			       kind == UNPUBLISHED ? "NULL"
						   : ty_arena_printf(fx.arena, "'%s'", version.s),
			       kind == DELETED ? "now()" : "NULL", ws_a.s, version.s, id.s,
			       kind == WITHOUT_TRIGGER ? "NULL" : "'c'"));
	return id;
}

static struct ty_call_ask
ask_new(const struct caller *caller, int call, const struct ty_id *workflow)
{
	return (struct ty_call_ask){ .workspace_id = ws_a,
				     .caller_id = caller->id,
				     .workflow_id = *workflow,
				     .child_id = ty_id_new(),
				     .fence = caller->fence,
				     .key = ty_arena_printf(fx.arena, "call/1/%d", call),
				     .body = "[{\"json\":{}}]",
				     .body_len = 13 };
}

static struct ty_call_answer *
calls_make(const struct ty_call_ask *asks, size_t count)
{
	const struct ty_call_ask *list[16];
	struct ty_call_answer *answers;
	struct ty_store_query query;
	struct ty_rows rows;

	for (size_t i = 0; i < count; i++)
		list[i] = &asks[i];
	ty_store_calls_query(fx.arena, list, count, &query);
	db_query(&query, &rows);
	ck_assert_ok(ty_store_calls_decode(fx.arena, &rows, count, &answers, &fx.err));
	return answers;
}

static const char *
children_of(const struct caller *caller)
{
	return db_cell(owner, NULL,
		       ty_arena_printf(fx.arena,
				       "SELECT count(*) FROM tyboo.deliveries WHERE parent_run_id "
				       "= '%s'",
				       caller->id.s));
}

START_TEST(each_call_of_a_group_is_judged_alone_and_in_order)
{
	static const enum ty_child_outcome expected[] = { TY_CHILD_BEGUN,	TY_CHILD_NO_TRIGGER,
							  TY_CHILD_UNPUBLISHED, TY_CHILD_MISSING,
							  TY_CHILD_DEPTH,	TY_CHILD_FENCED,
							  TY_CHILD_FENCED,	TY_CHILD_BEGUN };
	struct ty_id good = workflow_new(PUBLISHED), plain = workflow_new(WITHOUT_TRIGGER);
	struct ty_id draft = workflow_new(UNPUBLISHED), gone = workflow_new(DELETED);
	struct caller caller = caller_new(5, 2, 6);
	struct caller deep = caller_new(5, TY_LIMIT_CALL_DEPTH, 1), lost = caller_new(5, 0, 1);
	struct ty_call_ask asks[] = { ask_new(&caller, 0, &good),  ask_new(&caller, 1, &plain),
				      ask_new(&caller, 2, &draft), ask_new(&caller, 3, &gone),
				      ask_new(&deep, 0, &good),	   ask_new(&lost, 0, &good),
				      ask_new(&caller, 9, &good),  ask_new(&caller, 4, &good) };
	struct ty_call_answer *answers;

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.executions (workspace_id, id, workflow_id, "
			       "version_id, mode, status, fence, deliveries, accepted_at, "
			       "started_at) VALUES ('%s', '%s', gen_random_uuid(), "
			       "gen_random_uuid(), 'api', 'running', 6, 1, now(), now())",
			       ws_a.s, lost.id.s));
	answers = calls_make(asks, 8);
	for (size_t i = 0; i < 8; i++) {
		ck_assert_msg(answers[i].outcome == expected[i], "call %zu: %d", i,
			      answers[i].outcome);
		ck_assert_int_eq(answers[i].receipt != NULL, expected[i] == TY_CHILD_BEGUN);
	}
	ck_assert_str_eq(answers[0].receipt->id.s, asks[0].child_id.s);
	ck_assert_str_eq(answers[7].receipt->id.s, asks[7].child_id.s);
	ck_assert_str_eq(answers[0].receipt->start_node, "c");
	ck_assert_str_eq(children_of(&caller), "2");
	ck_assert_str_eq(children_of(&deep), "0");
	ck_assert_str_eq(children_of(&lost), "0");
	ck_assert_str_eq(
		db_cell(owner, NULL,
			ty_arena_printf(
				fx.arena,
				"SELECT depth || ' ' || (root_run_id = '%s') || ' ' || "
				"parent_key || ' ' || mode FROM tyboo.deliveries WHERE id = "
				"'%s'",
				caller.id.s, asks[7].child_id.s)),
		"3 true call/1/4 called");
}
END_TEST

START_TEST(a_call_begins_one_run_however_often_it_is_made)
{
	struct ty_id good = workflow_new(PUBLISHED);
	struct caller caller = caller_new(5, 0, 2);
	struct ty_call_ask first = ask_new(&caller, 0, &good);
	struct ty_call_ask asks[] = { ask_new(&caller, 0, &good), ask_new(&caller, 1, &good),
				      ask_new(&caller, 1, &good) };
	struct ty_call_answer *answers = calls_make(&first, 1);

	ck_assert_int_eq(answers[0].outcome, TY_CHILD_BEGUN);
	answers = calls_make(asks, 3);
	ck_assert_int_eq(answers[0].outcome, TY_CHILD_AGAIN);
	ck_assert_str_eq(answers[0].receipt->id.s, first.child_id.s);
	ck_assert_int_eq(answers[1].outcome, TY_CHILD_BEGUN);
	ck_assert_int_eq(answers[2].outcome, TY_CHILD_AGAIN);
	ck_assert_str_eq(answers[2].receipt->id.s, asks[1].child_id.s);
	/* The same group once more, as after a lost answer. */
	answers = calls_make(asks, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(answers[i].outcome, TY_CHILD_AGAIN);
	ck_assert_str_eq(answers[1].receipt->id.s, asks[1].child_id.s);
	ck_assert_str_eq(children_of(&caller), "2");
}
END_TEST

START_TEST(what_has_begun_stays_of_its_version)
{
	struct ty_id good = workflow_new(PUBLISHED);
	struct caller caller = caller_new(5, 0, 1);
	struct ty_call_ask ask = ask_new(&caller, 0, &good);
	struct ty_id version = calls_make(&ask, 1)[0].receipt->version_id;
	struct ty_call_answer *answers;

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.workflows SET published_version_id = NULL WHERE id = "
			       "'%s'",
			       good.s));
	answers = calls_make(&ask, 1);
	ck_assert_int_eq(answers[0].outcome, TY_CHILD_AGAIN);
	ck_assert_str_eq(answers[0].receipt->version_id.s, version.s);
}
END_TEST

START_TEST(a_called_run_names_the_files_of_its_own_items)
{
	static const char *const hashes[] = {
		"1111111111111111111111111111111111111111111111111111111111111111",
		"2222222222222222222222222222222222222222222222222222222222222222"
	};
	struct ty_id good = workflow_new(PUBLISHED), nothing = ty_id_new();
	struct caller caller = caller_new(5, 0, 3);
	struct ty_call_ask asks[] = { ask_new(&caller, 0, &good), ask_new(&caller, 1, &good),
				      ask_new(&caller, 2, &nothing) };

	for (size_t i = 0; i < 2; i++)
		db_run(owner, NULL,
		       ty_arena_printf(fx.arena,
				       "INSERT INTO tyboo.blobs (workspace_id, hash, upload_id, "
				       "size_bytes, stored_bytes, in_folder) VALUES ('%s', '%s', "
				       "gen_random_uuid(), 1, 1, false)",
				       ws_a.s, hashes[i]));
	asks[0].blobs = hashes;
	asks[0].blob_count = 2;
	asks[1].blobs = asks[2].blobs = hashes + 1;
	asks[1].blob_count = asks[2].blob_count = 1;
	(void)calls_make(asks, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(
			db_cell(owner, NULL,
				ty_arena_printf(fx.arena,
						"SELECT count(*) FROM tyboo.blob_uses WHERE "
						"owner_id = '%s'",
						asks[i].child_id.s)),
			((const char *const[]){ "2", "1", "0" })[i]);
}
END_TEST

/* Its workers ask for one at a time. */
START_TEST(the_release_before_finds_its_function)
{
	struct ty_id good = workflow_new(PUBLISHED), child = ty_id_new();
	struct caller caller = caller_new(5, 0, 1);
	const char *sql = ty_arena_printf(
		fx.arena,
		"SELECT outcome || ' ' || (id = '%s') || ' ' || start_node || ' ' || "
		"convert_from(body, 'UTF8') FROM tyboo.call_workflow('%s', '%s', 5, "
		"'call/1/0', '%s', '%s', '[]', '{}', 16)",
		child.s, ws_a.s, caller.id.s, child.s, good.s);

	ck_assert_str_eq(db_cell(app, &ws_a, sql), "begun true c []");
	ck_assert_str_eq(db_cell(app, &ws_a, sql), "again true c []");
}
END_TEST

DB_TEST_MAIN("store call", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(each_call_of_a_group_is_judged_alone_and_in_order);
	TEST(a_call_begins_one_run_however_often_it_is_made);
	TEST(what_has_begun_stays_of_its_version);
	TEST(a_called_run_names_the_files_of_its_own_items);
	TEST(the_release_before_finds_its_function);
})
