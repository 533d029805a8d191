/*
 * session.c -- sessions and failed sign-ins.
 */
#include "store/session.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/row_json.h"

#include <stdio.h>
#include <string.h>

enum ty_code
ty_store_session_add(struct ty_tx *tx, const struct ty_store_session *session,
		     const char *user_agent, const char *remote_addr, struct ty_err *err)
{
	char expires[32];
	const struct ty_sql_param params[] = {
		TY_SQL_BYTES(session->token_hash, sizeof(session->token_hash)),
		TY_SQL_TEXT(session->user.id.s),
		TY_SQL_TEXT(session->csrf_token),
		TY_SQL_TEXT(user_agent),
		TY_SQL_TEXT(remote_addr),
		TY_SQL_TEXT(expires),
	};

	snprintf(expires, sizeof(expires), "%lld", (long long)session->expires_at_ms);
	return ty_tx_exec(tx,
			  "INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, "
			  "user_agent, remote_addr, expires_at) VALUES ($1, $2, $3, left($4, 500), "
			  "left($5, 64), to_timestamp($6::bigint / 1000.0))",
			  params, TY_ARRAY_COUNT(params), err);
}

/* A write a request would be dear, so the expiry moves only after a tenth of its life. */
static enum ty_code
session_slide(struct ty_tx *tx, const uint8_t token_hash[32], const char *lifetime_s,
	      struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_BYTES(token_hash, 32),
					       TY_SQL_TEXT(lifetime_s) };

	return ty_tx_exec(tx,
			  "UPDATE tyboo.sessions SET seen_at = now(), "
			  "expires_at = now() + $2::bigint * interval '1 second' "
			  "WHERE token_hash = $1",
			  params, 2, err);
}

enum ty_code
ty_store_session_find(struct ty_tx *tx, const uint8_t token_hash[32], int64_t session_s,
		      struct ty_store_session **ret_session, struct ty_err *err)
{
	char lifetime[32];
	const struct ty_sql_param params[] = { TY_SQL_BYTES(token_hash, 32),
					       TY_SQL_TEXT(lifetime) };
	struct ty_store_session *session;
	struct ty_rows rows;

	snprintf(lifetime, sizeof(lifetime), "%lld", (long long)session_s);
	if (ty_tx_query(tx,
			"SELECT u.id, u.email, u.name, s.csrf_token, "
			"(extract(epoch FROM s.expires_at) * 1000)::bigint, "
			"s.expires_at < now() + $2::bigint * interval '0.9 second' "
			"FROM tyboo.sessions s JOIN tyboo.users u ON u.id = s.user_id "
			"WHERE s.token_hash = $1 AND s.expires_at > now() "
			"AND u.disabled_at IS NULL",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_session = NULL;
		return TY_OK;
	}
	if (ty_rows_bool(&rows, 0, 5) && session_slide(tx, token_hash, lifetime, err) != TY_OK)
		return err->code;
	session = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_session);
	memcpy(session->token_hash, token_hash, sizeof(session->token_hash));
	session->user.id = ty_rows_id(&rows, 0, 0);
	session->user.email = ty_rows_text(&rows, 0, 1);
	session->user.name = ty_rows_text(&rows, 0, 2);
	session->csrf_token = ty_rows_text(&rows, 0, 3);
	session->expires_at_ms = ty_rows_int(&rows, 0, 4);
	*ret_session = session;
	return TY_OK;
}

enum ty_code
ty_store_session_remove(struct ty_tx *tx, const uint8_t token_hash[32], struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_BYTES(token_hash, 32) };

	return ty_tx_exec(tx,
			  "DELETE FROM tyboo.sessions WHERE token_hash = $1 OR expires_at < now()",
			  params, 1, err);
}

/*
 * Of a longer address (sign_in_failures_email_length) the first part counts: it is nobody's, and
 * guessing at it must end as guessing at any other does.
 */
enum ty_code
ty_store_sign_in_failures(struct ty_tx *tx, const char *email, int64_t window_s, int64_t *ret_count,
			  struct ty_err *err)
{
	char window[32];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(email), TY_SQL_TEXT(window) };
	struct ty_rows rows;

	snprintf(window, sizeof(window), "%lld", (long long)window_s);
	if (ty_tx_query(tx,
			"SELECT count(*) FROM tyboo.sign_in_failures WHERE email = left(lower($1), "
			"254) "
			"AND failed_at > now() - $2::bigint * interval '1 second'",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	*ret_count = ty_rows_int(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_sign_in_failure_add(struct ty_tx *tx, const char *email, int64_t window_s,
			     struct ty_err *err)
{
	char window[32];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(email), TY_SQL_TEXT(window) };

	snprintf(window, sizeof(window), "%lld", (long long)window_s);
	return ty_tx_exec(
		tx,
		"WITH old AS (DELETE FROM tyboo.sign_in_failures WHERE "
		"failed_at < now() - $2::bigint * interval '1 second') "
		"INSERT INTO tyboo.sign_in_failures (email) VALUES (left(lower($1), 254))",
		params, 2, err);
}

enum ty_code
ty_store_sign_in_failures_clear(struct ty_tx *tx, const char *email, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(email) };

	return ty_tx_exec(tx,
			  "DELETE FROM tyboo.sign_in_failures WHERE email = left(lower($1), 254)",
			  params, 1, err);
}
