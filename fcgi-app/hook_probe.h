/*
 * hook_probe.h -- what a hook's address answers without a delivery: HEAD, GET and OPTIONS of senders
 * that look whether it is there, and a browser's question before a page of another site may call it.
 *
 * Nothing of a probe is kept and nothing runs.  Fetch standard, "CORS protocol": an answer that a page may
 * read carries its origin, an error's too.
 */
#ifndef TY_APP_HOOK_PROBE_H
#define TY_APP_HOOK_PROBE_H

#include "api.h"
#include "hook_cache.h"

/* The method whose hook is asked for: of a preflight the one that the page wants to use. */
const char *ty_hook_wanted_method(const struct ty_api_call *call);

/*
 * Is the request answered without a delivery?  OPTIONS of any claimed address; GET and HEAD where
 * only other methods are claimed; HEAD also where the claim is of any method.
 */
bool ty_hook_is_probe(const struct ty_api_call *call, const struct ty_hook_answer *answer);
/* Errors: TY_E_DENIED (the origin is not among the hook's), TY_E_METHOD. */
enum ty_code ty_hook_probe(struct ty_api_call *call, const struct ty_hook_answer *answer,
			   struct ty_err *err) TY_MUST_CHECK;

/* Let the page that asks read the answer, whatever it will be, where the hook allows its origin. */
void ty_hook_set_origin(struct ty_api_call *call, const struct ty_hook_rule *rule);

#endif
