/*
 * serve.h -- one request after the other over descriptor 0, until the parent hangs up.
 *
 * A frame is a 4-byte little-endian length and that many bytes (sandbox/message.h); each is
 * answered with one.  Compiled into each jailed program, as jail.h is.
 */
#ifndef TY_JAIL_SERVE_H
#define TY_JAIL_SERVE_H

#include <stddef.h>

#define JAIL_HEADER_SIZE 4

/*
 * Answer a request of 'len' bytes, which a NUL follows: malloc'd, JAIL_HEADER_SIZE bytes of room
 * and then *ret_len bytes of answer.
 */
typedef char *(*jail_answer_fn)(void *ctx, const char *request, size_t len, size_t *ret_len);
/* The answer is written: time to make ready for the next.  May be NULL. */
typedef void (*jail_answered_fn)(void *ctx);

void jail_serve(jail_answer_fn answer, jail_answered_fn answered, void *ctx);

#endif
