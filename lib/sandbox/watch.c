/*
 * watch.c -- see watch.h.
 */
#include "sandbox/watch.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <time.h>

#define MIB ((size_t)1024 * 1024)

static int64_t
max_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
ty_sandbox_watch_begin(struct ty_sandbox_watch *watch, const struct ty_sandbox_conf *conf,
		       int64_t timeout_ms, size_t request_bytes)
{
	int64_t cpu_ms = timeout_ms + (int64_t)(request_bytes * TY_LIMIT_SANDBOX_MIB_MS / MIB);

	*watch = (struct ty_sandbox_watch){
		.cpu_max_ms = cpu_ms,
		.wall_max_ms =
			max_of(cpu_ms * TY_LIMIT_SANDBOX_WALL_FACTOR, TY_LIMIT_SANDBOX_WALL_MIN_MS),
		.memory_max_bytes = ty_sandbox_memory_max_bytes(conf, request_bytes),
		.begun_ms = ty_time_mono_ms(),
		.base_us = -1,
	};
}

/* 0 where the process is gone. */
static int64_t
cpu_us(const struct ty_sandbox_process *process)
{
	struct timespec used;
	clockid_t clock;

	if (process->pid <= 0) /* not born: the clock would be ours */
		return 0;
	if (clock_getcpuclockid(process->pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* Has the process taken all that was sent to it out of the socket? */
static bool
has_read(const struct ty_sandbox_process *process)
{
	int unread = 0;

	return ioctl(process->fd, SIOCOUTQ, &unread) != 0 || unread == 0;
}

int64_t
ty_sandbox_watch_used_ms(struct ty_sandbox_watch *watch, const struct ty_sandbox_process *process)
{
	if (watch->base_us >= 0)
		watch->used_ms = max_of(cpu_us(process) - watch->base_us, 0) / 1000;
	return watch->used_ms;
}

enum ty_sandbox_fault
ty_sandbox_watch_look(struct ty_sandbox_watch *watch, struct ty_sandbox_process *process)
{
	process->is_started = process->is_started || has_read(process);
	if (watch->base_us < 0 && process->is_started && process->pid > 0)
		watch->base_us = cpu_us(process);
	if (ty_sandbox_watch_used_ms(watch, process) >= watch->cpu_max_ms)
		return TY_SANDBOX_OVER_CPU;
	if (ty_time_mono_ms() - watch->begun_ms >= watch->wall_max_ms)
		return TY_SANDBOX_OVER_WALL;
	if (ty_sandbox_rss_bytes(process) > watch->memory_max_bytes)
		return TY_SANDBOX_OVER_MEMORY;
	return TY_SANDBOX_NO_FAULT;
}

/* errors -------------------------------------------------------------------------- */

static const struct {
	enum ty_code code;
	bool retryable; /* a busy machine may be free later; all else ends as it did */
	const char *text, *hint;
} faults[TY_SANDBOX__FAULT_COUNT] = {
	[TY_SANDBOX_OVER_CPU] = { TY_E_TIMEOUT, false, "ms of CPU time, and was stopped",
				  "Look for a loop that does not end, or give it fewer items; a "
				  "Code node's time limit (timeout_ms) can be raised." },
	[TY_SANDBOX_OVER_WALL] = { TY_E_TIMEOUT, true,
				   "ms by the clock, most of it without CPU time, and was stopped",
				   "The machine is too busy, or the code waits for something that "
				   "does not come." },
	[TY_SANDBOX_OVER_MEMORY] = { TY_E_LIMIT, false,
				     "The code used more memory than it may and was stopped",
				     "Work on fewer items at once, or keep less of them." },
	[TY_SANDBOX_OVER_MESSAGE] = { TY_E_LIMIT, false, "The data for the code is over 40 MiB",
				      "Work on fewer items at once." },
};

_Static_assert(TY_LIMIT_SANDBOX_MESSAGE_BYTES / MIB == 40, "a text above names it");

enum ty_code
ty_sandbox_fault_set(struct ty_err *err, enum ty_sandbox_fault fault,
		     const struct ty_sandbox_watch *watch)
{
	int64_t limit_ms;

	TY_ASSERT(fault > TY_SANDBOX_NO_FAULT && fault < TY_SANDBOX__FAULT_COUNT);
	if (faults[fault].code == TY_E_TIMEOUT) {
		limit_ms = fault == TY_SANDBOX_OVER_CPU ? watch->cpu_max_ms : watch->wall_max_ms;
		ty_err_set(err, TY_E_TIMEOUT, "The code ran for more than %lld %s",
			   (long long)limit_ms, faults[fault].text);
	} else {
		ty_err_set(err, faults[fault].code, "%s", faults[fault].text);
	}
	err->retryable = faults[fault].retryable;
	return ty_err_hint(err, "%s", faults[fault].hint);
}
