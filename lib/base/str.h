/*
 * str.h -- the few string helpers that libc lacks or gets wrong.
 */
#ifndef TY_BASE_STR_H
#define TY_BASE_STR_H

#include "base/defs.h"

bool ty_str_eq(const char *a, const char *b);  /* both NULL is equal */
bool ty_str_ieq(const char *a, const char *b); /* ASCII case folded */
bool ty_str_has_prefix(const char *s, const char *prefix);
bool ty_str_is_blank(const char *s); /* NULL, "" or spaces only */

/* A word of a list such as "a, b,c": [s, s+len), not NUL-terminated.  Commas and blanks divide. */
struct ty_str_word {
	const char *s;
	size_t len;
};
/* The next word from *at (NULL = "") on; false at the end.  Moves *at behind it. */
bool ty_str_list_next(const char **at, struct ty_str_word *ret_word);
/* Is 'word' one of the list's, ASCII case folded? */
bool ty_str_list_has(const char *list, const char *word);

/* Edit distance of two short names; anything long is simply far. */
size_t ty_str_distance(const char *a, const char *b);
/* Slips between a name and the one that was meant: beyond it a guess does harm. */
#define TY_STR_SLIPS_MAX 2

/* 's', or NULL where it is blank. */
const char *ty_str_or_null(const char *s);

/* Strict: the whole string, no spaces, no '+', in range.  False leaves *ret_n alone. */
bool ty_str_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret_n);

/* True where [s, s+len) is well-formed UTF-8 (RFC 3629) without NUL. */
bool ty_str_is_utf8(const char *s, size_t len);
/* Bytes of the longest beginning of UTF-8 text that takes at most 'max' and ends with a character. */
size_t ty_str_utf8_cut(const char *s, size_t len, size_t max);

/* lower-case [a-z0-9-], not starting or ending with '-', 1..max_len bytes. */
bool ty_str_is_slug(const char *s, size_t max_len);

/*
 * Decode %XX (and '+' as space where 'plus' is true) from [s, s+len) into the
 * arena.  NULL where an escape is broken or a NUL would result.
 */
char *ty_str_url_decode(struct ty_arena *arena, const char *s, size_t len, bool plus,
			size_t *ret_len);
/* Percent-encode everything but RFC 3986 'unreserved'. */
/* ASCII letters in lower case, the rest as it is. */
char *ty_str_lower(struct ty_arena *arena, const char *s);
char *ty_str_url_encode(struct ty_arena *arena, const char *s, size_t len);

/* Lower-case hex of 'len' bytes; 'out' takes 2 * len + 1. */
void ty_str_hex(const void *data, size_t len, char *out);
/* 'out' takes strlen(hex) / 2; false where it is not even-length hex. */
bool ty_str_unhex(const char *hex, size_t hex_len, uint8_t *out);

#endif
