/*
 * test_tools.c -- files of the largest size through the pool, the socket and the jail of the real tyboo-parse, and
 * hostile documents in that of tyboo-pdf.
 */
#include "support/common.h"
#include "support/places.h"

#include "base/buf.h"
#include "base/limits.h"
#include "json/json.h"
#include "run/sandbox_pool.h"
#include "sandbox/parcel.h"

#include <stdlib.h>
#include <uv.h>
#include <zlib.h>

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
ask_for(const char *tool, const char *options, const char *data, size_t len, int64_t cpu_ms)
{
	struct ty_parcel_bytes bytes = { .in = data, .in_len = len };
	struct ty_id workspace = ty_id_new();
	json_t *request = ty_json_own(fx.arena, json_pack("{s:s, s:s, s:o, s:[{s:s, s:I}]}", "kind",
							  "tool", "tool", tool, "options",
							  json_loads(options, 0, NULL), "files",
							  "name", "a", "bytes", (json_int_t)len));

	t.is_told = false;
	sandbox_pool_submit_bytes(t.pool, &workspace, request, &bytes, cpu_ms, told, NULL);
	while (!t.is_told)
		uv_run(&t.loop, UV_RUN_ONCE);
	return bytes;
}

static struct ty_parcel_bytes
ask(const char *options, const char *data, size_t len)
{
	return ask_for("archive", options, data, len, 20000);
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

/* A document of one page whose content is 'count' times 'words', packed. */
static struct ty_buf
document(const char *words, size_t count)
{
	size_t words_len = strlen(words), len = words_len * count;
	uLongf packed_len = compressBound(len);
	char *content = malloc(len), *packed = malloc(packed_len);
	struct ty_buf buf;

	for (size_t i = 0; i < count; i++)
		memcpy(content + i * words_len, words, words_len);
	ck_assert_int_eq(compress((Bytef *)packed, &packed_len, (const Bytef *)content, len), Z_OK);
	ty_buf_init(&buf, fx.arena, packed_len + 1000);
	ty_buf_printf(&buf,
		      "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
		      "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
		      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
		      "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
		      "endobj\n4 0 obj<</Filter/FlateDecode/Length %zu>>stream\n",
		      (size_t)packed_len);
	ty_buf_add(&buf, packed, packed_len);
	ty_buf_add_str(&buf, "\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n");
	free(content);
	free(packed);
	return buf;
}

static const struct {
	const char *words;
	size_t count;
	enum ty_code code; /* TY_OK: it is read */
} documents[] = {
	{ "BT /F 9 Tf 9 9 Td (a) Tj ET ", 1, TY_OK },
	/* 30 MB of letters, each of which the library keeps with its place. */
	{ "BT /F 9 Tf 9 9 Td (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ET ", 600000, TY_E_LIMIT },
	/* Work without end, and nothing to keep. */
	{ "q 1 0 0 1 0 0 cm Q ", 4000000, TY_E_TIMEOUT },
};

/* What takes too much memory or time costs a process of tyboo-pdf, and the next document is read. */
START_TEST(a_hostile_document_is_stopped)
{
	struct ty_sandbox_conf conf = { .path = TY_BUILD_DIR "/bin/tyboo-pdf",
					.share_dir = TY_BUILD_DIR "/share",
					.on_demand = true };
	struct ty_buf doc = document(documents[_i].words, documents[_i].count);

	sandbox_pool_free(t.pool);
	t.pool = sandbox_pool_new(&t.loop, &conf, 1, 1, &t.log);
	ask_for("pdf", "{}", doc.data, doc.len, 1000);
	if (documents[_i].code != TY_OK) {
		ck_assert_msg(t.answer == NULL, "%s", ty_json_dump(fx.arena, t.answer, NULL));
		ck_assert_msg(t.err.code == documents[_i].code, "%s", t.err.msg);
		doc = document(documents[0].words, 1);
		ask_for("pdf", "{}", doc.data, doc.len, 1000);
	}
	ck_assert_msg(t.answer != NULL && ty_json_bool(t.answer, "ok", false), "%s", t.err.msg);
	ck_assert_ptr_nonnull(strstr(ty_json_dump(fx.arena, t.answer, NULL), "\"text\":\"a\""));
}
END_TEST

TEST_MAIN("run.tools", {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST_LOOP(files_of_the_largest_size_fit_into_the_jail, ways);
	TEST(as_much_comes_out_as_may);
	TEST(a_request_that_is_too_large_is_refused);
	TEST_LOOP(a_hostile_document_is_stopped, documents);
})
