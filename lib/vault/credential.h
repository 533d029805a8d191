/*
 * credential.h -- the types of credentials: of what each is made, and what it adds to a call.
 *
 * One table for the API, tybooctl, the UI and the worker: its fields are parameter rows, which forms,
 * checks and docs are made from.  A new type is one row in types.c.
 */
#ifndef TY_VAULT_CREDENTIAL_H
#define TY_VAULT_CREDENTIAL_H

#include "base/defs.h"
#include "param/param.h"
#include "vault/forms.h"
#include "vault/signing.h"

#include <jansson.h>

/* Part of a request that a part of a credential goes to. */
enum ty_credential_place {
	TY_CREDENTIAL_HEADER,
	TY_CREDENTIAL_QUERY,
	TY_CREDENTIAL_FORM, /* a field of a form or multipart body */
	TY_CREDENTIAL_JSON, /* a member of a JSON body: "client_secret", "auth.token" */
	TY_CREDENTIAL__COUNT
};

struct ty_credential_part {
	enum ty_credential_place place;
	const char *name, *value;
};

/* An opened credential; its arena's, wiped with it. */
struct ty_credential {
	struct ty_credential_part *parts;
	size_t part_count, part_cap;
	/* Texts that no record may show: the secrets as they are and as they are sent. */
	struct ty_forms forms;
	size_t bytes;
	enum ty_signing signing;
	const void *signing_values; /* struct of the signing (vault/signing.h); NULL = none */
};

struct ty_credential_type {
	const char *name;  /* NULL ends the list; never renamed */
	const char *title; /* title in forms */
	const char *summary;
	/* Use in a request: "header", "query", "request" (several of it), "signed" (each request is),
	 * "connection" (TLS), "signature" (of hooks), "computed" (sent nowhere: nodes work with it). */
	const char *apply;
	const char *many; /* a member that has several secrets in place of the one; NULL = none */
	const struct ty_param *fields;
	size_t size; /* size of the struct that 'fields' bind to */
	/* Checks what rows cannot say; NULL = nothing. */
	enum ty_code (*check)(const void *values, struct ty_err *err);
	enum ty_signing signing; /* how it is used where it adds no fixed text */
	/* Adds the credential's parts to a request; NULL = it is for no call. */
	void (*add)(struct ty_arena *arena, struct ty_credential *credential,
		    const struct ty_credential_type *type, const void *values);
};

extern const struct ty_credential_type ty_credential_types[];
const struct ty_credential_type *ty_credential_type_find(const char *name); /* NULL = none */
/* "a, b and c": their names, owned by 'arena'. */
const char *ty_credential_type_names(struct ty_arena *arena);
/* "{ "name": text, "value"?: text }": what its data is, for people; owned by 'arena'. */
const char *ty_credential_type_shape(struct ty_arena *arena, const struct ty_credential_type *type);
/* All types as the catalog has them: array of { name, title, summary, apply, fields }; new reference. */
json_t *ty_credential_types_describe(void);

/*
 * The field that a program reads from standard input, and the one beside it that is no secret; NULL
 * where the type has none, several, or lists.
 */
const struct ty_param *ty_credential_secret_field(const struct ty_credential_type *type);
const struct ty_param *ty_credential_other_field(const struct ty_credential_type *type);

/*
 * Is 'data' what a credential of this type is made of?  Secrets as pasted are judged too
 * (ty_secret_text_check).  Errors: TY_E_INVALID, with the path "type" or "data...".
 */
enum ty_code ty_credential_check(const char *type, const json_t *data,
				 struct ty_err *err) TY_MUST_CHECK;

/*
 * Open what 'data' (the JSON of a credential of this type) adds to a call.
 * Errors: TY_E_DENIED (damaged), TY_E_INVALID (of a type that is for no call).
 */
enum ty_code ty_credential_open(struct ty_arena *arena, const char *type, const char *data,
				size_t len, const struct ty_credential **ret_credential,
				struct ty_err *err) TY_MUST_CHECK;

/* ---- hosts.c: the hosts that a credential is for ---- */

/*
 * "api.example.com, *.example.org, localhost:8080"; empty = all.  A star stands for one name or
 * several before the rest.  Errors: TY_E_INVALID with the path "hosts".
 */
enum ty_code ty_credential_hosts_check(const char *hosts, struct ty_err *err) TY_MUST_CHECK;
bool ty_credential_is_for(const char *hosts, const char *host, int port);

#endif
