/*
 * form.c -- see form.h.
 */
#include "intake/form.h"

#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

json_t *
ty_form_string(struct ty_arena *arena, const char *s, size_t len)
{
	struct ty_buf mended;

	if (ty_str_is_utf8(s, len))
		return json_stringn(s, len);
	ty_buf_init(&mended, arena, len * 3 + 1);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || (unsigned char)s[i] >= 0x80)
			ty_buf_add_str(&mended, "\xEF\xBF\xBD");
		else
			ty_buf_add_char(&mended, s[i]);
	}
	return json_stringn(mended.data, mended.len);
}

static json_t *
form_text(struct ty_arena *arena, const char *s, size_t len)
{
	size_t decoded_len;
	const char *decoded = ty_str_url_decode(arena, s, len, true, &decoded_len);

	return decoded != NULL ? ty_form_string(arena, decoded, decoded_len)
			       : ty_form_string(arena, s, len);
}

static void
form_add(struct ty_arena *arena, json_t *form, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	size_t name_len = eq != NULL ? (size_t)(eq - s) : len;
	json_t *name = ty_json_own(arena, form_text(arena, s, name_len));
	json_t *value = form_text(arena, eq != NULL ? eq + 1 : s + len,
				  eq != NULL ? len - name_len - 1 : 0);
	json_t *there = json_object_get(form, json_string_value(name));

	if (there == NULL) {
		json_object_set_new(form, json_string_value(name), value);
	} else if (json_is_array(there)) {
		json_array_append_new(there, value);
	} else {
		json_t *both = json_array();

		json_array_append(both, there);
		json_array_append_new(both, value);
		json_object_set_new(form, json_string_value(name), both);
	}
}

json_t *
ty_form_decode(struct ty_arena *arena, const char *s, size_t len)
{
	json_t *form = ty_json_own(arena, json_object());
	const char *end = s + len;

	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s));
		const char *stop = amp != NULL ? amp : end;

		if (stop > s)
			form_add(arena, form, s, (size_t)(stop - s));
		s = stop + 1;
	}
	return form;
}
