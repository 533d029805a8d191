/*
 * api_health.c -- are the stores there, and do they take writes?
 *
 * With one of them away, or taking no writes (a disk or a memory that is full, a standby), deliveries are
 * still accepted on the other (docs/ARCHITECTURE.md), so that is "degraded" and a 200: a balancer
 * must not take the process out.  With neither it is 503.
 */
#include "api.h"

#include "base/zone.h"
#include "queue/queue.h"

#define WAIT_MS 1000

enum store_state { STORE_OK, STORE_READ_ONLY, STORE_AWAY };
static const char *const store_states[] = { "ok", "read_only", "away" };

static enum store_state
postgres_state(struct ty_api_call *call)
{
	enum store_state state = STORE_AWAY;
	struct ty_err ignored;
	const char *why;
	struct ty_tx *tx;

	if (ty_tx_begin(call->app->store, call->arena, NULL, WAIT_MS, &tx, &ignored) != TY_OK)
		return STORE_AWAY;
	if (ty_tx_read_only(tx, &why, &ignored) == TY_OK)
		state = why == NULL ? STORE_OK : STORE_READ_ONLY;
	ty_tx_rollback(tx);
	return state;
}

static enum store_state
redis_state(struct ty_app *app)
{
	enum store_state state = STORE_OK;
	struct ty_err ignored;

	pthread_mutex_lock(&app->queue_lock);
	if (ty_queue_sync_probe(app->queue, &ignored) != TY_OK)
		state = ty_queue_sync_ping(app->queue, &ignored) == TY_OK ? STORE_READ_ONLY
									  : STORE_AWAY;
	pthread_mutex_unlock(&app->queue_lock);
	return state;
}

enum ty_code
api_health(struct ty_api_call *call, struct ty_err *err)
{
	enum store_state postgres = postgres_state(call), redis = redis_state(call->app);
	bool locked = atomic_load(&call->app->is_locked);
	bool all = postgres == STORE_OK && redis == STORE_OK && !locked;
	bool none = postgres != STORE_OK && redis != STORE_OK;
	char zones[TY_ZONE_VERSION_SIZE];

	ty_zone_version(zones);
	json_t *body = ty_json_own(
		call->arena, json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "status",
				       all    ? "ok"
				       : none ? "down"
					      : "degraded",
				       "version", TY_VERSION, "secrets", locked ? "locked" : "ok",
				       "zones", zones, "stores", "postgres", store_states[postgres],
				       "redis", store_states[redis]));

	if (none)
		ty_http_response_header(call->response, "Retry-After", "5");
	return api_json(call, none ? 503 : 200, body);
}
