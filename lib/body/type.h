/*
 * type.h -- a Content-Type taken apart, and the one table of what kind of body a type is.
 */
#ifndef TY_BODY_TYPE_H
#define TY_BODY_TYPE_H

#include "base/defs.h"

enum ty_body_kind {
	TY_BODY_KIND_NO_TYPE, /* the sender names no type */
	TY_BODY_KIND_JSON,
	TY_BODY_KIND_FORM,
	TY_BODY_KIND_MULTIPART,
	TY_BODY_KIND_TEXT,
	TY_BODY_KIND_XML,   /* text that may say its charset itself */
	TY_BODY_KIND_BYTES, /* a picture, an archive: no text, whatever its bytes are */
	TY_BODY_KIND_OTHER, /* text where it is, else bytes */
};

bool ty_body_kind_may_be_bytes(enum ty_body_kind kind);
/* False where a charset says nothing: frameworks say charset=utf-8 of a PDF too. */
bool ty_body_kind_is_textual(enum ty_body_kind kind);

struct ty_body_type {
	char name[128]; /* "text/plain", lower-case; "" = none, or none that is one */
	enum ty_body_kind kind;
	const char *params; /* the text behind the type, borrowed */
};

/* 'text' is the header's value; NULL is none. */
void ty_body_type_parse(const char *text, struct ty_body_type *ret_type);

/*
 * The parameter 'name' of "; a=b; c=\"d\"" into 'out', unquoted; false where it is not there or does not
 * fit.  Also for Content-Disposition.
 */
bool ty_body_param(const char *params, const char *name, char *out, size_t out_size);

/* The name of a file that a Content-Disposition says (NULL: there is none), "" where it says none. */
void ty_body_file_name(const char *disposition, char *out, size_t out_size);

#endif
