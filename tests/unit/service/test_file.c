/*
 * test_file.c -- the service "file": files read as text, texts written as files, by a store that answers at once
 * or later.
 */
#include "support/common.h"

#include "base/limits.h"
#include "blob/blob.h"
#include "json/json.h"
#include "service/service.h"

#include <uv.h>

#define CHUNK TY_LIMIT_BLOB_CHUNK_BYTES

/* One blob, in memory. */
static struct {
	char *data;
	size_t len;
	char hash[TY_BLOB_HASH_SIZE];
	bool is_late, is_away;
	uv_loop_t loop;
	uv_timer_t later;
	ty_blob_done_fn done;
	ty_blob_got_fn got;
	void *ctx;
	int64_t number;
} st;

static struct ty_err away;

static void
st_answer(uv_timer_t *timer)
{
	ty_blob_done_fn done = st.done;
	ty_blob_got_fn got = st.got;
	size_t from = (size_t)st.number * CHUNK;

	st.done = NULL;
	st.got = NULL;
	if (done != NULL)
		done(st.ctx, st.is_away ? &away : NULL);
	else if (st.is_away)
		got(st.ctx, NULL, 0, 0, &away);
	else
		got(st.ctx, st.data + from, st.len - from < CHUNK ? st.len - from : CHUNK,
		    (int64_t)st.len, NULL);
}

static void
st_called(void)
{
	if (st.is_late)
		uv_timer_start(&st.later, st_answer, 1, 0);
	else
		st_answer(NULL);
}

static void
st_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	st.data = realloc(st.data, st.len + chunk->len + 1);
	memcpy(st.data + st.len, chunk->data, chunk->len);
	st.len += chunk->len;
	st.done = done;
	st.ctx = ctx;
	st_called();
}

static void
st_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	  ty_blob_done_fn done, void *ctx)
{
	snprintf(st.hash, sizeof(st.hash), "%s", hash);
	st_put(io, last, done, ctx);
}

static void
st_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
}

static void
st_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
       ty_blob_got_fn got, void *ctx)
{
	st.got = got;
	st.ctx = ctx;
	st.number = number;
	st_called();
}

static const struct ty_blob_io st_io = { st_put, st_commit, st_drop, st_get };

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

static struct outcome
call(json_t *request)
{
	const struct ty_service *service = ty_service_find("file");
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &st_io };
	struct ty_service_ask ask = { .request = ty_json_own(fx.arena, request),
				      .workspace_id = &id,
				      .run_id = &id,
				      .timeout_ms = 5000 };
	struct outcome out = { 0 };

	service->begin(&means, &ask, told, &out);
	ck_assert_int_eq(out.told, 0);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(out.told, 1);
	return out;
}

static void
store_set(const char *data, size_t len, bool is_late)
{
	uv_loop_init(&st.loop);
	uv_timer_init(&st.loop, &st.later);
	uv_unref((uv_handle_t *)&st.later);
	st.data = malloc(len + 1);
	memcpy(st.data, data, len);
	st.len = len;
	st.is_late = is_late;
	if (is_late)
		uv_ref((uv_handle_t *)&st.later);
}

static void
store_end(void)
{
	uv_close((uv_handle_t *)&st.later, NULL);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	uv_loop_close(&st.loop);
	free(st.data);
	memset(&st, 0, sizeof(st));
}

static json_t *
read_of(const char *as, const char *charset, int64_t bytes)
{
	const char *hash = "0000000000000000000000000000000000000000000000000000000000000000";

	return json_pack("{s:s, s:{s:s, s:s, s:s, s:I}, s:s, s:s}", "do", "read", "file", "blob",
			 hash, "mime", "text/plain", "name", "x", "bytes", (json_int_t)bytes, "as",
			 as, "charset", charset);
}

static const struct {
	const char *bytes;
	size_t len;
	const char *as, *charset, *text;
	bool mended;
} reads[] = {
	{ "a\xC3\xA9", 3, "text", "", "aé", false },
	{ "\xEF\xBB\xBF"
	  "a",
	  4, "text", "", "a", false },
	{ "\xFF\xFE"
	  "a\0\xE9\0",
	  6, "text", "", "aé", false },
	{ "a\xE9", 2, "text", "windows-1252", "aé", false },
	{ "a\xE9", 2, "text", "", "a\xEF\xBF\xBD", true },
	{ "\x00\xFF", 2, "base64", "", "AP8=", false },
	{ "", 0, "text", "", "", false },
};

START_TEST(a_file_is_read)
{
	for (int late = 0; late < 2; late++) {
		struct outcome out;

		store_set(reads[_i].bytes, reads[_i].len, late);
		out = call(read_of(reads[_i].as, reads[_i].charset, (int64_t)reads[_i].len));
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_str_eq(ty_json_str(out.answer, "text", ""), reads[_i].text);
		ck_assert(ty_json_bool(out.answer, "mended", false) == reads[_i].mended);
		store_end();
	}
}
END_TEST

START_TEST(a_file_of_many_chunks_is_read_and_written)
{
	size_t len = 3 * CHUNK + 5;
	char *text = ty_arena_alloc(fx.arena, len + 1);

	memset(text, 'x', len);
	for (int late = 0; late < 2; late++) {
		struct outcome out;

		store_set(text, len, late);
		out = call(read_of("text", "", (int64_t)len));
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_uint_eq(strlen(ty_json_str(out.answer, "text", "")), len);
		store_end();
		store_set("", 0, late);
		out = call(json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "write", "text", text,
				     "from", "text", "mime", "text/csv", "name", "a.csv"));
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_uint_eq(st.len, len);
		ck_assert_str_eq(ty_json_dump(fx.arena, out.answer, NULL),
				 ty_arena_printf(fx.arena,
						 "{\"file\":{\"blob\":\"%s\",\"mime\":\"text/csv\","
						 "\"name\":\"a.csv\",\"bytes\":%zu}}",
						 st.hash, len));
		store_end();
	}
}
END_TEST

static const struct {
	const char *text, *from, *charset, *bytes, *message;
} writes[] = {
	{ "aé", "text", "", "a\xC3\xA9", NULL },
	{ "aé", "text", "windows-1252", "a\xE9", NULL },
	{ "YcOp", "base64", "", "a\xC3\xA9", NULL },
	{ "", "text", "", "", NULL },
	{ "a*", "base64", "", NULL, "the text is no base64" },
	{ "a", "text", "klingon", NULL, "no charset that is known" },
	{ "日", "text", "windows-1252", NULL, "" },
};

START_TEST(a_text_is_written)
{
	struct outcome out;

	store_set("", 0, false);
	out = call(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do", "write", "text",
			     writes[_i].text, "from", writes[_i].from, "charset",
			     writes[_i].charset, "mime", "text/plain", "name", ""));
	if (writes[_i].bytes == NULL) {
		ck_assert_int_eq(out.err.code, TY_E_INVALID);
		ck_assert_msg(strstr(out.err.msg, writes[_i].message) != NULL, "%s", out.err.msg);
	} else {
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_uint_eq(st.len, strlen(writes[_i].bytes));
		ck_assert_int_eq(memcmp(st.data, writes[_i].bytes, st.len), 0);
	}
	store_end();
}
END_TEST

START_TEST(what_cannot_be_is_told)
{
	struct outcome out;

	store_set("x", 1, false);
	out = call(read_of("text", "", TY_LIMIT_HTTP_RESPONSE_BYTES + 1));
	ck_assert_int_eq(out.err.code, TY_E_LIMIT);
	out = call(json_pack("{s:s, s:s}", "do", "read", "file", "x"));
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ty_err_set(&away, TY_E_UNAVAILABLE, "The store is away");
	st.is_away = true;
	out = call(read_of("text", "", 1));
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	out = call(json_pack("{s:s, s:s}", "do", "write", "text", "x"));
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	store_end();
}
END_TEST

START_TEST(a_call_can_be_called_off)
{
	const struct ty_service *service = ty_service_find("file");
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &st_io };
	struct ty_service_ask ask = { .request = ty_json_own(fx.arena, read_of("text", "", 1)),
				      .workspace_id = &id,
				      .run_id = &id };
	struct outcome out = { 0 };

	store_set("x", 1, false);
	service->cancel(service->begin(&means, &ask, told, &out));
	uv_run(&st.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(out.told, 0);
	store_end();
}
END_TEST

TEST_MAIN("service.file", {
	TEST_LOOP(a_file_is_read, reads);
	TEST(a_file_of_many_chunks_is_read_and_written);
	TEST_LOOP(a_text_is_written, writes);
	TEST(what_cannot_be_is_told);
	TEST(a_call_can_be_called_off);
})
