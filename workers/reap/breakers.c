/*
 * breakers.c -- transitions of circuit breakers: from Redis to Postgres, each said in the log once.
 *
 * Recorded first and dropped from Redis then; one that is recorded again is the same row.
 *
 * And those that are open by hand: from Postgres back to a Redis that lost its memory.  The queue is asked
 * first, because what is open in it had its row before.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"
#include "queue/breakers.h"
#include "store/breaker.h"

#define BREAKERS_MAX 500

static void
say(struct reap *reap, const char *news)
{
	json_t *json = json_loads(news, 0, NULL);
	char what[500], why[300];

	if (json == NULL)
		return;
	if (!ty_str_eq(ty_json_str(json, "to", ""), "probing"))
		ty_log_warn(reap->log, "a circuit breaker changed",
			    "scope=%.40s breaker=%s from=%.10s to=%.10s failures=%lld why=%s",
			    ty_json_str(json, "scope", ""),
			    ty_log_quote(ty_json_str(json, "what", ""), what, sizeof(what)),
			    ty_json_str(json, "from", ""), ty_json_str(json, "to", ""),
			    (long long)ty_json_int(json, "failures", 0),
			    ty_log_quote(ty_json_str(json, "why", ""), why, sizeof(why)));
	json_decref(json);
}

/* ---- open by hand ---- */

static bool
is_open(const struct ty_breaker *list, size_t count, const struct ty_store_breaker_hold *hold)
{
	const char *scope = hold->workspace != NULL ? hold->workspace : TY_BREAKER_OPERATOR;

	for (size_t i = 0; i < count; i++)
		if (ty_str_eq(list[i].scope, scope) && ty_str_eq(list[i].what, hold->what))
			return list[i].state == TY_BREAKER_OPEN && list[i].probe_at_ms == 0;
	return false;
}

/* Open a breaker again under its row's lock, so that nobody closes it meanwhile. */
static enum ty_code
open_again(struct reap *reap, struct ty_tx *tx, const struct ty_store_breaker_hold *hold,
	   struct ty_err *err)
{
	bool held;

	if (ty_store_breaker_lock(tx, hold, &held, err) != TY_OK)
		return err->code;
	if (!held ||
	    ty_queue_sync_breaker_set(
		    reap->queue, hold->workspace != NULL ? hold->workspace : TY_BREAKER_OPERATOR,
		    hold->what, "open", hold->by, hold->why, err) != TY_E_CONFLICT)
		return held ? err->code : TY_OK;
	ty_err_clear(err);
	return TY_OK;
}

static enum ty_code
restore(struct reap *reap, struct ty_tx *tx, const struct ty_breaker *list, size_t count,
	struct ty_err *err)
{
	struct ty_store_breaker_hold *holds;
	size_t hold_count;

	if (ty_store_breaker_holds(tx, &holds, &hold_count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < hold_count; i++)
		if (!is_open(list, count, &holds[i]) &&
		    open_again(reap, tx, &holds[i], err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
reap_breaker_holds(struct reap *reap, struct ty_err *err)
{
	struct ty_breaker *list;
	struct ty_tx *tx;
	size_t count;

	if (ty_queue_sync_breakers(reap->queue, reap->arena, NULL, 0, &list, &count, err) !=
		    TY_OK ||
	    ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (restore(reap, tx, list, count, err) == TY_OK)
		return ty_tx_commit(tx, err);
	ty_tx_rollback(tx);
	return err->code;
}

/* ---- transitions ---- */

enum ty_code
reap_breakers(struct reap *reap, struct ty_err *err)
{
	struct ty_store_query query;
	struct ty_rows rows;
	const char **news;
	size_t count;

	if (ty_queue_sync_breaker_news(reap->queue, reap->arena, BREAKERS_MAX, &news, &count,
				       err) != TY_OK)
		return err->code;
	if (count == 0)
		return TY_OK;
	ty_store_breakers_record_query(reap->arena, news, count, &query);
	if (reap_query(reap, &query, &rows, err) != TY_OK ||
	    ty_queue_sync_breaker_recorded(reap->queue, news, count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		say(reap, news[i]);
	return TY_OK;
}
