/*
 * parts.h -- the values of each credential type, and what they add to a request: for the table in
 * credential.c alone.
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
void vault_bearer_add(struct ty_arena *arena, struct ty_credential *c, const void *values);
void vault_basic_add(struct ty_arena *arena, struct ty_credential *c, const void *values);
void vault_header_add(struct ty_arena *arena, struct ty_credential *c, const void *values);
void vault_query_add(struct ty_arena *arena, struct ty_credential *c, const void *values);
void vault_custom_add(struct ty_arena *arena, struct ty_credential *c, const void *values);

#endif
