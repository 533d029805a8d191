/*
 * filed.h -- file tools asked as tyboo-run asks them: files and options in, items and files out.
 */
#ifndef TY_TESTS_PARSE_FILED_H
#define TY_TESTS_PARSE_FILED_H

#include "support/common.h"
#include "support/fake_ops.h"

#include "parse/file_tool.h"
#include "sandbox/parcel.h"
#include "unit/engine/flow.h"

struct filed_in {
	const char *name;
	const char *data;
	size_t len;
};

/* What came back; all in fx.arena. */
struct filed {
	const json_t *answer, *items; /* items NULL: it failed */
	const char *message;	      /* "" = it did not fail */
	const char *bytes;
	size_t bytes_len;
};

/* 'more': further members of the request; NULL = none. */
static inline struct filed
filed_with(const char *tool, const char *options, const struct filed_in *files, size_t count,
	   const json_t *more)
{
	json_t *list = json_array(), *asked;
	struct ty_buf buf;
	struct ty_parcel parcel;
	struct filed out = { .message = "" };
	struct ty_err err = { .code = TY_OK };
	char head[TY_PARCEL_HEADER_SIZE], *answer;
	const char *text;
	size_t len, total = 0;
	json_t *json;

	ty_buf_init(&buf, fx.arena, 256);
	for (size_t i = 0; i < count; i++)
		total += files[i].len;
	ty_parcel_header_format(total, head);
	ty_buf_add(&buf, head, sizeof(head));
	for (size_t i = 0; i < count; i++) {
		ty_buf_add(&buf, files[i].data, files[i].len);
		json_array_append_new(list, json_pack("{s:s, s:I}", "name", files[i].name, "bytes",
						      (json_int_t)files[i].len));
	}
	asked = ty_json_own(fx.arena,
			    json_pack("{s:s, s:s, s:O, s:o, s:I}", "kind", "tool", "tool", tool,
				      "options", fake_json(fx.arena, quoted(options)), "files",
				      list, "now_ms", (json_int_t)FAKE_NOW_MS));
	if (more != NULL)
		json_object_update(asked, (json_t *)more);
	text = ty_json_dump(fx.arena, asked, &len);
	ty_buf_add(&buf, text, len);
	answer = file_tool_answer(buf.data, buf.len, 3, &len);
	text = ty_arena_memdup(fx.arena, answer + 3, len + 1);
	free(answer);
	ck_assert(ty_parcel_split(text, len, &parcel));
	ck_assert_msg(ty_json_parse_stored(fx.arena, parcel.text, parcel.text_len, &json, &err) ==
			      TY_OK,
		      "%s", err.msg);
	out.answer = json;
	out.bytes = parcel.bytes;
	out.bytes_len = parcel.bytes_len;
	if (ty_json_bool(json, "ok", false))
		out.items = ty_json_arr(json, "items");
	else
		out.message = ty_json_str(ty_json_obj(json, "error"), "message", "?");
	return out;
}

static inline struct filed
filed_items(const char *tool, const char *options, const struct filed_in *files, size_t count,
	    const json_t *items)
{
	const json_t *more = ty_json_own(fx.arena, json_pack("{s:O*}", "items", items));

	return filed_with(tool, options, files, count, more);
}

static inline struct filed
filed(const char *tool, const char *options, const struct filed_in *files, size_t count)
{
	return filed_items(tool, options, files, count, NULL);
}

/* The files of an answer as "key name bytes; ..." in order, and where the bytes of the n-th are. */
static inline struct filed_in
filed_file(const struct filed *out, size_t n)
{
	struct filed_in found = { .name = NULL };
	size_t at = 0, seen = 0, i, k;
	json_t *item, *file;

	json_array_foreach((json_t *)out->items, i, item)
	{
		json_array_foreach(json_object_get(item, "files"), k, file)
		{
			size_t len = (size_t)ty_json_int(file, "bytes", 0);

			if (seen++ == n)
				found = (struct filed_in){ ty_json_str(file, "name", ""),
							   out->bytes + at, len };
			at += len;
		}
	}
	ck_assert_uint_eq(at, out->bytes_len);
	return found;
}

#endif
