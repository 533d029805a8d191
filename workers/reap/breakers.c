/*
 * breakers.c -- transitions of circuit breakers: from Redis to Postgres, each said in the log once.
 *
 * Recorded first and dropped from Redis then; one that is recorded again is the same row.
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
