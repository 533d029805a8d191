/*
 * split.h -- a multipart/form-data body that comes in pieces, its files apart from the rest.
 *
 * What is left once the files' bytes are cut out (fields, headers of parts, delimiters) is the skeleton:
 * with it and the files, each at the byte it was cut out of, the body is whole again.  Read by
 * ty_form_multipart, the skeleton gives the same fields.
 */
#ifndef TY_BODY_SPLIT_H
#define TY_BODY_SPLIT_H

#include "body/part.h"
#include "base/err.h"

struct ty_body_split;

/* Callbacks of a splitter; one that fails ends the body.  A file's bytes come between its begin and its
 * end. */
struct ty_body_split_to {
	/* 'at': of the skeleton, where its bytes were. */
	enum ty_code (*file_begin)(void *ctx, const struct ty_form_part *part, size_t at,
				   struct ty_err *err);
	enum ty_code (*file_bytes)(void *ctx, const void *data, size_t len, struct ty_err *err);
	enum ty_code (*file_end)(void *ctx, struct ty_err *err);
	void *ctx;
};

/* Owned by 'arena'; 'to' is copied.  A skeleton over 'skeleton_max' is TY_E_TOO_LARGE. */
struct ty_body_split *ty_body_split_new(struct ty_arena *arena, const char *boundary,
					size_t skeleton_max, const struct ty_body_split_to *to);
/* Errors: TY_E_MALFORMED (see ty_form_multipart), TY_E_TOO_LARGE, and those of 'to'. */
enum ty_code ty_body_split_add(struct ty_body_split *split, const void *data, size_t len,
			       struct ty_err *err) TY_MUST_CHECK;
/* The body has ended.  Errors: the same; TY_E_MALFORMED where it is cut off. */
enum ty_code ty_body_split_end(struct ty_body_split *split, const char **ret_skeleton,
			       size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

#endif
