/*
 * password.c -- argon2id.
 */
#include "auth/password.h"

#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <argon2.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

/* OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1. */
#define MEMORY_KIB  19456
#define PASSES	    2
#define LANES	    1
#define SALT_SIZE   16
#define DIGEST_SIZE 32
#define PARAMETERS  "$argon2id$v=19$m=19456,t=2,p=1$"

/* Compared for unknown e-mails, so that they take as long as known ones. */
#define NOBODY PARAMETERS "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct ty_password {
	sem_t free_slots;
};

struct ty_password *
ty_password_new(unsigned at_once)
{
	struct ty_password *gate = calloc(1, sizeof(*gate));

	TY_ASSERT(gate != NULL && sem_init(&gate->free_slots, 0, at_once) == 0);
	return gate;
}

void
ty_password_free(struct ty_password *gate)
{
	if (gate == NULL)
		return;
	sem_destroy(&gate->free_slots);
	free(gate);
}

static void
gate_enter(struct ty_password *gate)
{
	while (sem_wait(&gate->free_slots) != 0)
		TY_ASSERT(errno == EINTR);
}

static void
gate_leave(struct ty_password *gate)
{
	TY_ASSERT(sem_post(&gate->free_slots) == 0);
}

enum ty_code
ty_password_hash(struct ty_password *gate, const char *password, char out[TY_PASSWORD_HASH_SIZE],
		 struct ty_err *err)
{
	uint8_t salt[SALT_SIZE];
	size_t len = strlen(password);
	int rc;

	if (len < TY_PASSWORD_MIN_BYTES || len > TY_PASSWORD_MAX_BYTES)
		return ty_err_set(err, TY_E_INVALID, "a password has %d to %d characters",
				  TY_PASSWORD_MIN_BYTES, TY_PASSWORD_MAX_BYTES);
	ty_crypto_random(salt, sizeof(salt));
	gate_enter(gate);
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, len, salt, sizeof(salt),
				   DIGEST_SIZE, out, TY_PASSWORD_HASH_SIZE);
	gate_leave(gate);
	if (rc != ARGON2_OK)
		return ty_err_set(err, TY_E_INTERNAL, "argon2: %s", argon2_error_message(rc));
	return TY_OK;
}

bool
ty_password_verify(struct ty_password *gate, const char *encoded, const char *password,
		   bool *ret_rehash)
{
	const char *hash = ty_str_is_blank(encoded) ? NOBODY : encoded;
	size_t len = strlen(password);
	bool ok;

	if (len > TY_PASSWORD_MAX_BYTES)
		return false;
	gate_enter(gate);
	ok = argon2id_verify(hash, password, len) == ARGON2_OK && hash == encoded;
	gate_leave(gate);
	if (ret_rehash != NULL)
		*ret_rehash = ok && !ty_str_has_prefix(encoded, PARAMETERS);
	return ok;
}
