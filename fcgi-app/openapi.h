/*
 * openapi.h -- the OpenAPI 3.1 document, printed from the route table, the forms and
 * openapi/schemas.json.
 *
 * docs/openapi.json is its output, committed; tests/unit/fcgi-app compares the two, so that
 * neither routes nor parameters can drift from what is documented.
 */
#ifndef TY_APP_OPENAPI_H
#define TY_APP_OPENAPI_H

#include "api.h"

/* openapi/schemas.json, embedded. */
extern const char ty_openapi_schemas[];

/* The schemas of answers by name: openapi/schemas.json, and what tables say; new reference. */
json_t *ty_openapi_answers(void);

/* Owned by 'arena', as is the text; 'pretty' is how it is committed. */
json_t *ty_openapi_document(struct ty_arena *arena, const struct ty_route *routes);
const char *ty_openapi_text(struct ty_arena *arena, const struct ty_route *routes, bool pretty,
			    size_t *ret_len);

#endif
