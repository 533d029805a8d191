/*
 * json.h -- jansson with arena ownership and limits.
 *
 * json_t is the one third-party type that travels.  Every new reference is
 * handed to an arena on the line that makes it; a json_t that was emitted or
 * returned is frozen: to change it, copy.
 */
#ifndef TY_JSON_JSON_H
#define TY_JSON_JSON_H

#include "base/defs.h"

#include <jansson.h>

/*
 * Parse exactly one JSON value (RFC 8259) of 'len' bytes.  The value is owned
 * by 'arena'.  Refused with line and column: syntax errors, duplicate keys,
 * nesting over TY_LIMIT_JSON_DEPTH, lone surrogates, NUL, numbers out of range.
 * Errors: TY_E_MALFORMED.
 */
enum ty_code ty_json_parse(struct ty_arena *arena, const char *data, size_t len, json_t **ret_json,
			   struct ty_err *err) TY_MUST_CHECK;

/* Take over one new reference; decref'd when the arena is cleared.  NULL aborts. */
json_t *ty_json_own(struct ty_arena *arena, json_t *new_ref);

/* Compact text in insertion order, or with sorted keys (canonical). Owned by the arena. */
char *ty_json_dump(struct ty_arena *arena, const json_t *json, size_t *ret_len);
char *ty_json_dump_canonical(struct ty_arena *arena, const json_t *json, size_t *ret_len);

/* Bytes the compact text would take, without making it. */
size_t ty_json_size_bytes(const json_t *json);

/* Nesting of a value: 1 for a scalar, 2 for [1]. */
size_t ty_json_depth(const json_t *json);

/* Object members by key, with a default where absent or of another type. */
const char *ty_json_str(const json_t *obj, const char *key, const char *def); /* borrowed */
int64_t ty_json_int(const json_t *obj, const char *key, int64_t def);
bool ty_json_bool(const json_t *obj, const char *key, bool def);
json_t *ty_json_obj(const json_t *obj, const char *key); /* borrowed; NULL unless an object */
json_t *ty_json_arr(const json_t *obj, const char *key); /* borrowed; NULL unless an array */

/* { "code", "message", "path"?, "hint"?, "retryable" } of an error; new reference. */
json_t *ty_json_from_err(const struct ty_err *err);

#endif
