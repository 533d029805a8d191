/*
 * session.h -- sessions at rest, and failed sign-ins.  Keyed by a token's SHA-256.
 */
#ifndef TY_STORE_SESSION_H
#define TY_STORE_SESSION_H

#include "base/defs.h"
#include "store/store.h"
#include "store/user.h"

struct ty_store_session {
	uint8_t token_hash[32];
	struct ty_store_user user; /* password_hash is not loaded */
	const char *csrf_token;
	int64_t expires_at_ms;
};

enum ty_code ty_store_session_add(struct ty_tx *tx, const struct ty_store_session *session,
				  const char *user_agent, const char *remote_addr,
				  struct ty_err *err) TY_MUST_CHECK;
/*
 * A session that is not over, of a user who is not disabled; *ret_session NULL otherwise.
 * Slides its expiry to 'session_s' from now where a tenth of that has passed.
 */
enum ty_code ty_store_session_find(struct ty_tx *tx, const uint8_t token_hash[32],
				   int64_t session_s, struct ty_store_session **ret_session,
				   struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_session_remove(struct ty_tx *tx, const uint8_t token_hash[32],
				     struct ty_err *err) TY_MUST_CHECK;

/* Attempts to sign in.  A reserved one counts as a failure until it is removed. */
struct ty_store_attempt {
	struct ty_id id;
	const char *email;  /* case is folded */
	const char *source; /* address of the attempt; "" = unknown, not counted */
	int64_t window_s, email_max, source_max;
};
enum ty_store_attempt_verdict {
	TY_STORE_ATTEMPT_OK,	 /* reserved */
	TY_STORE_ATTEMPT_EMAIL,	 /* too many failures of the e-mail */
	TY_STORE_ATTEMPT_SOURCE, /* too many failures of the source */
	TY_STORE_ATTEMPT_BUSY,	 /* too many with those under way: ask again */
};
enum ty_code ty_store_attempt_reserve(struct ty_tx *tx, const struct ty_store_attempt *attempt,
				      enum ty_store_attempt_verdict *ret_verdict,
				      struct ty_err *err) TY_MUST_CHECK;
/* End an attempt whose password was wrong. */
enum ty_code ty_store_attempt_fail(struct ty_tx *tx, const struct ty_id *id,
				   struct ty_err *err) TY_MUST_CHECK;
/* End an attempt that came to nothing through no fault of the caller's. */
enum ty_code ty_store_attempt_remove(struct ty_tx *tx, const struct ty_id *id,
				     struct ty_err *err) TY_MUST_CHECK;
/* Attempt 'id' was right: forget it and the e-mail's failures, but not what is still under way. */
enum ty_code ty_store_attempt_succeed(struct ty_tx *tx, const char *email, const struct ty_id *id,
				      struct ty_err *err) TY_MUST_CHECK;

#endif
