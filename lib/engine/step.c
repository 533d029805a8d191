/*
 * step.c -- what a node may do: the ty_step_* of node/node.h.
 *
 * Invariants:
 *   (1) Limits are checked where items enter: here, at each emit.
 *   (2) An emitted item is frozen; passing one on shares its json_t and copies nothing.
 *
 * Memory: parameters, state and requests are the step's; items are the frame's.
 */
#include "engine/private.h"

#include <stdio.h>
#include <string.h>

struct ty_arena *
ty_step_arena(struct ty_step *step)
{
	return step->arena;
}

void *
ty_step_state(struct ty_step *step)
{
	return step->state;
}

const void *
ty_step_ctx(const struct ty_step *step)
{
	return step->plan->node->def->ctx;
}

static struct item *
input_item(const struct ty_step *step, size_t port, size_t i)
{
	TY_ASSERT(port < step->input_count && i < step->inputs[port].count);
	return step->inputs[port].v[i];
}

size_t
ty_step_port_count(const struct ty_step *step, size_t port)
{
	return port < step->input_count ? step->inputs[port].count : 0;
}

const json_t *
ty_step_port_json(struct ty_step *step, size_t port, size_t i)
{
	return payload_item_json(step->run, input_item(step, port, i));
}

const json_t *
ty_step_port_item(struct ty_step *step, size_t port, size_t i)
{
	return input_item(step, port, i)->obj;
}

size_t
ty_step_input_count(const struct ty_step *step)
{
	return ty_step_port_count(step, 0);
}

const json_t *
ty_step_json(struct ty_step *step, size_t i)
{
	return ty_step_port_json(step, 0, i);
}

const json_t *
ty_step_item(struct ty_step *step, size_t i)
{
	return ty_step_port_item(step, 0, i);
}

const void *
ty_step_params(struct ty_step *step, size_t i)
{
	TY_ASSERT(i == 0 || i < step->inputs[0].count);
	return step->params[step->params_count == 1 ? 0 : i];
}

const json_t *
ty_step_raw_params(const struct ty_step *step)
{
	return step->plan->node->params;
}

const char *
ty_step_timezone(const struct ty_step *step)
{
	const struct ty_plan *plan = step->run->plan;

	return plan->is_zone_known ? ty_graph_timezone(plan->graph) : "UTC";
}

int64_t
ty_step_now_ms(const struct ty_step *step)
{
	return step->clock_ms;
}

/* ---- emitting ---- */

static bool
is_trigger(const struct ty_step *step)
{
	return ty_node_is_trigger(step->plan->node->def);
}

/* Bytes that a tree of its own takes. */
size_t
tree_bytes(const struct tree_size *size)
{
	return size->bytes + size->values * TY_LIMIT_VALUE_BYTES;
}

enum ty_code
emit_admit(struct ty_step *step, const struct tree_size *size, size_t new_bytes, struct ty_err *err)
{
	struct ty_run *run = step->run;
	size_t bytes = size->bytes;

	new_bytes += ENGINE_ITEM_BYTES;
	step->is_full = true;
	if (step->out.items + 1 > TY_LIMIT_STEP_ITEMS) {
		ty_err_set(err, TY_E_LIMIT, "a step may emit at most %d items",
			   TY_LIMIT_STEP_ITEMS);
		return ty_err_hint(err, "Filter or split the list before this node.");
	}
	if (step->out.bytes + bytes > TY_LIMIT_STEP_BYTES) {
		ty_err_set(err, TY_E_LIMIT,
			   "the items a step emits may take at most %d MiB together",
			   TY_LIMIT_STEP_BYTES / (1024 * 1024));
		return ty_err_hint(err, "Filter or split the list before this node, or keep less "
					"in each item.");
	}
	if (step->out.values + size->values > TY_LIMIT_STEP_VALUES) {
		ty_err_set(err, TY_E_LIMIT,
			   "the items a step emits may hold at most %d values together",
			   TY_LIMIT_STEP_VALUES);
		return ty_err_hint(err, "Filter or split the list before this node, or keep less "
					"in each item.");
	}
	/* Count items and the memory taken for them, because the bookkeeping of many small steps adds up. */
	if (step->is_early ? !early_admit(step, new_bytes) : run_is_full(run, new_bytes)) {
		ty_err_set(err, TY_E_LIMIT,
			   "the items of all steps of a run may take at most %d MiB together",
			   TY_LIMIT_RUN_BYTES / (1024 * 1024));
		return ty_err_hint(err, "Keep in the items only what later nodes need, or divide "
					"the work among several runs.");
	}
	step->is_full = false;
	step->out.items++;
	step->out.bytes += bytes;
	step->out.values += size->values;
	step->out.new_bytes += new_bytes;
	if (step->is_early)
		return TY_OK;
	run->bytes += new_bytes;
	step->frame->bytes += new_bytes;
	return TY_OK;
}

void
emit_take_back(struct ty_step *step, size_t bytes)
{
	if (step->is_early) {
		step->run->early.bytes -= bytes;
		return;
	}
	step->run->bytes -= bytes;
	step->frame->bytes -= bytes;
}

static void
item_set_from(struct ty_step *step, struct item *item, const struct ty_from *from, size_t count)
{
	if (count == 0 || is_trigger(step))
		return;
	item->from_count = count;
	item->from = count == 1 ? &item->from_one
				: ty_arena_alloc_array(step->keep, count, sizeof(*item->from));
	for (size_t i = 0; i < count; i++)
		item->from[i] = input_item(step, from[i].port, from[i].item);
	json_object_set_new_nocheck(item->obj, "from", lineage_from(step, from, count));
}

/* 'obj' is stolen: { "json": json } and what else it has. */
static struct item *
item_add(struct ty_step *step, size_t out, json_t *obj, json_t *json, const struct tree_size *size,
	 bool has_refs)
{
	struct outlet *outlet = &step->outlets[out];
	struct item *item = ty_arena_new_of(step->keep, struct item);

	item->obj = obj;
	item->json = json;
	item->frame = step->frame;
	item->place = (uint32_t)step->plan->place;
	item->port = (uint32_t)out;
	item->index = (uint32_t)outlet->items.count;
	item->size = *size;
	item->has_refs = has_refs;
	json_array_append_new(outlet->array, item->obj);
	items_push(step->keep, &outlet->items, item);
	return item;
}

struct item *
item_push(struct ty_step *step, size_t out, json_t *json, const struct tree_size *size,
	  bool has_refs)
{
	json_t *obj = json_object();

	json_object_set_nocheck(obj, "json", json);
	return item_add(step, out, obj, json, size, has_refs);
}

/* Items that failed leave before what is made from later ones. */
static enum ty_code
earlier_pass(struct ty_step *step, const struct ty_from *from, size_t count, struct ty_err *err)
{
	if (step->failed == NULL || count == 0 || from[0].port != 0)
		return TY_OK;
	return failed_pass(step, from[0].item, err);
}

/* An item's parents beyond the two that ENGINE_ITEM_BYTES has room for. */
static size_t
from_bytes(size_t count)
{
	return count > 2 ? (count - 2) * ENGINE_FROM_BYTES : 0;
}

/* 'json' is stolen, 'binary' borrowed; NULL: it has no files. */
static enum ty_code
emit_made(struct ty_step *step, size_t out, json_t *json, json_t *binary,
	  const struct ty_from *from, size_t count, struct ty_err *err)
{
	size_t files = json_object_size(binary);
	enum ty_code rc;
	bool has_refs;
	struct tree_size size;
	struct item *item;

	TY_ASSERT(out < step->outlet_count);
	if (!json_is_object(json)) {
		json_decref(json);
		ty_err_set(err, TY_E_INVALID, "an item's json must be an object");
		return ty_err_hint(err, "Put the value into one, as in { \"value\": 1 }.");
	}
	if (payload_is_too_deep(json, ENGINE_ITEM_DEPTH)) {
		json_decref(json);
		ty_err_set(err, TY_E_LIMIT, "an item may be nested at most %d deep",
			   ENGINE_ITEM_DEPTH);
		return ty_err_hint(err, "Make it flatter, or keep the deep part as JSON text.");
	}
	json = payload_shrink(step->run, step->frame, json, &size, &has_refs);
	rc = earlier_pass(step, from, count, err);
	if (rc == TY_OK)
		rc = emit_admit(step, &size,
				tree_bytes(&size) + from_bytes(count) + files * ENGINE_FILE_BYTES,
				err);
	if (rc == TY_OK) {
		item = item_push(step, out, json, &size, has_refs);
		if (files > 0)
			json_object_set_nocheck(item->obj, "binary", binary);
		item_set_from(step, item, from, count);
	}
	json_decref(json);
	return rc;
}

enum ty_code
ty_step_emit_from(struct ty_step *step, size_t out, json_t *json, const struct ty_from *from,
		  size_t count, struct ty_err *err)
{
	return emit_made(step, out, json, NULL, from, count, err);
}

enum ty_code
ty_step_emit_files_from(struct ty_step *step, size_t out, json_t *json, json_t *binary,
			const struct ty_from *from, size_t count, struct ty_err *err)
{
	enum ty_code rc = emit_made(step, out, json, binary, from, count, err);

	json_decref(binary);
	return rc;
}

enum ty_code
ty_step_emit_files(struct ty_step *step, size_t out, json_t *json, json_t *binary, size_t from,
		   struct ty_err *err)
{
	const struct ty_from one = { .port = 0, .item = from };

	return ty_step_emit_files_from(step, out, json, binary, &one, from == TY_FROM_NONE ? 0 : 1,
				       err);
}

const json_t *
ty_step_file(const struct ty_step *step, size_t i, const char *name)
{
	return json_object_get(json_object_get(input_item(step, 0, i)->obj, "binary"), name);
}

enum ty_code
ty_step_emit(struct ty_step *step, size_t out, json_t *json, size_t from, struct ty_err *err)
{
	const struct ty_from one = { .port = 0, .item = from };

	return ty_step_emit_from(step, out, json, &one, from == TY_FROM_NONE ? 0 : 1, err);
}

enum ty_code
ty_step_port_pass(struct ty_step *step, size_t out, size_t port, size_t i, struct ty_err *err)
{
	const struct item *src = input_item(step, port, i);
	const struct ty_from one = { .port = port, .item = i };
	json_t *binary = json_object_get(src->obj, "binary");
	struct item *item;

	TY_ASSERT(out < step->outlet_count);
	if (earlier_pass(step, &one, 1, err) != TY_OK ||
	    emit_admit(step, &src->size, is_trigger(step) ? tree_bytes(&src->size) : 0, err) !=
		    TY_OK)
		return err->code;
	/* A trigger's items say no more than its input: its objects are theirs. */
	if (is_trigger(step)) {
		item_add(step, out, json_incref(src->obj), src->json, &src->size, src->has_refs);
		return TY_OK;
	}
	item = item_push(step, out, src->json, &src->size, src->has_refs);
	if (binary != NULL)
		json_object_set_nocheck(item->obj, "binary", binary);
	item_set_from(step, item, &one, 1);
	return TY_OK;
}

enum ty_code
ty_step_pass(struct ty_step *step, size_t out, size_t i, struct ty_err *err)
{
	return ty_step_port_pass(step, out, 0, i, err);
}

/* ---- asking ---- */

struct request *
request_add(struct ty_step *step, enum request_kind kind, void *tag, struct ty_err *err)
{
	struct request *request;

	if (step->request_count == TY_LIMIT_STEP_ITEMS) {
		step->is_full = true;
		ty_err_set(err, TY_E_LIMIT, "a step may make at most %d requests",
			   TY_LIMIT_STEP_ITEMS);
		ty_err_hint(err, "Filter or split the list before this node.");
		return NULL;
	}
	step->requests = ty_arena_grow(step->arena, step->requests, step->request_count,
				       &step->request_cap, sizeof(*step->requests));
	request = ty_arena_new_of(step->arena, struct request);
	request->step = step;
	request->kind = kind;
	request->number = step->request_count;
	request->item = step->at;
	request->tag = tag;
	step->requests[step->request_count++] = request;
	return request;
}

enum ty_code
ty_step_call(struct ty_step *step, const struct ty_call *call, struct ty_err *err)
{
	int64_t limit_ms = step->plan->node->timeout_ms;
	struct request *r;

	ty_json_own(step->arena, call->request);
	r = request_add(step, REQUEST_CALL, call->tag, err);
	if (r == NULL)
		return err->code;
	r->call = *call;
	r->call.node_type = step->plan->node->type;
	r->call.service = ty_arena_strdup(step->arena, call->service);
	r->call.credential = ty_str_is_blank(call->credential)
				     ? NULL
				     : ty_arena_strdup(step->arena, call->credential);
	if (call->timeout_ms <= 0 || call->timeout_ms > limit_ms)
		r->call.timeout_ms = limit_ms;
	r->journaled = (step->plan->node->def->flags & TY_NODE_EFFECT) != 0;
	return TY_OK;
}

enum ty_code
ty_step_eval(struct ty_step *step, const char *code, bool each, int64_t timeout_ms, void *tag,
	     struct ty_err *err)
{
	const char *const *names;
	struct request *r = request_add(step, REQUEST_EVAL, tag, err);
	size_t count;

	if (r == NULL)
		return err->code;
	script_names(step, code, &names, &count);
	r->body = script_request(step, each ? "code_each" : "code_all", names, count, r->number);
	json_object_set_new(r->body, "code", record_text(code));
	libraries_add(step, code, r->body);
	if (each && failed_are_own(step))
		json_object_set_new(r->body, "go_on", json_true());
	r->timeout_ms = timeout_ms > 0 ? timeout_ms : TY_LIMIT_SANDBOX_MS;
	return TY_OK;
}

/* A wait is for the step's turn to begin. */
static struct request *
wait_add(struct ty_step *step, int64_t at_ms, void *tag, struct ty_err *err)
{
	struct request *r = request_add(step, REQUEST_WAIT, tag, err);

	if (r != NULL)
		r->at_ms = at_ms;
	if (step->is_early)
		early_put_back(step);
	return r;
}

enum ty_code
ty_step_wait(struct ty_step *step, int64_t at_ms, void *tag, struct ty_err *err)
{
	return wait_add(step, at_ms, tag, err) != NULL ? TY_OK : err->code;
}

enum ty_code
ty_step_wait_call(struct ty_step *step, int64_t at_ms, const char *token_hash, void *tag,
		  struct ty_err *err)
{
	struct request *r = wait_add(step, at_ms, tag, err);
	char number[24];

	if (r == NULL)
		return err->code;
	r->by_call = true;
	if (token_hash == NULL)
		return resume_link_wait(step, r, err);
	snprintf(number, sizeof(number), "%zu", r->number);
	r->token_hash = ty_json_str(step->run->token_hashes, number, NULL);
	if (r->token_hash == NULL)
		r->token_hash = ty_arena_strdup(step->arena, token_hash);
	return TY_OK;
}

enum ty_code
ty_step_respond(struct ty_step *step, json_t *response, struct ty_err *err)
{
	struct ty_run *run = step->run;

	if (!json_is_object(response)) {
		json_decref(response);
		return ty_err_set(err, TY_E_INVALID, "a response must be an object");
	}
	ty_json_own(run->arena, response);
	if (step->is_early) {
		early_put_back(step);
		return TY_OK;
	}
	if (run->response != NULL)
		return TY_OK;
	run->response = response;
	if (run->ops->responded != NULL)
		run->ops->responded(run->ctx, run, response);
	return TY_OK;
}
