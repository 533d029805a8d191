/* test_log.c -- lines as they arrive at the other end of a pipe. */
#include "log/log.h"
#include "support/common.h"

#include <unistd.h>

static struct ty_log log_;
static int fds[2];

static const char *
line_of(void)
{
	static char line[8192];
	ssize_t n = read(fds[0], line, sizeof(line) - 1);

	ck_assert_int_ge(n, 0);
	line[n] = '\0';
	return line;
}

static void
log_setup(void)
{
	ck_assert_int_eq(pipe(fds), 0);
	ty_log_init(&log_, "prog", TY_LOG_INFO);
	log_.fd = fds[1];
}

START_TEST(a_line_carries_level_program_message_context_and_pairs)
{
	struct ty_log with;
	const char *line;

	log_setup();
	with = ty_log_with(&log_, "workspace=%s", "w1");
	with = ty_log_with(&with, "run=%s", "r1");
	ty_log_warn(&with, "run late", "ms=%d", 5);
	line = line_of();
	ck_assert_msg(strstr(line, " level=warn prog=prog pid=") != NULL, "%s", line);
	ck_assert_msg(strstr(line, " msg=\"run late\" workspace=w1 run=r1 ms=5\n") != NULL, "%s",
		      line);
}
END_TEST

START_TEST(a_level_below_the_set_one_is_silent)
{
	log_setup();
	ty_log_debug(&log_, "quiet", "x=%d", 1);
	ty_log_info(&log_, "heard", "x=%d", 2);
	ck_assert_ptr_null(strstr(line_of(), "quiet"));
}
END_TEST

START_TEST(quoting_keeps_a_value_on_its_line_and_within_its_storage)
{
	char out[16];

	ck_assert_str_eq(ty_log_quote("a\"b\n\x01", out, sizeof(out)), "\"a\\\"b\\n?\"");
	ck_assert_str_eq(ty_log_quote(NULL, out, sizeof(out)), "\"\"");
	ck_assert_uint_lt(strlen(ty_log_quote("0123456789abcdefgh", out, sizeof(out))),
			  sizeof(out));
}
END_TEST

START_TEST(an_overlong_line_is_cut_but_still_ends)
{
	char big[6000];
	const char *line;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_setup();
	ty_log_info(&log_, "big", "v=%s", big);
	line = line_of();
	ck_assert_uint_le(strlen(line), 4096);
	ck_assert_int_eq(line[strlen(line) - 1], '\n');
}
END_TEST

START_TEST(an_error_is_logged_with_code_path_and_place)
{
	log_setup();
	(void)ty_err_set(&fx.err, TY_E_INVALID, "no \"name\"");
	(void)ty_err_at(&fx.err, "nodes[0]");
	ty_log_err(&log_, TY_LOG_ERROR, "refused", &fx.err);
	ck_assert_ptr_nonnull(
		strstr(line_of(), "code=invalid error=\"no \\\"name\\\"\" path=\"nodes[0]\" at="));
}
END_TEST

/* What is said after each try: an empty message is one that went well. */
static const struct {
	const char *failure;
	bool is_new, is_over;
} fault_tries[] = {
	{ "", false, false },
	{ "no connection", true, false },
	{ "no connection", false, false },
	{ "its memory is full", true, false },
	{ "its memory is full", false, false },
	{ "", false, true },
	{ "", false, false },
	{ "its memory is full", true, false },
};

START_TEST(a_failure_that_goes_on_is_said_once_and_another_anew)
{
	struct ty_log_fault fault = { .said = "" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(fault_tries); i++) {
		struct ty_err err = { TY_OK };
		bool is_new = false, is_over = false;

		if (fault_tries[i].failure[0] == '\0') {
			is_over = ty_log_fault_is_over(&fault);
		} else {
			ty_err_set(&err, TY_E_UNAVAILABLE, "%s", fault_tries[i].failure);
			is_new = ty_log_fault_is_new(&fault, &err);
		}
		ck_assert_msg(is_new == fault_tries[i].is_new && is_over == fault_tries[i].is_over,
			      "try %zu", i);
	}
}
END_TEST

TEST_MAIN("log", {
	TEST(a_line_carries_level_program_message_context_and_pairs);
	TEST(a_level_below_the_set_one_is_silent);
	TEST(quoting_keeps_a_value_on_its_line_and_within_its_storage);
	TEST(an_overlong_line_is_cut_but_still_ends);
	TEST(an_error_is_logged_with_code_path_and_place);
	TEST(a_failure_that_goes_on_is_said_once_and_another_anew);
})
