/*
 * answer_header.h -- which headers a workflow may put on its answer to a sender.
 *
 * Hooks share their address with the UI, and nginx and FastCGI read some headers themselves, so a header of
 * the connection, of cookies, of the site's security or of the server is refused rather than dropped.
 */
#ifndef TY_HOOK_ANSWER_HEADER_H
#define TY_HOOK_ANSWER_HEADER_H

#include "base/defs.h"

/* Why it is refused, static; NULL where it is not.  *ret_hint says how to mend it then. */
const char *ty_hook_answer_header_fault(const char *name, const char **ret_hint);
/* The same of its value. */
const char *ty_hook_answer_value_fault(const char *value);

#endif
