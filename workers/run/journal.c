/*
 * journal.c -- effects to Postgres, many in one statement.
 *
 *   journal_add -> list -> batch (one statement) -> ok: the run goes on
 *                   ^                          \-> not ok: the run is another's, dropped
 *                   +--- failed: Postgres away, or the batch refused (then halved)
 *
 * Invariants:
 *   (1) One statement is under way at a time, entries in the order they came.
 *   (2) A batch whose outcome is unknown is sent again: an answer that is there stays.
 *   (3) An intent nobody waits for any more is not written: its effect is never made.  An
 *       answer is written even so: it is what happened.
 */
#include "worker.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/effects.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 256

struct journal_write {
	struct journal_write *next;
	struct request *request; /* NULL: abandoned */
	struct job *job;	 /* while 'request' is set */
	bool is_sent;
	struct ty_effect effect; /* its strings follow this struct */
	json_t *answer;		 /* a reference of ours */
};

struct journal {
	struct worker *worker;
	uv_timer_t soon;
	struct journal_write *first, **last;
	struct journal_write *batch[BATCH_MAX];
	size_t batch_count;
	size_t limit;
	bool is_waiting;
	int odd_tries;
};

static void journal_send(uv_timer_t *timer);

static void
journal_send_soon(struct journal *journal)
{
	if (journal->first != NULL && journal->batch_count == 0 && !journal->is_waiting &&
	    !journal->worker->is_stopped)
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

		write->is_sent = false;
		write->next = journal->first;
		if (journal->first == NULL)
			journal->last = &write->next;
		journal->first = write;
	}
	journal->batch_count = 0;
}

/* ---- answers ---- */

/* Telling may abandon other writes of the batch: they stay in it, with no request. */
static void
write_settle(struct journal_write *write, bool ok)
{
	struct request *request = write->request;

	write->request = NULL;
	if (request == NULL)
		return;
	if (ok)
		ops_journaled(request, NULL);
	else
		job_lose(write->job);
}

static void
journal_settle(struct journal *journal, const bool *ok)
{
	size_t count = journal->batch_count;

	for (size_t i = 0; i < count; i++)
		write_settle(journal->batch[i], ok[i]);
	for (size_t i = 0; i < count; i++)
		write_free(journal->batch[i]);
	journal->batch_count = 0;
	journal->odd_tries = 0;
	journal->limit = journal->limit * 2 < BATCH_MAX ? journal->limit * 2 : BATCH_MAX;
}

/* Postgres will never take this entry: the run cannot go on. */
static void
journal_refused(struct journal *journal, const struct ty_err *err)
{
	struct journal_write *write = journal->batch[0];
	struct request *request = write->request;

	ty_log_err(journal->worker->log, TY_LOG_ERROR, "journal entry refused", err);
	write->request = NULL;
	if (request != NULL)
		ops_journaled(request, err);
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
	} else if (job_may_wait(err, &journal->odd_tries)) {
		journal->is_waiting = true;
		if (journal->odd_tries == 1)
			ty_log_err(journal->worker->log, TY_LOG_ERROR, "cannot journal for now",
				   err);
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

		if (write->request == NULL && write->answer == NULL) {
			write_free(write);
			continue;
		}
		write->is_sent = true;
		journal->batch[journal->batch_count++] = write;
	}
}

static void
journal_send(uv_timer_t *timer)
{
	struct journal *journal = timer->data;
	struct worker *worker = journal->worker;
	struct ty_store_query query;
	struct ty_effect *effects;
	struct ty_arena *arena;

	if (journal->batch_count > 0 || !ty_store_async_is_up(worker->store))
		return;
	journal_fill(journal);
	if (journal->batch_count == 0)
		return;
	arena = ty_arena_new(NULL, "journal", 0);
	effects = ty_arena_alloc_array(arena, journal->batch_count, sizeof(*effects));
	for (size_t i = 0; i < journal->batch_count; i++)
		effects[i] = journal->batch[i]->effect;
	ty_store_journal_query(arena, worker->pack, effects, journal->batch_count, &query);
	ty_store_async_run(worker->store, &query, journal_answered, journal);
	ty_arena_free(arena);
}

/* ---- public ---- */

struct journal_write *
journal_add(struct journal *journal, struct job *job, struct request *request,
	    const struct ty_journal_entry *entry)
{
	size_t key_size = strlen(entry->key) + 1, idem_size = strlen(entry->idempotency_key) + 1;
	struct journal_write *write = calloc(1, sizeof(*write) + key_size + idem_size);
	char *strings;

	TY_ASSERT(write != NULL);
	strings = (char *)(write + 1);
	memcpy(strings, entry->key, key_size);
	memcpy(strings + key_size, entry->idempotency_key, idem_size);
	write->request = request;
	write->job = job;
	/* Answers are frozen, so a reference is a copy. */
	write->answer = json_incref((json_t *)entry->answer);
	write->effect = (struct ty_effect){ .run_id = job->hold.run_id,
					    .workspace_id = job->hold.workspace_id,
					    .key = strings,
					    .idempotency_key = strings + key_size,
					    .fence = job->hold.token,
					    .at_ms = entry->at_ms,
					    .answer = write->answer };
	*journal->last = write;
	journal->last = &write->next;
	journal_send_soon(journal);
	return write;
}

void
journal_abandon(struct journal_write *write)
{
	/* It stays where it is: the list and the batch look at 'request'. */
	write->request = NULL;
}

void
journal_resume(struct journal *journal)
{
	journal->is_waiting = false;
	journal_send_soon(journal);
}

struct journal *
journal_new(struct worker *worker)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	TY_ASSERT(journal != NULL);
	journal->worker = worker;
	journal->last = &journal->first;
	journal->limit = BATCH_MAX;
	uv_timer_init(&worker->loop, &journal->soon);
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
