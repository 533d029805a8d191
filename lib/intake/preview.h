/*
 * preview.h -- the values that expressions of a node would have, on data of an earlier run or pinned.
 *
 * An expression is computed as a run would: in a run of its own in which a node stands in the place of the one
 * that it is written in, and gives the value alone.  That node is pure, so the run asks for nothing but scripts, which
 * 'eval' answers at once.  Nothing is queued, journaled or recorded.
 *
 * First ty_preview_read(), with the transaction; then ty_preview_compute(), which needs none.
 */
#ifndef TY_INTAKE_PREVIEW_H
#define TY_INTAKE_PREVIEW_H

#include "base/defs.h"
#include "base/id.h"
#include "engine/partial.h"
#include "node/registry.h"
#include "store/store.h"

/* Expressions of one call: more than the form of a node shows. */
#define TY_PREVIEW_EXPRESSIONS_MAX 60
/* CPU time of the scripts of one call together: a person waits for it with each letter. */
#define TY_PREVIEW_CPU_MS 200
/* Text of a value that is shown whole; of a larger one its beginning. */
#define TY_PREVIEW_VALUE_BYTES 4096

/* Answer of a sandbox to one request (sandbox/message.h), owned by 'arena'. */
typedef enum ty_code (*ty_preview_eval_fn)(void *ctx, struct ty_arena *arena, const json_t *request,
					   json_t **ret_answer, struct ty_err *err);

/* All borrowed. */
struct ty_preview_ask {
	const struct ty_registry *registry;
	struct ty_id workspace_id, workflow_id;
	const char *workflow_name;
	const json_t *graph;	   /* document of the draft */
	const char *node;	   /* id of the node in it */
	const json_t *expressions; /* { name: text that begins with "=" } */
	size_t item;		   /* index among the node's input items */
	const char *source_run_id; /* "" or NULL = none */
	const json_t *pins;	   /* NULL = those of the document alone */
};

struct ty_preview;

/*
 * Find what the expressions see, and load it; owned by the tx's arena.
 * Errors: those of ty_trigger_partial, with its paths; TY_E_INVALID at "node" and "expressions".
 */
enum ty_code ty_preview_read(struct ty_tx *tx, const struct ty_preview_ask *ask,
			     const struct ty_preview **ret_preview,
			     struct ty_err *err) TY_MUST_CHECK;

/*
 * { "items": number of input items, "values": { name: { "value": any } or { "text": beginning of the JSON, "bytes" } or
 * { "error": { "message", "hint", "line"?, "column"? } } } }, owned by 'arena'.
 */
json_t *ty_preview_compute(struct ty_arena *arena, const struct ty_preview *preview,
			   ty_preview_eval_fn eval, void *ctx);

#endif
