/*
 * migrate_file.h -- the SQL files of a folder, read and hashed; private to lib/store.
 */
#ifndef TY_STORE_MIGRATE_FILE_H
#define TY_STORE_MIGRATE_FILE_H

#include "base/defs.h"

struct ty_migrate_file {
	const char *name; /* "0001_init.sql" */
	int64_t number;	  /* 1; 0 where the name has none */
	const char *sql;
	char sha256[65];
};

/*
 * All "*.sql" of 'dir', by name; owned by 'arena'.  'numbered': each must be NNNN_name.sql, with no
 * number twice.  Errors: TY_E_NOT_FOUND, TY_E_INVALID.
 */
enum ty_code ty_migrate_files(struct ty_arena *arena, const char *dir, bool numbered,
			      struct ty_migrate_file **ret_files, size_t *ret_count,
			      struct ty_err *err) TY_MUST_CHECK;

#endif
