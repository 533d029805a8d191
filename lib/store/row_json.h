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

/*
 * One letter a column in 'types': t text, i integer, b boolean, j JSON text, - left out.
 * SQL null is null; broken JSON text is null too.  New reference.
 */
json_t *ty_row_json(const struct ty_rows *rows, size_t row, const char *types);

/* All rows but those from 'max' on; new reference. */
json_t *ty_rows_json(const struct ty_rows *rows, size_t max, const char *types);

#endif
