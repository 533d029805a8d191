/*
 * process.h -- start tyboo-sandbox, and a blocking client for the API server.
 *
 * The child gets one socket on descriptors 0 and 1, an empty environment, no other
 * descriptor, its own session, and where we are root the user given.  It dies with
 * its parent.
 */
#ifndef TY_SANDBOX_PROCESS_H
#define TY_SANDBOX_PROCESS_H

#include "base/defs.h"

#include <jansson.h>
#include <sys/types.h>

struct ty_sandbox_conf {
	const char *path;	/* the program */
	const char *share_dir;	/* holds luxon.min.js */
	const char *user;	/* NULL or "" = ours */
	int64_t memory_bytes;	/* killed by the kernel or the parent above this; 0 = default */
};

struct ty_sandbox_process {
	pid_t pid;
	int fd;			/* our end: a non-blocking, close-on-exec stream socket */
};

/* Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_sandbox_spawn(const struct ty_sandbox_conf *conf,
			      struct ty_sandbox_process *ret_process,
			      struct ty_err *err) TY_MUST_CHECK;
/* SIGKILL, close, wait. */
void ty_sandbox_kill(struct ty_sandbox_process *process);

/* Resident bytes of the process now; 0 where it is gone.  For the memory watch. */
size_t ty_sandbox_rss_bytes(const struct ty_sandbox_process *process);

/*
 * One request, blocking, at most timeout_ms.  On a timeout, too much memory or a crash
 * the process is killed (pid 0 then) and the error says which: TY_E_TIMEOUT, TY_E_LIMIT,
 * TY_E_UPSTREAM.  The answer is owned by 'arena'.
 */
enum ty_code ty_sandbox_request(struct ty_sandbox_process *process,
				const struct ty_sandbox_conf *conf, struct ty_arena *arena,
				const json_t *request, int64_t timeout_ms, json_t **ret_answer,
				struct ty_err *err) TY_MUST_CHECK;

#endif
