/*
 * limits.h -- a workspace's limits as JSON: in rows (tyboo.limits_of), in the mirror of hooks and in
 * receipts that Redis keeps.
 */
#ifndef TY_JSON_LIMITS_H
#define TY_JSON_LIMITS_H

#include "base/limit_set.h"
#include "json/json.h"

/*
 * Read limits from an object { "concurrent_max": 100, ... }.  A missing member is the default; a member
 * that this release does not know is ignored.
 */
void ty_limits_from_json(const json_t *json, struct ty_limits *ret_limits);
/*
 * Read the limits of 'owner' from its member "limits", or, as the release before wrote them, from members
 * of the object itself, concurrent_max as "workspace_max".
 */
void ty_limits_of_json(const json_t *owner, struct ty_limits *ret_limits);
json_t *ty_limits_to_json(const struct ty_limits *limits); /* new */
/* List the limits for people: [ { "name", "value", "default", "min", "max", "unit", "label", "help" } ];
 * new. */
json_t *ty_limits_list_json(const struct ty_limits *limits);
/* ty_limits_from_json() of a text; a damaged text gives the defaults. */
void ty_limits_from_text(struct ty_arena *arena, const char *text, struct ty_limits *ret_limits);

#endif
