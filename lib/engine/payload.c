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
 *   (5) A value is kept as long as a frame that it was emitted in, and until it was taken
 *       (ty_run_take_payloads) and the take after that.
 *
 * Memory: each kept value has an arena of its own, child of the run's, and counts who holds it.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <string.h>

struct kept_payload {
	struct ty_payload payload;
	json_t *whole;
	struct ty_arena *arena;
	size_t holders; /* frames, and the list of those not taken or given */
	struct kept_payload *next;
};

struct shrinking {
	struct ty_run *run;
	struct frame *frame;
	size_t values; /* values of the whole tree */
	bool replaced;
};

static json_t *shrink(struct shrinking *s, json_t *value, bool top, size_t *ret_bytes,
		      size_t *ret_whole);

static void
kept_drop(struct ty_run *run, struct kept_payload *kept)
{
	if (--kept->holders > 0)
		return;
	ty_map_take(run->payloads, kept->payload.hash);
	ty_arena_free(kept->arena);
}

/* Does a frame around this one hold it, which lives longer? */
static bool
kept_is_held(const struct frame *frame, const struct kept_payload *kept)
{
	for (; frame != NULL; frame = frame->parent)
		for (size_t i = frame->payload_count; i-- > 0;)
			if (frame->payloads[i] == kept)
				return true;
	return false;
}

static void
kept_hold(struct frame *frame, struct kept_payload *kept)
{
	if (kept_is_held(frame, kept))
		return;
	frame->payloads = ty_arena_grow(frame->arena, frame->payloads, frame->payload_count,
					&frame->payload_cap, sizeof(struct kept_payload *));
	frame->payloads[frame->payload_count++] = kept;
	kept->holders++;
}

/* 'whole' under 'hash'; not listed yet. */
static struct kept_payload *
kept_new(struct ty_run *run, const char *hash, json_t *whole)
{
	struct ty_arena *arena = ty_arena_new(run->arena, "payload", 0);
	struct kept_payload *kept = ty_arena_new_of(arena, struct kept_payload);

	kept->arena = arena;
	kept->whole = ty_json_own(arena, json_incref(whole));
	memcpy(kept->payload.hash, hash, sizeof(kept->payload.hash));
	if (run->payloads == NULL)
		run->payloads = ty_map_new(run->arena);
	ty_map_set(run->payloads, kept->payload.hash, kept);
	return kept;
}

static void
kept_list(struct ty_run *run, struct kept_payload *kept)
{
	if (run->payload_first == NULL)
		run->payload_last = &run->payload_first;
	*run->payload_last = kept;
	run->payload_last = &kept->next;
	kept->holders++;
}

/* Put 'whole' into the table under the hash of what is stored for it: 'stored'. */
static json_t *
payload_keep(struct shrinking *s, json_t *whole, json_t *stored)
{
	struct ty_run *run = s->run;
	struct ty_payload payload = { .kind = json_is_string(stored) ? "string" : "json" };
	struct ty_arena *scratch = ty_arena_new(run->arena, "payload text", 0);
	struct kept_payload *kept;
	uint8_t sum[TY_SHA256_SIZE];

	if (json_is_string(stored)) {
		payload.data = json_string_value(stored);
		payload.len = json_string_length(stored);
	} else {
		payload.data = ty_json_dump_canonical(scratch, stored, &payload.len);
	}
	ty_sha256(payload.data, payload.len, sum);
	ty_str_hex(sum, sizeof(sum), payload.hash);
	s->replaced = true;
	kept = run->payloads != NULL ? ty_map_find(run->payloads, payload.hash) : NULL;
	if (kept == NULL) {
		kept = kept_new(run, payload.hash, whole);
		kept->payload.kind = payload.kind;
		kept->payload.len = payload.len;
		kept->payload.data = payload.data;
		if (json_is_string(stored))
			ty_json_own(kept->arena, json_incref(stored));
		else
			kept->payload.data =
				ty_arena_strndup(kept->arena, payload.data, payload.len);
		kept_list(run, kept);
	}
	kept_hold(s->frame, kept);
	ty_arena_free(scratch);
	return json_pack("{s:s, s:I, s:s}", "$payload", payload.hash, "bytes",
			 (json_int_t)payload.len, "kind", payload.kind);
}

void
ty_run_take_payloads(struct ty_run *run, const struct ty_payload **ret_payloads, size_t *ret_count)
{
	struct kept_payload *kept = run->payload_given, *next;
	struct ty_payload *list;
	size_t count = 0;

	for (; kept != NULL; kept = next) {
		next = kept->next;
		kept_drop(run, kept);
	}
	for (kept = run->payload_first; kept != NULL; kept = kept->next)
		count++;
	ty_arena_free(run->payload_list_arena);
	run->payload_list_arena = NULL;
	*ret_payloads = NULL;
	*ret_count = count;
	run->payload_given = run->payload_first;
	run->payload_first = NULL;
	if (count == 0)
		return;
	run->payload_list_arena = ty_arena_new(run->arena, "payloads", 0);
	list = ty_arena_alloc_array(run->payload_list_arena, count, sizeof(*list));
	count = 0;
	for (kept = run->payload_given; kept != NULL; kept = kept->next)
		list[count++] = kept->payload;
	*ret_payloads = list;
}

void
payload_adopt(struct ty_run *run, struct frame *frame, json_t *json)
{
	const char *hash = ty_json_str(json, "$payload", NULL), *key;
	struct kept_payload *kept =
		hash != NULL && run->payloads != NULL ? ty_map_find(run->payloads, hash) : NULL;
	json_t *child;
	size_t i;

	if (kept != NULL) {
		kept_hold(frame, kept);
		payload_adopt(run, frame, kept->whole);
		return;
	}
	json_array_foreach(json, i, child) payload_adopt(run, frame, child);
	json_object_foreach(json, key, child) payload_adopt(run, frame, child);
}

void
payload_release(struct ty_run *run, struct frame *frame)
{
	for (size_t i = 0; i < frame->payload_count; i++)
		kept_drop(run, frame->payloads[i]);
	frame->payload_count = 0;
}

enum ty_code
payload_restore(struct ty_run *run, const struct ty_payload *payload, struct ty_err *err)
{
	struct ty_arena *scratch;
	json_t *whole;

	if (run->payloads != NULL && ty_map_find(run->payloads, payload->hash) != NULL)
		return TY_OK;
	scratch = ty_arena_new(run->arena, "payload text", 0);
	if (strcmp(payload->kind, "string") == 0)
		whole = ty_json_own(scratch, json_stringn_nocheck(payload->data, payload->len));
	else if (ty_json_parse_stored(scratch, payload->data, payload->len, &whole, err) != TY_OK)
		return ty_err_wrap(err, "the stored value %.16s", payload->hash);
	kept_hold(run->root, kept_new(run, payload->hash, whole));
	ty_arena_free(scratch);
	return TY_OK;
}

void
payload_list(const struct ty_run *run, json_t *list)
{
	const char *hash;
	size_t at = 0;
	void *kept;

	while (run->payloads != NULL && ty_map_next(run->payloads, &at, &hash, &kept))
		json_array_append_new(list, json_string(hash));
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

/* The stand-in for 'value' (new reference), or NULL where the value may stay as it is. */
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
payload_shrink(struct ty_run *run, struct frame *frame, json_t *json, struct tree_size *ret_size,
	       bool *ret_has_refs)
{
	struct shrinking s = { .run = run, .frame = frame };
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
	const struct kept_payload *kept;
	const char *hash;

	if (run->payloads == NULL || !json_is_object(value) || json_object_size(value) != 3)
		return NULL;
	hash = json_string_value(json_object_get(value, "$payload"));
	kept = hash != NULL ? ty_map_find(run->payloads, hash) : NULL;
	return kept != NULL ? kept->whole : NULL;
}

/* A copy of 'value' with references resolved (new reference), or NULL where there are none. */
static json_t *
resolve(struct ty_run *run, json_t *value)
{
	json_t *copy = NULL, *child, *whole = payload_find(run, value);
	const char *key;
	size_t i;

	if (whole != NULL) {
		copy = resolve(run, whole); /* the copy may hold references that came in with it */
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
payload_whole(struct ty_run *run, struct ty_arena *arena, json_t *value)
{
	json_t *whole;

	if (run->payloads == NULL || value == NULL)
		return value;
	whole = resolve(run, value);
	return whole != NULL ? ty_json_own(arena, whole) : value;
}

json_t *
payload_item_json(struct ty_run *run, struct item *item)
{
	if (!item->has_refs)
		return item->json;
	if (item->whole == NULL)
		item->whole = payload_whole(run, item->frame->arena, item->json);
	return item->whole;
}
