/*
 * http.c -- FastCGI by libfcgi.
 *
 *            accept4                 epoll: a request is there          FCGX_Finish_r
 *   (none) ----------> IDLE (armed) ---------------------------> SERVED --------------> IDLE
 *                        ^                                       |  ^  |   kept
 *                        |                      waits for a run  v  |  v
 *                        +---- stop: closed                    PARKED  closed by the peer or by us
 *
 * Invariants:
 *   (1) A connection is armed (EPOLLONESHOT) or one thread's, never both: libfcgi's state of
 *       it needs no lock.
 *   (2) libfcgi never accepts: it is given descriptor -1 to listen on, so that its own accept,
 *       which nothing could interrupt, fails at once where a connection has ended.
 *   (3) A stop wakes every thread; each first serves what is ready, then leaves.  A request
 *       that was read is answered, a parked one by waiting.c's word to stop.
 *   (4) A parked connection is its wait's (waiting.h) and on the list of those.  The epoll tells of it only that the
 *       peer has gone, by a marked pointer: whoever gets one looks first whether it is on the list still.
 *
 * Memory: a connection is its own allocation, on the server's list; a request's arena is its
 * thread's and cleared once, at the bottom of the loop.
 */
#include "http_private.h"

#include "app.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "request.h"
#include "router.h"
#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* No descriptors left: wait for one rather than spin. */
#define ACCEPT_PAUSE_NS 10000000
#define STACK_BYTES	(512 * 1024)

/* ---- connections ---- */

static void
conn_list(struct ty_http_server *server, struct conn *c)
{
	pthread_mutex_lock(&server->lock);
	c->next = server->conns;
	if (c->next != NULL)
		c->next->prev = c;
	server->conns = c;
	pthread_mutex_unlock(&server->lock);
}

/* The connection's descriptor is closed already. */
void
http_conn_free(struct ty_http_server *server, struct conn *c)
{
	pthread_mutex_lock(&server->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		server->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	pthread_mutex_unlock(&server->lock);
	free(c);
}

/* Once armed it may be another thread's before the call returns. */
static void
conn_arm(struct ty_http_server *server, struct conn *c, int op)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.ptr = c };

	if (epoll_ctl(server->epoll_fd, op, c->fcgi.ipcFd, &event) == 0)
		return;
	FCGX_Free(&c->fcgi, 1);
	http_conn_free(server, c);
}

static void
conn_new(struct ty_http_server *server, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	TY_ASSERT(c != NULL);
	http_set_timeout(fd, SO_RCVTIMEO, IO_TIMEOUT_MS);
	http_set_timeout(fd, SO_SNDTIMEO, IO_TIMEOUT_MS);
	FCGX_InitRequest(&c->fcgi, -1, 0);
	c->fcgi.ipcFd = fd;
	c->fcgi.keepConnection = 1; /* keeps FCGX_Accept_r from closing the connection first */
	conn_list(server, c);
	conn_arm(server, c, EPOLL_CTL_ADD);
}

static void
accept_one(struct ty_http_server *server)
{
	const struct timespec pause = { .tv_nsec = ACCEPT_PAUSE_NS };
	int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0 && fd < FD_SETSIZE) { /* libfcgi closes with select() */
		conn_new(server, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		nanosleep(&pause, NULL);
}

/* ---- a request ---- */

/* The answer is out: the connection waits for its next request or is gone. */
void
http_finish(struct ty_http_server *server, struct conn *c, struct ty_arena *arena)
{
	if (!c->is_drained || atomic_load(&server->stopping))
		c->fcgi.keepConnection = 0;
	FCGX_Finish_r(&c->fcgi);
	ty_arena_clear(arena);
	if (c->fcgi.ipcFd < 0)
		http_conn_free(server, c);
	else
		conn_arm(server, c, EPOLL_CTL_MOD);
}

void
http_answer(struct conn *c, const struct ty_http_request *request,
	    const struct ty_http_response *response)
{
	if (!http_answer_write(&c->fcgi, request, response))
		shutdown(c->fcgi.ipcFd,
			 SHUT_RDWR); /* an end of request would say that it is whole */
}

/* Serve a request of a connection; then the connection waits again or is gone. */
static void
serve(struct ty_http_server *server, struct conn *c, struct ty_arena *arena)
{
	struct ty_http_request request = { .arena = arena, .bodies = &server->app->bodies };
	struct ty_http_response response;
	struct http_body body = { 0 };

	if (FCGX_Accept_r(&c->fcgi) < 0) {
		http_conn_free(server, c); /* the peer has closed it, so libfcgi has */
		return;
	}
	body.in = c->fcgi.in;
	http_request_read(&c->fcgi, &body, &request);
	ty_router_dispatch(server->app, &request, http_param(&c->fcgi, "REQUEST_URI"), &response);
	if (response.wait == NULL) {
		http_answer(c, &request, &response);
		/* A refusal is on its way before the body it did not want is taken. */
		if (body.taken != request.content_length)
			FCGX_FFlush(c->fcgi.out);
	}
	c->is_drained = http_body_drain(&c->fcgi, &body, &request);
	if (response.wait == NULL) {
		http_finish(server, c, arena);
		return;
	}
	ty_arena_clear(arena);
	http_park(server, c, response.wait);
}

/* ---- threads ---- */

/* True where it was the word to stop. */
static bool
handle(struct ty_http_server *server, const struct epoll_event *event, struct ty_arena *arena)
{
	if (event->data.ptr == &server->stop_fd)
		return true;
	if (event->data.ptr == server)
		accept_one(server);
	else if (event->data.ptr == &server->ready_fd)
		http_serve_ready(server, arena);
	else if ((event->data.u64 & 1) != 0)
		http_look_at_parked(server, event);
	else
		serve(server, event->data.ptr, arena);
	return false;
}

/* After the word to stop: what is ready now was sent before the sender could know. */
static void
serve_ready(struct ty_http_server *server, struct ty_arena *arena)
{
	struct epoll_event events[2]; /* the word to stop is always one */
	bool found = true;

	while (found || http_has_parked(server)) {
		int n = epoll_wait(server->epoll_fd, events, 2, 0);

		found = false;
		for (int i = 0; i < n; i++)
			found |= !handle(server, &events[i], arena);
	}
}

static void *
serve_thread(void *arg)
{
	struct ty_http_server *server = arg;
	struct ty_arena *arena = ty_arena_new(NULL, "request", 0);
	struct epoll_event event;
	bool stop = false;

	while (!stop) {
		if (epoll_wait(server->epoll_fd, &event, 1, -1) == 1)
			stop = handle(server, &event, arena);
	}
	serve_ready(server, arena);
	ty_arena_free(arena);
	pthread_mutex_lock(&server->lock);
	server->running--;
	pthread_cond_broadcast(&server->left);
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* ---- the server ---- */

bool
ty_http_can_listen(int fd)
{
	int listens = 0;
	socklen_t size = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

/*
 * The pool's processes share the socket: each is woken for itself (EPOLLEXCLUSIVE), and none
 * may sleep in accept for a connection that another one took.
 */
static bool
watch(struct ty_http_server *server)
{
	struct epoll_event listener = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = server };
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = &server->stop_fd };
	struct epoll_event ready = { .events = EPOLLIN | EPOLLEXCLUSIVE,
				     .data.ptr = &server->ready_fd };
	int flags = fcntl(server->listen_fd, F_GETFL);

	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	server->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	return server->epoll_fd >= 0 && server->stop_fd >= 0 && server->ready_fd >= 0 &&
	       flags >= 0 &&
	       epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->ready_fd, &ready) == 0 &&
	       fcntl(server->listen_fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->listen_fd, &listener) == 0 &&
	       epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->stop_fd, &stop) == 0;
}

static bool
start_threads(struct ty_http_server *server, size_t threads)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	server->threads = calloc(threads, sizeof(*server->threads));
	TY_ASSERT(server->threads != NULL);
	for (; server->thread_count < threads; server->thread_count++) {
		pthread_mutex_lock(&server->lock);
		server->running++;
		pthread_mutex_unlock(&server->lock);
		if (pthread_create(&server->threads[server->thread_count], &attr, serve_thread,
				   server) != 0) {
			server->running--;
			break;
		}
	}
	pthread_attr_destroy(&attr);
	return server->thread_count == threads;
}

enum ty_code
ty_http_server_new(struct ty_app *app, int listen_fd, size_t threads,
		   struct ty_http_server **ret_server, struct ty_err *err)
{
	struct ty_http_server *server = calloc(1, sizeof(*server));
	pthread_condattr_t attr;

	TY_ASSERT(server != NULL && FCGX_Init() == 0);
	server->app = app;
	server->listen_fd = listen_fd;
	server->epoll_fd = server->stop_fd = server->ready_fd = -1;
	server->ready_last = &server->ready;
	pthread_mutex_init(&server->lock, NULL);
	pthread_mutex_init(&server->ready_lock, NULL);
	ty_waiting_on_ready(app->waiting, http_wait_is_ready, server);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&server->left, &attr);
	pthread_condattr_destroy(&attr);
	if (!watch(server) || !start_threads(server, threads)) {
		ty_err_set(err, TY_E_INTERNAL, "the accept threads could not be started: %s",
			   strerror(errno));
		if (server->stop_fd >= 0 && ty_http_server_stop(server, INT_MAX))
			ty_http_server_free(server);
		return err->code;
	}
	*ret_server = server;
	return TY_OK;
}

bool
ty_http_server_stop(struct ty_http_server *server, int64_t drain_ms)
{
	const uint64_t one = 1;
	struct timespec until;
	bool all_left;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += drain_ms / 1000;
	until.tv_nsec += drain_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	atomic_store(&server->stopping, true);
	epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, server->listen_fd, NULL);
	ty_waiting_drain(server->app->waiting); /* before a thread leaves: they answer what waits */
	TY_ASSERT(write(server->stop_fd, &one, sizeof(one)) == sizeof(one));
	pthread_mutex_lock(&server->lock);
	while (server->running > 0 && rc == 0)
		rc = pthread_cond_timedwait(&server->left, &server->lock, &until);
	all_left = server->running == 0;
	pthread_mutex_unlock(&server->lock);
	return all_left;
}

void
ty_http_server_free(struct ty_http_server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < server->thread_count; i++)
		pthread_join(server->threads[i], NULL);
	while (server->conns != NULL) {
		/* Plainly: libfcgi would wait for each peer to close first. */
		close(server->conns->fcgi.ipcFd);
		http_conn_free(server, server->conns);
	}
	close(server->epoll_fd);
	close(server->stop_fd);
	close(server->ready_fd);
	pthread_mutex_destroy(&server->ready_lock);
	pthread_cond_destroy(&server->left);
	pthread_mutex_destroy(&server->lock);
	free(server->threads);
	free(server);
}
