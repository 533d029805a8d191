/*
 * tools.h -- struct ty_tool_io over the worker's pool of tyboo-parse.
 */
#ifndef TY_RUN_TOOLS_H
#define TY_RUN_TOOLS_H

#include "service/service.h"

struct sandbox_pool;

/* Let services ask the processes of 'parsers', which outlive them. */
void tools_of(struct sandbox_pool *parsers, struct ty_service_means *means);

#endif
