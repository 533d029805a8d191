/*
 * secret_texts.c -- see secret_texts.h.
 */
#include "service/secret_texts.h"

#include "base/str.h"
#include "json/json.h"
#include "param/secret.h"

/* 'text' is 'owner's member. */
typedef bool (*secret_text_fn)(void *ctx, json_t *owner, const char *member, const char *text);

static bool
each_pair(json_t *pairs, secret_text_fn fn, void *ctx)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair)
	{
		const char *value = json_string_value(json_object_get(pair, "value"));

		if (value != NULL && !fn(ctx, pair, "value", value))
			return false;
	}
	return true;
}

static bool
body_has_fields(const json_t *body)
{
	const char *kind = ty_json_str(body, "kind", "");

	return ty_str_eq(kind, "form") || ty_str_eq(kind, "multipart");
}

/* False as soon as 'fn' says so. */
static bool
each_text(json_t *request, secret_text_fn fn, void *ctx)
{
	json_t *body = json_object_get(request, "body");
	const char *url = json_string_value(json_object_get(request, "url"));

	if (url != NULL && !fn(ctx, request, "url", url))
		return false;
	if (!each_pair(json_object_get(request, "headers"), fn, ctx) ||
	    !each_pair(json_object_get(request, "query"), fn, ctx) ||
	    !each_pair(json_object_get(request, "secrets"), fn, ctx))
		return false;
	return !body_has_fields(body) || each_pair(json_object_get(body, "value"), fn, ctx);
}

static bool
is_plain(void *ctx, json_t *owner, const char *member, const char *text)
{
	return !ty_vault_text_is_sealed(text);
}

bool
secret_texts_are_in(const json_t *request)
{
	return !each_text((json_t *)request, is_plain, NULL);
}

/* Copy only members that opening replaces, because a JSON body may be 16 MiB. */
json_t *
secret_texts_copy(const json_t *request)
{
	static const char *const members[] = { "headers", "query", "secrets", "body" };
	json_t *copy = json_copy((json_t *)request);
	const json_t *body = json_object_get(request, "body");

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++) {
		const json_t *member = json_object_get(request, members[i]);

		if (member != NULL && (member != body || body_has_fields(body)))
			json_object_set_new(copy, members[i], json_deep_copy(member));
	}
	return copy;
}

json_t *
secret_texts_mask(json_t *value, const struct ty_forms *forms)
{
	return ty_secret_mask(value, forms->texts, forms->count);
}

void
secret_texts_mask_err(struct ty_err *err, const struct ty_forms *forms)
{
	ty_secret_mask_text(err->msg, sizeof(err->msg), forms->texts, forms->count);
	ty_secret_mask_text(err->hint, sizeof(err->hint), forms->texts, forms->count);
}

struct opener {
	const struct secret_texts_work *work;
	struct ty_err *err;
};

static bool
open_text(void *ctx, json_t *owner, const char *member, const char *text)
{
	const struct opener *o = ctx;
	const struct secret_texts_work *w = o->work;
	const char *opened;

	if (!ty_vault_text_is_sealed(text))
		return true;
	if (ty_vault_text_open(w->vault, w->arena, w->owner, w->keys, w->key_count, text, &opened,
			       o->err) != TY_OK)
		return false;
	(void)ty_forms_add(w->arena, w->forms, opened);
	json_array_append_new(w->opened, json_string(opened));
	json_object_set(owner, member, json_array_get(w->opened, json_array_size(w->opened) - 1));
	return true;
}

enum ty_code
secret_texts_open(const struct secret_texts_work *work, json_t *copy, struct ty_err *err)
{
	struct opener o = { .work = work, .err = err };

	(void)each_text(copy, open_text, &o);
	return err->code;
}
