/*
 * journal.c -- the journal of a run: what entries are called, what an earlier attempt wrote,
 * and what is written now.
 *
 * Of an effect both are in it, intent and answer.  Of a request of a pure node only a failure
 * is: that time or memory ran out, or that the sandbox broke, is the word of one machine at
 * one time and cannot be computed again.  What goes well costs nothing.
 *
 * Keys, the first as they were before there were frames and attempts, so that a run which an
 * earlier release began is taken over:
 *
 *	<node>/1/<number or params>		the root frame's first attempt; "1i" see below
 *	<node>/<attempt>/<number>		a later attempt there
 *	<node>/<attempt>/delay			how long after that attempt the next one began, where chance is in it
 *	<node>/<attempt>/retry			that somebody ended the delay before that attempt
 *	<node>/1/call				a wait that ends at its address, whatever the attempt: the
 *						call may come before the run is there, so its key is
 *						made of node and frame alone
 *	<frame path>/<node>/<attempt>/<number>	in an iteration; a path is "<loop>:<iteration>", nested
 *						ones joined by "/"
 *
 * No id has a "/" and every iteration is digits, so the last three parts are never a frame's, and
 * what is before the last ":" of a frame's part is the loop's id.  A call that an earlier attempt
 * has made carries the Idempotency-Key of its first.
 *
 * Until 2026-11 a step failed as a whole where one of its items did, and was not tried again.  Keys
 * after a step of which items failed by themselves, or an attempt, say so ("1i" for "1"), so that a run which such a release began, and
 * went on with, is taken over in its own way: its later entries answer other questions.  A step that may
 * begin before its turn (early.c) does not know about those before it, so its keys say "1" all the same.
 *
 * Memory: entries are borrowed from the spec; names are the step's.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPT_AFTER_NAME "1i" /* after a step of which items failed by themselves */
/* The request that asks for a step's parameters, where others have their number. */
#define PARAMS_NAME "params"
#define DELAY_NAME  "delay" /* the drawn length of the delay behind an attempt: nobody was asked */
/* The answer of a call from outside, which says nothing of how far the run has come. */
#define CALL_NAME "call"
/* The longest id of a node; a longer one is in no graph. */
#define ID_BYTES 64

/* ---- where in the run an entry belongs ---- */

static int
position_compare(const struct position *a, const struct position *b)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(a->v); i++)
		if (a->v[i] != b->v[i])
			return a->v[i] < b->v[i] ? -1 : 1;
	return 0;
}

/* Behind the path of a frame: a loop's own requests come before its iterations, which begin at 1. */
static void
position_end(struct position *position, size_t depth, size_t place, size_t attempt, uint64_t number)
{
	uint32_t *v = &position->v[2 * depth];

	v[0] = (uint32_t)place + 1;
	v[1] = 0;
	v[2] = (uint32_t)attempt;
	v[3] = (uint32_t)number;
}

static size_t
position_frame(struct position *position, const struct frame *frame)
{
	size_t depth;

	if (frame->parent == NULL)
		return 0;
	depth = position_frame(position, frame->parent);
	position->v[2 * depth] = (uint32_t)frame->loop + 1;
	position->v[2 * depth + 1] = (uint32_t)frame->iteration + 1;
	return depth + 1;
}

static struct position
position_of(const struct request *request)
{
	const struct ty_step *step = request->step;
	struct position position = { 0 };

	position_end(&position, position_frame(&position, step->frame), step->plan->place,
		     step->attempt, request->kind == REQUEST_PARAMS ? 0 : request->number + 1);
	return position;
}

/* The place of a node by its id; false where the graph has none. */
static bool
place_find(const struct ty_run *run, const char *id, size_t len, size_t *ret_place)
{
	const struct ty_graph_node *node;
	char text[ID_BYTES + 1];

	if (len > ID_BYTES)
		return false;
	memcpy(text, id, len);
	text[len] = '\0';
	node = ty_graph_node_find(run->plan->graph, text);
	if (node == NULL)
		return false;
	*ret_place = run->plan->place[node->index];
	return true;
}

/* The parts of a key before its last three, as a frame's. */
static bool
position_parse_frame(const struct ty_run *run, const char *key, const char *end,
		     struct position *position, size_t *ret_depth)
{
	size_t depth = 0, place;

	while (key < end) {
		size_t len = strcspn(key, "/"), colon = len;
		char digits[16];
		int64_t iteration;

		while (colon > 0 && key[colon - 1] != ':')
			colon--;
		if (colon == 0 || depth == TY_LIMIT_FRAME_DEPTH || len - colon >= sizeof(digits))
			return false;
		memcpy(digits, key + colon, len - colon);
		digits[len - colon] = '\0';
		if (!ty_str_parse_i64(digits, 0, UINT32_MAX - 2, &iteration) ||
		    !place_find(run, key, colon - 1, &place))
			return false;
		position->v[2 * depth] = (uint32_t)place + 1;
		position->v[2 * depth++ + 1] = (uint32_t)iteration + 1;
		key += len + 1;
	}
	*ret_depth = depth;
	return true;
}

/* The last three parts of a key; of fewer the missing ones are NULL. */
struct key_parts {
	const char *node, *attempt, *number;
};

static struct key_parts
key_split(const char *key)
{
	struct key_parts parts = { .node = key };

	for (const char *at = strchr(key, '/'); at != NULL; at = strchr(at + 1, '/')) {
		if (parts.number != NULL) {
			parts.node = parts.attempt;
			parts.attempt = parts.number;
		}
		if (parts.attempt == NULL)
			parts.attempt = at + 1;
		else
			parts.number = at + 1;
	}
	return parts;
}

/* Parse a key that journal_name() made; false where the graph has no such node. */
static bool
position_parse(const struct ty_run *run, const char *key, struct position *position)
{
	struct key_parts parts = key_split(key);
	size_t depth = 0, place;
	int64_t n = -1;

	*position = (struct position){ 0 };
	if (!position_parse_frame(run, key, parts.node, position, &depth) ||
	    !place_find(run, parts.node, strcspn(parts.node, "/"), &place))
		return false;
	if (parts.number == NULL || !ty_str_parse_i64(parts.number, 0, UINT32_MAX - 1, &n))
		n = -1;
	position_end(position, depth, place,
		     parts.attempt != NULL ? (size_t)strtoul(parts.attempt, NULL, 10) : 0,
		     (uint64_t)(n + 1));
	return true;
}

const char *
journal_call_name(struct ty_arena *arena, const char *key)
{
	struct key_parts parts = key_split(key);

	return parts.number == NULL ? key
				    : ty_arena_printf(arena, "%.*s%s", (int)(parts.attempt - key),
						      key, parts.number);
}

/* Is it a key that releases before failed items have made, too? */
static bool
key_is_whole(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash != NULL && strncmp(slash, "/1/", 3) == 0 && strchr(slash + 3, '/') == NULL;
}

static bool
key_is_call(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash != NULL && strcmp(slash + 1, CALL_NAME) == 0;
}

void
journal_index(struct ty_run *run)
{
	struct position position;
	json_t *entry;
	size_t i;

	if (json_array_size(run->spec.journal) == 0)
		return;
	run->journal = ty_map_new(run->arena);
	json_array_foreach((json_t *)run->spec.journal, i, entry)
	{
		const char *key = ty_json_str(entry, "key", "");

		ty_map_set(run->journal, key, entry);
		if (key_is_call(key))
			continue;
		if (position_parse(run, key, &position) &&
		    position_compare(&position, &run->journal_end) > 0) {
			run->journal_end = position;
			run->journal_is_whole = key_is_whole(key);
		}
	}
}

/*
 * Does an entry mean that the request asked for had gone well?  That of a step that may have begun before
 * its turn says nothing about the steps before it, but those that it is made from.
 */
static bool
position_proves(const struct ty_run *run, struct ty_arena *arena, const struct position *entry,
		const struct position *asked)
{
	const struct ty_plan *plan = run->plan;
	size_t i = 0, place;

	while (i < TY_ARRAY_COUNT(asked->v) && entry->v[i] == asked->v[i])
		i++;
	if (i == TY_ARRAY_COUNT(asked->v))
		return false;
	/* Compare by number unless both are steps of one frame with no iteration behind them. */
	if (!run->has_step_clocks || i % 2 != 0 || (i > 0 && entry->v[i - 1] == 0) ||
	    entry->v[i + 1] != 0 || asked->v[i + 1] != 0 || entry->v[i] == 0 || asked->v[i] == 0)
		return entry->v[i] > asked->v[i];
	place = entry->v[i] - 1;
	return plan->nodes[place].reads ? inputs_lead_to(arena, plan, asked->v[i] - 1, place)
					: entry->v[i] > asked->v[i];
}

bool
journal_is_past(const struct request *request)
{
	struct position entry, asked = position_of(request);
	const struct ty_run *run = request->step->run;
	json_t *row;
	size_t i;

	/* The journal says nothing about what another version computes. */
	if (run->spec.replay == TY_REPLAY_WHAT_IF)
		return false;
	if (!run->has_step_clocks)
		return position_compare(&run->journal_end, &asked) > 0;
	json_array_foreach((json_t *)run->spec.journal, i, row)
	{
		if (position_parse(run, ty_json_str(row, "key", ""), &entry) &&
		    position_proves(run, request->step->arena, &entry, &asked))
			return true;
	}
	return false;
}

bool
journal_fails_whole(const struct ty_step *step)
{
	const struct ty_run *run = step->run;
	struct position next = { 0 };

	if (run->has_step_clocks || !run->journal_is_whole)
		return false;
	position_end(&next, 0, step->plan->place + 1, 0, 0);
	return position_compare(&run->journal_end, &next) > 0;
}

/* ---- entries ---- */

const char *
journal_step_name(struct ty_step *step, size_t attempt)
{
	const char *path = step->frame->path;

	return ty_arena_printf(step->arena, "%s%s%s/%zu", path != NULL ? path : "",
			       path != NULL ? "/" : "", step->plan->node->id, attempt);
}

/* Name of the root frame's first attempt, as it was before there were other frames and attempts. */
static const char *
first_name(struct ty_step *step)
{
	if (step->frame->path == NULL && step->after_failed)
		return ty_arena_printf(step->arena, "%s/" ATTEMPT_AFTER_NAME, step->plan->node->id);
	return journal_step_name(step, 1);
}

static const char *
key_make(struct ty_step *step, size_t attempt, enum request_kind kind, size_t number)
{
	const char *name = attempt == 1 ? first_name(step) : journal_step_name(step, attempt);

	if (kind == REQUEST_PARAMS || kind == REQUEST_DELAY)
		return ty_arena_printf(step->arena, "%s/%s", name,
				       kind == REQUEST_DELAY ? DELAY_NAME : PARAMS_NAME);
	return ty_arena_printf(step->arena, "%s/%zu", name, number);
}

void
journal_name(struct request *request)
{
	const struct earlier *earlier = retry_earlier(request);
	struct ty_step *step = request->step;
	const char *first, *text;
	uint8_t sum[TY_SHA256_SIZE];
	char *hex;

	if (request->key != NULL)
		return;
	if (request->is_linked) {
		request->key = request->idempotency_key =
			ty_arena_printf(step->arena, "%s/" CALL_NAME, journal_step_name(step, 1));
		return;
	}
	first = request->key = key_make(step, step->attempt, request->kind, request->number);
	if (earlier != NULL)
		first = key_make(step, earlier->first, request->kind, request->number);
	text = ty_arena_printf(step->arena, "%s/%s", step->run->spec.run_id.s, first);
	ty_sha256(text, strlen(text), sum);
	hex = ty_arena_alloc(step->arena, 33);
	ty_str_hex(sum, 16, hex);
	request->idempotency_key = hex;
}

const json_t *
journal_find_attempt(struct ty_step *step, size_t number, size_t attempt)
{
	return step->run->journal != NULL
		       ? ty_map_find(step->run->journal,
				     key_make(step, attempt, REQUEST_CALL, number))
		       : NULL;
}

const json_t *
journal_find(struct request *request)
{
	const struct ty_run *run = request->step->run;

	/* An effect needs its name anyway; of a pure node's request most runs never ask for it. */
	if (run->journal == NULL && !request->journaled)
		return NULL;
	journal_name(request);
	return run->journal != NULL ? ty_map_find(run->journal, request->key) : NULL;
}

void
journal_write(struct request *request, enum ty_journal_kind kind)
{
	struct ty_run *run = request->step->run;
	struct ty_journal_entry entry = {
		.kind = kind,
		.at_ms = kind == TY_JOURNAL_ANSWER ? request->at_ms : request->step->clock_ms,
		.digest_version = run->digest_version,
		.answer = kind == TY_JOURNAL_ANSWER ? request->answer : NULL,
	};

	journal_name(request);
	entry.key = request->key;
	entry.idempotency_key = request->idempotency_key;
	entry.request_digest = kind == TY_JOURNAL_INTENT ? request->digest : NULL;
	request->state = kind == TY_JOURNAL_ANSWER ? REQUEST_ANSWER : REQUEST_INTENT;
	run->ops->journal(run->ctx, run, request_token(request), &entry);
}

/* ---- what a step that begins again has asked ---- */

static void
remember(struct ty_run *run, const struct request *request)
{
	bool is_answered = request->answer != NULL && request->state >= REQUEST_ANSWERED;
	json_t *entry;

	if (request->key == NULL || (!request->journaled && request->at_ms == 0))
		return;
	entry = json_pack("{s:s, s:I}", "key", request->key, "at_ms", (json_int_t)request->at_ms);
	json_object_set(entry, "answer", is_answered ? request->answer : json_null());
	ty_json_own(run->arena, entry);
	if (run->journal == NULL)
		run->journal = ty_map_new(run->arena);
	ty_map_set(run->journal, ty_json_str(entry, "key", ""), entry);
}

void
journal_remember(struct ty_step *step)
{
	remember(step->run, &step->params_request);
	for (size_t i = 0; i < step->started; i++)
		remember(step->run, step->requests[i]);
}

/* ---- calls that the run has not come to ---- */

/* Is it an entry of a call?  Parameters and delays of an effect's step ask no service. */
static bool
is_of_effect(const struct ty_run *run, const char *key)
{
	struct key_parts parts = key_split(key);
	const struct ty_node_def *def;
	size_t place;

	if (parts.number == NULL || !isdigit((unsigned char)*parts.number) ||
	    !place_find(run, parts.node, strcspn(parts.node, "/"), &place))
		return false;
	def = run->plan->nodes[place].node->def;
	return def != NULL && (def->flags & TY_NODE_EFFECT) != 0;
}

/* Count a call for its step. */
static void
unused_add(json_t *list, const char *key)
{
	const char *node = key_split(key).node;
	json_t *id = json_stringn(node, strcspn(node, "/")), *row = NULL;
	json_t *frame = node > key ? json_stringn(key, (size_t)(node - key) - 1) : NULL;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (json_equal(json_object_get(row, "node"), id) &&
		    (frame == NULL ? json_object_get(row, "frame") == NULL
				   : json_equal(json_object_get(row, "frame"), frame)))
			break;
	}
	if (i == json_array_size(list)) {
		row = json_object();
		json_object_set(row, "node", id);
		if (frame != NULL)
			json_object_set(row, "frame", frame);
		json_array_append_new(list, row);
	}
	json_object_set_new(row, "calls", json_integer(ty_json_int(row, "calls", 0) + 1));
	json_decref(frame);
	json_decref(id);
}

static void
unused_add_step(json_t *list, const struct ty_step *step)
{
	const struct ty_map *journal = step->run->journal;

	for (size_t i = 0; i < step->started; i++) {
		const struct request *request = step->requests[i];

		if (request->kind == REQUEST_CALL && request->state > REQUEST_INTENT &&
		    (journal == NULL || ty_map_find(journal, request->key) == NULL))
			unused_add(list, request->key);
	}
}

json_t *
journal_unused(const struct ty_run *run)
{
	struct position entry, next = { 0 };
	json_t *list = json_array(), *row;
	size_t i;

	position_end(&next, position_frame(&next, run->frame), run->frame->next, 0, 0);
	json_array_foreach((json_t *)run->spec.journal, i, row)
	{
		const char *key = ty_json_str(row, "key", "");

		if (position_parse(run, key, &entry) && position_compare(&entry, &next) > 0 &&
		    is_of_effect(run, key))
			unused_add(list, key);
	}
	for (i = 0; i < run->early.count; i++)
		unused_add_step(list, run->early.steps[i]);
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}
