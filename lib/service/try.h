/*
 * try.h -- one call with a credential, made at once: what a worker would send, and what came back.
 *
 * For people who want to know whether a credential is right: API and tybooctl.  It is opened, applied
 * and masked by the code that a worker's call goes through, on a loop and a connection of its own, so
 * that the calling thread waits, and nothing else does.
 */
#ifndef TY_SERVICE_TRY_H
#define TY_SERVICE_TRY_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"

struct ty_token_code;

struct ty_service_try {
	const struct ty_conf *conf; /* database, master key, what may be called */
	const struct ty_id *workspace_id, *credential_id;
	const char *method, *url;
	const struct ty_token_code
		*code; /* exchange it for a token, and make no call; NULL = call */
	int64_t timeout_ms; /* of all of it; a provider that is asked is waited for as long as it may take */
};

/*
 * *ret_told: { "status", "ok": status below 400, "url": the last, "duration_ms", "content_type"?,
 * "text"?: the beginning of the answer }, without the secrets; owned by 'arena'.  {} of a sign-in.
 * Errors: those of the call (net/http.h) and of opening (service/secrets.h), masked; TY_E_TIMEOUT.
 */
enum ty_code ty_service_try(struct ty_arena *arena, const struct ty_service_try *try,
			    json_t **ret_told, struct ty_err *err) TY_MUST_CHECK;

#endif
