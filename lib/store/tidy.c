/*
 * tidy.c -- one call each of the database's own housekeeping.
 */
#include "store/tidy.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

#include <stdio.h>

/* Rows cleared in one transaction: a few tenths of a second at most. */
#define TIDY_ROWS_MAX 5000

enum ty_code
ty_store_tidy(struct ty_tx *tx, struct ty_tidied *ret_tidied, struct ty_err *err)
{
	struct ty_rows rows;
	char unclaimed[24], bytes[24], keys[24];
	struct ty_sql_param params[] = { TY_SQL_TEXT(unclaimed), TY_SQL_TEXT(bytes),
					 TY_SQL_TEXT(keys) };

	snprintf(unclaimed, sizeof(unclaimed), "%d", TY_LIMIT_UNCLAIMED_COUNT);
	snprintf(bytes, sizeof(bytes), "%d", TY_LIMIT_UNCLAIMED_BYTES);
	snprintf(keys, sizeof(keys), "%d", TIDY_ROWS_MAX);
	if (ty_tx_query(tx,
			"SELECT tyboo.trim_unclaimed_of(NULL, $1, $2, NULL), "
			"tyboo.drop_delivery_keys($3), tyboo.drop_expired_sessions()",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	*ret_tidied = (struct ty_tidied){
		.unclaimed = ty_rows_int(&rows, 0, 0),
		.delivery_keys = ty_rows_int(&rows, 0, 1),
		.sessions = ty_rows_int(&rows, 0, 2),
	};
	return TY_OK;
}

enum ty_code
ty_store_next_partition(struct ty_tx *tx, bool *ret_made, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.ensure_next_partition()::int", NULL, 0, &rows, err) !=
	    TY_OK)
		return err->code;
	*ret_made = ty_rows_int(&rows, 0, 0) != 0;
	return TY_OK;
}

enum ty_code
ty_store_retire(struct ty_tx *tx, int64_t before_ms, struct ty_retired *ret_retired,
		struct ty_err *err)
{
	struct ty_rows rows;
	char before[TY_TIME_TEXT_SIZE], max[24];
	struct ty_sql_param params[] = { TY_SQL_TEXT(before), TY_SQL_TEXT(max) };

	ty_time_format(before_ms, before);
	snprintf(max, sizeof(max), "%d", TIDY_ROWS_MAX);
	if (ty_tx_query(tx,
			"SELECT tyboo.drop_partitions($1::timestamptz),"
			" tyboo.drop_payloads($1::timestamptz, $2)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	ret_retired->partitions = ty_rows_int(&rows, 0, 0);
	ret_retired->payloads = ty_rows_int(&rows, 0, 1);
	return TY_OK;
}

enum ty_code
ty_store_rewind_receipts(struct ty_tx *tx, int64_t by_ms, struct ty_err *err)
{
	char by[24];
	struct ty_sql_param params[] = { TY_SQL_TEXT(by) };

	snprintf(by, sizeof(by), "%lld", (long long)by_ms);
	return ty_tx_exec(tx,
			  "SELECT tyboo.rewind_receipts(make_interval(secs => $1::float8 / 1000))",
			  params, 1, err);
}
