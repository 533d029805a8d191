/*
 * fuzz_frame -- what a hostile sandbox may send: frames in any pieces, and answers of any kind.
 *
 * First byte: how the rest is cut into pieces.  However it is cut, the same frames come out as
 * from one piece, and none is larger than allowed.
 */
#include "base/arena.h"
#include "base/err.h"
#include "sandbox/message.h"

#include <stdint.h>
#include <string.h>

#define MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of all frames that 'data' holds, parsed as answers on the way. */
static uint64_t
feed(struct ty_arena *arena, const uint8_t *data, size_t size, size_t piece)
{
	struct ty_frame_reader reader;
	struct ty_err err = { 0 };
	uint64_t sum = 0;

	ty_frame_reader_init(&reader, MAX_BYTES);
	for (size_t at = 0; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		bool lost = ty_frame_reader_feed(&reader, data + at, n, &err) != TY_OK;
		const char *body;
		size_t len;

		while (ty_frame_reader_take(&reader, &body, &len)) {
			json_t *answer = NULL;

			TY_ASSERT(len > 0 && len <= MAX_BYTES);
			if (ty_sandbox_answer_parse(arena, body, len, &answer, &err) == TY_OK)
				TY_ASSERT(json_is_true(json_object_get(answer, "ok")));
			else
				TY_ASSERT(err.code == TY_E_INVALID || err.code == TY_E_UPSTREAM);
			for (size_t i = 0; i < len; i++)
				sum = sum * 31 + (uint8_t)body[i] + 1;
		}
		if (lost)
			break;
	}
	ty_frame_reader_done(&reader);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena;
	uint64_t whole;

	if (size < 2)
		return 0;
	arena = ty_arena_new(NULL, "fuzz", 0);
	whole = feed(arena, data + 1, size - 1, size);
	TY_ASSERT(feed(arena, data + 1, size - 1, 1U + data[0] % 17) == whole);
	ty_arena_free(arena);
	return 0;
}
