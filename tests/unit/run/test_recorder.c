/*
 * test_recorder.c -- batches of records: what goes together, what waits, what Postgres refuses.
 */
#include "support/common.h"

#include "fake_store.h"
#include "run/recorder.h"

#define ENTRIES 8

static struct {
	struct recorder_entry entries[ENTRIES];
	struct recorder *recorder;
	struct ty_pack *pack;
	size_t settled, written, done[ENTRIES], refused, hopeless;
	struct recorder_entry *bad; /* refused or hopeless */
} my;

static size_t
index_of(const struct recorder_entry *entry)
{
	return (size_t)(entry - my.entries);
}

static bool
is_busy(void *ctx)
{
	return false;
}

static void
settled(void *ctx, struct recorder_entry *const *entries, const struct ty_record_outcome *outcomes,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		my.settled++;
		my.written += outcomes[i].written;
		ck_assert_uint_eq(my.done[index_of(entries[i])], 0);
	}
}

static void
refused(void *ctx, struct recorder_entry *entry, const struct ty_err *err)
{
	ck_assert_ptr_nonnull(strstr(err->msg, "The run ended as ok but its record was refused"));
	my.bad = entry;
	my.refused++;
}

static void
hopeless(void *ctx, struct recorder_entry *entry, const struct ty_err *err)
{
	ck_assert_ptr_eq(entry, my.bad);
	entry->is_gone = true;
	my.hopeless++;
}

static void
done(void *ctx, struct recorder_entry *entry)
{
	my.done[index_of(entry)]++;
}

static const struct recorder_ops ops = {
	.is_busy = is_busy,
	.settled = settled,
	.refused = refused,
	.hopeless = hopeless,
	.done = done,
};

static void
setup(void)
{
	static const struct ty_log silent = { .level = TY_LOG_ERROR + 1 };

	fake_store_setup();
	memset(&my, 0, sizeof(my));
	my.recorder = recorder_new(&(struct recorder_conf){ .loop = &fake_store.loop,
							    .pack = my.pack = ty_pack_new(),
							    .worker_name = "w",
							    .log = &silent },
				   &ops, NULL);
	for (size_t i = 0; i < ENTRIES; i++)
		my.entries[i].run = (struct ty_record_run){
			.run_id = ty_id_new(),
			.workspace_id = ty_id_new(),
			.workflow_id = ty_id_new(),
			.version_id = ty_id_new(),
			.mode = "api",
			.status = "ok",
			.fence = 1,
			.deliveries = 1,
			.accepted_at_ms = 1,
			.started_at_ms = 1,
			.finished_at_ms = 2,
			.steps = ty_json_own(fx.arena, json_array()),
		};
}

static void
teardown(void)
{
	recorder_free(my.recorder);
	fake_store_done();
	ty_pack_free(my.pack);
}

static void
add(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		recorder_add(my.recorder, &my.entries[i]);
}

/* 'count' runs, all written, or all another's. */
static void
answer(size_t count, bool written)
{
	static const char *const names[] = { "written", "payloads_over" };
	const char *cells[2 * ENTRIES];

	for (size_t i = 0; i < count; i++) {
		cells[2 * i] = written ? "t" : "f";
		cells[2 * i + 1] = "f";
	}
	fake_store_rows(names, 2, cells, count);
}

START_TEST(runs_that_end_together_go_in_one_statement)
{
	add(0, 3);
	ck_assert_uint_eq(fake_store.sent, 0); /* never from within */
	fake_store_await(1);
	answer(3, true);
	ck_assert_uint_eq(my.settled, 3);
	ck_assert_uint_eq(my.written, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(my.done[i], 1);
}
END_TEST

/* fake_store fails where a second statement is sent before the first is answered. */
START_TEST(what_ends_meanwhile_is_the_next_batch)
{
	add(0, 1);
	fake_store_await(1);
	add(1, 4);
	fake_store_turn();
	answer(1, false);
	ck_assert_uint_eq(my.written, 0);
	ck_assert_uint_eq(my.done[0], 1); /* another's: forgotten all the same */
	fake_store_await(2);
	answer(3, true);
	ck_assert_uint_eq(my.written, 3);
}
END_TEST

START_TEST(a_batch_of_unknown_outcome_is_sent_again_when_postgres_is_back)
{
	add(0, 2);
	fake_store_await(1);
	fake_store_fail(TY_E_UNAVAILABLE);
	fake_store_turn();
	ck_assert_uint_eq(fake_store.sent, 1);
	ck_assert_uint_eq(my.done[0] + my.done[1], 0);
	recorder_resume(my.recorder);
	fake_store_await(2);
	answer(2, true);
	ck_assert_uint_eq(my.written, 2);
	ck_assert_uint_eq(my.done[0] + my.done[1], 2);
}
END_TEST

static size_t
done_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		count += my.done[i];
	return count;
}

static size_t
said_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		count += fake_store_id(&my.entries[i].run.run_id) != NULL;
	return count;
}

START_TEST(a_refused_batch_is_halved_until_the_run_at_fault_is_alone)
{
	const struct ty_id *bad = &my.entries[4].run.run_id;
	size_t alone = 0;

	add(0, ENTRIES);
	while (done_count() < ENTRIES) {
		fake_store_next();
		if (fake_store.fn == NULL)
			continue;
		ck_assert_uint_lt(fake_store.sent, 20);
		alone += fake_store_id(bad) != NULL && said_count() == 1;
		if (fake_store_id(bad) != NULL)
			fake_store_fail(TY_E_INVALID);
		else
			answer(said_count(), true);
	}
	ck_assert_uint_eq(my.written, ENTRIES - 1);
	ck_assert_uint_eq(alone, 2); /* once whole, once as an error without its steps */
	ck_assert_uint_eq(my.refused, 1);
	ck_assert_uint_eq(my.hopeless, 1);
	ck_assert_ptr_eq(my.bad, &my.entries[4]);
}
END_TEST

/* What is odd with Postgres is waited for, but not for ever. */
START_TEST(an_odd_failure_is_taken_for_the_runs_own_after_eighty_looks)
{
	add(0, 1);
	for (size_t sent = 1; sent <= 81; sent++) {
		fake_store_await(sent);
		ck_assert_uint_eq(my.refused, 0);
		fake_store_fail(TY_E_INTERNAL);
		recorder_resume(my.recorder);
	}
	ck_assert_uint_eq(my.refused, 1);
	fake_store_await(82);
	answer(1, true);
	ck_assert_uint_eq(my.written, 1);
}
END_TEST

START_TEST(a_run_that_is_gone_is_not_sent)
{
	add(0, 3);
	my.entries[1].is_gone = true;
	fake_store_await(1);
	ck_assert_ptr_null(fake_store_id(&my.entries[1].run.run_id));
	ck_assert_uint_eq(said_count(), 2);
	ck_assert_uint_eq(my.done[1], 1);
	answer(2, true);
	ck_assert_uint_eq(done_count(), 3);
}
END_TEST

START_TEST(nothing_is_sent_while_postgres_is_away)
{
	fake_store.is_up = false;
	add(0, 1);
	fake_store_next();
	ck_assert_uint_eq(fake_store.sent, 0);
	fake_store.is_up = true;
	recorder_resume(my.recorder);
	fake_store_await(1);
	answer(1, true);
	ck_assert_uint_eq(my.done[0], 1);
}
END_TEST

START_TEST(what_is_left_at_the_end_is_forgotten_once)
{
	add(0, 2);
	recorder_free(my.recorder);
	my.recorder = NULL;
	ck_assert_uint_eq(done_count(), 2);
}
END_TEST

TEST_MAIN("run.recorder", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(runs_that_end_together_go_in_one_statement);
	TEST(what_ends_meanwhile_is_the_next_batch);
	TEST(a_batch_of_unknown_outcome_is_sent_again_when_postgres_is_back);
	TEST(a_refused_batch_is_halved_until_the_run_at_fault_is_alone);
	TEST(an_odd_failure_is_taken_for_the_runs_own_after_eighty_looks);
	TEST(a_run_that_is_gone_is_not_sent);
	TEST(nothing_is_sent_while_postgres_is_away);
	TEST(what_is_left_at_the_end_is_forgotten_once);
})
