/*
 * transfer.c -- see transfer.h.
 */
#include "body/transfer.h"

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum ty_transfer transfer;
} names[] = {
	{ "7bit", TY_TRANSFER_NONE },	  { "8bit", TY_TRANSFER_NONE },
	{ "binary", TY_TRANSFER_NONE },	  { "", TY_TRANSFER_NONE },
	{ "base64", TY_TRANSFER_BASE64 }, { "quoted-printable", TY_TRANSFER_QUOTED },
};

enum ty_transfer
ty_transfer_parse(const char *value)
{
	size_t len;

	value += strspn(value, " \t");
	len = strcspn(value, " \t;");
	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		if (strlen(names[i].name) == len && strncasecmp(names[i].name, value, len) == 0)
			return names[i].transfer;
	return TY_TRANSFER_UNKNOWN;
}

/* Lines of base64 end somewhere (RFC 2045, 6.8). */
static bool
base64_undo(struct ty_arena *arena, struct ty_text *text)
{
	char *packed = ty_arena_alloc(arena, text->len + 1);
	size_t len = 0;
	const uint8_t *bytes;

	for (size_t i = 0; i < text->len; i++)
		if (strchr(" \t\r\n", text->s[i]) == NULL || text->s[i] == '\0')
			packed[len++] = text->s[i];
	bytes = ty_base64_decode(arena, packed, len, &len);
	if (bytes == NULL)
		return false;
	*text = (struct ty_text){ (const char *)bytes, len };
	return true;
}

/* The bytes of a soft line break at 's', which begins with '='; 0 = none. */
static size_t
soft_break(const char *s, size_t len)
{
	size_t n = 1;

	while (n < len && (s[n] == ' ' || s[n] == '\t'))
		n++;
	if (n < len && s[n] == '\r')
		n++;
	return n < len && s[n] == '\n' ? n + 1 : 0;
}

static bool
quoted_undo(struct ty_arena *arena, struct ty_text *text)
{
	char *out = ty_arena_alloc(arena, text->len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text->len;) {
		const char *s = text->s + i;
		size_t left = text->len - i, skip;
		uint8_t byte;

		if (*s != '=') {
			out[len++] = *s;
			i++;
		} else if ((skip = soft_break(s, left)) > 0) {
			i += skip;
		} else if (left >= 3 && ty_str_unhex(s + 1, 2, &byte)) {
			out[len++] = (char)byte;
			i += 3;
		} else {
			return false;
		}
	}
	*text = (struct ty_text){ out, len };
	return true;
}

bool
ty_transfer_undo(struct ty_arena *arena, enum ty_transfer transfer, struct ty_text *text)
{
	switch (transfer) {
	case TY_TRANSFER_NONE:
		return true;
	case TY_TRANSFER_BASE64:
		return base64_undo(arena, text);
	case TY_TRANSFER_QUOTED:
		return quoted_undo(arena, text);
	default:
		return false;
	}
}
