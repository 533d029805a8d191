/*
 * form.h -- names and values as a JSON object: application/x-www-form-urlencoded text (a query, a
 * form body) and the parts of multipart/form-data.
 *
 * The first never fails: what is no valid escape stays as it came, and bytes that are no character
 * become U+FFFD, so that the same text always gives the same object.
 */
#ifndef TY_BODY_FORM_H
#define TY_BODY_FORM_H

#include "base/defs.h"
#include "body/charset.h"

#include <jansson.h>

/* A name that comes several times gives an array, in order. Owned by 'arena'. */
json_t *ty_form_decode(struct ty_arena *arena, const char *s, size_t len);

/* Text as a JSON string, bytes that are no UTF-8 replaced; new reference. */
json_t *ty_form_string(struct ty_arena *arena, const char *s, size_t len);

/*
 * A form's body.  'charset' is what its Content-Type says (NULL: nothing); a field _charset_ (HTML's), or
 * charset where the bytes are no UTF-8, says it otherwise.
 */
struct ty_form_body {
	struct ty_text text;
	const struct ty_charset *charset;
	size_t values_max; /* 0 = no limit */
	/*
	 * Files that are blobs, in order (intake/job.h, "blobs"): NULL = none are.  One with "at" was cut out of
	 * the text: its value has the size that is told, and no base64.
	 */
	const json_t *files;
	size_t file_count;    /* files met so far */
	size_t values;	      /* made so far, also by others */
	bool mended;	      /* set: something was replaced */
	bool converted;	      /* set: the text is made of other bytes than those that came */
	unsigned json_mended; /* set: by the JSON reader, in parts that are JSON */
	bool left_out;	      /* set: a file is too large to be in the value */
	bool encoded;	      /* set: a part is as its Content-Transfer-Encoding has it */
	const char *unknown;  /* set: a charset that nobody knows, as it was written */
};
/* Gives the number of fields, before anything is made of them. */
size_t ty_form_fields(struct ty_text text);
/* Errors: TY_E_LIMIT (over values_max). */
enum ty_code ty_form_body(struct ty_arena *arena, struct ty_form_body *form, json_t **ret_json,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * A multipart/form-data body (RFC 7578); 'charset' is of parts that say none.  A field's value is its
 * text, or its JSON where the part says that it is some; a file's is { "filename", "type", "bytes",
 * "base64" }, without "base64" where it is over TY_LIMIT_INLINE_FILE_BYTES.
 * Errors: TY_E_MALFORMED (not what 'boundary' says it is, or cut off), TY_E_LIMIT.
 */
enum ty_code ty_form_multipart(struct ty_arena *arena, const char *boundary,
			       struct ty_form_body *form, json_t **ret_json,
			       struct ty_err *err) TY_MUST_CHECK;

/* Gives the number of parts, before anything is made of them; 0 where 'text' is no such body. */
size_t ty_form_multipart_parts(struct ty_arena *arena, struct ty_text text, const char *boundary);

/* ---- for the two files ---- */

/* Add name and value (a new reference, taken); a name that is there already becomes an array. */
void ty_form_add(json_t *form, const char *name, json_t *value);
/* Bytes of a name or value as text; sets form->mended and form->converted. */
struct ty_text ty_form_text(struct ty_arena *arena, struct ty_form_body *form,
			    const struct ty_charset *charset, struct ty_text bytes);
/* Count one more value. Errors: TY_E_LIMIT. */
enum ty_code ty_form_count(struct ty_form_body *form, struct ty_err *err) TY_MUST_CHECK;

#endif
