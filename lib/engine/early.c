/*
 * early.c -- steps that begin before their turn, so that what they read from the world overlaps.
 *
 *   [early_begin]--> open, before its turn --[early_hold]--> held: its end waits for its turn
 *                             |                                 |
 *                             +------[early_turn]---------------+
 *                                        |
 *                                        v
 *                    the run's step: goes on, or ends by the code that ends every step
 *
 * Invariants:
 *   (1) Steps take their turns in the graph's stable order.  What a step is to the run is settled in its
 *       turn: its record, the run's limits, totals, clock, verdict.  So records and digest are those
 *       of one step after the other.
 *   (2) Only a step that reads begins early (inputs.c), only past others that do, and only when its
 *       inputs are settled: they have ended, or are held and have ended well.
 *   (3) A step that fails before its turn fails in its turn: retries, on_error and the verdict are
 *       as if it had failed then.
 *   (4) A step that meets what only its turn can decide (the run's memory, a wait, a failure that the journal
 *       contradicts) is put back: it begins again in its turn, with the answers that it has journaled.
 *   (5) What began early and is never reached leaves no record; its calls stay in the journal.
 *   (6) A step's time limit runs from its turn, so that none fails because it shared with others.
 *
 * Memory: items of such a step are in an arena of its own, child of its frame's, which goes when
 * the step is put back.
 */
#include "engine/private.h"

#include <string.h>

/* A run that has taken so much begins nothing early: what is left is for the steps in their turn. */
#define SHORT_BYTES (TY_LIMIT_RUN_BYTES / 2)

/* ---- which are open ---- */

struct ty_step *
early_take(struct ty_run *run, size_t place)
{
	struct early *early = &run->early;

	for (size_t i = 0; i < early->count; i++) {
		struct ty_step *step = early->steps[i];

		if (step->plan->place != place)
			continue;
		early->count--;
		memmove(&early->steps[i], &early->steps[i + 1],
			(early->count - i) * sizeof(struct ty_step *));
		return step;
	}
	return NULL;
}

static bool
early_has(const struct ty_run *run, size_t place)
{
	for (size_t i = 0; i < run->early.count; i++)
		if (run->early.steps[i]->plan->place == place)
			return true;
	return false;
}

static void
early_add(struct ty_step *step)
{
	struct early *early = &step->run->early;
	size_t i = early->count++;

	for (; i > 0 && early->steps[i - 1]->plan->place > step->plan->place; i--)
		early->steps[i] = early->steps[i - 1];
	early->steps[i] = step;
}

size_t
early_calls_out(const struct ty_run *run)
{
	size_t count = run->step != NULL ? run->step->calls_out : 0;

	for (size_t i = 0; i < run->early.count; i++)
		count += run->early.steps[i]->calls_out;
	return count;
}

/* Are all held, with nothing of them under way? */
bool
early_is_idle(const struct ty_run *run)
{
	for (size_t i = 0; i < run->early.count; i++)
		if (run->early.steps[i]->held == HELD_NOT ||
		    request_any(run->early.steps[i], REQUEST_BIT(REQUEST_INTENT) |
							     REQUEST_BIT(REQUEST_OUT) |
							     REQUEST_BIT(REQUEST_ANSWER)))
			return false;
	return true;
}

void
early_abandon_all(struct ty_run *run)
{
	for (size_t i = 0; i < run->early.count; i++)
		request_abandon_all(run->early.steps[i]);
}

/* ---- memory ---- */

/* The run's arena is over its limit, not counting what steps before their turn have of it. */
static bool
arena_is_over(const struct ty_run *run)
{
	size_t early_bytes = 0;

	if (!ty_arena_is_over(run->arena))
		return false;
	for (size_t i = 0; i < run->early.count; i++)
		early_bytes += ty_arena_used_bytes(run->early.steps[i]->arena) +
			       ty_arena_used_bytes(run->early.steps[i]->keep);
	return ty_arena_used_bytes(run->arena) - early_bytes > TY_LIMIT_RUN_BYTES;
}

bool
run_is_full(const struct ty_run *run, size_t new_bytes)
{
	return run->bytes + new_bytes > TY_LIMIT_RUN_BYTES || arena_is_over(run);
}

static bool
early_is_full(const struct ty_run *run, size_t new_bytes)
{
	return run->early.bytes + new_bytes > TY_LIMIT_RUN_EARLY_BYTES ||
	       ty_arena_is_over(run->arena);
}

bool
early_admit(struct ty_step *step, size_t new_bytes)
{
	struct ty_run *run = step->run;

	if (early_is_full(run, new_bytes)) {
		run->early.is_off = true;
		early_put_back(step);
		return false;
	}
	run->early.bytes += new_bytes;
	return true;
}

/* ---- the end before the turn ---- */

void
early_hold(struct ty_step *step, enum step_held held)
{
	struct ty_run *run = step->run;

	if (step->held != HELD_NOT)
		return;
	step->held = held;
	step->ended_ms = run->ops->now_ms(run->ctx);
	if (held != HELD_WELL)
		return;
	step->node->outlets = step->outlets;
	step->node->clock_ms = step->clock_ms;
	step->node->is_settled = true;
	run->early.is_due = true;
}

void
early_hold_failure(struct ty_step *step, enum ty_status status, const struct ty_err *err)
{
	if (step->held != HELD_NOT)
		return;
	step->held_status = status;
	step->held_err = ty_arena_memdup(step->arena, err, sizeof(*err));
	early_hold(step, HELD_FAILED);
}

void
early_put_back(struct ty_step *step)
{
	step->held = HELD_BACK;
	step->node->is_settled = false;
	step->node->outlets = NULL;
}

/* ---- the turn ---- */

/* Count from now on the items that the step emitted; false where the run has no room for them. */
static bool
early_count_bytes(struct ty_step *step)
{
	struct ty_run *run = step->run;
	size_t bytes = step->out.new_bytes;

	run->early.bytes -= bytes;
	run->bytes += bytes;
	step->frame->bytes += bytes;
	return !run_is_full(run, 0);
}

/* The run has no room: what began early begins again in its turn, as if nothing had. */
static void
early_put_back_all(struct ty_run *run)
{
	run->early.is_off = true;
	for (size_t i = 0; i < run->early.count; i++)
		early_put_back(run->early.steps[i]);
}

void
early_turn(struct ty_step *step)
{
	struct ty_run *run = step->run;

	run->step = step;
	run->early.is_due = true;
	step->is_early = false;
	step->deadline_ms = run->now_ms + step->plan->node->timeout_ms;
	record_renumber(step);
	if (!early_count_bytes(step)) {
		early_put_back_all(run);
		early_put_back(step);
	}
	switch (step->held) {
	case HELD_NOT:
		break;
	case HELD_WELL:
		step_end(step);
		break;
	case HELD_DONE:
		step_done(step);
		break;
	case HELD_FAILED:
		step_fail(step, step->held_status, step->held_err);
		break;
	case HELD_BACK:
		step->phase = STEP_BACK;
		break;
	}
}

/* Begin again: calls that are answered, or have gone out, are known as the journal knows them. */
static void
step_again(struct ty_step *step)
{
	struct ty_run *run = step->run;
	struct frame *frame = step->frame;
	const struct plan_node *node = step->plan;
	struct items *inputs;
	size_t count;

	journal_remember(step);
	request_abandon_all(step);
	outlets_clear(step);
	if (step->keep != frame->arena)
		ty_arena_free(step->keep);
	ty_arena_free(step->arena);
	run->step = NULL;
	inputs = inputs_new(frame, node, &count);
	inputs_gather(run, frame, node, inputs);
	step_begin(step_open(run, frame, node, inputs, count));
}

bool
step_back_advance(struct ty_step *step)
{
	if (request_any(step, REQUEST_BIT(REQUEST_INTENT) | REQUEST_BIT(REQUEST_ANSWER)))
		return false;
	step_again(step);
	return true;
}

/* ---- beginning ---- */

static bool
early_is_possible(const struct ty_run *run)
{
	const struct early *early = &run->early;

	return early->is_due && !early->is_off && run->step != NULL && run->step->plan->reads &&
	       early->count < TY_ARRAY_COUNT(early->steps) &&
	       run->bytes + early->bytes < SHORT_BYTES &&
	       ty_arena_used_bytes(run->arena) < SHORT_BYTES;
}

static void
early_open(struct ty_run *run, const struct plan_node *node)
{
	struct frame *frame = run->frame;
	struct items *inputs;
	struct ty_step *step;
	size_t count;

	run->now_ms = run->ops->now_ms(run->ctx);
	inputs = inputs_new(frame, node, &count);
	inputs_gather(run, frame, node, inputs);
	step = step_open_in(run, frame, node, inputs, count,
			    ty_arena_new(frame->arena, "early", 0));
	step->is_early = true;
	step->deadline_ms = INT64_MAX;
	early_add(step);
	step_begin(step);
}

/*
 * Begin the next one that may; false where there is none.  A step that nothing comes to does nothing,
 * so others pass it whatever its node is.
 */
static bool
early_begin(struct ty_run *run)
{
	struct frame *frame = run->frame;

	if (!early_is_possible(run))
		return false;
	for (size_t place = frame->next; place < frame->end; place = run->plan->nodes[place].end) {
		const struct plan_node *node = &run->plan->nodes[place];
		struct node_state *state = frame_state(frame, place);
		bool is_settled;

		if (!run->reachable[place] || state->is_settled || early_has(run, place))
			continue;
		is_settled = inputs_are_settled(run, frame, node);
		if (is_settled &&
		    inputs_are_none(run, frame, node, inputs_count(run, frame, node))) {
			state->is_settled = true;
			continue;
		}
		if (!node->reads)
			break;
		if (!is_settled || inputs_are_all(run, node))
			continue;
		early_open(run, node);
		return true;
	}
	run->early.is_due = false;
	return false;
}

bool
early_advance(struct ty_run *run)
{
	for (size_t i = 0; i < run->early.count; i++)
		if (run->early.steps[i]->held == HELD_NOT && step_advance(run->early.steps[i]))
			return true;
	return early_begin(run);
}
