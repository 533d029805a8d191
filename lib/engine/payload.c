/*
 * payload.c -- values over TY_LIMIT_INLINE_VALUE_BYTES leave the items by reference.
 *
 * Invariants:
 *   (1) A reference is { "$payload": sha256, "bytes": n, "kind": "string"|"json" }; only one
 *       whose hash is in the run's own table is ever followed, so a user's forgery of one
 *       stays the plain object it is.
 *   (2) The smallest enclosing value that is too large is the one replaced: children first.
 *       An item's own "json" is never replaced as a whole, only members of it.
 *   (3) What was emitted is frozen: only containers on the way to a replaced value are copied.
 *   (4) One walk per emitted item both measures and replaces.
 *
 * Memory: the run's arena.  The whole values stay in memory as long as the run does, so that
 * resolving a reference costs a look-up.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <string.h>

struct shrinking {
	struct ty_run *run;
	size_t values; /* of the whole tree */
	bool replaced;
};

static json_t *shrink(struct shrinking *s, json_t *value, bool top, size_t *ret_bytes,
		      size_t *ret_whole);

static struct ty_payload *
payload_add(struct ty_run *run)
{
	run->payload_list = ty_arena_grow(run->arena, run->payload_list, run->payload_count,
					  &run->payload_cap, sizeof(*run->payload_list));
	return &run->payload_list[run->payload_count++];
}

/* Put 'whole' into the table under the hash of what is stored for it: 'stored'. */
static json_t *
payload_keep(struct shrinking *s, json_t *whole, json_t *stored)
{
	struct ty_run *run = s->run;
	struct ty_payload payload = { .kind = json_is_string(stored) ? "string" : "json" };
	uint8_t sum[TY_SHA256_SIZE];

	if (json_is_string(stored)) {
		payload.data = json_string_value(stored);
		payload.len = json_string_length(stored);
	} else {
		payload.data = ty_json_dump_canonical(run->arena, stored, &payload.len);
	}
	ty_sha256(payload.data, payload.len, sum);
	ty_str_hex(sum, sizeof(sum), payload.hash);
	s->replaced = true;
	if (run->payloads == NULL)
		run->payloads = ty_map_new(run->arena);
	if (ty_map_find(run->payloads, payload.hash) == NULL) {
		ty_json_own(run->arena, json_incref(whole));
		*payload_add(run) = payload;
		ty_map_set(run->payloads, payload.hash, whole);
	}
	return json_pack("{s:s, s:I, s:s}", "$payload", payload.hash, "bytes",
			 (json_int_t)payload.len, "kind", payload.kind);
}

void
ty_run_take_payloads(struct ty_run *run, const struct ty_payload **ret_payloads, size_t *ret_count)
{
	*ret_count = run->payload_count - run->payload_taken;
	*ret_payloads = *ret_count > 0 ? &run->payload_list[run->payload_taken] : NULL;
	run->payload_taken = run->payload_count;
}

static json_t *
shrink_array(struct shrinking *s, json_t *array, size_t *ret_bytes, size_t *ret_whole)
{
	json_t *copy = NULL, *child;
	size_t i;

	*ret_bytes = *ret_whole = 2;
	json_array_foreach(array, i, child)
	{
		size_t bytes, whole;
		json_t *small = shrink(s, child, false, &bytes, &whole);

		*ret_bytes += bytes + 1;
		*ret_whole += whole + 1;
		if (small == NULL)
			continue;
		if (copy == NULL)
			copy = json_copy(array);
		json_array_set_new(copy, i, small);
	}
	return copy;
}

static json_t *
shrink_object(struct shrinking *s, json_t *object, size_t *ret_bytes, size_t *ret_whole)
{
	json_t *copy = NULL, *child;
	const char *key;

	*ret_bytes = *ret_whole = 2;
	json_object_foreach(object, key, child)
	{
		size_t bytes, whole, key_bytes = strlen(key) + 4;
		json_t *small = shrink(s, child, false, &bytes, &whole);

		*ret_bytes += bytes + key_bytes;
		*ret_whole += whole + key_bytes;
		if (small == NULL)
			continue;
		if (copy == NULL)
			copy = json_copy(object);
		json_object_set_new_nocheck(copy, key, small);
	}
	return copy;
}

/* What stands in for 'value' (new reference), or NULL where it may stay as it is. */
static json_t *
shrink(struct shrinking *s, json_t *value, bool top, size_t *ret_bytes, size_t *ret_whole)
{
	json_t *copy = NULL, *ref;

	s->values++;
	switch (json_typeof(value)) {
	case JSON_STRING:
		*ret_bytes = *ret_whole = json_is_string(value) ? json_string_length(value) + 2
								: ty_json_size_bytes(value);
		break;
	case JSON_ARRAY:
		copy = shrink_array(s, value, ret_bytes, ret_whole);
		break;
	case JSON_OBJECT:
		if (payload_find(s->run, value) != NULL)
			s->replaced = true; /* handed on as it came in */
		copy = shrink_object(s, value, ret_bytes, ret_whole);
		break;
	default:
		*ret_bytes = *ret_whole = 8; /* near enough for any number */
	}
	if (top || *ret_bytes <= TY_LIMIT_INLINE_VALUE_BYTES + 2)
		return copy;
	ref = payload_keep(s, value, copy != NULL ? copy : value);
	json_decref(copy);
	*ret_bytes = 64 + 64;
	return ref;
}

json_t *
payload_shrink(struct ty_run *run, json_t *json, struct tree_size *ret_size, bool *ret_has_refs)
{
	struct shrinking s = { .run = run };
	size_t bytes;
	json_t *small = shrink(&s, json, true, &bytes, &ret_size->bytes);

	ret_size->values = s.values;
	*ret_has_refs = s.replaced;
	if (small == NULL)
		return json;
	json_decref(json);
	return small;
}

bool
payload_is_too_deep(const json_t *value, size_t max)
{
	const char *key;
	json_t *child;
	size_t i;

	if (max == 0)
		return true;
	json_array_foreach(value, i, child) if (payload_is_too_deep(child, max - 1)) return true;
	json_object_foreach((json_t *)value, key,
			    child) if (payload_is_too_deep(child, max - 1)) return true;
	return false;
}

json_t *
payload_find(const struct ty_run *run, const json_t *value)
{
	const char *hash;

	if (run->payloads == NULL || !json_is_object(value) || json_object_size(value) != 3)
		return NULL;
	hash = json_string_value(json_object_get(value, "$payload"));
	return hash != NULL ? ty_map_find(run->payloads, hash) : NULL;
}

/* A copy of 'value' with references resolved (new reference), or NULL where there are none. */
static json_t *
resolve(struct ty_run *run, json_t *value)
{
	json_t *copy = NULL, *child, *whole = payload_find(run, value);
	const char *key;
	size_t i;

	if (whole != NULL) {
		copy = resolve(run, whole); /* it may hold references that came in with it */
		return copy != NULL ? copy : json_incref(whole);
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, child)
		{
			if ((whole = resolve(run, child)) == NULL)
				continue;
			if (copy == NULL)
				copy = json_copy(value);
			json_array_set_new(copy, i, whole);
		}
	} else if (json_is_object(value)) {
		json_object_foreach(value, key, child)
		{
			if ((whole = resolve(run, child)) == NULL)
				continue;
			if (copy == NULL)
				copy = json_copy(value);
			json_object_set_new_nocheck(copy, key, whole);
		}
	}
	return copy;
}

json_t *
payload_whole(struct ty_run *run, json_t *value)
{
	json_t *whole;

	if (run->payloads == NULL || value == NULL)
		return value;
	whole = resolve(run, value);
	return whole != NULL ? ty_json_own(run->arena, whole) : value;
}

json_t *
payload_item_json(struct ty_run *run, struct item *item)
{
	if (!item->has_refs)
		return item->json;
	if (item->whole == NULL)
		item->whole = payload_whole(run, item->json);
	return item->whole;
}
