/*
 * test_overlap_law.c -- the law of steps that overlap: the journal of an overlapped run, replayed with
 * overlap off, gives the same bytes.
 *
 * Ten thousand random graphs: reads, effects, code that names nodes, loops, retries, what fails and goes on.
 * Each is run with answers in a random order; its worker dies at a random place, or the run is put down
 * where it rests, and another goes on.  The world changes with every call, and code gives back the
 * whole of what it was shown, its clock too, so that any step that saw another world than it would
 * have in its turn gives other bytes.
 *
 * A quarter of them is proved as a user does (engine/replay.c), and a quarter is asked what another version would
 * have done in which one call asks something else: it ends at that call, or the run had not come there.
 *
 * TY_SEED=n runs one graph alone and prints it.
 */
#define TEST_TIMEOUT_S 300
#include <limits.h>

#include "support/common.h"

#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "support/fake_ops.h"
#include "node/node.h"
#include "nodes/nodes.h"

#define GRAPHS	  10000
#define TESTS	  10
#define NODES_MAX 14

/* ---- chance ---- */

static uint64_t chance;

static unsigned
roll(unsigned sides)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned)((chance >> 20) % sides);
}

static bool
one_in(unsigned n)
{
	return roll(n) == 0;
}

/* ---- graphs ---- */

struct made {
	json_t *nodes, *edges;
	int count;
};

static json_t *
node_add(struct made *made, const char *type, json_t *params)
{
	json_t *node =
		json_pack("{s:s%, s:s, s:o}", "id", ty_arena_printf(fx.arena, "n%d", made->count),
			  strlen(ty_arena_printf(fx.arena, "n%d", made->count)), "type", type,
			  "params", params);

	made->count++;
	json_array_append_new(made->nodes, node);
	return node;
}

static void
edge_add(struct made *made, int from, const char *output, int to)
{
	json_t *edge = json_pack("{s:s, s:s}", "from", ty_arena_printf(fx.arena, "n%d", from), "to",
				 ty_arena_printf(fx.arena, "n%d", to));

	if (output != NULL)
		json_object_set_new(edge, "output", json_string(output));
	json_array_append_new(made->edges, edge);
}

static const char *
node_type(const struct made *made, int i)
{
	return ty_json_str(json_array_get(made->nodes, (size_t)i), "type", "");
}

/* An output that a node may be left by within its own frame. */
static const char *
some_output(const struct made *made, int from)
{
	const json_t *node = json_array_get(made->nodes, (size_t)from);

	if (strcmp(node_type(made, from), "core.if") == 0)
		return one_in(2) ? "true" : "false";
	if (strcmp(node_type(made, from), "core.loop") == 0)
		return "done";
	if (strcmp(ty_json_str(node, "on_error", ""), "error_output") == 0 && one_in(3))
		return "error";
	return NULL;
}

static json_t *
http_params(bool reads)
{
	const char *method = reads ? (one_in(4) ? "HEAD" : "GET") : (one_in(2) ? "POST" : "DELETE");
	json_t *params = json_pack("{s:s, s:s}", "method", method, "url",
				   ty_arena_printf(fx.arena, "=https://x.test/%s%u/{{ $json.n }}",
						   one_in(5) ? "fails" : "", roll(1000)));

	if (!reads && !one_in(4))
		json_object_set_new(params, "repeat_in_doubt", json_string("always"));
	if (reads && one_in(8))
		json_object_set_new(params, "repeat_in_doubt", json_string("never"));
	return params;
}

static json_t *
code_params(void)
{
	static const char *const codes[] = {
		"return $input.all()",	   "return $('n1').all()",	"return $('n4').all()",
		"return $('n7').all()",	   "return $(name).all()",	"return $runIndex",
		"return $('start').all()", "return $('n2').first('n5')"
	};

	return json_pack("{s:s, s:s}", "code",
			 one_in(3) ? ty_arena_printf(fx.arena, "return $('n%u').all()", roll(9))
				   : codes[roll(TY_ARRAY_COUNT(codes))],
			 "mode", "all");
}

static json_t *
set_params(void)
{
	static const char *const values[] = { "={{ $now.toMillis() }}", "={{ $json.n * 7 }}",
					      "={{ $('n1').item.json.n }}",
					      "={{ $('n3').first().json.n }}" };

	return json_pack("{s:b, s:[{s:s, s:s, s:s}]}", "include_other", 1, "assignments", "name",
			 "m", "type", "json", "value", values[roll(TY_ARRAY_COUNT(values))]);
}

static json_t *
node_add_any(struct made *made)
{
	switch (roll(12)) {
	case 0:
	case 1:
		return node_add(made, "core.code", code_params());
	case 2:
		return node_add(made, "core.set", set_params());
	case 3:
		return node_add(made, "core.if",
				json_pack("{s:s}", "condition", "={{ $json.n > 40 }}"));
	case 4:
		return node_add(made, "core.noop", json_object());
	case 5:
		return one_in(3) ? node_add(made, "core.wait",
					    json_pack("{s:i, s:s}", "amount", 1 + (int)roll(20),
						      "unit", "seconds"))
				 : node_add(made, "core.noop", json_object());
	case 6:
		return one_in(4) ? node_add(made, "test.tell", json_object())
				 : node_add(made, "http.request", http_params(false));
	default:
		return node_add(made, "http.request", http_params(true));
	}
}

static void
node_vary(json_t *node)
{
	static const char *const on_errors[] = { "stop", "continue", "error_output", "continue" };
	static const char *const backoffs[] = { "fixed", "linear", "exponential" };
	const char *type = ty_json_str(node, "type", "");
	bool may_fail = strcmp(type, "http.request") == 0 || strcmp(type, "core.code") == 0;

	if (may_fail)
		json_object_set_new(node, "on_error",
				    json_string(one_in(8) ? "stop" : on_errors[1 + roll(3)]));
	if (may_fail && one_in(4))
		json_object_set_new(node, "retry",
				    json_pack("{s:i, s:s, s:i}", "tries", 2 + (int)roll(2),
					      "backoff", backoffs[roll(3)], "base_ms",
					      one_in(2) ? 100 : 20000));
	if (one_in(10))
		json_object_set_new(node, "always_output", json_true());
	if (one_in(20) && strcmp(type, "core.if") != 0)
		json_object_set_new(node, "disabled", json_true());
}

/* Nodes from 'first' on, each led to by some of those before it. */
static void
nodes_grow(struct made *made, int first, const char *from_output, int count)
{
	int begin = made->count;

	for (int i = 0; i < count; i++) {
		int at = made->count, edges = 1 + (int)roll(2);

		node_vary(node_add_any(made));
		for (int e = 0; e < edges; e++) {
			int from = one_in(2) || at == begin
					   ? first
					   : begin + (int)roll((unsigned)(at - begin));

			edge_add(made, from,
				 from == first && from_output != NULL ? from_output
								      : some_output(made, from),
				 at);
		}
	}
}

/* A loop whose body ends in one node that leads back. */
static void
loop_grow(struct made *made, int from)
{
	int loop = made->count, last;

	node_add(made, "core.loop", json_pack("{s:i}", "batch_size", 1 + (int)roll(2)));
	edge_add(made, from, some_output(made, from), loop);
	nodes_grow(made, loop, "loop", 1 + (int)roll(4));
	last = made->count;
	node_add(made, "core.noop", json_object());
	for (int i = loop + 1; i < last; i++)
		edge_add(made, i, some_output(made, i), last);
	edge_add(made, last, NULL, loop);
	if (one_in(2))
		nodes_grow(made, loop, "done", 1 + (int)roll(3));
}

static json_t *
graph_make(void)
{
	struct made made = { .nodes = json_array(), .edges = json_array() };
	int begin;

	node_add(&made, "core.manual", json_object());
	json_object_set_new(json_array_get(made.nodes, 0), "name", json_string("start"));
	nodes_grow(&made, 0, NULL, 4 + (int)roll(NODES_MAX - 8));
	begin = made.count;
	if (one_in(3))
		loop_grow(&made, (int)roll((unsigned)begin));
	return ty_json_own(fx.arena, json_pack("{s:o, s:o, s:{}}", "nodes", made.nodes, "edges",
					       made.edges, "settings"));
}

/* ---- a node that is put back: it answers the caller with what it read ---- */

static enum ty_code
tell_exec(struct ty_step *step, struct ty_err *err)
{
	const struct ty_call call = { .service = "http",
				      .request = json_pack("{s:s}", "url", "https://x.test/tell"),
				      .in_doubt = TY_IN_DOUBT_REPEAT };

	return ty_step_call(step, &call, err);
}

static enum ty_code
tell_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const json_t *body = ty_json_obj(answer->value, "body");

	if (answer->err != NULL)
		return ty_err_set(err, TY_E_UPSTREAM, "%s", answer->err->msg);
	if (ty_step_respond(step, json_incref((json_t *)body), err) != TY_OK)
		return err->code;
	return ty_step_emit(step, 0, json_incref((json_t *)body),
			    ty_step_input_count(step) > 0 ? 0 : TY_FROM_NONE, err);
}

static bool
always_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

static const struct ty_param no_params[] = { { .name = NULL } };

static const struct ty_node_def tell_def = {
	TY_NODE_HEAD,
	.type = "test.tell",
	.version = 1,
	.title = "Tell",
	.summary = "Read and answer",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = no_params,
	.flags = TY_NODE_EFFECT,
	.is_safe = always_safe,
	.exec = tell_exec,
	.resume = tell_resume,
};

/* The nodes of the programs, and that one. */
static const struct ty_registry *
registry_make(struct ty_arena *arena)
{
	const struct ty_node_def *defs[64];
	struct ty_registry *registry;
	size_t count = 0;

	for (; ty_nodes_builtin[count] != NULL; count++)
		defs[count] = ty_nodes_builtin[count];
	defs[count++] = &tell_def;
	defs[count] = NULL;
	ck_assert_ok(ty_registry_new(arena, defs, &registry, &fx.err));
	return registry;
}

/* ---- the world ---- */

/* It changes with every call; some calls fail, and of those some only at first. */
static json_t *
world_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	bool fails = strstr(url, "fails") != NULL && f->calls % 3 != 0;

	if (fails && f->calls % 5 == 0) {
		ty_err_set(err, TY_E_UPSTREAM, "the connection broke");
		err->retryable = true;
		return NULL;
	}
	return json_pack("{s:i, s:{s:s}, s:{s:i, s:I}}", "status", fails ? 503 : 200, "headers",
			 "content-type", "application/json", "body", "n", (int)(f->calls * 7 % 100),
			 "at", (json_int_t)f->now_ms);
}

/* What a script gives: a hash of all that it was shown. */
static json_t *
shown(const json_t *request, const char *more, json_int_t *ret_n)
{
	struct ty_arena *arena = ty_arena_new(NULL, "shown", 0);
	char hex[2 * TY_SHA256_SIZE + 1];
	uint8_t sum[TY_SHA256_SIZE];
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 1024);
	ty_buf_add_str(&buf, ty_json_dump_canonical(arena, request, NULL));
	ty_buf_add_str(&buf, more);
	ty_sha256(buf.data, buf.len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	ty_arena_free(arena);
	*ret_n = sum[0] % 100;
	hex[8] = '\0';
	return json_string(hex);
}

static json_t *
expressions_answer(const json_t *request)
{
	size_t indexes = json_array_size(json_object_get(request, "indexes"));
	json_t *values = json_array();

	if (indexes == 0)
		indexes = json_array_size(json_object_get(request, "items"));
	for (size_t s = 0; s < json_array_size(json_object_get(request, "scripts")); s++) {
		json_t *row = json_array();

		for (size_t i = 0; i < indexes; i++) {
			char more[48];
			json_int_t n;

			snprintf(more, sizeof(more), "%zu/%zu", s, i);
			json_decref(shown(request, more, &n));
			json_array_append_new(
				row, n % 11 == 0 ? json_pack("{s:{s:s}}", "e", "message", "thrown")
						 : json_pack("{s:I}", "v", n));
		}
		json_array_append_new(values, row);
	}
	return json_pack("{s:b, s:o}", "ok", 1, "values", values);
}

static json_t *
world_eval(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *items = json_array();
	size_t count = json_array_size(json_object_get(request, "items"));
	json_int_t n;

	(void)f;
	(void)err;
	if (strcmp(ty_json_str(request, "kind", ""), "expressions") == 0) {
		json_decref(items);
		return expressions_answer(request);
	}
	json_decref(shown(request, "", &n));
	if (n % 13 == 0) {
		json_decref(items);
		return json_pack("{s:b, s:{s:s}}", "ok", 0, "error", "message", "thrown");
	}
	for (size_t i = 0; i < count; i++) {
		char more[24];
		json_t *hash;

		snprintf(more, sizeof(more), "%zu", i);
		hash = shown(request, more, &n);
		json_array_append_new(items, json_pack("{s:{s:I, s:o}, s:I}", "json", "n", n, "saw",
						       hash, "from", (json_int_t)i));
	}
	return json_pack("{s:b, s:o}", "ok", 1, "items", items);
}

/* ---- workers ---- */

struct law {
	const struct ty_registry *registry;
	json_t *items, *journal, *steps;
	enum ty_replay replay;
	bool overlaps; /* requests of several steps were under way at a time */
};

static const struct ty_plan *
plan_make(struct law *law, json_t *doc, const char *overlap)
{
	const struct ty_graph *graph;
	const struct ty_plan *plan;

	json_object_set_new(ty_json_obj(doc, "settings"), "overlap", json_string(overlap));
	doc = ty_json_own(fx.arena, json_deep_copy(doc));
	ck_assert_ok(ty_graph_parse(fx.arena, law->registry, doc, &graph, &fx.err));
	if (ty_plan_new(fx.arena, graph, &plan, &fx.err) != TY_OK)
		return NULL;
	return plan;
}

static struct fake_ops *
worker_new(int64_t now_ms)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->on_call = world_http;
	f->on_eval = world_eval;
	f->now_ms = now_ms;
	return f;
}

/* An entry's answer, beside what its intent said; new reference. */
static json_t *
answered(json_t *intent, json_t *answer)
{
	json_t *entry = json_copy(answer);
	json_t *digest = json_object_get(intent, "request_digest");

	if (digest != NULL)
		json_object_set(entry, "request_digest", digest);
	return entry;
}

/* The store: an answer that is there stays. */
static void
journal_add(json_t *journal, const json_t *entries)
{
	json_t *entry, *old = NULL;
	size_t i, j;

	json_array_foreach((json_t *)entries, i, entry)
	{
		json_array_foreach(journal, j,
				   old) if (json_equal(json_object_get(old, "key"),
						       json_object_get(entry, "key"))) break;
		if (j == json_array_size(journal))
			json_array_append(journal, entry);
		else if (json_is_null(json_object_get(old, "answer")))
			json_array_set_new(journal, j, answered(old, entry));
	}
}

/* Records without what the digest leaves out. */
static void
steps_take(struct law *law, struct ty_run *run)
{
	json_t *taken = ty_run_take_steps(run), *step;
	size_t i;

	json_array_foreach(taken, i, step)
	{
		json_t *bare = json_copy(step);

		json_object_del(bare, "started_ms");
		json_object_del(bare, "duration_ms");
		json_object_del(bare, "notices");
		json_array_append_new(law->steps, bare);
	}
	json_decref(taken);
}

/* Give answers in a random order until the run is over, or so many are given, or it rests (and is to be put
 * down).  True: it is over. */
static bool
worker_go(struct law *law, struct fake_ops *f, unsigned answers, size_t rests)
{
	while (ty_run_result(f->run) == NULL) {
		if (answers-- == 0 || f->rests >= rests)
			return false;
		f->now_ms += roll(50);
		for (size_t i = 1; i < f->pending_count; i++)
			law->overlaps |= f->pending[i].token >> 24 != f->pending[0].token >> 24;
		if (f->pending_count > 0)
			fake_ops_release(f, roll((unsigned)f->pending_count));
		else
			fake_ops_advance(f, f->wake_ms > f->now_ms ? f->wake_ms - f->now_ms : 0);
	}
	return true;
}

static void
worker_start(struct law *law, struct fake_ops *f, const struct ty_plan *plan, const json_t *parked)
{
	struct ty_run_spec spec = fake_ops_spec(plan, law->items, law->journal);

	spec.replay = law->replay;
	spec.parked = parked;
	spec.steps = parked != NULL ? json_deep_copy(law->steps) : NULL;
	if (parked != NULL)
		ty_json_own(fx.arena, (json_t *)spec.steps);
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &f->run, &fx.err));
	ty_run_start(f->run);
}

static json_t *
as_stored(const json_t *json)
{
	size_t len;
	const char *text = ty_json_dump(fx.arena, json, &len);
	json_t *read;

	ck_assert_ok(ty_json_parse_stored(fx.arena, text, len, &read, &fx.err));
	return read;
}

/* Run it by workers that die, or put it down; the last one's world. */
static struct fake_ops *
run_overlapped(struct law *law, const struct ty_plan *plan)
{
	struct fake_ops *f = worker_new(FAKE_NOW_MS);
	const json_t *parked = NULL;
	struct ty_run_parked down;

	for (unsigned lives = roll(4);; lives--) {
		f->hold = FAKE_CALL | FAKE_EVAL | (one_in(2) ? FAKE_JOURNAL : 0);
		worker_start(law, f, plan, parked);
		if (worker_go(law, f, lives > 0 ? roll(30) : UINT_MAX,
			      lives > 0 && one_in(2) ? 1 : SIZE_MAX))
			break;
		if (ty_run_park(f->run, fx.arena, &down)) {
			parked = as_stored(down.state);
			steps_take(law, f->run);
		} else if (parked == NULL) {
			json_array_clear(law->steps);
		}
		journal_add(law->journal, f->entries);
		law->journal = as_stored(law->journal);
		ty_run_free(f->run);
		f = worker_new(f->now_ms + roll(1000));
		f->calls = 1000 * lives;
	}
	journal_add(law->journal, f->entries);
	law->journal = as_stored(law->journal);
	steps_take(law, f->run);
	return f;
}

/* How a run ended, as text. */
static const char *
end_text(const struct ty_run_result *r)
{
	json_t *error = r->error != NULL ? json_copy((json_t *)r->error) : json_null();

	json_object_del(error, "calls_unused");
	ty_json_own(fx.arena, error);
	return ty_arena_printf(
		fx.arena, "%s %s %zu %s %s", ty_status_name(r->status), r->digest, r->step_count,
		ty_json_dump_canonical(fx.arena, error, NULL),
		r->response != NULL ? ty_json_dump_canonical(fx.arena, r->response, NULL) : "");
}

/* Where two texts differ first, and what is there. */
static const char *
difference(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] != '\0' && a[at] == b[at])
		at++;
	at -= at > 100 ? 100 : at;
	return ty_arena_printf(fx.arena, "%.400s\n%.400s", a + at, b + at);
}

static void
replay(struct law *law, const struct ty_plan *plan, const char *end, const char *steps,
       const char *what)
{
	struct fake_ops *f = worker_new(FAKE_NOW_MS + 1000000);
	const char *again;

	law->steps = ty_json_own(fx.arena, json_array());
	worker_start(law, f, plan, NULL);
	ck_assert(worker_go(law, f, UINT_MAX, SIZE_MAX));
	steps_take(law, f->run);
	ck_assert_msg(f->calls == 0, "%s: it asked the world again\n%.400s", what, f->log.data);
	again = ty_json_dump_canonical(fx.arena, law->steps, NULL);
	ck_assert_msg(strcmp(steps, again) == 0, "%s: the steps differ:\n%s", what,
		      difference(steps, again));
	again = end_text(ty_run_result(f->run));
	ck_assert_msg(strcmp(end, again) == 0, "%s: the end differs:\n%s", what,
		      difference(end, again));
}

/* A run of another version, in which one call asks something else, ends there or is the same. */
static void
what_if(struct law *law, json_t *doc, const char *end, unsigned long long seed)
{
	struct fake_ops *f = worker_new(FAKE_NOW_MS + 1000000);
	json_t *nodes = ty_json_arr(doc, "nodes"), *node, *params;
	const struct ty_run_result *r;
	const char *changed = "";
	size_t first = roll((unsigned)json_array_size(nodes)), i;

	for (i = 0; i < json_array_size(nodes) && *changed == '\0'; i++) {
		node = json_array_get(nodes, (first + i) % json_array_size(nodes));
		params = ty_json_obj(node, "params");
		if (strcmp(ty_json_str(node, "type", ""), "http.request") != 0)
			continue;
		changed = ty_json_str(node, "id", "");
		json_object_set_new(params, "url",
				    json_sprintf("%s&other", ty_json_str(params, "url", "")));
	}
	law->replay = TY_REPLAY_WHAT_IF;
	law->steps = ty_json_own(fx.arena, json_array());
	worker_start(law, f, plan_make(law, doc, "reads"), NULL);
	ck_assert(worker_go(law, f, UINT_MAX, SIZE_MAX));
	ck_assert_msg(f->calls == 0, "seed %llu: a what-if made a call", seed);
	r = ty_run_result(f->run);
	if (strcmp(end, end_text(r)) == 0)
		return;
	ck_assert_msg(strcmp(ty_json_str(r->error, "code", ""), "no_answer") == 0 &&
			      strcmp(ty_json_str(r->error, "node", ""), changed) == 0,
		      "seed %llu: %s was changed, and the what-if ended with\n%s\ninstead of\n%s",
		      seed, changed, end_text(r), end);
}

/* True where steps did overlap. */
static bool
law_check(const struct ty_registry *registry, uint64_t seed, bool is_shown)
{
	struct law law = { .registry = registry };
	const struct ty_plan *plan, *plan_off;
	const char *end, *steps;
	struct fake_ops *f;
	json_t *doc;

	chance = seed * 0x9e3779b97f4a7c15ULL + 1;
	doc = graph_make();
	plan = plan_make(&law, doc, "reads");
	plan_off = plan_make(&law, doc, "off");
	ck_assert_msg(plan != NULL, "seed %llu: %s", (unsigned long long)seed, fx.err.msg);
	law.items = fake_json(fx.arena, "[{`json`:{`n`:1}},{`json`:{`n`:50}},{`json`:{`n`:77}}]");
	law.journal = ty_json_own(fx.arena, json_array());
	law.steps = ty_json_own(fx.arena, json_array());
	f = run_overlapped(&law, plan);
	if (is_shown)
		printf("%s\n%s\n", ty_json_dump(fx.arena, doc, NULL), f->log.data);
	end = end_text(ty_run_result(f->run));
	steps = ty_json_dump_canonical(fx.arena, law.steps, NULL);
	replay(&law, plan_off, end, steps,
	       ty_arena_printf(fx.arena, "seed %llu, off", (unsigned long long)seed));
	if (seed % 4 == 0)
		replay(&law, plan, end, steps,
		       ty_arena_printf(fx.arena, "seed %llu, reads", (unsigned long long)seed));
	law.replay = TY_REPLAY_PROOF;
	if (seed % 4 == 1)
		replay(&law, plan, end, steps,
		       ty_arena_printf(fx.arena, "seed %llu, proof", (unsigned long long)seed));
	if (seed % 4 == 2)
		what_if(&law, doc, end, (unsigned long long)seed);
	return law.overlaps;
}

START_TEST(an_overlapped_run_replayed_one_step_after_the_other_gives_the_same_bytes)
{
	struct ty_arena *arena = ty_arena_new(NULL, "registry", 0);
	const struct ty_registry *registry = registry_make(arena);
	const char *seed = getenv("TY_SEED");
	size_t overlapped = 0;

	if (seed != NULL) {
		if (_i == 0)
			law_check(registry, strtoull(seed, NULL, 10), true);
		ty_arena_free(arena);
		return;
	}
	for (unsigned i = 0; i < GRAPHS / TESTS; i++) {
		overlapped += law_check(registry, (unsigned)_i * (GRAPHS / TESTS) + i, false);
		ty_arena_clear(fx.arena);
	}
	ck_assert_uint_gt(overlapped, GRAPHS / TESTS / 2);
	ty_arena_free(arena);
}
END_TEST

TEST_MAIN("engine.overlap_law", {
	tcase_add_loop_test(
		tc, an_overlapped_run_replayed_one_step_after_the_other_gives_the_same_bytes, 0,
		TESTS);
})
