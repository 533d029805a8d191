/*
 * fuzz_parcel -- tools that read files, outside the jail.
 *
 * The first line is "<tool> <options as JSON>", the rest the file.  A body that is any bytes is tried too.  Whatever it
 * is, there is an answer whose parts can be told from each other, and what comes out is bounded.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"
#include "parse/file_tool.h"
#include "sandbox/parcel.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(struct ty_arena *arena, const char *body, size_t len)
{
	struct ty_err err = { .code = TY_OK };
	struct ty_parcel parcel;
	char *answer;
	json_t *json;

	answer = file_tool_answer(body, len, 4, &len);
	TY_ASSERT(ty_parcel_split(answer + 4, len, &parcel));
	TY_ASSERT(parcel.bytes_len <= FILE_OUT_BYTES_MAX);
	TY_ASSERT(ty_json_parse_stored(arena, parcel.text, parcel.text_len, &json, &err) == TY_OK);
	free(answer);
}

/* A copy of its own size, so that a read beyond it is seen. */
static char *
body_of(const char *line, const char *end, size_t size, size_t *ret_len)
{
	const char *blank = memchr(line, ' ', (size_t)(end - line));
	size_t file = size - (size_t)(end + 1 - line), text_len;
	char text[1024], *body;

	if (blank == NULL || end - line > 800)
		return NULL;
	text_len = (size_t)snprintf(
		text, sizeof(text),
		"{\"tool\":\"%.*s\",\"options\":%.*s,\"files\":[{\"name\":\"a\",\"bytes\":%zu}]}",
		(int)(blank - line), line, (int)(end - blank - 1), blank + 1, file);
	*ret_len = TY_PARCEL_HEADER_SIZE + file + text_len;
	body = malloc(*ret_len + 1);
	TY_ASSERT(body != NULL);
	ty_parcel_header_format(file, body);
	memcpy(body + TY_PARCEL_HEADER_SIZE, end + 1, file);
	memcpy(body + TY_PARCEL_HEADER_SIZE + file, text, text_len + 1);
	return body;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *end = memchr(data, '\n', size);
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	size_t len;
	char *body;

	ask(arena, line, size);
	body = end != NULL ? body_of(line, end, size, &len) : NULL;
	if (body != NULL)
		ask(arena, body, len);
	free(body);
	ty_arena_free(arena);
	return 0;
}
