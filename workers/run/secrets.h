/*
 * secrets.h -- the one place where a worker opens secrets: in the request that is about to leave.
 *
 * Engine, journal and records only ever see sealed texts (vault/sealed_text.h) and ids of credentials.
 */
#ifndef TY_RUN_SECRETS_H
#define TY_RUN_SECRETS_H

#include "base/defs.h"
#include "base/id.h"
#include "node/node.h"
#include "store/async.h"

#include <jansson.h>

struct secrets;
struct secrets_opening;

/* 'request' is the request with its secrets, borrowed for the call; NULL where 'err' is not. */
typedef void (*secrets_fn)(void *ctx, const json_t *request, const struct ty_err *err);

/* The store is borrowed.  The key is read when first needed: not every worker meets a secret. */
struct secrets *secrets_new(struct ty_store_async *store, const char *master_key_file);
void secrets_free(struct secrets *secrets); /* takes NULL */

bool secrets_are_in(const struct ty_call *call); /* a credential or a sealed text */

/*
 * Open those of 'call' (borrowed for the opening's life).  'fn' is always called, never from
 * within, unless canceled.  Errors (to fn): TY_E_NOT_FOUND (no such credential), TY_E_DENIED (does not
 * open), TY_E_UNAVAILABLE (no master key, Postgres is away).
 */
struct secrets_opening *secrets_open(struct secrets *secrets, const struct ty_id *workspace_id,
				     const struct ty_id *workflow_id, const struct ty_call *call,
				     secrets_fn fn, void *ctx);
void secrets_cancel(struct secrets_opening *opening); /* fn is not called */

#endif
