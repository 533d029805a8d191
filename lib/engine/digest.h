/*
 * digest.h -- the digest of a run: what makes it comparable with its replay.
 *
 * Over the steps' canonical texts, in order, without what differs from one attempt to the next
 * (timings, notices).  The form of a number in these texts and how their sums are joined is part
 * of it, so a digest begins with its version, but for the first:
 *
 *	<64 hex>	version 1: SHA-256 over those of all texts; reals have 17 digits
 *	2:<64 hex>	version 2: the shortest text of a real that reads back the same
 *	3:<64 hex>	version 3: a chain, d(n) = SHA-256(d(n-1) || text n) and d(0) = 32 zeros, so
 *			that records can leave the run as they end
 *
 * To change what a digest is over, add a version and keep the writers of those before: a
 * digest that was recorded stays provable.
 */
#ifndef TY_ENGINE_DIGEST_H
#define TY_ENGINE_DIGEST_H

#include "base/defs.h"
#include "json/json.h"

#define TY_DIGEST_SIZE 67 /* "3:", 64 hex digits and NUL */

/* The digest of a run under way: begins as zeros. */
struct ty_digest {
	uint8_t sum[32];
};

/* Add a step without timings and notices; its text is left in 'arena'. */
void ty_digest_add(struct ty_digest *digest, struct ty_arena *arena, const json_t *step);
void ty_digest_text(const struct ty_digest *digest, char out[TY_DIGEST_SIZE]);

/*
 * Whether 'digest', of any version, is that of these steps as they were recorded: timings and
 * notices may be there.
 */
bool ty_digest_is_of(struct ty_arena *arena, const json_t *steps, const char *digest);

#endif
