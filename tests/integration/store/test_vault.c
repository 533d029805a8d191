/*
 * What the vault seals, in a real database: it opens where it was put, and nowhere else.
 */
#include "integration/store/fixture.h"

#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/credential.h"
#include "vault/handshake.h"
#include "vault/vault.h"

#include <sys/stat.h>

#define KEY_ONE "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_TWO "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct ty_vault *
vault_new(const char *key)
{
	const char *path = ty_arena_printf(fx.arena, "%s/key.%d.%.2s", svc.dir, (int)getpid(), key);
	struct ty_vault *vault = NULL;
	FILE *f;

	unlink(path);
	f = fopen(path, "wxe");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fchmod(fileno(f), 0600), 0);
	fputs(key, f);
	fclose(f);
	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	return vault;
}

static struct ty_id
add(const struct ty_vault *vault, const struct ty_id *workspace, const char *json)
{
	struct ty_tx *tx = db_begin(app, workspace);
	json_t *data;
	struct ty_id id;

	ck_assert_ok(ty_json_parse(fx.arena, json, strlen(json), &data, &fx.err));
	ck_assert_ok(ty_vault_add(
		vault, tx, workspace,
		&(struct ty_vault_new){ .name = ty_arena_printf(fx.arena, "c-%s", ty_id_new().s),
					.type = "webhook_secret",
					.data = data },
		&id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return id;
}

/* Its text where it opens. */
static enum ty_code
open_it(const struct ty_vault *vault, const struct ty_id *workspace, const struct ty_id *id,
	const char **ret_text)
{
	struct ty_tx *tx = db_begin(app, workspace);
	const struct ty_secret *data = NULL;
	enum ty_code code = ty_vault_open(vault, tx, workspace, id, &data, &fx.err);

	*ret_text = code == TY_OK ? ty_arena_strndup(fx.arena, (const char *)data->data, data->len)
				  : NULL;
	ty_tx_rollback(tx);
	return code;
}

#define SECRET "{\"secret\":\"open sesame\"}"

START_TEST(what_was_put_in_comes_out)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id id = add(vault, &ws_a, SECRET), second = add(vault, &ws_a, SECRET);
	const char *text;

	ck_assert_ok(open_it(vault, &ws_a, &id, &text));
	ck_assert_str_eq(text, SECRET);
	ck_assert_ok(open_it(vault, &ws_a, &second, &text));
	/* One data key a workspace, however many credentials. */
	ck_assert_str_eq(db_cell(app, &ws_a, "SELECT count(*) FROM tyboo.workspace_keys"), "1");
	ty_vault_free(vault);
}
END_TEST

START_TEST(nothing_readable_lies_in_the_database)
{
	struct ty_vault *vault = vault_new(KEY_ONE);

	(void)add(vault, &ws_a, SECRET);
	(void)add(vault, &ws_a, SECRET);
	ck_assert_str_eq(db_cell(app, &ws_a,
				 "SELECT count(*) FROM tyboo.credentials"
				 " WHERE position('sesame'::bytea IN sealed) > 0 OR "
				 "position('secret'::bytea IN sealed) > 0"),
			 "0");
	/* The same text twice is two different rows. */
	ck_assert_str_eq(
		db_cell(app, &ws_a, "SELECT count(DISTINCT sealed) FROM tyboo.credentials"), "2");
	ty_vault_free(vault);
}
END_TEST

/* What an attacker with write access to the database might swap. */
static const struct {
	const char *name,
		*sql; /* %1$s the credential, %2$s another of A, %3$s one of B, %4$s A, %5$s B */
} swaps[] = {
	{ "another credential's text", "UPDATE tyboo.credentials SET sealed = (SELECT sealed FROM "
				       "tyboo.credentials WHERE id = '%2$s')"
				       " WHERE id = '%1$s'" },
	{ "another workspace's text", "UPDATE tyboo.credentials SET sealed = (SELECT sealed FROM "
				      "tyboo.credentials WHERE id = '%3$s')"
				      " WHERE id = '%1$s'" },
	{ "another version", "UPDATE tyboo.credentials SET version = 2 WHERE id = '%1$s'" },
	{ "another key version", "UPDATE tyboo.credentials SET key_version = 2 WHERE id = '%1$s'" },
	{ "another workspace's data key",
	  "UPDATE tyboo.workspace_keys SET wrapped = (SELECT wrapped FROM tyboo.workspace_keys "
	  "WHERE workspace_id = '%5$s')"
	  " WHERE workspace_id = '%4$s'" },
	{ "one flipped bit", "UPDATE tyboo.credentials SET sealed = set_bit(sealed, 100, 1 - "
			     "get_bit(sealed, 100)) WHERE id = '%1$s'" },
	{ "a flipped bit of the tag",
	  "UPDATE tyboo.credentials SET sealed = set_bit(sealed, 8 * octet_length(sealed) - 1,"
	  " 1 - get_bit(sealed, 8 * octet_length(sealed) - 1)) WHERE id = '%1$s'" },
	{ "cut short",
	  "UPDATE tyboo.credentials SET sealed = substr(sealed, 1, 20) WHERE id = '%1$s'" },
	{ "empty", "UPDATE tyboo.credentials SET sealed = '' WHERE id = '%1$s'" },
	{ "a damaged data key", "UPDATE tyboo.workspace_keys SET wrapped = substr(wrapped, 1, 40) "
				"WHERE workspace_id = '%4$s'" },
	{ "no data key", "DELETE FROM tyboo.workspace_keys WHERE workspace_id = '%4$s'" },
};

START_TEST(a_text_that_was_moved_does_not_open)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id id = add(vault, &ws_a, SECRET),
		     other = add(vault, &ws_a, "{\"secret\":\"other\"}");
	struct ty_id foreign = add(vault, &ws_b, "{\"secret\":\"foreign\"}");
	const char *text;
	char sql[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(sql, sizeof(sql), swaps[_i].sql, id.s, other.s, foreign.s, ws_a.s, ws_b.s);
#pragma GCC diagnostic pop
	ck_assert_ok(open_it(vault, &ws_a, &id, &text));
	db_run(owner, NULL, sql);
	ck_assert_msg(open_it(vault, &ws_a, &id, &text) == TY_E_DENIED, "%s: %s", swaps[_i].name,
		      text != NULL ? text : fx.err.msg);
	ck_assert_ptr_null(strstr(fx.err.msg, "sesame"));
	ty_vault_free(vault);
}
END_TEST

/* Whose key and credential both were moved: B's to A. */
START_TEST(rows_moved_to_another_workspace_open_and_seal_nothing)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id foreign = add(vault, &ws_b, SECRET), id;
	struct ty_tx *tx;
	const char *text;

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.workspace_keys SET workspace_id = '%s' WHERE "
			       "workspace_id = '%s'",
			       ws_a.s, ws_b.s));
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.credentials SET workspace_id = '%s' WHERE id = '%s'",
			       ws_a.s, foreign.s));
	ck_assert_code(open_it(vault, &ws_a, &foreign, &text), TY_E_DENIED);
	/* Nor does A seal anything new by a key that B's owner may know. */
	tx = db_begin(app, &ws_a);
	ck_assert_code(
		ty_vault_add(vault, tx, &ws_a,
			     &(struct ty_vault_new){ .name = "new",
						     .type = "t",
						     .data = ty_json_own(fx.arena, json_object()) },
			     &id, &fx.err),
		TY_E_DENIED);
	ty_tx_rollback(tx);
	ty_vault_free(vault);
}
END_TEST

/* B's data key, wrapped anew for A: what only a holder of the master key can do (vault.h, AD). */
static void
give_key_of_b_to_a(void)
{
	const char *hex =
		db_cell(owner, NULL,
			ty_arena_printf(fx.arena,
					"SELECT encode(wrapped, 'hex') FROM tyboo.workspace_keys"
					" WHERE workspace_id = '%s'",
					ws_b.s));
	const char *ad_b = ty_arena_printf(fx.arena, "workspace_key|%s|1", ws_b.s);
	const char *ad_a = ty_arena_printf(fx.arena, "workspace_key|%s|1", ws_a.s);
	uint8_t master[TY_AEAD_KEY_SIZE], key[TY_AEAD_KEY_SIZE];
	uint8_t wrapped[TY_AEAD_KEY_SIZE + TY_AEAD_OVERHEAD];
	char out[2 * sizeof(wrapped) + 1];

	ck_assert_uint_eq(strlen(hex), 2 * sizeof(wrapped));
	ck_assert(ty_str_unhex(KEY_ONE, 2 * sizeof(master), master));
	ck_assert(ty_str_unhex(hex, 2 * sizeof(wrapped), wrapped));
	ck_assert_ok(
		ty_aead_open(master, ad_b, strlen(ad_b), wrapped, sizeof(wrapped), key, &fx.err));
	ty_aead_seal(master, ad_a, strlen(ad_a), key, sizeof(key), wrapped);
	for (size_t i = 0; i < sizeof(wrapped); i++)
		snprintf(out + 2 * i, 3, "%02x", wrapped[i]);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.workspace_keys (workspace_id, version, wrapped)"
			       " VALUES ('%s', 1, decode('%s', 'hex'))",
			       ws_a.s, out));
}

/* Each seal is bound to its workspace by itself: the credential's too, were the keys the same. */
START_TEST(a_credential_opens_in_its_own_workspace_only_even_with_the_same_key)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id foreign = add(vault, &ws_b, SECRET), own;
	const char *text;

	give_key_of_b_to_a();
	own = add(vault, &ws_a, SECRET);
	ck_assert_ok(open_it(vault, &ws_a, &own, &text)); /* the key is one that A can use */
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.credentials SET workspace_id = '%s' WHERE id = '%s'",
			       ws_a.s, foreign.s));
	ck_assert_code(open_it(vault, &ws_a, &foreign, &text), TY_E_DENIED);
	ty_vault_free(vault);
}
END_TEST

START_TEST(another_master_key_opens_nothing)
{
	struct ty_vault *one = vault_new(KEY_ONE), *two = vault_new(KEY_TWO);
	struct ty_id id = add(one, &ws_a, SECRET);
	const char *text;

	ck_assert_code(open_it(two, &ws_a, &id, &text), TY_E_DENIED);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "master key"));
	ck_assert_ok(open_it(one, &ws_a, &id, &text));
	ty_vault_free(one);
	ty_vault_free(two);
}
END_TEST

START_TEST(another_workspace_has_no_such_credential)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id id = add(vault, &ws_b, SECRET);
	const char *text;

	ck_assert_code(open_it(vault, &ws_a, &id, &text), TY_E_NOT_FOUND);
	ty_vault_free(vault);
}
END_TEST

static void
collect(void *ctx, const void *data, size_t len)
{
	strncat(ctx, data, len);
	strcat(ctx, "|");
}

static const struct {
	const char *data, *secrets;
} kinds[] = {
	{ "{\"secret\":\"a\"}", "a|" },
	{ "{\"secrets\":[\"a\",\"b\"]}", "a|b|" },
	{ "{\"secret\":\"a\",\"secrets\":[\"b\",5,null]}", "a|b|" },
	{ "{\"token\":\"a\"}", "" },
	{ "{\"secret\":5}", "" },
};

START_TEST(each_secret_of_a_rotation_is_given)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_id id = add(vault, &ws_a, kinds[_i].data);
	struct ty_tx *tx = db_begin(app, &ws_a);
	char all[64] = "";

	ck_assert_ok(ty_vault_secrets(vault, tx, &ws_a, &id, collect, all, &fx.err));
	ty_tx_rollback(tx);
	ck_assert_str_eq(all, kinds[_i].secrets);
	ty_vault_free(vault);
}
END_TEST

START_TEST(a_name_that_is_taken_and_a_text_too_long_are_refused)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_tx *tx = db_begin(app, &ws_a);
	char *big = ty_arena_alloc(fx.arena, 70001);
	json_t *data = ty_json_own(fx.arena, json_object());
	struct ty_id id;

	ck_assert_ok(ty_vault_add(
		vault, tx, &ws_a,
		&(struct ty_vault_new){ .name = "mine", .type = "t", .data = data }, &id, &fx.err));
	memset(big, 'x', 70000);
	json_object_set_new(data, "secret", json_string(big));
	ck_assert_code(
		ty_vault_add(vault, tx, &ws_a,
			     &(struct ty_vault_new){ .name = "big", .type = "t", .data = data },
			     &id, &fx.err),
		TY_E_INVALID);
	json_object_set_new(data, "secret", json_string("x"));
	ck_assert_code(
		ty_vault_add(vault, tx, &ws_a,
			     &(struct ty_vault_new){ .name = "MINE", .type = "t", .data = data },
			     &id, &fx.err),
		TY_E_CONFLICT);
	ty_tx_rollback(tx);
	ty_vault_free(vault);
}
END_TEST

/* Both come before either is kept; the second waits for the first's lock, and finds its secret. */
START_TEST(of_two_senders_at_once_the_first_is_believed)
{
	struct ty_vault *vault = vault_new(KEY_ONE);
	struct ty_tx *first, *second, *tx = db_begin(app, &ws_a);
	bool is_first = false, is_second = false;
	struct ty_id id;

	ck_assert_ok(ty_vault_add(
		vault, tx, &ws_a,
		&(struct ty_vault_new){ .name = ty_arena_printf(fx.arena, "c-%s", ty_id_new().s),
					.type = "webhook_handshake",
					.data = ty_json_own(fx.arena, json_object()) },
		&id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	first = db_begin(app, &ws_a);
	second = db_begin(app, &ws_a);
	ck_assert_ok(ty_vault_offer(vault, first, &ws_a, &id, "first", &is_first, &fx.err));
	ck_assert_ok(ty_tx_exec(second, "SET LOCAL lock_timeout = 100", NULL, 0, &fx.err));
	ck_assert_int_ne(ty_vault_offer(vault, second, &ws_a, &id, "second", &is_second, &fx.err),
			 TY_OK);
	ty_tx_rollback(second);
	ty_err_clear(&fx.err);
	ck_assert_ok(ty_tx_commit(first, &fx.err));
	second = db_begin(app, &ws_a);
	ck_assert_ok(ty_vault_offer(vault, second, &ws_a, &id, "second", &is_second, &fx.err));
	ck_assert(is_first && !is_second);
	ck_assert_ok(ty_vault_offer(vault, second, &ws_a, &id, "first", &is_first, &fx.err));
	ck_assert(is_first);
	ty_tx_rollback(second);
	second = db_begin(app, &ws_b);
	ck_assert_code(ty_vault_offer(vault, second, &ws_b, &id, "first", &is_first, &fx.err),
		       TY_E_NOT_FOUND);
	ty_tx_rollback(second);
	ty_vault_free(vault);
}
END_TEST

DB_TEST_MAIN("store.vault", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(what_was_put_in_comes_out);
	TEST(nothing_readable_lies_in_the_database);
	TEST_LOOP(a_text_that_was_moved_does_not_open, swaps);
	TEST(rows_moved_to_another_workspace_open_and_seal_nothing);
	TEST(a_credential_opens_in_its_own_workspace_only_even_with_the_same_key);
	TEST(another_master_key_opens_nothing);
	TEST(another_workspace_has_no_such_credential);
	TEST_LOOP(each_secret_of_a_rotation_is_given, kinds);
	TEST(a_name_that_is_taken_and_a_text_too_long_are_refused);
	TEST(of_two_senders_at_once_the_first_is_believed);
})
