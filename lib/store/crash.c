/*
 * crash.c -- see crash.h.
 */
#include "store/crash.h"

#include "base/err.h"
#include "base/time.h"

#define DROP_ROWS_MAX "10000"

void
ty_store_crash_record_query(struct ty_arena *arena, const json_t *report,
			    struct ty_store_query *ret_query)
{
	size_t len;

	*ret_query = (struct ty_store_query){ .sql = "SELECT tyboo.record_crash($1)",
					      .params = { TY_SQL_TEXT(
						      ty_json_dump(arena, report, &len)) },
					      .count = 1 };
}

enum ty_code
ty_store_crashes_drop(struct ty_tx *tx, int64_t before_ms, struct ty_err *err)
{
	char before[TY_TIME_TEXT_SIZE];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(before) };
	struct ty_rows rows;

	ty_time_format(before_ms, before);
	return ty_tx_query(tx, "SELECT tyboo.drop_crashes($1::timestamptz, " DROP_ROWS_MAX ")",
			   params, 1, &rows, err);
}
