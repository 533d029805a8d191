/*
 * column.h -- rows read into structs by a table of columns, found by their names.
 *
 * The order of columns is nobody's business: a function of sql/functions may give one more, or give
 * them in another order, and its readers go on.  A column that is missing is told by its name.
 * Answers of one cell are read by ty_rows_int and the like.
 *
 *	static const struct ty_column user_columns[] = {
 *		TY_COLUMN(ID, struct ty_store_user, id), TY_COLUMN(TEXT, struct ty_store_user, email), ...
 *		TY_COLUMN_END
 *	};
 */
#ifndef TY_STORE_COLUMN_H
#define TY_STORE_COLUMN_H

#include "base/defs.h"
#include "store/store.h"

#include <stddef.h>

enum ty_column_type {
	TY_COLUMN_TEXT,	 /* const char *, the rows' own; NULL for null */
	TY_COLUMN_COPY,	 /* TY_COLUMN_TEXT copied into the arena */
	TY_COLUMN_INT,	 /* int64_t; 0 for null */
	TY_COLUMN_SIZE,	 /* size_t; 0 for null */
	TY_COLUMN_BOOL,	 /* false for null */
	TY_COLUMN_ID,	 /* struct ty_id; unset for null */
	TY_COLUMN_BYTES, /* const uint8_t *, with its length; NULL and 0 for null */
	TY_COLUMN_LIMITS /* struct ty_limits, of tyboo.limits_of() */
};

struct ty_column {
	const char *name; /* NULL ends the table */
	enum ty_column_type type;
	size_t offset, len_offset; /* in the struct */
};

/* A member that is called as its column, one that is not, and bytes. */
#define TY_COLUMN(type_, of, member) TY_COLUMN_AS(#member, type_, of, member)
#define TY_COLUMN_AS(name_, type_, of, member)                                                     \
	{                                                                                          \
		.name = (name_), .type = TY_COLUMN_##type_, .offset = offsetof(of, member)         \
	}
#define TY_COLUMN_BYTES_OF(of, member, len_member)                                                 \
	{                                                                                          \
		.name = #member, .type = TY_COLUMN_BYTES, .offset = offsetof(of, member),          \
		.len_offset = offsetof(of, len_member)                                             \
	}
#define TY_COLUMN_END                                                                              \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define TY_COLUMNS_MAX 32

/* Index of a column in the answer to a statement that names its columns. */
size_t ty_rows_column(const struct ty_rows *rows, const char *name);

/* Indexes of a table's columns in an answer. */
struct ty_column_map {
	const struct ty_column *columns;
	size_t at[TY_COLUMNS_MAX];
};

/* Once an answer.  Errors: TY_E_INTERNAL (it has no such column). */
enum ty_code ty_rows_map(const struct ty_rows *rows, const struct ty_column *columns,
			 struct ty_column_map *ret_map, struct ty_err *err) TY_MUST_CHECK;
/* Fill the members that the table names; the others stay. */
void ty_rows_read(const struct ty_rows *rows, const struct ty_column_map *map,
		  struct ty_arena *arena, size_t row, void *ret_struct);
/* Map and read the columns of one row. */
enum ty_code ty_rows_read_one(const struct ty_rows *rows, const struct ty_column *columns,
			      struct ty_arena *arena, size_t row, void *ret_struct,
			      struct ty_err *err) TY_MUST_CHECK;
/* Read all rows: rows->count structs of 'size' bytes, the arena's.  NULL: 'err' is set. */
void *ty_rows_read_all(const struct ty_rows *rows, const struct ty_column *columns,
		       struct ty_arena *arena, size_t size, struct ty_err *err) TY_MUST_CHECK;

#endif
