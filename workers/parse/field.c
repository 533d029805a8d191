/*
 * field.c -- see field.h.
 */
#include "field.h"

#include "base/err.h"
#include "nodes/path.h"

enum ty_code
field_text(struct ty_arena *arena, const char *field, const char *data, size_t len,
	   const char **ret_text, size_t *ret_len, struct ty_err *err)
{
	const json_t *value;
	json_t *item;

	if (ty_json_parse_stored(arena, data, len, &item, err) != TY_OK)
		return err->code;
	value = node_path_get(item, field);
	if (json_is_string(value)) {
		*ret_text = json_string_value(value);
		*ret_len = json_string_length(value);
		return TY_OK;
	}
	ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is %s", field,
		   value == NULL ? "not there" : "no text");
	return ty_err_hint(err, "Correct the name, or put the text into that field before.");
}

void
field_give(struct ty_arena *arena, struct ty_buf *out, json_t *value)
{
	const json_t *line = ty_json_own(arena, json_pack("{s:o}", "value", value));
	size_t len;
	const char *text = ty_json_dump(arena, line, &len);

	ty_buf_add(out, text, len);
	ty_buf_add_char(out, '\n');
}
