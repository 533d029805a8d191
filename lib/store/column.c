/*
 * column.c -- see column.h.
 */
#include "store/column.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/limits.h"

#include <string.h>

/* rows->columns where there is none. */
static size_t
find_column(const struct ty_rows *rows, const char *name)
{
	size_t at = 0;

	while (at < rows->columns && strcmp(rows->names[at], name) != 0)
		at++;
	return at;
}

size_t
ty_rows_column(const struct ty_rows *rows, const char *name)
{
	size_t at = find_column(rows, name);

	TY_ASSERT(at < rows->columns);
	return at;
}

enum ty_code
ty_rows_map(const struct ty_rows *rows, const struct ty_column *columns,
	    struct ty_column_map *ret_map, struct ty_err *err)
{
	ret_map->columns = columns;
	for (size_t i = 0; columns[i].name != NULL; i++) {
		size_t at = i; /* most tables are in the order of their statement */

		TY_ASSERT(i < TY_COLUMNS_MAX);
		if (at >= rows->columns || strcmp(rows->names[at], columns[i].name) != 0)
			at = find_column(rows, columns[i].name);
		if (at == rows->columns) {
			ty_err_set(err, TY_E_INTERNAL, "The database gives no column %s",
				   columns[i].name);
			return ty_err_hint(err, "Its functions are another release's: "
						"'tybooctl migrate' brings them up to date.");
		}
		ret_map->at[i] = at;
	}
	return TY_OK;
}

static const char *
copy_of(struct ty_arena *arena, const char *text)
{
	return text != NULL ? ty_arena_strdup(arena, text) : NULL;
}

static void
read_cell(const struct ty_rows *rows, const struct ty_column *column, struct ty_arena *arena,
	  size_t row, size_t at, char *ret_struct)
{
	void *member = ret_struct + column->offset;
	size_t len = 0;

	switch (column->type) {
	case TY_COLUMN_TEXT:
		*(const char **)member = ty_rows_text(rows, row, at);
		break;
	case TY_COLUMN_COPY:
		*(const char **)member = copy_of(arena, ty_rows_text(rows, row, at));
		break;
	case TY_COLUMN_INT:
		*(int64_t *)member = ty_rows_int(rows, row, at);
		break;
	case TY_COLUMN_SIZE:
		*(size_t *)member = (size_t)ty_rows_int(rows, row, at);
		break;
	case TY_COLUMN_BOOL:
		*(bool *)member = ty_rows_bool(rows, row, at);
		break;
	case TY_COLUMN_ID:
		*(struct ty_id *)member = ty_rows_id(rows, row, at);
		break;
	case TY_COLUMN_BYTES:
		*(const uint8_t **)member = ty_rows_bytes(rows, arena, row, at, &len);
		*(size_t *)(void *)(ret_struct + column->len_offset) = len;
		break;
	case TY_COLUMN_LIMITS:
		ty_limits_from_text(arena, ty_rows_text(rows, row, at), member);
		break;
	}
}

void
ty_rows_read(const struct ty_rows *rows, const struct ty_column_map *map, struct ty_arena *arena,
	     size_t row, void *ret_struct)
{
	for (size_t i = 0; map->columns[i].name != NULL; i++)
		read_cell(rows, &map->columns[i], arena, row, map->at[i], ret_struct);
}

enum ty_code
ty_rows_read_one(const struct ty_rows *rows, const struct ty_column *columns,
		 struct ty_arena *arena, size_t row, void *ret_struct, struct ty_err *err)
{
	struct ty_column_map map;

	if (ty_rows_map(rows, columns, &map, err) != TY_OK)
		return err->code;
	ty_rows_read(rows, &map, arena, row, ret_struct);
	return TY_OK;
}

void *
ty_rows_read_all(const struct ty_rows *rows, const struct ty_column *columns,
		 struct ty_arena *arena, size_t size, struct ty_err *err)
{
	struct ty_column_map map;
	char *list;

	if (ty_rows_map(rows, columns, &map, err) != TY_OK)
		return NULL;
	list = ty_arena_alloc_array(arena, rows->count + 1, size);
	for (size_t i = 0; i < rows->count; i++)
		ty_rows_read(rows, &map, arena, i, list + i * size);
	return list;
}
