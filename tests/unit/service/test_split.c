/*
 * test_split.c -- the service "split": each row of a file is in one of its parts, whatever the pieces are.
 */
#include "unit/service/one_blob.h"

#include "base/buf.h"
#include "service/rows.h"

#include <limits.h>
#include <stdlib.h>

static const struct {
	const char *name, *text;
	char delimiter, quote;
	size_t rows;
	const char *parts; /* each behind a "|" */
} rows[] = {
	{ "lines", "a\nb\nc", 0, 0, 2, "|a\nb\n|c" },
	{ "a last line end", "a\nb\n", 0, 0, 1, "|a\n|b\n" },
	{ "empty lines are no rows", "\n\na\n\n\nb\n\n", 0, 0, 1, "|\n\na\n|\n\nb\n|\n" },
	{ "lines with CR LF", "a\r\n\r\nb\r\n", 0, 0, 1, "|a\r\n|\r\nb\r\n" },
	{ "CSV with CR LF", "a,b\r\nc,d\r\ne", ',', '"', 1, "|a,b\r\n|c,d\r\n|e" },
	{ "CSV with CR", "a\rb\rc", ',', '"', 2, "|a\rb\r|c" },
	{ "a line end in quotes", "\"a\nb\",c\n\"d\"\"\n\",e\nf\n", ',', '"', 1,
	  "|\"a\nb\",c\n|\"d\"\"\n\",e\n|f\n" },
	{ "a quote within a field", "a\"b\nc\"d\n", ',', '"', 1, "|a\"b\n|c\"d\n" },
	{ "a quote behind a delimiter", "a;\"x\ny\"\nb\n", ';', '"', 1, "|a;\"x\ny\"\n|b\n" },
	{ "no delimiter before the quote", "a;\"x\ny\"\nb\n", ',', '"', 1, "|a;\"x\n|y\"\n|b\n" },
	{ "quotes that mean nothing", "\"a\n\"b\n", ',', 0, 1, "|\"a\n|\"b\n" },
	{ "a quote that is never closed", "\"a\nb\nc\n", ',', '"', 1, "|\"a\nb\nc\n" },
	{ "nothing", "", ',', '"', 1, "" },
};

/* Cut into parts, 'step' bytes at a time. */
static const char *
cut(size_t i, size_t step)
{
	struct rows r = { .delimiter = rows[i].delimiter, .quote = rows[i].quote };
	const char *text = rows[i].text;
	size_t len = strlen(text);
	bool is_new = true, is_cut;
	struct ty_buf out;

	ty_buf_init(&out, fx.arena, 64);
	for (size_t at = 0; at < len;) {
		size_t n = rows_scan(&r, rows[i].rows, text + at, len - at < step ? len - at : step,
				     &is_cut);

		if (is_new && n > 0)
			ty_buf_add_char(&out, '|');
		is_new = is_new && n == 0;
		ty_buf_add(&out, text + at, n);
		at += n;
		if (is_cut) {
			ck_assert_uint_eq(r.count, rows[i].rows);
			r.count = 0;
			is_new = true;
		}
	}
	rows_end(&r);
	ty_buf_add_char(&out, '\0');
	return out.data;
}

START_TEST(rows_end_where_records_do)
{
	for (size_t step = 1; step <= 20; step++)
		ck_assert_msg(strcmp(cut((size_t)_i, step), rows[_i].parts) == 0, "%s, %zu: %s",
			      rows[_i].name, step, cut((size_t)_i, step));
}
END_TEST

/* The parts go where nothing is kept, so that the store's one blob stays what is read. */
static struct {
	uv_timer_t timer;
	ty_blob_done_fn done;
	void *ctx;
} sink;

static void
sink_answer(uv_timer_t *timer)
{
	ty_blob_done_fn done = sink.done;

	sink.done = NULL;
	if (done != NULL)
		done(sink.ctx, NULL);
}

static void
sink_put(void *io, const struct ty_blob_chunk *chunk, ty_blob_done_fn done, void *ctx)
{
	sink.done = done;
	sink.ctx = ctx;
	if (st.is_late)
		uv_timer_start(&sink.timer, sink_answer, 1, 0);
	else
		sink_answer(NULL);
}

static void
sink_commit(void *io, const struct ty_blob_chunk *last, const char *hash, int64_t bytes,
	    ty_blob_done_fn done, void *ctx)
{
	sink_put(io, last, done, ctx);
}

static const struct ty_blob_io io = { sink_put, sink_commit, st_drop, st_get };

static void
begin(const char *text, size_t len, bool is_late)
{
	store_set(text, len, is_late);
	snprintf(st.hash, sizeof(st.hash), "%064d", 0);
	uv_timer_init(&st.loop, &sink.timer);
}

static void
end(void)
{
	sink.done = NULL;
	uv_close((uv_handle_t *)&sink.timer, NULL);
	store_end();
}

static struct outcome
ask(json_t *request, int turns)
{
	const struct ty_service *service = ty_service_find("split");
	struct ty_id id = ty_id_new();
	struct ty_service_means means = { .loop = &st.loop, .blobs = &io };
	struct ty_service_ask asked = { .request = ty_json_own(fx.arena, request),
					.workspace_id = &id,
					.run_id = &id };
	struct outcome out = { 0 };
	void *handle = service->begin(&means, &asked, told, &out);

	for (int i = 0; i < turns && out.told == 0; i++)
		uv_run(&st.loop, turns == INT_MAX ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	if (out.told == 0)
		service->cancel(handle);
	uv_run(&st.loop, UV_RUN_DEFAULT);
	return out;
}

static struct outcome
split(const char *text, size_t len, int64_t max, const char *form, bool late)
{
	begin(text, len, late);
	return ask(json_pack("{s:{s:s, s:s, s:s, s:I}, s:I, s:s, s:b, s:s, s:s}", "file", "blob",
			     st.hash, "mime", "text/csv", "name", "a.b.csv", "bytes",
			     (json_int_t)len, "rows", (json_int_t)max, "form", form, "header", 1,
			     "delimiter", "", "quote", "\""),
		   INT_MAX);
}

static const struct {
	const char *text, *form;
	int64_t max;
	const char *parts; /* rows, name and bytes of each */
} files[] = {
	{ "h1;h2\n1;2\n3;4\n5;6\n", "csv", 2, "2 a.b-1.csv 14; 1 a.b-2.csv 10; " },
	{ "\xEF\xBB\xBF\"h\n\",i\n1\n2\n", "csv", 1, "1 a.b-1.csv 9; 1 a.b-2.csv 9; " },
	{ "\xEF\xBB\xBF{}\n", "lines", 1, "1 a.b-1.jsonl 3; " },
	{ "h\n1\n2", "csv", 1, "1 a.b-1.csv 4; 1 a.b-2.csv 3; " },
	{ "h\n1\n\n\n", "csv", 1, "1 a.b-1.csv 4; " },
	{ "h\n", "csv", 1, "" },
	{ "h", "csv", 1, "" },
	{ "", "csv", 1, "" },
	{ "\n\n", "lines", 1, "" },
	{ "{}\n[1]\n2\n", "lines", 2, "2 a.b-1.jsonl 7; 1 a.b-2.jsonl 2; " },
};

START_TEST(a_file_becomes_parts)
{
	for (int late = 0; late < 2; late++) {
		struct outcome out = split(files[_i].text, strlen(files[_i].text), files[_i].max,
					   files[_i].form, late != 0);
		const char *text = "";
		json_t *part;
		size_t i;

		ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
		json_array_foreach(ty_json_arr(out.answer, "parts"), i, part)
		{
			const json_t *file = json_object_get(part, "file");

			text = ty_arena_printf(fx.arena, "%s%lld %s %lld; ", text,
					       (long long)ty_json_int(part, "rows", -1),
					       ty_json_str(file, "name", "?"),
					       (long long)ty_json_int(file, "bytes", -1));
		}
		ck_assert_str_eq(text, files[_i].parts);
		end();
	}
}
END_TEST

START_TEST(a_file_in_utf16_is_refused)
{
	struct outcome out = split("\xFF\xFE"
				   "a\0\n\0",
				   6, 1, "csv", false);

	ck_assert_ptr_null(out.answer);
	ck_assert_ptr_nonnull(strstr(out.err.msg, "UTF-16"));
	end();
}
END_TEST

/* Of more bytes than a reader of whole files takes: parts are small, and no row is lost. */
START_TEST(a_large_file_is_cut_by_its_bytes)
{
	size_t line = 1000, count = 20000, len = line * count, seen = 0, i;
	char *text = malloc(len);
	struct outcome out;
	json_t *part;

	memset(text, 'x', len);
	for (size_t k = 1; k <= count; k++)
		text[k * line - 1] = '\n';
	out = split(text, len, TY_LIMIT_STEP_ITEMS, "lines", false);
	ck_assert_msg(out.answer != NULL, "%s", out.err.msg);
	ck_assert_uint_ge(json_array_size(ty_json_arr(out.answer, "parts")), 3);
	json_array_foreach(ty_json_arr(out.answer, "parts"), i, part)
	{
		seen += (size_t)ty_json_int(part, "rows", 0);
		ck_assert_int_lt(ty_json_int(json_object_get(part, "file"), "bytes", 0),
				 TY_LIMIT_HTTP_RESPONSE_BYTES);
	}
	ck_assert_uint_eq(seen, count);
	end();
	free(text);
}
END_TEST

static const bool lates[] = { false, true };

START_TEST(a_call_can_be_called_off_at_any_time)
{
	for (int turns = 0; turns < 8; turns++) {
		begin("1\n2\n", 4, lates[_i]);
		ask(json_pack("{s:{s:s, s:s, s:s, s:i}, s:i, s:s}", "file", "blob", st.hash, "mime",
			      "a/b", "name", "x", "bytes", 4, "rows", 1, "form", "lines"),
		    turns);
		end();
	}
}
END_TEST

TEST_MAIN("service.split", {
	TEST_LOOP(rows_end_where_records_do, rows);
	TEST_LOOP(a_file_becomes_parts, files);
	TEST(a_file_in_utf16_is_refused);
	TEST(a_large_file_is_cut_by_its_bytes);
	TEST_LOOP(a_call_can_be_called_off_at_any_time, lates);
})
