/*
 * bare_store.c -- see bare_store.h.
 */
#include "bare_store.h"

#include <hiredis.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM "bench:bare"

struct bare_store {
	redisContext *redis;
	PGconn *pg;
	char *array; /* the group as a Postgres array's text */
	size_t array_size;
};

static int
prepare(PGconn *pg)
{
	PGresult *res = PQprepare(
		pg, "keep", "INSERT INTO bench_bare (body) SELECT unnest($1::text[])", 1, NULL);
	int ok = PQresultStatus(res) == PGRES_COMMAND_OK;

	PQclear(res);
	return ok;
}

struct bare_store *
bare_store_new(const char *redis_socket, const char *conninfo)
{
	struct bare_store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->redis = redisConnectUnix(redis_socket);
	store->pg = PQconnectdb(conninfo);
	if (store->redis == NULL || store->redis->err != 0 ||
	    PQstatus(store->pg) != CONNECTION_OK || !prepare(store->pg)) {
		fprintf(stderr, "bench-bare: %s %s\n",
			store->redis != NULL ? store->redis->errstr : "",
			PQerrorMessage(store->pg));
		bare_store_free(store);
		return NULL;
	}
	return store;
}

void
bare_store_free(struct bare_store *store)
{
	if (store == NULL)
		return;
	if (store->redis != NULL)
		redisFree(store->redis);
	PQfinish(store->pg);
	free(store->array);
	free(store);
}

/* {"...","..."} with quotes and backslashes escaped. */
static const char *
array_format(struct bare_store *store, const struct bare_item *items, size_t count)
{
	size_t need = 3, at = 0;

	for (size_t i = 0; i < count; i++)
		need += 2 * items[i].len + 3;
	if (need > store->array_size) {
		free(store->array);
		store->array_size = 2 * need;
		store->array = malloc(store->array_size);
		if (store->array == NULL)
			abort();
	}
	store->array[at++] = '{';
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			store->array[at++] = ',';
		store->array[at++] = '"';
		for (size_t k = 0; k < items[i].len; k++) {
			if (items[i].body[k] == '"' || items[i].body[k] == '\\')
				store->array[at++] = '\\';
			store->array[at++] = items[i].body[k];
		}
		store->array[at++] = '"';
	}
	store->array[at++] = '}';
	store->array[at] = '\0';
	return store->array;
}

static int
insert(struct bare_store *store, const struct bare_item *items, size_t count)
{
	const char *value = array_format(store, items, count);
	PGresult *res = PQexecPrepared(store->pg, "keep", 1, &value, NULL, NULL, 0);
	int rc = PQresultStatus(res) == PGRES_COMMAND_OK ? 0 : -1;

	if (rc != 0)
		fprintf(stderr, "bench-bare: %s", PQerrorMessage(store->pg));
	PQclear(res);
	return rc;
}

static int
enqueue(struct bare_store *store, const struct bare_item *items, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		redisAppendCommand(store->redis, "XADD %s * body %b", STREAM, items[i].body,
				   items[i].len);
	for (size_t i = 0; i < count; i++) {
		redisReply *reply = NULL;

		if (redisGetReply(store->redis, (void **)&reply) != REDIS_OK ||
		    reply->type == REDIS_REPLY_ERROR) {
			fprintf(stderr, "bench-bare: %s\n",
				reply != NULL ? reply->str : store->redis->errstr);
			rc = -1;
		}
		if (reply != NULL)
			freeReplyObject(reply);
		else
			return -1;
	}
	return rc;
}

int
bare_store_keep(struct bare_store *store, const struct bare_item *items, size_t count)
{
	if (insert(store, items, count) != 0)
		return -1;
	return enqueue(store, items, count);
}
