/*
 * test_state.c -- the service "state": what it asks of the worker, what it refuses by itself, and that it is canceled.
 */
#include "support/common.h"

#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"
#include "net/http.h"
#include "service/service.h"
#include "store/state.h"

#include <uv.h>

typedef void (*told_fn)(void *ctx, const json_t *answer, const struct ty_err *err);

/* The worker's side: it keeps the one ask. */
static struct {
	const struct ty_state_ask *ask;
	told_fn fn;
	void *ctx;
	int asked, canceled;
} io;

static void *
io_ask(void *ctx, const struct ty_state_ask *ask, told_fn fn, void *fn_ctx)
{
	io.ask = ask;
	io.fn = fn;
	io.ctx = fn_ctx;
	io.asked++;
	return &io;
}

static void
io_cancel(void *handle)
{
	io.canceled++;
}

static const struct ty_state_io states = { io_ask, io_cancel };

struct outcome {
	int told;
	json_t *answer;
	struct ty_err err;
};

static void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct outcome *out = ctx;

	out->told++;
	out->answer = answer != NULL ? ty_json_own(fx.arena, json_deep_copy(answer)) : NULL;
	if (err != NULL)
		out->err = *err;
}

static uv_loop_t loop;
static struct ty_service_means means;
static struct ty_id ids[3];

static void
setup(void)
{
	struct ty_net *net;

	fx_setup();
	uv_loop_init(&loop);
	for (size_t i = 0; i < TY_ARRAY_COUNT(ids); i++)
		ids[i] = ty_id_new();
	ck_assert_ok(ty_net_new(&loop, &(struct ty_net_conf){ 0 }, &net, &fx.err));
	means = (struct ty_service_means){ .net = net, .states = &states, .states_ctx = &io };
}

static void
teardown(void)
{
	ty_net_free(means.net);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	fx_teardown();
}

static void *
begin(json_t *request, struct outcome *out)
{
	const struct ty_service_ask ask = { .request = ty_json_own(fx.arena, request),
					    .workspace_id = &ids[0],
					    .run_id = &ids[1],
					    .workflow_id = &ids[2],
					    .key = "s/1/0",
					    .fence = 7 };

	return ty_service_find("state")->begin(&means, &ask, told, out);
}

static const struct {
	const char *request, *op, *value; /* value NULL: none is sent */
} good[] = {
	{ "{`do`:`get`,`scope`:`workflow`,`key`:`a`,`idempotency_key`:`x`}",
	  "{`do`:`get`,`scope`:`workflow`,`key`:`a`}", NULL },
	{ "{`do`:`put`,`scope`:`workflow`,`key`:`a`,`value`:{`n`:[1,null]},`version`:0}",
	  "{`do`:`put`,`scope`:`workflow`,`key`:`a`,`version`:0}", "{`n`:[1,null]}" },
	{ "{`do`:`put`,`scope`:`workflow`,`key`:`a`,`value`:null}",
	  "{`do`:`put`,`scope`:`workflow`,`key`:`a`}", "null" },
	{ "{`do`:`increment`,`scope`:`workspace`,`key`:`a`,`by`:0.5}",
	  "{`do`:`increment`,`scope`:`workspace`,`key`:`a`,`by`:0.5}", NULL },
	{ "{`do`:`list`,`scope`:`workflow`,`key`:``,`max`:3}",
	  "{`do`:`list`,`scope`:`workflow`,`key`:``,`max`:3}", NULL },
};

static char *
quoted(const char *text)
{
	char *copy = ty_arena_strdup(fx.arena, text);

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '`')
			*at = '"';
	return copy;
}

START_TEST(an_operation_goes_to_the_worker_with_its_value_apart)
{
	struct outcome out = { 0 };
	json_t *answer = ty_json_own(fx.arena, json_pack("{s:s}", "outcome", "conflict"));

	begin(json_loads(quoted(good[_i].request), 0, NULL), &out);
	ck_assert_int_eq(io.asked, 1);
	ck_assert_int_eq(out.told, 0);
	ck_assert_str_eq(io.ask->op, quoted(good[_i].op));
	if (good[_i].value != NULL)
		ck_assert_str_eq(io.ask->value, quoted(good[_i].value));
	else
		ck_assert_ptr_null(io.ask->value);
	ck_assert_str_eq(io.ask->key, "s/1/0");
	ck_assert_int_eq(io.ask->fence, 7);
	ck_assert_str_eq(io.ask->workflow_id.s, ids[2].s);
	io.fn(io.ctx, answer, NULL);
	ck_assert_int_eq(out.told, 1);
	ck_assert_str_eq(ty_json_str(out.answer, "outcome", ""), "conflict");
}
END_TEST

static const struct {
	const char *request;
	enum ty_code code;
} bad[] = {
	{ "{}", TY_E_INVALID },
	{ "{`do`:`drop`,`key`:`a`}", TY_E_INVALID },
	{ "{`do`:`get`}", TY_E_INVALID },
	{ "{`do`:`get`,`key`:``}", TY_E_INVALID },
	{ "{`do`:`get`,`key`:7}", TY_E_INVALID },
	{ "{`do`:`put`,`key`:`a`}", TY_E_INVALID },
	{ "{`do`:`increment`,`key`:`a`}", TY_E_INVALID },
	{ "{`do`:`increment`,`key`:`a`,`by`:`1`}", TY_E_INVALID },
};

static void
refused(json_t *request, enum ty_code code)
{
	struct outcome out = { 0 };

	begin(request, &out);
	ck_assert_int_eq(out.told, 0);
	while (out.told == 0)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(io.asked, 0);
	ck_assert_code(out.err.code, code);
}

START_TEST(a_request_that_is_no_good_asks_nothing)
{
	refused(json_loads(quoted(bad[_i].request), 0, NULL), bad[_i].code);
}
END_TEST

/* A text of so many bytes takes two more as JSON. */
static json_t *
put_of(size_t bytes, size_t key_bytes)
{
	char *text = ty_arena_alloc(fx.arena, bytes + 1),
	     *key = ty_arena_alloc(fx.arena, key_bytes + 1);

	memset(text, 'x', bytes);
	memset(key, 'k', key_bytes);
	return json_pack("{s:s, s:s, s:s, s:s}", "do", "put", "scope", "workflow", "key", key,
			 "value", text);
}

START_TEST(a_value_and_a_key_have_a_limit)
{
	struct outcome out = { 0 };

	refused(put_of(TY_LIMIT_STATE_VALUE_BYTES - 1, 1), TY_E_LIMIT);
	refused(put_of(1, TY_LIMIT_STATE_KEY_BYTES + 1), TY_E_INVALID);
	begin(put_of(TY_LIMIT_STATE_VALUE_BYTES - 2, TY_LIMIT_STATE_KEY_BYTES), &out);
	ck_assert_int_eq(io.asked, 1);
	io.fn(io.ctx, json_null(), NULL);
}
END_TEST

START_TEST(a_call_that_is_canceled_tells_nobody)
{
	struct outcome out = { 0 };
	void *handle = begin(json_pack("{s:s, s:s}", "do", "get", "key", "a"), &out);

	ty_service_find("state")->cancel(handle);
	ck_assert_int_eq(io.canceled, 1);
	handle = begin(json_object(), &out);
	ty_service_find("state")->cancel(handle);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(out.told, 0);
	ck_assert_int_eq(io.canceled, 1);
}
END_TEST

SUITE_MAIN("service.state", TEST_TIMEOUT_S, setup, teardown, , , {
	TEST_LOOP(an_operation_goes_to_the_worker_with_its_value_apart, good);
	TEST_LOOP(a_request_that_is_no_good_asks_nothing, bad);
	TEST(a_value_and_a_key_have_a_limit);
	TEST(a_call_that_is_canceled_tells_nobody);
})
