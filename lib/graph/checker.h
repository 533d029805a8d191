/*
 * checker.h -- what the files that check one node's parameters share: the place that is looked at,
 * and what can be said of an expression, a script or a text that stands there.
 */
#ifndef TY_GRAPH_CHECKER_H
#define TY_GRAPH_CHECKER_H

#include "graph/internal.h"

struct checker {
	const struct ty_graph *graph;
	const struct ty_graph_node *node;
	struct ty_validate_ops *ops;
	struct ty_graph_report *report;
	bool *before;	/* nodes that run before this one; NULL until asked for */
	char path[256]; /* path of the value at hand: "nodes[1].params.rules[0]" */
	size_t path_len;
};

/* Go one step down the path; gives what checker_pop() takes to come back.  Cut to fit. */
size_t checker_push(struct checker *c, const char *name, size_t index);
void checker_pop(struct checker *c, size_t before);

void checker_expr(struct checker *c, const char *src);
/* A text that looks like an expression and is none. */
void checker_literal(struct checker *c, const json_t *value);
/* Compile a script ('body': code) and report what its grammar forbids as 'kind'. */
void checker_script(struct checker *c, enum ty_finding kind, const char *script, bool body);

/* ---- check_condition.c ---- */

/* The sides and patterns of a typed condition, an object. */
void checker_condition(struct checker *c, const json_t *value);

#endif
