/*
 * repeat.c -- a loop whose body runs again with what came back from it, while its node asks for that.
 *
 *   [ty_step_repeat] in the loop's own step: iteration 0 gets the loop's items
 *        |
 *        v
 *   iteration ends --[repeat_next]--> what came back is the input of the loop's step in the next frame,
 *        ^                            which binds the parameters anew and asks the node
 *        |                                 |                  |               |
 *        +------- [ty_step_repeat] --------+      [it does not]        [it fails]
 *                                                     |                       |
 *                            "done" has what came back last       the loop fails
 *
 * Invariants:
 *   (1) An iteration is recorded where its body runs, or where its parameters fail.
 *   (2) Nothing that came back is nothing to ask about: the loop is over.
 *   (3) The items of an iteration say which input item of the loop they were made from, and lead to
 *       nothing of the iteration before, which is forgotten.
 *   (4) What came back is of the next frame: its bytes and values count there.
 */
#include "engine/private.h"

void
ty_step_repeat(struct ty_step *step)
{
	TY_ASSERT((step->plan->node->def->flags & TY_NODE_LOOP) != 0);
	step->loop = ty_arena_new_of(step->arena, struct loop);
	step->loop->repeats = true;
}

size_t
ty_step_iteration(const struct ty_step *step)
{
	return step->is_batch ? step->frame->iteration : 0;
}

size_t
repeat_origin(const struct loop *loop, size_t index)
{
	return loop->origins != NULL ? loop->origins[index] : index;
}

/* Gather the items that came back from 'frame', in order, with the input item of the loop that each was
 * made from. */
static void
repeat_gather(struct ty_step *owner, const struct frame *frame, struct items *ret_items)
{
	const struct plan_node *pn = owner->plan;
	struct ty_arena *arena = owner->run->frame->arena; /* arena of the iteration to come */
	size_t *origins = NULL, cap = 0;

	for (size_t e = 0; e < pn->back_count; e++) {
		const struct ty_graph_edge *edge = pn->back[e];
		size_t place = owner->run->plan->place[edge->from->index];
		const struct outlet *outlets = frame_state(frame, place)->outlets;
		size_t count = outlets != NULL ? outlets[edge->output].items.count : 0;

		for (size_t i = 0; i < count; i++) {
			struct item *item = outlets[edge->output].items.v[i];
			const struct item *batch = lineage_find(owner->run, item, pn->place, NULL);
			bool is_known = batch != NULL && batch->frame == frame;

			origins = ty_arena_grow(arena, origins, ret_items->count, &cap,
						sizeof(*origins));
			origins[ret_items->count] =
				is_known ? repeat_origin(owner->loop, batch->index) : SIZE_MAX;
			items_push(arena, ret_items, item);
		}
	}
	owner->loop->next_origins = origins;
}

void
repeat_next(struct ty_step *owner, const struct frame *ended)
{
	struct ty_run *run = owner->run;
	struct ty_step *batch;
	struct items *inputs;
	size_t count;

	run->frame = frame_new(owner->frame, owner, owner->plan, owner->loop->iteration);
	inputs = inputs_new(run->frame, owner->plan, &count);
	repeat_gather(owner, ended, &inputs[0]);
	batch = step_open(run, run->frame, owner->plan, inputs, count);
	batch->is_batch = true;
	run->step = batch;
	if (inputs[0].count > 0)
		step_begin(batch);
	else
		repeat_decide(batch);
}

/* The iteration that was asked about does not come: the loop gives what came back from the last one. */
static void
repeat_end(struct ty_step *batch)
{
	struct frame *frame = batch->frame;
	struct ty_step *owner = frame->owner;
	struct ty_run *run = owner->run;
	struct ty_err err = { .code = TY_OK };

	run->frame = frame->parent;
	run->step = owner;
	frame_release(run, frame);
	if (loop_take_back(owner, frame_state(owner->frame, owner->plan->place)->last, &err) ==
	    TY_OK)
		step_done(owner);
	else
		step_fail(owner, TY_STATUS_ERROR, &err);
}

static enum ty_code
repeat_pass(struct ty_step *batch, size_t i, struct ty_err *err)
{
	const struct ty_step *owner = batch->frame->owner;
	struct item *src = batch->inputs[0].v[i], *item;
	json_t *binary = json_object_get(src->obj, "binary");
	size_t input = owner->loop->next_origins[i];

	if (emit_admit(batch, &src->size, tree_bytes(&src->size), err) != TY_OK)
		return err->code;
	item = item_push(batch, TY_LOOP_BODY, src->json, &src->size, src->has_refs);
	if (binary != NULL)
		json_object_set_nocheck(item->obj, "binary", binary);
	if (src->has_refs)
		payload_adopt(batch->run, batch->frame, src->json);
	item->from = &item->from_one;
	item->from_one = input != SIZE_MAX ? owner->inputs[0].v[input] : NULL;
	item->from_count = item->from_one != NULL;
	json_object_set_new_nocheck(
		item->obj, "from",
		back_from(batch->frame->iteration - 1, i, item->from_one, input));
	return TY_OK;
}

void
repeat_decide(struct ty_step *batch)
{
	struct ty_err err = { .code = TY_OK };

	if (batch->loop == NULL) {
		repeat_end(batch);
		return;
	}
	for (size_t i = 0; i < batch->inputs[0].count; i++)
		if (repeat_pass(batch, i, &err) != TY_OK) {
			repeat_fail(batch, TY_STATUS_ERROR, &err);
			return;
		}
	batch->frame->owner->loop->origins = batch->frame->owner->loop->next_origins;
	step_close(batch, TY_STATUS_OK, NULL);
}

void
repeat_fail(struct ty_step *batch, enum ty_status status, const struct ty_err *why)
{
	struct ty_run *run = batch->run;
	struct frame *frame = batch->frame;
	struct ty_step *owner = frame->owner;
	json_t *error = ty_json_own(frame->arena, record_error(batch, why, true));

	request_abandon_all(batch);
	outlets_clear(batch);
	owner->blamed_hole = batch->blamed_hole;
	step_close(batch, status, error);
	run->frame = frame->parent;
	run->step = owner;
	frame_release(run, frame);
	step_fail(owner, status, why);
}
