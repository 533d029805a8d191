/*
 * partial.h -- what a partial run is started with, from what is known of its nodes.
 *
 * Known are the records of an earlier run, which ended in the same workflow, and pins: items that an author has put in
 * a node's place.  Memory: the graph's arena.
 */
#ifndef TY_ENGINE_PARTIAL_H
#define TY_ENGINE_PARTIAL_H

#include "base/defs.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "json/json.h"

struct ty_partial_known {
	const json_t *records; /* array, as a run keeps its steps; NULL = none */
	const char *run_id;    /* run that the records are of */
	/* { node id: [ { "json": {...} } ] }, of the first output; NULL = none.  Those of the document are an editor's,
	 * so that what no longer fits is left out. */
	const json_t *pins, *document_pins;
};

/* The two members for struct ty_run_spec. */
struct ty_partial {
	/* { "run": [node ids], "taken": [node ids], "start": id or null, "until": id or null } */
	json_t *partial;
	json_t *taken; /* records, in the graph's order; a run that was put down needs them no more */
	const struct ty_graph_node *start; /* NULL where no trigger is run */
	bool *run;			   /* by position in the document */
};

/*
 * 'mode' and 'trigger' are of the run, as ty_graph_start takes them.
 * Errors: TY_E_INVALID with the path of the member that is wrong: "to", "only", "from", "pins.<node>", "trigger".
 */
enum ty_code ty_partial_make(struct ty_arena *arena, const struct ty_graph *graph,
			     const struct ty_graph_part *part, const char *mode,
			     const char *trigger, const struct ty_partial_known *known,
			     struct ty_partial *ret_partial, struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_plan_new(), but a node that is wrong fails the runs that come to it when they are made, so that a part
 * of a draft can be run while another is being made.  Errors: TY_E_INVALID (no order).
 */
enum ty_code ty_plan_new_partly(struct ty_arena *arena, const struct ty_graph *graph,
				const struct ty_plan **ret_plan, struct ty_err *err) TY_MUST_CHECK;

#endif
