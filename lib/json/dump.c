/*
 * dump.c -- JSON text: what jansson's own json_dumpb gives, but for numbers (number.h).
 *
 * Why not jansson's: it hands each brace and each comma to a callback, and to get an exact
 * buffer it must be run twice.  Writing and digesting steps was more than half of what
 * tyboo-run did (docs/BENCHMARKS.md).  It writes 17 digits of a real, where 19.99 has four.
 *
 * Memory: grows by malloc, from a block on the stack; the result is copied to the arena once,
 * at its size (but ty_json_dump_in_place).
 */
#include "json/dump.h"

#include "base/arena.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES   4096
#define KEYS_ON_STACK 64
#define KEYS_INSERTED 12
#define REAL_SIZE     64 /* jansson: 17 digits, sign, point and exponent */
#define INDENT	      2

struct writer {
	char *data; /* NULL: only count */
	size_t len, cap;
	bool canonical;
	bool old_reals; /* 17 digits: version 1 of the digest */
	bool pretty;
	int depth;
	bool on_heap;
};

struct member {
	const char *key;
	size_t len;
	const json_t *value;
};

static void write_value(struct writer *w, const json_t *json);

static void
writer_grow(struct writer *w, size_t more)
{
	size_t cap = w->cap * 2 > w->len + more ? w->cap * 2 : w->len + more;
	char *data = realloc(w->on_heap ? w->data : NULL, cap);

	TY_ASSERT(data != NULL);
	if (!w->on_heap)
		memcpy(data, w->data, w->len);
	w->data = data;
	w->cap = cap;
	w->on_heap = true;
}

static inline void
put(struct writer *w, const char *s, size_t len)
{
	if (w->data != NULL) {
		if (w->cap - w->len < len)
			writer_grow(w, len);
		memcpy(w->data + w->len, s, len);
	}
	w->len += len;
}

static inline void
put_char(struct writer *w, char c)
{
	put(w, &c, 1);
}

/* ---- scalars ---- */

static void
write_escape(struct writer *w, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
					['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (letters[c] == '\0') {
		put(w, text, sizeof(text));
		return;
	}
	text[1] = letters[c];
	put(w, text, 2);
}

/* Is one of the eight bytes below 0x20, '"' or '\\'?  Right as a whole, because a byte is taken for one in
 * error only behind one that is (the borrow of a subtraction). */
static bool
word_is_special(const char *s)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	uint64_t word, quote, slash;

	memcpy(&word, s, sizeof(word));
	quote = word ^ (ones * '"');
	slash = word ^ (ones * '\\');
	return (((word - ones * 0x20) | (quote - ones) | (slash - ones)) & ~word & highs) != 0;
}

/* Bytes from 's' that are written as they are. */
static size_t
plain_len(const char *s, size_t len)
{
	size_t i = 0;

	while (i + 8 <= len && !word_is_special(s + i))
		i += 8;
	for (; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == '"' || c == '\\')
			return i;
	}
	return len;
}

static void
write_string(struct writer *w, const char *s, size_t len)
{
	size_t from = 0;

	put_char(w, '"');
	for (size_t i = plain_len(s, len); i < len; i += 1 + plain_len(s + i + 1, len - i - 1)) {
		unsigned char c = (unsigned char)s[i];

		put(w, s + from, i - from);
		write_escape(w, c);
		from = i + 1;
	}
	put(w, s + from, len - from);
	put_char(w, '"');
}

static void
write_integer(struct writer *w, json_int_t n)
{
	char text[TY_JSON_NUMBER_SIZE];

	put(w, text, ty_json_integer_format(n, text));
}

static void
write_real(struct writer *w, const json_t *json)
{
	double value = json_real_value(json);
	char text[REAL_SIZE];
	size_t len;

	if (w->old_reals)
		len = json_dumpb(json, text, sizeof(text), JSON_ENCODE_ANY);
	else if (value == 0 && signbit(value))
		len = (size_t)snprintf(text, sizeof(text), "-0"); /* "0" would lose the sign */
	else
		len = ty_json_number_format(value, text);
	TY_ASSERT(len > 0 && len <= sizeof(text));
	put(w, text, len);
}

/* ---- containers ---- */

/* In a pretty text every member and element has a line of its own. */
static inline void
new_line(struct writer *w)
{
	if (!w->pretty)
		return;
	put_char(w, '\n');
	for (int i = 0; i < w->depth * INDENT; i++)
		put_char(w, ' ');
}

static inline void
open_bracket(struct writer *w, char c)
{
	put_char(w, c);
	w->depth++;
}

static inline void
close_bracket(struct writer *w, char c, bool is_empty)
{
	w->depth--;
	if (!is_empty)
		new_line(w);
	put_char(w, c);
}

static void
write_member(struct writer *w, const struct member *m, bool first)
{
	if (!first)
		put_char(w, ',');
	new_line(w);
	write_string(w, m->key, m->len);
	put(w, ": ", w->pretty ? 2 : 1);
	write_value(w, m->value);
}

static int
member_cmp(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* By insertion where there are few, because most objects have a handful and qsort's calls cost more. */
static void
members_sort(struct member *members, size_t count)
{
	if (count > KEYS_INSERTED) {
		qsort(members, count, sizeof(*members), member_cmp);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct member member = members[i];
		size_t at = i;

		for (; at > 0 && member_cmp(&members[at - 1], &member) > 0; at--)
			members[at] = members[at - 1];
		members[at] = member;
	}
}

static void
write_sorted(struct writer *w, const json_t *object)
{
	struct member near[KEYS_ON_STACK], *members = near;
	size_t count = json_object_size(object), i = 0;
	void *iter = json_object_iter((json_t *)object);

	if (count > KEYS_ON_STACK)
		members = malloc(count * sizeof(*members));
	TY_ASSERT(members != NULL);
	for (; iter != NULL; iter = json_object_iter_next((json_t *)object, iter))
		members[i++] =
			(struct member){ json_object_iter_key(iter), json_object_iter_key_len(iter),
					 json_object_iter_value(iter) };
	members_sort(members, count);
	for (i = 0; i < count; i++)
		write_member(w, &members[i], i == 0);
	if (members != near)
		free(members);
}

static void
write_object(struct writer *w, const json_t *object)
{
	bool first = true;

	open_bracket(w, '{');
	if (w->canonical && json_object_size(object) > 1) {
		write_sorted(w, object);
		close_bracket(w, '}', false);
		return;
	}
	for (void *iter = json_object_iter((json_t *)object); iter != NULL;
	     iter = json_object_iter_next((json_t *)object, iter)) {
		const struct member m = { json_object_iter_key(iter),
					  json_object_iter_key_len(iter),
					  json_object_iter_value(iter) };

		write_member(w, &m, first);
		first = false;
	}
	close_bracket(w, '}', first);
}

static void
write_array(struct writer *w, const json_t *array)
{
	size_t count = json_array_size(array);

	open_bracket(w, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put_char(w, ',');
		new_line(w);
		write_value(w, json_array_get(array, i));
	}
	close_bracket(w, ']', count == 0);
}

/* Recurses as deep as the value, because limits bound the depth of texts from outside and of items. */
static void
write_value(struct writer *w, const json_t *json)
{
	const char *digits;
	size_t len;

	switch (json_typeof(json)) {
	case JSON_OBJECT:
		write_object(w, json);
		break;
	case JSON_ARRAY:
		write_array(w, json);
		break;
	case JSON_STRING:
		digits = ty_json_digits(json, &len);
		if (digits != NULL)
			put(w, digits, len);
		else
			write_string(w, json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		write_integer(w, json_integer_value(json));
		break;
	case JSON_REAL:
		write_real(w, json);
		break;
	case JSON_TRUE:
		put(w, "true", 4);
		break;
	case JSON_FALSE:
		put(w, "false", 5);
		break;
	case JSON_NULL:
		put(w, "null", 4);
		break;
	}
}

/* ---- public ---- */

/* 'how' says what the text is to be like; its buffer is given here. */
static char *
dump_with(struct ty_arena *arena, const json_t *json, struct writer how, size_t *ret_len)
{
	char first[FIRST_BYTES];
	struct writer w = how;
	char *out;

	w.data = first;
	w.cap = sizeof(first);
	write_value(&w, json);
	out = ty_arena_strndup(arena, w.data, w.len);
	if (w.on_heap)
		free(w.data);
	if (ret_len != NULL)
		*ret_len = w.len;
	return out;
}

char *
ty_json_dump(struct ty_arena *arena, const json_t *json, size_t *ret_len)
{
	return dump_with(arena, json, (struct writer){ .canonical = false }, ret_len);
}

char *
ty_json_dump_pretty(struct ty_arena *arena, const json_t *json, size_t *ret_len)
{
	return dump_with(arena, json, (struct writer){ .pretty = true }, ret_len);
}

char *
ty_json_dump_canonical(struct ty_arena *arena, const json_t *json, size_t *ret_len)
{
	return dump_with(arena, json, (struct writer){ .canonical = true }, ret_len);
}

char *
ty_json_dump_canonical_1(struct ty_arena *arena, const json_t *json, size_t *ret_len)
{
	return dump_with(arena, json, (struct writer){ .canonical = true, .old_reals = true },
			 ret_len);
}

size_t
ty_json_size_bytes(const json_t *json)
{
	struct writer w = { .data = NULL };

	write_value(&w, json);
	return w.len;
}

char *
ty_json_dump_in_place(struct ty_arena *arena, const json_t *json, size_t *ret_len)
{
	size_t size = ty_json_size_bytes(json);
	struct writer w = { .data = ty_arena_alloc(arena, size + 1), .cap = size };

	write_value(&w, json);
	TY_ASSERT(w.len == size && !w.on_heap);
	*ret_len = size;
	return w.data;
}
