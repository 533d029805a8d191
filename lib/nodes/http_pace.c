/*
 * http_pace.c -- which items of http.request are asked for at once, and when the others are.
 *
 * Items begin in order.  At most 'parallel' are under way, one where there are pages: then all calls of
 * an item lie in a row, and what fails of one takes back what was made of its pages.  A batch begins
 * when all of the one before have ended, and after a pause.
 *
 * Memory: the step's arena.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "json/json.h"
#include "nodes/http_parts.h"

const char http_pace_wait;

/*
 * The first item's parameter counts for all items.  As many as a run may have are the engine's to count, because
 * it begins one behind each answer, also behind one that comes before the answer of an earlier item.
 */
static size_t
parallel(struct ty_step *step, const struct http_pace *pace)
{
	const struct request_params *p = ty_step_params(step, pace->items[0]);

	if (p->paging != PAGING_NONE)
		return 1;
	return p->parallel < TY_LIMIT_RUN_CALLS ? (size_t)p->parallel : SIZE_MAX;
}

static size_t
batch_size(struct ty_step *step, const struct http_pace *pace)
{
	const struct request_params *p = ty_step_params(step, pace->items[0]);

	return p->batch_size > 0 ? (size_t)p->batch_size : SIZE_MAX;
}

static enum ty_code
batch_wait(struct ty_step *step, struct http_pace *pace, struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, pace->items[0]);

	if (p->batch_pause_ms == 0)
		return http_pace_go_on(step, pace, err);
	pace->is_waiting = true;
	return ty_step_wait_for(step, pace->items[pace->next],
				ty_step_now_ms(step) + p->batch_pause_ms, (void *)&http_pace_wait,
				err);
}

/* The engine writes a key into the request, which the pages after it must not have. */
static enum ty_code
begin_next(struct ty_step *step, struct http_pace *pace, struct ty_err *err)
{
	size_t n = pace->next++;
	struct ty_call call = pace->calls[n];

	pace->in_batch++;
	pace->under_way++;
	call.request = json_copy(call.request);
	return ty_step_call_for(step, pace->items[n], &call, err);
}

static enum ty_code
begin(struct ty_step *step, struct http_pace *pace, struct ty_err *err)
{
	while (pace->next < pace->count && pace->under_way < parallel(step, pace) &&
	       !pace->is_waiting) {
		if (pace->in_batch == batch_size(step, pace))
			return pace->under_way == 0 ? batch_wait(step, pace, err) : TY_OK;
		if (begin_next(step, pace, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

enum ty_code
http_pace_add(struct ty_step *step, struct http_pace *pace, size_t i, const struct ty_call *call,
	      struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(step);

	pace->calls = ty_arena_grow(arena, pace->calls, pace->count, &pace->calls_cap,
				    sizeof(*pace->calls));
	pace->items = ty_arena_grow(arena, pace->items, pace->count, &pace->items_cap,
				    sizeof(*pace->items));
	ty_json_own(arena, call->request);
	pace->calls[pace->count] = *call;
	pace->items[pace->count++] = i;
	return begin(step, pace, err);
}

enum ty_code
http_pace_end(struct ty_step *step, struct http_pace *pace, struct ty_err *err)
{
	pace->under_way--;
	return begin(step, pace, err);
}

enum ty_code
http_pace_go_on(struct ty_step *step, struct http_pace *pace, struct ty_err *err)
{
	pace->is_waiting = false;
	pace->in_batch = 0;
	return begin(step, pace, err);
}
