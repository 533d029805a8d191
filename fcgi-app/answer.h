/*
 * answer.h -- a request that waits for its run: how it begins to, and what it is answered in the end.
 *
 *   api_wait_begin --> the run is handed in --> api_wait_for --> (http.c parks it) --> ty_answer_resume
 *
 * The handler's arena is gone by the time of the answer; what that needs is in the struct ty_wait.
 */
#ifndef TY_APP_ANSWER_H
#define TY_APP_ANSWER_H

#include "api.h"
#include "queue/queue.h"
#include "waiting.h"

/*
 * Take a place before the run is handed in, so that nobody begins a run whose answer cannot be waited for.
 * Errors: TY_E_LIMIT, with 503 and Retry-After: all places are taken, or this process ends.
 */
enum ty_code api_wait_begin(struct ty_api_call *call, const struct ty_id *run_id,
			    enum ty_wait_for what, int64_t for_ms, struct ty_wait **ret_wait,
			    struct ty_err *err) TY_MUST_CHECK;
/* The run was not begun.  Takes NULL. */
void api_wait_cancel(struct ty_api_call *call, struct ty_wait *wait);
/* Answer later: the run was begun, or there is one already.  'workspace_id' is the run's. */
enum ty_code api_wait_for(struct ty_api_call *call, struct ty_wait *wait,
			  const struct ty_id *workspace_id, const struct ty_id *run_id);

/*
 * "30s" of a query as milliseconds, 0 where it is not there.
 * Errors: TY_E_INVALID (no length of time, or over TY_LIMIT_ANSWER_WAIT_MS).
 */
enum ty_code api_wait_ms(const char *text, int64_t *ret_ms, struct ty_err *err) TY_MUST_CHECK;

/* Is the run's record the answer now?  Else ty_answer_resume knows another, or waits on. */
bool ty_answer_is_record(struct ty_api_call *call, const struct ty_wait *wait);
/* The address that the record is asked for at then, with what the request said of its steps. */
const char *ty_answer_record_target(struct ty_arena *arena, const struct ty_wait *wait);
/* Answer a request that waited.  'call' needs none of what only a handler has. */
enum ty_code ty_answer_resume(struct ty_api_call *call, struct ty_wait *wait,
			      struct ty_err *err) TY_MUST_CHECK;

#endif
