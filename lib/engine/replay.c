/*
 * replay.c -- a run again from its journal: where it has to end because nobody can answer.
 *
 * Invariants:
 *   (1) No effect is made.  A call is answered by the journal's entry of the same key, or the run ends at it.
 *   (2) That entry is taken only where the call asks what the journal says was asked.  An entry of a release that
 *       did not write that down is taken by a proof, whose digest says whether it was right, and ends a what-if.
 *   (3) What a machine decided about code (time, memory) is taken by a proof, and not by a what-if, whose code may be
 *       another.
 *   (4) A proof of a run that was ended from outside ends where that run had no more answers, or waited.
 */
#include "engine/private.h"

/* End the replay as the run ended that is replayed. */
static void
replay_cut(struct ty_run *run)
{
	const json_t *error = run->spec.ended;
	const char *hint = ty_json_str(error, "hint", NULL);
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, ty_code_find(ty_json_str(error, "code", "canceled")), "%s",
		   ty_json_str(error, "message", ""));
	if (hint != NULL)
		ty_err_hint(&err, "%s", hint);
	err.retryable = ty_json_bool(error, "retryable", false);
	run_settle(run, err.code == TY_E_TIMEOUT ? TY_STATUS_TIMEOUT : TY_STATUS_CANCELED, &err);
}

bool
replay_is_cut(struct ty_run *run, int64_t at_ms)
{
	if (run->spec.ended == NULL || at_ms <= run->spec.ended_at_ms)
		return false;
	replay_cut(run);
	return true;
}

/* End the run where it has no answer to take. */
static bool
replay_no_answer(struct ty_run *run, const char *why, const char *hint)
{
	struct ty_err err = { .code = TY_OK };

	ty_err_set(&err, TY_E_NO_ANSWER, "%s", why);
	ty_err_hint(&err, "%s", hint);
	run_settle(run, TY_STATUS_ERROR, &err);
	return true;
}

static bool
replay_has_none(struct request *request)
{
	struct ty_run *run = request->step->run;

	if (run->spec.ended != NULL) {
		replay_cut(run);
		return true;
	}
	return replay_no_answer(
		run,
		request->kind == REQUEST_WAIT
			? "Nobody has called here in the run that is replayed"
			: "The run that is replayed has not made this call, or got no answer",
		"What would have happened from here on is not known: run the workflow to see it.");
}

static bool
replay_asks_otherwise(struct ty_run *run)
{
	return replay_no_answer(run,
				"This call asks something else than the run that is replayed did",
				"There is no answer to take: run the workflow to see what comes.");
}

static bool
replay_knows_not(struct ty_run *run)
{
	return replay_no_answer(run,
				"The journal does not say what the run that is replayed asked here",
				"An earlier release has made that run; newer ones are compared.");
}

/* Is the answer a timeout of the node, for which nobody was asked? */
static bool
is_of_deadline(const json_t *answer)
{
	return ty_json_bool(answer, "node_timeout", false);
}

static bool
call_ends(struct request *request, const json_t *entry)
{
	struct ty_run *run = request->step->run;
	const json_t *answer = ty_json_obj(entry, "answer");
	const char *asked = ty_json_str(entry, "request_digest", NULL);

	if (answer == NULL && request->step->timed_out && entry == NULL)
		return false;
	if (answer == NULL && entry != NULL && request->call.in_doubt != TY_IN_DOUBT_REPEAT)
		return false; /* the replay ends in doubt, as that run did */
	if (answer == NULL)
		return replay_has_none(request);
	if (is_of_deadline(answer))
		return false;
	if (asked == NULL)
		return run->spec.replay == TY_REPLAY_WHAT_IF && replay_knows_not(run);
	request->digest = source_digest(request);
	return !ty_str_eq(asked, request->digest) && replay_asks_otherwise(run);
}

/* A wait without an address ends by its time, too, and the journal says nothing of it then. */
static bool
wait_ends(struct request *request, const json_t *entry)
{
	if (!request->by_call || ty_json_obj(entry, "answer") != NULL)
		return false;
	if (!request->is_linked && request->step->run->spec.replay == TY_REPLAY_PROOF)
		return false;
	return replay_has_none(request);
}

bool
replay_ends(struct request *request, const json_t **entry)
{
	enum ty_replay replay = request->step->run->spec.replay;

	if (replay == TY_REPLAY_NO)
		return false;
	if (request->journaled)
		return call_ends(request, *entry);
	if (request->kind == REQUEST_WAIT)
		return wait_ends(request, *entry);
	if (replay == TY_REPLAY_WHAT_IF)
		*entry = NULL;
	return false;
}
