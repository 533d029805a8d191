/*
 * The mirror of the hooks: a draft is used whole or not at all, and readers ask for no other field.
 */
#include "lane.h"
#include "queue/hooks.h"
#include "support/common.h"

static struct lane lane;

static const struct ty_queue_hook two[] = {
	{ "ws POST a/b", "exact" },
	{ "ws * a/b", "any" },
};

static void
setup(void)
{
	lane_open(&lane, 60000);
}

static void
teardown(void)
{
	lane_close(&lane);
}

static enum ty_code
find(const char *slug, const char *method, const char *path, struct ty_queue_hook_found *ret)
{
	return ty_queue_hooks_find(lane.sync, lane.arena, slug, method, path, ret, &fx.err);
}

static struct ty_id
put_two(void)
{
	struct ty_id draft = ty_id_new();
	const struct ty_queue_hook workspace = { " ws", "the id" };

	ck_assert_int_eq(ty_queue_hooks_put(lane.sync, &draft, two, 2, &fx.err), TY_OK);
	ck_assert_int_eq(ty_queue_hooks_put(lane.sync, &draft, &workspace, 1, &fx.err), TY_OK);
	return draft;
}

static void
fill(void)
{
	struct ty_id draft = put_two();

	ck_assert_int_eq(ty_queue_hooks_use(lane.sync, &draft, 3, "token 1", 1000, &fx.err), TY_OK);
}

static const struct {
	const char *slug, *method, *path, *claim, *workspace;
} questions[] = {
	{ "ws", "POST", "a/b", "exact", "the id" },
	{ "ws", "GET", "a/b", "any", "the id" },
	{ "ws", "POST", "a", NULL, "the id" },
	{ "other", "POST", "a/b", NULL, NULL },
	/* What is no address must not name one, nor what else is in the hash. */
	{ "ws POST a/b", "POST", "x", NULL, NULL },
	{ "token", "POST", "x", NULL, NULL },
	{ "", "", "", NULL, NULL },
};

START_TEST(the_exact_method_goes_before_any)
{
	struct ty_queue_hook_found found;

	fill();
	ck_assert_int_eq(find(questions[_i].slug, questions[_i].method, questions[_i].path, &found),
			 TY_OK);
	ck_assert_pstr_eq(found.claim, questions[_i].claim);
	ck_assert_pstr_eq(found.workspace, questions[_i].workspace);
	ck_assert_int_eq(found.as_of_ms, 1000);
}
END_TEST

START_TEST(without_a_mirror_there_is_no_answer)
{
	struct ty_queue_hook_found found;

	ck_assert_int_eq(find("ws", "POST", "a/b", &found), TY_E_UNAVAILABLE);
}
END_TEST

START_TEST(a_draft_that_has_lost_some_is_not_used)
{
	struct ty_id draft, never = ty_id_new();
	struct ty_queue_hook_found found;

	fill();
	draft = put_two();
	ck_assert_int_eq(ty_queue_hooks_use(lane.sync, &draft, 4, "token 2", 2000, &fx.err),
			 TY_E_UNAVAILABLE);
	ck_assert_int_eq(ty_queue_hooks_use(lane.sync, &never, 3, "token 2", 2000, &fx.err),
			 TY_E_UNAVAILABLE);
	ck_assert_int_eq(find("ws", "POST", "a/b", &found), TY_OK);
	ck_assert_int_eq(found.as_of_ms, 1000);
	/* It goes by itself. */
	ck_assert_int_gt(lane_command_int(&lane, "TTL {t}:hooks_new:%s", draft.s), 0);
}
END_TEST

START_TEST(only_the_same_content_is_confirmed)
{
	struct ty_queue_hook_found found;
	bool same = true;

	ck_assert_int_eq(ty_queue_hooks_confirm(lane.sync, "token 1", 1, &same, &fx.err), TY_OK);
	ck_assert(!same);
	ck_assert_int_eq(lane_command_int(&lane, "EXISTS {t}:hooks"), 0);
	fill();
	ck_assert_int_eq(ty_queue_hooks_confirm(lane.sync, "token 2", 2000, &same, &fx.err), TY_OK);
	ck_assert(!same);
	ck_assert_int_eq(ty_queue_hooks_confirm(lane.sync, "token 1", 3000, &same, &fx.err), TY_OK);
	ck_assert(same);
	ck_assert_int_eq(find("ws", "POST", "a/b", &found), TY_OK);
	ck_assert_int_eq(found.as_of_ms, 3000);
}
END_TEST

START_TEST(a_lane_without_workspaces_has_a_mirror_too)
{
	struct ty_id draft = ty_id_new();
	struct ty_queue_hook_found found;

	ck_assert_int_eq(ty_queue_hooks_use(lane.sync, &draft, 0, "empty", 1000, &fx.err), TY_OK);
	ck_assert_int_eq(find("ws", "POST", "a/b", &found), TY_OK);
	ck_assert_ptr_null(found.claim);
	ck_assert_ptr_null(found.workspace);
}
END_TEST

TEST_MAIN("queue.hooks", {
	tcase_add_unchecked_fixture(tc, lane_server_start, lane_server_stop);
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST_LOOP(the_exact_method_goes_before_any, questions);
	TEST(without_a_mirror_there_is_no_answer);
	TEST(a_draft_that_has_lost_some_is_not_used);
	TEST(only_the_same_content_is_confirmed);
	TEST(a_lane_without_workspaces_has_a_mirror_too);
})
