/*
 * mended.h -- the bits of struct ty_body's 'mended': body.c sets them, notice.c says what they mean.
 */
#ifndef TY_BODY_MENDED_H
#define TY_BODY_MENDED_H

enum mended {
	MENDED_TEXT = 1 << 0,
	MENDED_CHARSET = 1 << 1,
	MENDED_ENCODING = 1 << 2,
	MENDED_NOT_JSON = 1 << 3,
	MENDED_NOT_MULTIPART = 1 << 4,
	MENDED_NOT_PAYLOAD = 1 << 5,
	MENDED_FILE = 1 << 6,
	MENDED_MARK = 1 << 7,
	MENDED_TRANSFER = 1 << 8,
	MENDED_TOO_DEEP = 1 << 9,
};

#endif
