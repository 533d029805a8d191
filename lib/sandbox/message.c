/*
 * message.c -- frames, and answers checked like input from the network.
 */
#include "sandbox/message.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

/* Kept for the next frame; larger memory is given back once its frame is done. */
#define READER_KEEP_BYTES  (256 * 1024)
#define READER_FIRST_BYTES 4096

void
ty_frame_header_format(uint32_t len, uint8_t out[TY_FRAME_HEADER_SIZE])
{
	for (int i = 0; i < TY_FRAME_HEADER_SIZE; i++)
		out[i] = (uint8_t)(len >> (8 * i));
}

static size_t
header_parse(const uint8_t *p)
{
	return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

void
ty_frame_reader_init(struct ty_frame_reader *reader, size_t max_bytes)
{
	memset(reader, 0, sizeof(*reader));
	reader->max_bytes = max_bytes;
}

void
ty_frame_reader_done(struct ty_frame_reader *reader)
{
	free(reader->data);
	ty_frame_reader_init(reader, reader->max_bytes);
}

/* Forget the frame that was taken last. */
static void
drop_taken(struct ty_frame_reader *reader)
{
	if (reader->taken == 0)
		return;
	reader->len -= reader->taken;
	reader->next -= reader->taken;
	memmove(reader->data, reader->data + reader->taken, reader->len);
	reader->taken = 0;
	if (reader->len == 0 && reader->cap > READER_KEEP_BYTES) {
		free(reader->data);
		reader->data = NULL;
		reader->cap = 0;
	}
}

/* Doubling, never to a length that was only announced: announcing costs the sender nothing. */
static void
append(struct ty_frame_reader *reader, const void *data, size_t len)
{
	size_t cap = reader->cap != 0 ? reader->cap : READER_FIRST_BYTES;

	if (len == 0)
		return;
	while (cap < reader->len + len)
		cap *= 2;
	if (cap != reader->cap) {
		uint8_t *grown = realloc(reader->data, cap);

		TY_ASSERT(grown != NULL);
		reader->data = grown;
		reader->cap = cap;
	}
	memcpy(reader->data + reader->len, data, len);
	reader->len += len;
}

/* Look at every header that is whole. */
static enum ty_code
check_headers(struct ty_frame_reader *reader, struct ty_err *err)
{
	while (reader->len >= TY_FRAME_HEADER_SIZE &&
	       reader->next <= reader->len - TY_FRAME_HEADER_SIZE) {
		size_t len = header_parse(reader->data + reader->next);

		if (len == 0)
			return ty_err_set(err, TY_E_MALFORMED, "a frame is empty");
		if (len > reader->max_bytes)
			return ty_err_set(err, TY_E_LIMIT,
					  "a frame of %zu bytes is larger than the limit of %zu",
					  len, reader->max_bytes);
		reader->next += TY_FRAME_HEADER_SIZE + len;
	}
	return TY_OK;
}

enum ty_code
ty_frame_reader_feed(struct ty_frame_reader *reader, const void *data, size_t len,
		     struct ty_err *err)
{
	drop_taken(reader);
	if (check_headers(reader, err) != TY_OK)
		return err->code; /* the stream is lost already: keep no more of it */
	append(reader, data, len);
	return check_headers(reader, err);
}

bool
ty_frame_reader_take(struct ty_frame_reader *reader, const char **ret_body, size_t *ret_len)
{
	size_t len;

	drop_taken(reader);
	if (reader->len < TY_FRAME_HEADER_SIZE)
		return false;
	len = header_parse(reader->data);
	if (len == 0 || len > reader->max_bytes || reader->len - TY_FRAME_HEADER_SIZE < len)
		return false;
	reader->taken = TY_FRAME_HEADER_SIZE + len;
	*ret_body = (const char *)reader->data + TY_FRAME_HEADER_SIZE;
	*ret_len = len;
	return true;
}

/* answers ------------------------------------------------------------------------- */

/* Copy text that hostile code wrote: cut between characters, control characters as spaces. */
static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	for (size_t i = 0; i < len; i++)
		out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
	out[len] = '\0';
}

void
ty_sandbox_err_from_json(const json_t *error, struct ty_err *err)
{
	char name[64], message[sizeof(err->msg) - 128];
	int64_t line = ty_json_int(error, "line", 0);
	int64_t column = ty_json_int(error, "column", 0);
	int64_t item = ty_json_int(error, "item", -1);

	copy_text(name, sizeof(name), ty_json_str(error, "name", "Error"));
	copy_text(message, sizeof(message),
		  ty_json_str(error, "message", "the script failed and did not say why"));
	if (line > 0 && column > 0)
		ty_err_set(err, TY_E_INVALID, "%s: %s (line %lld, column %lld)", name, message,
			   (long long)line, (long long)column);
	else if (line > 0)
		ty_err_set(err, TY_E_INVALID, "%s: %s (line %lld)", name, message, (long long)line);
	else
		ty_err_set(err, TY_E_INVALID, "%s: %s", name, message);
	if (item >= 0)
		ty_err_wrap(err, "item %lld", (long long)item);
	if (ty_json_str(error, "hint", NULL) != NULL)
		ty_err_hint(err, "%s", ty_json_str(error, "hint", ""));
}

enum ty_code
ty_sandbox_answer_parse(struct ty_arena *arena, const char *body, size_t len, json_t **ret_answer,
			struct ty_err *err)
{
	json_t *answer;

	if (ty_json_parse_stored(arena, body, len, &answer, err) != TY_OK) {
		err->code = TY_E_UPSTREAM;
		return ty_err_wrap(err, "the sandbox gave no JSON");
	}
	if (ty_json_bool(answer, "ok", false)) {
		*ret_answer = answer;
		return TY_OK;
	}
	if (ty_json_obj(answer, "error") == NULL)
		return ty_err_set(err, TY_E_UPSTREAM, "the sandbox gave neither answer nor error");
	ty_sandbox_err_from_json(ty_json_obj(answer, "error"), err);
	return err->code;
}
