/*
 * http_page.c -- the pages of an answer: which request comes after a page.
 *
 * Invariants:
 *   (1) A page's request is made of the first page's and of what the last page said, so that a replay
 *       asks the same.
 *   (2) No page leaves the origin of the first: the address comes from the server, and the request
 *       carries what is meant for that origin alone.
 *
 * Memory: requests and the last body are in page->holder, so that those of earlier pages go.
 */
#include "nodes/http_parts.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"
#include "nodes/path.h"
#include "nodes/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages in a row that are the same as the one before: a server that knows no pages gives the first for ever. */
#define SAME_PAGES_MAX 5

enum { HOLD_REQUEST, HOLD_ANSWER, HOLD_BODY };

bool
http_page_ends(const struct request_params *p, int64_t status)
{
	char word[24];

	snprintf(word, sizeof(word), "%lld", (long long)status);
	for (const char *at = p->end_status; *at != '\0';) {
		size_t len = strspn(at, "0123456789");

		if (len == strlen(word) && strncmp(at, word, len) == 0)
			return true;
		at += len;
		at += strcspn(at, "0123456789");
	}
	return false;
}

/* ---- the parameter that says which page ---- */

static const char *
parameter(const struct request_params *p)
{
	static const char *const names[] = {
		[PAGING_PAGE] = "page",
		[PAGING_OFFSET] = "offset",
		[PAGING_CURSOR] = "cursor",
	};

	return p->page_name[0] != '\0' ? p->page_name : names[p->paging];
}

/* A pair in place of those of its name. */
static void
pairs_set(json_t *pairs, const char *name, const char *value)
{
	for (size_t i = json_array_size(pairs); i-- > 0;)
		if (ty_str_eq(ty_json_str(json_array_get(pairs, i), "name", ""), name))
			json_array_remove(pairs, i);
	json_array_append_new(pairs, json_pack("{s:s, s:s}", "name", name, "value", value));
}

static json_t *
own_list(json_t *owner, const char *name)
{
	json_t *list = json_object_get(owner, name);

	json_object_set_new(owner, name, list != NULL ? json_copy(list) : json_array());
	return json_object_get(owner, name);
}

static enum ty_code
set_in_body(const struct request_params *p, json_t *request, json_t *value, const char *text,
	    struct ty_err *err)
{
	json_t *body = json_copy(json_object_get(request, "body"));

	if (body == NULL)
		body = json_object();
	json_object_set_new(request, "body", body);
	if (p->body_kind == BODY_FORM || p->body_kind == BODY_MULTIPART) {
		pairs_set(own_list(body, "value"), parameter(p), text);
		return TY_OK;
	}
	if (p->body_kind != BODY_JSON || !json_is_object(json_object_get(body, "value"))) {
		ty_err_set(err, TY_E_INVALID, "The body has no place for the parameter \"%.100s\"",
			   parameter(p));
		ty_err_hint(err, "Give the request a JSON object or a form as its body, or send "
				 "the parameter in the query.");
		return ty_err_at(err, "page_in");
	}
	json_object_set_new(body, "value", json_copy(json_object_get(body, "value")));
	node_path_set_as(NODE_PATH_DOTS, json_object_get(body, "value"), parameter(p),
			 json_incref(value));
	return TY_OK;
}

static enum ty_code
set_parameter(struct ty_step *step, const struct request_params *p, json_t *request, json_t *value,
	      struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(step);
	const char *text = node_value_text(arena, value), *url;

	if (p->page_in == PAGE_IN_BODY)
		return set_in_body(p, request, value, text, err);
	url = ty_json_str(request, "url", "");
	json_object_set_new(request, "url",
			    json_string(http_link_without(arena, url, parameter(p))));
	pairs_set(own_list(request, "query"), parameter(p), text);
	return TY_OK;
}

static enum ty_code
set_number(struct ty_step *step, const struct request_params *p, json_t *request, int64_t n,
	   struct ty_err *err)
{
	json_t *value = json_integer(n);
	enum ty_code rc = set_parameter(step, p, request, value, err);

	json_decref(value);
	return rc;
}

/* ---- the first page ---- */

/* A copy of the first request, kept until the next page's. */
static json_t *
request_new(struct http_page *page)
{
	page->request = json_copy(page->first);
	json_array_set_new(page->holder, HOLD_REQUEST, page->request);
	return page->request;
}

enum ty_code
http_page_first(struct ty_step *step, const struct request_params *p, json_t *request,
		struct ty_err *err)
{
	if (p->paging == PAGING_PAGE)
		return set_number(step, p, request, p->page_first, err);
	if (p->paging == PAGING_OFFSET)
		return set_number(step, p, request, 0, err);
	return TY_OK;
}

void
http_page_begin(struct ty_step *step, json_t *first, struct http_page *page)
{
	json_t *holder = page->holder;

	if (holder == NULL)
		holder = ty_json_own(ty_step_arena(step), json_pack("[n, n, n]"));
	*page = (struct http_page){ .first = first, .holder = holder };
	json_array_set_new(holder, HOLD_BODY, json_null());
	request_new(page);
}

/* ---- what is asked about a page ---- */

void
http_page_take(struct http_page *page, const json_t *answer, size_t entries)
{
	json_array_set(page->holder, HOLD_ANSWER, (json_t *)answer);
	page->answer = answer;
	page->entries_last = entries;
	page->entries += (int64_t)entries;
}

static bool
is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

size_t
http_page_late(const struct request_params *p, const char *const **ret_names)
{
	static const char *const names[] = { "end_when", "next_url" };
	bool has_end = is_given(p->end_when), has_next = p->paging == PAGING_NEXT;

	*ret_names = has_end ? names : names + 1;
	return (size_t)has_end + (size_t)has_next;
}

json_t *
http_page_seen(const struct request_params *p, const struct http_page *page)
{
	json_t *body = http_items_body(p, page->answer);
	const json_t *answer = page->answer;

	return json_pack("{s:{s:O?, s:O?, s:O?}, s:I}", "response", "body", body, "headers",
			 json_object_get(answer, "headers"), "statusCode",
			 json_object_get(answer, "status"), "count", (json_int_t)page->page + 1);
}

/* Is the value true, as JavaScript says? */
static bool
is_true(const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) > 0;
	if (json_is_number(value))
		return json_number_value(value) != 0;
	return value != NULL && !json_is_null(value) && !json_is_false(value);
}

/* ---- the next page ---- */

static const char *
next_address(struct ty_step *step, const struct request_params *p, const struct http_page *page)
{
	const json_t *value;

	if (p->paging == PAGING_LINK)
		return http_link_find(ty_step_arena(step),
				      ty_json_str(ty_json_obj(page->answer, "headers"), "link", ""),
				      "next");
	value = json_array_get(page->late, json_array_size(page->late) - 1);
	return is_true(value) ? node_value_text(ty_step_arena(step), value) : NULL;
}

static const char *
address_parameter(const struct request_params *p)
{
	return p->paging == PAGING_NEXT ? "next_url" : "paging";
}

static enum ty_code
is_elsewhere(const struct request_params *p, const char *url, struct ty_err *err)
{
	ty_err_set(err, TY_E_DENIED, "The next page is at another host: %.*s",
		   (int)ty_str_utf8_cut(url, strcspn(url, "?"), 200), url);
	ty_err_hint(err,
		    "Pages are asked for where the first one was, because the request may carry "
		    "what is meant for that host alone. Use that host as URL, or a loop with "
		    "an HTTP request in it.");
	return ty_err_at(err, "%s", address_parameter(p));
}

/* The pairs of the query that the address does not have; what comes from the server counts. */
static json_t *
query_left(struct ty_arena *arena, const json_t *query, const char *url)
{
	json_t *left = json_array(), *pair;
	size_t i;

	json_array_foreach((json_t *)query, i, pair)
	{
		if (!http_link_has(arena, url, ty_json_str(pair, "name", "")))
			json_array_append(left, pair);
	}
	return left;
}

static enum ty_code
set_address(struct ty_step *step, const struct request_params *p, struct http_page *page,
	    const char *reference, struct ty_err *err)
{
	struct ty_arena *arena = ty_step_arena(step);
	const char *first = ty_json_str(page->first, "url", "");
	const char *url =
		http_link_resolve(arena, ty_json_str(page->answer, "url", first), reference);

	if (url == NULL || !http_link_is_same_origin(first, url))
		return is_elsewhere(p, url != NULL ? url : reference, err);
	if (ty_str_eq(url, ty_json_str(page->request, "url", ""))) {
		ty_err_set(err, TY_E_UPSTREAM, "Page %zu leads to itself: %.*s", page->page + 1,
			   (int)ty_str_utf8_cut(url, strcspn(url, "?"), 200), url);
		ty_err_hint(err, "The last page has to name no next one; end the paging by an "
				 "expression where it does.");
		return ty_err_at(err, "%s", address_parameter(p));
	}
	request_new(page);
	json_object_set_new(page->request, "url", json_string(url));
	if (json_object_get(page->first, "query") != NULL)
		json_object_set_new(page->request, "query",
				    query_left(arena, json_object_get(page->first, "query"), url));
	return TY_OK;
}

/* Asked for another page, the server gives the same again and again. */
static enum ty_code
check_circle(const struct request_params *p, struct http_page *page, json_t *body,
	     struct ty_err *err)
{
	bool is_same = body != NULL && json_equal(body, json_array_get(page->holder, HOLD_BODY));

	page->same = is_same ? page->same + 1 : 0;
	json_array_set_new(page->holder, HOLD_BODY, body != NULL ? json_incref(body) : json_null());
	if (page->same < SAME_PAGES_MAX)
		return TY_OK;
	ty_err_set(err, TY_E_UPSTREAM, "The last %d pages are the same", SAME_PAGES_MAX + 1);
	ty_err_hint(err,
		    "The server seems not to know the parameter \"%.100s\": look up how it "
		    "pages, and where it wants to be told the page.",
		    parameter(p));
	return ty_err_at(err, "paging");
}

static enum ty_code
next_by_number(struct ty_step *step, const struct request_params *p, struct http_page *page,
	       bool *ret_more, struct ty_err *err)
{
	int64_t n = p->page_first + (int64_t)page->page + 1;

	*ret_more = page->entries_last > 0;
	if (!*ret_more)
		return TY_OK;
	if (p->paging == PAGING_OFFSET)
		n = p->offset_step > 0 ? p->offset_step * ((int64_t)page->page + 1) : page->entries;
	return set_number(step, p, request_new(page), n, err);
}

static enum ty_code
next_by_cursor(struct ty_step *step, const struct request_params *p, struct http_page *page,
	       json_t *body, bool *ret_more, struct ty_err *err)
{
	json_t *cursor = json_is_object(body) ? (json_t *)node_path_get_as(NODE_PATH_BRACKETS, body,
									   p->cursor_path)
					      : NULL;

	*ret_more = is_true(cursor) && !json_is_object(cursor) && !json_is_array(cursor);
	return *ret_more ? set_parameter(step, p, request_new(page), cursor, err) : TY_OK;
}

static enum ty_code
next_request(struct ty_step *step, const struct request_params *p, struct http_page *page,
	     bool *ret_more, struct ty_err *err)
{
	json_t *body = http_items_body(p, page->answer);
	const char *address;

	if (p->paging == PAGING_LINK || p->paging == PAGING_NEXT) {
		address = next_address(step, p, page);
		*ret_more = address != NULL;
		return *ret_more ? set_address(step, p, page, address, err) : TY_OK;
	}
	if (check_circle(p, page, body, err) != TY_OK)
		return err->code;
	if (p->paging == PAGING_CURSOR)
		return next_by_cursor(step, p, page, body, ret_more, err);
	return next_by_number(step, p, page, ret_more, err);
}

enum ty_code
http_page_next(struct ty_step *step, const struct request_params *p, struct http_page *page,
	       bool *ret_more, struct ty_err *err)
{
	*ret_more = false;
	if (is_given(p->end_when) && is_true(json_array_get(page->late, 0)))
		return TY_OK;
	if (next_request(step, p, page, ret_more, err) != TY_OK)
		return err->code;
	page->page++;
	if (*ret_more && (int64_t)page->page >= p->pages_max) {
		ty_step_notice(step, "pages_left",
			       "There is more: %lld pages were asked for, as Pages at most says.",
			       (long long)p->pages_max);
		*ret_more = false;
	}
	return TY_OK;
}
