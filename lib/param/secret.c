/*
 * secret.c -- finding secrets in parameters, and in the record of a request.
 */
#include "param/secret.h"

#include "param/internal.h"
#include "param/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

/* ---- values ---- */

struct walk {
	struct ty_arena *arena;
	ty_secret_fn fn;
	void *ctx;
};

/* A text, or an expression that makes one, while its secrets are replaced. */
struct edit {
	const struct walk *walk;
	struct ty_buf buf;
	const char *at; /* end of the text that is in 'buf' already */
	bool changed;
};

static struct edit
edit_begin(const struct walk *walk, const char *text)
{
	struct edit e = { .walk = walk, .at = text };

	ty_buf_init(&e.buf, walk->arena, strlen(text) + 64);
	return e;
}

/* Put the rest behind, and what came of it into 'owner' where something was replaced. */
static void
edit_end(struct edit *e, json_t *owner, const char *name)
{
	ty_buf_add_str(&e->buf, e->at);
	if (e->changed)
		json_object_set_new(owner, name, json_string(e->buf.data));
}

static void
edit_secret(struct edit *e, const char *path, const char *secret, size_t len)
{
	const char *other =
		e->walk->fn(e->walk->ctx, path, ty_arena_strndup(e->walk->arena, secret, len));

	if (other == NULL)
		return;
	e->changed = true;
	ty_buf_add(&e->buf, e->at, (size_t)(secret - e->at));
	ty_buf_add_str(&e->buf, other);
	e->at = secret + len;
}

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

/* ---- literals of an expression ---- */

/* The closing quote of a literal of JavaScript; the end where there is none. */
static const char *
literal_end(const char *at)
{
	char quote = *at++;

	while (*at != '\0' && *at != quote)
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	return at;
}

/* A literal that names something, $('Node') or $json['field'], is no value. */
static bool
is_name(const char *code, const char *at)
{
	while (at > code && at[-1] == ' ')
		at--;
	return at > code && (at[-1] == '[' || (at[-1] == '(' && at - 1 > code && at[-2] == '$'));
}

/* Replace the literal at 'at' where it is a known key, or, with 'is_secret', any that looks drawn. */
static const char *
edit_literal(struct edit *e, const char *path, const char *code, const char *at, bool is_secret)
{
	const char *end = literal_end(at);
	char *text = ty_arena_strndup(e->walk->arena, at + 1, (size_t)(end - at - 1));
	size_t scheme = param_scheme_len(text);

	if (*end != '\0' && !is_name(code, at) &&
	    (param_known_key_is(text) || (is_secret && param_is_drawn(text + scheme))))
		edit_secret(e, path, at + 1 + scheme, (size_t)(end - at - 1) - scheme);
	return *end != '\0' ? end + 1 : end;
}

static void
map_code(const struct walk *w, json_t *values, const char *name, const char *path, bool is_secret)
{
	const char *text = json_string_value(json_object_get(values, name));
	struct edit e = edit_begin(w, text);

	for (const char *open = strstr(text, "{{"); open != NULL; open = strstr(open, "{{")) {
		const char *at = open += 2;

		while (*at != '\0' && !ty_str_has_prefix(at, "}}"))
			at = strchr("'\"`", *at) != NULL
				     ? edit_literal(&e, path, open, at, is_secret)
				     : at + 1;
		open = at;
	}
	edit_end(&e, values, name);
}

static bool
is_code(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && text[0] == '=' && strstr(text, "{{") != NULL;
}

/* ---- texts ---- */

static void
map_text(const struct walk *w, json_t *values, const char *name, const char *path)
{
	const char *text = secret_text(w, json_object_get(values, name)), *other;

	if (is_code(json_object_get(values, name))) {
		map_code(w, values, name, path, true);
		return;
	}
	if (text == NULL)
		return;
	text += text[0] == '='; /* "=text" without a placeholder is text */
	if (text[0] == '\0')
		return;
	other = w->fn(w->ctx, path, text);
	if (other != NULL)
		json_object_set_new(values, name, json_string(other));
}

/* ---- URLs ---- */

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

/* Gives the end of the authority that begins at 'from'. */
static const char *
edit_authority(struct edit *e, const char *path, const char *from)
{
	const char *end = authority_end(from), *sign = last_at(from, end), *secret;
	size_t len;

	if (sign != NULL && userinfo_secret(from, sign, &secret, &len))
		edit_secret(e, path, secret, len);
	return end;
}

bool
ty_secret_query_pair(struct ty_arena *arena, const char *at, struct ty_secret_pair *ret_pair)
{
	size_t name_len = strcspn(at, "=&#?{}<>/ \t\r\n\"'`\\"), len;
	const char *value = at + name_len + 1, *name, *text;

	if (name_len == 0 || at[name_len] != '=')
		return false;
	len = strcspn(value, "&#{}<> \t\r\n\"'`\\");
	/* "a&b==c" is code; a value with "{{ }}" or "${ }" in it is computed. */
	if (len == 0 || value[0] == '=' || value[len] == '{')
		return false;
	name = ty_str_url_decode(arena, at, name_len, true, NULL);
	text = ty_arena_strndup(arena, value, len);
	if (name == NULL || !ty_secret_pair_is(name, text))
		return false;
	*ret_pair = (struct ty_secret_pair){ .name = name, .value = value, .value_len = len };
	return true;
}

/* In code the name may end one literal and the value be the next: '?token=' + 'k1'. */
static bool
joined_pair(struct ty_arena *arena, const char *at, struct ty_secret_pair *ret_pair)
{
	size_t name_len = strcspn(at, "=&#?{}<>/ \t\r\n\"'`\\");
	const char *name, *next = at + name_len, *end, *text;

	if (name_len == 0 || next[0] != '=' || next[1] == '\0' || strchr("'\"`", next[1]) == NULL)
		return false;
	next += 2 + strspn(next + 2, " ");
	if (*next++ != '+')
		return false;
	next += strspn(next, " ");
	if (*next == '\0' || strchr("'\"`", *next) == NULL)
		return false;
	end = literal_end(next);
	name = ty_arena_strndup(arena, at, name_len);
	text = ty_arena_strndup(arena, next + 1, (size_t)(end - next - 1));
	if (*end == '\0' || text[0] == '\0' || strstr(text, "${") != NULL ||
	    !ty_secret_pair_is(name, text))
		return false;
	*ret_pair = (struct ty_secret_pair){ .name = name,
					     .value = next + 1,
					     .value_len = (size_t)(end - next - 1) };
	return true;
}

static void
map_url(const struct walk *w, json_t *values, const char *name)
{
	const char *url = json_string_value(json_object_get(values, name));
	struct ty_secret_pair pair;
	struct edit e;

	if (url == NULL)
		return;
	e = edit_begin(w, url);
	for (const char *at = url; *at != '\0';) {
		if (ty_str_has_prefix(at, "://")) {
			at = edit_authority(&e, name, at + 3);
		} else if ((*at == '?' || *at == '&') &&
			   (ty_secret_query_pair(w->arena, at + 1, &pair) ||
			    (url[0] == '=' && joined_pair(w->arena, at + 1, &pair)))) {
			edit_secret(&e, ty_arena_printf(w->arena, "%s[%.200s]", name, pair.name),
				    pair.value, pair.value_len);
			at = pair.value + pair.value_len;
		} else {
			at++;
		}
	}
	edit_end(&e, values, name);
}

/* ---- JSON ---- */

/*
 * A JSON text or a template of one: a string with ':' and another string behind it.  What is computed is
 * no secret, so a value with a placeholder in it is left.
 */
static bool
text_pair(struct ty_arena *arena, const char *at, struct ty_secret_pair *ret_pair)
{
	size_t name_len = strcspn(at + 1, "\"\\{}\n"), blanks, len;
	const char *colon = at + 1 + name_len + 1, *value, *name;

	if (*at != '"' || at[1 + name_len] != '"')
		return false;
	colon += strspn(colon, " \t\r\n");
	blanks = *colon == ':' ? strspn(colon + 1, " \t\r\n") : 0;
	value = colon + 1 + blanks + 1;
	if (*colon != ':' || value[-1] != '"')
		return false;
	len = strcspn(value, "\"\\\n");
	if (len == 0 || value[len] != '"' || memmem(value, len, "{{", 2) != NULL)
		return false;
	name = ty_arena_strndup(arena, at + 1, name_len);
	if (!ty_secret_pair_is(name, ty_arena_strndup(arena, value, len)))
		return false;
	*ret_pair = (struct ty_secret_pair){ .name = name, .value = value, .value_len = len };
	return true;
}

static void
map_json_text(const struct walk *w, json_t *values, const char *name)
{
	const char *text = json_string_value(json_object_get(values, name));
	struct edit e = edit_begin(w, text);
	struct ty_secret_pair pair;

	for (const char *at = text; *at != '\0';) {
		if (*at == '"' && text_pair(w->arena, at, &pair)) {
			edit_secret(&e, ty_arena_printf(w->arena, "%s.%.200s", name, pair.name),
				    pair.value, pair.value_len);
			at = pair.value + pair.value_len + 1;
		} else {
			at++;
		}
	}
	edit_end(&e, values, name);
}

static void
map_json(const struct walk *w, json_t *value, const char *path)
{
	const char *name;
	json_t *member;
	void *next;
	size_t i;

	json_array_foreach(value, i, member)
		map_json(w, member, ty_arena_printf(w->arena, "%s[%zu]", path, i));
	json_object_foreach_safe(value, next, name, member)
	{
		const char *where = ty_arena_printf(w->arena, "%s.%.200s", path, name);
		const char *text;

		if (json_is_object(member) || json_is_array(member)) {
			map_json(w, member, where);
			continue;
		}
		text = json_is_boolean(member) ? NULL : secret_text(w, member);
		if (text != NULL && ty_secret_pair_is(name, text))
			map_text(w, value, name, where);
	}
}

/* A body: members of the value, or of the JSON that a text is. */
static void
map_any(const struct walk *w, json_t *values, const char *name)
{
	json_t *value = json_object_get(values, name);

	if (json_is_string(value))
		map_json_text(w, values, name);
	else
		map_json(w, value, name);
}

/* ---- tables ---- */

static void
map_entry(const struct walk *w, const char *list, const char *column, json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	json_t *value = json_object_get(entry, column);
	const char *text = secret_text(w, value), *path;

	if (name == NULL || text == NULL)
		return;
	path = ty_arena_printf(w->arena, "%s[%.200s]", list, name);
	if (ty_secret_pair_is(name, text) || param_known_key_is(text + (text[0] == '=')))
		map_text(w, entry, column, path);
	else if (is_code(value))
		map_code(w, entry, column, path, false);
}

static void
map_entries(const struct walk *w, const struct ty_param *list, json_t *entries)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		for (const struct ty_param *row = list->fields; row != NULL && row->name != NULL;
		     row++)
			if (row->flags & TY_PARAM_SECRET_NAMED)
				map_entry(w, list->name, row->name, entry);
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
			map_url(&w, values, row->name);
		else if (row->flags & TY_PARAM_SECRET_NAMED)
			map_any(&w, values, row->name);
		else if (row->type == TY_PARAM_LIST)
			map_entries(&w, row, json_object_get(values, row->name));
	}
}

const char *
ty_secret_hide(void *ctx, const char *path, const char *text)
{
	return TY_SECRET_MASK;
}

/* ---- requests within data ---- */

/* A raw query, "token=...&x=1". */
static void
query_mask_text(json_t *owner)
{
	struct walk walk = { .arena = ty_arena_new(NULL, "query", 0), .fn = ty_secret_hide };
	const char *query = json_string_value(json_object_get(owner, "query"));
	struct edit e = edit_begin(&walk, query);
	struct ty_secret_pair pair;

	for (const char *at = query; at != NULL; at = strchr(at, '&')) {
		at += at != query;
		if (!ty_secret_query_pair(walk.arena, at, &pair))
			continue;
		edit_secret(&e, "query", pair.value, pair.value_len);
		at = pair.value + pair.value_len;
	}
	edit_end(&e, owner, "query");
	ty_arena_free(walk.arena);
}

static void
pairs_mask(json_t *pairs)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(pairs, next, name, value)
	{
		const char *text = json_string_value(value);

		if (ty_secret_pair_is(name, text != NULL ? text : ""))
			json_object_set_new(pairs, name, json_string(TY_SECRET_MASK));
	}
}

/* An object with both is a request that came in. */
static void
request_mask(json_t *request)
{
	json_t *headers = json_object_get(request, "headers");
	json_t *query = json_object_get(request, "query");

	if (!json_is_object(headers))
		return;
	pairs_mask(headers);
	if (json_is_object(query))
		pairs_mask(query);
	else if (json_string_length(query) > 0)
		query_mask_text(request);
}

void
ty_secret_requests_hide(json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) ty_secret_requests_hide(member);
	if (!json_is_object(value))
		return;
	request_mask(value);
	json_object_foreach(value, name, member)
	{
		if (strcmp(name, "headers") != 0 || !json_is_object(member))
			ty_secret_requests_hide(member);
	}
}
