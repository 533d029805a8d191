/*
 * test_schema.c -- sql/schema.sql is what the migrations make, read by people; this says when it drifts.
 *
 * scripts/schema writes it anew.
 */
#define TEST_TIMEOUT_S 60
#include "integration/ctl/program.h"
#include "support/common.h"
#include "support/places.h"

#include <stdio.h>
#include <unistd.h>

static struct services svc;

START_TEST(schema_sql_is_what_the_migrations_make)
{
	const char *words[] = { "--check", NULL };
	struct said said = program_run(fx.arena, TY_SOURCE_DIR "/scripts/schema", NULL, words);

	ck_assert_msg(said.code == 0, "%s%s", said.out, said.err);
}
END_TEST

/* A database that has one column more than the file says must be told apart. */
START_TEST(a_schema_that_drifted_is_found)
{
	const char *sql[] = { svc.owner_database_url, "-qc",
			      "ALTER TABLE tyboo.users ADD COLUMN nickname text", NULL };
	const char *words[] = { "--check", NULL };
	struct said said = program_run(fx.arena, "/usr/bin/psql", NULL, sql);

	ck_assert_msg(said.code == 0, "%s", said.err);
	said = program_run(fx.arena, TY_SOURCE_DIR "/scripts/schema", NULL, words);
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.out, "nickname"));
	ck_assert_ptr_nonnull(strstr(said.err, "scripts/schema"));
}
END_TEST

static void
open_servers(void)
{
	services_start(&svc, SERVICES_POSTGRES | SERVICES_MIGRATED);
	setenv("TYBOO_SCHEMA_DATABASE_URL", svc.owner_database_url, 1);
}

SUITE_MAIN("schema", TEST_TIMEOUT_S, fx_setup, fx_teardown, open_servers(), services_stop(&svc), {
	TEST(schema_sql_is_what_the_migrations_make);
	TEST(a_schema_that_drifted_is_found);
})
