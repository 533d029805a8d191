/*
 * partial.h -- what a partial run is started with, from what is known of its nodes.
 *
 * Known are the records of an earlier run, which ended in the same workflow, and pins: items that an author has put in
 * a node's place.  Memory: the graph's arena.
 */
#ifndef TY_ENGINE_PARTIAL_H
#define TY_ENGINE_PARTIAL_H

#include "base/defs.h"
#include "graph/graph.h"
#include "json/json.h"

struct ty_partial_known {
	const json_t *records; /* array, as a run keeps its steps; NULL = none */
	const char *run_id;    /* of the run that they are of */
	/* { node id: [ { "json": {...} } ] }, of the first output; NULL = none.  Those of the document are an editor's,
	 * so that what no longer fits is left out. */
	const json_t *pins, *document_pins;
};

/* Both are for struct ty_run_spec. */
struct ty_partial {
	json_t *partial;
	json_t *taken;			   /* in the graph's order */
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

#endif
