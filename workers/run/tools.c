/*
 * tools.c -- see tools.h.
 */
#include "tools.h"

#include "sandbox_pool.h"

static void *
tools_begin(void *ctx, const struct ty_id *workspace_id, const json_t *request,
	    struct ty_parcel_bytes *bytes, int64_t cpu_ms, ty_service_fn fn, void *fn_ctx)
{
	return sandbox_pool_submit_bytes(ctx, workspace_id, request, bytes, cpu_ms, fn, fn_ctx);
}

static void
tools_cancel(void *handle)
{
	sandbox_pool_cancel(handle);
}

static const struct ty_tool_io tools_io = { .begin = tools_begin, .cancel = tools_cancel };

void
tools_of(struct sandbox_pool *parsers, struct ty_service_means *means)
{
	means->tools = &tools_io;
	means->tools_ctx = parsers;
}
