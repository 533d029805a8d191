/*
 * test_tokens.c -- OAuth 2.0 against a real token server: tokens are got once, kept before they are used,
 * and a refresh token that may be used up is not sent again.
 *
 * Each call goes the way of a worker's, on a loop and a connection of its own (service/try.h), so that threads
 * here are what workers are elsewhere.
 */
#include "integration/store/fixture.h"
#include "integration/store/provider.h"

#include "base/str.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "crypto/jws.h"
#include "json/json.h"
#include "service/connect.h"
#include "service/token.h"
#include "service/try.h"
#include "vault/token.h"
#include "vault/vault.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SECRET	"sesame/9f3b"
#define SESSION "0123456789abcdef0123456789abcdef"

/* ---- the house ---- */

static struct ty_conf conf;
static struct ty_vault *vault;

static void
open_house(void)
{
	const char *path = ty_arena_printf(fx.arena, "%s/key.%d", svc.dir, (int)getpid());
	FILE *f;

	unlink(path);
	f = fopen(path, "wxe");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fchmod(fileno(f), 0600), 0);
	for (int i = 0; i < 64; i++)
		fputc('a', f);
	fclose(f);
	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	provider.server = http_server_new(serve, NULL);
	conf = (struct ty_conf){ .database_url = svc.database_url,
				 .master_key_file = path,
				 .http_allow = "127.0.0.1",
				 .http_ca_file = "",
				 .http_proxy = "",
				 .base_url = "https://tyboo.test" };
}

static void
close_house(void)
{
	hold(false);
	http_server_free(provider.server);
	ty_vault_free(vault);
}

static struct ty_id
credential_at(const char *type, const char *url, const char *hosts)
{
	const char *code = strstr(type, "_code") != NULL
				   ? "\"authorization_url\":\"https://p.test/authorize\","
				   : "";
	const char *fields = strstr(type, "_jwt") != NULL
				     ? "\"algorithm\":\"HS256\",\"key\":\"" SECRET "\""
				     : "\"client_id\":\"me\",\"client_secret\":\"" SECRET "\"";
	json_t *data = ty_json_own(
		fx.arena, json_loads(ty_arena_printf(fx.arena, "{%s\"token_url\":\"%s\",%s}", code,
						     url, fields),
				     0, NULL));
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_id id;

	ck_assert_ok(ty_credential_check(type, data, &fx.err));
	ck_assert_ok(ty_vault_add(
		vault, tx, &ws_a,
		&(struct ty_vault_new){ .name = ty_arena_printf(fx.arena, "c-%s", ty_id_new().s),
					.type = type,
					.hosts = hosts,
					.data = data },
		&id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return id;
}

static struct ty_id
credential(const char *type)
{
	return credential_at(type,
			     ty_arena_printf(fx.arena, "http://127.0.0.1:%d/token",
					     http_server_port(provider.server)),
			     "");
}

struct tried {
	struct ty_id id;
	const struct ty_token_code *code;
	int status; /* 0 = 'err' */
	struct ty_err err;
};

/* Safe in a thread: all is its own. */
static void *
make_try(void *ctx)
{
	struct tried *t = ctx;
	struct ty_arena *arena = ty_arena_new(NULL, "try", 0);
	const struct ty_service_try try = {
		.conf = &conf,
		.workspace_id = &ws_a,
		.credential_id = &t->id,
		.code = t->code,
		.method = "GET",
		.url = ty_arena_printf(arena, "http://127.0.0.1:%d/api",
				       http_server_port(provider.server)),
		.timeout_ms = 30000,
	};
	json_t *told;

	t->err = (struct ty_err){ TY_OK };
	t->status = 0;
	if (ty_service_try(arena, &try, &told, &t->err) == TY_OK) {
		t->status = (int)ty_json_int(told, "status", 200);
		if (strstr(ty_json_str(told, "text", ""), "canary") != NULL)
			t->status = -1;
	}
	ty_arena_free(arena);
	return NULL;
}

static struct tried
try_it(struct ty_id id)
{
	struct tried t = { .id = id };

	make_try(&t);
	return t;
}

#define ck_assert_tried(t, expected)                                                               \
	ck_assert_msg((t).status == (expected), "%d: %s", (t).status, (t).err.msg)
#define ck_assert_refused(t, expected, says)                                                       \
	ck_assert_msg((t).status == 0 && (t).err.code == (expected) &&                             \
			      strstr((t).err.msg, says) != NULL &&                                 \
			      strstr((t).err.msg, "canary") == NULL &&                             \
			      strstr((t).err.msg, SECRET) == NULL,                                 \
		      "%d: %s: %s", (t).status, ty_code_name((t).err.code), (t).err.msg)

/* Set columns of the credential's token. */
static void
set_token(struct ty_id id, const char *columns)
{
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.credential_tokens SET %s WHERE credential_id = '%s'",
			       columns, id.s));
}

static const char *
of_token(struct ty_id id, const char *column)
{
	return db_cell(
		owner, NULL,
		ty_arena_printf(fx.arena,
				"SELECT %s FROM tyboo.credential_tokens WHERE credential_id = "
				"'%s'",
				column, id.s));
}

#define OVER "renew_at = now() - interval '1 s', expires_at = now() - interval '1 s'"
#define OLD  "got_at = now() - interval '1 hour'"

/* ---- the way of a sign-in ---- */

static const char *
begin_connect(struct ty_id id, const char *session)
{
	const struct ty_connect connect = { .vault = vault,
					    .base_url = conf.base_url,
					    .workspace_id = &ws_a,
					    .credential_id = &id,
					    .session_hash = (const uint8_t *)session };
	struct ty_tx *tx = db_begin(app, &ws_a);
	struct ty_connect_way way;
	const char *state, *challenge;

	ck_assert_ok(ty_connect_begin(&connect, tx, &way, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	state = strstr(way.url, "&state=") + 7;
	challenge = strstr(way.url, "code_challenge=") + 15;
	snprintf(provider.challenge, sizeof(provider.challenge), "%.*s",
		 (int)strcspn(challenge, "&"), challenge);
	return ty_arena_strndup(fx.arena, state, strcspn(state, "&"));
}

static const char *
come_back(const char *state, const char *session)
{
	struct ty_tx *tx = db_begin(app, NULL);
	struct ty_store_oauth2_taken taken;

	ck_assert_ok(ty_connect_take(tx, state, (const uint8_t *)session, &taken, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return taken.verdict;
}

static struct tried
exchange(struct ty_id id, const char *state)
{
	const struct ty_token_code code = {
		.code = "the-code",
		.verifier = ty_vault_verifier(vault, fx.arena, state),
		.redirect_uri = ty_connect_redirect_uri(fx.arena, conf.base_url),
	};
	struct tried t = { .id = id, .code = &code };

	make_try(&t);
	return t;
}

static struct ty_id
connected(void)
{
	struct ty_id id = credential("http_oauth2_code");
	const char *state = begin_connect(id, SESSION);
	struct tried t;

	ck_assert_str_eq(come_back(state, SESSION), "ok");
	t = exchange(id, state);
	ck_assert_tried(t, 200);
	ck_assert_str_eq(of_token(id, "state"), "connected");
	provider.tokens = 0;
	return id;
}

/* ---- tests ---- */

static const char *const machine_types[] = { "http_oauth2_client", "http_oauth2_jwt" };

START_TEST(a_machine_gets_its_token_once_and_again_when_it_is_over)
{
	struct ty_id id;

	open_house();
	provider.expires_in = 3600;
	id = credential(machine_types[_i]);
	for (int i = 0; i < 2; i++)
		ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 1);
	ck_assert_str_eq(of_token(id, "state"), "connected");
	ck_assert_str_eq(of_token(id, "renew_at = got_at + interval '3540 s' AND expires_at = "
				      "got_at + interval '3600 s'"),
			 "t");
	ck_assert_str_eq(of_token(id, "position('canary'::bytea IN sealed)"), "0");
	set_token(id, OVER);
	ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 2);
	close_house();
}
END_TEST

START_TEST(a_sign_in_is_exchanged_with_its_verifier)
{
	struct ty_id id;

	open_house();
	id = credential("http_oauth2_code");
	ck_assert_refused(try_it(id), TY_E_DENIED, "is not connected");
	ck_assert_int_eq(provider.tokens, 0);
	id = connected();
	ck_assert_ptr_nonnull(strstr(provider.last, "redirect_uri=https%3A%2F%2Ftyboo.test%2Fapi%2F"
						    "v1%2Foauth2%2Fcallback"));
	ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 0);
	close_house();
}
END_TEST

START_TEST(a_verifier_of_another_state_is_refused)
{
	struct ty_id id;
	const char *other;
	struct tried t;

	open_house();
	id = credential("http_oauth2_code");
	other = begin_connect(id, SESSION);
	(void)begin_connect(id, SESSION);
	t = exchange(id, other);
	ck_assert_refused(t, TY_E_DENIED, "invalid_grant: used up");
	ck_assert_str_eq(of_token(id, "state"), "none");
	ck_assert_ptr_nonnull(strstr(of_token(id, "problem"), "used up"));
	close_house();
}
END_TEST

START_TEST(a_state_is_good_once_for_its_session_and_ten_minutes)
{
	static const char other[] = "another session's hash, 32 bytes";
	struct ty_id id;
	const char *state;

	open_house();
	id = credential("http_oauth2_code");
	state = begin_connect(id, SESSION);
	ck_assert_str_eq(come_back(state, SESSION), "ok");
	ck_assert_str_eq(come_back(state, SESSION), "unknown");
	ck_assert_str_eq(come_back("", SESSION), "unknown");
	state = begin_connect(id, SESSION);
	ck_assert_str_eq(come_back(state, other), "other_session");
	ck_assert_str_eq(come_back(state, SESSION), "unknown");
	state = begin_connect(id, SESSION);
	ck_assert_str_eq(
		db_cell(owner, NULL,
			"UPDATE tyboo.oauth2_states SET expires_at = expires_at - interval "
			"'600 s' RETURNING expires_at <= now()"),
		"t");
	ck_assert_str_eq(come_back(state, SESSION), "expired");
	state = begin_connect(id, NULL); /* the operator's: of whoever is signed in */
	ck_assert_str_eq(come_back(state, other), "ok");
	state = begin_connect(id, SESSION);
	db_run(owner, NULL, "UPDATE tyboo.credentials SET version = version + 1");
	ck_assert_str_eq(come_back(state, SESSION), "changed");
	ck_assert_str_eq(db_cell(owner, NULL,
				 ty_arena_printf(fx.arena,
						 "SELECT count(*) FROM tyboo.oauth2_states WHERE "
						 "credential_id = '%s'",
						 id.s)),
			 "0");
	close_house();
}
END_TEST

START_TEST(only_the_latest_twenty_states_of_a_credential_are_kept)
{
	const char *first, *second, *kept;
	struct ty_id id, other;

	open_house();
	id = credential("http_oauth2_code");
	other = credential("http_oauth2_code");
	kept = begin_connect(other, SESSION);
	first = begin_connect(id, SESSION);
	second = begin_connect(id, SESSION);
	for (int i = 1; i < 20; i++)
		(void)begin_connect(id, SESSION);
	ck_assert_str_eq(come_back(first, SESSION), "unknown");
	ck_assert_str_eq(come_back(second, SESSION), "ok");
	ck_assert_str_eq(come_back(kept, SESSION), "ok");
	close_house();
}
END_TEST

#define WORKERS 4

START_TEST(workers_at_once_refresh_once)
{
	struct tried tries[WORKERS];
	pthread_t threads[WORKERS];
	struct ty_id id;

	open_house();
	id = connected();
	for (int round = 1; round <= 3; round++) {
		set_token(id, OVER);
		hold(true);
		for (int i = 0; i < WORKERS; i++) {
			tries[i].id = id;
			tries[i].code = NULL;
			ck_assert_int_eq(pthread_create(&threads[i], NULL, make_try, &tries[i]), 0);
		}
		await_tokens(round);
		hold(false);
		for (int i = 0; i < WORKERS; i++) {
			pthread_join(threads[i], NULL);
			ck_assert_tried(tries[i], 200);
		}
		ck_assert_int_eq(provider.tokens, round);
	}
	close_house();
}
END_TEST

/* A process asks for a refresh, and is killed before it has kept what came. */
static void
kill_in_refresh(struct ty_id id)
{
	int status;
	pid_t child;

	set_token(id, OVER);
	hold(true);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)try_it(id);
		_exit(0);
	}
	await_tokens(1);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	hold(false);
	/* Its time is not over yet: another waits for it. */
	ck_assert_str_eq(of_token(id, "held_until > now()"), "t");
	set_token(id, "held_until = now()");
}

START_TEST(a_refresh_in_doubt_is_not_repeated)
{
	struct ty_id id;
	const char *state;

	open_house();
	id = connected();
	kill_in_refresh(id);
	ck_assert_refused(try_it(id), TY_E_DENIED, "has to be connected anew");
	ck_assert_refused(try_it(id), TY_E_DENIED, "its answer never came");
	ck_assert_int_eq(provider.tokens, 1);
	ck_assert_str_eq(of_token(id, "state"), "reconnect");
	state = begin_connect(id, SESSION);
	ck_assert_tried(exchange(id, state), 200);
	ck_assert_tried(try_it(id), 200);
	close_house();
}
END_TEST

START_TEST(a_refresh_token_that_does_not_change_is_sent_again)
{
	struct ty_id id;

	open_house();
	id = connected();
	provider.keeps = true;
	set_token(id, OVER);
	ck_assert_tried(try_it(id), 200);
	ck_assert_str_eq(of_token(id, "rotates OR NOT has_refresh"), "f");
	provider.tokens = 0;
	kill_in_refresh(id);
	ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 2);
	close_house();
}
END_TEST

START_TEST(an_answer_behind_its_time_still_counts)
{
	struct tried late;
	pthread_t thread;
	struct ty_id id;

	open_house();
	id = connected();
	set_token(id, OVER);
	hold(true);
	late = (struct tried){ .id = id };
	ck_assert_int_eq(pthread_create(&thread, NULL, make_try, &late), 0);
	await_tokens(1);
	set_token(id, "held_until = now()");
	ck_assert_refused(try_it(id), TY_E_DENIED, "has to be connected anew");
	hold(false);
	pthread_join(thread, NULL);
	ck_assert_tried(late, 200);
	ck_assert_str_eq(of_token(id, "state"), "connected");
	ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 1);
	close_house();
}
END_TEST

static const struct {
	int status;
	const char *says;
	enum ty_code code;
	const char *told, *state;
} refusal_cases[] = {
	{ 400,
	  "{\"error\":\"invalid_grant\",\"error_description\":\"" SECRET " refresh-1-canary\"}",
	  TY_E_DENIED, "has to be connected anew", "reconnect" },
	{ 401, "{\"error\":\"invalid_client\",\"error_description\":\"" SECRET "\"}", TY_E_DENIED,
	  "invalid_client: ********", "connected" },
	{ 503, "{}", TY_E_UNAVAILABLE, "status 503", "connected" },
	{ 429, "{\"error\":\"slow_down\"}", TY_E_UNAVAILABLE, "slow_down", "connected" },
	{ 302, "", TY_E_DENIED, "status 302", "connected" },
	{ 500, "<html>", TY_E_DENIED, "has to be connected anew", "reconnect" },
	{ 200, "<html>", TY_E_DENIED, "has to be connected anew", "reconnect" },
};

START_TEST(what_the_provider_says_is_told)
{
	struct ty_id id;

	open_house();
	id = connected();
	set_token(id, OVER);
	provider.says = refusal_cases[_i].says;
	provider.status = refusal_cases[_i].status;
	ck_assert_refused(try_it(id), refusal_cases[_i].code, refusal_cases[_i].told);
	ck_assert_str_eq(of_token(id, "state"), refusal_cases[_i].state);
	ck_assert_str_eq(of_token(id, "held_until IS NULL AND problem <> ''"), "t");
	ck_assert_str_eq(of_token(id, "problem LIKE '%canary%' OR problem LIKE '%sesame%'"), "f");
	provider.says = NULL;
	if (strcmp(refusal_cases[_i].state, "connected") == 0) {
		ck_assert_tried(try_it(id), 200);
		ck_assert_str_eq(of_token(id, "problem"), "");
	}
	close_house();
}
END_TEST

/* Nobody has the refresh token then. */
START_TEST(a_provider_that_is_not_reached_costs_no_connection)
{
	struct ty_id id;

	open_house();
	id = connected();
	set_token(id, OVER);
	conf.http_allow = "";
	ck_assert_refused(try_it(id), TY_E_DENIED, "not on the public internet");
	ck_assert_str_eq(of_token(id, "state"), "connected");
	conf.http_allow = "127.0.0.1";
	ck_assert_int_eq(provider.tokens, 0);
	ck_assert_tried(try_it(id), 200);
	id = credential_at("http_oauth2_client", "http://127.0.0.1:1/token", "");
	ck_assert_refused(try_it(id), TY_E_UPSTREAM, "No connection could be made");
	id = credential_at("http_oauth2_client",
			   ty_arena_printf(fx.arena, "http://localhost:%d/token",
					   http_server_port(provider.server)),
			   "127.0.0.1");
	provider.tokens = 0;
	ck_assert_refused(try_it(id), TY_E_DENIED, "not for the host localhost");
	ck_assert_int_eq(provider.tokens, 0);
	close_house();
}
END_TEST

/* Postgres goes while the provider thinks: what it gives is kept as soon as Postgres is back. */
START_TEST(a_token_waits_for_postgres)
{
	struct tried t;
	pthread_t thread;
	struct ty_id id;

	open_house();
	id = connected();
	set_token(id, OVER);
	hold(true);
	t = (struct tried){ .id = id };
	ck_assert_int_eq(pthread_create(&thread, NULL, make_try, &t), 0);
	await_tokens(1);
	svc_postgres_kill9(&svc);
	hold(false);
	svc_postgres_start(&svc);
	pthread_join(thread, NULL);
	ck_assert_tried(t, 200);
	ck_assert_int_eq(provider.tokens, 1);
	ty_store_free(owner);
	owner = ty_store_new(svc.owner_database_url, 2, "test");
	ck_assert_str_eq(of_token(id, "state"), "connected");
	close_house();
}
END_TEST

START_TEST(a_refused_token_is_renewed_once)
{
	struct ty_id id;

	open_house();
	id = connected();
	/* It is too young for its age to be the reason. */
	provider.issued++;
	ck_assert_tried(try_it(id), 401);
	ck_assert_int_eq(provider.tokens, 0);
	set_token(id, OLD);
	ck_assert_tried(try_it(id), 200);
	ck_assert_int_eq(provider.tokens, 1);
	/* Whatever the API says then, that is the answer. */
	set_token(id, OLD);
	provider.takes_none = true;
	ck_assert_tried(try_it(id), 401);
	ck_assert_int_eq(provider.tokens, 2);
	close_house();
}
END_TEST

START_TEST(a_token_without_a_refresh_token_ends)
{
	struct ty_id id;

	open_house();
	id = connected();
	set_token(id, "has_refresh = false, renew_at = now() - interval '1 s', "
		      "expires_at = now() + interval '1 hour', " OLD);
	ck_assert_tried(try_it(id), 200);
	provider.issued++;
	ck_assert_tried(try_it(id), 401);
	provider.issued--;
	set_token(id, "expires_at = now()");
	ck_assert_refused(try_it(id), TY_E_DENIED, "gave none to refresh it with");
	ck_assert_int_eq(provider.tokens, 0);
	close_house();
}
END_TEST

START_TEST(another_value_is_another_connection)
{
	struct ty_id id;

	open_house();
	id = connected();
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.credential_tokens SET credential_version = 0 "
			       "WHERE credential_id = '%s'",
			       id.s));
	ck_assert_refused(try_it(id), TY_E_DENIED, "is not connected");
	ck_assert_str_eq(of_token(id, "sealed IS NULL AND NOT has_refresh"), "t");
	/* A worker that has read the value of before asks again. */
	set_token(id, "credential_version = 9");
	ck_assert_refused(try_it(id), TY_E_UNAVAILABLE, "changed meanwhile");
	ck_assert_int_eq(provider.tokens, 0);
	close_house();
}
END_TEST

/* Nobody waits for the end of a hold whose answer is of no use any more. */
START_TEST(a_credential_that_is_changed_while_it_is_refreshed_is_told_at_once)
{
	struct tried old;
	pthread_t thread;
	struct ty_id id;
	int64_t begun_ms;

	open_house();
	id = connected();
	set_token(id, OVER);
	hold(true);
	old = (struct tried){ .id = id };
	ck_assert_int_eq(pthread_create(&thread, NULL, make_try, &old), 0);
	await_tokens(1);
	db_run(owner, NULL,
	       ty_arena_printf(fx.arena,
			       "UPDATE tyboo.credentials SET version = version + 1 "
			       "WHERE id = '%s'",
			       id.s));
	begun_ms = ty_time_mono_ms();
	hold(false);
	pthread_join(thread, NULL);
	ck_assert_int_lt(ty_time_mono_ms() - begun_ms, TY_TOKEN_HOLD_MS / 3);
	ck_assert_refused(old, TY_E_UNAVAILABLE, "changed meanwhile");
	ck_assert_str_eq(of_token(id, "held_until IS NULL"), "t");
	ck_assert_int_eq(provider.tokens, 1);
	close_house();
}
END_TEST

START_TEST(a_token_opens_in_its_own_place_alone)
{
	struct ty_id id, other;

	open_house();
	id = connected();
	other = connected();
	set_token(id, ty_arena_printf(fx.arena,
				      "sealed = (SELECT sealed FROM "
				      "tyboo.credential_tokens WHERE credential_id = '%s')",
				      other.s));
	ck_assert_int_eq(try_it(id).err.code, TY_E_DENIED);
	ck_assert_tried(try_it(other), 200);
	close_house();
}
END_TEST

DB_TEST_MAIN("store.tokens", SERVICES_POSTGRES | SERVICES_MIGRATED, {
	TEST_LOOP(a_machine_gets_its_token_once_and_again_when_it_is_over, machine_types);
	TEST(a_sign_in_is_exchanged_with_its_verifier);
	TEST(a_verifier_of_another_state_is_refused);
	TEST(a_state_is_good_once_for_its_session_and_ten_minutes);
	TEST(only_the_latest_twenty_states_of_a_credential_are_kept);
	TEST(workers_at_once_refresh_once);
	TEST(a_refresh_in_doubt_is_not_repeated);
	TEST(a_refresh_token_that_does_not_change_is_sent_again);
	TEST(an_answer_behind_its_time_still_counts);
	TEST_LOOP(what_the_provider_says_is_told, refusal_cases);
	TEST(a_provider_that_is_not_reached_costs_no_connection);
	TEST(a_token_waits_for_postgres);
	TEST(a_refused_token_is_renewed_once);
	TEST(a_token_without_a_refresh_token_ends);
	TEST(another_value_is_another_connection);
	TEST(a_credential_that_is_changed_while_it_is_refreshed_is_told_at_once);
	TEST(a_token_opens_in_its_own_place_alone);
})
