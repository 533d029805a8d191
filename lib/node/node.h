/*
 * node.h -- what a node is and what it may do.
 *
 * A node is one const struct (node/def.h): its type, its parameter table, its ports, what starts
 * it, whether it is pure, and an exec function.  It sees typed parameters and items, and
 * emits items; it never sees an expression, a socket, a clock or a secret.
 *
 * How to add one, say acme.ping:
 *
 *	lib/nodes/acme_ping.c              comment, struct of its parameters, definition
 *	                                   (ty_node_acme_ping, begun by TY_NODE_HEAD), functions
 *	lib/nodes/nodes.def                the line X(acme_ping), sorted
 *	tests/unit/nodes/                  a test with support/fake_step.h
 *	docs/WORKFLOWS.md                  its row in the table of nodes
 *
 * Build list, registry, validator, catalog, form and OpenAPI document are printed from these.
 * lib/nodes/core_if.c is the shortest with a parameter, http_request.c one that makes calls.
 *
 * What a node cannot do at once it asks the engine for, and is resumed:
 *
 *	exec() -> ty_step_call(...) or ty_step_eval(...)     returns TY_OK
 *	  ... the engine suspends the step, other runs go on ...
 *	resume(step, answer) once per request, in request order
 *
 * A pure node may be asked before its turn, while steps before it are still open, and so may one whose
 * calls only read: 'is_safe' of its definition says that of its parameters.  One that waits or answers
 * the caller has TY_NODE_IN_TURN.
 *
 * A step with no request outstanding after exec/resume is finished.  Requests of
 * an effectful node are journaled by the engine (intent before, answer after):
 * a node needs no code for that, and after a crash its resume() is simply given
 * the recorded answer.
 *
 * Knows nothing of Postgres, Redis, curl, FastCGI or libuv.
 */
#ifndef TY_NODE_NODE_H
#define TY_NODE_NODE_H

#include "base/defs.h"
#include "base/err.h"
#include "json/json.h"
#include "node/def.h"

/* An answer to one request of a step. */
struct ty_answer {
	size_t request;		  /* number given when it was asked: 0, 1, 2 ... within the step */
	void *tag;		  /* the pointer the node handed in with the request */
	size_t item;		  /* input item that each() asked for; SIZE_MAX = none */
	const json_t *value;	  /* borrowed for the call; NULL where it failed */
	const struct ty_err *err; /* NULL where it succeeded */
};

/* ---- what a step may do: implemented by the engine ---- */

/* The step's arena: lives until the step has ended. */
struct ty_arena *ty_step_arena(struct ty_step *step);

/* state_size zeroed bytes that live as long as the step. */
void *ty_step_state(struct ty_step *step);

/* The definition's 'ctx'. */
const void *ty_step_ctx(const struct ty_step *step);

/* Items of the first input port ("main").  An item is { "json": {...}, "binary"?, "from"? }. */
size_t ty_step_input_count(const struct ty_step *step);
/* The item's "json" (borrowed), payload references of its members resolved. */
const json_t *ty_step_json(struct ty_step *step, size_t i);
const json_t *ty_step_item(struct ty_step *step, size_t i); /* as it is, references kept */

/* Items of any input port, by its index in def->inputs. */
size_t ty_step_port_count(const struct ty_step *step, size_t port);
const json_t *ty_step_port_json(struct ty_step *step, size_t port, size_t i);
const json_t *ty_step_port_item(struct ty_step *step, size_t port, size_t i);

/*
 * Typed parameters resolved for input item i (0 is valid with no items too). Never NULL.  A node
 * without each() works on the list as a whole: it has those of the first item, whatever i.
 */
const void *ty_step_params(struct ty_step *step, size_t i);

/* The parameters as the author wrote them, expressions as their text; borrowed. */
const json_t *ty_step_raw_params(const struct ty_step *step);

/* Pass input item i of the first port on unchanged. Errors: TY_E_LIMIT. */
enum ty_code ty_step_pass(struct ty_step *step, size_t out, size_t i,
			  struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_step_port_pass(struct ty_step *step, size_t out, size_t port, size_t i,
			       struct ty_err *err) TY_MUST_CHECK;

#define TY_FROM_NONE SIZE_MAX
/*
 * Emit a new item whose "json" is 'json' (steals the reference; must be an
 * object), made from input item 'from' (TY_FROM_NONE for none).  Errors: TY_E_LIMIT,
 * TY_E_INVALID (not an object).
 */
enum ty_code ty_step_emit(struct ty_step *step, size_t out, json_t *json, size_t from,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_step_emit() with files: 'binary' (steals; { name: handle }, blob/blob.h).  A handle is one that a
 * service gave or an input item of the step has; anything else that claims to be one is data.
 */
enum ty_code ty_step_emit_files(struct ty_step *step, size_t out, json_t *json, json_t *binary,
				size_t from, struct ty_err *err) TY_MUST_CHECK;
/*
 * Handles of the files that code names ({ name: { "id" } }): those of the step's input items, that of item
 * 'likely' first.  New reference.  Errors: TY_E_INVALID (no item has such a file).
 */
enum ty_code ty_step_files_named(struct ty_step *step, const json_t *view, size_t likely,
				 json_t **ret_binary, struct ty_err *err) TY_MUST_CHECK;
/* The handle of file 'name' of item i of the first port; NULL = it has none.  Borrowed. */
const json_t *ty_step_file(const struct ty_step *step, size_t i, const char *name);

/* An item made from several: pairs of { input port, index }. */
struct ty_from {
	size_t port, item;
};
enum ty_code ty_step_emit_from(struct ty_step *step, size_t out, json_t *json,
			       const struct ty_from *from, size_t count,
			       struct ty_err *err) TY_MUST_CHECK;
enum ty_code ty_step_emit_files_from(struct ty_step *step, size_t out, json_t *json, json_t *binary,
				     const struct ty_from *from, size_t count,
				     struct ty_err *err) TY_MUST_CHECK;

/* The item that is at fault, for the error record: set before returning an error. */
void ty_step_blame(struct ty_step *step, size_t item);

/*
 * Tell whoever reads the run what went otherwise than the author may think, though nothing failed:
 * { "code", "text" } in the step's "notices".  One that says the same is kept once, and at most 20.
 * Kept out of the digest, so that a notice may depend on the machine; a failed step keeps its own.
 */
void ty_step_notice(struct ty_step *step, const char *code, const char *fmt, ...) TY_PRINTF(3, 4);

/* A further member of that record (steals 'value'): what a failed server answered, say. */
void ty_step_error_detail(struct ty_step *step, const char *key, json_t *value);
/* ty_step_error_detail(), but not in runs that began by the rules of a release without it
 * (engine/digest.h, version 5). */
void ty_step_error_more(struct ty_step *step, const char *key, json_t *value);

/* Treatment of an attempt in doubt (sent, answer not recorded, worker died). */
enum ty_in_doubt {
	TY_IN_DOUBT_STOP,   /* the run stops as in doubt */
	TY_IN_DOUBT_REPEAT, /* safe to send again with the same Idempotency-Key */
};

/* A request to a service (service/service.h). */
struct ty_call {
	const char *service; /* name of the service: "http" */
	json_t *request;     /* JSON that the service describes (http's: net/http.h) */
	/* Id of the credential to do it with; NULL or "" = none.  Node and engine have no more of it:
	 * the worker opens it when the call is made, and the service applies it. */
	const char *credential;
	enum ty_in_doubt in_doubt;
	int64_t timeout_ms;    /* 0 = the node's limit, which also bounds a longer one */
	const char *node_type; /* set by the engine: whose call it is */
	void *tag;	       /* comes back with the answer */
	const char *key;       /* the engine's: of its journal entry, NULL where it has none */
};

/*
 * Make a call.  'call' is copied, its request stolen.  Request and answer are JSON, so that the
 * answer can be journaled.  The engine adds "idempotency_key" to an effect's request.
 */
enum ty_code ty_step_call(struct ty_step *step, const struct ty_call *call,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * Evaluate user code over the input items in the sandbox.  Each item is there as
 * $json; 'each' runs it once per item.  The answer is an array of
 * { "json": object, "from"?: index or [indexes] } (each: in item order) in answer->value; what
 * fails for one item under 'each' is that item's alone, and the node is not told.
 * 'timeout_ms' is of CPU time; 0 = TY_LIMIT_SANDBOX_MS.
 */
enum ty_code ty_step_eval(struct ty_step *step, const char *code, bool each, int64_t timeout_ms,
			  void *tag, struct ty_err *err) TY_MUST_CHECK;

/*
 * Be resumed at 'at_ms' (wall clock) with a NULL value.  A run that does nothing but wait, and for
 * more than TY_LIMIT_PARK_MS, is put down meanwhile: then exec() is called again, and has to ask
 * the same.
 */
enum ty_code ty_step_wait(struct ty_step *step, int64_t at_ms, void *tag,
			  struct ty_err *err) TY_MUST_CHECK;

/*
 * ty_step_wait() that a call from outside ends before, if it shows the token: the value is then what the
 * call brought, and JSON's null where nobody called in time.  'token_hash' is 64 hex digits of the token's
 * SHA-256, because the token itself is kept nowhere; when the run is taken up the hash of the first time
 * counts.  NULL: the address is that of the node in its frame, $execution.resumeUrl, of which a step has
 * one.
 * Errors: TY_E_LIMIT, TY_E_UNAVAILABLE (there are no such addresses).
 */
enum ty_code ty_step_wait_call(struct ty_step *step, int64_t at_ms, const char *token_hash,
			       void *tag, struct ty_err *err) TY_MUST_CHECK;

/*
 * Run the body of a node with TY_NODE_LOOP once for each 'size' items of the input, in order; called last
 * in its exec.  Items that come back to the node leave through TY_LOOP_DONE.
 */
void ty_step_loop(struct ty_step *step, size_t size);
/*
 * ty_step_loop() with all of the input as one iteration.  Then exec() is called again, with the items that
 * came back as its input and parameters made from them.  The loop is over once exec() does not ask for it
 * again, or nothing came back: the items that came back last leave through TY_LOOP_DONE, and those that
 * exec() emits are ignored.
 */
void ty_step_repeat(struct ty_step *step);
/* Iterations that have gone before, as exec() is called for a loop. */
size_t ty_step_iteration(const struct ty_step *step);

/* Does the run go by a published version, as all do that begin by themselves?  Runs by hand leave no trace in what is
 * kept for those. */
bool ty_step_is_published(const struct ty_step *step);

/* Id of the node in its document; borrowed. */
const char *ty_step_node_id(const struct ty_step *step);

/* Milliseconds of the step's own clock (recorded, so a replay sees the same). */
int64_t ty_step_now_ms(const struct ty_step *step);

/* Name of the workflow's time zone, "UTC" where this machine does not know it; borrowed. */
const char *ty_step_timezone(const struct ty_step *step);

/*
 * The run's chance for input item i: 64 hex digits, the same whenever the step is computed again, and
 * others for each item, attempt and step.
 */
#define TY_CHANCE_SIZE 65
void ty_step_chance(const struct ty_step *step, size_t i, char out[TY_CHANCE_SIZE]);

/*
 * The run's answer to its trigger (steals): { "status": int, "headers": {}, "kind": "json" | "text" | "file" | "none",
 * "body"? (of json and text), "file"? (a handle) }.  Only the first one counts.
 */
enum ty_code ty_step_respond(struct ty_step *step, json_t *response,
			     struct ty_err *err) TY_MUST_CHECK;

#endif
