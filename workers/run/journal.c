/*
 * journal.c -- effects to Postgres, many in one statement.
 *
 *   journal_add -> list -> batch (one statement) -> ok: written
 *                   ^                          \-> not ok: fenced, the run is another's
 *                   +--- failed: Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, entries in the order they came.
 *   (2) A batch whose outcome is unknown is sent again: an answer that is there stays.
 *   (3) An intent nobody waits for any more is not written: its effect is never made.  An
 *       answer is written even so: it is what happened.
 */
#include "journal.h"

#include "store_wait.h"

#include "base/arena.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define BATCH_MAX 256

struct journal_write {
	struct journal_write *next;
	journal_fn fn; /* NULL: abandoned */
	void *ctx;
	struct ty_effect effect; /* strings follow this struct */
	json_t *answer;		 /* a reference of ours */
};

struct journal {
	struct journal_conf conf;
	uv_timer_t soon;
	struct journal_write *first, **last;
	struct journal_write *batch[BATCH_MAX];
	size_t batch_count;
	size_t limit;
	bool is_waiting;
	int internal_errors;
};

static void journal_send(uv_timer_t *timer);

static void
journal_send_soon(struct journal *journal)
{
	if (journal->first != NULL && journal->batch_count == 0 && !journal->is_waiting)
		uv_timer_start(&journal->soon, journal_send, 0, 0);
}

static void
write_free(struct journal_write *write)
{
	json_decref(write->answer);
	free(write);
}

static struct journal_write *
journal_take(struct journal *journal)
{
	struct journal_write *write = journal->first;

	journal->first = write->next;
	if (journal->first == NULL)
		journal->last = &journal->first;
	write->next = NULL;
	return write;
}

static void
journal_put_back(struct journal *journal)
{
	for (size_t i = journal->batch_count; i-- > 0;) {
		struct journal_write *write = journal->batch[i];

		write->next = journal->first;
		if (journal->first == NULL)
			journal->last = &write->next;
		journal->first = write;
	}
	journal->batch_count = 0;
}

/* ---- answers ---- */

/* Keep abandoned writes in the batch, with no 'fn', because telling may abandon others of it. */
static void
write_settle(struct journal_write *write, enum journal_outcome outcome, const struct ty_err *err)
{
	journal_fn fn = write->fn;

	write->fn = NULL;
	if (fn != NULL)
		fn(write->ctx, outcome, err);
}

static void
journal_settle(struct journal *journal, const bool *ok)
{
	size_t count = journal->batch_count;

	for (size_t i = 0; i < count; i++)
		write_settle(journal->batch[i], ok[i] ? JOURNAL_WRITTEN : JOURNAL_FENCED, NULL);
	for (size_t i = 0; i < count; i++)
		write_free(journal->batch[i]);
	journal->batch_count = 0;
	journal->internal_errors = 0;
	journal->limit = journal->limit * 2 < BATCH_MAX ? journal->limit * 2 : BATCH_MAX;
}

/* Postgres will never take this entry: the run cannot go on. */
static void
journal_refused(struct journal *journal, const struct ty_err *err)
{
	struct journal_write *write = journal->batch[0];

	ty_log_err(journal->conf.log, TY_LOG_ERROR, "journal entry refused", err);
	write_settle(write, JOURNAL_REFUSED, err);
	journal->batch_count = 0;
	write_free(write);
}

static void
journal_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct journal *journal = ctx;
	struct ty_err why = { 0 };
	bool ok[BATCH_MAX];

	if (err == NULL && ty_store_journal_decode(rows, journal->batch_count, ok, &why) != TY_OK)
		err = &why;
	if (err == NULL) {
		journal_settle(journal, ok);
	} else if (store_may_wait(err, &journal->internal_errors)) {
		journal->is_waiting = true;
		if (journal->internal_errors == 1)
			ty_log_err(journal->conf.log, TY_LOG_ERROR, "cannot journal for now", err);
		journal_put_back(journal);
	} else if (journal->batch_count > 1) {
		journal->limit = journal->batch_count / 2;
		journal_put_back(journal);
	} else {
		journal_refused(journal, err);
	}
	journal_send_soon(journal);
}

/* ---- sending ---- */

static void
journal_fill(struct journal *journal)
{
	while (journal->first != NULL && journal->batch_count < journal->limit) {
		struct journal_write *write = journal_take(journal);

		if (write->fn == NULL && write->answer == NULL) {
			write_free(write);
			continue;
		}
		journal->batch[journal->batch_count++] = write;
	}
}

static void
journal_send(uv_timer_t *timer)
{
	struct journal *journal = timer->data;
	const struct journal_conf *conf = &journal->conf;
	struct ty_store_query query;
	struct ty_effect *effects;
	struct ty_arena *arena;

	if (journal->batch_count > 0 || !ty_store_async_is_up(conf->store))
		return;
	journal_fill(journal);
	if (journal->batch_count == 0)
		return;
	arena = ty_arena_new(NULL, "journal", 0);
	effects = ty_arena_alloc_array(arena, journal->batch_count, sizeof(*effects));
	for (size_t i = 0; i < journal->batch_count; i++)
		effects[i] = journal->batch[i]->effect;
	(conf->query != NULL ? conf->query : ty_store_journal_query)(arena, conf->pack, effects,
								     journal->batch_count, &query);
	ty_store_async_run(conf->store, &query, journal_answered, journal);
	ty_arena_free(arena);
}

/* ---- public ---- */

struct journal_write *
journal_add(struct journal *journal, const struct ty_effect *effect, journal_fn fn, void *ctx)
{
	size_t key_size = strlen(effect->key) + 1;
	size_t idem_size = strlen(effect->idempotency_key) + 1;
	size_t digest_size =
		effect->request_digest != NULL ? strlen(effect->request_digest) + 1 : 0;
	struct journal_write *write =
		calloc(1, sizeof(*write) + key_size + idem_size + digest_size);
	char *strings;

	TY_ASSERT(write != NULL);
	strings = (char *)(write + 1);
	memcpy(strings, effect->key, key_size);
	memcpy(strings + key_size, effect->idempotency_key, idem_size);
	write->fn = fn;
	write->ctx = ctx;
	/* Answers are frozen, so a reference is a copy. */
	write->answer = json_incref((json_t *)effect->answer);
	write->effect = *effect;
	write->effect.key = strings;
	write->effect.idempotency_key = strings + key_size;
	if (digest_size > 0)
		write->effect.request_digest =
			memcpy(strings + key_size + idem_size, effect->request_digest, digest_size);
	*journal->last = write;
	journal->last = &write->next;
	journal_send_soon(journal);
	return write;
}

void
journal_abandon(struct journal_write *write)
{
	/* The entry stays where it is, because list and batch look at 'fn'. */
	write->fn = NULL;
}

void
journal_resume(struct journal *journal)
{
	journal->is_waiting = false;
	journal_send_soon(journal);
}

struct journal *
journal_new(const struct journal_conf *conf)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	TY_ASSERT(journal != NULL);
	journal->conf = *conf;
	journal->last = &journal->first;
	journal->limit = BATCH_MAX;
	uv_timer_init(conf->loop, &journal->soon);
	journal->soon.data = journal;
	return journal;
}

static void
journal_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	while (journal->first != NULL)
		write_free(journal_take(journal));
	uv_close((uv_handle_t *)&journal->soon, journal_closed);
}
