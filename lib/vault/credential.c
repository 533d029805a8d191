/*
 * credential.c -- the table of credential types.
 */
#include "vault/credential.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "param/secret.h"

#include <string.h>
#include <strings.h>

const struct ty_credential_type ty_credential_types[] = {
	{ "webhook_secret", "{ \"secret\": text } or { \"secrets\": [text, ...] }", "secret",
	  NULL },
	{ "http_bearer", "{ \"token\": text }", "token", NULL },
	{ "http_basic", "{ \"username\": text, \"password\": text }", "password", "username" },
	{ "http_header", "{ \"name\": text, \"value\": text }", "value", "name" },
	{ NULL, NULL, NULL, NULL },
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

static enum ty_code
wrong_shape(const struct ty_credential_type *type, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "A %s is %s", type->name, type->shape);
	ty_err_hint(err, "Send just that, with no empty text in it.");
	return ty_err_at(err, "data");
}

static enum ty_code
check_secret(const struct ty_credential_type *type, const json_t *value, const char *path,
	     struct ty_err *err)
{
	if (json_string_length(value) == 0)
		return wrong_shape(type, err);
	if (strlen(json_string_value(value)) != json_string_length(value))
		ty_err_set(err, TY_E_INVALID, "The secret has a NUL (U+0000) in it");
	else if (ty_secret_text_check(json_string_value(value), err) == TY_OK)
		return TY_OK;
	return ty_err_at(err, "data.%s", path);
}

/* Several while a secret is changed: the new one and the old one. */
static enum ty_code
check_list(const struct ty_credential_type *type, const json_t *list, struct ty_err *err)
{
	char path[32];

	if (json_array_size(list) == 0)
		return wrong_shape(type, err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(path, sizeof(path), "secrets[%zu]", i);
		if (check_secret(type, json_array_get(list, i), path, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* RFC 9110, 5.1: a token. */
static bool
is_header_name(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "!#$%&'*+-.^_`|~")] == '\0';
}

static enum ty_code
check_other(const struct ty_credential_type *type, const json_t *data, struct ty_err *err)
{
	const char *text = json_string_value(json_object_get(data, type->other));

	if (ty_str_is_blank(text))
		return wrong_shape(type, err);
	if (ty_str_eq(type->name, "http_header") && !is_header_name(text)) {
		ty_err_set(err, TY_E_INVALID, "\"%.100s\" is no name of a header", text);
		ty_err_hint(err, "Send a name such as X-Api-Key.");
		return ty_err_at(err, "data.%s", type->other);
	}
	/* RFC 7617, 2: the first colon ends the user's name. */
	if (ty_str_eq(type->name, "http_basic") && strchr(text, ':') != NULL) {
		ty_err_set(err, TY_E_INVALID, "A user name has no colon in it");
		ty_err_hint(err, "Send what is before the colon, and the rest as the password.");
		return ty_err_at(err, "data.%s", type->other);
	}
	return TY_OK;
}

enum ty_code
ty_credential_check(const char *type_name, const json_t *data, struct ty_err *err)
{
	const struct ty_credential_type *type = ty_credential_type_find(type_name);
	const json_t *list = json_object_get(data, "secrets"), *secret;

	if (type == NULL) {
		ty_err_set(err, TY_E_INVALID, "There is no credential type \"%.64s\"", type_name);
		ty_err_hint(err, "webhook_secret, http_bearer, http_basic and http_header are.");
		return ty_err_at(err, "type");
	}
	if (json_object_size(data) != (type->other != NULL ? 2 : 1))
		return wrong_shape(type, err);
	if (list != NULL && ty_str_eq(type->secret, "secret"))
		return check_list(type, list, err);
	secret = json_object_get(data, type->secret);
	if ((type->other != NULL && check_other(type, data, err) != TY_OK) ||
	    check_secret(type, secret, type->secret, err) != TY_OK)
		return err->code;
	if (ty_str_eq(type->name, "http_bearer") &&
	    strncasecmp(json_string_value(secret), "Bearer ", 7) == 0) {
		ty_err_set(err, TY_E_INVALID, "The token begins with \"Bearer \"");
		ty_err_hint(err, "Send what is behind it: \"Bearer \" is put before the token.");
		return ty_err_at(err, "data.token");
	}
	return TY_OK;
}

static json_t *
header(const char *name, const char *value)
{
	return json_pack("{s:s, s:s, s:b}", "name", name, "value", value, "secret", 1);
}

enum ty_code
ty_credential_header(struct ty_arena *arena, const char *type, const char *data, size_t len,
		     json_t **ret_header, struct ty_err *err)
{
	const char *user, *password, *pair;
	json_t *doc;

	if (ty_json_parse(arena, data, len, &doc, err) != TY_OK)
		return ty_err_set(err, TY_E_DENIED, "the credential is damaged");
	if (ty_str_eq(type, "http_header")) {
		*ret_header = header(ty_json_str(doc, "name", ""), ty_json_str(doc, "value", ""));
	} else if (ty_str_eq(type, "http_bearer")) {
		*ret_header =
			header("Authorization",
			       ty_arena_printf(arena, "Bearer %s", ty_json_str(doc, "token", "")));
	} else if (ty_str_eq(type, "http_basic")) {
		user = ty_json_str(doc, "username", "");
		password = ty_json_str(doc, "password", "");
		pair = ty_arena_printf(arena, "%s:%s", user, password);
		*ret_header = header("Authorization",
				     ty_arena_printf(arena, "Basic %s",
						     ty_base64_encode(arena, pair, strlen(pair))));
	} else {
		return ty_err_set(err, TY_E_INVALID, "a credential of type %s is none for HTTP",
				  type);
	}
	return TY_OK;
}
