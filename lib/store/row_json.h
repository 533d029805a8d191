/*
 * row_json.h -- a row as a JSON object, for the lists that the API serves.
 *
 * Member names are the column names, so that a query is the description of its answer.
 */
#ifndef TY_STORE_ROW_JSON_H
#define TY_STORE_ROW_JSON_H

#include "base/defs.h"
#include "json/json.h"
#include "store/store.h"

/* A timestamptz as RFC 3339 in UTC with milliseconds. */
#define TY_SQL_TIME(expr)                                                                          \
	"to_char(" expr " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

enum ty_row_json_type {
	TY_ROW_TEXT,
	TY_ROW_INT,
	TY_ROW_BOOL,
	TY_ROW_JSON,   /* text of JSON; broken text is null */
	TY_ROW_HIDDEN, /* no member */
};

/* A column that is no text, by its name; a table of them ends with a NULL name. */
struct ty_row_json_column {
	const char *name;
	enum ty_row_json_type type;
};

/* 'columns' NULL: all are text.  SQL null is null.  New reference. */
json_t *ty_row_json(const struct ty_rows *rows, size_t row,
		    const struct ty_row_json_column *columns);

/* All rows but those from 'max' on; new reference. */
json_t *ty_rows_json(const struct ty_rows *rows, size_t max,
		     const struct ty_row_json_column *columns);

#endif
