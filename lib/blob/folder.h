/*
 * folder.h -- chunks as files: <folder>/<two digits of the upload>/<upload id>/<number>.
 *
 * Postgres knows of each chunk all the same, so that quotas, names and collection are one thing for
 * both kinds; only the bytes are here.  All programs of an installation need the same folder.
 * Calls block.  A file is whole on disk, its name too, once put() is done.
 */
#ifndef TY_BLOB_FOLDER_H
#define TY_BLOB_FOLDER_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"

/* Errors: TY_E_UNAVAILABLE (the disk is full, no right). */
enum ty_code ty_blob_folder_put(const char *folder, const struct ty_id *upload_id, int64_t number,
				const void *data, size_t len, struct ty_err *err) TY_MUST_CHECK;
/*
 * Into a buffer of 'len' bytes, which is the file's size.
 * Errors: TY_E_UNAVAILABLE, TY_E_NOT_FOUND (no such file, or of another size).
 */
enum ty_code ty_blob_folder_get(const char *folder, const struct ty_id *upload_id, int64_t number,
				void *buf, size_t len, struct ty_err *err) TY_MUST_CHECK;
/* All chunks of an upload; that there are none is no error.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_blob_folder_drop(const char *folder, const struct ty_id *upload_id,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
