/*
 * engine.h -- walks a graph, one run at a time, and nothing else.
 *
 * The engine does no I/O: whatever a run needs from the world it asks for
 * through struct ty_engine_ops and is told the answer by a ty_run_*_done call,
 * at once (from within the op) or later.  So a whole workflow runs in a unit
 * test, and one worker process carries hundreds of runs.
 *
 * Invariants:
 *   (1) Steps of a run end one at a time, in the graph's stable topological order, whether some that
 *       only read had begun before their turn or not:
 *       same plan + same trigger + same journal gives the same bytes (digest).
 *   (2) A call of an effectful node is made only after its intent is journaled, and
 *       its answer is used only after it is journaled.  So is what a machine decides about
 *       any node: its deadline, and a sandbox that gives no answer.
 *   (3) ops->finished is called exactly once per started run; nothing is called after.
 *   (4) Only run_finish() (run.c) sets a run's final status.
 *
 * Ownership: a run's memory is its own arena (child of the one given); its result
 * is valid until ty_run_free.
 */
#ifndef TY_ENGINE_ENGINE_H
#define TY_ENGINE_ENGINE_H

#include "base/crash.h"
#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "engine/digest.h"
#include "graph/graph.h"

/* ---- plan: a graph made ready to run; immutable, shared, cached by version id ---- */

/*
 * Compile: parse every expression, list the scripts.  'arena' owns the plan.
 * Errors: TY_E_INVALID for what ty_graph_validate calls an error, first one only.
 */
enum ty_code ty_plan_new(struct ty_arena *arena, const struct ty_graph *graph,
			 const struct ty_plan **ret_plan, struct ty_err *err) TY_MUST_CHECK;
const struct ty_graph *ty_plan_graph(const struct ty_plan *plan);
/* Does a text of it name $workflow?  Whoever begins a run keeps the name then (journal_entry.h). */
bool ty_plan_names_workflow(const struct ty_plan *plan);

/* ---- what a run asks of the world ---- */

/* The address that ends a wait, and what is stored of the token in it. */
struct ty_resume_link {
	const char *url;
	char token_hash[65]; /* SHA-256, hex */
};

/* A token of eval and call is of one step where these bits are the same. */
#define TY_TOKEN_STEP_SHIFT 24

/* Begin one evaluation; request and answer are those of sandbox/message.h. */
struct ty_engine_ops {
	/* Wall clock.  Called once per journaled answer and for step timings only. */
	int64_t (*now_ms)(void *ctx);

	/* Evaluate in the sandbox; answer with ty_run_eval_done.  'request' is borrowed
	 * until then. */
	void (*eval)(void *ctx, struct ty_run *run, uint64_t token, const json_t *request,
		     int64_t timeout_ms);

	/* Perform a call of a service; answer with ty_run_call_done.  'call' is borrowed until then;
	 * its timeout_ms is set, its credential NULL where there is none. */
	void (*call)(void *ctx, struct ty_run *run, uint64_t token, const struct ty_call *call);

	/* Record durably that effect 'key' is about to be attempted (TY_JOURNAL_INTENT) or what
	 * came of it (TY_JOURNAL_ANSWER, 'answer' borrowed); then ty_run_journal_done. */
	void (*journal)(void *ctx, struct ty_run *run, uint64_t token,
			const struct ty_journal_entry *entry);

	/* Ask for ty_run_wake at 'at_ms' (wall clock), never from within; replaces an earlier; 0 = none. */
	void (*wake_at)(void *ctx, struct ty_run *run, int64_t at_ms);

	/* Forget outstanding requests of this run (timeout, cancel): no done call must follow. */
	void (*abandon)(void *ctx, struct ty_run *run, uint64_t token);

	/* Forget a request whose node's time is over, because it gave no answer in time. */
	void (*expire)(void *ctx, struct ty_run *run, uint64_t token);

	/* The address that ends the wait of 'node' in the frame with that path ("": the root), owned by
	 * 'arena': always the same for these three.  NULL, or false, where there are no addresses. */
	bool (*resume_link)(void *ctx, const struct ty_run *run, struct ty_arena *arena,
			    const char *frame, const char *node, struct ty_resume_link *ret_link);

	/* Tell that TY_LIMIT_PIECE_STEPS or _BYTES of records wait for ty_run_take_steps; may be NULL.  Told again
	 * at each further one until they are taken; ty_run_take_steps may be called from here. */
	void (*steps_ready)(void *ctx, struct ty_run *run);

	/* Tell that ty_run_park would do; may be NULL.  Told at each such rest; park and free only later. */
	void (*may_park)(void *ctx, struct ty_run *run);

	/* Tell the run's answer (frozen, the run's) to its caller; again when it goes on after a park.  May be NULL. */
	void (*responded)(void *ctx, struct ty_run *run, const json_t *response);
	/* The run is over; ty_run_result is valid until ty_run_free, which may be called from here. */
	void (*finished)(void *ctx, struct ty_run *run);
};

/* ---- a run ---- */

enum ty_status {
	TY_STATUS_OK,
	TY_STATUS_ERROR,
	TY_STATUS_SKIPPED,
	TY_STATUS_WAITING,
	TY_STATUS_TIMEOUT,
	TY_STATUS_CANCELED,
	TY_STATUS__COUNT
};
const char *ty_status_name(enum ty_status status); /* "ok", "error", ... */

/*
 * A run again of another whose id, clock and journal the spec has (replay.c).  It only computes: nothing but
 * code is asked of the world, waits end at once.  PROOF: the same version, whose digest must come out.
 * WHAT_IF: another version, as far as the journal answers what that asks.
 */
enum ty_replay { TY_REPLAY_NO, TY_REPLAY_PROOF, TY_REPLAY_WHAT_IF };

struct ty_run_spec {
	struct ty_id run_id, workspace_id, workflow_id, version_id;
	const char *workflow_name;  /* as the run began */
	const struct ty_plan *plan; /* must outlive the run */
	const char *start_node;	    /* id of the trigger; NULL = as ty_graph_start says */
	const char *mode;	    /* a name of base/run_mode.def */
	int64_t accepted_at_ms;	    /* the run's clock starts here */
	const json_t *input; /* array of items for the trigger; borrowed for the run's life */
	/* Entries of an earlier attempt: [{ "key", "at_ms", "answer": {...}|null, "request_digest"? }], borrowed; NULL = none. */
	const json_t *journal;
	enum ty_replay replay;
	/* PROOF of a run that was ended from outside (canceled, its time was over): its error, and when; borrowed. */
	const json_t *ended;
	int64_t ended_at_ms;
	/* Answers to the effects of another run: [{ "key", "request_digest"?, "answer": {...}|null }], borrowed; NULL =
	 * none.  A call that asks the same takes the answer that ended well as its own, and is not made. */
	const json_t *source;
	const json_t *partial, *taken; /* for a partial run (partial.h); NULL = all runs */
	/* By whose rules the run goes (digest.h); a run that was put down knows.  0 = the newest. */
	unsigned digest_version;
	const json_t *vars, *libraries,
		*statics;	    /* of the run's beginning; borrowed, NULL = none */
	struct ty_crash_run *crash; /* told which node is worked on; NULL = nobody asks */
	/* State of a run that was put down, the records of its live frames (at least), and the values
	 * that both refer to.  NULL and 0 = a run from its start.  'steps' may go after ty_run_new. */
	const json_t *parked, *steps;
	const struct ty_payload *parked_payloads;
	size_t parked_payload_count;
};

/* A value over TY_LIMIT_INLINE_VALUE_BYTES that left the run: content-addressed. */
struct ty_payload {
	char hash[65];	  /* SHA-256 of 'data', hex */
	const char *kind; /* "string": data is the string's UTF-8; "json": canonical text */
	const char *data;
	size_t len;
};

struct ty_run_result {
	enum ty_status status;
	const json_t *data;  /* items of the last step that ended ok; array */
	const json_t *error; /* { code, message, node, item, ... } or NULL */
	/*
	 * The steps that were not taken (ty_run_take_steps), in the order in which they ended:
	 * { "node", "frame"? (iteration of a loop), "attempt"? (from the second on), "name", "type",
	 * "version", "status", "started_ms" (since accepted_at), "duration_ms", "items_in",
	 * "items_out", "outputs": { port: [items] }, "error"?, "failed"? (items that failed by
	 * themselves), "retry_ms"? (delay before the next attempt), "logs"?, "notice"?, "notices"? }.  Values over the inline limit are
	 * { "$payload": "<hash>", "bytes": n, "kind": ... }.
	 */
	const json_t *steps;
	const json_t *response; /* from core.respond; NULL = none */
	char digest[TY_DIGEST_SIZE];
	int64_t started_at_ms, finished_at_ms;
	size_t step_count, item_count;	   /* of the whole run, without taken steps */
	size_t bytes;			   /* memory that its items took */
	const struct ty_payload *payloads; /* payloads that were not taken */
	size_t payload_count;
	bool in_doubt; /* stopped because an attempt may or may not have happened */
};

/* 'ops' and spec's pointers must outlive the run. Errors: TY_E_INVALID, TY_E_NOT_FOUND (start node). */
enum ty_code ty_run_new(struct ty_arena *arena, const struct ty_engine_ops *ops, void *ctx,
			const struct ty_run_spec *spec, struct ty_run **ret_run,
			struct ty_err *err) TY_MUST_CHECK;
void ty_run_free(struct ty_run *run); /* takes NULL; abandons what is outstanding */

/* Walk until suspended or finished. */
void ty_run_start(struct ty_run *run);

/* Answers. 'value' is borrowed for the call; exactly one of value and err is not NULL. */
void ty_run_eval_done(struct ty_run *run, uint64_t token, const json_t *value,
		      const struct ty_err *err);
void ty_run_call_done(struct ty_run *run, uint64_t token, const json_t *value,
		      const struct ty_err *err);
/* The other answer to an effect's call: whoever ends it journals the answer (TY_WAIT_RUN). */
void ty_run_call_parks(struct ty_run *run, uint64_t token);
void ty_run_journal_done(struct ty_run *run, uint64_t token, const struct ty_err *err);
void ty_run_wake(struct ty_run *run);

/* End it now with TY_STATUS_CANCELED and this reason. No-op once finished; before the start,
 * ty_run_start ends it at once. */
void ty_run_cancel(struct ty_run *run, const char *reason);

const struct ty_run_result *ty_run_result(const struct ty_run *run); /* NULL until finished */
/* Data of a finished run as a *new* array of { "json", "binary"? }, no value left out. */
json_t *ty_run_result_items(struct ty_run *run);

/* ---- a run in pieces ---- */

size_t ty_run_steps_ready(const struct ty_run *run); /* records ended and not taken */
/* A *new* array of them, complete and frozen, in order; the run keeps none of them. */
json_t *ty_run_take_steps(struct ty_run *run);
/* Values that left since the last take; valid until the next call about this run. */
void ty_run_take_payloads(struct ty_run *run, const struct ty_payload **ret_payloads,
			  size_t *ret_count);

/* RUN: the run that the call of the same key began; its end journals the answer. */
enum ty_wait_kind { TY_WAIT_TIME, TY_WAIT_CALL, TY_WAIT_RUN };

/* Waits of a run that is put down. */
struct ty_run_wait {
	const char *key; /* key of the call's answer in the journal */
	enum ty_wait_kind kind;
	int64_t at_ms;		/* when it ends by itself */
	const char *token_hash; /* CALL: SHA-256, hex, of the token that ends it; NULL else */
};

/*
 * A run put down.  'state' is JSON with a "version" (park.c has its change procedure); its member
 * "frames_live" lists the paths of the frames whose records a resume needs, "payloads" the hashes
 * of the values that those records and the state name.
 */
struct ty_run_parked {
	const json_t *state;
	int64_t at_ms; /* the earliest of the waits */
	const struct ty_run_wait *waits;
	size_t wait_count;
	size_t step_count, item_count;
	int64_t started_at_ms;
};

/*
 * Put the run down: what a resume needs beside the records, owned by 'arena'.  False where
 * something else than waits is open.  The run itself goes on unless it is freed.
 */
bool ty_run_park(struct ty_run *run, struct ty_arena *arena,
		 struct ty_run_parked *ret_parked) TY_MUST_CHECK;

#endif
