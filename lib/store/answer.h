/*
 * answer.h -- what the sender of a run is answered, as the run wrote it (sql/functions/answers.sql).
 *
 * Invariants:
 *   (1) A run has one answer, the first; it is kept before it leaves, and goes with the run.
 *   (2) Who writes with a lower fence than the run's row, or after its end, writes nothing.
 *
 * An answer is { "status", "headers": { name: value }, "kind", "body"?, "file"? } (node/node.h).
 */
#ifndef TY_STORE_ANSWER_H
#define TY_STORE_ANSWER_H

#include "base/id.h"
#include "json/json.h"
#include "store/effects.h"
#include "store/pack.h"
#include "store/query.h"
#include "store/row_json.h"

/* Journal answers: of each effect its run, fence, time and answer count.  Decoded by
 * ty_store_journal_decode. */
void ty_store_answers_query(struct ty_arena *arena, struct ty_pack *pack,
			    const struct ty_effect *answers, size_t count,
			    struct ty_store_query *ret_query);

/* clang-format off */
/* A column "answer": what the sender of run 'run' is answered, and who that is, but for the body; null of none. */
#define TY_STORE_ANSWERED_SQL(run) \
	"(SELECT json_build_object('status', a.status, 'at', " TY_SQL_TIME("a.at") ", 'to', s.remote_addr) " \
	"FROM tyboo.answers a LEFT JOIN tyboo.deliveries s ON s.id = a.run_id WHERE a.run_id = " run ") AS answer"
/* clang-format on */

/*
 * The answer of a run of the tx's workspace; NULL where it has none.  Owned by the tx's arena.
 * Errors: TY_E_MALFORMED (damaged).
 */
enum ty_code ty_store_answer_load(struct ty_tx *tx, const struct ty_id *run_id, json_t **ret_answer,
				  struct ty_err *err) TY_MUST_CHECK;

/* State of a run that a request waits for. */
struct ty_told_run {
	struct ty_id run_id;
	bool is_over; /* false: the run has an answer */
};
/* Ask which of these runs, of any workspace, are over or answered. */
void ty_store_told_query(struct ty_arena *arena, const struct ty_id *run_ids, size_t count,
			 struct ty_store_query *ret_query);
/* Owned by 'arena'. */
enum ty_code ty_store_told_decode(struct ty_arena *arena, const struct ty_rows *rows,
				  struct ty_told_run **ret_runs, size_t *ret_count,
				  struct ty_err *err) TY_MUST_CHECK;

#endif
