/*
 * limits.h -- a workspace's limits in Postgres: columns of its row, as lib/base/limits.def names them.
 */
#ifndef TY_STORE_LIMITS_H
#define TY_STORE_LIMITS_H

#include "base/defs.h"
#include "base/id.h"
#include "base/limit_set.h"
#include "store/store.h"

/* The tx's workspace, or any over the owner's connection.  Errors: TY_E_NOT_FOUND. */
enum ty_code ty_store_workspace_limits(struct ty_tx *tx, const struct ty_id *workspace_id,
				       struct ty_limits *ret_limits,
				       struct ty_err *err) TY_MUST_CHECK;
/*
 * Change one; gives all as they are then.  The API's processes and the mirror see it within
 * seconds; jobs that wait already keep the concurrent limit that they came with.
 * Errors: TY_E_INVALID (out of its range), TY_E_NOT_FOUND.
 */
enum ty_code ty_store_workspace_limit_set(struct ty_tx *tx, const struct ty_id *workspace_id,
					  const struct ty_limit *limit, int64_t n,
					  struct ty_limits *ret_limits,
					  struct ty_err *err) TY_MUST_CHECK;

#endif
