/*
 * due.c -- see due.h.
 */
#include "schedule/due.h"

#include "base/err.h"

#include <string.h>

/* Ticks of a long absence that are walked one by one: a few milliseconds.  Of more only the last count. */
#define WALK_MAX 10000

static const char *const missed_names[] = {
	[TY_MISSED_SKIP] = "skip", [TY_MISSED_ONCE] = "once", [TY_MISSED_ALL] = "all"
};
static const char *const overlap_names[] = {
	[TY_OVERLAP_ALLOW] = "allow", [TY_OVERLAP_SKIP] = "skip", [TY_OVERLAP_QUEUE] = "queue"
};

/* The last ticks of a stretch of time. */
struct last {
	int64_t at_ms[TY_SCHEDULE_MISSED_MAX];
	size_t count, keep; /* of at_ms; at most 'keep' */
	int64_t seen;	    /* ticks of the stretch, also those that were not kept */
	int64_t seen_ms;    /* the last of them */
};

static int64_t
next_after(const struct ty_schedule *schedule, int64_t after_ms)
{
	int64_t next_ms;

	return ty_schedule_next(schedule, after_ms, &next_ms) ? next_ms : TY_SCHEDULE_NEVER_MS;
}

static void
last_add(struct last *last, int64_t at_ms)
{
	last->seen++;
	last->seen_ms = at_ms;
	if (last->keep == 0)
		return;
	if (last->count == last->keep)
		memmove(last->at_ms, last->at_ms + 1, --last->count * sizeof(*last->at_ms));
	last->at_ms[last->count++] = at_ms;
}

/* The first of the ticks before 'to_ms' that a walk of WALK_MAX can end with. */
static int64_t
walk_start(const struct ty_schedule *schedule, int64_t from_ms, int64_t to_ms)
{
	int64_t span_ms = TY_SCHEDULE_INTERVAL_MIN_MS * WALK_MAX;
	int64_t at_ms = from_ms;
	size_t count = 0;

	while (at_ms <= to_ms && count++ < WALK_MAX)
		at_ms = next_after(schedule, at_ms);
	/* No schedule is denser than one tick a second. */
	return at_ms <= to_ms ? next_after(schedule, to_ms - span_ms) : from_ms;
}

/* Walk the ticks from..to; gives the first one behind. */
static int64_t
walk(const struct ty_schedule *schedule, int64_t from_ms, int64_t to_ms, struct last *last)
{
	int64_t at_ms = walk_start(schedule, from_ms, to_ms);

	for (; at_ms <= to_ms; at_ms = next_after(schedule, at_ms))
		last_add(last, at_ms);
	return at_ms;
}

static void
skip(struct ty_schedule_decision *d, int64_t at_ms, int64_t count)
{
	d->skipped += count;
	if (count > 0 && at_ms > d->skipped_ms)
		d->skipped_ms = at_ms;
}

/* Invariant (3). */
static void
meet_run_before(const struct ty_schedule_state *state, struct ty_schedule_decision *d,
		int64_t at_ms)
{
	bool is_alone = state->is_last_over && d->tick_count == 0;

	if (state->overlap == TY_OVERLAP_ALLOW || (state->overlap == TY_OVERLAP_SKIP && is_alone))
		d->ticks[d->tick_count++] = at_ms;
	else if (state->overlap == TY_OVERLAP_QUEUE && d->pending.count < TY_SCHEDULE_PENDING_MAX)
		d->pending.at_ms[d->pending.count++] = at_ms;
	else
		skip(d, at_ms, 1);
}

static void
take_pending(const struct ty_schedule_state *state, struct ty_schedule_decision *d)
{
	if (!state->is_last_over || d->pending.count == 0)
		return;
	d->ticks[d->tick_count++] = d->pending.at_ms[0];
	memmove(d->pending.at_ms, d->pending.at_ms + 1,
		--d->pending.count * sizeof(*d->pending.at_ms));
}

void
ty_schedule_decide(const struct ty_schedule *schedule, const struct ty_schedule_state *state,
		   int64_t now_ms, struct ty_schedule_decision *ret)
{
	struct last late = { .keep = state->missed == TY_MISSED_ALL    ? state->missed_max
				     : state->missed == TY_MISSED_ONCE ? 1
								       : 0 };

	TY_ASSERT(late.keep <= TY_SCHEDULE_MISSED_MAX);
	memset(ret, 0, sizeof(*ret));
	ret->pending = state->pending;
	ret->next_ms = walk(schedule, state->next_ms, now_ms - TY_SCHEDULE_LATE_MS, &late);
	skip(ret, late.count > 0 ? late.at_ms[0] - 1 : late.seen_ms,
	     late.seen - (int64_t)late.count);
	for (size_t i = 0; i < late.count; i++)
		meet_run_before(state, ret, late.at_ms[i]);
	for (; ret->next_ms <= now_ms; ret->next_ms = next_after(schedule, ret->next_ms))
		meet_run_before(state, ret, ret->next_ms);
	take_pending(state, ret);
	TY_ASSERT(ret->tick_count <= TY_SCHEDULE_TICKS_MAX);
	ret->look_ms = ret->next_ms;
	if (ret->pending.count > 0 && now_ms + TY_SCHEDULE_PENDING_LOOK_MS < ret->look_ms)
		ret->look_ms = now_ms + TY_SCHEDULE_PENDING_LOOK_MS;
}

/* ---- words ---- */

static bool
find_word(const char *const *names, size_t count, const char *name, size_t *ret_i)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_i = i;
			return true;
		}
	}
	return false;
}

const char *
ty_schedule_missed_name(enum ty_schedule_missed missed)
{
	return missed_names[missed];
}

const char *
ty_schedule_overlap_name(enum ty_schedule_overlap overlap)
{
	return overlap_names[overlap];
}

bool
ty_schedule_missed_find(const char *name, enum ty_schedule_missed *ret_missed)
{
	size_t i;

	if (!find_word(missed_names, TY_ARRAY_COUNT(missed_names), name, &i))
		return false;
	*ret_missed = (enum ty_schedule_missed)i;
	return true;
}

bool
ty_schedule_overlap_find(const char *name, enum ty_schedule_overlap *ret_overlap)
{
	size_t i;

	if (!find_word(overlap_names, TY_ARRAY_COUNT(overlap_names), name, &i))
		return false;
	*ret_overlap = (enum ty_schedule_overlap)i;
	return true;
}
