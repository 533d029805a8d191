/*
 * form.h -- application/x-www-form-urlencoded text (a query, a form body) as a JSON object.
 *
 * Never fails: what is no valid escape stays as it came, and bytes that are no UTF-8 become
 * U+FFFD, so that the same text always gives the same object.
 */
#ifndef TY_INTAKE_FORM_H
#define TY_INTAKE_FORM_H

#include "base/defs.h"
#include "json/json.h"

/* A name that comes several times gives an array, in order. Owned by 'arena'. */
json_t *ty_form_decode(struct ty_arena *arena, const char *s, size_t len);

/* Text as a JSON string, bytes that are no UTF-8 replaced; new reference. */
json_t *ty_form_string(struct ty_arena *arena, const char *s, size_t len);

#endif
