/*
 * sign_in.h -- from e-mail and password to a session, and from a cookie to a person.
 *
 * An unknown address, a wrong password and a disabled user are told apart by nobody: same
 * answer, same work.  Failures are counted per address over a window.
 */
#ifndef TY_AUTH_SIGN_IN_H
#define TY_AUTH_SIGN_IN_H

#include "auth/password.h"
#include "auth/token.h"
#include "base/defs.h"
#include "store/session.h"
#include "store/user.h"

/* Five wrong passwords a quarter of an hour: 480 guesses a day, for a password of 8 nothing. */
#define TY_SIGN_IN_FAILURES_MAX 5
#define TY_SIGN_IN_WINDOW_S	900
/* Wrong passwords from one source over the same time: an office behind one address mistypes less, and
 * who tries one password on many e-mails gets 200 guesses an hour. */
#define TY_SIGN_IN_SOURCE_FAILURES_MAX 50

struct ty_sign_in {
	const char *email, *password;
	const char *user_agent, *remote_addr;
	int64_t session_s; /* lifetime */
};

struct ty_signed_in {
	struct ty_store_user user;
	char token[TY_TOKEN_SIZE]; /* the cookie's value */
	char csrf_token[TY_TOKEN_SIZE];
};

/*
 * Check the password and make a session.
 * Errors: TY_E_UNAUTHENTICATED (one text for all reasons), TY_E_LIMIT (too many failures of the
 * e-mail or the source), TY_E_UNAVAILABLE (too many of them under way), those of ty_tx_*.
 */
enum ty_code ty_sign_in(struct ty_store *store, struct ty_arena *arena, struct ty_password *gate,
			const struct ty_sign_in *request, struct ty_signed_in *ret_signed_in,
			struct ty_err *err) TY_MUST_CHECK;

#define TY_SIGN_IN_SOURCE_SIZE 64

/*
 * Write the name under which attempts of an address are counted: an IPv4 address, the /64 of an IPv6 one
 * (its holder has all of it). "" where 'remote_addr' is no address, because such attempts are not counted.
 */
void ty_sign_in_source(const char *remote_addr, char out[TY_SIGN_IN_SOURCE_SIZE]);

/*
 * The live session of a cookie's value, *ret_session NULL where there is none.  Its expiry
 * slides: it is moved when more than a tenth of the lifetime has passed since the last time.
 */
enum ty_code ty_session_find(struct ty_tx *tx, const char *token, int64_t session_s,
			     struct ty_store_session **ret_session,
			     struct ty_err *err) TY_MUST_CHECK;

#endif
