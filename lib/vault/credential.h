/*
 * credential.h -- what kinds of credentials there are, and of what each is made.
 *
 * One table for the API, tybooctl and whoever uses a credential.
 */
#ifndef TY_VAULT_CREDENTIAL_H
#define TY_VAULT_CREDENTIAL_H

#include "base/defs.h"

#include <jansson.h>

struct ty_credential_type {
	const char *name;   /* NULL ends the list */
	const char *shape;  /* for people: "{ secret } or { secrets: [...] }" */
	const char *secret; /* the field that a program reads from standard input */
	const char *other;  /* the field beside it that is no secret; NULL = none */
};

extern const struct ty_credential_type ty_credential_types[];
const struct ty_credential_type *ty_credential_type_find(const char *name); /* NULL = none */

/*
 * Is 'data' what a credential of this type is made of?  Secrets as pasted are judged too
 * (ty_secret_text_check).  Errors: TY_E_INVALID, with the path "type" or "data...".
 */
enum ty_code ty_credential_check(const char *type, const json_t *data,
				 struct ty_err *err) TY_MUST_CHECK;

/*
 * The header that an opened http_* credential is, as { "name", "value", "secret": true }; new
 * reference.  Errors: TY_E_DENIED (damaged), TY_E_INVALID (of another type).
 */
enum ty_code ty_credential_header(struct ty_arena *arena, const char *type, const char *data,
				  size_t len, json_t **ret_header,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
