/*
 * parts.c -- from a credential's data to what it adds to a request.
 *
 * Everything that is kept of an opened credential is a struct ty_secret of its arena; the tree
 * that it was read from is wiped before it is given back.
 */
#include "vault/parts.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <string.h>

static const char *
keep(struct ty_arena *arena, struct ty_credential *c, const char *text)
{
	size_t size = strlen(text) + 1;

	c->bytes += size;
	return (const char *)ty_secret_new(arena, text, size)->data;
}

/* 'text' is not to be seen in any record. */
static void
text_add(struct ty_arena *arena, struct ty_credential *c, const char *text)
{
	c->bytes += ty_forms_add(arena, &c->forms, text);
}

/* Nor is what it is made into for a request, as it is sent. */
static void
sent_add(struct ty_arena *arena, struct ty_credential *c, const char *text)
{
	c->bytes += ty_forms_add_one(arena, &c->forms, text);
}

static void
part_add(struct ty_arena *arena, struct ty_credential *c, enum ty_credential_place place,
	 const char *name, const char *value)
{
	struct ty_credential_part *part;

	c->parts = ty_arena_grow(arena, c->parts, c->part_count, &c->part_cap, sizeof(*c->parts));
	part = &c->parts[c->part_count++];
	part->place = place;
	part->name = keep(arena, c, name);
	part->value = keep(arena, c, value);
}

/* "<before><secret>" without a copy that stays behind. */
static void
authorization_add(struct ty_arena *arena, struct ty_credential *c, const char *scheme,
		  const char *secret)
{
	char *value = ty_arena_printf(arena, "%s %s", scheme, secret);

	part_add(arena, c, TY_CREDENTIAL_HEADER, "Authorization", value);
	ty_crypto_wipe(value, strlen(value));
}

void
vault_bearer_add(struct ty_arena *arena, struct ty_credential *c,
		 const struct ty_credential_type *type, const void *values)
{
	const struct vault_bearer *bearer = values;

	authorization_add(arena, c, "Bearer", bearer->token);
	text_add(arena, c, bearer->token);
}

void
vault_basic_add(struct ty_arena *arena, struct ty_credential *c,
		const struct ty_credential_type *type, const void *values)
{
	const struct vault_basic *basic = values;
	char *pair = ty_arena_printf(arena, "%s:%s", basic->username, basic->password);
	char *encoded = ty_base64_encode(arena, pair, strlen(pair));

	authorization_add(arena, c, "Basic", encoded);
	text_add(arena, c, basic->password);
	sent_add(arena, c, encoded);
	ty_crypto_wipe(pair, strlen(pair));
	ty_crypto_wipe(encoded, strlen(encoded));
}

static void
pair_add(struct ty_arena *arena, struct ty_credential *c, enum ty_credential_place place,
	 const struct vault_pair *pair)
{
	char *encoded;

	part_add(arena, c, place, pair->name, pair->value);
	text_add(arena, c, pair->value);
	if (place == TY_CREDENTIAL_HEADER)
		return;
	encoded = ty_str_url_encode(arena, pair->value, strlen(pair->value));
	sent_add(arena, c, encoded);
	ty_crypto_wipe(encoded, strlen(encoded));
}

void
vault_header_add(struct ty_arena *arena, struct ty_credential *c,
		 const struct ty_credential_type *type, const void *values)
{
	pair_add(arena, c, TY_CREDENTIAL_HEADER, values);
}

void
vault_query_add(struct ty_arena *arena, struct ty_credential *c,
		const struct ty_credential_type *type, const void *values)
{
	pair_add(arena, c, TY_CREDENTIAL_QUERY, values);
}

void
vault_custom_add(struct ty_arena *arena, struct ty_credential *c,
		 const struct ty_credential_type *type, const void *values)
{
	const struct vault_custom *custom = values;
	const struct ty_param_list *const lists[TY_CREDENTIAL__COUNT] = {
		[TY_CREDENTIAL_HEADER] = &custom->headers,
		[TY_CREDENTIAL_QUERY] = &custom->query,
		[TY_CREDENTIAL_FORM] = &custom->form,
		[TY_CREDENTIAL_JSON] = &custom->json,
	};

	for (size_t place = 0; place < TY_ARRAY_COUNT(lists); place++) {
		const struct vault_pair *pairs = lists[place]->items;

		for (size_t i = 0; i < lists[place]->count; i++)
			pair_add(arena, c, (enum ty_credential_place)place, &pairs[i]);
	}
}

bool
ty_signing_is_oauth2(enum ty_signing signing)
{
	return signing == TY_SIGNING_OAUTH2_CLIENT || signing == TY_SIGNING_OAUTH2_CODE ||
	       signing == TY_SIGNING_OAUTH2_JWT;
}

void
vault_signing_add(struct ty_arena *arena, struct ty_credential *c,
		  const struct ty_credential_type *type, const void *values)
{
	char *kept = ty_arena_memdup(arena, values, type->size);

	for (const struct ty_param *row = type->fields; row->name != NULL; row++) {
		const char **text = (const char **)(void *)(kept + row->offset);

		if ((row->type != TY_PARAM_STRING && row->type != TY_PARAM_TEXT &&
		     row->type != TY_PARAM_URL) ||
		    *text == NULL)
			continue;
		*text = keep(arena, c, *text);
		/* A key of several lines is never sent, and nobody could send it back. */
		if (row->type == TY_PARAM_STRING && (row->flags & TY_PARAM_SECRET))
			text_add(arena, c, *text);
	}
	c->signing = type->signing;
	c->signing_values = kept;
	c->bytes += type->size;
}

static enum ty_code
credential_read(struct ty_arena *arena, struct ty_arena *scratch,
		const struct ty_credential_type *type, const json_t *data,
		const struct ty_credential **ret_credential, struct ty_err *err)
{
	struct ty_credential *credential = ty_arena_new_of(arena, struct ty_credential);
	void *values = ty_arena_alloc(scratch, type->size);

	/* Say no more than this, because the binder's message may repeat a secret. */
	if (ty_param_bind(type->fields, scratch, data, values, err) != TY_OK)
		return ty_err_set(err, TY_E_DENIED, "the credential is damaged");
	type->add(arena, credential, type, values);
	*ret_credential = credential;
	return TY_OK;
}

enum ty_code
ty_credential_open(struct ty_arena *arena, const char *type_name, const char *data, size_t len,
		   const struct ty_credential **ret_credential, struct ty_err *err)
{
	const struct ty_credential_type *type = ty_credential_type_find(type_name);
	struct ty_arena *scratch;
	json_t *tree;

	if (type == NULL || type->add == NULL) {
		ty_err_set(err, TY_E_INVALID, "A credential of type %.64s is for no call",
			   type_name);
		return ty_err_hint(err, "Choose another: a webhook's secret is for the deliveries "
					"that come.");
	}
	tree = json_loadb(data, len, 0, NULL);
	if (tree == NULL)
		return ty_err_set(err, TY_E_DENIED, "the credential is damaged");
	scratch = ty_arena_new(NULL, "credential", 0);
	(void)credential_read(arena, scratch, type, tree, ret_credential, err);
	ty_arena_free(scratch);
	ty_json_wipe(tree);
	json_decref(tree);
	return err->code;
}

enum ty_code
vault_certificate_check(const void *values, struct ty_err *err)
{
	const struct ty_signing_certificate *c = values;
	const char *fault = ty_tls_pair_fault(c->certificate, c->key, c->passphrase);

	if (fault == NULL)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s", fault);
	ty_err_hint(err, "Paste both in PEM, from -----BEGIN to END-----; a chain behind the "
			 "certificate.");
	return ty_err_at(err, "data.%s",
			 strncmp(fault, "The cert", 8) == 0 ? "certificate" : "key");
}
