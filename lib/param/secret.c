/*
 * secret.c -- finding secrets in parameters, and judging pasted ones.
 */
#include "param/secret.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

/* ---- names ---- */

/* A name with one of these in it is somebody's key, not data. */
static const char *const secret_words[] = { "authorization", "cookie",	"token",      "secret",
					    "password",	     "passwd",	"api-key",    "apikey",
					    "access-key",    "app-key", "credential", "auth-key",
					    "private-key" };

bool
ty_secret_name_is(const char *name)
{
	char folded[256];
	size_t len = 0;

	for (; *name != '\0' && len < sizeof(folded) - 1; name++) {
		char c = *name == '_' ? '-' : (char)tolower((unsigned char)*name);

		if (c != '-' || len == 0 || folded[len - 1] != '-')
			folded[len++] = c;
	}
	folded[len] = '\0';
	for (size_t i = 0; i < TY_ARRAY_COUNT(secret_words); i++) {
		if (strstr(folded, secret_words[i]) != NULL)
			return true;
	}
	return false;
}

/* ---- values ---- */

struct walk {
	struct ty_arena *arena;
	ty_secret_fn fn;
	void *ctx;
};

/* A key of digits may be written as a number; whatever else is no text is judged as its JSON. */
static const char *
secret_text(const struct walk *w, const json_t *value)
{
	struct ty_buf buf;

	if (value == NULL || json_is_null(value) || json_is_string(value))
		return json_string_value(value);
	ty_buf_init(&buf, w->arena, TY_JSON_NUMBER_SIZE);
	ty_param_text_add(&buf, value);
	return buf.data;
}

static void
map_text(const struct walk *w, json_t *values, const char *name, const char *path)
{
	const char *text = secret_text(w, json_object_get(values, name)), *other;
	bool is_expr = text != NULL && text[0] == '=';

	if (text == NULL || (is_expr && strstr(text, "{{") != NULL))
		return;
	text += is_expr; /* "=text" without a placeholder is text */
	if (text[0] == '\0')
		return;
	other = w->fn(w->ctx, path, text);
	if (other != NULL)
		json_object_set_new(values, name, json_string(other));
}

/* The end of a URL's authority; a placeholder within is part of it. */
static const char *
authority_end(const char *at)
{
	while (*at != '\0' && strchr("/?#\\ \t\r\n\"'`<>{}", *at) == NULL)
		at++;
	if (ty_str_has_prefix(at, "{{")) {
		const char *close = strstr(at, "}}");

		if (close != NULL)
			return authority_end(close + 2);
	}
	return at;
}

static const char *
last_at(const char *from, const char *end)
{
	while (end > from && end[-1] != '@')
		end--;
	return end > from ? end - 1 : NULL;
}

/* The secret of "user:password" in from..end: the password, else the user, who is then a token. */
static bool
userinfo_secret(const char *from, const char *end, const char **ret_secret, size_t *ret_len)
{
	const char *colon = memchr(from, ':', (size_t)(end - from));

	*ret_secret = from;
	*ret_len = (size_t)((colon != NULL ? colon : end) - from);
	if (colon != NULL && colon + 1 < end) {
		*ret_secret = colon + 1;
		*ret_len = (size_t)(end - colon - 1);
	}
	return *ret_len > 0 && memmem(*ret_secret, *ret_len, "{{", 2) == NULL;
}

static void
map_url(const struct walk *w, json_t *values, const char *name, const char *path)
{
	const char *url = json_string_value(json_object_get(values, name)), *at = url, *mark;
	bool changed = false;
	struct ty_buf buf;

	if (url == NULL || strchr(url, '@') == NULL)
		return;
	ty_buf_init(&buf, w->arena, strlen(url) + 64);
	while ((mark = strstr(at, "://")) != NULL) {
		const char *from = mark + 3, *end = authority_end(from), *sign = last_at(from, end);
		const char *secret, *other = NULL;
		size_t len;

		if (sign != NULL && userinfo_secret(from, sign, &secret, &len))
			other = w->fn(w->ctx, path, ty_arena_strndup(w->arena, secret, len));
		if (other != NULL) {
			changed = true;
			ty_buf_add(&buf, at, (size_t)(secret - at));
			ty_buf_add_str(&buf, other);
			at = secret + len;
		}
		ty_buf_add(&buf, at, (size_t)(end - at));
		at = end;
	}
	ty_buf_add_str(&buf, at);
	if (changed)
		json_object_set_new(values, name, json_string(buf.data));
}

static void
map_entries(const struct walk *w, const struct ty_param *list, json_t *entries)
{
	const struct ty_param *row;
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		const char *name = json_string_value(json_object_get(entry, "name"));

		for (row = list->fields; row != NULL && row->name != NULL; row++) {
			if ((row->flags & TY_PARAM_SECRET_NAMED) && name != NULL &&
			    ty_secret_name_is(name))
				map_text(w, entry, row->name,
					 ty_arena_printf(w->arena, "%s[%.200s]", list->name, name));
		}
	}
}

void
ty_param_secrets_map(struct ty_arena *arena, const struct ty_param *table, json_t *values,
		     ty_secret_fn fn, void *ctx)
{
	const struct walk w = { .arena = arena, .fn = fn, .ctx = ctx };

	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++) {
		if (row->flags & TY_PARAM_SECRET)
			map_text(&w, values, row->name, row->name);
		else if (row->type == TY_PARAM_URL)
			map_url(&w, values, row->name, row->name);
		else if (row->type == TY_PARAM_LIST)
			map_entries(&w, row, json_object_get(values, row->name));
	}
}

/* ---- headers within data ---- */

static void
headers_mask(json_t *headers)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(headers, next, name, value)
	{
		if (ty_secret_name_is(name))
			json_object_set_new(headers, name, json_string(TY_SECRET_MASK));
	}
}

void
ty_secret_headers_hide(json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) ty_secret_headers_hide(member);
	if (!json_is_object(value))
		return;
	json_object_foreach(value, name, member)
	{
		if (strcmp(name, "headers") == 0 && json_is_object(member))
			headers_mask(member);
		else
			ty_secret_headers_hide(member);
	}
}

/* ---- pasted secrets ---- */

/* What a clipboard brings along; nobody sees it, and no sender signs with it. */
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
