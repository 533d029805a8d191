/*
 * hash.c -- see hash.h.
 */
#include "hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

static const struct {
	const char *name;
	const EVP_MD *(*make)(void);
} algorithms[] = {
	{ "md5", EVP_md5 },	  { "sha1", EVP_sha1 },	    { "sha224", EVP_sha224 },
	{ "sha256", EVP_sha256 }, { "sha384", EVP_sha384 }, { "sha512", EVP_sha512 },
	{ "sha3", EVP_sha3_512 },
};

#define ALGORITHMS_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

static bool
digest(const EVP_MD *type, const void *data, size_t len, char out[HASH_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int size;

	if (EVP_Digest(data, len, sum, &size, type, NULL) != 1)
		return false;
	for (unsigned int i = 0; i < size; i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[2 * (size_t)size] = '\0';
	return true;
}

bool
hash_hex(const char *algorithm, const void *data, size_t len, char out[HASH_HEX_SIZE])
{
	for (size_t i = 0; i < ALGORITHMS_COUNT; i++) {
		if (strcmp(algorithms[i].name, algorithm) == 0)
			return digest(algorithms[i].make(), data, len, out);
	}
	return false;
}

/* Load no configuration file, so that no file of a host decides what a script sees. */
void
hash_warm_up(void)
{
	char out[HASH_HEX_SIZE];

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
	for (size_t i = 0; i < ALGORITHMS_COUNT; i++)
		(void)hash_hex(algorithms[i].name, "", 0, out);
}
