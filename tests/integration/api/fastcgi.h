/*
 * fastcgi.h -- the real tyboo-api over FastCGI: the program, and a client of the test's own that speaks the
 * protocol (FastCGI 1.0) byte by byte, so that it can also stop in the middle.
 *
 * One test file of a program includes it: what is here is its own.
 */
#ifndef TY_TESTS_API_FASTCGI_H
#define TY_TESTS_API_FASTCGI_H

#include "support/common.h"
#include "support/places.h"
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
	bool may_end;	 /* while it is written to */
	const char *log; /* where its standard error goes; NULL: that of the test */
} api;

/* ---- the program ---- */

static TY_UNUSED void
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

static TY_UNUSED void
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

static TY_UNUSED void
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
		if (api.log != NULL)
			dup2(open(api.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 2);
		execl(PROGRAM, PROGRAM, "--config", conf, (char *)NULL);
		_exit(127);
	}
}

/* Ends with this status, without being killed. */
static TY_UNUSED int
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

static TY_UNUSED void
setup(void)
{
	fx_setup();
	memset(&api, 0, sizeof(api));
	api.listen_fd = -1;
}

static TY_UNUSED void
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

static TY_UNUSED int
dial(void)
{
	const struct timeval timeout = { .tv_sec = test_patience_ms(WAIT_S * 1000) / 1000 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&api.address, sizeof(api.address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

static TY_UNUSED void
put(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n <= 0 && api.may_end)
			return;
		ck_assert_int_gt(n, 0);
		at += n;
		len -= (size_t)n;
	}
}

static TY_UNUSED void
put_record(int fd, int type, const void *data, size_t len)
{
	uint8_t head[8] = { 1, (uint8_t)type, 0, 1, (uint8_t)(len >> 8), (uint8_t)len, 0, 0 };

	put(fd, head, sizeof(head));
	put(fd, data, len);
}

static TY_UNUSED void
add_param(struct ty_buf *buf, const char *name, const char *value)
{
	ck_assert_uint_lt(strlen(value), 128);
	ty_buf_add_char(buf, (char)strlen(name));
	ty_buf_add_char(buf, (char)strlen(value));
	ty_buf_add_str(buf, name);
	ty_buf_add_str(buf, value);
}

struct head {
	const char *method, *target, *length;
	const char *type;	    /* NULL: JSON */
	const char *header, *value; /* one more, "X_NAME"; NULL: none */
	size_t more;		    /* so many more, of no interest */
	bool keep;		    /* the connection */
};

/* Begin and parameters; the body is still to come. */
static TY_UNUSED void
put_head_of(int fd, const struct head *head)
{
	const uint8_t begin[8] = { 0, 1, head->keep, 0, 0, 0, 0, 0 };
	struct ty_buf params;

	ty_buf_init(&params, fx.arena, 256);
	add_param(&params, "REQUEST_METHOD", head->method);
	add_param(&params, "REQUEST_URI", head->target);
	add_param(&params, "CONTENT_LENGTH", head->length);
	add_param(&params, "CONTENT_TYPE", head->type != NULL ? head->type : "application/json");
	add_param(&params, "REMOTE_ADDR", "192.0.2.1");
	add_param(&params, "HTTP_HOST", "tyboo.test");
	if (head->header != NULL)
		add_param(&params, ty_arena_printf(fx.arena, "HTTP_%s", head->header), head->value);
	for (size_t i = 0; i < head->more; i++)
		add_param(&params, ty_arena_printf(fx.arena, "HTTP_X_%zu", i), "1");
	put_record(fd, BEGIN, begin, sizeof(begin));
	put_record(fd, PARAMS, params.data, params.len);
	put_record(fd, PARAMS, "", 0);
}

static TY_UNUSED void
put_head_with(int fd, bool keep, const char *method, const char *target, const char *length,
	      size_t more)
{
	const struct head head = {
		.method = method, .target = target, .length = length, .more = more, .keep = keep
	};

	put_head_of(fd, &head);
}

/* The whole body, in records. */
static TY_UNUSED void
put_body(int fd, const char *data, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < 65535 ? len - at : 65535;
		put_record(fd, STDIN, data + at, n);
	}
	put_record(fd, STDIN, "", 0);
}

static TY_UNUSED void
put_head(int fd, bool keep, const char *method, const char *target, const char *length)
{
	put_head_with(fd, keep, method, target, length, 0);
}

static TY_UNUSED bool
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
static TY_UNUSED const char *
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

static TY_UNUSED const char *
get(int fd, bool keep, const char *method, const char *target)
{
	put_head(fd, keep, method, target, "");
	put_record(fd, STDIN, "", 0);
	return take_answer(fd);
}

static TY_UNUSED void
ck_assert_has(const char *text, const char *part)
{
	ck_assert_msg(text != NULL && strstr(text, part) != NULL, "no %s in %s", part,
		      text != NULL ? text : "no answer");
}

/* Nobody is at the other end any more. */
static TY_UNUSED bool
is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0;
}

#endif
