/*
 * hook_files.h -- the files of a delivery on their way into the store.
 *
 * Bytes are kept as they come, under the quota of what is not verified; they get their names only
 * when ty_hook_files_commit is called, which is after the signature over all of them was right.
 */
#ifndef TY_APP_HOOK_FILES_H
#define TY_APP_HOOK_FILES_H

#include "base/defs.h"
#include "body/split.h"
#include "base/id.h"

struct ty_app;
struct ty_hook_files;

/* Owned by 'arena', which drops what was not committed. */
struct ty_hook_files *ty_hook_files_new(struct ty_app *app, struct ty_arena *arena,
					const struct ty_id *workspace_id,
					const struct ty_id *delivery_id);

/* 'cuts' is false where the bytes stay in the delivery's body too. */
void ty_hook_files_split_to(struct ty_hook_files *files, bool cuts,
			    struct ty_body_split_to *ret_to);

/* Begin a further file.  Errors: TY_E_LIMIT (TY_LIMIT_BLOB_FILES_COUNT). */
enum ty_code ty_hook_file_begin(struct ty_hook_files *files, const char *field, const char *mime,
				const char *name, int64_t at, struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_UNAVAILABLE, TY_E_LIMIT (a quota), TY_E_TOO_LARGE. */
enum ty_code ty_hook_file_add(struct ty_hook_files *files, const void *data, size_t len,
			      struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_hook_file_end(struct ty_hook_files *files, struct ty_err *err) TY_MUST_CHECK;

/* Forget them all, as nothing of it is wanted; the arena's end does so too. */
void ty_hook_files_drop(struct ty_hook_files *files);
/* Name them all, durably; *ret_blobs is for struct ty_receipt's 'blobs'.  Errors: as above. */
enum ty_code ty_hook_files_commit(struct ty_hook_files *files, const char **ret_blobs,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
