/*
 * fuzz_answer -- what a server may send back: header lines, an empty one, a body in pieces.
 *
 * The answer is JSON that can be written and read again, or an error; and how its body was cut
 * into pieces makes no difference.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "net/internal.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 65536

/* As a text; NULL where it is refused. */
static const char *
answer(struct ty_arena *arena, const char *text, size_t size, size_t piece)
{
	const struct net_request request = { .url = "https://api.example/",
					     .response = TY_BODY_AS_AUTO,
					     .response_max_bytes = BODY_MAX };
	struct net_response response = { 0 };
	struct ty_err err = { .code = TY_OK };
	json_t *json = NULL, *again;
	const char *written;
	size_t len;
	bool fits = true;

	for (const char *line; fits && size > 0; text = line) {
		const char *end = memchr(text, '\n', size);

		line = end != NULL ? end + 1 : text + size;
		size -= (size_t)(line - text);
		if (line - text <= 2)
			break;
		fits = net_response_header(&response, arena, text, (size_t)(line - text));
	}
	for (const char *at = size > 0 ? text : NULL; fits && size > 0;
	     size -= piece, at += piece) {
		piece = piece < size ? piece : size;
		fits = net_response_body(&response, at, piece, BODY_MAX);
	}
	if (!fits || net_answer(arena, &request, &response, 200, 1, &json, &err) != TY_OK) {
		TY_ASSERT(fits == (err.code != TY_OK));
		net_response_done(&response);
		return NULL;
	}
	net_response_done(&response);
	written = ty_json_dump(arena, json, &len);
	TY_ASSERT(ty_json_parse_stored(arena, written, len, &again, &err) == TY_OK);
	return written;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *whole = answer(arena, (const char *)data, size, SIZE_MAX);
	const char *cut = answer(arena, (const char *)data, size, 3);

	TY_ASSERT((whole == NULL) == (cut == NULL));
	TY_ASSERT(whole == NULL || strcmp(whole, cut) == 0);
	ty_arena_free(arena);
	return 0;
}
