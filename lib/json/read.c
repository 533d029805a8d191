/*
 * read.c -- a text of JSON as a tree of jansson's, in one pass.
 *
 * Why not jansson's parser: it takes two passes to bound the nesting, counts no values before
 * they are made, refuses what JSON's grammar allows (NUL, half a pair, a key twice) with no way
 * to mend it, and a number is an int64 or a double to it, whatever digits that costs.
 *
 * Invariants:
 *   (1) Every string and key made here is UTF-8, so that jansson need not check again.
 *   (2) An exact number (number.h) is made by read_number.c and nowhere else.
 *   (3) What is read is as deep as TY_LIMIT_STORED_DEPTH at most, so it may recurse.
 *
 * Without a tree (how->check) every value stands for itself as 'true', which jansson shares; only
 * the keys are remembered, to find one that stands twice.  Where one member is wanted (member.h) not
 * even those.
 *
 * Memory: the tree is the caller's arena's once whole; the scratch is freed at the end.
 */
#include "json/member.h"
#include "json/read.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_MAX 20 /* bytes of the text that a message repeats */

static json_t *read_value(struct json_reader *r);

/* ---- what is refused ---- */

/* Line and column (in characters) of 'at'; at the end those of the last character. */
static void
place(const struct json_reader *r, const char *at, size_t *ret_line, size_t *ret_column)
{
	if (at == r->end && at > r->data)
		at--;
	*ret_line = *ret_column = 1;
	for (const char *p = r->data; p < at; p++) {
		if (*p == '\n') {
			(*ret_line)++;
			*ret_column = 1;
		} else if (((unsigned char)p[1] & 0xC0) != 0x80 || p + 1 == at) {
			(*ret_column)++;
		}
	}
}

/* Text at 'at' for a message, cut before the first byte that is no ASCII. */
static int
near_len(const struct json_reader *r, const char *at)
{
	int len = 0;

	while (at + len < r->end && len < NEAR_MAX && at[len] > ' ' && at[len] < 0x7f)
		len++;
	return len;
}

void *
json_reader_fail(struct json_reader *r, const char *at, const char *what)
{
	size_t line, column;
	int near = near_len(r, at);

	place(r, at, &line, &column);
	if (at >= r->end)
		ty_err_set(r->err, TY_E_MALFORMED,
			   "not valid JSON at line %zu, column %zu: %s, but the text ends", line,
			   column, what);
	else if (near > 0)
		ty_err_set(r->err, TY_E_MALFORMED,
			   "not valid JSON at line %zu, column %zu: %s near '%.*s'", line, column,
			   what, near, at);
	else
		ty_err_set(r->err, TY_E_MALFORMED,
			   "not valid JSON at line %zu, column %zu: %s near byte 0x%02x", line,
			   column, what, (unsigned char)*at);
	return NULL;
}

void *
json_reader_fail_hint(struct json_reader *r, const char *at, const char *what, const char *hint)
{
	(void)json_reader_fail(r, at, what);
	ty_err_hint(r->err, "%s", hint);
	return NULL;
}

/* ---- containers ---- */

static inline void
skip_space(struct json_reader *r)
{
	while (r->at < r->end &&
	       (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
		r->at++;
}

/* The next character after white space, '\0' at the end. */
static inline char
peek(struct json_reader *r)
{
	skip_space(r);
	return r->at < r->end ? *r->at : '\0';
}

static bool
enter(struct json_reader *r)
{
	int max = r->how->stored ? TY_LIMIT_STORED_DEPTH : TY_LIMIT_JSON_DEPTH;

	if (++r->depth <= (size_t)max) {
		r->at++;
		return true;
	}
	r->how->too_deep = true;
	ty_err_set(r->err, TY_E_MALFORMED, "JSON is nested more than %d deep at byte %zu", max,
		   (size_t)(r->at - r->data));
	ty_err_hint(r->err, "Flatten the document.");
	return false;
}

/* After an element: true where another follows; else at the closing bracket, or refused. */
static bool
another(struct json_reader *r, char close, const char *expected, bool *ret_ok)
{
	char c = peek(r);

	*ret_ok = c == ',' || c == close;
	if (!*ret_ok)
		(void)json_reader_fail(r, r->at, expected);
	else
		r->at++;
	return c == ',';
}

static bool
read_elements(struct json_reader *r, json_t *array)
{
	bool ok;

	if (peek(r) == ']') {
		r->at++;
		return true;
	}
	do {
		json_t *value = read_value(r);

		if (value == NULL)
			return false;
		if (!r->is_blind)
			json_array_append_new(array, value);
	} while (another(r, ']', "',' or ']' expected", &ok));
	return ok;
}

/* Put 'value' (steals) under 'key'; false where the key was there. */
static bool
put_member(struct json_reader *r, json_t *object, uint64_t number, const struct json_text *key,
	   json_t *value)
{
	size_t before = json_object_size(object);
	const char *bytes = json_text_bytes(r, key);

	if (r->only != NULL)
		return true;
	if (r->is_blind)
		return json_keys_add(&r->keys, number, bytes, key->len);
	json_object_setn_new_nocheck(object, bytes, key->len, value);
	return json_object_size(object) > before;
}

static bool
is_wanted(struct json_reader *r, const struct json_text *key)
{
	const char *only = r->only;
	char c = peek(r);

	return only != NULL && r->depth == 1 && key->len == strlen(only) &&
	       memcmp(json_text_bytes(r, key), only, key->len) == 0 && c != '{' && c != '[';
}

/* The value of a member.  The last of several that are wanted counts. */
static json_t *
read_member_value(struct json_reader *r, const struct json_text *key)
{
	json_t *value;

	if (!is_wanted(r, key))
		return read_value(r);
	r->is_blind = false;
	value = read_value(r);
	r->is_blind = true;
	if (value == NULL)
		return NULL;
	json_decref(r->found);
	r->found = value;
	return json_true();
}

static bool
read_member(struct json_reader *r, json_t *object, uint64_t number)
{
	const char *begin;
	struct json_text key;
	json_t *value;
	bool is_new;

	if (peek(r) != '"')
		return json_reader_fail(r, r->at, "a key in '\"' expected"), false;
	begin = r->at;
	if (!json_read_text(r, &key))
		return false;
	if (peek(r) != ':')
		return json_reader_fail(r, r->at, "':' expected"), false;
	r->at++;
	value = read_member_value(r, &key);
	if (value == NULL)
		return false;
	is_new = put_member(r, object, number, &key, value);
	r->scratch_len = key.offset;
	if (is_new)
		return true;
	if (!r->how->foreign)
		return json_reader_fail_hint(r, begin, "duplicate object key",
					     "Give each key once."),
		       false;
	r->how->mended |= TY_JSON_MENDED_DUPLICATE;
	return true;
}

static bool
read_members(struct json_reader *r, json_t *object)
{
	uint64_t number = ++r->keys.objects;
	bool ok;

	if (peek(r) == '}') {
		r->at++;
		return true;
	}
	do
		if (!read_member(r, object, number))
			return false;
	while (another(r, '}', "',' or '}' expected", &ok));
	return ok;
}

static json_t *
read_container(struct json_reader *r, json_t *(*make)(void),
	       bool (*read)(struct json_reader *r, json_t *made))
{
	json_t *made = r->is_blind ? json_true() : make();

	TY_ASSERT(made != NULL);
	if (enter(r) && read(r, made)) {
		r->depth--;
		return made;
	}
	json_decref(made);
	return NULL;
}

static json_t *
read_word(struct json_reader *r, const char *word, json_t *value)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return json_reader_fail(r, r->at, "a value expected");
	r->at += len;
	return value;
}

static json_t *
read_value(struct json_reader *r)
{
	char c = peek(r);

	if (++r->how->values > r->how->values_max && r->how->values_max > 0) {
		ty_err_set(r->err, TY_E_LIMIT, "the JSON holds more than %zu values",
			   r->how->values_max);
		ty_err_hint(r->err, "Send fewer values at a time.");
		return NULL;
	}
	switch (c) {
	case '{':
		return read_container(r, json_object, read_members);
	case '[':
		return read_container(r, json_array, read_elements);
	case '"':
		return json_read_string(r);
	case 't':
		return read_word(r, "true", json_true());
	case 'f':
		return read_word(r, "false", json_false());
	case 'n':
		return read_word(r, "null", json_null());
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return json_read_number(r);
		return json_reader_fail(r, r->at, "a value expected");
	}
}

/* ---- the whole text ---- */

static void
skip_marks(struct json_reader *r)
{
	static const char mark[] = "\xEF\xBB\xBF";

	while (r->end - r->at >= 3 && memcmp(r->at, mark, 3) == 0) {
		r->at += 3;
		r->how->mended |= TY_JSON_MENDED_MARK;
	}
}

static json_t *
read_document(struct json_reader *r)
{
	json_t *json;

	if (r->how->foreign)
		skip_marks(r);
	json = read_value(r);
	if (json == NULL)
		return NULL;
	skip_space(r);
	if (r->at == r->end)
		return json;
	(void)json_reader_fail(r, r->at, "end of file expected");
	json_decref(json);
	return NULL;
}

/* A new reference. */
static json_t *
object_of_found(const struct json_reader *r)
{
	json_t *object = json_object();

	TY_ASSERT(object != NULL);
	if (r->found != NULL)
		json_object_set(object, r->only, r->found);
	return object;
}

/* A new reference. */
static json_t *
load(const char *data, size_t len, struct ty_json_read *how, const char *only, struct ty_err *err)
{
	struct json_reader r = { .data = data,
				 .at = data,
				 .end = data + len,
				 .how = how,
				 .err = err,
				 .only = only,
				 .is_blind = how->check || only != NULL };
	json_t *json;

	how->mended = 0;
	how->too_deep = false;
	how->values = 0;
	json = read_document(&r);
	if (json != NULL && only != NULL)
		json = object_of_found(&r);
	json_decref(r.found);
	free(r.keys.slots);
	free(r.scratch);
	return json;
}

json_t *
ty_json_load_stored(const char *data, size_t len)
{
	struct ty_json_read how = { .stored = true };
	struct ty_err err;

	return load(data, len, &how, NULL, &err);
}

enum ty_code
ty_json_read(struct ty_arena *arena, const char *data, size_t len, struct ty_json_read *how,
	     json_t **ret_json, struct ty_err *err)
{
	json_t *json = load(data, len, how, NULL, err);

	if (json == NULL)
		return err->code;
	if (!how->check)
		*ret_json = ty_json_own(arena, json);
	return TY_OK;
}

enum ty_code
ty_json_read_member(struct ty_arena *arena, const char *data, size_t len, const char *name,
		    struct ty_json_read *how, json_t **ret_json, struct ty_err *err)
{
	json_t *json = load(data, len, how, name, err);

	if (json == NULL)
		return err->code;
	*ret_json = ty_json_own(arena, json);
	return TY_OK;
}

enum ty_code
ty_json_parse(struct ty_arena *arena, const char *data, size_t len, json_t **ret_json,
	      struct ty_err *err)
{
	struct ty_json_read how = { .foreign = false };

	return ty_json_read(arena, data, len, &how, ret_json, err);
}

enum ty_code
ty_json_parse_stored(struct ty_arena *arena, const char *data, size_t len, json_t **ret_json,
		     struct ty_err *err)
{
	struct ty_json_read how = { .stored = true };

	return ty_json_read(arena, data, len, &how, ret_json, err);
}

char *
ty_json_mended_text(struct ty_arena *arena, unsigned mended)
{
	static const struct {
		unsigned bit;
		const char *text;
	} rows[] = {
		{ TY_JSON_MENDED_NUL, "NUL characters (\\u0000) became U+FFFD" },
		{ TY_JSON_MENDED_SURROGATE, "halves of surrogate pairs became U+FFFD" },
		{ TY_JSON_MENDED_UTF8, "bytes that are no UTF-8 became U+FFFD" },
		{ TY_JSON_MENDED_MARK, "a byte order mark was skipped" },
		{ TY_JSON_MENDED_DUPLICATE, "a key stood twice in an object, and the last counts" },
	};
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 64);
	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++)
		if (mended & rows[i].bit)
			ty_buf_printf(&buf, "%s%s", buf.len > 0 ? "; " : "", rows[i].text);
	return buf.data;
}
