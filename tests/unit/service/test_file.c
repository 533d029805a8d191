/*
 * test_file.c -- the service "file": files read as text, texts written as files, by a store that answers at once
 * or later.
 */
#include "unit/service/one_blob.h"

#include "base/limits.h"

static struct outcome
call_file(json_t *request)
{
	return call("file", request, NULL);
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
		out = call_file(read_of(reads[_i].as, reads[_i].charset, (int64_t)reads[_i].len));
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
		out = call_file(read_of("text", "", (int64_t)len));
		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		ck_assert_uint_eq(strlen(ty_json_str(out.answer, "text", "")), len);
		store_end();
		store_set("", 0, late);
		out = call_file(json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "write", "text", text,
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
	out = call_file(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do", "write", "text",
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
	out = call_file(read_of("text", "", TY_LIMIT_HTTP_RESPONSE_BYTES + 1));
	ck_assert_int_eq(out.err.code, TY_E_LIMIT);
	out = call_file(json_pack("{s:s, s:s}", "do", "read", "file", "x"));
	ck_assert_int_eq(out.err.code, TY_E_INVALID);
	ty_err_set(&away, TY_E_UNAVAILABLE, "The store is away");
	st.is_away = true;
	out = call_file(read_of("text", "", 1));
	ck_assert_int_eq(out.err.code, TY_E_UNAVAILABLE);
	out = call_file(json_pack("{s:s, s:s}", "do", "write", "text", "x"));
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
