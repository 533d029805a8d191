/*
 * ring.h -- the master keys of an installation: the file that holds them, and which of them does what.
 *
 * The file has a key a line, the newest first: 64 hex digits, and behind a blank the time from which the key
 * counts (RFC 3339); absent: always.  Or it is one key of 32 raw bytes.
 *
 * The current key, the first one that counts by now, wraps data keys and signs; all open and are believed.
 * What is signed for a run is signed with the key that counted when the run began, so that it is the same
 * however often it is made.
 */
#ifndef TY_VAULT_RING_H
#define TY_VAULT_RING_H

#include "base/defs.h"
#include "crypto/crypto.h"

/* Keys of a file: one a month, and half a year of addresses of waits that count meanwhile. */
#define TY_VAULT_KEYS_MAX 8
/* Name of a key that tells nothing of it: hex of 8 bytes, and NUL. */
#define TY_VAULT_FINGERPRINT_SIZE 17

struct ty_vault_ring_key {
	uint8_t key[TY_AEAD_KEY_SIZE];
	int64_t from_ms; /* 0 = always */
	char fingerprint[TY_VAULT_FINGERPRINT_SIZE];
};

/* The caller wipes it. */
struct ty_vault_ring {
	struct ty_vault_ring_key keys[TY_VAULT_KEYS_MAX];
	size_t count; /* 1 at least, once it is read */
};

/* State of a file: another one, another content. */
struct ty_vault_ring_stamp {
	int64_t inode, size, changed_ns;
};

/* Errors: TY_E_NOT_FOUND, TY_E_DENIED (group or others may touch the file), TY_E_INVALID. */
enum ty_code ty_vault_ring_read(const char *path, struct ty_vault_ring *ret_ring,
				struct ty_vault_ring_stamp *ret_stamp,
				struct ty_err *err) TY_MUST_CHECK;
bool ty_vault_ring_stamp(const char *path, struct ty_vault_ring_stamp *ret_stamp);

/*
 * Put these keys in the place of the file's, whole or not at all; owner and mode stay.  'stamp' is of the reading that
 * they are made from: a key that was added since would be lost.  Errors: TY_E_CONFLICT (another has changed the
 * file since), TY_E_DENIED, TY_E_INTERNAL.
 */
enum ty_code ty_vault_ring_write(const char *path, const struct ty_vault_ring *ring,
				 const struct ty_vault_ring_stamp *stamp,
				 struct ty_err *err) TY_MUST_CHECK;

/* The key that counts at that time: the first in the list; the last where none does. */
const struct ty_vault_ring_key *ty_vault_ring_at(const struct ty_vault_ring *ring, int64_t now_ms);
/* NULL = there is none of that name. */
const struct ty_vault_ring_key *ty_vault_ring_find(const struct ty_vault_ring *ring,
						   const char *fingerprint);
/* A new random key in front, which counts from then on.  Errors: TY_E_LIMIT. */
enum ty_code ty_vault_ring_add(struct ty_vault_ring *ring, int64_t from_ms,
			       struct ty_err *err) TY_MUST_CHECK;
void ty_vault_ring_remove(struct ty_vault_ring *ring, const char *fingerprint);

#endif
