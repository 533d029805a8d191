/*
 * credential.c -- the table of credential types, and what is judged when one is made.
 */
#include "vault/credential.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "param/row.h"
#include "param/secret.h"
#include "vault/parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- what rows cannot say ---- */

/* RFC 9110, 5.1: a token. */
static enum ty_code
check_header_name(const char *name, const char *path, struct ty_err *err)
{
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "!#$%&'*+-.^_`|~")] == '\0')
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%.100s\" is no name of a header", name);
	ty_err_hint(err, "Send a name such as X-Api-Key.");
	return ty_err_at(err, "data.%s", path);
}

static enum ty_code
header_check(const void *values, struct ty_err *err)
{
	return check_header_name(((const struct vault_pair *)values)->name, "name", err);
}

static enum ty_code
bearer_check(const void *values, struct ty_err *err)
{
	if (strncasecmp(((const struct vault_bearer *)values)->token, "Bearer ", 7) != 0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The token begins with \"Bearer \"");
	ty_err_hint(err, "Send what is behind it: \"Bearer \" is put before the token.");
	return ty_err_at(err, "data.token");
}

/* RFC 7617, 2: the first colon ends the user's name. */
static enum ty_code
basic_check(const void *values, struct ty_err *err)
{
	const char *name = ((const struct vault_basic *)values)->username;

	if (ty_secret_text_check(name, err) != TY_OK)
		return ty_err_at(err, "data.username");
	if (strchr(name, ':') == NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "A user name has no colon in it");
	ty_err_hint(err, "Send what is before the colon, and the rest as the password.");
	return ty_err_at(err, "data.username");
}

static enum ty_code
custom_check(const void *values, struct ty_err *err)
{
	const struct vault_custom *custom = values;
	const struct vault_pair *pairs = custom->headers.items;
	char path[48];

	for (size_t i = 0; i < custom->headers.count; i++) {
		snprintf(path, sizeof(path), "headers[%zu].name", i);
		if (check_header_name(pairs[i].name, path, err) != TY_OK)
			return err->code;
	}
	if (custom->headers.count + custom->query.count + custom->form.count + custom->json.count >
	    0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The credential adds nothing to a request");
	ty_err_hint(err, "Give it a header, a query parameter, a form field or a member of JSON.");
	return ty_err_at(err, "data");
}

/* ---- the table ---- */

#define SECRET	 (TY_PARAM_REQUIRED | TY_PARAM_SECRET | TY_PARAM_STRICT)
#define BESIDE	 (TY_PARAM_REQUIRED | TY_PARAM_STRICT)
#define PAIR_MAX 20 /* a request that needs more secrets than these has not been seen */

static const struct ty_param pair_rows[] = {
	TY_ROW_STRING(struct vault_pair, name, 500, "Name", .flags = BESIDE),
	TY_ROW_STRING(struct vault_pair, value, 0, "Value", .flags = SECRET),
	TY_ROW_END,
};

const struct ty_credential_type ty_credential_types[] = {
	{ .name = "webhook_secret",
	  .title = "Webhook secret",
	  .summary = "Shared with the sender of a webhook, who signs with it",
	  .shape = "{ \"secret\": text } or { \"secrets\": [text, ...] }",
	  .apply = "signature",
	  .many = "secrets",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct vault_webhook, secret, 0, "Secret", .flags = SECRET)),
	  .size = sizeof(struct vault_webhook) },
	{ .name = "http_bearer",
	  .title = "Bearer token",
	  .summary = "The header Authorization: Bearer <token>",
	  .shape = "{ \"token\": text }",
	  .apply = "header",
	  .fields =
		  TY_PARAMS(TY_ROW_STRING(struct vault_bearer, token, 0, "Token", .flags = SECRET)),
	  .size = sizeof(struct vault_bearer),
	  .check = bearer_check,
	  .add = vault_bearer_add },
	{ .name = "http_basic",
	  .title = "User and password",
	  .summary = "The header Authorization: Basic, made of both",
	  .shape = "{ \"username\": text, \"password\": text }",
	  .apply = "header",
	  .fields = TY_PARAMS(
		  TY_ROW_STRING(struct vault_basic, username, 0, "User", .flags = BESIDE),
		  TY_ROW_STRING(struct vault_basic, password, 0, "Password", .flags = SECRET)),
	  .size = sizeof(struct vault_basic),
	  .check = basic_check,
	  .add = vault_basic_add },
	{ .name = "http_header",
	  .title = "Header",
	  .summary = "One header, such as X-Api-Key",
	  .shape = "{ \"name\": text, \"value\": text }",
	  .apply = "header",
	  .fields = pair_rows,
	  .size = sizeof(struct vault_pair),
	  .check = header_check,
	  .add = vault_header_add },
	{ .name = "http_query",
	  .title = "Query parameter",
	  .summary = "One parameter at the end of the URL, such as api_key",
	  .shape = "{ \"name\": text, \"value\": text }",
	  .apply = "query",
	  .fields = pair_rows,
	  .size = sizeof(struct vault_pair),
	  .add = vault_query_add },
	{ .name = "http_custom",
	  .title = "Several parts",
	  .summary = "Headers, query parameters, form fields and members of JSON together",
	  .shape = "{ \"headers\": [pair], \"query\": [pair], \"form\": [pair], \"json\": [pair] "
		   "}, a pair being "
		   "{ \"name\": text, \"value\": text }",
	  .apply = "request",
	  .fields =
		  TY_PARAMS(TY_ROW_LIST(struct vault_custom, headers, pair_rows, struct vault_pair,
					PAIR_MAX, "Headers", .flags = TY_PARAM_STRICT),
			    TY_ROW_LIST(struct vault_custom, query, pair_rows, struct vault_pair,
					PAIR_MAX, "Query", .flags = TY_PARAM_STRICT),
			    TY_ROW_LIST(struct vault_custom, form, pair_rows, struct vault_pair,
					PAIR_MAX, "Form fields", .flags = TY_PARAM_STRICT),
			    TY_ROW_LIST(struct vault_custom, json, pair_rows, struct vault_pair,
					PAIR_MAX, "Members of JSON", .flags = TY_PARAM_STRICT)),
	  .size = sizeof(struct vault_custom),
	  .check = custom_check,
	  .add = vault_custom_add },
	{ .name = NULL },
};

const struct ty_credential_type *
ty_credential_type_find(const char *name)
{
	for (const struct ty_credential_type *t = ty_credential_types; t->name != NULL; t++) {
		if (ty_str_eq(t->name, name))
			return t;
	}
	return NULL;
}

const char *
ty_credential_type_names(struct ty_arena *arena)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 120);
	for (const struct ty_credential_type *t = ty_credential_types; t->name != NULL; t++)
		ty_buf_printf(&buf, "%s%s",
			      t == ty_credential_types ? ""
			      : t[1].name == NULL      ? " and "
						       : ", ",
			      t->name);
	return buf.data;
}

json_t *
ty_credential_types_describe(void)
{
	json_t *list = json_array();

	for (const struct ty_credential_type *t = ty_credential_types; t->name != NULL; t++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", t->name,
						"title", t->title, "summary", t->summary, "apply",
						t->apply, "fields", ty_param_describe(t->fields)));
	return list;
}

static const struct ty_param *
field_with(const struct ty_credential_type *type, unsigned secret)
{
	const struct ty_param *found = NULL;

	for (const struct ty_param *row = type->fields; row->name != NULL; row++) {
		if (row->type == TY_PARAM_LIST)
			return NULL;
		if ((row->flags & TY_PARAM_SECRET) == secret)
			found = row;
	}
	return found;
}

const struct ty_param *
ty_credential_secret_field(const struct ty_credential_type *type)
{
	return field_with(type, TY_PARAM_SECRET);
}

const struct ty_param *
ty_credential_other_field(const struct ty_credential_type *type)
{
	return field_with(type, 0);
}

/* ---- is it what it should be? ---- */

struct check {
	const struct ty_credential_type *type;
	struct ty_err *err;
};

static enum ty_code
wrong_shape(const struct ty_credential_type *type, const char *path, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "A %s is %s", type->name, type->shape);
	ty_err_hint(err, "Send just that, with no empty text in it.");
	return ty_err_at(err, "data%s%s", *path != '\0' ? "." : "", path);
}

/* Length of the part of "headers[0].value" that the rows have; a name that is not theirs has none. */
static size_t
known_len(const struct ty_param *rows, const char *path)
{
	size_t len = strcspn(path, ".[");
	const struct ty_param *row = rows;

	while (row->name != NULL &&
	       (strlen(row->name) != len || strncmp(row->name, path, len) != 0))
		row++;
	if (row->name == NULL)
		return 0;
	if (path[len] == '[')
		len += strcspn(path + len, ".");
	if (path[len] != '.' || row->fields == NULL)
		return len;
	rows = row->fields;
	return known_len(rows, path + len + 1) > 0 ? len + 1 + known_len(rows, path + len + 1)
						   : len;
}

/*
 * The first finding is told, but not its words, which may repeat a value; nor a name that the type
 * does not have, which may be a secret in the wrong place.
 */
static void
found(void *ctx, const char *path, const char *msg, const char *hint)
{
	const struct check *c = ctx;
	char known[80];

	if (c->err->code != TY_OK)
		return;
	snprintf(known, sizeof(known), "%.*s", (int)known_len(c->type->fields, path), path);
	(void)wrong_shape(c->type, known, c->err);
}

static enum ty_code
check_secret(const struct ty_credential_type *type, const json_t *value, const char *path,
	     struct ty_err *err)
{
	if (json_string_length(value) == 0)
		return wrong_shape(type, path, err);
	if (strlen(json_string_value(value)) != json_string_length(value))
		ty_err_set(err, TY_E_INVALID, "The secret has a NUL (U+0000) in it");
	else if (ty_secret_text_check(json_string_value(value), err) == TY_OK)
		return TY_OK;
	return ty_err_at(err, "data.%s", path);
}

static enum ty_code
check_entries(const struct ty_credential_type *type, const struct ty_param *row,
	      const json_t *entries, struct ty_err *err)
{
	char path[80];

	for (size_t i = 0; i < json_array_size(entries); i++) {
		snprintf(path, sizeof(path), "%s[%zu].value", row->name, i);
		if (check_secret(type, json_object_get(json_array_get(entries, i), "value"), path,
				 err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
check_secrets(const struct ty_credential_type *type, const json_t *data, struct ty_err *err)
{
	for (const struct ty_param *row = type->fields; row->name != NULL; row++) {
		const json_t *value = json_object_get(data, row->name);

		if (row->type == TY_PARAM_LIST) {
			if (check_entries(type, row, value, err) != TY_OK)
				return err->code;
		} else if ((row->flags & TY_PARAM_SECRET) &&
			   check_secret(type, value, row->name, err) != TY_OK) {
			return err->code;
		}
	}
	return TY_OK;
}

/* Several while a secret is changed: the new one and the old one. */
static enum ty_code
check_many(const struct ty_credential_type *type, const json_t *data, struct ty_err *err)
{
	const json_t *list = json_object_get(data, type->many);
	char path[48];

	if (json_array_size(list) == 0 || json_object_size(data) != 1)
		return wrong_shape(type, "", err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(path, sizeof(path), "%s[%zu]", type->many, i);
		if (check_secret(type, json_array_get(list, i), path, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
check_data(const struct ty_credential_type *type, struct ty_arena *arena, const json_t *data,
	   struct ty_err *err)
{
	struct check c = { .type = type, .err = err };
	void *values = ty_arena_alloc(arena, type->size);

	(void)ty_param_check(type->fields, data, found, &c);
	if (err->code != TY_OK)
		return err->code;
	if (ty_param_bind(type->fields, arena, data, values, err) != TY_OK)
		return wrong_shape(type, "", err);
	if (type->check != NULL && type->check(values, err) != TY_OK)
		return err->code;
	return check_secrets(type, data, err);
}

enum ty_code
ty_credential_check(const char *type_name, const json_t *data, struct ty_err *err)
{
	const struct ty_credential_type *type = ty_credential_type_find(type_name);
	struct ty_arena *arena = ty_arena_new(NULL, "credential", 0);

	if (type == NULL) {
		ty_err_set(err, TY_E_INVALID, "There is no credential type \"%.64s\"", type_name);
		ty_err_hint(err, "The types are %s.", ty_credential_type_names(arena));
		(void)ty_err_at(err, "type");
	} else if (!json_is_object(data)) {
		(void)wrong_shape(type, "", err);
	} else if (type->many != NULL && json_object_get(data, type->many) != NULL) {
		(void)check_many(type, data, err);
	} else {
		(void)check_data(type, arena, data, err);
	}
	ty_arena_free(arena);
	return err->code;
}
