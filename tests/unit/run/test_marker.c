/*
 * test_marker.c -- runs that last: marked once, offered again where that failed.
 */
#include "support/common.h"

#include "base/time.h"
#include "fake_store.h"
#include "run/marker.h"

#define RUNS 3

struct marked {
	struct ty_record_run record;
	size_t count;
	enum marker_outcome outcome;
};

static struct {
	struct marker *marker;
	struct marked runs[RUNS];
	int64_t before_ms;
	size_t offered;
} my;

static size_t
pick(void *ctx, int64_t before_ms, size_t max, void **ret_runs)
{
	size_t count = 0;

	my.before_ms = before_ms;
	for (size_t i = 0; i < my.offered && count < max; i++)
		ret_runs[count++] = &my.runs[i];
	return count;
}

static const struct ty_record_run *
record(void *run)
{
	return &((struct marked *)run)->record;
}

static void
marked(void *run, enum marker_outcome outcome)
{
	struct marked *m = run;

	m->count++;
	m->outcome = outcome;
}

static const struct marker_ops ops = { .pick = pick, .record = record, .marked = marked };

static void
setup(void)
{
	static const struct ty_log silent = { .level = TY_LOG_ERROR + 1 };

	fake_store_setup();
	memset(&my, 0, sizeof(my));
	my.offered = RUNS;
	my.marker = marker_new(NULL, "w", &silent, &ops, NULL);
	for (size_t i = 0; i < RUNS; i++)
		my.runs[i].record = (struct ty_record_run){ .run_id = ty_id_new(),
							    .workspace_id = ty_id_new(),
							    .workflow_id = ty_id_new(),
							    .version_id = ty_id_new(),
							    .mode = "api",
							    .status = "ok",
							    .accepted_at_ms = 1,
							    .started_at_ms = 1 };
}

static void
teardown(void)
{
	marker_free(my.marker);
	fake_store_done();
}

START_TEST(runs_that_lasted_a_second_are_marked_or_told_that_they_are_anothers)
{
	static const char *const names[] = { "ok" };
	int64_t now_ms = ty_time_mono_ms();

	marker_look(my.marker);
	ck_assert_int_ge(my.before_ms, now_ms - 1000);
	ck_assert_int_le(my.before_ms, ty_time_mono_ms() - 1000);
	ck_assert_uint_eq(fake_store.sent, 1);
	marker_look(my.marker); /* one statement at a time */
	ck_assert_uint_eq(fake_store.sent, 1);
	fake_store_rows(names, 1, (const char *const[]){ "t", "f", "t" }, RUNS);
	ck_assert_int_eq(my.runs[0].outcome, MARKER_MARKED);
	ck_assert_int_eq(my.runs[1].outcome, MARKER_FENCED);
	ck_assert_int_eq(my.runs[2].outcome, MARKER_MARKED);
	for (size_t i = 0; i < RUNS; i++)
		ck_assert_uint_eq(my.runs[i].count, 1);
}
END_TEST

START_TEST(a_failure_says_so_of_each_and_the_next_look_tries_again)
{
	marker_look(my.marker);
	fake_store_fail(TY_E_UNAVAILABLE);
	for (size_t i = 0; i < RUNS; i++) {
		ck_assert_uint_eq(my.runs[i].count, 1);
		ck_assert_int_eq(my.runs[i].outcome, MARKER_FAILED);
	}
	marker_look(my.marker);
	ck_assert_uint_eq(fake_store.sent, 2);
	fake_store_fail(TY_E_UNAVAILABLE);
}
END_TEST

START_TEST(nothing_is_asked_where_none_lasts_or_postgres_is_away)
{
	my.offered = 0;
	marker_look(my.marker);
	my.offered = RUNS;
	fake_store.is_up = false;
	marker_look(my.marker);
	ck_assert_uint_eq(fake_store.sent, 0);
}
END_TEST

TEST_MAIN("run.marker", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(runs_that_lasted_a_second_are_marked_or_told_that_they_are_anothers);
	TEST(a_failure_says_so_of_each_and_the_next_look_tries_again);
	TEST(nothing_is_asked_where_none_lasts_or_postgres_is_away);
})
