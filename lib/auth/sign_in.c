/*
 * sign_in.c -- sessions.
 */
#include "auth/sign_in.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "store/store.h"

#include <string.h>

#define WAIT_MS 5000

static enum ty_code
refuse(struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAUTHENTICATED, "E-mail or password is not right");
	return ty_err_hint(err, "Check both; the operator can set a new password.");
}

/* Too many failures lately?  And the user, NULL where unknown or disabled. */
static enum ty_code
look_up(struct ty_store *store, struct ty_arena *arena, const char *email,
	struct ty_store_user **ret_user, struct ty_err *err)
{
	struct ty_store_user *user = NULL;
	struct ty_tx *tx;
	int64_t failures = 0;

	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_sign_in_failures(tx, email, TY_SIGN_IN_WINDOW_S, &failures, err) != TY_OK ||
	    ty_store_user_find(tx, email, &user, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	ty_tx_rollback(tx);
	if (failures >= TY_SIGN_IN_FAILURES_MAX) {
		ty_err_set(err, TY_E_LIMIT, "Too many failed sign-ins for this address");
		return ty_err_hint(err, "Wait %d minutes.", TY_SIGN_IN_WINDOW_S / 60);
	}
	*ret_user = user != NULL && !user->disabled ? user : NULL;
	return TY_OK;
}

static enum ty_code
note_failure(struct ty_store *store, struct ty_arena *arena, const char *email, struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_sign_in_failure_add(tx, email, TY_SIGN_IN_WINDOW_S, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	if (ty_tx_commit(tx, err) != TY_OK)
		return err->code;
	return refuse(err);
}

static enum ty_code
make_session(struct ty_tx *tx, const struct ty_sign_in *request, const char *new_hash,
	     struct ty_signed_in *out, struct ty_err *err)
{
	struct ty_store_session session = {
		.user = out->user,
		.csrf_token = out->csrf_token,
		.expires_at_ms = ty_time_now_ms() + request->session_s * 1000,
	};

	TY_ASSERT(ty_token_hash(out->token, session.token_hash));
	if (new_hash[0] != '\0' &&
	    ty_store_user_set_password(tx, &out->user.id, new_hash, err) != TY_OK)
		return err->code;
	if (ty_store_session_add(tx, &session, request->user_agent, request->remote_addr, err) !=
	    TY_OK)
		return err->code;
	return ty_store_sign_in_failures_clear(tx, request->email, err);
}

enum ty_code
ty_sign_in(struct ty_store *store, struct ty_arena *arena, struct ty_password *gate,
	   const struct ty_sign_in *request, struct ty_signed_in *ret_signed_in, struct ty_err *err)
{
	char new_hash[TY_PASSWORD_HASH_SIZE] = "";
	struct ty_store_user *user = NULL;
	struct ty_signed_in out;
	bool rehash = false, right;
	struct ty_tx *tx;

	if (look_up(store, arena, request->email, &user, err) != TY_OK)
		return err->code;
	/* No transaction is open while the hash is computed: it would pin a connection. */
	right = ty_password_verify(gate, user != NULL ? user->password_hash : NULL,
				   request->password, &rehash);
	if (!right)
		return note_failure(store, arena, request->email, err);
	if (rehash && ty_password_hash(gate, request->password, new_hash, err) != TY_OK)
		return err->code;
	out.user = *user;
	ty_token_new(out.token);
	ty_token_new(out.csrf_token);
	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (make_session(tx, request, new_hash, &out, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	if (ty_tx_commit(tx, err) != TY_OK)
		return err->code;
	*ret_signed_in = out;
	return TY_OK;
}

enum ty_code
ty_session_find(struct ty_tx *tx, const char *token, int64_t session_s,
		struct ty_store_session **ret_session, struct ty_err *err)
{
	uint8_t hash[TY_SHA256_SIZE];

	if (!ty_token_hash(token, hash)) {
		*ret_session = NULL;
		return TY_OK;
	}
	return ty_store_session_find(tx, hash, session_s, ret_session, err);
}
