/*
 * fake_ops.c -- the engine's ops for tests.
 */
#include "support/fake_ops.h"

#include "base/arena.h"
#include "base/err.h"
#include "engine/journal_entry.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "support/fake_sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ty_err
no_error(void)
{
	return (struct ty_err){ .code = TY_OK };
}

static void
fake_fail(const char *what)
{
	fprintf(stderr, "fake_ops: %s\n", what);
	abort();
}

json_t *
fake_json(struct ty_arena *arena, const char *text)
{
	char *quoted = ty_arena_strdup(arena, text);
	json_t *json;

	for (char *at = strchr(quoted, '`'); at != NULL; at = strchr(at, '`'))
		*at = '"';
	json = ty_json_load_stored(quoted, strlen(quoted));
	if (json == NULL) {
		fprintf(stderr, "%s\n", text);
		fake_fail("the test's own JSON is broken");
	}
	return ty_json_own(arena, json);
}

/* ---- answers ---- */

json_t *
fake_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *url = json_object_get(request, "url");

	return json_pack("{s:i, s:{s:s}, s:{s:O}, s:O}", "status", 200, "headers", "content-type",
			 "application/json", "body", "url", url, "url", url);
}

static bool
is_to_fail(struct fake_ops *f, struct ty_err *err)
{
	if (f->fail_at == 0 || f->ops != f->fail_at)
		return false;
	ty_err_set(err, TY_E_UNAVAILABLE, "op %zu fails as scripted", f->ops);
	return true;
}

static void
count_effect(struct fake_ops *f, const json_t *request)
{
	const char *key = ty_json_str(request, "idempotency_key", NULL);

	if (key != NULL)
		json_object_set_new(f->effects, key,
				    json_integer(ty_json_int(f->effects, key, 0) + 1));
}

static void
answer(struct fake_ops *f, const struct fake_pending *p)
{
	struct ty_err err = no_error();
	json_t *value = NULL;

	f->ops++;
	if (p->kind == FAKE_JOURNAL) {
		ty_run_journal_done(p->run, p->token, is_to_fail(f, &err) ? &err : NULL);
		return;
	}
	if (!is_to_fail(f, &err)) {
		if (p->kind == FAKE_CALL)
			count_effect(f, p->request);
		if (p->kind == FAKE_CALL)
			value = f->on_call(f, p->request, &err);
		else if (f->sandbox != NULL)
			value = fake_sandbox_ask(f->sandbox, p->request, p->timeout_ms, &err);
		else if (f->on_eval != NULL)
			value = f->on_eval(f, p->request, &err);
		else
			fake_fail(
				"the sandbox was asked, and the test does not say what it answers");
	}
	(p->kind == FAKE_CALL ? ty_run_call_done : ty_run_eval_done)(p->run, p->token, value,
								     value == NULL ? &err : NULL);
	json_decref(value);
}

static void
ask(struct fake_ops *f, const struct fake_pending *p)
{
	if (!(f->hold & p->kind)) {
		answer(f, p);
		return;
	}
	if (f->pending_count == FAKE_PENDING_MAX)
		fake_fail("too much is pending");
	f->pending[f->pending_count++] = *p;
}

void
fake_ops_release(struct fake_ops *f, size_t i)
{
	struct fake_pending p = f->pending[i];

	if (i >= f->pending_count)
		fake_fail("nothing is pending there");
	f->pending_count--;
	memmove(&f->pending[i], &f->pending[i + 1], (f->pending_count - i) * sizeof(p));
	answer(f, &p);
}

void
fake_ops_drain(struct fake_ops *f)
{
	while (f->pending_count > 0)
		fake_ops_release(f, 0);
}

/* ---- the ops ---- */

static int64_t
op_now_ms(void *ctx)
{
	struct fake_ops *f = ctx;

	return f->now_ms += f->tick_ms;
}

static void
op_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *request, int64_t timeout_ms)
{
	struct fake_ops *f = ctx;
	struct fake_pending p = {
		.kind = FAKE_EVAL, .run = run, .token = token, .timeout_ms = timeout_ms
	};

	p.request = ty_json_own(f->arena, json_deep_copy(request));
	f->last_eval = p.request;
	f->evals++;
	ty_buf_printf(&f->log, "eval %s\n", ty_json_str(request, "kind", "?"));
	ask(f, &p);
}

static void
op_call(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call)
{
	struct fake_ops *f = ctx;
	struct fake_pending p = {
		.kind = FAKE_CALL, .run = run, .token = token, .timeout_ms = call->timeout_ms
	};

	p.request = ty_json_own(f->arena, json_deep_copy(call->request));
	/* The rest of the call, where a test's service looks for it. */
	json_object_set_new(p.request, "timeout_ms", json_integer(call->timeout_ms));
	if (call->credential != NULL)
		json_object_set_new(p.request, "credential", json_string(call->credential));
	f->calls++;
	ty_buf_printf(&f->log, "call %s %s\n", call->service,
		      ty_json_str(call->request, "url", "?"));
	ask(f, &p);
}

static void
op_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	struct fake_ops *f = ctx;
	struct fake_pending p = { .kind = FAKE_JOURNAL, .run = run, .token = token };
	bool intent = entry->kind == TY_JOURNAL_INTENT;

	f->intents += intent;
	f->answers += !intent;
	ty_buf_printf(&f->log, "%s %s\n", intent ? "intent" : "answer", entry->key);
	json_array_append_new(
		f->entries,
		json_pack("{s:s, s:s, s:I, s:s*, s:o}", "key", entry->key, "idempotency_key",
			  entry->idempotency_key, "at_ms", (json_int_t)entry->at_ms,
			  "request_digest", entry->request_digest, "answer",
			  entry->answer != NULL ? json_deep_copy(entry->answer) : json_null()));
	ask(f, &p);
}

static void
op_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	((struct fake_ops *)ctx)->wake_ms = at_ms;
}

static void
op_abandon(void *ctx, struct ty_run *run, uint64_t token)
{
	struct fake_ops *f = ctx;

	f->abandoned++;
	ty_buf_add_str(&f->log, "abandon\n");
	for (size_t i = 0; i < f->pending_count; i++)
		if (f->pending[i].token == token && f->pending[i].run == run) {
			f->pending_count--;
			memmove(&f->pending[i], &f->pending[i + 1],
				(f->pending_count - i) * sizeof(f->pending[i]));
			return;
		}
}

static void
op_may_park(void *ctx, struct ty_run *run)
{
	((struct fake_ops *)ctx)->rests++;
}

static void
op_finished(void *ctx, struct ty_run *run)
{
	struct fake_ops *f = ctx;

	f->finished++;
	ty_buf_add_str(&f->log, "finished\n");
}

static bool
op_resume_link(void *ctx, const struct ty_run *run, struct ty_arena *arena, const char *frame,
	       const char *node, struct ty_resume_link *ret_link)
{
	ret_link->url = ty_arena_printf(arena, "https://tyboo.test/resume/%s%s%s", frame,
					frame[0] != '\0' ? "/" : "", node);
	memset(ret_link->token_hash, 'a', sizeof(ret_link->token_hash) - 1);
	ret_link->token_hash[sizeof(ret_link->token_hash) - 1] = '\0';
	return true;
}

const struct ty_engine_ops fake_engine_ops = {
	.now_ms = op_now_ms,
	.eval = op_eval,
	.call = op_call,
	.journal = op_journal,
	.resume_link = op_resume_link,
	.wake_at = op_wake_at,
	.abandon = op_abandon,
	.expire = op_abandon,
	.may_park = op_may_park,
	.finished = op_finished,
};

/* ---- runs ---- */

struct fake_ops *
fake_ops_new(struct ty_arena *arena)
{
	struct fake_ops *f = ty_arena_new_of(arena, struct fake_ops);

	f->arena = arena;
	f->now_ms = FAKE_NOW_MS;
	f->on_call = fake_http;
	f->effects = ty_json_own(arena, json_object());
	f->entries = ty_json_own(arena, json_array());
	ty_buf_init(&f->log, arena, 256);
	return f;
}

void
fake_ops_use_sandbox(struct fake_ops *f)
{
	f->sandbox = fake_sandbox_new(f->arena);
}

static enum ty_code
registry_new(const struct fake_ops *f, struct ty_registry **ret_registry, struct ty_err *err)
{
	const struct ty_node_def *defs[64];
	size_t count = 0;

	for (size_t i = 0; ty_nodes_builtin[i] != NULL; i++)
		defs[count++] = ty_nodes_builtin[i];
	for (size_t i = 0; f->nodes != NULL && f->nodes[i] != NULL; i++)
		defs[count++] = f->nodes[i];
	defs[count] = NULL;
	return ty_registry_new(f->arena, defs, ret_registry, err);
}

enum ty_code
fake_ops_plan(struct fake_ops *f, const char *workflow, const struct ty_plan **ret_plan,
	      struct ty_err *err)
{
	struct ty_registry *registry;
	const struct ty_graph *graph;

	if (registry_new(f, &registry, err) != TY_OK ||
	    ty_graph_parse(f->arena, registry, fake_json(f->arena, workflow), &graph, err) != TY_OK)
		return err->code;
	return ty_plan_new(f->arena, graph, ret_plan, err);
}

struct ty_run_spec
fake_ops_spec(const struct ty_plan *plan, const json_t *items, const json_t *journal)
{
	struct ty_run_spec spec = {
		.workflow_name = "Flow",
		.plan = plan,
		.mode = "manual",
		.accepted_at_ms = FAKE_NOW_MS,
		.input = items,
		.journal = journal,
	};

	ty_id_parse("0198f3a1-0000-7000-8000-000000000001", &spec.run_id);
	ty_id_parse("0198f3a1-0000-7000-8000-000000000002", &spec.workspace_id);
	ty_id_parse("0198f3a1-0000-7000-8000-000000000003", &spec.workflow_id);
	ty_id_parse("0198f3a1-0000-7000-8000-000000000004", &spec.version_id);
	return spec;
}

enum ty_code
fake_ops_start(struct fake_ops *f, const struct ty_plan *plan, const json_t *items,
	       const json_t *journal, struct ty_err *err)
{
	struct ty_run_spec spec = fake_ops_spec(plan, items, journal);

	spec.digest_version = f->digest_version;
	spec.source = f->source;
	spec.replay = f->replay;
	spec.ended = f->ended;
	spec.ended_at_ms = f->ended_at_ms;
	spec.partial = f->partial;
	spec.taken = f->taken;
	spec.vars = f->vars;
	spec.libraries = f->libraries;
	spec.statics = f->statics;
	if (f->mode != NULL)
		spec.mode = f->mode;
	if (ty_run_new(f->arena, &fake_engine_ops, f, &spec, &f->run, err) != TY_OK)
		return err->code;
	ty_run_start(f->run);
	return TY_OK;
}

const struct ty_run_result *
fake_ops_run(struct fake_ops *f, const char *workflow, const char *items, const json_t *journal,
	     struct ty_err *err)
{
	const struct ty_plan *plan;

	if (fake_ops_plan(f, workflow, &plan, err) != TY_OK ||
	    fake_ops_start(f, plan, fake_json(f->arena, items), journal, err) != TY_OK)
		return NULL;
	return ty_run_result(f->run);
}

void
fake_ops_advance(struct fake_ops *f, int64_t ms)
{
	f->now_ms += ms;
	if (f->wake_ms != 0 && f->wake_ms <= f->now_ms) {
		f->wake_ms = 0;
		ty_run_wake(f->run);
	}
}

/* ---- what a test looks at ---- */

json_t *
fake_ops_journal(const struct fake_ops *f, struct ty_arena *arena, size_t count)
{
	json_t *journal = ty_json_own(arena, json_array()), *entry, *old;
	size_t i, j;

	json_array_foreach(f->entries, i, entry)
	{
		if (i == count)
			break;
		json_array_foreach(journal, j,
				   old) if (strcmp(ty_json_str(old, "key", ""),
						   ty_json_str(entry, "key", "")) == 0) break;
		if (j < json_array_size(journal))
			json_array_set_new(journal, j, json_deep_copy(entry));
		else
			json_array_append_new(journal, json_deep_copy(entry));
	}
	return journal;
}

json_t *
fake_ops_source(const struct fake_ops *f, struct ty_arena *arena)
{
	json_t *source = fake_ops_journal(f, arena, SIZE_MAX), *entry, *row;
	size_t i, j;

	/* Read the request's digest from the intent, because no other entry has it. */
	json_array_foreach(f->entries, i, entry)
	{
		json_t *digest = json_object_get(entry, "request_digest");

		json_array_foreach(source, j, row)
		{
			if (digest != NULL &&
			    strcmp(ty_json_str(row, "key", ""), ty_json_str(entry, "key", "")) == 0)
				json_object_set(row, "request_digest", digest);
		}
	}
	return source;
}

const json_t *
fake_step_record(const struct ty_run_result *result, const char *node)
{
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)result->steps, i,
			   step) if (strcmp(ty_json_str(step, "node", ""), node) == 0) return step;
	return NULL;
}
