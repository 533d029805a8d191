/*
 * process.h -- start tyboo-sandbox, and a blocking client for the API server.
 *
 * The child gets one socket on descriptors 0 and 1, an empty environment, no other
 * descriptor, its own process group, and where we are root the user given.  It dies with
 * the thread that started it.  It is signalled and waited for by its pidfd, so never another
 * process that has got its pid; starting it from a warm parent is zygote.h.
 *
 * Whoever asks it something watches it meanwhile, see watch.h.  RLIMIT_DATA in the child is
 * only the second line.
 */
#ifndef TY_SANDBOX_PROCESS_H
#define TY_SANDBOX_PROCESS_H

#include "base/defs.h"
#include "json/json.h"
#include <sys/types.h>

struct ty_sandbox_conf {
	const char *path;      /* the program */
	const char *share_dir; /* holds luxon.min.js */
	const char *user;      /* NULL or "" = ours */
	int64_t memory_bytes;  /* killed by the kernel or the parent above this; 0 = default */
	bool on_demand; /* no warm parent is kept while nothing is asked (run/sandbox_pool.h) */
};

struct ty_sandbox_process {
	pid_t pid;		/* 0 = none, or not born yet (zygote.h) */
	int pidfd;		/* where pid is not 0 */
	int fd;			/* our end: a non-blocking, close-on-exec stream socket */
	size_t inherited_bytes; /* peak memory that the kernel counts from ours on */
	bool is_started;	/* has begun to read: until then time is that of its start */
};

/* Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_sandbox_spawn(const struct ty_sandbox_conf *conf,
			      struct ty_sandbox_process *ret_process,
			      struct ty_err *err) TY_MUST_CHECK;
/* SIGKILL, close, wait; pid is 0 then.  Nothing where pid is 0 already. */
void ty_sandbox_kill(struct ty_sandbox_process *process);
/* Send SIGKILL alone: for whoever may not wait, and collects it when its pidfd is readable. */
void ty_sandbox_kill_begin(const struct ty_sandbox_process *process);
/* Collect what has ended; pid is 0 then. */
void ty_sandbox_kill_end(struct ty_sandbox_process *process);

/*
 * The process hung up by itself: collect it, and say why.  pid is 0 then, and fd closed.
 * Errors: TY_E_LIMIT (its memory was over 'memory_max_bytes'), TY_E_UPSTREAM.
 */
enum ty_code ty_sandbox_reap(struct ty_sandbox_process *process, size_t memory_max_bytes,
			     struct ty_err *err);

/* Time between two checks of a process's time and memory: at most some 50 MB can be touched meanwhile. */
#define TY_SANDBOX_WATCH_MS 10
/* The program itself with luxon and locale data touched: measured 39 MB. */
#define TY_SANDBOX_OWN_BYTES (48 * 1024 * 1024)

/*
 * Bytes that ty_sandbox_rss_bytes() may reach during a request of 'request_bytes': the program, the
 * configured memory, and the request's own data as text and as objects.
 */
size_t ty_sandbox_memory_max_bytes(const struct ty_sandbox_conf *conf, size_t request_bytes);

/* Resident bytes of the process now; 0 where it is gone.  For the memory watch. */
size_t ty_sandbox_rss_bytes(const struct ty_sandbox_process *process);

/*
 * Make one request, blocking, at most timeout_ms of CPU time.  Where pid is 0 the process is started first
 * (errors of ty_sandbox_spawn).  On a timeout, too much memory or a crash the process is killed (pid 0
 * then) and the error says which: TY_E_TIMEOUT, TY_E_LIMIT, TY_E_UPSTREAM.  A request over
 * TY_LIMIT_SANDBOX_MESSAGE_BYTES is TY_E_LIMIT and costs no process; a script that fails is TY_E_INVALID
 * (see ty_sandbox_answer_parse).
 * The answer is owned by 'arena'.
 */
enum ty_code ty_sandbox_request(struct ty_sandbox_process *process,
				const struct ty_sandbox_conf *conf, struct ty_arena *arena,
				const json_t *request, int64_t timeout_ms, json_t **ret_answer,
				struct ty_err *err) TY_MUST_CHECK;

#endif
