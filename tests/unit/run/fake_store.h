/*
 * fake_store.h -- Postgres in the hands of a test: ty_store_async_query and ty_store_async_is_up
 * are wrapped by the linker, so a statement is kept until the test answers it.
 */
#ifndef TY_TESTS_FAKE_STORE_H
#define TY_TESTS_FAKE_STORE_H

#include "store/async.h"

#include <uv.h>

struct fake_store {
	uv_loop_t loop;
	bool is_up;
	size_t sent;	      /* statements so far */
	char said[64 * 1024]; /* the last statement's parameters, as they are sent */
	size_t said_len;
	ty_store_async_fn fn; /* of the last statement, not answered yet */
	void *ctx;
};

extern struct fake_store fake_store;

void fake_store_setup(void);
/* Where the last statement has this text, or this id; NULL = nowhere. */
const char *fake_store_text(const char *text);
const char *fake_store_id(const struct ty_id *id);
/* Close what is closing; the loop must have nothing left. */
void fake_store_done(void);
/* Turn the loop until this many statements were sent; fails where nothing would send one. */
void fake_store_await(size_t sent);
/* Wait for the next event of the loop. */
void fake_store_next(void);
/* Turn the loop once without waiting: what may be sent now is. */
void fake_store_turn(void);
/* Answer the last statement: 'count' rows of these cells (columns of them a row). */
void fake_store_rows(const char *const *names, size_t columns, const char *const *cells,
		     size_t count);
void fake_store_fail(enum ty_code code);

#endif
