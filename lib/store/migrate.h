/*
 * migrate.h -- bring a database to this release's schema: numbered files once, functions anew, then checks.
 *
 *   sql/migrations/NNNN_name.sql   forward only; each once, in order, in a transaction of its own.  A file that
 *                                  was applied and has changed since is refused.
 *   sql/functions/NAME.sql         CREATE OR REPLACE; run again where the file has changed, all in one transaction
 *                                  together with the partitions of the months to come
 *   sql/verify/NAME.sql            each must give no row: a row's first column says what is wrong
 *
 * What was applied is kept in tyboo_meta.migrations and tyboo_meta.functions.  An advisory lock lets one
 * runner work at a time.  Uses the owner's connection; nothing else in the programs does.
 */
#ifndef TY_STORE_MIGRATE_H
#define TY_STORE_MIGRATE_H

#include "base/defs.h"

enum ty_migrate_kind { TY_MIGRATE_MIGRATION, TY_MIGRATE_FUNCTIONS, TY_MIGRATE_VERIFY };

/* Called before each file is run. */
typedef void (*ty_migrate_progress_fn)(void *ctx, enum ty_migrate_kind kind, const char *file);

struct ty_migrate_report {
	size_t migrations, functions,
		partitions; /* files run, partitions made; all 0: nothing to do */
};

/*
 * 'sql_dir' is the folder that holds migrations/, functions/ and verify/.  'progress' may be NULL.
 * Errors: TY_E_UNAVAILABLE; TY_E_NOT_FOUND (a folder, or the role tyboo_app; see the hint);
 * TY_E_CONFLICT (an applied file was changed, or is missing); TY_E_INVALID, TY_E_INTERNAL
 * (a file's SQL failed, or a check found something; the message names the file).
 */
enum ty_code ty_migrate_apply(const char *conninfo, const char *sql_dir,
			      ty_migrate_progress_fn progress, void *ctx,
			      struct ty_migrate_report *ret_report,
			      struct ty_err *err) TY_MUST_CHECK;

enum ty_migrate_state {
	TY_MIGRATE_PENDING,
	TY_MIGRATE_APPLIED,
	TY_MIGRATE_CHANGED, /* applied, and the file is another one now */
	TY_MIGRATE_MISSING  /* applied, and there is no such file */
};

struct ty_migrate_row {
	int64_t number;
	const char *name;	/* file name */
	const char *applied_at; /* NULL where pending */
	enum ty_migrate_state state;
};

/* By number; owned by 'arena'.  Changes nothing.  Errors: TY_E_UNAVAILABLE, TY_E_NOT_FOUND (a folder). */
enum ty_code ty_migrate_status(struct ty_arena *arena, const char *conninfo, const char *sql_dir,
			       struct ty_migrate_row **ret_rows, size_t *ret_count,
			       struct ty_err *err) TY_MUST_CHECK;

#endif
