/*
 * flag.h -- flags that few rows have, beside those of enum ty_param_flags.
 */
#ifndef TY_PARAM_FLAG_H
#define TY_PARAM_FLAG_H

#include "param/param.h"

/* STRING, TEXT: the node asks for an expression's value (node/late.h), so that one may see an answer of
 * the step's own; until then the node has the source. */
#define TY_PARAM_LATE (1U << 8)

/* JSON: a text, as STRING takes it, or where an expression gives a list a list of texts; in a form and
 * the catalog it is a text. */
#define TY_PARAM_TEXTS (1U << 9)

#endif
