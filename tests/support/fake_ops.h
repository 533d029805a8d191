/*
 * fake_ops.h -- the world of a run, in the hands of a test: clock, sandbox, services, journal.
 *
 *	struct fake_ops *f = fake_ops_new(fx.arena);
 *	const struct ty_run_result *r = fake_ops_run(f, workflow, items, NULL, &fx.err);
 *
 * Everything is answered from within the op that asks, unless 'hold' says to keep the answers
 * of a kind: then the test gives them with fake_ops_release(), in the order it likes.  What was
 * asked is in 'log', a line each, so that order is compared as text.
 *
 * Memory: all in the arena given, the run and the sandbox process too.
 */
#ifndef TY_TESTS_FAKE_OPS_H
#define TY_TESTS_FAKE_OPS_H

#include "base/buf.h"
#include "base/map.h"
#include "engine/engine.h"

#include <jansson.h>

enum fake_kind { FAKE_EVAL = 1 << 0, FAKE_CALL = 1 << 1, FAKE_JOURNAL = 1 << 2 };

struct fake_pending {
	enum fake_kind kind;
	struct ty_run *run;
	uint64_t token;
	json_t *request; /* EVAL, CALL: a copy; JOURNAL: NULL */
	int64_t timeout_ms;
};

#define FAKE_PENDING_MAX 64
#define FAKE_NOW_MS	 1700000000000

struct fake_ops;
/* The answer to a request: a new reference, or NULL with 'err' filled. */
typedef json_t *(*fake_answer_fn)(struct fake_ops *f, const json_t *request, struct ty_err *err);

struct fake_ops {
	struct ty_arena *arena;
	const struct ty_node_def *const *nodes; /* besides the built-in ones; NULL = none */
	int64_t now_ms, tick_ms;		/* tick_ms is added at each look at the clock */
	unsigned hold;				/* bits of enum fake_kind */
	unsigned digest_version;		/* version of runs that it starts; 0 = the newest */
	const json_t *source;			/* source of runs that it starts; NULL = none */
	enum ty_replay replay;			/* replay of runs that it starts */
	const json_t *ended; /* error of the run that is replayed; NULL = not ended from outside */
	int64_t ended_at_ms;
	const json_t *partial, *taken; /* parts of runs that it starts; NULL = none */
	const char *mode;	       /* mode of runs that it starts; NULL = by hand */
	const json_t *statics;	       /* static data of runs that it starts; NULL = none */
	const json_t *vars;	       /* variables of runs that it starts; NULL = none */
	const json_t *libraries;       /* libraries of their code; NULL = none */
	fake_answer_fn on_call, on_eval;
	size_t fail_at; /* the nth op fails; 0 = none */

	struct ty_buf log; /* "eval", "intent n2/1/0", "call http", "answer n2/1/0", ... */
	size_t ops, evals, calls, intents, answers, abandoned, finished;
	size_t rests; /* times that it was told that the run may be put down */
	int64_t wake_ms;
	json_t *effects;   /* idempotency key -> how often it was performed */
	json_t *entries;   /* journal in order: { kind, key, at_ms, answer } */
	json_t *last_eval; /* the last request to the sandbox */
	struct fake_pending pending[FAKE_PENDING_MAX];
	size_t pending_count;
	struct ty_run *run;
	void *owner; /* the test's own */
	struct fake_sandbox *sandbox;
};

extern const struct ty_engine_ops fake_engine_ops;

struct fake_ops *fake_ops_new(struct ty_arena *arena);
/* Evaluate in the real tyboo-sandbox. */
void fake_ops_use_sandbox(struct fake_ops *f);

/* A plan of a workflow given as JSON text; aborts the test where the JSON is broken. */
enum ty_code fake_ops_plan(struct fake_ops *f, const char *workflow,
			   const struct ty_plan **ret_plan, struct ty_err *err) TY_MUST_CHECK;
/* Spec of the one run that these tests have. */
struct ty_run_spec fake_ops_spec(const struct ty_plan *plan, const json_t *items,
				 const json_t *journal);
/* Make and start a run; 'journal' may be NULL.  f->run is it. */
enum ty_code fake_ops_start(struct fake_ops *f, const struct ty_plan *plan, const json_t *items,
			    const json_t *journal, struct ty_err *err) TY_MUST_CHECK;
/* All of it; NULL with 'err' filled where it could not begin or is still under way. */
const struct ty_run_result *fake_ops_run(struct fake_ops *f, const char *workflow,
					 const char *items, const json_t *journal,
					 struct ty_err *err);

/* Give the answer to what is pending at 'i', or to everything in order. */
void fake_ops_release(struct fake_ops *f, size_t i);
void fake_ops_drain(struct fake_ops *f);
/* Move the clock and fire the timer where it is due. */
void fake_ops_advance(struct fake_ops *f, int64_t ms);

/* The journal as a worker would read it after the first 'count' entries. */
json_t *fake_ops_journal(const struct fake_ops *f, struct ty_arena *arena, size_t count);
/* Journal as a run that repeats this one would read it. */
json_t *fake_ops_source(const struct fake_ops *f, struct ty_arena *arena);
/* The http service of tests: 200 and { "url" }. */
json_t *fake_http(struct fake_ops *f, const json_t *request, struct ty_err *err);
/* JSON text, in which ` may be written for ", so that it can be read in C; aborts where it is broken. */
json_t *fake_json(struct ty_arena *arena, const char *text);
/* The record of a node's step, NULL where there is none. */
const json_t *fake_step_record(const struct ty_run_result *result, const char *node);

#endif
