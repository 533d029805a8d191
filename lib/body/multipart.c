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
#include "body/part.h"
#include "body/type.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <string.h>

struct part {
	struct ty_form_part head;
	struct ty_text content;
};

/* A line that is the delimiter, with or without the two dashes of the last one. */
struct delimiter {
	struct ty_text text; /* "--" and the boundary */
	const char *line;    /* where it begins */
	const char *next;    /* the line behind it */
	bool is_last;
};

/* The next one at or after 's'; false: there is none. */
static bool
delimiter_find(struct delimiter *d, const char *begin, const char *s, const char *end)
{
	while (s < end) {
		d->line = memmem(s, (size_t)(end - s), d->text.s, d->text.len);
		if (d->line == NULL)
			return false;
		s = d->line + d->text.len;
		if ((d->line == begin || d->line[-1] == '\n') &&
		    ty_form_delimiter_ends(s, end, &d->next, &d->is_last))
			return true;
	}
	return false;
}

/* ---- its value ---- */

static const struct ty_charset *
part_charset(struct ty_form_body *form, const struct part *part, struct ty_arena *arena)
{
	const struct ty_charset *charset;
	char label[64];

	if (!ty_body_param(part->head.type.params, "charset", label, sizeof(label)))
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
			     (struct ty_text){ part->head.filename, strlen(part->head.filename) });
	const json_t *entry = json_array_get(form->files, form->file_count++);
	bool is_cut = ty_json_int(entry, "at", -1) >= 0;
	json_t *file = json_object();

	json_object_set_new(file, "filename", json_stringn(filename.s, filename.len));
	json_object_set_new(
		file, "type",
		ty_form_string(arena, part->head.type.name, strlen(part->head.type.name)));
	json_object_set_new(file, "bytes",
			    json_integer(is_cut ? ty_json_int(entry, "bytes", 0)
						: (json_int_t)part->content.len));
	if (!is_cut && part->content.len <= TY_LIMIT_INLINE_FILE_BYTES)
		json_object_set_new(
			file, "base64",
			json_string(ty_base64_encode(arena, part->content.s, part->content.len)));
	else if (entry == NULL)
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
	/* The reader stops at the limit; whoever is told wants to know all. */
	if (code == TY_E_LIMIT)
		how.values = ty_json_count(part->content.s, part->content.len);
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
	struct ty_text name =
		ty_form_text(arena, form, form->charset,
			     (struct ty_text){ part->head.name, strlen(part->head.name) });
	json_t *value = NULL;

	if (ty_form_count(form, err) != TY_OK)
		return err->code;
	if (part->head.is_file)
		value = file_value(arena, form, part);
	else if (part->head.type.kind == TY_BODY_KIND_JSON && part->content.len > 0) {
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

	if (part->head.is_file || strcmp(part->head.name, "_charset_") != 0 ||
	    form->charset != NULL)
		return;
	label = ty_arena_strndup(arena, part->content.s, part->content.len);
	form->charset = ty_charset_find(label);
	if (form->charset == NULL)
		form->unknown = label;
}

/* ---- the walk ---- */

size_t
ty_form_multipart_parts(struct ty_arena *arena, struct ty_text text, const char *boundary)
{
	struct delimiter d = { .text = { ty_arena_printf(arena, "--%s", boundary),
					 strlen(boundary) + 2 },
			       .next = text.s };
	size_t count = 0;

	while (boundary[0] != '\0' && !d.is_last &&
	       delimiter_find(&d, text.s, d.next, text.s + text.len))
		count += !d.is_last;
	return count;
}

static bool
is_cut(const struct ty_form_body *form, const struct part *part)
{
	return part->head.is_file &&
	       ty_json_int(json_array_get(form->files, form->file_count), "at", -1) >= 0;
}

/* One part, whose headers begin at 'at' and whose delimiter begins at 'line'. */
static enum ty_code
part_read(struct ty_arena *arena, struct ty_form_body *form, const char *at, const char *line,
	  json_t *json, struct ty_err *err)
{
	struct part part = { .head.type.params = "" };

	if (!ty_form_part_read(arena, &at, line, &part.head))
		return ty_form_broken(err, "has a part whose headers do not end");
	if (line > at && line[-1] == '\n')
		line--;
	if (line > at && line[-1] == '\r')
		line--;
	part.content = (struct ty_text){ at, line > at ? (size_t)(line - at) : 0 };
	/* A file that was cut out of the body is kept as it was sent. */
	if (is_cut(form, &part) ? part.head.transfer != TY_TRANSFER_NONE
				: !ty_transfer_undo(arena, part.head.transfer, &part.content))
		form->encoded = true;
	if (!part.head.has_name)
		return TY_OK; /* a part without a name can be no field */
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
		return ty_form_broken(err, "has no boundary");
	if (!delimiter_find(&d, begin, begin, end))
		return ty_form_broken(err, "does not have its boundary in it");
	while (!d.is_last) {
		const char *at = d.next;

		if (!delimiter_find(&d, begin, at, end))
			return ty_form_broken(err, "is cut off: its last boundary is missing");
		if (part_read(arena, form, at, d.line, json, err) != TY_OK)
			return err->code;
	}
	*ret_json = json;
	return TY_OK;
}
