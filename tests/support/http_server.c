/*
 * http_server.c -- see http_server.h.  Blocking sockets and threads: it is a test's.
 */
#include "support/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define TLS_HANDSHAKE	  0x16 /* the first byte of what speaks TLS */
#define REQUEST_BYTES_MAX (20 * 1024 * 1024)

struct connection {
	struct connection *next;
	struct http_server *server;
	pthread_t thread;
	int fd, number;
	bool is_open;
};

struct http_server {
	http_server_fn fn;
	void *ctx;
	int fd, port, count;
	pthread_t thread;
	pthread_mutex_t lock;
	struct connection *connections;
};

static void
must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

void
http_server_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

void
http_server_answer(int fd, int status, const char *headers, const char *body, size_t body_len)
{
	char head[4096];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Test\r\n%sContent-Length: %zu\r\n\r\n",
			 status, headers, body_len);

	http_server_write(fd, head, (size_t)n);
	http_server_write(fd, body, body_len);
}

void
http_server_wait_closed(int fd)
{
	char c;

	while (recv(fd, &c, 1, 0) > 0)
		;
}

const char *
http_server_header(const char *head, const char *name, char *out, size_t out_size)
{
	size_t name_len = strlen(name);

	out[0] = '\0';
	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, name_len) == 0 && line[name_len] == ':') {
			const char *value = line + name_len + 1 + strspn(line + name_len + 1, " ");

			snprintf(out, out_size, "%.*s", (int)strcspn(value, "\r"), value);
			break;
		}
	}
	return out;
}

/* Read until the head is whole, then the body; false where the peer is gone. */
static bool
read_request(int fd, char **buf, size_t *len, size_t *head_len, size_t *body_len)
{
	size_t cap = 8192;
	char number[32];
	char *end = NULL;

	*buf = calloc(1, cap + 1);
	*len = 0;
	for (;;) {
		ssize_t n;

		if (end == NULL && (end = strstr(*buf, "\r\n\r\n")) != NULL) {
			*head_len = (size_t)(end - *buf) + 4;
			*end = '\0';
			*body_len = strtoul(
				http_server_header(*buf, "Content-Length", number, sizeof(number)),
				NULL, 10);
		}
		if (end != NULL && *len >= *head_len + *body_len)
			return true;
		if (*len == cap) {
			cap *= 2;
			must(cap <= REQUEST_BYTES_MAX * 2, "request too large");
			*buf = realloc(*buf, cap + 1);
			must(*buf != NULL, "realloc");
		}
		n = recv(fd, *buf + *len, cap - *len, 0);
		if (n <= 0)
			return false;
		if (*len == 0 && (*buf)[0] == TLS_HANDSHAKE) {
			http_server_answer(fd, 400, "", "", 0); /* a plain answer, as nginx gives */
			return false;
		}
		*len += (size_t)n;
		(*buf)[*len] = '\0';
		end = end != NULL ? *buf + *head_len - 4 : NULL;
	}
}

static bool
serve_one(struct connection *c, int number)
{
	char method[32] = "", target[4096] = "";
	size_t len = 0, head_len = 0, body_len = 0;
	char *buf;
	bool keep = false;

	if (read_request(c->fd, &buf, &len, &head_len, &body_len)) {
		struct http_server_request request = {
			.fd = c->fd,
			.method = method,
			.target = target,
			.head = buf,
			.body = buf + head_len,
			.body_len = body_len,
			.connection = c->number,
			.number = number,
		};

		sscanf(buf, "%31s %4095s", method, target);
		keep = c->server->fn(c->server->ctx, &request);
	}
	free(buf);
	return keep;
}

static void *
connection_main(void *arg)
{
	struct connection *c = arg;
	int number = 1;

	while (serve_one(c, number))
		number++;
	pthread_mutex_lock(&c->server->lock);
	close(c->fd);
	c->is_open = false;
	pthread_mutex_unlock(&c->server->lock);
	return NULL;
}

static void *
server_main(void *arg)
{
	struct http_server *s = arg;
	int fd, one = 1;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct connection *c = calloc(1, sizeof(*c));

		must(c != NULL, "calloc");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		pthread_mutex_lock(&s->lock);
		c->server = s;
		c->fd = fd;
		c->is_open = true;
		c->number = ++s->count;
		c->next = s->connections;
		s->connections = c;
		must(pthread_create(&c->thread, NULL, connection_main, c) == 0, "thread");
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct http_server *
http_server_new(http_server_fn fn, void *ctx)
{
	struct http_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);

	must(s != NULL, "calloc");
	s->fn = fn;
	s->ctx = ctx;
	pthread_mutex_init(&s->lock, NULL);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, "bind");
	must(listen(s->fd, 512) == 0, "listen");
	getsockname(s->fd, (struct sockaddr *)&addr, &len);
	s->port = ntohs(addr.sin_port);
	must(pthread_create(&s->thread, NULL, server_main, s) == 0, "thread");
	return s;
}

void
http_server_free(struct http_server *s)
{
	struct connection *c;

	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	pthread_mutex_lock(&s->lock);
	for (c = s->connections; c != NULL; c = c->next)
		if (c->is_open)
			shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	while ((c = s->connections) != NULL) {
		s->connections = c->next;
		pthread_join(c->thread, NULL);
		free(c);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int
http_server_port(const struct http_server *s)
{
	return s->port;
}

int
http_server_connections(struct http_server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->count;
	pthread_mutex_unlock(&s->lock);
	return n;
}
