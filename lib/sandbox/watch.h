/*
 * watch.h -- what one request may take of its sandbox process, and whether it has.
 *
 * Time is CPU time of the process, so that neither a busy machine nor a process that was
 * stopped for a while ends a script; time by the wall, many times as long, is only the net
 * for a script that waits without end.
 *
 * Nothing is asked of the kernel before the first look, so a short request costs nothing.  What
 * a request used before it is not counted: at most one period, TY_SANDBOX_WATCH_MS.  The
 * start of a process is not the request's: its time begins when the process reads it.
 */
#ifndef TY_SANDBOX_WATCH_H
#define TY_SANDBOX_WATCH_H

#include "sandbox/process.h"

enum ty_sandbox_fault {
	TY_SANDBOX_NO_FAULT,
	TY_SANDBOX_OVER_CPU,
	TY_SANDBOX_OVER_WALL,
	TY_SANDBOX_OVER_MEMORY,
	TY_SANDBOX_OVER_MESSAGE, /* the request is too large to be sent */
	TY_SANDBOX__FAULT_COUNT,
};

/* State of one request; plain memory, begun anew for each. */
struct ty_sandbox_watch {
	int64_t cpu_max_ms, wall_max_ms; /* limits */
	size_t memory_max_bytes;
	int64_t begun_ms; /* by the wall, when the process was given it */
	int64_t base_us;  /* CPU time of the process at the first look; < 0 = not looked yet */
	int64_t used_ms;  /* CPU time as of the last look */
};

/*
 * The process begins with a request of 'request_bytes' that may use 'timeout_ms' of CPU time; more
 * for a large one, see TY_LIMIT_SANDBOX_MIB_MS.
 */
void ty_sandbox_watch_begin(struct ty_sandbox_watch *watch, const struct ty_sandbox_conf *conf,
			    int64_t timeout_ms, size_t request_bytes);
/* Look once; TY_SANDBOX_WATCH_MS apart. */
enum ty_sandbox_fault ty_sandbox_watch_look(struct ty_sandbox_watch *watch,
					    struct ty_sandbox_process *process);
/* CPU time used by now; 0 before the first look. */
int64_t ty_sandbox_watch_used_ms(struct ty_sandbox_watch *watch,
				 const struct ty_sandbox_process *process);

/*
 * The error of a fault, one table for all who ask: code, text, hint, and whether to retry.
 * 'watch' names the limits of time; else NULL.
 */
enum ty_code ty_sandbox_fault_set(struct ty_err *err, enum ty_sandbox_fault fault,
				  const struct ty_sandbox_watch *watch);

#endif
