/*
 * fuzz_parcel -- tools that read files, outside the jail.
 *
 * The first line is "<tool> <options as JSON>", the rest the file; with the tool "sheet" it is the XML of a workbook's
 * sheet, around which the workbook is made.  A body that is any bytes is tried too.  Whatever it is, there is an answer
 * whose parts can be told from each other, and what comes out is bounded.
 */
#include "base/arena.h"
#include "base/buf.h"
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

#define ASKED_ZIP                                                                                  \
	"{\"tool\":\"archive\",\"options\":{\"do\":\"zip\",\"level\":1},\"files\":[{\"name\":"     \
	"\"xl/workbook.xml\","                                                                     \
	"\"bytes\":%zu},{\"name\":\"xl/_rels/workbook.xml.rels\",\"bytes\":%zu},{\"name\":\"xl/"   \
	"worksheets/s.xml\","                                                                      \
	"\"bytes\":%zu}]}"

/* A workbook of the sheet, packed by the tool itself; malloc'd. */
static char *
book_of(struct ty_arena *arena, const char *sheet, size_t len, size_t *ret_len)
{
	static const char book[] =
		"<workbook xmlns:r='r'><sheets><sheet name='A' r:id='a'/></sheets></workbook>";
	static const char rels[] = "<Relationships><Relationship Id='a' Type='x/worksheet' "
				   "Target='worksheets/s.xml'/></Relationships>";
	const char *asked =
		ty_arena_printf(arena, ASKED_ZIP, sizeof(book) - 1, sizeof(rels) - 1, len);
	char head[TY_PARCEL_HEADER_SIZE], *answer;
	struct ty_parcel parcel;
	struct ty_buf body;
	size_t size;

	ty_buf_init(&body, arena, 1024);
	ty_parcel_header_format(sizeof(book) + sizeof(rels) - 2 + len, head);
	ty_buf_add(&body, head, sizeof(head));
	ty_buf_add(&body, book, sizeof(book) - 1);
	ty_buf_add(&body, rels, sizeof(rels) - 1);
	ty_buf_add(&body, sheet, len);
	ty_buf_add_str(&body, asked);
	answer = file_tool_answer(body.data, body.len, 0, &size);
	TY_ASSERT(ty_parcel_split(answer, size, &parcel) && parcel.bytes_len > 0);
	*ret_len = parcel.bytes_len;
	memmove(answer, parcel.bytes, parcel.bytes_len);
	return answer;
}

static void
ask_sheet(struct ty_arena *arena, const char *line, const char *end, size_t size)
{
	size_t len, body_len, head = (size_t)(end + 1 - line);
	char *zip = book_of(arena, end + 1, size - head, &len), *text = malloc(head + len + 1),
	     *body;

	TY_ASSERT(text != NULL);
	memcpy(text, "xlsx  ", 6);
	memcpy(text + 6, line + 6, head - 6);
	memcpy(text + head, zip, len);
	body = body_of(text, text + head - 1, head + len, &body_len);
	if (body != NULL)
		ask(arena, body, body_len);
	free(body);
	free(text);
	free(zip);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *end = memchr(data, '\n', size);
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	size_t len;
	char *body;

	if (end != NULL && end - line > 6 && memcmp(line, "sheet ", 6) == 0)
		ask_sheet(arena, line, end, size);

	ask(arena, line, size);
	body = end != NULL ? body_of(line, end, size, &len) : NULL;
	if (body != NULL)
		ask(arena, body, len);
	free(body);
	ty_arena_free(arena);
	return 0;
}
