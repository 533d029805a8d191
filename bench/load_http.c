/*
 * load_http.c -- see load_http.h.
 */
#include "load_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

bool
load_connect(struct load_conn *c, uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	c->out_len = c->out_done = c->in_len = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return false;
	if (connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) {
		close(c->fd);
		return false;
	}
	return true;
}

enum load_state
load_write(struct load_conn *c)
{
	while (c->out_done < c->out_len) {
		ssize_t n =
			send(c->fd, c->out + c->out_done, c->out_len - c->out_done, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? LOAD_MORE : LOAD_BROKEN;
		c->out_done += (size_t)n;
	}
	return LOAD_DONE;
}

/* The value of a header of the answer; NULL where it has none. */
static const char *
header_find(const struct load_conn *c, size_t head_len, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i + name_len + 2 < head_len; i++) {
		if (c->in[i] == '\n' && strncasecmp(c->in + i + 1, name, name_len) == 0 &&
		    c->in[i + 1 + name_len] == ':')
			return c->in + i + 2 + name_len;
	}
	return NULL;
}

/* Bytes of a whole answer; 0 where more must come. */
static size_t
answer_len(const struct load_conn *c)
{
	const char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4), *value, *last;
	size_t head, total;

	if (end == NULL)
		return 0;
	head = (size_t)(end - c->in) + 4;
	value = header_find(c, head, "content-length");
	if (value != NULL) {
		total = head + strtoul(value, NULL, 10);
		return c->in_len >= total ? total : 0;
	}
	if (header_find(c, head, "transfer-encoding") == NULL)
		return head;
	last = memmem(c->in + head, c->in_len - head, "0\r\n\r\n", 5);
	return last != NULL ? (size_t)(last - c->in) + 5 : 0;
}

enum load_state
load_read(struct load_conn *c, int *ret_status)
{
	for (;;) {
		size_t total;
		ssize_t n;

		if (c->in_len == sizeof(c->in))
			return LOAD_BROKEN;
		n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, 0);
		if (n == 0)
			return LOAD_BROKEN;
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? LOAD_MORE : LOAD_BROKEN;
		c->in_len += (size_t)n;
		total = answer_len(c);
		if (total == 0)
			continue;
		*ret_status = c->in_len > 12 ? (int)strtol(c->in + 9, NULL, 10) : 0;
		c->in_len -= total;
		memmove(c->in, c->in + total, c->in_len);
		return LOAD_DONE;
	}
}
