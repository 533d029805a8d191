/*
 * http_parked.c -- connections whose requests wait for runs (waiting.h): see invariant (4) of http.c.
 */
#include "http_private.h"

#include "app.h"
#include "base/arena.h"
#include "router.h"
#include "waiting.h"

#include <sys/socket.h>
#include <unistd.h>

/* Watch a parked connection for its end only; bit 0 of the pointer says that it is parked. */
static void
watch_parked(struct ty_http_server *server, struct conn *c)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLONESHOT,
				     .data.u64 = (uintptr_t)c | 1 };

	epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, c->fcgi.ipcFd, &event);
}

/* Once it is parked it may be another thread's before the call returns. */
void
http_park(struct ty_http_server *server, struct conn *c, struct ty_wait *wait)
{
	c->wait = wait;
	pthread_mutex_lock(&server->lock);
	c->parked_next = server->parked;
	server->parked = c;
	watch_parked(server, c);
	pthread_mutex_unlock(&server->lock);
	ty_waiting_park(server->app->waiting, wait, c);
}

static struct conn **
parked_find(struct ty_http_server *server, const struct conn *c)
{
	struct conn **at = &server->parked;

	while (*at != NULL && *at != c)
		at = &(*at)->parked_next;
	return at;
}

/* ty_waiting_ready_fn: a thread is to take it. */
void
http_wait_is_ready(void *ctx, struct ty_wait *wait)
{
	struct ty_http_server *server = ctx;
	const uint64_t one = 1;

	wait->next_ready = NULL;
	pthread_mutex_lock(&server->ready_lock);
	*server->ready_last = wait;
	server->ready_last = &wait->next_ready;
	pthread_mutex_unlock(&server->ready_lock);
	TY_ASSERT(write(server->ready_fd, &one, sizeof(one)) == sizeof(one));
}

static struct ty_wait *
take_ready(struct ty_http_server *server)
{
	struct ty_wait *wait = NULL;
	uint64_t one;

	if (read(server->ready_fd, &one, sizeof(one)) != sizeof(one))
		return NULL; /* another thread has taken it */
	pthread_mutex_lock(&server->ready_lock);
	wait = server->ready;
	server->ready = wait->next_ready;
	if (server->ready == NULL)
		server->ready_last = &server->ready;
	pthread_mutex_unlock(&server->ready_lock);
	return wait;
}

static struct conn *
unpark(struct ty_http_server *server, const struct ty_wait *wait)
{
	struct conn *c = wait->conn;

	pthread_mutex_lock(&server->lock);
	*parked_find(server, c) = c->parked_next;
	c->parked_next = NULL;
	c->wait = NULL;
	pthread_mutex_unlock(&server->lock);
	return c;
}

static ssize_t
read_nothing(void *ctx, void *buf, size_t len)
{
	return 0;
}

void
http_serve_ready(struct ty_http_server *server, struct ty_arena *arena)
{
	struct ty_wait *wait = take_ready(server);
	struct ty_http_request request = { .arena = arena };
	struct ty_http_response response;
	struct http_body body = { 0 };
	struct conn *c;

	if (wait == NULL)
		return;
	c = unpark(server, wait);
	if (wait->end == TY_WAIT_GONE) {
		ty_waiting_end(server->app->waiting, wait);
		FCGX_Free(&c->fcgi, 1);
		http_conn_free(server, c);
		return;
	}
	http_request_read(&c->fcgi, &body, &request);
	request.content_length = 0;
	request.read = read_nothing; /* the body has been taken */
	ty_router_resume(server->app, &request, wait, &response);
	if (response.wait != NULL) {
		ty_arena_clear(arena);
		http_park(server, c, wait);
		return;
	}
	ty_waiting_end(server->app->waiting, wait);
	http_answer(c, &request, &response);
	http_finish(server, c, arena);
}

/* The peer of a connection that was parked when the epoll looked has gone, perhaps. */
void
http_look_at_parked(struct ty_http_server *server, const struct epoll_event *event)
{
	struct conn *c = (struct conn *)(uintptr_t)(event->data.u64 & ~(uint64_t)1);
	char byte;

	pthread_mutex_lock(&server->lock);
	if (*parked_find(server, c) == c) {
		if (recv(c->fcgi.ipcFd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
			ty_waiting_leave(server->app->waiting, c->wait);
		else
			watch_parked(server, c);
	}
	pthread_mutex_unlock(&server->lock);
}

bool
http_has_parked(struct ty_http_server *server)
{
	bool has;

	pthread_mutex_lock(&server->lock);
	has = server->parked != NULL;
	pthread_mutex_unlock(&server->lock);
	return has;
}
