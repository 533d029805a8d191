/*
 * secret.h -- which values of a parameter table are secret, which header names are, and what a
 * pasted secret may not have in it.
 *
 * Secret are: the text of a row with TY_PARAM_SECRET; the text of a row with TY_PARAM_SECRET_NAMED
 * beside a "name" with which it is a ty_secret_pair_is, either written as a number as well; in any other
 * row with that flag each member of its JSON, or of the JSON that its text is, which is such a pair; in a
 * TY_PARAM_URL row the password (else the user) before the '@', and each such pair of its query.  In a list,
 * beside any name, a key behind its scheme ("Bearer 0f3c2a9b") or with a known provider's prefix ("ghp_...").  An expression is its author's code and no secret,
 * but for "=text" without {{ }}, which is text, and for literals in it: the same keys, and, where a
 * text would be a secret, whatever looks drawn.
 */
#ifndef TY_PARAM_SECRET_H
#define TY_PARAM_SECRET_H

#include "param/param.h"

/* Stands for a secret wherever a document leaves; sent back, it keeps what is stored. */
#define TY_SECRET_MASK "********"

/*
 * A secret at rest begins so: "tysealed.<key version>.<base64url>" (vault/sealed_text.h).  It has
 * no character that would end the user information of a URL or a JavaScript string.
 */
#define TY_SECRET_SEALED_PREFIX "tysealed."

/* Does a webhook leave out a header of that name, unless its node keeps it?  Case does not count, and
 * '-', '_' and several of them are all one. */
bool ty_secret_header_is(const char *name);
/* Is 'value' somebody's key, where it is written beside 'name' in a request: a header, a parameter of
 * the query, a field of a form?  A header that a webhook leaves out always is. */
bool ty_secret_pair_is(const char *name, const char *value);

struct ty_secret_pair {
	const char *name;  /* decoded */
	const char *value; /* within the text it was found in */
	size_t value_len;
};

/* Does the query of a URL have a written secret at 'at', behind '?' or '&'?  What is computed is none. */
bool ty_secret_query_pair(struct ty_arena *arena, const char *at,
			  struct ty_secret_pair *ret_pair) TY_MUST_CHECK;

/*
 * Called with each secret text (borrowed, not empty): gives what stands in its place, owned by the
 * caller, or NULL to leave it.  'path' is "auth_value", "headers[X-Api-Key]", "url", "url[token]" or "body_json.auth.token".
 */
typedef const char *(*ty_secret_fn)(void *ctx, const char *path, const char *text);

/* A ty_secret_fn that gives TY_SECRET_MASK. */
const char *ty_secret_hide(void *ctx, const char *path, const char *text);

/* Replace the secrets of 'values' (an object) in place; 'arena' holds what is put together. */
void ty_param_secrets_map(struct ty_arena *arena, const struct ty_param *table, json_t *values,
			  ty_secret_fn fn, void *ctx);

/*
 * Mask, in place, the secret members of every object "headers" within 'value', and of the "query" beside
 * one (an object, or the text as it came): what a webhook keeps for its run, and what a server answered,
 * is not for everybody who may see runs.
 */
void ty_secret_requests_hide(json_t *value);

/* Bytes below which ty_secret_mask ignores a secret, because a short text occurs in other texts too. The
 * same bound as GitLab's for masked variables. */
#define TY_SECRET_MASK_BYTES_MIN 8

/*
 * 'value' with TY_SECRET_MASK for each occurrence of one of 'texts' in its texts and names, as it is,
 * percent-encoded or escaped as in JSON, up to three times; new reference.  'value' itself where none occurs.
 */
json_t *ty_secret_mask(json_t *value, const char *const *texts, size_t count);
/* ty_secret_mask() in a buffer of 'size' bytes, cut to fit. */
void ty_secret_mask_text(char *buf, size_t size, const char *const *texts, size_t count);

/*
 * Is this secret as its giver means it?  Refused with the character and its place: blanks, line
 * breaks, quotes round it, and anywhere what cannot be seen (zero-width, no-break space, byte order
 * mark, control characters).  A space within stays.  Errors: TY_E_INVALID.
 */
enum ty_code ty_secret_text_check(const char *text, struct ty_err *err) TY_MUST_CHECK;

#endif
