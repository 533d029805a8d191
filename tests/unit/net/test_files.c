/*
 * Answers that are kept as files and files that are sent, over a store that answers when the loop comes
 * round: the peer is held back meanwhile.
 */
#include "web.h"

#include "base/str.h"
#include "blob/blob.h"
#include "crypto/crypto.h"

#define CHUNK	  ((size_t)TY_LIMIT_BLOB_CHUNK_BYTES)
#define BYTES_MAX (4 * CHUNK)

/* A store of one file. */
static struct {
	size_t fails_at, calls, drops; /* fails_at: the nth call, from 1; 0 = none does */
	char data[BYTES_MAX];
	size_t len;
	uv_timer_t later;
	ty_blob_done_fn done;
	ty_blob_got_fn got;
	int64_t number;
	void *ctx;
} st;

static void
st_answer(uv_timer_t *timer)
{
	ty_blob_done_fn done = st.done;
	ty_blob_got_fn got = st.got;
	struct ty_err err = { TY_OK };
	size_t at = (size_t)st.number * CHUNK;
	bool fails = st.calls == st.fails_at;

	st.done = NULL;
	st.got = NULL;
	if (fails)
		ty_err_set(&err, TY_E_UNAVAILABLE, "the store is away");
	if (done != NULL)
		done(st.ctx, fails ? &err : NULL);
	else
		got(st.ctx, st.data + at, st.len - at < CHUNK ? st.len - at : CHUNK,
		    (int64_t)st.len, fails ? &err : NULL);
}

static void
st_called(void *ctx)
{
	ck_assert_msg(!uv_is_active((uv_handle_t *)&st.later), "two calls at a time");
	st.calls++;
	st.ctx = ctx;
	uv_timer_start(&st.later, st_answer, 1, 0);
}

static void
st_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	ck_assert_uint_eq(st.len, (size_t)chunk->number * CHUNK);
	ck_assert_uint_le(chunk->len, CHUNK);
	ck_assert_uint_le(st.len + chunk->len, sizeof(st.data));
	memcpy(st.data + st.len, chunk->data, chunk->len);
	st.len += chunk->len;
	st.done = done;
	st_called(ctx);
}

static void
st_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	  ty_blob_done_fn done, void *ctx)
{
	st_put(io, last, done, ctx);
}

static void
st_drop(void *io, const struct ty_blob_scope *scope, const struct ty_id *upload_id)
{
	st.drops++;
}

static void
st_get(void *io, const struct ty_id *workspace_id, const char *hash, int64_t number,
       ty_blob_got_fn got, void *ctx)
{
	st.number = number;
	st.got = got;
	st_called(ctx);
}

static const struct ty_blob_io st_io = { st_put, st_commit, st_drop, st_get };

static void
files_start(void)
{
	web_start(NULL);
	uv_timer_init(&web.loop, &st.later);
}

static struct outcome
fetch_files(const json_t *request, int64_t bytes_max)
{
	const struct ty_net_files files = { .io = &st_io,
					    .workspace_id = ty_id_new(),
					    .owner_id = ty_id_new(),
					    .bytes_max = bytes_max };
	struct outcome out = { 0 };

	ty_net_http_files(web.net, request, 0, &files, told, &out);
	while (out.told == 0)
		uv_run(&web.loop, UV_RUN_ONCE);
	ck_assert_int_eq(out.told, 1);
	return out;
}

static const char *
hash_of(const void *data, size_t len)
{
	char *hex = ty_arena_alloc(fx.arena, TY_BLOB_HASH_SIZE);
	uint8_t sum[TY_SHA256_SIZE];

	ty_sha256(data, len, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	return hex;
}

static const char *
file_json(const char *mime, const char *name)
{
	return ty_arena_printf(fx.arena,
			       "{\"blob\":\"%s\",\"mime\":\"%s\",\"name\":\"%s\",\"bytes\":%zu}",
			       hash_of(st.data, st.len), mime, name, st.len);
}

/* ---- keeping ---- */

static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5 };

START_TEST(an_answer_is_kept_as_a_file)
{
	struct outcome out;

	files_start();
	out = fetch_files(request_for(ty_arena_printf(fx.arena, "/big/%zu?a=b", sizes[_i]),
				      "{\"response\":\"file\"}"),
			  INT64_MAX);
	ck_assert_uint_eq(st.len, sizes[_i]);
	ck_assert_str_eq(answer_text(&out, "file"),
			 file_json("text/plain", ty_arena_printf(fx.arena, "%zu", sizes[_i])));
	ck_assert_str_eq(answer_text(&out, "body"), "null");
	ck_assert_str_eq(answer_text(&out, "status"), "200");
	ck_assert_uint_eq(st.drops, 0);
	web_stop();
}
END_TEST

START_TEST(the_end_of_a_redirect_is_kept_and_its_way_is_not)
{
	struct outcome out;

	files_start();
	out = fetch_files(
		request_for("/redirect/302//text", "{\"response\":\"file\",\"redirects_max\":1}"),
		INT64_MAX);
	ck_assert_str_eq(answer_text(&out, "file"), file_json("text/plain", "text"));
	ck_assert_str_eq(answer_text(&out, "redirects"), "1");
	web_stop();
}
END_TEST

START_TEST(what_is_no_success_is_read_and_not_kept)
{
	struct outcome out;

	files_start();
	out = fetch_files(request_for("/problem", "{\"response\":\"file\"}"), INT64_MAX);
	ck_assert_str_eq(answer_text(&out, "body"), "{\"t\":1}");
	ck_assert_str_eq(answer_text(&out, "file"), "null");
	ck_assert_uint_eq(st.calls, 0);
	web_stop();
}
END_TEST

START_TEST(a_file_has_a_limit)
{
	struct outcome out;

	files_start();
	out = fetch_files(request_for("/big/600000", "{\"response\":\"file\"}"), 500000);
	ck_assert_int_eq(out.err.code, TY_E_TOO_LARGE);
	ck_assert_uint_eq(st.drops, 1);
	web_stop();
}
END_TEST

START_TEST(an_answer_that_ends_early_is_no_file)
{
	struct outcome out;

	files_start();
	out = fetch_files(request_for("/short", "{\"response\":\"file\"}"), INT64_MAX);
	ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
	ck_assert_uint_eq(st.calls, 0);
	web_stop();
}
END_TEST

START_TEST(a_store_that_fails_fails_the_call) /* the nth of its calls, for every n */
{
	struct outcome out;

	files_start();
	st.fails_at = (size_t)_i + 1;
	out = fetch_files(request_for("/big/800000", "{\"response\":\"file\"}"), INT64_MAX);
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	ck_assert_uint_eq(st.drops, 1);
	web_stop();
}
END_TEST

START_TEST(a_call_that_is_canceled_drops_its_file)
{
	const struct ty_net_files files = { .io = &st_io, .bytes_max = INT64_MAX };
	struct outcome out = { 0 };
	struct ty_net_call *call;

	files_start();
	call = ty_net_http_files(web.net, request_for("/big/900000", "{\"response\":\"file\"}"), 0,
				 &files, told, &out);
	while (st.calls < 2)
		uv_run(&web.loop, UV_RUN_ONCE);
	ty_net_cancel(call);
	while (st.done != NULL)
		uv_run(&web.loop, UV_RUN_ONCE);
	ck_assert_int_eq(out.told, 0);
	ck_assert_uint_eq(st.drops, 1);
	web_stop();
}
END_TEST

START_TEST(files_need_a_store)
{
	struct outcome out;

	web_start(NULL);
	out = fetch(request_for("/text", "{\"response\":\"file\"}"), 0);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	web_stop();
}
END_TEST

/* ---- sending ---- */

static void
st_fill(size_t len)
{
	for (size_t i = 0; i < len; i++)
		st.data[i] = (char)('a' + i % 23 + i / 1000 % 3);
	st.len = len;
}

static const char *
body_request(const char *kind, const char *more)
{
	return ty_arena_printf(
		fx.arena, "{\"method\":\"PUT\",\"body\":{\"kind\":\"%s\",\"value\":%s%s}}", kind,
		strcmp(kind, "file") == 0 ? file_json("image/x", "n") : "[]", more);
}

START_TEST(a_file_is_sent_with_its_length)
{
	struct outcome out;

	files_start();
	st_fill(sizes[_i]);
	out = fetch_files(request_for("/echo", body_request("file", "")), INT64_MAX);
	ck_assert_uint_eq(strlen(echo_str(&out, "body")), st.len);
	ck_assert_mem_eq(echo_str(&out, "body"), st.data, st.len);
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "head"), "\r\nContent-Type: image/x\r\n"));
	ck_assert_ptr_nonnull(strstr(echo_str(&out, "head"),
				     ty_arena_printf(fx.arena, "\r\nContent-Length: %zu", st.len)));
	web_stop();
}
END_TEST

START_TEST(a_form_has_files_and_fields)
{
	const char *more, *body;
	struct outcome out;

	files_start();
	st_fill(CHUNK + 5);
	more = ty_arena_printf(fx.arena,
			       ",\"files\":[{\"name\":\"f\\\"\",\"file\":%s},"
			       "{\"name\":\"g\",\"file\":%s}]",
			       file_json("image/x", "a b.png"), file_json("image/y", "c"));
	out = fetch_files(
		request_for("/echo",
			    ty_arena_printf(fx.arena,
					    "{\"method\":\"POST\",\"body\":{\"kind\":\"multipart\","
					    "\"value\":[{\"name\":\"a\",\"value\":\"1\"}]%s}}",
					    more)),
		INT64_MAX);
	body = echo_str(&out, "body");
	ck_assert_ptr_nonnull(strstr(body, "form-data; name=\"a\"\r\n\r\n1\r\n--tyboo-"));
	ck_assert_ptr_nonnull(strstr(body, "form-data; name=\"f%22\"; filename=\"a b.png\"\r\n"
					   "Content-Type: image/x\r\n\r\n"));
	ck_assert_ptr_nonnull(strstr(body, "form-data; name=\"g\"; filename=\"c\"\r\n"));
	ck_assert_ptr_nonnull(memmem(body, strlen(body), st.data, st.len));
	ck_assert_uint_gt(strlen(body), 2 * st.len);
	web_stop();
}
END_TEST

START_TEST(a_file_goes_along_where_a_redirect_keeps_the_body)
{
	struct outcome out;

	files_start();
	st_fill(CHUNK + 5);
	out = fetch_files(request_for("/redirect/307//echo",
				      ty_arena_printf(fx.arena,
						      "{\"method\":\"PUT\",\"redirects_max\":1,"
						      "\"body\":{\"kind\":\"file\",\"value\":%s}}",
						      file_json("a/b", "n"))),
			  INT64_MAX);
	ck_assert_uint_eq(strlen(echo_str(&out, "body")), st.len);
	web_stop();
}
END_TEST

START_TEST(a_file_that_cannot_be_read_fails_the_call)
{
	struct outcome out;

	files_start();
	st_fill(2 * CHUNK);
	st.fails_at = (size_t)_i + 1;
	out = fetch_files(request_for("/echo", body_request("file", "")), INT64_MAX);
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	web_stop();
}
END_TEST

START_TEST(a_handle_that_is_none_is_refused)
{
	struct outcome out;

	files_start();
	out = fetch_files(request_for("/echo", "{\"body\":{\"kind\":\"file\",\"value\":{}}}"),
			  INT64_MAX);
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ck_assert_str_eq(out.err.path, "body.value");
	web_stop();
}
END_TEST

TEST_MAIN("net files", {
	TEST_LOOP(an_answer_is_kept_as_a_file, sizes);
	TEST(the_end_of_a_redirect_is_kept_and_its_way_is_not);
	TEST(what_is_no_success_is_read_and_not_kept);
	TEST(a_file_has_a_limit);
	TEST(an_answer_that_ends_early_is_no_file);
	tcase_add_loop_test(tc, a_store_that_fails_fails_the_call, 0, 4);
	TEST(a_call_that_is_canceled_drops_its_file);
	TEST(files_need_a_store);
	TEST_LOOP(a_file_is_sent_with_its_length, sizes);
	TEST(a_form_has_files_and_fields);
	TEST(a_file_goes_along_where_a_redirect_keeps_the_body);
	tcase_add_loop_test(tc, a_file_that_cannot_be_read_fails_the_call, 0, 2);
	TEST(a_handle_that_is_none_is_refused);
})
