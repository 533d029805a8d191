/*
 * json.h -- jansson with arena ownership and limits.
 *
 * json_t is the one third-party type that travels.  Every new reference is
 * handed to an arena on the line that makes it; a json_t that was emitted or
 * returned is frozen: to change it, copy.
 */
#ifndef TY_JSON_JSON_H
#define TY_JSON_JSON_H

#include "base/defs.h"
#include "json/number.h"

#include <jansson.h>

/* Faults of a foreign text that were mended on the way in. */
enum {
	TY_JSON_MENDED_NUL = 1 << 0,	   /* \u0000 became U+FFFD */
	TY_JSON_MENDED_SURROGATE = 1 << 1, /* half a pair (\ud83d) became U+FFFD */
	TY_JSON_MENDED_MARK = 1 << 2,	   /* byte order marks in front were skipped */
	TY_JSON_MENDED_DUPLICATE = 1 << 3, /* a key stood twice: the last value, the first place */
	TY_JSON_MENDED_UTF8 = 1 << 4,	   /* bytes that are no UTF-8 became U+FFFD */
};

/* Way to read a text, and counts of what was met.  Begin with { .foreign = ..., .values_max = ... }. */
struct ty_json_read {
	bool foreign;	   /* mend what the bits above name, instead of refusing it */
	bool stored;	   /* the text is our own: NUL is kept, nested to TY_LIMIT_STORED_DEPTH */
	bool check;	   /* make no tree, take no memory for one; *ret_json is left untouched */
	size_t values_max; /* objects, lists, texts, numbers ... (no keys); 0 = any number */
	bool too_deep; /* written: it failed because it is nested more than TY_LIMIT_JSON_DEPTH deep */
	unsigned mended; /* written: bits of TY_JSON_MENDED_*; also where it fails */
	size_t values;	 /* written: how many were read; also where it fails */
};

/*
 * Read exactly one JSON value (RFC 8259) of 'len' bytes; NUL need not follow.  The value is
 * owned by 'arena'.  Refused with line and column: syntax errors, nesting over
 * TY_LIMIT_JSON_DEPTH and, unless 'how->foreign', duplicate keys, lone surrogates, NUL and
 * bytes that are no UTF-8.  Numbers of any size are taken, see number.h.
 * Errors: TY_E_MALFORMED; TY_E_LIMIT for more than 'how->values_max' values.
 */
enum ty_code ty_json_read(struct ty_arena *arena, const char *data, size_t len,
			  struct ty_json_read *how, json_t **ret_json,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * Gives the number of values in a text, in one pass that takes no memory: ty_json_read()'s count where the
 * text is JSON, and some number where it is none.
 */
size_t ty_json_count(const char *data, size_t len);

/* The bits in words, for a notice: "a byte order mark was skipped; ...". "" for 0. */
char *ty_json_mended_text(struct ty_arena *arena, unsigned mended);

/* ty_json_read() of our own texts: nothing is mended, any number of values. */
enum ty_code ty_json_parse(struct ty_arena *arena, const char *data, size_t len, json_t **ret_json,
			   struct ty_err *err) TY_MUST_CHECK;

/* ty_json_parse() of a text that ty_json_dump() gave and we kept: takes NUL, and deeper nesting. */
enum ty_code ty_json_parse_stored(struct ty_arena *arena, const char *data, size_t len,
				  json_t **ret_json, struct ty_err *err) TY_MUST_CHECK;

/* ty_json_parse_stored() without an arena: a new reference, or NULL where the text is damaged. */
json_t *ty_json_load_stored(const char *data, size_t len);

/* Take over one new reference; decref'd when the arena is cleared.  NULL aborts. */
json_t *ty_json_own(struct ty_arena *arena, json_t *new_ref);

/* ---- numbers; 'json' may be NULL ---- */

/* A number that neither json_int_t nor double keeps (number.h)? */
static inline bool
ty_json_is_exact(const json_t *json)
{
	return json != NULL && json_typeof(json) == JSON_STRING &&
	       json_string_value(json)[0] == TY_JSON_NUMBER_MARK;
}

/* The text of an exact number (borrowed, NUL-terminated); NULL where 'json' is none. */
static inline const char *
ty_json_digits(const json_t *json, size_t *ret_len)
{
	if (!ty_json_is_exact(json))
		return NULL;
	if (ret_len != NULL)
		*ret_len = json_string_length(json) - 1;
	return json_string_value(json) + 1;
}

static inline bool
ty_json_is_number(const json_t *json)
{
	return json_is_integer(json) || json_is_real(json) || ty_json_is_exact(json);
}

/* The nearest double; 0 where it is no number. */
double ty_json_number(const json_t *json);

/*
 * The number as text, as JavaScript writes it, but with every digit that it has; "" where it is
 * none.  Borrowed from 'json' or written to 'out'.
 */
const char *ty_json_number_text(const json_t *json, char out[TY_JSON_NUMBER_SIZE], size_t *ret_len);

static inline bool
ty_json_is_text(const json_t *json)
{
	return json != NULL && json_typeof(json) == JSON_STRING && !ty_json_is_exact(json);
}

static inline const char *
ty_json_text(const json_t *json)
{
	return ty_json_is_text(json) ? json_string_value(json) : NULL;
}

static inline size_t
ty_json_text_len(const json_t *json)
{
	return ty_json_is_text(json) ? json_string_length(json) : 0;
}

/* jansson's own questions would take an exact number for a text: here it is a number. */
#undef json_is_string
#undef json_is_number
#define json_is_string(json)	 ty_json_is_text(json)
#define json_is_number(json)	 ty_json_is_number(json)
#define json_number_value(json)	 ty_json_number(json)
#define json_string_value(json)	 ty_json_text(json)
#define json_string_length(json) ty_json_text_len(json)

/* Compact text in insertion order, or with sorted keys (canonical). Owned by the arena. */
char *ty_json_dump(struct ty_arena *arena, const json_t *json, size_t *ret_len);
char *ty_json_dump_canonical(struct ty_arena *arena, const json_t *json, size_t *ret_len);
/* ty_json_dump_canonical() as it was when reals had 17 digits, byte for byte: for digests of then. */
char *ty_json_dump_canonical_1(struct ty_arena *arena, const json_t *json, size_t *ret_len);
/* Text in insertion order, for people: each member on a line of its own, two blanks a level. */
char *ty_json_dump_pretty(struct ty_arena *arena, const json_t *json, size_t *ret_len);

/*
 * Text of a value as JavaScript's String() has it where that is possible, but with every digit of a number:
 * strings as they are, "" for null and NULL, compact JSON of objects and lists.  Owned by the arena or
 * borrowed from 'json'.
 */
const char *ty_json_as_text(struct ty_arena *arena, const json_t *json);

/* Bytes the compact text would take, without making it. */
size_t ty_json_size_bytes(const json_t *json);

/* Nesting of a value: 1 for a scalar, 2 for [1]. */
size_t ty_json_depth(const json_t *json);

/*
 * Path of the first number that JavaScript would read as another ("items[0].json.id"), beginning with
 * 'name'; NULL where there is none.  Owned by the arena.
 */
const char *ty_json_rounded_path(struct ty_arena *arena, const char *name, const json_t *json);

/* Object members by key, with a default where absent or of another type. */
const char *ty_json_str(const json_t *obj, const char *key, const char *def); /* borrowed */
int64_t ty_json_int(const json_t *obj, const char *key, int64_t def);
bool ty_json_bool(const json_t *obj, const char *key, bool def);
json_t *ty_json_obj(const json_t *obj, const char *key); /* borrowed; NULL unless an object */
json_t *ty_json_arr(const json_t *obj, const char *key); /* borrowed; NULL unless an array */

/* RFC 3339; null for 0 and less, which is no time here; new reference. */
json_t *ty_json_time(int64_t ms);

/*
 * Overwrite every text in 'json' that nobody else may hold: jansson frees without wiping.  Only for
 * a tree of one's own, right before it is given back.
 */
void ty_json_wipe(json_t *json);

/* { "code", "message", "path"?, "hint"?, "retryable" } of an error; new reference. */
json_t *ty_json_from_err(const struct ty_err *err);

#endif
