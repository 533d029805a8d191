/*
 * test_https.c -- http.request over real TLS, by a real tyboo-run: whose certificate it takes, and
 * that the secret it sends is kept nowhere.
 */
#include "graphs.h"
#include "house.h"

#include "support/tls.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECRET "open-sesame"

/* A call of the sink through a front with a certificate of this CA; NULL: one that nobody knows. */
static struct ty_id
https_job(const struct tls_identity *ca, struct tls_front **ret_front, const char *verify)
{
	const struct tls_wanted wanted = { .names = "IP:127.0.0.1", .issuer = ca };
	struct tls_identity *own = tls_identity_new(&wanted);
	struct house_flow flow;

	*ret_front = tls_front_new(own, http_server_port(house.sink));
	tls_identity_free(own); /* the front has its own reference */
	flow = house_flow(ty_arena_printf(
		fx.arena,
		GRAPH(TRIGGER "," NODE("get", "http.request",
				       "\"url\":\"https://127.0.0.1:%d/a?token=" SECRET
				       "\",\"auth_header\":\"X-Api-Key\",\"auth_value\":\"" SECRET
				       "\",\"verify_tls\":%s"),
		      EDGE("t", "main", "get"), ""),
		tls_front_port(*ret_front), verify));
	return house_job(&flow, 1);
}

static void
check_no_secret(const struct ty_id *run)
{
	ck_assert(!house_log_has(SECRET));
	ck_assert_ptr_null(strstr(house_steps(run), SECRET));
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.executions e"
				     " WHERE e.id = '%s' AND e::text LIKE '%%" SECRET "%%'",
				     run->s),
			 0);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.effects f"
				     " WHERE f.run_id = '%s' AND f::text LIKE '%%" SECRET "%%'",
				     run->s),
			 0);
}

START_TEST(a_call_over_tls_takes_the_operators_ca_and_no_other)
{
	const struct tls_wanted wanted = { .names = "DNS:ca.test" };
	struct tls_identity *ca = tls_identity_new(&wanted);
	const char *path = ty_arena_printf(fx.arena, "%s/ca.pem", house.home);
	struct ty_id known, unknown, unchecked;
	struct tls_front *fronts[3];
	pid_t worker;

	tls_identity_save(ca, path);
	house_conf(ty_arena_printf(fx.arena, "http_ca_file = %s\n", path));
	known = https_job(ca, &fronts[0], "true");
	unknown = https_job(NULL, &fronts[1], "true");
	unchecked = https_job(NULL, &fronts[2], "false");
	worker = house_worker();
	house_await_finished(3);
	ck_assert_str_eq(house_status(&known), "ok");
	ck_assert_str_eq(house_status(&unknown), "error");
	ck_assert_str_eq(house_status(&unchecked), "ok");
	ck_assert_uint_eq(house_hits("/a?token=" SECRET), 2);
	ck_assert_ptr_nonnull(
		strstr(house_steps(&unknown), "The server's certificate is not trusted"));
	ck_assert_ptr_nonnull(strstr(house_steps(&unknown), "http_ca_file"));
	check_no_secret(&known);
	check_no_secret(&unknown);
	house_worker_drain(worker);
	for (size_t i = 0; i < 3; i++)
		tls_front_free(fronts[i]);
	tls_identity_free(ca);
}
END_TEST

HOUSE_TEST_MAIN("run.https", 90, { TEST(a_call_over_tls_takes_the_operators_ca_and_no_other); })
