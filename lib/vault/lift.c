/*
 * lift.c -- see lift.h.
 *
 * Secrets are collected as the parts of an http_custom; where there is one only, a simpler type
 * may say the same.
 */
#include "vault/lift.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "param/secret.h"
#include "vault/credential.h"

#include <string.h>
#include <strings.h>

struct lift {
	struct ty_arena *arena;
	json_t *params; /* our copy */
	json_t *parts;	/* { "headers"?, "query"?, "form"?, "json"? } */
	const char *user, *password;
	const char *why;
};

static void
add(struct lift *l, const char *list, const char *name, const char *value)
{
	json_t *pairs = json_object_get(l->parts, list);

	if (pairs == NULL) {
		json_object_set_new(l->parts, list, json_array());
		pairs = json_object_get(l->parts, list);
	}
	json_array_append_new(pairs, json_pack("{s:s, s:s}", "name", name, "value", value));
}

/* The text of a literal, NULL where it is none: absent, empty, an expression. */
static const char *
literal(struct lift *l, const json_t *owner, const char *member)
{
	const char *text = json_string_value(json_object_get(owner, member));

	if (text == NULL || (text[0] == '=' && strstr(text, "{{") != NULL))
		return NULL;
	text += text[0] == '=';
	if (ty_str_eq(text, TY_SECRET_MASK))
		l->why = "a secret is missing: an export left it out";
	return text[0] != '\0' ? text : NULL;
}

static void
take_authorization(struct lift *l)
{
	const char *value = literal(l, l->params, "auth_value");
	const char *name = ty_json_str(l->params, "auth_header", "");

	if (value == NULL)
		return;
	/* Without a header's name it was never sent. */
	if (name[0] != '\0')
		add(l, "headers", name, value);
	json_object_del(l->params, "auth_value");
	json_object_del(l->params, "auth_header");
}

static void
take_list(struct lift *l, const char *member, const char *list, bool is_sent)
{
	json_t *entries = json_object_get(l->params, member);

	for (size_t i = json_array_size(entries); i-- > 0;) {
		const json_t *entry = json_array_get(entries, i);
		const char *name = ty_json_str(entry, "name", "");
		const char *value = literal(l, entry, "value");

		if (value == NULL || !ty_secret_pair_is(name, value))
			continue;
		if (name[0] == '=')
			l->why = "the name beside a secret is an expression";
		if (is_sent)
			add(l, list, name, value);
		json_array_remove(entries, i);
	}
}

/* Members of a JSON body, out of it; in a list there is no name for one. */
static void
take_json(struct lift *l, json_t *object, const char *path, bool is_sent)
{
	const char *name;
	json_t *member;
	void *next;

	json_object_foreach_safe(object, next, name, member)
	{
		const char *where =
			ty_arena_printf(l->arena, "%s%s%s", path, path[0] != '\0' ? "." : "", name);
		const char *value = literal(l, object, name);

		if (json_is_object(member))
			take_json(l, member, where, is_sent);
		if (value == NULL || !ty_secret_pair_is(name, value))
			continue;
		if (strchr(name, '.') != NULL)
			l->why = "the name of a secret in the JSON body has a dot in it";
		if (is_sent)
			add(l, "json", where, value);
		json_object_del(object, name);
	}
}

static const char *
url_decode(struct ty_arena *arena, const char *text, size_t len)
{
	char *out = ty_arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (text[i] == '%' && i + 2 < len && ty_str_unhex(text + i + 1, 2, &byte))
			i += 2;
		out[n++] = (char)byte;
	}
	return out;
}

/* A placeholder is part of it. */
static const char *
authority_end(const char *at)
{
	const char *close;

	for (;;) {
		at += strcspn(at, "/?# \t\"'`{");
		close = ty_str_has_prefix(at, "{{") ? strstr(at, "}}") : NULL;
		if (close == NULL)
			return at;
		at = close + 2;
	}
}

/* "https://user:password@host/...": of a fixed address, or of one that begins so. */
static void
take_url(struct lift *l)
{
	const char *url = ty_json_str(l->params, "url", ""), *from, *end, *at = NULL, *colon;

	from = strstr(url, "://");
	if (from == NULL)
		return;
	from += 3;
	end = authority_end(from);
	for (const char *c = from; c < end; c++)
		at = *c == '@' ? c : at;
	if (at == NULL || at == from)
		return;
	if (memmem(from, (size_t)(at - from), "{{", 2) != NULL || strstr(end, "://") != NULL ||
	    ty_str_has_prefix(url, "={{")) {
		l->why = "the URL with the password is an expression";
		return;
	}
	colon = memchr(from, ':', (size_t)(at - from));
	l->user = url_decode(l->arena, from, (size_t)((colon != NULL ? colon : at) - from));
	l->password =
		colon != NULL ? url_decode(l->arena, colon + 1, (size_t)(at - colon - 1)) : "";
	if (ty_str_eq(l->password, TY_SECRET_MASK))
		l->why = "a secret is missing: an export left it out";
	json_object_set_new(
		l->params, "url",
		json_string(ty_arena_printf(l->arena, "%.*s%s", (int)(from - url), url, at + 1)));
}

/* Is 'at' within a placeholder of 'text'? */
static bool
is_within_placeholder(const char *text, const char *at)
{
	const char *open;

	while ((open = strstr(text, "{{")) != NULL && open < at) {
		text = strstr(open, "}}");
		if (text == NULL || text >= at)
			return true;
	}
	return false;
}

/* The URL without what begins with the '?' or '&' at 'from' and ends at 'end'; what follows stays a query. */
static const char *
cut_pair(struct lift *l, const char *url, const char *from, const char *end)
{
	bool is_first = *from == '?' && *end == '&';

	return ty_arena_printf(l->arena, "%.*s%s", (int)(from - url) + is_first, url,
			       end + is_first);
}

/* "https://host/?token=...": a credential's parameters come behind those that are left. */
static void
take_query(struct lift *l)
{
	const char *url = ty_json_str(l->params, "url", ""), *at = url;
	struct ty_secret_pair pair;

	while ((at = strpbrk(at, "?&")) != NULL) {
		size_t sign = (size_t)(at++ - url);
		const char *value;

		if (!ty_secret_query_pair(l->arena, at, &pair))
			continue;
		if (is_within_placeholder(url, at)) {
			l->why = "the URL with the secret is an expression";
			return;
		}
		value = url_decode(l->arena, pair.value, pair.value_len);
		if (ty_str_eq(value, TY_SECRET_MASK))
			l->why = "a secret is missing: an export left it out";
		add(l, "query", pair.name, value);
		url = cut_pair(l, url, url + sign, pair.value + pair.value_len);
		json_object_set_new(l->params, "url", json_string(url));
		at = url + sign;
	}
}

/* The URL's as a header, where it cannot be an http_basic. */
static void
add_basic(struct lift *l)
{
	const char *pair = ty_arena_printf(l->arena, "%s:%s", l->user, l->password);

	add(l, "headers", "Authorization",
	    ty_arena_printf(l->arena, "Basic %s", ty_base64_encode(l->arena, pair, strlen(pair))));
}

/* Add the parts of the node's credential, so that the new one replaces it. */
static void
add_used(struct lift *l, const char *type, const json_t *data)
{
	static const char *const lists[TY_CREDENTIAL__COUNT] = { "headers", "query", "form",
								 "json" };
	const struct ty_credential *credential;
	struct ty_err err = { TY_OK };
	size_t len;
	const char *text = ty_json_dump(l->arena, data, &len);

	if (ty_credential_open(l->arena, type, text, len, &credential, &err) != TY_OK) {
		l->why = "its credential does not open";
		return;
	}
	for (size_t i = 0; i < credential->part_count; i++)
		add(l, lists[credential->parts[i].place], credential->parts[i].name,
		    credential->parts[i].value);
}

static size_t
part_count(const json_t *parts)
{
	return json_array_size(json_object_get(parts, "headers")) +
	       json_array_size(json_object_get(parts, "query")) +
	       json_array_size(json_object_get(parts, "form")) +
	       json_array_size(json_object_get(parts, "json"));
}

/* The simplest type that says the same. */
static void
choose(struct lift *l, struct ty_lift *ret)
{
	json_t *header = json_array_get(json_object_get(l->parts, "headers"), 0);
	json_t *query = json_array_get(json_object_get(l->parts, "query"), 0);
	const char *value = ty_json_str(header, "value", "");

	ret->type = "http_custom";
	ret->data = l->parts;
	if (part_count(l->parts) != 1)
		return;
	if (header != NULL && ty_str_ieq(ty_json_str(header, "name", ""), "Authorization") &&
	    strncasecmp(value, "Bearer ", 7) == 0) {
		ret->type = "http_bearer";
		ret->data = ty_json_own(l->arena, json_pack("{s:s}", "token", value + 7));
	} else if (header != NULL) {
		ret->type = "http_header";
		ret->data = header;
	} else if (query != NULL) {
		ret->type = "http_query";
		ret->data = query;
	}
}

static void
choose_with_user(struct lift *l, struct ty_lift *ret)
{
	if (part_count(l->parts) == 0 && l->password[0] != '\0' && l->user[0] != '\0' &&
	    strchr(l->user, ':') == NULL) {
		ret->type = "http_basic";
		ret->data = ty_json_own(l->arena, json_pack("{s:s, s:s}", "username", l->user,
							    "password", l->password));
		return;
	}
	add_basic(l);
	choose(l, ret);
}

struct ty_lift
ty_vault_lift(struct ty_arena *arena, const json_t *params, const char *used_type,
	      const json_t *used)
{
	struct lift l = { .arena = arena,
			  .params = ty_json_own(arena, json_deep_copy(params)),
			  .parts = ty_json_own(arena, json_object()) };
	struct ty_lift lifted = { .params = l.params };
	struct ty_err err = { TY_OK };
	const char *body = ty_json_str(params, "body_kind", "");

	take_authorization(&l);
	take_list(&l, "headers", "headers", true);
	take_list(&l, "query", "query", true);
	take_list(&l, "body_form", "form", ty_str_eq(body, "form") || ty_str_eq(body, "multipart"));
	take_json(&l, json_object_get(l.params, "body_json"), "", ty_str_eq(body, "json"));
	take_url(&l);
	take_query(&l);
	if (l.why == NULL && (part_count(l.parts) > 0 || l.user != NULL)) {
		if (used != NULL)
			add_used(&l, used_type, used);
		if (l.user != NULL)
			choose_with_user(&l, &lifted);
		else
			choose(&l, &lifted);
		if (l.why == NULL && ty_credential_check(lifted.type, lifted.data, &err) != TY_OK)
			l.why = ty_arena_strdup(arena, err.msg);
	}
	if (l.why != NULL)
		lifted.type = NULL;
	lifted.why = l.why;
	return lifted;
}
