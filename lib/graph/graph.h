/*
 * graph.h -- a workflow as data: nodes, edges, and nothing that runs them.
 *
 * A graph is built once by ty_graph_parse() and is immutable afterwards, so
 * the API server, the validator and the engine can share one pointer.
 * Everything it owns lives in the arena given to parse; there is no free.
 *
 * Knows nothing of Postgres, Redis or HTTP (see docs/ARCHITECTURE.md, layers).
 */
#ifndef TY_GRAPH_GRAPH_H
#define TY_GRAPH_GRAPH_H

#include "base/defs.h"
#include "json/json.h"
#include "node/registry.h"

enum ty_on_error {
	TY_ON_ERROR_STOP,     /* the run fails */
	TY_ON_ERROR_CONTINUE, /* items that failed pass on through the first output with their error */
	TY_ON_ERROR_OUTPUT, /* failed items leave through the extra output "error" */
};

enum ty_backoff { TY_BACKOFF_EXPONENTIAL, TY_BACKOFF_LINEAR, TY_BACKOFF_FIXED };

struct ty_retry {
	int64_t tries; /* 1 = no retry */
	enum ty_backoff backoff;
	int64_t base_ms, max_ms;
	uint64_t on;  /* bits: 1 << enum ty_code; 0 = whatever may pass by itself */
	bool new_key; /* a call that got an answer is made again with a new Idempotency-Key */
};

enum ty_on_open { TY_ON_OPEN_FAIL, TY_ON_OPEN_WAIT };

struct ty_graph_node {
	size_t index; /* in the document */
	const char *id, *name, *type;
	int version;	      /* version that the document asks for */
	bool disabled;	      /* passes its input through */
	const json_t *params; /* object, borrowed from the document's copy */
	int64_t timeout_ms;
	enum ty_on_error on_error;
	bool once;	    /* gets the first item of each input only */
	bool always_output; /* an empty item goes on where the node gave none */
	struct ty_retry retry;
	enum ty_on_open on_open; /* action of a call that an open circuit breaker holds back */
	const struct ty_node_def *def; /* NULL where missing */
	enum ty_registry_match match;
	const struct ty_port
		*outputs; /* resolved; ends with NULL name; "error" added where on_error says so */
	size_t output_count, input_count;
	const struct ty_graph_node *loop; /* the innermost whose body it is part of; NULL = none */
};

struct ty_graph_edge {
	size_t index;
	const struct ty_graph_node *from, *to;
	size_t output, input; /* port indexes */
	bool is_back;	      /* from the body of the loop 'to' to it: the end of an iteration */
};

/*
 * Parse workflow JSON ({ nodes, edges, settings }) into 'arena'.  'doc' is
 * borrowed for the arena's life.  Only what keeps it from being a graph is an
 * error (shape, limits, duplicate ids, dangling edges, unknown ports); whether
 * it makes sense is ty_graph_validate's to say.
 * On TY_OK sets *ret_graph; on failure leaves it untouched and fills 'err'
 * with the JSON path of the first offending field.
 * Errors: TY_E_INVALID, TY_E_LIMIT.
 */
enum ty_code ty_graph_parse(struct ty_arena *arena, const struct ty_registry *registry,
			    const json_t *doc, const struct ty_graph **ret_graph,
			    struct ty_err *err) TY_MUST_CHECK;

/*
 * Read as much of a graph as there is, whatever is wrong with it, because drafts are derived from too.  Has
 * no order.  NULL where 'doc' is no workflow at all, or beyond the limits.
 */
const struct ty_graph *ty_graph_read(struct ty_arena *arena, const struct ty_registry *registry,
				     const json_t *doc);

/*
 * { node id: [{ name, label }] }: the outputs of nodes whose parameters make them, of whatever can be
 * read of 'doc'.  New reference.
 */
json_t *ty_graph_made_outputs(struct ty_arena *arena, const struct ty_registry *registry,
			      const json_t *doc);

/* settings.timeout_ms of a document, or its default: for who needs nothing else of it. */
int64_t ty_graph_read_timeout_ms(struct ty_arena *arena, const json_t *doc);

/*
 * Check the shape that every reader of drafts relies on: an object whose nodes and edges are lists and
 * whose settings are an object, where they are there.  Errors: TY_E_INVALID.
 */
enum ty_code ty_graph_check_draft(const json_t *doc, struct ty_err *err) TY_MUST_CHECK;
/* Is it a workflow at all, with a list of nodes? */
bool ty_graph_is_document(const json_t *doc);
/* The settings as the document has them, borrowed; NULL = none. */
const json_t *ty_graph_settings(const json_t *doc);
/* The i-th node of a draft that is to be rewritten, borrowed, whatever it is; NULL behind the last. */
json_t *ty_graph_draft_node(json_t *doc, size_t i);

size_t ty_graph_node_count(const struct ty_graph *graph);
const struct ty_graph_node *ty_graph_node_at(const struct ty_graph *graph, size_t i);
const struct ty_graph_node *ty_graph_node_find(const struct ty_graph *graph, const char *id);
const struct ty_graph_node *ty_graph_node_find_name(const struct ty_graph *graph, const char *name);
size_t ty_graph_edge_count(const struct ty_graph *graph);
const struct ty_graph_edge *ty_graph_edge_at(const struct ty_graph *graph, size_t i);
bool ty_graph_overlaps(const struct ty_graph *graph); /* settings.overlap is "reads" */
bool
ty_graph_is_lenient(const struct ty_graph *graph); /* settings.expression_errors is "undefined" */
int64_t ty_graph_timeout_ms(const struct ty_graph *graph);   /* settings.timeout_ms */
const char *ty_graph_timezone(const struct ty_graph *graph); /* settings.timezone, "UTC" */
/* settings.error_workflow: the id of the workflow that is started when a run fails; NULL = none. */
const char *ty_graph_error_workflow(const struct ty_graph *graph);
const char *
ty_graph_save(const struct ty_graph *graph); /* settings.save: "all", "errors", "none" */

/*
 * Nodes in topological, stable order (document order breaks ties), the body of each loop right
 * behind it.  NULL where a cycle or an edge across the border of a body forbids it: then 'err' says
 * which, if it is not NULL.
 */
const struct ty_graph_node *const *ty_graph_order(const struct ty_graph *graph, struct ty_err *err);

/* The live trigger that is started so; NULL where there is none, or more than one. */
const struct ty_graph_node *ty_graph_start_of(const struct ty_graph *graph,
					      enum ty_run_start start);
/*
 * The trigger at which a run of 'mode' (base/run_mode.def; may be NULL) begins: the node 'id', or, where
 * that is NULL or "", the workflow's only live one or the mode's own.
 * Errors: TY_E_NOT_FOUND (no such node), TY_E_INVALID (no live trigger, several that may be meant).
 */
enum ty_code ty_graph_start(const struct ty_graph *graph, const char *mode, const char *id,
			    const struct ty_graph_node **ret_node,
			    struct ty_err *err) TY_MUST_CHECK;

/*
 * stand_in.c: a copy of the document with a node of 'type', with these parameters, in the place of the node 'id', under
 * its id and name; failures are its items' own.  Owned by 'arena'; NULL = there is no such node.
 */
json_t *ty_graph_stand_in(struct ty_arena *arena, const json_t *document, const char *id,
			  const char *type, json_t *params);

/* ---- partial.c: a part of a workflow, for whoever edits it ---- */

enum ty_part { TY_PART_ALL, TY_PART_TO, TY_PART_ONLY, TY_PART_FROM };

struct ty_graph_part {
	enum ty_part kind;
	const char *node; /* id of the node; NULL where the kind is ALL */
};

/* By position in the document: what of a node's output is known without running it. */
struct ty_graph_known {
	const bool *pinned, *recorded;
};

/*
 * Say for each node, by position in the document, whether a partial run runs it, and whether it takes what is
 * known of it.  'start' is the trigger that the run would begin at; NULL = there is none.
 * Errors: TY_E_INVALID with the member ("to", "only", "from") as path: no such node, within a loop, or nothing
 * comes to it.
 */
enum ty_code ty_graph_part(const struct ty_graph *graph, const struct ty_graph_part *part,
			   const struct ty_graph_node *start, const struct ty_graph_known *known,
			   bool *ret_run, bool *ret_take, struct ty_err *err) TY_MUST_CHECK;

/* JSON Schema (2020-12) of the document, as text: lib/graph/workflow.schema.json. */
extern const char ty_graph_schema[];

/* Questions of the validator to the outside.  A NULL one is not checked. */
struct ty_validate_ops {
	/* Does this JavaScript compile?  'body' true for code that may 'return'. */
	enum ty_code (*script_check)(void *ctx, const char *script, bool body, struct ty_err *err);
	/* Type of the workspace's credential with that id; NULL = there is none. */
	const char *(*credential_type)(void *ctx, const char *credential_id);
	/* The reason, in words, why the workspace's workflow with that id cannot be started so; NULL =
	 * none. */
	const char *(*workflow_fault)(void *ctx, const char *workflow_id, enum ty_run_start start);
	/* Has the workspace a variable of that name?  Asked of each that a text names; NULL = the name is computed
	 * there, to which the answer is true. */
	bool (*variable_is_known)(void *ctx, const char *name);
	void *ctx;
};

/*
 * Everything that is wrong or odd with 'doc', all at once: array of
 * { "path", "node"?, "severity": "error"|"warning", "code", "message", "hint", "docs" },
 * owned by 'arena'.  'doc' may be any JSON value: shape errors are findings too.
 * Errors in this list forbid publishing; warnings do not.
 */
json_t *ty_graph_validate(struct ty_arena *arena, const struct ty_registry *registry,
			  const json_t *doc, const struct ty_validate_ops *ops,
			  bool *ret_has_errors);

#endif
