/*
 * record.c -- what is written down: one object per step, and one per error.
 *
 * A record is made when a step has ended: the digest takes it, its addendum (timings, notices)
 * is added, and it is frozen.  It waits in run->steps until ty_run_take_steps() or the end.
 *
 * Memory: the run's arena owns the array of records; it owns everything in them.
 */
#include "engine/private.h"

#include <string.h>

/* A text of the world's: bytes that are no UTF-8 (a message cut short, say) become '?'. */
json_t *
record_text(const char *s)
{
	json_t *text = json_string(s);
	struct ty_arena *arena;
	char *ascii;

	if (text != NULL)
		return text;
	arena = ty_arena_new(NULL, "text", 0);
	ascii = ty_arena_strdup(arena, s);
	for (char *at = ascii; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	text = json_string(ascii);
	ty_arena_free(arena);
	return text;
}

static void trace_add(json_t *trace, struct ty_arena *arena, const char *fmt, ...) TY_PRINTF(3, 4);

static void
trace_add(json_t *trace, struct ty_arena *arena, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(trace, record_text(ty_arena_vprintf(arena, fmt, ap)));
	va_end(ap);
}

static void
trace_add_script(json_t *trace, struct ty_arena *arena, const json_t *error)
{
	const char *stack = ty_json_str(error, "stack", NULL);
	int64_t line = ty_json_int(error, "line", 0);

	if (line > 0)
		trace_add(trace, arena, "script: %s at line %lld, column %lld",
			  ty_json_str(error, "name", "Error"), (long long)line,
			  (long long)ty_json_int(error, "column", 0));
	if (stack != NULL && stack[0] != '\0')
		trace_add(trace, arena, "%.2000s", stack);
}

static json_t *
trace_first(const struct ty_step *step)
{
	return json_sprintf("engine: step %zu of the run", step->run->step_count + 1);
}

/* From the outside in: engine, node, parameter, expression, the script's own stack. */
static json_t *
error_trace(struct ty_step *step, const struct ty_err *err)
{
	const struct ty_graph_node *node = step->plan->node;
	const struct hole *hole = step->blamed_hole;
	const char *path = hole != NULL ? hole->path : err->path;
	json_t *trace = json_array();

	json_array_append_new(trace, trace_first(step));
	if (step->frame->path != NULL)
		trace_add(trace, step->arena, "frame: %s", step->frame->path);
	if (step->attempt > 1)
		trace_add(trace, step->arena, "attempt: %zu", step->attempt);
	trace_add(trace, step->arena, "node: %s \"%s\" (%s)", node->id, node->name, node->type);
	if (path[0] != '\0')
		trace_add(trace, step->arena, "parameter: %s", path);
	if (hole != NULL)
		trace_add(trace, step->arena, "expression: %.500s", hole->shown);
	if (step->script_error != NULL)
		trace_add_script(trace, step->arena, step->script_error);
	return trace;
}

/* Add the members of an error that has a place; runs that began before go on without, because their
 * digest must not change. */
static void
error_add_place(json_t *error, const struct ty_step *step, const struct ty_err *err)
{
	struct error_place place;

	if (step == NULL) {
		json_object_set_new(error, "place", json_null());
	} else if (step->run->has_places) {
		place = error_place(step, err);
		json_object_set_new(error, "place", error_place_json(&place));
		if (step->more != NULL)
			json_object_update_missing(error, step->more);
	}
}

/* An error's own hint, else its code's. */
static json_t *
error_hint(const struct ty_step *step, const struct ty_err *err)
{
	if (err->hint[0] != '\0')
		return record_text(err->hint);
	if (step != NULL && !step->run->has_places)
		return json_null();
	return json_string(ty_code_hint(err->code));
}

json_t *
record_error(struct ty_step *step, const struct ty_err *err, bool with_trace)
{
	json_t *error = json_object();
	bool blames = step != NULL && step->blamed != SIZE_MAX;

	json_object_set_new(error, "code", json_string(ty_code_name(err->code)));
	json_object_set_new(error, "message", record_text(err->msg));
	json_object_set_new(error, "node",
			    step != NULL ? json_incref(step->plan->id) : json_null());
	json_object_set_new(error, "item",
			    blames ? json_integer((json_int_t)step->blamed) : json_null());
	json_object_set_new(error, "retryable", json_boolean(err->retryable));
	if (with_trace)
		json_object_set_new(error, "trace",
				    step != NULL ? error_trace(step, err)
						 : json_pack("[s]", "engine: the run"));
	if (err->retry_after_ms > 0)
		json_object_set_new(error, "retry_after_ms", json_integer(err->retry_after_ms));
	json_object_set_new(error, "hint", error_hint(step, err));
	error_add_place(error, step, err);
	if (step != NULL && step->detail != NULL)
		json_object_update_missing(error, step->detail);
	return error;
}

/* 'failed' has the trace of the first item's error alone. */
void
record_renumber(struct ty_step *step)
{
	json_t *trace = step->failed != NULL ? json_object_get(step->failed[0], "trace") : NULL;

	if (trace != NULL)
		json_array_set_new(trace, 0, trace_first(step));
}

/* ---- notices ---- */

static bool
notice_is_told(const json_t *notices, const json_t *notice)
{
	const json_t *told;
	size_t i;

	json_array_foreach(notices, i, told) if (json_equal(told, notice)) return true;
	return false;
}

void
ty_step_notice(struct ty_step *step, const char *code, const char *fmt, ...)
{
	json_t *notice = ty_json_own(step->arena, json_object());
	va_list ap;

	va_start(ap, fmt);
	json_object_set_new(notice, "code", json_string(code));
	json_object_set_new(notice, "text", record_text(ty_arena_vprintf(step->arena, fmt, ap)));
	va_end(ap);
	if (step->notices == NULL)
		step->notices = ty_json_own(step->keep, json_array());
	if (json_array_size(step->notices) < ENGINE_NOTICES_MAX &&
	    !notice_is_told(step->notices, notice))
		json_array_append(step->notices, notice);
}

/* ---- the record ---- */

static json_t *
record_new(const struct frame *frame, const struct plan_node *node, enum ty_status status,
	   size_t in, size_t out, json_t *outputs)
{
	json_t *record = json_object();

	json_object_set_nocheck(record, "node", node->id);
	if (frame->path != NULL)
		json_object_set_new_nocheck(record, "frame", json_string_nocheck(frame->path));
	json_object_set_nocheck(record, "name", node->name);
	json_object_set_nocheck(record, "type", node->type);
	json_object_set_nocheck(record, "version", node->version);
	json_object_set_new_nocheck(record, "status", json_string_nocheck(ty_status_name(status)));
	json_object_set_new_nocheck(record, "items_in", json_integer((json_int_t)in));
	json_object_set_new_nocheck(record, "items_out", json_integer((json_int_t)out));
	json_object_set_new_nocheck(record, "outputs", outputs);
	if (node->notice != NULL)
		json_object_set_nocheck(record, "notice", node->notice);
	return record;
}

static size_t
step_items_in(const struct ty_step *step)
{
	size_t count = 0;

	if (ty_node_is_trigger(step->plan->node->def))
		return 0;
	if (step->is_batch)
		return step->out.items;
	for (size_t i = 0; i < step->input_count; i++)
		count += step->inputs[i].count;
	return count;
}

static void
record_addendum(json_t *record, const struct addendum *more)
{
	json_object_set_new_nocheck(record, "started_ms", json_integer(more->started_ms));
	json_object_set_new_nocheck(record, "duration_ms", json_integer(more->duration_ms));
	if (more->notices != NULL)
		json_object_set_nocheck(record, "notices", more->notices);
}

/* Members of struct addendum. */
static const char *const addendum_members[] = { "started_ms", "duration_ms", "notices" };

bool
record_is_addendum(const char *member)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(addendum_members); i++)
		if (strcmp(member, addendum_members[i]) == 0)
			return true;
	return false;
}

void
record_addendum_del(json_t *record)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(addendum_members); i++)
		json_object_del(record, addendum_members[i]);
}

void
record_tell_failed(struct ty_step *step)
{
	const struct ty_graph_node *node = step->plan->node;
	struct ty_buf buf;

	ty_buf_init(&buf, step->arena, 100);
	for (size_t i = 0; i < node->output_count; i++)
		ty_buf_printf(&buf, "%s%zu through \"%s\"", i > 0 ? ", " : "",
			      step->outlets[i].items.count, node->outputs[i].name);
	ty_step_notice(step, "items_failed",
		       "%zu of %zu items failed, each with its own error; items that left: %s.",
		       step->failed_count, step->inputs[0].count, buf.len > 0 ? buf.data : "none");
}

/* 'record' is complete but for its addendum; steals it.  Its text is left in 'arena'. */
static void
record_keep(struct ty_run *run, struct ty_arena *arena, json_t *record, const struct addendum *more)
{
	run->steps_bytes += ty_digest_add(&run->digest, arena, record);
	record_addendum(record, more);
	json_array_append_new(run->steps, record);
	run->step_count++;
	if (run->ops->steps_ready != NULL && (json_array_size(run->steps) >= TY_LIMIT_PIECE_STEPS ||
					      run->steps_bytes >= TY_LIMIT_PIECE_BYTES))
		run->ops->steps_ready(run->ctx, run);
}

size_t
ty_run_steps_ready(const struct ty_run *run)
{
	return json_array_size(run->steps);
}

json_t *
ty_run_take_steps(struct ty_run *run)
{
	json_t *taken = json_array();

	json_array_extend(taken, run->steps);
	json_array_clear(run->steps);
	run->steps_bytes = 0;
	return taken;
}

void
record_step(struct ty_step *step, enum ty_status status, json_t *error)
{
	struct ty_run *run = step->run;
	const struct ty_graph_node *node = step->plan->node;
	const struct addendum more = {
		.started_ms = step->started_ms - run->spec.accepted_at_ms,
		.duration_ms =
			(step->ended_ms != 0 ? step->ended_ms : run->now_ms) - step->started_ms,
		.notices = step->notices,
	};
	json_t *outputs = json_object(), *record;

	for (size_t i = 0; i < node->output_count; i++)
		json_object_set_new(outputs, node->outputs[i].name,
				    json_incref(step->outlets[i].array));
	record = record_new(step->frame, step->plan, status, step_items_in(step), step->out.items,
			    outputs);
	if (step->attempt > 1)
		json_object_set_new_nocheck(record, "attempt",
					    json_integer((json_int_t)step->attempt));
	if (step->retry_ms > 0)
		json_object_set_new_nocheck(record, "retry_ms", json_integer(step->retry_ms));
	if (step->failed_count > 0)
		json_object_set_new_nocheck(record, "failed",
					    json_integer((json_int_t)step->failed_count));
	if (error != NULL)
		json_object_set_nocheck(record, "error", error);
	if (step->logs != NULL && json_array_size(step->logs) > 0)
		json_object_set_nocheck(record, "logs", step->logs);
	run->item_count += step->out.items;
	record_keep(run, step->arena, record, &more);
}

void
record_taken(struct ty_run *run, const struct plan_node *node, const json_t *given)
{
	const struct addendum more = { .started_ms = run->started_ms - run->spec.accepted_at_ms };
	struct ty_arena *arena = ty_arena_new(run->arena, "taken", 0);
	json_t *outputs = json_object_get(given, "outputs"), *from, *array, *record;
	const char *port;
	size_t count = 0;

	json_object_foreach(outputs, port, array) count += json_array_size(array);
	record = record_new(run->root, node, TY_STATUS_OK, 0, count, json_incref(outputs));
	json_object_set_nocheck(record, "status", json_object_get(given, "status"));
	from = json_object_get(given, "from_run");
	if (from != NULL)
		json_object_set_nocheck(record, "from_run", from);
	else
		json_object_set_new_nocheck(record, "pinned", json_true());
	record_keep(run, arena, record, &more);
	ty_arena_free(arena);
}

void
record_skipped(struct ty_run *run, const struct frame *frame, const struct plan_node *node)
{
	const struct addendum more = {
		.started_ms = run->started_ms - run->spec.accepted_at_ms,
		.notices = node->skipped,
	};

	struct ty_arena *arena = ty_arena_new(run->arena, "skipped", 0);

	record_keep(run, arena, record_new(frame, node, TY_STATUS_SKIPPED, 0, 0, json_object()),
		    &more);
	ty_arena_free(arena);
}
