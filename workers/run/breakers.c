/*
 * breakers.c -- see breakers.h.
 *
 * Memory: what is known is one JSON object, "<scope> <what>" -> what Redis has, because entries come and
 * go one by one; at most TY_BREAKERS_MAX.  One more is not known, and holds nothing back here.
 */
#include "breakers.h"

#include "base/str.h"
#include "base/time.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE (BREAKER_WHAT_SIZE + 64)
/* When one that is opened by hand is looked at again. */
#define BY_HAND_MS 60000
/* An answer to a probe is there by then, as a rule. */
#define PROBING_MS 5000

struct breakers {
	struct ty_queue_breakers *queue;
	json_t *known;
	breakers_closed_fn closed; /* NULL: nobody cares */
	void *ctx;
};

/* ---- what is known ---- */

/* Is the breaker closed, by what Redis has of it?  No entry means closed. */
static bool
is_closed(const json_t *entry)
{
	return entry == NULL ||
	       ty_str_eq(ty_json_str(entry, "s", ""), ty_breaker_state_name(TY_BREAKER_CLOSED));
}

static void
breakers_changed(void *ctx, const char *scope, const char *what, json_t *entry)
{
	struct breakers *breakers = ctx;
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "%s %s", scope, what);
	if (breakers->closed != NULL && !is_closed(json_object_get(breakers->known, key)) &&
	    is_closed(entry))
		breakers->closed(breakers->ctx, scope, what);
	if (entry == NULL)
		json_object_del(breakers->known, key);
	else if (json_object_get(breakers->known, key) != NULL ||
		 json_object_size(breakers->known) < TY_BREAKERS_MAX)
		json_object_set(breakers->known, key, entry);
}

static void
breakers_away(void *ctx)
{
	json_object_clear(((struct breakers *)ctx)->known);
}

static const struct ty_queue_breaker_events breakers_events = { .changed = breakers_changed,
								.away = breakers_away };

struct breakers *
breakers_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
	     breakers_closed_fn closed, void *ctx)
{
	struct breakers *breakers = calloc(1, sizeof(*breakers));

	TY_ASSERT(breakers != NULL);
	breakers->known = json_object();
	breakers->closed = closed;
	breakers->ctx = ctx;
	breakers->queue = ty_queue_breakers_new(loop, redis_url, lane, &breakers_events, breakers);
	return breakers;
}

void
breakers_free(struct breakers *breakers)
{
	if (breakers == NULL)
		return;
	ty_queue_breakers_free(breakers->queue);
	json_decref(breakers->known);
	free(breakers);
}

bool
breakers_is_idle(const struct breakers *breakers)
{
	return json_object_size(breakers->known) == 0;
}

/* Find a breaker that is known and not forgotten; texts are borrowed from 'known'. */
static bool
breaker_find(struct breakers *breakers, const char *scope, const char *what,
	     struct ty_breaker *ret_breaker)
{
	char key[KEY_SIZE];
	const json_t *entry;

	snprintf(key, sizeof(key), "%s %s", scope, what);
	entry = json_object_get(breakers->known, key);
	if (entry == NULL || !ty_breaker_read(entry, scope, what, ret_breaker))
		return false;
	if (ret_breaker->forgotten_at_ms == 0 || ret_breaker->forgotten_at_ms > ty_time_now_ms())
		return true;
	json_object_del(breakers->known, key);
	return false;
}

/* ---- may it go out? ---- */

/* The breakers that are not closed; 'type' is room for "<node type> *". */
static size_t
breakers_want(struct breakers *breakers, const struct ty_id *workspace_id, const char *what,
	      char type[BREAKER_WHAT_SIZE], struct ty_breaker wanted[BREAKER_WANTED_MAX])
{
	const char *scopes[] = { workspace_id->s, TY_BREAKER_OPERATOR };
	const char *whats[] = { what, type };
	size_t count = 0;

	snprintf(type, BREAKER_WHAT_SIZE, "%.*s *", (int)strcspn(what, " "), what);
	for (size_t s = 0; s < TY_ARRAY_COUNT(scopes); s++)
		for (size_t w = 0; w < TY_ARRAY_COUNT(whats); w++)
			if (breaker_find(breakers, scopes[s], whats[w], &wanted[count]) &&
			    wanted[count].state != TY_BREAKER_CLOSED)
				count++;
	return count;
}

static bool
is_due(const struct ty_breaker *breaker, int64_t now_ms)
{
	if (breaker->state == TY_BREAKER_PROBING)
		return breaker->probe_until_ms <= now_ms;
	return breaker->probe_at_ms > 0 && breaker->probe_at_ms <= now_ms;
}

enum breaker_verdict
breakers_look(struct breakers *breakers, const struct ty_id *workspace_id, const char *what,
	      struct ty_err *err)
{
	struct ty_breaker wanted[BREAKER_WANTED_MAX];
	char type[BREAKER_WHAT_SIZE];
	size_t count = breakers_want(breakers, workspace_id, what, type, wanted);
	int64_t now_ms = ty_time_now_ms();

	for (size_t i = 0; i < count; i++)
		if (!is_due(&wanted[i], now_ms)) {
			breakers_refuse(&wanted[i], err);
			return BREAKER_REFUSED;
		}
	return count > 0 ? BREAKER_ASK : BREAKER_CALL;
}

struct ty_queue_probe *
breakers_probe(struct breakers *breakers, const struct ty_id *workspace_id, const char *what,
	       int64_t time_ms, ty_queue_probe_fn fn, void *ctx)
{
	struct ty_breaker wanted[BREAKER_WANTED_MAX];
	char type[BREAKER_WHAT_SIZE];
	size_t count = breakers_want(breakers, workspace_id, what, type, wanted);

	return ty_queue_breakers_probe(breakers->queue, time_ms, wanted, count, fn, ctx);
}

/* ---- what a refusal says ---- */

static void
refuse_by_hand(const struct ty_breaker *holder, struct ty_err *err)
{
	ty_err_set(err, TY_E_CIRCUIT_OPEN, "Calls of %.150s are held back by hand%s%.100s",
		   holder->what, *holder->why != '\0' ? ": " : "", holder->why);
	ty_err_hint(err, "%s has to close the circuit breaker",
		    ty_str_eq(holder->scope, TY_BREAKER_OPERATOR) ? "The operator"
								  : "Somebody of the workspace");
	err->retry_after_ms = BY_HAND_MS;
}

enum ty_code
breakers_refuse(const struct ty_breaker *holder, struct ty_err *err)
{
	bool is_probing = holder->state == TY_BREAKER_PROBING;
	int64_t now_ms = ty_time_now_ms(), at_ms = holder->probe_at_ms;
	char at[TY_TIME_TEXT_SIZE];

	if (!is_probing && at_ms == 0) {
		refuse_by_hand(holder, err);
		return err->code;
	}
	if (is_probing)
		at_ms = now_ms + PROBING_MS;
	ty_time_format(at_ms, at);
	ty_err_set(err, TY_E_CIRCUIT_OPEN,
		   "Calls of %.150s are held back, because the last ones failed (%.60s); the next "
		   "try is %s %s",
		   holder->what, *holder->why != '\0' ? holder->why : "no answer",
		   is_probing ? "under way, look again at" : "at", at);
	ty_err_hint(err, "It goes on by itself when a try is answered. Set on_open_breaker to "
			 "\"wait\" to wait for that, or close it by hand: Breakers, tybooctl "
			 "breakers close");
	err->retry_after_ms = at_ms > now_ms ? at_ms - now_ms : 1;
	return err->code;
}

/* ---- what became of it ---- */

void
breakers_failed(struct breakers *breakers, const struct ty_id *workspace_id, const char *what,
		const char *why)
{
	ty_queue_breakers_report(breakers->queue, workspace_id->s, what, why);
}

void
breakers_answered(struct breakers *breakers, const struct ty_id *workspace_id, const char *what)
{
	struct ty_breaker breaker;

	if (breaker_find(breakers, workspace_id->s, what, &breaker) ||
	    breaker_find(breakers, TY_BREAKER_OPERATOR, what, &breaker))
		ty_queue_breakers_report(breakers->queue, workspace_id->s, what, NULL);
}
