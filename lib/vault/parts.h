/*
 * parts.h -- the values of each credential type, and what they add to a request: for the table in
 * types.c alone.
 */
#ifndef TY_VAULT_PARTS_H
#define TY_VAULT_PARTS_H

#include "vault/credential.h"

struct vault_webhook {
	const char *secret;
};
struct vault_bearer {
	const char *token;
};
struct vault_basic {
	const char *username, *password;
};
struct vault_pair {
	const char *name, *value;
};
struct vault_custom {
	struct ty_param_list headers, query, form, json; /* of struct vault_pair */
};

/* 'values' is the type's struct. */
typedef void(vault_add_fn)(struct ty_arena *arena, struct ty_credential *c,
			   const struct ty_credential_type *type, const void *values);
vault_add_fn vault_bearer_add;
vault_add_fn vault_basic_add;
vault_add_fn vault_header_add;
vault_add_fn vault_query_add;
vault_add_fn vault_custom_add;
/* Keeps the rows as they are, for all types that sign. */
vault_add_fn vault_signing_add;

/* Checks of values that rows cannot say, of types that have some in common (oauth2.c). */
enum ty_code vault_check_assertion(int algorithm, const char *key, const char *claims,
				   struct ty_err *err) TY_MUST_CHECK;
/* Do the certificate and its key fit (parts.c)? */
enum ty_code vault_certificate_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
/* Checks of types that nodes compute with (computed.c). */
enum ty_code vault_key_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
enum ty_code vault_secret_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
enum ty_code vault_totp_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
enum ty_code vault_oauth2_client_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
enum ty_code vault_oauth2_code_check(const void *values, struct ty_err *err) TY_MUST_CHECK;
enum ty_code vault_oauth2_jwt_check(const void *values, struct ty_err *err) TY_MUST_CHECK;

#endif
