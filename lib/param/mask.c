/*
 * mask.c -- known secrets in what came from outside: a receiver may send back what it was sent.
 *
 * Looks before it copies: most answers have none, and then nothing is made.
 */
#include "param/secret.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Next occurrence of a text; 'at' NULL = not looked for yet, the end = nowhere. */
struct hit {
	const char *at;
	size_t len;
};

struct mask {
	struct ty_arena *arena;
	const char *const *texts;
	struct hit *hits; /* a hit of each text */
	size_t count;
};

static void
mask_init(struct mask *m, const char *const *texts, size_t count)
{
	m->arena = ty_arena_new(NULL, "mask", 0);
	m->texts = texts;
	m->hits = ty_arena_alloc_array(m->arena, count + 1, sizeof(*m->hits));
	m->count = count;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
hex_byte(const char *at, const char *end)
{
	if (end - at < 2 || hex_digit(at[0]) < 0 || hex_digit(at[1]) < 0)
		return -1;
	return hex_digit(at[0]) << 4 | hex_digit(at[1]);
}

/* A value is encoded anew wherever it is put into another: a URL in a URL, JSON in JSON. */
#define ENCODED_TIMES_MAX 3

/* Bytes of 'from', a '%', that stand for 'c', percent-encoded once or more. */
static size_t
percent_char(const char *from, const char *end, char c)
{
	const char *at = from + 1;

	for (int times = 0; times < ENCODED_TIMES_MAX; times++, at += 2) {
		int byte = hex_byte(at, end);

		if (byte < 0)
			return 0;
		if ((char)byte == c || (byte == '+' && c == ' '))
			return (size_t)(at + 2 - from);
		if (byte != '%')
			return 0;
	}
	return 0;
}

/* Behind the '\\' at 'from', of which there are more where JSON is in JSON. */
static const char *
behind_slashes(const char *from, const char *end)
{
	const char *at = from + 1;

	while (at < end && *at == '\\' && at - from < (1 << ENCODED_TIMES_MAX) - 1)
		at++;
	return at;
}

/* Bytes of 'from' that are this unit of UTF-16 as JSON escapes it: \u00e9. */
static size_t
escaped_unit(const char *from, const char *end, unsigned unit)
{
	const char *at = from < end && *from == '\\' ? behind_slashes(from, end) : end;

	if (at < end && *at == 'u' && hex_byte(at + 1, end) == (int)(unit >> 8) &&
	    hex_byte(at + 3, end) == (int)(unit & 0xFF))
		return (size_t)(at + 5 - from);
	return 0;
}

/* The character beyond ASCII at 'text'; 0 bytes where there is none. */
static uint32_t
wide_char(const char *text, size_t *ret_len)
{
	const unsigned char *u = (const unsigned char *)text;
	size_t len = u[0] < 0xC0 ? 0 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
	uint32_t c = len > 0 ? u[0] & (0x7FU >> len) : 0;

	*ret_len = len;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xC0) != 0x80) {
			*ret_len = 0;
			return 0;
		}
		c = c << 6 | (u[i] & 0x3F);
	}
	return c;
}

/* Bytes of 'from' that are the escapes of the character beyond ASCII at 'text', whose bytes are *ret_len. */
static size_t
escaped_wide(const char *from, const char *end, const char *text, size_t *ret_len)
{
	uint32_t c = wide_char(text, ret_len);
	size_t high, low;

	if (*ret_len == 0)
		return 0;
	if (c < 0x10000)
		return escaped_unit(from, end, c);
	c -= 0x10000;
	high = escaped_unit(from, end, 0xD800 + (c >> 10));
	low = high > 0 ? escaped_unit(from + high, end, 0xDC00 + (c & 0x3FF)) : 0;
	return low > 0 ? high + low : 0;
}

/* Bytes of 'from', a '\\', that stand for 'c' in a JSON string, itself in one or not: \" \/ \n \u002b. */
static size_t
escaped_char(const char *from, const char *end, char c)
{
	/* Escapes of control characters, because a server gives back a key file's lines within JSON. */
	static const char controls[] = { '\b', '\f', '\n', '\r', '\t' }, letters[] = "bfnrt";
	const char *at = behind_slashes(from, end);
	const char *control = memchr(controls, c, sizeof(controls));

	if (at < end && *at == c && c != '\\')
		return (size_t)(at + 1 - from);
	if (at < end && control != NULL && *at == letters[control - controls])
		return (size_t)(at + 1 - from);
	return c > 0 ? escaped_unit(from, end, (unsigned)c) : 0;
}

/* Bytes of 'from' that stand for the character 'c' in a URL, a form or JSON; 0 = it is another. */
static size_t
encoded_char(const char *from, const char *end, char c)
{
	size_t len = *from == '%'    ? percent_char(from, end, c)
		     : *from == '\\' ? escaped_char(from, end, c)
				     : 0;

	if (len > 0)
		return len;
	return *from == c || (*from == '+' && c == ' ') ? 1 : 0;
}

/* Bytes of 'from' that are 'text', whichever of its characters are encoded; 0 = it is not. */
static size_t
encoded_text(const char *from, const char *end, const char *text)
{
	const char *at = from;

	while (*text != '\0') {
		size_t text_len = 1, len = at < end ? encoded_char(at, end, *text) : 0;

		if (len == 0)
			len = escaped_wide(at, end, text, &text_len);
		if (len == 0)
			return 0;
		at += len;
		text += text_len;
	}
	return (size_t)(at - from);
}

/* The first sign that a character is encoded; a blank may be a '+'. */
static const char *
sign_find(const char *from, const char *end, bool has_blank)
{
	static const char signs[] = { '%', '\\', '+' };
	const char *first = NULL;

	for (size_t i = 0; i < (has_blank ? 3 : 2); i++) {
		const char *until = first != NULL ? first : end;
		const char *sign = memchr(from, signs[i], (size_t)(until - from));

		first = sign != NULL ? sign : first;
	}
	return first;
}

/* Decode the page instead of encoding 'text', because each encoder leaves other characters as they are. */
static struct hit
encoded_find(const char *from, const char *end, const char *text, size_t len)
{
	const char *sign = sign_find(from, end, strchr(text, ' ') != NULL);

	if (sign == NULL)
		return (struct hit){ end, 0 };
	/* The text begins at most its length before the first sign. */
	for (from = (size_t)(sign - from) < len ? from : sign - len; from < end; from++) {
		size_t size = encoded_text(from, end, text);

		if (size > 0)
			return (struct hit){ from, size };
	}
	return (struct hit){ end, 0 };
}

static struct hit
text_find(const char *from, const char *end, const char *text)
{
	size_t len = strlen(text);
	struct hit encoded, plain = { end, len };
	const char *at;

	if (len < TY_SECRET_MASK_BYTES_MIN)
		return plain;
	at = memmem(from, (size_t)(end - from), text, len);
	if (at != NULL)
		plain.at = at;
	encoded = encoded_find(from, plain.at, text, len);
	return encoded.at < plain.at ? encoded : plain;
}

/*
 * The first of the texts in from..end; the longest of those that begin there.  Each is looked for
 * again only once its last place is passed, so that many places of one cost no search for the others.
 */
static const char *
mask_find(const struct mask *m, const char *from, const char *end, size_t *ret_len)
{
	const struct hit *first = NULL;

	for (size_t i = 0; i < m->count; i++) {
		struct hit *hit = &m->hits[i];

		if (hit->at == NULL || hit->at < from)
			*hit = text_find(from, end, m->texts[i]);
		if (hit->at == end ||
		    (first != NULL &&
		     (hit->at > first->at || (hit->at == first->at && hit->len < first->len))))
			continue;
		first = hit;
	}
	if (first == NULL)
		return NULL;
	*ret_len = first->len;
	return first->at;
}

static const char *
mask_first(const struct mask *m, const char *from, const char *end, size_t *ret_len)
{
	for (size_t i = 0; i < m->count; i++)
		m->hits[i].at = NULL;
	return mask_find(m, from, end, ret_len);
}

/* NULL where there is nothing to mask. */
static const char *
mask_bytes(const struct mask *m, const char *text, size_t len, size_t *ret_len)
{
	const char *at = text, *end = text + len, *hit;
	struct ty_buf buf;
	size_t hit_len;

	hit = mask_first(m, at, end, &hit_len);
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
		if (mask_first(m, name, name + strlen(name), &len) != NULL)
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
	struct mask m;
	json_t *masked;

	mask_init(&m, texts, count);
	masked = mask_value(&m, value);
	ty_arena_free(m.arena);
	return masked;
}

void
ty_secret_mask_text(char *buf, size_t size, const char *const *texts, size_t count)
{
	struct mask m;
	const char *masked;
	size_t len;

	mask_init(&m, texts, count);
	masked = mask_bytes(&m, buf, strlen(buf), &len);
	if (masked != NULL)
		snprintf(buf, size, "%s", masked);
	ty_arena_free(m.arena);
}
