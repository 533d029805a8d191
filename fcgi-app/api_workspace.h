/*
 * api_workspace.h -- workspaces as the API shows them.
 */
#ifndef TY_APP_API_WORKSPACE_H
#define TY_APP_API_WORKSPACE_H

#include "api.h"

/* The caller's workspaces: a person's memberships, or the key's one. Owned by the arena. */
enum ty_code api_workspaces_json(struct ty_api_call *call, json_t **ret_list,
				 struct ty_err *err) TY_MUST_CHECK;

#endif
