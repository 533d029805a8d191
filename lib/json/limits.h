/*
 * limits.h -- a workspace's limits as JSON: in rows (tyboo.limits_of), in the mirror of hooks and in
 * receipts that Redis keeps.
 */
#ifndef TY_JSON_LIMITS_H
#define TY_JSON_LIMITS_H

#include "base/limit_set.h"
#include "json/json.h"

/*
 * Of an object { "concurrent_max": 100, ... }: what it does not say is the default, what this
 * release does not know is ignored.
 */
void ty_limits_from_json(const json_t *json, struct ty_limits *ret_limits);
/*
 * Of what has limits: its member "limits", or where it has none, as the release before wrote them:
 * members of the object itself, concurrent_max as "workspace_max".
 */
void ty_limits_of_json(const json_t *owner, struct ty_limits *ret_limits);
json_t *ty_limits_to_json(const struct ty_limits *limits); /* new */
/* For people: [ { "name", "value", "default", "min", "max", "unit", "label", "help" } ]; new. */
json_t *ty_limits_list_json(const struct ty_limits *limits);
/* The same of a text; one that cannot be read gives the defaults. */
void ty_limits_from_text(struct ty_arena *arena, const char *text, struct ty_limits *ret_limits);

#endif
