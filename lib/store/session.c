/*
 * session.c -- sessions and failed sign-ins.
 */
#include "store/session.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/column.h"
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

struct found_session {
	struct ty_store_session session;
	bool is_old; /* enough to be moved on */
};

static const struct ty_column session_columns[] = {
	TY_COLUMN_AS("id", ID, struct found_session, session.user.id),
	TY_COLUMN_AS("email", TEXT, struct found_session, session.user.email),
	TY_COLUMN_AS("name", TEXT, struct found_session, session.user.name),
	TY_COLUMN_AS("csrf_token", TEXT, struct found_session, session.csrf_token),
	TY_COLUMN_AS("expires_at_ms", INT, struct found_session, session.expires_at_ms),
	TY_COLUMN(BOOL, struct found_session, is_old),
	TY_COLUMN_END,
};

enum ty_code
ty_store_session_find(struct ty_tx *tx, const uint8_t token_hash[32], int64_t session_s,
		      struct ty_store_session **ret_session, struct ty_err *err)
{
	char lifetime[32];
	const struct ty_sql_param params[] = { TY_SQL_BYTES(token_hash, 32),
					       TY_SQL_TEXT(lifetime) };
	struct ty_store_session *session;
	struct found_session found = { .is_old = false };
	struct ty_rows rows;

	snprintf(lifetime, sizeof(lifetime), "%lld", (long long)session_s);
	if (ty_tx_query(tx,
			"SELECT u.id, u.email, u.name, s.csrf_token, "
			"(extract(epoch FROM s.expires_at) * 1000)::bigint AS expires_at_ms, "
			"s.expires_at < now() + $2::bigint * interval '0.9 second' AS is_old "
			"FROM tyboo.sessions s JOIN tyboo.users u ON u.id = s.user_id "
			"WHERE s.token_hash = $1 AND s.expires_at > now() "
			"AND u.disabled_at IS NULL",
			params, 2, &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 0) {
		*ret_session = NULL;
		return TY_OK;
	}
	if (ty_rows_read_one(&rows, session_columns, ty_tx_arena(tx), 0, &found, err) != TY_OK ||
	    (found.is_old && session_slide(tx, token_hash, lifetime, err) != TY_OK))
		return err->code;
	session = ty_arena_new_of(ty_tx_arena(tx), struct ty_store_session);
	*session = found.session;
	memcpy(session->token_hash, token_hash, sizeof(session->token_hash));
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
 * Count the first part of a longer e-mail (sign_in_failures_email_length), because guessing at an address
 * that nobody has must end as guessing at any other does.
 */
enum ty_code
ty_store_attempt_reserve(struct ty_tx *tx, const struct ty_store_attempt *attempt,
			 enum ty_store_attempt_verdict *ret_verdict, struct ty_err *err)
{
	static const char *const verdicts[] = {
		[TY_STORE_ATTEMPT_OK] = "ok",
		[TY_STORE_ATTEMPT_EMAIL] = "email",
		[TY_STORE_ATTEMPT_SOURCE] = "source",
		[TY_STORE_ATTEMPT_BUSY] = "busy",
	};
	struct ty_arena *arena = ty_tx_arena(tx);
	const struct ty_sql_param params[] = {
		TY_SQL_TEXT(attempt->id.s),
		TY_SQL_TEXT(attempt->email),
		TY_SQL_TEXT(attempt->source),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)attempt->window_s)),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)attempt->email_max)),
		TY_SQL_TEXT(ty_arena_printf(arena, "%lld", (long long)attempt->source_max)),
	};
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.reserve_sign_in($1, $2, $3, $4, $5, $6)", params,
			TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < TY_ARRAY_COUNT(verdicts); i++) {
		if (ty_str_eq(ty_rows_text(&rows, 0, 0), verdicts[i])) {
			*ret_verdict = (enum ty_store_attempt_verdict)i;
			return TY_OK;
		}
	}
	return ty_err_set(err, TY_E_INTERNAL, "reserve_sign_in gave an unknown verdict");
}

enum ty_code
ty_store_attempt_fail(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx, "UPDATE tyboo.sign_in_failures SET pending = false WHERE id = $1",
			  params, 1, err);
}

enum ty_code
ty_store_attempt_remove(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx, "DELETE FROM tyboo.sign_in_failures WHERE id = $1", params, 1, err);
}

enum ty_code
ty_store_attempt_succeed(struct ty_tx *tx, const char *email, const struct ty_id *id,
			 struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(email), TY_SQL_TEXT(id->s) };

	return ty_tx_exec(tx,
			  "DELETE FROM tyboo.sign_in_failures WHERE email = left(lower($1), 254) "
			  "AND (NOT pending OR id = $2)",
			  params, 2, err);
}
