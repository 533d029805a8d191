/*
 * time.h -- milliseconds since 1970 (wall) and since some start (mono).
 */
#ifndef TY_BASE_TIME_H
#define TY_BASE_TIME_H

#include "base/defs.h"

#define TY_TIME_TEXT_SIZE 25 /* "2026-01-02T03:04:05.678Z" + NUL */

int64_t ty_time_now_ms(void);  /* wall clock */
int64_t ty_time_mono_ms(void); /* monotonic: for durations and deadlines */

/* RFC 3339 in UTC with milliseconds; 'out' takes TY_TIME_TEXT_SIZE. */
void ty_time_format(int64_t ms, char *out);
/* RFC 3339, any offset, fraction optional.  False leaves *ret_ms alone. */
bool ty_time_parse(const char *s, int64_t *ret_ms);

#endif
