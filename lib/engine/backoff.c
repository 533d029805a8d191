/*
 * backoff.c -- of which errors a node is called again, and after how long.
 *
 * A delay that doubles has full jitter: it is drawn between nothing and its bound, so that many runs
 * which failed at one moment do not come back at one moment.  The chance is of the run's seed, so that
 * a replay waits as long.
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

int64_t
backoff_ms(struct ty_step *step)
{
	const struct ty_retry *retry = &step->plan->node->retry;
	int64_t asked_ms = step->retry_after_ms, ms;

	if (asked_ms > TY_LIMIT_RETRY_MS)
		asked_ms = TY_LIMIT_RETRY_MS;
	if (step->retry_waits)
		return asked_ms + draw(step, PROBE_SPREAD_MS);
	ms = grown_ms(retry, (int64_t)(step->attempt - step->waits));
	if (retry->backoff == TY_BACKOFF_EXPONENTIAL)
		ms = draw(step, ms);
	return ms > asked_ms ? ms : asked_ms;
}
