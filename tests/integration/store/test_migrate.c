/*
 * Migrations on a real database: once, in order, never changed, one runner at a time; and the
 * partitions of the months.  Each test has a folder of SQL of its own, and the database it leaves is the next one's.
 */
#include "integration/store/fixture.h"

#include "store/migrate.h"
#include "store/tidy.h"
#include "support/places.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define WS_1   "0190a000-0000-7000-8000-000000000001"
#define WS_2   "0190a000-0000-7000-8000-000000000002"
#define USED   "0190a000-0000-7000-8000-00000000000a"
#define UNUSED "0190a000-0000-7000-8000-00000000000b"

#define REAL_SQL TY_SOURCE_DIR "/sql"

static const char *sql_dir;

static void
copy_real_files(void)
{
	char cmd[512];

	sql_dir = ty_arena_printf(fx.arena, "%s/sql.%d", svc.dir, (int)getpid());
	snprintf(cmd, sizeof(cmd), "cp -r %s %s", REAL_SQL, sql_dir);
	ck_assert_int_eq(system(cmd), 0);
}

static void
write_sql(const char *name, const char *sql)
{
	FILE *f = fopen(ty_arena_printf(fx.arena, "%s/%s", sql_dir, name), "we");

	ck_assert_ptr_nonnull(f);
	fputs(sql, f);
	ck_assert_int_eq(fclose(f), 0);
}

static enum ty_code
apply(struct ty_migrate_report *ret_report)
{
	memset(ret_report, 0, sizeof(*ret_report));
	return ty_migrate_apply(svc.owner_database_url, sql_dir, NULL, NULL, ret_report, &fx.err);
}

static void
ask_owner_setup(void)
{
	fx_setup();
	copy_real_files();
	app = ty_store_new(svc.database_url, 2, "test");
	owner = ty_store_new(svc.owner_database_url, 2, "test");
}

START_TEST(a_second_run_changes_nothing)
{
	struct ty_migrate_report report;

	ck_assert_ok(apply(&report));
	ck_assert_ok(apply(&report));
	ck_assert_uint_eq(report.migrations + report.functions + report.partitions, 0);
}
END_TEST

START_TEST(a_new_migration_runs_once)
{
	const char *before = db_cell(owner, NULL, "SELECT count(*) FROM tyboo_meta.migrations");
	struct ty_migrate_report report;

	write_sql("migrations/9001_more.sql", "CREATE TABLE tyboo_meta.test_more (a int);");
	ck_assert_ok(apply(&report));
	ck_assert_uint_eq(report.migrations, 1);
	ck_assert_ok(apply(&report));
	ck_assert_uint_eq(report.migrations, 0);
	ck_assert_int_eq(atoi(db_cell(owner, NULL, "SELECT count(*) FROM tyboo_meta.migrations")),
			 atoi(before) + 1);
	/* Put back for the next test. */
	db_run(owner, NULL, "DROP TABLE tyboo_meta.test_more");
	db_run(owner, NULL, "DELETE FROM tyboo_meta.migrations WHERE number = 9001");
}
END_TEST

START_TEST(a_changed_or_missing_file_is_refused)
{
	struct ty_migrate_report report;
	struct ty_migrate_row *rows;
	size_t count;

	write_sql("migrations/0001_init.sql", "SELECT 1;");
	write_sql("migrations/9002_never.sql", "CREATE TABLE tyboo_meta.test_never (a int);");
	ck_assert_code(apply(&report), TY_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "0001_init.sql has changed"));
	ck_assert_ok(ty_migrate_status(fx.arena, svc.owner_database_url, sql_dir, &rows, &count,
				       &fx.err));
	ck_assert_int_eq(rows[0].state, TY_MIGRATE_CHANGED);
	ck_assert_int_eq(rows[count - 1].state, TY_MIGRATE_PENDING);
	ck_assert_ptr_null(rows[count - 1].applied_at);
	ck_assert_int_eq(remove(ty_arena_printf(fx.arena, "%s/migrations/0001_init.sql", sql_dir)),
			 0);
	ck_assert_code(apply(&report), TY_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "is missing here"));
	ck_assert_ok(ty_migrate_status(fx.arena, svc.owner_database_url, sql_dir, &rows, &count,
				       &fx.err));
	ck_assert_int_eq(rows[0].state, TY_MIGRATE_MISSING);
	/* Nothing was applied before all was found unchanged. */
	ck_assert_ptr_null(db_cell(owner, NULL, "SELECT to_regclass('tyboo_meta.test_never')"));
}
END_TEST

START_TEST(a_migration_that_fails_leaves_nothing)
{
	struct ty_migrate_report report;

	write_sql("migrations/9003_bad.sql",
		  "CREATE TABLE tyboo_meta.test_half (a int); SELECT nonsense;");
	ck_assert_int_ne(apply(&report), TY_OK);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "9003_bad.sql"));
	ck_assert_ptr_null(db_cell(owner, NULL, "SELECT to_regclass('tyboo_meta.test_half')"));
	ck_assert_str_eq(db_cell(owner, NULL,
				 "SELECT count(*) FROM tyboo_meta.migrations WHERE number = 9003"),
			 "0");
}
END_TEST

static const struct {
	const char *name, *message;
} bad_names[] = {
	{ "migrations/more.sql", "is named NNNN_name.sql" },
	{ "migrations/0001_other.sql", "have the same number" },
	{ "migrations/00a2_x.sql", "is named NNNN_name.sql" },
};

START_TEST(a_badly_named_file_is_refused)
{
	struct ty_migrate_report report;

	write_sql(bad_names[_i].name, "SELECT 1;");
	ck_assert_code(apply(&report), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, bad_names[_i].message));
}
END_TEST

START_TEST(no_folder_is_not_found)
{
	struct ty_migrate_report report;

	sql_dir = "/nonexistent";
	ck_assert_code(apply(&report), TY_E_NOT_FOUND);
	ck_assert_code(ty_migrate_apply("host=/nonexistent dbname=x", REAL_SQL, NULL, NULL, &report,
					&fx.err),
		       TY_E_UNAVAILABLE);
}
END_TEST

START_TEST(a_check_that_finds_something_fails_by_name)
{
	struct ty_migrate_report report;

	write_sql("verify/zz_no.sql", "SELECT 'the moon is ' || 'cheese'");
	ck_assert_code(apply(&report), TY_E_INTERNAL);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "zz_no.sql: the moon is cheese (1 in all)"));
}
END_TEST

/* A table of a tenant without row-level security does not pass the real checks. */
START_TEST(a_tenant_table_without_security_is_found)
{
	struct ty_migrate_report report;

	db_run(owner, NULL, "CREATE TABLE tyboo.test_open (workspace_id uuid)");
	ck_assert_code(apply(&report), TY_E_INTERNAL);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "test_open"));
	db_run(owner, NULL, "DROP TABLE tyboo.test_open");
	ck_assert_ok(apply(&report));
}
END_TEST

START_TEST(runners_at_once_apply_a_migration_once)
{
	struct ty_migrate_report report;
	pid_t pids[4];
	int status, ran = 0;

	write_sql("migrations/9004_once.sql",
		  "CREATE TABLE tyboo_meta.test_once (a int); SELECT pg_sleep(0.2);");
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(apply(&report) == TY_OK ? (int)report.migrations : 100);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		ran += WEXITSTATUS(status);
	}
	ck_assert_int_eq(ran, 1);
	db_run(owner, NULL, "DROP TABLE tyboo_meta.test_once");
	db_run(owner, NULL, "DELETE FROM tyboo_meta.migrations WHERE number = 9004");
}
END_TEST

/* A database of the release before, with a hook on the air: its secret counts as used from then on. */
START_TEST(what_is_on_the_air_already_holds_its_credentials)
{
	static const char *const before[] = {
		"DROP TRIGGER workflows_forget_published_credentials ON tyboo.workflows",
		"DROP FUNCTION tyboo.forget_published_credentials",
		"DROP TABLE tyboo.published_credentials",
		"DELETE FROM tyboo_meta.migrations WHERE number = 2",
		"INSERT INTO tyboo.workspaces (id, slug, name) SELECT id, 'ws-' || right(id::text, "
		"1), 'n' "
		"FROM unnest(ARRAY['" WS_1 "'::uuid, '" WS_2 "']) AS id",
		/* One that is used, one that is not, and the used one's twin of another workspace. */
		"INSERT INTO tyboo.credentials (workspace_id, id, name, type, key_version, sealed) "
		"VALUES "
		"('" WS_1 "', '" USED "', 'a', 't', 1, 'x'), ('" WS_1 "', '" UNUSED
		"', 'b', 't', 1, 'x'), "
		"('" WS_2 "', '" USED "', 'c', 't', 1, 'x')",
		"INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id, "
		"published_version_id) "
		"VALUES ('" WS_1 "', '" WS_1 "', 'w', '" WS_1 "', '" WS_1 "'), "
		"('" WS_1 "', '" WS_2 "', 'draft', '" WS_2 "', NULL)",
		"INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number, "
		"graph) VALUES "
		"('" WS_1 "', '" WS_1 "', '" WS_1 "', 1, '{\"a\":[\"" USED "\",\"" USED
		"\"],\"b\":\"not \\\"" UNUSED "\\\"\"}'), "
		"('" WS_1 "', '" WS_2 "', '" WS_2 "', 1, '{\"a\":\"" UNUSED "\"}')",
	};
	struct ty_migrate_report report;

	for (size_t i = 0; i < TY_ARRAY_COUNT(before); i++)
		db_run(owner, NULL, before[i]);
	ck_assert_ok(apply(&report));
	ck_assert_uint_eq(report.migrations, 1);
	ck_assert_str_eq(db_cell(owner, NULL,
				 "SELECT string_agg(concat_ws(' ', workspace_id, workflow_id, "
				 "credential_id), ',') FROM tyboo.published_credentials"),
			 WS_1 " " WS_1 " " USED);
	db_run(owner, NULL, "DELETE FROM tyboo.workspaces WHERE id IN ('" WS_1 "', '" WS_2 "')");
}
END_TEST

/* partitions ---------------------------------------------------------------------- */

static const char *
partition_of(const struct ty_id *run)
{
	return db_cell(owner, NULL,
		       ty_arena_printf(fx.arena,
				       "SELECT tableoid::regclass::text FROM tyboo.usage_events "
				       "WHERE run_id = '%s'",
				       run->s));
}

static struct ty_id
usage_new(int64_t at_ms)
{
	struct ty_id id = ty_id_new_at(at_ms);

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.usage_events (workspace_id, run_id, workflow_id, "
			       "at, steps, items,"
			       " run_ms, bytes) VALUES ('%s', '%s', '%s', now(), 1, 1, 1, 1)",
			       id.s, id.s, id.s));
	return id;
}

START_TEST(a_row_goes_to_the_month_of_its_id)
{
	struct ty_id now = usage_new(ty_time_now_ms()),
		     far = usage_new(4102444800000); /* 2100-01-01 */

	ck_assert_str_eq(partition_of(&now),
			 db_cell(owner, NULL,
				 "SELECT 'tyboo.usage_events_' || to_char(now() AT TIME ZONE "
				 "'UTC', 'YYYY_MM')"));
	ck_assert_str_eq(partition_of(&far), "tyboo.usage_events_default");
	/* When its month comes, its partition takes it out of the default one. */
	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2100-01-15'::timestamptz, 0)");
	ck_assert_str_eq(partition_of(&far), "tyboo.usage_events_2100_01");
}
END_TEST

START_TEST(whole_months_that_ended_are_dropped)
{
	struct ty_id old, edge;
	struct ty_retired retired;
	struct ty_tx *tx;

	db_run(owner, NULL, "SELECT tyboo.ensure_partitions('2020-02-15'::timestamptz, 0)");
	old = usage_new(1580428800000);	 /* 2020-01-31 */
	edge = usage_new(1580515200000); /* 2020-02-01 */
	ck_assert_str_eq(partition_of(&old), "tyboo.usage_events_2020_01");
	ck_assert_str_eq(partition_of(&edge), "tyboo.usage_events_2020_02");
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_retire(tx, 1582934399000, &retired,
				     &fx.err)); /* a second before its end */
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_int_eq(
		retired.partitions, /* January's, of every table */
		atoll(db_cell(owner, NULL, "SELECT count(*) FROM tyboo.partitioned_tables()")));
	ck_assert_ptr_null(partition_of(&old));
	ck_assert_ptr_nonnull(partition_of(&edge));
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_retire(tx, 1583020800000, &retired, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ck_assert_ptr_null(partition_of(&edge));
}
END_TEST

SUITE_MAIN("store.migrate", 60, ask_owner_setup, db_teardown,
	   services_start(&svc, SERVICES_POSTGRES | SERVICES_MIGRATED), services_stop(&svc), {
		   TEST(a_second_run_changes_nothing);
		   TEST(a_new_migration_runs_once);
		   TEST(a_changed_or_missing_file_is_refused);
		   TEST(a_migration_that_fails_leaves_nothing);
		   TEST_LOOP(a_badly_named_file_is_refused, bad_names);
		   TEST(no_folder_is_not_found);
		   TEST(a_check_that_finds_something_fails_by_name);
		   TEST(a_tenant_table_without_security_is_found);
		   TEST(runners_at_once_apply_a_migration_once);
		   TEST(what_is_on_the_air_already_holds_its_credentials);
		   TEST(a_row_goes_to_the_month_of_its_id);
		   TEST(whole_months_that_ended_are_dropped);
	   })
