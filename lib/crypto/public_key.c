/*
 * public_key.c -- see public_key.h.
 */
#include "crypto/public_key.h"

#include "base/str.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_NAME_SIZE 32
/* Smallest RSA key: smaller ones are asked for by no provider and can be broken (NIST SP 800-131A). */
#define RSA_BITS_MIN	2048
#define COORDINATE_SIZE 32 /* bytes of a number of P-256 */
/* SEC 1, 2.3.3 */
#define POINT_UNCOMPRESSED 0x04

struct ty_public_key {
	EVP_PKEY *pkey;
	const EVP_MD *digest; /* NULL: the scheme's own */
};

/* Takes 'pkey', which may be NULL. */
static struct ty_public_key *
key_new(EVP_PKEY *pkey, const EVP_MD *digest)
{
	struct ty_public_key *key;

	ERR_clear_error();
	if (pkey == NULL)
		return NULL;
	key = calloc(1, sizeof(*key));
	TY_ASSERT(key != NULL);
	*key = (struct ty_public_key){ .pkey = pkey, .digest = digest };
	return key;
}

struct ty_public_key *
ty_public_key_ed25519(const void *key, size_t len)
{
	if (len != TY_ED25519_KEY_SIZE)
		return NULL;
	return key_new(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, len), NULL);
}

static bool
is_p256(const EVP_PKEY *pkey)
{
	char name[CURVE_NAME_SIZE];
	size_t len;

	return EVP_PKEY_get_group_name(pkey, name, sizeof(name), &len) == 1 &&
	       ty_str_eq(name, "prime256v1");
}

void
ty_public_key_free(struct ty_public_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* ---- of any kind ---- */

static bool
is_kind(const EVP_PKEY *pkey)
{
	int id = EVP_PKEY_get_base_id(pkey);

	return id == EVP_PKEY_ED25519 || (id == EVP_PKEY_EC && is_p256(pkey)) ||
	       (id == EVP_PKEY_RSA && EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN);
}

/* Takes 'pkey', which may be NULL. */
static struct ty_public_key *
key_of_kind(EVP_PKEY *pkey)
{
	if (pkey != NULL && !is_kind(pkey)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return key_new(pkey, pkey != NULL && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519
				     ? NULL
				     : EVP_sha256());
}

struct ty_public_key *
ty_public_key_spki(const void *der, size_t len)
{
	const unsigned char *at = der;

	return key_of_kind(d2i_PUBKEY(NULL, &at, (long)len));
}

struct ty_public_key *
ty_public_key_certificate(const void *pem, size_t len, int64_t now_s, bool is_sha1)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	time_t now = (time_t)now_s;
	struct ty_public_key *key = NULL;

	if (certificate != NULL && X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 &&
	    X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0)
		key = key_of_kind(X509_get_pubkey(certificate));
	X509_free(certificate);
	BIO_free(bio);
	ERR_clear_error();
	if (key != NULL && EVP_PKEY_get_base_id(key->pkey) != EVP_PKEY_RSA) {
		ty_public_key_free(key);
		return NULL;
	}
	if (key != NULL && is_sha1)
		key->digest = EVP_sha1();
	return key;
}

/* From the numbers that 'build' has; takes it. */
static struct ty_public_key *
key_build(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	TY_ASSERT(params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1);
	if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key_of_kind(pkey);
}

struct ty_public_key *
ty_public_key_rsa(const void *n, size_t n_len, const void *e, size_t e_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn(n, (int)n_len, NULL),
	       *exponent = BN_bin2bn(e, (int)e_len, NULL);
	struct ty_public_key *key;

	TY_ASSERT(build != NULL && modulus != NULL && exponent != NULL);
	TY_ASSERT(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
		  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1);
	key = key_build("RSA", build);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

struct ty_public_key *
ty_public_key_p256_point(const void *x, size_t x_len, const void *y, size_t y_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * COORDINATE_SIZE] = { POINT_UNCOMPRESSED };

	TY_ASSERT(build != NULL);
	if (x_len != COORDINATE_SIZE || y_len != COORDINATE_SIZE) {
		OSSL_PARAM_BLD_free(build);
		return NULL;
	}
	memcpy(point + 1, x, COORDINATE_SIZE);
	memcpy(point + 1 + COORDINATE_SIZE, y, COORDINATE_SIZE);
	TY_ASSERT(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
						  0) == 1 &&
		  OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
						   sizeof(point)) == 1);
	return key_build("EC", build);
}

const char *
ty_public_key_algorithm(const struct ty_public_key *key)
{
	switch (EVP_PKEY_get_base_id(key->pkey)) {
	case EVP_PKEY_RSA:
		return "RS256";
	case EVP_PKEY_EC:
		return "ES256";
	default:
		return "EdDSA";
	}
}

/* ---- checking ---- */

static bool
verify_joined(EVP_MD_CTX *ctx, const void *signature, size_t len, const struct ty_bytes *parts,
	      size_t count)
{
	size_t size = 0, at = 0;
	uint8_t *message;
	bool is_right;

	for (size_t i = 0; i < count; i++)
		size += parts[i].len;
	message = malloc(size + 1);
	TY_ASSERT(message != NULL);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > 0)
			memcpy(message + at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	is_right = EVP_DigestVerify(ctx, signature, len, message, size) == 1;
	free(message);
	return is_right;
}

static bool
verify_pieces(EVP_MD_CTX *ctx, const void *signature, size_t len, const struct ty_bytes *parts,
	      size_t count)
{
	for (size_t i = 0; i < count; i++)
		TY_ASSERT(EVP_DigestVerifyUpdate(ctx, parts[i].data, parts[i].len) == 1);
	return EVP_DigestVerifyFinal(ctx, signature, len) == 1;
}

bool
ty_public_key_verify(const struct ty_public_key *key, const void *signature, size_t len,
		     const struct ty_bytes *parts, size_t count)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	TY_ASSERT(ctx != NULL &&
		  EVP_DigestVerifyInit(ctx, NULL, key->digest, NULL, key->pkey) == 1);
	is_right = key->digest == NULL ? verify_joined(ctx, signature, len, parts, count)
				       : verify_pieces(ctx, signature, len, parts, count);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_right;
}

/* DER of "r || s", OPENSSL_malloc'd; NULL: it is none. */
static unsigned char *
der_of(const uint8_t *raw, size_t len, size_t *ret_len)
{
	unsigned char *der = NULL;
	ECDSA_SIG *numbers;
	BIGNUM *r, *s;
	int size;

	if (len != (size_t)2 * COORDINATE_SIZE)
		return NULL;
	numbers = ECDSA_SIG_new();
	r = BN_bin2bn(raw, COORDINATE_SIZE, NULL);
	s = BN_bin2bn(raw + COORDINATE_SIZE, COORDINATE_SIZE, NULL);
	TY_ASSERT(numbers != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(numbers, r, s) == 1);
	size = i2d_ECDSA_SIG(numbers, &der);
	ECDSA_SIG_free(numbers);
	*ret_len = size > 0 ? (size_t)size : 0;
	return der;
}

bool
ty_public_key_verify_jws(const struct ty_public_key *key, const void *signature, size_t len,
			 const struct ty_bytes *part)
{
	unsigned char *der;
	bool is_right;

	if (EVP_PKEY_get_base_id(key->pkey) != EVP_PKEY_EC)
		return ty_public_key_verify(key, signature, len, part, 1);
	der = der_of(signature, len, &len);
	is_right = der != NULL && ty_public_key_verify(key, der, len, part, 1);
	OPENSSL_free(der);
	return is_right;
}

void
ty_ed25519_sign(const uint8_t seed[TY_ED25519_KEY_SIZE], const void *data, size_t len,
		uint8_t out[TY_ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, TY_ED25519_KEY_SIZE);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t size = TY_ED25519_SIGNATURE_SIZE;
	bool is_signed = key != NULL && ctx != NULL &&
			 EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
			 EVP_DigestSign(ctx, out, &size, data, len) == 1;

	TY_ASSERT(is_signed && size == TY_ED25519_SIGNATURE_SIZE);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}
