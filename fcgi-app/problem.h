/*
 * problem.h -- errors as application/problem+json (RFC 9457).
 */
#ifndef TY_APP_PROBLEM_H
#define TY_APP_PROBLEM_H

#include "base/defs.h"
#include "request.h"
#include "json/json.h"

struct ty_problem {
	const struct ty_err *err;
	int status;		 /* 0 = the code's own */
	const char *title;	 /* NULL = the code's own */
	int64_t retry_after_ms;	 /* 0 = a second, where the code says that trying again may help */
	const json_t *findings;	 /* borrowed; NULL = none */
	const json_t *workflows; /* workflows in the way; borrowed, NULL = none */
	const json_t *more;	 /* further members; borrowed, NULL = none */
	const char *verdict;	 /* deliveries.verdict of a delivery; NULL = none */
};

/*
 * Fill 'response' with the problem.  Faults of ours say nothing of our insides: what happened
 * is in the log, under the request id.
 */
void ty_problem_write(const struct ty_http_request *request, struct ty_http_response *response,
		      const struct ty_problem *problem);

#endif
