/*
 * test_ring.c -- the file of master keys: several of them, which counts when, and a program that runs
 * sees it change.
 */
#include "support/common.h"

#include "base/str.h"
#include "base/time.h"
#include "vault/resume.h"
#include "vault/ring.h"
#include "vault/vault.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_C "0f112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char path[64];

static void
put(const char *text, mode_t mode)
{
	const char *beside = ty_arena_printf(fx.arena, "%s.new", path);
	FILE *file = fopen(beside, "wxe");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fchmod(fileno(file), mode), 0);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(rename(beside, path), 0);
}

static void
ring_setup(void)
{
	fx_setup();
	snprintf(path, sizeof(path), "/tmp/tyboo-ring.%d", (int)getpid());
	put(KEY_A "\n", 0600);
}

static void
ring_teardown(void)
{
	unlink(path);
	fx_teardown();
}

static struct ty_vault_ring
ring(void)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring read;

	ck_assert_ok(ty_vault_ring_read(path, &read, &stamp, &fx.err));
	return read;
}

#define AT "2026-01-31T12:00:00Z"

static const struct {
	const char *text;
	size_t count; /* 0 = refused */
	const char *says;
} files[] = {
	{ KEY_A "\n" KEY_B "\n", 2, NULL },
	{ KEY_A " " AT "\n" KEY_B "\r\n\n", 2, NULL },
	{ KEY_A "\n" KEY_B, 2, NULL },
	{ KEY_A " then\n", 0, "line 1: there is no time behind the key" },
	{ KEY_A "\n" KEY_A "\n", 0, "line 2: the key is there twice" },
	{ KEY_A "\nhello\n", 0, "line 2: it is no key" },
	{ KEY_A " " AT " x\n", 0, "line 1: there is no time" },
};

START_TEST(a_line_is_a_key_and_may_have_a_time)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring read = { .count = 0 };
	enum ty_code code;

	put(files[_i].text, 0600);
	code = ty_vault_ring_read(path, &read, &stamp, &fx.err);
	ck_assert_uint_eq(read.count, files[_i].count);
	if (files[_i].count > 0) {
		ck_assert_int_eq(code, TY_OK);
		return;
	}
	ck_assert_int_eq(code, TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, files[_i].says) != NULL, "%s", fx.err.msg);
	ck_assert_ptr_null(strstr(fx.err.msg, "00112233"));
}
END_TEST

START_TEST(the_first_that_counts_is_the_current_one)
{
	static const int64_t noon = 1769860800000; /* AT */
	struct ty_vault_ring read;

	put(KEY_C " 2026-02-28T12:00:00Z\n" KEY_B " " AT "\n" KEY_A "\n", 0600);
	read = ring();
	ck_assert_ptr_eq(ty_vault_ring_at(&read, noon - 1), &read.keys[2]);
	ck_assert_ptr_eq(ty_vault_ring_at(&read, noon), &read.keys[1]);
	ck_assert_ptr_eq(ty_vault_ring_at(&read, INT64_MAX), &read.keys[0]);
	/* None counts yet: the last one has to do. */
	put(KEY_B " 2126-01-31T12:00:00Z\n" KEY_A " " AT "\n", 0600);
	read = ring();
	ck_assert_ptr_eq(ty_vault_ring_at(&read, 0), &read.keys[1]);
	ck_assert_ptr_eq(ty_vault_ring_find(&read, read.keys[1].fingerprint), &read.keys[1]);
	ck_assert_ptr_null(ty_vault_ring_find(&read, "0011223344556677"));
	ck_assert_uint_eq(strlen(read.keys[0].fingerprint), 16);
	ck_assert_ptr_null(strstr(KEY_A KEY_B, read.keys[0].fingerprint));
}
END_TEST

START_TEST(keys_are_added_written_and_removed)
{
	struct ty_vault_ring read, again;
	struct ty_vault_ring_stamp stamp;
	struct stat st;

	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert(ty_vault_ring_stamp(path, &stamp));
	read = ring();
	for (size_t i = 1; i < TY_VAULT_KEYS_MAX; i++)
		ck_assert_ok(ty_vault_ring_add(&read, 1000 * (int64_t)i, &fx.err));
	ck_assert_int_eq(ty_vault_ring_add(&read, 0, &fx.err), TY_E_LIMIT);
	ty_err_clear(&fx.err);
	ck_assert_ok(ty_vault_ring_write(path, &read, &stamp, &fx.err));
	again = ring();
	ck_assert_mem_eq(&again, &read, sizeof(read));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0400);
	ty_vault_ring_remove(&read, read.keys[3].fingerprint);
	ty_vault_ring_remove(&read, "nobody");
	ck_assert_uint_eq(read.count, TY_VAULT_KEYS_MAX - 1);
	ck_assert_mem_eq(&read.keys[3], &again.keys[4], sizeof(read.keys[3]));
}
END_TEST

/* Two that add at once: the key of the first would be gone, and what it has wrapped by then with it. */
START_TEST(a_file_that_was_changed_since_it_was_read_is_not_written)
{
	struct ty_vault_ring first, second, kept;
	struct ty_vault_ring_stamp stamp;

	ck_assert(ty_vault_ring_stamp(path, &stamp));
	first = second = ring();
	ck_assert_ok(ty_vault_ring_add(&first, 0, &fx.err));
	ck_assert_ok(ty_vault_ring_add(&second, 0, &fx.err));
	ck_assert_ok(ty_vault_ring_write(path, &first, &stamp, &fx.err));
	ck_assert_int_eq(ty_vault_ring_write(path, &second, &stamp, &fx.err), TY_E_CONFLICT);
	kept = ring();
	ck_assert_mem_eq(&kept, &first, sizeof(kept));
}
END_TEST

/* ---- a program that runs ---- */

static const char *
current(const struct ty_vault *vault)
{
	char *text = ty_arena_alloc(fx.arena, TY_VAULT_FINGERPRINT_SIZE);

	ty_vault_current(vault, text);
	return text;
}

START_TEST(a_file_that_changes_is_seen)
{
	struct ty_vault *vault = NULL;
	struct ty_vault_ring first, second;
	const struct ty_resume wait = { ty_id_new(), "", "n1" };
	const char *old, *new;
	struct ty_resume parsed;

	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	first = ring();
	ck_assert_str_eq(current(vault), first.keys[0].fingerprint);
	old = ty_resume_token(vault, fx.arena, &wait);
	put(KEY_B "\n" KEY_A "\n", 0600);
	second = ring();
	ck_assert_str_eq(current(vault), second.keys[0].fingerprint);
	/* Both are believed, and the new one signs. */
	new = ty_resume_token(vault, fx.arena, &wait);
	ck_assert_str_ne(new, old);
	ck_assert_ok(ty_resume_parse(vault, fx.arena, old, &parsed, &fx.err));
	ck_assert_ok(ty_resume_parse(vault, fx.arena, new, &parsed, &fx.err));
	/* What cannot be read leaves what was known. */
	put("hello\n", 0600);
	ck_assert_str_eq(current(vault), second.keys[0].fingerprint);
	put(KEY_A "\n", 0644);
	ck_assert_str_eq(current(vault), second.keys[0].fingerprint);
	unlink(path);
	ck_assert_str_eq(current(vault), second.keys[0].fingerprint);
	/* A key that is gone signs nothing any more. */
	put(KEY_B "\n", 0600);
	ck_assert_str_eq(current(vault), second.keys[0].fingerprint);
	ck_assert_int_eq(ty_resume_parse(vault, fx.arena, old, &parsed, &fx.err), TY_E_DENIED);
	ty_vault_free(vault);
}
END_TEST

/* An address is the same however often it is made: replays compare it. */
START_TEST(an_address_is_signed_with_the_key_of_its_runs_time)
{
	const struct ty_resume before = { ty_id_new_at(1000), "", "n1" };
	const struct ty_resume after = { ty_id_new_at(2000000000000), "", "n1" };
	const char *token, *later;
	struct ty_vault *vault = NULL;

	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	token = ty_resume_token(vault, fx.arena, &before);
	later = ty_resume_token(vault, fx.arena, &after);
	put(KEY_B " " AT "\n" KEY_A "\n", 0600);
	(void)current(vault); /* looks */
	ck_assert_str_eq(ty_resume_token(vault, fx.arena, &before), token);
	ck_assert_str_ne(ty_resume_token(vault, fx.arena, &after), later);
	ty_vault_free(vault);
}
END_TEST

SUITE_MAIN("vault ring", 10, ring_setup, ring_teardown, (void)0, (void)0, {
	TEST_LOOP(a_line_is_a_key_and_may_have_a_time, files);
	TEST(the_first_that_counts_is_the_current_one);
	TEST(keys_are_added_written_and_removed);
	TEST(a_file_that_was_changed_since_it_was_read_is_not_written);
	TEST(a_file_that_changes_is_seen);
	TEST(an_address_is_signed_with_the_key_of_its_runs_time);
})
