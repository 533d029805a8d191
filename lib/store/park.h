/*
 * park.h -- a run in pieces, and put down (sql/functions/park.sql).
 *
 * The steps of a run are its pieces in order, then what its record has.  A run that is put down
 * has status "waiting", its waits, and a state of the engine; a worker that takes it
 * (ty_store_take_decode of effects.h) gets all of that back.
 *
 * Invariants (held by the functions in the database, tested in tests/integration/store/test_park.c):
 *   (1) Pieces, waits, state and status are written together or not at all, by the lease that
 *       holds the run.
 *   (2) A wait for a call ends once; its answer is journaled by the same statement, which may come
 *       before the run is put down.
 *   (3) What a run that is put down needs outlives retention.
 */
#ifndef TY_STORE_PARK_H
#define TY_STORE_PARK_H

#include "base/id.h"
#include "base/limit_set.h"
#include "json/json.h"
#include "store/pack.h"
#include "store/query.h"
#include "store/record.h"

/* Records of steps of one run; number and first_step count from 0 over all its pieces. */
struct ty_piece {
	struct ty_id run_id, workspace_id;
	int64_t fence;
	size_t number, first_step;
	const char *save; /* settings.save of the version: "all", "errors", "none" */
	const json_t *steps;
	const struct ty_record_payload *payloads; /* named here and in no earlier piece */
	size_t payload_count;
};

/* Append pieces of runs that are marked as running. */
void ty_store_pieces_query(struct ty_arena *arena, struct ty_pack *pack,
			   const struct ty_piece *pieces, size_t count,
			   struct ty_store_query *ret_query);
/* ret_ok[i] is false where the run is finished or somebody newer has it: stop it. */
enum ty_code ty_store_pieces_decode(const struct ty_rows *rows, size_t count, bool *ret_ok,
				    struct ty_err *err) TY_MUST_CHECK;

struct ty_park_wait {
	const char *key, *kind; /* "time" or "call" */
	const char *node, *frame;
	int64_t at_ms;		/* INT64_MAX = it does not end by itself */
	const char *token;	/* of "call": the token as its caller shows it; or NULL and ... */
	const char *token_hash; /* ... its SHA-256 in hex, where the token itself is kept nowhere */
};

struct ty_park {
	const struct ty_record_run *run; /* step_count and item_count are those so far */
	const char *start_node;		 /* "" = the graph's only one */
	int64_t running_ms;		 /* running time so far, waits not counted */
	const json_t *state;	      /* state of the engine, with "frames_live" and "payloads" */
	const struct ty_piece *piece; /* records that no piece has yet; NULL = none */
	size_t piece_count;	      /* pieces of the run, with that one */
	const struct ty_park_wait *waits;
	size_t wait_count;
};

/* Put runs down, each with its piece and its waits. */
void ty_store_park_query(struct ty_arena *arena, struct ty_pack *pack, const struct ty_park *parks,
			 size_t count, const char *worker, struct ty_store_query *ret_query);
/* ret_ok[i] is false where the run is finished or somebody newer has it. */
enum ty_code ty_store_park_decode(const struct ty_rows *rows, size_t count, bool *ret_ok,
				  struct ty_err *err) TY_MUST_CHECK;

/* ---- what ends a wait ---- */

enum ty_call_status {
	TY_CALL_TAKEN,	  /* the answer is journaled, and the wait over once this is committed */
	TY_CALL_OPEN,	  /* a call would count; at_ms: until when, 0 = the run is not there yet */
	TY_CALL_ANSWERED, /* a call came before: at_ms, answer */
	TY_CALL_LATE,	  /* no call came in time: at_ms */
	TY_CALL_OVER,	  /* the run is over, since at_ms */
	TY_CALL__COUNT
};

/* A call for a wait: strings are the transaction's. */
struct ty_call_said {
	enum ty_call_status status;
	int64_t at_ms;
	const json_t *answer;	   /* answer of the first call; NULL = there is none */
	const char *workflow_name; /* NULL, and so is the graph, where the version is gone */
	const char *graph;
};

/*
 * A call for the wait of a run whose answer has 'key' in its journal, from somebody whose token was
 * proven and who names 'workspace' (slug or id).  'answer' ({ "value": ... }) NULL: only look.
 * Errors: TY_E_NOT_FOUND (the workspace has no such run).
 */
enum ty_code ty_store_wait_call(struct ty_tx *tx, const char *workspace, const struct ty_id *run_id,
				const char *key, const json_t *answer,
				struct ty_call_said *ret_said, struct ty_err *err) TY_MUST_CHECK;

/* A run whose wait is over. */
struct ty_due {
	struct ty_id run_id, workspace_id, workflow_id, version_id;
	const char *mode, *start_node;
	int64_t accepted_at_ms, workflow_max;
	struct ty_limits limits; /* limits of the workspace */
};

/* Runs of a workspace that may still be pushed. */
struct ty_due_room {
	struct ty_id workspace_id;
	int64_t room;
};

/*
 * Take due runs: of each workspace after 'after' (unset: of all) at most 'room_default', or as many as
 * 'rooms' says, and of all together about 'max'.  Push them before the transaction is committed, because
 * they are due again only a minute later.
 */
void ty_store_due_query(struct ty_arena *arena, const struct ty_id *after,
			const struct ty_due_room *rooms, size_t room_count, int64_t room_default,
			int64_t max, struct ty_store_query *ret_query);
enum ty_code ty_store_due_decode(struct ty_arena *arena, const struct ty_rows *rows,
				 struct ty_due **ret_due, size_t *ret_count,
				 struct ty_err *err) TY_MUST_CHECK;
/* Make runs whose push would be lost due again in a second. */
void ty_store_due_delay_query(struct ty_arena *arena, const struct ty_id *run_ids, size_t count,
			      struct ty_store_query *ret_query);

#endif
