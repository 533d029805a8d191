/*
 * api_health.c -- are the stores there?
 *
 * With one of them away deliveries are still accepted (docs/ARCHITECTURE.md), so that is
 * "degraded" and a 200: a balancer must not take the process out.  With both away it is 503.
 */
#include "api.h"

#include "queue/queue.h"

#define WAIT_MS 1000

static bool
postgres_is_up(struct ty_api_call *call)
{
	struct ty_err ignored;
	struct ty_tx *tx;
	enum ty_code code;

	if (ty_tx_begin(call->app->store, call->arena, NULL, WAIT_MS, &tx, &ignored) != TY_OK)
		return false;
	code = ty_tx_exec(tx, "SELECT 1", NULL, 0, &ignored);
	ty_tx_rollback(tx);
	return code == TY_OK;
}

static bool
redis_is_up(struct ty_app *app)
{
	struct ty_err ignored;
	enum ty_code code;

	pthread_mutex_lock(&app->queue_lock);
	code = ty_queue_sync_ping(app->queue, &ignored);
	pthread_mutex_unlock(&app->queue_lock);
	return code == TY_OK;
}

enum ty_code
api_health(struct ty_api_call *call, struct ty_err *err)
{
	bool postgres = postgres_is_up(call), redis = redis_is_up(call->app);
	const char *status = postgres && redis ? "ok" : postgres || redis ? "degraded" : "down";
	json_t *body = ty_json_own(call->arena, json_pack("{s:s, s:s, s:{s:s, s:s}}", "status",
							  status, "version", TY_VERSION, "stores",
							  "postgres", postgres ? "ok" : "away",
							  "redis", redis ? "ok" : "away"));

	if (!postgres && !redis)
		ty_http_response_header(call->response, "Retry-After", "5");
	return api_json(call, postgres || redis ? 200 : 503, body);
}
