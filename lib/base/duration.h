/*
 * duration.h -- a length of time as people write it: "500ms", "30s", "2m", "1h".
 */
#ifndef TY_BASE_DURATION_H
#define TY_BASE_DURATION_H

#include "base/defs.h"

/* A whole number and its unit, up to 'max_ms'; false for anything else. */
bool ty_duration_parse(const char *text, int64_t max_ms, int64_t *ret_ms);

#endif
