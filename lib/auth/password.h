/*
 * password.h -- argon2id (RFC 9106) with bounded memory.
 *
 * A hashing takes 19 MiB for some tens of milliseconds, so a flood of sign-ins would be a
 * flood of memory: struct ty_password lets only so many run at a time, the others wait.
 */
#ifndef TY_AUTH_PASSWORD_H
#define TY_AUTH_PASSWORD_H

#include "base/defs.h"

#define TY_PASSWORD_MIN_BYTES 8	   /* NIST SP 800-63B, 5.1.1.2 */
#define TY_PASSWORD_MAX_BYTES 1024 /* longer is an attack on the hash */
#define TY_PASSWORD_HASH_SIZE 128  /* encoded, with its NUL */

struct ty_password;

/* 'at_once': how many hashings may run at a time. */
struct ty_password *ty_password_new(unsigned at_once);
void ty_password_free(struct ty_password *gate); /* takes NULL */

/*
 * "$argon2id$v=19$m=19456,t=2,p=1$..." (OWASP's parameters) into 'out'.
 * Errors: TY_E_INVALID (too short, too long), TY_E_INTERNAL (no memory).
 */
enum ty_code ty_password_hash(struct ty_password *gate, const char *password,
			      char out[TY_PASSWORD_HASH_SIZE], struct ty_err *err) TY_MUST_CHECK;

/*
 * Does the password make this hash?  'encoded' NULL does the same work and says no, so that
 * an unknown address takes as long as a wrong password.  *ret_rehash (may be NULL) is set
 * where it matches but was made with other parameters than today's.
 */
bool ty_password_verify(struct ty_password *gate, const char *encoded, const char *password,
			bool *ret_rehash);

#endif
