/*
 * rows.c -- reading cells: text from Postgres as the types that the programs use.
 */
#include "store/store.h"

#include "base/arena.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

const char *
ty_rows_text(const struct ty_rows *rows, size_t row, size_t column)
{
	TY_ASSERT(row < rows->count && column < rows->columns);
	return rows->cells[row * rows->columns + column];
}

int64_t
ty_rows_int(const struct ty_rows *rows, size_t row, size_t column)
{
	const char *text = ty_rows_text(rows, row, column);

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

bool
ty_rows_bool(const struct ty_rows *rows, size_t row, size_t column)
{
	const char *text = ty_rows_text(rows, row, column);

	return text != NULL && text[0] == 't';
}

struct ty_id
ty_rows_id(const struct ty_rows *rows, size_t row, size_t column)
{
	const char *text = ty_rows_text(rows, row, column);
	struct ty_id id = { "" };

	if (text != NULL)
		ty_id_parse(text, &id);
	return id;
}

uint8_t *
ty_rows_bytes(const struct ty_rows *rows, struct ty_arena *arena, size_t row, size_t column,
	      size_t *ret_len)
{
	const char *text = ty_rows_text(rows, row, column);
	size_t len;
	uint8_t *bytes;

	if (text == NULL)
		return NULL;
	TY_ASSERT(text[0] == '\\' && text[1] == 'x'); /* bytea_output = hex, Postgres's default */
	len = strlen(text + 2) / 2;
	bytes = ty_arena_alloc(arena, len + 1);
	TY_ASSERT(ty_str_unhex(text + 2, len * 2, bytes));
	*ret_len = len;
	return bytes;
}
