/*
 * credential.c -- what is judged when a credential is made, by the table of types (types.c).
 */
#include "vault/credential.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "param/secret.h"

#include <stdio.h>
#include <string.h>

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
		if ((row->flags & TY_PARAM_SECRET) != secret)
			continue;
		if (found != NULL)
			return NULL;
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

/* "{ "name": text, "value"?: text }", from the rows. */
static void
shape_add(struct ty_buf *buf, const struct ty_param *rows)
{
	ty_buf_add_str(buf, "{ ");
	for (const struct ty_param *row = rows; row->name != NULL; row++) {
		ty_buf_printf(buf, "%s\"%s\"%s: ", row == rows ? "" : ", ", row->name,
			      row->flags & TY_PARAM_REQUIRED ? "" : "?");
		if (row->type == TY_PARAM_LIST)
			ty_buf_add_str(buf, "[pair]");
		else if (row->type == TY_PARAM_ENUM)
			ty_buf_printf(buf, "\"%s\"", row->choices[0].value);
		else
			ty_buf_add_str(buf, row->type == TY_PARAM_INT	 ? "number"
					    : row->type == TY_PARAM_BOOL ? "true or false"
									 : "text");
	}
	ty_buf_add_str(buf, " }");
	for (const struct ty_param *row = rows; row->name != NULL; row++) {
		if (row->type != TY_PARAM_LIST)
			continue;
		ty_buf_add_str(buf, ", a pair being ");
		shape_add(buf, row->fields);
		return;
	}
}

const char *
ty_credential_type_shape(struct ty_arena *arena, const struct ty_credential_type *type)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 200);
	shape_add(&buf, type->fields);
	if (type->many != NULL)
		ty_buf_printf(&buf, " or { \"%s\": [text, ...] }", type->many);
	return buf.data;
}

static enum ty_code
wrong_shape(const struct ty_credential_type *type, const char *path, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "shape", 0);

	ty_err_set(err, TY_E_INVALID, "A %s is %s", type->name,
		   ty_credential_type_shape(arena, type));
	ty_arena_free(arena);
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

/* Keys in PEM have lines; a text of one line has no end of one. */
static enum ty_code
check_lines(const struct ty_param *row, const json_t *value, struct ty_err *err)
{
	if (strlen(json_string_value(value)) == json_string_length(value))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "The text has a NUL (U+0000) in it");
	return ty_err_at(err, "data.%s", row->name);
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
		} else if (value == NULL && !(row->flags & TY_PARAM_REQUIRED)) {
			continue;
		} else if (row->type == TY_PARAM_TEXT) {
			if (check_lines(row, value, err) != TY_OK)
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
