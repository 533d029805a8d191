/*
 * api_breaker.c -- circuit breakers: their state, which workflows wait for them, what they did, and what
 * is done to them by hand.
 *
 * The operator's are shown where they hold something back; they are changed by tybooctl alone.
 */
#include "api.h"

#include "base/arena.h"
#include "base/str.h"
#include "intake/breaker_hand.h"
#include "node/registry.h"
#include "queue/breakers.h"
#include "store/breaker.h"

#include <pthread.h>
#include <string.h>

/* Workflows whose runs wait for it; new reference. */
static json_t *
waiting_json(const json_t *waits, const char *what)
{
	json_t *list = json_array(), *wait;
	size_t i;

	json_array_foreach((json_t *)waits, i, wait)
	{
		json_t *copy;

		if (!ty_str_eq(ty_json_str(wait, "what", ""), what))
			continue;
		copy = json_copy(wait);
		json_object_del(copy, "what");
		json_array_append_new(list, copy);
	}
	return list;
}

/* Hide who changed the operator's breaker, because that is none of the workspace's business. */
static json_t *
breaker_json(const struct ty_breaker *breaker, const json_t *waits)
{
	bool is_operators = ty_str_eq(breaker->scope, TY_BREAKER_OPERATOR);
	json_t *json = ty_breaker_json(breaker, is_operators ? "operator" : "workspace");

	if (is_operators)
		json_object_set_new(json, "by", json_string(""));
	json_object_set_new(json, "waiting", waiting_json(waits, breaker->what));
	return json;
}

/* Has the workspace a breaker of its own for the same?  Waits are shown with that, else with the
 * operator's. */
static bool
has_own(const struct ty_breaker *list, size_t count, const struct ty_breaker *breaker)
{
	for (size_t i = 0; i < count; i++)
		if (&list[i] != breaker && ty_str_eq(list[i].what, breaker->what) &&
		    !ty_str_eq(list[i].scope, TY_BREAKER_OPERATOR))
			return true;
	return false;
}

static enum ty_code
load(struct ty_api_call *call, struct ty_breaker **ret_list, size_t *ret_count, struct ty_err *err)
{
	const char *const scopes[] = { call->workspace.id.s, TY_BREAKER_OPERATOR };
	enum ty_code code;

	pthread_mutex_lock(&call->app->queue_lock);
	code = ty_queue_sync_breakers(call->app->queue, call->arena, scopes, TY_ARRAY_COUNT(scopes),
				      ret_list, ret_count, err);
	pthread_mutex_unlock(&call->app->queue_lock);
	return code;
}

enum ty_code
api_breaker_list(struct ty_api_call *call, struct ty_err *err)
{
	json_t *items = ty_json_own(call->arena, json_array()), *waits;
	json_t *none = ty_json_own(call->arena, json_array());
	struct ty_breaker *list;
	size_t count;

	if (ty_store_breaker_waits(call->tx, &call->workspace.id, &waits, err) != TY_OK ||
	    load(call, &list, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		bool is_operators = ty_str_eq(list[i].scope, TY_BREAKER_OPERATOR);

		/* Failures of others are none of the workspace's business. */
		if (is_operators && list[i].state == TY_BREAKER_CLOSED)
			continue;
		json_array_append_new(
			items, breaker_json(&list[i], is_operators && has_own(list, count, &list[i])
							      ? none
							      : waits));
	}
	return api_page(call, items, NULL);
}

enum ty_code
api_breaker_history(struct ty_api_call *call, struct ty_err *err)
{
	const struct form_page *form = call->query;
	json_t *items;
	const char *next;

	if (api_check_id(form->cursor, "cursor", err) != TY_OK ||
	    ty_store_breaker_history(call->tx, form->cursor, form->limit, &items, &next, err) !=
		    TY_OK)
		return err->code;
	return api_page(call, items, next);
}

/* ---- by hand ---- */

static enum ty_code
check_type(struct ty_api_call *call, const char *type, struct ty_err *err)
{
	const struct ty_node_def *def;

	if (ty_registry_find(call->app->registry, type, 1, &def) != TY_REGISTRY_MISSING &&
	    (def->flags & TY_NODE_EFFECT) != 0)
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "No node of type \"%.80s\" makes calls here", type);
	ty_err_hint(err, "http.request does.");
	return ty_err_at(err, "node_type");
}

static enum ty_code
set_by_hand(struct ty_api_call *call, const char *action, struct ty_err *err)
{
	const struct form_breaker *form = call->body;
	struct ty_breaker_hand hand = {
		.scope = call->workspace.id.s,
		.action = action,
		.by = call->session != NULL ? call->session->user.email : "API key",
		.why = form->why,
	};
	enum ty_code code;
	int64_t woken;

	if (check_type(call, form->node_type, err) != TY_OK ||
	    ty_breaker_what(call->arena, form->node_type, form->host, &hand.what, err) != TY_OK)
		return err->code;
	pthread_mutex_lock(&call->app->queue_lock);
	code = ty_breaker_hand_do(call->tx, call->app->queue, &hand, &woken, err);
	pthread_mutex_unlock(&call->app->queue_lock);
	/* A conflict means that the breaker is in the wanted state already. */
	if (code != TY_OK && code != TY_E_CONFLICT)
		return code;
	ty_err_clear(err);
	return api_breaker_list(call, err);
}

enum ty_code
api_breaker_open(struct ty_api_call *call, struct ty_err *err)
{
	return set_by_hand(call, "open", err);
}

enum ty_code
api_breaker_close(struct ty_api_call *call, struct ty_err *err)
{
	return set_by_hand(call, "close", err);
}

enum ty_code
api_breaker_reset(struct ty_api_call *call, struct ty_err *err)
{
	return set_by_hand(call, "reset", err);
}
