/*
 * sink.c -- bench-sink: the receiver that the bench's http.request calls, on loopback.
 *
 * One thread and one epoll, so that it is never what a figure waits for.  It answers every request
 * at once with a small JSON object, but for those to /wait: these are held open until somebody asks
 * for /release.  /held answers how many are held now.
 *
 * Reads whole requests by their Content-Length and no other way, because its callers send no other.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A request of the bench has below 1 KB. */
#define REQUEST_MAX 8192
/* Descriptors: 500 runs that wait, and what kept connections a worker may have beside them. */
#define CONNS_MAX 4096

struct conn {
	bool open, held;
	size_t in_len;
	char in[REQUEST_MAX];
};

struct sink {
	int listen_fd, epoll_fd;
	size_t held;
	struct conn *conns; /* by descriptor */
};

static void
conn_close(struct sink *s, int fd)
{
	if (s->conns[fd].held)
		s->held--;
	s->conns[fd].open = s->conns[fd].held = false;
	close(fd);
}

/* An answer of 100 bytes fits any socket buffer; one that does not go out whole is a lost caller. */
static void
answer(struct sink *s, int fd, const char *body)
{
	char out[256];
	int len = snprintf(out, sizeof(out),
			   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			   "Content-Length: %zu\r\n\r\n%s",
			   strlen(body), body);

	if (send(fd, out, (size_t)len, MSG_NOSIGNAL) != len)
		conn_close(s, fd);
}

static void
release(struct sink *s)
{
	for (int fd = 0; fd < CONNS_MAX; fd++) {
		if (!s->conns[fd].held)
			continue;
		s->conns[fd].held = false;
		s->held--;
		answer(s, fd, "{\"ok\":true}");
	}
}

/* Bytes of the first whole request in the buffer; 0 where more must come. */
static size_t
request_len(const struct conn *c)
{
	static const char name[] = "\ncontent-length:";
	const char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	head = (size_t)(end - c->in) + 4;
	for (size_t i = 0; i + sizeof(name) < head; i++) {
		if (strncasecmp(c->in + i, name, sizeof(name) - 1) == 0)
			body = strtoul(c->in + i + sizeof(name) - 1, NULL, 10);
	}
	return c->in_len >= head + body ? head + body : 0;
}

static bool
request_is(const struct conn *c, const char *path)
{
	const char *space = memchr(c->in, ' ', c->in_len);
	size_t len = strlen(path);

	return space != NULL && (size_t)(space - c->in) + 1 + len < c->in_len &&
	       memcmp(space + 1, path, len) == 0;
}

static void
request_handle(struct sink *s, int fd)
{
	struct conn *c = &s->conns[fd];
	char count[32];

	if (request_is(c, "/wait")) {
		c->held = true;
		s->held++;
	} else if (request_is(c, "/held")) {
		snprintf(count, sizeof(count), "%zu", s->held);
		answer(s, fd, count);
	} else if (request_is(c, "/release")) {
		release(s);
		answer(s, fd, "{\"ok\":true}");
	} else {
		answer(s, fd, "{\"ok\":true}");
	}
}

static void
conn_ready(struct sink *s, int fd)
{
	struct conn *c = &s->conns[fd];
	ssize_t n = recv(fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(s, fd);
		return;
	}
	c->in_len += (size_t)n;
	while (c->open && (len = request_len(c)) > 0) {
		request_handle(s, fd);
		c->in_len -= len;
		memmove(c->in, c->in + len, c->in_len);
	}
	if (c->open && c->in_len == sizeof(c->in))
		conn_close(s, fd);
}

static void
conn_accept(struct sink *s)
{
	int on = 1, fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0)
		return;
	event.data.fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd >= CONNS_MAX || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		return;
	}
	s->conns[fd].open = true;
	s->conns[fd].held = false;
	s->conns[fd].in_len = 0;
}

static bool
sink_listen(struct sink *s, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN };
	int on = 1;

	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = s->listen_fd;
	return s->listen_fd >= 0 && s->epoll_fd >= 0 &&
	       setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(s->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	       listen(s->listen_fd, 1024) == 0 &&
	       epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->listen_fd, &event) == 0;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64];
	struct sink s = { .conns = calloc(CONNS_MAX, sizeof(struct conn)) };
	long port = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

	if (s.conns == NULL || port <= 0 || port > UINT16_MAX) {
		fputs("usage: bench-sink PORT\n", stderr);
		return 2;
	}
	if (!sink_listen(&s, (uint16_t)port)) {
		fprintf(stderr, "bench-sink: 127.0.0.1:%ld: %s\n", port, strerror(errno));
		return EXIT_FAILURE;
	}
	for (;;) {
		int n = epoll_wait(s.epoll_fd, events, 64, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == s.listen_fd)
				conn_accept(&s);
			else if (s.conns[events[i].data.fd].open)
				conn_ready(&s, events[i].data.fd);
		}
	}
}
