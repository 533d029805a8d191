/*
 * part.c -- see part.h.
 */
#include "body/part.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

enum ty_code
ty_form_broken(struct ty_err *err, const char *what)
{
	ty_err_set(err, TY_E_MALFORMED, "The multipart body %s", what);
	return ty_err_hint(err,
			   "Its boundary is in the Content-Type; each part ends with it, and the "
			   "last one with two dashes behind it.");
}

bool
ty_form_delimiter_ends(const char *s, const char *end, const char **ret_next, bool *ret_is_last)
{
	*ret_is_last = end - s >= 2 && s[0] == '-' && s[1] == '-';
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	*ret_next = s < end ? s + 1 : end;
	return *ret_is_last || (s < end && *s == '\n');
}

/* filename*=UTF-8''... (RFC 5987): not of form-data, but sent. */
static void
filename_star(struct ty_arena *arena, const char *params, struct ty_form_part *part)
{
	char text[TY_FORM_NAME_BYTES_MAX];
	const char *value, *decoded;
	size_t len;

	if (!ty_body_param(params, "filename*", text, sizeof(text)))
		return;
	value = strchr(text, '\'');
	value = value != NULL ? strchr(value + 1, '\'') : NULL;
	if (value == NULL)
		return;
	decoded = ty_str_url_decode(arena, value + 1, strlen(value + 1), false, &len);
	if (decoded == NULL || len >= sizeof(part->filename))
		return;
	memcpy(part->filename, decoded, len + 1);
	part->is_file = true;
}

static void
header_read(struct ty_arena *arena, const char *line, struct ty_form_part *part)
{
	static const char disposition[] = "content-disposition:", type[] = "content-type:",
			  transfer[] = "content-transfer-encoding:";

	if (strncasecmp(line, disposition, sizeof(disposition) - 1) == 0) {
		const char *params = line + strcspn(line, ";");

		part->has_name = ty_body_param(params, "name", part->name, sizeof(part->name));
		part->is_file =
			ty_body_param(params, "filename", part->filename, sizeof(part->filename));
		filename_star(arena, params, part);
	} else if (strncasecmp(line, type, sizeof(type) - 1) == 0) {
		ty_body_type_parse(line + sizeof(type) - 1, &part->type);
	} else if (strncasecmp(line, transfer, sizeof(transfer) - 1) == 0) {
		part->transfer = ty_transfer_parse(line + sizeof(transfer) - 1);
	}
}

bool
ty_form_part_read(struct ty_arena *arena, const char **at, const char *end,
		  struct ty_form_part *part)
{
	const char *begin = *at, *s = *at;

	while (s < end && s - begin < TY_FORM_PART_HEADERS_BYTES_MAX) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));
		size_t len;

		if (stop == NULL)
			return false;
		len = (size_t)(stop - s);
		if (len > 0 && s[len - 1] == '\r')
			len--;
		if (len == 0) {
			*at = stop + 1;
			return true;
		}
		/* The type's parameters are kept, so each line has a copy of its own. */
		header_read(arena, ty_arena_strndup(arena, s, len), part);
		s = stop + 1;
	}
	return false;
}
