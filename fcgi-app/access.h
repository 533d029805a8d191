/*
 * access.h -- who asks, and may they?  (Sessions, API keys, CSRF, workspaces, permissions.)
 */
#ifndef TY_APP_ACCESS_H
#define TY_APP_ACCESS_H

#include "api.h"

/*
 * Fill in session or key, workspace and permissions of a call whose route is not public.
 * Leaves call->tx open in that workspace, also where it fails.
 * Errors: TY_E_UNAUTHENTICATED, TY_E_DENIED, TY_E_NOT_FOUND (workspace), ty_tx_*'s.
 */
enum ty_code ty_access_check(struct ty_api_call *call, struct ty_err *err) TY_MUST_CHECK;

/*
 * Begin call->tx and look for a session, on a public route that changes nothing without one.  call->session is
 * NULL where there is none.  Errors: ty_tx_*'s.
 */
enum ty_code ty_access_look(struct ty_api_call *call, struct ty_err *err) TY_MUST_CHECK;

/* A browser's request must come from our own pages. Errors: TY_E_DENIED. */
enum ty_code ty_access_check_origin(const struct ty_api_call *call,
				    struct ty_err *err) TY_MUST_CHECK;

/* TY_E_NOT_FOUND, the same whether it is not there or not the caller's. */
enum ty_code ty_access_no_workspace(struct ty_err *err);

#endif
