/*
 * zip_file.h -- zip archives in memory, by libzip; shared by the tools that read and make them.
 */
#ifndef TY_PARSE_ZIP_FILE_H
#define TY_PARSE_ZIP_FILE_H

#include "file_tool.h"

#include <zip.h>

/* Tell why libzip failed, for the entry named or (NULL) the whole; ends 'why'. */
enum ty_code zip_failed(struct ty_err *err, zip_error_t *why, const char *entry) TY_MUST_CHECK;

/* Open an archive to read; ended by zip_discard().  Errors: TY_E_INVALID. */
enum ty_code zip_begin(const struct file_in *file, zip_t **ret_zip,
		       struct ty_err *err) TY_MUST_CHECK;
/* Errors: TY_E_INVALID, with the name, where it is no relative path within the archive. */
enum ty_code zip_name_check(const char *name, struct ty_err *err) TY_MUST_CHECK;
/* Unpack the bytes of an entry behind those of the file under way.  Errors: TY_E_INVALID, TY_E_LIMIT. */
enum ty_code zip_entry_read(struct file_work *work, zip_t *zip, const zip_stat_t *stat,
			    struct ty_err *err) TY_MUST_CHECK;
/* The last part of a path; borrowed. */
const char *zip_base_name(const char *path);

/* The entries of an archive as items or files, as the options of the tool "archive" say. */
enum ty_code zip_unpack(struct file_work *work, const struct file_in *file,
			struct ty_err *err) TY_MUST_CHECK;
/* The files of the request as one archive. */
enum ty_code zip_pack(struct file_work *work, struct ty_err *err) TY_MUST_CHECK;
/* An archive of other files than those of the request; the file is still to be ended. */
enum ty_code zip_pack_files(struct file_work *work, const struct file_in *files, size_t count,
			    int level, struct ty_err *err) TY_MUST_CHECK;

#endif
