/*
 * test_accounts.c -- tybooctl about people, their passwords, keys and credentials.
 */
#define TEST_TIMEOUT_S 60
#include "stand.h"

#include "auth/password.h"
#include "store/user.h"

#include <sys/stat.h>

static struct ty_store_user *
user_find(const char *email)
{
	struct ty_store *store = ty_store_new(svc.database_url, 1, "test");
	struct ty_store_user *user;
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_store_user_find(tx, email, &user, &fx.err));
	ty_tx_rollback(tx);
	ty_store_free(store);
	return user;
}

static bool
password_fits(const char *email, const char *password)
{
	struct ty_password *gate = ty_password_new(1);
	bool fits = ty_password_verify(gate, user_find(email)->password_hash, password, NULL);

	ty_password_free(gate);
	return fits;
}

START_TEST(a_variable_is_set_shown_and_deleted)
{
	struct said said;
	json_t *list;

	make_workspace();
	ck_assert_str_eq(member(ctl(NULL, "--json", "variable", "set", "region", "eu"), "value"),
			 "eu");
	ck_assert_str_eq(member(ctl("a\nb\n", "--json", "variable", "set", "lines"), "value"),
			 "a\nb");
	ck_assert_str_eq(member(ctl(NULL, "--json", "variable", "set", "region", "us"), "value"),
			 "us");
	list = json_object_get(json_of(ctl(NULL, "--json", "variable", "list")), "items");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(ty_json_str(json_array_get(list, 1), "name", ""), "region");
	ck_assert_str_eq(member(ctl(NULL, "--json", "variable", "show", "region"), "value"), "us");
	said = ctl(NULL, "variable", "list", "--after", "lines");
	ck_assert_ptr_nonnull(strstr(said.out, "region"));
	ck_assert_ptr_null(strstr(said.out, "lines"));
	ck_assert_int_eq(ctl(NULL, "variable", "delete", "region").code, 0);
	said = ctl(NULL, "variable", "show", "region");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "there is no variable \"region\""));
	said = ctl(NULL, "variable", "set", "a-b", "x");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "Letters, digits and _"));
}
END_TEST

START_TEST(a_kept_value_is_put_shown_and_deleted)
{
	struct said said;
	json_t *list;

	make_workspace();
	ck_assert_str_eq(
		member(ctl(NULL, "--json", "state", "put", "cursor", "a b", "--text"), "value"),
		"a b");
	said = ctl("{\"n\":[1,2]}\n", "state", "put", "settings");
	ck_assert_int_eq(said.code, 0);
	said = ctl(NULL, "state", "put", "settings", "no json");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "--text"));
	said = ctl(NULL, "state", "put", "settings", "1", "--version", "0");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "has been changed meanwhile"));
	list = json_object_get(json_of(ctl(NULL, "--json", "state", "list")), "items");
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(ty_json_str(json_array_get(list, 0), "key", ""), "settings");
	said = ctl(NULL, "state", "list", "--prefix", "cu");
	ck_assert_ptr_nonnull(strstr(said.out, "cursor"));
	ck_assert_ptr_null(strstr(said.out, "settings"));
	said = ctl(NULL, "state", "show", "settings");
	ck_assert_ptr_nonnull(strstr(said.out, "[1,2]"));
	ck_assert_int_eq(ctl(NULL, "state", "delete", "cursor").code, 0);
	said = ctl(NULL, "state", "show", "cursor");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "no value of the key \"cursor\""));
}
END_TEST

START_TEST(an_address_is_taken_once)
{
	struct said said;

	json_of(ctl("password1", "--json", "user", "create", "--email", "a@example.org", "--name",
		    "A", "--password-stdin"));
	said = ctl("password2", "user", "create", "--email", "A@Example.org", "--name", "B",
		   "--password-stdin");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "there is a user A@Example.org already"));
	ck_assert_ptr_nonnull(strstr(said.err, "what to do: "));
	ck_assert(password_fits("a@example.org", "password1"));
}
END_TEST

static const char *
cell(const char *url, const char *sql)
{
	struct ty_store *store = ty_store_new(url, 1, "test");
	struct ty_rows rows;
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(store, fx.arena, NULL, 1000, &tx, &fx.err));
	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	ty_store_free(store);
	return rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : "";
}

/* Whoever knew the old password may have signed in with it, and made keys. */
START_TEST(a_new_password_ends_sessions_and_if_asked_keys)
{
	const char *email, *sql;
	json_t *said;

	make_workspace();
	email = ty_arena_printf(fx.arena, "%s@example.org", getenv("TYBOO_WORKSPACE"));
	cell(svc.owner_database_url,
	     ty_arena_printf(fx.arena,
			     "INSERT INTO tyboo.sessions (token_hash, user_id, csrf_token, "
			     "expires_at) SELECT sha256('s'), id, repeat('c', 40), now() + "
			     "interval '1 day' FROM tyboo.users WHERE email = '%s'",
			     email));
	cell(svc.owner_database_url,
	     ty_arena_printf(fx.arena,
			     "INSERT INTO tyboo.api_keys (workspace_id, id, name, prefix, "
			     "secret_hash, scopes, created_by) SELECT m.workspace_id, "
			     "gen_random_uuid(), 'k', 'endedkey', sha256('k'), "
			     "'{workflow.read}', u.id FROM tyboo.users u JOIN "
			     "tyboo.workspace_members m ON m.user_id = u.id WHERE email = '%s'",
			     email));
	said = json_of(ctl("password2", "--json", "user", "password", "--email", email,
			   "--password-stdin"));
	ck_assert_int_eq(ty_json_int(said, "sessions_ended", -1), 1);
	ck_assert_int_eq(ty_json_int(said, "keys_revoked", -1), 0);
	sql = "SELECT count(*) FROM tyboo.sessions WHERE token_hash = sha256('s')";
	ck_assert_str_eq(cell(svc.owner_database_url, sql), "0");
	said = json_of(ctl("password3", "--json", "user", "password", "--email", email,
			   "--password-stdin", "--keys"));
	ck_assert_int_eq(ty_json_int(said, "keys_revoked", -1), 1);
	sql = "SELECT count(*) FROM tyboo.api_keys WHERE prefix = 'endedkey' AND revoked_at IS "
	      "NULL";
	ck_assert_str_eq(cell(svc.owner_database_url, sql), "0");
}
END_TEST

static void
use_master_key(void)
{
	const char *path = ty_arena_printf(fx.arena, "%s/master.%d", svc.dir, (int)getpid());
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 64; i++)
		fputc('a', file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
	setenv("TYBOO_MASTER_KEY_FILE", path, 1);
}

START_TEST(a_credential_is_made_of_standard_input_and_deleted)
{
	struct said said;
	const char *id;

	use_master_key();
	make_workspace();
	id = member(ctl("hush-hush\n", "--json", "credential", "create", "--name", "C",
			"--secret-stdin"),
		    "id");
	member(ctl("hush-hush", "--json", "credential", "create", "--name", "D", "--type",
		   "http_basic", "--with", "me", "--secret-stdin"),
	       "id");
	said = ctl("\"hush-hush\"", "credential", "create", "--name", "E", "--secret-stdin");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "quotes round it"));
	said = ctl("x", "credential", "create", "--name", "E", "--type", "http_basic",
		   "--secret-stdin");
	ck_assert_int_eq(said.code, 2);
	said = ctl(NULL, "--json", "credential", "list");
	ck_assert_uint_eq(json_array_size(ty_json_arr(json_of(said), "items")), 2);
	ck_assert_ptr_null(strstr(said.out, "hush-hush"));
	json_of(ctl(NULL, "--json", "credential", "delete", id));
	ck_assert_int_eq(ctl(NULL, "credential", "delete", id).code, 1);
}
END_TEST

START_TEST(an_api_key_is_made_for_a_member_and_revoked)
{
	struct said said;
	const char *email, *id;
	json_t *made;

	make_workspace();
	email = ty_arena_printf(fx.arena, "%s@example.org", getenv("TYBOO_WORKSPACE"));
	made = json_of(ctl(NULL, "--json", "api-key", "create", "--name", "K", "--for", email,
			   "--scopes", "workflow.run,execution.read"));
	id = ty_json_str(made, "id", "");
	ck_assert_uint_eq(strlen(ty_json_str(made, "key", "")), 56);
	ck_assert_str_eq(ty_json_str(made, "made_by", ""), email);
	said = ctl(NULL, "--json", "api-key", "list");
	ck_assert_uint_eq(json_array_size(ty_json_arr(json_of(said), "items")), 1);
	ck_assert_ptr_null(strstr(said.out, ty_json_str(made, "key", "?")));
	said = ctl(NULL, "api-key", "create", "--name", "K", "--for", email, "--scopes", "no.such");
	ck_assert_int_eq(said.code, 2);
	said = ctl(NULL, "api-key", "create", "--name", "K", "--for", "no@example.org", "--scopes",
		   "workflow.run");
	ck_assert_int_eq(said.code, 1);
	json_of(ctl(NULL, "--json", "api-key", "revoke", id));
	ck_assert_uint_eq(json_array_size(ty_json_arr(
				  json_of(ctl(NULL, "--json", "api-key", "list")), "items")),
			  0);
}
END_TEST

START_TEST(a_password_is_set_and_never_shown)
{
	struct said said;

	json_of(ctl("password1\n", "--json", "user", "create", "--email", "p@example.org", "--name",
		    "P", "--password-stdin"));
	ck_assert(password_fits("p@example.org", "password1"));
	json_of(ctl("password2", "--json", "user", "password", "--email", "p@example.org",
		    "--password-stdin"));
	ck_assert(password_fits("p@example.org", "password2"));
	said = ctl(NULL, "--json", "user", "list");
	ck_assert_ptr_nonnull(strstr(said.out, "p@example.org"));
	ck_assert_ptr_null(strstr(said.out, "argon2"));
	said = ctl("short", "user", "password", "--email", "p@example.org", "--password-stdin");
	ck_assert_int_eq(said.code, 1);
	said = ctl("password3", "user", "password", "--email", "q@example.org", "--password-stdin");
	ck_assert_int_eq(said.code, 1);
	ck_assert_ptr_nonnull(strstr(said.err, "there is no user q@example.org"));
}
END_TEST

static void
add_tests(TCase *tc)
{
	TEST(a_variable_is_set_shown_and_deleted);
	TEST(a_kept_value_is_put_shown_and_deleted);
	TEST(an_address_is_taken_once);
	TEST(a_new_password_ends_sessions_and_if_asked_keys);
	TEST(a_credential_is_made_of_standard_input_and_deleted);
	TEST(an_api_key_is_made_for_a_member_and_revoked);
	TEST(a_password_is_set_and_never_shown);
}

SUITE_MAIN("ctl accounts", TEST_TIMEOUT_S, setup, fx_teardown, open_servers(), services_stop(&svc),
	   add_tests(tc))
