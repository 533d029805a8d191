/*
 * verify.h -- is this delivery really from its sender?  Signature schemes as a table.
 *
 * Works over the raw bytes, before anything is parsed.  A scheme is one row: which headers,
 * which bytes are signed, how the signature is written, how its time is checked, and what
 * makes two deliveries the same.  Adding a provider is adding a row (and its vectors to
 * tests/unit/hook/test_verify.c).
 *
 * Secrets are borrowed for the call and compared in constant time.  Knows no HTTP server
 * and no store: headers come through a callback.
 */
#ifndef TY_HOOK_VERIFY_H
#define TY_HOOK_VERIFY_H

#include "base/defs.h"
#include "body/body.h"
#include "crypto/crypto.h"
#include "json/json.h"

enum ty_hook_result {
	TY_HOOK_OK,
	TY_HOOK_MISSING,	/* no signature at all */
	TY_HOOK_MISMATCH,	/* a signature that no secret makes */
	TY_HOOK_STALE,		/* right, but its time is outside the replay window */
	TY_HOOK_NOT_CONFIGURED, /* the scheme wants a secret and there is none */
	TY_HOOK_WRONG_TOKEN,	/* the header is none of the secrets */
	TY_HOOK_LOCKED,		/* the secret does not open: the receiver's to mend */
	TY_HOOK_BAD_SECRET,	/* the secret is no key of the scheme: the receiver's to mend */
	TY_HOOK_OTHER_ADDRESS,	/* the sender has none of the addresses that may send */
	TY_HOOK_AWAITS_KEYS,	/* the issuer's keys are not here yet: to be looked at again */
	TY_HOOK_UNKNOWN_KEY,  /* of a key that the issuer's have not: may be newer than they are */
	TY_HOOK_OTHER_CLAIMS, /* a right token of another issuer, or for another receiver */
	TY_HOOK_OTHER_TOPIC,  /* of a topic that may not send */
	TY_HOOK_CONFIRMS,     /* genuine: a subscription that has to be confirmed, no delivery */
	TY_HOOK__COUNT
};

enum ty_hook_mac {
	TY_HOOK_SHA256,
	TY_HOOK_SHA1,
	TY_HOOK_SHA_BY_LENGTH, /* SHA-1 or SHA-256, as long as the signature is */
	TY_HOOK_ED25519,       /* RFC 8032; the secret is a public key, hex */
	TY_HOOK_P256, /* ECDSA over SHA-256; the secret is a public key, PEM or its base64 */
};
/* Form of the secret's text; a public key's kind says it. */
enum ty_hook_key {
	TY_HOOK_KEY_TEXT,  /* bytes as they are */
	TY_HOOK_KEY_HEX,   /* hex of them */
	TY_HOOK_KEY_WHSEC, /* base64 of them, behind "whsec_" or not (Standard Webhooks 1.0.0) */
};
/* Schemes whose signed bytes are made of the delivery rather than laid out in it (made.c). */
enum ty_hook_made {
	TY_HOOK_AS_SENT,
	TY_HOOK_MADE_TWILIO, /* the address, and the fields of a form */
	TY_HOOK_MADE_ADYEN, /* fields of each notification in the JSON body, which has the signature, too */
	TY_HOOK_MADE_CONTENTFUL, /* method, path, the headers that a header names, and the body */
	TY_HOOK_MADE_HUBSPOT, /* method, address with some escapes undone or as it came, body, time */
	TY_HOOK_MADE_MAILGUN, /* time and token of the JSON body, which has the signature, too */
	TY_HOOK_MADE_SNS,     /* members of the JSON body, by a certificate that it names */
	TY_HOOK_MADE_MEMBER,  /* no part is signed: the secret is a member of the JSON body */
};
enum ty_hook_encoding { TY_HOOK_HEX, TY_HOOK_BASE64 };
enum ty_hook_age {
	TY_HOOK_AGE_NONE, /* the scheme carries no time */
	/* Too old and too new are refused.  Stripe's own library takes a time in the future, but no
	 * event of Stripe's has one: who has such a signature keeps it for later. */
	TY_HOOK_AGE_BOTH,
};

/* Settings of the hook's own that bend its scheme (ty_hook_rule_parse). */
enum ty_hook_options {
	TY_HOOK_OPTIONS_NONE,
	TY_HOOK_OPTIONS_HMAC,  /* hmac_header, hmac_algorithm, hmac_encoding ... */
	TY_HOOK_OPTIONS_TOKEN, /* token_header, token_prefix */
};

/* A row of scheme.def. */
struct ty_hook_scheme {
	const char *name; /* on the wire: core.webhook's "verify" */
	const char *label;
	bool needs_secret;
	const char *signature_header; /* lower-case, as all header names here */
	const char *newer_header;     /* counts where it was sent; NULL = none */
	const char *timestamp_header; /* NULL = none, or within the signature header */
	const char *prefix;	      /* before the signature, "sha256=" */
	/* Pattern of the signed bytes: {body}, {time}, {id}, {method}, {url} and literal text.  NULL =
	 * the header is the secret itself. */
	const char *signed_bytes;
	const char *id_header; /* {id}; neither it nor the time has a point then */
	/* "t=..,v1=..,v1=.." in one header: keys of time and signature; NULL = plain.  How one pair is
	 * told from the next, and a key from its value; '\0' = ',' and '='. */
	const char *time_key, *signature_key;
	char separator, assign;
	enum ty_hook_made made;
	const char *secret_member; /* of TY_HOOK_MADE_MEMBER */
	enum ty_hook_mac mac;
	enum ty_hook_key key;
	enum ty_hook_encoding encoding;
	enum ty_hook_age age;
	int64_t age_max_s;	 /* 0 = TY_LIMIT_SIGNATURE_AGE_S */
	const char *time_member; /* the time is a number in the JSON body; NULL = it is not */
	enum ty_hook_options options;
	bool is_jwt; /* the header has a JSON Web Token (RFC 7519), which signs itself */
	/* In the first request, which is not signed: the secret, which is sent back in it; NULL = none. */
	const char *handshake_header;
	const char *challenge;	   /* WWW-Authenticate of a 401 (RFC 9110, 11.6.1); NULL = none */
	const char *dedupe_header; /* the sender's delivery id; NULL = none */
	const char *dedupe_member; /* delivery id as a member of a JSON body; NULL = none */
	const char *
		dedupe_inner; /* dedupe_member is an object that has it under this name; NULL = no */
	bool dedupe_is_number; /* dedupe_member is a number, else text */
};

/* All rows; ends with a NULL name. */
extern const struct ty_hook_scheme ty_hook_schemes[];
const struct ty_hook_scheme *ty_hook_scheme_find(const char *name); /* NULL = none */

/* When a hook's sender is answered: the words of core.webhook's "answer". */
enum ty_hook_answers { TY_HOOK_AT_ONCE, TY_HOOK_WHEN_FINISHED, TY_HOOK_BY_NODE };

/* A scheme with a hook's own options laid over it ("hmac" is nothing but options). */
struct ty_hook_rule {
	struct ty_hook_scheme scheme;
	const char *credential_id; /* "" = none */
	enum ty_body_as read_as;   /* ty_hook_read_as() of it */
	/* Headers with a secret's name that the run gets all the same: "x-a, x-b"; "" = none. */
	const char *keep_headers;
	const char *route;     /* the claim's path where it has parameters; "" = none */
	const char *origins;   /* origins of pages that may call, see hook/origin.h; "" = none */
	const char *addresses; /* addresses that may send, see hook/sender.h; "" = all */
	/* Address of the issuer's keys (hook/keys.h), its name, and whom its tokens are for; "" = none, any. */
	const char *jwks_url, *jwt_issuer, *jwt_audience;
	const char *sns_topics; /* ARNs of the topics that may send */
	bool rerun_failed;	/* a repeat of a failed run is a new run */
	enum ty_hook_answers answers;
	int64_t answer_wait_ms; /* at most, of a sender that waits */
	bool answers_late;	/* 202 after that, not 504 */
};

/*
 * The rule in 'verify' (hooks.verify): { "scheme", "credential"?, "hmac_header"?,
 * "hmac_algorithm"?, "hmac_encoding"?, "hmac_prefix"?, "hmac_timestamp_header"?,
 * "token_header"?, "token_prefix"?, "dedupe_header"?, "keep_headers"?, "read_as"?, "bytes"?, "route"?,
 * "allowed_origins"?, "allowed_addresses"?, "jwks_url"?, "jwt_issuer"?, "jwt_audience"?, "on_repeat"?, "answer"?, "answer_late"?, "answer_wait_s"? }.  Owned by 'arena', as are its copies of the strings.
 * Errors: TY_E_INVALID.
 */
enum ty_code ty_hook_rule_parse(struct ty_arena *arena, const json_t *verify,
				struct ty_hook_rule **ret_rule, struct ty_err *err) TY_MUST_CHECK;

/*
 * Way in which the hook's bodies are read: a word of ty_body_as_parse, "" = auto; borrowed or static.
 * "bytes": "file" means auto_file, in words that the release before takes for auto, which is how that
 * release reads a hook published before auto_file.
 */
const char *ty_hook_read_as(const json_t *verify);
/* Put 'read_as' into a rule that is made. */
void ty_hook_read_as_set(json_t *verify, const char *read_as);

/* Does the rule keep the header of this lower-case name, whatever it holds? */
bool ty_hook_rule_keeps(const struct ty_hook_rule *rule, const char *name);
/* Is the header of this lower-case name compared with the secret itself? */
bool ty_hook_rule_takes_secret_in(const struct ty_hook_rule *rule, const char *name);

/* A word that is none of them, or none at all, is the first. */
enum ty_hook_answers ty_hook_answers_parse(const char *word);

/* Keys that were fetched from an address; never taken for a secret. */
struct ty_hook_keys {
	const char *url;
	const char *text; /* NULL: none there that count */
	size_t len;
};

/* A delivery as it came in.  'header' gives a header's value by lower-case name, NULL = absent. */
struct ty_hook_delivery {
	const char *(*header)(void *ctx, const char *name);
	void *ctx;
	const char *method, *url; /* as the sender knows them; NULL where the scheme does not ask */
	const void *body;
	size_t body_len;
	int64_t now_s;
	const char *sns_hosts;		 /* conf's; NULL = none */
	const struct ty_hook_keys *keys; /* keys that its rule may ask for */
	size_t key_count;
};

/*
 * Check the delivery against each secret in turn (rotation).  The signature is looked at
 * before its time: STALE means that the sender is genuine.
 */
enum ty_hook_result ty_hook_verify(const struct ty_hook_rule *rule,
				   const struct ty_secret *const *secrets, size_t secret_count,
				   const struct ty_hook_delivery *delivery);

/* Secrets of one hook, collected as ty_vault_secrets gives them: the old one, the new one, and room. */
#define TY_HOOK_SECRETS_MAX 16
struct ty_hook_secrets {
	struct ty_arena *arena; /* wipes them when it goes */
	const struct ty_secret *list[TY_HOOK_SECRETS_MAX];
	size_t count;
};
/* A ty_vault_secret_fn whose ctx is a struct ty_hook_secrets; an empty one is none. */
void ty_hook_secrets_take(void *ctx, const void *data, size_t len);

/* May a delivery of the rule wait for the keys of this address? */
bool ty_hook_rule_asks(const struct ty_hook_rule *rule, const char *url);
/* Is the verdict open until the issuer's keys have come? */
bool ty_hook_result_waits(enum ty_hook_result result);

/* Is the address among what is signed? */
bool ty_hook_rule_signs_url(const struct ty_hook_rule *rule);
/* Can a signature be checked over a body that comes in pieces?  A public key's is not, and neither is a
 * time that stands in the body. */
bool ty_hook_rule_streams(const struct ty_hook_rule *rule);

/* Hint for a refused delivery, by the form of what was sent.  Owned by 'arena' or static. */
const char *ty_hook_hint(struct ty_arena *arena, const struct ty_hook_rule *rule,
			 const struct ty_hook_delivery *delivery, enum ty_hook_result result);

/* Text for people and for deliveries.reason: "the signature does not match". */
const char *ty_hook_result_text(enum ty_hook_result result);
/* deliveries.verdict for a result: "accepted", "bad_signature", "stale", "not_configured", "denied",
 * "awaiting_keys". */
const char *ty_hook_result_verdict(enum ty_hook_result result);

/*
 * Claims of the token that a verified delivery came with, as the text of a JSON object; "" = its scheme has
 * none.  Owned by 'arena'.
 */
const char *ty_hook_claims(struct ty_arena *arena, const struct ty_hook_rule *rule,
			   const struct ty_hook_delivery *delivery);

/*
 * Id by which a verified delivery is the same as another; "" = none.  The rule's own header or JSON member
 * first, then Idempotency-Key and webhook-id.  Longer than TY_LIMIT_IDEMPOTENCY_KEY_BYTES: its SHA-256.
 * Owned by 'arena'.
 */
const char *ty_hook_delivery_id(const struct ty_hook_rule *rule, struct ty_arena *arena,
				const struct ty_hook_delivery *delivery);

#endif
