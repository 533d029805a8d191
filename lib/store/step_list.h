/*
 * step_list.h -- the records of a run's steps, a page at a time.
 *
 * A run's steps are its pieces in order (store/park.h), then what execution_data has: while it
 * lasts a reader sees the pieces, and of a run that ended at once there is nothing else.  Steps that
 * its workflow does not keep ("save") are not shown while they are only there for its resume.
 */
#ifndef TY_STORE_STEP_LIST_H
#define TY_STORE_STEP_LIST_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"

/* Steps of a page; and the most that one read of a run with all its steps brings. */
#define TY_STORE_STEPS_MAX 1000

/* Records that are read together, as text: two of the largest steps.  They are held as a tree of several
 * times that. */
#define TY_LIMIT_RECORDS_BYTES (64 * 1024 * 1024)

struct ty_store_step_filter {
	const char *frame; /* path of one frame, "" = the root; NULL = of any */
	const char *node;  /* id of the steps' node; NULL = of any */
	int64_t cursor;	   /* place in the run of the first step, from 0 */
	int64_t limit;
};

/*
 * The frame that 'text' names, for a filter: "outer:0/inner:2", "root", or NULL (any).  It need be in
 * no run.  Errors: TY_E_INVALID with the path "frame" (no path of a frame).
 */
enum ty_code ty_store_step_frame(const char *text, const char **ret_frame,
				 struct ty_err *err) TY_MUST_CHECK;

/*
 * *ret_steps is an array in order, owned by the tx's arena, secrets hidden; *ret_next is the cursor of
 * the next page, -1 = there is none yet.  A page may be shorter where the records are large.
 * Errors: TY_E_INTERNAL (what is stored is damaged), TY_E_UNAVAILABLE (record_room.h).
 */
enum ty_code ty_store_step_list(struct ty_tx *tx, const struct ty_id *run_id,
				const struct ty_store_step_filter *filter, json_t **ret_steps,
				int64_t *ret_next, struct ty_err *err) TY_MUST_CHECK;

/*
 * Leave each step's items out: "outputs" is empty then, and "counts" says how many there are by port.  For a
 * reader who watches a run, because its items may be megabytes.
 */
void ty_store_steps_count(json_t *steps);

/*
 * Page after page, for who needs them together: of 'frame' (as in the filter), at most 'pages_max' of
 * TY_STORE_STEPS_MAX.  *ret_all: there are no more.
 * Errors: ty_store_step_list's; TY_E_LIMIT (over TY_LIMIT_RECORDS_BYTES).
 */
enum ty_code ty_store_step_list_whole(struct ty_tx *tx, const struct ty_id *run_id,
				      const char *frame, size_t pages_max, json_t **ret_steps,
				      bool *ret_all, struct ty_err *err) TY_MUST_CHECK;

#endif
