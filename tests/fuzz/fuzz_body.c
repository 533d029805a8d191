/*
 * fuzz_body -- a foreign body: its headers, its encoding, its charset and every kind.
 *
 * The first line is the Content-Type, the second the Content-Encoding, the third how to read it; the rest
 * is the body.  Whatever comes is a value that JSON can write and read again to the same, or an error,
 * and always the same one.
 */
#include "base/arena.h"
#include "base/err.h"
#include "body/body.h"
#include "json/json.h"

#include <stdint.h>
#include <string.h>

/* Small, so that a bomb is met often. */
#define BYTES_MAX  ((size_t)64 * 1024)
#define VALUES_MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct lines {
	const char *type, *encoding, *as;
};

static const char *
header_of(void *ctx, const char *name)
{
	const struct lines *lines = ctx;

	if (strcmp(name, "content-type") == 0)
		return lines->type;
	if (strcmp(name, "content-encoding") == 0)
		return lines->encoding;
	return strcmp(name, "x-github-event") == 0 && strchr(lines->as, '!') != NULL ? "push"
										     : NULL;
}

/* The text up to a line break, and *at behind it. */
static const char *
line_next(struct ty_arena *arena, const char **at, const char *end)
{
	const char *s = *at, *stop = memchr(s, '\n', (size_t)(end - s));

	if (stop == NULL)
		stop = end;
	*at = stop < end ? stop + 1 : end;
	return ty_arena_strndup(arena, s, (size_t)(stop - s));
}

static void
check_value(struct ty_arena *arena, const struct ty_body *body)
{
	const char *text, *again;
	size_t len, again_len;
	struct ty_err err;
	json_t *json;

	text = ty_json_dump(arena, body->json, &len);
	TY_ASSERT(ty_json_parse(arena, text, len, &json, &err) == TY_OK);
	again = ty_json_dump(arena, json, &again_len);
	TY_ASSERT(len == again_len && memcmp(text, again, len) == 0);
	if (body->text != NULL) {
		TY_ASSERT(ty_json_parse(arena, body->text, body->text_len, &json, &err) == TY_OK);
		again = ty_json_dump(arena, json, &again_len);
		TY_ASSERT(len == again_len && memcmp(text, again, len) == 0);
	}
	(void)ty_body_notices(arena, body);
}

static void
check(struct ty_arena *arena, const char *data, size_t size)
{
	const char *at = data, *end = data + size;
	struct lines lines = { .type = line_next(arena, &at, end),
			       .encoding = line_next(arena, &at, end),
			       .as = line_next(arena, &at, end) };
	struct ty_body_in in = { .data = at,
				 .len = (size_t)(end - at),
				 .header = header_of,
				 .ctx = &lines,
				 .bytes_max = BYTES_MAX,
				 .values_max = VALUES_MAX };
	struct ty_body body, again;
	struct ty_err err = { 0 };
	enum ty_code code;

	if (!ty_body_as_parse(lines.as, &in.as))
		in.lenient = true;
	code = ty_body_read(arena, &in, &body, &err);
	TY_ASSERT(ty_body_read(arena, &in, &again, &err) == code);
	if (code != TY_OK)
		return;
	TY_ASSERT(body.mended == again.mended && body.json_mended == again.json_mended);
	TY_ASSERT(json_equal(body.json, again.json) && body.raw_len <= BYTES_MAX + in.len);
	check_value(arena, &body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);

	check(arena, (const char *)data, size);
	ty_arena_free(arena);
	return 0;
}
