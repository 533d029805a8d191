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
 *	4:<64 hex>	version 4: the same chain; the clock of a step that only reads comes from its
 *			inputs, and no longer from all that ended before it
 *	5:<64 hex>	version 5: the same chain; an error says its place, always a hint, and what an
 *			HTTP request asked (place.c)
 *	6:<64 hex>	version 6: the same chain; expressions have the helpers and names of
 *			workers/sandbox/dialect, and a value put into a text is whole, where a member
 *			over 50 KB was its reference
 *
 *	7:<64 hex>	version 7: the same chain; $vars has the workspace's variables, where it was empty; code has
 *			timers and n8n's names, where it failed
 *	8:<64 hex>	version 8: the same chain; code has static data, where it failed
 *	9:<64 hex>	version 9: the same chain; expressions see a node whose name they reckon, an optional call ends a
 *			chain of helpers, objects have merge(); console writes as Node does, where it wrote JSON
 *
 * The version is also that of the rules that a run goes by: a run that was begun by those of an earlier one
 * goes on by them, so that its digest is what it would have been (struct ty_run_spec).
 *
 * The hints of base/err.def are among it since version 5; tests/unit/engine/test_digest_words.c has them as they
 * are, so that nobody changes one unawares.
 *
 * To change what a digest is over, add a version and keep the writers of those before: a
 * digest that was recorded stays provable.
 */
#ifndef TY_ENGINE_DIGEST_H
#define TY_ENGINE_DIGEST_H

#include "base/defs.h"
#include "json/json.h"

#define TY_DIGEST_SIZE 67 /* "9:", 64 hex digits and NUL */

#define TY_DIGEST_VERSION 9
/* From here on a digest is a chain: runs of earlier versions go by the rules of this one. */
#define TY_DIGEST_CHAIN 3
/* From here on a step has a clock of its own. */
#define TY_DIGEST_STEP_CLOCKS 4
/* From here on an error has a place. */
#define TY_DIGEST_PLACES 5
/* From here on expressions have the dialect's helpers and names. */
#define TY_DIGEST_DIALECT 6
/* From here on $vars is what the run was begun with. */
#define TY_DIGEST_VARS 7
/* Code of these runs has timers and the names of workers/sandbox/dialect/names.js. */
#define TY_DIGEST_TIMERS 7
/* Code of these runs has static data. */
#define TY_DIGEST_STATICS 8
/* Scripts of these runs go by the newest rules of the sandbox, and may reckon the name of a node. */
#define TY_DIGEST_RECKONED 9

/* The digest of a run under way: begins as zeros. */
struct ty_digest {
	uint8_t sum[32];
};

/*
 * Add a step without timings and notices; its text is left in 'arena'.  The result is what the step takes in memory,
 * more or less: its text, and a hundred bytes for each value in it.
 */
size_t ty_digest_add(struct ty_digest *digest, struct ty_arena *arena, const json_t *step);
/* 'version': 3 or later, whose chain is the same. */
void ty_digest_text(const struct ty_digest *digest, unsigned version, char out[TY_DIGEST_SIZE]);
/* The version of a digest; 0 = of none that is known. */
unsigned ty_digest_version(const char *digest);

/*
 * Is 'digest', of any version, that of these steps as they were recorded?  Timings and notices may be
 * there.
 */
bool ty_digest_is_of(struct ty_arena *arena, const json_t *steps, const char *digest);

#endif
