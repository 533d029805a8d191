/*
 * request.c -- what a step asks of the world, and when the journal is asked or told.
 *
 * Invariants:
 *   (1) ops->call of an effectful node happens only after its intent is journaled, and its
 *       answer reaches the node only after it is journaled.
 *   (2) Answers are delivered in request order, whatever order they came in, and a request
 *       is started only when no answer is ready to be delivered: so a run taken over from
 *       its journal starts no call that the first attempt would not have started.
 *   (3) At most TY_LIMIT_RUN_CALLS requests of a run's open steps are under way; those of the step
 *       whose turn it is come first.
 *   (4) What a node is given is always read back from the journal's own form, so the first
 *       attempt and a replay see the same bytes.
 *   (5) What a machine decides is journaled before the run goes on past it, of pure nodes too:
 *       the node's deadline as the answer to all that it cut off, and every failure of a
 *       request.  A replay takes that answer and asks nobody, however fast it is.
 *   (6) Where the journal shows that an earlier attempt had an answer that now fails, the run
 *       ends: what follows in the journal are answers to other questions than would be asked.
 *
 * One request (function of each transition in brackets):
 *
 *              wait                       eval, call that is not an effect
 *   QUEUED ----------> SLEEPING        QUEUED ----------------------------+
 *     |                   |  [wake]                                       |
 *     | effect            v                                               v
 *     |               ANSWERED <-----[settle]---- ANSWER <--[answer]---- OUT
 *     |                   | ^                   (journaled)               ^
 *     |        [deliver,  | |                                             |
 *     |      step_run.c]  v +-- journal has the answer --+                | [call]
 *     |              DELIVERED                           |                |
 *     +---[start]--> journal? -------------------------->+                |
 *     |                 | another run has it [source.c] --> ANSWER         |
 *     |                 | intent without answer: repeat ------------------+
 *     |                 | intent without answer: stop --> IN_DOUBT        |
 *     +---[start]--> INTENT ------------[journal_done, run.c]-------------+
 *
 * A call whose answer another process journals goes from OUT to SLEEPING [sleep], and is found answered
 * when the run is taken up.
 * Any kind may have its answer in the journal; [expire] answers OUT and SLEEPING.  A value that
 * is no effect's goes from OUT to ANSWERED at once.
 *
 * Memory: the step's arena.
 */
#include "engine/private.h"

#include <string.h>

/* Bytes of the text that lists calls: of every second one that failed, some fifty are named. */
#define CALL_ITEMS_BYTES 200

/* Step and request in one number, so that an answer to a step long gone finds nothing. */
uint64_t
request_token(const struct request *request)
{
	const struct ty_step *step = request->step;
	uint64_t number = request == &step->params_request ? 0 : request->number + 1;

	return step->serial << TY_TOKEN_STEP_SHIFT | number;
}

struct request *
request_find(struct ty_run *run, uint64_t token, enum request_state state)
{
	struct ty_step *step = run->step;
	uint64_t number = token & 0xffffff;
	struct request *request;

	for (size_t i = 0; i < run->early.count; i++)
		if (run->early.steps[i]->serial == token >> TY_TOKEN_STEP_SHIFT)
			step = run->early.steps[i];
	if (step == NULL || step->serial != token >> TY_TOKEN_STEP_SHIFT ||
	    (number > step->request_count && number != REQUEST_DELAY_NUMBER + 1))
		return NULL;
	request = number > step->request_count ? step->delay
		  : number == 0		       ? &step->params_request
					       : step->requests[number - 1];
	return request != NULL && request->state == state ? request : NULL;
}

bool
request_any(const struct ty_step *step, unsigned states)
{
	bool any = (REQUEST_BIT(step->params_request.state) & states) != 0;

	for (size_t i = step->delivered; i < step->started && !any; i++)
		any = (REQUEST_BIT(step->requests[i]->state) & states) != 0;
	return any;
}

/* ---- answers, and what of them is kept ---- */

static bool
request_has_failed(const struct request *request)
{
	return json_object_get(request->answer, "error") != NULL;
}

/* Fail, because this would lead where the journal of an earlier attempt does not. */
static void
request_contradicts(struct request *request)
{
	struct ty_err err = { .code = TY_OK };

	request_error(request, &err);
	ty_err_wrap(&err, "an earlier attempt of this run went past this, and now it fails");
	if (err.hint[0] == '\0')
		ty_err_hint(&err, "See what it did before that; then run the workflow again.");
	request_settle(request);
	run_settle(request->step->run, TY_STATUS_ERROR, &err);
}

/* An effect's answer, and any failure, has to be journaled before it is used. */
static void
request_keep(struct request *request, json_t *answer)
{
	struct ty_run *run = request->step->run;

	request->answer = answer;
	if (!request->journaled && !request_has_failed(request)) {
		request_settle(request);
	} else if (!request->journaled && journal_is_past(request)) {
		if (request->step->is_early)
			early_put_back(request->step);
		else
			request_contradicts(request);
	} else {
		request->at_ms = run->ops->now_ms(run->ctx);
		journal_write(request, TY_JOURNAL_ANSWER);
	}
}

/* False where the journal has no answer, an intent at most. */
static bool
request_take(struct request *request, const json_t *entry)
{
	json_t *answer = ty_json_obj(entry, "answer");

	if (answer == NULL)
		return false;
	request->answer = answer;
	/* A wait that was to end then ended then, whenever somebody came to write that down. */
	if (request->kind != REQUEST_WAIT || request->by_call || request_has_failed(request))
		request->at_ms = ty_json_int(entry, "at_ms", request->step->clock_ms);
	request_settle(request);
	return true;
}

/* ---- the node's deadline ---- */

static void
request_expire(struct request *request)
{
	struct ty_step *step = request->step;
	struct ty_err err = { .code = TY_OK };
	json_t *answer = ty_json_own(step->arena, json_object());

	ty_err_set(&err, TY_E_TIMEOUT, "the node took longer than its limit of %lld ms",
		   (long long)step->plan->node->timeout_ms);
	ty_err_hint(&err, "Raise the node's timeout_ms, or give it less to do.");
	json_object_set_new(answer, "error", ty_json_from_err(&err));
	json_object_set_new(answer, "node_timeout", json_true());
	request_keep(request, answer);
}

bool
request_is_expired(const struct request *request)
{
	return ty_json_bool(request->answer, "node_timeout", false);
}

static void
request_cut_off(struct request *request)
{
	struct ty_run *run = request->step->run;

	if (request->state == REQUEST_OUT)
		run->ops->expire(run->ctx, run, request_token(request));
	else if (request->state == REQUEST_SLEEPING)
		request->step->sleeping--;
	else
		return;
	request_expire(request);
}

void
request_expire_all(struct ty_step *step)
{
	if (step->timed_out)
		return;
	step->timed_out = true;
	step->deadline_ms = INT64_MAX;
	request_cut_off(&step->params_request);
	for (size_t i = step->delivered; i < step->started && !step->run->over; i++)
		request_cut_off(step->requests[i]);
}

/* ---- starting ---- */

static void
request_ask(struct request *request)
{
	struct ty_run *run = request->step->run;
	uint64_t token = request_token(request);

	if (request->kind == REQUEST_WAIT) {
		request->state = REQUEST_SLEEPING;
		request->step->sleeping++;
		return;
	}
	request->state = REQUEST_OUT;
	request->call.key = request->key;
	if (request->kind == REQUEST_CALL)
		run->ops->call(run->ctx, run, token, &request->call);
	else
		run->ops->eval(run->ctx, run, token, request->body, request->timeout_ms);
}

void
request_send(struct request *request)
{
	if (request->step->timed_out)
		request_expire(request);
	else
		request_ask(request);
}

static void
start_effect(struct request *request, const json_t *entry)
{
	json_t *answer = NULL;

	if (entry == NULL && !request->step->timed_out) {
		request->digest = source_digest(request);
		answer = source_answer(request);
	}
	if (answer != NULL) {
		request_keep(request, answer);
		return;
	}
	json_object_set_new(request->call.request, "idempotency_key",
			    json_string(request->idempotency_key));
	if (entry == NULL && request->step->timed_out) {
		request_expire(request);
	} else if (entry == NULL) {
		journal_write(request, TY_JOURNAL_INTENT);
	} else if (request->call.in_doubt == TY_IN_DOUBT_REPEAT) {
		request_ask(request);
	} else {
		request->state = REQUEST_IN_DOUBT;
		request->step->calls_out--;
	}
}

void
request_start(struct request *request)
{
	const json_t *entry = journal_find(request);

	if (request_goes_out(request))
		request->step->calls_out++;
	request->answer = retry_answer(request);
	if (request->answer != NULL) {
		request_settle(request);
		return;
	}
	if (replay_ends(request, &entry))
		return;
	if (entry != NULL && request_take(request, entry))
		return;
	if (request->journaled)
		start_effect(request, entry);
	else
		request_send(request);
}

/* ---- the way of a request ---- */

bool
request_start_next(struct ty_step *step)
{
	if (step->started == step->request_count ||
	    early_calls_out(step->run) >= TY_LIMIT_RUN_CALLS ||
	    (step->timed_out && step->calls_out > 0))
		return false;
	request_start(step->requests[step->started++]);
	return true;
}

/* The world has answered. */
void
request_answer(struct request *request, const json_t *value, const struct ty_err *err)
{
	json_t *answer = ty_json_own(request->step->arena, json_object());

	if (err != NULL)
		json_object_set_new(answer, "error", ty_json_from_err(err));
	else
		json_object_set(answer, "value", (json_t *)value);
	request->has_own_answer = true;
	request_keep(request, answer);
}

void
request_sleep(struct request *request)
{
	request->state = REQUEST_SLEEPING;
	request->at_ms = INT64_MAX;
	request->step->sleeping++;
	request->step->calls_out--;
}

/* A retry gives answers of the attempt before, and a step that is put back its own, so they stay
 * where one may follow. */
void
request_forget(struct request *request)
{
	/* Drop the body, because it names an answer, which a chain of many would keep. */
	if (request->kind == REQUEST_LATE)
		json_object_clear(request->body);
	if (request->has_own_answer && !request->step->is_early &&
	    request->step->plan->node->retry.tries <= 1 &&
	    request->step->plan->node->on_open == TY_ON_OPEN_FAIL)
		json_object_del(request->answer, "value");
}

void
request_settle(struct request *request)
{
	request->state = REQUEST_ANSWERED;
	if (request_goes_out(request))
		request->step->calls_out--;
}

/* The error of an answer as the journal has it; false where it is a value. */
bool
request_error(const struct request *request, struct ty_err *err)
{
	const json_t *error = ty_json_obj(request->answer, "error");
	const char *hint;

	if (error == NULL)
		return false;
	ty_err_set(err, ty_code_find(ty_json_str(error, "code", "internal")), "%s",
		   ty_json_str(error, "message", ""));
	ty_err_at(err, "%s", ty_json_str(error, "path", ""));
	hint = ty_json_str(error, "hint", NULL);
	if (hint != NULL)
		ty_err_hint(err, "%s", hint);
	err->retryable = ty_json_bool(error, "retryable", false);
	err->retry_after_ms = ty_json_int(error, "retry_after_ms", 0);
	return true;
}

/* ---- waits ---- */

/* Journal that nobody has called in time, so that a later call is told so and no worker takes it. */
static void
request_lapse(struct request *request)
{
	request->answer =
		ty_json_own(request->step->arena, json_pack("{s:n, s:b}", "value", "lapsed", 1));
	journal_write(request, TY_JOURNAL_ANSWER);
}

void
request_wake(struct ty_run *run, int64_t now_ms)
{
	struct ty_step *step = run->step;

	if (step == NULL || step->sleeping == 0)
		return;
	for (size_t i = step->delivered; i < step->started; i++) {
		struct request *request = step->requests[i];

		if (request->state != REQUEST_SLEEPING || request->at_ms > now_ms)
			continue;
		step->sleeping--;
		if (request->is_linked)
			request_lapse(request);
		else
			request->state = REQUEST_ANSWERED;
	}
}

int64_t
request_next_wake_ms(const struct ty_run *run)
{
	const struct ty_step *step = run->step;
	int64_t next = INT64_MAX;

	if (step == NULL || step->sleeping == 0)
		return next;
	for (size_t i = step->delivered; i < step->started; i++)
		if (step->requests[i]->state == REQUEST_SLEEPING && step->requests[i]->at_ms < next)
			next = step->requests[i]->at_ms;
	return next;
}

/* ---- the end of a step that is not answered in full ---- */

static void
request_abandon(struct request *request)
{
	enum request_state state = request->state;
	struct ty_run *run = request->step->run;

	request->state = REQUEST_DELIVERED;
	if (state == REQUEST_INTENT || state == REQUEST_OUT || state == REQUEST_ANSWER)
		run->ops->abandon(run->ctx, run, request_token(request));
}

void
request_abandon_all(struct ty_step *step)
{
	request_abandon(&step->params_request);
	if (step->delay != NULL)
		request_abandon(step->delay);
	for (size_t i = step->delivered; i < step->started; i++)
		request_abandon(step->requests[i]);
}

/* ---- which calls had gone out when a step failed ---- */

enum call_end { CALL_WELL, CALL_FAILED, CALL_OPEN, CALL_UNSENT, CALL__COUNT };

/*
 * An attempt before this one may have sent more than this one has come to: the journal knows.
 * A call whose intent is still being journaled has not gone out.
 */
static enum call_end
call_end(struct ty_step *step, size_t i)
{
	struct request *request = step->requests[i];

	if (i < step->delivered)
		return request_has_failed(request) || failed_has(step, request->item) ||
				       request->item == step->blamed
			       ? CALL_FAILED
			       : CALL_WELL;
	if (i < step->started && request->state != REQUEST_INTENT)
		return CALL_OPEN;
	return journal_find(request) != NULL ? CALL_OPEN : CALL_UNSENT;
}

/* "0-4, 7": the items of the calls that ended so; NULL where none did. */
static const char *
call_items(struct ty_step *step, const enum call_end *ends, enum call_end end)
{
	struct ty_buf buf;

	ty_buf_init(&buf, step->arena, 64);
	for (size_t i = 0; i < step->request_count; i++) {
		size_t first = i;

		if (ends[i] != end)
			continue;
		while (i + 1 < step->request_count && ends[i + 1] == end)
			i++;
		if (buf.len > CALL_ITEMS_BYTES) {
			ty_buf_printf(&buf, ", ...");
			break;
		}
		ty_buf_printf(&buf, "%s%zu", buf.len > 0 ? ", " : "", step->requests[first]->item);
		if (i > first)
			ty_buf_printf(&buf, "-%zu", step->requests[i]->item);
	}
	return buf.len > 0 ? buf.data : NULL;
}

void
request_tell_calls(struct ty_step *step)
{
	static const char *const texts[CALL__COUNT] = {
		[CALL_WELL] = "Went well",
		[CALL_FAILED] = "Failed",
		[CALL_OPEN] = "Sent, but the answer was not used",
		[CALL_UNSENT] = "Not sent",
	};
	size_t count = step->request_count, sent = 0;
	enum call_end *ends;
	struct ty_buf buf;

	if (count < 2 || !step->requests[0]->journaled || step->run->spec.replay != TY_REPLAY_NO)
		return;
	ends = ty_arena_alloc_array(step->arena, count, sizeof(*ends));
	for (size_t i = 0; i < count; i++) {
		ends[i] = call_end(step, i);
		sent += ends[i] != CALL_UNSENT;
	}
	ty_buf_init(&buf, step->arena, 200);
	for (size_t end = 0; end < CALL__COUNT; end++) {
		const char *items = call_items(step, ends, (enum call_end)end);

		if (items != NULL)
			ty_buf_printf(&buf, " %s: item%s %s.", texts[end],
				      strpbrk(items, "-,") != NULL ? "s" : "", items);
	}
	ty_step_notice(step, "calls_sent", "%zu of %zu calls had gone out; items count from 0.%s",
		       sent, count, buf.data);
}
