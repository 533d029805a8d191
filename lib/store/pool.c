/*
 * pool.c -- at most so many connections, opened when first needed, lent newest first so
 * that a quiet pool keeps few of them warm.
 *
 * Thread-safe: the lock guards the list and the counts and is never held while Postgres
 * is waited for.
 */
#include "store/pool.h"

#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ty_store {
	char *conninfo, *application_name;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct ty_pool_conn *idle;
	size_t lent, lent_max;
};

static void *
pool_alloc(size_t size)
{
	void *ptr = calloc(1, size);

	if (ptr == NULL)
		abort();
	return ptr;
}

static char *
pool_strdup(const char *s)
{
	char *copy = pool_alloc(strlen(s) + 1);

	return memcpy(copy, s, strlen(s));
}

struct ty_store *
ty_store_new(const char *conninfo, size_t connections_max, const char *application_name)
{
	struct ty_store *store = pool_alloc(sizeof(*store));
	pthread_condattr_t attr;

	TY_ASSERT(connections_max > 0);
	store->conninfo = pool_strdup(conninfo);
	store->application_name = pool_strdup(application_name);
	store->lent_max = connections_max;
	pthread_mutex_init(&store->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->given, &attr);
	pthread_condattr_destroy(&attr);
	return store;
}

static void
pool_close(struct ty_pool_conn *conn)
{
	PQfinish(conn->pg);
	conn->pg = NULL;
	if (conn->statements != NULL) {
		const char *sql;
		void *name;

		for (size_t at = 0; ty_map_next(conn->statements, &at, &sql, &name);)
			free(name);
		ty_map_free(conn->statements);
		conn->statements = NULL;
	}
}

void
ty_store_free(struct ty_store *store)
{
	struct ty_pool_conn *conn, *next;

	if (store == NULL)
		return;
	TY_ASSERT(store->lent == 0); /* a transaction outlived its store */
	for (conn = store->idle; conn != NULL; conn = next) {
		next = conn->next;
		pool_close(conn);
		free(conn);
	}
	pthread_cond_destroy(&store->given);
	pthread_mutex_destroy(&store->lock);
	free(store->conninfo);
	free(store->application_name);
	free(store);
}

enum ty_code
ty_pool_reopen(struct ty_store *store, struct ty_pool_conn *conn, struct ty_err *err)
{
	pool_close(conn);
	if (ty_conn_open(store->conninfo, store->application_name, &conn->pg, err) != TY_OK)
		return err->code;
	conn->statements = ty_map_new(NULL);
	conn->is_fresh = true;
	return TY_OK;
}

/* Wait for a place under the lock; false where the time is over. */
static bool
pool_wait(struct ty_store *store, int64_t wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (store->lent == store->lent_max) {
		if (pthread_cond_timedwait(&store->given, &store->lock, &until) != 0)
			return store->lent < store->lent_max;
	}
	return true;
}

enum ty_code
ty_pool_take(struct ty_store *store, int64_t wait_ms, struct ty_pool_conn **ret_conn,
	     struct ty_err *err)
{
	struct ty_pool_conn *conn = NULL;
	bool has_place;

	pthread_mutex_lock(&store->lock);
	has_place = pool_wait(store, wait_ms);
	if (has_place) {
		store->lent++;
		conn = store->idle;
		if (conn != NULL)
			store->idle = conn->next;
	}
	pthread_mutex_unlock(&store->lock);
	if (!has_place)
		return ty_err_set(err, TY_E_UNAVAILABLE,
				  "all %zu connections to Postgres are busy for %lld ms",
				  store->lent_max, (long long)wait_ms);
	if (conn == NULL)
		conn = pool_alloc(sizeof(*conn));
	conn->next = NULL;
	conn->is_fresh = false;
	if (conn->pg == NULL && ty_pool_reopen(store, conn, err) != TY_OK) {
		ty_pool_give(store, conn, true);
		return err->code;
	}
	*ret_conn = conn;
	return TY_OK;
}

void
ty_pool_give(struct ty_store *store, struct ty_pool_conn *conn, bool drop)
{
	drop = drop || PQstatus(conn->pg) != CONNECTION_OK ||
	       PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
	if (drop) {
		pool_close(conn);
		free(conn);
	}
	pthread_mutex_lock(&store->lock);
	if (!drop) {
		conn->next = store->idle;
		store->idle = conn;
	}
	store->lent--;
	pthread_cond_signal(&store->given);
	pthread_mutex_unlock(&store->lock);
}
