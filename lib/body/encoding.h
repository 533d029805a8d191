/*
 * encoding.h -- Content-Encoding taken off a body, bounded (RFC 9110, 8.4).
 *
 * What comes out is counted while it comes out, so that a few KB that stand for gigabytes cost no
 * more memory than the limit; nothing is allocated by what a header of the data claims.
 */
#ifndef TY_BODY_ENCODING_H
#define TY_BODY_ENCODING_H

#include "base/defs.h"

/* Names of the encodings that are known, for an Accept-Encoding and for messages. */
#define TY_BODY_ENCODINGS "gzip, deflate, br, zstd"

struct ty_budget;

/* Room that the threads of a process share, for ty_body_inflate. */
struct ty_budget *ty_body_room(void);

/*
 * Undo 'encodings' (the header's value: a list, the last was applied last; NULL, "" and "identity"
 * are none).  *ret_data is 'data' itself where there was none, else owned by 'arena'.  Where more than
 * TY_LIMIT_BODY_COUNTED_BYTES come out, all of 'room' is taken until 'arena' is cleared, because nobody
 * knows how much is to come; NULL = the caller is one of one.
 * Errors: TY_E_UNSUPPORTED (one that is not known, named), TY_E_TOO_LARGE (over 'max_bytes'),
 * TY_E_MALFORMED (damaged, cut off, or too many encodings), TY_E_UNAVAILABLE (no room in time).
 */
enum ty_code ty_body_inflate(struct ty_arena *arena, struct ty_budget *room, const char *encodings,
			     const char *data, size_t len, size_t max_bytes, const char **ret_data,
			     size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

#endif
