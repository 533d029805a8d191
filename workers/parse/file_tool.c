/*
 * file_tool.c -- see file_tool.h.
 */
#include "file_tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "sandbox/parcel.h"

#include <stdlib.h>
#include <string.h>

#define RATIO_MAX	 200
#define RATIO_FREE_BYTES (1024 * 1024)

/* ---- memory ---- */

static char *
grow_reserve(struct file_grow *grow, size_t len)
{
	size_t cap = grow->cap != 0 ? grow->cap : 4096;

	while (cap - grow->len < len)
		cap *= 2;
	if (cap != grow->cap) {
		char *data = realloc(grow->data, cap);

		if (data == NULL)
			abort();
		grow->data = data;
		grow->cap = cap;
	}
	return grow->data + grow->len;
}

void
file_grow_add(struct file_grow *grow, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(grow_reserve(grow, len), data, len);
	grow->len += len;
}

static void
grow_json(struct ty_arena *parent, struct file_grow *grow, const json_t *json)
{
	struct ty_arena *arena = ty_arena_new(parent, "json", 0);
	size_t len;
	const char *text = ty_json_dump(arena, json, &len);

	file_grow_add(grow, text, len);
	ty_arena_free(arena);
}

/* ---- for tools ---- */

size_t
file_len(const struct file_work *work)
{
	return work->bytes.len - work->begun;
}

enum ty_code
file_reserve(struct file_work *work, size_t len, char **ret_room, struct ty_err *err)
{
	if (len > FILE_OUT_BYTES_MAX - (work->bytes.len - work->room)) {
		ty_err_set(err, TY_E_LIMIT, "the result has more than %d bytes",
			   FILE_OUT_BYTES_MAX);
		return ty_err_hint(err, "Take fewer or smaller files at a time.");
	}
	*ret_room = grow_reserve(&work->bytes, len);
	return TY_OK;
}

void
file_extend(struct file_work *work, size_t len)
{
	work->bytes.len += len;
}

enum ty_code
file_add(struct file_work *work, const void *data, size_t len, struct ty_err *err)
{
	char *room;

	if (len == 0)
		return TY_OK;
	if (file_reserve(work, len, &room, err) != TY_OK)
		return err->code;
	memcpy(room, data, len);
	file_extend(work, len);
	return TY_OK;
}

void
file_end(struct file_work *work, const char *key, const char *name, const char *mime)
{
	json_array_append_new(work->out,
			      json_pack("{s:s, s:s, s:s, s:I}", "key", key, "name", name, "mime",
					mime, "bytes", (json_int_t)file_len(work)));
	work->begun = work->bytes.len;
}

bool
file_is_too_dense(size_t in, size_t out)
{
	return out > RATIO_FREE_BYTES && out / RATIO_MAX > in;
}

enum ty_code
file_too_dense(struct ty_err *err, const char *what)
{
	ty_err_set(err, TY_E_LIMIT,
		   "%s unpacks to more than %d times its size, so it is taken for a bomb", what,
		   RATIO_MAX);
	return ty_err_hint(err, "Have it packed otherwise, if its content is meant to be so even.");
}

enum ty_code
file_item(struct file_work *work, json_t *json, struct ty_err *err)
{
	json_t *item = json_pack("{s:o, s:O}", "json", json, "files", work->out);

	if (work->item_count++ > 0)
		file_grow_add(&work->text, ",", 1);
	grow_json(work->arena, &work->text, item);
	json_decref(item);
	json_array_clear(work->out);
	if (work->text.len <= FILE_JSON_BYTES_MAX)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "the result has more than %d bytes of JSON",
		   FILE_JSON_BYTES_MAX);
	return ty_err_hint(err, "Read it in parts.");
}

/* ---- the answer ---- */

static const struct file_tool *
find(const char *name)
{
	for (size_t i = 0; file_tools[i] != NULL; i++)
		if (ty_str_eq(file_tools[i]->name, name))
			return file_tools[i];
	return NULL;
}

/* Files of the request: their bytes lie one behind the other. */
static enum ty_code
files_of(struct file_work *work, const json_t *list, const struct ty_parcel *parcel,
	 struct ty_err *err)
{
	struct file_in *files =
		ty_arena_alloc_array(work->arena, json_array_size(list) + 1, sizeof(*files));
	size_t at = 0, i;
	json_t *file;

	json_array_foreach((json_t *)list, i, file)
	{
		int64_t bytes = ty_json_int(file, "bytes", -1);

		if (bytes < 0 || (size_t)bytes > parcel->bytes_len - at)
			return ty_err_set(err, TY_E_INVALID,
					  "the files have other bytes than said");
		files[i] = (struct file_in){ ty_json_str(file, "name", ""),
					     ty_json_str(file, "mime", ""), parcel->bytes + at,
					     (size_t)bytes };
		at += (size_t)bytes;
	}
	work->files = files;
	work->file_count = json_array_size(list);
	return TY_OK;
}

static enum ty_code
work_do(struct file_work *work, const char *body, size_t len, struct ty_err *err)
{
	const struct file_tool *tool;
	struct ty_parcel parcel;
	json_t *asked;

	if (!ty_parcel_split(body, len, &parcel))
		return ty_err_set(err, TY_E_INVALID, "the request is broken");
	if (ty_json_parse_stored(work->arena, parcel.text, parcel.text_len, &asked, err) != TY_OK)
		return err->code;
	tool = find(ty_json_str(asked, "tool", ""));
	if (tool == NULL)
		return ty_err_set(err, TY_E_INVALID, "there is no such tool");
	work->options = ty_json_obj(asked, "options");
	work->items = ty_json_arr(asked, "items");
	work->secrets = ty_json_arr(asked, "secrets");
	work->now_ms = ty_json_int(asked, "now_ms", 0);
	if (files_of(work, ty_json_arr(asked, "files"), &parcel, err) != TY_OK)
		return err->code;
	return tool->run(work, err);
}

/* Replace bytes that are no UTF-8 by "?", because messages quote names of any bytes, and cut them anywhere. */
static void
mend(char *text)
{
	size_t len = strlen(text), n;

	for (size_t at = 0; at < len; at += n) {
		for (n = 1; n <= 4 && at + n <= len && !ty_str_is_utf8(text + at, n); n++)
			;
		if (n <= 4 && at + n <= len)
			continue;
		text[at] = '?';
		n = 1;
	}
}

static void
answer_failed(struct file_work *work, struct ty_err *err)
{
	json_t *error, *answer;

	mend(err->msg);
	error = json_pack("{s:s, s:s}", "message", err->msg, "name", "Error");
	answer = json_pack("{s:b, s:o}", "ok", 0, "error", error);
	if (err->hint[0] != '\0')
		json_object_set_new(error, "hint", json_string(err->hint));
	work->bytes.len = work->room;
	grow_json(work->arena, &work->bytes, answer);
	json_decref(answer);
}

/* The items' text goes behind the files' bytes. */
static void
answer_whole(struct file_work *work)
{
	static const char begin[] = "{\"ok\":true,\"items\":[",
			  middle[] = "],\"tool\":", end[] = "}";
	json_t *library = ty_json_own(work->arena, json_string(work->library));

	grow_reserve(&work->bytes, work->text.len + 4096);
	file_grow_add(&work->bytes, begin, sizeof(begin) - 1);
	file_grow_add(&work->bytes, work->text.data, work->text.len);
	file_grow_add(&work->bytes, middle, sizeof(middle) - 1);
	grow_json(work->arena, &work->bytes, library);
	file_grow_add(&work->bytes, end, sizeof(end) - 1);
}

char *
file_tool_answer(const char *body, size_t len, size_t room, size_t *ret_len)
{
	struct file_work work = { .arena = ty_arena_new(NULL, "files", 0), .library = "" };
	struct ty_err err = { .code = TY_OK };
	size_t bytes;

	work.room = work.begun = room + TY_PARCEL_HEADER_SIZE;
	grow_reserve(&work.bytes, work.room);
	work.bytes.len = work.room;
	work.out = ty_json_own(work.arena, json_array());
	if (work_do(&work, body, len, &err) == TY_OK) {
		bytes = work.bytes.len - work.room;
		answer_whole(&work);
	} else {
		bytes = 0;
		answer_failed(&work, &err);
	}
	ty_parcel_header_format(bytes, work.bytes.data + room);
	*ret_len = work.bytes.len - room;
	free(work.text.data);
	ty_arena_free(work.arena);
	return work.bytes.data;
}
