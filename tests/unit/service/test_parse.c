/*
 * test_parse.c -- the service "parse": files go to a tool as they are, and what it gives becomes files.
 */
#include "unit/service/one_blob.h"

#include "sandbox/parcel.h"
#include "vault/credential.h"

/* The tool of these tests: gives what it is told to. */
static struct {
	const char *answer; /* NULL: it fails */
	const char *out;
	size_t out_len;
	uv_timer_t soon;
	struct ty_parcel_bytes *bytes;
	ty_service_fn fn;
	void *ctx;
	char in[4096];
	size_t in_len;
	json_t *asked;
	int canceled;
	bool is_held; /* it never answers */
} tool;

static void
tool_answer_now(uv_timer_t *timer)
{
	struct ty_err err = { .code = TY_OK };
	json_t *answer;

	if (tool.answer == NULL) {
		ty_err_set(&err, TY_E_TIMEOUT, "It took too long");
		tool.fn(tool.ctx, NULL, &err);
		return;
	}
	answer = json_loads(tool.answer, 0, NULL);
	ck_assert_ptr_nonnull(answer);
	if (tool.out_len > 0) {
		tool.bytes->out = malloc(tool.out_len);
		memcpy(tool.bytes->out, tool.out, tool.out_len);
		tool.bytes->out_len = tool.out_len;
	}
	tool.fn(tool.ctx, answer, NULL);
	json_decref(answer);
}

static void *
tool_begin(void *ctx, const struct ty_id *workspace_id, const json_t *request,
	   struct ty_parcel_bytes *bytes, int64_t cpu_ms, ty_service_fn fn, void *fn_ctx)
{
	ck_assert_int_eq(cpu_ms, 500);
	tool.bytes = bytes;
	tool.fn = fn;
	tool.ctx = fn_ctx;
	tool.in_len = bytes->in_len;
	memcpy(tool.in, bytes->in,
	       bytes->in_len < sizeof(tool.in) ? bytes->in_len : sizeof(tool.in));
	tool.asked = ty_json_own(fx.arena, json_deep_copy(request));
	if (!tool.is_held)
		uv_timer_start(&tool.soon, tool_answer_now, 0, 0);
	return &tool;
}

static void
tool_cancel(void *handle)
{
	uv_timer_stop(&tool.soon);
	tool.canceled++;
}

static const struct ty_tool_io tools = { tool_begin, tool_cancel };

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"

static json_t *
asked(size_t files, int64_t bytes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < files; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "blob", HASH, "mime",
						      "text/plain", "name", "x", "bytes",
						      (json_int_t)bytes));
	return json_pack("{s:s, s:{}, s:i, s:o}", "tool", "t", "options", "cpu_ms", 500, "files",
			 list);
}

static struct outcome
call_tool(json_t *request, const char *answer, const char *out, size_t out_len)
{
	struct outcome outcome;

	uv_timer_init(&st.loop, &tool.soon);
	tool.answer = answer;
	tool.out = out;
	tool.out_len = out_len;
	outcome = call("parse", request, &tools);
	uv_close((uv_handle_t *)&tool.soon, NULL);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	return outcome;
}

START_TEST(files_go_in_and_come_out)
{
	for (int late = 0; late < 2; late++) {
		struct outcome out;

		store_set("abc", 3, late);
		out = call_tool(
			asked(2, 3),
			"{\"ok\":true,\"tool\":\"x 1\",\"items\":[{\"json\":{\"n\":1},\"files\":[{"
			"\"key\":\"a\",\"name\":\"n\",\"mime\":\"m/x\",\"bytes\":2},{\"key\":\"b\","
			"\"name\":\"\",\"mime\":\"\",\"bytes\":0}]},{\"json\":{},\"files\":[{"
			"\"key\":\"c\","
			"\"name\":\"\",\"mime\":\"\",\"bytes\":3}]}]}",
			"12345", 5);
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_uint_eq(tool.in_len, 6);
		ck_assert_mem_eq(tool.in, "abcabc", 6);
		ck_assert_str_eq(ty_json_str(tool.asked, "kind", ""), "tool");
		/* All were written, one behind the other in this store. */
		ck_assert_uint_eq(st.len, 8);
		ck_assert_mem_eq(st.data + 3, "12345", 5);
		ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, out.answer, NULL),
					     "\"mime\":\"m/x\",\"name\":\"n\",\"bytes\":2"));
		ck_assert_uint_eq(json_array_size(json_object_get(out.answer, "items")), 2);
		store_end();
	}
}
END_TEST

static const struct {
	const char *answer, *out;
	enum ty_code code;
	const char *message;
} bad[] = {
	{ NULL, "", TY_E_TIMEOUT, "too long" },
	{ "{\"ok\":false,\"error\":{\"message\":\"it is broken\",\"hint\":\"mend it\"}}", "",
	  TY_E_INVALID, "it is broken" },
	{ "{\"ok\":false}", "", TY_E_INVALID, "the parser failed" },
	{ "{\"ok\":true,\"items\":[]}", "x", TY_E_UPSTREAM, "wrong counts of bytes" },
	{ "{\"ok\":true,\"items\":[{}]}", "", TY_E_UPSTREAM, "wrong counts" },
	{ "{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"key\":\"a\",\"bytes\":2}]}]}", "x",
	  TY_E_UPSTREAM, "wrong counts" },
	{ "{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"key\":\"a\",\"bytes\":-1}]}]}", "x",
	  TY_E_UPSTREAM, "wrong counts" },
	{ "{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"bytes\":1}]}]}", "x", TY_E_UPSTREAM,
	  "wrong counts" },
};

START_TEST(a_tool_that_fails_or_lies_is_told)
{
	struct outcome out;

	store_set("abc", 3, true);
	out = call_tool(asked(1, 3), bad[_i].answer, bad[_i].out, strlen(bad[_i].out));
	ck_assert_ptr_null(out.answer);
	ck_assert_int_eq(out.err.code, bad[_i].code);
	ck_assert_msg(strstr(out.err.msg, bad[_i].message) != NULL, "%s", out.err.msg);
	store_end();
}
END_TEST

START_TEST(what_cannot_be_is_told)
{
	struct outcome out;

	store_set("abc", 3, false);
	out = call_tool(asked(2, TY_LIMIT_HTTP_RESPONSE_BYTES / 2 + 1), "{}", "", 0);
	ck_assert_int_eq(out.err.code, TY_E_LIMIT);
	out = call_tool(json_pack("{s:s, s:i, s:[s]}", "tool", "t", "cpu_ms", 500, "files", "no"),
			"{}", "", 0);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	out = call_tool(asked(1, 4), "{}", "", 0);
	ck_assert_int_eq(out.err.code, TY_E_NOT_FOUND);
	ty_err_set(&away, TY_E_UNAVAILABLE, "The store is away");
	out = call_tool(
		asked(0, 0),
		"{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"key\":\"a\",\"bytes\":1}]}]}",
		"x", 1);
	ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	st.is_away = true;
	out = call_tool(asked(1, 3), "{}", "", 0);
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	out = call_tool(
		asked(0, 0),
		"{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"key\":\"a\",\"bytes\":1}]}]}",
		"x", 1);
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	store_end();
}
END_TEST

/* At once, while a file comes, while the tool works, while a file is kept. */
static const struct {
	bool is_late, is_held;
	int turns;
} stages[] = { { false, false, 0 }, { true, false, 1 }, { false, true, 3 }, { true, false, 4 } };

START_TEST(a_call_can_be_called_off_at_any_time)
{
	const struct ty_service *service = ty_service_find("parse");
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &st_io, .tools = &tools };
	struct ty_service_ask ask = { .request = ty_json_own(fx.arena, asked(1, 3)),
				      .workspace_id = &id,
				      .run_id = &id };
	struct outcome out = { 0 };
	void *handle;

	store_set("abc", 3, stages[_i].is_late);
	uv_timer_init(&st.loop, &tool.soon);
	tool.is_held = stages[_i].is_held;
	tool.answer =
		"{\"ok\":true,\"items\":[{\"json\":{},\"files\":[{\"key\":\"a\",\"bytes\":1}]}]}";
	tool.out = "x";
	tool.out_len = 1;
	handle = service->begin(&means, &ask, told, &out);
	for (int i = 0; i < stages[_i].turns && out.told == 0; i++)
		uv_run(&st.loop, UV_RUN_NOWAIT);
	if (out.told == 0)
		service->cancel(handle);
	uv_close((uv_handle_t *)&tool.soon, NULL);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(tool.canceled, stages[_i].is_held);
	store_end();
}
END_TEST

/* The tool has it, and the request that is recorded does not. */
START_TEST(a_credential_is_the_password_of_the_file)
{
	const struct ty_signing_secret secret = { .secret = "open it" };
	const struct ty_credential credential = { .signing = TY_SIGNING_SECRET,
						  .signing_values = &secret };
	const struct ty_service *service = ty_service_find("parse");
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &st_io, .tools = &tools };
	struct ty_service_ask ask = { .request = ty_json_own(fx.arena, asked(1, 3)),
				      .credential = &credential,
				      .workspace_id = &id,
				      .run_id = &id };
	struct outcome out = { 0 };

	ck_assert(service->takes_secrets);
	store_set("abc", 3, false);
	uv_timer_init(&st.loop, &tool.soon);
	tool.answer = "{\"ok\":true,\"items\":[]}";
	service->begin(&means, &ask, told, &out);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&tool.soon, NULL);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_str_eq(
		ty_json_dump_canonical(fx.arena, json_object_get(tool.asked, "secrets"), NULL),
		"[{\"name\":\"password\",\"value\":\"open it\"}]");
	ck_assert_ptr_null(json_object_get(ask.request, "secrets"));
	store_end();
}
END_TEST

TEST_MAIN("service.parse", {
	TEST(a_credential_is_the_password_of_the_file);
	TEST(files_go_in_and_come_out);
	TEST_LOOP(a_tool_that_fails_or_lies_is_told, bad);
	TEST(what_cannot_be_is_told);
	TEST_LOOP(a_call_can_be_called_off_at_any_time, stages);
})
