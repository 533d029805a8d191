/*
 * journal.c -- the journal of a run: what entries are called, what an earlier attempt wrote,
 * and what is written now.
 *
 * Of an effect both are in it, intent and answer.  Of a request of a pure node only a failure
 * is: that time or memory ran out, or that the sandbox broke, is the word of one machine at
 * one time and cannot be computed again.  What goes well costs nothing.
 *
 * Until 2026-11 a step failed as a whole where one of its items did.  Keys after a step of which
 * items failed by themselves say so ("1i" for "1"), so that a run which such a release began, and
 * went on with, is taken over in its own way: its later entries answer other questions.
 *
 * Memory: entries are borrowed from the spec; names are the step's.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <string.h>

#define ATTEMPT_NAME	   "1"
#define ATTEMPT_AFTER_NAME "1i" /* after a step of which items failed by themselves */
/* The request that asks for a step's parameters, where others have their number. */
#define PARAMS_NAME "params"

/* ---- where in the run an entry belongs: later entries have greater positions ---- */

static uint64_t
position_make(size_t place, bool is_params, uint64_t number)
{
	return (uint64_t)place << 32 | (is_params ? 0 : number + 1);
}

/* Of a key as journal_name() makes them; 0 where the graph has no such node. */
static uint64_t
position_parse(const struct ty_run *run, const char *key)
{
	size_t len = strcspn(key, "/");
	const char *last = strrchr(key, '/');
	const struct ty_graph_node *node =
		ty_graph_node_find(run->plan->graph, ty_arena_strndup(run->arena, key, len));
	int64_t number = 0;
	bool is_params = last == NULL || !ty_str_parse_i64(last + 1, 0, UINT32_MAX - 1, &number);

	if (node == NULL)
		return 0;
	return position_make(run->plan->place[node->index], is_params, (uint64_t)number);
}

void
journal_index(struct ty_run *run)
{
	json_t *entry;
	size_t i;

	if (json_array_size(run->spec.journal) == 0)
		return;
	run->journal = ty_map_new(run->arena);
	json_array_foreach((json_t *)run->spec.journal, i, entry)
	{
		const char *key = ty_json_str(entry, "key", "");
		uint64_t position = position_parse(run, key);

		ty_map_set(run->journal, key, entry);
		if (position > run->journal_end) {
			run->journal_end = position;
			run->journal_is_whole = strstr(key, "/" ATTEMPT_AFTER_NAME "/") == NULL;
		}
	}
}

bool
journal_is_past(const struct ty_run *run, const struct request *request)
{
	return run->journal_end > position_make(run->step->plan->place,
						request->kind == REQUEST_PARAMS, request->number);
}

bool
journal_fails_whole(const struct ty_step *step)
{
	const struct ty_run *run = step->run;

	return run->journal_is_whole &&
	       run->journal_end >= position_make(step->plan->place + 1, true, 0);
}

/* ---- entries ---- */

static void
journal_name(struct ty_step *step, struct request *request)
{
	const char *id = step->plan->node->id, *text;
	const char *attempt = step->run->has_failed_items ? ATTEMPT_AFTER_NAME : ATTEMPT_NAME;
	uint8_t sum[TY_SHA256_SIZE];
	char *hex;

	if (request->key != NULL)
		return;
	request->key =
		request->kind == REQUEST_PARAMS
			? ty_arena_printf(step->arena, "%s/%s/" PARAMS_NAME, id, attempt)
			: ty_arena_printf(step->arena, "%s/%s/%zu", id, attempt, request->number);
	text = ty_arena_printf(step->arena, "%s/%s", step->run->spec.run_id.s, request->key);
	ty_sha256(text, strlen(text), sum);
	hex = ty_arena_alloc(step->arena, 33);
	ty_str_hex(sum, 16, hex);
	request->idempotency_key = hex;
}

const json_t *
journal_find(struct ty_run *run, struct request *request)
{
	/* An effect needs its name anyway; of a pure node's request most runs never ask for it. */
	if (run->journal == NULL && !request->journaled)
		return NULL;
	journal_name(run->step, request);
	return run->journal != NULL ? ty_map_find(run->journal, request->key) : NULL;
}

void
journal_write(struct ty_run *run, struct request *request, enum ty_journal_kind kind)
{
	struct ty_journal_entry entry = {
		.kind = kind,
		.at_ms = kind == TY_JOURNAL_ANSWER ? request->at_ms : run->clock_ms,
		.answer = kind == TY_JOURNAL_ANSWER ? request->answer : NULL,
	};

	journal_name(run->step, request);
	entry.key = request->key;
	entry.idempotency_key = request->idempotency_key;
	request->state = kind == TY_JOURNAL_ANSWER ? REQUEST_ANSWER : REQUEST_INTENT;
	run->ops->journal(run->ctx, run, request_token(run->step, request), &entry);
}
