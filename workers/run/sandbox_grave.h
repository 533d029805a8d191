/*
 * sandbox_grave.h -- killed processes until the kernel is done with them.
 *
 * Giving back a process's memory takes the kernel a millisecond, which the loop does not wait for.
 */
#ifndef TY_RUN_SANDBOX_GRAVE_H
#define TY_RUN_SANDBOX_GRAVE_H

#include "sandbox/process.h"

#include <uv.h>

/* Kill a process, now or as soon as it is born, and collect it; 'process' is empty then. */
void sandbox_bury(uv_loop_t *loop, struct ty_sandbox_process *process);

#endif
