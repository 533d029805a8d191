/*
 * text.h -- a JSON value as text, exactly as JavaScript would write it.
 *
 * A template that is joined here and one that the sandbox joins must give the
 * same bytes, so numbers follow ECMAScript's Number::toString (shortest digits
 * that read back, 1e21, 1e-7) and objects follow JSON.stringify (integer keys
 * first).  An integer beyond 2^53 is rounded to a double, as JavaScript does.
 */
#ifndef TY_PARAM_TEXT_H
#define TY_PARAM_TEXT_H

#include "base/defs.h"
#include "json/json.h"

#define TY_PARAM_NUMBER_SIZE 48 /* "-1.2345678901234567e-308" and NUL, with room */

/* String(value) of a finite double. */
void ty_param_number_format(double value, char out[TY_PARAM_NUMBER_SIZE]);

/*
 * Add 'value' to 'buf': nothing for NULL and null (as n8n shows them), strings as
 * they are, numbers and booleans as String() does, the rest as JSON.stringify.
 */
void ty_param_text_add(struct ty_buf *buf, const json_t *value);

#endif
