/*
 * test_fastcgi.c -- the real tyboo-api over FastCGI: connections, bodies, and a stop that
 * loses nothing.
 *
 * The client is the test's own and speaks the protocol (FastCGI 1.0) byte by byte, so that it
 * can also stop in the middle.
 */
#include "support/common.h"
#include "support/services.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/time.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM	 TY_BUILD_DIR "/bin/tyboo-api"
#define DRAIN_MS 8000
/* Of a busy machine; nothing here waits for it where all is well. */
#define WAIT_S 30

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static struct services svc;
static struct {
	pid_t pid;
	int listen_fd;
	struct sockaddr_un address;
} api;

/* ---- the program ---- */

static void
write_conf(const char *path, int threads)
{
	FILE *file = fopen(path, "w");
	char key[160];
	int fd;

	snprintf(key, sizeof(key), "%s/master.key", svc.dir);
	fd = open(key, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(
		write(fd, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 64),
		64);
	close(fd);
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"database_url = %s\nredis_url = %s\nmaster_key_file = %s\napi_threads = %d\n"
		"drain_ms = %d\nlog_level = error\n",
		svc.database_url, svc.redis_url, key, threads, DRAIN_MS);
	fclose(file);
}

static void
listen_here(void)
{
	api.address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(api.address.sun_path, sizeof(api.address.sun_path), "%s/api.%d", svc.dir,
		 (int)getpid());
	unlink(api.address.sun_path);
	api.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(api.listen_fd, (struct sockaddr *)&api.address, sizeof(api.address)),
			 0);
	ck_assert_int_eq(listen(api.listen_fd, 128), 0);
}

static void
start(int threads)
{
	const char *conf = ty_arena_printf(fx.arena, "%s/conf.%d", svc.dir, (int)getpid());

	write_conf(conf, threads);
	listen_here();
	api.pid = fork();
	ck_assert_int_ge(api.pid, 0);
	if (api.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(api.listen_fd, 0);
		execl(PROGRAM, PROGRAM, "--config", conf, (char *)NULL);
		_exit(127);
	}
}

/* Ends with this status, without being killed. */
static int
wait_for_end(void)
{
	int64_t until = ty_time_mono_ms() + test_patience_ms(WAIT_S * 1000);
	const struct timespec look = { .tv_nsec = 2000000 };
	int status;

	while (waitpid(api.pid, &status, WNOHANG) == 0) {
		ck_assert_msg(ty_time_mono_ms() < until, "tyboo-api does not end");
		nanosleep(&look, NULL);
	}
	api.pid = 0;
	ck_assert_msg(WIFEXITED(status), "killed by %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void
setup(void)
{
	fx_setup();
	memset(&api, 0, sizeof(api));
	api.listen_fd = -1;
}

static void
teardown(void)
{
	if (api.pid > 0) {
		kill(api.pid, SIGKILL);
		waitpid(api.pid, NULL, 0);
	}
	if (api.listen_fd >= 0)
		close(api.listen_fd);
	fx_teardown();
}

/* ---- the client ---- */

static int
dial(void)
{
	const struct timeval timeout = { .tv_sec = WAIT_S };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&api.address, sizeof(api.address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static void
put(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		ck_assert_int_gt(n, 0);
		at += n;
		len -= (size_t)n;
	}
}

static void
put_record(int fd, int type, const void *data, size_t len)
{
	uint8_t head[8] = { 1, (uint8_t)type, 0, 1, (uint8_t)(len >> 8), (uint8_t)len, 0, 0 };

	put(fd, head, sizeof(head));
	put(fd, data, len);
}

static void
add_param(struct ty_buf *buf, const char *name, const char *value)
{
	ck_assert_uint_lt(strlen(value), 128);
	ty_buf_add_char(buf, (char)strlen(name));
	ty_buf_add_char(buf, (char)strlen(value));
	ty_buf_add_str(buf, name);
	ty_buf_add_str(buf, value);
}

/* Begin and parameters, 'more' headers among them; the body is still to come. */
static void
put_head_with(int fd, bool keep, const char *method, const char *target, const char *length,
	      size_t more)
{
	const uint8_t begin[8] = { 0, 1, keep, 0, 0, 0, 0, 0 };
	struct ty_buf params;

	ty_buf_init(&params, fx.arena, 256);
	add_param(&params, "REQUEST_METHOD", method);
	add_param(&params, "REQUEST_URI", target);
	add_param(&params, "CONTENT_LENGTH", length);
	add_param(&params, "CONTENT_TYPE", "application/json");
	add_param(&params, "REMOTE_ADDR", "192.0.2.1");
	add_param(&params, "HTTP_HOST", "tyboo.test");
	for (size_t i = 0; i < more; i++)
		add_param(&params, ty_arena_printf(fx.arena, "HTTP_X_%zu", i), "1");
	put_record(fd, BEGIN, begin, sizeof(begin));
	put_record(fd, PARAMS, params.data, params.len);
	put_record(fd, PARAMS, "", 0);
}

static void
put_head(int fd, bool keep, const char *method, const char *target, const char *length)
{
	put_head_with(fd, keep, method, target, length, 0);
}

static bool
take(int fd, void *data, size_t len)
{
	char *at = data;

	while (len > 0) {
		ssize_t n = recv(fd, at, len, 0);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* The answer as text, head and body; NULL where the connection ended without one. */
static const char *
take_answer(int fd)
{
	struct ty_buf buf;
	uint8_t head[8], data[65535 + 255];

	ty_buf_init(&buf, fx.arena, 1024);
	for (;;) {
		size_t len;

		if (!take(fd, head, sizeof(head)))
			return NULL;
		len = (size_t)head[4] << 8 | head[5];
		if (!take(fd, data, len + head[6]))
			return NULL;
		if (head[1] == STDOUT)
			ty_buf_add(&buf, data, len);
		if (head[1] == END)
			return buf.data;
	}
}

static const char *
get(int fd, bool keep, const char *method, const char *target)
{
	put_head(fd, keep, method, target, "");
	put_record(fd, STDIN, "", 0);
	return take_answer(fd);
}

static void
ck_assert_has(const char *text, const char *part)
{
	ck_assert_msg(text != NULL && strstr(text, part) != NULL, "no %s in %s", part,
		      text != NULL ? text : "no answer");
}

/* Nobody is at the other end any more. */
static bool
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0;
}

/* ---- serving ---- */

START_TEST(a_request_is_answered_and_its_connection_closed)
{
	const char *answer;
	int fd;

	start(2);
	fd = dial();
	answer = get(fd, false, "GET", "/api/v1/health");
	ck_assert_has(answer, "Status: 200\r\n");
	ck_assert_has(answer, "Content-Length: ");
	ck_assert_has(answer, "\"status\":\"ok\"");
	ck_assert(is_closed(fd));
	close(fd);
}
END_TEST

/* One that is left out might be the signature. */
START_TEST(more_headers_than_the_limit_are_refused_and_not_left_out)
{
	static const struct {
		size_t more; /* beside Host and Content-Type */
		const char *status;
	} rows[] = { { TY_LIMIT_HEADERS_COUNT - 2, "Status: 200" },
		     { TY_LIMIT_HEADERS_COUNT - 1, "Status: 431" } };

	start(1);
	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++) {
		int fd = dial();

		put_head_with(fd, false, "GET", "/api/v1/health", "", rows[i].more);
		put_record(fd, STDIN, "", 0);
		ck_assert_has(take_answer(fd), rows[i].status);
		close(fd);
	}
}
END_TEST

START_TEST(a_kept_connection_serves_again)
{
	int fd;

	start(1);
	fd = dial();
	for (int i = 0; i < 5; i++)
		ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	close(fd);
}
END_TEST

START_TEST(idle_kept_connections_pin_no_thread)
{
	int idle[20], fd;

	start(1);
	for (size_t i = 0; i < TY_ARRAY_COUNT(idle); i++) {
		idle[i] = dial();
		ck_assert_has(get(idle[i], true, "GET", "/api/v1/health"), "Status: 200\r\n");
	}
	fd = dial();
	ck_assert_has(get(fd, false, "GET", "/api/v1/health"), "Status: 200\r\n");
	close(fd);
	for (size_t i = 0; i < TY_ARRAY_COUNT(idle); i++) {
		ck_assert_has(get(idle[i], true, "GET", "/api/v1/health"), "Status: 200\r\n");
		close(idle[i]);
	}
}
END_TEST

START_TEST(head_has_the_length_and_no_body)
{
	const char *answer;
	int fd;

	start(1);
	fd = dial();
	answer = get(fd, false, "HEAD", "/api/v1/health");
	ck_assert_has(answer, "Content-Length: ");
	ck_assert_str_eq(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	close(fd);
}
END_TEST

START_TEST(a_body_in_pieces_is_one_body)
{
	char block[80]; /* a hundred of them are within a sign-in's limit */
	const char *answer;
	int fd;

	start(1);
	fd = dial();
	memset(block, ' ', sizeof(block));
	put_head(fd, false, "POST", "/api/v1/sessions", "8002");
	for (int i = 0; i < 100; i++)
		put_record(fd, STDIN, block, sizeof(block));
	put_record(fd, STDIN, "{}", 2);
	put_record(fd, STDIN, "", 0);
	answer = take_answer(fd);
	ck_assert_has(answer, "Status: 422\r\n");
	close(fd);
	/* One byte short. */
	fd = dial();
	put_head(fd, false, "POST", "/api/v1/sessions", "3");
	put_record(fd, STDIN, "{}", 2);
	put_record(fd, STDIN, "", 0);
	ck_assert_has(take_answer(fd), "Status: 400\r\n");
	close(fd);
}
END_TEST

/* Its body never comes: it is refused by what it declares. */
START_TEST(a_body_over_the_limit_is_refused_before_it_is_sent)
{
	const char *answer;
	int fd;

	start(1);
	fd = dial();
	put_head(fd, false, "POST", "/api/v1/sessions", "999999999");
	answer = take_answer(fd);
	ck_assert_has(answer, "Status: 413\r\n");
	ck_assert_has(answer, "Content-Type: application/problem+json\r\n");
	close(fd);
	fd = dial();
	put_head(fd, false, "POST", "/api/v1/sessions", "12x");
	put_record(fd, STDIN, "", 0);
	ck_assert_has(take_answer(fd), "Status: 400\r\n");
	close(fd);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
} broken_cases[] = {
	{ "", 0 },
	{ "GET / HTTP/1.0\r\n\r\n", 18 },
	{ "\1\1\0\1", 4 },
	{ "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\5\0\0\377\377", 26 },
};

/* As nginx does with one that it refused: the length is told, the body is not there. */
START_TEST(a_refused_body_does_not_cost_the_connection)
{
	int fd;

	start(1);
	fd = dial();
	for (int i = 0; i < 3; i++) {
		put_head(fd, true, "POST", "/api/v1/sessions", "999999999");
		put_record(fd, STDIN, "", 0);
		ck_assert_has(take_answer(fd), "Status: 413\r\n");
	}
	ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	close(fd);
}
END_TEST

/*
 * Were the connection closed instead, nginx might have given it to another request already,
 * which would fail as a 502.
 */
START_TEST(a_body_that_nobody_wanted_does_not_cost_the_connection)
{
	static const struct {
		const char *target, *status;
		size_t len;
	} rows[] = {
		{ "/api/v1/workspaces/x/workflows", "Status: 401\r\n", 2 },
		{ "/api/v1/workspaces/x/workflows", "Status: 401\r\n", 100000 },
		{ "/api/v1/nowhere", "Status: 404\r\n", 70000 },
		{ "/api/v1/sessions", "Status: 413\r\n", 3000000 },
	};
	char *body = calloc(1, 65000);
	int fd;

	start(1);
	fd = dial();
	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++) {
		put_head(fd, true, "POST", rows[i].target,
			 ty_arena_printf(fx.arena, "%zu", rows[i].len));
		for (size_t left = rows[i].len; left > 0;) {
			size_t n = left < 65000 ? left : 65000;

			put_record(fd, STDIN, body, n);
			left -= n;
		}
		put_record(fd, STDIN, "", 0);
		ck_assert_has(take_answer(fd), rows[i].status);
		ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	}
	close(fd);
	free(body);
}
END_TEST

START_TEST(a_body_without_a_length_is_not_taken_for_none)
{
	int fd;

	start(1);
	fd = dial();
	put_head(fd, false, "POST", "/api/v1/sessions", "");
	put_record(fd, STDIN, "{}", 2);
	put_record(fd, STDIN, "", 0);
	ck_assert_has(take_answer(fd), "longer than declared");
	close(fd);
}
END_TEST

START_TEST(a_peer_that_talks_nonsense_harms_nobody)
{
	int fd;

	start(1);
	fd = dial();
	put(fd, broken_cases[_i].bytes, broken_cases[_i].len);
	shutdown(fd, SHUT_WR);
	while (!is_closed(fd))
		;
	close(fd);
	fd = dial();
	ck_assert_has(get(fd, false, "GET", "/api/v1/health"), "Status: 200\r\n");
	close(fd);
}
END_TEST

/* ---- stopping ---- */

START_TEST(it_ends_at_once_though_idle_connections_are_kept)
{
	int64_t from;
	int fd;

	start(4);
	fd = dial();
	ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	from = ty_time_mono_ms();
	kill(api.pid, SIGTERM);
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert_int_lt(ty_time_mono_ms() - from, DRAIN_MS);
	ck_assert(is_closed(fd));
	close(fd);
}
END_TEST

/* It is on a connection that was accepted, and begun, before the word to stop came. */
START_TEST(a_request_in_flight_is_answered_before_it_ends)
{
	int fd;

	start(2);
	fd = dial();
	ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	put_head(fd, true, "POST", "/api/v1/sessions", "2");
	put_record(fd, STDIN, "{", 1);
	kill(api.pid, SIGTERM);
	put_record(fd, STDIN, "}", 1);
	put_record(fd, STDIN, "", 0);
	ck_assert_has(take_answer(fd), "Status: 422\r\n");
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert(is_closed(fd));
	close(fd);
}
END_TEST

/* The word to stop is written to an eventfd; the kernel tells that it was. */
static bool
has_heard(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "grep -q 'eventfd-count: *1$' /proc/%d/fdinfo/* 2>/dev/null", (int)pid);
	return system(command) == 0;
}

/* What its one thread finds ready when it comes to stop, whole requests that nobody has begun. */
START_TEST(requests_that_are_ready_are_served_before_it_ends)
{
	int64_t until = ty_time_mono_ms() + DRAIN_MS / 2;
	int busy, ready[5];

	start(1);
	busy = dial();
	ck_assert_has(get(busy, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	for (size_t i = 0; i < TY_ARRAY_COUNT(ready); i++) {
		ready[i] = dial();
		ck_assert_has(get(ready[i], true, "GET", "/api/v1/health"), "Status: 200\r\n");
	}
	put_head(busy, true, "POST", "/api/v1/sessions", "2"); /* has the thread */
	put_record(busy, STDIN, "{", 1);
	kill(api.pid, SIGTERM);
	while (!has_heard(api.pid))
		ck_assert_msg(ty_time_mono_ms() < until, "it does not hear SIGTERM");
	for (size_t i = 0; i < TY_ARRAY_COUNT(ready); i++) {
		put_head(ready[i], true, "GET", "/api/v1/health", "");
		put_record(ready[i], STDIN, "", 0);
	}
	put_record(busy, STDIN, "}", 1);
	put_record(busy, STDIN, "", 0);
	ck_assert_has(take_answer(busy), "Status: 422\r\n");
	for (size_t i = 0; i < TY_ARRAY_COUNT(ready); i++) {
		ck_assert_has(take_answer(ready[i]), "Status: 200\r\n");
		close(ready[i]);
	}
	ck_assert_int_eq(wait_for_end(), 0);
	close(busy);
}
END_TEST

START_TEST(a_request_that_does_not_end_is_given_up_after_the_grace_time)
{
	int64_t from;
	int fd;

	start(1);
	fd = dial();
	ck_assert_has(get(fd, true, "GET", "/api/v1/health"), "Status: 200\r\n");
	put_head(fd, true, "POST", "/api/v1/sessions", "2");
	put_record(fd, STDIN, "{", 1);
	from = ty_time_mono_ms();
	kill(api.pid, SIGTERM);
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert_int_lt(ty_time_mono_ms() - from, DRAIN_MS + WAIT_S * 1000 / 2);
	ck_assert_pstr_eq(take_answer(fd), NULL);
	close(fd);
}
END_TEST

START_TEST(another_process_takes_over_on_the_same_socket)
{
	pid_t old;
	int fd;

	start(1);
	fd = dial();
	ck_assert_has(get(fd, false, "GET", "/api/v1/health"), "Status: 200\r\n");
	close(fd);
	kill(api.pid, SIGTERM);
	ck_assert_int_eq(wait_for_end(), 0);
	/* Nobody accepts now; the socket is still there and holds what comes. */
	fd = dial();
	put_head(fd, false, "GET", "/api/v1/health", "");
	put_record(fd, STDIN, "", 0);
	old = fork();
	if (old == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(api.listen_fd, 0);
		execl(PROGRAM, PROGRAM, "--config",
		      ty_arena_printf(fx.arena, "%s/conf.%d", svc.dir, (int)getppid()),
		      (char *)NULL);
		_exit(127);
	}
	api.pid = old;
	ck_assert_has(take_answer(fd), "Status: 200\r\n");
	close(fd);
}
END_TEST

/* ---- the command line ---- */

static int
run_with(const char *argument, int stdin_fd, const char **ret_out)
{
	struct ty_buf buf;
	char block[4096];
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(stdin_fd, 0);
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		execl(PROGRAM, PROGRAM, argument, (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	ty_buf_init(&buf, fx.arena, 4096);
	while ((n = read(pipes[0], block, sizeof(block))) > 0)
		ty_buf_add(&buf, block, (size_t)n);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	*ret_out = buf.data;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const char *argument;
	int status;
	const char *says;
} argument_cases[] = {
	{ "--help", 0, "usage: tyboo-api" },
	{ "--version", 0, "tyboo-api " TY_VERSION },
	{ "--openapi", 0, "\"openapi\": \"3.1.0\"" },
	{ "--nonsense", 2, "usage: tyboo-api" },
	{ NULL, 2, "there is no listening socket on descriptor 0" },
};

START_TEST(the_command_line_says_what_it_takes)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const char *out;

	ck_assert_int_eq(run_with(argument_cases[_i].argument, null, &out),
			 argument_cases[_i].status);
	ck_assert_has(out, argument_cases[_i].says);
	close(null);
}
END_TEST

START_TEST(it_does_not_start_without_its_master_key)
{
	const char *conf = ty_arena_printf(fx.arena, "%s/conf.%d", svc.dir, (int)getpid());
	const char *key = ty_arena_printf(fx.arena, "%s/master.key", svc.dir);

	start(1); /* writes both files */
	kill(api.pid, SIGKILL);
	waitpid(api.pid, NULL, 0);
	chmod(key, 0644);
	api.pid = fork();
	if (api.pid == 0) {
		dup2(api.listen_fd, 0);
		execl(PROGRAM, PROGRAM, "--config", conf, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(wait_for_end(), 1);
	chmod(key, 0600);
}
END_TEST

START_TEST(a_log_level_that_nobody_knows_stops_it)
{
	listen_here();
	api.pid = fork();
	ck_assert_int_ge(api.pid, 0);
	if (api.pid == 0) {
		const char *conf = ty_arena_printf(fx.arena, "%s/conf.%d", svc.dir, (int)getppid());

		write_conf(conf, 1);
		setenv("TYBOO_LOG_LEVEL", "loud", 1);
		dup2(api.listen_fd, 0);
		execl(PROGRAM, PROGRAM, "--config", conf, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(wait_for_end(), 2);
}
END_TEST

SUITE_MAIN("fastcgi", 90, setup, teardown,
	   services_start(&svc, SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED),
	   services_stop(&svc), {
		   TEST(a_request_is_answered_and_its_connection_closed);
		   TEST(more_headers_than_the_limit_are_refused_and_not_left_out);
		   TEST(a_kept_connection_serves_again);
		   TEST(idle_kept_connections_pin_no_thread);
		   TEST(head_has_the_length_and_no_body);
		   TEST(a_body_in_pieces_is_one_body);
		   TEST(a_body_over_the_limit_is_refused_before_it_is_sent);
		   TEST(a_refused_body_does_not_cost_the_connection);
		   TEST(a_body_that_nobody_wanted_does_not_cost_the_connection);
		   TEST(a_body_without_a_length_is_not_taken_for_none);
		   TEST_LOOP(a_peer_that_talks_nonsense_harms_nobody, broken_cases);
		   TEST(it_ends_at_once_though_idle_connections_are_kept);
		   TEST(a_request_in_flight_is_answered_before_it_ends);
		   TEST(requests_that_are_ready_are_served_before_it_ends);
		   TEST(a_request_that_does_not_end_is_given_up_after_the_grace_time);
		   TEST(another_process_takes_over_on_the_same_socket);
		   TEST_LOOP(the_command_line_says_what_it_takes, argument_cases);
		   TEST(it_does_not_start_without_its_master_key);
		   TEST(a_log_level_that_nobody_knows_stops_it);
	   })
