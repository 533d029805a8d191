/*
 * read_keys.c -- which keys an object has, where no tree is made that would know.
 *
 * One open-addressed set for all objects of a text: a slot is the hash of (object, key), 8 bytes
 * a key, so that a text of TY_LIMIT_JSON_VALUES takes 4 MB at most.  Two keys with one hash look
 * like one that stands twice: whoever is told so reads again with a tree, which knows.
 */
#include "json/read.h"

#include <stdlib.h>
#include <string.h>

#define KEYS_FIRST 64

/* Multiply and shift (M. O'Neill's mixing constant): good enough where a collision costs time only. */
static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 29;
}

static uint64_t
hash(uint64_t object, const char *key, size_t len)
{
	uint64_t h = mix(object, len), word;

	for (; len >= sizeof(word); key += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, key, len);
	h = mix(h, word);
	return h != 0 ? h : 1; /* 0 is an empty slot */
}

/* False where it is there already. */
static bool
insert(struct json_keys *keys, uint64_t h)
{
	size_t at = (size_t)h & (keys->cap - 1);

	while (keys->slots[at] != 0) {
		if (keys->slots[at] == h)
			return false;
		at = (at + 1) & (keys->cap - 1);
	}
	keys->slots[at] = h;
	keys->count++;
	return true;
}

static void
grow(struct json_keys *keys)
{
	struct json_keys larger = { .cap = keys->cap > 0 ? keys->cap * 2 : KEYS_FIRST,
				    .objects = keys->objects };

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	TY_ASSERT(larger.slots != NULL);
	for (size_t i = 0; i < keys->cap; i++)
		if (keys->slots[i] != 0)
			(void)insert(&larger, keys->slots[i]);
	free(keys->slots);
	*keys = larger;
}

bool
json_keys_add(struct json_keys *keys, uint64_t object, const char *key, size_t len)
{
	if ((keys->count + 1) * 2 > keys->cap)
		grow(keys);
	return insert(keys, hash(object, key, len));
}
