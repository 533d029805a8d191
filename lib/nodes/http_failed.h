/*
 * http_failed.h -- what the error of an HTTP request keeps: the request's line, and of an answer its
 * status, some headers and the first 2 KB.
 *
 * No secret is in it: user information and secret pairs of the query are masked here, what a server
 * echoes of an opened secret before the answer comes to a node (workers/run/secrets.c).
 */
#ifndef TY_NODES_HTTP_FAILED_H
#define TY_NODES_HTTP_FAILED_H

#include "base/defs.h"

#include <jansson.h>

struct ty_param;

/* Keep "request" in the error: "POST https://host/path?page=2".  'table' has the row of "url"; 'query' is an
 * array of { "name", "value" } or NULL; all is borrowed. */
void http_failed_request(struct ty_step *step, const struct ty_param *table, const char *method,
			 const char *url, const json_t *query);
/* Keep "status", "headers" and "body" of 'answer' (net/http.h), and raise the error that its status is. */
enum ty_code http_failed_status(struct ty_step *step, const json_t *answer, struct ty_err *err);

#endif
