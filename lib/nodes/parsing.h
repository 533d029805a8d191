/*
 * parsing.h -- nodes whose files other people's parsers read or make (service "parse", in the jail of tyboo-parse).
 */
#ifndef TY_NODES_PARSING_H
#define TY_NODES_PARSING_H

#include "base/limits.h"
#include "node/node.h"

/* The row of a member "timeout_ms", of a node that has a parser read or make files. */
#define NODE_PARSE_TIME_ROW(owner)                                                                 \
	TY_ROW_INT(owner, timeout_ms, 10, TY_LIMIT_SANDBOX_MAX_MS, "Time limit",                   \
		   .flags = TY_PARAM_ADVANCED, .unit = "ms", .def = "10000",                       \
		   .help = "It is stopped when it has used so much CPU time for a call.")

/* The file 'name' of item i, borrowed; NULL with 'err' at parameter "file" where the item has none. */
const json_t *node_parse_file(struct ty_step *step, size_t i, const char *name, struct ty_err *err);

/* Question to a tool; the JSON is stolen. */
struct node_parse {
	const char *tool;
	json_t *options;
	json_t *files;		/* list of handles */
	json_t *items;		/* list of objects; NULL = none */
	const char *password;	/* of an expression; NULL or "" = none */
	const char *credential; /* id of one that has the password; NULL or "" = none */
	int64_t timeout_ms;
	bool is_next; /* call of the answer to another (ty_step_call_next) */
};
/* Make the call.  Equal files give equal files, so that it is made again where it is in doubt. */
enum ty_code node_parse_call(struct ty_step *step, const struct node_parse *ask,
			     struct ty_err *err) TY_MUST_CHECK;

/* is_safe of a node whose every call only reads. */
bool node_parse_reads(const struct ty_node_def *def, const json_t *params);

/* The answer's items; NULL with 'err' filled where it failed.  Borrowed; the step tells who computed it. */
const json_t *node_parse_items(struct ty_step *step, const struct ty_answer *answer,
			       struct ty_err *err);
/* The files of an answer's item as a "binary", beside those of input item 'beside' (SIZE_MAX = none).  New reference. */
json_t *node_parse_binary(struct ty_step *step, const json_t *item, size_t beside);

#endif
