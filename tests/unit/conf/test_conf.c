/* test_conf.c -- the file, the environment, and what is said of mistakes. */
#include "base/limits.h"
#include "conf/conf.h"
#include "support/common.h"

#include <stdio.h>
#include <unistd.h>

static enum ty_code
load(const char *text, const struct ty_conf **ret_conf)
{
	char path[] = "/tmp/ty-conf-XXXXXX";
	int fd = mkstemp(path);
	enum ty_code code;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	code = ty_conf_load(fx.arena, path, ret_conf, &fx.err);
	unlink(path);
	return code;
}

START_TEST(values_come_from_the_file_then_defaults)
{
	const struct ty_conf *conf;

	ck_assert_ok(
		load("# comment\n\nredis_url = unix:/x y\n  lease_ms=5000 \nhome = /h\n", &conf));
	ck_assert_str_eq(conf->redis_url, "unix:/x y");
	ck_assert_int_eq(conf->lease_ms, 5000);
	ck_assert_int_eq(conf->heartbeat_ms, 10000);
	ck_assert_str_eq(conf->home, "/h");
	ck_assert_str_eq(conf->lane, "main");
	ck_assert_int_eq(conf->deliveries_max, TY_LIMIT_DELIVERIES_COUNT);
}
END_TEST

START_TEST(the_environment_beats_the_file)
{
	const struct ty_conf *conf;

	setenv("TYBOO_LEASE_MS", "7000", 1);
	ck_assert_ok(load("lease_ms = 5000\n", &conf));
	ck_assert_int_eq(conf->lease_ms, 7000);
}
END_TEST

static const struct {
	const char *text, *says, *hint;
} bad_cases[] = {
	{ "lease_ms = 5000\nleese_ms = 1\n", "line 2: there is no setting \"leese_ms\"",
	  "conf --help" },
	{ "lease_ms\n", "line 1: \"lease_ms\" is not \"key = value\"", "" },
	{ "lease_ms = soon\n", "line 1: lease_ms is \"soon\"", "from 200 to 3600000 ms" },
	{ "lease_ms = 0\n", "lease_ms is \"0\"", "from 200" },
	{ "api_threads = 5000\n", "api_threads is \"5000\"", "from 1 to 1024" },
};

START_TEST(each_mistake_is_named_with_its_line_and_its_mending)
{
	const struct ty_conf *conf;

	ck_assert_code(load(bad_cases[_i].text, &conf), TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, bad_cases[_i].says) != NULL, "%s", fx.err.msg);
	ck_assert_msg(strstr(fx.err.hint, bad_cases[_i].hint) != NULL, "%s", fx.err.hint);
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
	const struct ty_conf *conf;

	ck_assert_code(ty_conf_load(fx.arena, "/nonexistent/tyboo.conf", &conf, &fx.err),
		       TY_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(fx.err.hint, "--config"));
}
END_TEST

START_TEST(help_lists_settings_with_defaults_and_units)
{
	ck_assert_ptr_nonnull(strstr(ty_conf_help(fx.arena), "(default 30000 ms)"));
}
END_TEST

static const struct {
	const char *value, *shown;
} masked[] = {
	{ "host=/run dbname=tyboo password=hunter2 user=u",
	  "host=/run dbname=tyboo password=*** user=u" },
	{ "user=u password='a \\' b' host=h", "user=u password=*** host=h" },
	{ "postgresql://u:hunter2@h/db", "postgresql://u:***@h/db" },
	{ "postgresql://u@h/db?password=hunter2&x=1", "postgresql://u@h/db?password=***&x=1" },
	{ "redis://:p@ss@h:6379", "redis://:***@h:6379" },
	{ "unix:/run/redis.sock", "unix:/run/redis.sock" },
	{ "redis://h:6379", "redis://h:6379" },
};

START_TEST(a_password_is_never_shown)
{
	const char *key, *value = "";
	const struct ty_conf *conf;
	size_t i = 0;

	ck_assert_ok(
		load(ty_arena_printf(fx.arena, "database_url = %s\n", masked[_i].value), &conf));
	while (ty_conf_at(fx.arena, conf, i, &key, &value) && strcmp(key, "database_url") != 0)
		i++;
	ck_assert_str_eq(value, masked[_i].shown);
}
END_TEST

TEST_MAIN("conf", {
	TEST_LOOP(a_password_is_never_shown, masked);
	TEST(values_come_from_the_file_then_defaults);
	TEST(the_environment_beats_the_file);
	TEST_LOOP(each_mistake_is_named_with_its_line_and_its_mending, bad_cases);
	TEST(a_missing_file_is_not_found);
	TEST(help_lists_settings_with_defaults_and_units);
})
