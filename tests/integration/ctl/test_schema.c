/*
 * test_schema.c -- sql/schema.sql is what the migrations make, read by people; this says when it drifts.
 *
 * scripts/schema writes it anew.
 */
#define TEST_TIMEOUT_S 60
#include "integration/ctl/program.h"
#include "support/common.h"

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
setup_env(void)
{
	setenv("TYBOO_SCHEMA_DATABASE_URL", svc.owner_database_url, 1);
}

int
main(void)
{
	Suite *suite = suite_create("schema");
	TCase *tc = tcase_create("schema");
	SRunner *runner;
	int failed;

	services_start(&svc, SERVICES_POSTGRES | SERVICES_MIGRATED);
	setup_env();
	tcase_set_timeout(tc, TEST_TIMEOUT_S);
	tcase_add_checked_fixture(tc, fx_setup, fx_teardown);
	TEST(schema_sql_is_what_the_migrations_make);
	TEST(a_schema_that_drifted_is_found);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	services_stop(&svc);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
