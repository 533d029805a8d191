/*
 * test_tools.c -- files of the largest size through the pool, the socket and the jail of the real tyboo-parse.
 */
#include "support/common.h"
#include "support/places.h"

#include "base/limits.h"
#include "json/json.h"
#include "run/sandbox_pool.h"
#include "sandbox/parcel.h"

#include <stdlib.h>
#include <uv.h>

#define MIB (1024 * 1024)

static struct {
	uv_loop_t loop;
	struct ty_log log;
	struct sandbox_pool *pool;
	bool is_told;
	json_t *answer;
	struct ty_err err;
} t;

static void
setup(void)
{
	struct ty_sandbox_conf conf = { .path = TY_BUILD_DIR "/bin/tyboo-parse",
					.share_dir = TY_BUILD_DIR "/share" };

	memset(&t, 0, sizeof(t));
	uv_loop_init(&t.loop);
	ty_log_init(&t.log, "test", TY_LOG_ERROR);
	t.pool = sandbox_pool_new(&t.loop, &conf, 1, 2, &t.log);
}

static void
teardown(void)
{
	sandbox_pool_free(t.pool);
	uv_run(&t.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&t.loop), 0);
}

static void
told(void *ctx, const json_t *answer, const struct ty_err *err)
{
	t.is_told = true;
	t.answer = answer != NULL ? ty_json_own(fx.arena, json_incref((json_t *)answer)) : NULL;
	if (err != NULL)
		t.err = *err;
}

/* The bytes that come back: malloc'd. */
static struct ty_parcel_bytes
ask(const char *options, const char *data, size_t len)
{
	struct ty_parcel_bytes bytes = { .in = data, .in_len = len };
	struct ty_id workspace = ty_id_new();
	json_t *request = ty_json_own(fx.arena, json_pack("{s:s, s:s, s:o, s:[{s:s, s:I}]}", "kind",
							  "tool", "tool", "archive", "options",
							  json_loads(options, 0, NULL), "files",
							  "name", "a", "bytes", (json_int_t)len));

	t.is_told = false;
	sandbox_pool_submit_bytes(t.pool, &workspace, request, &bytes, 20000, told, NULL);
	while (!t.is_told)
		uv_run(&t.loop, UV_RUN_ONCE);
	return bytes;
}

static char *
noise(size_t len)
{
	char *data = malloc(len);
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (char)(state >> 24);
	}
	return data;
}

static const char *const ways[] = { "gzip", "zip" };

START_TEST(files_of_the_largest_size_fit_into_the_jail)
{
	size_t len = (size_t)TY_LIMIT_HTTP_RESPONSE_BYTES - 65536;
	char *data = noise(len), options[64];
	struct ty_parcel_bytes packed, again;

	snprintf(options, sizeof(options), "{\"do\":\"%s\"}", ways[_i]);
	packed = ask(options, data, len);
	ck_assert_msg(t.answer != NULL, "%s", t.err.msg);
	ck_assert_msg(ty_json_bool(t.answer, "ok", false), "%s",
		      ty_json_dump(fx.arena, t.answer, NULL));
	ck_assert_uint_gt(packed.out_len, len);
	again = ask("{\"do\":\"unpack\"}", packed.out, packed.out_len);
	ck_assert_msg(t.answer != NULL && ty_json_bool(t.answer, "ok", false), "%s", t.err.msg);
	ck_assert_uint_eq(again.out_len, len);
	ck_assert_mem_eq(again.out, data, len);
	free(packed.out);
	free(again.out);
	free(data);
}
END_TEST

/* Half noise, half even, so that it is no bomb: 31 MiB of what may come out. */
START_TEST(as_much_comes_out_as_may)
{
	size_t len = (size_t)15 * MIB, all = 31 * (size_t)MIB;
	char *data = noise(len);
	struct ty_parcel_bytes one, two;
	char *both;

	one = ask("{\"do\":\"gzip\"}", data, len);
	memset(data, 0, len);
	two = ask("{\"do\":\"gzip\"}", data, len);
	both = malloc(one.out_len + two.out_len);
	memcpy(both, one.out, one.out_len);
	memcpy(both + one.out_len, two.out, two.out_len);
	free(data);
	struct ty_parcel_bytes again = ask("{\"do\":\"unpack\"}", both, one.out_len + two.out_len);

	ck_assert_msg(t.answer != NULL && ty_json_bool(t.answer, "ok", false), "%s", t.err.msg);
	ck_assert_uint_eq(again.out_len, 2 * len);
	ck_assert_uint_lt(again.out_len, all);
	free(both);
	free(one.out);
	free(two.out);
	free(again.out);
}
END_TEST

START_TEST(a_request_that_is_too_large_is_refused)
{
	size_t len = TY_LIMIT_SANDBOX_MESSAGE_BYTES;
	char *data = calloc(1, len);
	struct ty_parcel_bytes bytes = ask("{\"do\":\"gzip\"}", data, len);

	ck_assert_ptr_null(t.answer);
	ck_assert_ptr_null(bytes.out);
	ck_assert_int_eq(t.err.code, TY_E_LIMIT);
	free(data);
}
END_TEST

TEST_MAIN("run.tools", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST_LOOP(files_of_the_largest_size_fit_into_the_jail, ways);
	TEST(as_much_comes_out_as_may);
	TEST(a_request_that_is_too_large_is_refused);
})
