/*
 * secret_texts.h -- which texts of a request may be sealed (vault/sealed_text.h), and
 * masking those that were opened: for secrets.c and token_fetch.c.
 */
#ifndef TY_SERVICE_SECRET_TEXTS_H
#define TY_SERVICE_SECRET_TEXTS_H

#include "base/err.h"
#include "vault/forms.h"
#include "vault/sealed_text.h"

#include <jansson.h>

bool secret_texts_are_in(const json_t *request);
/* A copy whose texts may be replaced; new reference. */
json_t *secret_texts_copy(const json_t *request);

/* Keys that open sealed texts, and places where those go. */
struct secret_texts_work {
	const struct ty_vault *vault;
	struct ty_arena *arena;
	const struct ty_vault_owner *owner;
	const struct ty_vault_key *keys;
	size_t key_count;
	json_t *opened;		/* list that the new texts are added to */
	struct ty_forms *forms; /* forms of them are added to */
};

/* Open those of a copy.  Errors: TY_E_DENIED. */
enum ty_code secret_texts_open(const struct secret_texts_work *work, json_t *copy,
			       struct ty_err *err) TY_MUST_CHECK;

/* Mask what may come back (ty_secret_mask): new reference. */
json_t *secret_texts_mask(json_t *value, const struct ty_forms *forms);
void secret_texts_mask_err(struct ty_err *err, const struct ty_forms *forms);

#endif
