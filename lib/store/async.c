/*
 * async.c -- libpq's pipeline mode on a libuv loop.
 *
 *         async_connect            async_up
 *   DOWN --------------> CONNECTING ----------> UP
 *    ^                       |                  |
 *    +------ async_lose -----+------------------+     (a timer calls async_connect after the back-off)
 *
 * Invariants:
 *   (1) Each call's 'fn' is called exactly once, from the loop, never from within
 *       ty_store_async_query: refused and lost calls go to 'failed', which the timer 'soon'
 *       of zero milliseconds empties.  So does a connection that fails while sending.
 *   (2) 'sent' is in the order of the pipeline; each entry ends with its own sync, so that
 *       one statement's failure is no other's.
 *   (3) A statement counts as prepared on this connection from when its Parse is sent; where
 *       that fails, or its plan is stale, it is prepared anew under a new name.
 *   (4) Nothing is called after ty_store_async_free has returned, except libuv's close callbacks.
 */
#include "store/async.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "store/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Back-off between attempts to connect: doubling from here to there. */
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
/* Time of one attempt to connect, because libpq's connect_timeout does not count in asynchronous mode. */
#define CONNECT_MAX_MS 5000

enum async_state { ASYNC_DOWN, ASYNC_CONNECTING, ASYNC_UP };

struct call {
	struct call *next;
	const char *sql;
	ty_store_async_fn fn;
	void *ctx;
	bool prepares; /* a Parse goes before the query: one more result to come */
	bool has_answer;
};

struct call_list {
	struct call *first, **last;
	size_t count;
};

struct statement {
	const char *sql;	  /* known by its address */
	unsigned number, edition; /* parts of its name, see invariant (3) */
	bool is_prepared;
};

struct ty_store_async {
	uv_loop_t *loop;
	char *conninfo, *application_name;
	ty_store_async_state_fn state_fn;
	char reported[256]; /* reason why it is away; "" while it is there */
	void *ctx;

	enum async_state state;
	PGconn *pg;
	uv_poll_t *poll; /* polls pg's socket; NULL while down */
	int poll_fd, poll_events;
	uv_timer_t *retry; /* DOWN: next attempt.  CONNECTING: gives up. */
	uv_timer_t *soon;  /* empties 'failed' */
	int64_t backoff_ms;

	struct call_list sent, failed;
	struct ty_err failed_err; /* reason of those in 'failed' */
	struct statement *statements;
	size_t statement_count, statement_cap;
	struct ty_arena *scratch; /* arena of one call or one answer */
	bool is_broken;		  /* to be lost as soon as we are on the loop */
};

static void async_connect(struct ty_store_async *store);
static void async_lose(struct ty_store_async *store, const char *why);
static void async_on_poll(uv_poll_t *poll, int status, int events);

static void *
async_alloc(size_t size)
{
	void *ptr = calloc(1, size);

	if (ptr == NULL)
		abort();
	return ptr;
}

static char *
async_strdup(const char *s)
{
	char *copy = async_alloc(strlen(s) + 1);

	return memcpy(copy, s, strlen(s));
}

/* ---- lists ---- */

static void
list_init(struct call_list *list)
{
	list->first = NULL;
	list->last = &list->first;
	list->count = 0;
}

static void
list_add(struct call_list *list, struct call *call)
{
	call->next = NULL;
	*list->last = call;
	list->last = &call->next;
	list->count++;
}

static struct call *
list_take(struct call_list *list)
{
	struct call *call = list->first;

	if (call == NULL)
		return NULL;
	list->first = call->next;
	if (list->first == NULL)
		list->last = &list->first;
	list->count--;
	return call;
}

/* ---- calls that failed ---- */

static void
async_fail_all(struct ty_store_async *store)
{
	struct call_list failed = store->failed;
	struct ty_err err = store->failed_err;
	struct call *call;

	if (failed.first == NULL)
		return;
	list_init(&store->failed); /* a callback may send anew, and fail anew, which waits */
	while ((call = list_take(&failed)) != NULL) {
		call->fn(call->ctx, NULL, &err);
		free(call);
	}
}

static void
async_on_soon(uv_timer_t *timer)
{
	struct ty_store_async *store = timer->data;

	if (store->is_broken)
		async_lose(store, store->pg != NULL ? PQerrorMessage(store->pg) : "");
	async_fail_all(store);
}

static void
async_break(struct ty_store_async *store)
{
	store->is_broken = true;
	uv_timer_start(store->soon, async_on_soon, 0, 0);
}

static void
async_fail_later(struct ty_store_async *store, struct call *call, const char *why)
{
	ty_err_set(&store->failed_err, TY_E_UNAVAILABLE, "Postgres is away: %s", why);
	list_add(&store->failed, call);
	uv_timer_start(store->soon, async_on_soon, 0, 0);
}

/* ---- polling ---- */

static void
async_on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void
async_poll_close(struct ty_store_async *store)
{
	if (store->poll == NULL)
		return;
	store->poll->data = NULL;
	uv_poll_stop(store->poll);
	uv_close((uv_handle_t *)store->poll, async_on_closed);
	store->poll = NULL;
	store->poll_events = 0;
}

/* Watch pg's socket for 'events'.  libpq may change its socket while connecting. */
static bool
async_poll_for(struct ty_store_async *store, int events)
{
	int fd = PQsocket(store->pg);

	if (store->poll != NULL && store->poll_fd != fd)
		async_poll_close(store);
	if (store->poll == NULL) {
		store->poll = async_alloc(sizeof(*store->poll));
		if (fd < 0 || uv_poll_init(store->loop, store->poll, fd) != 0) {
			free(store->poll);
			store->poll = NULL;
			return false;
		}
		store->poll->data = store;
		store->poll_fd = fd;
	}
	if (store->poll_events == events)
		return true;
	store->poll_events = events;
	return uv_poll_start(store->poll, events, async_on_poll) == 0;
}

static bool
async_flush(struct ty_store_async *store)
{
	int left = PQflush(store->pg);

	return left >= 0 && async_poll_for(store, UV_READABLE | (left > 0 ? UV_WRITABLE : 0));
}

/* ---- coming up and going down ---- */

static void
async_on_retry(uv_timer_t *timer)
{
	struct ty_store_async *store = timer->data;

	if (store->state == ASYNC_CONNECTING)
		async_lose(store, "the server does not answer");
	else
		async_connect(store);
}

/* Close what there is, fail what was outstanding, try again later. */
static void
async_lose(struct ty_store_async *store, const char *why)
{
	struct call *call;
	char text[sizeof(store->reported)];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", ty_conn_why(why));

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	async_poll_close(store);
	PQfinish(store->pg);
	store->pg = NULL;
	store->state = ASYNC_DOWN;
	store->is_broken = false;
	for (size_t i = 0; i < store->statement_count; i++)
		store->statements[i].is_prepared = false;
	while ((call = list_take(&store->sent)) != NULL) {
		if (call->has_answer)
			free(call); /* only the sync of the call was outstanding */
		else
			async_fail_later(store, call, text);
	}
	uv_timer_start(store->retry, async_on_retry, (uint64_t)store->backoff_ms, 0);
	store->backoff_ms *= 2;
	if (store->backoff_ms > BACKOFF_MAX_MS)
		store->backoff_ms = BACKOFF_MAX_MS;
	if (store->state_fn != NULL && strcmp(store->reported, text) != 0) {
		memcpy(store->reported, text, sizeof(text));
		store->state_fn(store->ctx, store->reported);
	}
}

static void
async_up(struct ty_store_async *store)
{
	struct ty_err err;

	/* The check waits for answers only where a pooler is in between. */
	if (ty_conn_check_pooler(store->pg, store->conninfo, &err) != TY_OK) {
		async_lose(store, err.msg);
		return;
	}
	if (PQsetnonblocking(store->pg, 1) != 0 || PQenterPipelineMode(store->pg) != 1) {
		async_lose(store, PQerrorMessage(store->pg));
		return;
	}
	uv_timer_stop(store->retry);
	store->backoff_ms = BACKOFF_MIN_MS;
	store->state = ASYNC_UP;
	if (!async_poll_for(store, UV_READABLE)) {
		async_lose(store, "cannot watch its socket");
		return;
	}
	store->reported[0] = '\0';
	if (store->state_fn != NULL)
		store->state_fn(store->ctx, NULL);
}

static void
async_connect_step(struct ty_store_async *store)
{
	PostgresPollingStatusType step = PQconnectPoll(store->pg);

	/* The next host's socket may have the last one's number: watch it anew. */
	async_poll_close(store);
	switch (step) {
	case PGRES_POLLING_OK:
		async_up(store);
		return;
	case PGRES_POLLING_READING:
		if (async_poll_for(store, UV_READABLE))
			return;
		break;
	case PGRES_POLLING_WRITING:
		if (async_poll_for(store, UV_WRITABLE))
			return;
		break;
	default:
		break;
	}
	async_lose(store, PQerrorMessage(store->pg));
}

/* Resolving a host's name may block here; addresses and sockets do not. */
static void
async_connect(struct ty_store_async *store)
{
	const char *keywords[TY_CONN_OPTIONS], *values[TY_CONN_OPTIONS];

	ty_conn_options(store->conninfo, store->application_name, keywords, values);
	store->pg = PQconnectStartParams(keywords, values, 1);
	if (store->pg == NULL)
		abort();
	ty_conn_hush(store->pg);
	store->state = ASYNC_CONNECTING;
	uv_timer_start(store->retry, async_on_retry, CONNECT_MAX_MS, 0);
	if (PQstatus(store->pg) == CONNECTION_BAD || TY_FAULT(store_open) ||
	    !async_poll_for(store, UV_WRITABLE))
		async_lose(store, PQerrorMessage(store->pg));
}

/* ---- answers ---- */

static struct statement *
async_statement(struct ty_store_async *store, const char *sql)
{
	struct statement *st;

	for (size_t i = 0; i < store->statement_count; i++) {
		if (store->statements[i].sql == sql)
			return &store->statements[i];
	}
	if (store->statement_count == store->statement_cap) {
		store->statement_cap = store->statement_cap * 2 + 8;
		store->statements = realloc(store->statements,
					    store->statement_cap * sizeof(*store->statements));
		if (store->statements == NULL)
			abort();
	}
	st = &store->statements[store->statement_count];
	*st = (struct statement){ .sql = sql, .number = (unsigned)store->statement_count };
	store->statement_count++;
	return st;
}

/* Invariant (3).  Only once, where many calls of the same statement fail in turn. */
static void
async_forget(struct ty_store_async *store, const char *sql)
{
	struct statement *st = async_statement(store, sql);

	if (st->is_prepared)
		st->edition++;
	st->is_prepared = false;
}

/* Hand one result to the call at the head of the pipeline. */
static void
async_answer(struct ty_store_async *store, const PGresult *result)
{
	struct call *call = store->sent.first;
	struct ty_err err = { TY_OK };
	struct ty_rows rows;
	const char *state;

	if (call == NULL || call->has_answer)
		return;
	if (call->prepares && PQresultStatus(result) == PGRES_COMMAND_OK) {
		call->prepares = false; /* the Parse's; the statement's own comes next */
		return;
	}
	call->has_answer = true;
	if (ty_conn_check(store->pg, result, &err) == TY_OK) {
		ty_rows_from_result(store->scratch, result, &rows);
		call->fn(call->ctx, &rows, NULL);
		ty_arena_clear(store->scratch);
		return;
	}
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (call->prepares || ty_sqlstate_is_stale_plan(state))
		async_forget(store, call->sql);
	if (ty_sqlstate_is_server_gone(state))
		async_break(store);
	call->fn(call->ctx, NULL, &err);
}

/* Everything that has come, without waiting.  A callback may send more meanwhile. */
static void
async_read(struct ty_store_async *store)
{
	while (store->state == ASYNC_UP && !PQisBusy(store->pg)) {
		PGresult *result = PQgetResult(store->pg);

		if (result == NULL) {
			if (store->sent.first == NULL || PQstatus(store->pg) != CONNECTION_OK)
				break;
			continue; /* between two results of the pipeline */
		}
		if (TY_FAULT(store_answer)) {
			PQclear(result);
			async_lose(store, "its answer is lost");
			return;
		}
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			free(list_take(&store->sent));
		else
			async_answer(store, result);
		PQclear(result);
	}
}

static void
async_on_poll(uv_poll_t *poll, int status, int events)
{
	struct ty_store_async *store = poll->data;

	if (store == NULL)
		return;
	if (store->state == ASYNC_CONNECTING) {
		async_connect_step(store);
		return;
	}
	if (status < 0 || ((events & UV_READABLE) != 0 && PQconsumeInput(store->pg) == 0)) {
		/* Answers that came before the end are answers. */
		async_read(store);
		if (store->state == ASYNC_UP)
			async_lose(store, PQerrorMessage(store->pg));
		return;
	}
	async_read(store);
	if (store->state != ASYNC_UP)
		return;
	if (PQstatus(store->pg) != CONNECTION_OK || !async_flush(store))
		async_lose(store, PQerrorMessage(store->pg));
}

/* ---- the public half ---- */

static uv_timer_t *
async_timer_new(struct ty_store_async *store)
{
	uv_timer_t *timer = async_alloc(sizeof(*timer));

	uv_timer_init(store->loop, timer);
	timer->data = store;
	return timer;
}

struct ty_store_async *
ty_store_async_new(struct uv_loop_s *loop, const char *conninfo, const char *application_name,
		   ty_store_async_state_fn state, void *ctx)
{
	struct ty_store_async *store = async_alloc(sizeof(*store));

	store->loop = loop;
	store->conninfo = async_strdup(conninfo);
	store->application_name = async_strdup(application_name);
	store->state_fn = state;
	store->ctx = ctx;
	store->backoff_ms = BACKOFF_MIN_MS;
	list_init(&store->sent);
	list_init(&store->failed);
	store->scratch = ty_arena_new(NULL, "store async", 0);
	store->retry = async_timer_new(store);
	store->soon = async_timer_new(store);
	async_connect(store);
	return store;
}

void
ty_store_async_free(struct ty_store_async *store)
{
	struct call *call;

	if (store == NULL)
		return;
	store->state_fn = NULL;
	async_lose(store, "this program is ending");
	/* Callbacks may send anew, which fails anew: until none does. */
	while (store->failed.first != NULL)
		async_fail_all(store);
	while ((call = list_take(&store->sent)) != NULL)
		free(call);
	uv_timer_stop(store->retry);
	uv_timer_stop(store->soon);
	uv_close((uv_handle_t *)store->retry, async_on_closed);
	uv_close((uv_handle_t *)store->soon, async_on_closed);
	ty_arena_free(store->scratch);
	free(store->statements);
	free(store->conninfo);
	free(store->application_name);
	free(store);
}

bool
ty_store_async_is_up(const struct ty_store_async *store)
{
	return store->state == ASYNC_UP;
}

size_t
ty_store_async_pending(const struct ty_store_async *store)
{
	return store->sent.count + store->failed.count;
}

/* Parse where this connection does not know it yet, then Bind, Execute, Sync. */
static bool
async_send(struct ty_store_async *store, struct call *call, const struct ty_sql_param *params,
	   size_t count)
{
	struct statement *st = async_statement(store, call->sql);
	struct ty_arena *arena = ty_arena_new(NULL, "store params", 0);
	struct ty_pg_params pg_params;
	char name[32];
	bool ok;

	if (TY_FAULT(store_send))
		ty_conn_cut(store->pg);
	snprintf(name, sizeof(name), "ty%u_%u", st->number, st->edition);
	ty_pg_params_init(&pg_params, arena, params, count);
	call->prepares = !st->is_prepared;
	ok = (st->is_prepared || PQsendPrepare(store->pg, name, call->sql, 0, NULL) == 1) &&
	     PQsendQueryPrepared(store->pg, name, (int)count, pg_params.values, pg_params.lengths,
				 pg_params.formats, 0) == 1 &&
	     PQpipelineSync(store->pg) == 1;
	st->is_prepared = true;
	ty_arena_free(arena);
	return ok;
}

void
ty_store_async_query(struct ty_store_async *store, const char *sql,
		     const struct ty_sql_param *params, size_t count, ty_store_async_fn fn,
		     void *ctx)
{
	struct call *call = async_alloc(sizeof(*call));

	*call = (struct call){ .sql = sql, .fn = fn, .ctx = ctx };
	if (store->state != ASYNC_UP) {
		async_fail_later(store, call, "no connection");
		return;
	}
	list_add(&store->sent, call);
	if (store->is_broken || !async_send(store, call, params, count) || !async_flush(store))
		async_break(store);
}
