/*
 * pairs.c -- lists of { "name", "value", "secret"? }: of a query, of headers, of a form.
 */
#include "net/internal.h"

#include "base/buf.h"
#include "base/str.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

/* A pair's value as text: strings as they are, other scalars as JSON writes them. */
const char *
net_pair_value(struct ty_arena *arena, const json_t *pair)
{
	const json_t *value = json_object_get(pair, "value");

	if (json_is_string(value) && json_string_length(value) != strlen(json_string_value(value)))
		return NULL;
	return ty_json_as_text(arena, value);
}

/* Check that 'json' is a list of { "name", "value" }. NULL is an empty list. */
enum ty_code
net_pairs_check(const json_t *json, const char *what, struct ty_err *err)
{
	size_t i;
	json_t *pair;

	if (json == NULL || json_is_null(json))
		return TY_OK;
	if (!json_is_array(json)) {
		ty_err_set(err, TY_E_INVALID, "%s must be a list of name and value", what);
		return ty_err_at(err, "%s", what);
	}
	json_array_foreach(json, i, pair)
	{
		if (ty_json_str(pair, "name", NULL) == NULL) {
			ty_err_set(err, TY_E_INVALID, "An entry of %s has no name", what);
			return ty_err_at(err, "%s[%zu].name", what, i);
		}
	}
	return TY_OK;
}

bool
net_pairs_has_secret(const json_t *pairs)
{
	size_t i;
	json_t *pair;

	json_array_foreach(pairs, i, pair)
	{
		if (ty_json_bool(pair, "secret", false))
			return true;
	}
	return false;
}

static bool
pair_is_taken(const json_t *pair, enum net_pairs taken)
{
	return taken == NET_PAIRS_ALL ||
	       ty_json_bool(pair, "secret", false) == (taken == NET_PAIRS_SECRET);
}

/* application/x-www-form-urlencoded, also what a query string is. */
enum ty_code
net_pairs_encode(struct ty_arena *arena, const json_t *pairs, enum net_pairs taken,
		 const char *what, char **ret_text, size_t *ret_len, struct ty_err *err)
{
	struct ty_buf buf;
	size_t i;
	json_t *pair;

	if (net_pairs_check(pairs, what, err) != TY_OK)
		return err->code;
	ty_buf_init(&buf, arena, 64);
	json_array_foreach(pairs, i, pair)
	{
		const char *name = ty_json_str(pair, "name", "");
		const char *value = net_pair_value(arena, pair);

		if (!pair_is_taken(pair, taken))
			continue;
		if (value == NULL) {
			ty_err_set(err, TY_E_INVALID, "A value holds a NUL character");
			return ty_err_at(err, "%s[%zu].value", what, i);
		}
		if (buf.len > 0)
			ty_buf_add_char(&buf, '&');
		ty_buf_add_str(&buf, ty_str_url_encode(arena, name, strlen(name)));
		ty_buf_add_char(&buf, '=');
		ty_buf_add_str(&buf, ty_str_url_encode(arena, value, strlen(value)));
	}
	*ret_text = buf.data;
	*ret_len = buf.len;
	return TY_OK;
}
