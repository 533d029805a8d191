/*
 * test_keys.c -- keys are changed while programs open what they seal: in batches, stopped and gone on with.
 */
#include "integration/store/fixture.h"

#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/credential.h"
#include "store/key.h"
#include "vault/internal.h"
#include "vault/ring.h"
#include "vault/rotate.h"
#include "vault/token.h"
#include "vault/vault.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SECRET	   "{\"secret\":\"open sesame\"}"
#define WORKSPACES 5
#define EACH	   3 /* credentials of a workspace */

static char path[128];
/* A program that runs: it has read the file before anything happens. */
static struct ty_vault *running;
static struct ty_id workspaces[WORKSPACES], credentials[WORKSPACES][EACH];
static struct ty_id token_id;

static void
ring_change(void (*change)(struct ty_vault_ring *ring, const char *arg), const char *arg)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring ring;

	ck_assert_ok(ty_vault_ring_read(path, &ring, &stamp, &fx.err));
	change(&ring, arg);
	ck_assert_ok(ty_vault_ring_write(path, &ring, &stamp, &fx.err));
}

static void
add_key(struct ty_vault_ring *ring, const char *arg)
{
	ck_assert_ok(ty_vault_ring_add(ring, 0, &fx.err));
}

static void
remove_key(struct ty_vault_ring *ring, const char *arg)
{
	ty_vault_ring_remove(ring, arg);
}

static const char *
current(void)
{
	char *text = ty_arena_alloc(fx.arena, TY_VAULT_FINGERPRINT_SIZE);

	ty_vault_current(running, text);
	return text;
}

static struct ty_id
credential_new(const struct ty_id *workspace)
{
	struct ty_tx *tx = db_begin(app, workspace);
	struct ty_id id;

	ck_assert_ok(
		ty_vault_add(running, tx, workspace,
			     &(struct ty_vault_new){
				     .name = ty_id_new().s,
				     .type = "webhook_secret",
				     .data = ty_json_own(fx.arena, json_loads(SECRET, 0, NULL)) },
			     &id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return id;
}

/* A token of the first credential. */
static void
token_new(void)
{
	struct ty_vault_token_place place = { .workspace_id = &workspaces[0],
					      .credential_id = &credentials[0][0],
					      .token_id = &token_id };
	const struct ty_vault_token token = { "access", "refresh" };
	struct ty_tx *tx = db_begin(app, &workspaces[0]);
	const uint8_t *sealed;
	char *hex;
	size_t len;

	token_id = ty_id_new();
	ck_assert_ok(ty_store_key_load(tx, 0, &place.key_version, &place.wrapped,
				       &place.wrapped_len, &fx.err));
	ck_assert_ok(
		ty_vault_token_seal(running, fx.arena, &place, &token, &sealed, &len, &fx.err));
	ty_tx_rollback(tx);
	hex = ty_arena_alloc(fx.arena, 2 * len + 1);
	ty_str_hex(sealed, len, hex);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "INSERT INTO tyboo.credential_tokens (workspace_id, credential_id, "
			       "credential_version, token_id, key_version, sealed) VALUES ('%s', "
			       "'%s', 1, '%s', %lld, '\\x%s')",
			       workspaces[0].s, credentials[0][0].s, token_id.s,
			       (long long)place.key_version, hex));
}

static void
open_house(void)
{
	FILE *file;

	/* Those of other tests would be rotated as well. */
	db_run(owner, NULL, "DELETE FROM tyboo.workspaces");
	db_run(owner, NULL, "DELETE FROM tyboo.key_rotations");
	snprintf(path, sizeof(path), "%s/keys.%d", svc.dir, (int)getpid());
	file = fopen(path, "wxe");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
	for (int i = 0; i < 64; i++)
		fputc('a', file);
	fclose(file);
	ck_assert_ok(ty_vault_new(path, &running, &fx.err));
	for (int i = 0; i < WORKSPACES; i++) {
		db_workspace(&workspaces[i], "k");
		for (int j = 0; j < EACH; j++)
			credentials[i][j] = credential_new(&workspaces[i]);
	}
	token_new();
}

/* ---- all of it opens, for a program that runs and for one that starts ---- */

static enum ty_code
open_one(const struct ty_vault *vault, const struct ty_id *workspace, const struct ty_id *id)
{
	struct ty_tx *tx = db_begin(app, workspace);
	const struct ty_secret *data = NULL;
	struct ty_err err = { TY_OK };

	if (ty_vault_open(vault, tx, workspace, id, &data, &err) == TY_OK)
		ck_assert(data->len == strlen(SECRET) &&
			  memcmp(data->data, SECRET, data->len) == 0);
	ty_tx_rollback(tx);
	return err.code;
}

static void
check_token(const struct ty_vault *vault)
{
	struct ty_tx *tx = db_begin(app, &workspaces[0]);
	struct ty_vault_token_place place = { .workspace_id = &workspaces[0],
					      .credential_id = &credentials[0][0],
					      .token_id = &token_id };
	struct ty_vault_token token;
	struct ty_rows rows;
	uint8_t *sealed;
	size_t len;

	ck_assert_ok(ty_tx_query(tx, "SELECT key_version, sealed FROM tyboo.credential_tokens",
				 NULL, 0, &rows, &fx.err));
	sealed = ty_rows_bytes(&rows, fx.arena, 0, 1, &len);
	ck_assert_ok(ty_store_key_load(tx, ty_rows_int(&rows, 0, 0), &place.key_version,
				       &place.wrapped, &place.wrapped_len, &fx.err));
	ck_assert_ok(ty_vault_token_open(vault, fx.arena, &place, sealed, len, &token, &fx.err));
	ck_assert_str_eq(token.access_token, "access");
	ck_assert_str_eq(token.refresh_token, "refresh");
	ty_tx_rollback(tx);
}

static void
check_all_open(void)
{
	struct ty_vault *starting = NULL;

	ck_assert_ok(ty_vault_new(path, &starting, &fx.err));
	for (int i = 0; i < WORKSPACES; i++)
		for (int j = 0; j < EACH; j++) {
			ck_assert_int_eq(open_one(running, &workspaces[i], &credentials[i][j]),
					 TY_OK);
			ck_assert_int_eq(open_one(starting, &workspaces[i], &credentials[i][j]),
					 TY_OK);
		}
	check_token(running);
	check_token(starting);
	ty_vault_free(starting);
}

static int64_t
count(const char *sql)
{
	return atoll(db_cell(owner, NULL, sql));
}

static int64_t
wrapped_otherwise(void)
{
	return count(
		ty_arena_printf(fx.arena,
				"SELECT count(*) FROM tyboo.workspace_keys WHERE wrapped_by IS "
				"DISTINCT FROM '%s'",
				current()));
}

/* ---- master keys ---- */

static void
rewrap_batch(struct ty_rotation *r, int64_t batch)
{
	struct ty_tx *tx = db_begin(app, NULL);

	ck_assert_ok(ty_vault_rewrap(running, tx, batch, r, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

START_TEST(a_master_key_is_changed_while_all_of_it_opens)
{
	struct ty_rotation r = { .done = 0 };
	const char *old;

	open_house();
	old = current();
	/* The release before names no key. */
	db_run(owner, NULL,
	       "UPDATE tyboo.workspace_keys SET wrapped_by = NULL WHERE workspace_id = "
	       "(SELECT id FROM tyboo.workspaces ORDER BY id LIMIT 1)");
	ring_change(add_key, NULL);
	ck_assert_str_ne(current(), old);
	check_all_open();
	while (!r.is_over) {
		rewrap_batch(&r, 2);
		check_all_open();
	}
	ck_assert_int_eq(r.done, WORKSPACES);
	ck_assert_int_eq(r.failed, 0);
	ck_assert_int_eq(wrapped_otherwise(), 0);
	/* Again: nothing to do. */
	r = (struct ty_rotation){ .done = 0 };
	rewrap_batch(&r, 2);
	ck_assert(r.is_over && r.done == 0);
	ring_change(remove_key, old);
	check_all_open();
	ty_vault_free(running);
}
END_TEST

START_TEST(one_that_is_killed_is_gone_on_with)
{
	struct ty_rotation r = { .done = 0 };
	int pipe_fds[2], status;
	char byte;
	pid_t child;

	open_house();
	ring_change(add_key, NULL);
	ck_assert_int_eq(pipe(pipe_fds), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		/* Its own connection: the pool is the parent's. */
		struct ty_store *mine = ty_store_new(svc.database_url, 1, "test");
		struct ty_tx *tx;

		app = mine;
		rewrap_batch(&r, 2);
		tx = db_begin(app, NULL);
		ck_assert_ok(ty_vault_rewrap(running, tx, 2, &r, &fx.err));
		(void)!write(pipe_fds[1], "x", 1); /* in the middle of the second */
		pause();
	}
	ck_assert_int_eq((int)read(pipe_fds[0], &byte, 1), 1);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	check_all_open();
	ck_assert_int_eq(wrapped_otherwise(), WORKSPACES - 2);
	while (!r.is_over)
		rewrap_batch(&r, 2);
	ck_assert_int_eq(r.done, WORKSPACES - 2);
	ck_assert_int_eq(wrapped_otherwise(), 0);
	check_all_open();
	ty_vault_free(running);
}
END_TEST

START_TEST(a_key_that_is_missing_is_told_and_keeps_nothing_back)
{
	struct ty_rotation r = { .done = 0 };
	struct ty_tx *tx;
	const char *old;

	open_house();
	old = current();
	ring_change(add_key, NULL);
	rewrap_batch(&r, 2);
	ring_change(remove_key, old);
	tx = db_begin(app, NULL);
	ck_assert_int_eq(ty_vault_check(running, tx, &fx.err), TY_E_DENIED);
	ck_assert_msg(strstr(fx.err.msg, "master key") != NULL, "%s", fx.err.msg);
	ty_err_clear(&fx.err);
	ty_tx_rollback(tx);
	r = (struct ty_rotation){ .done = 0 };
	while (!r.is_over)
		rewrap_batch(&r, 2);
	ck_assert_int_eq(r.done, 0);
	ck_assert_int_eq(r.failed, WORKSPACES - 2);
	ck_assert_msg(strstr(r.first.msg, "does not open the workspace's data key") != NULL, "%s",
		      r.first.msg);
	ck_assert_ptr_nonnull(strstr(r.first.hint, "keys list"));
	ck_assert_int_eq(wrapped_otherwise(), WORKSPACES - 2);
	ty_vault_free(running);
}
END_TEST

/* ---- data keys ---- */

static void
reseal_batch(const char *started_at, struct ty_rotation *r, int64_t batch)
{
	struct ty_tx *tx = db_begin(app, NULL);

	ck_assert_ok(ty_vault_reseal(running, tx, started_at, batch, r, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static const char *
begin_rotation(void)
{
	struct ty_tx *tx = db_begin(app, NULL);
	const char *started_at;

	ck_assert_ok(ty_store_rotation_begin(tx, &started_at, &fx.err));
	started_at = ty_arena_strdup(fx.arena, started_at);
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return started_at;
}

static int64_t
left(const char *started_at)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_store_left found;

	ck_assert_ok(ty_store_left_to_seal(tx, started_at, &found, &fx.err));
	ty_tx_rollback(tx);
	return found.credentials + found.tokens;
}

#define KEY_ROWS "SELECT count(*) FROM tyboo.workspace_keys"

START_TEST(data_keys_are_changed_while_all_of_it_opens)
{
	struct ty_rotation r = { .done = 0 };
	const char *started_at;
	struct ty_id more;

	open_house();
	started_at = begin_rotation();
	ck_assert_int_eq(left(started_at), WORKSPACES * EACH + 1);
	for (int i = 0; i < 4; i++) {
		reseal_batch(started_at, &r, 2);
		check_all_open();
	}
	/* Stopped, and begun again by somebody who knows nothing of it. */
	ck_assert_str_eq(begin_rotation(), started_at);
	r = (struct ty_rotation){ .done = 0 };
	more = credential_new(&workspaces[4]);
	while (!r.is_over) {
		reseal_batch(started_at, &r, 2);
		check_all_open();
	}
	ck_assert_int_eq(left(started_at), 0);
	ck_assert_int_eq(r.failed, 0);
	ck_assert_int_eq(count(KEY_ROWS), 2 * WORKSPACES);
	ck_assert_int_eq(count("SELECT count(*) FROM tyboo.credentials WHERE key_version <> 2"), 0);
	ck_assert_int_eq(count("SELECT count(*) FROM tyboo.credentials WHERE version <> 1"), 0);
	ck_assert_int_eq(open_one(running, &workspaces[4], &more), TY_OK);
	ty_vault_free(running);
}
END_TEST

START_TEST(one_that_does_not_open_keeps_no_other_back)
{
	struct ty_rotation r = { .done = 0 };
	const char *started_at;

	open_house();
	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "UPDATE tyboo.credentials SET sealed = sealed || 'x' WHERE id = '%s'",
		       credentials[1][1].s));
	started_at = begin_rotation();
	while (!r.is_over)
		reseal_batch(started_at, &r, 100);
	ck_assert_int_eq(r.done, WORKSPACES * EACH);
	ck_assert_int_eq(r.failed, 1);
	ck_assert_ptr_nonnull(strstr(r.first.msg, credentials[1][1].s));
	ck_assert_int_eq(left(started_at), 1);
	ty_vault_free(running);
}
END_TEST

/* A master key must not be retired beside a transaction that makes a data key with it. */
START_TEST(a_data_key_that_is_being_made_is_waited_for)
{
	static const uint8_t wrapped[60];
	struct ty_tx *making, *holding;

	making = db_begin(app, &ws_a);
	ck_assert_ok(ty_store_key_add(making, &ws_a, 99, wrapped, sizeof(wrapped),
				      "00112233445566aa", &fx.err));
	holding = db_begin(owner, NULL);
	ck_assert_int_ne(ty_store_keys_hold(holding, &fx.err), TY_OK);
	ty_tx_rollback(holding);
	ck_assert_ok(ty_tx_commit(making, &fx.err));
	holding = db_begin(owner, NULL);
	ck_assert_ok(ty_store_keys_hold(holding, &fx.err));
	ck_assert_ok(ty_tx_commit(holding, &fx.err));
	db_run(owner, NULL, "DELETE FROM tyboo.workspace_keys WHERE version = 99");
}
END_TEST

DB_TEST_MAIN("store.keys", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(a_master_key_is_changed_while_all_of_it_opens);
	TEST(one_that_is_killed_is_gone_on_with);
	TEST(a_key_that_is_missing_is_told_and_keeps_nothing_back);
	TEST(data_keys_are_changed_while_all_of_it_opens);
	TEST(one_that_does_not_open_keeps_no_other_back);
	TEST(a_data_key_that_is_being_made_is_waited_for);
})
