/*
 * router.h -- from a request to its handler: route, body limit, who asks, may they, what
 * was sent.
 *
 * Invariants:
 *   (1) A route without a known permission keeps the program from starting.
 *   (2) Nothing of the body is read before its declared length and the caller are checked.
 *   (3) A session's unsafe request without the right Origin and CSRF token goes nowhere.
 *   (4) A workspace that is not the caller's is told apart from none by nobody: 404.
 */
#ifndef TY_APP_ROUTER_H
#define TY_APP_ROUTER_H

#include "api.h"
#include "base/defs.h"
#include "request.h"

struct ty_router;

/* The table, terminated by a NULL name. */
extern const struct ty_route ty_routes[];

/* Errors: TY_E_INTERNAL (a route whose permission nobody knows). */
enum ty_code ty_router_new(struct ty_arena *arena, const struct ty_route *routes,
			   const struct ty_router **ret_router, struct ty_err *err) TY_MUST_CHECK;

/*
 * The whole way: 'request' has target, headers and reader; the answer is in 'response'.
 * 'target' is the request line's, undecoded.
 */
void ty_router_dispatch(struct ty_app *app, struct ty_http_request *request, const char *target,
			struct ty_http_response *response);

struct ty_wait;
/* The rest of the way of a request that waited: 'request' is read again, but for its body. */
void ty_router_resume(struct ty_app *app, struct ty_http_request *request, struct ty_wait *wait,
		      struct ty_http_response *response);

#endif
