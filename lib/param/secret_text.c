/*
 * secret_text.c -- is a pasted secret what its giver means?
 */
#include "param/secret.h"

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <string.h>

/* Characters that a clipboard brings along; nobody sees them, and no sender signs with them. */
static const struct {
	uint32_t first, last;
	const char *name;
} unseen[] = {
	{ 0x0009, 0x0009, "a tab" },
	{ 0x000A, 0x000D, "a line break" },
	{ 0x0000, 0x001F, "a control character" },
	{ 0x007F, 0x009F, "a control character" },
	{ 0x00A0, 0x00A0, "a no-break space" },
	{ 0x00AD, 0x00AD, "a soft hyphen" },
	{ 0x1680, 0x1680, "a blank" },
	{ 0x180E, 0x180E, "an invisible character" },
	{ 0x2000, 0x200A, "a blank" },
	{ 0x200B, 0x200B, "a zero-width space" },
	{ 0x200C, 0x200F, "an invisible character" },
	{ 0x2028, 0x2029, "a line break" },
	{ 0x202A, 0x202E, "an invisible character" },
	{ 0x202F, 0x202F, "a no-break space" },
	{ 0x205F, 0x205F, "a blank" },
	{ 0x2060, 0x206F, "an invisible character" },
	{ 0x3000, 0x3000, "a blank" },
	{ 0xFE00, 0xFE0F, "an invisible character" },
	{ 0xFEFF, 0xFEFF, "a byte order mark" },
	{ 0xFFFD, 0xFFFD, "a replacement character" },
};

static const struct {
	const char *open, *close;
} quotes[] = {
	{ "\"", "\"" }, { "'", "'" }, { "`", "`" }, { "“", "”" },   { "„", "“" },
	{ "„", "”" },	{ "”", "”" }, { "‘", "’" }, { "‚", "‘" },   { "’", "’" },
	{ "«", "»" },	{ "»", "«" }, { "‹", "›" }, { "＂", "＂" },
};

static uint32_t
code_point(const char *s, size_t *ret_len)
{
	const unsigned char *u = (const unsigned char *)s;

	*ret_len = u[0] < 0x80 ? 1 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
	switch (*ret_len) {
	case 1:
		return u[0];
	case 2:
		return (u[0] & 0x1FU) << 6 | (u[1] & 0x3FU);
	case 3:
		return (u[0] & 0x0FU) << 12 | (u[1] & 0x3FU) << 6 | (u[2] & 0x3FU);
	default:
		return (u[0] & 0x07U) << 18 | (u[1] & 0x3FU) << 12 | (u[2] & 0x3FU) << 6 |
		       (u[3] & 0x3FU);
	}
}

static const char *
unseen_name(uint32_t c)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(unseen); i++) {
		if (c >= unseen[i].first && c <= unseen[i].last)
			return unseen[i].name;
	}
	return NULL;
}

static enum ty_code
refuse_character(const char *name, uint32_t c, size_t at, size_t count, struct ty_err *err)
{
	if (at == 0)
		ty_err_set(err, TY_E_INVALID, "The secret begins with %s (U+%04X)", name, c);
	else if (at + 1 == count)
		ty_err_set(err, TY_E_INVALID, "The secret ends with %s (U+%04X)", name, c);
	else
		ty_err_set(err, TY_E_INVALID, "The secret has %s (U+%04X) as character %zu", name,
			   c, at + 1);
	return ty_err_hint(err, "Send it without that character; a space within stays.");
}

static enum ty_code
check_quotes(const char *text, struct ty_err *err)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < TY_ARRAY_COUNT(quotes); i++) {
		size_t close = strlen(quotes[i].close);

		if (len < strlen(quotes[i].open) + close ||
		    !ty_str_has_prefix(text, quotes[i].open) ||
		    strcmp(text + len - close, quotes[i].close) != 0)
			continue;
		ty_err_set(err, TY_E_INVALID, "The secret has quotes round it: %s and %s",
			   quotes[i].open, quotes[i].close);
		return ty_err_hint(err, "Send it without them.");
	}
	return TY_OK;
}

enum ty_code
ty_secret_text_check(const char *text, struct ty_err *err)
{
	size_t count = 0, len, i = 0;

	if (!ty_str_is_utf8(text, strlen(text)))
		return ty_err_set(err, TY_E_INVALID, "The secret is no UTF-8 text");
	for (const char *at = text; *at != '\0'; at += len, count++)
		(void)code_point(at, &len);
	for (const char *at = text; *at != '\0'; at += len, i++) {
		uint32_t c = code_point(at, &len);
		const char *name = unseen_name(c);

		if (c == ' ' && (i == 0 || i + 1 == count))
			name = "a space";
		if (name != NULL)
			return refuse_character(name, c, i, count, err);
	}
	return check_quotes(text, err);
}
