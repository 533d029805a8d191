/*
 * frame.c -- iterations: a loop's step opens a frame for each, and collects what came back.
 *
 *   [loop_next]--> frame open: its items are handed to the body (a step of the loop in that frame)
 *        ^                |
 *        |                v  steps of the body, in the graph's order
 *        +--[loop_end_iteration]: what came back joins "done", the iteration before is forgotten
 *        |
 *        +--> no items left: the loop's own step ends
 *
 * Invariants:
 *   (1) Iterations of a loop run one after the other; the innermost open frame is run->frame.
 *   (2) An iteration is recorded as a step of the loop in its own frame; the loop's step in the
 *       frame around it ends, and is recorded, after the last iteration.
 *   (3) Of the iterations of a loop that have ended only the latest is in memory, so that a long
 *       loop takes no more than a short one, beside what it gives back.
 *   (4) "done" has what came back, iteration by iteration; each such item knows the input item of
 *       the loop that it was made from, and while the iteration is in memory the one in the body.
 */
#include "engine/private.h"

#include <string.h>

/* ---- frames ---- */

struct frame *
frame_new_root(struct ty_run *run)
{
	struct frame *frame = ty_arena_new_of(run->arena, struct frame);
	size_t count = run->plan->count;

	frame->arena = run->arena;
	frame->loop = SIZE_MAX;
	frame->end = count;
	frame->nodes = ty_arena_alloc_array(run->arena, count, sizeof(*frame->nodes));
	return frame;
}

struct frame *
frame_new(struct frame *parent, struct ty_step *owner, const struct plan_node *loop,
	  size_t iteration)
{
	struct ty_arena *arena = ty_arena_new(parent->arena, "frame", 0);
	struct frame *frame = ty_arena_new_of(arena, struct frame);

	frame->parent = parent;
	frame->owner = owner;
	frame->iteration = iteration;
	frame->path = ty_arena_printf(arena, "%s%s%s:%zu", parent->path != NULL ? parent->path : "",
				      parent->path != NULL ? "/" : "", loop->node->id, iteration);
	frame->arena = arena;
	frame->loop = frame->begin = loop->place;
	frame->end = loop->end;
	frame->next = loop->place + 1;
	frame->nodes =
		ty_arena_alloc_array(arena, frame->end - frame->begin, sizeof(*frame->nodes));
	return frame;
}

void
frame_release(struct ty_run *run, struct frame *frame)
{
	for (size_t i = 0; i < frame->end - frame->begin; i++)
		if (frame->nodes[i].last != NULL)
			frame_release(run, frame->nodes[i].last);
	run->bytes -= frame->bytes;
	payload_release(run, frame);
	ty_arena_free(frame->arena);
}

struct node_state *
frame_state(const struct frame *frame, size_t place)
{
	return &frame->nodes[place - frame->begin];
}

struct node_state *
frame_find(const struct ty_run *run, const struct frame *frame, size_t place)
{
	const struct plan_node *nodes = run->plan->nodes;

	while (place < frame->begin || place >= frame->end)
		frame = frame->parent;
	while (frame != NULL && place != frame->loop && nodes[place].loop != frame->loop) {
		size_t loop = nodes[place].loop;

		while (nodes[loop].loop != frame->loop)
			loop = nodes[loop].loop;
		frame = frame_state(frame, loop)->last;
	}
	return frame != NULL ? frame_state(frame, place) : NULL;
}

struct node_state *
frame_find_ended(const struct ty_step *step, size_t place)
{
	struct node_state *state = frame_find(step->run, step->frame, place);

	if (state == NULL || state->ended)
		return state;
	return state->is_settled && place < step->plan->place ? state : NULL;
}

/* ---- what comes back ---- */

/* Items that were handed to the body. */
static size_t
batch_count(const struct frame *frame)
{
	return frame->nodes[0].outlets[TY_LOOP_BODY].items.count;
}

/* The input item of the loop that 'item' of an iteration was made from; NULL = not known. */
static struct item *
origin_find(const struct ty_step *step, const struct frame *frame, const struct item *item,
	    size_t *ret_index)
{
	const struct item *batch = lineage_find(step->run, item, step->plan->place, NULL);

	if (batch == NULL || batch->frame != frame || batch->from_count != 1)
		return NULL;
	*ret_index = step->loop->repeats ? repeat_origin(step->loop, batch->index)
					 : step->loop->at - batch_count(frame) + batch->index;
	return batch->from[0];
}

json_t *
back_from(size_t iteration, size_t index, const struct item *origin, size_t input)
{
	json_t *from = json_object();

	json_object_set_new_nocheck(from, "iteration", json_integer((json_int_t)iteration));
	json_object_set_new_nocheck(from, "item", json_integer((json_int_t)index));
	if (origin != NULL)
		json_object_set_new_nocheck(from, "input", json_integer((json_int_t)input));
	return from;
}

static enum ty_code
back_add(struct ty_step *step, const struct frame *frame, struct item *src, struct ty_err *err)
{
	struct loop *loop = step->loop;
	json_t *binary = json_object_get(src->obj, "binary");
	size_t input = 0;
	struct item *origin = origin_find(step, frame, src, &input), *item;

	if (emit_admit(step, &src->size, 0, err) != TY_OK)
		return err->code;
	item = item_push(step, TY_LOOP_DONE, src->json, &src->size, src->has_refs);
	if (binary != NULL)
		json_object_set_nocheck(item->obj, "binary", binary);
	if (src->has_refs)
		payload_adopt(step->run, step->frame, src->json);
	item->from = &item->from_one;
	item->from_one = src;
	item->from_count = 1;
	json_object_set_new_nocheck(item->obj, "from",
				    back_from(frame->iteration, loop->back_count, origin, input));
	loop->back = ty_arena_grow(step->arena, loop->back, loop->back_count, &loop->back_cap,
				   sizeof(*loop->back));
	loop->back[loop->back_count++] = (struct loop_back){ item, origin };
	return TY_OK;
}

enum ty_code
loop_take_back(struct ty_step *step, const struct frame *frame, struct ty_err *err)
{
	const struct plan_node *pn = step->plan;

	for (size_t e = 0; e < pn->back_count; e++) {
		const struct ty_graph_edge *edge = pn->back[e];
		size_t place = step->run->plan->place[edge->from->index];
		const struct outlet *outlets = frame_state(frame, place)->outlets;

		for (size_t i = 0; outlets != NULL && i < outlets[edge->output].items.count; i++)
			if (back_add(step, frame, outlets[edge->output].items.v[i], err) != TY_OK)
				return err->code;
	}
	return TY_OK;
}

/* Forget an iteration: what came back of it was made from the loop's input as far as is known. */
static void
loop_forget(struct ty_step *step)
{
	struct node_state *state = frame_state(step->frame, step->plan->place);
	struct loop *loop = step->loop;

	for (size_t i = 0; i < loop->back_count; i++) {
		struct item *item = loop->back[i].item;

		item->from_one = loop->back[i].origin;
		item->from_count = item->from_one != NULL;
	}
	loop->back_count = 0;
	if (state->last != NULL)
		frame_release(step->run, state->last);
	state->last = NULL;
}

/* ---- iterations ---- */

/* Hand the next items to the body: a step of the loop's node in the new frame. */
static void
loop_open(struct ty_step *step)
{
	struct ty_run *run = step->run;
	struct loop *loop = step->loop;
	size_t left = step->inputs[0].count - loop->at, i = loop->at;
	size_t size = loop->repeats ? left : loop->size;
	struct ty_err err = { .code = TY_OK };
	struct ty_step *batch;

	run->frame = frame_new(step->frame, step, step->plan, loop->iteration);
	batch = step_open(run, run->frame, step->plan, step->inputs, step->input_count);
	batch->is_batch = true;
	run->step = batch;
	loop->at += left < size ? left : size;
	for (; i < loop->at; i++)
		if (ty_step_pass(batch, TY_LOOP_BODY, i, &err) != TY_OK) {
			run_settle(run, TY_STATUS_ERROR, &err); /* step_cut() says where */
			return;
		}
	step_close(batch, TY_STATUS_OK, NULL);
}

void
loop_next(struct ty_step *step)
{
	if (step->loop->at < step->inputs[0].count) {
		loop_open(step);
		return;
	}
	step->run->step = step;
	step_done(step);
}

void
loop_end_iteration(struct ty_run *run)
{
	struct frame *frame = run->frame;
	struct ty_step *step = frame->owner;
	struct ty_err err = { .code = TY_OK };

	run->frame = frame->parent;
	loop_forget(step);
	frame->owner = NULL;
	frame_state(step->frame, step->plan->place)->last = frame;
	step->loop->iteration++;
	if (step->loop->repeats) {
		repeat_next(step, frame);
		return;
	}
	if (loop_take_back(step, frame, &err) == TY_OK) {
		loop_next(step);
		return;
	}
	run->step = step;
	step_fail(step, TY_STATUS_ERROR, &err);
}

void
loop_cut_all(struct ty_run *run)
{
	/* A partial run that has come to its node goes well, but the loop around it was not gone through. */
	enum ty_status status = run->verdict == TY_STATUS_OK ? TY_STATUS_CANCELED : run->verdict;

	while (run->frame->owner != NULL) {
		struct ty_step *step = run->frame->owner;

		run->frame = run->frame->parent;
		outlets_clear(step);
		step_close(step, status, run->error);
	}
}

void
ty_step_loop(struct ty_step *step, size_t size)
{
	TY_ASSERT(size > 0 && (step->plan->node->def->flags & TY_NODE_LOOP) != 0);
	step->loop = ty_arena_new_of(step->arena, struct loop);
	step->loop->size = size;
}
