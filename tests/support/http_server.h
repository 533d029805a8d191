/*
 * http_server.h -- a real HTTP server for tests, on 127.0.0.1 and a port of its own.
 *
 * One thread accepts, one thread a connection; the handler runs on the latter and
 * writes raw bytes, so that a test can also send what no decent server would.
 */
#ifndef TY_TESTS_HTTP_SERVER_H
#define TY_TESTS_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct http_server;

struct http_server_request {
	int fd; /* write the answer here */
	const char *method;
	const char *target; /* path and query */
	const char *head;   /* request line and headers, as they came */
	const char *body;
	size_t body_len;
	int connection; /* 1, 2, ...: which connection it came on */
	int number;	/* 1, 2, ...: of this connection's requests */
};

/* False: close the connection. */
typedef bool (*http_server_fn)(void *ctx, const struct http_server_request *request);

struct http_server *http_server_new(http_server_fn fn, void *ctx);
/* Ends every connection, waits for every thread. */
void http_server_free(struct http_server *server);
int http_server_port(const struct http_server *server);
int http_server_connections(struct http_server *server);

/* Value of a header of 'head' in 'out', "" where absent. */
const char *http_server_header(const char *head, const char *name, char *out, size_t out_size);
/* A whole answer with Content-Length; 'headers' is "" or lines that end in \r\n. */
void http_server_answer(int fd, int status, const char *headers, const char *body, size_t body_len);
void http_server_write(int fd, const void *data, size_t len);
/* Blocks until the peer or http_server_free ends the connection. */
void http_server_wait_closed(int fd);

#endif
