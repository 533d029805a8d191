/*
 * api_blob.h -- the bytes of a file as the body of an answer.
 */
#ifndef TY_APP_API_BLOB_H
#define TY_APP_API_BLOB_H

#include "api.h"

/*
 * All bytes of call->hash, of the call's workspace, as the response's body; no header is set.  The call has
 * no transaction of its own any more.  Errors: TY_E_NOT_FOUND, TY_E_MALFORMED, TY_E_UNAVAILABLE.
 */
enum ty_code api_blob_send(struct ty_api_call *call, struct ty_err *err) TY_MUST_CHECK;
/* A media type as it may be sent; what is none is bytes. */
const char *api_blob_type(const char *mime);

#endif
