/*
 * jws.c -- signing with private keys and secrets.
 *
 * A key is read for each signature, because it is as short-lived as what it was opened for.
 */
#include "crypto/jws.h"

#include "base/arena.h"
#include "crypto/crypto.h"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#define RSA_BITS_MIN 2048 /* RFC 7518, 3.3 */

enum kind { KIND_RSA, KIND_PSS, KIND_EC, KIND_ED25519, KIND_SECRET };

static const struct {
	const char *name;
	enum kind kind;
	const char *digest; /* NULL = the algorithm has its own */
	const char *curve;
	int number_size; /* bytes of each of the two numbers of ECDSA */
} algs[TY_JWS__COUNT] = {
	[TY_JWS_RS256] = { "RS256", KIND_RSA, "SHA256", NULL, 0 },
	[TY_JWS_RS384] = { "RS384", KIND_RSA, "SHA384", NULL, 0 },
	[TY_JWS_RS512] = { "RS512", KIND_RSA, "SHA512", NULL, 0 },
	[TY_JWS_PS256] = { "PS256", KIND_PSS, "SHA256", NULL, 0 },
	[TY_JWS_ES256] = { "ES256", KIND_EC, "SHA256", "prime256v1", 32 },
	[TY_JWS_ES384] = { "ES384", KIND_EC, "SHA384", "secp384r1", 48 },
	[TY_JWS_EDDSA] = { "EdDSA", KIND_ED25519, NULL, NULL, 0 },
	[TY_JWS_HS256] = { "HS256", KIND_SECRET, "SHA256", NULL, 0 },
	[TY_JWS_HS384] = { "HS384", KIND_SECRET, "SHA384", NULL, 0 },
	[TY_JWS_HS512] = { "HS512", KIND_SECRET, "SHA512", NULL, 0 },
};

const char *
ty_jws_name(enum ty_jws alg)
{
	return algs[alg].name;
}

/* Never asks a terminal: no passphrase is one that does not fit. */
static int
give_passphrase(char *buf, int size, int is_written, void *passphrase)
{
	size_t len = passphrase != NULL ? strlen(passphrase) : 0;

	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(buf, passphrase, len);
	return (int)len;
}

static EVP_PKEY *
key_read(const char *pem, const char *passphrase)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key;

	TY_ASSERT(bio != NULL);
	key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static const char *
ec_fault(const EVP_PKEY *key, const char *curve)
{
	char name[64] = "";

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return "The key is none of elliptic curves, which the algorithm is for";
	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1 || strcmp(name, curve) != 0)
		return "The key is of another curve than the algorithm's";
	return NULL;
}

static const char *
pkey_fault(enum ty_jws alg, const EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);

	switch (algs[alg].kind) {
	case KIND_RSA:
	case KIND_PSS:
		if (id != EVP_PKEY_RSA)
			return "The key is no RSA key, which the algorithm is for";
		return EVP_PKEY_get_bits(key) < RSA_BITS_MIN
			       ? "The RSA key has less than 2,048 bits"
			       : NULL;
	case KIND_EC:
		return ec_fault(key, algs[alg].curve);
	default:
		return id != EVP_PKEY_ED25519
			       ? "The key is no Ed25519 key, which the algorithm is for"
			       : NULL;
	}
}

const char *
ty_jws_key_fault(enum ty_jws alg, const char *key)
{
	const char *fault;
	EVP_PKEY *pkey;

	if (algs[alg].kind == KIND_SECRET)
		return strstr(key, "PRIVATE KEY-----") != NULL
			       ? "The key is a private key, and the algorithm takes a secret"
			       : NULL;
	pkey = key_read(key, NULL);
	if (pkey == NULL)
		return "The key is no private key in PEM, or it has a passphrase";
	fault = pkey_fault(alg, pkey);
	EVP_PKEY_free(pkey);
	return fault;
}

/* ---- signing ---- */

static uint8_t *
sign_secret(struct ty_arena *arena, enum ty_jws alg, const char *key, struct ty_bytes text,
	    size_t *len)
{
	uint8_t *out = ty_arena_alloc(arena, EVP_MAX_MD_SIZE);
	unsigned size = 0;

	TY_ASSERT(HMAC(EVP_get_digestbyname(algs[alg].digest), key, (int)strlen(key), text.data,
		       text.len, out, &size) != NULL);
	*len = size;
	return out;
}

/* The two numbers one behind the other, not as DER (RFC 7518, 3.4). */
static uint8_t *
ec_numbers(struct ty_arena *arena, const uint8_t *der, size_t der_len, int size, size_t *len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	uint8_t *out = ty_arena_alloc(arena, 2 * (size_t)size);

	TY_ASSERT(sig != NULL);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, size);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + size, size);
	ECDSA_SIG_free(sig);
	*len = 2 * (size_t)size;
	return out;
}

static bool
sign_begin(EVP_MD_CTX *ctx, enum ty_jws alg, EVP_PKEY *key)
{
	EVP_PKEY_CTX *pctx = NULL;

	if (EVP_DigestSignInit_ex(ctx, &pctx, algs[alg].digest, NULL, NULL, key, NULL) != 1)
		return false;
	return algs[alg].kind != KIND_PSS ||
	       (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static uint8_t *
sign_key(struct ty_arena *arena, enum ty_jws alg, EVP_PKEY *key, struct ty_bytes text, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *out = NULL;

	TY_ASSERT(ctx != NULL);
	if (sign_begin(ctx, alg, key) && EVP_DigestSign(ctx, NULL, len, text.data, text.len) == 1) {
		out = ty_arena_alloc(arena, *len);
		if (EVP_DigestSign(ctx, out, len, text.data, text.len) != 1)
			out = NULL;
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return out != NULL && algs[alg].kind == KIND_EC
		       ? ec_numbers(arena, out, *len, algs[alg].number_size, len)
		       : out;
}

uint8_t *
ty_jws_sign(struct ty_arena *arena, enum ty_jws alg, const char *key, struct ty_bytes text,
	    size_t *len)
{
	uint8_t *out = NULL;
	EVP_PKEY *pkey;

	if (algs[alg].kind == KIND_SECRET)
		return sign_secret(arena, alg, key, text, len);
	pkey = key_read(key, NULL);
	if (pkey != NULL && pkey_fault(alg, pkey) == NULL)
		out = sign_key(arena, alg, pkey, text, len);
	EVP_PKEY_free(pkey);
	return out;
}

char *
ty_jws_make(struct ty_arena *arena, enum ty_jws alg, const char *key, const char *header,
	    const char *payload)
{
	char *text =
		ty_arena_printf(arena, "%s.%s", ty_base64url_encode(arena, header, strlen(header)),
				ty_base64url_encode(arena, payload, strlen(payload)));
	size_t len = 0;
	uint8_t *signature =
		ty_jws_sign(arena, alg, key, (struct ty_bytes){ text, strlen(text) }, &len);

	return signature != NULL ? ty_arena_printf(arena, "%s.%s", text,
						   ty_base64url_encode(arena, signature, len))
				 : NULL;
}

/* ---- checking ---- */

/* A public key, the one within a certificate, or that of a private key; NULL = none of these. */
static EVP_PKEY *
public_read(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;
	X509 *x509;

	TY_ASSERT(bio != NULL);
	if (strstr(pem, "-----BEGIN CERTIFICATE-----") != NULL) {
		x509 = PEM_read_bio_X509(bio, NULL, give_passphrase, NULL);
		key = x509 != NULL ? X509_get_pubkey(x509) : NULL;
		X509_free(x509);
	} else {
		key = PEM_read_bio_PUBKEY(bio, NULL, give_passphrase, NULL);
	}
	BIO_free(bio);
	ERR_clear_error();
	return key != NULL ? key : key_read(pem, NULL);
}

const char *
ty_jws_check_fault(enum ty_jws alg, const char *key)
{
	const char *fault;
	EVP_PKEY *pkey;

	/* Everybody knows a public key, so in no form may it be the secret of an HMAC. */
	if (algs[alg].kind == KIND_SECRET)
		return strstr(key, "-----BEGIN") != NULL
			       ? "The key is one in PEM, and the algorithm takes a secret"
			       : NULL;
	pkey = public_read(key);
	if (pkey == NULL)
		return "The key is neither a key nor a certificate in PEM, or it has a passphrase";
	fault = pkey_fault(alg, pkey);
	EVP_PKEY_free(pkey);
	return fault;
}

/* Two numbers as DER; 0 = they are none. */
static int
ec_der(const uint8_t *numbers, size_t len, int size, uint8_t **ret_der)
{
	ECDSA_SIG *sig;
	int der_len = 0;

	*ret_der = NULL;
	if (len != 2 * (size_t)size)
		return 0;
	sig = ECDSA_SIG_new();
	TY_ASSERT(sig != NULL);
	if (ECDSA_SIG_set0(sig, BN_bin2bn(numbers, size, NULL),
			   BN_bin2bn(numbers + size, size, NULL)) == 1)
		der_len = i2d_ECDSA_SIG(sig, ret_der);
	ECDSA_SIG_free(sig);
	return der_len > 0 ? der_len : 0;
}

static bool
check_key(enum ty_jws alg, EVP_PKEY *key, struct ty_bytes text, const uint8_t *signature,
	  size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool is_right;

	TY_ASSERT(ctx != NULL);
	is_right =
		EVP_DigestVerifyInit_ex(ctx, &pctx, algs[alg].digest, NULL, NULL, key, NULL) == 1;
	if (is_right && algs[alg].kind == KIND_PSS)
		is_right = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			   EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	is_right = is_right && EVP_DigestVerify(ctx, signature, len, text.data, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_right;
}

bool
ty_jws_verify(struct ty_arena *arena, enum ty_jws alg, const char *key, struct ty_bytes text,
	      const void *signature, size_t len)
{
	uint8_t *own, *der = NULL;
	size_t own_len;
	EVP_PKEY *pkey;
	bool is_right;
	int der_len;

	if (ty_jws_check_fault(alg, key) != NULL)
		return false;
	if (algs[alg].kind == KIND_SECRET) {
		own = sign_secret(arena, alg, key, text, &own_len);
		return own_len == len && ty_crypto_equal(own, signature, len);
	}
	pkey = public_read(key);
	if (algs[alg].kind == KIND_EC) {
		der_len = ec_der(signature, len, algs[alg].number_size, &der);
		is_right = der_len > 0 && check_key(alg, pkey, text, der, (size_t)der_len);
		OPENSSL_free(der);
	} else {
		is_right = check_key(alg, pkey, text, signature, len);
	}
	EVP_PKEY_free(pkey);
	return is_right;
}

/* ---- certificates ---- */

const char *
ty_tls_pair_fault(const char *certificate, const char *key_pem, const char *passphrase)
{
	BIO *bio = BIO_new_mem_buf(certificate, -1);
	const char *fault = NULL;
	EVP_PKEY *key;
	X509 *x509;

	TY_ASSERT(bio != NULL);
	x509 = PEM_read_bio_X509(bio, NULL, give_passphrase, NULL);
	BIO_free(bio);
	key = key_read(key_pem, passphrase);
	if (x509 == NULL)
		fault = "The certificate is none in PEM";
	else if (key == NULL)
		fault = passphrase != NULL
				? "The key is no private key in PEM, or has another passphrase"
				: "The key is no private key in PEM, or has a passphrase";
	else if (X509_check_private_key(x509, key) != 1)
		fault = "The key is not the certificate's";
	X509_free(x509);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return fault;
}
