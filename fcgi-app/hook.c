/*
 * hook.c -- a delivery comes in: who claims it, is it genuine, is it new, is it kept?
 *
 *   address --cache--> claimed? --raw body--> verified? --> dedupe key --> intake --> 202
 *              |          |           |          |                            |
 *             503        404         413        401, 403                     200, 400, 429, 503
 *
 * A body over TY_LIMIT_BODY_BYTES goes another way from "raw body" to "dedupe key" (hook_large.c).
 *
 * Invariants:
 *   (1) Nothing of the body is parsed before its signature is right; a large one is cut into its
 *       parts while it comes, and what was cut has no name before that.
 *   (2) Whatever is refused has a receipt with a verdict, so that "why didn't it run?" has an
 *       answer; only an address in no workspace leaves none, and 503, after which the sender comes again.
 *   (3) A body that nobody claims, or over every limit, is never read.
 *   (4) Headers that carry secrets do not get into a receipt, but for those that the webhook names.
 */
#include "api.h"

#include "access.h"
#include "answer.h"
#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "body/body.h"
#include "body/form.h"
#include "conf/conf.h"
#include "hook/handshake.h"
#include "hook/sender.h"
#include "hook_held.h"
#include "hook_probe.h"
#include "hook_receive.h"
#include "hook_secret.h"
#include "intake/trigger.h"
#include "param/secret.h"
#include "queue/place.h"
#include "receipt.h"

#include <string.h>

/* A master key is put right by hand. */
#define LOCKED_RETRY_MS 60000

/* ---- headers ---- */

/* A header that equals the secret is the secret: kept only under a name that is masked where it is shown. */
static bool
header_is_kept(const struct ty_hook_entry *entry, const char *name)
{
	if (ty_secret_header_is(name))
		return entry != NULL && ty_hook_rule_keeps(entry->rule, name);
	return entry == NULL || !ty_hook_rule_takes_secret_in(entry->rule, name);
}

static const char *
headers_text(struct ty_api_call *call, const struct ty_hook_entry *entry)
{
	const struct ty_http_request *request = call->request;
	json_t *headers = ty_json_own(call->arena, json_object());

	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->headers[i].name, *value = request->headers[i].value;

		if (header_is_kept(entry, name) && ty_str_is_utf8(name, strlen(name)))
			json_object_set_new(headers, name,
					    ty_form_string(call->arena, value, strlen(value)));
	}
	return ty_json_dump(call->arena, headers, NULL);
}

static const char *
header_of(void *ctx, const char *name)
{
	return ty_http_header(ctx, name);
}

/* ---- refusing ---- */

void
hook_keep_refused(struct ty_api_call *call, struct ty_receipt *receipt, const char *verdict,
		  const char *reason)
{
	struct ty_admission ignored;
	struct ty_err err = { TY_OK };

	receipt->verdict = verdict;
	receipt->reason = reason;
	receipt->delivery_key = "";
	call->verdict = verdict;
	if (ty_intake_submit(call->app->intake, receipt, &ignored, &err) != TY_OK)
		ty_log_err(&call->app->log, TY_LOG_WARN, "a refused delivery was not kept", &err);
}

enum ty_code
hook_refuse_large(struct ty_api_call *call, struct ty_receipt *receipt, int64_t limit,
		  struct ty_err *err)
{
	/* Unclaimed ones are capped, whatever else is wrong with them. */
	bool claimed = ty_id_is_set(&receipt->workflow_id);

	hook_keep_refused(call, receipt, claimed ? "too_large" : "unclaimed",
			  ty_arena_printf(call->arena,
					  "The body of %lld bytes is over the limit of %lld; "
					  "it was not kept",
					  (long long)call->request->content_length,
					  (long long)limit));
	call->verdict = "too_large";
	return ty_http_too_large((size_t)limit, err);
}

static enum ty_code
refuse_unclaimed(struct ty_api_call *call, struct ty_receipt *receipt, struct ty_err *err)
{
	hook_keep_refused(call, receipt, "unclaimed", "No published workflow claims this address");
	ty_err_set(err, TY_E_NOT_FOUND, "No published workflow claims %s /%s", receipt->method,
		   receipt->path);
	return ty_err_hint(err, "Publish the workflow, or compare method and path with its "
				"webhook's; then send this again or replay it.");
}

enum ty_code
hook_refuse_unverified(struct ty_api_call *call, const struct ty_hook_rule *rule,
		       const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
		       enum ty_hook_result result, struct ty_err *err)
{
	static const struct {
		enum ty_code code;
		const char *title; /* because the code's own speaks to people who use the API */
	} refusals[TY_HOOK__COUNT] = {
		/* Secrets that are not set or do not open are the receiver's to mend: no other
		 * signature would help, but a later delivery may. */
		[TY_HOOK_NOT_CONFIGURED] = { TY_E_DENIED, "The webhook is not configured" },
		[TY_HOOK_LOCKED] = { TY_E_UNAVAILABLE, NULL },
		[TY_HOOK_BAD_SECRET] = { TY_E_DENIED, "The webhook is not configured" },
		[TY_HOOK_OTHER_ADDRESS] = { TY_E_DENIED, "The sender's address is not allowed" },
		[TY_HOOK_MISSING] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
		[TY_HOOK_MISMATCH] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
		[TY_HOOK_STALE] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
		[TY_HOOK_OTHER_CLAIMS] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
		[TY_HOOK_OTHER_TOPIC] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
		[TY_HOOK_WRONG_TOKEN] = { TY_E_UNAUTHENTICATED, "The delivery is not verified" },
	};
	const char *text = ty_hook_result_text(result);
	/* A result without a row is refused, too. */
	enum ty_code code =
		refusals[result].code != TY_OK ? refusals[result].code : TY_E_UNAUTHENTICATED;

	hook_keep_refused(call, receipt, ty_hook_result_verdict(result), text);
	if (result == TY_HOOK_LOCKED)
		call->retry_after_ms = LOCKED_RETRY_MS;
	if (code == TY_E_UNAUTHENTICATED && rule->scheme.challenge != NULL)
		ty_http_response_header(call->response, "WWW-Authenticate", rule->scheme.challenge);
	call->problem_title = refusals[result].title;
	ty_err_set(err, code, "%s", text);
	return ty_err_hint(err, "%s", ty_hook_hint(call->arena, rule, delivery, result));
}

/* ---- accepting ---- */

/* A run that is not recorded yet is somewhere in the queue. */
static const char *
state_in_queue(struct ty_api_call *call, const struct ty_id *run_id, const char *otherwise)
{
	static const struct {
		const char *place, *state;
	} states[] = {
		{ "ready", "queued" }, { "delayed", "queued" },	 { "leased", "running" },
		{ "done", "running" }, { "waiting", "waiting" }, { "dead", "error" },
	};
	struct ty_queue_place place;
	struct ty_err ignored;
	enum ty_code code;

	pthread_mutex_lock(&call->app->queue_lock);
	code = ty_queue_sync_place(call->app->queue, call->arena, run_id, &place, &ignored);
	pthread_mutex_unlock(&call->app->queue_lock);
	for (size_t i = 0; code == TY_OK && i < TY_ARRAY_COUNT(states); i++) {
		if (ty_str_eq(place.state, states[i].place))
			return states[i].state;
	}
	return otherwise;
}

/* The state of a duplicate's first run, as far as it is known: "unknown" where no store says. */
static const char *
first_state(struct ty_api_call *call, const struct ty_admission *admission)
{
	const char *status = admission->first_status;

	if (status[0] != '\0' && !ty_str_eq(status, "queued") && !ty_str_eq(status, "running"))
		return status;
	return state_in_queue(call, &admission->run_id, status[0] != '\0' ? status : "unknown");
}

static enum ty_code
answer_duplicate(struct ty_api_call *call, const struct ty_receipt *receipt,
		 const struct ty_admission *admission)
{
	const char *state = first_state(call, admission);
	bool failed = ty_str_eq(state, "error") || ty_str_eq(state, "timeout") ||
		      ty_str_eq(state, "canceled");
	json_t *first = json_pack(
		"{s:s, s:s, s:o}", "run_id", admission->run_id.s, "state", state, "same_bytes",
		admission->is_same || admission->is_other ? json_boolean(admission->is_same)
							  : json_null());
	const char *hint = ty_arena_printf(
		call->arena,
		"%sTo run this delivery again: POST /api/v1/workspaces/%s/deliveries/%s/replay, or "
		"tybooctl deliveries replay %s.%s",
		admission->is_other ? "It has the id of the first and another body. " : "",
		call->workspace_key, receipt->id.s, receipt->id.s,
		failed ? " With the webhook's setting on_repeat \"rerun_failed\" a repeat of a "
			 "failed run is a new run."
		       : "");

	return api_json(
		call, 200,
		ty_json_own(call->arena,
			    json_pack("{s:s, s:s, s:s, s:b, s:o, s:s}", "verdict", "duplicate",
				      "run_id", admission->run_id.s, "delivery_id", receipt->id.s,
				      "duplicate", 1, "first", first, "hint", hint)));
}

static enum ty_code
answer(struct ty_api_call *call, const struct ty_receipt *receipt,
       const struct ty_admission *admission, struct ty_err *err)
{
	if (api_admission_check(call, admission, err) != TY_OK)
		return err->code;
	if (admission->verdict == TY_VERDICT_DUPLICATE)
		return answer_duplicate(call, receipt, admission);
	return api_json(
		call, 202,
		ty_json_own(call->arena, json_pack("{s:s, s:s, s:s, s:b}", "verdict", "accepted",
						   "run_id", admission->run_id.s, "delivery_id",
						   receipt->id.s, "duplicate", 0)));
}

/* Take a place before the run is begun.  A lack of places is recorded as the reason why it did not run. */
static enum ty_code
begin_wait(struct ty_api_call *call, const struct ty_hook_rule *rule, struct ty_receipt *receipt,
	   struct ty_wait **ret_wait, struct ty_err *err)
{
	static const enum ty_wait_for waits[] = {
		[TY_HOOK_WHEN_FINISHED] = TY_WAITS_FINISHED, [TY_HOOK_BY_NODE] = TY_WAITS_NODE
	};

	*ret_wait = NULL;
	if (rule->answers == TY_HOOK_AT_ONCE)
		return TY_OK;
	if (api_wait_begin(call, &receipt->id, waits[rule->answers], rule->answer_wait_ms, ret_wait,
			   err) != TY_OK) {
		hook_keep_refused(call, receipt, "depth", err->msg);
		return err->code;
	}
	(*ret_wait)->is_late_ok = rule->answers_late;
	return TY_OK;
}

void
hook_set_key(struct ty_api_call *call, const struct ty_hook_entry *entry,
	     const struct ty_hook_delivery *delivery, struct ty_receipt *receipt)
{
	const char *id = ty_hook_delivery_id(entry->rule, call->arena, delivery);

	/* A hook's id outlives publishes, so a redelivery after an edit is still known. */
	if (id[0] != '\0')
		receipt->delivery_key =
			ty_arena_printf(call->arena, "%s:%s", entry->claim.hook_id.s, id);
}

enum ty_code
hook_accept_verified(struct ty_api_call *call, const struct ty_hook_entry *entry,
		     const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
		     struct ty_err *err)
{
	struct ty_admission admission;
	struct ty_wait *wait;

	receipt->read_as = ty_body_as_name(entry->rule->read_as);
	receipt->jwt = ty_hook_claims(call->arena, entry->rule, delivery);
	if (ty_str_is_blank(receipt->blobs))
		hook_keep_files(call, entry->rule, receipt);
	hook_set_key(call, entry, delivery, receipt);
	if (begin_wait(call, entry->rule, receipt, &wait, err) != TY_OK)
		return err->code;
	if (ty_intake_submit(call->app->intake, receipt, &admission, err) != TY_OK) {
		api_wait_cancel(call, wait);
		if (err->code != TY_E_UNAVAILABLE)
			call->verdict = ty_job_verdict(err->code);
		return err->code;
	}
	if (wait != NULL && api_admission_check(call, &admission, err) == TY_OK)
		return api_wait_for(call, wait, &receipt->workspace_id, &admission.run_id);
	api_wait_cancel(call, wait);
	return answer(call, receipt, &admission, err);
}

/* ---- handshakes ---- */

/* The address as the sender has it: some sign it. */
static const char *
url_of(const struct ty_api_call *call)
{
	const struct ty_http_request *request = call->request;

	return ty_arena_printf(call->arena, "%s%s%s%s", call->app->conf->base_url, request->path,
			       request->query[0] != '\0' ? "?" : "", request->query);
}

static struct ty_hook_delivery
delivery_begin(const struct ty_api_call *call, const struct ty_hook_entry *entry, int64_t now_ms)
{
	return (struct ty_hook_delivery){
		.header = header_of,
		.ctx = call->request,
		.method = call->request->method,
		.url = entry != NULL && ty_hook_rule_signs_url(entry->rule) ? url_of(call) : NULL,
		.body = "",
		.now_s = now_ms / 1000,
		.sns_hosts = call->app->conf->sns_hosts,
		.keys = entry != NULL ? entry->keys : NULL,
		.key_count = entry != NULL ? entry->key_count : 0
	};
}

/* True for a handshake, which is answered here: no receipt is kept and no run begins. */
static bool
answer_handshake(struct ty_api_call *call, const struct ty_hook_entry *entry,
		 const struct ty_hook_delivery *delivery, bool is_verified)
{
	struct ty_http_response *response = call->response;
	struct ty_hook_reply reply;

	if (entry->is_locked ||
	    !ty_hook_handshake(call->arena, entry->rule, entry->secrets, entry->secret_count,
			       delivery, call->request->query, is_verified, &reply))
		return false;
	call->verdict = "handshake";
	response->status = 200;
	response->body = reply.body;
	response->body_len = strlen(reply.body);
	ty_http_response_header(response, "Content-Type", reply.type);
	/* Keep browsers from taking the answer for a page, because it is the sender's own text. */
	ty_http_response_header(response, "X-Content-Type-Options", "nosniff");
	return true;
}

/* May the sender's address send to this hook, and so ask what it is asked? */
static bool
is_allowed(const struct ty_api_call *call, const struct ty_hook_entry *entry)
{
	return ty_hook_addresses_allow(entry->rule->addresses, call->request->remote_addr);
}

/* Providers ask by GET at an address that takes POST. */
static bool
is_asked_first(struct ty_api_call *call)
{
	struct ty_hook_delivery delivery;
	struct ty_hook_answer answer;
	struct ty_err ignored = { TY_OK };
	bool is_answered;

	if (!ty_str_eq(call->request->method, "GET") || call->request->query[0] == '\0' ||
	    ty_hook_cache_get(call->app, call->arena, call->workspace_key, "POST", call->rest,
			      &answer, &ignored) != TY_OK ||
	    answer.entry == NULL)
		return false;
	delivery = delivery_begin(call, answer.entry, ty_time_now_ms());
	is_answered = is_allowed(call, answer.entry) &&
		      answer_handshake(call, answer.entry, &delivery, false);
	ty_hook_cache_put(call->app->hooks, answer.entry);
	return is_answered;
}

/* Refuse a sender by its address, without reading the body. */
static enum ty_code
refuse_address(struct ty_api_call *call, const struct ty_hook_entry *entry,
	       const struct ty_hook_delivery *delivery, struct ty_receipt *receipt,
	       struct ty_err *err)
{
	receipt->body = "";
	receipt->body_len = 0;
	return hook_refuse_unverified(call, entry->rule, delivery, receipt, TY_HOOK_OTHER_ADDRESS,
				      err);
}

/* 'entry' NULL: nobody claims it. */
static enum ty_code
receive(struct ty_api_call *call, const struct ty_hook_entry *entry, struct ty_receipt *receipt,
	struct ty_err *err)
{
	struct ty_hook_delivery delivery = delivery_begin(call, entry, receipt->received_at_ms);
	enum ty_hook_result result;

	if (entry != NULL && !is_allowed(call, entry))
		return refuse_address(call, entry, &delivery, receipt, err);
	if (entry != NULL && call->request->content_length > (int64_t)call->route->body_max_bytes)
		return ty_hook_rule_streams(entry->rule)
			       ? hook_receive_large(call, entry, &delivery, receipt, err)
			       : hook_refuse_large(call, receipt,
						   (int64_t)call->route->body_max_bytes, err);
	if (ty_http_body(call->request, call->route->body_max_bytes, &receipt->body,
			 &receipt->body_len, err) != TY_OK) {
		receipt->body = "";
		receipt->body_len = 0;
		if (err->code == TY_E_TOO_LARGE)
			return hook_refuse_large(call, receipt,
						 (int64_t)call->route->body_max_bytes, err);
		if (err->code == TY_E_UNAVAILABLE)
			return err->code; /* the sender is to come again: nothing is kept */
		hook_keep_refused(call, receipt, entry != NULL ? "malformed" : "unclaimed",
				  err->msg);
		call->verdict = "malformed";
		return err->code;
	}
	if (entry == NULL)
		return refuse_unclaimed(call, receipt, err);
	delivery.body = receipt->body;
	delivery.body_len = receipt->body_len;
	if (answer_handshake(call, entry, &delivery, false))
		return TY_OK;
	if (hook_secret_is_offered(entry->rule, &delivery))
		return hook_secret_take(call, entry, &delivery, receipt, err);
	result = entry->is_locked ? TY_HOOK_LOCKED
				  : ty_hook_verify(entry->rule, entry->secrets, entry->secret_count,
						   &delivery);
	if (ty_hook_result_waits(result))
		return hook_hold(call, entry, &delivery, receipt, result, err);
	if (result != TY_HOOK_OK)
		return hook_refuse_unverified(call, entry->rule, &delivery, receipt, result, err);
	return answer_handshake(call, entry, &delivery, true)
		       ? TY_OK
		       : hook_accept_verified(call, entry, &delivery, receipt, err);
}

/* 'answer' has whose workspace it is, and the entry where the address is claimed. */
static enum ty_code
deliver(struct ty_api_call *call, const struct ty_hook_answer *answer, struct ty_err *err)
{
	const struct ty_store_claim unclaimed = { .workspace_id = answer->workspace_id,
						  .node_id = "" };
	const struct ty_hook_entry *entry = answer->entry;
	struct ty_receipt receipt;

	ty_trigger_receipt(&call->request->id, entry != NULL ? &entry->claim : &unclaimed,
			   &receipt);
	api_receipt_sign(call, &receipt);
	receipt.method = call->request->method;
	receipt.mode = ty_run_mode_name(TY_RUN_MODE_WEBHOOK);
	receipt.path = call->rest;
	receipt.query = call->request->query;
	receipt.headers = headers_text(call, entry);
	if (entry != NULL) {
		receipt.route = entry->rule->route;
		receipt.rerun_failed = entry->rule->rerun_failed;
	}
	return receive(call, entry, &receipt, err);
}

static enum ty_code
look_up(struct ty_api_call *call, const char *method, struct ty_hook_answer *ret_answer,
	struct ty_err *err)
{
	return ty_hook_cache_get(call->app, call->arena, call->workspace_key, method, call->rest,
				 ret_answer, err);
}

enum ty_code
api_hook(struct ty_api_call *call, struct ty_err *err)
{
	const char *method = ty_hook_wanted_method(call);
	struct ty_hook_answer answer;
	enum ty_code code;

	if (look_up(call, method, &answer, err) != TY_OK)
		return err->code;
	if (answer.entry == NULL && !ty_id_is_set(&answer.workspace_id))
		return ty_access_no_workspace(err);
	/* A preflight for a method that is not claimed: which are? */
	if (answer.entry == NULL && method != call->request->method &&
	    look_up(call, call->request->method, &answer, err) != TY_OK)
		return err->code;
	if (answer.entry != NULL)
		ty_hook_set_origin(call, answer.entry->rule);
	if (ty_hook_is_probe(call, &answer))
		code = is_asked_first(call) ? TY_OK : ty_hook_probe(call, &answer, err);
	else
		code = deliver(call, &answer, err);
	if (answer.entry != NULL)
		ty_hook_cache_put(call->app->hooks, answer.entry);
	return code;
}
