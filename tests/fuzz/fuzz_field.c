/*
 * fuzz_field -- tools that read a field, outside the jail: regex, xml, html, markdown.
 *
 * The first line is "<tool> <pattern or selector>", the rest the text.  Whatever it is, there is an answer that can be
 * written and read.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "parse/tool.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *
options_of(const char *word)
{
	static const char *const actions[] = { "match", "match_all", "test", "replace", "split" };

	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:[{s:s, s:s, s:b}, {s:s, s:s, s:s}]}", "field",
			 "data", "action", actions[strlen(word) % TY_ARRAY_COUNT(actions)],
			 "pattern", word, "replacement", word, "ignore_case", 1, "picks", "name",
			 "a", "selector", word, "all", 1, "name", "b", "selector", word, "give",
			 "html");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "html", "markdown", "regex", "xml" };
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *line = (const char *)data, *end = memchr(data, '\n', size);
	const char *blank = end != NULL ? memchr(data, ' ', (size_t)(end - line)) : NULL;
	struct ty_err err = { .code = TY_OK };
	json_t *request, *again;
	const char *text;
	size_t len;

	for (size_t i = 0; blank != NULL && i < TY_ARRAY_COUNT(names); i++) {
		if (!ty_str_eq(names[i], ty_arena_strndup(arena, line, (size_t)(blank - line))) ||
		    !ty_str_is_utf8(blank + 1, (size_t)(end - blank - 1)))
			continue;
		request = json_pack(
			"{s:s, s:o, s:b, s:[s%]}", "tool", names[i], "options",
			options_of(ty_arena_strndup(arena, blank + 1, (size_t)(end - blank - 1))),
			"each", 1, "texts", end + 1, size - (size_t)(end + 1 - line));
		if (request == NULL)
			continue;
		text = ty_json_dump(arena, ty_json_own(arena, request), &len);
		text = ty_json_dump(arena, tool_answer(arena, text, len), &len);
		TY_ASSERT(ty_json_parse_stored(arena, text, len, &again, &err) == TY_OK);
	}
	ty_arena_free(arena);
	return 0;
}
