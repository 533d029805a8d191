/*
 * The master key's file: what it holds, and who may read it.  (What the vault seals is tested with
 * a database: tests/integration/store/test_vault.c.)
 */
#include "support/common.h"
#include "vault/vault.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define RAW32 "0123456789abcdef0123456789abcdef"

static char path[] = "/tmp/tyboo-vault.XXXXXX";

static void
key_file(const char *text, size_t len, mode_t mode)
{
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, text, len), (int)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static enum ty_code
vault_try(void)
{
	struct ty_vault *vault = NULL;
	enum ty_code code = ty_vault_new(path, &vault, &fx.err);

	ck_assert_int_eq(vault != NULL, code == TY_OK);
	ty_vault_free(vault);
	unlink(path);
	return code;
}

static const struct {
	const char *text;
	enum ty_code code;
} contents[] = {
	{ HEX64, TY_OK },
	{ HEX64 "\n", TY_OK },
	{ HEX64 "\r\n", TY_OK },
	{ RAW32, TY_OK },
	{ "", TY_E_INVALID },
	{ RAW32 "\n", TY_E_INVALID },
	{ HEX64 "0", TY_E_INVALID },
	{ HEX64 " ", TY_E_INVALID },
	{ "short", TY_E_INVALID },
	{ HEX64 HEX64, TY_E_INVALID },
	{ HEX64 HEX64 HEX64, TY_E_INVALID },
	{ "g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", TY_E_INVALID },
};

START_TEST(a_key_is_32_bytes_or_64_hex_digits)
{
	key_file(contents[_i].text, strlen(contents[_i].text), 0600);
	ck_assert_code(vault_try(), contents[_i].code);
	/* The key itself is in no message. */
	if (contents[_i].code != TY_OK)
		ck_assert_ptr_null(strstr(fx.err.msg, "00112233"));
}
END_TEST

static const struct {
	mode_t mode;
	enum ty_code code;
} modes[] = {
	{ 0600, TY_OK },       { 0400, TY_OK },	      { 0640, TY_E_DENIED },
	{ 0604, TY_E_DENIED }, { 0644, TY_E_DENIED }, { 0620, TY_E_DENIED },
	{ 0610, TY_E_DENIED }, { 0601, TY_E_DENIED }, { 0666, TY_E_DENIED },
};

START_TEST(only_its_owner_may_touch_it)
{
	key_file(HEX64, 64, modes[_i].mode);
	ck_assert_code(vault_try(), modes[_i].code);
	if (modes[_i].code == TY_E_DENIED)
		ck_assert_ptr_nonnull(strstr(fx.err.hint, "chmod 600"));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_not_found)
{
	struct ty_vault *vault = NULL;

	ck_assert_code(ty_vault_new("/nonexistent/key", &vault, &fx.err), TY_E_NOT_FOUND);
	ck_assert_int_ne(ty_vault_new("/tmp", &vault, &fx.err), TY_OK);
	ck_assert_ptr_null(vault);
	ty_vault_free(NULL);
}
END_TEST

TEST_MAIN("vault", {
	TEST_LOOP(a_key_is_32_bytes_or_64_hex_digits, contents);
	TEST_LOOP(only_its_owner_may_touch_it, modes);
	TEST(a_file_that_is_not_there_is_not_found);
})
