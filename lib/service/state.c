/*
 * state.c -- the service "state": values that are kept from one run to the next.
 *
 * Request: { "do", "scope": "workflow" | "workspace", "key" } and
 *
 *	get                                          -> { "found", "value", "version" }
 *	put        "value", "version"?, "expires_s"? -> { "version", "created" }
 *	increment  "by", "expires_s"?                -> { "value", "version" }
 *	delete     "version"?                        -> { "deleted" }
 *	list       "max"; "key" is how keys begin    -> { "keys": [{ "key", "version", "bytes" }], "more" }
 *
 * and of lists of what was seen, of the workflow or of its "node":
 *
 *	see           "hashes" (32 hex digits each), "max", "keep" -> { "new": "0110" }, 1 where a hash was not seen
 *	see_greatest  "by", "keep"; "key" says of what             -> { "previous" }, null where there was none
 *	forget                                                     -> { "deleted" }
 *
 * "keep" false: nothing is remembered.
 *
 * "version" of a write: the version that the value has to have, 0 = there is none.  Each answer has an "outcome":
 * "done", or which rule forbids the write (ty_store_state_judge makes an error of it).  A refusal is an answer, and
 * no error of the call, because the database keeps it with the call's intent.
 *
 * Invariants:
 *   (1) A write happens once, however often its call is made: asked again, also by another worker, it is answered
 *       the same.
 *   (2) A request that is no good asks nothing.
 *
 * Knows no Postgres: the worker asks it (struct ty_state_io).
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "net/http.h"
#include "service/service.h"
#include "store/state.h"

#include <stdlib.h>
#include <string.h>

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	struct ty_state_ask ask;
	void *asks;    /* NULL = the request is no good */
	void *refusal; /* of such a request */
};

/* Operations, and what each needs. */
static const struct act {
	const char *name;
	bool has_value, has_by, has_hashes, has_any_key;
} acts[] = {
	{ .name = "get" },
	{ .name = "put", .has_value = true },
	{ .name = "increment", .has_by = true },
	{ .name = "delete" },
	{ .name = "list", .has_any_key = true },
	{ .name = "see", .has_hashes = true, .has_any_key = true },
	{ .name = "see_greatest", .has_by = true },
	{ .name = "forget", .has_any_key = true },
};

static void
call_free(struct call *call)
{
	ty_arena_free(call->arena);
	free(call);
}

static void
call_told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct call *call = ctx;

	call->fn(call->ctx, answer, err);
	call_free(call);
}

/* ---- begin ---- */

static const struct act *
act_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(acts); i++)
		if (ty_str_eq(acts[i].name, name))
			return &acts[i];
	return NULL;
}

static enum ty_code
request_check(const json_t *request, struct ty_err *err)
{
	const char *name = ty_json_str(request, "do", ""), *key = ty_json_str(request, "key", NULL);
	const struct act *act = act_find(name);

	if (act == NULL)
		return ty_err_set(err, TY_E_INVALID, "\"%.40s\" is nothing that can be done", name);
	if (key == NULL)
		return ty_err_set(err, TY_E_INVALID, "The request has no key");
	if (!act->has_any_key && ty_store_state_key_check(key, err) != TY_OK)
		return err->code;
	if (act->has_value && json_object_get(request, "value") == NULL)
		return ty_err_set(err, TY_E_INVALID, "There is no value to put");
	if (act->has_by && !json_is_number(json_object_get(request, "by")))
		return ty_err_set(err, TY_E_INVALID, "What is added is no number");
	if (act->has_hashes && !json_is_array(json_object_get(request, "hashes")))
		return ty_err_set(err, TY_E_INVALID, "There is nothing to look for");
	return TY_OK;
}

static enum ty_code
ask_fill(struct call *call, const struct ty_service_ask *ask, struct ty_err *err)
{
	json_t *op, *value = json_object_get(ask->request, "value");

	if (request_check(ask->request, err) != TY_OK)
		return err->code;
	if (ask->key == NULL)
		return ty_err_set(err, TY_E_INVALID, "The call has no place in the journal");
	call->ask = (struct ty_state_ask){ .workspace_id = *ask->workspace_id,
					   .run_id = *ask->run_id,
					   .workflow_id = *ask->workflow_id,
					   .fence = ask->fence,
					   .key = ty_arena_strdup(call->arena, ask->key) };
	if (value != NULL &&
	    ty_store_state_text(call->arena, value, &call->ask.value, err) != TY_OK)
		return err->code;
	op = ty_json_own(call->arena, json_copy((json_t *)ask->request));
	json_object_del(op, "value");
	json_object_del(op, "idempotency_key");
	json_object_del(op, "timeout_ms");
	call->ask.op = ty_json_dump(call->arena, op, NULL);
	return TY_OK;
}

static void *
state_begin(const struct ty_service_means *means, const struct ty_service_ask *ask,
	    ty_service_fn fn, void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));
	struct ty_err err = { .code = TY_OK };

	TY_ASSERT(call != NULL);
	call->means = means;
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "state", 0);
	if (ask_fill(call, ask, &err) == TY_OK)
		call->asks = means->states->ask(means->states_ctx, &call->ask, call_told, call);
	else
		call->refusal = ty_net_refuse(means->net, &err, call_told, call);
	return call;
}

static void
state_cancel(void *handle)
{
	struct call *call = handle;

	if (call->refusal != NULL)
		ty_net_cancel(call->refusal);
	else
		call->means->states->cancel(call->asks);
	call_free(call);
}

const struct ty_service ty_service_state = {
	.name = "state",
	.begin = state_begin,
	.cancel = state_cancel,
};
