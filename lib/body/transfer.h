/*
 * transfer.h -- Content-Transfer-Encoding of a part: deprecated in forms (RFC 7578, 4.7), and still sent.
 */
#ifndef TY_BODY_TRANSFER_H
#define TY_BODY_TRANSFER_H

#include "base/defs.h"
#include "body/charset.h"

enum ty_transfer {
	TY_TRANSFER_NONE, /* no encoding named, or 7bit, 8bit, binary: the bytes are what they are */
	TY_TRANSFER_BASE64,
	TY_TRANSFER_QUOTED, /* quoted-printable, RFC 2045, 6.7 */
	TY_TRANSFER_UNKNOWN
};

/* The encoding of a header's value, blanks round it. */
enum ty_transfer ty_transfer_parse(const char *value);

/* Undo it; the result is owned by 'arena'.  False where it is not known or the text is none of its. */
bool ty_transfer_undo(struct ty_arena *arena, enum ty_transfer transfer, struct ty_text *text);

#endif
