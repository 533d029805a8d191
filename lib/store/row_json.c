/*
 * row_json.c -- rows as JSON.
 */
#include "store/row_json.h"

#include <stdlib.h>
#include <string.h>

static json_t *
cell_json(const char *text, char type)
{
	json_t *value;

	if (text == NULL)
		return json_null();
	switch (type) {
	case 'i':
		return json_integer(strtoll(text, NULL, 10));
	case 'b':
		return json_boolean(text[0] == 't');
	case 'j':
		value = ty_json_load_stored(text, strlen(text));
		break;
	default:
		value = json_string(text);
	}
	return value != NULL ? value : json_null();
}

json_t *
ty_row_json(const struct ty_rows *rows, size_t row, const char *types)
{
	json_t *obj = json_object();

	TY_ASSERT(obj != NULL && strlen(types) == rows->columns);
	for (size_t i = 0; i < rows->columns; i++) {
		if (types[i] != '-')
			json_object_set_new(obj, rows->names[i],
					    cell_json(ty_rows_text(rows, row, i), types[i]));
	}
	return obj;
}

json_t *
ty_rows_json(const struct ty_rows *rows, size_t max, const char *types)
{
	json_t *list = json_array();

	TY_ASSERT(list != NULL);
	for (size_t i = 0; i < rows->count && i < max; i++)
		json_array_append_new(list, ty_row_json(rows, i, types));
	return list;
}
