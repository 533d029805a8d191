/*
 * secrets.h -- the one place where secrets are opened for a call: as it is about to be made.
 *
 * Engine, journal and records only ever see ids of credentials and, in versions of before there was
 * no other way, sealed texts (vault/sealed_text.h).  Postgres is asked for a credential before each
 * call: one that was changed or deleted counts from the next call on.
 */
#ifndef TY_SERVICE_SECRETS_H
#define TY_SERVICE_SECRETS_H

#include "base/defs.h"
#include "base/id.h"
#include "node/node.h"
#include "service/service.h"
#include "store/async.h"

#include <jansson.h>

struct ty_secrets;
struct ty_token_code;
struct ty_vault;
struct ty_secrets_opening; /* the secrets of one call, for as long as it lasts */

/*
 * 'ask' is the call with its secrets; both pointers in it live until ty_secrets_close.  NULL where 'err'
 * is not.
 */
typedef void (*ty_secrets_fn)(void *ctx, const struct ty_service_ask *ask,
			      const struct ty_err *err);

/* All is borrowed. */
struct ty_secrets_conf {
	const struct ty_service_means
		*means; /* loop, and the net that providers of tokens are asked with */
	struct ty_store_async *store;
	const char *master_key_file;
	void (*idle)(void *ctx); /* no provider is asked any more; NULL = not of interest */
	void *idle_ctx;
};

/* The key is read when first needed: not every worker meets a secret. */
struct ty_secrets *ty_secrets_new(const struct ty_secrets_conf *conf);
/* After the store is freed, before the net is.  Takes NULL. */
void ty_secrets_free(struct ty_secrets *secrets);
/* Is a provider being asked for a token?  Its answer may be the only one it gives, so it is waited for. */
bool ty_secrets_are_busy(const struct ty_secrets *secrets);

/* The vault, read now where it was not; NULL where there is no master key.  Borrowed. */
const struct ty_vault *ty_secrets_vault(struct ty_secrets *secrets);

bool ty_secrets_are_in(const struct ty_call *call); /* a credential or a sealed text */

/*
 * Open those of 'call' (borrowed for the opening's life), a call of that workflow; NULL = of none: a
 * credential that is tried.  'fn' is always called, never from
 * within, unless closed before.  Errors (to fn): TY_E_NOT_FOUND (no such credential), TY_E_DENIED
 * (does not open), TY_E_UNAVAILABLE (no master key, Postgres is away).
 */
struct ty_secrets_opening *ty_secrets_open(struct ty_secrets *secrets,
					   const struct ty_id *workspace_id,
					   const struct ty_id *workflow_id,
					   const struct ty_call *call, ty_secrets_fn fn, void *ctx);
void ty_secrets_close(struct ty_secrets_opening *opening); /* wipes; takes NULL */

/*
 * Exchange a sign-in for the token of the call's credential, which is kept; the call is not to be made.
 * 'code' is borrowed for the opening's life.  Errors (to fn): those above, and service/token.h's.
 */
struct ty_secrets_opening *ty_secrets_connect(struct ty_secrets *secrets,
					      const struct ty_id *workspace_id,
					      const struct ty_call *call,
					      const struct ty_token_code *code, ty_secrets_fn fn,
					      void *ctx);

/*
 * Did this answer refuse a provider's token (401), which may be over?  True: another is got, once an
 * opening, and 'fn' of the opening called again: with an ask, to make the call again; with an error; or
 * with neither, where the answer (ty_secrets_refused) stands.
 */
bool ty_secrets_renew(struct ty_secrets_opening *opening, const json_t *answer);
const json_t *ty_secrets_refused(const struct ty_secrets_opening *opening);

/*
 * Mask the opened secrets in an answer, because a receiver may repeat them: new reference, 'answer' itself
 * where there is none in it.
 */
json_t *ty_secrets_mask(const struct ty_secrets_opening *opening, const json_t *answer);
void ty_secrets_mask_err(const struct ty_secrets_opening *opening, struct ty_err *err);

#endif
