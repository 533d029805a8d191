/*
 * request.h -- one HTTP request and its answer, as data.
 *
 * http.c fills a request from FastCGI, a test fills one by hand; nothing below knows the
 * difference.  Everything lives in the request's arena, which is cleared when the answer is
 * out.  Strings are borrowed from whoever filled the request in.
 */
#ifndef TY_APP_REQUEST_H
#define TY_APP_REQUEST_H

#include "base/buf.h"
#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include <sys/types.h>

/* Segments of a path: more than any route has, rest captures aside. */
#define TY_HTTP_SEGMENTS_MAX 64
/* Members of a query or cookies of a header: more is an attack on hashing and patience. */
#define TY_HTTP_PAIRS_MAX 100

struct ty_budget;

struct ty_http_header {
	const char *name; /* lower-case, "x-request-id" */
	const char *value;
};

/* Up to 'len' bytes of the body; 0 at its end, -1 where the client is gone. */
typedef ssize_t (*ty_http_read_fn)(void *ctx, void *buf, size_t len);

struct ty_http_request {
	struct ty_arena *arena;
	struct ty_id id; /* X-Request-Id */
	const char *method;
	const char *path;  /* undecoded, without query */
	const char *query; /* undecoded; "" = none */
	const char *remote_addr;
	struct ty_http_header *headers; /* names are unique, see ty_http_request_add_header */
	size_t header_count, header_lines;
	bool has_more_headers; /* lines than TY_LIMIT_HEADERS_COUNT: refused, one of those may matter */
	int64_t content_length; /* 0 where absent */
	ty_http_read_fn read;
	void *read_ctx;
	struct ty_budget *bodies; /* of the process, for large ones; NULL = nobody counts */
	/* Set by ty_http_request_parse: the path's segments, decoded. */
	const char **segments;
	size_t segment_count;
};

struct ty_wait;

struct ty_http_response {
	/* Set while there is no answer yet, because the request waits for it (waiting.h). */
	struct ty_wait *wait;
	int status;
	struct ty_buf headers; /* "Name: value\r\n" lines */
	const char *body;
	size_t body_len;
	/* Source of a body that is sent in pieces; it has body_len bytes.  NULL: 'body' is the whole. */
	ty_http_read_fn read;
	void *read_ctx;
};

/*
 * Split 'target' ("/a/b%20c?d=e") into path, segments and query.  Segments are decoded after
 * splitting, so that %2F stays within one.
 * Errors: TY_E_MALFORMED (no leading slash, a broken escape, NUL, not UTF-8, too many).
 */
enum ty_code ty_http_request_parse(struct ty_http_request *request, const char *target,
				   struct ty_err *err) TY_MUST_CHECK;

/*
 * Add a header line; both strings are borrowed.  Several of one name are joined to one value by ", " in the
 * order of the lines (RFC 9110, 5.3), cookies by "; " (RFC 9113, 8.2.3), so that nobody chooses which of
 * two signatures or authorizations is looked at: the whole is then a wrong one.
 */
void ty_http_request_add_header(struct ty_http_request *request, const char *name,
				const char *value);
/* A header's value by lower-case name; NULL = absent. */
const char *ty_http_header(const struct ty_http_request *request, const char *name);

/* Fill 'err' for a body over 'limit'. */
enum ty_code ty_http_too_large(size_t limit, struct ty_err *err);

/*
 * The whole body, at most 'limit' bytes, NUL-terminated after them.  The declared length is
 * looked at before a byte is read, and a large body waits for its share of 'bodies', which it has
 * until the request's arena is cleared.  Errors: TY_E_TOO_LARGE, TY_E_MALFORMED (shorter or longer
 * than declared, or a length that is no number: -1), TY_E_UNAVAILABLE (no share came in time).
 */
enum ty_code ty_http_body(struct ty_http_request *request, size_t limit, const char **ret_body,
			  size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;

/*
 * A query as an object of strings; the first of several with one name counts.
 * Errors: TY_E_MALFORMED.
 */
enum ty_code ty_http_query(struct ty_arena *arena, const char *query, json_t **ret_query,
			   struct ty_err *err) TY_MUST_CHECK;

/* The value of cookie number 'nth' (0, 1, ...) with that name; NULL = absent. Owned by 'arena'. */
const char *ty_http_cookie(struct ty_arena *arena, const char *header, const char *name,
			   size_t nth);

void ty_http_response_init(struct ty_http_response *response, struct ty_arena *arena);
/* Add a header line, with CR, LF and NUL left out of 'value', so that they never get into one. */
void ty_http_response_header(struct ty_http_response *response, const char *name,
			     const char *value);
/* A JSON answer; 'body' is borrowed, NULL = none. */
void ty_http_response_json(struct ty_http_response *response, struct ty_arena *arena, int status,
			   const json_t *body);

#endif
