/*
 * test_park.c -- runs that are put down and taken up, and runs that lose their worker: the bytes
 * are those of a run that went on undisturbed, and no effect is made twice.
 */
#include "unit/engine/flow.h"

#include "base/arena.h"
#include "base/limits.h"
#include "node/node.h"

#define WAIT(id, amount, unit) NODE(id, "core.wait", "`amount`:" amount ",`unit`:`" unit "`")
#define SET(id, name, value)                                                                       \
	NODE(id, "core.set",                                                                       \
	     "`include_other`:true,`assignments`:[{`name`:`" name                                  \
	     "`,`type`:`json`,`value`:`" value "`}]")
#define POST(id, path, more)                                                                       \
	NODE_WITH(id, "http.request",                                                              \
		  "`method`:`POST`,`repeat_in_doubt`:`always`,`url`:`=https://x.test/" path        \
		  "/{{ $json.n }}`",                                                               \
		  more)
#define RETRY(base_ms) ",`retry`:{`tries`:3,`backoff`:`fixed`,`base_ms`:" base_ms "}"

/* ---- the world ---- */

static json_t *
busy_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	const char *key = ty_json_str(request, "idempotency_key", "");
	int n = url[strlen(url) - 1] - '0';

	f->now_ms += 3;
	if (strstr(url, "/down/") != NULL)
		return json_pack("{s:i, s:{}, s:s}", "status", 500, "headers", "body", "down");
	/* Even numbers fail when they are asked first. */
	if (strstr(url, "/busy/") != NULL && n % 2 == 0 && ty_json_int(f->effects, key, 0) <= 1)
		return json_pack("{s:i, s:{}, s:s}", "status", 503, "headers", "body", "busy");
	return json_pack("{s:i, s:{s:s}, s:{s:s, s:i}}", "status", 200, "headers", "content-type",
			 "application/json", "body", "url", url, "n", n);
}

struct world {
	struct fake_ops *f;
	const struct ty_plan *plan;
	json_t *items, *steps;
	const json_t *journal; /* of the worker before; NULL = none */
	json_t *payloads;      /* hash -> { kind, data } */
	struct ty_arena *arena;
	size_t parks;
	bool until_due; /* a run put down is taken up when its wait ends; false = at once */
};

static void
world_init(struct world *w, const char *flow, const char *items)
{
	*w = (struct world){ .f = fake_ops_new(fx.arena), .arena = fx.arena };
	w->f->on_call = busy_http;
	fake_ops_use_sandbox(w->f);
	w->items = fake_json(fx.arena, items);
	w->steps = ty_json_own(fx.arena, json_array());
	w->payloads = ty_json_own(fx.arena, json_object());
	ck_assert_ok(fake_ops_plan(w->f, flow, &w->plan, &fx.err));
}

/* As the store keeps it: text. */
static json_t *
stored(const json_t *json)
{
	size_t len;
	const char *text = ty_json_dump(fx.arena, json, &len);
	json_t *read;

	ck_assert_ok(ty_json_parse_stored(fx.arena, text, len, &read, &fx.err));
	return read;
}

static void
payloads_keep(struct world *w, const struct ty_payload *payloads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_object_set_new(w->payloads, payloads[i].hash,
				    json_pack("{s:s, s:s%}", "kind", payloads[i].kind, "data",
					      payloads[i].data, payloads[i].len));
}

static void
world_take(struct world *w)
{
	const struct ty_run_result *r = ty_run_result(w->f->run);
	const struct ty_payload *payloads;
	json_t *taken = ty_run_take_steps(w->f->run);
	size_t count;

	json_array_extend(w->steps, stored(ty_json_own(fx.arena, taken)));
	if (r != NULL) {
		payloads_keep(w, r->payloads, r->payload_count);
		return;
	}
	ty_run_take_payloads(w->f->run, &payloads, &count);
	payloads_keep(w, payloads, count);
}

static bool
is_live(const json_t *state, const json_t *step)
{
	const json_t *path;
	size_t i;

	json_array_foreach(ty_json_arr(state, "frames_live"), i, path)
	{
		if (strcmp(json_string_value(path), ty_json_str(step, "frame", "")) == 0)
			return true;
	}
	return false;
}

/* What two workers wrote: of the same key what the later one did. */
static json_t *
journal_join(const json_t *first, const json_t *then)
{
	json_t *both = ty_json_own(fx.arena, json_array()), *entry, *other;
	size_t i, j;

	json_array_foreach((json_t *)first, i, entry)
	{
		bool again = false;

		json_array_foreach((json_t *)then, j, other)
		{
			again = again || strcmp(ty_json_str(entry, "key", ""),
						ty_json_str(other, "key", "")) == 0;
		}
		if (!again)
			json_array_append(both, entry);
	}
	json_array_extend(both, (json_t *)then);
	return stored(both);
}

/* Put the run down and take it up again, with nothing but what a store would have. */
static void
world_park(struct world *w)
{
	json_t *journal = journal_join(w->journal, fake_ops_journal(w->f, fx.arena, SIZE_MAX));
	json_t *live = ty_json_own(fx.arena, json_array()), *step, *payload;
	struct ty_run_spec spec = fake_ops_spec(w->plan, w->items, journal);
	struct ty_payload *payloads;
	struct ty_run_parked parked;
	const char *hash;
	size_t i, count = 0;

	ck_assert(ty_run_park(w->f->run, fx.arena, &parked));
	world_take(w);
	ck_assert_uint_eq(parked.step_count, json_array_size(w->steps));
	spec.parked = stored(parked.state);
	json_array_foreach(w->steps, i, step)
	{
		if (is_live(spec.parked, step))
			json_array_append(live, step);
	}
	spec.steps = live;
	payloads = ty_arena_alloc_array(fx.arena, json_object_size(w->payloads) + 1,
					sizeof(*payloads));
	json_object_foreach(w->payloads, hash, payload)
	{
		snprintf(payloads[count].hash, sizeof(payloads[count].hash), "%s", hash);
		payloads[count].kind = ty_json_str(payload, "kind", "");
		payloads[count].data = ty_json_str(payload, "data", "");
		payloads[count++].len = json_string_length(json_object_get(payload, "data"));
	}
	spec.parked_payloads = payloads;
	spec.parked_payload_count = count;
	ty_run_free(w->f->run);
	w->f->wake_ms = 0;
	w->parks++;
	if (w->until_due)
		w->f->now_ms = parked.at_ms;
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, w->f, &spec, &w->f->run, &fx.err));
	ty_run_start(w->f->run);
}

/* Go on until the end; at the rests whose number is in the bits of 'parks' it is put down. */
static const struct ty_run_result *
world_run(struct world *w, uint64_t parks)
{
	size_t rest = 0, told = 0;

	for (int i = 0; i < 1000 && ty_run_result(w->f->run) == NULL; i++) {
		size_t rests = w->f->rests;

		if (rests > told && parks >> (rest++ % 64) & 1) {
			world_park(w);
			/* Taken up at once, it rests where it did. */
			told = w->until_due ? rests : w->f->rests;
			continue;
		}
		told = rests;
		ck_assert_int_ne(w->f->wake_ms, 0);
		fake_ops_advance(w->f, w->f->wake_ms - w->f->now_ms);
	}
	ck_assert_ptr_nonnull(ty_run_result(w->f->run));
	world_take(w);
	return ty_run_result(w->f->run);
}

static const struct ty_run_result *
world_start(struct world *w, const json_t *journal, uint64_t parks)
{
	ck_assert_ok(fake_ops_start(w->f, w->plan, w->items, journal, &fx.err));
	return world_run(w, parks);
}

static const char *
steps_bare(json_t *steps)
{
	json_t *step;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		json_object_del(step, "started_ms");
		json_object_del(step, "duration_ms");
		json_object_del(step, "notices");
	}
	return ty_json_dump_canonical(fx.arena, steps, NULL);
}

/* ---- flows ---- */

static const struct {
	const char *flow;
	size_t rests;
} flows[] = {
	/* A wait, and what is before and behind it. */
	{ FLOW(WAIT("w", "1", "hours") "," SET(
		       "s", "d", "={{ $('start').item.json.n + $('w').all().length }}"),
	       EDGE("start", "w") "," EDGE("w", "s")),
	  1 },
	/* Times that are seen. */
	{ FLOW(SET("a", "a", "={{ $now.toMillis() }}") "," WAIT("w", "2", "days") "," SET(
		       "b", "b", "={{ $now.toMillis() }}"),
	       EDGE("start", "a") "," EDGE("a", "w") "," EDGE("w", "b")),
	  1 },
	/* A retry's delay. */
	{ FLOW(POST("r", "busy", RETRY("7000")) "," SET("s", "s", "={{ $('start').item.json.n }}"),
	       EDGE("start", "r") "," EDGE("r", "s")),
	  1 },
	/* Waits and retries in the body of a loop, effects around it. */
	{ FLOW(POST("h1", "first", "") "," LOOP("L", "`batch_size`:2") "," POST(
		       "r", "busy",
		       RETRY("7000")) "," WAIT("w", "10",
					       "seconds") "," SET("s", "k",
								  "={{ "
								  "$('h1').all().length "
								  "* 10 + "
								  "$('L').all().length "
								  "}}") "," SET("t", "t",
										"={{ "
										"$('s')."
										"all()."
										"length "
										"}}") "," POST("h2",
											       "las"
											       "t",
											       ""),
	       EDGE("start", "h1") "," EDGE("h1", "L") "," BODY("L", "r") "," EDGE(
		       "r", "w") "," EDGE("w", "s") "," EDGE("s",
							     "L") "," DONE("L",
									   "t") "," EDGE("t",
											 "h2")),
	  3 },
	/* Loops in a loop, and one that has ended before the wait. */
	{ FLOW(LOOP("O", "`batch_size`:2") "," LOOP("I", "") "," WAIT("w", "1", "minutes") "," SET("s", "s", "={{ $('O').item.json.n * 10 + $('O').all().length }}") "," LOOP(
		       "K",
		       "`batch_size`:2") "," SET("k", "k",
						 "={{ $json.n }}") "," WAIT("e", "1",
									    "hours") "," SET("z",
											     "z",
											     "={{ "
											     "$('k'"
											     ")."
											     "all()"
											     ".leng"
											     "th + "
											     "$('"
											     "start"
											     "')."
											     "item."
											     "json."
											     "n + "
											     "$('O'"
											     ")."
											     "item."
											     "json."
											     "n "
											     "}}"),
	       EDGE("start", "K") "," BODY("K", "k") "," EDGE("k", "K") "," DONE("K", "O") "," BODY("O", "I") "," BODY(
		       "I",
		       "w") "," EDGE("w",
				     "s") "," EDGE("s",
						   "I") "," DONE("I",
								 "O") "," DONE("O",
									       "e") "," EDGE("e",
											     "z")),
	  4 },
	/* A loop that runs while a condition holds, whose body waits. */
	{ FLOW(LOOP("L",
		    "`mode`:`while`,`condition`:`={{ $json.n < 4 && $runIndex < 9 "
		    "}}`") "," WAIT("w", "1",
				    "hours") "," SET("s", "n",
						     "={{ $json.n + 1 }}") "," SET("z", "z",
										   "={{ "
										   "$('start')."
										   "item.json.n + "
										   "$('L').all()."
										   "length }}"),
	       EDGE("start", "L") "," BODY("L", "w") "," EDGE("w", "s") "," EDGE("s", "L") "," DONE(
		       "L", "z")),
	  3 },
	/* Failed items, a merge, a skipped branch. */
	{ FLOW(NODE("i", "core.if", "`condition`:`={{ $json.n > 1 }}`") "," NODE_WITH("f", "core.if", "`condition`:`={{ $json.no }}`", ",`on_error`:`error_output`") "," NODE(
		       "m", "core.merge",
		       "`mode`:`append`") "," WAIT("w", "1",
						   "hours") "," NODE("n", "core.noop",
								     "") "," POST("h", "last",
										  "") "," SET("s",
											      "s",
											      "={{ "
											      "$('"
											      "i')."
											      "item"
											      ".jso"
											      "n.n "
											      "}}"),
	       EDGE("start", "i") "," EDGE_OUT(
		       "i", "true",
		       "f") ","
			    "{`from`:`f`,`output`:`error`,`to`:`m`,`input`:`input1`},"
			    "{`from`:`i`,`output`:`false`,`to`:`m`,`input`:`input2`}," EDGE_OUT(
				    "f", "true",
				    "n") "," EDGE("m", "w") "," EDGE("w", "h") "," EDGE("w", "s")),
	  1 },
};

START_TEST(a_run_that_was_put_down_has_the_bytes_of_one_that_was_not)
{
	struct world whole, parked;
	const struct ty_run_result *r;
	const char *steps, *digest;

	world_init(&whole, flows[_i].flow, THREE_ITEMS);
	r = world_start(&whole, NULL, 0);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert(ty_digest_is_of(fx.arena, whole.steps, r->digest));
	ck_assert_uint_eq(whole.f->rests, flows[_i].rests);
	steps = steps_bare(whole.steps);
	digest = r->digest;
	for (uint64_t parks = 1; parks < 1ULL << flows[_i].rests; parks++) {
		const struct ty_run_result *p;

		world_init(&parked, flows[_i].flow, THREE_ITEMS);
		p = world_start(&parked, NULL, parks);
		ck_assert_uint_eq(parked.parks, (size_t)__builtin_popcountll(parks));
		ck_assert_str_eq(steps_bare(parked.steps), steps);
		ck_assert_str_eq(p->digest, digest);
		ck_assert_uint_eq(p->step_count, r->step_count);
		ck_assert_uint_eq(p->item_count, r->item_count);
		ck_assert_int_eq(p->started_at_ms, r->started_at_ms);
		ck_assert_uint_eq(parked.f->calls, whole.f->calls);
		ck_assert(json_equal(p->data, r->data));
		ck_assert(json_equal(parked.f->effects, whole.f->effects));
	}
}
END_TEST

/* A retry's delay is no running time, as a wait is none: whether the run was put down or not. */
static const struct {
	const char *flow;
	size_t rests;
	enum ty_status status;
	int64_t took_ms;
	size_t calls;
} limited[] = {
#define DOWN(base_ms, timeout_ms)                                                                  \
	FLOW_WITH(POST("r", "down", RETRY(base_ms)), EDGE("start", "r"), "`timeout_ms`:" timeout_ms)
#define WAIT_DOWN(base_ms, timeout_ms)                                                             \
	FLOW_WITH(WAIT("w", "1", "hours") "," POST("r", "down", RETRY(base_ms)),                   \
		  EDGE("start", "w") "," EDGE("w", "r"), "`timeout_ms`:" timeout_ms)
	{ DOWN("20000", "8000"), 2, TY_STATUS_ERROR, 40009, 3 },
	/* Calls take 3 ms each. */
	{ DOWN("20000", "5"), 1, TY_STATUS_TIMEOUT, 20006, 2 },
	{ DOWN("20000", "60000"), 2, TY_STATUS_ERROR, 40009, 3 },
	{ WAIT_DOWN("20000", "8000"), 3, TY_STATUS_ERROR, 3640009, 3 },
	{ WAIT_DOWN("20000", "5"), 2, TY_STATUS_TIMEOUT, 3620006, 2 },
};

START_TEST(the_delay_of_a_retry_is_no_running_time_where_it_is_put_down_too)
{
	const char *steps = NULL, *digest = NULL;

	for (uint64_t n = 0; n < 2ULL << limited[_i].rests; n++) {
		uint64_t parks = n / 2;
		const struct ty_run_result *r;
		struct world w;

		world_init(&w, limited[_i].flow, ONE_ITEM);
		w.until_due = n % 2 == 1;
		r = world_start(&w, NULL, parks);
		ck_assert_int_eq(r->status, limited[_i].status);
		ck_assert_int_eq(r->finished_at_ms - r->started_at_ms, limited[_i].took_ms);
		ck_assert_uint_eq(w.f->calls, limited[_i].calls);
		ck_assert_uint_eq(w.parks, (size_t)__builtin_popcountll(parks));
		if (n == 0) {
			ck_assert_uint_eq(w.f->rests, limited[_i].rests);
			steps = steps_bare(w.steps);
			digest = r->digest;
		}
		ck_assert_str_eq(steps_bare(w.steps), steps);
		ck_assert_str_eq(r->digest, digest);
	}
}
END_TEST

/* Nothing that has ended is computed again. */
START_TEST(a_resume_asks_the_sandbox_nothing_it_was_asked_before)
{
	struct world whole, parked;

	world_init(&whole, flows[_i].flow, THREE_ITEMS);
	world_start(&whole, NULL, 0);
	world_init(&parked, flows[_i].flow, THREE_ITEMS);
	world_start(&parked, NULL, UINT64_MAX);
	ck_assert_uint_eq(parked.f->evals, whole.f->evals);
}
END_TEST

/* ---- a worker dies ---- */

/* What has an answer in the journal is not asked for again. */
static void
effects_check(const struct world *w, const json_t *journal)
{
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)journal, i, entry)
	{
		if (json_is_object(json_object_get(entry, "answer")))
			ck_assert_ptr_null(strstr(w->f->log.data,
						  ty_arena_printf(fx.arena, "intent %s\n",
								  ty_json_str(entry, "key", "?"))));
	}
}

/* The receiver knows of each call that was answered. */
static void
effects_know(struct world *w, const json_t *journal)
{
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)journal, i, entry)
	{
		const char *key = ty_json_str(entry, "idempotency_key", "?");
		bool came = json_is_object(json_object_get(entry, "answer"));

		json_object_set_new(w->f->effects, key,
				    json_integer(ty_json_int(w->f->effects, key, 0) + came));
	}
}

/* The flows in which no step says what time it is: another worker is later. */
static bool
flow_tells_time(const char *flow)
{
	return strstr(flow, "$now") != NULL;
}

START_TEST(a_run_taken_over_anywhere_has_the_same_bytes_and_no_effect_twice)
{
	const char *flow = flows[_i / 2].flow, *steps;
	const struct ty_run_result *r;
	struct world whole;
	size_t entries;

	world_init(&whole, flow, THREE_ITEMS);
	r = world_start(&whole, NULL, 0);
	steps = steps_bare(whole.steps);
	entries = json_array_size(whole.f->entries);
	for (size_t n = 0; n <= entries; n++) {
		json_t *journal = fake_ops_journal(whole.f, fx.arena, n);
		const struct ty_run_result *again;
		struct world taken;

		world_init(&taken, flow, THREE_ITEMS);
		effects_know(&taken, journal);
		taken.f->now_ms += 500;
		taken.journal = journal;
		ck_assert_ok(fake_ops_start(taken.f, taken.plan, taken.items, journal, &fx.err));
		again = world_run(&taken, _i % 2 == 0 ? 0 : UINT64_MAX);
		effects_check(&taken, journal);
		ck_assert_msg(again->status == r->status, "after %zu entries: %s", n,
			      error_str(again, "message"));
		if (n < entries && flow_tells_time(flow))
			continue;
		ck_assert_str_eq(steps_bare(taken.steps), steps);
		ck_assert_str_eq(again->digest, r->digest);
		/* Each effect has come to the receiver as often as if no worker had died. */
		ck_assert(json_equal(taken.f->effects, whole.f->effects));
	}
}
END_TEST

/* ---- values that left ---- */

START_TEST(large_values_are_there_again)
{
	struct world whole, parked;
	const char *large = ty_arena_printf(fx.arena, "[{`json`:{`n`:1,`big`:`%0*d`}}]",
					    TY_LIMIT_INLINE_VALUE_BYTES + 100, 0);
	const char *flow = FLOW(
		WAIT("w", "1", "hours") "," SET(
			"s", "s", "={{ $('start').first().json.big.length + $json.big.length }}"),
		EDGE("start", "w") "," EDGE("w", "s"));
	const struct ty_run_result *r, *p;

	world_init(&whole, flow, large);
	r = world_start(&whole, NULL, 0);
	world_init(&parked, flow, large);
	p = world_start(&parked, NULL, 1);
	ck_assert_int_eq(r->status, TY_STATUS_OK);
	ck_assert_str_eq(p->digest, r->digest);
	ck_assert_uint_eq(json_object_size(parked.payloads), 1);
	ck_assert(json_equal(parked.payloads, whole.payloads));
}
END_TEST

/* ---- a wait that a call ends ---- */

#define TOKEN_HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static enum ty_code
gate_exec(struct ty_step *step, struct ty_err *err)
{
	return ty_step_wait_call(step, ty_step_now_ms(step) + 3600000, TOKEN_HASH, NULL, err);
}

static enum ty_code
gate_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	json_t *json = answer->value != NULL ? json_incref((json_t *)answer->value)
					     : json_pack("{s:b}", "late", 1);

	return ty_step_emit(step, 0, json, 0, err);
}

static const struct ty_node_def gate_def = {
	TY_NODE_HEAD,
	.type = "test.gate",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Gate",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = ty_params_none,
	.flags = TY_NODE_PURE,
	.exec = gate_exec,
	.resume = gate_resume,
};

static const struct ty_node_def *const gate_nodes[] = { &gate_def, NULL };

/* Who ended the wait wrote the answer into the journal, under the key of the wait. */
START_TEST(a_call_ends_a_wait_with_what_it_brought)
{
	struct world w = { .f = fake_ops_new(fx.arena) };
	json_t *journal = fake_json(fx.arena, "[{`key`:`g/1/0`,`at_ms`:1700000060000,`answer`:{"
					      "`value`:{`approved`:true}}}]");
	struct ty_run_spec spec;
	struct ty_run_parked parked;

	w.f->nodes = gate_nodes;
	w.items = fake_json(fx.arena, ONE_ITEM);
	ck_assert_ok(fake_ops_plan(
		w.f,
		FLOW(NODE("g", "test.gate", "") "," SET("s", "t", "={{ $now.toMillis() }}"),
		     EDGE("start", "g") "," EDGE("g", "s")),
		&w.plan, &fx.err));
	fake_ops_use_sandbox(w.f);
	ck_assert_ok(fake_ops_start(w.f, w.plan, w.items, NULL, &fx.err));
	ck_assert(ty_run_park(w.f->run, fx.arena, &parked));
	ck_assert_int_eq(parked.waits[0].kind, TY_WAIT_CALL);
	ck_assert_str_eq(parked.waits[0].key, "g/1/0");
	ck_assert_str_eq(parked.waits[0].token_hash, TOKEN_HASH);
	ck_assert_int_eq(parked.waits[0].at_ms, FAKE_NOW_MS + 3600000);
	spec = fake_ops_spec(w.plan, w.items, _i == 0 ? journal : NULL);
	spec.parked = parked.state;
	spec.steps = ty_json_own(fx.arena, ty_run_take_steps(w.f->run));
	ty_run_free(w.f->run);
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, w.f, &spec, &w.f->run, &fx.err));
	w.f->now_ms += _i == 0 ? 60000 : 3600000;
	w.f->wake_ms = 0;
	ty_run_start(w.f->run);
	if (_i == 1)
		fake_ops_advance(w.f, 0);
	ck_assert_str_eq(
		outputs_text(ty_run_result(w.f->run), "s"),
		quoted(_i == 0 ? "{`main`:[{`from`:0,`json`:{`approved`:true,`t`:1700000060000}}]}"
			       : "{`main`:[{`from`:0,`json`:{`late`:true,`t`:1700003600000}}]}"));
}
END_TEST

/* ---- what is no rest, and what is odd ---- */

START_TEST(a_run_that_computes_or_waits_briefly_is_not_put_down)
{
	struct world w;
	struct ty_run_parked parked;

	world_init(&w, FLOW(WAIT("w", "5", "seconds"), EDGE("start", "w")), ONE_ITEM);
	ck_assert_ok(fake_ops_start(w.f, w.plan, w.items, NULL, &fx.err));
	ck_assert_uint_eq(w.f->rests, 0);
	world_init(&w, FLOW(POST("h", "x", ""), EDGE("start", "h")), ONE_ITEM);
	w.f->hold = FAKE_CALL;
	ck_assert_ok(fake_ops_start(w.f, w.plan, w.items, NULL, &fx.err));
	ck_assert(!ty_run_park(w.f->run, fx.arena, &parked));
	ck_assert_uint_eq(w.f->rests, 0);
}
END_TEST

static json_t *
parked_state(struct world *w)
{
	struct ty_run_parked parked;

	world_init(w, flows[3].flow, THREE_ITEMS);
	ck_assert_ok(fake_ops_start(w->f, w->plan, w->items, NULL, &fx.err));
	while (w->f->rests < 2)
		fake_ops_advance(w->f, 1000);
	ck_assert(ty_run_park(w->f->run, fx.arena, &parked));
	ck_assert_uint_eq(parked.wait_count, 1);
	ck_assert_str_eq(parked.waits[0].key, "L:0/w/1/0");
	ck_assert_int_eq(parked.waits[0].kind, TY_WAIT_TIME);
	ck_assert_int_eq(parked.waits[0].at_ms, parked.at_ms);
	ck_assert_ptr_null(parked.waits[0].token_hash);
	world_take(w);
	return stored(parked.state);
}

static const struct {
	const char *change; /* merged into the state */
} odd[] = {
	{ "{`version`:4}" },
	{ "{`digest`:`x`}" },
	{ "{`open`:{`node`:`gone`}}" },
	{ "{`frames`:[{`loop`:`gone`,`iteration`:0}]}" },
	{ "{`frames_live`:[``,`gone:0`]}" },
	{ "{`frames_live`:[``,`L`]}" },
	{ "{`frames`:[{`loop`:`L`,`iteration`:0,`size`:1,`at`:99}]}" },
};

START_TEST(a_state_that_does_not_fit_is_one_clear_error)
{
	struct world w;
	json_t *state = parked_state(&w);
	struct ty_run_spec spec = fake_ops_spec(w.plan, w.items, NULL);
	struct ty_run *run;

	json_object_update(state, fake_json(fx.arena, odd[_i].change));
	spec.parked = state;
	spec.steps = w.steps;
	ck_assert_int_eq(ty_run_new(fx.arena, &fake_engine_ops, w.f, &spec, &run, &fx.err),
			 TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "cannot go on from where it was put down"));
	ck_assert_str_ne(fx.err.hint, "");
}
END_TEST

/* A run that has come so far goes no further: loops and attempts count, so nodes alone cannot. */
START_TEST(a_run_has_so_many_steps_and_no_more)
{
	struct world w;
	json_t *state = parked_state(&w);
	struct ty_run_spec spec = fake_ops_spec(w.plan, w.items, NULL);
	const struct ty_run_result *r;

	json_object_set_new(state, "step_count", json_integer(TY_LIMIT_RUN_STEPS - 2 + _i));
	spec.parked = state;
	spec.steps = w.steps;
	spec.journal = fake_ops_journal(w.f, fx.arena, SIZE_MAX);
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, w.f, &spec, &w.f->run, &fx.err));
	ty_run_start(w.f->run);
	r = world_run(&w, 0);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_str_eq(error_str(r, "code"), "limit");
	ck_assert_ptr_nonnull(strstr(error_str(r, "hint"), "batch_size"));
	/* The loop that was under way has its end told as well. */
	ck_assert_uint_eq(r->step_count, TY_LIMIT_RUN_STEPS + 1);
}
END_TEST

START_TEST(a_resume_without_its_records_is_one_clear_error)
{
	struct world w;
	struct ty_run_spec spec;
	struct ty_run *run;
	json_t *state = parked_state(&w);

	spec = fake_ops_spec(w.plan, w.items, NULL);
	spec.parked = state;
	ck_assert_int_eq(ty_run_new(fx.arena, &fake_engine_ops, w.f, &spec, &run, &fx.err),
			 TY_E_INVALID);
}
END_TEST

TEST_MAIN("engine.park", {
	TEST_LOOP(a_run_that_was_put_down_has_the_bytes_of_one_that_was_not, flows);
	TEST_LOOP(the_delay_of_a_retry_is_no_running_time_where_it_is_put_down_too, limited);
	TEST_LOOP(a_resume_asks_the_sandbox_nothing_it_was_asked_before, flows);
	/* Once as it is, once put down at every rest. */
	tcase_add_loop_test(tc, a_run_taken_over_anywhere_has_the_same_bytes_and_no_effect_twice, 0,
			    2 * (int)TY_ARRAY_COUNT(flows));
	TEST(large_values_are_there_again);
	tcase_add_loop_test(tc, a_call_ends_a_wait_with_what_it_brought, 0, 2);
	TEST(a_run_that_computes_or_waits_briefly_is_not_put_down);
	TEST_LOOP(a_state_that_does_not_fit_is_one_clear_error, odd);
	tcase_add_loop_test(tc, a_run_has_so_many_steps_and_no_more, 0, 3);
	TEST(a_resume_without_its_records_is_one_clear_error);
})
