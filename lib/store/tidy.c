/*
 * tidy.c -- one call each of the database's own housekeeping.
 */
#include "store/tidy.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "store/column.h"

#include <stdio.h>

/* Rows cleared in one transaction: a few tenths of a second at most. */
#define TIDY_ROWS_MAX 5000

static const struct ty_column tidied_columns[] = {
	TY_COLUMN(INT, struct ty_tidied, unclaimed),
	TY_COLUMN(INT, struct ty_tidied, delivery_keys),
	TY_COLUMN(INT, struct ty_tidied, sessions),
	TY_COLUMN(INT, struct ty_tidied, states),
	TY_COLUMN_END,
};

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
			"SELECT tyboo.trim_unclaimed_of(NULL, $1, $2, NULL) AS unclaimed, "
			"tyboo.drop_delivery_keys($3) AS delivery_keys, "
			"tyboo.drop_expired_sessions() AS sessions, "
			"tyboo.drop_expired_states($3) AS states",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (ty_rows_read_one(&rows, tidied_columns, ty_tx_arena(tx), 0, ret_tidied, err) != TY_OK)
		return err->code;
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

static const struct ty_column retired_columns[] = {
	TY_COLUMN(INT, struct ty_retired, partitions),
	TY_COLUMN(INT, struct ty_retired, payloads),
	TY_COLUMN_END,
};

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
			"SELECT tyboo.drop_partitions($1::timestamptz) AS partitions,"
			" tyboo.drop_payloads($1::timestamptz, $2) AS payloads",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	if (ty_rows_read_one(&rows, retired_columns, ty_tx_arena(tx), 0, ret_retired, err) != TY_OK)
		return err->code;
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
