/*
 * tools.c -- see tools.h.
 */
#include "tools.h"

#include "sandbox_pool.h"

#include "base/str.h"
#include "conf/conf.h"

void
tools_open(struct tools *tools, struct uv_loop_s *loop, const struct ty_conf *conf,
	   const struct ty_log *log)
{
	struct ty_sandbox_conf parse = { .path = conf->parse_path,
					 .share_dir = conf->share_dir,
					 .user = conf->sandbox_user };
	struct ty_sandbox_conf pdf = parse;

	pdf.path = conf->pdf_path;
	pdf.on_demand = true;
	tools->parsers = sandbox_pool_new(loop, &parse, 1, (size_t)conf->run_hot, log);
	/* Documents are seldom read, and a process that reads them is large. */
	tools->pdfs = sandbox_pool_new(loop, &pdf, 1, 1, log);
}

void
tools_close(struct tools *tools)
{
	sandbox_pool_free(tools->parsers);
	sandbox_pool_free(tools->pdfs);
}

static void *
tools_begin(void *ctx, const struct ty_id *workspace_id, const json_t *request,
	    struct ty_parcel_bytes *bytes, int64_t cpu_ms, ty_service_fn fn, void *fn_ctx)
{
	const struct tools *tools = ctx;
	bool is_pdf = ty_str_eq(ty_json_str(request, "tool", ""), "pdf");

	return sandbox_pool_submit_bytes(is_pdf ? tools->pdfs : tools->parsers, workspace_id,
					 request, bytes, cpu_ms, fn, fn_ctx);
}

static void
tools_cancel(void *handle)
{
	sandbox_pool_cancel(handle);
}

static const struct ty_tool_io tools_io = { .begin = tools_begin, .cancel = tools_cancel };

void
tools_of(struct tools *tools, struct ty_service_means *means)
{
	means->tools = &tools_io;
	means->tools_ctx = tools;
}
