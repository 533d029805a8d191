/*
 * resume.c -- a run that was put down is taken up: its state (park.c) and the records of its live
 * frames become frames again, and the open step is begun again.
 *
 * Invariants:
 *   (1) Nothing that has ended is computed again: states come from records.
 *   (2) What follows is what would have followed: clock, chain of the digest, counts, lineage.
 *   (3) State and records are believed as far as they fit the plan; else the run is refused.
 *
 * Memory: items are the frames', as if emitted there; records are referenced, not kept.
 */
#include "engine/park.h"
#include "engine/private.h"

#include <string.h>

struct resume {
	struct ty_run *run;
	const json_t *state;
	struct ty_map *frames; /* by path */
	const struct plan_node *open;
	const struct frame *open_frame;
	struct ty_err *err;
};

static enum ty_code
is_odd(const struct resume *r, const char *what)
{
	ty_err_set(r->err, TY_E_INVALID, "the run cannot go on from where it was put down: %s",
		   what);
	return ty_err_hint(r->err, "Its workflow's version or its stored steps are not as they "
				   "were. Run it again from its start.");
}

static const struct plan_node *
plan_find(const struct ty_run *run, const char *id)
{
	const struct ty_graph_node *node =
		id != NULL ? ty_graph_node_find(run->plan->graph, id) : NULL;

	return node != NULL ? &run->plan->nodes[run->plan->place[node->index]] : NULL;
}

static const struct plan_node *
plan_find_loop(const struct ty_run *run, const struct frame *parent, const char *id)
{
	const struct plan_node *pn = plan_find(run, id);

	return pn != NULL && pn->node->def != NULL && (pn->node->def->flags & TY_NODE_LOOP) != 0 &&
			       pn->loop == parent->loop
		       ? pn
		       : NULL;
}

/* ---- frames ---- */

static enum ty_code
frames_open(struct resume *r)
{
	struct frame *frame = r->run->root;
	json_t *entry;
	size_t i;

	ty_map_set(r->frames, "", frame);
	json_array_foreach(ty_json_arr(r->state, "frames"), i, entry)
	{
		const struct plan_node *loop =
			plan_find_loop(r->run, frame, ty_json_str(entry, "loop", NULL));

		if (loop == NULL)
			return is_odd(r, "a loop is missing");
		frame = frame_new(frame, NULL, loop, (size_t)ty_json_int(entry, "iteration", 0));
		ty_map_set(r->frames, frame->path, frame);
	}
	r->run->frame = frame;
	r->open_frame = frame;
	return TY_OK;
}

/* An iteration that has ended, the latest of its loop: "<parent>/<loop>:<iteration>". */
static enum ty_code
frame_restore(struct resume *r, const char *path)
{
	struct ty_arena *arena = r->run->arena;
	const char *slash = strrchr(path, '/');
	const char *part = slash != NULL ? slash + 1 : path, *colon = strrchr(part, ':');
	struct frame *parent = ty_map_find(
		r->frames,
		slash != NULL ? ty_arena_strndup(arena, path, (size_t)(slash - path)) : "");
	const struct plan_node *loop = NULL;
	struct frame *frame;
	int64_t iteration;

	if (parent != NULL && colon != NULL)
		loop = plan_find_loop(r->run, parent,
				      ty_arena_strndup(arena, part, (size_t)(colon - part)));
	if (loop == NULL || !ty_str_parse_i64(colon + 1, 0, UINT32_MAX, &iteration))
		return is_odd(r, "a loop is missing");
	frame = frame_new(parent, NULL, loop, (size_t)iteration);
	frame_state(parent, loop->place)->last = frame;
	ty_map_set(r->frames, frame->path, frame);
	return TY_OK;
}

static enum ty_code
frames_restore(struct resume *r)
{
	const json_t *bytes = ty_json_arr(r->state, "frames_bytes");
	json_t *path;
	size_t i;

	if (frames_open(r) != TY_OK)
		return r->err->code;
	json_array_foreach(ty_json_arr(r->state, "frames_live"), i, path)
	{
		const char *text = json_string_value(path);
		struct frame *frame;

		if (text == NULL)
			return is_odd(r, "a frame has no path");
		if (ty_map_find(r->frames, text) == NULL && frame_restore(r, text) != TY_OK)
			return r->err->code;
		frame = ty_map_find(r->frames, text);
		frame->bytes = (size_t)json_integer_value(json_array_get(bytes, i));
		r->run->bytes += frame->bytes;
	}
	return TY_OK;
}

static void
clocks_restore(struct resume *r)
{
	json_t *clocks, *clock;
	const char *path, *id;

	json_object_foreach(ty_json_obj(r->state, "clocks"), path, clocks)
	{
		struct frame *frame = ty_map_find(r->frames, path);

		json_object_foreach(clocks, id, clock)
		{
			const struct plan_node *pn = plan_find(r->run, id);

			if (frame != NULL && pn != NULL && pn->place >= frame->begin &&
			    pn->place < frame->end)
				frame_state(frame, pn->place)->clock_ms =
					r->run->spec.accepted_at_ms + json_integer_value(clock);
		}
	}
}

/* ---- items ---- */

/* Items that came back to the loop at 'place' in its latest iteration, by number; NULL = not there. */
static struct item *
back_find(const struct ty_run *run, const struct frame *frame, size_t place, int64_t iteration,
	  size_t number)
{
	const struct plan_node *pn = &run->plan->nodes[place];
	const struct frame *last = frame_state(frame, place)->last;

	if (last == NULL || (int64_t)last->iteration != iteration)
		return NULL;
	for (size_t e = 0; e < pn->back_count; e++) {
		const struct ty_graph_edge *edge = pn->back[e];
		const struct outlet *outlets =
			frame_state(last, run->plan->place[edge->from->index])->outlets;
		size_t count = outlets != NULL ? outlets[edge->output].items.count : 0;

		if (number < count)
			return outlets[edge->output].items.v[number];
		number -= count;
	}
	return NULL;
}

static struct item *
input_find(const struct items *inputs, size_t count, const json_t *port, const json_t *index)
{
	size_t p = port != NULL ? (size_t)json_integer_value(port) : 0;
	size_t i = (size_t)json_integer_value(index);

	return json_is_integer(index) && p < count && i < inputs[p].count ? inputs[p].v[i] : NULL;
}

static struct item *
from_find(const struct ty_run *run, const struct item *item, const struct items *inputs,
	  size_t count, const json_t *from)
{
	struct item *found;

	if (json_is_array(from))
		return input_find(inputs, count, json_array_get(from, 0), json_array_get(from, 1));
	if (!json_is_object(from))
		return input_find(inputs, count, NULL, from);
	found = back_find(run, item->frame, item->place, ty_json_int(from, "iteration", -1),
			  (size_t)ty_json_int(from, "item", 0));
	return found != NULL ? found
			     : input_find(inputs, count, NULL, json_object_get(from, "input"));
}

/* Link an item as lineage_from() wrote it; unknown sources stay out. */
static void
item_link(struct ty_run *run, struct item *item, const struct items *inputs, size_t count)
{
	json_t *from = json_object_get(item->obj, "from"), *entry;
	size_t i, found = 0;

	if (from == NULL)
		return;
	item->from = &item->from_one;
	if (json_array_size(from) > 1)
		item->from = ty_arena_alloc_array(item->frame->arena, json_array_size(from),
						  sizeof(*item->from));
	if (!json_is_array(from)) {
		item->from[0] = from_find(run, item, inputs, count, from);
		item->from_count = item->from[0] != NULL;
		return;
	}
	json_array_foreach(from, i, entry)
	{
		item->from[found] = from_find(run, item, inputs, count, entry);
		found += item->from[found] != NULL;
	}
	item->from_count = found;
}

static enum ty_code
outlet_restore(struct resume *r, struct frame *frame, const struct plan_node *pn, size_t port,
	       struct outlet *outlet, json_t *array, const struct items *inputs, size_t count)
{
	json_t *obj;
	size_t i;

	if (outlet->array == NULL)
		outlet->array = ty_json_own(frame->arena, json_incref(array));
	json_array_foreach(array, i, obj)
	{
		struct item *item = ty_arena_new_of(frame->arena, struct item);

		item->obj = obj;
		item->json = ty_json_obj(obj, "json");
		if (item->json == NULL)
			return is_odd(r, "an item is missing");
		item->frame = frame;
		item->place = (uint32_t)pn->place;
		item->port = (uint32_t)port;
		item->index = (uint32_t)i;
		json_decref(payload_shrink(r->run, frame, json_incref(item->json), &item->size,
					   &item->has_refs));
		item_link(r->run, item, inputs, count);
		items_push(frame->arena, &outlet->items, item);
	}
	return TY_OK;
}

/* ---- records ---- */

/* Items that had arrived at the step; those of an iteration's own step arrived at the loop. */
static struct items *
inputs_restore(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
	       size_t *ret_count)
{
	struct frame *at = pn->place == frame->loop ? frame->parent : frame;
	struct items *inputs = inputs_new(frame, pn, ret_count);

	inputs_gather(run, at, pn, inputs);
	return inputs;
}

static enum ty_code
record_restore(struct resume *r, const json_t *record)
{
	struct frame *frame = ty_map_find(r->frames, ty_json_str(record, "frame", ""));
	const struct plan_node *pn = plan_find(r->run, ty_json_str(record, "node", NULL));
	json_t *outputs = ty_json_obj(record, "outputs"), *array;
	struct node_state *state;
	struct items *inputs;
	size_t count;

	if (frame == NULL)
		return TY_OK; /* the record is of an iteration that is forgotten */
	if (pn == NULL || outputs == NULL || (pn->place != frame->loop && pn->loop != frame->loop))
		return is_odd(r, "a step's node is missing");
	if (pn == r->open && frame == r->open_frame)
		return TY_OK; /* an attempt that failed, and another is under way */
	state = frame_state(frame, pn->place);
	state->ended = true;
	if (strcmp(ty_json_str(record, "status", ""), "skipped") == 0)
		return TY_OK;
	inputs = inputs_restore(r->run, frame, pn, &count);
	state->outlets = ty_arena_alloc_array(frame->arena, pn->node->output_count + 1,
					      sizeof(*state->outlets));
	for (size_t i = 0; i < pn->node->output_count; i++) {
		array = ty_json_arr(outputs, pn->node->outputs[i].name);
		if (array == NULL)
			return is_odd(r, "a step's output is missing");
		if (outlet_restore(r, frame, pn, i, &state->outlets[i], array, inputs, count) !=
		    TY_OK)
			return r->err->code;
	}
	if (strcmp(ty_json_str(record, "status", ""), "ok") == 0) {
		r->run->last_ok = state->outlets;
		r->run->last_ok_count = pn->node->output_count;
	}
	return TY_OK;
}

/* ---- what is open ---- */

/* From what the items of the open iteration say that they were made from. */
static void
origins_restore(struct loop *loop, const struct frame *frame)
{
	const struct items *items = &frame->nodes[0].outlets[TY_LOOP_BODY].items;

	loop->origins = ty_arena_alloc_array(frame->arena, items->count + 1, sizeof(size_t));
	for (size_t i = 0; i < items->count; i++) {
		const json_t *from = json_object_get(items->v[i]->obj, "from");
		int64_t input = json_is_integer(from) ? json_integer_value(from)
						      : ty_json_int(from, "input", -1);

		loop->origins[i] = input >= 0 ? (size_t)input : SIZE_MAX;
	}
}

/* The loop's own step goes on where it was. */
static enum ty_code
owner_restore(struct resume *r, struct frame *frame, const json_t *entry)
{
	const struct plan_node *pn = &r->run->plan->nodes[frame->loop];
	struct outlet *done;
	struct ty_step *step;
	struct items *inputs;
	size_t count;

	inputs = inputs_restore(r->run, frame->parent, pn, &count);
	step = step_open(r->run, frame->parent, pn, inputs, count);
	frame->owner = step;
	frame->parent->next = pn->end;
	step->started_ms = ty_json_int(entry, "started_ms", 0);
	if (ty_json_int(entry, "size", 1) > 0)
		ty_step_loop(step, (size_t)ty_json_int(entry, "size", 1));
	else
		ty_step_repeat(step);
	step->loop->at = (size_t)ty_json_int(entry, "at", 0);
	step->loop->iteration = frame->iteration;
	if (step->loop->at > inputs[0].count || frame->nodes[0].outlets == NULL)
		return is_odd(r, "the items of an iteration are missing");
	if (step->loop->repeats)
		origins_restore(step->loop, frame);
	done = &step->outlets[TY_LOOP_DONE];
	json_array_extend(done->array, ty_json_arr(entry, "done"));
	if (outlet_restore(r, frame->parent, pn, TY_LOOP_DONE, done, done->array, inputs, count) !=
	    TY_OK)
		return r->err->code;
	for (size_t i = 0; i < done->items.count; i++) {
		step->out.items++;
		step->out.bytes += done->items.v[i]->size.bytes;
		step->out.values += done->items.v[i]->size.values;
		step->out.new_bytes += ENGINE_ITEM_BYTES;
	}
	return TY_OK;
}

static enum ty_code
owners_restore(struct resume *r)
{
	const json_t *entries = ty_json_arr(r->state, "frames");
	struct frame *frames[TY_LIMIT_FRAME_DEPTH] = { NULL };
	size_t depth = json_array_size(entries);

	if (depth > TY_LIMIT_FRAME_DEPTH)
		return is_odd(r, "its loops lie deeper than they may");
	for (struct frame *f = r->run->frame; f->parent != NULL; f = f->parent)
		frames[--depth] = f;
	for (size_t i = 0; i < json_array_size(entries); i++)
		if (owner_restore(r, frames[i], json_array_get(entries, i)) != TY_OK)
			return r->err->code;
	return TY_OK;
}

static struct earlier *
earlier_restore(struct ty_run *run, const json_t *list, size_t *ret_count)
{
	size_t count = json_array_size(list);
	struct earlier *earlier =
		ty_arena_alloc_array(run->frame->arena, count + 1, sizeof(*earlier));

	for (size_t i = 0; i < count; i++) {
		const json_t *row = json_array_get(list, i);
		json_int_t item = json_integer_value(json_array_get(row, 0));

		earlier[i].item = item >= 0 ? (size_t)item : SIZE_MAX;
		earlier[i].first = (size_t)json_integer_value(json_array_get(row, 1));
		earlier[i].well = (size_t)json_integer_value(json_array_get(row, 2));
	}
	*ret_count = count;
	return earlier;
}

/* A first attempt is begun as any step is, a further one as after its delay. */
static void
open_restore(struct resume *r)
{
	const json_t *open = ty_json_obj(r->state, "open");
	struct ty_run *run = r->run;
	struct retry *retry;

	run->token_hashes = ty_json_obj(open, "token_hashes");
	run->step_started_ms = ty_json_int(open, "started_ms", 0);
	run->frame->next = r->open->place;
	if (ty_json_int(open, "attempt", 1) == 1)
		return;
	run->frame->next = r->open->end;
	retry = ty_arena_new_of(run->frame->arena, struct retry);
	retry->plan = r->open;
	retry->inputs = inputs_restore(run, run->frame, r->open, &retry->input_count);
	retry->attempt = (size_t)ty_json_int(open, "attempt", 1);
	retry->waits = (size_t)ty_json_int(open, "waits", 0);
	retry->went_well = (size_t)ty_json_int(open, "went_well", 0);
	retry->tries_spent = (size_t)ty_json_int(open, "tries_spent", 0);
	retry->after_failed = ty_json_bool(open, "after_failed", false);
	retry->at_ms = ty_json_int(open, "at_ms", 0);
	retry->earlier = earlier_restore(run, ty_json_arr(open, "earlier"), &retry->earlier_count);
	retry_take_end(run, retry);
	run->retry = retry;
}

/* ---- the run itself ---- */

static enum ty_code
scalars_restore(struct resume *r)
{
	const json_t *response = ty_json_obj(r->state, "response");
	const char *hex = ty_json_str(r->state, "digest", "");
	struct ty_run *run = r->run;

	if (strlen(hex) != 2 * sizeof(run->digest.sum) ||
	    !ty_str_unhex(hex, strlen(hex), run->digest.sum))
		return is_odd(r, "its digest is missing");
	run->is_resumed = true;
	run_rules_set(run, (unsigned)ty_json_int(r->state, "digest_version", TY_DIGEST_CHAIN));
	statics_begin(run, ty_json_obj(r->state, "statics"));
	run->clock_ms = ty_json_int(r->state, "clock_ms", run->clock_ms);
	run->started_ms = ty_json_int(r->state, "started_ms", 0);
	run->left_ms = ty_json_int(r->state, "left_ms", 0);
	run->step_count = (size_t)ty_json_int(r->state, "step_count", 0);
	run->item_count = (size_t)ty_json_int(r->state, "item_count", 0);
	run->has_failed_items = ty_json_bool(r->state, "failed_items", false);
	if (response != NULL)
		run->response = ty_json_own(run->arena, json_incref((json_t *)response));
	return TY_OK;
}

enum ty_code
resume_take(struct ty_run *run, const json_t *records, struct ty_err *err)
{
	struct resume r = { .run = run, .frames = ty_map_new(run->arena), .err = err };
	json_t *record;
	size_t i;

	ty_map_set(r.frames, "", run->root);
	json_array_foreach((json_t *)records, i, record)
	{
		if (record_restore(&r, record) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

enum ty_code
resume_build(struct ty_run *run, struct ty_err *err)
{
	struct resume r = {
		.run = run, .state = run->spec.parked, .frames = ty_map_new(run->arena), .err = err
	};
	json_t *record;
	int64_t version;
	size_t i;

	version = ty_json_int(r.state, "version", 0);
	if (version < PARK_VERSION_OLDEST || version > PARK_VERSION)
		return is_odd(&r, "another release put it down");
	r.open = plan_find(run, ty_json_str(ty_json_obj(r.state, "open"), "node", NULL));
	if (scalars_restore(&r) != TY_OK || frames_restore(&r) != TY_OK)
		return err->code;
	clocks_restore(&r);
	if (r.open == NULL || r.open->loop != r.open_frame->loop)
		return is_odd(&r, "the node that waits is missing");
	json_array_foreach((json_t *)run->spec.steps, i, record)
	{
		if (record_restore(&r, record) != TY_OK)
			return err->code;
	}
	if (owners_restore(&r) != TY_OK)
		return err->code;
	open_restore(&r);
	return TY_OK;
}
