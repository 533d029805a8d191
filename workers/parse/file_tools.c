/*
 * file_tools.c -- the file tools of tyboo-parse.
 */
#include "file_tool.h"

const struct file_tool *const file_tools[] = {
	&file_tool_archive,
	&file_tool_ical,
	&file_tool_xlsx,
	NULL,
};
