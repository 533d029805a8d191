/*
 * load_http.h -- one kept HTTP/1.1 connection of the load generator, and nothing but what it needs.
 *
 * The caller owns the connection and its buffers; requests are written whole and answers are
 * read to their Content-Length (or chunked end), so a late byte never meets the next request.
 */
#ifndef TY_BENCH_LOAD_HTTP_H
#define TY_BENCH_LOAD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_REQUEST_MAX 8192
#define LOAD_ANSWER_MAX	 16384

struct load_conn {
	int fd;
	char out[LOAD_REQUEST_MAX];
	size_t out_len, out_done;
	char in[LOAD_ANSWER_MAX];
	size_t in_len;
	uint64_t sent_at_us;
};

enum load_state { LOAD_MORE, LOAD_DONE, LOAD_BROKEN };

/* A connection to 127.0.0.1:port, not blocking from then on; false: errno says why. */
bool load_connect(struct load_conn *c, uint16_t port);
/* Writes what is left of the request. LOAD_DONE: all of it is out. */
enum load_state load_write(struct load_conn *c);
/* Reads; LOAD_DONE: *ret_status is that of the whole answer, which is taken off the buffer. */
enum load_state load_read(struct load_conn *c, int *ret_status);

#endif
