/*
 * submit.c -- the callers' side of the committer: a job is made, handed in, and waited for.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/str.h"

/* Bytes that count for a receipt with next to nothing in it: headers, ids, the row. */
#define ENTRY_BYTES 2048

/* A receipt while its caller waits. */
struct handed {
	struct ty_receipt kept;
	enum ty_code code; /* no job can be made of it */
};

/* TY_E_UNAVAILABLE: the receipt is not to be handed in. */
static enum ty_code
prepare(struct ty_arena *arena, const struct ty_receipt *receipt, struct handed *handed,
	struct entry *entry, struct ty_err *err)
{
	handed->kept = *receipt;
	handed->code = TY_OK;
	entry->receipt = &handed->kept;
	if (ty_str_eq(receipt->verdict, "accepted")) {
		/* Make the job in the caller's thread, because it is most of the work and the committer
		 * has only one. */
		handed->code = ty_job_text(arena, receipt, &entry->job, &handed->kept.notices, err);
		if (handed->code == TY_E_UNAVAILABLE)
			return handed->code; /* keep no receipt: the sender comes again */
		if (handed->code != TY_OK) {
			entry->job = (struct ty_job_text){ 0 };
			handed->kept.verdict = ty_job_verdict(handed->code);
			handed->kept.reason = ty_arena_strdup(arena, err->msg);
		}
	}
	entry->bytes = ENTRY_BYTES + receipt->body_len + entry->job.len + entry->job.body_len;
	sem_init(&entry->done, 0, 0);
	return TY_OK;
}

static void
await(struct entry *entry)
{
	while (sem_wait(&entry->done) != 0)
		; /* a signal */
	sem_destroy(&entry->done);
}

static enum ty_code
submit(struct ty_intake *intake, struct ty_arena *arena, const struct ty_receipt *receipt,
       struct ty_admission *ret_admission, struct ty_err *err)
{
	struct entry entry = { .receipt = NULL };
	struct handed handed;

	if (prepare(arena, receipt, &handed, &entry, err) != TY_OK)
		return err->code;
	intake_hand_in(intake, &entry, 1);
	await(&entry);
	if (entry.code != TY_OK) {
		ty_err_set(err, entry.code,
			   "The delivery could not be kept: no store can be reached");
		return ty_err_hint(err, "Send it again in a few seconds.");
	}
	if (handed.code == TY_OK)
		*ret_admission = entry.admission;
	return handed.code;
}

enum ty_code
ty_intake_submit(struct ty_intake *intake, const struct ty_receipt *receipt,
		 struct ty_admission *ret_admission, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "intake submit", 0);
	enum ty_code code = submit(intake, arena, receipt, ret_admission, err);

	ty_arena_free(arena);
	return code;
}

void
ty_intake_submit_all(struct ty_intake *intake, const struct ty_receipt *receipts, size_t count,
		     struct ty_intake_answer *ret_answers)
{
	struct ty_arena *arena = ty_arena_new(NULL, "intake submit", 0);
	struct handed *handed = ty_arena_alloc_array(arena, count + 1, sizeof(*handed));
	struct entry *entries = ty_arena_alloc_array(arena, count + 1, sizeof(*entries));
	size_t *places = ty_arena_alloc_array(arena, count + 1, sizeof(*places));
	size_t n = 0;
	struct ty_err err;

	for (size_t i = 0; i < count; i++) {
		ret_answers[i].code = prepare(arena, &receipts[i], &handed[n], &entries[n], &err);
		if (ret_answers[i].code == TY_OK)
			places[n++] = i;
	}
	intake_hand_in(intake, entries, n);
	for (size_t k = 0; k < n; k++) {
		struct ty_intake_answer *answer = &ret_answers[places[k]];

		await(&entries[k]);
		answer->code = entries[k].code != TY_OK ? entries[k].code : handed[k].code;
		answer->admission = entries[k].admission;
	}
	ty_arena_free(arena);
}
