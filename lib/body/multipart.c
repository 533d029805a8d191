/*
 * multipart.c -- multipart/form-data (RFC 7578) as an object: see form.h.
 *
 * One walk over the text from delimiter to delimiter.  A delimiter is at the beginning of a line; lines
 * may end in CR LF or in LF alone, as hand-written senders have it.
 */
#include "body/form.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "body/type.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <string.h>
#include <strings.h>

/* A part's headers that count are a name, a file's name and a type. */
#define PART_HEADERS_BYTES_MAX 8192
#define NAME_MAX_BYTES	       1024

struct part {
	char name[NAME_MAX_BYTES], filename[NAME_MAX_BYTES];
	bool has_name, is_file;
	struct ty_body_type type;
	struct ty_text content;
};

static enum ty_code
broken(struct ty_err *err, const char *what)
{
	ty_err_set(err, TY_E_MALFORMED, "The multipart body %s", what);
	return ty_err_hint(err,
			   "Its boundary is in the Content-Type; each part ends with it, and the "
			   "last one with two dashes behind it.");
}

/* A line that is the delimiter, with or without the two dashes of the last one. */
struct delimiter {
	struct ty_text text; /* "--" and the boundary */
	const char *line;    /* where it begins */
	const char *next;    /* the line behind it */
	bool is_last;
};

/* Is what is behind a boundary a delimiter's: two dashes, or blanks and the end of the line? */
static bool
delimiter_ends(struct delimiter *d, const char *s, const char *end)
{
	d->is_last = end - s >= 2 && s[0] == '-' && s[1] == '-';
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	d->next = s < end ? s + 1 : end;
	return d->is_last || (s < end && *s == '\n');
}

/* The next one at or after 's'; false: there is none. */
static bool
delimiter_find(struct delimiter *d, const char *begin, const char *s, const char *end)
{
	while (s < end) {
		d->line = memmem(s, (size_t)(end - s), d->text.s, d->text.len);
		if (d->line == NULL)
			return false;
		s = d->line + d->text.len;
		if ((d->line == begin || d->line[-1] == '\n') && delimiter_ends(d, s, end))
			return true;
	}
	return false;
}

/* ---- a part's headers ---- */

/* filename*=UTF-8''... (RFC 5987): not of form-data, but sent. */
static void
filename_star(struct ty_arena *arena, const char *params, struct part *part)
{
	char text[NAME_MAX_BYTES];
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
header_read(struct ty_arena *arena, const char *line, struct part *part)
{
	static const char disposition[] = "content-disposition:", type[] = "content-type:";

	if (strncasecmp(line, disposition, sizeof(disposition) - 1) == 0) {
		const char *params = line + strcspn(line, ";");

		part->has_name = ty_body_param(params, "name", part->name, sizeof(part->name));
		part->is_file =
			ty_body_param(params, "filename", part->filename, sizeof(part->filename));
		filename_star(arena, params, part);
	} else if (strncasecmp(line, type, sizeof(type) - 1) == 0) {
		ty_body_type_parse(line + sizeof(type) - 1, &part->type);
	}
}

/* The headers at *at, and *at behind the empty line that ends them. */
static bool
headers_read(struct ty_arena *arena, const char **at, const char *end, struct part *part)
{
	const char *begin = *at, *s = *at;

	while (s < end && s - begin < PART_HEADERS_BYTES_MAX) {
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

/* ---- its value ---- */

static const struct ty_charset *
part_charset(struct ty_form_body *form, const struct part *part, struct ty_arena *arena)
{
	const struct ty_charset *charset;
	char label[64];

	if (!ty_body_param(part->type.params, "charset", label, sizeof(label)))
		return form->charset;
	charset = ty_charset_find(label);
	if (charset == NULL)
		form->unknown = ty_arena_strdup(arena, label);
	return charset;
}

static json_t *
file_value(struct ty_arena *arena, struct ty_form_body *form, const struct part *part)
{
	struct ty_text filename =
		ty_form_text(arena, form, form->charset,
			     (struct ty_text){ part->filename, strlen(part->filename) });
	json_t *file = json_object();

	json_object_set_new(file, "filename", json_stringn(filename.s, filename.len));
	json_object_set_new(file, "type",
			    ty_form_string(arena, part->type.name, strlen(part->type.name)));
	json_object_set_new(file, "bytes", json_integer((json_int_t)part->content.len));
	if (part->content.len <= TY_LIMIT_INLINE_FILE_BYTES)
		json_object_set_new(
			file, "base64",
			json_string(ty_base64_encode(arena, part->content.s, part->content.len)));
	else
		form->left_out = true;
	return file;
}

static json_t *
field_value(struct ty_arena *arena, struct ty_form_body *form, const struct part *part)
{
	struct ty_text text =
		ty_form_text(arena, form, part_charset(form, part, arena), part->content);

	return json_stringn(text.s, text.len);
}

/* A part that says JSON and is none stays the text that it is. */
static enum ty_code
json_value(struct ty_arena *arena, struct ty_form_body *form, const struct part *part,
	   json_t **ret_value, struct ty_err *err)
{
	struct ty_json_read how = { .foreign = true };
	enum ty_code code;
	json_t *json;

	if (form->values_max > 0)
		how.values_max = form->values_max - form->values + 1;
	code = ty_json_read(arena, part->content.s, part->content.len, &how, &json, err);
	form->values += how.values > 0 ? how.values - 1 : 0; /* the part itself is counted */
	form->json_mended |= how.mended;
	if (code == TY_E_LIMIT)
		return code;
	*ret_value = code == TY_OK ? json_incref(json) : field_value(arena, form, part);
	ty_err_clear(err);
	return TY_OK;
}

static enum ty_code
part_add(struct ty_arena *arena, struct ty_form_body *form, const struct part *part, json_t *json,
	 struct ty_err *err)
{
	struct ty_text name = ty_form_text(arena, form, form->charset,
					   (struct ty_text){ part->name, strlen(part->name) });
	json_t *value = NULL;

	if (ty_form_count(form, err) != TY_OK)
		return err->code;
	if (part->is_file)
		value = file_value(arena, form, part);
	else if (part->type.kind == TY_BODY_JSON && part->content.len > 0) {
		if (json_value(arena, form, part, &value, err) != TY_OK)
			return err->code;
	} else {
		value = field_value(arena, form, part);
	}
	ty_form_add(json, name.s, value);
	return TY_OK;
}

/* _charset_ says the charset of the parts behind it (RFC 7578, 4.6). */
static void
charset_part(struct ty_arena *arena, struct ty_form_body *form, const struct part *part)
{
	const char *label;

	if (part->is_file || strcmp(part->name, "_charset_") != 0 || form->charset != NULL)
		return;
	label = ty_arena_strndup(arena, part->content.s, part->content.len);
	form->charset = ty_charset_find(label);
	if (form->charset == NULL)
		form->unknown = label;
}

/* ---- the walk ---- */

/* One part, whose headers begin at 'at' and whose delimiter begins at 'line'. */
static enum ty_code
part_read(struct ty_arena *arena, struct ty_form_body *form, const char *at, const char *line,
	  json_t *json, struct ty_err *err)
{
	struct part part = { .type.params = "" };

	if (!headers_read(arena, &at, line, &part))
		return broken(err, "has a part whose headers do not end");
	if (line > at && line[-1] == '\n')
		line--;
	if (line > at && line[-1] == '\r')
		line--;
	part.content = (struct ty_text){ at, line > at ? (size_t)(line - at) : 0 };
	if (!part.has_name)
		return TY_OK; /* nothing that a field could be called */
	charset_part(arena, form, &part);
	return part_add(arena, form, &part, json, err);
}

enum ty_code
ty_form_multipart(struct ty_arena *arena, const char *boundary, struct ty_form_body *form,
		  json_t **ret_json, struct ty_err *err)
{
	const char *begin = form->text.s, *end = form->text.s + form->text.len;
	struct delimiter d = { .text = { ty_arena_printf(arena, "--%s", boundary),
					 strlen(boundary) + 2 } };
	json_t *json = ty_json_own(arena, json_object());

	if (boundary[0] == '\0')
		return broken(err, "has no boundary");
	if (!delimiter_find(&d, begin, begin, end))
		return broken(err, "does not have its boundary in it");
	while (!d.is_last) {
		const char *at = d.next;

		if (!delimiter_find(&d, begin, at, end))
			return broken(err, "is cut off: its last boundary is missing");
		if (part_read(arena, form, at, d.line, json, err) != TY_OK)
			return err->code;
	}
	*ret_json = json;
	return TY_OK;
}
