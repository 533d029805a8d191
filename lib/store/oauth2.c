/*
 * oauth2.c -- see oauth2.h; what is done is in sql/functions/tokens.sql.
 */
#include "store/oauth2.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"
#include "store/row_json.h"

#include <stdio.h>

#define HASH_SIZE 32

static struct ty_sql_param
hash_param(const uint8_t *hash)
{
	return hash != NULL ? TY_SQL_BYTES(hash, HASH_SIZE) : TY_SQL_NULL;
}

enum ty_code
ty_store_oauth2_add(struct ty_tx *tx, const struct ty_id *workspace_id,
		    const struct ty_id *credential_id, const struct ty_store_oauth2_state *state,
		    int64_t seconds, const char **ret_expires_at, struct ty_err *err)
{
	char seconds_text[24];
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(workspace_id->s), TY_SQL_TEXT(credential_id->s),
		hash_param(state->hash), hash_param(state->session_hash), TY_SQL_TEXT(seconds_text)
	};
	struct ty_rows rows;

	snprintf(seconds_text, sizeof(seconds_text), "%lld", (long long)seconds);
	/* clang-format off */
	if (ty_tx_query(tx, "SELECT " TY_SQL_TIME("s.expires_at") " AS expires_at "
			    "FROM tyboo.add_oauth2_state($1, $2, $3, $4, $5) s",
			params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	/* clang-format on */
	if (rows.count == 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such credential here");
	*ret_expires_at = ty_rows_text(&rows, 0, 0);
	return TY_OK;
}

static const struct ty_column taken_columns[] = {
	TY_COLUMN(TEXT, struct ty_store_oauth2_taken, verdict),
	TY_COLUMN(ID, struct ty_store_oauth2_taken, workspace_id),
	TY_COLUMN(ID, struct ty_store_oauth2_taken, credential_id),
	TY_COLUMN_END,
};

enum ty_code
ty_store_oauth2_take(struct ty_tx *tx, const struct ty_store_oauth2_state *state,
		     struct ty_store_oauth2_taken *ret_taken, struct ty_err *err)
{
	const struct ty_sql_param params[] = { hash_param(state->hash),
					       hash_param(state->session_hash) };
	struct ty_rows rows;

	*ret_taken = (struct ty_store_oauth2_taken){ .verdict = "unknown" };
	if (ty_tx_query(tx,
			"SELECT verdict, workspace_id, credential_id "
			"FROM tyboo.take_oauth2_state($1, $2)",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0)
		return TY_OK;
	return ty_rows_read_one(&rows, taken_columns, ty_tx_arena(tx), 0, ret_taken, err);
}

enum ty_code
ty_store_oauth2_fail(struct ty_tx *tx, const struct ty_id *workspace_id,
		     const struct ty_id *credential_id, const char *problem, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(workspace_id->s),
					       TY_SQL_TEXT(credential_id->s),
					       TY_SQL_TEXT(problem) };

	return ty_tx_exec(tx, "SELECT tyboo.fail_token($1, $2, NULL, true, false, false, $3)",
			  params, 3, err);
}
