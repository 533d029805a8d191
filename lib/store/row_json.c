/*
 * row_json.c -- rows as JSON.
 */
#include "store/row_json.h"

#include "base/str.h"
#include "store/column.h"

#include <stdlib.h>
#include <string.h>

static json_t *
cell_json(const char *text, enum ty_row_json_type type)
{
	json_t *value;

	if (text == NULL)
		return json_null();
	switch (type) {
	case TY_ROW_INT:
		return json_integer(strtoll(text, NULL, 10));
	case TY_ROW_BOOL:
		return json_boolean(text[0] == 't');
	case TY_ROW_JSON:
		value = ty_json_load_stored(text, strlen(text));
		break;
	default:
		value = json_string(text);
	}
	return value != NULL ? value : json_null();
}

/* Find the type of each column of the answer.  A table with a column that is not there is our bug. */
static void
types_of(const struct ty_rows *rows, const struct ty_row_json_column *columns,
	 enum ty_row_json_type types[TY_COLUMNS_MAX])
{
	TY_ASSERT(rows->columns <= TY_COLUMNS_MAX);
	memset(types, 0, TY_COLUMNS_MAX * sizeof(*types));
	for (; columns != NULL && columns->name != NULL; columns++)
		types[ty_rows_column(rows, columns->name)] = columns->type;
}

static json_t *
row_json(const struct ty_rows *rows, size_t row, const enum ty_row_json_type *types)
{
	json_t *obj = json_object();

	TY_ASSERT(obj != NULL);
	for (size_t i = 0; i < rows->columns; i++) {
		if (types[i] != TY_ROW_HIDDEN)
			json_object_set_new(obj, rows->names[i],
					    cell_json(ty_rows_text(rows, row, i), types[i]));
	}
	return obj;
}

json_t *
ty_row_json(const struct ty_rows *rows, size_t row, const struct ty_row_json_column *columns)
{
	enum ty_row_json_type types[TY_COLUMNS_MAX];

	types_of(rows, columns, types);
	return row_json(rows, row, types);
}

json_t *
ty_rows_json(const struct ty_rows *rows, size_t max, const struct ty_row_json_column *columns)
{
	enum ty_row_json_type types[TY_COLUMNS_MAX];
	json_t *list = json_array();

	TY_ASSERT(list != NULL);
	if (rows->count > 0)
		types_of(rows, columns, types);
	for (size_t i = 0; i < rows->count && i < max; i++)
		json_array_append_new(list, row_json(rows, i, types));
	return list;
}
