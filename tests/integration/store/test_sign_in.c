/*
 * Signing in, in a real database: one answer for every reason, a lock after too many failures, and
 * nothing at rest that would sign a thief in.
 */
#include "integration/store/fixture.h"

#include "auth/sign_in.h"

#include <pthread.h>

#define PASSWORD "correct horse"

static struct ty_password *gate;

static const char *
person_new(const char *password_hash)
{
	const char *email = ty_arena_printf(fx.arena, "u%s@example.org", ty_id_new().s);
	char hash[TY_PASSWORD_HASH_SIZE];
	struct ty_tx *tx;
	struct ty_id id;

	if (gate == NULL)
		gate = ty_password_new(2);
	if (password_hash == NULL) {
		ck_assert_ok(ty_password_hash(gate, PASSWORD, hash, &fx.err));
		password_hash = hash;
	}
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_store_user_add(tx, email, "n", password_hash, &id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return email;
}

static enum ty_code
sign_in_from(const char *addr, const char *email, const char *password, struct ty_signed_in *ret)
{
	struct ty_sign_in request = { .email = email,
				      .password = password,
				      .user_agent = "agent",
				      .remote_addr = addr,
				      .session_s = 3600 };

	return ty_sign_in(app, fx.arena, gate, &request, ret, &fx.err);
}

static enum ty_code
sign_in(const char *email, const char *password, struct ty_signed_in *ret)
{
	return sign_in_from("", email, password, ret);
}

START_TEST(the_right_password_makes_a_session)
{
	const char *email = person_new(NULL);
	struct ty_store_session *session;
	struct ty_signed_in in;
	struct ty_tx *tx;

	ck_assert_ok(sign_in(email, PASSWORD, &in));
	ck_assert_str_eq(in.user.email, email);
	ck_assert_str_ne(in.token, in.csrf_token);
	tx = db_begin(app, NULL);
	ck_assert_ok(ty_session_find(tx, in.token, 3600, &session, &fx.err));
	ck_assert_ptr_nonnull(session);
	ck_assert_str_eq(session->csrf_token, in.csrf_token);
	ck_assert_ok(ty_session_find(tx, "no token", 3600, &session, &fx.err));
	ck_assert_ptr_null(session);
	ck_assert_ok(ty_session_find(tx, NULL, 3600, &session, &fx.err));
	ck_assert_ptr_null(session);
	ck_assert_ok(ty_session_find(tx, in.csrf_token, 3600, &session, &fx.err));
	ck_assert_ptr_null(session);
	ty_tx_rollback(tx);
}
END_TEST

START_TEST(the_token_is_nowhere_at_rest)
{
	struct ty_signed_in in;

	ck_assert_ok(sign_in(person_new(NULL), PASSWORD, &in));
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT count(*) FROM tyboo.sessions s WHERE "
						 "position('%s' IN s::text) > 0",
						 in.token)),
			 "0");
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT count(*) FROM tyboo.sessions WHERE "
						 "token_hash = sha256('%s')",
						 in.token)),
			 "1");
}
END_TEST

/* Unknown, wrong and disabled are told apart by nobody. */
START_TEST(every_refusal_is_the_same)
{
	const char *email = person_new(NULL), *disabled = person_new(NULL);
	struct ty_signed_in in;
	char wrong[sizeof(fx.err.msg)], longest[400] = "";

	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.users SET disabled_at = now() WHERE email = '%s'",
			       disabled));
	ck_assert_code(sign_in(email, "wrong horse", &in), TY_E_UNAUTHENTICATED);
	strcpy(wrong, fx.err.msg);
	ck_assert_code(sign_in("nobody@example.org", PASSWORD, &in), TY_E_UNAUTHENTICATED);
	ck_assert_str_eq(fx.err.msg, wrong);
	ck_assert_code(sign_in(disabled, PASSWORD, &in), TY_E_UNAUTHENTICATED);
	ck_assert_str_eq(fx.err.msg, wrong);
	ck_assert_code(sign_in(email, "", &in), TY_E_UNAUTHENTICATED);
	ck_assert_str_eq(fx.err.msg, wrong);
	memset(longest, 'a', sizeof(longest) - 1);
	ck_assert_code(sign_in(longest, PASSWORD, &in), TY_E_UNAUTHENTICATED);
	ck_assert_str_eq(fx.err.msg, wrong);
}
END_TEST

START_TEST(too_many_failures_lock_the_address_for_a_while)
{
	const char *email = person_new(NULL);
	struct ty_signed_in in;

	for (int i = 0; i < TY_SIGN_IN_FAILURES_MAX; i++)
		ck_assert_code(sign_in(email, "wrong horse", &in), TY_E_UNAUTHENTICATED);
	ck_assert_code(sign_in(email, PASSWORD, &in), TY_E_LIMIT); /* even the right one */
	ck_assert_ptr_nonnull(strstr(fx.err.hint, "15 minutes"));
	/* In any case of the address. */
	ck_assert_code(sign_in(ty_arena_printf(fx.arena, "U%s", email + 1), PASSWORD, &in),
		       TY_E_LIMIT);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.sign_in_failures SET failed_at = now() - interval "
			       "'901 seconds'"
			       " WHERE email = '%s'",
			       email));
	ck_assert_ok(sign_in(email, PASSWORD, &in));
}
END_TEST

START_TEST(success_forgets_the_failures)
{
	const char *email = person_new(NULL);
	struct ty_signed_in in;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < TY_SIGN_IN_FAILURES_MAX - 1; i++)
			ck_assert_code(sign_in(email, "wrong horse", &in), TY_E_UNAUTHENTICATED);
		ck_assert_ok(sign_in(email, PASSWORD, &in));
	}
}
END_TEST

/* An unknown address is counted as well: the lock does not tell who is there. */
START_TEST(an_unknown_address_is_locked_too)
{
	const char *email = ty_arena_printf(fx.arena, "nobody-%s@example.org", ty_id_new().s);
	struct ty_signed_in in;

	gate = ty_password_new(2);
	for (int i = 0; i < TY_SIGN_IN_FAILURES_MAX; i++)
		ck_assert_code(sign_in(email, PASSWORD, &in), TY_E_UNAUTHENTICATED);
	ck_assert_code(sign_in(email, PASSWORD, &in), TY_E_LIMIT);
}
END_TEST

/* ---- parallel guesses ---- */

#define GUESSES 24

struct guess {
	const char *email, *password;
	enum ty_code code;
};

static void *
guess_run(void *ctx)
{
	struct guess *guess = ctx;
	struct ty_arena *arena = ty_arena_new(NULL, "guess", 0);
	struct ty_sign_in request = { .email = guess->email,
				      .password = guess->password,
				      .user_agent = "",
				      .remote_addr = "",
				      .session_s = 3600 };
	struct ty_err err = { TY_OK };
	struct ty_signed_in in;

	guess->code = ty_sign_in(app, arena, gate, &request, &in, &err);
	ty_arena_free(arena);
	return NULL;
}

static size_t
guess_at_once(const char *email, const char *password, enum ty_code counted)
{
	struct guess guesses[GUESSES];
	pthread_t threads[GUESSES];
	size_t count = 0;

	for (size_t i = 0; i < GUESSES; i++) {
		guesses[i] = (struct guess){ .email = email, .password = password };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, guess_run, &guesses[i]), 0);
	}
	for (size_t i = 0; i < GUESSES; i++) {
		pthread_join(threads[i], NULL);
		count += guesses[i].code == counted;
	}
	return count;
}

START_TEST(parallel_guesses_are_no_more_than_the_limit)
{
	const char *email = person_new(NULL);

	ck_assert_uint_eq(guess_at_once(email, "wrong horse", TY_E_UNAUTHENTICATED),
			  TY_SIGN_IN_FAILURES_MAX);
	ck_assert_uint_eq(guess_at_once(email, "wrong horse", TY_E_LIMIT), GUESSES);
}
END_TEST

START_TEST(parallel_right_passwords_all_get_in)
{
	ck_assert_uint_eq(guess_at_once(person_new(NULL), PASSWORD, TY_OK), GUESSES);
}
END_TEST

/* ---- sources ---- */

static const struct {
	const char *addr, *source;
} source_cases[] = {
	{ "192.0.2.7", "192.0.2.7" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
	{ "2001:0DB8:1:2::", "2001:db8:1:2::" },
	{ "::1", "::" },
	{ "unix:", "" },
	{ "", "" },
	{ NULL, "" },
};

START_TEST(a_source_is_an_address_or_a_network)
{
	char source[TY_SIGN_IN_SOURCE_SIZE];

	ty_sign_in_source(source_cases[_i].addr, source);
	ck_assert_str_eq(source, source_cases[_i].source);
}
END_TEST

/* One guess at each of many e-mails: the lock of an e-mail never closes. */
START_TEST(a_source_is_locked_too)
{
	const char *email = person_new(NULL);
	struct ty_signed_in in;

	db_run(owner, NULL,
	       ty_arena_printf(
		       fx.arena,
		       "INSERT INTO tyboo.sign_in_failures (email, source) SELECT 'e' || n, "
		       "'2001:db8:1:2::' FROM generate_series(1, %d) n",
		       TY_SIGN_IN_SOURCE_FAILURES_MAX - 1));
	/* A right password takes no place. */
	ck_assert_ok(sign_in_from("2001:db8:1:2::1", email, PASSWORD, &in));
	ck_assert_ok(sign_in_from("2001:db8:1:2::1", email, PASSWORD, &in));
	ck_assert_code(sign_in_from("2001:db8:1:2::2", "a@b.c", "wrong horse", &in),
		       TY_E_UNAUTHENTICATED);
	ck_assert_code(sign_in_from("2001:db8:1:2:9::3", "d@b.c", "wrong horse", &in), TY_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "network"));
	ck_assert_code(sign_in_from("2001:db8:1:2::1", email, PASSWORD, &in), TY_E_LIMIT);
	/* Another source is not. */
	ck_assert_ok(sign_in_from("2001:db8:1:3::1", email, PASSWORD, &in));
}
END_TEST

/* Made by argon2 with m=1024, t=1: verified, and made anew with today's parameters. */
START_TEST(an_old_hash_is_made_anew_at_sign_in)
{
	const char *email = person_new("$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
				       "RMnlO2yJjUzUJ1vqMJdgdgriWoTT+H4XFqGo/gwMfPA");
	const char *sql = ty_arena_printf(
		fx.arena, "SELECT left(password_hash, 31) FROM tyboo.users WHERE email = '%s'",
		email);
	struct ty_signed_in in;

	ck_assert_ok(sign_in(email, PASSWORD, &in));
	ck_assert_str_eq(db_cell(owner, NULL, sql), "$argon2id$v=19$m=19456,t=2,p=1$");
	ck_assert_ok(sign_in(email, PASSWORD, &in));
}
END_TEST

START_TEST(without_a_database_it_is_unavailable)
{
	struct ty_signed_in in;
	struct ty_store *none = ty_store_new("host=/nonexistent dbname=x", 1, "test");
	struct ty_sign_in request = { .email = "a@b.c", .password = PASSWORD, .session_s = 1 };

	gate = ty_password_new(1);
	ck_assert_code(ty_sign_in(none, fx.arena, gate, &request, &in, &fx.err), TY_E_UNAVAILABLE);
	ty_store_free(none);
}
END_TEST

DB_TEST_MAIN("store.sign_in", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST(the_right_password_makes_a_session);
	TEST(the_token_is_nowhere_at_rest);
	TEST(every_refusal_is_the_same);
	TEST(too_many_failures_lock_the_address_for_a_while);
	TEST(success_forgets_the_failures);
	TEST(an_unknown_address_is_locked_too);
	TEST(parallel_guesses_are_no_more_than_the_limit);
	TEST(parallel_right_passwords_all_get_in);
	TEST_LOOP(a_source_is_an_address_or_a_network, source_cases);
	TEST(a_source_is_locked_too);
	TEST(an_old_hash_is_made_anew_at_sign_in);
	TEST(without_a_database_it_is_unavailable);
})
