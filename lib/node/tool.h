/*
 * tool.h -- having other people's parsers read what a step was given; implemented by the engine.
 */
#ifndef TY_NODE_TOOL_H
#define TY_NODE_TOOL_H

#include "node/node.h"

/*
 * Have a parser of other people's (a tool of workers/parse, by its name) read the input items:
 * with 'each' once per item, else once with the list of all.  'options' is stolen.  What comes
 * back and how single items fail is as with ty_step_eval; the step's notices name the tool.
 */
enum ty_code ty_step_tool(struct ty_step *step, const char *tool, json_t *options, bool each,
			  int64_t timeout_ms, void *tag, struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_step_tool() with 'each' for a tool that reads a text alone: 'texts' has one for each input item, null where there
 * is none, and false where it is no text; 'options' name the field that they are from.  Both are stolen.  Nothing else
 * of the items is sent, which is most of what a small text costs.
 */
enum ty_code ty_step_tool_texts(struct ty_step *step, const char *tool, json_t *options,
				json_t *texts, int64_t timeout_ms, void *tag,
				struct ty_err *err) TY_MUST_CHECK;

#endif
