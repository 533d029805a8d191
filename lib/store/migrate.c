/*
 * migrate.c -- the migration runner.
 *
 * Invariants:
 *   (1) A migration and its row in tyboo_meta.migrations are committed together, or neither is.
 *   (2) Nothing is applied before every applied file was found unchanged.
 *   (3) A second run with the same files changes nothing, not even a function: CREATE OR REPLACE
 *       would make every connected program plan anew.
 */
#include "store/migrate.h"

#include "base/arena.h"
#include "base/err.h"
#include "store/column.h"
#include "store/conn.h"
#include "store/migrate_file.h"

#include <stdlib.h>
#include <string.h>

struct migrate {
	struct ty_arena *arena;
	PGconn *pg;
	const char *sql_dir;
	ty_migrate_progress_fn progress;
	void *ctx;
	struct ty_migrate_report report;
};

/* Known to this release's runners only; hashtext of nothing, just a number. */
#define LOCK_SQL "SELECT pg_advisory_lock(7274600)"

static const char meta_sql[] =
	"CREATE SCHEMA IF NOT EXISTS tyboo_meta;"
	"CREATE TABLE IF NOT EXISTS tyboo_meta.migrations (number integer PRIMARY KEY, name text "
	"NOT NULL,"
	" sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
	"CREATE TABLE IF NOT EXISTS tyboo_meta.functions (name text PRIMARY KEY, sha256 text NOT "
	"NULL,"
	" applied_at timestamptz NOT NULL DEFAULT now())";

static void
migrate_clear_result(void *result)
{
	PQclear(result);
}

static enum ty_code
migrate_query(struct migrate *m, const char *sql, const char *const *values, int count,
	      struct ty_rows *ret_rows, struct ty_err *err)
{
	PGresult *result;
	enum ty_code code;

	/* Several statements at once only without parameters. */
	result = count == 0 ? PQexec(m->pg, sql)
			    : PQexecParams(m->pg, sql, count, NULL, values, NULL, NULL, 0);
	code = ty_conn_check(m->pg, result, err);
	if (code == TY_OK && ret_rows != NULL) {
		ty_arena_defer(m->arena, migrate_clear_result, result);
		ty_rows_from_result(m->arena, result, ret_rows);
		return TY_OK;
	}
	PQclear(result);
	return code;
}

static enum ty_code
migrate_run(struct migrate *m, const char *sql, struct ty_err *err)
{
	return migrate_query(m, sql, NULL, 0, NULL, err);
}

/* COMMIT where 'code' is TY_OK, else ROLLBACK and the error that there was. */
static enum ty_code
migrate_end(struct migrate *m, enum ty_code code, struct ty_err *err)
{
	if (code == TY_OK)
		return migrate_run(m, "COMMIT", err);
	PQclear(PQexec(m->pg, "ROLLBACK"));
	return code;
}

static enum ty_code
migrate_files(struct migrate *m, const char *folder, bool numbered,
	      struct ty_migrate_file **ret_files, size_t *ret_count, struct ty_err *err)
{
	const char *dir = ty_arena_printf(m->arena, "%s/%s", m->sql_dir, folder);

	return ty_migrate_files(m->arena, dir, numbered, ret_files, ret_count, err);
}

static void
migrate_tell(const struct migrate *m, enum ty_migrate_kind kind, const char *file)
{
	if (m->progress != NULL)
		m->progress(m->ctx, kind, file);
}

/* The row of 'key' in the first column, or rows->count. */
static size_t
migrate_find(const struct ty_rows *rows, const char *key)
{
	size_t row = 0;

	while (row < rows->count && strcmp(ty_rows_text(rows, row, 0), key) != 0)
		row++;
	return row;
}

static enum ty_code
migrate_check_role(struct migrate *m, struct ty_err *err)
{
	struct ty_rows rows;

	if (migrate_query(m, "SELECT FROM pg_roles WHERE rolname = 'tyboo_app'", NULL, 0, &rows,
			  err) != TY_OK)
		return err->code;
	if (rows.count > 0)
		return TY_OK;
	ty_err_set(err, TY_E_NOT_FOUND, "the role tyboo_app does not exist");
	return ty_err_hint(err,
			   "as a superuser: CREATE ROLE tyboo_app LOGIN NOSUPERUSER NOBYPASSRLS");
}

/* Invariant (2). */
static enum ty_code
migrate_check_applied(const struct ty_rows *rows, const struct ty_migrate_file *files, size_t count,
		      struct ty_err *err)
{
	for (size_t r = 0; r < rows->count; r++) {
		int64_t number = ty_rows_int(rows, r, ty_rows_column(rows, "number"));
		const char *name = ty_rows_text(rows, r, ty_rows_column(rows, "name"));
		size_t i = 0;

		while (i < count && files[i].number != number)
			i++;
		if (i == count)
			return ty_err_set(
				err, TY_E_CONFLICT,
				"migration %s was applied to this database and is missing here",
				name);
		if (strcmp(files[i].sha256,
			   ty_rows_text(rows, r, ty_rows_column(rows, "sha256"))) != 0) {
			ty_err_set(err, TY_E_CONFLICT,
				   "migration %s has changed since it was applied", files[i].name);
			return ty_err_hint(err, "put the file back and write a new migration");
		}
	}
	return TY_OK;
}

static enum ty_code
migrate_one(struct migrate *m, const struct ty_migrate_file *file, struct ty_err *err)
{
	const char *values[] = { ty_arena_printf(m->arena, "%lld", (long long)file->number),
				 file->name, file->sha256 };
	enum ty_code code;

	migrate_tell(m, TY_MIGRATE_MIGRATION, file->name);
	code = migrate_run(m, "BEGIN", err);
	if (code == TY_OK)
		code = migrate_run(m, file->sql, err);
	if (code == TY_OK)
		code = migrate_query(m,
				     "INSERT INTO tyboo_meta.migrations (number, name, sha256)"
				     " VALUES ($1, $2, $3)",
				     values, 3, NULL, err);
	if (migrate_end(m, code, err) != TY_OK)
		return ty_err_wrap(err, "migration %s", file->name);
	m->report.migrations++;
	return TY_OK;
}

static enum ty_code
migrate_migrations(struct migrate *m, struct ty_err *err)
{
	struct ty_migrate_file *files;
	struct ty_rows rows;
	size_t count;

	if (migrate_files(m, "migrations", true, &files, &count, err) != TY_OK ||
	    migrate_query(m,
			  "SELECT number, name, sha256 FROM tyboo_meta.migrations ORDER BY number",
			  NULL, 0, &rows, err) != TY_OK ||
	    migrate_check_applied(&rows, files, count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		const char *number = ty_arena_printf(m->arena, "%lld", (long long)files[i].number);

		if (migrate_find(&rows, number) == rows.count &&
		    migrate_one(m, &files[i], err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
migrate_function_file(struct migrate *m, const struct ty_migrate_file *file, struct ty_err *err)
{
	const char *values[] = { file->name, file->sha256 };

	migrate_tell(m, TY_MIGRATE_FUNCTIONS, file->name);
	if (migrate_run(m, file->sql, err) != TY_OK ||
	    migrate_query(m,
			  "INSERT INTO tyboo_meta.functions (name, sha256) VALUES ($1, $2)"
			  " ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256,"
			  " applied_at = now()",
			  values, 2, NULL, err) != TY_OK)
		return ty_err_wrap(err, "functions %s", file->name);
	m->report.functions++;
	return TY_OK;
}

/* All files where one has changed: the last of them grants what the others made. */
static enum ty_code
migrate_function_files(struct migrate *m, struct ty_err *err)
{
	struct ty_migrate_file *files;
	struct ty_rows rows;
	size_t count, same = 0;

	if (migrate_files(m, "functions", false, &files, &count, err) != TY_OK ||
	    migrate_query(m, "SELECT name, sha256 FROM tyboo_meta.functions", NULL, 0, &rows,
			  err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		size_t row = migrate_find(&rows, files[i].name);

		if (row < rows.count &&
		    strcmp(ty_rows_text(&rows, row, ty_rows_column(&rows, "sha256")),
			   files[i].sha256) == 0)
			same++;
	}
	for (size_t i = 0; i < count && same < count; i++) {
		if (migrate_function_file(m, &files[i], err) != TY_OK)
			return err->code;
	}
	if (migrate_query(m, "SELECT tyboo.ensure_partitions()", NULL, 0, &rows, err) != TY_OK)
		return ty_err_wrap(err, "partitions");
	m->report.partitions = (size_t)ty_rows_int(&rows, 0, 0);
	return TY_OK;
}

static enum ty_code
migrate_functions(struct migrate *m, struct ty_err *err)
{
	enum ty_code code = migrate_run(m, "BEGIN", err);

	if (code == TY_OK)
		code = migrate_function_files(m, err);
	return migrate_end(m, code, err);
}

static enum ty_code
migrate_verify(struct migrate *m, struct ty_err *err)
{
	struct ty_migrate_file *files;
	struct ty_rows rows;
	size_t count;

	if (migrate_files(m, "verify", false, &files, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		migrate_tell(m, TY_MIGRATE_VERIFY, files[i].name);
		if (migrate_query(m, files[i].sql, NULL, 0, &rows, err) != TY_OK)
			return ty_err_wrap(err, "check %s", files[i].name);
		if (rows.count > 0)
			return ty_err_set(err, TY_E_INTERNAL, "check %s: %s (%zu in all)",
					  files[i].name, ty_rows_text(&rows, 0, 0), rows.count);
	}
	return TY_OK;
}

static enum ty_code
migrate_all(struct migrate *m, struct ty_err *err)
{
	/* A migration may take its time; NOTICE lines are for psql. */
	if (migrate_run(m, "SET statement_timeout = 0; SET client_min_messages = warning", err) !=
		    TY_OK ||
	    migrate_run(m, LOCK_SQL, err) != TY_OK || migrate_check_role(m, err) != TY_OK ||
	    migrate_run(m, meta_sql, err) != TY_OK || migrate_migrations(m, err) != TY_OK ||
	    migrate_functions(m, err) != TY_OK)
		return err->code;
	return migrate_verify(m, err);
}

enum ty_code
ty_migrate_apply(const char *conninfo, const char *sql_dir, ty_migrate_progress_fn progress,
		 void *ctx, struct ty_migrate_report *ret_report, struct ty_err *err)
{
	struct migrate m = { .sql_dir = sql_dir, .progress = progress, .ctx = ctx };
	enum ty_code code;

	if (ty_conn_open(conninfo, "tyboo-migrate", &m.pg, err) != TY_OK)
		return err->code;
	m.arena = ty_arena_new(NULL, "migrate", 0);
	code = migrate_all(&m, err);
	ty_arena_free(m.arena);
	PQfinish(m.pg); /* gives the lock back */
	if (code == TY_OK)
		*ret_report = m.report;
	return code;
}

/* Files and applied rows, both by number, merged. */
static size_t
migrate_merge(struct ty_arena *arena, const struct ty_rows *rows,
	      const struct ty_migrate_file *files, size_t count, struct ty_migrate_row *out)
{
	size_t n = 0, f = 0, r = 0;

	while (f < count || r < rows->count) {
		bool has_row =
			r < rows->count &&
			(f == count ||
			 ty_rows_int(rows, r, ty_rows_column(rows, "number")) <= files[f].number);
		bool has_file =
			f < count &&
			(r == rows->count ||
			 files[f].number <= ty_rows_int(rows, r, ty_rows_column(rows, "number")));
		struct ty_migrate_row *row = &out[n++];

		row->number = has_file ? files[f].number
				       : ty_rows_int(rows, r, ty_rows_column(rows, "number"));
		row->name = has_file ? files[f].name
				     : ty_arena_strdup(
					       arena,
					       ty_rows_text(rows, r, ty_rows_column(rows, "name")));
		row->state = has_file ? TY_MIGRATE_PENDING : TY_MIGRATE_MISSING;
		if (has_row) {
			row->applied_at = ty_arena_strdup(
				arena, ty_rows_text(rows, r, ty_rows_column(rows, "applied_at")));
			if (has_file)
				row->state =
					strcmp(files[f].sha256,
					       ty_rows_text(rows, r,
							    ty_rows_column(rows, "sha256"))) == 0
						? TY_MIGRATE_APPLIED
						: TY_MIGRATE_CHANGED;
		}
		r += has_row;
		f += has_file;
	}
	return n;
}

enum ty_code
ty_migrate_status(struct ty_arena *arena, const char *conninfo, const char *sql_dir,
		  struct ty_migrate_row **ret_rows, size_t *ret_count, struct ty_err *err)
{
	struct migrate m = { .arena = arena, .sql_dir = sql_dir };
	struct ty_migrate_file *files;
	struct ty_rows rows = { .count = 0 };
	size_t count;
	enum ty_code code;

	if (migrate_files(&m, "migrations", true, &files, &count, err) != TY_OK ||
	    ty_conn_open(conninfo, "tyboo-migrate", &m.pg, err) != TY_OK)
		return err->code;
	code = migrate_query(&m, "SELECT to_regclass('tyboo_meta.migrations') IS NOT NULL", NULL, 0,
			     &rows, err);
	if (code == TY_OK && ty_rows_bool(&rows, 0, 0))
		code = migrate_query(&m,
				     "SELECT number, name, sha256, applied_at"
				     " FROM tyboo_meta.migrations ORDER BY number",
				     NULL, 0, &rows, err);
	else
		rows.count = 0;
	if (code == TY_OK) {
		*ret_rows = ty_arena_alloc_array(arena, count + rows.count + 1, sizeof(**ret_rows));
		*ret_count = migrate_merge(arena, &rows, files, count, *ret_rows);
	}
	PQfinish(m.pg);
	return code;
}
