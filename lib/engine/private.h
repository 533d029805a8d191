/*
 * private.h -- what the files of the engine share among themselves.
 *
 * plan.c and template.c make a struct ty_plan (compiled.h); it is immutable afterwards.
 * run_new.c makes a struct ty_run, run.c walks it, step_run.c takes each step from its
 * inputs to its record; the other files each answer one question about it: bind.c (what are
 * its parameters), script.c (what does the sandbox get to see), step.c (what may the node do),
 * request.c (what does it ask of the world), journal.c (what has an earlier attempt been
 * told), payload.c (what is too large to stay inline), lineage.c (where does an item come
 * from), failed.c (what fails for one item alone), record.c (what is written down).
 *
 * Memory: the plan's arena > none; the run's arena (items, records, payloads) >
 * the step's arena (parameters, requests), which dies when the step has ended.
 * An emitted item's json_t is owned by the record of its step ("outputs"), the
 * record by the run's arena.
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
#include "json/json.h"
#include "node/node.h"

/* What an item costs beside its own JSON: its struct, its object with "from", its place in
 * the lists.  Measured: some 500 bytes; passing on ten thousand items is not free. */
#define ENGINE_ITEM_BYTES 512
/* And each further item that it was made from: a number in the record, a pointer. */
#define ENGINE_FROM_BYTES 48
#define ENGINE_ITEM_DEPTH TY_LIMIT_ITEM_DEPTH
/* Calls of one step under way at a time: enough to hide the latency of a service, few
 * enough that one run of 10 000 items does not take every connection of its worker. */
#define ENGINE_CALLS_MAX 10
/* Memory of a step for typed parameters: what it may emit, built as text and bound. */
#define ENGINE_PARAMS_BYTES (2 * TY_LIMIT_STEP_BYTES)
/* A pairing that is lost, by whichever engine it is asked for: its name, and the way out. */
#define LINEAGE_ERROR "PairedItemError"
#define LINEAGE_HINT                                                                               \
	"Return items as { json: {...}, pairedItem: index of the input item }, or use .first(), "  \
	".last() or .all() instead of .item."
/* Lines of console.log kept per step; more is a mistake in a loop. */
#define ENGINE_LOGS_MAX 100
/* Notices kept per step: each is about the whole step, so more are one told again and again. */
#define ENGINE_NOTICES_MAX 20

/* ---- run ---- */

/* What a tree takes: its text, and how many values it is made of. */
struct tree_size {
	size_t bytes, values;
};

struct item {
	json_t *obj;   /* { "json", "binary"?, "from"? } as recorded */
	json_t *json;  /* its "json" */
	json_t *whole; /* "json" with payload references resolved; NULL = not yet */
	struct item **from;
	size_t from_count;
	struct item *from_one;	     /* storage for the ordinary case */
	uint32_t place, port, index; /* which step emitted it, where */
	struct tree_size size;
	bool has_refs;
};

struct items {
	struct item **v;
	size_t count, cap;
};

struct outlet { /* what left through one output port */
	struct items items;
	json_t *array; /* the same, for the record; owns the items */
};

struct node_state {
	bool reachable, ended;
	struct outlet *outlets; /* NULL until it has run */
};

enum request_kind { REQUEST_PARAMS, REQUEST_EVAL, REQUEST_CALL, REQUEST_WAIT };

enum request_state {
	REQUEST_QUEUED,
	REQUEST_INTENT, /* intent is being journaled */
	REQUEST_OUT,	/* the call or evaluation is under way */
	REQUEST_ANSWER, /* its answer is being journaled */
	REQUEST_SLEEPING,
	REQUEST_IN_DOUBT, /* may have happened; must not be repeated */
	REQUEST_ANSWERED,
	REQUEST_DELIVERED,
};

struct request {
	enum request_kind kind;
	enum request_state state;
	size_t number, item; /* item: of each(); SIZE_MAX = none */
	void *tag;
	json_t *body;	     /* of an evaluation; owned by the step's arena */
	struct ty_call call; /* of a call; what it points to is the step's arena's */
	bool journaled;	     /* an effect: intent and answer are; of others only a failure */
	const char *key, *idempotency_key; /* in the journal; NULL = never named there */
	int64_t timeout_ms, at_ms; /* at_ms: WAIT: when; clock record of a journaled answer; 0 */
	json_t *answer;		   /* { "value": ... } or { "error": {...} }; NULL = none yet */
};

struct emitted {
	size_t items, bytes, values;
	size_t new_bytes; /* what the step added to run->bytes */
};

enum step_phase { STEP_BINDING, STEP_EXECUTING };

struct ty_step {
	struct ty_run *run;
	const struct plan_node *plan;
	struct node_state *node;
	struct ty_arena *arena;
	enum step_phase phase;
	uint64_t serial;      /* of this step within the run: part of tokens */
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
	const json_t *script_error;
	json_t *detail;	 /* further members of the error; NULL = none */
	json_t **failed; /* by item of the first port: its error; NULL = none has failed */
	size_t failed_count, failed_passed; /* those before failed_passed have left */
	json_t *logs;			    /* owned by the step's arena; NULL = none */
	json_t *notices;		    /* owned by the run's arena; NULL = none */
	struct request params_request;
	struct request **requests;
	size_t request_count, request_cap;
	size_t started, delivered, calls_out, sleeping;
	int64_t started_ms, deadline_ms; /* wall clock */
	bool timed_out;			 /* past its deadline: nothing new is begun */
};

enum run_state { RUN_NEW, RUN_WALKING, RUN_FINISHED };

/* What a step's record gets after the digest is taken, because another machine may differ in it. */
struct addendum {
	int64_t started_ms, duration_ms;
	json_t *notices; /* array of { "code", "text" }, owned by the run's arena; NULL = none */
};

struct ty_run {
	struct ty_arena *arena;
	const struct ty_engine_ops *ops;
	void *ctx;
	struct ty_run_spec spec;
	const struct ty_plan *plan;
	enum run_state state;
	unsigned depth;		  /* public entries under way; the outermost walks */
	struct node_state *nodes; /* by place */
	size_t start, next;	  /* places */
	struct ty_step *step;	  /* NULL between steps */
	uint64_t serial;
	int64_t clock_ms;	      /* the run's own clock */
	int64_t started_ms, now_ms;   /* wall clock: of the start, when last looked at */
	int64_t deadline_ms, wake_ms; /* wall clock; wake_ms 0 = not asked */
	int64_t waits_since_ms;	      /* wall clock; 0 = not only waiting */
	struct items input;	      /* for the trigger */
	const struct outlet *last_ok;
	size_t last_ok_count;
	json_t *steps;		      /* records not taken; owned by 'arena' */
	struct ty_digest digest;      /* of all records */
	struct ty_arena *scratch;     /* cleared after each use */
	json_t *execution, *workflow; /* for expressions */
	struct ty_map *journal;	      /* key -> entry; NULL = none */
	uint64_t journal_end;	      /* position of its last entry (journal.c) */
	bool journal_is_whole;	      /* that entry knows of no items that failed by themselves */
	bool has_failed_items;	      /* items of an earlier step failed by themselves */
	struct ty_map *payloads;      /* hash -> struct payload; NULL until the first */
	struct ty_payload *payload_list;
	size_t payload_count, payload_cap, payload_taken;
	size_t bytes; /* of all emitted items */
	bool over;    /* a verdict is in; run_finish is due */
	enum ty_status verdict;
	struct ty_err verdict_err; /* where the verdict is no node's error */
	bool in_doubt;
	json_t *error, *response; /* owned by 'arena' */
	size_t step_count, item_count;
	struct ty_run_result result;
};

/* run.c: settle how the run ends, the first verdict counts; 'err' NULL where run->error says it. */
void run_settle(struct ty_run *run, enum ty_status status, const struct ty_err *err);

/* step_run.c */
/* Begin the next node that has something to do; false where none is left. */
bool step_next(struct ty_run *run);
/* Do one thing for the step under way; false where there is nothing to do but wait. */
bool step_advance(struct ty_run *run);
/* The step that was under way when the run's verdict came ends with it. */
void step_cut(struct ty_step *step);

/* bind.c: where *ret_done is false the sandbox was asked and bind_answer goes on. */
enum ty_code bind_begin(struct ty_step *step, bool *ret_done, struct ty_err *err);
enum ty_code bind_answer(struct ty_step *step, struct ty_err *err);

/* script.c: what the sandbox is sent and what it may send back. */
json_t *script_request(struct ty_step *step, const char *kind, const char *const *names,
		       size_t name_count, size_t number); /* owned by the step's arena */
void script_names(struct ty_step *step, const char *code, const char *const **ret_names,
		  size_t *ret_count);
enum ty_code script_values(struct ty_step *step, const json_t *answer, size_t scripts,
			   size_t indexes, const json_t **ret_values, struct ty_err *err);
enum ty_code script_items(struct ty_step *step, const json_t *answer, const json_t **ret_items,
			  struct ty_err *err);
enum ty_code script_error(struct ty_step *step, const json_t *error, const json_t **ret_kept,
			  struct ty_err *err);

/* pattern.c: tell where what a script's patterns found is in doubt, because it ran for so long. */
void pattern_notice(struct ty_step *step, const struct request *request);

/* request.c */
uint64_t request_token(const struct ty_step *step, const struct request *request);
struct request *request_find(struct ty_run *run, uint64_t token, enum request_state state);
/* Take its answer from the journal, or ask for it. */
void request_start(struct ty_run *run, struct request *request);
/* True: something was done, ask again.  False: nothing to do but wait. */
bool request_start_next(struct ty_run *run);
void request_answer(struct ty_run *run, struct request *request, const json_t *value,
		    const struct ty_err *err);
/* It may be asked now, its intent journaled where it has one: unless the step's time is over. */
void request_send(struct ty_run *run, struct request *request);
/* The node's time is over: that is the answer to everything under way. */
void request_expire_all(struct ty_run *run);
bool request_is_expired(const struct request *request);
void request_settle(struct ty_run *run, struct request *request);
bool request_error(const struct request *request, struct ty_err *err);
void request_wake(struct ty_run *run, int64_t now_ms);
int64_t request_next_wake_ms(const struct ty_run *run); /* INT64_MAX = none */
void request_abandon_all(struct ty_run *run);
/* Tell, in a notice of the step, which of several calls had gone out when it failed. */
void request_tell_calls(struct ty_run *run);

/* journal.c */
void journal_index(struct ty_run *run);
/* What an earlier attempt wrote about it; NULL = nothing. */
const json_t *journal_find(struct ty_run *run, struct request *request);
/* Was an earlier attempt further than this request, which therefore went well? */
bool journal_is_past(const struct ty_run *run, const struct request *request);
/* Did an earlier attempt go past this step in a release where a failed item failed its step, and
 * a lost pairing was undefined? */
bool journal_fails_whole(const struct ty_step *step);
void journal_write(struct ty_run *run, struct request *request, enum ty_journal_kind kind);

/* payload.c */
/* Steals 'json'; gives what is recorded in its place (new reference) and its whole size. */
json_t *payload_shrink(struct ty_run *run, json_t *json, struct tree_size *ret_size,
		       bool *ret_has_refs);
/* Is 'value' nested deeper than 'max' levels?  Looks no deeper than that. */
bool payload_is_too_deep(const json_t *value, size_t max);
/* The value a reference stands for, or NULL; borrowed. */
json_t *payload_find(const struct ty_run *run, const json_t *value);
/* 'value' with every reference in it resolved; 'value' itself where there is none. */
json_t *payload_whole(struct ty_run *run, json_t *value);
json_t *payload_item_json(struct ty_run *run, struct item *item);

/* lineage.c */
void items_push(struct ty_arena *arena, struct items *items, struct item *item);
json_t *lineage_from(const struct ty_step *step, const struct ty_from *from,
		     size_t count); /* new reference */
/* The item of the step at 'place' that 'item' comes from; NULL = none. */
const struct item *lineage_find(const struct item *item, size_t place);
/* Say that 'item' has no item of node 'name' to its name, and why. */
enum ty_code lineage_error(const struct ty_run *run, const struct item *item, const char *name,
			   struct ty_err *err);
/* The node whose items say not what they were made from, on the way back from 'item' to 'place';
 * NULL where there is none. */
const char *lineage_break(const struct ty_run *run, const struct item *item, size_t place);
size_t lineage_place(const struct ty_run *run, const char *name); /* SIZE_MAX = unknown */
/* Number of 'item' among all items of its step. */
size_t lineage_number(const struct ty_run *run, const struct item *item);

/* failed.c */
/* Do items fail by themselves, or does the step with the first of them? */
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

/* record.c: new references. */
json_t *record_text(const char *s);
json_t *record_error(struct ty_step *step, const struct ty_err *err, bool with_trace);
void record_step(struct ty_step *step, enum ty_status status, json_t *error);
/* Tell in the step's notices how many items failed, and how many left through which port. */
void record_tell_failed(struct ty_step *step);
/* Remove what the digest leaves out. */
void record_addendum_del(json_t *record);
void record_skipped(struct ty_run *run, const struct plan_node *node);

/* digest.c */
void digest_seed(const struct ty_run *run, const char *what, char out[65]);

#endif
