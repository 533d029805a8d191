/*
 * sign_in.c -- sessions.
 */
#include "auth/sign_in.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 5000
/* A hashing takes some tens of milliseconds: looking sooner finds it still under way. */
#define BUSY_POLL_MS 50

static enum ty_code
refuse(struct ty_err *err)
{
	ty_err_set(err, TY_E_UNAUTHENTICATED, "E-mail or password is not right");
	return ty_err_hint(err, "Check both; the operator can set a new password.");
}

void
ty_sign_in_source(const char *remote_addr, char out[TY_SIGN_IN_SOURCE_SIZE])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:a.b.c.d */
	struct in6_addr v6;
	struct in_addr v4;

	out[0] = '\0';
	if (remote_addr == NULL)
		return;
	if (inet_pton(AF_INET, remote_addr, &v4) == 1) {
		inet_ntop(AF_INET, &v4, out, TY_SIGN_IN_SOURCE_SIZE);
	} else if (inet_pton(AF_INET6, remote_addr, &v6) == 1) {
		if (memcmp(&v6, mapped, sizeof(mapped)) == 0) {
			inet_ntop(AF_INET, v6.s6_addr + sizeof(mapped), out,
				  TY_SIGN_IN_SOURCE_SIZE);
			return;
		}
		memset(v6.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &v6, out, TY_SIGN_IN_SOURCE_SIZE);
	}
}

static enum ty_code
refuse_attempt(enum ty_store_attempt_verdict verdict, struct ty_err *err)
{
	if (verdict == TY_STORE_ATTEMPT_BUSY) {
		ty_err_set(err, TY_E_UNAVAILABLE, "Too many sign-ins are under way");
		return ty_err_hint(err, "Try again in a few seconds.");
	}
	ty_err_set(err, TY_E_LIMIT, "Too many failed sign-ins %s",
		   verdict == TY_STORE_ATTEMPT_EMAIL ? "for this address" : "from your network");
	err->retryable = true;
	return ty_err_hint(err, "Wait %d minutes.", TY_SIGN_IN_WINDOW_S / 60);
}

/* Reserve an attempt, and find the user: NULL where unknown or disabled. */
static enum ty_code
reserve(struct ty_store *store, struct ty_arena *arena, const struct ty_store_attempt *attempt,
	enum ty_store_attempt_verdict *ret_verdict, struct ty_store_user **ret_user,
	struct ty_err *err)
{
	struct ty_store_user *user = NULL;
	struct ty_tx *tx;

	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_attempt_reserve(tx, attempt, ret_verdict, err) != TY_OK ||
	    ty_store_user_find(tx, attempt->email, &user, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	*ret_user = user != NULL && !user->disabled ? user : NULL;
	return ty_tx_commit(tx, err);
}

/* Wait while the e-mail's or the source's other attempts are hashed: some may be right. */
static enum ty_code
look_up(struct ty_store *store, struct ty_arena *arena, const struct ty_store_attempt *attempt,
	struct ty_store_user **ret_user, struct ty_err *err)
{
	const struct timespec pause = { .tv_nsec = BUSY_POLL_MS * 1000000L };
	int64_t deadline_ms = ty_time_mono_ms() + WAIT_MS;
	enum ty_store_attempt_verdict verdict;

	for (;;) {
		if (reserve(store, arena, attempt, &verdict, ret_user, err) != TY_OK)
			return err->code;
		if (verdict != TY_STORE_ATTEMPT_BUSY || ty_time_mono_ms() >= deadline_ms)
			break;
		nanosleep(&pause, NULL);
	}
	return verdict == TY_STORE_ATTEMPT_OK ? TY_OK : refuse_attempt(verdict, err);
}

typedef enum ty_code (*settle_fn)(struct ty_tx *tx, const struct ty_id *id, struct ty_err *err);

static enum ty_code
settle(struct ty_store *store, struct ty_arena *arena, const struct ty_id *id, settle_fn fn,
       struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (fn(tx, id, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* Give the attempt back, because its failure is ours; where that fails too it counts. */
static enum ty_code
give_back(struct ty_store *store, struct ty_arena *arena, const struct ty_id *id,
	  const struct ty_err *err)
{
	struct ty_err ignored = { TY_OK };

	(void)settle(store, arena, id, ty_store_attempt_remove, &ignored);
	return err->code;
}

static enum ty_code
make_session(struct ty_tx *tx, const struct ty_sign_in *request, const struct ty_id *attempt_id,
	     const char *new_hash, struct ty_signed_in *out, struct ty_err *err)
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
	return ty_store_attempt_succeed(tx, request->email, attempt_id, err);
}

static enum ty_code
open_session(struct ty_store *store, struct ty_arena *arena, struct ty_password *gate,
	     const struct ty_sign_in *request, const struct ty_id *attempt_id, bool rehash,
	     struct ty_signed_in *out, struct ty_err *err)
{
	char new_hash[TY_PASSWORD_HASH_SIZE] = "";
	struct ty_tx *tx;

	if (rehash && ty_password_hash(gate, request->password, new_hash, err) != TY_OK)
		return err->code;
	ty_token_new(out->token);
	ty_token_new(out->csrf_token);
	if (ty_tx_begin(store, arena, NULL, WAIT_MS, &tx, err) != TY_OK)
		return err->code;
	if (make_session(tx, request, attempt_id, new_hash, out, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

enum ty_code
ty_sign_in(struct ty_store *store, struct ty_arena *arena, struct ty_password *gate,
	   const struct ty_sign_in *request, struct ty_signed_in *ret_signed_in, struct ty_err *err)
{
	char source[TY_SIGN_IN_SOURCE_SIZE];
	const struct ty_store_attempt attempt = { .id = ty_id_new(),
						  .email = request->email,
						  .source = source,
						  .window_s = TY_SIGN_IN_WINDOW_S,
						  .email_max = TY_SIGN_IN_FAILURES_MAX,
						  .source_max = TY_SIGN_IN_SOURCE_FAILURES_MAX };
	struct ty_store_user *user = NULL;
	struct ty_signed_in out;
	bool rehash = false;

	ty_sign_in_source(request->remote_addr, source);
	if (look_up(store, arena, &attempt, &user, err) != TY_OK)
		return err->code;
	/* Keep no transaction open while the hash is computed, because it would pin a connection. */
	if (!ty_password_verify(gate, user != NULL ? user->password_hash : NULL, request->password,
				&rehash)) {
		if (settle(store, arena, &attempt.id, ty_store_attempt_fail, err) != TY_OK)
			return err->code;
		return refuse(err);
	}
	out.user = *user;
	if (open_session(store, arena, gate, request, &attempt.id, rehash, &out, err) != TY_OK)
		return give_back(store, arena, &attempt.id, err);
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
