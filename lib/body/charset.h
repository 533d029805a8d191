/*
 * charset.h -- bytes of a charset as UTF-8 that json_t may hold, and never a failure: what is no
 * character becomes U+FFFD and is told.
 *
 * A label means what the web takes it for (WHATWG Encoding, "Names and labels"): iso-8859-1 and
 * us-ascii are windows-1252, because senders that say the one send the other.
 */
#ifndef TY_BODY_CHARSET_H
#define TY_BODY_CHARSET_H

#include "base/defs.h"

/* One charset; pointers are equal where charsets are. */
struct ty_charset;

/* NULL where the label is unknown. */
const struct ty_charset *ty_charset_find(const char *label);
bool ty_charset_is_utf8(const struct ty_charset *charset);
/* A label that frameworks write by default, meant or not: windows-1252 and what the web takes for it. */
bool ty_charset_is_latin1(const struct ty_charset *charset);

/* The charset that a byte order mark says, and the mark's length; NULL = no mark. */
const struct ty_charset *ty_charset_of_mark(const char *s, size_t len, size_t *ret_mark_len);
/* UTF-16 or UTF-32 by where the zeros of JSON's first characters are (RFC 4627, 3); NULL = neither. */
const struct ty_charset *ty_charset_of_json(const char *s, size_t len);

/* A piece of text; NUL-terminated where it is not the caller's own. */
struct ty_text {
	const char *s;
	size_t len;
};

/*
 * 'in' as UTF-8 without NUL: itself where it is that already, else owned by 'arena'.  *mended is set
 * to true where something had to be replaced, else left alone.
 */
struct ty_text ty_charset_decode(struct ty_arena *arena, const struct ty_charset *charset,
				 struct ty_text in, bool *mended);
/* Mends text that claims to be UTF-8: one U+FFFD for each maximal part of a character, as browsers do. */
struct ty_text ty_utf8_mend(struct ty_arena *arena, struct ty_text in, bool *mended);

/* UTF-8 in another charset, for what is sent.  Errors: TY_E_INVALID (a character that it does not have). */
enum ty_code ty_charset_encode(struct ty_arena *arena, const struct ty_charset *charset,
			       struct ty_text in, struct ty_text *ret_out,
			       struct ty_err *err) TY_MUST_CHECK;

#endif
