/*
 * notice.c -- what was mended in a body, in words.
 */
#include "body/body.h"

#include "base/arena.h"
#include "base/limits.h"
#include "body/form.h"
#include "body/mended.h"
#include "json/json.h"

#include <string.h>

/* 'what' is the header that struct ty_body's 'unknown' is a value of; NULL: 'text' is all. */
static const struct {
	unsigned bit;
	const char *code, *what, *text;
} notices[] = {
	{ MENDED_TEXT, "bytes_replaced", NULL,
	  "Bytes that are no character of the body's charset became U+FFFD" },
	{ MENDED_CHARSET, "charset_unknown", "charset", "the body was read as UTF-8" },
	{ MENDED_ENCODING, "encoding_unknown", "Content-Encoding", "the body was read as it came" },
	{ MENDED_NOT_JSON, "not_json", NULL,
	  "The body says that it is JSON and is none; it is text here" },
	{ MENDED_TOO_DEEP, "too_deep", NULL,
	  "The body is JSON that is nested more than 64 deep; it is text here" },
	{ MENDED_NOT_MULTIPART, "not_multipart", NULL,
	  "The body says that it is multipart and cannot be read so; it is text or bytes here" },
	{ MENDED_NOT_PAYLOAD, "not_json", NULL,
	  "The form's field \"payload\" is no JSON; it is text here" },
	{ MENDED_MARK, "mark_skipped", NULL, "A byte order mark was skipped" },
	{ MENDED_FILE, "file_left_out", NULL,
	  "A file is too large to be in the item; it has its name, type and size only" },
	{ MENDED_TRANSFER, "part_encoded", NULL,
	  "A part's Content-Transfer-Encoding was not undone; its content is as it was sent" },
};

/* The JSON reader's bits, whose texts are its own. */
static const struct {
	unsigned bit;
	const char *code;
} json_notices[] = {
	{ TY_JSON_MENDED_NUL, "nul_replaced" },
	{ TY_JSON_MENDED_SURROGATE, "half_pair_replaced" },
	{ TY_JSON_MENDED_UTF8, "bytes_replaced" },
	{ TY_JSON_MENDED_MARK, "mark_skipped" },
	{ TY_JSON_MENDED_DUPLICATE, "key_twice" },
};

_Static_assert(TY_LIMIT_JSON_DEPTH == 64, "the notice too_deep says it");

json_t *
ty_body_notices(struct ty_arena *arena, const struct ty_body *body)
{
	json_t *list;

	if (body->mended == 0 && body->json_mended == 0)
		return NULL;
	list = ty_json_own(arena, json_array());
	for (size_t i = 0; i < TY_ARRAY_COUNT(notices); i++) {
		const char *text = notices[i].text;

		if ((body->mended & notices[i].bit) == 0)
			continue;
		if (notices[i].what != NULL)
			text = ty_arena_printf(arena, "The %s \"%.60s\" is not known; %s",
					       notices[i].what, body->unknown, text);
		json_array_append_new(list, json_pack("{s:s, s:o}", "code", notices[i].code, "text",
						      ty_form_string(arena, text, strlen(text))));
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(json_notices); i++)
		if ((body->json_mended & json_notices[i].bit) != 0)
			json_array_append_new(
				list, json_pack("{s:s, s:s}", "code", json_notices[i].code, "text",
						ty_json_mended_text(arena, json_notices[i].bit)));
	return list;
}
