/*
 * dump.h -- a large value as text, with no second copy of it on the way.
 */
#ifndef TY_JSON_DUMP_H
#define TY_JSON_DUMP_H

#include "json/json.h"

/*
 * Dump as ty_json_dump(), in two passes: the first counts, so that the text is written where it stays.
 * For values of megabytes, whose copies would be felt.
 */
char *ty_json_dump_in_place(struct ty_arena *arena, const json_t *json, size_t *ret_len);

#endif
