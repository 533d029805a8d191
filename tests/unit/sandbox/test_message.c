/*
 * Frames in every piece, and answers of a hostile sandbox.
 */
#include "base/str.h"
#include "json/json.h"
#include "sandbox/message.h"
#include "support/common.h"

#include <stdio.h>

#define MAX 64

/* Three frames: 1, 5 and MAX bytes. */
static size_t
three_frames(uint8_t *out)
{
	static const size_t sizes[] = { 1, 5, MAX };
	size_t len = 0;

	for (size_t i = 0; i < 3; i++) {
		ty_frame_header_format((uint32_t)sizes[i], out + len);
		len += TY_FRAME_HEADER_SIZE;
		memset(out + len, 'a' + (int)i, sizes[i]);
		len += sizes[i];
	}
	return len;
}

static void
check_frame(const char *body, size_t len, size_t n)
{
	static const size_t sizes[] = { 1, 5, MAX };

	ck_assert_uint_lt(n, 3);
	ck_assert_uint_eq(len, sizes[n]);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(body[i], 'a' + (int)n);
}

/* The stream in pieces of 'piece' bytes, the first of 'first' bytes. */
static void
feed_in_pieces(size_t first, size_t piece)
{
	uint8_t stream[256];
	size_t len = three_frames(stream), n = 0;
	struct ty_frame_reader reader;

	ty_frame_reader_init(&reader, MAX);
	for (size_t at = 0, step = first; at < len; at += step, step = piece) {
		const char *body;
		size_t body_len;

		if (step > len - at)
			step = len - at;
		ck_assert_ok(ty_frame_reader_feed(&reader, stream + at, step, &fx.err));
		while (ty_frame_reader_take(&reader, &body, &body_len))
			check_frame(body, body_len, n++);
	}
	ck_assert_uint_eq(n, 3);
	ty_frame_reader_done(&reader);
}

START_TEST(frames_come_out_however_they_are_cut)
{
	for (size_t first = 1; first <= 82; first++) {
		feed_in_pieces(first, 1);
		feed_in_pieces(first, 7);
		feed_in_pieces(first, 256);
	}
}
END_TEST

START_TEST(a_frame_is_not_given_before_its_last_byte)
{
	uint8_t stream[256];
	struct ty_frame_reader reader;
	const char *body;
	size_t len;

	(void)three_frames(stream);
	ty_frame_reader_init(&reader, MAX);
	ck_assert_ok(ty_frame_reader_feed(&reader, stream, 4, &fx.err));
	ck_assert(!ty_frame_reader_take(&reader, &body, &len));
	ck_assert_ok(ty_frame_reader_feed(&reader, stream + 4, 0, &fx.err));
	ck_assert(!ty_frame_reader_take(&reader, &body, &len));
	ck_assert_ok(ty_frame_reader_feed(&reader, stream + 4, 1, &fx.err));
	ck_assert(ty_frame_reader_take(&reader, &body, &len));
	ck_assert(!ty_frame_reader_take(&reader, &body, &len));
	ty_frame_reader_done(&reader);
}
END_TEST

static const struct {
	uint8_t header[4];
	enum ty_code code;
} bad_headers[] = {
	{ { 0, 0, 0, 0 }, TY_E_MALFORMED },
	{ { MAX + 1, 0, 0, 0 }, TY_E_LIMIT },
	{ { 0, 0, 0, 1 }, TY_E_LIMIT },
	{ { 0xff, 0xff, 0xff, 0xff }, TY_E_LIMIT },
};

/* Refused at the header, whatever is said before; and for good. */
START_TEST(a_bad_length_loses_the_stream)
{
	for (int after_frame = 0; after_frame < 2; after_frame++) {
		const uint8_t good[] = { 1, 0, 0, 0, 'x' };
		struct ty_frame_reader reader;
		const char *body;
		size_t len;

		ty_frame_reader_init(&reader, MAX);
		if (after_frame == 1) {
			ck_assert_ok(ty_frame_reader_feed(&reader, good, sizeof(good), &fx.err));
			ck_assert(ty_frame_reader_take(&reader, &body, &len));
		}
		for (int i = 0; i < 3; i++)
			ck_assert_ok(ty_frame_reader_feed(&reader, bad_headers[_i].header + i, 1,
							  &fx.err));
		ck_assert_code(
			ty_frame_reader_feed(&reader, bad_headers[_i].header + 3, 1, &fx.err),
			bad_headers[_i].code);
		ck_assert_code(ty_frame_reader_feed(&reader, good, sizeof(good), &fx.err),
			       bad_headers[_i].code);
		while (ty_frame_reader_take(&reader, &body, &len))
			ck_abort_msg("a frame of a lost stream");
		ty_frame_reader_done(&reader);
	}
}
END_TEST

/* A good frame and a bad header in one piece: the good one is whole and is given. */
START_TEST(a_bad_header_is_seen_behind_a_good_frame)
{
	const uint8_t stream[] = { 1, 0, 0, 0, 'x', 0, 0, 0, 0 };
	struct ty_frame_reader reader;
	const char *body;
	size_t len;

	ty_frame_reader_init(&reader, MAX);
	ck_assert_code(ty_frame_reader_feed(&reader, stream, sizeof(stream), &fx.err),
		       TY_E_MALFORMED);
	ck_assert(ty_frame_reader_take(&reader, &body, &len));
	ck_assert(!ty_frame_reader_take(&reader, &body, &len));
	ty_frame_reader_done(&reader);
}
END_TEST

START_TEST(announcing_a_length_takes_no_memory)
{
	const uint8_t header[] = { 0, 0, 0, 2 }; /* 32 MiB */
	struct ty_frame_reader reader;

	ty_frame_reader_init(&reader, 64 * 1024 * 1024);
	ck_assert_ok(ty_frame_reader_feed(&reader, header, sizeof(header), &fx.err));
	ck_assert_uint_le(reader.cap, 4096);
	ty_frame_reader_done(&reader);
}
END_TEST

START_TEST(the_memory_of_a_large_frame_is_given_back)
{
	const size_t size = 1024 * 1024;
	uint8_t *stream = calloc(1, TY_FRAME_HEADER_SIZE + size);
	struct ty_frame_reader reader;
	const char *body;
	size_t len;

	ty_frame_reader_init(&reader, size);
	ty_frame_header_format((uint32_t)size, stream);
	ck_assert_ok(ty_frame_reader_feed(&reader, stream, TY_FRAME_HEADER_SIZE + size, &fx.err));
	ck_assert(ty_frame_reader_take(&reader, &body, &len));
	ck_assert_uint_eq(len, size);
	ck_assert(!ty_frame_reader_take(&reader, &body, &len));
	ck_assert_uint_eq(reader.cap, 0);
	ty_frame_reader_done(&reader);
	free(stream);
}
END_TEST

START_TEST(the_header_is_little_endian)
{
	uint8_t header[TY_FRAME_HEADER_SIZE];

	ty_frame_header_format(0x01020304, header);
	ck_assert_mem_eq(header, "\x04\x03\x02\x01", 4);
}
END_TEST

static const struct {
	const char *body;
	enum ty_code code;
	const char *message;
} answers[] = {
	{ "{\"ok\":true,\"values\":[]}", TY_OK, NULL },
	{ "", TY_E_UPSTREAM, "no JSON" },
	{ "nonsense", TY_E_UPSTREAM, "no JSON" },
	{ "{\"ok\":true", TY_E_UPSTREAM, "no JSON" },
	{ "{\"ok\":true} x", TY_E_UPSTREAM, "no JSON" },
	{ "{\"ok\":true,\"ok\":false}", TY_E_UPSTREAM, "no JSON" },
	{ "\xff", TY_E_UPSTREAM, "no JSON" },
	{ "[]", TY_E_UPSTREAM, "neither answer nor error" },
	{ "{}", TY_E_UPSTREAM, "neither answer nor error" },
	{ "{\"ok\":1}", TY_E_UPSTREAM, "neither answer nor error" },
	{ "{\"ok\":false}", TY_E_UPSTREAM, "neither answer nor error" },
	{ "{\"ok\":false,\"error\":\"text\"}", TY_E_UPSTREAM, "neither answer nor error" },
	{ "{\"ok\":\"true\",\"error\":{\"message\":\"m\"}}", TY_E_INVALID, "Error: m" },
	{ "{\"ok\":false,\"error\":{}}", TY_E_INVALID,
	  "Error: the script failed and did not say why" },
	{ "{\"ok\":false,\"error\":{\"message\":5,\"name\":[]}}", TY_E_INVALID, "did not say why" },
	{ "{\"ok\":false,\"error\":{\"name\":\"TypeError\",\"message\":\"m\",\"line\":2,\"column\":"
	  "3}}",
	  TY_E_INVALID, "TypeError: m (line 2, column 3)" },
	{ "{\"ok\":false,\"error\":{\"message\":\"m\",\"line\":2}}", TY_E_INVALID,
	  "Error: m (line 2)" },
	{ "{\"ok\":false,\"error\":{\"message\":\"m\",\"line\":-2,\"column\":3}}", TY_E_INVALID,
	  "Error: m" },
	{ "{\"ok\":false,\"error\":{\"message\":\"m\",\"item\":4}}", TY_E_INVALID,
	  "item 4: Error: m" },
	{ "{\"ok\":false,\"error\":{\"message\":\"a\\nb\\u001b[31mc\\u007f\"}}", TY_E_INVALID,
	  "Error: a b [31mc " },
};

START_TEST(each_answer_is_checked)
{
	json_t *answer = NULL;

	ck_assert_code(ty_sandbox_answer_parse(fx.arena, answers[_i].body, strlen(answers[_i].body),
					       &answer, &fx.err),
		       answers[_i].code);
	ck_assert_int_eq(answer != NULL, answers[_i].code == TY_OK);
	if (answers[_i].message != NULL)
		ck_assert_msg(strstr(fx.err.msg, answers[_i].message) != NULL, "%s", fx.err.msg);
}
END_TEST

/* However long its parts are: an error fits, ends between characters, and still says where. */
START_TEST(an_error_of_any_length_fits)
{
	for (size_t len = 200; len < 600; len += 7) {
		char *text = ty_arena_alloc(fx.arena, 3 * len + 1);
		json_t *error;

		for (size_t i = 0; i < len; i++)
			memcpy(text + 3 * i, "\xe2\x82\xac", 3);
		error = ty_json_own(fx.arena, json_pack("{s:s, s:s, s:i, s:i, s:i}", "name", text,
							"message", text, "line", 123456789,
							"column", 123456789, "item", 99999));
		ty_sandbox_err_from_json(error, &fx.err);
		ck_assert_int_eq(fx.err.code, TY_E_INVALID);
		ck_assert(ty_str_is_utf8(fx.err.msg, strlen(fx.err.msg)));
		ck_assert_ptr_nonnull(strstr(fx.err.msg, "(line 123456789, column 123456789)"));
		ck_assert(ty_str_has_prefix(fx.err.msg, "item 99999: "));
	}
}
END_TEST

TEST_MAIN("sandbox.message", {
	TEST(frames_come_out_however_they_are_cut);
	TEST(a_frame_is_not_given_before_its_last_byte);
	TEST_LOOP(a_bad_length_loses_the_stream, bad_headers);
	TEST(a_bad_header_is_seen_behind_a_good_frame);
	TEST(announcing_a_length_takes_no_memory);
	TEST(the_memory_of_a_large_frame_is_given_back);
	TEST(the_header_is_little_endian);
	TEST_LOOP(each_answer_is_checked, answers);
	TEST(an_error_of_any_length_fits);
})
