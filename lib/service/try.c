/*
 * try.c -- see try.h.
 *
 *	connect --> open the secrets --> call --> told
 *	        --> exchange a sign-in --> told
 *
 * Everything hangs off one struct on the caller's stack; the loop runs until it is told, and once more
 * until its handles are closed.
 */
#include "service/try.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "net/http.h"
#include "node/node.h"
#include "service/secrets.h"
#include "service/service.h"
#include "store/async.h"

#include <string.h>
#include <uv.h>

struct trial {
	const struct ty_service_try *try;
	struct ty_arena *arena;
	uv_loop_t loop;
	uv_timer_t deadline;
	struct ty_store_async *store;
	struct ty_service_means means;
	struct ty_secrets *secrets;
	const struct ty_service *service;
	struct ty_call call;
	struct ty_secrets_opening *opening;
	void *under_way; /* the service's handle */
	bool is_over;
	json_t *told;
	struct ty_err err;
};

static void
trial_fail(struct trial *t, const struct ty_err *err)
{
	t->err = *err;
	if (t->opening != NULL)
		ty_secrets_mask_err(t->opening, &t->err);
	t->is_over = true;
}

/* The beginning of what came, cut between two characters. */
static const char *
beginning(struct ty_arena *arena, const char *text)
{
	return ty_arena_strndup(arena, text,
				ty_str_utf8_cut(text, strlen(text), TY_LIMIT_TRY_TEXT_BYTES));
}

static json_t *
tell(struct ty_arena *arena, const json_t *answer)
{
	json_int_t status = ty_json_int(answer, "status", 0);
	const char *type = ty_json_str(json_object_get(answer, "headers"), "content-type", NULL);
	const char *text = json_string_value(json_object_get(answer, "body"));
	json_t *told =
		ty_json_own(arena, json_pack("{s:I, s:b, s:s, s:I}", "status", status, "ok",
					     status < 400, "url", ty_json_str(answer, "url", ""),
					     "duration_ms", ty_json_int(answer, "duration_ms", 0)));

	if (type != NULL)
		json_object_set_new(told, "content_type", json_string(type));
	if (!ty_str_is_blank(text))
		json_object_set_new(told, "text", json_string(beginning(arena, text)));
	return told;
}

static void
answered(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct trial *t = ctx;
	json_t *shown;

	t->under_way = NULL;
	if (ty_secrets_renew(t->opening, answer))
		return;
	if (answer == NULL) {
		trial_fail(t, err);
		return;
	}
	shown = ty_secrets_mask(t->opening, answer);
	t->told = tell(t->arena, shown);
	json_decref(shown);
	t->is_over = true;
}

static void
opened(void *ctx, const struct ty_service_ask *ask, const struct ty_err *err)
{
	struct trial *t = ctx;
	struct ty_service_ask owned;

	if (ask == NULL && err == NULL) {
		answered(t, ty_secrets_refused(t->opening), NULL);
		return;
	}
	if (ask == NULL) {
		trial_fail(t, err);
		return;
	}
	if (t->try->code != NULL) {
		t->told = ty_json_own(t->arena, json_object());
		t->is_over = true;
		ty_err_clear(&t->err); /* an answer behind the deadline counts */
		return;
	}
	owned = *ask;
	owned.workspace_id = owned.run_id = t->try->workspace_id;
	t->under_way = t->service->begin(&t->means, &owned, answered, t);
}

static void
store_changed(void *ctx, const char *away)
{
	struct trial *t = ctx;
	struct ty_err err = { TY_OK };

	if (t->is_over || t->opening != NULL)
		return;
	if (away == NULL) {
		t->opening = t->try->code != NULL
				     ? ty_secrets_connect(t->secrets, t->try->workspace_id,
							  &t->call, t->try->code, opened, t)
				     : ty_secrets_open(t->secrets, t->try->workspace_id, NULL,
						       &t->call, opened, t);
		return;
	}
	ty_err_set(&err, TY_E_UNAVAILABLE, "Postgres: %.200s", away);
	trial_fail(t, &err);
}

static void
deadline_passed(uv_timer_t *timer)
{
	struct trial *t = timer->data;
	struct ty_err err = { TY_OK };

	ty_err_set(&err, TY_E_TIMEOUT, "There was no answer of %.150s within %lld s",
		   t->try->code != NULL ? "the provider" : t->try->url,
		   (long long)(t->try->timeout_ms / 1000));
	ty_err_hint(&err, "See whether it is up and can be reached from here.");
	trial_fail(t, &err);
}

static void
trial_begin(struct trial *t)
{
	t->service = ty_service_find("http");
	t->call = (struct ty_call){
		.service = "http",
		.request = ty_json_own(t->arena,
				       json_pack("{s:s*, s:s*, s:s, s:i, s:i}", "method",
						 t->try->method, "url", t->try->url, "response",
						 "text", "redirects_max", TY_LIMIT_HTTP_REDIRECTS,
						 "response_max_bytes", TY_LIMIT_TRY_ANSWER_BYTES)),
		.credential = t->try->credential_id->s,
		.timeout_ms = t->try->timeout_ms,
	};
	uv_timer_init(&t->loop, &t->deadline);
	t->deadline.data = t;
	uv_timer_start(&t->deadline, deadline_passed, (uint64_t)t->try->timeout_ms, 0);
	t->store = ty_store_async_new(&t->loop, t->try->conf->database_url, "tyboo-try",
				      store_changed, t);
	t->secrets = ty_secrets_new(
		&(struct ty_secrets_conf){ .means = &t->means,
					   .store = t->store,
					   .master_key_file = t->try->conf->master_key_file });
}

/* Cancel first what is under way, because it works with what the rest holds; but a provider that is asked for
 * a token may give it only once, and is waited for. */
static void
trial_end(struct trial *t)
{
	if (t->under_way != NULL)
		t->service->cancel(t->under_way);
	if (t->try->code == NULL) {
		ty_secrets_close(t->opening);
		t->opening = NULL;
	}
	while (ty_secrets_are_busy(t->secrets))
		uv_run(&t->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&t->deadline, NULL);
	ty_store_async_free(t->store);
	ty_secrets_close(t->opening);
	ty_secrets_free(t->secrets);
}

enum ty_code
ty_service_try(struct ty_arena *arena, const struct ty_service_try *try, json_t **ret_told,
	       struct ty_err *err)
{
	const struct ty_net_conf net = { .allow = try->conf->http_allow,
					 .ca_file = try->conf->http_ca_file,
					 .proxy = try->conf->http_proxy,
					 .proxy_resolves = try->conf->http_proxy_resolves == 1 };
	struct trial t = { .try = try, .arena = arena };

	uv_loop_init(&t.loop);
	t.means.loop = &t.loop;
	if (ty_net_new(&t.loop, &net, &t.means.net, err) == TY_OK) {
		trial_begin(&t);
		while (!t.is_over)
			uv_run(&t.loop, UV_RUN_ONCE);
		trial_end(&t);
		ty_net_free(t.means.net);
		*err = t.err;
	}
	uv_run(&t.loop, UV_RUN_DEFAULT);
	TY_ASSERT(uv_loop_close(&t.loop) == 0);
	if (err->code == TY_OK)
		*ret_told = t.told;
	return err->code;
}
