/*
 * explain.c -- see explain.h.
 */
#include "hook/explain.h"

#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/budget.h"
#include "json/json.h"

#include <ctype.h>
#include <string.h>

#define SECRETS_MAX 20

/* A delivery with one thing changed. */
struct attempt {
	struct ty_arena *arena;
	struct ty_hook_rule rule;
	struct ty_hook_delivery delivery;
	const struct ty_secret *secrets[SECRETS_MAX];
	size_t secret_count;
};

static void
body_set(struct attempt *a, const char *body, size_t len)
{
	a->delivery.body = body;
	a->delivery.body_len = len;
}

/* ---- the body ---- */

static bool
body_without_line_end(struct attempt *a)
{
	const char *body = a->delivery.body;
	size_t len = a->delivery.body_len;

	while (len > 0 && (body[len - 1] == '\n' || body[len - 1] == '\r'))
		len--;
	body_set(a, body, len);
	return true;
}

static bool
body_with_line_end(struct attempt *a)
{
	size_t len = a->delivery.body_len;
	char *body = ty_arena_alloc(a->arena, len + 1);

	memcpy(body, a->delivery.body, len);
	body[len] = '\n';
	body_set(a, body, len + 1);
	return true;
}

static bool
body_with_lf(struct attempt *a)
{
	const char *body = a->delivery.body;
	char *out = ty_arena_alloc(a->arena, a->delivery.body_len + 1);
	size_t n = 0;

	for (size_t i = 0; i < a->delivery.body_len; i++)
		if (body[i] != '\r' || i + 1 == a->delivery.body_len || body[i + 1] != '\n')
			out[n++] = body[i];
	body_set(a, out, n);
	return true;
}

static bool
body_with_crlf(struct attempt *a)
{
	const char *body = a->delivery.body;
	char *out = ty_arena_alloc(a->arena, 2 * a->delivery.body_len + 1);
	size_t n = 0;

	for (size_t i = 0; i < a->delivery.body_len; i++) {
		if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = body[i];
	}
	body_set(a, out, n);
	return true;
}

/* A text with more values than a tree may have is not tried. */
static bool
body_written_anew(struct attempt *a)
{
	struct ty_arena *trees = ty_arena_new(a->arena, "trees", 0);
	const char *body = a->delivery.body, *text;
	size_t len = a->delivery.body_len;
	struct ty_err ignored;
	json_t *json;
	bool ok = ty_json_budget_text(trees, body, len, &ignored) == TY_OK &&
		  ty_json_parse(trees, body, len, &json, &ignored) == TY_OK;

	if (ok) {
		text = ty_json_dump(a->arena, json, &len);
		body_set(a, text, len);
	}
	ty_arena_free(trees);
	return ok;
}

/* ---- the secret ---- */

static bool
secret_trimmed(struct attempt *a)
{
	for (size_t i = 0; i < a->secret_count; i++) {
		const uint8_t *data = a->secrets[i]->data;
		size_t len = a->secrets[i]->len;

		while (len > 0 && isspace(data[len - 1]))
			len--;
		for (; len > 0 && isspace(*data); data++)
			len--;
		a->secrets[i] = ty_secret_new(a->arena, data, len);
	}
	return true;
}

static bool
secret_with_line_end(struct attempt *a)
{
	for (size_t i = 0; i < a->secret_count; i++) {
		const struct ty_secret *secret = a->secrets[i];
		uint8_t *data = ty_arena_alloc(a->arena, secret->len + 1);

		memcpy(data, secret->data, secret->len);
		data[secret->len] = '\n';
		a->secrets[i] = ty_secret_new(a->arena, data, secret->len + 1);
		ty_crypto_wipe(data, secret->len + 1);
	}
	return true;
}

/* ---- the signature's form ---- */

static bool
other_hash(struct attempt *a)
{
	struct ty_hook_scheme *s = &a->rule.scheme;

	if (s->mac != TY_HOOK_SHA256 && s->mac != TY_HOOK_SHA1)
		return false;
	s->mac = s->mac == TY_HOOK_SHA1 ? TY_HOOK_SHA256 : TY_HOOK_SHA1;
	return true;
}

static bool
other_encoding(struct attempt *a)
{
	struct ty_hook_scheme *s = &a->rule.scheme;

	s->encoding = s->encoding == TY_HOOK_HEX ? TY_HOOK_BASE64 : TY_HOOK_HEX;
	return true;
}

static bool
other_hash_and_encoding(struct attempt *a)
{
	return other_hash(a) && other_encoding(a);
}

static bool
without_prefix(struct attempt *a)
{
	if (a->rule.scheme.prefix == NULL)
		return false;
	a->rule.scheme.prefix = NULL;
	return true;
}

/* Take the text before the first "=" as the prefix, where it is short. */
static bool
with_prefix(struct attempt *a)
{
	const char *header = a->delivery.header(a->delivery.ctx, a->rule.scheme.signature_header);
	size_t len = strcspn(header, "=") + 1;

	if (a->rule.scheme.prefix != NULL || len > 12 || header[len - 1] != '=')
		return false;
	a->rule.scheme.prefix = ty_arena_printf(a->arena, "%.*s", (int)len, header);
	return true;
}

static bool
without_time(struct attempt *a)
{
	if (strstr(a->rule.scheme.signed_bytes, "{time}") == NULL)
		return false;
	a->rule.scheme.signed_bytes = "{body}";
	a->rule.scheme.id_header = NULL;
	return true;
}

/* ---- the address ---- */

static bool
signs_address(const struct attempt *a)
{
	return ty_hook_rule_signs_url(&a->rule) && a->delivery.url != NULL;
}

static bool
address_without_query(struct attempt *a)
{
	if (!signs_address(a))
		return false;
	a->delivery.url = ty_arena_printf(a->arena, "%.*s", (int)strcspn(a->delivery.url, "?"),
					  a->delivery.url);
	return true;
}

static bool
address_with_other_slash(struct attempt *a)
{
	const char *url = a->delivery.url;
	size_t len;

	if (!signs_address(a))
		return false;
	len = strcspn(url, "?");
	a->delivery.url =
		len > 0 && url[len - 1] == '/'
			? ty_arena_printf(a->arena, "%.*s%s", (int)len - 1, url, url + len)
			: ty_arena_printf(a->arena, "%.*s/%s", (int)len, url, url + len);
	return true;
}

static bool
address_with_http(struct attempt *a)
{
	if (!signs_address(a) || !ty_str_has_prefix(a->delivery.url, "https://"))
		return false;
	a->delivery.url =
		ty_arena_printf(a->arena, "http://%s", a->delivery.url + strlen("https://"));
	return true;
}

/* ---- trying ---- */

static const struct {
	bool (*change)(struct attempt *a); /* false: it would change nothing */
	struct ty_hook_difference difference;
} changes[] = {
	{ body_without_line_end,
	  { "body", "It matches without the line end at the body's end: sign the bytes that are "
		    "sent, or send those that are signed." } },
	{ body_with_line_end,
	  { "body", "It matches with one line end more at the body's end: sign the bytes that are "
		    "sent (a shell's echo adds one)." } },
	{ body_with_lf,
	  { "body",
	    "It matches with line feeds alone for the body's line ends: something on the way "
	    "has made them CR LF." } },
	{ body_with_crlf,
	  { "body", "It matches with CR LF for the body's line ends: something on the way has made "
		    "them line feeds." } },
	{ body_written_anew,
	  { "body", "It matches for the same JSON without blanks: the sender signs another text "
		    "than it sends, or something on the way has written it anew." } },
	{ secret_trimmed,
	  { "secret", "It matches without the blanks around the secret: put it into the credential "
		      "without them." } },
	{ secret_with_line_end,
	  { "secret",
	    "It matches with a line end behind the secret: the sender signs with the line "
	    "end of a file." } },
	{ other_hash,
	  { "signature", "It matches with the other hash (SHA-1 for SHA-256, or the reverse): "
			 "choose that." } },
	{ other_encoding,
	  { "signature", "It matches in the other encoding (base64 for hexadecimal, or the "
			 "reverse): choose that." } },
	{ other_hash_and_encoding,
	  { "signature", "It matches with the other hash in the other encoding: choose both." } },
	{ without_prefix, { "signature", "It matches without a prefix: leave the prefix empty." } },
	{ with_prefix,
	  { "signature", "It matches behind the header's own prefix: set that as the prefix." } },
	{ without_time, { "time", "It matches for the body alone: the sender signs no time." } },
	{ address_without_query,
	  { "address",
	    "It matches for the address without its query: give the provider the address "
	    "as it is called." } },
	{ address_with_other_slash,
	  { "address", "It matches with, or without, a slash at the end of the path: give the "
		       "provider the address as it is called." } },
	{ address_with_http,
	  { "address", "It matches for the address with http: give the provider the one with "
		       "https." } },
};

static bool
matches(const struct attempt *a)
{
	enum ty_hook_result result =
		ty_hook_verify(&a->rule, a->secrets, a->secret_count, &a->delivery);

	return result == TY_HOOK_OK || result == TY_HOOK_STALE;
}

/* Is it signed as another provider signs? */
static bool
other_scheme(const struct attempt *as_is, struct ty_hook_difference *ret_difference)
{
	struct attempt a = *as_is;

	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		a.rule.scheme = *s;
		if (!s->needs_secret || s->signed_bytes == NULL ||
		    ty_str_eq(s->name, as_is->rule.scheme.name) || !matches(&a))
			continue;
		ret_difference->part = "scheme";
		ret_difference->text = ty_arena_printf(
			a.arena, "It is signed as %s does: choose \"%s\" in the webhook's node.",
			s->label, s->name);
		return true;
	}
	return false;
}

/* Memory that a change takes for the body is given back before the next is tried. */
static bool
one_thing_changed(const struct attempt *as_is, struct ty_hook_difference *ret_difference)
{
	struct ty_arena *scratch = ty_arena_new(as_is->arena, "attempt", 0);
	bool found = false;

	for (size_t i = 0; i < TY_ARRAY_COUNT(changes) && !found; i++) {
		struct attempt a = *as_is;

		a.arena = scratch;
		found = changes[i].change(&a) && matches(&a);
		if (found)
			*ret_difference = changes[i].difference;
		ty_arena_clear(scratch);
	}
	ty_arena_free(scratch);
	return found;
}

bool
ty_hook_explain(struct ty_arena *arena, const struct ty_hook_rule *rule,
		const struct ty_secret *const *secrets, size_t secret_count,
		const struct ty_hook_delivery *delivery, struct ty_hook_difference *ret_difference)
{
	struct attempt as_is = { .arena = arena, .rule = *rule, .delivery = *delivery };
	const char *signature_header = rule->scheme.signature_header;

	for (; as_is.secret_count < secret_count && as_is.secret_count < SECRETS_MAX;
	     as_is.secret_count++)
		as_is.secrets[as_is.secret_count] = secrets[as_is.secret_count];
	if (!rule->scheme.needs_secret || matches(&as_is))
		return false;
	if (rule->scheme.is_jwt)
		return jwt_explain(arena, rule, delivery, ret_difference);
	if (rule->scheme.signed_bytes == NULL || signature_header == NULL ||
	    ty_str_is_blank(delivery->header(delivery->ctx, signature_header)))
		return other_scheme(&as_is, ret_difference);
	return one_thing_changed(&as_is, ret_difference) || other_scheme(&as_is, ret_difference);
}
