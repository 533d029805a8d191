/*
 * tools.h -- struct ty_tool_io over the worker's pools of jailed parsers: tyboo-parse, and tyboo-pdf for its tool.
 */
#ifndef TY_RUN_TOOLS_H
#define TY_RUN_TOOLS_H

#include "service/service.h"

struct sandbox_pool;
struct ty_conf;
struct ty_log;
struct uv_loop_s;

struct tools {
	struct sandbox_pool *parsers, *pdfs;
};

void tools_open(struct tools *tools, struct uv_loop_s *loop, const struct ty_conf *conf,
		const struct ty_log *log);
void tools_close(struct tools *tools);

/* Let services ask the processes of 'tools', which outlives them. */
void tools_of(struct tools *tools, struct ty_service_means *means);

#endif
