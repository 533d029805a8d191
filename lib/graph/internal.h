/*
 * internal.h -- what the files of lib/graph share and nobody else sees.
 *
 * Parsing and validating are one reading of the document: read.c and edge.c build as
 * much of a graph as there is and report what they could not read.  ty_graph_parse
 * stops at the first such report, ty_graph_validate goes on with what was built.
 */
#ifndef TY_GRAPH_INTERNAL_H
#define TY_GRAPH_INTERNAL_H

#include "graph/finding.h"
#include "graph/graph.h"

#define TY_GRAPH_ID_BYTES   64	/* part of journal keys and paths */
#define TY_GRAPH_NAME_BYTES 128 /* as much as a canvas can show */

/* ---- finding.c ---- */

struct ty_graph_finding {
	enum ty_finding kind;
	const char *path, *node, *msg, *hint; /* node may be NULL */
	struct ty_graph_finding *next;
};

struct ty_graph_report {
	struct ty_arena *arena;
	struct ty_graph_finding *first, **last;
	size_t count, warning_count;
	size_t kind_counts[TY_FINDING__COUNT];
	size_t cut_count; /* found, but over the limit of findings */
	bool has_errors;
};

void ty_graph_report_init(struct ty_graph_report *report, struct ty_arena *arena);

/*
 * Add a finding.  'path' is copied, 'node' (an id) borrowed and may be NULL, 'hint' is
 * copied; NULL takes the kind's own.
 */
void ty_graph_report_add(struct ty_graph_report *report, enum ty_finding kind, const char *node,
			 const char *path, const char *hint, const char *fmt, ...) TY_PRINTF(6, 7);

/* All findings as JSON; owned by the report's arena. */
json_t *ty_graph_report_json(const struct ty_graph_report *report);

/* ---- the graph ---- */

struct ty_graph_loop {
	const struct ty_graph_node *node;
	bool *body;   /* by position in graph->nodes */
	size_t depth; /* 1 = in no other loop */
};

struct ty_graph {
	struct ty_arena *arena;
	const struct ty_registry *registry;
	struct ty_graph_node *nodes;
	size_t node_count;
	struct ty_graph_edge *edges;
	size_t edge_count;
	struct ty_map *by_id, *by_name;
	const struct ty_graph_node **order;	  /* NULL where there is none */
	const struct ty_graph_finding *unordered; /* the reason; NULL = there is an order */
	struct ty_graph_loop *loops;		  /* a loop before those within it */
	size_t loop_count;
	int64_t timeout_ms;
	bool overlaps, is_lenient;
	const char *timezone, *save;
	const char *error_workflow; /* NULL = none */
	const json_t *empty;	    /* {} for nodes without params */
	/* Edges by their first node: those of node i are out_edges[out_begin[i] .. out_begin[i+1]). */
	size_t *out_begin;
	const struct ty_graph_edge **out_edges;
};

/*
 * Read as much of 'doc' as there is.  NULL where it is no workflow at all; check the
 * report for errors in both cases.
 */
struct ty_graph *ty_graph_build(struct ty_arena *arena, const struct ty_registry *registry,
				const json_t *doc, struct ty_graph_report *report);

/* ---- read.c ---- */

void ty_graph_read_nodes(struct ty_graph *graph, const json_t *nodes,
			 struct ty_graph_report *report);
void ty_graph_read_settings(struct ty_graph *graph, const json_t *settings,
			    struct ty_graph_report *report);

/* ---- edge.c ---- */

void ty_graph_read_edges(struct ty_graph *graph, const json_t *edges,
			 struct ty_graph_report *report);
/* Index of 'name' in 'ports', -1 where there is none. */
int64_t ty_graph_port_find(const struct ty_port *ports, const char *name);

/* ---- loop.c ---- */

/* Fill graph->loops, and what nodes and edges know of them. */
void ty_graph_find_loops(struct ty_graph *graph);
/* Report edges across the border of a body, loops too deep, and loops that give nothing. */
void ty_graph_check_loops(const struct ty_graph *graph, struct ty_graph_report *report);
/* Is 'node' part of the body of 'loop', or of a loop within it? */
bool ty_graph_loop_has(const struct ty_graph *graph, const struct ty_graph_node *loop,
		       const struct ty_graph_node *node);

/* ---- order.c ---- */

/* Fill graph->order; what forbids one is reported to 'report' (may be NULL). */
void ty_graph_sort(struct ty_graph *graph, struct ty_graph_report *report);
/* Mark (true at their index) what can be reached from the nodes marked already. */
void ty_graph_reach(const struct ty_graph *graph, bool *marks);
/* Mark what 'node' can be reached from. */
void ty_graph_reach_back(const struct ty_graph *graph, const struct ty_graph_node *node,
			 bool *marks);

/* ---- member.c ---- */

/* Members that the schema does not have, that are refused, or whose data has another form. */
void ty_graph_check_members(const json_t *doc, struct ty_graph_report *report);

/* ---- refusal.c: see refusal.def ---- */

/* Report the member where it is refused; true where it was. */
bool ty_graph_refuse(const char *part, const char *name, const json_t *value, const char *node,
		     const char *path, struct ty_graph_report *report);

/* ---- check.c ---- */

/* Parameters, expressions, code and credentials of one node. */
void ty_graph_check_params(const struct ty_graph *graph, const struct ty_graph_node *node,
			   struct ty_validate_ops *ops, struct ty_graph_report *report);

#endif
