/*
 * internal.h -- how a signature and its time are read; private to lib/hook.
 */
#ifndef TY_HOOK_INTERNAL_H
#define TY_HOOK_INTERNAL_H

#include "crypto/public_key.h"
#include "hook/explain.h"
#include "hook/verify.h"

/* A piece of a header's value; not NUL-terminated. */
struct span {
	const char *s;
	size_t len;
};

/* Is the secret a public key? */
static inline bool
scheme_has_public_key(const struct ty_hook_scheme *s)
{
	return s->mac == TY_HOOK_ED25519 || s->mac == TY_HOOK_P256;
}

/* ---- a signature as it was sent (signature.c) ---- */

#define MAC_SIZE_MAX TY_SHA256_SIZE

/* Size of the scheme's MAC, which is not TY_HOOK_SHA_BY_LENGTH. */
size_t mac_size(const struct ty_hook_scheme *s);
/*
 * Decode exactly 'size' bytes without an arena: the hot path allocates nothing here.  Both alphabets,
 * padded or not; bits beyond the last byte must be 0: one signature has one spelling.
 */
bool unbase64(struct span in, uint8_t *out, size_t size);
/* The bytes that it has, where it is base64 at all. */
size_t unbase64_size(struct span in);
/* Exactly the scheme's MAC as the scheme writes it; 'out' takes MAC_SIZE_MAX. */
bool signature_decode(const struct ty_hook_scheme *s, struct span text, uint8_t *out);
/* The next "key=value" of "t=1,v1=ab, v1=cd" or, as the scheme writes them, "v1,ab v1,cd"; false at the end. */
bool pair_next(const struct ty_hook_scheme *s, const char **at, struct span *ret_key,
	       struct span *ret_value);
bool span_is(struct span span, const char *s);
/* The next signature in the header, undecoded; false at the end, after which *at is not to be used. */
bool signature_next(const struct ty_hook_scheme *s, const char **at, struct span *ret_value);
/* Does any signature in the header equal 'mac'?  All are looked at, whatever matches. */
bool signature_matches(const struct ty_hook_scheme *s, const char *header, const uint8_t *mac);
/* The time as it was sent (it is signed as text); an empty span where there is none. */
struct span find_time(const struct ty_hook_scheme *s, const struct ty_hook_delivery *d,
		      const char *signature);
bool time_is_fresh(const struct ty_hook_scheme *s, struct span time, int64_t now_s);

/*
 * Is it one of the secrets?  Digests are compared, so that neither a secret's length nor the first wrong byte
 * can be measured; all secrets are looked at, whichever matches.
 */
bool secrets_have(const struct ty_secret *const *secrets, size_t count, const void *data,
		  size_t len);

/* ---- the key (key.c) ---- */

struct hook_key {
	const uint8_t *data; /* of an HMAC; the secret's own or 'owned' */
	size_t len;
	uint8_t *owned;			  /* malloc'd; NULL = none */
	struct ty_public_key *public_key; /* NULL = it is an HMAC's */
};

/* False: the secret is not of the scheme's form.  Close it in either case. */
bool hook_key_open(const struct ty_hook_scheme *s, const struct ty_secret *secret,
		   struct hook_key *ret_key);
void hook_key_close(struct hook_key *key);
/* A public key in PEM, of any kind; NULL: it is none. */
struct ty_public_key *hook_pem_open(struct span text);

/* ---- a token (jwt.c) ---- */

/* Needs no byte of the body, and says nothing of it. */
enum ty_hook_result jwt_verify(const struct ty_hook_rule *rule,
			       const struct ty_secret *const *secrets, size_t count,
			       const char *header, const struct ty_hook_delivery *delivery);
/* The difference of a token that is not right; false: none that can be said. */
bool jwt_explain(struct ty_arena *arena, const struct ty_hook_rule *rule,
		 const struct ty_hook_delivery *delivery,
		 struct ty_hook_difference *ret_difference);
/* The delivery's keys of this address; NULL: none that count. */
const struct ty_hook_keys *keys_find(const struct ty_hook_delivery *delivery, const char *url);

static inline bool
rule_has_keys(const struct ty_hook_rule *rule)
{
	return rule->jwks_url != NULL && rule->jwks_url[0] != '\0';
}

/* ---- its keys (jwk.c) ---- */

/* NULL: a key of another kind, or not to sign with. */
struct ty_public_key *jwk_open(struct ty_arena *arena, const json_t *jwk);
/* The list of keys; NULL: it is one key by itself. */
const json_t *jwk_set_keys(const json_t *set);
/* Has a key of the set this id? */
bool jwk_set_has(const json_t *set, const char *id);

/* ---- what is signed (verify.c) ---- */

/* Literal text, method, address, id, time and body: no scheme signs more pieces. */
#define PARTS_MAX 8

/* A delivery's signature, as far as it is known without the body. */
struct signing {
	struct ty_hook_scheme scheme; /* the rule's, with the MAC that the signature has */
	const char *header;
	struct span time;
	struct ty_bytes parts[PARTS_MAX];
	size_t part_count; /* 0: no bytes have to be checked */
	size_t body_part;  /* the body's place, which is empty; part_count where it is not signed */
};

/* Decide without the body: the result where that settles it, else TY_HOOK_OK. */
enum ty_hook_result signing_begin(const struct ty_hook_rule *rule,
				  const struct ty_secret *const *secrets, size_t secret_count,
				  const struct ty_hook_delivery *delivery,
				  struct signing *ret_signing);

/* verify.c: which of the secrets signs the parts, if any; and is there one at all? */
enum ty_hook_result any_secret_matches(const struct signing *signing,
				       const struct ty_secret *const *secrets, size_t count);
bool has_secret(const struct ty_secret *const *secrets, size_t count);
/* sns.c: a message of Amazon SNS. */
enum ty_hook_result sns_verify(const struct ty_hook_rule *rule,
			       const struct ty_hook_delivery *delivery);
/* made.c: a delivery of a scheme with 'made'. */
enum ty_hook_result made_verify(const struct ty_hook_rule *rule,
				const struct ty_secret *const *secrets, size_t count,
				const struct ty_hook_delivery *delivery);

/* Seconds or milliseconds since 1970, or RFC 3339 text. */
bool time_parse(struct span time, int64_t *ret_s);

/* The part of 'verify' that says when the sender is answered. */
void ty_hook_rule_parse_answers(const json_t *verify, struct ty_hook_rule *rule);

#endif
