/*
 * breakers.c -- see breakers.h: what event loops do.
 */
#include "queue/breakers.h"

#include "base/arena.h"
#include "base/host.h"
#include "base/str.h"
#include "queue/conn.h"
#include "queue/message.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Time until the one answer that a connection waits for counts as lost, as in queue.c. */
#define STALL_MS   4000
#define LIST_WIDTH 3

struct ty_queue_breakers {
	struct ty_queue_conn *calls, *listens;
	char channel[96];
	bool closing;
	size_t probes; /* outstanding: the memory stays */
	const struct ty_queue_breaker_events *events;
	void *ctx;
};

struct ty_queue_probe {
	struct ty_queue_breakers *breakers;
	ty_queue_probe_fn fn; /* NULL: canceled */
	void *ctx;
};

static const char *const state_names[] = {
	[TY_BREAKER_CLOSED] = "closed",
	[TY_BREAKER_OPEN] = "open",
	[TY_BREAKER_PROBING] = "probing",
};

const char *
ty_breaker_state_name(enum ty_breaker_state state)
{
	return state_names[state];
}

enum ty_code
ty_breaker_what(struct ty_arena *arena, const char *node_type, const char *host,
		const char **ret_what, struct ty_err *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
	const char *lower = ty_host_spelling(arena, host);

	if (strcmp(lower, "*") != 0 && (*lower == '\0' || lower[strspn(lower, allowed)] != '\0')) {
		ty_err_set(err, TY_E_INVALID, "\"%.80s\" is no host", host);
		ty_err_hint(err,
			    "Write api.example.com, api.example.com:8443, or * for all; a name "
			    "with other letters as xn--..., which calls of it have.");
		return ty_err_at(err, "host");
	}
	*ret_what = ty_arena_printf(arena, "%s %s", node_type, lower);
	return TY_OK;
}

bool
ty_breaker_read(const json_t *json, const char *scope, const char *what, struct ty_breaker *ret)
{
	const char *state = ty_json_str(json, "s", "");

	*ret = (struct ty_breaker){
		.scope = scope,
		.what = what,
		.failures = ty_json_int(json, "f", 0),
		.changed_at_ms = ty_json_int(json, "at", 0),
		.probe_at_ms = ty_json_int(json, "p", 0),
		.probe_until_ms = ty_json_int(json, "u", 0),
		.forgotten_at_ms = ty_json_int(json, "x", 0),
		.why = ty_json_str(json, "w", ""),
		.by = ty_json_str(json, "by", ""),
	};
	for (size_t i = 0; i < TY_ARRAY_COUNT(state_names); i++)
		if (ty_str_eq(state_names[i], state)) {
			ret->state = (enum ty_breaker_state)i;
			return true;
		}
	return false;
}

json_t *
ty_breaker_json(const struct ty_breaker *breaker, const char *scope)
{
	size_t type_len = strcspn(breaker->what, " ");
	const char *space = strchr(breaker->what, ' ');

	return json_pack("{s:s, s:s%, s:s, s:s, s:I, s:s, s:s, s:o, s:o}", "scope", scope,
			 "node_type", breaker->what, type_len, "host",
			 space != NULL ? space + 1 : "*", "state",
			 ty_breaker_state_name(breaker->state), "failures",
			 (json_int_t)breaker->failures, "why", breaker->why, "by", breaker->by,
			 "changed_at", ty_json_time(breaker->changed_at_ms), "probe_at",
			 breaker->state == TY_BREAKER_OPEN ? ty_json_time(breaker->probe_at_ms)
							   : json_null());
}

/* ---- what is known ---- */

static void
breakers_tell(struct ty_queue_breakers *breakers, const char *scope, const char *what,
	      json_t *entry)
{
	struct ty_breaker ignored;

	breakers->events->changed(breakers->ctx, scope, what,
				  ty_breaker_read(entry, scope, what, &ignored) ? entry : NULL);
}

static json_t *
breakers_parse(const char *text)
{
	return text != NULL ? json_loads(text, 0, NULL) : NULL;
}

static void
breakers_on_message(void *ctx, const redisReply *message)
{
	struct ty_queue_breakers *breakers = ctx;
	const char *kind = ty_queue_take_text(message, 0, NULL);
	json_t *json;

	if (breakers->closing || !ty_str_eq(kind != NULL ? kind : "", "message"))
		return;
	json = breakers_parse(ty_queue_take_text(message, 2, NULL));
	if (json != NULL)
		breakers_tell(breakers, ty_json_str(json, "scope", ""),
			      ty_json_str(json, "what", ""), ty_json_obj(json, "entry"));
	json_decref(json);
}

static void
breakers_on_list(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue_breakers *breakers = ctx;

	if (breakers->closing || err != NULL)
		return;
	for (size_t i = 1; i + LIST_WIDTH <= reply->elements; i += LIST_WIDTH) {
		const char *scope = ty_queue_take_text(reply, i, NULL);
		const char *what = ty_queue_take_text(reply, i + 1, NULL);
		json_t *json = breakers_parse(ty_queue_take_text(reply, i + 2, NULL));

		if (scope != NULL && what != NULL && json != NULL)
			breakers_tell(breakers, scope, what, json);
		json_decref(json);
	}
}

/* Once both are there: what is set from now on is heard, what was is asked for. */
static void
breakers_load(struct ty_queue_breakers *breakers)
{
	struct ty_queue_args args;

	if (breakers->closing || !ty_queue_conn_is_up(breakers->calls) ||
	    !ty_queue_conn_is_up(breakers->listens))
		return;
	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, TY_BREAKERS_MAX);
	ty_queue_conn_call(breakers->calls, &ty_queue_script_breaker_list, &args, breakers_on_list,
			   breakers);
}

static void
breakers_on_subscribed(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	if (err == NULL)
		breakers_load(ctx);
}

static void
breakers_on_calls(void *ctx, const char *away)
{
	struct ty_queue_breakers *breakers = ctx;

	if (away == NULL)
		breakers_load(breakers);
	else if (!breakers->closing)
		breakers->events->away(breakers->ctx);
}

static void
breakers_on_listens(void *ctx, const char *away)
{
	struct ty_queue_breakers *breakers = ctx;
	struct ty_queue_args args;

	if (away != NULL) {
		/* Forget all breakers, because changes are not heard now and an old state must hold
		 * nothing back. */
		if (!breakers->closing)
			breakers->events->away(breakers->ctx);
		return;
	}
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, "SUBSCRIBE");
	ty_queue_args_add_str(&args, breakers->channel);
	ty_queue_conn_call(breakers->listens, NULL, &args, breakers_on_subscribed, breakers);
}

struct ty_queue_breakers *
ty_queue_breakers_new(struct uv_loop_s *loop, const char *redis_url, const char *lane,
		      const struct ty_queue_breaker_events *events, void *ctx)
{
	struct ty_queue_breakers *breakers = ty_queue_alloc(sizeof(*breakers));
	char prefix[80];

	ty_queue_ignore_sigpipe();
	snprintf(prefix, sizeof(prefix), "{%s}:", lane);
	snprintf(breakers->channel, sizeof(breakers->channel), "%sbreaker", prefix);
	breakers->events = events;
	breakers->ctx = ctx;
	breakers->calls =
		ty_queue_conn_new(loop, redis_url, prefix, STALL_MS, breakers_on_calls, breakers);
	breakers->listens =
		ty_queue_conn_new(loop, redis_url, prefix, STALL_MS, breakers_on_listens, breakers);
	ty_queue_conn_on_push(breakers->listens, breakers_on_message);
	return breakers;
}

void
ty_queue_breakers_free(struct ty_queue_breakers *breakers)
{
	if (breakers == NULL)
		return;
	breakers->closing = true;
	ty_queue_conn_free(breakers->calls); /* fails what is outstanding, calls nothing later */
	ty_queue_conn_free(breakers->listens);
	TY_ASSERT(breakers->probes == 0);
	free(breakers);
}

/* ---- calls ---- */

static void
report_done(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	/* A lost report counts for nothing, because the next failure is reported as well. */
}

void
ty_queue_breakers_report(struct ty_queue_breakers *breakers, const char *workspace,
			 const char *what, const char *why)
{
	struct ty_queue_args args;

	if (!ty_queue_conn_is_up(breakers->calls))
		return;
	ty_queue_args_init(&args);
	ty_queue_args_add_str(&args, workspace);
	ty_queue_args_add_str(&args, what);
	ty_queue_args_add_str(&args, why != NULL ? "1" : "0");
	ty_queue_args_add_str(&args, why);
	ty_queue_conn_call(breakers->calls, &ty_queue_script_breaker_report, &args, report_done,
			   NULL);
}

static void
probe_done(void *ctx, const redisReply *reply, const struct ty_err *err)
{
	struct ty_queue_probe *probe = ctx;
	struct ty_breaker holder;
	json_t *json = NULL;
	int64_t granted = 1;
	bool is_held = false;

	if (err == NULL && ty_queue_take_int(reply, 0, &granted) && granted == 0) {
		json = breakers_parse(ty_queue_take_text(reply, 3, NULL));
		is_held = ty_breaker_read(json, ty_queue_take_text(reply, 1, NULL),
					  ty_queue_take_text(reply, 2, NULL), &holder);
	}
	probe->breakers->probes--;
	if (probe->fn != NULL)
		probe->fn(probe->ctx, is_held ? &holder : NULL);
	json_decref(json);
	free(probe);
}

struct ty_queue_probe *
ty_queue_breakers_probe(struct ty_queue_breakers *breakers, int64_t time_ms,
			const struct ty_breaker *wanted, size_t count, ty_queue_probe_fn fn,
			void *ctx)
{
	struct ty_queue_probe *probe = ty_queue_alloc(sizeof(*probe));
	struct ty_queue_args args;

	probe->breakers = breakers;
	probe->fn = fn;
	probe->ctx = ctx;
	breakers->probes++;
	ty_queue_args_init(&args);
	ty_queue_args_add_int(&args, time_ms);
	for (size_t i = 0; i < count; i++) {
		ty_queue_args_add_str(&args, wanted[i].scope);
		ty_queue_args_add_str(&args, wanted[i].what);
	}
	ty_queue_conn_call(breakers->calls, &ty_queue_script_breaker_probe, &args, probe_done,
			   probe);
	return probe;
}

void
ty_queue_probe_cancel(struct ty_queue_probe *probe)
{
	probe->fn = NULL;
}
