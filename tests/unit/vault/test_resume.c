/*
 * test_resume.c -- tokens of waits: the same for the same wait, and for no other.
 */
#include "base/arena.h"
#include "base/str.h"
#include "support/common.h"
#include "vault/resume.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN   "0198a1b2-0000-7000-8000-000000000001"
#define OTHER "0198a1b2-0000-7000-8000-000000000002"

static void
vault_free(void *vault)
{
	ty_vault_free(vault);
}

static struct ty_vault *
vault_of(char digit)
{
	const char *path = ty_arena_printf(fx.arena, "/tmp/ty-resume-%d-%c", (int)getpid(), digit);
	FILE *file = fopen(path, "w");
	struct ty_vault *vault;

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 64; i++)
		fputc(digit, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	unlink(path);
	ty_arena_defer(fx.arena, vault_free, vault);
	return vault;
}

static struct ty_resume
wait_of(const char *run, const char *frame, const char *node)
{
	struct ty_resume wait = { .frame = frame, .node = node };

	ck_assert(ty_id_parse(run, &wait.run_id));
	return wait;
}

static const struct {
	const char *run, *frame, *node, *key;
} waits[] = {
	{ RUN, "", "w", "w/1/call" },
	{ RUN, "l:3", "w", "l:3/w/1/call" },
	{ RUN, "a:0/b:12", "node.1:x", "a:0/b:12/node.1:x/1/call" },
	{ OTHER, "", "w", "w/1/call" },
	{ RUN, "", "v", "v/1/call" },
};

START_TEST(a_token_says_which_wait_it_is_for)
{
	struct ty_resume wait = wait_of(waits[_i].run, waits[_i].frame, waits[_i].node), read;
	struct ty_vault *vault = vault_of('a');
	const char *token = ty_resume_token(vault, fx.arena, &wait);
	const char *url = ty_resume_url(fx.arena, "https://x.test", "acme", token);

	ck_assert_uint_eq(strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789-_."),
			  strlen(token));
	ck_assert_str_eq(token, ty_resume_token(vault_of('a'), fx.arena, &wait));
	ck_assert_ok(ty_resume_parse(vault, fx.arena, token, &read, &fx.err));
	ck_assert_str_eq(read.run_id.s, waits[_i].run);
	ck_assert_str_eq(read.frame, waits[_i].frame);
	ck_assert_str_eq(read.node, waits[_i].node);
	ck_assert_str_eq(ty_resume_key(fx.arena, &read), waits[_i].key);
	ck_assert_ok(ty_resume_parse(vault, fx.arena, url, &read, &fx.err));
	ck_assert_str_eq(read.node, waits[_i].node);
	for (size_t i = 0; i < TY_ARRAY_COUNT(waits); i++) {
		struct ty_resume other = wait_of(waits[i].run, waits[i].frame, waits[i].node);

		ck_assert((int)i == _i ||
			  strcmp(ty_resume_token(vault, fx.arena, &other), token) != 0);
	}
}
END_TEST

START_TEST(a_token_of_another_key_is_refused)
{
	struct ty_resume wait = wait_of(RUN, "", "w");
	const char *token = ty_resume_token(vault_of('a'), fx.arena, &wait);

	ck_assert_code(ty_resume_parse(vault_of('b'), fx.arena, token, &wait, &fx.err),
		       TY_E_DENIED);
	ck_assert_str_ne(fx.err.hint, "");
}
END_TEST

/* Each character counts, and so does each that is missing or too many. */
START_TEST(a_token_that_was_changed_is_refused)
{
	struct ty_resume wait = wait_of(RUN, "l:1", "w");
	struct ty_vault *vault = vault_of('a');
	const char *token = ty_resume_token(vault, fx.arena, &wait);
	size_t len = strlen(token);

	for (size_t i = 0; i + 1 < len; i++) {
		char *other = ty_arena_strdup(fx.arena, token);

		other[i] = other[i] == 'x' ? 'y' : 'x';
		ck_assert_code(ty_resume_parse(vault, fx.arena, other, &wait, &fx.err),
			       TY_E_DENIED);
		other[i] = '\0';
		ck_assert_code(ty_resume_parse(vault, fx.arena, other, &wait, &fx.err),
			       TY_E_DENIED);
	}
	ck_assert_code(ty_resume_parse(vault, fx.arena, ty_arena_printf(fx.arena, "%sx", token),
				       &wait, &fx.err),
		       TY_E_DENIED);
}
END_TEST

static const char *const odd[] = { "", ".", "..", "...", "guess", "a.b.c", "/", "%2e.%2e." };

START_TEST(what_is_no_token_is_refused)
{
	struct ty_resume wait;

	ck_assert_code(ty_resume_parse(vault_of('a'), fx.arena, odd[_i], &wait, &fx.err),
		       TY_E_DENIED);
}
END_TEST

TEST_MAIN("vault.resume", {
	TEST_LOOP(a_token_says_which_wait_it_is_for, waits);
	TEST(a_token_of_another_key_is_refused);
	TEST(a_token_that_was_changed_is_refused);
	TEST_LOOP(what_is_no_token_is_refused, odd);
})
