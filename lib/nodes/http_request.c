/*
 * http.request -- one HTTP request per item.
 *
 * Invariants:
 *   (1) Answers are handled in item order, whatever order they came in; what fails is its item's
 *       failure alone.
 *   (2) Each answer gives one item, or one per element where the body is a list of objects.  A file
 *       keeps the input item's json.
 *   (3) Pages of an item are calls of their own, each of which comes of the answer before it.
 *   (4) A request whose answer was lost is sent again only where that is safe: methods
 *       that RFC 9110, section 9.2.2 calls idempotent, or the author's word.
 *
 * Knows no socket: it asks the "http" service (net/http.h says what goes in and out).
 */
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"
#include "nodes/http_failed.h"
#include "nodes/http_parts.h"
#include "nodes/nodes.h"
#include "param/flag.h"

#include <string.h>

const struct ty_choice request_methods[] = {
	{ "GET", "GET" },	{ "POST", "POST" }, { "PUT", "PUT" },	      { "PATCH", "PATCH" },
	{ "DELETE", "DELETE" }, { "HEAD", "HEAD" }, { "OPTIONS", "OPTIONS" }, { NULL, NULL },
};

const struct ty_choice request_bodies[] = {
	[BODY_NONE] = { "none", "None" },
	[BODY_JSON] = { "json", "JSON" },
	[BODY_FORM] = { "form", "Form" },
	[BODY_TEXT] = { "text", "Text" },
	[BODY_MULTIPART] = { "multipart", "Multipart form" },
	[BODY_FILE] = { "file", "File" },
	{ NULL, NULL },
};

const struct ty_choice request_responses[] = {
	[RESPONSE_AUTO] = { "auto", "As its content type says" },
	[RESPONSE_JSON] = { "json", "JSON" },
	[RESPONSE_TEXT] = { "text", "Text" },
	{ "form", "Form" },
	{ "multipart", "Multipart form" },
	{ "bytes", "Bytes (base64)" },
	{ "file", "File" },
	{ NULL, NULL },
};

static const struct ty_choice request_repeats[] = {
	[REPEAT_AUTO] = { "auto", "Where the method is idempotent" },
	[REPEAT_ALWAYS] = { "always", "Yes: the receiver honours Idempotency-Key" },
	[REPEAT_NEVER] = { "never", "No: stop the run" },
	{ NULL, NULL },
};

static const struct ty_choice request_arrays[] = {
	[ARRAYS_INDICES] = { "indices", "a[0]=1&a[1]=2" },
	[ARRAYS_BRACKETS] = { "brackets", "a[]=1&a[]=2" },
	[ARRAYS_REPEAT] = { "repeat", "a=1&a=2" },
	[ARRAYS_COMMA] = { "comma", "a=1,2" },
	{ NULL, NULL },
};

static const struct ty_choice request_pagings[] = {
	[PAGING_NONE] = { "none", "None" },
	[PAGING_PAGE] = { "page", "By the number of the page" },
	[PAGING_OFFSET] = { "offset", "By how many entries are left out" },
	[PAGING_CURSOR] = { "cursor", "By a cursor in the answer" },
	[PAGING_LINK] = { "link", "By the answer's Link header" },
	[PAGING_NEXT] = { "next", "By an address in the answer" },
	{ NULL, NULL },
};

static const struct ty_choice request_page_places[] = {
	[PAGE_IN_QUERY] = { "query", "In the query" },
	[PAGE_IN_BODY] = { "body", "In the body" },
	{ NULL, NULL },
};

static const struct ty_choice request_page_items[] = {
	[PAGE_ITEMS_EACH] = { "each", "An item for each entry" },
	[PAGE_ITEMS_PAGE] = { "page", "An item for each page" },
	{ NULL, NULL },
};

static const struct ty_param pair_rows[] = {
	TY_ROW_STRING(struct pair, name, 500, "Name", .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_STRING(struct pair, value, 0, "Value",
		      .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED, .def = ""),
	TY_ROW_END,
};

static const struct ty_param value_rows[] = {
	TY_ROW_STRING(struct pair_value, name, 500, "Name",
		      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_JSON(struct pair_value, value, "Value",
		    .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED | TY_PARAM_TEXTS, .def = ""),
	TY_ROW_END,
};

static const struct ty_param part_file_rows[] = {
	TY_ROW_STRING(struct part_file, name, 500, "Field",
		      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR),
	TY_ROW_STRING(struct part_file, file, 200, "File of the item", .flags = TY_PARAM_EXPR,
		      .def = "data"),
	TY_ROW_END,
};

/* Tags of requests that are no call. */
static const char tag_late, tag_page_wait;

struct request_state {
	struct http_pace pace;
	struct http_page page; /* of the item that is under way */
	size_t page_item;      /* number of the item, plus one; 0 = none */
};

static void request_advise(const struct ty_node_def *def, const json_t *params,
			   ty_param_finding_fn found, void *ctx);
static bool request_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code request_each(struct ty_step *step, size_t i, struct ty_err *err);
static bool request_is_failure(struct ty_step *step, size_t i, const json_t *value);
static enum ty_code request_resume(struct ty_step *step, const struct ty_answer *answer,
				   struct ty_err *err);

const struct ty_node_def ty_node_http_request = {
	TY_NODE_HEAD,
	.type = "http.request",
	.version = 1,
	.category = TY_CATEGORY_NETWORK,
	.title = "HTTP request",
	.summary = "Send an HTTP request for each item",
	.icon = "globe",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct request_params, method, request_methods, "Method", .def = "GET"),
		TY_ROW_URL(struct request_params, url, 8192, "URL",
			   .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			   .placeholder = "=https://api.example.com/orders/{{ $json.id }}"),
		TY_ROW_LIST(struct request_params, query, value_rows, struct pair_value, 100,
			    "Query"),
		TY_ROW_ENUM(struct request_params, query_arrays, request_arrays,
			    "Lists in the query", .flags = TY_PARAM_ADVANCED, .def = "indices",
			    .help = "Where the expression of a value gives a list."),
		TY_ROW_LIST(struct request_params, headers, pair_rows, struct pair, 100, "Headers"),
		TY_ROW_CREDENTIAL(struct request_params, credential, "Credential",
				  .help = "Added to the request, and opened only when it is made."),
		TY_ROW_STRING(struct request_params, auth_header, 100, "Authorization header",
			      .def = "", .placeholder = "Authorization", .help = "Empty: none."),
		TY_ROW_STRING(struct request_params, auth_value, 8192, "Authorization value",
			      .flags = TY_PARAM_SECRET | TY_PARAM_EXPR, .def = "",
			      .placeholder = "Bearer ..."),
		TY_ROW_ENUM(struct request_params, body_kind, request_bodies, "Body",
			    .def = "none"),
		TY_ROW_JSON(struct request_params, body_json, "JSON",
			    .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED,
			    .show_when = "body_kind=json", .placeholder = "={{ $json }}"),
		TY_ROW_LIST(struct request_params, body_form, value_rows, struct pair_value, 500,
			    "Fields", .show_when = "body_kind=form,multipart"),
		TY_ROW_ENUM(struct request_params, form_arrays, request_arrays,
			    "Lists in the fields", .flags = TY_PARAM_ADVANCED, .def = "indices",
			    .show_when = "body_kind=form,multipart"),
		TY_ROW_LIST(struct request_params, body_files, part_file_rows, struct part_file,
			    100, "Files", .show_when = "body_kind=multipart"),
		TY_ROW_STRING(struct request_params, body_file, 200, "File of the item",
			      .flags = TY_PARAM_EXPR, .def = "data", .show_when = "body_kind=file",
			      .help = "Name of the file in the item's binary."),
		TY_ROW_TEXT(struct request_params, body_text, 0, "Text",
			    .flags = TY_PARAM_EXPR | TY_PARAM_SECRET_NAMED, .def = "",
			    .show_when = "body_kind=text"),
		TY_ROW_STRING(struct request_params, content_type, 200, "Content type",
			      .flags = TY_PARAM_EXPR, .def = "text/plain; charset=utf-8",
			      .show_when = "body_kind=text"),
		TY_ROW_ENUM(struct request_params, response, request_responses,
			    "Read the answer as", .def = "auto"),
		TY_ROW_STRING(struct request_params, response_file, 200, "Name of the file",
			      .flags = TY_PARAM_EXPR, .def = "data", .show_when = "response=file",
			      .help = "In the item's binary."),
		TY_ROW_BOOL(struct request_params, full_response, "With status and headers",
			    .def = "false",
			    .help = "On: the item is { status, headers, body, url }."),
		TY_ROW_BOOL(struct request_params, fail_on_status, "Fail on status 400 and above",
			    .def = "true"),
		TY_ROW_ENUM(struct request_params, paging, request_pagings, "Pages", .def = "none",
			    .help = "How the next page of a long answer is asked for. Items go one "
				    "after another then."),
		TY_ROW_STRING(struct request_params, page_name, 200, "Parameter",
			      .flags = TY_PARAM_EXPR, .def = "",
			      .show_when = "paging=page,offset,cursor",
			      .help = "That says which page. Empty: page, offset or cursor."),
		TY_ROW_ENUM(struct request_params, page_in, request_page_places,
			    "Send the parameter", .def = "query",
			    .show_when = "paging=page,offset,cursor"),
		TY_ROW_INT(struct request_params, page_first, 0, 1000000, "First page",
			   .flags = TY_PARAM_EXPR, .def = "1", .show_when = "paging=page"),
		TY_ROW_INT(struct request_params, offset_step, 0, 100000, "Entries of a page",
			   .flags = TY_PARAM_EXPR, .def = "0", .show_when = "paging=offset",
			   .help = "0: as many as have come."),
		TY_ROW_STRING(struct request_params, cursor_path, 500, "Cursor in the answer",
			      .flags = TY_PARAM_EXPR, .def = "next_cursor",
			      .show_when = "paging=cursor", .placeholder = "meta.next_cursor",
			      .help = "Its path; the last page has none there."),
		TY_ROW_STRING(struct request_params, next_url, 8192, "Next address",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR | TY_PARAM_LATE,
			      .show_when = "paging=next",
			      .placeholder = "={{ $response.body.next }}",
			      .help = "Computed behind each page; the last page has none."),
		TY_ROW_STRING(struct request_params, items_path, 500, "List in the answer",
			      .flags = TY_PARAM_EXPR, .def = "", .show_when = "paging!=none",
			      .placeholder = "data.items",
			      .help = "Path of the entries. Empty: the answer itself."),
		TY_ROW_ENUM(struct request_params, page_items, request_page_items, "Items",
			    .def = "each", .show_when = "paging!=none"),
		TY_ROW_INT(struct request_params, pages_max, 1, HTTP_PAGES_MAX, "Pages at most",
			   .flags = TY_PARAM_EXPR, .def = "100", .show_when = "paging!=none"),
		TY_ROW_STRING(struct request_params, end_status, 200, "End at status",
			      .flags = TY_PARAM_EXPR, .def = "", .show_when = "paging!=none",
			      .placeholder = "404, 416",
			      .help = "Such an answer is no page and no failure."),
		TY_ROW_STRING(struct request_params, end_when, 8192, "End when",
			      .flags = TY_PARAM_EXPR | TY_PARAM_LATE, .def = "",
			      .show_when = "paging!=none",
			      .placeholder = "={{ $response.body.is_last }}",
			      .help = "Computed behind each page; one for which it is true is the "
				      "last."),
		TY_ROW_INT(struct request_params, page_pause_ms, 0, TY_LIMIT_PARK_MS,
			   "Pause between pages", .flags = TY_PARAM_ADVANCED | TY_PARAM_EXPR,
			   .unit = "ms", .def = "0", .show_when = "paging!=none"),
		TY_ROW_INT(struct request_params, parallel, 1, TY_LIMIT_RUN_CALLS, "At once",
			   .flags = TY_PARAM_ADVANCED, .def = "10", .show_when = "paging=none",
			   .help = "Requests under way at most."),
		TY_ROW_INT(struct request_params, batch_size, 0, TY_LIMIT_STEP_ITEMS,
			   "Items of a batch", .flags = TY_PARAM_ADVANCED, .def = "0",
			   .help = "0: no batches. A batch begins when the one before has ended."),
		TY_ROW_INT(struct request_params, batch_pause_ms, 0, TY_LIMIT_PARK_MS,
			   "Pause between batches", .flags = TY_PARAM_ADVANCED, .unit = "ms",
			   .def = "1000", .show_when = "batch_size!=0"),
		TY_ROW_INT(struct request_params, redirects, 0, 10, "Redirects",
			   .flags = TY_PARAM_ADVANCED, .def = "10",
			   .help = "Followed at most; 0: none."),
		TY_ROW_INT(struct request_params, timeout_ms, 1, 120000, "Time limit",
			   .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "30000"),
		TY_ROW_BOOL(struct request_params, verify_tls, "Check the server's certificate",
			    .flags = TY_PARAM_ADVANCED, .def = "true"),
		TY_ROW_URL(struct request_params, proxy, 2048, "Proxy",
			   .flags = TY_PARAM_ADVANCED | TY_PARAM_EXPR,
			   .placeholder = "http://proxy.example.com:3128",
			   .help = "Asked for a tunnel (CONNECT), over http or https. Empty: the "
				   "operator's, where there is one. It must ask for no password."),
		TY_ROW_ENUM(struct request_params, repeat_in_doubt, request_repeats,
			    "Send again if the answer was lost", .flags = TY_PARAM_ADVANCED,
			    .def = "auto",
			    .help = "When a worker died after sending and before recording the "
				    "answer.")),
	.params_size = sizeof(struct request_params),
	.state_size = sizeof(struct request_state),
	.credential_types = "http_bearer,http_basic,http_header,http_query,http_custom,http_digest,"
			    "http_aws,http_oauth1,http_jwt,http_standard_webhooks,http_certificate,"
			    "http_oauth2_client,http_oauth2_code,http_oauth2_jwt",
	.flags = TY_NODE_EFFECT,
	.check = http_ask_check,
	.advise = request_advise,
	.is_safe = request_is_safe,
	.each = request_each,
	.is_failure = request_is_failure,
	.resume = request_resume,
};

/* Warn of a header without a value, which is sent empty, and of a value without a header, which is not
 * sent. */
static void
request_advise(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	       void *ctx)
{
	bool has_header = ty_json_str(params, "auth_header", "")[0] != '\0';
	bool has_value = ty_json_str(params, "auth_value", "")[0] != '\0';

	if (has_value && !has_header)
		found(ctx, "auth_header", "the authorization value is sent in no header",
		      "Name one, such as Authorization.");
	if (has_header && !has_value)
		found(ctx, "auth_value", "the authorization header is sent empty",
		      "Give it a value, or choose a credential instead.");
}

/* RFC 9110, section 9.2.1. */
static bool
request_is_safe(const struct ty_node_def *def, const json_t *params)
{
	const char *method = ty_json_str(params, "method", "GET");

	(void)def;
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* ---- the answer ---- */

/* The line of the request that failed, for its error. */
static void
tell_request(struct ty_step *step, const struct request_params *p)
{
	json_t *query = http_ask_query(p);

	http_failed_request(step, ty_node_http_request.params, request_methods[p->method].value,
			    p->url, query);
	json_decref(query);
}

/* An answer from elsewhere is told: the address and method that gave it. */
static void
tell_redirect(struct ty_step *step, const struct request_params *p, const json_t *answer)
{
	const char *asked = request_methods[p->method].value;
	const char *method = json_string_value(json_object_get(answer, "method"));
	const char *url = json_string_value(json_object_get(answer, "url"));

	if (json_integer_value(json_object_get(answer, "redirects")) < 1 || method == NULL ||
	    url == NULL)
		return;
	/* Leave out what follows '?', because it may hold a signature made for one use. */
	if (strcmp(method, asked) == 0)
		ty_step_notice(step, "redirected",
			       "The server redirected: %s %.*s gave the answer.", method,
			       (int)strcspn(url, "?"), url);
	else
		ty_step_notice(
			step, "redirected",
			"The server redirected: %s %.*s gave the answer. %s became %s on the "
			"way, without the body: use the last address, or set Redirects to 0.",
			method, (int)strcspn(url, "?"), url, asked, method);
}

/* Tell what was mended in the answer's body; it is part of the recorded answer, so that a replay tells the same. */
static void
tell_notices(struct ty_step *step, const json_t *value)
{
	const json_t *notices = json_object_get(value, "notices"), *notice;
	size_t i;

	json_array_foreach(notices, i, notice) ty_step_notice(
		step, ty_json_str(notice, "code", ""), "%s", ty_json_str(notice, "text", ""));
}

static bool
request_is_failure(struct ty_step *step, size_t i, const json_t *value)
{
	const struct request_params *p = ty_step_params(step, i);
	int64_t status = ty_json_int(value, "status", 0);

	return p->fail_on_status && status >= 400 &&
	       (p->paging == PAGING_NONE || !http_page_ends(p, status));
}

/* Tell of the answer, and whether it is one to work with. */
static enum ty_code
answer_check(struct ty_step *step, const struct request_params *p, const struct ty_answer *answer,
	     struct ty_err *err)
{
	if (answer->err != NULL) {
		tell_request(step, p);
		*err = *answer->err;
		return err->code;
	}
	tell_notices(step, answer->value);
	tell_redirect(step, p, answer->value);
	if (!request_is_failure(step, answer->item, answer->value))
		return TY_OK;
	tell_request(step, p);
	return http_failed_status(step, answer->value, err);
}

/* ---- pages ---- */

static enum ty_code
page_call(struct ty_step *step, struct request_state *state, struct ty_err *err)
{
	struct ty_call call = state->pace.calls[state->pace.next - 1];

	call.request = json_copy(state->page.request);
	return ty_step_call_next(step, &call, err);
}

/* The page is known: ask for the next one, or *ret_more is false. */
static enum ty_code
page_go_on(struct ty_step *step, const struct request_params *p, struct request_state *state,
	   bool *ret_more, struct ty_err *err)
{
	if (http_page_next(step, p, &state->page, ret_more, err) != TY_OK || !*ret_more)
		return err->code;
	if (p->page_pause_ms == 0)
		return page_call(step, state, err);
	return ty_step_wait(step, ty_step_now_ms(step) + p->page_pause_ms, (void *)&tag_page_wait,
			    err);
}

static enum ty_code
page_came(struct ty_step *step, const struct request_params *p, struct request_state *state,
	  const struct ty_answer *answer, bool *ret_more, struct ty_err *err)
{
	struct http_page *page = &state->page;
	const char *const *names;
	size_t entries, late = http_page_late(p, &names);

	if (state->page_item != answer->item + 1)
		http_page_begin(step, state->pace.calls[state->pace.next - 1].request, page);
	state->page_item = answer->item + 1;
	if (http_page_ends(p, ty_json_int(answer->value, "status", 0)))
		return TY_OK;
	if (http_items_emit_page(step, p, answer->value, answer->item, &entries, err) != TY_OK)
		return err->code;
	http_page_take(page, answer->value, entries);
	if (late == 0)
		return page_go_on(step, p, state, ret_more, err);
	*ret_more = true;
	return ty_step_late(step, names, late, http_page_seen(p, page), (void *)&tag_late, err);
}

/* Take an answer to one item's request; *ret_more is false where that was the item's last. */
static enum ty_code
answer_take(struct ty_step *step, const struct ty_answer *answer, bool *ret_more,
	    struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, answer->item);
	struct request_state *state = ty_step_state(step);

	*ret_more = false;
	if (answer->tag == &tag_page_wait && answer->err == NULL) {
		*ret_more = true;
		return page_call(step, state, err);
	}
	if (answer->tag == &tag_late && answer->err == NULL) {
		state->page.late = answer->value;
		return page_go_on(step, p, state, ret_more, err);
	}
	if (answer_check(step, p, answer, err) != TY_OK)
		return err->code;
	if (p->paging != PAGING_NONE)
		return page_came(step, p, state, answer, ret_more, err);
	return http_items_emit(step, p, answer->value, answer->item, err);
}

static enum ty_code
request_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct request_params *p = ty_step_params(step, i);
	struct request_state *state = ty_step_state(step);
	struct ty_call call;

	if (http_ask_call(step, i, &call, err) != TY_OK)
		return err->code;
	if (http_page_first(step, p, call.request, err) != TY_OK) {
		json_decref(call.request);
		return err->code;
	}
	return http_pace_add(step, &state->pace, i, &call, err);
}

static enum ty_code
request_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	struct request_state *state = ty_step_state(step);
	bool more;

	if (answer->tag == &http_pace_wait && answer->err == NULL)
		return http_pace_go_on(step, &state->pace, err);
	if (answer_take(step, answer, &more, err) == TY_OK)
		return more ? TY_OK : http_pace_end(step, &state->pace, err);
	/* Begin no item before the next attempt, because its requests have to have the same numbers. */
	if (!ty_step_is_tried_again(step, err)) {
		struct ty_err full = { .code = TY_OK };

		if (http_pace_end(step, &state->pace, &full) != TY_OK)
			*err = full;
	}
	return err->code;
}
