/*
 * crypto.c -- the service "crypto": what nodes compute with the key of a credential, without network.
 *
 * Request:  { "do": one of the table's, "texts": [text], ... }, all texts of a step at once
 * Answer:   { "values": [one for each text], "key_id"?: of a key }
 *
 *	do		credential		text -> value
 *	hmac		crypto_secret	any text -> its HMAC by "hash", Base64
 *	sign		crypto_key	any text -> its signature, Base64
 *	jws		crypto_key	a token's claims as JSON -> the token
 *	check		crypto_key	a token -> is it by the key's algorithm, and signed by it?
 *	totp		crypto_totp	a second since 1970 -> the code then
 *	totp_check	crypto_totp	a code -> is it one of "at_s", or of "window" periods around it?
 *
 * A key is opened by the worker for this call and gone with it: node, engine and journal have what came out.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "crypto/jws.h"
#include "json/json.h"
#include "service/service.h"
#include "vault/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct call {
	ty_service_fn fn;
	void *ctx;
	struct ty_arena *arena;
	uv_timer_t later;
	json_t *answer; /* the arena's */
	struct ty_err err;
};

/* Means of a way of computing. */
struct work {
	struct ty_arena *arena; /* wiped key material lies in it */
	const json_t *request;
	const void *values; /* of the credential */
	struct ty_err *err;
};

/* Value of one text: a new reference; NULL with 'err' filled. */
typedef json_t *(*compute_fn)(struct work *w, const char *text, size_t len);

/* ---- secrets ---- */

static const struct {
	const char *name;
	enum ty_hash_kind kind;
} hashes[] = {
	{ "md5", TY_HASH_MD5 },		  { "sha1", TY_HASH_SHA1 },
	{ "sha256", TY_HASH_SHA256 },	  { "sha384", TY_HASH_SHA384 },
	{ "sha512", TY_HASH_SHA512 },	  { "sha3_256", TY_HASH_SHA3_256 },
	{ "sha3_512", TY_HASH_SHA3_512 },
};

static json_t *
base64_json(struct work *w, const void *bytes, size_t len)
{
	return json_string(ty_base64_encode(w->arena, bytes, len));
}

/* The bytes that the secret stands for; it was checked when it was sealed. */
static const uint8_t *
secret_bytes(struct work *w, size_t *ret_len)
{
	const struct ty_signing_secret *s = w->values;
	size_t len = strlen(s->secret);
	uint8_t *bytes;

	*ret_len = len;
	if (s->form == TY_SECRET_BASE64)
		return ty_base64_decode(w->arena, s->secret, len, ret_len);
	if (s->form == TY_SECRET_TEXT)
		return (const uint8_t *)s->secret;
	bytes = ty_arena_alloc(w->arena, len / 2 + 1);
	*ret_len = len / 2;
	return ty_str_unhex(s->secret, len, bytes) ? bytes : NULL;
}

static json_t *
hmac_compute(struct work *w, const char *text, size_t len)
{
	const char *hash = ty_json_str(w->request, "hash", "");
	uint8_t out[TY_HASH_SIZE_MAX];
	size_t key_len;
	const uint8_t *key = secret_bytes(w, &key_len);

	for (size_t i = 0; i < TY_ARRAY_COUNT(hashes) && key != NULL; i++)
		if (ty_str_eq(hash, hashes[i].name))
			return base64_json(
				w, out, ty_hmac_of(hashes[i].kind, key, key_len, text, len, out));
	(void)!ty_err_set(w->err, TY_E_INVALID, "There is no such hash, or the secret is damaged");
	return NULL;
}

/* ---- keys ---- */

static json_t *
key_refused(struct work *w)
{
	(void)!ty_err_set(w->err, TY_E_INVALID,
			  "The credential's key does not sign: it is a public one");
	(void)!ty_err_hint(w->err, "Make a credential of the private key.");
	(void)!ty_err_at(w->err, "credential");
	return NULL;
}

static json_t *
sign_compute(struct work *w, const char *text, size_t len)
{
	const struct ty_signing_key *key = w->values;
	size_t size;
	uint8_t *signature = ty_jws_sign(w->arena, (enum ty_jws)key->algorithm, key->key,
					 (struct ty_bytes){ text, len }, &size);

	return signature != NULL ? base64_json(w, signature, size) : key_refused(w);
}

static json_t *
jws_compute(struct work *w, const char *text, size_t len)
{
	const struct ty_signing_key *key = w->values;
	json_t *header = ty_json_own(w->arena, json_pack("{s:s, s:s}", "alg",
							 ty_jws_name((enum ty_jws)key->algorithm),
							 "typ", "JWT"));
	const char *token;

	if (!ty_str_is_blank(key->key_id))
		json_object_set_new(header, "kid", json_string(key->key_id));
	token = ty_jws_make(w->arena, (enum ty_jws)key->algorithm, key->key,
			    ty_json_dump(w->arena, header, NULL), text);
	return token != NULL ? json_string(token) : key_refused(w);
}

/* Says the token's header that it is signed as the key signs?  Anything else is refused, "none" among it. */
static bool
is_by_algorithm(struct work *w, const char *token, size_t len, const struct ty_signing_key *key)
{
	struct ty_err ignored = { .code = TY_OK };
	size_t size;
	const uint8_t *bytes = ty_base64_decode(w->arena, token, len, &size);
	json_t *header;

	return bytes != NULL &&
	       ty_json_parse(w->arena, (const char *)bytes, size, &header, &ignored) == TY_OK &&
	       ty_str_eq(ty_json_str(header, "alg", ""),
			 ty_jws_name((enum ty_jws)key->algorithm)) &&
	       json_object_get(header, "crit") == NULL;
}

static json_t *
check_compute(struct work *w, const char *text, size_t len)
{
	const struct ty_signing_key *key = w->values;
	const char *dot = memchr(text, '.', len), *last = memrchr(text, '.', len);
	const uint8_t *signature;
	size_t size;

	if (dot == NULL || dot == last || !is_by_algorithm(w, text, (size_t)(dot - text), key))
		return json_false();
	signature = ty_base64_decode(w->arena, last + 1, len - (size_t)(last + 1 - text), &size);
	return json_boolean(signature != NULL &&
			    ty_jws_verify(w->arena, (enum ty_jws)key->algorithm, key->key,
					  (struct ty_bytes){ text, (size_t)(last - text) },
					  signature, size));
}

/* ---- one-time codes ---- */

#define CODE_SIZE 9 /* up to eight digits */

/* RFC 6238, 4.2, and RFC 4226, 5.3. */
static bool
totp_code(struct work *w, int64_t at_s, char out[CODE_SIZE])
{
	static const enum ty_hash_kind kinds[] = { [TY_TOTP_SHA1] = TY_HASH_SHA1,
						   [TY_TOTP_SHA256] = TY_HASH_SHA256,
						   [TY_TOTP_SHA512] = TY_HASH_SHA512 };
	static const uint32_t tens[] = { [6] = 1000000, [7] = 10000000, [8] = 100000000 };
	const struct ty_signing_totp *totp = w->values;
	uint8_t counter[8], mac[TY_HASH_SIZE_MAX];
	size_t key_len, size, at;
	const uint8_t *key = ty_base32_decode(w->arena, totp->secret, &key_len);
	uint64_t n = (uint64_t)(at_s / totp->period_s);
	uint32_t code;

	if (key == NULL || at_s < 0)
		return false;
	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)(n >> (56 - 8 * i));
	size = ty_hmac_of(kinds[totp->hash], key, key_len, counter, sizeof(counter), mac);
	at = mac[size - 1] & 0x0f;
	code = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
	       (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	snprintf(out, CODE_SIZE, "%0*u", (int)totp->digits, code % tens[totp->digits]);
	return true;
}

static json_t *
totp_compute(struct work *w, const char *text, size_t len)
{
	char code[CODE_SIZE];
	int64_t at_s;

	if (ty_str_parse_i64(text, 0, INT64_MAX / 1000, &at_s) && totp_code(w, at_s, code))
		return json_string(code);
	(void)!ty_err_set(w->err, TY_E_INVALID, "There is no code at that time");
	return NULL;
}

static json_t *
totp_check_compute(struct work *w, const char *text, size_t len)
{
	const struct ty_signing_totp *totp = w->values;
	int64_t at_s = ty_json_int(w->request, "at_s", 0);
	int64_t window = ty_json_int(w->request, "window", 0);
	char code[CODE_SIZE];
	bool is_right = false;

	for (int64_t i = -window; i <= window; i++)
		is_right |= totp_code(w, at_s + i * totp->period_s, code) && strlen(code) == len &&
			    ty_crypto_equal(code, text, len);
	return json_boolean(is_right);
}

/* ---- the table ---- */

static const struct way {
	const char *name;
	enum ty_signing needs;
	compute_fn compute;
} ways[] = {
	{ "hmac", TY_SIGNING_SECRET, hmac_compute },
	{ "sign", TY_SIGNING_KEY, sign_compute },
	{ "jws", TY_SIGNING_KEY, jws_compute },
	{ "check", TY_SIGNING_KEY, check_compute },
	{ "totp", TY_SIGNING_TOTP, totp_compute },
	{ "totp_check", TY_SIGNING_TOTP, totp_check_compute },
};

static const struct way *
way_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(ways); i++)
		if (ty_str_eq(ways[i].name, name))
			return &ways[i];
	return NULL;
}

static enum ty_code
compute_all(struct call *call, const struct way *way, const struct ty_service_ask *ask)
{
	const json_t *texts = ty_json_arr(ask->request, "texts");
	json_t *values = json_array(), *text, *value;
	size_t i;

	call->answer = ty_json_own(call->arena, json_pack("{s:o}", "values", values));
	json_array_foreach((json_t *)texts, i, text)
	{
		/* An arena for each text, so that ten thousand hold no more than one. */
		struct ty_arena *arena = ty_arena_new(NULL, "compute", 0);
		struct work w = { arena, ask->request, ask->credential->signing_values,
				  &call->err };

		value = way->compute(&w, json_string_value(text), json_string_length(text));
		ty_arena_free(arena);
		if (value == NULL)
			return call->err.code;
		json_array_append_new(values, value);
	}
	return TY_OK;
}

static enum ty_code
compute(struct call *call, const struct ty_service_ask *ask)
{
	const struct way *way = way_find(ty_json_str(ask->request, "do", ""));

	if (way == NULL)
		return ty_err_set(&call->err, TY_E_INTERNAL, "There is no such way of computing");
	if (ask->credential != NULL && ask->credential->signing == way->needs)
		return compute_all(call, way, ask);
	ty_err_set(&call->err, TY_E_INVALID, "The credential is %s",
		   ask->credential == NULL ? "not given" : "of another type");
	ty_err_hint(&call->err, "Choose one of the types that the node names.");
	return ty_err_at(&call->err, "credential");
}

static void
call_closed(uv_handle_t *handle)
{
	struct call *call = handle->data;

	ty_arena_free(call->arena);
	free(call);
}

static void
call_tell(uv_timer_t *timer)
{
	struct call *call = timer->data;

	call->fn(call->ctx, call->err.code == TY_OK ? call->answer : NULL,
		 call->err.code == TY_OK ? NULL : &call->err);
	uv_close((uv_handle_t *)&call->later, call_closed);
}

/* Computed at once, while the credential is there; told later, because nobody is told from within. */
static void *
crypto_begin(const struct ty_service_means *means, const struct ty_service_ask *ask,
	     ty_service_fn fn, void *ctx)
{
	struct call *call = calloc(1, sizeof(*call));

	TY_ASSERT(call != NULL);
	call->fn = fn;
	call->ctx = ctx;
	call->arena = ty_arena_new(NULL, "crypto", 0);
	uv_timer_init(means->loop, &call->later);
	call->later.data = call;
	(void)!compute(call, ask);
	uv_timer_start(&call->later, call_tell, 0, 0);
	return call;
}

static void
crypto_cancel(void *handle)
{
	struct call *call = handle;

	uv_timer_stop(&call->later);
	uv_close((uv_handle_t *)&call->later, call_closed);
}

const struct ty_service ty_service_crypto = {
	.name = "crypto",
	.begin = crypto_begin,
	.cancel = crypto_cancel,
	.takes_secrets = true,
};
