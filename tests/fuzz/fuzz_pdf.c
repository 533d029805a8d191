/*
 * fuzz_pdf -- a document read by the tool "pdf", outside the jail.
 *
 * Whatever it is, there is an answer that can be written and read.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "parse/file_tool.h"
#include "sandbox/parcel.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const char *give, const uint8_t *data, size_t size)
{
	char text[400], *body, *answer;
	int text_len =
		snprintf(text, sizeof(text),
			 "{\"tool\":\"pdf\",\"options\":{\"give\":\"%s\",\"to\":20},\"files\":"
			 "[{\"name\":\"a\",\"bytes\":%zu}],\"secrets\":[{\"name\":"
			 "\"password\",\"value\":\"open\"}]}",
			 give, size);
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	struct ty_err err = { .code = TY_OK };
	struct ty_parcel parcel;
	json_t *json;
	size_t len;

	body = malloc(TY_PARCEL_HEADER_SIZE + size + (size_t)text_len + 1);
	TY_ASSERT(body != NULL);
	ty_parcel_header_format(size, body);
	memcpy(body + TY_PARCEL_HEADER_SIZE, data, size);
	memcpy(body + TY_PARCEL_HEADER_SIZE + size, text, (size_t)text_len + 1);
	answer = file_tool_answer(body, TY_PARCEL_HEADER_SIZE + size + (size_t)text_len, 0, &len);
	TY_ASSERT(ty_parcel_split(answer, len, &parcel));
	TY_ASSERT(ty_json_parse_stored(arena, parcel.text, parcel.text_len, &json, &err) == TY_OK);
	ty_arena_free(arena);
	free(answer);
	free(body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ask("pages", data, size);
	ask("text", data, size);
	return 0;
}
