/*
 * text.h -- a JSON value as text, exactly as JavaScript would write it.
 *
 * A template that is joined here and one that the sandbox joins must give the
 * same bytes, so numbers follow ECMAScript's Number::toString (shortest digits
 * that read back, 1e21, 1e-7) and objects follow JSON.stringify (integer keys
 * first).  Only a number that JavaScript would round keeps its digits here.
 */
#ifndef TY_PARAM_TEXT_H
#define TY_PARAM_TEXT_H

#include "base/defs.h"
#include "json/json.h"

/*
 * Add 'value' to 'buf': nothing for NULL and null (as n8n shows them), strings as
 * they are, numbers and booleans as String() does, the rest as JSON.stringify.
 */
void ty_param_text_add(struct ty_buf *buf, const json_t *value);

/* Add a text as it stands between the quotes of a JSON text. */
void ty_param_text_add_escaped(struct ty_buf *buf, const char *s, size_t len);

#endif
