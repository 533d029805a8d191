/*
 * resume.h -- the token in the address of a wait: who shows it may end that wait, and nothing else.
 *
 *	<run id>.<base64url of "frame/node", or "node">.<base64url of HMAC-SHA256>
 *
 * It says what it is for, so that it is known before the wait is reached and nothing has to be kept
 * for it.  The MAC's key is derived from the master key: whoever has no master key can make none,
 * and one of another installation is refused.  It is signed with the key that counted when the run began, and
 * counts until that key is retired (vault/ring.h).
 */
#ifndef TY_VAULT_RESUME_H
#define TY_VAULT_RESUME_H

#include "vault/vault.h"

/* A wait; strings are borrowed, or the arena's after ty_resume_parse. */
struct ty_resume {
	struct ty_id run_id;
	const char *frame, *node; /* frame "" = the root */
};

/* Owned by 'arena'. */
const char *ty_resume_token(const struct ty_vault *vault, struct ty_arena *arena,
			    const struct ty_resume *wait);

/* "<base_url>/resume/<workspace>/<token>" */
const char *ty_resume_url(struct ty_arena *arena, const char *base_url, const char *workspace,
			  const char *token);

/*
 * Parse a token, or a whole address with one.
 * Errors: TY_E_DENIED (no token, not this installation's, or changed on the way).
 */
enum ty_code ty_resume_parse(const struct ty_vault *vault, struct ty_arena *arena,
			     const char *token, struct ty_resume *ret_wait,
			     struct ty_err *err) TY_MUST_CHECK;

/* Key of the wait's answer in the run's journal (engine/journal.c). */
const char *ty_resume_key(struct ty_arena *arena, const struct ty_resume *wait);

/*
 * Give each of the 'waits' of a run ([{ "kind", "node", "frame" }], or no list) that a call ends its
 * "url".
 */
void ty_resume_urls_add(const struct ty_vault *vault, struct ty_arena *arena, const char *base_url,
			const char *workspace, const struct ty_id *run_id, json_t *waits);

#endif
