/*
 * Where Redis is: every form that is meant, and none that is nearly one.
 */
#include "queue/url.h"
#include "support/common.h"

#include <stdio.h>

static const struct {
	const char *text;
	const char *host, *path, *user, *password;
	int port, db;
} good[] = {
	{ "redis://localhost", "localhost", "", "", "", 6379, 0 },
	{ "redis://localhost/", "localhost", "", "", "", 6379, 0 },
	{ "redis://localhost:6380/3", "localhost", "", "", "", 6380, 3 },
	{ "redis://:secret@127.0.0.1", "127.0.0.1", "", "", "secret", 6379, 0 },
	{ "redis://me:secret@h:1/1023", "h", "", "me", "secret", 1, 1023 },
	{ "redis://me:p@ss:w@h", "h", "", "me", "p@ss:w", 6379, 0 },
	{ "redis://%6De:p%2fs%25%20%40s@h", "h", "", "me", "p/s% @s", 6379, 0 },
	{ "redis://[::1]", "::1", "", "", "", 6379, 0 },
	{ "redis://[::1]:6380/2", "::1", "", "", "", 6380, 2 },
	{ "redis://:@h", "h", "", "", "", 6379, 0 },
	{ "unix:/run/redis.sock", "", "/run/redis.sock", "", "", 6379, 0 },
	{ "unix:/run/redis.sock?db=7", "", "/run/redis.sock", "", "", 6379, 7 },
};

START_TEST(each_address_is_taken_apart)
{
	struct ty_queue_url url;

	ck_assert_ok(ty_queue_url_parse(good[_i].text, &url, &fx.err));
	ck_assert_str_eq(url.host, good[_i].host);
	ck_assert_str_eq(url.path, good[_i].path);
	ck_assert_str_eq(url.user, good[_i].user);
	ck_assert_str_eq(url.password, good[_i].password);
	ck_assert_int_eq(url.port, good[_i].port);
	ck_assert_int_eq(url.db, good[_i].db);
}
END_TEST

static const char *const bad[] = {
	"",
	"localhost",
	"redis:",
	"redis://",
	"redis://:6379",
	"redis://h:",
	"redis://h:0",
	"redis://h:65536",
	"redis://h:6379x",
	"redis://h:-1",
	"redis://h/x",
	"redis://h/-1",
	"redis://h/1024",
	"redis://secret@h",
	"redis://@h",
	"redis://:secret@",
	"redis://:secret%@h",
	"redis://:secret%4@h",
	"redis://:secret%zz@h",
	"redis://:secret%00@h",
	"redis://%:secret@h",
	"redis://:secret@/1",
	"http://h",
	"REDIS://h",
	"unix:",
	"unix:?db=1",
	"unix:/x?db=",
	"unix:/x?db=a",
	"rediss://h",
	"redis://[]",
	"redis://[::1]x:1",
	"redis://]",
	"redis://::1",
	"redis://[::1",
	"redis://a:b:1",
};

START_TEST(what_is_nearly_one_is_invalid)
{
	struct ty_queue_url url = { .port = 7 };

	ck_assert_msg(ty_queue_url_parse(bad[_i], &url, &fx.err) == TY_E_INVALID, "%s", bad[_i]);
	ck_assert_int_eq(url.port, 7);
	/* It may hold a password: no part of it is shown. */
	ck_assert_ptr_null(strstr(fx.err.msg, "secret"));
}
END_TEST

START_TEST(tls_is_refused_with_a_word_why)
{
	struct ty_queue_url url;

	ck_assert_code(ty_queue_url_parse("rediss://:secret@h", &url, &fx.err), TY_E_INVALID);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "TLS"));
}
END_TEST

START_TEST(what_does_not_fit_is_invalid)
{
	static const char *const forms[] = { "redis://%s", "redis://%s:x@h", "redis://:%s@h",
					     "unix:/%s" };
	struct ty_queue_url url;
	char text[1024], fill[600];

	memset(fill, 'x', sizeof(fill) - 1);
	fill[sizeof(fill) - 1] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), forms[_i], fill);
#pragma GCC diagnostic pop
	ck_assert_code(ty_queue_url_parse(text, &url, &fx.err), TY_E_INVALID);
}
END_TEST

TEST_MAIN("queue.url", {
	TEST_LOOP(each_address_is_taken_apart, good);
	TEST_LOOP(what_is_nearly_one_is_invalid, bad);
	TEST(tls_is_refused_with_a_word_why);
	tcase_add_loop_test(tc, what_does_not_fit_is_invalid, 0, 4);
})
