/*
 * pairs.c -- lists of { "name", "value", "secret"? }: of a query, of headers, of a form.
 */
#include "net/internal.h"

#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"
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

/* A name within the quotes of a part's header (WHATWG HTML, "multipart/form-data encoding"). */
static void
put_part_name(struct ty_buf *buf, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\r' || *name == '\n')
			ty_buf_printf(buf, "%%%02X", (unsigned)*name);
		else
			ty_buf_add_char(buf, *name);
	}
}

/* Made of what it separates, so that a repeated request is the same bytes and no value has it in it. */
static const char *
boundary_of(struct ty_arena *arena, const json_t *pairs)
{
	uint8_t hash[TY_SHA256_SIZE];
	char hex[2 * TY_SHA256_SIZE + 1];
	size_t len;
	const char *text = ty_json_dump(arena, pairs, &len);

	ty_sha256(text, len, hash);
	ty_str_hex(hash, sizeof(hash), hex);
	return ty_arena_printf(arena, "tyboo-%.32s", hex);
}

/* multipart/form-data (RFC 7578) of fields. */
enum ty_code
net_pairs_encode_parts(struct ty_arena *arena, const json_t *pairs, struct net_request *request,
		       const char **ret_type, struct ty_err *err)
{
	const char *boundary;
	struct ty_buf buf;
	json_t *pair;
	size_t i;

	if (net_pairs_check(pairs, "body.value", err) != TY_OK)
		return err->code;
	boundary = boundary_of(arena, pairs != NULL ? pairs : json_null());
	ty_buf_init(&buf, arena, 256);
	json_array_foreach(pairs, i, pair)
	{
		const char *value = net_pair_value(arena, pair);

		if (value == NULL) {
			ty_err_set(err, TY_E_INVALID, "A value holds a NUL character");
			return ty_err_at(err, "body.value[%zu].value", i);
		}
		ty_buf_printf(&buf, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
		put_part_name(&buf, ty_json_str(pair, "name", ""));
		ty_buf_add_str(&buf, "\"\r\n\r\n");
		ty_buf_add_str(&buf, value);
		ty_buf_add_str(&buf, "\r\n");
	}
	ty_buf_printf(&buf, "--%s--\r\n", boundary);
	request->body = buf.data;
	request->body_len = buf.len;
	*ret_type = ty_arena_printf(arena, "multipart/form-data; boundary=%s", boundary);
	return TY_OK;
}
