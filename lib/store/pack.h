/*
 * pack.h -- what is kept compressed (steps, answers of effects, payloads): one zstd frame each.
 *
 * Level 1: recording is on the hot way, and JSON shrinks to a fifth even so.
 */
#ifndef TY_STORE_PACK_H
#define TY_STORE_PACK_H

#include "base/defs.h"

struct ty_pack;

/* Keeps the compressor's memory over many calls; one thread at a time. */
struct ty_pack *ty_pack_new(void);
void ty_pack_free(struct ty_pack *pack); /* takes NULL */

/* Owned by 'arena'; never fails. */
void *ty_pack_bytes(struct ty_pack *pack, struct ty_arena *arena, const void *data, size_t len,
		    size_t *ret_len);

/*
 * Owned by 'arena', followed by a NUL that *ret_len does not count.
 * Errors: TY_E_MALFORMED (no such frame), TY_E_LIMIT (over TY_LIMIT_RUN_BYTES).
 */
enum ty_code ty_unpack(struct ty_arena *arena, const void *packed, size_t packed_len,
		       char **ret_data, size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

#endif
