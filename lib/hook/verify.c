/*
 * verify.c -- the scheme table and the one way through it.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"
#include "json/member.h"

#include <string.h>
#include <strings.h>

const struct ty_hook_scheme ty_hook_schemes[] = {
#define X(name_, label_, choice, ...) { .name = #name_, .label = label_, __VA_ARGS__ },
#include "hook/scheme.def"
#undef X
	{ .name = NULL },
};

/* ECDSA on P-256 in DER has 72 at most, Ed25519 64. */
#define SIGNATURE_SIZE_MAX 80
/* User and password, as a credential may have them. */
#define TOKEN_SIZE_MAX 4096

const struct ty_hook_scheme *
ty_hook_scheme_find(const char *name)
{
	for (const struct ty_hook_scheme *s = ty_hook_schemes; s->name != NULL; s++) {
		if (ty_str_eq(s->name, name))
			return s;
	}
	return NULL;
}

/* ---- a header that is the secret ---- */

/* Token of the header behind its prefix, decoded where the scheme encodes it; false: the header has none. */
static bool
token_of(const struct ty_hook_scheme *s, const char *header, uint8_t out[TOKEN_SIZE_MAX],
	 struct ty_bytes *ret_token)
{
	size_t skip = s->prefix != NULL ? strlen(s->prefix) : 0;
	struct span text;

	/* An authentication scheme such as "Bearer " is of either case (RFC 9110, 11.1). */
	if (strncasecmp(header, s->prefix != NULL ? s->prefix : "", skip) != 0)
		return false;
	text = (struct span){ header + skip, strlen(header + skip) };
	*ret_token = (struct ty_bytes){ text.s, text.len };
	if (s->encoding != TY_HOOK_BASE64)
		return true;
	ret_token->data = out;
	ret_token->len = unbase64_size(text);
	return ret_token->len <= TOKEN_SIZE_MAX && unbase64(text, out, ret_token->len);
}

bool
secrets_have(const struct ty_secret *const *secrets, size_t count, const void *data, size_t len)
{
	uint8_t sent[TY_SHA256_SIZE], want[TY_SHA256_SIZE];
	bool found = false;

	ty_sha256(data, len, sent);
	for (size_t i = 0; i < count; i++) {
		ty_sha256(secrets[i]->data, secrets[i]->len, want);
		found |= secrets[i]->len > 0 && ty_crypto_equal(sent, want, sizeof(want));
	}
	ty_crypto_wipe(want, sizeof(want));
	return found;
}

static enum ty_hook_result
token_verify(const struct ty_hook_scheme *s, const struct ty_secret *const *secrets, size_t count,
	     const char *header)
{
	uint8_t decoded[TOKEN_SIZE_MAX];
	struct ty_bytes token;
	bool found;

	if (!token_of(s, header, decoded, &token))
		return TY_HOOK_WRONG_TOKEN;
	found = secrets_have(secrets, count, token.data, token.len);
	ty_crypto_wipe(decoded, sizeof(decoded));
	return found ? TY_HOOK_OK : TY_HOOK_WRONG_TOKEN;
}

bool
has_secret(const struct ty_secret *const *secrets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (secrets[i]->len > 0)
			return true;
	}
	return false;
}

/* ---- what is signed ---- */

/* A name in the layout, and what stands in its place. */
static bool
piece_of(const char *layout, size_t *ret_len, const struct ty_hook_scheme *s, struct span time,
	 const struct ty_hook_delivery *d, struct ty_bytes *ret_piece)
{
	const char *id = s->id_header != NULL ? d->header(d->ctx, s->id_header) : NULL;
	const struct {
		const char *name, *text;
		size_t len;
	} pieces[] = {
		{ "{body}", "", 0 },
		{ "{time}", time.s, time.len },
		{ "{id}", id, id != NULL ? strlen(id) : 0 },
		{ "{method}", d->method, d->method != NULL ? strlen(d->method) : 0 },
		{ "{url}", d->url, d->url != NULL ? strlen(d->url) : 0 },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(pieces); i++) {
		if (!ty_str_has_prefix(layout, pieces[i].name))
			continue;
		*ret_len = strlen(pieces[i].name);
		*ret_piece = (struct ty_bytes){ pieces[i].text, pieces[i].len };
		return true;
	}
	return false;
}

/* Lay out "v0:{time}:{body}" as pieces, so that a 16 MiB body is not copied. */
static void
signing_lay_out(struct signing *signing, const struct ty_hook_delivery *d)
{
	const struct ty_hook_scheme *s = &signing->scheme;
	size_t len, n = 0;

	signing->body_part = PARTS_MAX;
	for (const char *layout = s->signed_bytes; *layout != '\0'; layout += len) {
		TY_ASSERT(n < PARTS_MAX);
		if (ty_str_has_prefix(layout, "{body}"))
			signing->body_part = n;
		if (!piece_of(layout, &len, s, signing->time, d, &signing->parts[n])) {
			len = 1 + strcspn(layout + 1, "{");
			signing->parts[n] = (struct ty_bytes){ layout, len };
		}
		n++;
	}
	signing->part_count = n;
	TY_ASSERT(signing->body_part < n);
}

/* Refuse points within the pieces of "{id}.{time}.{body}", because one could be moved from a piece to
 * the next without a change of the signature. */
static bool
pieces_are_plain(const struct signing *signing, const struct ty_hook_delivery *d)
{
	const char *id_header = signing->scheme.id_header;

	if (id_header == NULL)
		return true;
	return strchr(d->header(d->ctx, id_header), '.') == NULL &&
	       (signing->time.len == 0 || memchr(signing->time.s, '.', signing->time.len) == NULL);
}

static const char *
signature_header(const struct ty_hook_scheme *s, const struct ty_hook_delivery *d)
{
	const char *newer = s->newer_header != NULL ? d->header(d->ctx, s->newer_header) : NULL;

	return !ty_str_is_blank(newer) ? newer : d->header(d->ctx, s->signature_header);
}

/* A provider whose libraries do not agree signs with either. */
static enum ty_hook_mac
mac_of(const struct ty_hook_scheme *s, const char *header)
{
	size_t digits = s->encoding == TY_HOOK_HEX ? (size_t)2 * TY_SHA1_SIZE : 28;

	if (s->mac != TY_HOOK_SHA_BY_LENGTH)
		return s->mac;
	return strlen(header) == digits ? TY_HOOK_SHA1 : TY_HOOK_SHA256;
}

enum ty_hook_result
signing_begin(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
	      size_t secret_count, const struct ty_hook_delivery *delivery,
	      struct signing *ret_signing)
{
	struct ty_hook_scheme *s = &ret_signing->scheme;

	*ret_signing = (struct signing){ .scheme = rule->scheme };
	if (!s->needs_secret)
		return TY_HOOK_OK;
	if (!has_secret(secrets, secret_count) && !rule_has_keys(rule))
		return TY_HOOK_NOT_CONFIGURED;
	ret_signing->header = signature_header(s, delivery);
	if (ty_str_is_blank(ret_signing->header))
		return TY_HOOK_MISSING;
	if (s->is_jwt)
		return jwt_verify(rule, secrets, secret_count, ret_signing->header, delivery);
	if (s->signed_bytes == NULL)
		return token_verify(s, secrets, secret_count, ret_signing->header);
	s->mac = mac_of(s, ret_signing->header);
	ret_signing->time = find_time(s, delivery, ret_signing->header);
	if (s->age != TY_HOOK_AGE_NONE && s->time_member == NULL && ret_signing->time.len == 0)
		return TY_HOOK_MISSING;
	if (s->id_header != NULL && ty_str_is_blank(delivery->header(delivery->ctx, s->id_header)))
		return TY_HOOK_MISSING;
	if (!pieces_are_plain(ret_signing, delivery))
		return TY_HOOK_MISMATCH;
	signing_lay_out(ret_signing, delivery);
	return TY_HOOK_OK;
}

/* ---- is it right? ---- */

static bool
mac_matches(const struct signing *signing, const struct hook_key *key)
{
	uint8_t mac[MAC_SIZE_MAX];

	if (signing->scheme.mac == TY_HOOK_SHA1)
		ty_hmac_sha1_v(key->data, key->len, signing->parts, signing->part_count, mac);
	else
		ty_hmac_sha256_v(key->data, key->len, signing->parts, signing->part_count, mac);
	return signature_matches(&signing->scheme, signing->header, mac);
}

/* The signature's bytes, SIGNATURE_SIZE_MAX at most; 0 where it is not of the scheme's form. */
static size_t
public_signature(const struct ty_hook_scheme *s, struct span text, uint8_t *out)
{
	size_t size;

	if (s->encoding == TY_HOOK_HEX) {
		size = text.len / 2;
		return size <= SIGNATURE_SIZE_MAX && text.len % 2 == 0 &&
				       ty_str_unhex(text.s, text.len, out)
			       ? size
			       : 0;
	}
	size = unbase64_size(text);
	return size <= SIGNATURE_SIZE_MAX && unbase64(text, out, size) ? size : 0;
}

static bool
public_key_matches(const struct signing *signing, const struct hook_key *key)
{
	uint8_t signature[SIGNATURE_SIZE_MAX];
	struct span text;
	size_t size;

	for (const char *at = signing->header; signature_next(&signing->scheme, &at, &text);) {
		size = public_signature(&signing->scheme, text, signature);
		if (size > 0 && ty_public_key_verify(key->public_key, signature, size,
						     signing->parts, signing->part_count))
			return true;
	}
	return false;
}

enum ty_hook_result
any_secret_matches(const struct signing *signing, const struct ty_secret *const *secrets,
		   size_t count)
{
	bool found = false, is_usable = false;

	for (size_t i = 0; i < count; i++) {
		struct hook_key key;

		if (hook_key_open(&signing->scheme, secrets[i], &key)) {
			is_usable = true;
			found |= key.public_key != NULL ? public_key_matches(signing, &key)
							: mac_matches(signing, &key);
		}
		hook_key_close(&key);
	}
	return found ? TY_HOOK_OK : is_usable ? TY_HOOK_MISMATCH : TY_HOOK_BAD_SECRET;
}

/* The time is a member of the body, which is signed; "" where it is none. */
static struct span
member_time(struct ty_arena *arena, const struct ty_hook_scheme *s,
	    const struct ty_hook_delivery *delivery)
{
	struct ty_json_read how = { .foreign = false };
	struct ty_err ignored;
	const char *text;
	json_t *body;

	if (ty_json_read_member(arena, delivery->body, delivery->body_len, s->time_member, &how,
				&body, &ignored) != TY_OK)
		return (struct span){ "", 0 };
	text = ty_arena_printf(arena, "%lld", (long long)ty_json_int(body, s->time_member, 0));
	return (struct span){ text, strlen(text) };
}

static bool
is_fresh(const struct signing *signing, const struct ty_hook_delivery *delivery)
{
	struct ty_arena *arena;
	bool fresh;

	if (signing->scheme.time_member == NULL)
		return time_is_fresh(&signing->scheme, signing->time, delivery->now_s);
	arena = ty_arena_new(NULL, "hook time", 0);
	fresh = time_is_fresh(&signing->scheme, member_time(arena, &signing->scheme, delivery),
			      delivery->now_s);
	ty_arena_free(arena);
	return fresh;
}

enum ty_hook_result
ty_hook_verify(const struct ty_hook_rule *rule, const struct ty_secret *const *secrets,
	       size_t secret_count, const struct ty_hook_delivery *delivery)
{
	struct signing signing;
	enum ty_hook_result result;

	if (rule->scheme.made != TY_HOOK_AS_SENT)
		return made_verify(rule, secrets, secret_count, delivery);
	result = signing_begin(rule, secrets, secret_count, delivery, &signing);
	if (result != TY_HOOK_OK || signing.part_count == 0)
		return result;
	signing.parts[signing.body_part] = (struct ty_bytes){ delivery->body, delivery->body_len };
	result = any_secret_matches(&signing, secrets, secret_count);
	if (result != TY_HOOK_OK)
		return result;
	return is_fresh(&signing, delivery) ? TY_HOOK_OK : TY_HOOK_STALE;
}

const char *
ty_hook_result_text(enum ty_hook_result result)
{
	static const char *const texts[TY_HOOK__COUNT] = {
		[TY_HOOK_OK] = "",
		[TY_HOOK_MISSING] = "The signature header is missing",
		[TY_HOOK_MISMATCH] = "The signature does not match the body and the secret",
		[TY_HOOK_STALE] = "The signature is right, but its time is outside the window",
		[TY_HOOK_NOT_CONFIGURED] = "The webhook verifies signatures, but no secret is set",
		[TY_HOOK_WRONG_TOKEN] = "The header does not equal the secret",
		[TY_HOOK_LOCKED] = "The webhook's secret cannot be opened at the moment",
		[TY_HOOK_BAD_SECRET] = "The webhook's secret is not a key of its signature scheme",
		[TY_HOOK_OTHER_ADDRESS] = "The webhook takes no deliveries from this address",
		[TY_HOOK_AWAITS_KEYS] = "The issuer's keys are not here yet",
		[TY_HOOK_UNKNOWN_KEY] = "The token's key is not among the issuer's keys",
		[TY_HOOK_OTHER_CLAIMS] = "The token is of another issuer or for another receiver",
		[TY_HOOK_OTHER_TOPIC] = "The message is of a topic that may not send here",
		[TY_HOOK_CONFIRMS] = "The subscription is being confirmed",
	};

	TY_ASSERT(result < TY_HOOK__COUNT);
	return texts[result];
}

const char *
ty_hook_result_verdict(enum ty_hook_result result)
{
	static const char *const verdicts[TY_HOOK__COUNT] = {
		[TY_HOOK_OK] = "accepted",
		[TY_HOOK_MISSING] = "bad_signature",
		[TY_HOOK_MISMATCH] = "bad_signature",
		[TY_HOOK_STALE] = "stale",
		[TY_HOOK_NOT_CONFIGURED] = "not_configured",
		[TY_HOOK_WRONG_TOKEN] = "bad_signature",
		[TY_HOOK_LOCKED] = "not_configured",
		[TY_HOOK_BAD_SECRET] = "not_configured",
		[TY_HOOK_OTHER_ADDRESS] = "denied",
		[TY_HOOK_AWAITS_KEYS] = "awaiting_keys",
		[TY_HOOK_UNKNOWN_KEY] = "awaiting_keys",
		[TY_HOOK_OTHER_CLAIMS] = "bad_signature",
		[TY_HOOK_OTHER_TOPIC] = "bad_signature",
		[TY_HOOK_CONFIRMS] = "awaiting_keys",
	};

	TY_ASSERT(result < TY_HOOK__COUNT);
	return verdicts[result];
}

bool
ty_hook_result_waits(enum ty_hook_result result)
{
	return result == TY_HOOK_AWAITS_KEYS || result == TY_HOOK_UNKNOWN_KEY ||
	       result == TY_HOOK_CONFIRMS;
}
