/*
 * into.h -- nodes that make a value of one that an item has, and put it into a field of the item.
 *
 * One item out for one in: other fields stay as they are, and so do files.
 */
#ifndef TY_NODES_INTO_H
#define TY_NODES_INTO_H

#include "base/limits.h"
#include "node/node.h"
#include "nodes/path.h"

/* The row of a member "into" of struct 'owner'. */
#define NODE_INTO_ROW(owner, field)                                                                \
	TY_ROW_STRING(owner, into, 500, "Field for the result", .def = field,                      \
		      .help = "What the item has there is replaced; its other fields stay. Dots "  \
			      "lead into objects.")

/* The row of a member "field": where in the item the text is that a parser reads. */
#define NODE_FIELD_ROW(owner)                                                                      \
	TY_ROW_STRING(owner, field, 500, "Field with the text", .def = "data",                     \
		      .help = NODE_PATH_HELP)
/* The row of a member "timeout_ms", of a node that calls a parser. */
#define NODE_TOOL_TIME_ROW(owner)                                                                  \
	TY_ROW_INT(owner, timeout_ms, 10, TY_LIMIT_SANDBOX_MAX_MS, "Time limit",                   \
		   .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "5000",                        \
		   .help = "It is stopped when it has used so much CPU time for all items.")

/*
 * Checks of a definition whose table has these rows.  A row "value" has to be written, though it may come out
 * as an empty text, which TY_PARAM_REQUIRED would refuse.
 */
void node_into_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		     void *ctx);
void node_into_advise(const struct ty_node_def *def, const json_t *params,
		      ty_param_finding_fn found, void *ctx);

/* Emit item i through output 'out' with 'value' (steals) at the path 'into'.  Errors: TY_E_LIMIT. */
enum ty_code node_into_emit_to(struct ty_step *step, size_t out, size_t i, const char *into,
			       json_t *value, struct ty_err *err) TY_MUST_CHECK;
/* node_into_emit_to() of the first output. */
enum ty_code node_into_emit(struct ty_step *step, size_t i, const char *into, json_t *value,
			    struct ty_err *err) TY_MUST_CHECK;

/*
 * Have a tool read the text at the path "field" of 'options' (stolen) of each item, for node_into_answer().
 * Errors: those of ty_step_tool_texts().
 */
enum ty_code node_into_ask(struct ty_step *step, const char *tool, json_t *options,
			   int64_t timeout_ms, struct ty_err *err) TY_MUST_CHECK;

/*
 * Emit what a tool that reads a field gave for each item (ty_step_tool with 'each'): its "value" at the path
 * 'into' of the item it was made from.  Errors: the answer's; TY_E_LIMIT.
 */
enum ty_code node_into_answer(struct ty_step *step, const struct ty_answer *answer,
			      const char *into, struct ty_err *err) TY_MUST_CHECK;

/*
 * The text that parameter 'name' gives: a text, a number or a yes or no, as text.  Owned by 'arena' or
 * borrowed from 'value'.  Errors: TY_E_INVALID (missing, an object, a list).
 */
enum ty_code node_into_text(struct ty_arena *arena, const json_t *value, const char *name,
			    const char **ret_text, size_t *ret_len,
			    struct ty_err *err) TY_MUST_CHECK;

/* A text of 'len' bytes as a value (new reference).  Errors: TY_E_INVALID (they are no UTF-8, or have a NUL). */
enum ty_code node_into_string(const void *bytes, size_t len, json_t **ret_value,
			      struct ty_err *err) TY_MUST_CHECK;

#endif
