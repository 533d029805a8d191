/*
 * version.h -- what a worker loads for a run: the graph of a version.
 */
#ifndef TY_STORE_VERSION_H
#define TY_STORE_VERSION_H

#include "base/id.h"
#include "store/query.h"

struct ty_version_row {
	struct ty_id workflow_id;
	int64_t number;
	const char *workflow_name;
	const char *graph; /* JSON text, as its author saved it */
};

/* A version never changes: a plan made from it may be kept for as long as the process lives. */
void ty_store_version_query(const struct ty_id *workspace_id, const struct ty_id *version_id,
			    struct ty_store_query *ret_query);
/* Owned by 'arena'.  Errors: TY_E_NOT_FOUND (not in this workspace). */
enum ty_code ty_store_version_decode(struct ty_arena *arena, const struct ty_rows *rows,
				     struct ty_version_row *ret_version,
				     struct ty_err *err) TY_MUST_CHECK;

/* The name that a workflow has now.  Owned by 'arena'.  Errors: TY_E_NOT_FOUND. */
void ty_store_workflow_name_query(const struct ty_id *workspace_id, const struct ty_id *workflow_id,
				  struct ty_store_query *ret_query);
enum ty_code ty_store_workflow_name_decode(struct ty_arena *arena, const struct ty_rows *rows,
					   const char **ret_name, struct ty_err *err) TY_MUST_CHECK;

#endif
