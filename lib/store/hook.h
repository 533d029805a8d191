/*
 * hook.h -- which workflow a request is for: the lookup before a workspace is known.
 *
 * Publishing writes the hooks (hook_admin.h); this only reads them.
 */
#ifndef TY_STORE_HOOK_H
#define TY_STORE_HOOK_H

#include "base/id.h"
#include "store/query.h"

struct ty_hook_row {
	struct ty_id workspace_id;
	int64_t workspace_max, depth_max, rate_per_s, quota_month;
	bool is_claimed; /* a published workflow claims the address; else the rest is empty */
	struct ty_id hook_id, workflow_id, version_id;
	const char *node_id;
	const char *verify; /* JSON: scheme, options, credential ids */
	int64_t timeout_ms, workflow_max;
};

/* 'path' without its leading '/'.  An exact method goes before '*'. */
void ty_store_hook_query(const char *workspace_slug, const char *method, const char *path,
			 struct ty_store_query *ret_query);
/* Owned by 'arena'.  Errors: TY_E_NOT_FOUND (no such workspace). */
enum ty_code ty_store_hook_decode(struct ty_arena *arena, const struct ty_rows *rows,
				  struct ty_hook_row *ret_hook, struct ty_err *err) TY_MUST_CHECK;

#endif
