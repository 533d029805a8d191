/*
 * Published hooks in Redis: the mirror follows Postgres, and is written only where something changed.
 */
#include "fixture.h"

#include "base/time.h"
#include "queue/hooks.h"
#include "support/common.h"

#include <string.h>

static struct ty_id workflow;
static const char *slug;

static void
publish(const char *path)
{
	stage_cell(&st,
		   "INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, version_id, node_id, "
		   "method, path, verify) VALUES ('%s', '%s', '%s', '%s', 'hook', 'POST', '%s', "
		   "'{\"scheme\":\"none\"}')",
		   st.workspace.s, ty_id_new().s, workflow.s, workflow.s, path);
}

static void
begin(void)
{
	workflow = ty_id_new();
	slug = stage_cell(&st, "SELECT slug FROM tyboo.workspaces WHERE id = '%s'", st.workspace.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id) "
		   "VALUES ('%s', '%s', 'W', '%s')",
		   st.workspace.s, workflow.s, workflow.s);
	publish("h");
}

static void
pass(void)
{
	ck_assert_msg(reap_hooks(reaper, &st.err) == TY_OK, "%s", st.err.msg);
}

/* What a reader gets; NULL = nobody claims it. */
static const char *
claim(const char *path)
{
	struct ty_queue_hook_found found;

	ck_assert_msg(ty_queue_hooks_find(st.queue, st.arena, slug, "POST", path, &found,
					  &st.err) == TY_OK,
		      "%s", st.err.msg);
	ck_assert_ptr_nonnull(found.workspace);
	ck_assert_str_eq(found.workspace, st.workspace.s);
	return found.claim;
}

/* A mark that a rewrite would not leave. */
static void
mark(void)
{
	stage_redis(&st, "HSET {t}:hooks mark 1");
}

static bool
is_marked(void)
{
	return stage_redis(&st, "HEXISTS {t}:hooks mark") == 1;
}

START_TEST(the_mirror_follows_what_is_published)
{
	begin();
	pass();
	ck_assert_ptr_nonnull(claim("h"));
	ck_assert_ptr_null(claim("second"));
	publish("second");
	pass();
	ck_assert_ptr_nonnull(claim("second"));
	stage_cell(&st, "DELETE FROM tyboo.hooks WHERE workspace_id = '%s' AND path = 'h'",
		   st.workspace.s);
	pass();
	ck_assert_ptr_null(claim("h"));
	ck_assert_ptr_nonnull(claim("second"));
	/* Nothing is left beside it, and it does not expire. */
	ck_assert_int_eq(stage_redis(&st, "EVAL %s 0", "return #redis.call('KEYS', '*hooks*')"), 1);
	ck_assert_int_eq(stage_redis(&st, "TTL {t}:hooks"), -1);
}
END_TEST

START_TEST(a_pass_with_nothing_changed_only_says_that_it_is_so_still)
{
	struct ty_queue_hook_found before, after;

	begin();
	pass();
	mark();
	ck_assert_int_eq(
		ty_queue_hooks_find(st.queue, st.arena, slug, "POST", "h", &before, &st.err),
		TY_OK);
	while (ty_time_now_ms() <= before.as_of_ms)
		continue;
	/* A draft is saved: no hook's business. */
	stage_cell(&st,
		   "UPDATE tyboo.workflows SET revision = revision + 1, name = 'V' WHERE id = '%s'",
		   workflow.s);
	pass();
	ck_assert(is_marked());
	ck_assert_int_eq(
		ty_queue_hooks_find(st.queue, st.arena, slug, "POST", "h", &after, &st.err), TY_OK);
	ck_assert_int_gt(after.as_of_ms, before.as_of_ms);
}
END_TEST

START_TEST(a_redis_that_lost_its_memory_is_filled_again)
{
	begin();
	pass();
	stage_redis(&st, "FLUSHALL");
	pass();
	ck_assert_ptr_nonnull(claim("h"));
	svc_redis_kill9(&st.svc);
	svc_redis_start(&st.svc);
	ck_assert_ptr_nonnull(claim("h"));
}
END_TEST

static const struct {
	const char *sql,
		*has; /* '%1$s' the workspace, '%2$s' the workflow; what the claim has then */
} changes[] = {
	{ "UPDATE tyboo.hooks SET timeout_ms = 1234 WHERE workspace_id = '%1$s'",
	  "\"timeout_ms\" : 1234" },
	{ "UPDATE tyboo.hooks SET version_id = '%1$s' WHERE workspace_id = '%1$s'",
	  "\"version_id\" : \"%1$s\"" },
	{ "UPDATE tyboo.workspaces SET rate_per_s = 55 WHERE id = '%1$s'", "\"rate_per_s\" : 55" },
	{ "UPDATE tyboo.workflows SET concurrent_max = 9 WHERE id = '%2$s'",
	  "\"workflow_max\" : 9" },
	{ "UPDATE tyboo.credentials SET version = 2 WHERE id = '%1$s'", "\"version\" : 2" },
	{ "UPDATE tyboo.workspace_keys SET wrapped = decode(repeat('77', 60), 'hex') "
	  "WHERE workspace_id = '%1$s'",
	  "\"wrapped\" : \"7777" },
};

static const char *
filled(const char *format)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return ty_arena_printf(fx.arena, format, st.workspace.s, workflow.s);
#pragma GCC diagnostic pop
}

START_TEST(every_change_of_what_a_claim_holds_is_mirrored)
{
	begin();
	stage_cell(&st,
		   "INSERT INTO tyboo.workspace_keys (workspace_id, version, wrapped) VALUES "
		   "('%s', 1, decode(repeat('66', 60), 'hex'))",
		   st.workspace.s);
	stage_cell(&st,
		   "INSERT INTO tyboo.credentials (workspace_id, id, name, type, key_version, "
		   "sealed) VALUES ('%1$s', '%1$s', 'c', 'webhook_secret', 1, 'sealed')",
		   st.workspace.s);
	stage_cell(
		&st,
		"UPDATE tyboo.hooks SET verify = '{\"scheme\":\"github\",\"credential\":\"%1$s\"}'"
		" WHERE workspace_id = '%1$s'",
		st.workspace.s);
	pass();
	ck_assert_ptr_null(strstr(claim("h"), filled(changes[_i].has)));
	ck_assert_ptr_nonnull(strstr(claim("h"), "\"wrapped\" : \"6666"));
	stage_cell(&st, "%s", filled(changes[_i].sql));
	pass();
	ck_assert_msg(strstr(claim("h"), filled(changes[_i].has)) != NULL, "%s: %s",
		      changes[_i].sql, claim("h"));
}
END_TEST

START_TEST(a_claim_over_the_limit_is_there_without_its_content)
{
	begin();
	publish("small");
	stage_cell(&st,
		   "UPDATE tyboo.hooks SET verify = repeat(E'\\x01', 8000) "
		   "WHERE workspace_id = '%s' AND path = 'h'",
		   st.workspace.s);
	pass();
	ck_assert_str_eq(claim("h"), "");
	ck_assert_str_ne(claim("small"), "");
	ck_assert_uint_eq(reaper->hooks_left_out, 1);
}
END_TEST

/* More than one batch, so that a reader could see half of it. */
START_TEST(thousands_of_hooks_are_mirrored_whole)
{
	int64_t had, all;

	begin();
	pass();
	had = stage_redis(&st, "HLEN {t}:hooks");
	stage_cell(
		&st,
		"INSERT INTO tyboo.hooks (workspace_id, id, workflow_id, version_id, node_id, "
		"method, path) SELECT '%1$s', gen_random_uuid(), '%2$s', '%2$s', 'hook', 'POST', "
		"'many/' || i FROM generate_series(1, 3000) i",
		st.workspace.s, workflow.s);
	pass();
	all = stage_redis(&st, "HLEN {t}:hooks");
	ck_assert_int_eq(all, had + 3000);
	ck_assert_ptr_nonnull(claim("many/1"));
	ck_assert_ptr_nonnull(claim("many/3000"));
	stage_cell(&st, "DELETE FROM tyboo.hooks WHERE workspace_id = '%s' AND path LIKE 'many/%%'",
		   st.workspace.s);
	pass();
	ck_assert_int_eq(stage_redis(&st, "HLEN {t}:hooks"), had);
}
END_TEST

START_TEST(the_duty_is_in_its_turn_and_a_store_away_leaves_the_mirror)
{
	begin();
	reap_until(stage_redis(&st, "EXISTS {t}:hooks") == 1);
	mark();
	svc_postgres_kill9(&st.svc);
	ck_assert_int_eq(reap_hooks(reaper, &st.err), TY_E_UNAVAILABLE);
	ck_assert(is_marked());
	svc_postgres_start(&st.svc);
	svc_redis_kill9(&st.svc);
	ck_assert_int_eq(reap_hooks(reaper, &st.err), TY_E_UNAVAILABLE);
	svc_redis_start(&st.svc);
	publish("later");
	reap_until(claim("later") != NULL);
}
END_TEST

static void
tests(TCase *tc)
{
	TEST(the_mirror_follows_what_is_published);
	TEST(a_pass_with_nothing_changed_only_says_that_it_is_so_still);
	TEST(a_redis_that_lost_its_memory_is_filled_again);
	TEST_LOOP(every_change_of_what_a_claim_holds_is_mirrored, changes);
	TEST(a_claim_over_the_limit_is_there_without_its_content);
	TEST(thousands_of_hooks_are_mirrored_whole);
	TEST(the_duty_is_in_its_turn_and_a_store_away_leaves_the_mirror);
}

REAP_TEST_MAIN("reap hooks", tests)
