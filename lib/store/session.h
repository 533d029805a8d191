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

/* Failed sign-ins of an address (case folded) within the last 'window_s'. */
enum ty_code ty_store_sign_in_failures(struct ty_tx *tx, const char *email, int64_t window_s,
				       int64_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* Note one more, and forget those older than the window. */
enum ty_code ty_store_sign_in_failure_add(struct ty_tx *tx, const char *email, int64_t window_s,
					  struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_store_sign_in_failures_clear(struct ty_tx *tx, const char *email,
					     struct ty_err *err) TY_MUST_CHECK;

#endif
