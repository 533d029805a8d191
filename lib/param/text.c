/*
 * text.c -- see text.h.  Owns nothing; writes into the caller's buffer.
 */
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

static void
text_add_number(struct ty_buf *buf, const json_t *value)
{
	char out[TY_JSON_NUMBER_SIZE];
	size_t len;
	const char *text = ty_json_number_text(value, out, &len);

	ty_buf_add(buf, text, len);
}

void
ty_param_text_add_escaped(struct ty_buf *buf, const char *s, size_t len)
{
	static const char escapes[] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			ty_buf_add_char(buf, '\\');
			ty_buf_add_char(buf, (char)c);
		} else if (c < sizeof(escapes) && escapes[c] != '\0') {
			ty_buf_add_char(buf, '\\');
			ty_buf_add_char(buf, escapes[c]);
		} else if (c < 0x20) {
			ty_buf_printf(buf, "\\u%04x", c);
		} else {
			ty_buf_add_char(buf, (char)c);
		}
	}
}

static void
text_add_quoted(struct ty_buf *buf, const char *s, size_t len)
{
	ty_buf_add_char(buf, '"');
	ty_param_text_add_escaped(buf, s, len);
	ty_buf_add_char(buf, '"');
}

/* A key that JavaScript orders as an array index: canonical 0 .. 2^32-2. */
static bool
text_is_index(const char *key, uint64_t *ret_n)
{
	uint64_t n = 0;
	size_t len = strlen(key);

	if (len == 0 || len > 10 || (key[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < '0' || key[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(key[i] - '0');
	}
	*ret_n = n;
	return n < UINT32_MAX;
}

static void text_add_json(struct ty_buf *buf, const json_t *value);

static void
text_add_member(struct ty_buf *buf, const char *key, const json_t *value, bool *first)
{
	if (!*first)
		ty_buf_add_char(buf, ',');
	*first = false;
	text_add_quoted(buf, key, strlen(key));
	ty_buf_add_char(buf, ':');
	text_add_json(buf, value);
}

struct text_index {
	uint64_t n;
	const char *key;
	const json_t *value;
};

static int
text_index_cmp(const void *a, const void *b)
{
	const struct text_index *x = a, *y = b;

	return (x->n > y->n) - (x->n < y->n);
}

static void
text_add_object(struct ty_buf *buf, const json_t *object)
{
	struct text_index *indexes = NULL;
	size_t count = 0;
	uint64_t n;
	bool first = true;
	const char *key;
	json_t *value;

	ty_buf_add_char(buf, '{');
	json_object_foreach((json_t *)object, key, value)
	{
		if (!text_is_index(key, &n))
			continue;
		if (indexes == NULL)
			indexes = ty_arena_alloc_array(buf->arena, json_object_size(object),
						       sizeof(*indexes));
		indexes[count++] = (struct text_index){ n, key, value };
	}
	if (count > 0)
		qsort(indexes, count, sizeof(*indexes), text_index_cmp);
	for (size_t i = 0; i < count; i++)
		text_add_member(buf, indexes[i].key, indexes[i].value, &first);
	json_object_foreach((json_t *)object, key, value) if (count == 0 || !text_is_index(key, &n))
		text_add_member(buf, key, value, &first);
	ty_buf_add_char(buf, '}');
}

static void
text_add_json(struct ty_buf *buf, const json_t *value)
{
	size_t i;
	json_t *entry;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		text_add_object(buf, value);
		break;
	case JSON_ARRAY:
		ty_buf_add_char(buf, '[');
		json_array_foreach((json_t *)value, i, entry)
		{
			if (i > 0)
				ty_buf_add_char(buf, ',');
			text_add_json(buf, entry);
		}
		ty_buf_add_char(buf, ']');
		break;
	case JSON_STRING:
		if (json_is_number(value))
			text_add_number(buf, value);
		else
			text_add_quoted(buf, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		text_add_number(buf, value);
		break;
	case JSON_TRUE:
		ty_buf_add_str(buf, "true");
		break;
	case JSON_FALSE:
		ty_buf_add_str(buf, "false");
		break;
	case JSON_NULL:
		ty_buf_add_str(buf, "null");
		break;
	}
}

void
ty_param_text_add(struct ty_buf *buf, const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return;
	if (json_is_string(value))
		ty_buf_add(buf, json_string_value(value), json_string_length(value));
	else
		text_add_json(buf, value);
}
