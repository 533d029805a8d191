/*
 * bare_store.h -- what the bare programs write: one Redis XADD and one Postgres row a request.
 *
 * A store belongs to one thread.  Nothing comes back by itself: a bench ends where a store does.
 */
#ifndef TY_BENCH_BARE_STORE_H
#define TY_BENCH_BARE_STORE_H

#include <stddef.h>

struct bare_store;

struct bare_item {
	const char *body; /* text without NUL; borrowed */
	size_t len;
};

/* NULL: it was said on stderr why. */
struct bare_store *bare_store_new(const char *redis_socket, const char *conninfo);
void bare_store_free(struct bare_store *store);
/* All items with one INSERT + COMMIT and one pipeline of XADDs; 0 where both stores have them. */
int bare_store_keep(struct bare_store *store, const struct bare_item *items, size_t count);

#endif
