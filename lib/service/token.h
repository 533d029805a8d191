/*
 * token.h -- access tokens of OAuth 2.0 credentials: got, kept and renewed, by one asker at a time.
 *
 *	ask --> use .......................................................... told
 *	    --> wait (another asks the provider) --> ask again
 *	    --> fetch: ask the provider --> keep in Postgres ................. told
 *	                                --> fail: say so in Postgres ......... told
 *
 * Invariants:
 *   (1) The row of tyboo.credential_tokens is the one lock of a credential's token (sql/functions/tokens.sql).
 *   (2) A token is told only after Postgres has it.
 *   (3) Whoever asked may leave; what the provider was asked goes on, because its answer may be the only
 *       one that it gives.
 */
#ifndef TY_SERVICE_TOKEN_H
#define TY_SERVICE_TOKEN_H

#include "base/defs.h"
#include "base/id.h"
#include "service/credential_cache.h"
#include "store/async.h"

struct ty_net;
struct ty_tokens;
struct ty_token_job;
struct ty_vault;

/* Time in which its holder has the lock: the provider's answer, and three tries to keep it. */
#define TY_TOKEN_HOLD_MS 30000
/* Age below which a token that was refused is not renewed: it is not its age that it was refused for. */
#define TY_TOKEN_YOUNG_MS 10000
/* Time between two looks whether another has the token, or whether Postgres is back. */
#define TY_TOKEN_LOOK_MS 100

/* A sign-in that came back, to be exchanged. */
struct ty_token_code {
	const char *code, *verifier, *redirect_uri;
	const char *iss; /* issuer that the answer names (RFC 9207); "" or NULL = it names none */
};

/* All is copied or held. */
struct ty_token_ask {
	const struct ty_vault *vault; /* outlives the job */
	const struct ty_id *workspace_id, *credential_id;
	struct ty_credential_ref *credential; /* held: of TY_SIGNING_OAUTH2_* */
	const char *hosts;		      /* hosts that it may go to */
	const struct ty_id *spoiled;	      /* token that was refused; NULL = none */
	const struct ty_token_code *code;     /* NULL = no sign-in */
};

struct ty_token {
	struct ty_id id;
	const char *access_token; /* borrowed for the call */
};

/* Neither token nor err: nothing better is to be had than the token that was refused. */
typedef void (*ty_token_fn)(void *ctx, const struct ty_token *token, const struct ty_err *err);

/* 'idle' is called when nothing is under way any more; NULL = nobody asks. */
struct ty_tokens *ty_tokens_new(struct uv_loop_s *loop, struct ty_store_async *store,
				struct ty_net *net, void (*idle)(void *ctx), void *ctx);
/* After the store is freed, before the net is.  What is under way is given up.  Takes NULL. */
void ty_tokens_free(struct ty_tokens *tokens);
/* Is a provider being asked, or its answer being kept? */
bool ty_tokens_are_busy(const struct ty_tokens *tokens);

/*
 * 'fn' is always called, never from within, unless left before.  Errors: TY_E_DENIED (a person has to
 * connect it, the provider refuses, the address is not allowed), TY_E_UNAVAILABLE, TY_E_UPSTREAM,
 * TY_E_TIMEOUT, TY_E_NOT_FOUND; without secrets in their words.
 */
struct ty_token_job *ty_token_get(struct ty_tokens *tokens, const struct ty_token_ask *ask,
				  ty_token_fn fn, void *ctx);
void ty_token_leave(struct ty_token_job *job); /* fn is not called; takes NULL */

#endif
