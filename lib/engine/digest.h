/*
 * digest.h -- the digest of a run: what makes it comparable with its replay.
 *
 * SHA-256 over those of the steps' canonical texts, in order, without what differs from one
 * attempt to the next (timings, notices).  The form of a number in these texts is part of it,
 * so a digest begins with its version, but for the first:
 *
 *	<64 hex>	version 1: reals have 17 digits
 *	2:<64 hex>	version 2: the shortest text that reads back the same
 *
 * To change what a digest is over, add a version and keep the writers of those before: a
 * digest that was recorded stays provable.
 */
#ifndef TY_ENGINE_DIGEST_H
#define TY_ENGINE_DIGEST_H

#include "base/defs.h"
#include "json/json.h"

#define TY_DIGEST_SIZE 67 /* "2:", 64 hex digits and NUL */

/* Of steps without timings and notices, in today's version. */
void ty_digest_steps(struct ty_arena *arena, const json_t *steps, char out[TY_DIGEST_SIZE]);

/*
 * Whether 'digest', of any version, is that of these steps as they were recorded: timings and
 * notices may be there.
 */
bool ty_digest_is_of(struct ty_arena *arena, const json_t *steps, const char *digest);

#endif
