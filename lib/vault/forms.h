/*
 * forms.h -- the texts in which an opened secret may come back: what ty_secret_mask looks for.
 *
 * As it is, in hex, and in base64: alone, within a longer text, and twice.  Whoever is sent a secret may
 * answer with it encoded.  They are made once, where the secret is opened.  Percent-encoding and JSON's
 * escapes are not among them, since encoders differ in which characters they leave: ty_secret_mask
 * decodes them, also round these forms.
 */
#ifndef TY_VAULT_FORMS_H
#define TY_VAULT_FORMS_H

#include "base/defs.h"

#include <stddef.h>

struct ty_forms {
	const char **texts; /* no text twice */
	size_t count, cap;
};

/*
 * Add 'secret' and, unless it is too short to be looked for, its encoded forms; gives how many bytes are
 * kept for it.  What is kept is wiped with 'arena'.
 */
size_t ty_forms_add(struct ty_arena *arena, struct ty_forms *forms, const char *secret);
/* Add this text alone. */
size_t ty_forms_add_one(struct ty_arena *arena, struct ty_forms *forms, const char *text);

#endif
