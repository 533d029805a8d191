/*
 * request.c -- what a step asks of the world, and the effect journal.
 *
 * Invariants:
 *   (1) ops->call of an effectful node happens only after its intent is journaled, and its
 *       answer reaches the node only after it is journaled.
 *   (2) Answers are delivered in request order, whatever order they came in, and a request
 *       is started only when no answer is ready to be delivered: so a run taken over from
 *       its journal starts no call that the first attempt would not have started.
 *   (3) At most ENGINE_CALLS_MAX requests of a step are under way.
 *   (4) What a node is given is always read back from the journal's own form, so the first
 *       attempt and a replay see the same bytes.
 *   (5) The node's deadline is journaled as the answer of the effects that it cut off: else a
 *       replay would take an attempt that was given up for one in doubt.
 *
 * One request (function of each transition in brackets):
 *
 *              wait                       eval, call that is not journaled
 *   QUEUED ----------> SLEEPING        QUEUED ----------------------------+
 *     |                   |  [wake]                                       |
 *     | effect            v                                               v
 *     |               ANSWERED <-----[settle]---- ANSWER <--[answer]---- OUT
 *     |                   | ^                   (journaled)               ^
 *     |        [deliver,  | |                                             |
 *     |         run.c]    v +-- journal has the answer --+                | [call]
 *     |              DELIVERED                           |                |
 *     +---[start]--> journal? -------------------------->+                |
 *     |                 | intent without answer: repeat ------------------+
 *     |                 | intent without answer: stop --> IN_DOUBT        |
 *     +---[start]--> INTENT ------------[journal_done, run.c]-------------+
 *
 * Memory: the step's arena.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <string.h>

/* Step and request in one number, so that an answer to a step long gone finds nothing. */
uint64_t
request_token(const struct ty_step *step, const struct request *request)
{
	uint64_t number = request == &step->params_request ? 0 : request->number + 1;

	return step->serial << 24 | number;
}

struct request *
request_find(struct ty_run *run, uint64_t token, enum request_state state)
{
	struct ty_step *step = run->step;
	uint64_t number = token & 0xffffff;
	struct request *request;

	if (step == NULL || step->serial != token >> 24 || number > step->request_count)
		return NULL;
	request = number == 0 ? &step->params_request : step->requests[number - 1];
	return request->state == state ? request : NULL;
}

void
request_eval(struct ty_run *run, struct request *request)
{
	request->state = REQUEST_OUT;
	run->ops->eval(run->ctx, run, request_token(run->step, request), request->body,
		       request->timeout_ms);
}

static void
request_call(struct ty_run *run, struct request *request)
{
	request->state = REQUEST_OUT;
	run->ops->call(run->ctx, run, request_token(run->step, request), request->service,
		       request->body, request->timeout_ms);
}

/* ---- the journal ---- */

static void
request_name(struct ty_step *step, struct request *request)
{
	uint8_t sum[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(step->arena, 33), *text;

	request->key =
		ty_arena_printf(step->arena, "%s/1/%zu", step->plan->node->id, request->number);
	text = ty_arena_printf(step->arena, "%s/%s", step->run->spec.run_id.s, request->key);
	ty_sha256(text, strlen(text), sum);
	ty_str_hex(sum, 16, hex);
	request->idempotency_key = hex;
	json_object_set_new(request->body, "idempotency_key", json_string(hex));
}

static void
request_journal(struct ty_run *run, struct request *request, enum ty_journal_kind kind)
{
	struct ty_journal_entry entry = {
		.kind = kind,
		.key = request->key,
		.idempotency_key = request->idempotency_key,
		.at_ms = kind == TY_JOURNAL_ANSWER ? request->at_ms : run->clock_ms,
		.answer = kind == TY_JOURNAL_ANSWER ? request->answer : NULL,
	};

	request->state = kind == TY_JOURNAL_ANSWER ? REQUEST_ANSWER : REQUEST_INTENT;
	run->ops->journal(run->ctx, run, request_token(run->step, request), &entry);
}

/* An effect's answer has to be journaled before it is used. */
static void
request_keep(struct ty_run *run, struct request *request, json_t *answer)
{
	request->answer = answer;
	if (!request->journaled) {
		request_settle(run, request);
		return;
	}
	request->at_ms = run->ops->now_ms(run->ctx);
	request_journal(run, request, TY_JOURNAL_ANSWER);
}

/* The answer of an effect that the node's deadline cut off; a replay is cut off there too. */
static void
request_expire(struct ty_run *run, struct request *request)
{
	struct ty_err err = { .code = TY_OK };
	json_t *answer = ty_json_own(run->step->arena, json_object());

	step_timeout_err(run->step, &err);
	json_object_set_new(answer, "error", ty_json_from_err(&err));
	json_object_set_new(answer, "node_timeout", json_true());
	request_keep(run, request, answer);
}

bool
request_is_expired(const struct request *request)
{
	return ty_json_bool(request->answer, "node_timeout", false);
}

/* Intents that are being journaled are let through, and expire then. */
bool
request_expire_all(struct ty_run *run)
{
	struct ty_step *step = run->step;
	bool any = false;

	if (step->timed_out)
		return true;
	for (size_t i = step->delivered; i < step->started; i++)
		any = any || step->requests[i]->journaled;
	if (!any)
		return false;
	step->timed_out = true;
	step->deadline_ms = INT64_MAX;
	for (size_t i = step->delivered; i < step->started; i++) {
		struct request *request = step->requests[i];

		if (!request->journaled || request->state != REQUEST_OUT)
			continue;
		run->ops->abandon(run->ctx, run, request_token(step, request));
		request_expire(run, request);
	}
	return true;
}

void
request_intended(struct ty_run *run, struct request *request)
{
	if (run->step->timed_out)
		request_expire(run, request);
	else
		request_call(run, request);
}

static void
start_effect(struct ty_run *run, struct request *request)
{
	const json_t *entry;

	request_name(run->step, request);
	entry = run->journal != NULL ? ty_map_find(run->journal, request->key) : NULL;
	if (entry == NULL && run->step->timed_out) {
		request_expire(run, request);
		return;
	}
	if (entry == NULL) {
		request_journal(run, request, TY_JOURNAL_INTENT);
		return;
	}
	request->answer = ty_json_obj(entry, "answer");
	if (request->answer != NULL) {
		request->at_ms = ty_json_int(entry, "at_ms", run->clock_ms);
		request_settle(run, request);
	} else if (request->in_doubt == TY_IN_DOUBT_REPEAT) {
		request_call(run, request);
	} else {
		request->state = REQUEST_IN_DOUBT;
		run->step->calls_out--;
	}
}

/* ---- the way of a request ---- */

bool
request_start_next(struct ty_run *run)
{
	struct ty_step *step = run->step;
	struct request *request;

	if (step->started == step->request_count || step->calls_out >= ENGINE_CALLS_MAX ||
	    (step->timed_out && step->calls_out > 0))
		return false;
	request = step->requests[step->started++];
	if (request->kind == REQUEST_WAIT) {
		request->state = REQUEST_SLEEPING;
		step->sleeping++;
		return true;
	}
	step->calls_out++;
	if (request->kind == REQUEST_EVAL)
		request_eval(run, request);
	else if (request->journaled)
		start_effect(run, request);
	else
		request_call(run, request);
	return true;
}

/* The world has answered. */
void
request_answer(struct ty_run *run, struct request *request, const json_t *value,
	       const struct ty_err *err)
{
	json_t *answer = ty_json_own(run->step->arena, json_object());

	if (err != NULL)
		json_object_set_new(answer, "error", ty_json_from_err(err));
	else
		json_object_set(answer, "value", (json_t *)value);
	request_keep(run, request, answer);
}

void
request_settle(struct ty_run *run, struct request *request)
{
	request->state = REQUEST_ANSWERED;
	if (request->kind != REQUEST_PARAMS)
		run->step->calls_out--;
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
	return true;
}

/* ---- waits ---- */

void
request_wake(struct ty_run *run, int64_t now_ms)
{
	struct ty_step *step = run->step;

	if (step == NULL || step->sleeping == 0)
		return;
	for (size_t i = step->delivered; i < step->started; i++) {
		struct request *request = step->requests[i];

		if (request->state == REQUEST_SLEEPING && request->at_ms <= now_ms) {
			request->state = REQUEST_ANSWERED;
			step->sleeping--;
		}
	}
}

int64_t
request_next_wake_ms(const struct ty_run *run)
{
	const struct ty_step *step = run->step;
	int64_t next = INT64_MAX;

	if (step->sleeping == 0)
		return next;
	for (size_t i = step->delivered; i < step->started; i++)
		if (step->requests[i]->state == REQUEST_SLEEPING && step->requests[i]->at_ms < next)
			next = step->requests[i]->at_ms;
	return next;
}

/* ---- the end of a step that is not answered in full ---- */

static void
request_abandon(struct ty_run *run, struct request *request)
{
	enum request_state state = request->state;

	request->state = REQUEST_DELIVERED;
	if (state == REQUEST_INTENT || state == REQUEST_OUT || state == REQUEST_ANSWER)
		run->ops->abandon(run->ctx, run, request_token(run->step, request));
}

void
request_abandon_all(struct ty_run *run)
{
	struct ty_step *step = run->step;

	request_abandon(run, &step->params_request);
	for (size_t i = step->delivered; i < step->started; i++)
		request_abandon(run, step->requests[i]);
}
