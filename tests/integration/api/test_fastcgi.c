/*
 * test_fastcgi.c -- the real tyboo-api over FastCGI: connections, bodies, and a stop that
 * loses nothing.
 */
#include "fastcgi.h"

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
