/*
 * backoff.c -- of which errors a node is called again, and after how long.
 *
 * A delay that doubles has full jitter: it is drawn between nothing and its bound, so that many runs
 * which failed at one moment do not come back at one moment.
 *
 * The chance is of the run's seed, and what came of it is journaled before the delay begins, so that a worker
 * that takes the run over and a proof wait as long, whatever their release draws.  A journal without it is of a
 * release that drew by the seed alone, as this one does.  A what-if draws anew, because its version may say
 * another delay.  Delays without chance follow from the plan and the answers, and cost no entry.
 */
#include "engine/private.h"

#include <stdlib.h>

/* Behind a breaker's next probe: those who wait for it come one after the other, the first as probe. */
#define PROBE_SPREAD_MS 1000

bool
backoff_may_retry(const struct ty_graph_node *node, enum ty_code code, bool retryable)
{
	if (node->retry.on == 0)
		return retryable;
	/* Take a code at the author's word even where it never passes by itself; of other codes some errors do not pass. */
	return (node->retry.on & (UINT64_C(1) << code)) != 0 &&
	       (retryable || !ty_code_is_retryable(code));
}

/* Between 1 and 'bound'. */
static int64_t
draw(struct ty_step *step, int64_t bound)
{
	char hex[65];

	digest_seed(
		step,
		ty_arena_printf(step->arena, "%s/backoff", journal_step_name(step, step->attempt)),
		hex);
	hex[13] = '\0'; /* 52 bits: more than the longest delay in ms by far */
	return 1 + (int64_t)(strtoull(hex, NULL, 16) % (uint64_t)bound);
}

static int64_t
grown_ms(const struct ty_retry *retry, int64_t times)
{
	int64_t ms = retry->base_ms;

	if (retry->backoff == TY_BACKOFF_LINEAR)
		ms *= times;
	for (int64_t i = 1; retry->backoff == TY_BACKOFF_EXPONENTIAL && i < times; i++)
		ms *= 2;
	return ms < retry->max_ms ? ms : retry->max_ms;
}

static bool
has_chance(const struct ty_step *step)
{
	return step->retry_waits || step->plan->node->retry.backoff == TY_BACKOFF_EXPONENTIAL;
}

static int64_t
backoff_ms(struct ty_step *step)
{
	const struct ty_retry *retry = &step->plan->node->retry;
	int64_t asked_ms = step->retry_after_ms, ms;

	if (asked_ms > TY_LIMIT_RETRY_MS)
		asked_ms = TY_LIMIT_RETRY_MS;
	if (step->retry_waits)
		return asked_ms + draw(step, PROBE_SPREAD_MS);
	ms = grown_ms(retry, (int64_t)retry_tries(step));
	if (has_chance(step))
		ms = draw(step, ms);
	return ms > asked_ms ? ms : asked_ms;
}

/* ---- the delay in the journal ---- */

static struct request *
delay_new(struct ty_step *step)
{
	struct request *delay = ty_arena_new_of(step->arena, struct request);

	delay->step = step;
	delay->kind = REQUEST_DELAY;
	delay->number = REQUEST_DELAY_NUMBER;
	delay->item = SIZE_MAX;
	return delay;
}

/* Delay as the journal has it; 0 = it has none that counts for this run. */
static int64_t
delay_find_ms(struct request *delay)
{
	const json_t *entry =
		delay->step->run->spec.replay != TY_REPLAY_WHAT_IF ? journal_find(delay) : NULL;
	int64_t ms = ty_json_int(ty_json_obj(ty_json_obj(entry, "answer"), "value"), "delay_ms", 0);

	return ms > 0 && ms <= TY_LIMIT_RETRY_MS + PROBE_SPREAD_MS ? ms : 0;
}

static void
delay_write(struct request *delay)
{
	struct ty_step *step = delay->step;

	delay->at_ms = step->clock_ms;
	delay->answer = ty_json_own(step->arena, json_pack("{s:{s:I}}", "value", "delay_ms",
							   (json_int_t)step->retry_ms));
	journal_write(delay, TY_JOURNAL_ANSWER);
}

static void
delay_draw(struct ty_step *step)
{
	step->delay = delay_new(step);
	step->retry_ms = delay_find_ms(step->delay);
	if (step->retry_ms > 0) {
		request_settle(step->delay);
		return;
	}
	step->retry_ms = backoff_ms(step);
	delay_write(step->delay);
}

bool
backoff_is_settled(struct ty_step *step)
{
	if (!has_chance(step)) {
		step->retry_ms = backoff_ms(step);
		return true;
	}
	if (step->delay == NULL)
		delay_draw(step);
	return step->delay->state == REQUEST_ANSWERED;
}
