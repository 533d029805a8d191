/*
 * code_library.h -- packages that the operator bundled for code (require('name')), of the whole installation.
 *
 * A row is one bundle of a name, by the SHA-256 of its text; at most one of a name is current.  Whoever begins a run takes
 * the current ones and journals their digests (workers/run/job_begun.c), so one that was replaced or removed stays
 * for the runs that name it.  Written as the owner alone.
 */
#ifndef TY_STORE_CODE_LIBRARY_H
#define TY_STORE_CODE_LIBRARY_H

#include "json/json.h"
#include "store/query.h"
#include "store/store.h"

/* Bytes of a bundle, and current names.  A bundle goes with each request that names it: 512 KiB take 4 ms to send and
 * read; lodash has 72 KB, date-fns 80 KB.  Names are listed in errors and journaled by each run that asks for any. */
#define TY_LIMIT_CODE_LIBRARY_BYTES 524288
#define TY_LIMIT_CODE_LIBRARIES	    50
#define TY_CODE_LIBRARY_DIGEST_SIZE 65 /* hex and NUL */

/* A name of npm: "dayjs", "@scope/name". */
bool ty_store_code_library_name_is_good(const char *name);

/*
 * Make 'source' the current bundle of 'name'; version: of the package, NULL = not known.
 * Errors: TY_E_INVALID (the name), TY_E_TOO_LARGE, TY_E_LIMIT (there are TY_LIMIT_CODE_LIBRARIES).
 */
enum ty_code ty_store_code_library_add(struct ty_tx *tx, const char *name, const char *version,
				       const char *source,
				       char ret_digest[TY_CODE_LIBRARY_DIGEST_SIZE],
				       struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_code_library_remove(struct ty_tx *tx, const char *name,
					  struct ty_err *err) TY_MUST_CHECK;
/* name, version, digest, bytes, created_at of the current ones, by name; the tx's arena's. */
enum ty_code ty_store_code_library_list(struct ty_tx *tx, json_t **ret_items,
					struct ty_err *err) TY_MUST_CHECK;

/* ---- for workers ---- */

/* The digests of the current bundles. */
void ty_store_code_libraries_query(struct ty_store_query *ret_query);
/* { name: digest }, owned by 'arena'.  Errors: TY_E_INTERNAL. */
enum ty_code ty_store_code_libraries_decode(struct ty_arena *arena, const struct ty_rows *rows,
					    json_t **ret_digests, struct ty_err *err) TY_MUST_CHECK;
/*
 * The bundles of 'digests' ({ name: digest }); the texts of those alone that 'names' (an array of text) has.
 * Owned by 'arena'.
 */
void ty_store_code_library_texts_query(struct ty_arena *arena, const json_t *names,
				       const json_t *digests, struct ty_store_query *ret_query);
/*
 * { name: { "digest", "source"? } }, owned by 'arena'.
 * Errors: TY_E_NOT_FOUND (a bundle whose text is wanted is gone), TY_E_INTERNAL.
 */
enum ty_code ty_store_code_library_texts_decode(struct ty_arena *arena, const struct ty_rows *rows,
						json_t **ret_libraries,
						struct ty_err *err) TY_MUST_CHECK;

#endif
