/*
 * sandbox_pool.h -- who may use the sandbox processes, when, and for how long.
 *
 * A process serves one workspace from its start to its end, and nobody else's data waits
 * behind it.  It is started from a warm parent when first needed, stays hot for its workspace
 * and is closed when idle, or replaced where another workspace needs the room.  Workspaces take
 * turns; within one, first come, first served.  A call that takes too long or too much
 * memory costs its process, which is replaced, and fails; calls that only stood behind
 * it in the same process are made again in another.
 *
 * No workspace holds the last place to work, and neither do several: code that has used 100 ms of
 * CPU time gives way to other code, at the last place by being begun anew later.
 */
#ifndef TY_RUN_SANDBOX_POOL_H
#define TY_RUN_SANDBOX_POOL_H

#include "base/defs.h"
#include "base/id.h"
#include "json/json.h"
#include "log/log.h"
#include "sandbox/process.h"

struct uv_loop_s;
struct sandbox_pool;
struct sandbox_request;
struct ty_parcel_bytes;

/*
 * 'answer' is borrowed for the call; exactly one of answer and err is not NULL.
 * An answer that took over TY_LIMIT_SANDBOX_PATTERN_MS has "cpu_ms".
 * Errors: TY_E_TIMEOUT, TY_E_LIMIT (memory), TY_E_UPSTREAM (it crashed), TY_E_UNAVAILABLE
 * (none can be started), TY_E_INVALID (an answer that cannot be kept).
 */
typedef void (*sandbox_pool_fn)(void *ctx, const json_t *answer, const struct ty_err *err);

/* Places to work beside a workspace's share: for a second workspace with long code, and the last one. */
#define TY_SANDBOX_SPARE 2

/*
 * 'share': how many processes one workspace's code may hold.  'hot': how many may be there, all in
 * all; share + TY_SANDBOX_SPARE where that is more.  'conf's on_demand: the warm parent too is started
 * by the first request, and ends with the last idle process.
 */
struct sandbox_pool *sandbox_pool_new(struct uv_loop_s *loop, const struct ty_sandbox_conf *conf,
				      size_t share, size_t hot, const struct ty_log *log);
/* Forgets every request and kills every process. */
void sandbox_pool_free(struct sandbox_pool *pool);

/*
 * Evaluate; fn is never called from within.  'request' is borrowed until fn or cancel.
 * 'timeout_ms' is of CPU time, see sandbox/watch.h; 0 = TY_LIMIT_SANDBOX_MS.
 */
struct sandbox_request *sandbox_pool_submit(struct sandbox_pool *pool,
					    const struct ty_id *workspace_id, const json_t *request,
					    int64_t timeout_ms, sandbox_pool_fn fn, void *ctx);
/*
 * sandbox_pool_submit() for a tool that reads or makes files: 'bytes' (sandbox/parcel.h) is borrowed until fn or
 * cancel; NULL = none.
 */
struct sandbox_request *sandbox_pool_submit_bytes(struct sandbox_pool *pool,
						  const struct ty_id *workspace_id,
						  const json_t *request,
						  struct ty_parcel_bytes *bytes, int64_t timeout_ms,
						  sandbox_pool_fn fn, void *ctx);
/* fn is not called.  Where a process works on it, that process is replaced. */
void sandbox_pool_cancel(struct sandbox_request *request);

/* Processes that run now. */
size_t sandbox_pool_count(const struct sandbox_pool *pool);

#endif
