/*
 * start.h -- the steps of a process's start, shared by process.c and zygote.c.  Private to lib/sandbox.
 */
#ifndef TY_SANDBOX_START_H
#define TY_SANDBOX_START_H

#include "sandbox/process.h"

/* Two ends of a socket; [0] is ours, non-blocking.  Errors: TY_E_UNAVAILABLE. */
enum ty_code ty_sandbox_sockets(int ret_fds[2], struct ty_err *err) TY_MUST_CHECK;
/* A child of ours that nobody has waited for; false where it cannot be opened. */
bool ty_sandbox_process_open(struct ty_sandbox_process *process, pid_t pid) TY_MUST_CHECK;
/* ty_sandbox_spawn with one more word on the command line; NULL = none. */
enum ty_code ty_sandbox_spawn_with(const struct ty_sandbox_conf *conf, const char *option,
				   struct ty_sandbox_process *ret_process,
				   struct ty_err *err) TY_MUST_CHECK;

#endif
