/*
 * file_tool.h -- tools that read files and make files, each a function from the one to the other.
 *
 * A request has the bytes of its files beside its JSON, and so has the answer (sandbox/parcel.h):
 *
 *   { "kind": "tool", "tool": "archive", "options": {}, "files": [ { "name", "mime", "bytes" } ], "items"?: [ {} ],
 *     "secrets"?: [ { "name", "value" } ] }
 *   { "ok": true, "items": [ { "json": {}, "files": [ { "key", "name", "mime", "bytes" } ] } ], "tool": library }
 *
 * As a tool of tool.h, one sees nothing else.  What it gives is counted while it comes out, because a small file
 * may stand for an endless one.
 */
#ifndef TY_PARSE_FILE_TOOL_H
#define TY_PARSE_FILE_TOOL_H

#include "json/json.h"

#include <stdint.h>

/* Bytes of all files that a request makes: what a step may hold.  With the bytes of those that it reads they fit
 * into the memory of the process. */
#define FILE_OUT_BYTES_MAX TY_LIMIT_STEP_BYTES
/* Bytes of the JSON of all items. */
#define FILE_JSON_BYTES_MAX TY_LIMIT_HTTP_RESPONSE_BYTES

struct file_in {
	const char *name, *mime;
	const char *data;
	size_t len;
};

/* malloc'd and grown in place, since an arena keeps what was outgrown. */
struct file_grow {
	char *data;
	size_t len, cap;
};

void file_grow_add(struct file_grow *grow, const void *data, size_t len);

struct file_work {
	struct ty_arena *arena;
	const json_t *options;
	const json_t *items;   /* NULL = none */
	const json_t *secrets; /* texts that no record has: { "name", "value" }; NULL = none */
	const struct file_in *files;
	size_t file_count;
	int64_t now_ms;	     /* the step's clock */
	const char *library; /* for the step's record; a tool may say more exactly which */
	/* The answer; for the functions below. */
	struct file_grow bytes, text;
	size_t room, begun; /* bytes in front of the first file; begin of the one under way */
	size_t item_count;
	json_t *out; /* files of the item under way */
};

struct file_tool {
	const char *name;
	/* Errors: TY_E_INVALID, TY_E_LIMIT. */
	enum ty_code (*run)(struct file_work *work, struct ty_err *err) TY_MUST_CHECK;
};

extern const struct file_tool file_tool_archive;
extern const struct file_tool file_tool_ical;
extern const struct file_tool file_tool_xlsx;

/* Tools of this program, up to a NULL. */
extern const struct file_tool *const file_tools[];

/* Bytes of a file: room for 'len' more, and that so many were written there.  Errors: TY_E_LIMIT. */
enum ty_code file_reserve(struct file_work *work, size_t len, char **ret_room,
			  struct ty_err *err) TY_MUST_CHECK;
void file_extend(struct file_work *work, size_t len);
enum ty_code file_add(struct file_work *work, const void *data, size_t len,
		      struct ty_err *err) TY_MUST_CHECK;
/* Bytes of the file under way. */
size_t file_len(const struct file_work *work);
/* End the file, which the next item has as 'key'. */
void file_end(struct file_work *work, const char *key, const char *name, const char *mime);
/*
 * Do so many bytes out of so many suit no file that somebody wrote?  deflate gives up to 1032 for one; only more than
 * a megabyte is judged.
 */
bool file_is_too_dense(size_t in, size_t out);
enum ty_code file_too_dense(struct ty_err *err, const char *what) TY_MUST_CHECK;
/* Give an item (steals 'json', an object) with the files that were ended since the last.  Errors: TY_E_LIMIT. */
enum ty_code file_item(struct file_work *work, json_t *json, struct ty_err *err) TY_MUST_CHECK;

/*
 * The answer to a body that has bytes: malloc'd, 'room' bytes and then *ret_len of answer.  Never fails: what is wrong
 * is in the answer.
 */
char *file_tool_answer(const char *body, size_t len, size_t room, size_t *ret_len);

#endif
