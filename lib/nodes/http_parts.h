/*
 * http_parts.h -- what the files of http.request share; nobody else includes it.
 *
 *	http_request.c	the definition, and which call comes when
 *	http_ask.c	parameters -> the request that the service "http" is asked
 *	http_items.c	an answer -> items
 *	http_page.c	an answer -> the request of the next page
 *	http_link.c	addresses that answers name
 *	http_failed.c	the error of a request
 *
 * Memory: the step's arena.
 */
#ifndef TY_NODES_HTTP_PARTS_H
#define TY_NODES_HTTP_PARTS_H

#include "node/late.h"

/* Pages of one item: with what is asked about each, and pauses, still within TY_LIMIT_STEP_ITEMS requests. */
#define HTTP_PAGES_MAX 2000

enum { BODY_NONE, BODY_JSON, BODY_FORM, BODY_TEXT, BODY_MULTIPART, BODY_FILE };
enum { RESPONSE_AUTO, RESPONSE_JSON, RESPONSE_TEXT };
enum { REPEAT_AUTO, REPEAT_ALWAYS, REPEAT_NEVER };
enum { ARRAYS_INDICES, ARRAYS_BRACKETS, ARRAYS_REPEAT, ARRAYS_COMMA };
enum { PAGING_NONE, PAGING_PAGE, PAGING_OFFSET, PAGING_CURSOR, PAGING_LINK, PAGING_NEXT };
enum { PAGE_IN_QUERY, PAGE_IN_BODY };
enum { PAGE_ITEMS_EACH, PAGE_ITEMS_PAGE };

struct pair {
	const char *name, *value;
};

/* A pair whose value is a text, or a list of texts. */
struct pair_value {
	const char *name;
	const json_t *value;
};

struct part_file {
	const char *name, *file;
};

struct request_params {
	int method, body_kind, response, repeat_in_doubt;
	const char *url, *body_text, *content_type, *credential, *auth_header, *auth_value;
	const char *body_file, *response_file;
	const char *proxy;
	struct ty_param_list query, headers, body_form, body_files;
	json_t *body_json;
	int64_t redirects, timeout_ms;
	bool full_response, fail_on_status, verify_tls;
	int query_arrays, form_arrays;
	/* paging */
	int paging, page_in, page_items;
	const char *page_name, *cursor_path, *next_url, *items_path, *end_status, *end_when;
	int64_t page_first, offset_step, pages_max, page_pause_ms;
	/* pace */
	int64_t parallel, batch_size, batch_pause_ms;
};

extern const struct ty_choice request_methods[], request_bodies[], request_responses[];

/* ---- http_pace.c: which calls are under way ---- */

struct http_pace {
	struct ty_call *calls; /* of the items, in order */
	size_t *items;
	size_t count, calls_cap, items_cap;
	size_t next;	  /* the first that is not begun */
	size_t under_way; /* items that are begun and have not ended */
	size_t in_batch;
	bool is_waiting;
};

extern const char http_pace_wait; /* tag of a batch's wait, by its address */

/* Item i is to be asked for by 'call' (copied; its request is stolen).  Errors: TY_E_LIMIT. */
enum ty_code http_pace_add(struct ty_step *step, struct http_pace *pace, size_t i,
			   const struct ty_call *call, struct ty_err *err) TY_MUST_CHECK;
/* An item has ended: begin what may begin.  Errors: TY_E_LIMIT. */
enum ty_code http_pace_end(struct ty_step *step, struct http_pace *pace,
			   struct ty_err *err) TY_MUST_CHECK;
/* The wait between batches is over. */
enum ty_code http_pace_go_on(struct ty_step *step, struct http_pace *pace,
			     struct ty_err *err) TY_MUST_CHECK;

/* ---- http_ask.c ---- */

/* The call for item 'i'; its request is a new reference.  Errors: TY_E_INVALID. */
enum ty_code http_ask_call(struct ty_step *step, size_t i, struct ty_call *ret_call,
			   struct ty_err *err) TY_MUST_CHECK;
json_t *http_ask_query(const struct request_params *p); /* new reference */
/* A definition's check, of the proxy among raw parameters. */
void http_ask_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		    void *ctx);

/* ---- http_items.c ---- */

/* The answer's body; NULL where there is none. */
json_t *http_items_body(const struct request_params *p, const json_t *answer);
/* Emit what the answer gives.  Errors: TY_E_LIMIT. */
enum ty_code http_items_emit(struct ty_step *step, const struct request_params *p,
			     const json_t *answer, size_t item, struct ty_err *err) TY_MUST_CHECK;
/* http_items_emit() of a page; *ret_count is how many entries its list has. */
enum ty_code http_items_emit_page(struct ty_step *step, const struct request_params *p,
				  const json_t *answer, size_t item, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;

/* ---- http_page.c ---- */

/* State of one item's paging. */
struct http_page {
	json_t *first;	      /* the request of the first page; borrowed */
	json_t *request;      /* of the page that is asked for; held */
	const json_t *answer; /* of the page that came last; held */
	json_t *holder;	      /* a list of what is held, so that what an earlier page had goes */
	const json_t *late; /* values of http_page_late's expressions for that page; NULL = none */
	size_t page;	    /* from 0 */
	size_t entries_last;
	int64_t entries; /* of all pages so far */
	size_t same;	 /* pages in a row that were the same as the one before */
};

/* Say in 'request' that the first page is meant.  Errors: TY_E_INVALID (a body with no place for it). */
enum ty_code http_page_first(struct ty_step *step, const struct request_params *p, json_t *request,
			     struct ty_err *err) TY_MUST_CHECK;
/* Begin the pages of an item whose first request is 'first', borrowed. */
void http_page_begin(struct ty_step *step, json_t *first, struct http_page *page);
/* Does an answer of this status end the paging, whatever it says? */
bool http_page_ends(const struct request_params *p, int64_t status);
/* A page has come. */
void http_page_take(struct http_page *page, const json_t *answer, size_t entries);
/* Names of the expressions that are asked about each page, and what they see; their count, 0 = none. */
size_t http_page_late(const struct request_params *p, const char *const **ret_names);
json_t *http_page_seen(const struct request_params *p,
		       const struct http_page *page); /* new reference */
/*
 * The next page's request into page->request; *ret_more is false where the last one was the last.  Errors:
 * TY_E_INVALID, TY_E_DENIED (an address at another host), TY_E_UPSTREAM (pages that go round in circles).
 */
enum ty_code http_page_next(struct ty_step *step, const struct request_params *p,
			    struct http_page *page, bool *ret_more,
			    struct ty_err *err) TY_MUST_CHECK;

/* ---- http_link.c ---- */

/* The target of the link with relation 'rel' of a Link header (RFC 8288); NULL = it has none. */
const char *http_link_find(struct ty_arena *arena, const char *header, const char *rel);
/* 'reference' against the absolute 'base' (RFC 3986, section 5.2), without a fragment; NULL where base is none. */
const char *http_link_resolve(struct ty_arena *arena, const char *base, const char *reference);
/* Have two absolute URLs the same scheme, host and port? */
bool http_link_is_same_origin(const char *a, const char *b);
/* 'url' without the parameters of that name in its query, and whether it has one. */
const char *http_link_without(struct ty_arena *arena, const char *url, const char *name);
bool http_link_has(struct ty_arena *arena, const char *url, const char *name);

#endif
