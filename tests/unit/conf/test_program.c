/* test_program.c -- what a program's common main prints, runs and returns. */
#include "conf/program.h"
#include "support/common.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	const char *option;
	const char *conf;    /* text of the file that follows '--config'; NULL = none */
	enum ty_code result; /* of the program's work */
	int status;
	int runs;
	const char *out, *err; /* within what is said; "" = nothing at all */
} rows[] = {
	{ "--config", "log_level = warn\n", TY_OK, TY_PROGRAM_DONE, 1, "", "" },
	{ "--config", "", TY_E_CONFLICT, TY_PROGRAM_CONFLICT, 1, "",
	  " level=error prog=tyboo-test " },
	{ "--config", "", TY_E_UNAVAILABLE, TY_PROGRAM_FAILED, 1, "",
	  " msg=\"cannot run\" code=unavailable error=\"it gave up\" " },
	{ "--config", "lease_ms = soon\n", TY_OK, TY_PROGRAM_FAILED, 0, "", "lease_ms is " },
	{ "--config", "log_level = loud\n", TY_OK, TY_PROGRAM_FAILED, 0, "",
	  "error=\"log_level is \\\"loud\\\"\"" },
	{ "--config=/nonexistent/tyboo.conf", NULL, TY_OK, TY_PROGRAM_FAILED, 0, "",
	  "code=not_found" },
	{ "--help", NULL, TY_OK, TY_PROGRAM_DONE, 0, "3 in use.\n", "" },
	{ "--version", NULL, TY_OK, TY_PROGRAM_DONE, 0, "tyboo-test " TY_VERSION "\n", "" },
	{ "--config", NULL, TY_OK, TY_PROGRAM_USAGE, 0, "", "--config" },
	{ "--no-such-option", NULL, TY_OK, TY_PROGRAM_USAGE, 0, "", "--no-such-option" },
	{ "argument", NULL, TY_OK, TY_PROGRAM_USAGE, 0, "",
	  "tyboo-test: unexpected argument: argument\n" },
};

static struct {
	enum ty_code result;
	int runs;
	enum ty_log_level level;
	const char *home; /* that the program is told; NULL = one of its own */
} work_;

static enum ty_code
work(struct ty_arena *arena, const struct ty_conf *conf, const struct ty_log *log,
     struct ty_err *err)
{
	work_.runs++;
	work_.level = log->level;
	ck_assert_ptr_nonnull(ty_arena_strdup(arena, conf->log_level));
	return work_.result == TY_OK ? TY_OK : ty_err_set(err, work_.result, "it gave up");
}

static const struct ty_program program = { .name = "tyboo-test",
					   .effect = "Tests.\n",
					   .when_done = "tested",
					   .in_conflict = "in use",
					   .run = work };

/* A descriptor's output goes to a file until it is given back. */
struct capture {
	FILE *file;
	int fd, saved;
};

static struct capture
capture_begin(int fd)
{
	struct capture capture = { .file = tmpfile(), .fd = fd, .saved = dup(fd) };

	ck_assert_ptr_nonnull(capture.file);
	ck_assert_int_eq(dup2(fileno(capture.file), fd), fd);
	return capture;
}

static char *
capture_end(struct capture *capture)
{
	char *text = ty_arena_alloc(fx.arena, 65536);

	fflush(NULL);
	dup2(capture->saved, capture->fd);
	close(capture->saved);
	rewind(capture->file);
	ck_assert_uint_lt(fread(text, 1, 65535, capture->file), 65535);
	fclose(capture->file);
	return text;
}

/* A home of its own, since a program makes the folder of its crash report there. */
static void
home_remove(const char *home)
{
	static const char *const folders[] = { "/run/crashes", "/run", "" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(folders); i++)
		(void)rmdir(ty_arena_printf(fx.arena, "%s%s", home, folders[i]));
}

static int
run_main(char **argv, char **ret_out, char **ret_err)
{
	char home[] = "/tmp/ty-program-home-XXXXXX";
	struct capture out = capture_begin(STDOUT_FILENO), err = capture_begin(STDERR_FILENO);
	int argc = 0, status;

	while (argv[argc] != NULL)
		argc++;
	optind = 0; /* getopt begins anew */
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("TYBOO_HOME", work_.home != NULL ? work_.home : home, 1);
	status = ty_program_main(&program, argc, argv);
	home_remove(home);
	*ret_err = capture_end(&err);
	*ret_out = capture_end(&out);
	return status;
}

static void
assert_says(const char *text, const char *expected)
{
	if (expected[0] == '\0')
		ck_assert_str_eq(text, "");
	else
		ck_assert_msg(strstr(text, expected) != NULL, "not \"%s\": %s", expected, text);
}

START_TEST(each_command_line_says_and_runs_and_returns_this)
{
	char name[] = "tyboo-test", path[] = "/tmp/ty-program-XXXXXX";
	char *argv[] = { name, ty_arena_strdup(fx.arena, rows[_i].option), NULL, NULL };
	const char *conf = rows[_i].conf;
	char *out, *err;
	int status;

	if (conf != NULL) {
		int fd = mkstemp(path);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(write(fd, conf, strlen(conf)), (ssize_t)strlen(conf));
		close(fd);
		argv[2] = path;
	}
	work_.result = rows[_i].result;
	work_.runs = 0;
	status = run_main(argv, &out, &err);
	if (conf != NULL)
		unlink(path);
	ck_assert_msg(status == rows[_i].status, "status %d: %s", status, err);
	ck_assert_int_eq(work_.runs, rows[_i].runs);
	assert_says(out, rows[_i].out);
	assert_says(err, rows[_i].err);
	if (work_.runs > 0)
		ck_assert_int_eq(work_.level, conf[0] == '\0' ? TY_LOG_INFO : TY_LOG_WARN);
}
END_TEST

START_TEST(help_says_what_the_program_does_its_statuses_and_every_setting)
{
	char name[] = "tyboo-test", option[] = "--help";
	char *argv[] = { name, option, NULL }, *out, *err;

	ck_assert_int_eq(run_main(argv, &out, &err), TY_PROGRAM_DONE);
	assert_says(out, "Usage: tyboo-test [--config FILE]\nTests.\n\n  --config FILE ");
	assert_says(out, "\nExit status: 0 tested, 1 cannot run, 2 wrong usage, 3 in use.\n");
	assert_says(out, ty_conf_help(fx.arena));
}
END_TEST

START_TEST(a_log_has_the_level_of_the_configuration_or_there_is_none)
{
	struct ty_conf conf = { .log_level = "debug" };
	struct ty_log log;

	ck_assert_ok(ty_program_log(&conf, "tyboo-test", &log, &fx.err));
	ck_assert_int_eq(log.level, TY_LOG_DEBUG);
	ck_assert_str_eq(log.prog, "tyboo-test");
	conf.log_level = "loud";
	ck_assert_code(ty_program_log(&conf, "tyboo-test", &log, &fx.err), TY_E_INVALID);
	ck_assert_str_eq(fx.err.hint, "debug, info, warn or error");
}
END_TEST

START_TEST(a_reader_that_went_away_does_not_end_a_program)
{
	char name[] = "tyboo-test", option[] = "--config=/dev/null";
	char *argv[] = { name, option, NULL }, *out, *err;
	struct sigaction now;

	signal(SIGPIPE, SIG_DFL);
	work_.result = TY_OK;
	ck_assert_int_eq(run_main(argv, &out, &err), TY_PROGRAM_DONE);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &now), 0);
	ck_assert(now.sa_handler == SIG_IGN);
}
END_TEST

/* 1 or less: nothing is written, and nothing given to a program of core_pattern. */
START_TEST(a_program_leaves_no_core)
{
	char name[] = "tyboo-test", option[] = "--config=/dev/null";
	char *argv[] = { name, option, NULL }, *out, *err;
	struct rlimit now;

	ck_assert_int_eq(run_main(argv, &out, &err), TY_PROGRAM_DONE);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &now), 0);
	ck_assert_uint_le(now.rlim_cur, 1);
	ck_assert_uint_le(now.rlim_max, 1);
}
END_TEST

/* The report of a crash is for its mending; the work is not for want of one to stop. */
START_TEST(a_program_runs_where_no_crash_report_can_be_kept)
{
	char name[] = "tyboo-test", option[] = "--config=/dev/null";
	char *argv[] = { name, option, NULL }, *out, *err;

	work_.home = "/dev/null";
	ck_assert_int_eq(run_main(argv, &out, &err), TY_PROGRAM_DONE);
	ck_assert_int_eq(work_.runs, 1);
	assert_says(err, "a crash would leave no report");
}
END_TEST

TEST_MAIN("conf.program", {
	TEST_LOOP(each_command_line_says_and_runs_and_returns_this, rows);
	TEST(help_says_what_the_program_does_its_statuses_and_every_setting);
	TEST(a_log_has_the_level_of_the_configuration_or_there_is_none);
	TEST(a_reader_that_went_away_does_not_end_a_program);
	TEST(a_program_leaves_no_core);
	TEST(a_program_runs_where_no_crash_report_can_be_kept);
})
