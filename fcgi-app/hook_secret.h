/*
 * hook_secret.h -- a sender that gives the secret of its signatures in its first request (Asana).
 *
 * Whoever comes first is believed, and nobody after: see vault/handshake.h.
 */
#ifndef TY_APP_HOOK_SECRET_H
#define TY_APP_HOOK_SECRET_H

#include "api.h"
#include "hook_cache.h"
#include "intake/job.h"

/* Is it that request?  One that is signed is a delivery. */
bool hook_secret_is_offered(const struct ty_hook_rule *rule,
			    const struct ty_hook_delivery *delivery);
/*
 * Keep the secret, and send it back in the header that it came in; neither a receipt nor a run.  Where the
 * webhook has another one already, it is refused as a delivery without a signature.
 */
enum ty_code hook_secret_take(struct ty_api_call *call, const struct ty_hook_entry *entry,
			      const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
			      struct ty_err *err) TY_MUST_CHECK;

#endif
