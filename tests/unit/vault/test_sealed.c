/*
 * A sealed credential is opened from its rows alone, where these are the ones that belong together.
 */
#include "support/common.h"
#include "vault/vault.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MASTER	"0123456789abcdef0123456789abcdef"
#define DATA	"{\"secrets\":[\"a\",\"b\"]}"
#define WRAPPED (TY_AEAD_KEY_SIZE + TY_AEAD_OVERHEAD)

static struct {
	struct ty_vault *vault;
	struct ty_id workspace;
	struct ty_store_credential credential;
	uint8_t sealed[sizeof(DATA) + TY_AEAD_OVERHEAD], wrapped[WRAPPED];
	struct ty_vault_sealed rows;
} x;

/* As lib/vault says that it seals: see vault.h. */
static void
setup(void)
{
	static const uint8_t key[TY_AEAD_KEY_SIZE] = "the data key of the workspace..";
	char path[] = "/tmp/tyboo-vault.XXXXXX", ad[160];
	int fd = mkstemp(path), len;

	fx_setup();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq((int)write(fd, MASTER, strlen(MASTER)), (int)strlen(MASTER));
	ck_assert_int_eq(fchmod(fd, 0600), 0);
	close(fd);
	ck_assert_ok(ty_vault_new(path, &x.vault, &fx.err));
	unlink(path);
	x.workspace = ty_id_new();
	x.credential =
		(struct ty_store_credential){ .id = ty_id_new(),
					      .key_version = 3,
					      .version = 5,
					      .sealed = x.sealed,
					      .sealed_len = strlen(DATA) + TY_AEAD_OVERHEAD };
	len = snprintf(ad, sizeof(ad), "workspace_key|%s|3", x.workspace.s);
	ty_aead_seal((const uint8_t *)MASTER, ad, (size_t)len, key, sizeof(key), x.wrapped);
	len = snprintf(ad, sizeof(ad), "%s|%s|5", x.workspace.s, x.credential.id.s);
	ty_aead_seal(key, ad, (size_t)len, DATA, strlen(DATA), x.sealed);
	x.rows = (struct ty_vault_sealed){ .workspace_id = &x.workspace,
					   .credential = &x.credential,
					   .wrapped = x.wrapped,
					   .wrapped_len = sizeof(x.wrapped) };
}

static void
teardown(void)
{
	ty_vault_free(x.vault);
	fx_teardown();
}

static void
collect(void *ctx, const void *data, size_t len)
{
	strncat(ctx, data, len);
	strcat(ctx, "|");
}

static enum ty_code
secrets(char all[64])
{
	all[0] = '\0';
	return ty_vault_sealed_secrets(x.vault, fx.arena, &x.rows, collect, all, &fx.err);
}

START_TEST(the_rows_are_enough)
{
	char all[64];

	ck_assert_ok(secrets(all));
	ck_assert_str_eq(all, "a|b|");
}
END_TEST

enum harm {
	OTHER_WORKSPACE,
	OTHER_ID,
	OTHER_VERSION,
	OTHER_KEY_VERSION,
	SHORT_SEALED,
	NO_SEALED,
	CHANGED_SEALED,
	SHORT_WRAPPED,
	NO_WRAPPED,
	CHANGED_WRAPPED,
	HARM__COUNT
};

START_TEST(rows_that_do_not_belong_together_do_not_open)
{
	char all[64];

	switch ((enum harm)_i) {
	case OTHER_WORKSPACE:
		x.workspace = ty_id_new();
		break;
	case OTHER_ID:
		x.credential.id = ty_id_new();
		break;
	case OTHER_VERSION:
		x.credential.version++;
		break;
	case OTHER_KEY_VERSION:
		x.credential.key_version++;
		break;
	case SHORT_SEALED:
		x.credential.sealed_len--;
		break;
	case NO_SEALED:
		x.credential.sealed_len = 0;
		break;
	case CHANGED_SEALED:
		x.sealed[20] ^= 1;
		break;
	case SHORT_WRAPPED:
		x.rows.wrapped_len--;
		break;
	case NO_WRAPPED:
		x.rows.wrapped_len = 0;
		break;
	case CHANGED_WRAPPED:
		x.wrapped[20] ^= 1;
		break;
	case HARM__COUNT:
		break;
	}
	ck_assert_code(secrets(all), TY_E_DENIED);
	ck_assert_str_eq(all, "");
}
END_TEST

SUITE_MAIN("vault.sealed", 20, setup, teardown, , , {
	TEST(the_rows_are_enough);
	tcase_add_loop_test(tc, rows_that_do_not_belong_together_do_not_open, 0, HARM__COUNT);
})
