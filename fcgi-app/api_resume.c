/*
 * api_resume.c -- the address of a wait: what it shows, and the call that ends the wait.
 *
 *	GET, HEAD --> the page, and nothing else: mail scanners and previews fetch addresses
 *	POST -------> 202 once the answer is journaled, never before; tyboo-reap pushes the run then
 *
 * Nobody is asked who they are: the token says which wait it is for, and its MAC that it is ours.
 * What is refused is told apart: 403 (no token of this installation), 404 (another workspace's, or no
 * such run), 409 (answered before: when and with what), 410 (nobody called in time, the run is over).
 */
#include "api.h"

#include "app.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "body/body.h"
#include "param/secret.h"
#include "publish/wait_call.h"
#include "resume_page.h"
#include "vault/resume.h"

#include <string.h>

/* Time to wait for a free connection; the caller tries again. */
#define RESUME_WAIT_MS 2000
/* Values of an approval or a callback: so few that no budget of trees is asked (json/budget.h). */
#define RESUME_VALUES_MAX 10000

static enum ty_code
resume_look(struct ty_api_call *call, struct ty_wait_call *wait, struct ty_err *err)
{
	struct ty_resume token;

	if (ty_resume_parse(call->app->vault, call->arena, call->token, &token, err) != TY_OK)
		return ty_err_at(err, "token");
	*wait = (struct ty_wait_call){ .workspace = call->workspace_key,
				       .run_id = token.run_id,
				       .node = token.node,
				       .key = ty_resume_key(call->arena, &token) };
	if (ty_tx_begin(call->app->store, call->arena, NULL, RESUME_WAIT_MS, &call->tx, err) !=
	    TY_OK)
		return err->code;
	return ty_wait_call_look(call->tx, call->app->registry, wait, err);
}

/* ---- what a call that does not count is told ---- */

static int
refused_status(const struct ty_wait_call *wait)
{
	return wait->said.status == TY_CALL_ANSWERED ? 409 : 410; /* RFC 9110, 15.5.11 */
}

static enum ty_code
refuse(struct ty_api_call *call, const struct ty_wait_call *wait, struct ty_err *err)
{
	char at[TY_TIME_TEXT_SIZE];

	ty_time_format(wait->said.at_ms, at);
	call->problem_status = refused_status(wait);
	call->problem_title =
		wait->said.status == TY_CALL_ANSWERED ? "It was answered before" : "It is over";
	call->problem_more = ty_json_own(call->arena, json_pack("{s:s}", "at", at));
	if (ty_wait_call_answer(wait) != NULL)
		json_object_set(call->problem_more, "answer", (json_t *)ty_wait_call_answer(wait));
	return ty_wait_call_refuse(wait, err);
}

static enum ty_code
refused_page(struct ty_api_call *call, const struct ty_wait_call *wait, int status)
{
	struct ty_err why = { .code = TY_OK };

	ty_wait_call_refuse(wait, &why);
	return resume_page_text(call, status, why.msg, why.hint, ty_wait_call_answer(wait));
}

/* Answer an error as a page where the caller reads pages. */
static enum ty_code
error_page(struct ty_api_call *call, struct ty_err *err)
{
	int status = ty_code_http(err->code);

	if (!resume_wants_page(call->request) || status >= 500)
		return err->code;
	ty_tx_rollback(call->tx);
	call->tx = NULL;
	return resume_page_text(call, status, err->msg, err->hint, NULL);
}

/* ---- GET ---- */

enum ty_code
api_resume_page(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_wait_call wait;

	if (resume_look(call, &wait, err) != TY_OK)
		return error_page(call, err);
	if (wait.said.status != TY_CALL_OPEN)
		return refused_page(call, &wait, 200);
	return resume_page_form(call, 200, &wait.page, NULL, NULL);
}

/* ---- POST ---- */

static const char *
header_of(void *ctx, const char *name)
{
	return ty_http_header(ctx, name);
}

static enum ty_code
body_read(struct ty_api_call *call, json_t **ret_body, struct ty_err *err)
{
	struct ty_body_in in = { .header = header_of,
				 .ctx = call->request,
				 .bytes_max = TY_LIMIT_API_BODY_BYTES,
				 .values_max = RESUME_VALUES_MAX };
	struct ty_body body;

	if (ty_http_body(call->request, TY_LIMIT_API_BODY_BYTES, &in.data, &in.len, err) != TY_OK)
		return err->code;
	*ret_body = ty_json_own(call->arena, json_object());
	if (in.len == 0)
		return TY_OK;
	if (ty_body_read(call->arena, &in, &body, err) != TY_OK) {
		if (err->code == TY_E_LIMIT)
			call->problem_status = 422; /* another attempt is refused again */
		return err->code;
	}
	*ret_body = body.json;
	return TY_OK;
}

/* { "headers", "query", "body" }, as a webhook's item has them; headers that carry secrets stay out. */
static enum ty_code
request_value(struct ty_api_call *call, json_t *body, json_t **ret_value, struct ty_err *err)
{
	const struct ty_http_request *request = call->request;
	json_t *headers = ty_json_own(call->arena, json_object()), *query;

	if (ty_http_query(call->arena, request->query, &query, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->headers[i].name, *value = request->headers[i].value;

		if (!ty_secret_header_is(name) && ty_str_is_utf8(value, strlen(value)))
			json_object_set_new(headers, name, json_string(value));
	}
	*ret_value = ty_json_own(call->arena, json_pack("{s:O, s:O, s:O}", "headers", headers,
							"query", query, "body", body));
	return TY_OK;
}

static enum ty_code
findings_tell(struct ty_api_call *call, json_t *findings, struct ty_err *err)
{
	const json_t *first = json_array_get(findings, 0);

	call->findings = findings;
	ty_err_set(err, TY_E_INVALID, "%s %s", ty_json_str(first, "path", ""),
		   ty_json_str(first, "message", ""));
	ty_err_hint(err, "%s", ty_json_str(first, "hint", ""));
	return ty_err_at(err, "%s", ty_json_str(first, "path", ""));
}

static enum ty_code
take(struct ty_api_call *call, struct ty_wait_call *wait, json_t *value, struct ty_err *err)
{
	if (ty_wait_call_take(call->tx, wait, value, err) != TY_OK ||
	    api_commit(call, err) != TY_OK)
		return err->code;
	if (wait->said.status != TY_CALL_TAKEN)
		return resume_wants_page(call->request)
			       ? refused_page(call, wait, refused_status(wait))
			       : refuse(call, wait, err);
	if (resume_wants_page(call->request))
		return resume_page_text(call, 202, "Thank you", "The workflow goes on.", NULL);
	return api_json(
		call, 202,
		ty_json_own(call->arena, json_pack("{s:s}", "execution_id", wait->run_id.s)));
}

enum ty_code
api_resume(struct ty_api_call *call, struct ty_err *err)
{
	json_t *findings = ty_json_own(call->arena, json_array()), *body = NULL, *value = NULL;
	struct ty_wait_call wait;

	if (resume_look(call, &wait, err) != TY_OK)
		return error_page(call, err);
	if (wait.said.status != TY_CALL_OPEN)
		return resume_wants_page(call->request)
			       ? refused_page(call, &wait, refused_status(&wait))
			       : refuse(call, &wait, err);
	if (body_read(call, &body, err) != TY_OK)
		return err->code;
	if (!wait.page.is_form)
		return request_value(call, body, &value, err) == TY_OK
			       ? take(call, &wait, value, err)
			       : err->code;
	value = ty_wait_answer_take(call->arena, &wait.page, body, api_finding_add, findings);
	if (json_array_size(findings) == 0)
		return take(call, &wait, value, err);
	return resume_wants_page(call->request)
		       ? resume_page_form(call, 422, &wait.page, body, findings)
		       : findings_tell(call, findings, err);
}
