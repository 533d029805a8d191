/*
 * The arguments of a call, as Redis reads them.
 */
#include "queue/args.h"
#include "support/common.h"

#include <ctype.h>
#include <signal.h>

static struct ty_queue_args args;

static void
check_text(const char *data, size_t len, const char *expected)
{
	ck_assert_uint_eq(len, strlen(expected));
	ck_assert_mem_eq(data, expected, len);
}

START_TEST(each_argument_has_its_length)
{
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "abc");
	ty_queue_args_add_str(&args, "");
	ty_queue_args_add_str(&args, NULL);
	ty_queue_args_add_int(&args, -12);
	ty_queue_args_add_int(&args, INT64_MIN);
	check_text(args.data, args.len,
		   "$3\r\nabc\r\n$0\r\n\r\n$0\r\n\r\n$3\r\n-12\r\n$20\r\n-9223372036854775808\r\n");
	ck_assert_uint_eq(args.count, 5);
	ty_queue_args_done(&args);
	ck_assert_ptr_null(args.data);
}
END_TEST

START_TEST(bytes_are_as_they_are)
{
	ty_queue_args_init(&args);
	ty_queue_args_add(&args, "a\0\r\n", 4);
	ck_assert_uint_eq(args.len, 10);
	ck_assert_mem_eq(args.data, "$4\r\na\0\r\n\r\n", 10);
	ty_queue_args_done(&args);
}
END_TEST

/* What is sent, put together. */
static const char *
sent(size_t *ret_len)
{
	struct ty_queue_piece pieces[TY_QUEUE_PIECES];
	size_t count = ty_queue_args_pieces(&args, pieces);
	char *text, *at;

	*ret_len = 0;
	for (size_t i = 0; i < count; i++)
		*ret_len += pieces[i].len;
	text = at = ty_arena_alloc(fx.arena, *ret_len + 1);
	for (size_t i = 0; i < count; i++) {
		memcpy(at, pieces[i].data, pieces[i].len);
		at += pieces[i].len;
	}
	return text;
}

START_TEST(what_is_lent_is_sent_in_its_place_and_never_copied)
{
	static const char lent[] = "BODY";
	struct ty_queue_piece pieces[TY_QUEUE_PIECES];
	const char *text;
	size_t len;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "a");
	ty_queue_args_lend(&args, "[]", 2, lent, 4, 1);
	ty_queue_args_add_str(&args, "z");
	text = sent(&len);
	check_text(text, len, "$1\r\na\r\n$6\r\n[BODY]\r\n$1\r\nz\r\n");
	ck_assert_uint_eq(args.count, 3);
	ck_assert_uint_eq(ty_queue_args_pieces(&args, pieces), 3);
	ck_assert_ptr_eq(pieces[1].data, lent);
	ty_queue_args_done(&args);
}
END_TEST

START_TEST(a_second_loan_of_a_call_is_a_copy)
{
	const char *text;
	size_t len;

	ty_queue_args_init(&args);
	ty_queue_args_lend(&args, "", 0, "one", 3, 0);
	ty_queue_args_lend(&args, "<>", 2, "two", 3, 1);
	ty_queue_args_lend(&args, "none", 4, NULL, 0, 0);
	text = sent(&len);
	check_text(text, len, "$3\r\none\r\n$5\r\n<two>\r\n$4\r\nnone\r\n");
	ty_queue_args_done(&args);
}
END_TEST

/* Sizes around the buffer's own, so that one byte too far would be seen. */
START_TEST(any_size_fits)
{
	for (size_t len = 400; len < 600; len++) {
		char *text = ty_arena_alloc(fx.arena, len);

		ty_queue_args_init(&args);
		memset(text, 'x', len);
		ty_queue_args_add(&args, text, len);
		ty_queue_args_add(&args, text, len);
		ck_assert_uint_eq(args.len, 2 * (len + 8));
		ty_queue_args_done(&args);
	}
}
END_TEST

static const struct ty_queue_script script = {
	.name = "x",
	.sha1 = "0123456789012345678901234567890123456789",
	.source = "return 1",
	.len = 8,
};

START_TEST(a_call_is_by_digest_or_whole)
{
	size_t len;
	char *head;

	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "a");
	head = ty_queue_args_head(&args, &script, "{main}:", false, &len);
	check_text(head, len,
		   "*5\r\n$7\r\nEVALSHA\r\n$40\r\n0123456789012345678901234567890123456789\r\n$"
		   "1\r\n1\r\n$7\r\n{main}:\r\n");
	free(head);
	head = ty_queue_args_head(&args, &script, "{main}:", true, &len);
	check_text(head, len, "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$7\r\n{main}:\r\n");
	free(head);
	head = ty_queue_args_head(&args, NULL, NULL, false, &len);
	check_text(head, len, "*1\r\n");
	free(head);
	ty_queue_args_done(&args);
}
END_TEST

#define X(script_) &ty_queue_script_##script_,
static const struct ty_queue_script *const scripts[] = { TY_QUEUE_SCRIPTS(X) };
#undef X

START_TEST(each_script_is_whole_and_has_a_digest)
{
	const struct ty_queue_script *s = scripts[_i];

	ck_assert_uint_eq(s->len, strlen(s->source));
	ck_assert_uint_eq(strlen(s->sha1), 40);
	for (const char *p = s->sha1; *p != '\0'; p++)
		ck_assert(isxdigit((unsigned char)*p) && !isupper((unsigned char)*p));
}
END_TEST

static volatile sig_atomic_t got_pipe;

static void
on_pipe(int sig)
{
	got_pipe = sig;
}

START_TEST(a_programs_own_sigpipe_handler_stays)
{
	struct sigaction now;

	signal(SIGPIPE, SIG_DFL);
	ty_queue_ignore_sigpipe();
	sigaction(SIGPIPE, NULL, &now);
	ck_assert(now.sa_handler == SIG_IGN);
	signal(SIGPIPE, on_pipe);
	ty_queue_ignore_sigpipe();
	raise(SIGPIPE);
	ck_assert_int_eq(got_pipe, SIGPIPE);
}
END_TEST

TEST_MAIN("queue.args", {
	TEST(each_argument_has_its_length);
	TEST(bytes_are_as_they_are);
	TEST(what_is_lent_is_sent_in_its_place_and_never_copied);
	TEST(a_second_loan_of_a_call_is_a_copy);
	TEST(any_size_fits);
	TEST(a_call_is_by_digest_or_whole);
	TEST_LOOP(each_script_is_whole_and_has_a_digest, scripts);
	TEST(a_programs_own_sigpipe_handler_stays);
})
