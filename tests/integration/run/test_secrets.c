/*
 * test_secrets.c -- what a real tyboo-run opens when it makes a call: sealed texts and credentials,
 * and that nothing of them is kept.
 */
#include "graphs.h"
#include "house.h"

#include "graph/secret.h"
#include "json/json.h"
#include "support/nodes.h"
#include "vault/sealed_text.h"
#include "vault/vault.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANARY "canary-8c1f"

static struct ty_vault *vault;
static struct ty_store *app;

static const char *
master_key(const char *name, char digit)
{
	const char *path = ty_arena_printf(fx.arena, "%s/%s", house.home, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 64; i++)
		fputc(digit, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

static void
use_master_key(void)
{
	const char *path = master_key("master.key", 'a');

	ck_assert_ok(ty_vault_new(path, &vault, &fx.err));
	house_conf(ty_arena_printf(fx.arena, "master_key_file = %s\n", path));
}

/* As the programs' role, which row-level security binds. */
static struct ty_tx *
begin(void)
{
	struct ty_tx *tx;

	if (app == NULL)
		app = ty_store_new(house_services.database_url, 1, "test");
	ck_assert_ok(ty_tx_begin(app, fx.arena, &house.workspace, 5000, &tx, &fx.err));
	return tx;
}

/* A workflow as a release kept it that sealed what was written in it. */
static struct house_flow
sealed_flow(const char *params)
{
	struct house_flow flow = house_flow(ty_arena_printf(
		fx.arena,
		GRAPH(TRIGGER "," NODE("get", "http.request", "%s"), EDGE("t", "main", "get"), ""),
		params));
	const struct ty_vault_owner owner = { &house.workspace, &flow.workflow };
	const char *text = house_sql("SELECT graph FROM tyboo.workflow_versions WHERE id = '%s'",
				     flow.version.s);
	json_t *graph = ty_json_own(fx.arena, json_loads(text, 0, NULL)), *sealed;
	struct ty_tx *tx = begin();
	struct ty_registry *registry;

	ck_assert_ok(ty_registry_new(fx.arena, ty_nodes_builtin, &registry, &fx.err));
	ck_assert_ok(ty_vault_graph_seal(vault, tx, registry, &owner,
					 ty_graph_secrets_hide(fx.arena, registry, graph), graph,
					 &sealed, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	text = ty_json_dump(fx.arena, sealed, NULL);
	ck_assert_ptr_null(strstr(text, CANARY));
	house_sql("UPDATE tyboo.workflow_versions SET graph = '%s' WHERE id = '%s'", text,
		  flow.version.s);
	return flow;
}

static struct ty_id
credential(const char *type, const char *data)
{
	struct ty_id id;
	struct ty_tx *tx = begin();

	ck_assert_ok(ty_vault_add(
		vault, tx, &house.workspace,
		&(struct ty_vault_new){ .name = type,
					.type = type,
					.data = ty_json_own(fx.arena, json_loads(data, 0, NULL)) },
		&id, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return id;
}

static void
check_nowhere(const struct ty_id *run)
{
	ck_assert(!house_log_has(CANARY));
	ck_assert_ptr_null(strstr(house_steps(run), CANARY));
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions e WHERE e.id = '%s' "
				     "AND e::text LIKE '%%" CANARY "%%'",
				     run->s),
			 0);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects f WHERE f.run_id = '%s' "
				     "AND f::text LIKE '%%" CANARY "%%'",
				     run->s),
			 0);
}

START_TEST(sealed_secrets_reach_the_receiver_and_nothing_else)
{
	struct house_flow flow;
	struct ty_id run;
	pid_t worker;

	use_master_key();
	flow = sealed_flow(
		"\"url\":\"%s/a\",\"query\":[{\"name\":\"token\",\"value\":\"" CANARY
		"-q\"}],\"auth_header\":\"Authorization\",\"auth_value\":\"Bearer " CANARY
		"-b\",\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"" CANARY "-h\"}]");
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/a?token=" CANARY "-q"), 1);
	ck_assert_str_eq(house_hit("/a?token=" CANARY "-q", 0)->authorization,
			 "Bearer " CANARY "-b");
	ck_assert_str_eq(house_hit("/a?token=" CANARY "-q", 0)->api_key, CANARY "-h");
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

START_TEST(user_information_of_a_url_is_opened)
{
	const char *port = ty_arena_printf(fx.arena, "%d", http_server_port(house.sink));
	struct house_flow flow;
	struct ty_id run;
	pid_t worker;

	use_master_key();
	flow = sealed_flow(ty_arena_printf(fx.arena,
					   "\"url\":\"=http://me:" CANARY
					   "@127.0.0.1:%s/{{ $json.n "
					   "}}\",\"full_response\":true",
					   port));
	run = house_job(&flow, 7);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	/* base64 of "me:canary-8c1f" */
	ck_assert_str_eq(house_hit("/7", 0)->authorization, "Basic bWU6Y2FuYXJ5LThjMWY=");
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_secret_in_the_query_of_a_url_is_opened)
{
	struct house_flow flow;
	struct ty_id run;
	pid_t worker;

	use_master_key();
	flow = sealed_flow(ty_arena_printf(fx.arena,
					   "\"url\":\"=http://127.0.0.1:%d/q?api_key=" CANARY
					   "-u&n={{ $json.n }}\",\"full_response\":true",
					   http_server_port(house.sink)));
	run = house_job(&flow, 7);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/q?api_key=" CANARY "-u&n=7"), 1);
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

static const struct {
	const char *type, *data, *authorization, *api_key;
} credential_cases[] = {
	{ "http_bearer", "{\"token\":\"" CANARY "\"}", "Bearer " CANARY, "" },
	{ "http_basic", "{\"username\":\"me\",\"password\":\"" CANARY "\"}",
	  "Basic bWU6Y2FuYXJ5LThjMWY=", "" },
	{ "http_header", "{\"name\":\"X-Api-Key\",\"value\":\"" CANARY "\"}", "", CANARY },
	{ "http_custom", "{\"headers\":[{\"name\":\"X-Api-Key\",\"value\":\"" CANARY "\"}]}", "",
	  CANARY },
};

START_TEST(a_credential_is_a_header)
{
	struct house_flow flow;
	struct ty_id id, run;
	pid_t worker;

	use_master_key();
	id = credential(credential_cases[_i].type, credential_cases[_i].data);
	flow = sealed_flow(
		ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"", id.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_str_eq(house_hit("/a", 0)->authorization, credential_cases[_i].authorization);
	ck_assert_str_eq(house_hit("/a", 0)->api_key, credential_cases[_i].api_key);
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

/* ---- a provider that is asked while the worker is told to end ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_asked, may_answer;
} provider = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static bool
serve_token(void *ctx, const struct http_server_request *r)
{
	static const char answer[] = "{\"access_token\":\"" CANARY "\",\"expires_in\":3600}";

	pthread_mutex_lock(&provider.lock);
	provider.is_asked = true;
	pthread_cond_broadcast(&provider.changed);
	while (!provider.may_answer)
		pthread_cond_wait(&provider.changed, &provider.lock);
	pthread_mutex_unlock(&provider.lock);
	http_server_answer(r->fd, 200, "Content-Type: application/json\r\n", answer,
			   strlen(answer));
	return true;
}

static void
await_log(const char *text)
{
	while (!house_log_has(text))
		usleep(10000);
}

/* Its answer may be the only one that the provider gives: the worker keeps it, though the run goes back. */
START_TEST(a_worker_that_ends_keeps_the_token_that_it_asked_for)
{
	struct http_server *server = http_server_new(serve_token, NULL);
	struct house_flow flow;
	struct ty_id id;
	pid_t worker;

	use_master_key();
	id = credential("http_oauth2_client",
			ty_arena_printf(fx.arena,
					"{\"token_url\":\"http://127.0.0.1:%d/t\",\"client_id\":"
					"\"me\",\"client_secret\":\"" CANARY "-c\"}",
					http_server_port(server)));
	flow = sealed_flow(
		ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"", id.s));
	(void)house_job(&flow, 1);
	worker = house_worker();
	pthread_mutex_lock(&provider.lock);
	while (!provider.is_asked)
		pthread_cond_wait(&provider.changed, &provider.lock);
	pthread_mutex_unlock(&provider.lock);
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	await_log("draining");
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	await_log("ending at once");
	ck_assert_str_eq(
		house_sql("SELECT state FROM tyboo.credential_tokens WHERE credential_id = "
			  "'%s'",
			  id.s),
		"none");
	pthread_mutex_lock(&provider.lock);
	provider.may_answer = true;
	pthread_cond_broadcast(&provider.changed);
	pthread_mutex_unlock(&provider.lock);
	ck_assert_int_eq(house_worker_wait(worker), 0);
	ck_assert_str_eq(
		house_sql("SELECT state FROM tyboo.credential_tokens WHERE credential_id = "
			  "'%s'",
			  id.s),
		"connected");
	ck_assert_uint_eq(house_hits("/a"), 0);
	ck_assert(!house_log_has(CANARY));
	http_server_free(server);
}
END_TEST

/* One run, then the change, then another. */
static void
change(const struct ty_id *id, const struct ty_vault_new *new)
{
	struct ty_tx *tx = begin();

	ck_assert_ok(ty_vault_change(vault, tx, &house.workspace, id, new, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

START_TEST(the_next_call_is_made_with_what_the_credential_is_then)
{
	struct ty_id id, first, second, third, fourth;
	struct house_flow flow;
	pid_t worker;

	use_master_key();
	id = credential("http_bearer", "{\"token\":\"" CANARY "-old\"}");
	flow = sealed_flow(
		ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"", id.s));
	worker = house_worker();
	first = house_job(&flow, 1);
	house_await_finished(1);
	change(&id,
	       &(struct ty_vault_new){
		       .data = ty_json_own(fx.arena, json_pack("{s:s}", "token", CANARY "-new")) });
	second = house_job(&flow, 2);
	house_await_finished(2);
	change(&id, &(struct ty_vault_new){ .hosts = "api.example.com" });
	third = house_job(&flow, 3);
	house_await_finished(3);
	house_sql("DELETE FROM tyboo.credentials WHERE id = '%s'", id.s);
	fourth = house_job(&flow, 4);
	house_await_finished(4);
	ck_assert_uint_eq(house_hits("/a"), 2);
	ck_assert_str_eq(house_hit("/a", 0)->authorization, "Bearer " CANARY "-old");
	ck_assert_str_eq(house_hit("/a", 1)->authorization, "Bearer " CANARY "-new");
	ck_assert_ptr_nonnull(strstr(house_steps(&third), "is not for the host 127.0.0.1"));
	ck_assert_ptr_nonnull(strstr(house_steps(&fourth), "There is no credential"));
	check_nowhere(&first);
	check_nowhere(&second);
	check_nowhere(&third);
	check_nowhere(&fourth);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_query_is_sent_and_not_told)
{
	struct house_flow flow;
	struct ty_id id, run;
	pid_t worker;

	use_master_key();
	id = credential("http_query", "{\"name\":\"key\",\"value\":\"" CANARY "\"}");
	flow = sealed_flow(ty_arena_printf(
		fx.arena, "\"url\":\"%%s/a?b=1\",\"full_response\":true,\"credential\":\"%s\"",
		id.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(house_hits("/a?b=1&key=" CANARY), 1);
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "/a?b=1\""));
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

/* One token as a receiver may send it back. */
#define ECHO_PLAIN   "CANARYtok/en+123456=\\\"q"
#define ECHO_PERCENT "CANARYtok%2Fen%2B123456%3D%22q"
#define ECHO_BASE64  "Q0FOQVJZdG9rL2VuKzEyMzQ1Nj0icQ"
#define ECHO_HEX     "43414e415259746f6b2f656e2b3132333435363d2271"
/* Encoded twice, within the base64 of a request, and as JSON in JSON. */
#define ECHO_TWICE   "CANARYtok%252Fen%252B123456%253D%2522q"
#define ECHO_BASE64S "UTBGT1FWSlpkRzlyTDJWdUt6RXlNelExTmowaWNRPT0="
#define ECHO_WITHIN  "QXV0aG9yaXphdGlvbjogQmVhcmVyIENBTkFSWXRvay9lbisxMjM0NTY9InEKSG9zdDogeA=="
#define ECHO_JSON    "{\\\"t\\\":\\\"CANARYtok\\\\/en+123456=\\\\\\\"q\\\"}"

static bool
echo_serve(void *ctx, const struct http_server_request *request)
{
	static const char body[] =
		"{\"" ECHO_HEX "\":\"x " ECHO_BASE64 "==\",\"u\":\"" ECHO_TWICE
		"\",\"b\":\"" ECHO_BASE64S "\",\"w\":\"" ECHO_WITHIN "\",\"j\":\"" ECHO_JSON "\"}";

	if (strcmp(request->target, "/a") == 0)
		http_server_answer(request->fd, 302,
				   "Location: /seen/" ECHO_PERCENT "?b=" ECHO_BASE64 "\r\n", "", 0);
	else
		http_server_answer(request->fd, 200,
				   "Content-Type: application/json\r\nLocation: /" ECHO_PERCENT
				   "\r\nX-Seen: " ECHO_HEX "\r\n",
				   body, sizeof(body) - 1);
	return true;
}

START_TEST(a_secret_that_comes_back_encoded_is_not_kept)
{
	static const char *const forms[] = { "CANARYtok", ECHO_BASE64, ECHO_HEX,
					     "SlpkRzlyTDJWdUt6RXlN", "ay9lbisxMjM0" };
	struct http_server *receiver = http_server_new(echo_serve, NULL);
	struct house_flow flow;
	struct ty_id id, run;
	pid_t worker;

	use_master_key();
	id = credential("http_bearer", "{\"token\":\"" ECHO_PLAIN "\"}");
	flow = sealed_flow(ty_arena_printf(
		fx.arena,
		"\"url\":\"http://127.0.0.1:%d/a\",\"full_response\":true,\"credential\":\"%s\"",
		http_server_port(receiver), id.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "/seen/********?b=********"));
	for (size_t i = 0; i < TY_ARRAY_COUNT(forms); i++) {
		ck_assert_ptr_null(strstr(house_steps(&run), forms[i]));
		ck_assert(!house_log_has(forms[i]));
		ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects f WHERE f.run_id "
					     "= '%s' AND f::text LIKE '%%%s%%'",
					     run.s, forms[i]),
				 0);
	}
	house_worker_drain(worker);
	http_server_free(receiver);
}
END_TEST

/* Of another workspace: the same words as of none. */
START_TEST(a_credential_of_another_workspace_is_none)
{
	struct ty_id id, run;
	struct house_flow flow;
	pid_t worker;

	use_master_key();
	id = credential("http_bearer", "{\"token\":\"" CANARY "\"}");
	house_sql(
		"WITH w AS (INSERT INTO tyboo.workspaces (id, slug, name) VALUES ('%s', "
		"'other-%.8s', 'Other') RETURNING id) UPDATE tyboo.credentials SET workspace_id = "
		"w.id FROM w WHERE credentials.id = '%s'",
		ty_id_new().s, ty_id_new().s + 28, id.s);
	flow = sealed_flow(
		ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"", id.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "There is no credential"));
	ck_assert_uint_eq(house_hits("/a"), 0);
	house_worker_drain(worker);
}
END_TEST

/* The run says so, and nothing goes out without its secret. */
START_TEST(what_does_not_open_is_not_sent)
{
	struct house_flow gone, sealed;
	struct ty_id no_credential, wrong_key;
	pid_t worker;

	use_master_key();
	gone = sealed_flow(ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"",
					   ty_id_new().s));
	sealed =
		sealed_flow("\"url\":\"%s/a\",\"auth_header\":\"X\",\"auth_value\":\"" CANARY "\"");
	house_conf(
		ty_arena_printf(fx.arena, "master_key_file = %s\n", master_key("other.key", 'b')));
	no_credential = house_job(&gone, 1);
	wrong_key = house_job(&sealed, 1);
	worker = house_worker();
	house_await_finished(2);
	ck_assert_str_eq(house_status(&no_credential), "error");
	ck_assert_str_eq(house_status(&wrong_key), "error");
	ck_assert_ptr_nonnull(strstr(house_steps(&no_credential), "There is no credential"));
	ck_assert_ptr_nonnull(strstr(house_steps(&wrong_key), "master key"));
	ck_assert_uint_eq(house_hits("/a"), 0);
	house_worker_drain(worker);
}
END_TEST

// clang-format off
#define COMPUTING                                                                                  \
	GRAPH(TRIGGER ","                                                                          \
	      NODE("mac", "data.crypto", "\"action\":\"hmac\",\"secret\":\"%s\",\"field\":\"n\",\"into\":\"mac\"") "," \
	      NODE("sign", "data.jwt", "\"action\":\"sign\",\"key\":\"%s\",\"claims\":\"\",\"into\":\"token\"") "," \
	      NODE("check", "data.jwt", "\"key\":\"%s\"") ","                                            \
	      NODE("code", "data.totp", "\"key\":\"%s\",\"into\":\"code\"") ","                        \
	      NODE("right", "data.totp", "\"action\":\"check\",\"key\":\"%s\",\"into\":\"right\""),           \
	      EDGE("t", "main", "mac") "," EDGE("mac", "main", "sign") "," EDGE("sign", "main", "check") "," \
	      EDGE("check", "main", "code") "," EDGE("code", "main", "right"), "")
// clang-format on

/* HMAC, a token and a code by keys of three credentials, of which nothing is kept. */
START_TEST(a_key_computes_and_is_kept_nowhere)
{
	struct house_flow flow;
	struct ty_id secret, key, seed, run;
	pid_t worker;

	use_master_key();
	secret = credential("crypto_secret", "{\"secret\":\"" CANARY "\"}");
	key = credential("crypto_key",
			 "{\"algorithm\":\"HS256\",\"key\":\"" CANARY "\",\"key_id\":\"k\"}");
	seed = credential("crypto_totp", "{\"secret\":\"JBSWY3DPEHPK3PXP\"}");
	flow = house_flow(
		ty_arena_printf(fx.arena, COMPUTING, secret.s, key.s, key.s, seed.s, seed.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", house_steps(&run));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"right\":true"));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"iat\":"));
	ck_assert_ptr_null(strstr(house_steps(&run), "JBSWY3DPEHPK3PXP"));
	check_nowhere(&run);
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_key_to_compute_with_goes_to_no_server)
{
	struct house_flow flow;
	struct ty_id id, run;
	pid_t worker;

	use_master_key();
	id = credential("crypto_secret", "{\"secret\":\"" CANARY "\"}");
	flow = sealed_flow(
		ty_arena_printf(fx.arena, "\"url\":\"%%s/a\",\"credential\":\"%s\"", id.s));
	run = house_job(&flow, 1);
	worker = house_worker();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "is for computing"));
	ck_assert_uint_eq(house_hits("/a"), 0);
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run.secrets", 90, {
	TEST(sealed_secrets_reach_the_receiver_and_nothing_else);
	TEST(user_information_of_a_url_is_opened);
	TEST(a_secret_in_the_query_of_a_url_is_opened);
	TEST_LOOP(a_credential_is_a_header, credential_cases);
	TEST(a_worker_that_ends_keeps_the_token_that_it_asked_for);
	TEST(a_key_computes_and_is_kept_nowhere);
	TEST(a_key_to_compute_with_goes_to_no_server);
	TEST(the_next_call_is_made_with_what_the_credential_is_then);
	TEST(a_query_is_sent_and_not_told);
	TEST(a_secret_that_comes_back_encoded_is_not_kept);
	TEST(a_credential_of_another_workspace_is_none);
	TEST(what_does_not_open_is_not_sent);
})
