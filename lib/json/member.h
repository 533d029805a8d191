/*
 * member.h -- one member of a JSON text, without a tree of the rest.
 *
 * For whoever looks for an id or a time in a body of any size: a tree takes up to eighty times the
 * size of its text.
 */
#ifndef TY_JSON_MEMBER_H
#define TY_JSON_MEMBER_H

#include "json/json.h"

/*
 * Read as ty_json_read(), but *ret_json is an object of the outermost object's member 'name' alone, or an
 * empty one where there is none, where it is an object or a list, or where the text is no object.  The
 * whole text is checked; nothing else of it takes memory, so a key that stands twice is not found, and
 * the last of several members of that name counts.  how->check means nothing.
 */
enum ty_code ty_json_read_member(struct ty_arena *arena, const char *data, size_t len,
				 const char *name, struct ty_json_read *how, json_t **ret_json,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
