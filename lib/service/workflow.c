/*
 * workflow.c -- the service "workflow": a run that begins another one.
 *
 * Request: { "workflow": id, "wait": bool, "items": [ { "json", "binary"? } ] }.  Answer: { "execution_id" }
 * at once where it does not wait.  Where it does, the run that was begun answers with its record
 * (sql/functions/call.sql): { "execution_id", "items", "output"?: what its trigger declares }, or an error.
 *
 * Invariants:
 *   (1) What the call has begun is known by its key: asked again, also by another worker, it is the same run.
 *   (2) A request that is no good begins nothing.
 *
 * Knows neither Postgres nor Redis: the worker begins the runs (struct ty_call_io).
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "net/http.h"
#include "service/service.h"
#include "store/call.h"

#include <stdlib.h>
#include <string.h>

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	struct ty_call_ask ask;
	bool waits;
	void *begins;  /* beginning of its run; NULL = the request is no good */
	void *refusal; /* of such a request */
};

static void
call_free(struct call *call)
{
	ty_arena_free(call->arena);
	free(call);
}

static void
call_tell(struct call *call, const json_t *answer, const struct ty_err *err)
{
	call->fn(call->ctx, answer, err);
	call_free(call);
}

/* ty_call_begun_fn. */
static void
call_begun(void *ctx, const struct ty_id *run_id, const struct ty_err *err)
{
	struct call *call = ctx;
	json_t *answer;

	if (err != NULL || call->waits) {
		call_tell(call, NULL, err);
		return;
	}
	answer = json_pack("{s:s}", "execution_id", run_id->s);
	call_tell(call, answer, NULL);
	json_decref(answer);
}

/* ---- begin ---- */

/* Hashes of the files of the items. */
static void
ask_files(struct call *call, const json_t *items)
{
	const char **blobs = NULL, *name;
	size_t cap = 0, count = 0, i;
	json_t *item, *file;

	json_array_foreach((json_t *)items, i, item)
	{
		json_object_foreach(json_object_get(item, "binary"), name, file)
		{
			blobs = ty_arena_grow(call->arena, blobs, count, &cap, sizeof(*blobs));
			blobs[count++] =
				ty_arena_strdup(call->arena, ty_json_str(file, "blob", ""));
		}
	}
	call->ask.blobs = blobs;
	call->ask.blob_count = count;
}

static enum ty_code
ask_fill(struct call *call, const struct ty_service_ask *ask, struct ty_err *err)
{
	const json_t *items = json_object_get(ask->request, "items");
	const char *workflow = ty_json_str(ask->request, "workflow", "");

	call->waits = ty_json_bool(ask->request, "wait", true);
	call->ask = (struct ty_call_ask){ .workspace_id = *ask->workspace_id,
					  .caller_id = *ask->run_id,
					  .child_id = ty_id_new(),
					  .fence = ask->fence,
					  .key = ty_arena_strdup(call->arena, ask->key) };
	if (!ty_id_parse(workflow, &call->ask.workflow_id) || ask->key == NULL)
		return ty_err_set(err, TY_E_INVALID, "\"%.40s\" is no id of a workflow", workflow);
	call->ask.body = ty_json_dump(call->arena, items, &call->ask.body_len);
	if (call->ask.body_len > TY_LIMIT_BODY_BYTES) {
		ty_err_set(err, TY_E_LIMIT,
			   "The items take %zu bytes; a called run may begin with %d",
			   call->ask.body_len, TY_LIMIT_BODY_BYTES);
		return ty_err_hint(err, "Call it for each item, or give it less.");
	}
	ask_files(call, items);
	return TY_OK;
}

static void
call_no_good(void *ctx, const json_t *answer, const struct ty_err *err)
{
	call_tell(ctx, answer, err);
}

static void *
workflow_begin(const struct ty_service_means *means, const struct ty_service_ask *ask,
	       ty_service_fn fn, void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));
	struct ty_err err = { .code = TY_OK };

	TY_ASSERT(call != NULL);
	call->means = means;
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "call", 0);
	if (ask_fill(call, ask, &err) == TY_OK)
		call->begins = means->calls->begin(means->calls_ctx, &call->ask, call_begun, call);
	else
		call->refusal = ty_net_refuse(means->net, &err, call_no_good, call);
	return call;
}

static void
workflow_cancel(void *handle)
{
	struct call *call = handle;

	if (call->refusal != NULL)
		ty_net_cancel(call->refusal);
	else
		call->means->calls->cancel(call->begins);
	call_free(call);
}

const struct ty_service ty_service_workflow = {
	.name = "workflow",
	.begin = workflow_begin,
	.cancel = workflow_cancel,
	.can_park = true,
};
