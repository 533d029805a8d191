/*
 * part.h -- a part of multipart/form-data: what its headers say, and where it ends.
 *
 * For whoever has the whole body (multipart.c) and whoever has a piece of it at a time (split.c), so
 * that both find the same parts.
 */
#ifndef TY_BODY_PART_H
#define TY_BODY_PART_H

#include "base/defs.h"
#include "body/transfer.h"
#include "body/type.h"

/* A part's headers that count are a name, a file's name, a type and how its content is written. */
#define TY_FORM_PART_HEADERS_BYTES_MAX 8192
#define TY_FORM_NAME_BYTES_MAX	       1024

struct ty_form_part {
	char name[TY_FORM_NAME_BYTES_MAX], filename[TY_FORM_NAME_BYTES_MAX];
	bool has_name, is_file;
	struct ty_body_type type; /* .params in the arena */
	enum ty_transfer transfer;
};

/* The headers at *at, and *at behind the empty line that ends them; false where they do not end. */
bool ty_form_part_read(struct ty_arena *arena, const char **at, const char *end,
		       struct ty_form_part *ret_part);

/*
 * Is what is behind a boundary a delimiter's: two dashes, or blanks and the end of the line?  *ret_next:
 * the line behind it; *ret_is_last: it is the last one, with the dashes.
 */
bool ty_form_delimiter_ends(const char *s, const char *end, const char **ret_next,
			    bool *ret_is_last);

/* The error of a body that is not what its boundary says. */
enum ty_code ty_form_broken(struct ty_err *err, const char *what);

#endif
