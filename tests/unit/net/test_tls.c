/*
 * test_tls.c -- https: whose certificate is taken, and that http and https are two origins.
 */
#include "unit/net/web.h"

#include "support/tls.h"

static struct {
	char ca_file[64];
	struct tls_identity *ca, *own;
	struct tls_front *front;
	char http[48], https[48]; /* one host and port, two schemes */
} tls;

/* A front with a certificate for 'names', and calls that trust the CA whether it signed or not. */
static void
tls_start(const char *names, bool signed_by_ca, int ended_days, bool trusts_ca)
{
	const struct tls_wanted ca = { .names = "DNS:ca.test" };
	struct tls_wanted own = { .names = names, .ended_days = ended_days };
	int port;

	tls.ca = tls_identity_new(&ca);
	own.issuer = signed_by_ca ? tls.ca : NULL;
	tls.own = tls_identity_new(&own);
	snprintf(tls.ca_file, sizeof(tls.ca_file), "/tmp/tyboo-ca.%d", (int)getpid());
	tls_identity_save(tls.ca, tls.ca_file);
	web_start_with("127.0.0.1", trusts_ca ? tls.ca_file : NULL);
	tls.front = tls_front_new(tls.own, web.port);
	port = tls_front_port(tls.front);
	snprintf(tls.http, sizeof(tls.http), "http://127.0.0.1:%d", port);
	snprintf(tls.https, sizeof(tls.https), "https://127.0.0.1:%d", port);
}

static void
tls_stop(void)
{
	tls_front_free(tls.front);
	web_stop();
	unlink(tls.ca_file);
	tls_identity_free(tls.own);
	tls_identity_free(tls.ca);
}

static struct outcome
tls_fetch(bool verify)
{
	return fetch(request_for("/", ty_arena_printf(fx.arena,
						      "{\"url\":\"%s/echo?token=sesame\","
						      "\"verify_tls\":%s}",
						      tls.https, verify ? "true" : "false")),
		     0);
}

static const struct {
	const char *names;
	bool signed_by_ca, trusts_ca;
	int ended_days;
	const char *why; /* it is refused; NULL = it is not */
} certificates[] = {
	{ "IP:127.0.0.1", true, true, 0, NULL },
	{ "DNS:other.test,IP:127.0.0.1", true, true, 0, NULL },
	{ "IP:127.0.0.1", true, false, 0, "unable to get local issuer certificate" },
	{ "IP:127.0.0.1", false, true, 0, "self-signed certificate" },
	{ "IP:127.0.0.1", false, false, 0, "self-signed certificate" },
	{ "IP:127.0.0.2", true, true, 0, "target host name '127.0.0.1'" },
	{ "DNS:localhost", true, true, 0, "target host name '127.0.0.1'" },
	{ "IP:127.0.0.1", true, true, 1, "certificate has expired" },
};

START_TEST(a_certificate_is_taken_from_a_known_ca_for_the_host_that_was_asked)
{
	const char *why = certificates[_i].why;
	struct outcome out;

	tls_start(certificates[_i].names, certificates[_i].signed_by_ca,
		  certificates[_i].ended_days, certificates[_i].trusts_ca);
	out = tls_fetch(true);
	if (why == NULL) {
		ck_assert_str_eq(echo_str(&out, "target"), "/echo?token=sesame");
	} else {
		ck_assert_msg(out.answer == NULL, "it was taken");
		ck_assert_int_eq(out.err.code, TY_E_UPSTREAM);
		ck_assert(!out.err.retryable);
		ck_assert_msg(strstr(out.err.msg, why) != NULL, "%s", out.err.msg);
		ck_assert_ptr_nonnull(strstr(out.err.msg, tls.https));
		ck_assert_ptr_null(strstr(out.err.msg, "sesame"));
		ck_assert_ptr_nonnull(strstr(out.err.hint, "http_ca_file"));
		ck_assert_int_eq(__atomic_load_n(&web.served, __ATOMIC_RELAXED), 0);
	}
	tls_stop();
}
END_TEST

/* And what one call let through is no way in for the next. */
START_TEST(any_certificate_is_taken_where_the_call_says_so_and_nowhere_else)
{
	struct outcome out;

	tls_start(certificates[_i].names, certificates[_i].signed_by_ca,
		  certificates[_i].ended_days, certificates[_i].trusts_ca);
	out = tls_fetch(false);
	ck_assert_str_eq(echo_str(&out, "target"), "/echo?token=sesame");
	out = tls_fetch(true);
	ck_assert_int_eq(out.answer != NULL, certificates[_i].why == NULL);
	tls_stop();
}
END_TEST

START_TEST(http_and_https_of_one_host_and_port_are_two_origins)
{
	const struct carried *carried = &carried_cases[_i];

	tls_start("IP:127.0.0.1", true, 0, true);
	check_carried(tls.https, tls.https, true, carried);
	check_carried(tls.https, tls.http, false, carried);
	check_carried(tls.http, tls.https, false, carried);
	tls_stop();
}
END_TEST

/* The certificate is looked at on each hop. */
START_TEST(a_redirect_to_a_server_with_a_bad_certificate_is_not_followed)
{
	struct outcome out;

	tls_start("IP:127.0.0.1", false, 0, true);
	out = fetch(request_for("/", ty_arena_printf(fx.arena,
						     "{\"url\":\"%s/redirect/307/%s/echo\","
						     "\"redirects_max\":1}",
						     tls.http, tls.https)),
		    0);
	ck_assert_msg(out.answer == NULL, "it was followed");
	ck_assert_ptr_nonnull(strstr(out.err.msg, "certificate"));
	tls_stop();
}
END_TEST

START_TEST(a_ca_file_that_cannot_be_read_is_named)
{
	struct ty_net_conf conf = { .ca_file = "/nonexistent/ca.pem" };
	struct ty_net *net = NULL;
	uv_loop_t loop;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_code(ty_net_new(&loop, &conf, &net, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "http_ca_file: /nonexistent/ca.pem"));
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

TEST_MAIN("net tls", {
	TEST_LOOP(a_certificate_is_taken_from_a_known_ca_for_the_host_that_was_asked, certificates);
	TEST_LOOP(any_certificate_is_taken_where_the_call_says_so_and_nowhere_else, certificates);
	TEST_LOOP(http_and_https_of_one_host_and_port_are_two_origins, carried_cases);
	TEST(a_redirect_to_a_server_with_a_bad_certificate_is_not_followed);
	TEST(a_ca_file_that_cannot_be_read_is_named);
})
