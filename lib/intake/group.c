/*
 * group.c -- the life of one group of receipts.
 *
 *   WRITE: one accept statement      -> who is new, who a duplicate         [group_write]
 *     fails for one row's sake: again, row by row; Postgres away: on with none kept
 *   ASK: one admit call              -> admitted, known, refused            [group_ask]
 *     a member that Postgres has not kept goes with its receipt, owed
 *   ANSWER all that need no correction                                      [group_answer]
 *   CORRECT: what Redis refused or knew better, on the receipts             [group_correct]
 *     a refusal is overruled where another process told of the run          [group_overrule]
 *   KEEP: a refusal that Postgres did not take, owed to it                  [group_keep]
 *
 * Invariants:
 *   (1) Nobody is told ADMITTED or DUPLICATE but for a run that a store certainly has: Postgres
 *       answered the accept, or Redis the admit.
 *   (2) What failed may have happened.  A statement's receipt goes to Redis under the same id and
 *       accept_deliveries is idempotent by id; a lost admit leaves an accepted receipt without a
 *       run, which the reaper pushes.
 *   (3) Nobody is told of a refusal that no store has.  A receipt stays accepted in Postgres where
 *       only the correction failed; the owed one corrects it before the reaper pushes anything.
 *   (4) A redirect may be lost: the earlier run's own receipt is owed still, or was written as the
 *       duplicate, and the reaper that meets it redirects then.
 *   (5) Two members with one key share one fate: the second is answered as the first was, once that
 *       is certain.
 *   (6) A run that anybody was told of is: between WRITE and CORRECT another process may have answered
 *       DUPLICATE of a member.  Postgres knows (delivery_keys.told) and leaves that receipt accepted,
 *       so it is ADMITTED, over its limit; the reaper pushes it.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/str.h"
#include "store/delivery.h"

#include <stdio.h>
#include <string.h>

enum fate {
	FATE_OPEN,	 /* the queue is to be asked */
	FATE_AS_EARLIER, /* as the member 'earlier', which has the same key */
	FATE_SETTLED,	 /* code and admission are the answer */
	FATE_REFUSED,	 /* refused once that is written */
	FATE_MOVED,	 /* a duplicate that is being redirected: settled, however that ends */
	FATE_ANSWERED	 /* the entry is gone */
};

struct member {
	struct entry *entry;
	const struct ty_receipt *receipt;
	enum fate fate;
	bool is_kept;	       /* Postgres certainly has it */
	size_t earlier;	       /* index of a member with the same key, for FATE_AS_EARLIER */
	struct ty_id replaces; /* set: a failed run whose key it has taken over */
	enum ty_code code;
	struct ty_admission admission;
};

struct group {
	struct ty_intake *intake;
	struct ty_arena *arena;
	struct member *members;
	size_t count;
	size_t from, width;    /* the members of the statement in flight */
	struct member **asked; /* members of the call in flight, in its order */
	size_t asked_count;
	size_t corrections; /* statements in flight */
	size_t refusals;    /* rows of the statement that refuses */
};

static void group_write(struct group *group);
static void group_ask(struct group *group);
static void group_answer(struct group *group);
static void group_correct(struct group *group);
static void group_keep(struct group *group);

static void
settle(struct member *m, enum fate fate, enum ty_verdict verdict, const struct ty_id *run_id,
       int64_t retry_after_ms)
{
	m->fate = fate;
	m->code = TY_OK;
	m->admission =
		(struct ty_admission){ .verdict = verdict, .retry_after_ms = retry_after_ms };
	if (run_id != NULL)
		m->admission.run_id = *run_id;
}

/* ---- WRITE ---- */

static size_t
window(const struct group *group)
{
	size_t left = group->count - group->from;

	return group->width < left ? group->width : left;
}

/* The member that a duplicate is one of, or 'count'. */
static size_t
member_of_run(const struct group *group, const struct ty_id *run_id)
{
	size_t i = 0;

	while (i < group->count && !ty_id_eq(&group->members[i].receipt->id, run_id))
		i++;
	return i;
}

/* Put Postgres's word on the first delivery into a duplicate's admission. */
static void
say_of_first(struct member *m, const char *status, bool is_same, bool is_other)
{
	snprintf(m->admission.first_status, sizeof(m->admission.first_status), "%s", status);
	m->admission.is_same = is_same;
	m->admission.is_other = is_other;
}

static void
member_written(struct group *group, struct member *m, const struct ty_delivery_answer *answer)
{
	m->is_kept = true;
	if (!ty_id_is_set(&answer->run_id)) {
		settle(m, FATE_SETTLED, TY_VERDICT_ADMITTED, NULL, 0);
		if (ty_str_eq(m->receipt->verdict, "unclaimed"))
			unclaimed_written(group->intake, m->receipt);
	} else if (answer->duplicate) {
		settle(m, FATE_SETTLED, TY_VERDICT_DUPLICATE, &answer->run_id, 0);
		say_of_first(m, answer->first_status, answer->bytes == TY_BYTES_SAME,
			     answer->bytes == TY_BYTES_OTHER);
		m->earlier = member_of_run(group, &answer->run_id);
		if (m->earlier < group->count)
			m->fate = FATE_AS_EARLIER;
	} else {
		m->replaces = answer->repeats_run_id;
	}
}

static void
group_on_written(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct group *group = ctx;
	struct member *members = &group->members[group->from];
	size_t n = window(group);
	struct ty_delivery_answer *answers =
		ty_arena_alloc_array(group->arena, n, sizeof(*answers));
	struct ty_err room = { TY_OK };

	intake_answered(group->intake);
	if (err == NULL && ty_store_accept_decode(rows, n, answers, &room) != TY_OK)
		err = &room;
	if (err == NULL) {
		for (size_t i = 0; i < n; i++)
			member_written(group, &members[i], &answers[i]);
		group->from += n;
	} else if (err->code == TY_E_UNAVAILABLE) {
		group->from = group->count;
	} else if (n > 1) {
		group->width = 1; /* try row by row, so that one row's fault is no other's */
	} else {
		ty_log_err(&group->intake->log, TY_LOG_ERROR, "Postgres refuses a receipt", err);
		group->from++;
	}
	group_write(group);
}

static void
group_write(struct group *group)
{
	size_t n = window(group);
	struct ty_delivery_row *rows;
	struct ty_store_query query;

	if (n == 0) {
		group_ask(group);
		return;
	}
	rows = ty_arena_alloc_array(group->arena, n, sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		ty_receipt_to_row(group->members[group->from + i].receipt, &rows[i]);
	ty_store_accept_query(group->arena, rows, n, &query);
	if (!intake_query(group->intake, &query, group_on_written, group))
		group_ask(group);
}

/* ---- ASK ---- */

static bool
is_refusal(enum ty_verdict verdict)
{
	return verdict != TY_VERDICT_ADMITTED && verdict != TY_VERDICT_DUPLICATE;
}

static void
member_asked(struct member *m, const struct ty_admission *admission)
{
	const struct ty_id *id = &m->receipt->id;

	if (admission == NULL) {
		settle(m, FATE_SETTLED, TY_VERDICT_ADMITTED, id, 0);
		if (!m->is_kept)
			m->code = TY_E_UNAVAILABLE;
	} else if (m->entry->job.text == NULL) {
		settle(m, FATE_SETTLED, TY_VERDICT_ADMITTED, NULL, 0);
	} else if (is_refusal(admission->verdict)) {
		settle(m, FATE_REFUSED, admission->verdict, id, admission->retry_after_ms);
	} else {
		settle(m, FATE_SETTLED, admission->verdict, &admission->run_id, 0);
	}
}

/* Invariant (5). */
static void
repeats_are_settled(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *m = &group->members[i];
		const struct member *first = &group->members[m->earlier];

		if (m->fate != FATE_AS_EARLIER || first->fate == FATE_REFUSED)
			continue;
		settle(m, FATE_SETTLED,
		       is_refusal(first->admission.verdict) ? first->admission.verdict
							    : TY_VERDICT_DUPLICATE,
		       &first->admission.run_id, first->admission.retry_after_ms);
		m->code = first->code;
		if (m->admission.verdict == TY_VERDICT_DUPLICATE) {
			bool is_same = receipt_has_same_body(m->receipt, first->receipt);

			say_of_first(m, "queued", is_same, !is_same);
		}
	}
}

static void
group_on_asked(void *ctx, const struct ty_admission *admissions, size_t count,
	       const struct ty_err *err)
{
	struct group *group = ctx;

	if (group->asked_count > 0)
		intake_note_asked(group->intake, err);
	for (size_t i = 0; i < group->asked_count; i++)
		member_asked(group->asked[i], err == NULL ? &admissions[i] : NULL);
	repeats_are_settled(group);
	group_correct(group);
}

static void
group_ask(struct group *group)
{
	struct ty_job *jobs = ty_arena_alloc_array(group->arena, group->count, sizeof(*jobs));

	for (size_t i = 0; i < group->count; i++) {
		struct member *m = &group->members[i];

		if (m->fate != FATE_OPEN)
			continue;
		ty_receipt_to_job(m->receipt, &m->entry->job, &jobs[group->asked_count]);
		jobs[group->asked_count].replaces = m->replaces;
		if (!m->is_kept)
			jobs[group->asked_count].owed_receipt =
				ty_receipt_format(group->arena, m->receipt);
		group->asked[group->asked_count++] = m;
	}
	if (group->asked_count == 0)
		group_on_asked(group, NULL, 0, NULL);
	else
		ty_queue_admit(group->intake->queue, jobs, group->asked_count, group_on_asked,
			       group);
}

/* ---- ANSWER ---- */

static void
group_answer(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *m = &group->members[i];

		if (m->fate != FATE_SETTLED)
			continue;
		m->fate = FATE_ANSWERED;
		intake_answer(group->intake, m->entry, m->code, &m->admission);
	}
}

/* ---- CORRECT ---- */

static void
group_on_corrected(struct group *group)
{
	intake_answered(group->intake);
	if (--group->corrections == 0)
		group_keep(group);
}

static void
moved_are_settled(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->members[i].fate == FATE_MOVED)
			group->members[i].fate = FATE_SETTLED;
}

static void
group_on_redirected(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct group *group = ctx;

	moved_are_settled(group); /* also after an error: invariant (4) */
	group_on_corrected(group);
}

static bool
is_among(const struct ty_rows *rows, const struct ty_id *id)
{
	size_t i = 0;

	while (i < rows->count && !ty_str_eq(ty_rows_text(rows, i, 0), id->s))
		i++;
	return i < rows->count;
}

/* Settle refused members as refused, except those whose run was already promised (NULL = none). */
static void
refusals_are_settled(struct group *group, const struct ty_rows *promised)
{
	for (size_t i = 0; i < group->count; i++) {
		struct member *m = &group->members[i];

		if (m->fate != FATE_REFUSED || !m->is_kept)
			continue;
		if (promised != NULL && is_among(promised, &m->receipt->id))
			settle(m, FATE_SETTLED, TY_VERDICT_ADMITTED, &m->receipt->id, 0);
		else
			m->fate = FATE_SETTLED;
	}
}

static void
group_on_overruled(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct group *group = ctx;

	if (err == NULL)
		refusals_are_settled(group, rows);
	group_on_corrected(group);
}

/* Invariant (6): whose refusals were not written? */
static void
group_overrule(struct group *group)
{
	struct ty_id *ids = ty_arena_alloc_array(group->arena, group->count, sizeof(*ids));
	struct ty_store_query query;
	size_t n = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct member *m = &group->members[i];

		if (m->fate == FATE_REFUSED && m->is_kept)
			ids[n++] = m->receipt->id;
	}
	ty_store_accepted_query(group->arena, ids, n, &query);
	group->corrections += intake_query(group->intake, &query, group_on_overruled, group);
}

static void
group_on_refused(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct group *group = ctx;

	if (err == NULL && ty_rows_int(rows, 0, 0) == (int64_t)group->refusals)
		refusals_are_settled(group, NULL);
	else if (err == NULL)
		group_overrule(group);
	group_on_corrected(group);
}

static void
group_refuse(struct group *group)
{
	struct ty_delivery_refusal *refusals =
		ty_arena_alloc_array(group->arena, group->count, sizeof(*refusals));
	struct ty_store_query query;
	size_t n = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct member *m = &group->members[i];

		if (m->fate == FATE_REFUSED && m->is_kept)
			refusals[n++] = (struct ty_delivery_refusal){
				.id = m->receipt->id,
				.verdict = ty_verdict_name(m->admission.verdict),
				.reason = receipt_refusal_reason(m->admission.verdict),
			};
	}
	if (n == 0)
		return;
	group->refusals = n;
	ty_store_refuse_query(group->arena, refusals, n, &query);
	group->corrections += intake_query(group->intake, &query, group_on_refused, group);
}

static void
group_redirect(struct group *group)
{
	struct ty_id *ids = ty_arena_alloc_array(group->arena, 2 * group->count, sizeof(*ids));
	struct ty_id *runs = ids + group->count;
	struct ty_store_query query;
	size_t n = 0;

	/* Postgres has written its own duplicates right, so that only asked members remain. */
	for (size_t i = 0; i < group->asked_count; i++) {
		struct member *m = group->asked[i];

		if (!m->is_kept || m->admission.verdict != TY_VERDICT_DUPLICATE)
			continue;
		m->fate = FATE_MOVED;
		ids[n] = m->receipt->id;
		runs[n++] = m->admission.run_id;
	}
	if (n == 0)
		return;
	ty_store_redirect_query(group->arena, ids, runs, n, &query);
	if (intake_query(group->intake, &query, group_on_redirected, group))
		group->corrections++;
	else
		moved_are_settled(group);
}

static void
group_correct(struct group *group)
{
	group_redirect(group);
	group_refuse(group);
	group_answer(group);
	if (group->corrections == 0)
		group_keep(group);
}

/* ---- KEEP ---- */

static void
group_on_kept(void *ctx, const struct ty_admission *admissions, size_t count,
	      const struct ty_err *err)
{
	struct group *group = ctx;

	for (size_t i = 0; i < group->asked_count; i++) {
		group->asked[i]->fate = FATE_SETTLED;
		group->asked[i]->code = err == NULL ? TY_OK : TY_E_UNAVAILABLE;
	}
	repeats_are_settled(group);
	group_answer(group);
	intake_group_ended(group->intake);
}

static void
group_keep(struct group *group)
{
	struct ty_job *jobs = ty_arena_alloc_array(group->arena, group->count, sizeof(*jobs));

	group->asked_count = 0;
	for (size_t i = 0; i < group->count; i++) {
		struct member *m = &group->members[i];
		struct ty_receipt refused;

		if (m->fate != FATE_REFUSED)
			continue;
		refused = *m->receipt;
		refused.verdict = ty_verdict_name(m->admission.verdict);
		refused.reason = receipt_refusal_reason(m->admission.verdict);
		ty_receipt_to_job(&refused, &(struct ty_job_text){ 0 }, &jobs[group->asked_count]);
		jobs[group->asked_count].owed_receipt = ty_receipt_format(group->arena, &refused);
		group->asked[group->asked_count++] = m;
	}
	if (group->asked_count == 0)
		group_on_kept(group, NULL, 0, NULL);
	else
		ty_queue_admit(group->intake->queue, jobs, group->asked_count, group_on_kept,
			       group);
}

void
group_begin(struct ty_intake *intake, struct entry *first, size_t count)
{
	struct group *group = ty_arena_new_of(intake->arena, struct group);

	group->intake = intake;
	group->arena = intake->arena;
	group->count = group->width = count;
	group->members = ty_arena_alloc_array(group->arena, count, sizeof(*group->members));
	group->asked = ty_arena_alloc_array(group->arena, count, sizeof(struct member *));
	for (size_t i = 0; i < count; i++, first = first->next) {
		group->members[i].entry = first;
		group->members[i].receipt = first->receipt;
	}
	group_write(group);
}
