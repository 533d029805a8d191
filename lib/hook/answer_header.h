/*
 * answer_header.h -- which headers a workflow may put on its answer to a sender.
 *
 * Hooks share their address with the UI, and nginx and FastCGI read some headers themselves, so a header of
 * the connection, of cookies, of the site's security or of the server is refused rather than dropped.
 */
#ifndef TY_HOOK_ANSWER_HEADER_H
#define TY_HOOK_ANSWER_HEADER_H

#include "base/defs.h"

/* Reason why a header's name is refused, static; NULL where it is not.  *ret_hint then says how to mend
 * it. */
const char *ty_hook_answer_header_fault(const char *name, const char **ret_hint);
/* Reason why a header's value is refused. */
const char *ty_hook_answer_value_fault(const char *value);

/*
 * Is an answer of this content type (RFC 9110, 8.3) surely JSON or plain text, which no browser makes a page of?
 * False where it has more than one type, of which a browser takes the last, and for types that only begin so:
 * what ends in "+xml" is a document with scripts.
 */
bool ty_hook_answer_is_data(const char *type);

#endif
