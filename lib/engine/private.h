/*
 * private.h -- what the files of the engine share among themselves.
 *
 * plan.c, template.c and inputs.c make a struct ty_plan (compiled.h); it is immutable afterwards.
 * run_new.c makes a struct ty_run, run.c walks it, step_run.c takes each step from its
 * inputs to its record, early.c begins steps before their turn, frame.c opens and closes the
 * iterations of loops, repeat.c those that a condition asks for, retry.c makes the next
 * attempt of a step, park.c puts a run down and resume.c takes it up; the other files each answer
 * one question about a step: bind.c (what are its parameters), script.c (what does the sandbox get
 * to see), step.c (what may the node do), request.c (what does it ask of the world), journal.c
 * (what has an earlier worker been told), payload.c (what is too large to stay inline), lineage.c
 * (where does an item come from), failed.c (what fails for one item alone), place.c (where is an
 * error), record.c (what is written down).
 *
 * Memory: the plan's arena > none; the run's arena (records, the root frame) > a frame's arena (the
 * items of one iteration) > the step's arena (parameters, requests), which dies when the step has
 * ended.  An emitted item's json_t is owned by its frame, and by the record of its step until that
 * is taken.
 */
#ifndef TY_ENGINE_PRIVATE_H
#define TY_ENGINE_PRIVATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "engine/compiled.h"
#include "engine/engine.h"
#include "engine/journal_entry.h"
#include "json/json.h"
#include "node/node.h"

/* Bytes that an item costs beside its own JSON: its struct, its object with "from", its place in
 * the lists.  Measured: some 500 bytes; passing on ten thousand items is not free. */
#define ENGINE_ITEM_BYTES 512
/* Bytes of each further item that it was made from: a number in the record, a pointer. */
#define ENGINE_FROM_BYTES 48
/* Bytes of each file that it names: a name and a pointer; the handle itself is shared. */
#define ENGINE_FILE_BYTES 96
#define ENGINE_ITEM_DEPTH TY_LIMIT_ITEM_DEPTH
/* Memory of a step for typed parameters: what it may emit, built as text and bound. */
#define ENGINE_PARAMS_BYTES (2 * TY_LIMIT_STEP_BYTES)
/* A pairing that is lost, by whichever engine it is asked for: its name, and the way out. */
#define LINEAGE_ERROR "PairedItemError"
#define LINEAGE_HINT                                                                               \
	"Return items as { json: {...}, pairedItem: index of the input item }, or use .first(), "  \
	".last() or .all() instead of .item."
#define LINEAGE_HINT_SEVERAL                                                                       \
	"Use .first(), .last() or .all() instead of .item, or keep what you need in the item."
/* Lines of console.log kept per step; more is a mistake in a loop. */
#define ENGINE_LOGS_MAX 100
/* Notices kept per step: each is about the whole step, so more are one told again and again. */
#define ENGINE_NOTICES_MAX 20

/* ---- run ---- */

/* Cost of a tree: its text, and how many values it is made of. */
struct tree_size {
	size_t bytes, values;
};

struct frame;

struct item {
	json_t *obj;   /* { "json", "binary"?, "from"? } as recorded */
	json_t *json;  /* "json" of obj */
	json_t *whole; /* "json" with payload references resolved; NULL = not yet */
	struct item **from;
	size_t from_count;
	struct item *from_one; /* storage for the ordinary case */
	struct frame *frame;   /* frame of the step that emitted it */
	uint32_t place, port, index;
	struct tree_size size;
	bool has_refs;
};

/* Last find of a search for an earlier item behind an item that was made of many. */
struct lineage_memo {
	const struct item *gathered;
	size_t place;
	const struct item *found;
};

struct items {
	struct item **v;
	size_t count, cap;
};

struct outlet { /* items that left through one output port */
	struct items items;
	json_t *array; /* the items for the record; owns them */
};

struct node_state {
	bool ended;
	bool is_settled;	/* early, and the items that left it are known (early.c) */
	struct outlet *outlets; /* NULL until the node has run */
	int64_t clock_ms;	/* the step's clock at its end; 0 = nothing came to it */
	struct frame *last;	/* a loop's latest iteration that has ended; NULL = none */
};

/*
 * One iteration of a loop, or the run itself (the root).  Its steps have states of their own.  Items that
 * they emit live as long as the frame: until the next iteration has ended, or the frame around it.
 */
struct frame {
	struct frame *parent; /* NULL: the root */
	struct ty_step
		*owner; /* the loop's step; NULL: the root, and an iteration that has ended */
	size_t iteration;
	const char *path; /* "outer:3/inner:0"; NULL: the root */
	struct ty_arena *arena;
	size_t loop;	   /* place of the loop; SIZE_MAX: the root */
	size_t begin, end; /* places: from the loop itself to behind the last node of its body */
	size_t next;	   /* place */
	struct node_state *nodes; /* by place - begin */
	size_t bytes;		  /* part of run->bytes */
	struct kept_payload **payloads;
	size_t payload_count, payload_cap;
};

/* An item that came back to a loop: its like in "done", and which input item it was made from. */
struct loop_back {
	struct item *item, *origin; /* origin NULL: not known */
};

/* State that the step of a loop keeps between iterations. */
struct loop {
	size_t size, at; /* items of an iteration; the first of the next one */
	size_t iteration;
	struct loop_back *back; /* items of the latest iteration */
	size_t back_count, back_cap;
	/* Items that come back go through the body again (repeat.c).  origins: for each item of the latest
	 * iteration the loop's input item that it was made from, SIZE_MAX = not known; NULL = the items are
	 * the loop's own.  next_origins: the same for the iteration that is asked about. */
	bool repeats;
	size_t *origins, *next_origins;
};

/* Requests of an earlier attempt of a step, by their numbers. */
struct earlier {
	size_t item;	/* SIZE_MAX = none */
	size_t first;	/* attempt that asked it first: its journal key, so its Idempotency-Key */
	size_t well;	/* attempt whose answer the node took, or that failed for good; 0 = none */
	json_t *answer; /* answer of that attempt; NULL = in the journal */
};

/* The next attempt of a step, while its delay lasts. */
struct retry {
	const struct plan_node *plan;
	struct items *inputs;
	size_t input_count, attempt;
	size_t waits; /* attempts so far that an open breaker has held back: no tries */
	size_t went_well, tries_spent; /* of a chain of calls: see struct ty_step */
	bool after_failed;
	struct earlier *earlier;
	size_t earlier_count;
	int64_t at_ms; /* time by the run's clock and the wall's; 0 = at once */
};

/* DELAY: asks nobody; what was drawn for the delay behind an attempt is journaled (backoff.c). */
enum request_kind {
	REQUEST_PARAMS,
	REQUEST_EVAL,
	REQUEST_LATE, /* expressions that the node asks for (late.c) */
	REQUEST_CALL,
	REQUEST_WAIT,
	REQUEST_DELAY
};
/* Number of a DELAY, which is none of the node's own: the last that a token has room for. */
#define REQUEST_DELAY_NUMBER ((UINT64_C(1) << TY_TOKEN_STEP_SHIFT) - 2)

enum request_state {
	REQUEST_QUEUED,
	REQUEST_INTENT, /* intent is being journaled */
	REQUEST_OUT,	/* the call or evaluation is under way */
	REQUEST_ANSWER, /* the answer is being journaled */
	REQUEST_SLEEPING,
	REQUEST_IN_DOUBT, /* may have happened; must not be repeated */
	REQUEST_ANSWERED,
	REQUEST_DELIVERED,
};
#define REQUEST_BIT(state) (1U << (state))

struct request {
	struct ty_step *step;
	enum request_kind kind;
	enum request_state state;
	size_t number, item; /* item: of each(); SIZE_MAX = none */
	void *tag;
	json_t *body;		/* body of an evaluation; owned by the step's arena */
	struct ty_call call;	/* a call; its pointers are the step's arena's */
	bool by_call;		/* a wait that a call from outside may end */
	bool is_linked;		/* ... at the address of its node and frame (resume_link.c) */
	const char *token_hash; /* hash of that wait's token, once it was put down */
	bool went_well;		/* the node took its answer */
	bool journaled;		/* an effect: intent and answer are; of others only a failure */
	const char *key, *idempotency_key; /* in the journal; NULL = never named there */
	const char *digest; /* of a call's intent (source.c); NULL = not made yet, or no call */
	const char *const *late; /* of a LATE: the parameters */
	size_t late_count;
	int64_t timeout_ms, at_ms; /* at_ms: WAIT: when; clock record of a journaled answer; 0 */
	json_t *answer;		   /* { "value": ... } or { "error": {...} }; NULL = none yet */
	bool has_own_answer;	   /* the answer is not the journal's of an earlier attempt */
};

struct emitted {
	size_t items, bytes, values;
	size_t new_bytes; /* bytes that the step added to run->bytes */
};

/* RETRYING: the attempt has failed and its calls under way are waited for.  BACK: it begins again
 * as soon as nothing of it is being journaled (early.c). */
enum step_phase { STEP_BINDING, STEP_EXECUTING, STEP_RETRYING, STEP_BACK };

/* End of a step before its turn, kept until the turn comes.  DONE: with items to be tried again. */
enum step_held { HELD_NOT, HELD_WELL, HELD_DONE, HELD_FAILED, HELD_BACK };

struct ty_step {
	struct ty_run *run;
	struct frame *frame;
	size_t attempt;	   /* from 1 */
	bool after_failed; /* run->has_failed_items when the first attempt began: part of its keys */
	struct earlier *earlier;
	size_t earlier_count;
	size_t swallowed;  /* expressions that threw and are undefined (bind.c) */
	struct loop *loop; /* state of a loop once it repeats its body; NULL else */
	bool is_batch;	   /* hands the items of one iteration to the body */
	int64_t clock_ms;  /* clock of its inputs, then of the answers that it took */
	bool is_early;	   /* the step began before its turn */
	enum step_held held;
	enum ty_status held_status;
	const struct ty_err *held_err; /* error of HELD_FAILED */
	struct ty_arena *keep;	 /* arena of data that outlives the step: the frame's, or its own */
	int64_t ended_ms;	 /* wall clock: when it was held; 0 = it ends in its turn */
	size_t waits;		 /* attempts before this one that an open breaker held back */
	bool is_chain;		 /* a call came of the answer to another (retry.c, invariant 7) */
	size_t went_well_before; /* of a chain: calls that had gone well in the last attempt */
	size_t tries_spent;	 /* of a chain: tries so far of the call behind those */
	json_t *retry_error;	 /* RETRYING: what the attempt failed of */
	enum ty_status retry_status;
	bool retry_waits;	/* RETRYING: for an open breaker, which is no try */
	int64_t retry_after_ms; /* RETRYING: not sooner */
	int64_t retry_ms;	/* the delay behind a failed attempt; 0 = it was the last */
	struct request
		*delay; /* RETRYING: of that delay, where chance is in it; NULL = not drawn */
	const struct plan_node *plan;
	struct node_state *node;
	struct ty_arena *arena;
	enum step_phase phase;
	uint64_t serial;      /* number of the step within the run: part of tokens */
	struct items *inputs; /* per input port */
	size_t input_count;
	const void **params; /* per item, or one */
	size_t params_count;
	void *state;
	struct outlet *outlets;
	size_t outlet_count;
	struct emitted out, mark; /* mark: when the item that each() is at was begun */
	size_t at;		  /* item that each() or its answer is about; SIZE_MAX = none */
	bool is_full;		  /* a limit of the step is reached: no item's own fault */
	size_t blamed;		  /* item at fault; SIZE_MAX = none */
	const struct hole *blamed_hole;
	struct lineage_memo lineage; /* memo of its plain paths */
	const json_t *script_error;
	json_t *execution; /* $execution, where it has an address of its own; NULL = not made */
	json_t *detail;	   /* further members of the error; NULL = none */
	json_t *more;	   /* members of an error that is of a run with places; NULL = none */
	json_t **failed;   /* by item of the first port: its error; NULL = none has failed */
	size_t failed_count, failed_passed; /* failed items before failed_passed have left */
	json_t *logs;			    /* owned by the step's arena; NULL = none */
	json_t *notices;		    /* owned by 'keep'; NULL = none */
	struct request params_request;
	struct request **requests;
	size_t request_count, request_cap;
	size_t started, delivered, calls_out, sleeping;
	int64_t started_ms, deadline_ms; /* wall clock */
	bool timed_out;			 /* past its deadline: nothing new is begun */
};

enum run_state { RUN_NEW, RUN_WALKING, RUN_FINISHED };

/* Members that a step's record gets after the digest is taken, because another machine may differ in them. */
struct addendum {
	int64_t started_ms, duration_ms;
	json_t *notices; /* array of { "code", "text" }; borrowed; NULL = none */
};

/* Steps that have begun before their turn, by place. */
struct early {
	struct ty_step *steps[TY_LIMIT_RUN_OPEN_STEPS - 1];
	size_t count;
	size_t bytes; /* bytes of the items that they emitted; no part of run->bytes yet */
	bool is_due;  /* something has changed since the last search for steps to begin */
	bool is_off;  /* no step begins early: settings.overlap, or memory is short */
};

/* Order of a request within a run: the greater, the later.  Zeros behind what is used. */
struct position {
	uint32_t v[2 * TY_LIMIT_FRAME_DEPTH + 4];
};

struct ty_run {
	struct ty_arena *arena;
	const struct ty_engine_ops *ops;
	void *ctx;
	struct ty_run_spec spec;
	const struct ty_plan *plan;
	enum run_state state;
	unsigned depth;		    /* public entries under way; the outermost walks */
	struct frame *root, *frame; /* frame: the innermost open one */
	bool *reachable;	    /* by place: is there a way from the start? */
	size_t start;		    /* place */
	struct ty_step *step;	    /* the one whose turn it is; NULL between steps */
	struct early early;
	unsigned digest_version; /* by whose rules it runs (digest.h) */
	bool has_dialect;	 /* expressions have helpers (workers/sandbox/dialect) */
	const json_t *vars;	 /* $vars; an empty object by the rules of before there were any */
	json_t *statics; /* static data as it is by now; NULL = by the rules of before (statics.c) */
	json_t *statics_before; /* as the first attempt of the latest step with any found it */
	bool has_places;	/* errors of its records have a place (place.c) */
	bool has_step_clocks;	/* a step's clock comes from its inputs, not from all before it */
	struct retry *retry;	/* NULL = none; never beside a step */
	uint64_t serial;
	int64_t clock_ms;	      /* the run's own clock: the latest of the steps that ended */
	int64_t started_ms, now_ms;   /* wall clock: of the start, when last looked at */
	int64_t deadline_ms, wake_ms; /* wall clock; wake_ms 0 = not asked */
	int64_t waits_since_ms;	      /* wall clock; 0 = not only waiting */
	struct items input;	      /* items of the trigger */
	const struct outlet *last_ok;
	size_t last_ok_count;
	json_t *steps;		      /* records not taken; owned by 'arena' */
	size_t steps_bytes;	      /* bytes of memory, more or less (ty_digest_add) */
	struct ty_digest digest;      /* digest of all records */
	json_t *execution, *workflow; /* for expressions */
	struct ty_map *journal;	      /* key -> entry; NULL = none */
	struct ty_map *source;	      /* see source.c; NULL = none */
	struct position journal_end;  /* position of its last entry (journal.c) */
	bool journal_is_whole;	      /* journal_end's entry knows of no items that failed alone */
	bool has_failed_items; /* items of an earlier step failed by themselves, or an attempt did */
	struct ty_map *payloads; /* hash -> struct kept_payload; NULL until the first */
	struct kept_payload *payload_first, **payload_last; /* not taken */
	struct ty_arena *payload_list_arena; /* arena of the latest take; NULL = none */
	struct kept_payload *payload_given;  /* by the latest take */
	bool is_resumed;
	int64_t left_ms;	    /* running time left, where the run is resumed */
	int64_t step_started_ms;    /* start of the open step, where the run is resumed; 0 */
	const json_t *token_hashes; /* of the open step's waits, by request number; or NULL */
	size_t bytes;		    /* bytes of all emitted items */
	bool over;		    /* a verdict is in; run_finish is due */
	enum ty_status verdict;
	struct ty_err verdict_err; /* error where the verdict is no node's */
	bool in_doubt;
	const struct plan_node *until; /* the run ends when it has; NULL = at the end */
	bool until_met;
	json_t *error, *response; /* owned by 'arena' */
	size_t step_count, item_count;
	struct ty_run_result result;
};

/* run_new.c: go by the rules of that version of the digest; 0 = the newest. */
void run_rules_set(struct ty_run *run, unsigned digest_version);
/* Does the run go by a published version? */
bool run_is_published(const struct ty_run *run);

/* inputs.c */
/* Say of a plan's node what it is made from; its place, edges and holes are there. */
void inputs_compile(struct ty_arena *arena, const struct ty_plan *plan, struct plan_node *node);
/* May scripts of the node ask for any node before it, whose names they reckon? */
bool inputs_are_reckoned(const struct ty_run *run, const struct plan_node *node);
/* Is every node before it an input? */
bool inputs_are_all(const struct ty_run *run, const struct plan_node *node);
/* Is a step at place 'to' made, in the end, from the one at 'from' in the same frame? */
bool inputs_lead_to(struct ty_arena *arena, const struct ty_plan *plan, size_t from, size_t to);
bool inputs_are_settled(const struct ty_run *run, const struct frame *frame,
			const struct plan_node *node);
/* The number of items that arrive at a node in this frame. */
size_t inputs_count(const struct ty_run *run, const struct frame *frame,
		    const struct plan_node *pn);
/* Items that arrive there; their number. */
size_t inputs_gather(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
		     struct items *inputs);
struct items *inputs_new(struct frame *frame, const struct plan_node *pn, size_t *ret_count);
/* Does nothing come to the node, of which so many items arrive, so that it is skipped? */
bool inputs_are_none(const struct ty_run *run, const struct frame *frame,
		     const struct plan_node *pn, size_t count);
/* The clock with which a step of the node begins. */
int64_t inputs_clock_ms(const struct ty_run *run, const struct frame *frame,
			const struct plan_node *node);

/* early.c */
/* Do one thing for the steps whose turn has not come; false where there is nothing to do but wait. */
bool early_advance(struct ty_run *run);
/* The step of the innermost frame that has begun at this place, which is open no more; or NULL. */
struct ty_step *early_take(struct ty_run *run, size_t place);
/* Go on with a step whose turn has come. */
void early_turn(struct ty_step *step);
/* Hold the end of a step that ended before its turn; the first end counts. */
void early_hold(struct ty_step *step, enum step_held held);
void early_hold_failure(struct ty_step *step, enum ty_status status, const struct ty_err *err);
/* Put a step back that meets what only its turn can decide; it begins again then. */
void early_put_back(struct ty_step *step);
/* Do what STEP_BACK has to; false where it has to wait. */
bool step_back_advance(struct ty_step *step);
/* Count what an early step emits; false where that is for its turn to decide. */
bool early_admit(struct ty_step *step, size_t new_bytes);
/* Have the items of the run no room for so much more? */
bool run_is_full(const struct ty_run *run, size_t new_bytes);
size_t early_calls_out(const struct ty_run *run); /* calls of all open steps */
bool early_is_idle(const struct ty_run *run); /* all are held, and nothing of them is under way */
void early_abandon_all(struct ty_run *run);

/* run.c: settle how the run ends, the first verdict counts; 'err' NULL where run->error says it. */
void run_settle(struct ty_run *run, enum ty_status status, const struct ty_err *err);

/* frame.c */
struct frame *frame_new_root(struct ty_run *run);
/* An iteration of the loop at 'place'; 'owner' may be NULL. */
struct frame *frame_new(struct frame *parent, struct ty_step *owner, const struct plan_node *loop,
			size_t iteration);
/* Give back the memory of an iteration and of those within it. */
void frame_release(struct ty_run *run, struct frame *frame);
/* The state of a node as seen from 'frame': of the innermost frame around it that has the node, and
 * behind a loop of its latest iteration.  NULL where it has not run. */
struct node_state *frame_find(const struct ty_run *run, const struct frame *frame, size_t place);
struct node_state *frame_state(const struct frame *frame, size_t place);
/* frame_find() as a step sees it; NULL where the node has not ended before the step. */
struct node_state *frame_find_ended(const struct ty_step *step, size_t place);
/* Begin the next iteration, or end the loop. */
void loop_next(struct ty_step *step);
/* The innermost frame has no node left: its iteration ends. */
void loop_end_iteration(struct ty_run *run);
/* The run is over: loops that are open end with it. */
void loop_cut_all(struct ty_run *run);
/* Put what came back from 'frame' into the loop's "done". Errors: TY_E_LIMIT. */
enum ty_code loop_take_back(struct ty_step *step, const struct frame *frame, struct ty_err *err);

/* "from" of an item that came back, the 'index'th of its iteration; 'origin' may be NULL. */
json_t *back_from(size_t iteration, size_t index, const struct item *origin, size_t input);

/* repeat.c: what came back from 'ended' is asked about, and goes through the body again. */
void repeat_next(struct ty_step *owner, const struct frame *ended);
/* The node has said whether the iteration comes. */
void repeat_decide(struct ty_step *batch);
void repeat_fail(struct ty_step *batch, enum ty_status status, const struct ty_err *why);
/* Find the input item of the loop that an item of the latest iteration is made from.  SIZE_MAX = not known. */
size_t repeat_origin(const struct loop *loop, size_t index);
/* backoff.c: may the node be called again after such an error? */
bool backoff_may_retry(const struct ty_graph_node *node, enum ty_code code, bool retryable);
/* Is it known how long after this attempt the next one begins (step->retry_ms)?  False while that is journaled. */
bool backoff_is_settled(struct ty_step *step);

/* step.c: a further request of the step, about the item that it is at; NULL with 'err' filled. */
struct request *request_add(struct ty_step *step, enum request_kind kind, void *tag,
			    struct ty_err *err);
/* Is it one of those that TY_LIMIT_RUN_CALLS counts? */
static inline bool
request_goes_out(const struct request *request)
{
	return request->kind == REQUEST_EVAL || request->kind == REQUEST_LATE ||
	       request->kind == REQUEST_CALL;
}

/* late.c: the values of a REQUEST_LATE's answer, in the order of the names asked for. */
enum ty_code late_values(struct request *request, const json_t **ret_values, struct ty_err *err);

/* retry.c */
/* Tries that have been made of what an attempt fails of. */
size_t retry_tries(const struct ty_step *step);
/* Is another attempt due, as the step fails with that error? */
bool retry_is_due(struct ty_step *step, const struct ty_err *why);
/* Is another attempt due for failed items of the step? */
bool retry_is_due_for_items(struct ty_step *step, json_t **ret_error);
/* The attempt fails: its calls under way are waited for. */
void retry_begin(struct ty_step *step, enum ty_status status, json_t *error);
/* Find the request of an earlier attempt with this number; NULL = none. */
const struct earlier *retry_earlier(const struct request *request);
/* The answer that an earlier attempt got and the node took; NULL = none. */
json_t *retry_answer(const struct request *request);
/* Do one thing; false where there is nothing to do but wait. */
bool retry_drain(struct ty_step *step);
bool retry_advance(struct ty_run *run);
/* Name of the delay among waits, and in the journal where somebody ends it before its time. */
const char *retry_key(struct ty_arena *arena, const struct frame *frame, const struct retry *retry);
/* Let the delay end when the journal says that somebody ended it. */
void retry_take_end(struct ty_run *run, struct retry *retry);

/* park.c: is nothing open but waits?  When the earliest ends. */
bool park_is_possible(struct ty_run *run, int64_t *ret_at_ms);
/* May one of them be ended by a call? */
bool park_is_for_call(const struct ty_run *run);
/* resume.c: rebuild what spec.parked says. Errors: TY_E_INVALID, TY_E_NOT_FOUND. */
enum ty_code resume_build(struct ty_run *run, struct ty_err *err);

/* resume.c: take the records of nodes as if they had ended here. Errors: TY_E_INVALID. */
enum ty_code resume_take(struct ty_run *run, const json_t *records, struct ty_err *err);

/* partial.c */
/* Say which nodes are run, and take what the others are known to have given. Errors: TY_E_INVALID. */
enum ty_code partial_fill(struct ty_run *run, struct ty_err *err);
/* Write down what was taken, before the first step. */
void partial_record(struct ty_run *run);

/* The step is worked on: a report of the process's death says so. */
static inline void
step_is_at(const struct ty_step *step)
{
	if (step->run->spec.crash != NULL)
		step->run->spec.crash->node = step->plan->node->id;
}

/* step_run.c */
/* A step with what arrives at its node, not begun. */
struct ty_step *step_open(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
			  struct items *inputs, size_t count);
/* step_open() with an arena for data that outlives the step. */
struct ty_step *step_open_in(struct ty_run *run, struct frame *frame, const struct plan_node *pn,
			     struct items *inputs, size_t count, struct ty_arena *keep);
/* Begin a step's attempt, the first or a further one. */
void step_begin(struct ty_step *step);
/* End a step: in the record, and for those behind it. */
void step_close(struct ty_step *step, enum ty_status status, json_t *error);
/* End an attempt: in the record only. */
void step_close_attempt(struct ty_step *step, enum ty_status status, json_t *error);
void step_fail(struct ty_step *step, enum ty_status status, const struct ty_err *why);
/* Everything asked for is answered, or every iteration has ended. */
void step_done(struct ty_step *step);
/* End the step, well or with items that failed, because all that it gives has left it. */
void step_end(struct ty_step *step);
/* Drop what was emitted. */
void outlets_clear(struct ty_step *step);
void outlets_make(struct ty_step *step);
/* Hand the node an answer. */
enum ty_code step_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err);
/* The answer to a request as the node sees it. */
void step_answer(struct request *request, struct ty_answer *ret_answer, struct ty_err *failed);
/* The run stops: whether this effect happened is not known. */
void step_in_doubt(const struct request *request);
void clock_take(const struct request *request);

/* step.c */
size_t tree_bytes(const struct tree_size *size);
/* Count an item that is emitted. Errors: TY_E_LIMIT. */
enum ty_code emit_admit(struct ty_step *step, const struct tree_size *size, size_t new_bytes,
			struct ty_err *err) TY_MUST_CHECK;
struct item *item_push(struct ty_step *step, size_t out, json_t *json, const struct tree_size *size,
		       bool has_refs);
/* Give back what was counted. */
void emit_take_back(struct ty_step *step, size_t bytes);

/* step_run.c */
/* Begin the next node that has something to do; false where none is left. */
bool step_next(struct ty_run *run);
/* Do one thing for the step; false where there is nothing to do but wait. */
bool step_advance(struct ty_step *step);
/* The step that was under way when the run's verdict came ends with it. */
void step_cut(struct ty_step *step);

/* bind.c: where *ret_done is false the sandbox was asked and bind_answer goes on. */
enum ty_code bind_begin(struct ty_step *step, bool *ret_done, struct ty_err *err);
enum ty_code bind_answer(struct ty_step *step, struct ty_err *err);

/* files.c: an item's "binary" as code sees it; new reference. */
json_t *files_view(struct ty_step *step, const json_t *binary);

/* vars.c: which variables its runs may ask for. */
void vars_plan(struct ty_arena *arena, struct ty_plan *plan);

/* libraries.c: which libraries its code may ask for; and what a request of code has of them. */
void libraries_plan(struct ty_arena *arena, struct ty_plan *plan);
void libraries_add(struct ty_step *step, const char *code, json_t *request);

/* facts.c: what a text of a node's parameters asks about, and how a request answers it. */
enum { FACT_NODE = 1, FACT_SOURCES = 2, FACT_NODES = 4, FACT_STATICS = 8, FACT_WORKFLOW = 16 };
unsigned facts_asked(const char *text);
/* Does a node that is not disabled ask for this? */
bool plan_asks(const struct ty_plan *plan, unsigned fact);
void facts_add(struct ty_step *step, json_t *request);
/* Add the facts of another node beside its items. */
void facts_of_node(struct ty_step *step, size_t place, const struct node_state *state,
		   json_t *view);

/* statics.c */
/* Begin with static data: what a run that was put down had ('statics'), else what the spec says. */
void statics_begin(struct ty_run *run, const json_t *statics);
/* Static data of a run that is put down; NULL = none. */
const json_t *statics_to_park(const struct ty_run *run);
void statics_add(struct ty_step *step, json_t *request);
/* Take what code has changed.  Errors: TY_E_LIMIT, TY_E_UPSTREAM. */
enum ty_code statics_take(struct ty_step *step, const json_t *answer, struct ty_err *err);

/* script.c: what the sandbox is sent and what it may send back. */
json_t *script_request(struct ty_step *step, const char *kind, const char *const *names,
		       size_t name_count, size_t number); /* owned by the step's arena */
/*
 * The next node that a text names, at or behind *at, which moves past its head; NULL where the name is
 * computed.  False where there is none.
 */
bool script_name_next(struct ty_arena *arena, const char **at, const char **ret_name);
/* Names of nodes that the node's expressions refer to. */
void script_names_of_expressions(struct ty_step *step, const char *const **ret_names,
				 size_t *ret_count);
void script_names(struct ty_step *step, const char *code, const char *const **ret_names,
		  size_t *ret_count);
/* Refuse an answer that the sandbox never gives. */
enum ty_code script_is_odd(struct ty_err *err, const char *what);
enum ty_code script_values(struct ty_step *step, const json_t *answer, size_t scripts,
			   size_t indexes, const json_t **ret_values, struct ty_err *err);
enum ty_code script_items(struct ty_step *step, const json_t *answer, const json_t **ret_items,
			  struct ty_err *err);
enum ty_code script_error(struct ty_step *step, const json_t *error, const json_t **ret_kept,
			  struct ty_err *err);
/* Tell of an answer that came otherwise than its script made it, and where it is in doubt. */
void script_notice(const struct request *request);

/* pattern.c: tell where what a script's patterns found is in doubt, because it ran for so long. */
void pattern_notice(const struct request *request);

/* request.c */
uint64_t request_token(const struct request *request);
/* Is a request of the step, its parameters' too, in one of these states (REQUEST_BIT)? */
bool request_any(const struct ty_step *step, unsigned states);
struct request *request_add(struct ty_step *step, enum request_kind kind, void *tag,
			    struct ty_err *err);
struct request *request_find(struct ty_run *run, uint64_t token, enum request_state state);
/* Take its answer from the journal, or ask for it. */
void request_start(struct request *request);
/* True: something was done, ask again.  False: nothing to do but wait. */
bool request_start_next(struct ty_step *step);
void request_answer(struct request *request, const json_t *value, const struct ty_err *err);
/* Ask a request whose intent, where it has one, is journaled, unless the step's time is over. */
void request_send(struct request *request);
/* Answer everything under way with a timeout, because the node's time is over. */
void request_expire_all(struct ty_step *step);
bool request_is_expired(const struct request *request);
void request_settle(struct request *request);
/* Let a request sleep whose answer another process will journal: from OUT to SLEEPING. */
void request_sleep(struct request *request);
/* The node has seen the answer, and nobody will again: its value goes. */
void request_forget(struct request *request);
bool request_error(const struct request *request, struct ty_err *err);
void request_wake(struct ty_run *run, int64_t now_ms);
int64_t request_next_wake_ms(const struct ty_run *run); /* INT64_MAX = none */
void request_abandon_all(struct ty_step *step);
/* Tell, in a notice of the step, which of several calls had gone out when it failed. */
void request_tell_calls(struct ty_step *step);

/* resume_link.c: which wait each node's $execution.resumeUrl is of. */
void resume_link_plan(struct ty_plan *plan);
/* The address of the wait at 'place' as the step sees it; false = there is none. */
bool resume_link(struct ty_step *step, size_t place, struct ty_resume_link *ret_link);
/* The wait ends at the address of the step's own node.  Errors: TY_E_UNAVAILABLE. */
enum ty_code resume_link_wait(struct ty_step *step, struct request *r, struct ty_err *err);
/* $execution as the step sees it; borrowed. */
const json_t *resume_link_execution(struct ty_step *step);

/* replay.c */
/* The run is a replay, and this request ends it.  *entry is the journal's; NULL afterwards where it is not to be
 * taken. */
bool replay_ends(struct request *request, const json_t **entry);
/* Does the replay end because the run would wait to this time? */
bool replay_is_cut(struct ty_run *run, int64_t at_ms);

/* source.c */
void source_index(struct ty_run *run);
/* Digest of what the call asks, as the journal keeps it; the step's.  NULL = the request is no call. */
const char *source_digest(struct request *request);
/* The other run's answer to it; NULL = it has to be made. */
json_t *source_answer(struct request *request);

/* journal.c */
void journal_index(struct ty_run *run);
/* Key of a call without the attempt, "<frame path>/<node>/<number>": one name for all tries of a call. */
const char *journal_call_name(struct ty_arena *arena, const char *key);
/* Set a request's key in the journal and its Idempotency-Key. */
void journal_name(struct request *request);
/* Find the entry of an earlier worker for request 'number' of 'attempt'; NULL = none. */
const json_t *journal_find_attempt(struct ty_step *step, size_t number, size_t attempt);
/* Name of a step in keys and seeds: "<frame>/<node>/<attempt>". */
const char *journal_step_name(struct ty_step *step, size_t attempt);
/* Find the entry of an earlier worker for the request; NULL = none. */
const json_t *journal_find(struct request *request);
/* Was an earlier attempt further than this request, which therefore went well? */
bool journal_is_past(const struct request *request);
/* Did an earlier attempt go past this step in a release where a failed item failed its step, and
 * a lost pairing was undefined? */
bool journal_fails_whole(const struct ty_step *step);
void journal_write(struct request *request, enum ty_journal_kind kind);
/* The step begins again: what it journaled is found as what an earlier worker did. */
void journal_remember(struct ty_step *step);
/* Calls in the journal that the run has not come to: [{ "node", "frame"?, "calls" }], new reference;
 * NULL = none. */
json_t *journal_unused(const struct ty_run *run);

/* payload.c */
/* Steals 'json'; gives what is recorded in its place (new reference) and its whole size. */
json_t *payload_shrink(struct ty_run *run, struct frame *frame, json_t *json,
		       struct tree_size *ret_size, bool *ret_has_refs);
/* Is 'value' nested deeper than 'max' levels?  Looks no deeper than that. */
bool payload_is_too_deep(const json_t *value, size_t max);
/* The value a reference stands for, or NULL; borrowed. */
json_t *payload_find(const struct ty_run *run, const json_t *value);
/* 'value' with every reference in it resolved; 'value' itself where there is none. */
json_t *payload_whole(struct ty_run *run, struct ty_arena *arena, json_t *value);
/* Values that 'json' refers to live as long as 'frame', too. */
void payload_adopt(struct ty_run *run, struct frame *frame, json_t *json);
/* The frame goes: values that only it holds go with it. */
void payload_release(struct ty_run *run, struct frame *frame);
/* A value of a run that was put down. */
enum ty_code payload_restore(struct ty_run *run, const struct ty_payload *payload,
			     struct ty_err *err);
/* Add the hashes of all values that are held to 'list'. */
void payload_list(const struct ty_run *run, json_t *list);
json_t *payload_item_json(struct ty_run *run, struct item *item);

/* lineage.c */
void items_push(struct ty_arena *arena, struct items *items, struct item *item);
json_t *lineage_from(const struct ty_step *step, const struct ty_from *from,
		     size_t count); /* new reference */
/* The item of the step at 'place' that 'item' comes from; NULL = none. */
const struct item *lineage_find(const struct ty_run *run, const struct item *item, size_t place,
				struct lineage_memo *memo);
/* Say that 'item' has no item of node 'name' to its name, and why. */
enum ty_code lineage_error(const struct ty_step *step, const struct item *item, const char *name,
			   struct ty_err *err);
/* The node whose items say not what they were made from, on the way back from 'item' to 'place';
 * NULL where there is none. */
const char *lineage_break(const struct ty_run *run, const struct item *item, size_t place,
			  bool *ret_several);
size_t lineage_place(const struct ty_run *run, const char *name); /* SIZE_MAX = unknown */
/* Number of 'item' among all items of its step. */
size_t lineage_number(const struct item *item);

/* failed.c */
/* Do items fail by themselves, or does the step with the first of them? */
/* Is it run item by item? */
static inline bool
step_is_each(const struct ty_graph_node *node)
{
	const struct ty_node_def *def = node->def;

	return def->each != NULL && (def->whole == NULL || !def->whole(def, node->params));
}

bool failed_are_own(const struct ty_step *step);
bool failed_has(const struct ty_step *step, size_t i);
/* Item i is begun: what is emitted from now on is taken back if it fails. */
void failed_begin(struct ty_step *step, size_t i);
/*
 * Item i has failed with 'err', which is cleared where the step goes on without the item.
 * Else 'err' is the step's, and its code is returned.
 */
enum ty_code failed_add(struct ty_step *step, size_t i, struct ty_err *err) TY_MUST_CHECK;
/* Let all failed items before 'end' leave. Errors: TY_E_LIMIT. */
enum ty_code failed_pass(struct ty_step *step, size_t end, struct ty_err *err) TY_MUST_CHECK;
/* Pass one input item on with its error, where on_error says. Errors: TY_E_LIMIT. */
enum ty_code failed_emit(struct ty_step *step, struct ty_from from, json_t *brief,
			 struct ty_err *err) TY_MUST_CHECK;
/* The error as items carry it: without its trace.  Borrowed. */
json_t *failed_brief(struct ty_step *step, json_t *error);
/* The step's error where no item of it went well; NULL where one did, or none failed. */
json_t *failed_all(const struct ty_step *step);
/* The step fails as a whole: no item has failed by itself. */
void failed_clear(struct ty_step *step);

/* place.c */
struct error_place {
	const char *node, *frame, *parameter, *expression; /* NULL = none */
	size_t iteration;				   /* SIZE_MAX = of no loop */
	size_t attempt;					   /* 0 = not said */
	size_t item;					   /* SIZE_MAX = of no item alone */
	int64_t line, column; /* in the author's own expression or code, from 1; 0 = not known */
};

/* Place of 'err', of the item that the step is at. */
struct error_place error_place(const struct ty_step *step, const struct ty_err *err);
/* JSON of a place, the same in records, items and API; new reference. */
json_t *error_place_json(const struct error_place *place);

/* record.c: new references. */
json_t *record_text(const char *s);
/* A step's turn has come: errors that it has say which step of the run it is. */
void record_renumber(struct ty_step *step);
json_t *record_error(struct ty_step *step, const struct ty_err *err, bool with_trace);
void record_step(struct ty_step *step, enum ty_status status, json_t *error);
/* Record a taken step: 'given' with the labels of the plan's node. */
void record_taken(struct ty_run *run, const struct plan_node *node, const json_t *given);
/* Tell in the step's notices how many items failed, and how many left through which port. */
void record_tell_failed(struct ty_step *step);
/* Does the digest leave this member out? */
bool record_is_addendum(const char *member);
/* Remove the members that the digest leaves out. */
void record_addendum_del(json_t *record);
void record_skipped(struct ty_run *run, const struct frame *frame, const struct plan_node *node);

/* digest.c */
void digest_seed(const struct ty_step *step, const char *what, char out[65]);

#endif
