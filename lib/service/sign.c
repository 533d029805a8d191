/*
 * sign.c -- which function signs for which credential, and tokens that are signed.
 */
#include "service/sign.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "crypto/jws.h"
#include "json/json.h"

/* ---- tokens ---- */

static void
claim_set(json_t *claims, const char *name, const char *value)
{
	if (!ty_str_is_blank(value) && json_object_get(claims, name) == NULL)
		json_object_set_new(claims, name, json_string(value));
}

/* Set the claims; one that the author wrote goes before the field of its name. */
static json_t *
claims_of(struct ty_arena *arena, const struct ty_signing_jwt *jwt, int64_t now_ms)
{
	json_t *claims =
		ty_str_is_blank(jwt->claims) ? json_object() : json_loads(jwt->claims, 0, NULL);
	json_int_t now_s = now_ms / 1000;

	claims = ty_json_own(arena, json_is_object(claims) ? claims : json_object());
	claim_set(claims, "iss", jwt->issuer);
	claim_set(claims, "sub", jwt->subject);
	claim_set(claims, "aud", jwt->audience);
	if (json_object_get(claims, "iat") == NULL)
		json_object_set_new(claims, "iat", json_integer(now_s));
	if (json_object_get(claims, "exp") == NULL)
		json_object_set_new(claims, "exp", json_integer(now_s + jwt->lifetime_s));
	return claims;
}

enum ty_code
ty_sign_jwt(struct ty_arena *arena, const struct ty_signing_jwt *jwt, int64_t now_ms,
	    const char **ret_token, struct ty_err *err)
{
	enum ty_jws alg = (enum ty_jws)jwt->algorithm;
	json_t *header =
		ty_json_own(arena, json_pack("{s:s, s:s}", "alg", ty_jws_name(alg), "typ", "JWT"));
	char *token;

	if (!ty_str_is_blank(jwt->key_id))
		json_object_set_new(header, "kid", json_string(jwt->key_id));
	token = ty_jws_make(arena, alg, jwt->key, ty_json_dump(arena, header, NULL),
			    ty_json_dump(arena, claims_of(arena, jwt, now_ms), NULL));
	if (token == NULL)
		return ty_err_set(err, TY_E_INVALID,
				  "The credential's key does not sign by its algorithm");
	*ret_token = token;
	return TY_OK;
}

/* ---- what a call proves itself with ---- */

static void
auth_digest(const struct ty_credential *c, struct ty_sign *sign, struct ty_net_auth *auth)
{
	const struct ty_signing_digest *digest = c->signing_values;

	auth->digest_user = digest->username;
	auth->digest_password = digest->password;
}

static void
auth_aws(const struct ty_credential *c, struct ty_sign *sign, struct ty_net_auth *auth)
{
	auth->sign = ty_sign_aws;
}

static void
auth_oauth1(const struct ty_credential *c, struct ty_sign *sign, struct ty_net_auth *auth)
{
	auth->sign = ty_sign_oauth1;
}

static void
auth_webhook(const struct ty_credential *c, struct ty_sign *sign, struct ty_net_auth *auth)
{
	auth->sign = ty_sign_webhook;
}

static void
auth_certificate(const struct ty_credential *c, struct ty_sign *sign, struct ty_net_auth *auth)
{
	const struct ty_signing_certificate *certificate = c->signing_values;

	auth->certificate = certificate->certificate;
	auth->key = certificate->key;
	auth->key_passphrase = certificate->passphrase;
}

bool
ty_sign_auth(const struct ty_credential *credential, struct ty_sign *sign,
	     struct ty_net_auth *ret_auth)
{
	static void (*const ways[TY_SIGNING__COUNT])(const struct ty_credential *, struct ty_sign *,
						     struct ty_net_auth *) = {
		[TY_SIGNING_DIGEST] = auth_digest,	     [TY_SIGNING_AWS] = auth_aws,
		[TY_SIGNING_OAUTH1] = auth_oauth1,	     [TY_SIGNING_WEBHOOK] = auth_webhook,
		[TY_SIGNING_CERTIFICATE] = auth_certificate,
	};

	if (ways[credential->signing] == NULL)
		return false;
	*sign = (struct ty_sign){ .values = credential->signing_values };
	*ret_auth = (struct ty_net_auth){ .sign_ctx = sign, .sign_ctx_size = sizeof(*sign) };
	ways[credential->signing](credential, sign, ret_auth);
	return true;
}
