/*
 * parcel.h -- bytes of files beside the JSON of a frame, so that they need no base64.
 *
 *	0  count of the bytes (4, little-endian)  the bytes  JSON
 *
 * A body that begins with another byte is JSON alone.  The JSON says which bytes are whose: files of a request
 * ("files": [{ "bytes" }]), files of an answer's items ("files" of an item), one behind the other.
 *
 * Header alone, because tyboo-parse, which is built without our libraries, reads it too.
 */
#ifndef TY_SANDBOX_PARCEL_H
#define TY_SANDBOX_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TY_PARCEL_HEADER_SIZE 5

/* Bytes of files beside a request and beside its answer. */
struct ty_parcel_bytes {
	const char *in; /* borrowed until the answer */
	size_t in_len;
	char *out; /* malloc'd, the asker's from the answer on; NULL = none came */
	size_t out_len;
};

struct ty_parcel {
	const char *bytes;
	size_t bytes_len;
	const char *text; /* JSON; what followed the body follows it */
	size_t text_len;
};

static inline void
ty_parcel_header_format(size_t bytes_len, char out[TY_PARCEL_HEADER_SIZE])
{
	out[0] = 0;
	for (int i = 0; i < 4; i++)
		out[1 + i] = (char)(bytes_len >> (8 * i) & 0xff);
}

/* False where a body claims more bytes than it has.  Borrows from 'body'. */
static inline bool
ty_parcel_split(const char *body, size_t len, struct ty_parcel *ret_parcel)
{
	size_t count = 0;

	if (len == 0 || body[0] != 0) {
		*ret_parcel = (struct ty_parcel){ .text = body, .text_len = len };
		return true;
	}
	if (len < TY_PARCEL_HEADER_SIZE)
		return false;
	for (int i = 4; i > 0; i--)
		count = count << 8 | (unsigned char)body[i];
	if (count > len - TY_PARCEL_HEADER_SIZE)
		return false;
	ret_parcel->bytes = body + TY_PARCEL_HEADER_SIZE;
	ret_parcel->bytes_len = count;
	ret_parcel->text = ret_parcel->bytes + count;
	ret_parcel->text_len = len - TY_PARCEL_HEADER_SIZE - count;
	return true;
}

#endif
