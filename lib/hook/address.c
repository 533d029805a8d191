/*
 * address.c -- see address.h.
 */
#include "hook/address.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
/* RFC 3986, 3.3: pchar, without the percent sign of an escape. */
#define PCHARS LETTERS DIGITS "-._~!$&'()*+,;=:@"

/* A piece of a path; not NUL-terminated. */
struct segment {
	const char *s;
	size_t len;
};

/* The next segment of what is left; false at the end.  "" has none, "a/" has "a" and "". */
static bool
segment_next(const char **at, struct segment *ret_segment)
{
	const char *begin = *at;

	if (begin == NULL || (begin[0] == '\0' && ret_segment->s == NULL))
		return false;
	*ret_segment = (struct segment){ begin, strcspn(begin, "/") };
	*at = begin[ret_segment->len] == '/' ? begin + ret_segment->len + 1 : NULL;
	return true;
}

static bool
segment_is(const struct segment *segment, const char *text)
{
	return strlen(text) == segment->len && memcmp(segment->s, text, segment->len) == 0;
}

static bool
segment_is_dots(const struct segment *segment)
{
	return segment_is(segment, ".") || segment_is(segment, "..");
}

static bool
segment_is_param(const struct segment *segment)
{
	return segment->len > 0 && segment->s[0] == ':';
}

static void
put_normal(struct ty_buf *buf, const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c != '\0' && strchr(PCHARS, c) != NULL) {
			ty_buf_add_char(buf, (char)c);
			continue;
		}
		ty_buf_add_char(buf, '%');
		ty_buf_add_char(buf, hex[c >> 4]);
		ty_buf_add_char(buf, hex[c & 15]);
	}
}

char *
ty_hook_path_join(struct ty_arena *arena, const char *const *segments, size_t count)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 64);
	if (count > 1 && segments[count - 1][0] == '\0')
		count--;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			ty_buf_add_char(&buf, '/');
		put_normal(&buf, segments[i], strlen(segments[i]));
	}
	return buf.data;
}

char *
ty_hook_path_normal(struct ty_arena *arena, const char *path)
{
	struct segment segment = { NULL, 0 };
	const char *at = path;
	struct ty_buf buf;
	size_t count = 0;

	ty_buf_init(&buf, arena, strlen(path) + 1);
	while (segment_next(&at, &segment)) {
		size_t len;
		const char *decoded = ty_str_url_decode(arena, segment.s, segment.len, false, &len);

		if (decoded == NULL)
			return NULL;
		if (at == NULL && len == 0 && count > 0)
			break; /* the final slash */
		if (count++ > 0)
			ty_buf_add_char(&buf, '/');
		put_normal(&buf, decoded, len);
	}
	return buf.data;
}

/* ---- what may be claimed ---- */

static bool
name_is_valid(const struct segment *segment)
{
	const char *name = segment->s + 1;
	size_t len = segment->len - 1;

	return len > 0 && strchr(DIGITS, name[0]) == NULL &&
	       strspn(name, LETTERS DIGITS "_") >= len;
}

/* Is this parameter's name among those of the segments before it? */
static bool
name_is_taken(const char *path, const struct segment *segment)
{
	struct segment earlier = { NULL, 0 };
	const char *at = path;

	while (segment_next(&at, &earlier) && earlier.s < segment->s) {
		if (earlier.len == segment->len && segment_is_param(&earlier) &&
		    memcmp(earlier.s, segment->s, segment->len) == 0)
			return true;
	}
	return false;
}

static bool
fault_set(struct ty_hook_path_fault *ret_fault, const char *message, const char *hint)
{
	*ret_fault = (struct ty_hook_path_fault){ message, hint };
	return true;
}

static bool
segment_fault(const char *path, const struct segment *segment, struct ty_hook_path_fault *ret_fault)
{
	if (segment->len == 0)
		return fault_set(ret_fault, "has an empty part",
				 "Write it without a slash at its beginning and without //, as in "
				 "github/pushes.");
	if (segment_is_dots(segment))
		return fault_set(ret_fault, "has the part . or ..",
				 "Leave that part out: senders resolve it before they send, so "
				 "nothing would come here.");
	if (!segment_is_param(segment))
		return false;
	if (!name_is_valid(segment))
		return fault_set(ret_fault, "has a parameter without a proper name",
				 "Name it as in orders/:id, of letters, digits and _, and no digit "
				 "first.");
	if (name_is_taken(path, segment))
		return fault_set(ret_fault, "has two parameters of one name",
				 "Give each its own name, as in orders/:order/items/:item.");
	return false;
}

bool
ty_hook_path_fault(struct ty_arena *arena, const char *path, struct ty_hook_path_fault *ret_fault)
{
	struct segment segment = { NULL, 0 };
	const char *at;

	if (path[strspn(path, PCHARS "%/")] != '\0')
		return fault_set(
			ret_fault, "has a character that an address cannot have as it is",
			"Use letters, digits, and - . _ ~ /; write any other as %XX of its "
			"UTF-8 bytes.");
	path = ty_hook_path_normal(arena, path);
	if (path == NULL)
		return fault_set(ret_fault, "has a broken escape",
				 "Write a percent sign as %25, any other byte as % and two "
				 "hexadecimal digits.");
	if (strlen(path) > TY_HOOK_PATH_BYTES_MAX)
		return fault_set(ret_fault, "is longer than 512 bytes", "Use a shorter one.");
	at = path;
	while (segment_next(&at, &segment)) {
		if (segment_fault(path, &segment, ret_fault))
			return true;
	}
	return segment.s == NULL &&
	       fault_set(ret_fault, "is empty", "Use something like orders/new.");
}

/* ---- shapes ---- */

char *
ty_hook_path_shape(struct ty_arena *arena, const char *path)
{
	struct segment segment = { NULL, 0 };
	const char *at = path;
	struct ty_buf buf;

	ty_buf_init(&buf, arena, strlen(path) + 1);
	while (segment_next(&at, &segment)) {
		ty_buf_add(&buf, segment.s, segment_is_param(&segment) ? 1 : segment.len);
		if (at != NULL)
			ty_buf_add_char(&buf, '/');
	}
	return buf.data;
}

bool
ty_hook_shape_has_params(const char *shape)
{
	return shape[0] == ':' || strstr(shape, "/:") != NULL;
}

bool
ty_hook_shape_takes(const char *shape, const char *path)
{
	struct segment want = { NULL, 0 }, have = { NULL, 0 };

	while (segment_next(&shape, &want)) {
		if (!segment_next(&path, &have) || have.len == 0 || segment_is_dots(&have))
			return false;
		if (!segment_is_param(&want) &&
		    (want.len != have.len || memcmp(want.s, have.s, want.len) != 0))
			return false;
	}
	return path == NULL;
}

json_t *
ty_hook_path_params(struct ty_arena *arena, const char *route, const char *path)
{
	json_t *params = ty_json_own(arena, json_object());
	struct segment want = { NULL, 0 }, have = { NULL, 0 };

	while (segment_next(&route, &want) && segment_next(&path, &have)) {
		size_t len;
		const char *value = ty_str_url_decode(arena, have.s, have.len, false, &len);

		if (segment_is_param(&want) && value != NULL)
			json_object_setn_new(params, want.s + 1, want.len - 1,
					     json_stringn(value, len));
	}
	return params;
}
