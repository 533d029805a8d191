/*
 * origin.h -- which pages of other sites may call a hook (CORS): core.webhook's "allowed_origins".
 *
 * A list as text: origins as a browser sends them, "scheme://host" or "scheme://host:port",
 * separated by commas or spaces; or "*" for all.
 */
#ifndef TY_HOOK_ORIGIN_H
#define TY_HOOK_ORIGIN_H

#include "base/defs.h"

/* Fault of 'origins', as a sentence and how to mend it; NULL: none. */
const char *ty_hook_origins_fault(const char *origins, const char **ret_hint);
/* The value of Access-Control-Allow-Origin: 'origin', or "*"; NULL: it is not allowed. */
const char *ty_hook_origins_allow(const char *origins, const char *origin);

#endif
