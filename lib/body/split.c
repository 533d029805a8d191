/*
 * split.c -- see split.h.
 *
 *	TEXT --delimiter--> HEADERS --a file's--> FILE --delimiter--> HEADERS ... --last--> END
 *	  ^                    |
 *	  +----- a field's ----+
 *
 * A window holds what has not been settled yet: of a part, the bytes that may be the beginning of a
 * delimiter; of headers, all of them.
 */
#include "body/split.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <string.h>

/* A piece, with headers and a delimiter that began before it. */
#define WINDOW_BYTES (32 * 1024)
/* Bytes that can follow a boundary in its line: dashes and blanks.  A longer line is no delimiter. */
#define LINE_REST_MAX 128

enum state { TEXT, HEADERS, FILE_BYTES, END };

struct ty_body_split {
	struct ty_arena *arena;
	struct ty_body_split_to to;
	enum state state;
	char *boundary; /* "--" and the boundary */
	size_t boundary_len, skeleton_max;
	struct ty_buf skeleton;
	char window[WINDOW_BYTES];
	size_t len;
	bool is_line;  /* the window begins a line */
	bool has_part; /* a delimiter was met */
};

struct ty_body_split *
ty_body_split_new(struct ty_arena *arena, const char *boundary, size_t skeleton_max,
		  const struct ty_body_split_to *to)
{
	struct ty_body_split *split = ty_arena_new_of(arena, struct ty_body_split);

	split->arena = arena;
	split->to = *to;
	split->boundary = ty_arena_printf(arena, "--%s", boundary);
	split->boundary_len = strlen(split->boundary);
	split->skeleton_max = skeleton_max;
	split->is_line = true;
	ty_buf_init(&split->skeleton, arena, 4096);
	return split;
}

/* ---- what is settled leaves the window ---- */

static enum ty_code
keep(struct ty_body_split *split, size_t len, struct ty_err *err)
{
	if (split->skeleton.len + len > split->skeleton_max) {
		ty_err_set(err, TY_E_TOO_LARGE,
			   "The fields of the multipart body are over %zu bytes together",
			   split->skeleton_max);
		return ty_err_hint(err, "Send what is large as a file: a part with a filename.");
	}
	ty_buf_add(&split->skeleton, split->window, len);
	return TY_OK;
}

static void
shift(struct ty_body_split *split, size_t len)
{
	if (len > 0)
		split->is_line = split->window[len - 1] == '\n';
	memmove(split->window, split->window + len, split->len - len);
	split->len -= len;
}

/* 'len' bytes of the window belong to the part, or to what is before the first. */
static enum ty_code
settle(struct ty_body_split *split, size_t len, struct ty_err *err)
{
	enum ty_code code = TY_OK;

	if (len == 0)
		return TY_OK;
	code = split->state == FILE_BYTES
		       ? split->to.file_bytes(split->to.ctx, split->window, len, err)
		       : keep(split, len, err);
	if (code == TY_OK)
		shift(split, len);
	return code;
}

/* ---- delimiters ---- */

struct found {
	size_t begin, end; /* of the delimiter's line */
	bool is_last;
};

/* A boundary at 'at' of the window, at the beginning of a line: true where its line is a delimiter. */
static bool
is_delimiter(const struct ty_body_split *split, size_t at, struct found *ret)
{
	const char *rest = split->window + at + split->boundary_len, *next;

	if (at > 0 ? split->window[at - 1] != '\n' : !split->is_line)
		return false;
	if (!ty_form_delimiter_ends(rest, split->window + split->len, &next, &ret->is_last))
		return false;
	ret->begin = at;
	ret->end = (size_t)(next - split->window);
	return true;
}

/*
 * The next delimiter.  False: there is none in the window; *ret_open is where an unfinished one may
 * begin, all before it is no delimiter's.
 */
static bool
find(const struct ty_body_split *split, bool is_end, struct found *ret, size_t *ret_open)
{
	size_t at = 0, open;
	const char *hit;

	while ((hit = memmem(split->window + at, split->len - at, split->boundary,
			     split->boundary_len)) != NULL) {
		at = (size_t)(hit - split->window);
		open = split->len - at - split->boundary_len;
		/* The line has not ended yet: it may be a delimiter, or the last one. */
		if (!is_end && open <= LINE_REST_MAX &&
		    memchr(hit, '\n', split->len - at) == NULL) {
			*ret_open = at;
			return false;
		}
		if (is_delimiter(split, at, ret))
			return true;
		at++;
	}
	open = split->boundary_len;
	*ret_open = is_end || split->len < open ? (is_end ? split->len : 0) : split->len - open;
	return false;
}

/* The line end before a delimiter is the delimiter's. */
static size_t
content_end(const struct ty_body_split *split, size_t at)
{
	if (at > 0 && split->window[at - 1] == '\n')
		at--;
	if (at > 0 && split->window[at - 1] == '\r')
		at--;
	return at;
}

static enum ty_code
delimiter_take(struct ty_body_split *split, const struct found *found, struct ty_err *err)
{
	size_t content = content_end(split, found->begin);

	if (settle(split, content, err) != TY_OK)
		return err->code;
	if (split->state == FILE_BYTES && split->to.file_end(split->to.ctx, err) != TY_OK)
		return err->code;
	split->state = TEXT;
	if (settle(split, found->end - content, err) != TY_OK)
		return err->code;
	split->has_part = true;
	split->state = found->is_last ? END : HEADERS;
	return TY_OK;
}

/* ---- headers ---- */

static enum ty_code
headers_take(struct ty_body_split *split, bool *ret_more, struct ty_err *err)
{
	const char *at = split->window;
	struct ty_form_part part = { .type.params = "" };
	bool is_file;

	if (!ty_form_part_read(split->arena, &at, split->window + split->len, &part)) {
		*ret_more = true;
		if (split->len >= TY_FORM_PART_HEADERS_BYTES_MAX)
			return ty_form_broken(err, "has a part whose headers do not end");
		return TY_OK;
	}
	is_file = part.is_file && part.has_name;
	split->state = TEXT;
	if (settle(split, (size_t)(at - split->window), err) != TY_OK)
		return err->code;
	if (!is_file)
		return TY_OK;
	split->state = FILE_BYTES;
	return split->to.file_begin(split->to.ctx, &part, split->skeleton.len, err);
}

/* ---- the walk ---- */

/* Settle what can be; *ret_more: nothing more can be without further bytes. */
static enum ty_code
step(struct ty_body_split *split, bool is_end, bool *ret_more, struct ty_err *err)
{
	struct found found;
	size_t open = split->len;

	*ret_more = split->len == 0;
	if (*ret_more)
		return TY_OK;
	if (split->state == HEADERS)
		return headers_take(split, ret_more, err);
	if (split->state == END)
		return settle(split, split->len, err);
	if (find(split, is_end, &found, &open))
		return delimiter_take(split, &found, err);
	*ret_more = true;
	/* The line end before an unfinished delimiter may be the delimiter's. */
	return settle(split, is_end ? open : content_end(split, open), err);
}

static enum ty_code
walk(struct ty_body_split *split, bool is_end, struct ty_err *err)
{
	bool more = false;

	while (!more)
		if (step(split, is_end, &more, err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
ty_body_split_add(struct ty_body_split *split, const void *data, size_t len, struct ty_err *err)
{
	const char *at = data;

	while (len > 0) {
		size_t room = sizeof(split->window) - split->len, n = len < room ? len : room;

		memcpy(split->window + split->len, at, n);
		split->len += n;
		at += n;
		len -= n;
		if (walk(split, false, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

enum ty_code
ty_body_split_end(struct ty_body_split *split, const char **ret_skeleton, size_t *ret_len,
		  struct ty_err *err)
{
	if (walk(split, true, err) != TY_OK)
		return err->code;
	if (!split->has_part)
		return ty_form_broken(err, "does not have its boundary in it");
	if (split->state != END)
		return ty_form_broken(err, "is cut off: its last boundary is missing");
	*ret_skeleton = split->skeleton.data;
	*ret_len = split->skeleton.len;
	return TY_OK;
}
