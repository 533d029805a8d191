/*
 * hint.c -- how to mend what ty_hook_verify refuses, going by what was sent.
 *
 * Says nothing that a forger could use: only the form of the signature, never how near it was.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/str.h"

#include <string.h>

/* Longer text before an equals sign is no prefix but a signature. */
#define PREFIX_BYTES_MAX 16

/* The forms that a MAC is written in, in the words of core.webhook's settings. */
static const struct {
	enum ty_hook_mac mac;
	enum ty_hook_encoding encoding;
	const char *settings;
} forms[] = {
	{ TY_HOOK_SHA256, TY_HOOK_HEX, "hmac_algorithm sha256 and hmac_encoding hex" },
	{ TY_HOOK_SHA256, TY_HOOK_BASE64, "hmac_algorithm sha256 and hmac_encoding base64" },
	{ TY_HOOK_SHA1, TY_HOOK_HEX, "hmac_algorithm sha1 and hmac_encoding hex" },
	{ TY_HOOK_SHA1, TY_HOOK_BASE64, "hmac_algorithm sha1 and hmac_encoding base64" },
};

/* The form that 'text' is in; NULL: in none. */
static const char *
form_of(const struct ty_hook_scheme *scheme, struct span text)
{
	struct ty_hook_scheme as = *scheme;
	uint8_t mac[TY_SHA256_SIZE];

	for (size_t i = 0; i < TY_ARRAY_COUNT(forms); i++) {
		as.mac = forms[i].mac;
		as.encoding = forms[i].encoding;
		if (signature_decode(&as, text, mac))
			return forms[i].settings;
	}
	return NULL;
}

/* Length of the text before the signature, "sha256="; 0 where there is none. */
static size_t
prefix_len(const struct ty_hook_scheme *scheme, const char *header)
{
	size_t len = strcspn(header, "=") + 1;

	return len <= PREFIX_BYTES_MAX && header[len - 1] == '=' &&
			       form_of(scheme,
				       (struct span){ header + len, strlen(header + len) }) != NULL
		       ? len
		       : 0;
}

static const char *
mismatch_hint(struct ty_arena *arena, const struct ty_hook_scheme *s, const char *header)
{
	size_t own = s->prefix != NULL ? strlen(s->prefix) : 0, sent = prefix_len(s, header);
	uint8_t mac[TY_SHA256_SIZE];
	struct span text;
	const char *form;

	if (own == 0 && sent > 0)
		return ty_arena_printf(arena,
				       "The header begins with \"%.*s\": set that as the webhook's "
				       "prefix (hmac_prefix) and publish.",
				       (int)sent, header);
	if (own > 0 && strncmp(header, s->prefix, own) != 0)
		return ty_arena_printf(arena,
				       "The header does not begin with the webhook's prefix "
				       "\"%s\": compare it with what the sender's documents say.",
				       s->prefix);
	text = (struct span){ header + own, strlen(header + own) };
	form = signature_decode(s, text, mac) ? NULL : form_of(s, text);
	if (form != NULL)
		return ty_arena_printf(arena, "The header looks like %s: set that and publish.",
				       form);
	return NULL;
}

static const char *
missing_hint(struct ty_arena *arena, const struct ty_hook_scheme *s,
	     const struct ty_hook_delivery *delivery)
{
	if (s->signature_header == NULL)
		return "The signature stands in the body, and there is none: turn signatures on at "
		       "the sender, and read its body as JSON.";
	if (s->handshake_header != NULL &&
	    !ty_str_is_blank(delivery->header(delivery->ctx, s->handshake_header)))
		return "This request gives the secret, and the webhook has one already: where it "
		       "is "
		       "another, and this sender the right one, empty the secret of the webhook's "
		       "credential (type webhook_handshake) and let it ask again.";
	if (!ty_str_is_blank(delivery->header(delivery->ctx, s->signature_header)))
		return s->timestamp_header != NULL
			       ? ty_arena_printf(arena,
						 "The header %s with the time is missing: compare "
						 "its name with what the sender sends.",
						 s->timestamp_header)
			       : "The signature's header has no time in it: send it as the scheme "
				 "says.";
	return ty_arena_printf(arena,
			       "Set the webhook's secret at the sender, so that it signs, in the "
			       "header %s.",
			       s->signature_header);
}

static const char *
stale_hint(const struct ty_hook_scheme *s, const struct ty_hook_delivery *delivery)
{
	int64_t sent_s;

	if (s->is_jwt)
		return "Let the sender get a new token, and compare the clocks of both machines.";
	if (!time_parse(
		    find_time(s, delivery, delivery->header(delivery->ctx, s->signature_header)),
		    &sent_s))
		return "The time cannot be read: send seconds or milliseconds since 1970, or text "
		       "as 2026-11-28T10:30:00Z.";
	return "Send it anew, and compare the clocks of both machines.";
}

const char *
ty_hook_hint(struct ty_arena *arena, const struct ty_hook_rule *rule,
	     const struct ty_hook_delivery *delivery, enum ty_hook_result result)
{
	const struct ty_hook_scheme *s = &rule->scheme;
	const char *hint = NULL;

	switch (result) {
	case TY_HOOK_MISSING:
		return missing_hint(arena, s, delivery);
	case TY_HOOK_STALE:
		return stale_hint(s, delivery);
	case TY_HOOK_NOT_CONFIGURED:
		return s->handshake_header == NULL || rule->credential_id[0] == '\0'
			       ? "Choose a credential in the webhook's node and publish."
			       : "The sender has not given its secret yet: make the webhook there, "
				 "which asks this address first.";
	case TY_HOOK_OTHER_ADDRESS:
		return "Add the sender's address to the webhook's setting allowed_addresses and "
		       "publish.";
	case TY_HOOK_BAD_SECRET:
		return "Copy the provider's key as it stands there into the credential: whsec_ "
		       "with its base64, "
		       "the key in hexadecimal, or the public key in hexadecimal or PEM.";
	case TY_HOOK_OTHER_TOPIC:
		return "Add the topic's ARN to the webhook's setting sns_topics and publish.";
	case TY_HOOK_CONFIRMS:
		return "Nothing has to be done: a worker confirms it.";
	case TY_HOOK_AWAITS_KEYS:
		if (s->made == TY_HOOK_MADE_SNS)
			return "Send it again later: its certificate is fetched from its "
			       "SigningCertURL.";
		return ty_arena_printf(arena,
				       "Compare the webhook's jwks_url with the issuer's: %s gives "
				       "no keys, and why is said by GET webhooks/keys and tybooctl "
				       "hook-keys list.",
				       rule->jwks_url);
	case TY_HOOK_UNKNOWN_KEY:
		return ty_arena_printf(arena,
				       "Compare who signed the token with the webhook's jwks_url: "
				       "the keys at %s do not have its \"kid\".",
				       rule->jwks_url);
	case TY_HOOK_OTHER_CLAIMS:
		return "Compare the token's \"iss\" and \"aud\" with the webhook's jwt_issuer and "
		       "jwt_audience.";
	case TY_HOOK_WRONG_TOKEN:
		return "Compare the sender's header with the webhook's secret and its prefix.";
	case TY_HOOK_LOCKED:
		return "Send it again later; the operator's log says why.";
	case TY_HOOK_MISMATCH:
		if (s->is_jwt)
			return "Compare who signed the token with the webhook's key: its text is "
			       "for HS256, PEM or a JWK "
			       "set for RS256, ES256 and EdDSA; the keys of its issuer's address "
			       "are those of jwks_url.";
		/* The header of a scheme with a name has the form that its provider gives it. */
		if (s->options == TY_HOOK_OPTIONS_HMAC)
			hint = mismatch_hint(arena, s,
					     delivery->header(delivery->ctx, s->signature_header));
		return hint != NULL ? hint
				    : "Compare the sender's secret with the webhook's; nothing on "
				      "the way may change the body.";
	default:
		return "";
	}
}
