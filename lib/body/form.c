/*
 * form.c -- see form.h.
 */
#include "body/form.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/pair.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

json_t *
ty_form_string(struct ty_arena *arena, const char *s, size_t len)
{
	bool mended = false;
	struct ty_text text = ty_utf8_mend(arena, (struct ty_text){ s, len }, &mended);

	return json_stringn(text.s, text.len);
}

void
ty_form_add(json_t *form, const char *name, json_t *value)
{
	json_t *there = json_object_get(form, name);

	if (there == NULL) {
		json_object_set_new(form, name, value);
	} else if (json_is_array(there)) {
		json_array_append_new(there, value);
	} else {
		json_t *both = json_array();

		json_array_append(both, there);
		json_array_append_new(both, value);
		json_object_set_new(form, name, both);
	}
}

enum ty_code
ty_form_count(struct ty_form_body *form, struct ty_err *err)
{
	if (++form->values <= form->values_max || form->values_max == 0)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "The form has more than %zu values", form->values_max);
	err->retryable = false;
	return ty_err_hint(err, "Send fewer at once.");
}

/* ---- escapes ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes: '+' is a space, %XX a byte, and what is no escape stays (WHATWG URL, "percent-decode"). */
static struct ty_text
unescape(struct ty_arena *arena, const char *s, size_t len)
{
	char *out = ty_arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = s[i] == '%' && i + 2 < len ? hex_digit(s[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s[i + 2]) : -1;

		if (low >= 0)
			i += 2;
		out[n++] = low >= 0 ? (char)(high << 4 | low) : s[i] == '+' ? ' ' : s[i];
	}
	return (struct ty_text){ out, n };
}

/* ---- fields ---- */

struct field {
	struct ty_text name, value;
};

/* The field at *at, unescaped, and *at behind it; false at the end. */
static bool
field_next(struct ty_arena *arena, const char **at, const char *end, struct field *ret_field)
{
	struct ty_pair pair;

	if (!ty_pair_next(at, end, &pair))
		return false;
	ret_field->name = unescape(arena, pair.name, pair.name_len);
	ret_field->value = unescape(arena, pair.value, pair.value_len);
	return true;
}

static bool
text_is(struct ty_text text, const char *s)
{
	return text.len == strlen(s) && memcmp(text.s, s, text.len) == 0;
}

struct fields {
	struct field *list;
	size_t count, cap;
	bool is_utf8;
};

static enum ty_code
fields_read(struct ty_arena *arena, struct ty_form_body *form, struct fields *fields,
	    struct ty_err *err)
{
	const char *at = form->text.s, *end = form->text.s + form->text.len;
	struct field field;

	*fields = (struct fields){ .is_utf8 = true };
	while (field_next(arena, &at, end, &field)) {
		if (ty_form_count(form, err) != TY_OK)
			return err->code;
		fields->list = ty_arena_grow(arena, fields->list, fields->count, &fields->cap,
					     sizeof(*fields->list));
		fields->list[fields->count++] = field;
		fields->is_utf8 = fields->is_utf8 && ty_str_is_utf8(field.name.s, field.name.len) &&
				  ty_str_is_utf8(field.value.s, field.value.len);
	}
	return TY_OK;
}

/* The field that says the charset of the others. */
static void
charset_from(const struct fields *fields, const char *name, struct ty_form_body *form)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];

		if (!text_is(field->name, name) || field->value.len == 0)
			continue;
		form->charset = ty_charset_find(field->value.s);
		if (form->charset == NULL)
			form->unknown = field->value.s;
		return;
	}
}

static void
charset_settle(const struct fields *fields, struct ty_form_body *form)
{
	if (form->charset == NULL)
		charset_from(fields, "_charset_", form);
	if (!fields->is_utf8 && (form->charset == NULL || ty_charset_is_utf8(form->charset)))
		charset_from(fields, "charset", form);
}

struct ty_text
ty_form_text(struct ty_arena *arena, struct ty_form_body *form, const struct ty_charset *charset,
	     struct ty_text bytes)
{
	struct ty_text text = ty_charset_decode(arena, charset, bytes, &form->mended);

	if (text.len != bytes.len || memcmp(text.s, bytes.s, text.len) != 0)
		form->converted = true;
	return text;
}

size_t
ty_form_fields(struct ty_text text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.s[i] == '&';
	return count;
}

enum ty_code
ty_form_body(struct ty_arena *arena, struct ty_form_body *form, json_t **ret_json,
	     struct ty_err *err)
{
	json_t *json = ty_json_own(arena, json_object());
	struct fields fields;

	if (fields_read(arena, form, &fields, err) != TY_OK)
		return err->code;
	charset_settle(&fields, form);
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		struct ty_text name = ty_form_text(arena, form, form->charset, field->name);
		struct ty_text value = ty_form_text(arena, form, form->charset, field->value);

		/* An object's key ends at its NUL, and unescape() put one behind the name. */
		ty_form_add(json, name.s, json_stringn(value.s, value.len));
	}
	*ret_json = json;
	return TY_OK;
}

json_t *
ty_form_decode(struct ty_arena *arena, const char *s, size_t len)
{
	struct ty_form_body form = { .text = { s, len } };
	json_t *json = NULL;
	struct ty_err never;

	if (ty_form_body(arena, &form, &json, &never) != TY_OK)
		TY_ASSERT(false);
	return json;
}
