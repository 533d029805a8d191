/*
 * http_private.h -- what http.c, http_message.c and http_parked.c share; for those three.
 */
#ifndef TY_APP_HTTP_PRIVATE_H
#define TY_APP_HTTP_PRIVATE_H

#include "http.h"

#include "request.h"

#include <fcgiapp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

/* nginx sends a request whole: a peer that falls silent in the middle is gone. */
#define IO_TIMEOUT_MS 30000
/* The end of a body that is not sent, or the first of one that is: either is in the socket. */
#define END_WAIT_MS 50
/* Bytes taken at a time of a body that nobody wants, or of an answer that is streamed. */
#define SCRAP_BYTES 16384
struct conn {
	FCGX_Request fcgi;
	struct conn *prev, *next; /* the server's list, under its lock */
	struct conn *parked_next; /* the list of parked ones, under its lock */
	struct ty_wait *wait;	  /* while it is parked */
	bool is_drained;	  /* the request's body has been taken to its end */
};

struct ty_http_server {
	struct ty_app *app;
	int listen_fd, epoll_fd, stop_fd;
	int ready_fd; /* counts what is ready */
	atomic_bool stopping;
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct conn *conns, *parked;
	pthread_mutex_t ready_lock; /* taken within the other, never the other way */
	struct ty_wait *ready, **ready_last;
	size_t running; /* threads that have not left */
	pthread_t *threads;
	size_t thread_count;
};

struct http_body {
	FCGX_Stream *in;
	int64_t taken;
};

/* ---- http_message.c: one request and its answer on a connection ---- */

void http_set_timeout(int fd, int option, int64_t ms);
/* "" where it is absent. */
const char *http_param(const FCGX_Request *fcgi, const char *name);
/* The body is read through 'body' as far as somebody asks for it. */
void http_request_read(FCGX_Request *fcgi, struct http_body *body, struct ty_http_request *request);
/* Take what is left of the body; false where it has not come to its end. */
bool http_body_drain(FCGX_Request *fcgi, struct http_body *body,
		     const struct ty_http_request *request);
/* False where the answer's body ended before its length. */
bool http_answer_write(FCGX_Request *fcgi, const struct ty_http_request *request,
		       const struct ty_http_response *response);

/* ---- http.c ---- */

/* The connection's descriptor is closed already. */
void http_conn_free(struct ty_http_server *server, struct conn *c);
/* Send it; a connection whose answer is not whole is shut. */
void http_answer(struct conn *c, const struct ty_http_request *request,
		 const struct ty_http_response *response);
/* The answer is out: the connection waits for its next request or is gone. */
void http_finish(struct ty_http_server *server, struct conn *c, struct ty_arena *arena);

/* ---- http_parked.c: connections whose requests wait ---- */

/* Once it is parked it may be another thread's before the call returns. */
void http_park(struct ty_http_server *server, struct conn *c, struct ty_wait *wait);
/* ty_waiting_ready_fn: a thread is to take it. */
void http_wait_is_ready(void *ctx, struct ty_wait *wait);
/* Answer one that is ready, where no other thread has it. */
void http_serve_ready(struct ty_http_server *server, struct ty_arena *arena);
/* The peer of a connection that was parked when the epoll looked has gone, perhaps. */
void http_look_at_parked(struct ty_http_server *server, const struct epoll_event *event);
bool http_has_parked(struct ty_http_server *server);

#endif
