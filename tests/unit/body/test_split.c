/*
 * A multipart body in pieces of every size: its files apart, and the rest as it came.
 */
#include "base/buf.h"
#include "body/form.h"
#include "body/split.h"
#include "json/json.h"
#include "support/common.h"

#define D(name)	  "Content-Disposition: form-data; name=\"" name "\""
#define F(name)	  D(name) "; filename=\"n\"\r\n\r\n"
#define FILES_MAX 8

static struct {
	struct ty_buf files[FILES_MAX];
	size_t at[FILES_MAX], count;
	bool is_open;
	size_t fails_at; /* the nth call, from 1 */
	size_t calls;
} got;

static enum ty_code
called(struct ty_err *err)
{
	return ++got.calls == got.fails_at ? ty_err_set(err, TY_E_UNAVAILABLE, "no") : TY_OK;
}

static enum ty_code
on_begin(void *ctx, const struct ty_form_part *part, size_t at, struct ty_err *err)
{
	ck_assert(!got.is_open);
	got.is_open = true;
	ck_assert_uint_lt(got.count, FILES_MAX);
	ty_buf_init(&got.files[got.count], fx.arena, 16);
	got.at[got.count++] = at;
	return called(err);
}

static enum ty_code
on_bytes(void *ctx, const void *data, size_t len, struct ty_err *err)
{
	ck_assert(got.is_open);
	ty_buf_add(&got.files[got.count - 1], data, len);
	return called(err);
}

static enum ty_code
on_end(void *ctx, struct ty_err *err)
{
	ck_assert(got.is_open);
	got.is_open = false;
	return called(err);
}

static const struct ty_body_split_to to = { on_begin, on_bytes, on_end, NULL };

static enum ty_code
split(const char *text, size_t len, size_t piece, size_t max, const char **ret_skeleton,
      size_t *ret_len)
{
	struct ty_body_split *s = ty_body_split_new(fx.arena, "b", max, &to);

	got.count = got.calls = 0;
	got.is_open = false;
	ty_err_clear(&fx.err);
	for (size_t at = 0; at < len; at += piece)
		if (ty_body_split_add(s, text + at, len - at < piece ? len - at : piece, &fx.err) !=
		    TY_OK)
			return fx.err.code;
	return ty_body_split_end(s, ret_skeleton, ret_len, &fx.err);
}

/* Skeleton and files, put together. */
static void
check_whole(const char *text, size_t len, const char *skeleton, size_t skeleton_len)
{
	struct ty_buf whole;
	size_t from = 0;

	ty_buf_init(&whole, fx.arena, len + 1);
	for (size_t i = 0; i < got.count; i++) {
		ty_buf_add(&whole, skeleton + from, got.at[i] - from);
		ty_buf_add(&whole, got.files[i].data, got.files[i].len);
		from = got.at[i];
	}
	ty_buf_add(&whole, skeleton + from, skeleton_len - from);
	ck_assert_uint_eq(whole.len, len);
	ck_assert_mem_eq(whole.data, text, len);
}

static const struct {
	const char *text, *files; /* each in [] */
} rows[] = {
	{ "--b\r\n" D("a") "\r\n\r\n1\r\n--b--", "" },
	{ "--b\r\n" F("f") "123\r\n--b--", "[123]" },
	{ "--b\r\n" F("f") "123\r\n--b--\r\n", "[123]" },
	{ "--b\r\n" F("f") "\r\n--b--", "[]" },
	{ "--b\r\n" F("f") "--b--", "[]" },
	{ "--b\r\n" F("f") "\r\n\r\n--b--", "[\r\n]" },
	{ "--b\r\n" F("f") "1\r\n--b\r\n" D("a") "\r\n\r\n2\r\n--b\r\n" F("g") "3\r\n--b--x",
	  "[1][3]" },
	{ "--b\n" D("f") "; filename=n\n\n1\n2\n--b--\n", "[1\n2]" },
	{ "pre\r\n--b  \r\n" F("f") "--bx\r\n-- b\r\nx--b\r\n--b \t\r\n" F("g") "\r\r\n--b--",
	  "[--bx\r\n-- b\r\nx--b][\r]" },
	{ "--b\r\nContent-Type: text/plain\r\n\r\nnameless\r\n--b--", "" },
	{ "--b\r\n" F("f") "a\r\n--b-x\r\n--b--", "[a\r\n--b-x]" },
	{ "--b--", "" },
};

START_TEST(files_are_cut_out_whatever_the_pieces)
{
	const char *text = rows[_i].text, *skeleton = NULL;
	size_t len = strlen(text), skeleton_len = 0;

	for (size_t piece = 1; piece <= len; piece++) {
		struct ty_buf files;

		ck_assert_ok(split(text, len, piece, len, &skeleton, &skeleton_len));
		ck_assert(!got.is_open);
		ty_buf_init(&files, fx.arena, 64);
		for (size_t i = 0; i < got.count; i++)
			ty_buf_printf(&files, "[%.*s]", (int)got.files[i].len, got.files[i].data);
		ck_assert_msg(strcmp(files.len > 0 ? files.data : "", rows[_i].files) == 0,
			      "pieces of %zu: %s", piece, files.data);
		check_whole(text, len, skeleton, skeleton_len);
	}
}
END_TEST

/* What the rest is read as does not change. */
START_TEST(fields_are_those_of_the_whole_body)
{
	struct ty_form_body whole = { .text = { rows[_i].text, strlen(rows[_i].text) } };
	struct ty_form_body rest = { .files = ty_json_own(fx.arena, json_array()) };
	const char *key, *other;
	json_t *a, *b, *value;

	ck_assert_ok(split(whole.text.s, whole.text.len, 7, whole.text.len, &rest.text.s,
			   &rest.text.len));
	for (size_t i = 0; i < got.count; i++)
		json_array_append_new((json_t *)rest.files,
				      json_pack("{s:i, s:i}", "at", (int)got.at[i], "bytes",
						(int)got.files[i].len));
	ck_assert_ok(ty_form_multipart(fx.arena, "b", &whole, &a, &fx.err));
	ck_assert_ok(ty_form_multipart(fx.arena, "b", &rest, &b, &fx.err));
	json_object_foreach(a, key, value)
	{
		json_object_del(value, "base64");
	}
	other = ty_json_dump(fx.arena, b, NULL);
	ck_assert_str_eq(ty_json_dump(fx.arena, a, NULL), other);
}
END_TEST

static const struct {
	const char *text, *says;
} broken[] = {
	{ "", "does not have its boundary" },
	{ "--c--", "does not have its boundary" },
	{ "--b\r\n" F("f") "1\r\n", "cut off" },
	{ "--b\r\n" D("a") "\r\n\r\n1\r\n--b\r\n", "cut off" },
};

START_TEST(a_broken_body_says_how)
{
	const char *skeleton;
	size_t len;

	ck_assert_code(split(broken[_i].text, strlen(broken[_i].text), 3, 1000, &skeleton, &len),
		       TY_E_MALFORMED);
	ck_assert_msg(strstr(fx.err.msg, broken[_i].says) != NULL, "%s", fx.err.msg);
}
END_TEST

START_TEST(a_file_may_be_larger_than_any_window)
{
	enum { LEN = 300000 };
	static const char head[] = "--b\r\n" F("f"), tail[] = "\r\n--b--\r\n";
	char *text = ty_arena_alloc(fx.arena, LEN + 200);
	size_t len = strlen(head), skeleton_len;
	const char *skeleton;

	memcpy(text, head, len);
	for (size_t i = 0; i < LEN; i++) /* full of what looks like a delimiter */
		text[len + i] = "\r\n--b\n--b- -"[i % 11];
	memcpy(text + len + LEN, tail, strlen(tail));
	len += LEN + strlen(tail);
	/* "\n--b\n" is one: make none of them begin a line. */
	for (char *p = text + strlen(head);
	     (p = memmem(p, (size_t)(text + len - 10 - p), "\n--b\n", 5)) != NULL;)
		p[0] = 'x';
	ck_assert_ok(split(text, len, 4096, 1000, &skeleton, &skeleton_len));
	ck_assert_uint_eq(got.count, 1);
	check_whole(text, len, skeleton, skeleton_len);
}
END_TEST

START_TEST(what_is_no_file_has_a_limit)
{
	static const char text[] = "--b\r\n" D("a") "\r\n\r\n12345678\r\n--b--";
	const char *skeleton;
	size_t len;

	ck_assert_code(split(text, strlen(text), 5, strlen(text) - 1, &skeleton, &len),
		       TY_E_TOO_LARGE);
	ck_assert_ok(split(text, strlen(text), 5, strlen(text), &skeleton, &len));
}
END_TEST

START_TEST(headers_that_do_not_end_are_not_kept)
{
	char *text = ty_arena_alloc(fx.arena, 20000);
	const char *skeleton;
	size_t len;

	memset(text, 'h', 20000);
	memcpy(text, "--b\r\n", 5);
	ck_assert_code(split(text, 20000, 1000, 100000, &skeleton, &len), TY_E_MALFORMED);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "headers do not end"));
}
END_TEST

START_TEST(a_store_that_fails_ends_it) /* the nth call, for every n */
{
	static const char text[] = "--b\r\n" F("f") "12345678\r\n--b\r\n" F("g") "1\r\n--b--";
	const char *skeleton;
	size_t len, calls;

	got.fails_at = 0;
	ck_assert_ok(split(text, strlen(text), 3, 1000, &skeleton, &len));
	calls = got.calls;
	for (size_t n = 1; n <= calls; n++) {
		got.fails_at = n;
		ck_assert_code(split(text, strlen(text), 3, 1000, &skeleton, &len),
			       TY_E_UNAVAILABLE);
	}
}
END_TEST

TEST_MAIN("split", {
	TEST_LOOP(files_are_cut_out_whatever_the_pieces, rows);
	TEST_LOOP(fields_are_those_of_the_whole_body, rows);
	TEST_LOOP(a_broken_body_says_how, broken);
	TEST(a_file_may_be_larger_than_any_window);
	TEST(what_is_no_file_has_a_limit);
	TEST(headers_that_do_not_end_are_not_kept);
	TEST(a_store_that_fails_ends_it);
})
