/*
 * hash.h -- digests by OpenSSL.
 */
#ifndef TY_SANDBOX_HASH_H
#define TY_SANDBOX_HASH_H

#include <stdbool.h>
#include <stddef.h>

#define HASH_HEX_SIZE 129 /* 64 bytes in hex, and NUL */

/* The digest in hex; false where there is no algorithm of that name. */
bool hash_hex(const char *algorithm, const void *data, size_t len, char out[HASH_HEX_SIZE]);

/* Have OpenSSL look up all of them, before the jail closes. */
void hash_warm_up(void);

#endif
