/*
 * map.h -- string to pointer, open addressing, in insertion order.
 *
 * Keys are copied, values borrowed.  Iteration follows
 * insertion, so that what is printed from a map is stable.  With a NULL arena
 * the map owns its memory (malloc) and must be freed.
 */
#ifndef TY_BASE_MAP_H
#define TY_BASE_MAP_H

#include "base/defs.h"

struct ty_map;

struct ty_map *ty_map_new(struct ty_arena *arena);
void ty_map_free(struct ty_map *map); /* only for a map made with a NULL arena; takes NULL */
/* Set or replace; gives back the value that was there, NULL if none. */
void *ty_map_set(struct ty_map *map, const char *key, void *value);
void *ty_map_find(const struct ty_map *map, const char *key);
/* Remove; gives back the value that was there, NULL if none. */
void *ty_map_take(struct ty_map *map, const char *key);
size_t ty_map_count(const struct ty_map *map);

/* size_t at = 0; while (ty_map_next(map, &at, &key, &value)) ...  No change meanwhile. */
bool ty_map_next(const struct ty_map *map, size_t *at, const char **ret_key, void **ret_value);

#endif
