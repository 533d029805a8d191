/*
 * secrets.h -- the one place where a worker opens secrets: for the call that is about to be made.
 *
 * Engine, journal and records only ever see ids of credentials and, in versions of before there was
 * no other way, sealed texts (vault/sealed_text.h).  Postgres is asked for a credential before each
 * call: one that was changed or deleted counts from the next call on.
 */
#ifndef TY_RUN_SECRETS_H
#define TY_RUN_SECRETS_H

#include "base/defs.h"
#include "base/id.h"
#include "node/node.h"
#include "service/service.h"
#include "store/async.h"

#include <jansson.h>

struct secrets;
struct ty_vault;
struct secrets_opening; /* the secrets of one call, for as long as it lasts */

/*
 * 'ask' is the call with its secrets; both pointers in it live until secrets_close.  NULL where 'err'
 * is not.
 */
typedef void (*secrets_fn)(void *ctx, const struct ty_service_ask *ask, const struct ty_err *err);

/* The store is borrowed.  The key is read when first needed: not every worker meets a secret. */
struct secrets *secrets_new(struct ty_store_async *store, const char *master_key_file);
void secrets_free(struct secrets *secrets); /* takes NULL */

/* The vault, read now where it was not; NULL where there is no master key.  Borrowed. */
const struct ty_vault *secrets_vault(struct secrets *secrets);

bool secrets_are_in(const struct ty_call *call); /* a credential or a sealed text */

/*
 * Open those of 'call' (borrowed for the opening's life).  'fn' is always called, never from
 * within, unless closed before.  Errors (to fn): TY_E_NOT_FOUND (no such credential), TY_E_DENIED
 * (does not open), TY_E_UNAVAILABLE (no master key, Postgres is away).
 */
struct secrets_opening *secrets_open(struct secrets *secrets, const struct ty_id *workspace_id,
				     const struct ty_id *workflow_id, const struct ty_call *call,
				     secrets_fn fn, void *ctx);
void secrets_close(struct secrets_opening *opening); /* wipes; takes NULL */

/*
 * Mask the opened secrets in an answer, because a receiver may repeat them: new reference, 'answer' itself
 * where there is none in it.
 */
json_t *secrets_mask(const struct secrets_opening *opening, const json_t *answer);
void secrets_mask_err(const struct secrets_opening *opening, struct ty_err *err);

#endif
