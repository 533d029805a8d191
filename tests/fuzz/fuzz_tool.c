/*
 * fuzz_tool -- a request to tyboo-parse, outside the jail.
 *
 * The first line is a filter, the rest the input.  Whatever it is, there is an answer that can be
 * written and read; a filter that takes too long is libjq's right, so there is little input.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "parse/tool.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libjq 1.6 does not free the words of a filter that it cannot read; its process ends when idle. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libjq.so\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *end = memchr(data, '\n', size);
	json_t *answer = tool_answer(arena, (const char *)data, size), *again, *request;
	struct ty_err err = { .code = TY_OK };
	const char *text;
	size_t len;

	if (end != NULL) {
		request =
			json_pack("{s:s, s:{s:s%}, s:[{s:s%}]}", "tool", "jq", "options", "filter",
				  (const char *)data, (size_t)(end - (const char *)data), "items",
				  "json", end + 1, size - (size_t)(end + 1 - (const char *)data));
		if (request != NULL) {
			text = ty_json_dump(arena, request, &len);
			json_decref(request);
			answer = tool_answer(arena, text, len);
		}
	}
	text = ty_json_dump(arena, answer, &len);
	TY_ASSERT(ty_json_parse_stored(arena, text, len, &again, &err) == TY_OK);
	ty_arena_free(arena);
	return 0;
}
