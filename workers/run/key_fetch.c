/*
 * key_fetch.c -- see key_fetch.h.
 *
 *	REST --(a second)--> LOOK (is there work?) --> FETCH (ask the issuer) --> TELL (keep, or say why not) --+
 *	  ^                    |   ^                                                                          |
 *	  |  nothing           |   +--------------------------------------------------------------------------+
 *	  +--------------------+   ^
 *	                       |   |
 *	                       +--> JUDGE (load, verify, settle) --> PUSH ------------------------------------+
 *
 * Invariants:
 *   (1) One thing is under way at a time.
 *   (2) Keys count only after Postgres has them, and a delivery runs only after it is settled there.
 *   (3) What is lost on the way is found again: an address by the end of the hold on it, a delivery that is
 *       settled but not pushed by tyboo-reap.
 */
#include "key_fetch.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "hook/keys.h"
#include "hook/sns.h"
#include "intake/held.h"
#include "intake/job.h"
#include "json/json.h"
#include "net/http.h"
#include "service/secrets.h"
#include "store/hook_keys.h"
#include "vault/held.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Time between two looks that find nothing. */
#define LOOK_MS 1000
/* Less than TY_STORE_KEYS_HOLD_MS by the time that a statement takes. */
#define ASK_MS	   10000
#define CONNECT_MS 5000
/* Deliveries judged in one go: a signature of RSA takes 30 us, one of P-256 100 us. */
#define JUDGE_MAX 50

struct key_fetch {
	struct key_fetch_conf conf;
	uv_timer_t timer;
	struct ty_id holder;
	struct ty_arena *arena; /* of what is under way; NULL = REST */
	struct ty_store_key_work work;
	struct ty_net_call *call;
	bool settles; /* deliveries go before addresses, every other time */
	bool is_stopped;
};

static void look(uv_timer_t *timer);

/* End what was under way; 'again' looks for more at once. */
static void
rest(struct key_fetch *fetch, bool again)
{
	ty_arena_free(fetch->arena);
	fetch->arena = NULL;
	if (!fetch->is_stopped)
		uv_timer_start(&fetch->timer, look, again ? 0 : LOOK_MS, 0);
}

/* ---- keys ---- */

static void
told(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct key_fetch *fetch = ctx;

	(void)rows;
	rest(fetch, err == NULL);
}

static void
tell_failure(struct key_fetch *fetch, const struct ty_err *err)
{
	struct ty_store_query query;
	char why[512];

	ty_log_warn(fetch->conf.log, "no keys came from an issuer", "url=%.*s why=%s",
		    (int)strcspn(fetch->work.url, "?"), fetch->work.url,
		    ty_log_quote(err->msg, why, sizeof(why)));
	ty_store_keys_fail_query(fetch->arena, &fetch->work, &fetch->holder, err->msg, &query);
	ty_store_async_run(fetch->conf.store, &query, told, fetch);
}

static enum ty_code
read_set(const struct key_fetch *fetch, const json_t *headers, const char *body, size_t len,
	 const char **ret_keys, int64_t *ret_lifetime_s, struct ty_err *err)
{
	size_t count;

	*ret_lifetime_s = ty_hook_keys_lifetime_s(ty_json_str(headers, "cache-control", NULL),
						  ty_json_str(headers, "age", NULL));
	return ty_hook_keys_read(fetch->arena, body, len, ret_keys, &count, err);
}

/* Certificates of SNS never change under their address. */
static enum ty_code
read_certificate(const struct key_fetch *fetch, const json_t *headers, const char *body, size_t len,
		 const char **ret_keys, int64_t *ret_lifetime_s, struct ty_err *err)
{
	if (len > TY_HOOK_KEYS_BYTES_MAX)
		return ty_err_set(err, TY_E_UPSTREAM, "The certificate has over %d bytes",
				  TY_HOOK_KEYS_BYTES_MAX);
	if (ty_hook_sns_certificate_check(body, len, ty_time_now_ms() / 1000, err) != TY_OK)
		return err->code;
	*ret_keys = ty_arena_strndup(fetch->arena, body, len);
	*ret_lifetime_s = TY_HOOK_KEYS_LIFETIME_MAX_S;
	return TY_OK;
}

static enum ty_code
read_confirmation(const struct key_fetch *fetch, const json_t *headers, const char *body,
		  size_t len, const char **ret_keys, int64_t *ret_lifetime_s, struct ty_err *err)
{
	*ret_keys = "confirmed";
	*ret_lifetime_s = TY_HOOK_KEYS_LIFETIME_MIN_S;
	return TY_OK;
}

static const struct {
	const char *name;
	enum ty_code (*read)(const struct key_fetch *fetch, const json_t *headers, const char *body,
			     size_t len, const char **ret_keys, int64_t *ret_lifetime_s,
			     struct ty_err *err);
} kinds[] = {
	{ "jwks", read_set },
	{ "certificate", read_certificate },
	{ "subscription", read_confirmation },
};

/* The keys in an answer, and for how long they count. */
static enum ty_code
read_answer(struct key_fetch *fetch, const json_t *answer, const char **ret_keys,
	    int64_t *ret_lifetime_s, struct ty_err *err)
{
	const json_t *headers = ty_json_obj(answer, "headers");
	const json_t *body = json_object_get(answer, "body");
	int64_t status = ty_json_int(answer, "status", 0);

	if (status >= 300 && status < 400)
		return ty_err_set(err, TY_E_UPSTREAM,
				  "The issuer sends on to another address (status %lld): name that "
				  "one",
				  (long long)status);
	if (status != 200)
		return ty_err_set(err, TY_E_UPSTREAM, "The issuer answered with status %lld",
				  (long long)status);
	for (size_t i = 0; i < TY_ARRAY_COUNT(kinds); i++)
		if (ty_str_eq(kinds[i].name, fetch->work.kind))
			return kinds[i].read(
				fetch, headers, json_is_string(body) ? json_string_value(body) : "",
				json_string_length(body), ret_keys, ret_lifetime_s, err);
	return ty_err_set(err, TY_E_INTERNAL, "keys of an unknown kind");
}

static void
answered(void *ctx, const json_t *answer, const struct ty_err *err)
{
	struct key_fetch *fetch = ctx;
	struct ty_err why = { TY_OK };
	struct ty_store_query query;
	int64_t lifetime_s = 0;
	const char *keys;

	fetch->call = NULL;
	if (err != NULL) {
		tell_failure(fetch, err);
	} else if (read_answer(fetch, answer, &keys, &lifetime_s, &why) != TY_OK) {
		tell_failure(fetch, &why);
	} else {
		ty_store_keys_keep_query(fetch->arena, &fetch->work, &fetch->holder, keys,
					 lifetime_s, &query);
		ty_store_async_run(fetch->conf.store, &query, told, fetch);
	}
}

/* No redirect is followed, because one may lead to an address without TLS. */
static void
ask(struct key_fetch *fetch)
{
	json_t *request =
		json_pack("{s:s, s:s, s:[{s:s, s:s}], s:i, s:i, s:i, s:s}", "method", "GET", "url",
			  fetch->work.url, "headers", "name", "Accept", "value",
			  "application/jwk-set+json, application/json, */*", "connect_timeout_ms",
			  CONNECT_MS, "redirects_max", 0, "response_max_bytes",
			  TY_HOOK_KEYS_ANSWER_BYTES_MAX, "response", "text");

	TY_ASSERT(request != NULL);
	fetch->call = ty_net_http(fetch->conf.net, request, ASK_MS, answered, fetch);
	json_decref(request);
}

/* ---- deliveries ---- */

static void
pushed(void *ctx, const struct ty_admission *admissions, size_t count, const struct ty_err *err)
{
	(void)admissions;
	(void)count;
	(void)err;
	rest(ctx, true);
}

/* Jobs count for the month's quota but are held up by no limit, because their senders were told that they are kept. */
static size_t
jobs_of(struct ty_arena *arena, const struct ty_delivery_row *rows, size_t count,
	struct ty_job *jobs)
{
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		struct ty_receipt receipt;
		struct ty_job_text text;
		const char *notices;
		struct ty_err ignored;

		ty_receipt_from_row(&rows[i], &receipt);
		if (ty_job_text(arena, &receipt, &text, &notices, &ignored) != TY_OK)
			continue; /* tyboo-reap says so on the receipt */
		ty_receipt_to_job(&receipt, &text, &jobs[made]);
		jobs[made++].called = true;
	}
	return made;
}

static void
settled(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct key_fetch *fetch = ctx;
	struct ty_delivery_row *receipts = NULL;
	struct ty_err why = { TY_OK };
	struct ty_job *jobs;
	size_t count = 0;

	if (err == NULL &&
	    ty_store_receipts_decode(fetch->arena, rows, &receipts, &count, &why) != TY_OK)
		err = &why;
	if (err != NULL) {
		ty_log_err(fetch->conf.log, TY_LOG_WARN, "deliveries wait on for their verdict",
			   err);
		rest(fetch, false);
		return;
	}
	jobs = ty_arena_alloc_array(fetch->arena, count + 1, sizeof(*jobs));
	count = jobs_of(fetch->arena, receipts, count, jobs);
	if (count > 0 && ty_queue_is_up(fetch->conf.queue))
		ty_queue_admit(fetch->conf.queue, jobs, count, pushed, fetch);
	else
		rest(fetch, true);
}

/* NULL: it has none, or it does not open. */
static const char *
token_of(const struct key_fetch *fetch, const struct ty_vault *vault,
	 const struct ty_store_due_delivery *due)
{
	const struct ty_vault_held held = { due->key_version, due->sealed, due->sealed_len };
	const char *token = NULL;
	struct ty_err ignored;

	if (due->sealed == NULL ||
	    ty_vault_held_open(vault, fetch->arena, &due->workspace_id, &due->id, &held,
			       due->wrapped, due->wrapped_len, &token, &ignored) != TY_OK)
		return NULL;
	return token;
}

static void
judge(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct key_fetch *fetch = ctx;
	const struct ty_vault *vault = ty_secrets_vault(fetch->conf.secrets);
	struct ty_store_due_delivery *due = NULL;
	struct ty_store_settled *verdicts;
	struct ty_err why = { TY_OK };
	struct ty_store_query query;
	size_t count = 0;

	if (err == NULL && vault != NULL &&
	    ty_store_due_deliveries_decode(fetch->arena, rows, &due, &count, &why) != TY_OK)
		err = &why;
	if (err != NULL || count == 0) {
		rest(fetch, false);
		return;
	}
	verdicts = ty_arena_alloc_array(fetch->arena, count, sizeof(*verdicts));
	for (size_t i = 0; i < count; i++)
		verdicts[i] = ty_held_judge(fetch->arena, &due[i], token_of(fetch, vault, &due[i]),
					    fetch->conf.sns_hosts);
	ty_store_settle_query(fetch->arena, verdicts, count, &query);
	ty_store_async_run(fetch->conf.store, &query, settled, fetch);
}

/* ---- whose turn it is ---- */

static void
looked(void *ctx, const struct ty_rows *rows, const struct ty_err *err)
{
	struct key_fetch *fetch = ctx;
	struct ty_err why = { TY_OK };
	struct ty_store_query query;

	if (err == NULL &&
	    ty_store_key_work_decode(fetch->arena, rows, &fetch->work, &why) != TY_OK)
		err = &why;
	if (err != NULL || fetch->is_stopped) {
		rest(fetch, false);
	} else if (ty_str_eq(fetch->work.work, "fetch")) {
		ask(fetch);
	} else if (ty_str_eq(fetch->work.work, "settle")) {
		ty_store_due_deliveries_query(fetch->arena, JUDGE_MAX, &query);
		ty_store_async_run(fetch->conf.store, &query, judge, fetch);
	} else {
		rest(fetch, false);
	}
}

static void
look(uv_timer_t *timer)
{
	struct key_fetch *fetch = timer->data;
	struct ty_store_query query;

	if (!ty_store_async_is_up(fetch->conf.store)) {
		uv_timer_start(timer, look, LOOK_MS, 0);
		return;
	}
	fetch->arena = ty_arena_new(NULL, "keys", 0);
	fetch->settles = !fetch->settles;
	ty_store_key_work_query(fetch->arena, &fetch->holder, fetch->settles, &query);
	ty_store_async_run(fetch->conf.store, &query, looked, fetch);
}

struct key_fetch *
key_fetch_new(const struct key_fetch_conf *conf)
{
	struct key_fetch *fetch = calloc(1, sizeof(*fetch));

	TY_ASSERT(fetch != NULL);
	fetch->conf = *conf;
	fetch->holder = ty_id_new();
	uv_timer_init(conf->loop, &fetch->timer);
	fetch->timer.data = fetch;
	uv_timer_start(&fetch->timer, look, LOOK_MS, 0);
	return fetch;
}

void
key_fetch_stop(struct key_fetch *fetch)
{
	fetch->is_stopped = true;
	uv_timer_stop(&fetch->timer);
}

static void
fetch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
key_fetch_free(struct key_fetch *fetch)
{
	if (fetch == NULL)
		return;
	if (fetch->call != NULL)
		ty_net_cancel(fetch->call);
	ty_arena_free(fetch->arena);
	fetch->arena = NULL;
	uv_close((uv_handle_t *)&fetch->timer, fetch_closed);
}
