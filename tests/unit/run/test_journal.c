/*
 * test_journal.c -- effects on their way to Postgres: order, batches, what is told to whom.
 */
#include "support/common.h"

#include "fake_store.h"
#include "run/journal.h"

#define WRITES 8

struct told {
	size_t count;
	enum journal_outcome outcome;
	enum ty_code code;
};

static struct {
	struct journal *journal;
	struct ty_pack *pack;
	struct journal_write *writes[WRITES];
	struct told told[WRITES];
} my;

static void
setup(void)
{
	static const struct ty_log silent = { .level = TY_LOG_ERROR + 1 };

	fake_store_setup();
	memset(&my, 0, sizeof(my));
	my.pack = ty_pack_new();
	my.journal = journal_new(&(struct journal_conf){
		.loop = &fake_store.loop, .pack = my.pack, .log = &silent });
}

static void
teardown(void)
{
	journal_free(my.journal);
	fake_store_done();
	ty_pack_free(my.pack);
}

static void
tell(void *ctx, enum journal_outcome outcome, const struct ty_err *err)
{
	struct told *told = ctx;

	ck_assert_int_eq(err != NULL, outcome == JOURNAL_REFUSED);
	told->count++;
	told->outcome = outcome;
	told->code = err != NULL ? err->code : TY_OK;
}

static const char *
key_of(size_t i)
{
	return ty_arena_printf(fx.arena, "node-%zu/1/1", i);
}

/* The i-th write: an intent, or with an answer. */
static void
add(size_t i, bool has_answer)
{
	json_t *answer = has_answer ? json_pack("{s:i}", "n", (int)i) : NULL;
	char key[32];

	/* The strings are copied: these go. */
	snprintf(key, sizeof(key), "%s", key_of(i));
	my.writes[i] = journal_add(my.journal,
				   &(struct ty_effect){ .run_id = ty_id_new(),
							.workspace_id = ty_id_new(),
							.key = key,
							.idempotency_key = key,
							.fence = 1,
							.at_ms = 1,
							.answer = answer },
				   tell, &my.told[i]);
	memset(key, 0, sizeof(key));
	json_decref(answer);
}

static bool
is_said(size_t i)
{
	return fake_store_text(key_of(i)) != NULL;
}

static size_t
said_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < WRITES; i++)
		count += is_said(i);
	return count;
}

static void
answer(const char *const *cells, size_t count)
{
	static const char *const names[] = { "ok" };

	fake_store_rows(names, 1, cells, count);
}

static void
answer_all(const char *cell)
{
	const char *cells[WRITES];

	for (size_t i = 0; i < WRITES; i++)
		cells[i] = cell;
	answer(cells, said_count());
}

START_TEST(entries_of_one_turn_go_together_in_their_order)
{
	add(0, false);
	add(1, true);
	add(2, false);
	ck_assert_uint_eq(fake_store.sent, 0);
	fake_store_await(1);
	ck_assert(fake_store_text(key_of(0)) < fake_store_text(key_of(1)));
	ck_assert(fake_store_text(key_of(1)) < fake_store_text(key_of(2)));
	answer((const char *const[]){ "t", "f", "t" }, 3);
	ck_assert_int_eq(my.told[0].outcome, JOURNAL_WRITTEN);
	ck_assert_int_eq(my.told[1].outcome, JOURNAL_FENCED);
	ck_assert_int_eq(my.told[2].outcome, JOURNAL_WRITTEN);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(my.told[i].count, 1);
}
END_TEST

/* Its effect is never made; an answer is what happened. */
START_TEST(an_abandoned_intent_is_not_written_and_an_abandoned_answer_is)
{
	add(0, false);
	add(1, true);
	add(2, false);
	journal_abandon(my.writes[0]);
	journal_abandon(my.writes[1]);
	fake_store_await(1);
	ck_assert(!is_said(0) && is_said(1) && is_said(2));
	answer_all("t");
	ck_assert_uint_eq(my.told[0].count + my.told[1].count, 0);
	ck_assert_uint_eq(my.told[2].count, 1);
}
END_TEST

START_TEST(nobody_is_told_of_what_was_abandoned_under_way)
{
	add(0, false);
	fake_store_await(1);
	journal_abandon(my.writes[0]);
	answer_all("f");
	ck_assert_uint_eq(my.told[0].count, 0);
}
END_TEST

START_TEST(a_batch_of_unknown_outcome_is_sent_again)
{
	add(0, false);
	add(1, true);
	fake_store_await(1);
	fake_store_fail(TY_E_UNAVAILABLE);
	add(2, false);
	fake_store_turn();
	ck_assert_uint_eq(fake_store.sent, 1);
	journal_resume(my.journal);
	fake_store_await(2);
	ck_assert_uint_eq(said_count(), 3); /* what came meanwhile goes behind it */
	ck_assert(fake_store_text(key_of(1)) < fake_store_text(key_of(2)));
	answer_all("t");
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(my.told[i].count, 1);
}
END_TEST

START_TEST(a_refused_entry_ends_its_run_and_no_other)
{
	for (size_t i = 0; i < WRITES; i++)
		add(i, false);
	for (size_t told = 0; told < WRITES;) {
		fake_store_next();
		if (fake_store.fn == NULL)
			continue;
		ck_assert_uint_lt(fake_store.sent, 20);
		if (is_said(4))
			fake_store_fail(TY_E_INVALID);
		else
			answer_all("t");
		told = 0;
		for (size_t i = 0; i < WRITES; i++)
			told += my.told[i].count;
	}
	for (size_t i = 0; i < WRITES; i++) {
		ck_assert_uint_eq(my.told[i].count, 1);
		ck_assert_int_eq(my.told[i].outcome, i == 4 ? JOURNAL_REFUSED : JOURNAL_WRITTEN);
	}
	ck_assert_int_eq(my.told[4].code, TY_E_INVALID);
}
END_TEST

TEST_MAIN("run.journal", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(entries_of_one_turn_go_together_in_their_order);
	TEST(an_abandoned_intent_is_not_written_and_an_abandoned_answer_is);
	TEST(nobody_is_told_of_what_was_abandoned_under_way);
	TEST(a_batch_of_unknown_outcome_is_sent_again);
	TEST(a_refused_entry_ends_its_run_and_no_other);
})
