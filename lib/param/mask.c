/*
 * mask.c -- known secrets in what came from outside: a receiver may send back what it was sent.
 *
 * Looks before it copies: most answers have none, and then nothing is made.
 */
#include "param/secret.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

struct mask {
	struct ty_arena *arena;
	const char *const *texts;
	size_t count;
};

/* The first of the texts in from..end; the longest of those that begin there. */
static const char *
mask_find(const struct mask *m, const char *from, const char *end, size_t *ret_len)
{
	const char *first = NULL;

	for (size_t i = 0; i < m->count; i++) {
		size_t len = strlen(m->texts[i]);
		const char *at;

		if (len < TY_SECRET_MASK_BYTES_MIN)
			continue;
		at = memmem(from, (size_t)(end - from), m->texts[i], len);
		if (at == NULL ||
		    (first != NULL && (at > first || (at == first && len < *ret_len))))
			continue;
		first = at;
		*ret_len = len;
	}
	return first;
}

/* NULL where there is nothing to mask. */
static const char *
mask_bytes(const struct mask *m, const char *text, size_t len, size_t *ret_len)
{
	const char *at = text, *end = text + len, *hit;
	struct ty_buf buf;
	size_t hit_len;

	hit = mask_find(m, at, end, &hit_len);
	if (hit == NULL)
		return NULL;
	ty_buf_init(&buf, m->arena, len + 64);
	for (; hit != NULL; hit = mask_find(m, at, end, &hit_len)) {
		ty_buf_add(&buf, at, (size_t)(hit - at));
		ty_buf_add_str(&buf, TY_SECRET_MASK);
		at = hit + hit_len;
	}
	ty_buf_add(&buf, at, (size_t)(end - at));
	*ret_len = buf.len;
	return buf.data;
}

static json_t *mask_value(const struct mask *m, json_t *value);

static json_t *
mask_string(const struct mask *m, json_t *value)
{
	size_t len;
	const char *text = mask_bytes(m, json_string_value(value), json_string_length(value), &len);

	return text != NULL ? json_stringn(text, len) : json_incref(value);
}

static json_t *
mask_array(const struct mask *m, json_t *value)
{
	json_t *copy = NULL, *entry;
	size_t i;

	json_array_foreach(value, i, entry)
	{
		json_t *masked = mask_value(m, entry);

		if (masked != entry && copy == NULL)
			copy = json_copy(value);
		if (masked != entry)
			json_array_set(copy, i, masked);
		json_decref(masked);
	}
	return copy != NULL ? copy : json_incref(value);
}

static bool
has_masked_name(const struct mask *m, json_t *value)
{
	const char *name;
	json_t *member;
	size_t len;

	json_object_foreach(value, name, member)
	{
		if (mask_find(m, name, name + strlen(name), &len) != NULL)
			return true;
	}
	return false;
}

/* Members keep their order, so that one whose name changes is made anew with all the others. */
static json_t *
mask_names(const struct mask *m, json_t *value)
{
	json_t *copy = json_object(), *member;
	const char *name;
	size_t len;

	json_object_foreach(value, name, member)
	{
		const char *masked = mask_bytes(m, name, strlen(name), &len);

		json_object_set_new(copy, masked != NULL ? masked : name, mask_value(m, member));
	}
	return copy;
}

static json_t *
mask_object(const struct mask *m, json_t *value)
{
	json_t *copy = NULL, *member;
	const char *name;

	if (has_masked_name(m, value))
		return mask_names(m, value);
	json_object_foreach(value, name, member)
	{
		json_t *masked = mask_value(m, member);

		if (masked != member && copy == NULL)
			copy = json_copy(value);
		if (masked != member)
			json_object_set(copy, name, masked);
		json_decref(masked);
	}
	return copy != NULL ? copy : json_incref(value);
}

static json_t *
mask_value(const struct mask *m, json_t *value)
{
	if (json_string_value(value) != NULL)
		return mask_string(m, value);
	if (json_is_array(value))
		return mask_array(m, value);
	if (json_is_object(value))
		return mask_object(m, value);
	return json_incref(value);
}

json_t *
ty_secret_mask(json_t *value, const char *const *texts, size_t count)
{
	struct mask m = { .arena = ty_arena_new(NULL, "mask", 0), .texts = texts, .count = count };
	json_t *masked = mask_value(&m, value);

	ty_arena_free(m.arena);
	return masked;
}

void
ty_secret_mask_text(char *buf, size_t size, const char *const *texts, size_t count)
{
	struct mask m = { .arena = ty_arena_new(NULL, "mask", 0), .texts = texts, .count = count };
	const char *masked;
	size_t len;

	masked = mask_bytes(&m, buf, strlen(buf), &len);
	if (masked != NULL)
		snprintf(buf, size, "%s", masked);
	ty_arena_free(m.arena);
}
