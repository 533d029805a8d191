/*
 * field.h -- tools that read the text of one field of each item, and give one value for it.
 *
 * The node puts the value into the item (lib/nodes/tool_into.h), so that only what is new comes back.
 */
#ifndef TY_PARSE_FIELD_H
#define TY_PARSE_FIELD_H

#include "base/buf.h"
#include "json/json.h"

/*
 * The text at the path 'field' of the item whose JSON 'data' is; owned by 'arena'.
 * Errors: TY_E_INVALID (no such field, no text).
 */
enum ty_code field_text(struct ty_arena *arena, const char *field, const char *data, size_t len,
			const char **ret_text, size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

/* Write { "value": value } (steals) as a line of the output. */
void field_give(struct ty_arena *arena, struct ty_buf *out, json_t *value);

#endif
