/*
 * workflow.c -- the service "workflow": a run that begins another one.
 *
 * Request: { "workflow": id, "wait": bool, "items": [ { "json", "binary"? } ] }.  Answer: { "execution_id" }
 * at once where it does not wait.  Where it does, the run that was begun answers with its record
 * (sql/functions/call.sql): { "execution_id", "items", "output"?: what its trigger declares }, or an error.
 *
 *	begin --> ASK --[Postgres has its receipt]--> PUSH --[Redis has its job]--> told
 *	           |  ^                                 |
 *	           v  | Postgres is away: again         +--[Redis is away: tyboo-reap pushes it]--> told
 *	          (wait)
 *
 * Invariants:
 *   (1) What the call has begun is known by its key: asked again, also by another worker, it is the same run.
 *   (2) An outcome that is not known is asked for until it is, since a run may have begun.
 *
 * Answers of Postgres and Redis cannot be called off: a canceled call stays until they have come.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "intake/job.h"
#include "json/json.h"
#include "net/http.h"
#include "queue/queue.h"
#include "service/service.h"
#include "store/call.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define AGAIN_MS 250

struct call {
	const struct ty_service_means *means;
	ty_service_fn fn; /* NULL: canceled */
	void *ctx;
	struct ty_arena *arena;
	struct ty_call_ask ask;
	bool waits, is_asking; /* is_asking: an answer is to come */
	void *refusal;	       /* refusal of a bad request; NULL = the request is good */
	uv_timer_t again;
	struct ty_id run_id; /* run that the call began */
};

static void call_ask(struct call *call);

static void
call_closed(uv_handle_t *handle)
{
	struct call *call = handle->data;

	ty_arena_free(call->arena);
	free(call);
}

static void
call_free(struct call *call)
{
	uv_close((uv_handle_t *)&call->again, call_closed);
}

static void
call_tell(struct call *call, const json_t *answer, const struct ty_err *err)
{
	ty_service_fn fn = call->fn;
	void *ctx = call->ctx;

	call->fn = NULL;
	if (fn != NULL)
		fn(ctx, answer, err);
	call_free(call);
}

/* ---- PUSH ---- */

static void
call_begun(struct call *call)
{
	json_t *answer = json_pack("{s:s}", "execution_id", call->run_id.s);

	call_tell(call, call->waits ? NULL : answer, NULL);
	json_decref(answer);
}

/* Count the run as begun even where Redis did not take it, because tyboo-reap pushes its receipt. */
static void
call_pushed(void *ctx, const struct ty_admission *admissions, size_t count,
	    const struct ty_err *err)
{
	struct call *call = ctx;
	const struct ty_service_means *means = call->means;

	(void)admissions;
	(void)count;
	call->is_asking = false;
	call_begun(call);
	if (err == NULL && means->begun != NULL)
		means->begun(means->begun_ctx);
}

static enum ty_code
call_push(struct call *call, const struct ty_delivery_row *row, bool was_pushed, struct ty_err *err)
{
	struct ty_receipt receipt;
	struct ty_job_text text;
	struct ty_job job;
	const char *notices;

	ty_receipt_from_row(row, &receipt);
	if (ty_job_text(call->arena, &receipt, &text, &notices, err) != TY_OK)
		return err->code;
	ty_receipt_to_job(&receipt, &text, &job);
	/* A run that an earlier attempt began may have been taken already, so that its worker has to
	 * claim it first. */
	job.again = was_pushed;
	job.called = !was_pushed;
	call->run_id = row->id;
	call->is_asking = true;
	ty_queue_admit(call->means->queue, &job, 1, call_pushed, call);
	return TY_OK;
}

/* ---- ASK ---- */

static enum ty_code
call_refused(enum ty_child_outcome outcome, struct ty_err *err)
{
	static const struct {
		enum ty_code code;
		const char *text, *hint;
	} texts[TY_CHILD__COUNT] = {
		[TY_CHILD_FENCED] = { TY_E_CANCELED, "The run is another worker's",
				      "Look at it again." },
		[TY_CHILD_MISSING] = { TY_E_NOT_FOUND,
				       "There is no such workflow in this workspace",
				       "Choose another in the node." },
		[TY_CHILD_UNPUBLISHED] = { TY_E_CONFLICT, "The called workflow is not published",
					   "Publish it." },
		[TY_CHILD_NO_TRIGGER] = { TY_E_CONFLICT,
					  "The called workflow has no trigger for calls",
					  "Add a core.called to it, and publish it." },
		[TY_CHILD_DEPTH] = { TY_E_LIMIT, "Workflows call each other deeper than the limit",
				     "A workflow that calls itself needs a condition that ends "
				     "it." },
	};

	ty_err_set(err, texts[outcome].code, "%s", texts[outcome].text);
	if (outcome == TY_CHILD_DEPTH)
		ty_err_set(err, TY_E_LIMIT, "%s: %d calls", texts[outcome].text,
			   TY_LIMIT_CALL_DEPTH);
	return ty_err_hint(err, "%s", texts[outcome].hint);
}

static void
call_asked_again(uv_timer_t *timer)
{
	call_ask(timer->data);
}

static void
call_answered(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct call *call = ctx;
	enum ty_child_outcome outcome = TY_CHILD_BEGUN;
	struct ty_delivery_row *row = NULL;
	struct ty_err why = { .code = TY_OK };

	call->is_asking = false;
	if (call->fn == NULL) {
		call_free(call);
		return;
	}
	if (err != NULL && err->code == TY_E_UNAVAILABLE) {
		uv_timer_start(&call->again, call_asked_again, AGAIN_MS, 0);
		return;
	}
	if (err != NULL)
		why = *err;
	else if (ty_store_call_decode(call->arena, rows, &outcome, &row, &why) == TY_OK &&
		 outcome > TY_CHILD_AGAIN)
		(void)call_refused(outcome, &why);
	else if (why.code == TY_OK && row != NULL)
		(void)call_push(call, row, outcome == TY_CHILD_AGAIN, &why);
	if (why.code != TY_OK)
		call_tell(call, NULL, &why);
}

static void
call_ask(struct call *call)
{
	struct ty_store_query query;

	call->is_asking = true;
	ty_store_call_query(call->arena, &call->ask, &query);
	ty_store_async_run(call->means->store, &query, call_answered, call);
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
	struct call *call = ctx;

	call->refusal = NULL;
	call_tell(call, answer, err);
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
	uv_timer_init(means->loop, &call->again);
	call->again.data = call;
	if (ask_fill(call, ask, &err) == TY_OK)
		call_ask(call);
	else
		call->refusal = ty_net_refuse(means->net, &err, call_no_good, call);
	return call;
}

static void
workflow_cancel(void *handle)
{
	struct call *call = handle;

	call->fn = NULL;
	if (call->refusal != NULL)
		ty_net_cancel(call->refusal);
	if (!call->is_asking)
		call_free(call);
}

const struct ty_service ty_service_workflow = {
	.name = "workflow",
	.begin = workflow_begin,
	.cancel = workflow_cancel,
	.can_park = true,
};
