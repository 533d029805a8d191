/*
 * fuzz_engine.c -- what the sandbox and the world may answer: the engine believes nothing.
 *
 * The input is a list of answers as JSON lines: each is what the next evaluation, call or
 * journal entry is answered ({ "error": true } fails it; a bare number moves the clock by
 * that many ms first).  The run must end exactly once, whatever comes.  At each rest it is put down
 * and taken up again.
 */
#include "base/arena.h"
#include "base/err.h"
#include "engine/engine.h"
#include "engine/journal_entry.h"
#include "json/json.h"
#include "nodes/nodes.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char workflow[] =
	"{\"nodes\":[{\"id\":\"t\",\"type\":\"core.manual\"},"
	"{\"id\":\"i\",\"type\":\"core.if\",\"on_error\":\"continue\","
	"\"params\":{\"condition\":\"={{ $json.a > 1 }}\"}},"
	"{\"id\":\"c\",\"type\":\"core.code\",\"on_error\":\"error_output\",\"params\":{\"code\":"
	"\"x\"}},"
	"{\"id\":\"L\",\"type\":\"core.loop\"},{\"id\":\"w\",\"type\":\"core.wait\"},"
	"{\"id\":\"h\",\"type\":\"http.request\",\"on_error\":\"continue\",\"timeout_ms\":1000,"
	"\"retry\":{\"tries\":3,\"backoff\":\"fixed\",\"base_ms\":6000},"
	"\"params\":{\"url\":\"https://x.test/\"}},"
	"{\"id\":\"m\",\"type\":\"core.merge\",\"params\":{\"mode\":\"by_key\",\"key1\":\"a\","
	"\"join\":\"outer\"}},"
	"{\"id\":\"s\",\"type\":\"core.set\",\"params\":{\"include_other\":true,\"assignments\":["
	"{\"name\":\"a.b\",\"type\":\"json\",\"value\":\"={{ $('c').item.json.a }}\"}]}}],"
	"\"edges\":[{\"from\":\"t\",\"to\":\"i\"},{\"from\":\"i\",\"output\":\"true\",\"to\":\"c\"}"
	","
	"{\"from\":\"i\",\"output\":\"false\",\"to\":\"L\"},{\"from\":\"c\",\"to\":\"L\"},"
	"{\"from\":\"L\",\"output\":\"loop\",\"to\":\"h\"},{\"from\":\"h\",\"to\":\"w\"},"
	"{\"from\":\"w\",\"to\":\"L\"},"
	"{\"from\":\"L\",\"output\":\"done\",\"to\":\"m\",\"input\":\"input1\"},{\"from\":\"t\","
	"\"to\":\"m\",\"input\":"
	"\"input2\"},"
	"{\"from\":\"c\",\"output\":\"error\",\"to\":\"m\",\"input\":\"input2\"},"
	"{\"from\":\"m\",\"to\":\"s\"}],\"settings\":{\"timeout_ms\":60000}}";

struct world {
	struct ty_arena *arena;
	const char *at, *end;
	int64_t now_ms, wake_ms;
	int finished;
	json_t *journal, *steps; /* what a worker would have stored */
	bool has_payloads;	 /* values that this world does not store */
};

/* The next line as JSON; NULL where there is none or it is none. */
static json_t *
world_next(struct world *w)
{
	const char *line = w->at, *end;
	struct ty_err err = { .code = TY_OK };
	json_t *json;

	if (line >= w->end)
		return NULL;
	end = memchr(line, '\n', (size_t)(w->end - line));
	if (end == NULL)
		end = w->end;
	w->at = end + 1;
	if (ty_json_parse(w->arena, line, (size_t)(end - line), &json, &err) != TY_OK)
		return NULL;
	return json;
}

static json_t *
world_answer(struct world *w, struct ty_run *run, struct ty_err *err)
{
	json_t *json = world_next(w);

	if (json_is_integer(json) && json_integer_value(json) > 0) {
		w->now_ms += json_integer_value(json) % 100000;
		json = world_next(w);
	}
	if (json == NULL || ty_json_bool(json, "error", false)) {
		ty_err_set(err, TY_E_UNAVAILABLE, "no answer");
		return NULL;
	}
	return json;
}

static int64_t
op_now_ms(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static void
op_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *request, int64_t timeout_ms)
{
	struct ty_err err = { .code = TY_OK };
	json_t *value = world_answer(ctx, run, &err);

	ty_run_eval_done(run, token, value, value == NULL ? &err : NULL);
}

static void
op_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct world *w = ctx;
	struct ty_err err = { .code = TY_OK };
	json_t *value = world_answer(w, run, &err);

	/* A clock past the node's deadline: the timer fires instead of an answer. */
	if (w->wake_ms != 0 && w->now_ms >= w->wake_ms)
		ty_run_wake(run);
	ty_run_call_done(run, token, value, value == NULL ? &err : NULL);
}

static void
op_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	struct world *w = ctx;

	if (entry->kind == TY_JOURNAL_ANSWER)
		json_array_append_new(w->journal,
				      json_pack("{s:s, s:I, s:o}", "key", entry->key, "at_ms",
						(json_int_t)entry->at_ms, "answer",
						json_deep_copy(entry->answer)));
	ty_run_journal_done(run, token, NULL);
}

static void
op_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	((struct world *)ctx)->wake_ms = at_ms;
}

static void
op_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
}

static void
op_finished(void *ctx, struct ty_run *run)
{
	((struct world *)ctx)->finished++;
}

static const struct ty_engine_ops ops = {
	.now_ms = op_now_ms,
	.eval = op_eval,
	.call = op_call,
	.journal = op_journal,
	.wake_at = op_wake_at,
	.abandon = op_abandon,
	.expire = op_abandon,
	.finished = op_finished,
};

/* Made once: it is immutable, and takes longer than a run. */
static const struct ty_plan *
plan_get(void)
{
	static struct ty_arena *arena;
	static const struct ty_plan *plan;
	struct ty_registry *registry;
	struct ty_err err = { .code = TY_OK };
	const struct ty_graph *graph;
	json_t *doc;

	if (arena != NULL)
		return plan;
	arena = ty_arena_new(NULL, "plan", 0);
	TY_ASSERT(ty_nodes_load(arena, &registry, &err) == TY_OK);
	TY_ASSERT(ty_json_parse(arena, workflow, strlen(workflow), &doc, &err) == TY_OK);
	TY_ASSERT(ty_graph_parse(arena, registry, doc, &graph, &err) == TY_OK);
	TY_ASSERT(ty_plan_new(arena, graph, &plan, &err) == TY_OK);
	return plan;
}

static void
world_take(struct world *w, struct ty_run *run)
{
	const struct ty_payload *payloads;
	json_t *taken = ty_run_take_steps(run);
	size_t count;

	json_array_extend(w->steps, taken);
	json_decref(taken);
	ty_run_take_payloads(run, &payloads, &count);
	w->has_payloads = w->has_payloads || count > 0;
}

/* Put it down and take it up, where it is at a rest. */
static struct ty_run *
world_park(struct world *w, struct ty_run *run, struct ty_run_spec spec)
{
	struct ty_err err = { .code = TY_OK };
	struct ty_run_parked parked;

	if (!ty_run_park(run, w->arena, &parked))
		return run;
	world_take(w, run);
	if (w->has_payloads)
		return run;
	ty_run_free(run);
	spec.parked = parked.state;
	spec.steps = w->steps;
	spec.journal = w->journal;
	TY_ASSERT(ty_run_new(w->arena, &ops, w, &spec, &run, &err) == TY_OK);
	ty_run_start(run);
	return run;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .arena = ty_arena_new(NULL, "fuzz", 0),
			   .at = (const char *)data,
			   .end = (const char *)data + size,
			   .now_ms = 1700000000000 };
	struct ty_run_spec spec = { .plan = plan_get(), .accepted_at_ms = w.now_ms };
	struct ty_err err = { .code = TY_OK };
	struct ty_run *run;

	w.journal = ty_json_own(w.arena, json_array());
	w.steps = ty_json_own(w.arena, json_array());
	spec.input = ty_json_own(
		w.arena, json_pack("[{s:{s:i}}, {s:{s:s}}]", "json", "a", 1, "json", "a", "x"));
	TY_ASSERT(ty_run_new(w.arena, &ops, &w, &spec, &run, &err) == TY_OK);
	ty_run_start(run);
	for (int i = 0; i < 100 && w.finished == 0; i++) {
		run = world_park(&w, run, spec);
		if (w.finished > 0)
			break;
		TY_ASSERT(w.wake_ms != 0);
		if (w.wake_ms > w.now_ms)
			w.now_ms = w.wake_ms;
		ty_run_wake(run);
	}
	TY_ASSERT(w.finished == 1 && ty_run_result(run) != NULL);
	ty_json_dump(w.arena, ty_run_result(run)->steps, NULL);
	ty_run_free(run);
	ty_arena_free(w.arena);
	return 0;
}
