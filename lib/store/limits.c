/*
 * limits.c -- see limits.h.
 */
#include "store/limits.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"

struct limits_row {
	struct ty_limits limits;
};

static const struct ty_column limits_columns[] = {
	TY_COLUMN(LIMITS, struct limits_row, limits),
	TY_COLUMN_END,
};

static enum ty_code
limits_run(struct ty_tx *tx, const char *sql, const struct ty_sql_param *params, size_t count,
	   struct ty_limits *ret_limits, struct ty_err *err)
{
	struct limits_row row;
	struct ty_rows rows;

	if (ty_tx_query(tx, sql, params, count, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such workspace");
	if (ty_rows_read_one(&rows, limits_columns, ty_tx_arena(tx), 0, &row, err) != TY_OK)
		return err->code;
	*ret_limits = row.limits;
	return TY_OK;
}

enum ty_code
ty_store_workspace_limits(struct ty_tx *tx, const struct ty_id *workspace_id,
			  struct ty_limits *ret_limits, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s) };

	return limits_run(
		tx, "SELECT tyboo.limits_of(w) AS limits FROM tyboo.workspaces w WHERE w.id = $1",
		params, 1, ret_limits, err);
}

/* $2 is { "<limit>": n }; a limit that it does not name stays. */
/* clang-format off */
static const char set_sql[] =
	"UPDATE tyboo.workspaces AS w SET slug = slug"
#define X(name, unit, use, def, min, max, label, help)                                             \
	", " #name " = coalesce(($2::json->>'" #name "')::bigint, " #name ")"
#include "base/limits.def"
#undef X
	" WHERE w.id = $1 RETURNING tyboo.limits_of(w) AS limits";
/* clang-format on */

enum ty_code
ty_store_workspace_limit_set(struct ty_tx *tx, const struct ty_id *workspace_id,
			     const struct ty_limit *limit, int64_t n, struct ty_limits *ret_limits,
			     struct ty_err *err)
{
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s),
		TY_SQL_TEXT(ty_arena_printf(ty_tx_arena(tx), "{\"%s\": %lld}", limit->name,
					    (long long)n)),
	};

	if (n < limit->min || n > limit->max) {
		ty_err_set(err, TY_E_INVALID, "%s cannot be %lld", limit->name, (long long)n);
		return ty_err_hint(err, "It is from %lld to %lld %s.", (long long)limit->min,
				   (long long)limit->max, limit->unit);
	}
	return limits_run(tx, set_sql, params, 2, ret_limits, err);
}
