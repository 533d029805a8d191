/*
 * map.c -- open addressing over an array of entries in insertion order.
 *
 * 'slots' holds entry index + 1 (0 = empty); a removed entry keeps its slot with a
 * NULL key until the next growth, so that probing stays correct.  FNV-1a is enough:
 * keys from users are bounded in number (limits.h), so flooding buys nothing.
 *
 * A map with its own memory (NULL arena) uses malloc, so that one that lives as long
 * as the process and sees keys come and go stays as large as its content.
 */
#include "base/map.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	char *key; /* NULL = removed */
	void *value;
	uint32_t hash;
};

struct ty_map {
	struct ty_arena *arena; /* NULL: malloc */
	struct entry *entries;
	size_t count, used, cap; /* live; live and removed; of entries */
	uint32_t *slots;
	size_t slot_count; /* power of two, at least 2 * cap */
};

static void *
map_alloc(struct ty_arena *arena, size_t count, size_t size)
{
	void *ptr;

	if (arena != NULL)
		return ty_arena_alloc_array(arena, count, size);
	ptr = calloc(count, size);
	if (ptr == NULL)
		abort();
	return ptr;
}

static void
map_release(const struct ty_map *map, void *ptr)
{
	if (map->arena == NULL)
		free(ptr);
}

static uint32_t
hash_of(const char *key)
{
	uint32_t hash = 2166136261u;

	for (; *key != '\0'; key++)
		hash = (hash ^ (uint8_t)*key) * 16777619u;
	return hash;
}

static void
map_index(struct ty_map *map, size_t entry)
{
	size_t at = map->entries[entry].hash & (map->slot_count - 1);

	while (map->slots[at] != 0)
		at = (at + 1) & (map->slot_count - 1);
	map->slots[at] = (uint32_t)entry + 1;
}

/* New storage of 'cap' entries, without the removed ones. */
static void
map_resize(struct ty_map *map, size_t cap)
{
	struct entry *old = map->entries;
	size_t used = map->used;

	map_release(map, map->slots);
	map->entries = map_alloc(map->arena, cap, sizeof(*map->entries));
	map->slot_count = cap * 2;
	map->slots = map_alloc(map->arena, map->slot_count, sizeof(*map->slots));
	map->cap = cap;
	map->used = 0;
	for (size_t i = 0; i < used; i++) {
		if (old[i].key == NULL)
			continue;
		map->entries[map->used] = old[i];
		map_index(map, map->used++);
	}
	map_release(map, old);
}

struct ty_map *
ty_map_new(struct ty_arena *arena)
{
	struct ty_map *map = map_alloc(arena, 1, sizeof(*map));

	map->arena = arena;
	map_resize(map, 8);
	return map;
}

void
ty_map_free(struct ty_map *map)
{
	if (map == NULL)
		return;
	TY_ASSERT(map->arena == NULL);
	for (size_t i = 0; i < map->used; i++)
		free(map->entries[i].key);
	free(map->entries);
	free(map->slots);
	free(map);
}

static struct entry *
map_entry(const struct ty_map *map, const char *key, uint32_t hash)
{
	size_t at = hash & (map->slot_count - 1);

	for (; map->slots[at] != 0; at = (at + 1) & (map->slot_count - 1)) {
		struct entry *entry = &map->entries[map->slots[at] - 1];

		if (entry->key != NULL && entry->hash == hash && strcmp(entry->key, key) == 0)
			return entry;
	}
	return NULL;
}

void *
ty_map_set(struct ty_map *map, const char *key, void *value)
{
	uint32_t hash = hash_of(key);
	struct entry *entry = map_entry(map, key, hash);
	size_t size = strlen(key) + 1;

	if (entry != NULL) {
		void *old = entry->value;

		entry->value = value;
		return old;
	}
	if (map->used == map->cap)
		map_resize(map, map->count * 2 >= map->cap ? map->cap * 2 : map->cap);
	entry = &map->entries[map->used];
	*entry = (struct entry){ map_alloc(map->arena, 1, size), value, hash };
	memcpy(entry->key, key, size);
	map_index(map, map->used++);
	map->count++;
	return NULL;
}

void *
ty_map_find(const struct ty_map *map, const char *key)
{
	const struct entry *entry = map_entry(map, key, hash_of(key));

	return entry == NULL ? NULL : entry->value;
}

void *
ty_map_take(struct ty_map *map, const char *key)
{
	struct entry *entry = map_entry(map, key, hash_of(key));
	void *value;

	if (entry == NULL)
		return NULL;
	value = entry->value;
	map_release(map, entry->key);
	*entry = (struct entry){ 0 };
	map->count--;
	return value;
}

size_t
ty_map_count(const struct ty_map *map)
{
	return map->count;
}

bool
ty_map_next(const struct ty_map *map, size_t *at, const char **ret_key, void **ret_value)
{
	while (*at < map->used) {
		const struct entry *entry = &map->entries[(*at)++];

		if (entry->key == NULL)
			continue;
		if (ret_key != NULL)
			*ret_key = entry->key;
		if (ret_value != NULL)
			*ret_value = entry->value;
		return true;
	}
	return false;
}
