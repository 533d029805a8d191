/*
 * compiled.h -- what a plan consists of: nodes with their parameters taken apart.
 *
 * Made by plan.c and template.c, immutable afterwards.  Memory: the plan's arena; constants
 * are borrowed from the graph.
 */
#ifndef TY_ENGINE_COMPILED_H
#define TY_ENGINE_COMPILED_H

#include "engine/engine.h"
#include "expr/expr.h"

enum template_kind { TEMPLATE_CONST, TEMPLATE_HOLE, TEMPLATE_OBJECT, TEMPLATE_ARRAY };

/* Raw parameters with a hole for each expression. */
struct template
{
	enum template_kind kind;
	const char *key;		 /* within an object */
	json_t *value;			 /* CONST: borrowed from the graph */
	size_t hole;			 /* HOLE: index into plan_node.holes */
	const struct template *children; /* OBJECT, ARRAY */
	size_t count;
};

#define HOLE_PLAIN SIZE_MAX

struct condition;

struct hole {
	const struct ty_expr *expr;	   /* NULL: a script of our own, or a verdict */
	const char *code;		   /* script that the sandbox is asked */
	const struct condition *condition; /* condition whose verdict the hole is; NULL = none */
	const char *shown; /* "={{ ... }}" for a trace; of a secret it says only that it is one */
	const char *path;  /* "rules[1].condition" */
	const struct ty_param *row; /* row of the whole value; NULL: it may give anything */
	size_t script;		    /* index into the step's scripts; HOLE_PLAIN for none */
	bool per_item;		    /* may differ between items */
	bool is_json_text;	    /* a template by ty_expr_json_text() */
	bool keeps_odd;		    /* NaN is a number here, and not null */
};

/* An expression that is computed when the node asks for it (TY_PARAM_LATE). */
struct late {
	const char *name; /* of the parameter */
	const char *code;
};

struct plan_node {
	const struct ty_graph_node *node;
	size_t place;  /* in ty_graph_order() */
	size_t loop;   /* place of the innermost loop around it; SIZE_MAX */
	size_t end;    /* place behind it and its body */
	size_t linked; /* place of the wait whose address its $execution has; SIZE_MAX = none */
	const struct ty_graph_edge *const *in; /* incoming edges in document order */
	size_t in_count;
	const struct ty_graph_edge *const *back; /* edges that end an iteration of the loop */
	size_t back_count;
	const struct template *params;
	const struct hole *holes;
	size_t hole_count, script_count;
	const struct late *late;
	size_t late_count;
	const char *const *names; /* nodes that the scripts refer to, each once */
	size_t name_count;
	bool per_item;	     /* any hole is */
	bool reads;	     /* a step of it may begin before its turn, past others that read */
	unsigned asks;	     /* facts that its texts ask about (facts.c) */
	bool needs_all;	     /* every node before it is an input */
	bool reckons;	     /* a name that its scripts reckon may be any node's */
	const size_t *named; /* places of further inputs in its frame, besides those of its edges */
	size_t named_count;
	const struct ty_err *fault; /* reason why it cannot be run; NULL = it can */
	const void *bound;	    /* no holes: bound once for all runs; else NULL */
	json_t *id, *name, *type, *version, *notice; /* for records; notice may be NULL */
	json_t *skipped;			     /* notices of a step that nothing came to */
};

struct ty_plan {
	const struct ty_graph *graph;
	struct plan_node *nodes; /* in ty_graph_order() */
	size_t count;
	size_t *place;		    /* graph index -> place */
	const struct ty_err *fault; /* fault of the first node that cannot be run; NULL = all can */
	bool has_loops;
	const json_t *vars;	 /* names of variables that its runs may ask for; NULL = none */
	const json_t *libraries; /* names of libraries that its code may ask for; NULL = none */
	json_t *empty_item;	 /* { "json": {} } */
	json_t *timezone;
	bool is_zone_known; /* on this machine: told in a notice, part of no digest */
};

/* The template of a node's parameters; holes are appended to 'node'. */
enum ty_code template_compile(struct ty_arena *arena, const struct ty_graph *graph,
			      struct plan_node *node, struct ty_err *err);
/* New reference; values[hole] borrowed, NULL = undefined: its key is left out. */
json_t *template_fill(const struct template *t, json_t *const *values);

#endif
